//! The bytes of own data: read once into the browser's memory, lent to seats as they need them, never sent anywhere
//! else. The page's wasm does not look into them.

use super::seats::Seats;
use crate::state::SHELF_MAX;
use js_sys::{Reflect, Uint8Array};
use lexicon::Table;
use lexicon::wire::{ToWorker, js};
use wasm_bindgen::JsValue;

#[derive(Default)]
pub struct Files {
    /// The one that a person is looking at.
    brought: Option<Uint8Array>,
    /// By SHA-256, the newest last.
    shelf: Vec<(String, Uint8Array)>,
    /// Which file a seat has.
    given: Table<u32, String>,
}

impl Files {
    pub fn bring(&mut self, bytes: Uint8Array) {
        self.brought = Some(bytes);
    }

    pub fn shelve(&mut self, sha256: String) {
        self.shelf.retain(|(name, _)| *name != sha256);
        if self.shelf.len() == SHELF_MAX {
            self.shelf.remove(0);
        }
        self.shelf.extend(self.brought.take().map(|bytes| (sha256, bytes)));
    }

    /// Posts a message, and with it the file that it is about.
    pub fn post(&mut self, seats: &Seats, seat: u32, message: &ToWorker) {
        match message {
            ToWorker::Look { .. } => {
                if let Some(bytes) = &self.brought {
                    return seats.post_value(seat, &with_bytes(message, "Look", bytes));
                }
            }
            ToWorker::Start { scenario, .. } => {
                if let Some(wanted) = scenario.data.as_ref().and_then(|own| own.wanted()) {
                    self.lend(seats, seat, wanted);
                }
            }
            _ => {}
        }
        seats.post(seat, message);
    }

    /// A seat has one file at a time. What is not on the shelf it says itself.
    fn lend(&mut self, seats: &Seats, seat: u32, wanted: &str) {
        let Some((sha256, bytes)) = self.shelf.iter().find(|(name, _)| name == wanted) else {
            return;
        };
        if self.given.get(&seat) != Some(sha256) {
            let file = ToWorker::File { sha256: sha256.clone(), bytes: Vec::new() };
            seats.post_value(seat, &with_bytes(&file, "File", bytes));
            self.given.insert(seat, sha256.clone());
        }
    }

    pub fn killed(&mut self, seat: u32) {
        self.given.remove(&seat);
    }
}

/// The message with the browser's own bytes in it, so that they never pass through the page's memory.
fn with_bytes(message: &ToWorker, variant: &str, bytes: &Uint8Array) -> JsValue {
    let value = js::encode(message);
    if let Ok(fields) = Reflect::get(&value, &variant.into()) {
        let _ = Reflect::set(&fields, &"bytes".into(), bytes);
    }
    value
}
