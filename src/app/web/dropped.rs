//! Files dropped on the page.

use super::browser;
use super::root::Event;
use crate::import;
use crate::state::Msg;
use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DragEvent, File};
use yew::Callback;

pub fn listeners(send: &Callback<Event>) -> [EventListener; 2] {
    let window = browser::window();
    let active = EventListenerOptions::enable_prevent_default();
    let send = send.clone();
    [
        // Whoever does not refuse the default here is never told of the drop.
        EventListener::new_with_options(&window, "dragover", active, |event| {
            if has_files(event) {
                event.prevent_default();
            }
        }),
        EventListener::new_with_options(&window, "drop", active, move |event| {
            if has_files(event) {
                event.prevent_default();
                if let Some(file) = file(event) {
                    open(file, send.clone());
                }
            }
        }),
    ]
}

fn has_files(event: &web_sys::Event) -> bool {
    let carried = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
    carried.is_some_and(|carried| carried.types().includes(&"Files".into(), 0))
}

/// The first of the files.
fn file(event: &web_sys::Event) -> Option<File> {
    event.dyn_ref::<DragEvent>()?.data_transfer()?.files()?.get(0)
}

fn open(file: File, send: Callback<Event>) {
    let (name, bytes) = (file.name(), file.size());
    if bytes > import::BYTES_MAX {
        return send.emit(Event::Msg(Msg::Toast(import::too_large(&name, bytes))));
    }
    spawn_local(async move {
        let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
        let msg = match import::link(&name, &text.unwrap_or_default()) {
            Ok(link) => Msg::Follow(link),
            Err(says) => Msg::Toast(says),
        };
        send.emit(Event::Msg(msg));
    });
}
