//! What a person sees, as functions of the model. Nothing is decided here: a view gives back a `Msg`.

mod embed;
mod gallery;
mod lab;
mod not_found;

use crate::panels::{dialogs, header, strips};
use crate::parts::still::still;
use crate::rest;
use crate::state::{Model, Msg, Place};
use yew::prelude::*;

pub fn view(model: &Model, send: &Callback<Msg>) -> Html {
    if let Some(lab) = model.lab().filter(|lab| lab.view.embed) {
        return embed::view(model, lab, send);
    }
    let page = match &model.place {
        Place::Gallery(gallery) => gallery::view(model, gallery, send),
        Place::Lab(lab) => lab::view(model, lab, send),
        Place::NotFound { link, fault, again } => not_found::view(model, link, fault, *again, send),
    };
    html! {
        <div class="page">
            <a class="skip" href="#main" onclick={skip()}>{ "Skip to the content" }</a>
            { still("header", header::version(model), || header::view(model, send)) }
            { page }
            // An open dialog makes all else inert, so it shows the toast itself.
            if model.dialog.is_none() { { strips::toast(model, send) } }
            if let Some(rest) = rest::here() {
                { still("dialogs", dialogs::version(model), || (rest.dialogs)(model, send)) }
            } else if model.dialog.is_some() {
                <div class="toast-place" role="status"><div class="toast"><p>{ "On its way …" }</p></div></div>
            }
        </div>
    }
}

/// The address behind `#` is ours, so the jump is made by hand.
fn skip() -> Callback<MouseEvent> {
    Callback::from(|event: MouseEvent| {
        event.prevent_default();
        if let Some(main) = crate::parts::browser::by_id("main") {
            let _ = main.focus();
        }
    })
}
