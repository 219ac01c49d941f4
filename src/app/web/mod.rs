//! Where the page meets the browser: seats, frames, keys, the address bar, storage, fetches. No decision is made here.

pub mod boot;
mod browser;
pub(crate) mod dropped;
mod files;
mod keys;
mod messages;
pub(crate) mod minds;
mod model;
pub(crate) mod root;
mod seats;

use crate::rest::{self, Fetch};
use lexicon::{Brief, Sheet};
use std::rc::Rc;
use web_sys::Element;

/// Puts the page into `root`, in place of whatever stands there: all systems, and the sheets that are here already.
/// `build` names this build: a worker of another one is not trusted. `fetch` brings the rest of the page.
pub fn mount(
    root: Element,
    index: Vec<Brief>,
    sheets: Vec<Sheet>,
    build: &'static str,
    fetch: Fetch,
) {
    rest::comes_by(fetch);
    let props = root::Props { index: Rc::new(index), sheets: Rc::new(sheets), build };
    yew::Renderer::<root::Root>::with_root_and_props(root, props).render();
}
