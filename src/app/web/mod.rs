//! Where the page meets the browser: seats, frames, keys, the address bar, storage, fetches. No decision is made here.

pub mod boot;
mod browser;
mod dropped;
mod files;
mod keys;
mod messages;
mod minds;
mod model;
mod root;
mod seats;

use lexicon::{Brief, Sheet};
use std::rc::Rc;
use web_sys::Element;

/// Puts the page into `root`, in place of whatever stands there: all systems, and the sheets that are here already.
/// `build` names this build: a worker of another one is not trusted.
pub fn mount(root: Element, index: Vec<Brief>, sheets: Vec<Sheet>, build: &'static str) {
    let props = root::Props { index: Rc::new(index), sheets: Rc::new(sheets), build };
    yew::Renderer::<root::Root>::with_root_and_props(root, props).render();
}
