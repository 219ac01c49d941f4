//! Connecting a model of one's own: the dialog, and the strip that says whose answers are seen.

use crate::oracle::{Connection, Key, Limits, Way};
use crate::parts::on;
use crate::parts::seen::Seen;
use crate::state::{Dialog, Lab, Model, Msg};
use lexicon::Asks;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Whose answers are seen, and what they have cost; and why a model has gone.
pub fn strip(seen: &Seen) -> Html {
    let gone = match (&seen.model.mind, &seen.model.mind_says, seen.model.dialog) {
        (None, Some(Err(says)), None) => Some(says),
        _ => None,
    };
    let Some(name) = &seen.lab.mind else { return Html::default() };
    let back = on(seen.send, Msg::Disconnect);
    html! {
        <div class="notices" data-test="mind" data-state={if seen.model.mind.is_some() { "connected" } else { "gone" }}>
            <p class="notice">
                <b>{ format!("Answers come from your model: {name}.") }</b>
                if let Some(mind) = &seen.model.mind {
                    <span data-test="mind-spent">{ format!(
                        " {} of {} calls, {} of {} tokens; {} replies known already.",
                        mind.calls, mind.limits.calls, mind.tokens, mind.limits.tokens, mind.saved
                    ) }</span>
                }
                { " Only the first seed is run. Claims are judged on surrogate minds alone. " }
                <button type="button" class="link" data-test="mind-disconnect" onclick={back}>
                    { if seen.model.mind.is_some() { "Disconnect" } else { "Back to surrogate minds" } }
                </button>
            </p>
            if let Some(says) = gone {
                <p class="notice bad" role="alert" data-test="mind-gone">{ says }</p>
            }
        </div>
    }
}

/// Under the title: what stands in, what that means, and the way to something real.
pub fn stand_in(seen: &Seen) -> Html {
    if !seen.lab.sheet.card.real.surrogate_minds {
        return Html::default();
    }
    html! {
        <p class="facts" data-test="stand-in">
            { "Surrogate minds stand in for language models: verdicts here speak of directions, not of sizes, and of \
               these minds alone. " }
            if seen.lab.takes_a_mind() {
                <button type="button" class="link" data-test="connect"
                    onclick={on(seen.send, Msg::Dialog(Some(Dialog::Mind)))}>{ "Connect a model" }</button>
            }
        </p>
    }
}

pub fn dialog(model: &Model, lab: &Lab, send: &Callback<Msg>) -> Html {
    if !lab.takes_a_mind() {
        return html! { <p class="facts">{ "No model can stand in on this system." }</p> };
    }
    html! {
        <Form asks={lab.asks} rounds={lab.scenario.rounds} arms={lab.scenario.arms.len()} says={model.mind_says.clone()}
            built_in={model.built_in} send={send.clone()} />
    }
}

#[derive(Clone, Properties)]
struct Props {
    asks: Option<Asks>,
    rounds: u32,
    arms: usize,
    says: Option<Result<String, String>>,
    built_in: bool,
    send: Callback<Msg>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        (self.asks, self.rounds, self.arms) == (other.asks, other.rounds, other.arms)
            && self.says == other.says
    }
}

/// What is being typed. The key is not here: it stays in its field until it is sent.
#[derive(Clone, PartialEq)]
struct Draft {
    own: bool,
    address: String,
    name: String,
    calls: String,
    tokens: String,
    seconds: String,
}

