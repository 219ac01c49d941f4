//! Presets, arms, dials, seeds: everything that makes the scenario.

use super::data;
use crate::parts::disclosure::help;
use crate::parts::field::{Field, Target};
use crate::parts::seen::{Seen, hash};
use crate::parts::slider::slider;
use crate::parts::{icon, on, swatch, words};
use crate::state::{Lab, Msg};
use lexicon::{ARMS_MAX, Device, Dial, Issue, Kind, Preset, Role, dial, link};
use serde_json::Value;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Up to so many options stand side by side; more are a list that opens.
const SEGMENTS_MAX: usize = 3;

pub fn version(seen: &Seen) -> u64 {
    let lab = seen.lab;
    let issues: Vec<String> = lab.issues.iter().map(Issue::to_string).collect();
    let steps = (lab.can_undo(), lab.can_redo(), lab.finished());
    let device = (lab.view.device.id(), lab.computed.on_gpu, &lab.computed.says);
    hash(&(seen.key, issues, &lab.drafts, &lab.view.hide, steps, device, data::version(seen)))
}

pub fn view(seen: &Seen) -> Html {
    let lab = seen.lab;
    let hidden = |d: &&Dial| !lab.view.hide.contains(&d.name);
    let (advanced, basic): (Vec<&Dial>, Vec<&Dial>) =
        lab.sheet.dials.iter().filter(hidden).partition(|d| d.advanced);
    let units = lab.sheet.dials.iter().any(|d| !d.unit.is_empty());
    html! {
        <section class={classes!("dials", units.then_some("units"))} aria-label="Dials">
            { presets(seen) }
            { arms(seen) }
            { data::block(seen) }
            <div class="dials-head">
                <h2>{ "Dials" }</h2>
                { icon::button(icon::UNDO, "Undo", "undo", !lab.can_undo(), on(seen.send, Msg::Undo)) }
                { icon::button(icon::REDO, "Redo", "redo", !lab.can_redo(), on(seen.send, Msg::Redo)) }
            </div>
            { for basic.iter().map(|d| one(seen, d)) }
            if !advanced.is_empty() { { more(seen, &advanced) } }
            { seeds(seen) }
        </section>
    }
}

fn presets(seen: &Seen) -> Html {
    let lab = seen.lab;
    if lab.sheet.card.presets.is_empty() {
        return Html::default();
    }
    html! {
        <div class="chips presets" role="group" aria-label="Presets">
            { for lab.sheet.card.presets.iter().map(|preset| html! {
                <button type="button" class="chip" data-test={format!("preset-{}", preset.id)}
                    aria-pressed={is_set(lab, preset).to_string()}
                    onclick={on(seen.send, Msg::Preset(preset.id.into()))}>{ preset.label }</button>
            }) }
        </div>
    }
}

/// Whether the dials, arms and rounds are the preset's; seeds are the person's own.
fn is_set(lab: &Lab, preset: &Preset) -> bool {
    link::setting(&lab.sheet, preset.query).is_ok_and(|s| {
        let now = &lab.scenario;
        s.params == now.params && s.arms == now.arms && s.rounds == now.rounds
    })
}

fn arms(seen: &Seen) -> Html {
    let lab = seen.lab;
    let chosen = &lab.scenario.arms;
    html! {
        <fieldset class="arms">
            <legend>{ "Arms" }</legend>
            { for lab.offered_arms().into_iter().map(|arm| {
                let checked = chosen.iter().any(|id| id == arm.id);
                let disabled = if checked { chosen.len() == 1 } else { chosen.len() >= ARMS_MAX };
                let (send, id) = (seen.send.clone(), arm.id.to_string());
                let onchange = Callback::from(move |event: Event| {
                    let on = event.target_unchecked_into::<HtmlInputElement>().checked();
                    send.emit(Msg::Arm { id: id.clone(), on });
                });
                html! {
                    <label class={classes!("arm", checked.then_some("on"))} title={arm.says} key={arm.id}>
                        <input type="checkbox" {checked} {disabled} {onchange} data-test={format!("arm-{}", arm.id)} />
                        { swatch::arm(swatch::place(&lab.sheet, &lab.scenario.arms, arm.id)) }
                        <span>{ arm.label }</span>
                        if arm.role != Role::Method { <small>{ role(arm.role) }</small> }
                    </label>
                }
            }) }
        </fieldset>
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Method => "method",
        Role::Baseline => "baseline",
        Role::Ablation => "ablation",
        Role::Reference => "reference",
    }
}

