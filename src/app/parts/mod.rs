//! Small things that panels are made of. Only what owns a DOM thing (canvas, dialog, field, menu) is a component; it
//! holds at most where the pointer is or what is being typed, never a truth of the model.

pub mod behind;
pub mod browser;
pub mod chart;
pub mod dialog;
pub mod disclosure;
pub mod field;
pub mod icon;
pub mod later;
pub mod picture;
pub mod screen;
pub mod seen;
pub mod slider;
pub mod still;
pub mod story;
pub mod swatch;
pub mod talk;
pub mod words;

use crate::state::Msg;
use yew::prelude::*;

/// A handler that sends a constant message.
pub fn on<E: 'static>(send: &Callback<Msg>, msg: Msg) -> Callback<E> {
    send.reform(move |_: E| msg.clone())
}

/// A handler that follows a link inside the page without a new load; other clicks stay the browser's own.
pub fn follow(send: &Callback<Msg>, link: &str) -> Callback<MouseEvent> {
    let (send, link) = (send.clone(), link.to_string());
    Callback::from(move |event: MouseEvent| {
        if event.ctrl_key() || event.meta_key() || event.shift_key() || event.button() != 0 {
            return;
        }
        event.prevent_default();
        send.emit(Msg::Follow(link.clone()));
    })
}
