//! One panel for each chosen arm: the same seed, the same round, side by side.

use crate::parts::behind::Behind;
use crate::parts::picture::{Picture, Subject};
use crate::parts::seen::{Seen, hash, kept};
use crate::parts::talk::Talk;
use crate::parts::{browser, icon, on, swatch};
use crate::state::Msg;
use lexicon::Scene;
use std::rc::Rc;
use yew::prelude::*;

pub fn view(seen: &Seen) -> Html {
    let arms = &seen.lab.scenario.arms;
    let all: Vec<Shown> = arms.iter().map(|arm| shown(seen, arm)).collect();
    let common = common_note(&all);
    let panels = arms.iter().zip(&all).enumerate();
    html! {
        <section class="stage" aria-label="Stage" data-test="stage">
            { views(seen) }
            <div class={format!("panels of-{}", arms.len())} id="panels" tabindex="-1">
                { for panels.map(|(at, (arm, shown))| panel(seen, at, arm, shown, common.is_none())) }
            </div>
            if let Some(note) = common { <p class="note">{ note }</p> }
        </section>
    }
}

/// What all panels would say below their pictures is said once.
fn common_note(all: &[Shown]) -> Option<String> {
    let note = |shown: &Shown| match shown {
        Shown::Scene { scene, .. } => Some(scene.note().to_string()),
        Shown::Nothing => None,
    };
    let first = note(all.first()?)?;
    let same =
        all.len() > 1 && !first.is_empty() && all.iter().all(|s| note(s).as_ref() == Some(&first));
    same.then_some(first)
}

/// Which of the system's scenes is seen.
fn views(seen: &Seen) -> Html {
    let views = seen.lab.sheet.card.views;
    if views.len() < 2 {
        return Html::default();
    }
    html! {
        <div class="segments views" role="group" aria-label="View">
            { for views.iter().enumerate().map(|(at, label)| {
                let at = at as u32;
                html! {
                    <button type="button" aria-pressed={(seen.lab.view.scene == at).to_string()}
                        data-test={format!("view-{at}")} onclick={on(seen.send, Msg::View(at))}>{ *label }</button>
                }
            }) }
        </div>
    }
}

/// What a panel has to show now.
enum Shown {
    Scene { round: u32, scene: Rc<Scene>, version: u64, carried: bool },
    Nothing,
}

fn shown(seen: &Seen, arm: &str) -> Shown {
    let (lab, view) = (seen.lab, seen.lab.view.scene as usize);
    let place = format!("scene {arm}");
    if let Some((round, scenes)) =
        lab.history.scenes(arm, lab.scenario.seed, lab.transport.playhead)
        && let Some(scene) = scenes.get(view)
    {
        let version = hash(&(seen.key, arm, view, round));
        let scene = kept(&place, version, || scene.clone());
        return Shown::Scene { round: *round, scene, version, carried: false };
    }
    match lab.carried.get(arm).and_then(|scenes| scenes.get(view)) {
        Some(scene) => {
            let version = hash(&(seen.key, arm, view, "carried"));
            let scene = kept(&place, version, || scene.clone());
            Shown::Scene { round: 0, scene, version, carried: true }
        }
        None => Shown::Nothing,
    }
}

fn panel(seen: &Seen, at: usize, arm: &str, shown: &Shown, noted: bool) -> Html {
    let lab = seen.lab;
    let place = swatch::place(&lab.sheet, &lab.scenario.arms, arm);
    let label = swatch::label(&lab.sheet, arm);
    let busy = matches!(shown, Shown::Nothing | Shown::Scene { carried: true, .. });
    html! {
        <article class="panel" key={arm.to_string()} id={format!("panel-{at}")} data-test={format!("stage-{arm}")}
            aria-label={label.clone()} aria-busy={busy.to_string()}>
            <header>
                { swatch::arm(place) }<h2>{ &label }</h2>
                { nth(at, lab.scenario.arms.len()) }
            </header>
            { match shown {
                Shown::Scene { round, scene, version, .. } => {
                    picture(seen, place, &label, *round, scene, *version, noted)
                }
                Shown::Nothing => empty(seen, arm),
            } }
            { standing(seen, arm) }
        </article>
    }
}

/// "1 of 3", and the way to its neighbors: only where one arm is seen at a time.
fn nth(at: usize, of: usize) -> Html {
    if of < 2 {
        return Html::default();
    }
    let to = |at: Option<usize>| {
        Callback::from(move |_: MouseEvent| {
            let panel = at.and_then(|at| browser::by_id(&format!("panel-{at}")));
            if let (Some(panel), Some(row)) = (panel, browser::by_id("panels")) {
                row.set_scroll_left(panel.offset_left() - row.offset_left());
            }
        })
    };
    html! {
        <span class="nth">
            { icon::button(icon::LEFT, "The arm before", "", at == 0, to(at.checked_sub(1))) }
            <span>{ format!("{} of {of}", at + 1) }</span>
            { icon::button(icon::RIGHT, "The next arm", "", at + 1 == of, to((at + 1 < of).then_some(at + 1))) }
        </span>
    }
}

fn picture(
    seen: &Seen,
    place: usize,
    label: &str,
    round: u32,
    scene: &Rc<Scene>,
    version: u64,
    noted: bool,
) -> Html {
    let view =
        seen.lab.sheet.card.views.get(seen.lab.view.scene as usize).copied().unwrap_or_default();
    let name =
        format!("{label}, {view}, round {round}: {} with {} marks", scene.kind(), scene.marks());
    html! {
        <>
            { match &**scene {
                Scene::Transcript(_) => html! { <Talk {version} scene={scene.clone()} look={seen.look(place)} label={name} /> },
                _ => html! {
                    <Picture {version} subject={Subject::Scene(scene.clone())} look={seen.look(place)} label={name} />
                },
            } }
            { swatch::legend(seen.theme, place, scene.legend()) }
            if noted && !scene.note().is_empty() { <p class="note">{ scene.note() }</p> }
            <Behind {version} scene={scene.clone()} of={label.to_string()} />
        </>
    }
}

fn empty(seen: &Seen, arm: &str) -> Html {
    let track = seen.lab.history.track(arm, seen.lab.scenario.seed);
    let says = match track {
        _ if !seen.lab.issues.is_empty() => "Waits for its dials.",
        Some(track) if track.fault.is_some() => "Nothing to see.",
        Some(track) if track.rounds > 0 => {
            "The pictures of this round are no longer kept. Later ones are."
        }
        _ => "Starting …",
    };
    html! { <div class="picture skeleton"><p>{ says }</p></div> }
}

/// How an arm ended, where it has.
fn standing(seen: &Seen, arm: &str) -> Html {
    let lab = seen.lab;
    let Some(track) = lab.history.track(arm, lab.scenario.seed) else { return Html::default() };
    if let Some(fault) = &track.fault {
        let link = format!("{}{}", browser::base(), lab.shared_link(true));
        return html! {
            <p class="fault" role="alert">
                { fault.to_string() }{ " " }<a href={link}>{ "The link that repeats it" }</a>
            </p>
        };
    }
    if track.done && track.rounds < lab.scenario.rounds && lab.transport.playhead >= track.rounds {
        return html! { <p class="note">{ format!("Ended at round {}: nothing more will change.", track.rounds) }</p> };
    }
    Html::default()
}