fn more(seen: &Seen, dials: &[&Dial]) -> Html {
    let changed = dials.iter().filter(|d| seen.lab.scenario.params.contains_key(&d.name)).count();
    let off = if changed > 0 { format!(", {changed} changed") } else { String::new() };
    // A refused value must not hide behind the fold.
    let wrong = dials.iter().any(|d| issue(seen.lab, &d.name).is_some());
    html! {
        <details class="advanced" open={wrong}>
            <summary>{ format!("Advanced · {}{off}", words::count(dials.len(), "dial")) }</summary>
            { for dials.iter().map(|d| one(seen, d)) }
        </details>
    }
}

fn issue<'a>(lab: &'a Lab, name: &str) -> Option<&'a Issue> {
    lab.issues.iter().find(|i| i.dial == name)
}

fn one(seen: &Seen, dial: &Dial) -> Html {
    let lab = seen.lab;
    let value = lab.scenario.params.get(&dial.name).unwrap_or(&dial.default);
    let wrong = issue(lab, &dial.name);
    let off = lab.scenario.params.contains_key(&dial.name) || lab.drafts.contains_key(&dial.name);
    let told = wrong.map_or(String::new(), |_| format!("issue-{}", dial.name));
    html! {
        <div class={classes!("dial", off.then_some("off"), wrong.map(|_| "wrong"))} key={dial.name.clone()}>
            <div class="dial-head">
                <span class="dial-label">
                    { &dial.label }
                    if !dial.symbol.is_empty() { <var>{ format!(" {}", dial.symbol) }</var> }
                </span>
                { help(&dial.label, about(dial)) }
                if off {
                    <button type="button" class="link" data-test={format!("reset-{}", dial.name)}
                        aria-label={format!("Reset {} to {}", dial.label, dial::write(&dial.default))}
                        onclick={on(seen.send, Msg::ResetDial(dial.name.clone()))}>{ "reset" }</button>
                }
            </div>
            if let Some(says) = settled(lab, dial) {
                <p class="facts" data-test={format!("settled-{}", dial.name)}>{ says }</p>
            } else {
                { control(seen, dial, value, &told) }
            }
            if let Some(issue) = wrong {
                <p class="issue" id={told.clone()} role="alert">{ sentence(&issue.says) }</p>
            }
        </div>
    }
}

/// What own data says in place of the dial.
fn settled(lab: &Lab, dial: &Dial) -> Option<&'static str> {
    let own = lab.scenario.data.as_ref()?;
    own.settles(dial).then_some(match dial.with_data {
        Some(_) => "Your own data says it.",
        None => "Your client column says it.",
    })
}

fn sentence(says: &str) -> String {
    let mut says = says.to_string();
    if let Some(first) = says.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !says.ends_with('.') {
        says.push('.');
    }
    says
}

fn about(dial: &Dial) -> Html {
    html! {
        <>
            if !dial.help.is_empty() { <p>{ &dial.help }</p> }
            <p class="facts">{ format!("Takes {}. Default {}.", dial.takes(), dial::write(&dial.default)) }</p>
            if let Some(paper) = &dial.paper {
                <p class="facts">{ format!("The paper: {}.", dial::write(paper)) }</p>
            }
            if let Kind::Choice { options } = &dial.kind {
                <ul>{ for options.iter().filter(|o| !o.help.is_empty()).map(|o| html! {
                    <li><b>{ &o.label }</b>{ ": " }{ &o.help }</li>
                }) }</ul>
            }
        </>
    }
}

fn control(seen: &Seen, dial: &Dial, value: &Value, told: &str) -> Html {
    match &dial.kind {
        Kind::Int { .. } | Kind::Real { .. } => {
            let number = value.as_f64().unwrap_or(0.0);
            html! {
                <div class="dial-row">
                    { slider(dial, number, &format!("slider-{}", dial.name), told, seen.send) }
                    { field(seen, dial, value, told, false) }
                    <span class="unit">{ &dial.unit }</span>
                </div>
            }
        }
        Kind::List { .. } => {
            html! { <div class="dial-row wide">{ field(seen, dial, value, told, true) }</div> }
        }
        Kind::Choice { options } => {
            let short = options.iter().map(|o| o.label.chars().count()).sum::<usize>() <= 24;
            match options.len() <= SEGMENTS_MAX && short {
                true => segments(seen, dial, value),
                false => list(seen, dial, value),
            }
        }
        Kind::Flag => flag(seen, dial, value),
    }
}

fn field(seen: &Seen, dial: &Dial, value: &Value, told: &str, is_words: bool) -> Html {
    let draft = seen.lab.drafts.get(&dial.name).cloned();
    html! {
        <Field value={draft.unwrap_or_else(|| dial::write(value))} target={Target::Dial(dial.name.clone())}
            label={dial.label.clone()} test={format!("dial-{}", dial.name)} invalid={!told.is_empty()}
            described={told.to_string()} words={is_words} send={seen.send.clone()} />
    }
}

