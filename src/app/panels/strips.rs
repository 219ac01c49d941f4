//! Sentences across the page: of the link, of the moment.

use crate::parts::icon;
use crate::parts::on;
use crate::parts::seen::Seen;
use crate::state::{Model, Msg};
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
        .chain(lab.notices.iter().map(|n| html! { <p class="notice">{ n }</p> }))
        .collect();
    if here.is_empty() {
        return Html::default();
    }
    html! { <div class="notices" data-test="notices">{ for here }</div> }
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
                <div class="toast" data-test="toast">
                    <p>{ says }</p>
                    { icon::button(icon::CLOSE, "Dismiss", "dismiss", false, on(send, Msg::DismissToast)) }
                </div>
            }
        </div>
    }
}
