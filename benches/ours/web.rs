//! Our contestant in the page: the same works, built as the page's worker is built, in a worker of their own. A
//! message `work seconds` is answered with a line of JSON.
#![cfg(target_arch = "wasm32")]

#[path = "works.rs"]
mod works;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().dyn_into().expect("the bench runs in a dedicated worker")
}

fn now() -> f64 {
    scope().performance().map_or(0.0, |p| p.now()) / 1e3
}

fn main() {
    let mut prepared = works::Prepared::default();
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let line = event.data().as_string().unwrap_or_default();
        // The page may be gone; then nobody misses it.
        let _ = scope().post_message(&prepared.answer(&line, now).into());
    });
    scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    let _ = scope().post_message(&"ready".into());
}
