//! Sentences across the page: of the link, of the moment.

use crate::parts::icon;
use crate::parts::on;
use crate::parts::seen::Seen;
use crate::state::{Model, Msg};
use gloo::timers::callback::Timeout;
use lexicon::Device;
use lexicon::link::OWN_KEYS;
use yew::prelude::*;

/// What the link had that was named and ignored, and what the run waits for.
pub fn notices(seen: &Seen) -> Html {
    let lab = seen.lab;
    // An issue at a dial is said at the dial; one without a place is said here.
    let homeless = lab.issues.iter().filter(|i| {
        lab.sheet.dial(&i.dial).is_none() && !matches!(i.dial.as_str(), "seed" | "seeds" | "rounds")
    });
    let here: Vec<Html> = homeless
        .map(|issue| html! { <p class="notice bad" role="alert">{ issue.to_string() }</p> })
        .chain((!lab.issues.is_empty()).then(|| waiting(seen)))
        .chain(lab.computed.says.iter().filter(|_| spoken(seen)).map(|says| {
            html! { <p class="notice" role="status" data-test="computed">{ says }</p> }
        }))
        .chain(lab.notices.iter().map(|n| html! { <p class="notice">{ n }</p> }))
        .chain((!lab.notices.is_empty()).then(|| dismiss(seen)))
        .collect();
    if here.is_empty() {
        return Html::default();
    }
    html! { <div class="notices" data-test="notices">{ for here }</div> }
}

/// Where it computes is said across the page where it matters: on a GPU, or where a person has asked for one. What
/// `auto` found in favor of the CPU stands where the device is chosen.
fn spoken(seen: &Seen) -> bool {
    seen.lab.computed.on_gpu || seen.lab.view.device == Device::Gpu
}

fn dismiss(seen: &Seen) -> Html {
    html! {
        <p class="dismiss">
            <button type="button" class="link" data-test="dismiss-notices" onclick={on(seen.send, Msg::DismissNotices)}>
                { "Dismiss" }
            </button>
        </p>
    }
}

fn waiting(seen: &Seen) -> Html {
    let names: Vec<String> = seen.lab.issues.iter().map(|i| label(seen, &i.dial)).collect();
    html! {
        <p class="notice bad" role="status" data-test="waiting">
            { format!("The run waits for another value of {}.", names.join(", ")) }{ " " }
            <button type="button" class="link" onclick={on(seen.send, Msg::ResetAll)}>{ "Use the defaults" }</button>
        </p>
    }
}

fn label(seen: &Seen, key: &str) -> String {
    match seen.lab.sheet.dial(key) {
        Some(dial) => dial.label.clone(),
        None if OWN_KEYS.contains(&key) => format!("“{key}”"),
        None => "a dial".to_string(),
    }
}

pub fn toast(model: &Model, send: &Callback<Msg>) -> Html {
    html! {
        <div class="toast-place" role="status" aria-live="polite">
            if let Some(says) = &model.toast {
                <Toast key={says.clone()} says={says.clone()} send={send.clone()} />
            }
        </div>
    }
}

#[derive(Clone, Properties)]
struct ToastProps {
    says: String,
    send: Callback<Msg>,
}

impl PartialEq for ToastProps {
    fn eq(&self, other: &Self) -> bool {
        self.says == other.says
    }
}

/// Goes by itself, after as long as it takes to read it twice.
#[component]
fn Toast(props: &ToastProps) -> Html {
    let send = props.send.clone();
    use_effect_with(props.says.clone(), move |says| {
        let long_ms = 4_000 + 100 * says.chars().count().min(200) as u32;
        let timer = Timeout::new(long_ms, move || send.emit(Msg::DismissToast));
        move || drop(timer)
    });
    html! {
        <div class="toast" data-test="toast">
            <p>{ &props.says }</p>
            { icon::button(icon::CLOSE, "Dismiss", "dismiss", false, on(&props.send, Msg::DismissToast)) }
        </div>
    }
}
