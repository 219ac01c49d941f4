//! Small doors to the browser. Each fails soft: a sandboxed frame has no storage, no history and no clipboard.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response, Window};

/// A fetched text longer than this is refused.
const TEXT_CHARS_MAX: usize = 400_000;

pub fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

pub fn now_ms() -> f64 {
    window().performance().map_or(0.0, |p| p.now())
}

pub fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// Shows a hash in the address bar without an event of its own.
pub fn show_address(hash: &str, push: bool) {
    let Ok(history) = window().history() else { return };
    // A frame without an origin may refuse; the link is then only in "share".
    let _ = match push {
        true => history.push_state_with_url(&JsValue::NULL, "", Some(hash)),
        false => history.replace_state_with_url(&JsValue::NULL, "", Some(hash)),
    };
}

pub fn load(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

pub fn save(key: &str, value: Option<&str>) {
    let Ok(Some(storage)) = window().local_storage() else { return };
    // Full or forbidden storage loses a convenience, nothing else.
    let _ = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
}

/// A small text beside the page (a story, a record).
pub async fn fetch_text(address: String) -> Result<String, String> {
    let failed = |_| format!("{address} could not be fetched; the page may be offline.");
    let options = RequestInit::new();
    options.set_method("GET");
    let request = Request::new_with_str_and_init(&address, &options).map_err(failed)?;
    let response = JsFuture::from(window().fetch_with_request(&request)).await.map_err(failed)?;
    let response: Response = response.dyn_into().map_err(failed)?;
    if !response.ok() {
        return Err(format!("{address} answered {}.", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(failed)?).await.map_err(failed)?;
    let text = text.as_string().unwrap_or_default();
    match text.len() > TEXT_CHARS_MAX {
        true => Err(format!("{address} is longer than a text of ours.")),
        false => Ok(text),
    }
}

pub fn reduced_motion() -> bool {
    window()
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten()
        .is_some_and(|m| m.matches())
}

/// What the root element says to the style sheets, and the title of the tab.
pub fn dress(theme: Option<&str>, title: &str) {
    let Some(document) = window().document() else { return };
    if document.title() != title {
        document.set_title(title);
    }
    let Some(root) = document.document_element() else { return };
    if root.get_attribute("data-theme").as_deref() != theme {
        let _ = match theme {
            Some(theme) => root.set_attribute("data-theme", theme),
            None => root.remove_attribute("data-theme"),
        };
    }
}

/// Height of the whole page in CSS pixels.
pub fn page_height() -> f64 {
    let body = window().document().and_then(|d| d.body());
    body.map_or(0.0, |body| body.scroll_height().into())
}
