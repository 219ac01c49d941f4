//! The keyboard: the same messages as the buttons.

use crate::state::{Dialog, Model, Msg};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

/// What a key means now; none = it is not ours.
pub fn message(model: &Model, event: &KeyboardEvent) -> Option<Msg> {
    let control = event.ctrl_key() || event.meta_key();
    let key = event.key();
    if control && key.eq_ignore_ascii_case("k") {
        return Some(Msg::Dialog(Some(Dialog::Palette)));
    }
    if model.dialog.is_some() || takes_keys(event) {
        return None;
    }
    if control {
        return match key.to_ascii_lowercase().as_str() {
            "z" if event.shift_key() => Some(Msg::Redo),
            "z" => Some(Msg::Undo),
            "y" => Some(Msg::Redo),
            _ => None,
        };
    }
    if event.alt_key() {
        return None;
    }
    if key == "?" {
        return Some(Msg::Dialog(Some(Dialog::Keys)));
    }
    let lab = model.lab()?;
    match key.as_str() {
        " " => Some(Msg::Play(!lab.transport.playing)),
        "ArrowLeft" => Some(Msg::Step(-1)),
        "ArrowRight" => Some(Msg::Step(1)),
        "Home" => Some(Msg::Scrub(0)),
        "End" => Some(Msg::ToEnd),
        _ => None,
    }
}

/// Whether the focused element has a use of its own for keys.
fn takes_keys(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else {
        return false;
    };
    let own = "input, select, textarea, dialog, [contenteditable], [role=tab], [role=slider]";
    let pressed =
        event.key() == " " && target.closest("button, a, summary").ok().flatten().is_some();
    pressed || target.closest(own).ok().flatten().is_some()
}
