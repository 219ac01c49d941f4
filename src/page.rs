//! The page's entry point: hands the catalogue to `app::mount`.

fn main() {
    let root =
        web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id("app"));
    app::mount(
        root.expect("index.html has an element #app"),
        systems::CATALOGUE,
        murmuration_build(),
    );
}

/// Names this build, in the page and in its workers; set by `cargo xtask build`.
fn murmuration_build() -> &'static str {
    option_env!("MURMURATION_BUILD").unwrap_or("dev")
}