fn segments(seen: &Seen, dial: &Dial, value: &Value) -> Html {
    let Kind::Choice { options } = &dial.kind else { return Html::default() };
    html! {
        <div class="segments" role="group" aria-label={dial.label.clone()} data-test={format!("dial-{}", dial.name)}>
            { for options.iter().map(|option| {
                let chosen = value.as_str() == Some(option.id.as_str());
                let msg = Msg::Dial { name: dial.name.clone(), text: option.id.clone(), commit: true };
                html! {
                    <button type="button" aria-pressed={chosen.to_string()} title={option.help.clone()}
                        value={option.id.clone()} onclick={on(seen.send, msg)}>{ &option.label }</button>
                }
            }) }
        </div>
    }
}

fn list(seen: &Seen, dial: &Dial, value: &Value) -> Html {
    let Kind::Choice { options } = &dial.kind else { return Html::default() };
    let name = dial.name.clone();
    let onchange = seen.send.reform(move |event: Event| {
        let text = event.target_unchecked_into::<HtmlSelectElement>().value();
        Msg::Dial { name: name.clone(), text, commit: true }
    });
    html! {
        <select class="field" aria-label={dial.label.clone()} data-test={format!("dial-{}", dial.name)} {onchange}>
            { for options.iter().map(|option| html! {
                <option value={option.id.clone()} selected={value.as_str() == Some(option.id.as_str())}>
                    { &option.label }
                </option>
            }) }
        </select>
    }
}

fn flag(seen: &Seen, dial: &Dial, value: &Value) -> Html {
    let (name, checked) = (dial.name.clone(), value.as_bool().unwrap_or(false));
    let onchange = seen.send.reform(move |event: Event| {
        let text = event.target_unchecked_into::<HtmlInputElement>().checked().to_string();
        Msg::Dial { name: name.clone(), text, commit: true }
    });
    html! {
        <label class="flag">
            <input type="checkbox" {checked} {onchange} aria-label={dial.label.clone()}
                data-test={format!("dial-{}", dial.name)} />
            <span>{ if checked { "on" } else { "off" } }</span>
        </label>
    }
}

fn seeds(seen: &Seen) -> Html {
    let lab = seen.lab;
    let one = |key: &str, label: &str, value: u32, target: Target| {
        let wrong = issue(lab, key);
        let value = lab.drafts.get(key).cloned().unwrap_or_else(|| value.to_string());
        let told = wrong.map_or(String::new(), |_| format!("issue-{key}"));
        html! {
            <div class={classes!("seed", wrong.map(|_| "wrong"))}>
                <span class="seed-label">{ label }</span>
                <Field {value} {target} label={label.to_string()} test={format!("dial-{key}")} invalid={wrong.is_some()}
                    described={told.clone()} send={seen.send.clone()} />
                if let Some(issue) = wrong { <p class="issue" id={told} role="alert">{ sentence(&issue.says) }</p> }
            </div>
        }
    };
    html! {
        <div class="seeds">
            { one("seeds", "Seeds", lab.scenario.seeds, Target::Seeds) }
            { one("seed", "First seed", lab.scenario.seed, Target::FirstSeed) }
            { one("rounds", "Rounds", lab.scenario.rounds, Target::Rounds) }
            { proof(seen) }
        </div>
    }
}

/// `Auto` says what it has come to.
fn device_label(device: Device, on_gpu: bool) -> &'static str {
    match (device, on_gpu) {
        (Device::Auto, false) => "CPU (auto)",
        (Device::Auto, true) => "GPU (auto)",
        (Device::Cpu, _) => "CPU",
        (Device::Gpu, _) => "GPU, if there is one",
    }
}

/// What is computed on, and the digest by which a replay is recognized.
fn proof(seen: &Seen) -> Html {
    let lab = seen.lab;
    let chosen = seen.send.reform(|event: Event| {
        let id = event.target_unchecked_into::<HtmlSelectElement>().value();
        Msg::Device(Device::ALL.into_iter().find(|d| d.id() == id).unwrap_or_default())
    });
    html! {
        <p class="proof">
            <label title={lab.computed.says.clone()}>{ "Computed on " }
                <select class="field device" data-test="device" onchange={chosen}>
                    { for Device::ALL.into_iter().map(|device| html! {
                        <option value={device.id()} selected={device == lab.view.device}>
                            { device_label(device, lab.computed.on_gpu) }
                        </option>
                    }) }
                </select>
            </label>
            if lab.replayable() {
                <span title="The command line prints the same digest for the same link">
                    { "Digest " }<code data-test="digest">{ lab.digest() }</code>
                </span>
            }
        </p>
    }
}
