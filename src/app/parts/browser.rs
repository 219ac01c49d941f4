//! The few things that views ask of the browser.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{
    Blob, BlobPropertyBag, HtmlAnchorElement, HtmlCanvasElement, HtmlElement, Url, Window,
};

pub fn window() -> Window {
    web_sys::window().expect("a page has a window")
}

/// What the person's system asks for.
pub fn theme() -> draw::Theme {
    let dark = window()
        .match_media("(prefers-color-scheme: dark)")
        .ok()
        .flatten()
        .is_some_and(|m| m.matches());
    if dark { draw::Theme::Dark } else { draw::Theme::Light }
}

/// The page's address without what stands behind `#`.
pub fn base() -> String {
    let href = window().location().href().unwrap_or_default();
    href.split('#').next().unwrap_or_default().to_string()
}

pub fn by_id(id: &str) -> Option<HtmlElement> {
    window().document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Hands a file to the person. The error is a sentence: a sandboxed frame may refuse.
pub fn download(name: &str, mime: &str, text: &str) -> Result<(), String> {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let kind = BlobPropertyBag::new();
    kind.set_type(mime);
    let blob = Blob::new_with_str_sequence_and_options(&parts, &kind);
    blob.and_then(|blob| save(name, &blob))
        .map_err(|_| "This browser did not let the page save a file.".to_string())
}

pub fn save(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let document = window().document().ok_or(JsValue::NULL)?;
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // A moment later: some browsers read the address after the click has returned.
    gloo::timers::callback::Timeout::new(10_000, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
    Ok(())
}

/// Copies text; `done` hears whether it worked.
pub fn copy(text: String, done: impl FnOnce(bool) + 'static) {
    wasm_bindgen_futures::spawn_local(async move {
        let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
        let there = clipboard.is_ok_and(|c| !c.is_undefined());
        let copied = there
            && wasm_bindgen_futures::JsFuture::from(
                window().navigator().clipboard().write_text(&text),
            )
            .await
            .is_ok();
        done(copied);
    });
}

/// Device pixels a CSS pixel of a saved picture.
const PNG_SCALE: f64 = 2.0;

/// Makes a PNG of an SVG on a canvas and saves it.
pub fn png(name: String, svg: String, size: (f64, f64), failed: impl Fn() + 'static) {
    wasm_bindgen_futures::spawn_local(async move {
        if rasterize(&name, &svg, size).await.is_err() {
            failed();
        }
    });
}

async fn rasterize(name: &str, svg: &str, (w, h): (f64, f64)) -> Result<(), JsValue> {
    let document = window().document().ok_or(JsValue::NULL)?;
    let image: HtmlElement = document.create_element("img")?.unchecked_into();
    let address = format!("data:image/svg+xml;charset=utf-8,{}", js_sys::encode_uri_component(svg));
    image.set_attribute("src", &address)?;
    // `decode` is the promise that the picture can be drawn.
    let decode: js_sys::Function = js_sys::Reflect::get(&image, &"decode".into())?.dyn_into()?;
    let promise: js_sys::Promise = decode.call0(&image)?.dyn_into()?;
    wasm_bindgen_futures::JsFuture::from(promise).await?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.unchecked_into();
    canvas.set_width((w * PNG_SCALE) as u32);
    canvas.set_height((h * PNG_SCALE) as u32);
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    let draw: js_sys::Function = js_sys::Reflect::get(&context, &"drawImage".into())?.dyn_into()?;
    let args = js_sys::Array::of5(
        &image,
        &0.into(),
        &0.into(),
        &(w * PNG_SCALE).into(),
        &(h * PNG_SCALE).into(),
    );
    js_sys::Reflect::apply(&draw, &context, &args)?;
    let name = name.to_string();
    let done = Closure::once_into_js(move |blob: Option<Blob>| {
        if let Some(blob) = blob {
            let _ = save(&name, &blob);
        }
    });
    canvas.to_blob(done.unchecked_ref())
}
