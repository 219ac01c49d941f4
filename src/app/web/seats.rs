//! Workers as seats. A seat is a classic blob worker: the only kind that starts on the page, in a foreign frame and in
//! the strictest sandbox. The engine is fetched and compiled once (by `boot.js`) and posted to every seat.

use super::boot;
use lexicon::Table;
use lexicon::wire::{FromWorker, ToWorker, js};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, ErrorEvent, MessageEvent, Url, Worker};

const BOOT: &str = "onmessage = e => { onmessage = null; importScripts(e.data.script); \
                    wasm_bindgen({ module_or_path: e.data.module }) }";

/// A message of a seat, or why it will send none any more.
pub type Heard = Rc<dyn Fn(u32, Result<FromWorker, String>)>;

pub struct Seats {
    heard: Heard,
    workers: Table<u32, Seat>,
}

struct Seat {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Seats {
    pub fn new(heard: Heard) -> Self {
        Self { heard, workers: Table::new() }
    }

    pub fn spawn(&mut self, seat: u32) {
        match self.start(seat) {
            Ok(started) => {
                self.workers.insert(seat, started);
            }
            Err(error) => {
                let heard = self.heard.clone();
                let says = format!("A worker could not be started: {error:?}");
                spawn_local(async move { heard(seat, Err(says)) });
            }
        }
    }

    pub fn post(&self, seat: u32, message: &ToWorker) {
        self.post_value(seat, &js::encode(message));
    }

    pub fn post_value(&self, seat: u32, message: &JsValue) {
        if let Some(seat) = self.workers.get(&seat) {
            // A worker that cannot take a message is dead, and the watchdog will say so.
            let _ = seat.worker.post_message(message);
        }
    }

    pub fn kill(&mut self, seat: u32) {
        if let Some(seat) = self.workers.remove(&seat) {
            seat.worker.set_onmessage(None);
            seat.worker.set_onerror(None);
            seat.worker.terminate();
        }
    }

    fn start(&self, seat: u32) -> Result<Seat, JsValue> {
        let options = BlobPropertyBag::new();
        options.set_type("text/javascript");
        let parts = js_sys::Array::of1(&BOOT.into());
        let address = Url::create_object_url_with_blob(&Blob::new_with_str_sequence_and_options(
            &parts, &options,
        )?)?;
        let worker = Worker::new(&address)?;
        let _ = Url::revoke_object_url(&address);

        let heard = self.heard.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            heard(seat, js::decode(event.data()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let heard = self.heard.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            heard(seat, Err(event.message()));
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));

        let (to, heard) = (worker.clone(), self.heard.clone());
        spawn_local(async move {
            let posted = match engine().await {
                Ok(note) => to.post_message(&note),
                Err(error) => Err(error),
            };
            if let Err(error) = posted {
                heard(seat, Err(format!("The engine could not be loaded: {error:?}")));
            }
        });
        Ok(Seat { worker, _on_message: on_message, _on_error: on_error })
    }
}

/// What `boot.js` has left for us: the engine's script and its compiled module.
async fn engine() -> Result<JsValue, JsValue> {
    let module = JsFuture::from(js_sys::Promise::resolve(&boot::left("module")?)).await?;
    let note = js_sys::Object::new();
    js_sys::Reflect::set(&note, &"script".into(), &boot::left("script")?)?;
    js_sys::Reflect::set(&note, &"module".into(), &module)?;
    Ok(note.into())
}
