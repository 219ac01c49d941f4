//! A region that is drawn by the rest of the page, and what stands there until that is here.

use super::on;
use super::seen::Seen;
use super::still::still;
use crate::rest::{self, Rest};
use crate::state::{self, Model, Msg};
use yew::prelude::*;

/// A region beside the stage, by its class and its title. `version`: as for `still`.
pub fn region(
    seen: &Seen,
    (class, title): (&'static str, &str),
    version: u64,
    view: fn(&Rest) -> fn(&Seen) -> Html,
) -> Html {
    match rest::here() {
        Some(rest) => still(class, version, || view(rest)(seen)),
        None => {
            html! { <section {class}><h2>{ title }</h2>{ waiting(seen.model, seen.send) }</section> }
        }
    }
}

pub fn waiting(model: &Model, send: &Callback<Msg>) -> Html {
    match &model.rest {
        state::Rest::Failed(says) => html! {
            <p class="facts" role="alert">
                { says }{ " " }
                <button type="button" class="link" data-test="fetch-rest" onclick={on(send, Msg::FetchRest)}>
                    { "Try again" }
                </button>
            </p>
        },
        _ => html! { <p class="facts" aria-busy="true">{ "On its way …" }</p> },
    }
}
