//! The page's entry point.

fn main() {
    let root =
        web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id("app"));
    app::start(root.expect("index.html has an element #app"), env!("CARGO_PKG_VERSION"));
}
