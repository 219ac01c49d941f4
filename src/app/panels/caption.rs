//! What is happening, in one live sentence.

use crate::parts::browser::window;
use crate::parts::seen::Seen;
use crate::parts::{swatch, words};
use yew::prelude::*;

/// Between two sentences read out while a run plays.
const APART_MS: f64 = 4_000.0;

pub fn view(seen: &Seen) -> Html {
    let text = sentence(seen);
    html! {
        <div class="caption" data-test="caption">
            <p>{ &text }</p>
            <Spoken {text} at_once={!seen.lab.transport.playing} />
        </div>
    }
}

/// The system's own words of this round, then the main metric of every arm.
fn sentence(seen: &Seen) -> String {
    let (lab, round) = (seen.lab, seen.lab.transport.playhead);
    if round == 0 {
        return match lab.available() {
            _ if !lab.issues.is_empty() => "Round 0: the run waits for its dials.".into(),
            _ if seen.model.data.lacks(&lab.scenario).is_some() => {
                "Round 0: the run waits for its file.".into()
            }
            0 => "Round 0: all is set up; the first round is being computed.".into(),
            _ => "Round 0: before the first step.".into(),
        };
    }
    let seed = lab.scenario.seed;
    let said = lab
        .scenario
        .arms
        .iter()
        .map(|arm| lab.history.lines(arm, seed, round))
        .find(|lines| !lines.is_empty());
    let said = said.map(|lines| lines.iter().take(2).cloned().collect::<Vec<_>>().join(" "));
    let compared = comparison(seen, round);
    let parts: Vec<String> = said.into_iter().map(ended).chain(compared).collect();
    let named = format!("Round {round}");
    match parts.first() {
        None => format!("{named}."),
        // Some systems begin with it themselves.
        Some(first) if first.starts_with(&named) => parts.join(" "),
        Some(_) => format!("Round {round}: {}", parts.join(" ")),
    }
}

fn ended(text: String) -> String {
    if text.ends_with(['.', '!', '?', '”']) { text } else { format!("{text}.") }
}

fn comparison(seen: &Seen, round: u32) -> Option<String> {
    let lab = seen.lab;
    let metric = *lab.metrics().first()?;
    let readings: Vec<String> = lab
        .scenario
        .arms
        .iter()
        .filter_map(|arm| {
            let value = lab.history.reading(arm, lab.scenario.seed, metric.id, round)?;
            Some(format!("{} {}", swatch::label(&lab.sheet, arm), words::reading(value)))
        })
        .collect();
    if readings.is_empty() {
        return None;
    }
    // More would be a list, and the curves have it.
    let all = readings.len();
    let readings = &readings[..all.min(if all > 4 { 3 } else { 4 })];
    let more = if readings.len() < all { " …" } else { "." };
    let unit = if metric.unit.is_empty() { String::new() } else { format!(" ({})", metric.unit) };
    Some(format!("{}{unit}: {}{more}", metric.label, readings.join(", ")))
}

#[derive(Clone, PartialEq, Properties)]
struct SpokenProps {
    text: String,
    at_once: bool,
}

/// The same sentence for who hears it: not for every round of a run that plays.
#[component]
fn Spoken(props: &SpokenProps) -> Html {
    let last = use_mut_ref(|| (f64::NEG_INFINITY, String::new()));
    let now_ms = window().performance().map_or(0.0, |p| p.now());
    let mut last = last.borrow_mut();
    if props.at_once || now_ms - last.0 > APART_MS {
        *last = (now_ms, props.text.clone());
    }
    html! { <p class="sr" aria-live="polite">{ &last.1 }</p> }
}
