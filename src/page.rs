//! The page's entry point: hands the systems to `app::mount`.

fn main() {
    let root =
        web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id("app"));
    let root = root.expect("index.html has an element #app");
    app::mount(root, systems::PAGE, env!("CARGO_PKG_VERSION"));
}
