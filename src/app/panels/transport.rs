//! Play, pause, step, speed, and the scrubber over all that is computed.

use crate::parts::icon::{self, BACK, FIRST, LAST, NEXT, PAUSE, PLAY};
use crate::parts::on;
use crate::parts::seen::Seen;
use crate::state::{Lab, Msg, Speed};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

fn state(lab: &Lab) -> &'static str {
    let at_end = lab.transport.playhead >= lab.available();
    match () {
        _ if !lab.issues.is_empty() => "waiting",
        _ if lab.finished() && at_end => "finished",
        _ if lab.transport.playing => "running",
        _ => "paused",
    }
}

pub fn view(seen: &Seen) -> Html {
    let lab = seen.lab;
    let (at, available) = (lab.transport.playhead, lab.available());
    let playing = lab.transport.playing;
    let step = |path, label, test, disabled, msg| {
        icon::button(path, label, test, disabled, on(seen.send, msg))
    };
    html! {
        <div class="transport" role="group" aria-label="Transport" data-test="transport" data-state={state(lab)}>
            <div class="transport-buttons">
                { step(FIRST, "To the start", "first", at == 0, Msg::Scrub(0)) }
                { step(BACK, "One round back", "back", at == 0, Msg::Step(-1)) }
                <button type="button" class="button play" data-test="play" aria-keyshortcuts="Space"
                    aria-label={if playing { "Pause" } else { "Play" }} title={if playing { "Pause" } else { "Play" }}
                    onclick={on(seen.send, Msg::Play(!playing))}>
                    { icon::icon(if playing { PAUSE } else { PLAY }) }
                </button>
                { step(NEXT, "One round on", "step", at >= available, Msg::Step(1)) }
                { step(LAST, "To the newest round", "last", at >= available, Msg::ToEnd) }
            </div>
            { speed(seen) }
            { scrubber(seen, at, available) }
            <p class="round number">
                <span data-test="round">{ at }</span><span class="of">{ format!(" / {}", lab.scenario.rounds) }</span>
            </p>
        </div>
    }
}

fn speed(seen: &Seen) -> Html {
    let now = seen.lab.transport.speed;
    let onchange = seen.send.reform(|event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
        let speed = Speed::ALL.into_iter().find(|s| s.label() == chosen);
        Msg::Speed(speed.unwrap_or(Speed::PerSecond(12)))
    });
    html! {
        <select class="field speed" aria-label="Speed" data-test="speed" {onchange}>
            { for Speed::ALL.into_iter().map(|s| html! {
                <option value={s.label()} selected={s == now}>{ s.label() }</option>
            }) }
        </select>
    }
}

fn scrubber(seen: &Seen, at: u32, available: u32) -> Html {
    let rounds = seen.lab.scenario.rounds.max(1);
    let share = |round: u32| f64::from(round.min(rounds)) / f64::from(rounds);
    let oninput = seen.send.reform(|event: InputEvent| {
        Msg::Scrub(
            event.target_unchecked_into::<HtmlInputElement>().value_as_number().max(0.0) as u32
        )
    });
    html! {
        <span class="scrub" style={format!("--fill:{:.4};--done:{:.4}", share(at), share(available))}>
            <span class="done" />
            <input type="range" min="0" max={rounds.to_string()} step="1" value={at.to_string()} aria-label="Round"
                aria-valuetext={format!("round {at} of {rounds}, {available} computed")} data-test="scrub" {oninput} />
        </span>
    }
}
