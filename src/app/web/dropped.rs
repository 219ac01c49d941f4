//! Files that a person drops on the page, or chooses in a field of it.

use super::browser;
use super::root::Event;
use crate::state::Msg;
use crate::{import, rest};
use gloo::events::{EventListener, EventListenerOptions};
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DragEvent, File, FileList, HtmlInputElement};
use yew::Callback;

/// So many first bytes tell a scenario from data.
const HEAD_BYTES: u32 = 64;

pub fn listeners(send: &Callback<Event>) -> [EventListener; 3] {
    let window = browser::window();
    let active = EventListenerOptions::enable_prevent_default();
    let (dropped, chosen) = (send.clone(), send.clone());
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
                let carried = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
                hand_on(carried.and_then(|carried| carried.files()), &dropped);
            }
        }),
        EventListener::new(&window, "change", move |event| {
            let field = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
            if let Some(field) = field.filter(|field| field.type_() == "file") {
                hand_on(field.files(), &chosen);
                // The same file may be chosen again.
                field.set_value("");
            }
        }),
    ]
}

fn has_files(event: &web_sys::Event) -> bool {
    let carried = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
    carried.is_some_and(|carried| carried.types().includes(&"Files".into(), 0))
}

/// The list is the browser's, and empty a moment later.
fn hand_on(files: Option<FileList>, send: &Callback<Event>) {
    let files: Vec<File> =
        files.map_or(Vec::new(), |list| (0..list.length()).filter_map(|i| list.get(i)).collect());
    let send = send.clone();
    spawn_local(async move {
        match rest::fetched().await {
            Ok(rest) => (rest.open)(files, &send),
            Err(says) => send.emit(Event::Msg(Msg::Toast(says))),
        }
    });
}

/// Files that were brought, as what they are.
pub fn open(files: Vec<File>, send: &Callback<Event>) {
    let says = |says: String| send.emit(Event::Msg(Msg::Toast(says)));
    let bytes: f64 = files.iter().map(|file| file.size()).sum();
    match &files[..] {
        [] => {}
        [.., last] if bytes > import::BYTES_OF_DATA_MAX as f64 => {
            says(import::too_much(&last.name(), bytes))
        }
        [one] => spawn_local(single(one.clone(), send.clone())),
        [one, other] => spawn_local(pair(one.clone(), other.clone(), send.clone())),
        _ => says(import::TOO_MANY.to_string()),
    }
}

async fn read(file: &File) -> Option<Uint8Array> {
    let buffer = JsFuture::from(file.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer))
}

async fn single(file: File, send: Callback<Event>) {
    let name = file.name();
    let Some(bytes) = read(&file).await else {
        return send.emit(Event::Msg(Msg::Toast(import::unreadable(&name))));
    };
    let head = bytes.subarray(0, HEAD_BYTES.min(bytes.length())).to_vec();
    if !import::is_text_of_ours(&head) {
        return send.emit(Event::Brought { name, bytes });
    }
    if file.size() > import::BYTES_MAX {
        return send.emit(Event::Msg(Msg::Toast(import::too_large(&name, file.size()))));
    }
    let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
    let msg = match import::link(&name, &text.unwrap_or_default()) {
        Ok(link) => Msg::Follow(link),
        Err(says) => Msg::Toast(says),
    };
    send.emit(Event::Msg(msg));
}

/// The images' and the labels' file, whichever came first, as one.
async fn pair(one: File, other: File, send: Callback<Event>) {
    let name = format!("{} and {}", one.name(), other.name());
    let (Some(one), Some(other)) = (read(&one).await, read(&other).await) else {
        return send.emit(Event::Msg(Msg::Toast(import::unreadable(&name))));
    };
    let head = |bytes: &Uint8Array| bytes.subarray(0, 4.min(bytes.length())).to_vec();
    let is_idx = |bytes: &Uint8Array| matches!(head(bytes)[..], [0, 0, _, 1 | 3]);
    if !is_idx(&one) || !is_idx(&other) {
        return send.emit(Event::Msg(Msg::Toast(import::TOO_MANY.to_string())));
    }
    let (images, labels) = if head(&one)[3] == 1 { (other, one) } else { (one, other) };
    let bytes = Uint8Array::new_with_length(images.length() + labels.length());
    bytes.set(&images, 0);
    bytes.set(&labels, images.length());
    send.emit(Event::Brought { name, bytes });
}
