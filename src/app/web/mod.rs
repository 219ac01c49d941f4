//! Where the page meets the browser: seats, frames, keys, the address bar, storage, fetches. No decision is made here.

mod browser;
mod dropped;
mod files;
mod keys;
mod messages;
mod minds;
mod model;
mod root;
mod seats;

use lexicon::Entry;
use web_sys::Element;

/// Puts the page into `root`, in place of whatever stands there. `build` names this build: a worker of another one is
/// not trusted.
pub fn mount(root: Element, catalogue: &'static [Entry], build: &'static str) {
    yew::Renderer::<root::Root>::with_root_and_props(root, root::Props { catalogue, build })
        .render();
}
