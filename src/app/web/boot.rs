//! What `boot.js` has left for us, so that nothing is waited for twice: the engine, the index of all systems, and the
//! sheet of the one that the address names.

use super::{browser, mount};
use crate::rest::Fetch;
use js_sys::{Promise, Reflect};
use lexicon::sheet;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Element;

/// Something that `boot.js` has left, by name.
pub fn left(name: &str) -> Result<JsValue, JsValue> {
    let all = Reflect::get(&js_sys::global(), &"murmurationBoot".into())?;
    Reflect::get(&all, &name.into())
}

async fn text(name: &str) -> Option<String> {
    JsFuture::from(Promise::resolve(&left(name).ok()?)).await.ok()?.as_string()
}

/// A system's sheet, under the mark of this build.
pub async fn sheet(system: &str) -> Result<String, String> {
    let mark = left("mark").ok().and_then(|mark| mark.as_string()).unwrap_or_default();
    browser::fetch_text(format!("sheets/{system}.json{mark}")).await
}

/// Mounts the page on what was left.
pub fn start(root: Element, build: &'static str, fetch: Fetch) {
    spawn_local(async move {
        let index = text("index").await.ok_or_else(|| {
            "The list of systems could not be fetched. Reloading may help.".to_string()
        });
        match index.and_then(|index| sheet::read_index(&index)) {
            Ok(index) => {
                // One that did not come is asked for again, and then it is said why.
                let named = text("sheet").await.and_then(|text| sheet::read(&text).ok());
                mount(root, index, named.into_iter().collect(), build, fetch);
            }
            Err(says) => say(&says),
        }
    });
}

/// In the shell that stands before the page.
fn say(says: &str) {
    let shell = Reflect::get(&js_sys::global(), &"murmurationShell".into());
    let say = shell.and_then(|shell| Reflect::get(&shell, &"say".into()));
    if let Ok(Ok(say)) = say.map(JsCast::dyn_into::<js_sys::Function>) {
        let _ = say.call1(&JsValue::NULL, &says.into());
    }
}
