//! The page's entry point, and where it is cut in two: what only `rest` reaches becomes a file of its own.

use app::Rest;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

fn main() {
    let root =
        web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id("app"));
    app::start(root.expect("index.html has an element #app"), env!("CARGO_PKG_VERSION"), || {
        Box::pin(async { rest().await.ok() })
    });
}

#[wasm_split(rest, fallible)]
fn rest() -> Result<&'static Rest, SplitLoaderError> {
    Ok(app::rest())
}
