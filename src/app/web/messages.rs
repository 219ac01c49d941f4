//! What an embedding page and we say to each other by `postMessage`, version 1:
//!
//! out: `{murmuration: 1, type: "ready"}`, `{.., type: "height", height}` (CSS pixels),
//! `{.., type: "state", link}` (whenever the scenario changes), `{.., type: "result", claim, verdict}`;
//! in: `{murmuration: 1, type: "set", link}`, `{.., type: "play"}`, `{.., type: "pause"}`,
//! `{.., type: "theme", theme: "light" | "dark"}`.
//!
//! The host is not trusted: what is not from it, of another version or of another shape is dropped, and a link goes
//! through the same door as one that a person pastes.

use super::browser;
use crate::state::Msg;
use lexicon::{Theme, link};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Window};

const VERSION: f64 = 1.0;

/// The embedding page, if there is one.
pub fn host() -> Option<Window> {
    let window = browser::window();
    let parent = window.parent().ok().flatten()?;
    (parent != window).then_some(parent)
}

/// A message of the host as one of ours.
pub fn read(event: &MessageEvent) -> Option<Msg> {
    let host = host()?;
    let ours = get(event, "murmuration")?.as_f64() == Some(VERSION);
    if !ours || !JsValue::from(event.source()?).loose_eq(&host) {
        return None;
    }
    match get(event, "type")?.as_string()?.as_str() {
        "set" => {
            let to = get(event, "link")?.as_string()?;
            (to.len() <= link::LINK_CHARS_MAX).then_some(Msg::Follow(to))
        }
        "play" => Some(Msg::Play(true)),
        "pause" => Some(Msg::Play(false)),
        "theme" => match get(event, "theme")?.as_string()?.as_str() {
            "light" => Some(Msg::HostTheme(Theme::Light)),
            "dark" => Some(Msg::HostTheme(Theme::Dark)),
            _ => None,
        },
        _ => None,
    }
}

fn get(event: &MessageEvent, key: &str) -> Option<JsValue> {
    let data = event.data();
    if !data.is_object() {
        return None;
    }
    js_sys::Reflect::get(&data, &key.into()).ok()
}

/// Tells the host; without one, nobody.
pub fn tell(kind: &str, fields: &[(&str, JsValue)]) {
    let Some(host) = host() else { return };
    let note = js_sys::Object::new();
    let set = |key: &str, value: &JsValue| {
        let _ = js_sys::Reflect::set(&note, &key.into(), value);
    };
    set("murmuration", &VERSION.into());
    set("type", &kind.into());
    for (key, value) in fields {
        set(key, value);
    }
    // Nothing in it is secret (a link, a height, a verdict), so it may be read by whoever embeds us.
    let _ = host.post_message(&note, "*");
}