#[component]
fn Form(props: &Props) -> Html {
    let limits = Limits::DEFAULT;
    let draft = use_state(|| Draft {
        own: false,
        address: String::new(),
        name: String::new(),
        calls: limits.calls.to_string(),
        tokens: limits.tokens.to_string(),
        seconds: limits.seconds.to_string(),
    });
    let key = use_node_ref();
    let connection = {
        let (draft, key) = (draft.clone(), key.clone());
        move || read(&draft, &key)
    };
    let emit = |make: fn(Connection) -> Msg| {
        let (send, connection) = (props.send.clone(), connection.clone());
        Callback::from(move |_: MouseEvent| send.emit(make(connection())))
    };
    let field =
        |label: &str, test: &str, value: &str, hint: &'static str, set: fn(&mut Draft, String)| {
            text(&draft, label, test, value, hint, set)
        };
    html! {
        <div class="mind-form">
            <p class="facts">
                { "Its replies take the place of the surrogate minds on this system, until you disconnect or leave it. \
                   Results are marked “your model” wherever they go." }
            </p>
            if props.built_in { { choice(&draft) } }
            if !draft.own {
                { field("Address of an OpenAI-compatible server", "mind-address", &draft.address,
                    "http://localhost:11434/v1", |d, t| d.address = t) }
                { field("Model", "mind-name", &draft.name, "llama3.2", |d, t| d.name = t) }
                <label>{ "Key (a server of your own mostly needs none)" }
                    <input ref={key} type="password" class="field" autocomplete="off" spellcheck="false"
                        data-test="mind-key" />
                </label>
                <p class="facts">
                    { "The key stays in this page's memory and goes to this address only: it is in no link, export, \
                       storage or log, and gone when the page is closed. " }
                    { "llama.cpp's server (port 8080) lets this page in as it is; Ollama (port 11434) wants to be \
                       started with OLLAMA_ORIGINS set to this page's address." }
                </p>
            }
            <div class="mind-limits">
                { field("Calls at most", "mind-calls", &draft.calls, "", |d, t| d.calls = t) }
                { field("Tokens at most", "mind-tokens", &draft.tokens, "", |d, t| d.tokens = t) }
                { field("Seconds for one reply", "mind-seconds", &draft.seconds, "", |d, t| d.seconds = t) }
            </div>
            { expected(props, &draft) }
            <p role="status" data-test="mind-says" class={if matches!(props.says, Some(Err(_))) { "fault" } else { "facts" }}>
                { match &props.says { Some(Ok(says) | Err(says)) => says.as_str(), None => "" } }
            </p>
            <p class="mind-actions">
                <button type="button" class="button" data-test="mind-try" onclick={emit(Msg::TryMind)}>
                    { "Try one question" }
                </button>
                <button type="button" class="button primary" data-test="mind-connect" onclick={emit(Msg::Connect)}>
                    { "Connect and run" }
                </button>
            </p>
        </div>
    }
}

/// What was typed; a number that is none becomes 0, which is refused with its range.
fn read(draft: &Draft, key: &NodeRef) -> Connection {
    let number = |text: &str| text.replace([',', ' '], "").parse().unwrap_or(0);
    let typed = key.cast::<HtmlInputElement>().map_or(String::new(), |field| field.value());
    Connection {
        way: if draft.own { Way::BuiltIn } else { Way::Endpoint(draft.address.clone()) },
        model: draft.name.clone(),
        key: Key::new(&typed),
        limits: Limits {
            calls: number(&draft.calls),
            tokens: number(&draft.tokens),
            seconds: number(&draft.seconds),
        },
    }
}

/// What the run asks for, before any of it is spent.
fn expected(props: &Props, draft: &Draft) -> Html {
    let Some(Asks { calls, tokens }) = props.asks else {
        return html! { <p class="notice">{ "Counting what this run would ask …" }</p> };
    };
    let number = |text: &str| text.parse().unwrap_or(0u32);
    let over = calls > number(&draft.calls) || tokens > number(&draft.tokens);
    html! {
        <p class="notice" data-test="mind-estimate">
            { format!(
                "At most {calls} calls and about {tokens} tokens for {} rounds of {} with the first seed. Arms that ask \
                 the same share one call, and a paused run asks for one round ahead at most. ",
                props.rounds,
                if props.arms == 1 { "one arm".to_string() } else { format!("{} arms", props.arms) },
            ) }
            if over {
                <b>{ "That can be more than you allow: the run then ends early. Fewer rounds, arms or agents need less." }</b>
            }
        </p>
    }
}

fn choice(draft: &UseStateHandle<Draft>) -> Html {
    let radio = |label: &str, test: &str, own: bool| {
        let state = draft.clone();
        let onchange = Callback::from(move |_: Event| state.set(Draft { own, ..(*state).clone() }));
        html! {
            <label class="flag">
                <input type="radio" name="mind-way" checked={draft.own == own} data-test={test.to_string()} {onchange} />
                <span>{ label }</span>
            </label>
        }
    };
    html! {
        <div role="radiogroup" aria-label="Which model">
            { radio("A server", "mind-server", false) }
            { radio("This browser's own model: nothing leaves the machine", "mind-built-in", true) }
        </div>
    }
}

fn text(
    draft: &UseStateHandle<Draft>,
    label: &str,
    test: &str,
    value: &str,
    hint: &'static str,
    set: fn(&mut Draft, String),
) -> Html {
    let state = draft.clone();
    let oninput = Callback::from(move |e: InputEvent| {
        let mut next = (*state).clone();
        set(&mut next, e.target_unchecked_into::<HtmlInputElement>().value());
        state.set(next);
    });
    html! {
        <label>{ label }
            <input type="text" class="field" autocomplete="off" spellcheck="false" autocapitalize="off"
                placeholder={hint} data-test={test.to_string()} value={value.to_string()} {oninput} />
        </label>
    }
}
