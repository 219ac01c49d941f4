//! One chart a metric: the mean over the seeds and its 95 % interval, for every arm.

use super::charts;
use crate::parts::behind::{table, toggled};
use crate::parts::chart::{Chart, Data};
use crate::parts::seen::Seen;
use crate::parts::{on, swatch, words};
use crate::state::Msg;
use lexicon::Metric;
use std::collections::BinaryHeap;
use std::rc::Rc;
use yew::prelude::*;

/// Metrics that are seen at once; further ones stand behind a fold.
const FIRST: usize = 4;
/// Rows of a chart's table at most.
const ROWS_MAX: usize = 500;

pub fn view(seen: &Seen) -> Html {
    let metrics = seen.lab.metrics();
    let (first, more) = metrics.split_at(metrics.len().min(FIRST));
    html! {
        <section class="curves" aria-label="Curves" data-test="curves">
            { legend(seen) }
            <div class={format!("charts of-{}", first.len())}>{ for first.iter().map(|m| chart(seen, m)) }</div>
            if !more.is_empty() {
                <details class="more">
                    <summary>{ format!("More curves · {}", more.len()) }</summary>
                    <div class="charts">{ for more.iter().map(|m| chart(seen, m)) }</div>
                </details>
            }
        </section>
    }
}

/// The arms, each a switch of its lines in all charts, and what the bands are.
fn legend(seen: &Seen) -> Html {
    let lab = seen.lab;
    html! {
        <div class="curves-head">
            <div class="legend" role="group" aria-label="Lines shown">
                { for lab.scenario.arms.iter().map(|arm| {
                    let shown = !lab.hidden.contains_key(arm);
                    let msg = Msg::HideArm { id: arm.clone(), on: shown };
                    html! {
                        <button type="button" aria-pressed={shown.to_string()} onclick={on(seen.send, msg)}
                            title={if shown { "Hide its lines" } else { "Show its lines" }}>
                            { swatch::arm(swatch::place(&lab.sheet, &lab.scenario.arms, arm)) }{ swatch::label(&lab.sheet, arm) }
                        </button>
                    }
                }) }
            </div>
            <p class="band-note">{ match lab.scenario.seeds {
                1 => "one seed, no interval".to_string(),
                n => format!("mean and 95 % interval of {n} seeds"),
            } }</p>
        </div>
    }
}

fn chart(seen: &Seen, metric: &Metric) -> Html {
    let lab = seen.lab;
    let (version, data) = charts::data(seen, metric);
    let (log, zoomed) = (data.log, data.zoom.is_some());
    let id = metric.id.to_string();
    let look = seen.look(0);
    html! {
        <figure class="chart" data-test={format!("curve-{}", metric.id)} key={metric.id}>
            <figcaption>
                <span class="chart-title">{ metric.label }</span>
                if !metric.unit.is_empty() { <span class="unit">{ metric.unit }</span> }
                if zoomed {
                    <button type="button" class="link"
                        onclick={on(seen.send, Msg::Zoom { metric: id.clone(), rounds: None })}>{ "whole" }</button>
                }
                <button type="button" class="toggle" aria-pressed={log.to_string()}
                    aria-label={format!("log scale of {}", metric.label)}
                    onclick={on(seen.send, Msg::Log { metric: id, on: !log })}>{ "log" }</button>
            </figcaption>
            <Chart {version} data={data.clone()} cursor={lab.cursor}
                playhead={lab.transport.playhead} {look} send={seen.send.clone()} />
            <Values {version} {data} send={seen.send.clone()} />
        </figure>
    }
}

#[derive(Clone, Properties)]
struct ValuesProps {
    version: u64,
    data: Rc<Data>,
    send: Callback<Msg>,
}

impl PartialEq for ValuesProps {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

/// The table behind a chart, and its zoom without a drag.
#[component]
fn Values(props: &ValuesProps) -> Html {
    let open = use_state(|| false);
    html! {
        <details class="behind" ontoggle={toggled(&open)}>
            <summary>{ "As a table" }</summary>
            if *open {
                { zoom(props) }
                { values(&props.data) }
            }
        </details>
    }
}

fn zoom(props: &ValuesProps) -> Html {
    let data = &props.data;
    let (from, to) = data.zoom.unwrap_or((0, data.rounds_max));
    let field = |label: &str, value: u32, make: fn(u32, (u32, u32)) -> (u32, u32)| {
        let (send, metric) = (props.send.clone(), data.metric.clone());
        let onchange = Callback::from(move |event: Event| {
            let text = event.target_unchecked_into::<web_sys::HtmlInputElement>().value();
            if let Ok(round) = text.trim().parse::<u32>() {
                send.emit(Msg::Zoom {
                    metric: metric.clone(),
                    rounds: Some(make(round, (from, to))),
                });
            }
        });
        html! {
            <label>{ label }<input type="text" inputmode="numeric" class="field number" value={value.to_string()}
                {onchange} /></label>
        }
    };
    html! {
        <div class="zoom-fields">
            { field("Show rounds from", from, |round, (_, to)| (round, to)) }
            { field("to", to, |round, (from, _)| (from, round)) }
        </div>
    }
}

fn values(data: &Data) -> Html {
    let lines: Vec<_> = data.lines.iter().filter(|l| !l.hidden).collect();
    let mut head = vec!["round".to_string()];
    for line in &lines {
        head.push(format!("{} mean", line.label));
        head.push("95 % interval".into());
    }
    let (from, to) = data.zoom.unwrap_or((0, u32::MAX));
    let all = lines.iter().flat_map(|l| l.band.rounds.iter().copied());
    let rounds: BinaryHeap<u32> = all.filter(|r| (from..=to).contains(r)).collect();
    let mut rounds = rounds.into_sorted_vec();
    rounds.dedup();
    let every = rounds.len().div_ceil(ROWS_MAX).max(1);
    let rows: Vec<Vec<String>> = rounds
        .iter()
        .step_by(every)
        .map(|round| {
            let mut row = vec![round.to_string()];
            for line in &lines {
                match line.band.rounds.binary_search(round) {
                    Ok(at) => {
                        row.push(words::reading(line.band.mean[at]));
                        let (low, high) = (line.band.low[at], line.band.high[at]);
                        row.push(match low.is_finite() {
                            true => format!("{} to {}", words::reading(low), words::reading(high)),
                            false => String::new(),
                        });
                    }
                    Err(_) => row.extend([String::new(), String::new()]),
                }
            }
            row
        })
        .collect();
    let note = (every > 1).then(|| format!("Every {every} rounds; the exported CSV has all."));
    table(&data.label, &head, &rows, note)
}
