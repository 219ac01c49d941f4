//! A text field that keeps what is being typed until it is meant: by Enter or by leaving it.

use crate::state::Msg;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What a finished text changes.
#[derive(Clone, PartialEq)]
pub enum Target {
    Dial(String),
    FirstSeed,
    Seeds,
    Rounds,
}

impl Target {
    fn message(&self, text: String) -> Msg {
        match self {
            Target::Dial(name) => Msg::Dial { name: name.clone(), text, commit: true },
            Target::FirstSeed => Msg::FirstSeed(text),
            Target::Seeds => Msg::Seeds(text),
            Target::Rounds => Msg::Rounds(text),
        }
    }
}

#[derive(Clone, Properties)]
pub struct Props {
    pub value: String,
    pub target: Target,
    pub label: AttrValue,
    pub test: AttrValue,
    #[prop_or_default]
    pub invalid: bool,
    /// The id of the sentence that says what is wrong or what works.
    #[prop_or_default]
    pub described: AttrValue,
    #[prop_or_default]
    pub words: bool,
    pub send: Callback<Msg>,
}

impl PartialEq for Props {
    /// The way back to the model is always the same.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
            && self.target == other.target
            && self.label == other.label
            && self.invalid == other.invalid
            && self.described == other.described
    }
}

#[component]
pub fn Field(props: &Props) -> Html {
    let draft = use_state(|| None::<String>);
    let oninput = {
        let draft = draft.clone();
        Callback::from(move |event: InputEvent| {
            draft.set(Some(event.target_unchecked_into::<HtmlInputElement>().value()));
        })
    };
    let onchange = {
        let (draft, target, send) = (draft.clone(), props.target.clone(), props.send.clone());
        Callback::from(move |event: Event| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            draft.set(None);
            send.emit(target.message(text));
        })
    };
    let value = (*draft).clone().unwrap_or_else(|| props.value.clone());
    let mode = if props.words { "text" } else { "decimal" };
    html! {
        <input type="text" class="field number" inputmode={mode} autocomplete="off" spellcheck="false"
            {value} {oninput} {onchange} data-test={props.test.clone()} aria-label={props.label.clone()}
            aria-invalid={props.invalid.then_some("true")} aria-describedby={props.described.clone()} />
    }
}
