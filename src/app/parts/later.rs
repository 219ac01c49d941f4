//! A region that is drawn by the rest of the page, and what stands there until that is here.

use super::on;
use super::seen::Seen;
use super::still::still;
use crate::rest::{self, Rest};
use crate::state::{self, Model, Msg};
use yew::prelude::*;

/// The rest, once it is here and so many pieces of it are drawn.
pub fn after(seen: &Seen, pieces: usize) -> Option<&'static Rest> {
    rest::here().filter(|_| seen.model.unfolded > pieces)
}

/// A region beside the stage, by its place, its class and its title. `version`: as for `still`.
pub fn region(
    seen: &Seen,
    (place, class, title): (usize, &'static str, &str),
    version: u64,
    view: fn(&Rest) -> fn(&Seen) -> Html,
) -> Html {
    match after(seen, place) {
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
