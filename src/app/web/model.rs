//! Calls to the connected model. The only place that holds the key, and it puts it into one header of one address.

use super::browser::window;
use crate::oracle::protocol::{self, BODY_BYTES_MAX, Landed};
use crate::oracle::{Connection, Way};
use gloo::timers::callback::Timeout;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use lexicon::{Prompt, number};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, RequestInit, RequestMode, Response,
};

/// Whether the browser has a model of its own (Prompt API).
pub fn built_in() -> bool {
    language_model().is_some()
}

/// One call to its end, or until `stop` is pulled or the time is up.
pub async fn call(connection: Connection, prompt: Prompt, stop: AbortController) -> Landed {
    let late = Rc::new(Cell::new(false));
    let timer = {
        let (late, stop) = (late.clone(), stop.clone());
        Timeout::new(connection.limits.seconds.saturating_mul(1000), move || {
            late.set(true);
            stop.abort();
        })
    };
    let landed = match &connection.way {
        Way::Endpoint(address) => over_the_wire(address, &connection, &prompt, &stop, &late).await,
        Way::BuiltIn => match built_in_says(&prompt, &stop).await {
            Ok(text) => Landed::Text(text),
            Err(error) => Landed::Failed(words(&error)),
        },
    };
    drop(timer);
    if late.get() { Landed::Late } else { landed }
}

async fn over_the_wire(
    address: &str,
    connection: &Connection,
    prompt: &Prompt,
    stop: &AbortController,
    late: &Cell<bool>,
) -> Landed {
    let sent = async {
        let headers = Headers::new()?;
        headers.set("content-type", "application/json")?;
        let key = connection.key.reveal();
        if !key.is_empty() {
            headers.set("authorization", &format!("Bearer {key}"))?;
        }
        let options = quiet_request("POST", stop)?;
        options.set_headers(&headers);
        options.set_body(&protocol::body(&connection.model, prompt).into());
        JsFuture::from(window().fetch_with_str_and_init(address, &options)).await
    };
    match sent.await {
        Ok(response) => match response.dyn_into::<Response>() {
            Ok(response) => landed(response).await,
            Err(_) => Landed::Cut,
        },
        Err(_) if late.get() || stop.signal().aborted() => Landed::Late,
        Err(_) => Landed::Unreachable(unreachable(address, stop).await),
    }
}

/// No cookies, no referrer, no cache, and no other address than the one that was typed.
fn quiet_request(method: &str, stop: &AbortController) -> Result<RequestInit, JsValue> {
    let options = RequestInit::new();
    options.set_method(method);
    options.set_signal(Some(&stop.signal()));
    for (name, value) in [
        ("credentials", "omit"),
        ("referrerPolicy", "no-referrer"),
        ("cache", "no-store"),
        ("redirect", "error"),
    ] {
        Reflect::set(&options, &name.into(), &value.into())?;
    }
    Ok(options)
}

/// A browser does not say why a request failed: another one, without the key and without reading, tells a server
/// that is not there from one that does not let this page in.
async fn unreachable(address: &str, stop: &AbortController) -> String {
    let there = async {
        let options = quiet_request("GET", stop)?;
        options.set_mode(RequestMode::NoCors);
        // A request of this mode may not refuse redirects; it holds nothing to be lost by one.
        Reflect::set(&options, &"redirect".into(), &"follow".into())?;
        JsFuture::from(window().fetch_with_str_and_init(address, &options)).await
    };
    let origin = window().location().origin().unwrap_or_default();
    match there.await {
        Ok(_) => format!(
            "The server is there, but does not let this page in. It has to answer with the header Access-Control-Allow-Origin: {origin}, and allow the headers authorization and content-type. Ollama: start it with OLLAMA_ORIGINS={origin}. (A redirect is refused too.)"
        ),
        Err(_) => "No server answers at this address: is it running, and is the port right?".into(),
    }
}

async fn landed(response: Response) -> Landed {
    let status = response.status();
    let retry_after_s = response
        .headers()
        .get("retry-after")
        .ok()
        .flatten()
        .and_then(|text| number::read(text.trim()));
    match bounded(&response).await {
        Ok(Some(bytes)) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Landed::Body { status, text, retry_after_s }
        }
        Ok(None) => Landed::TooLong,
        Err(_) => Landed::Cut,
    }
}

/// The body up to the bound; none when there is more of it.
async fn bounded(response: &Response) -> Result<Option<Vec<u8>>, JsValue> {
    let Some(stream) = response.body() else { return Ok(Some(Vec::new())) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let part = JsFuture::from(reader.read()).await?;
        if Reflect::get(&part, &"done".into())?.is_truthy() {
            return Ok(Some(bytes));
        }
        let value: Uint8Array = Reflect::get(&part, &"value".into())?.dyn_into()?;
        if bytes.len() + value.length() as usize > BODY_BYTES_MAX {
            // Whether the server hears of it changes nothing for us.
            let _ = JsFuture::from(reader.cancel()).await;
            return Ok(None);
        }
        bytes.extend(value.to_vec());
    }
}

fn language_model() -> Option<JsValue> {
    let found = Reflect::get(&js_sys::global(), &"LanguageModel".into()).ok()?;
    let create = Reflect::get(&found, &"create".into()).ok()?;
    create.is_function().then_some(found)
}

async fn built_in_says(prompt: &Prompt, stop: &AbortController) -> Result<String, JsValue> {
    let model = language_model().ok_or("this browser has none")?;
    let signal: JsValue = stop.signal().into();
    let system = object(&[("role", "system".into()), ("content", prompt.system.as_str().into())])?;
    let options =
        object(&[("initialPrompts", Array::of1(&system).into()), ("signal", signal.clone())])?;
    let session = invoke(&model, "create", &[options]).await?;
    let said =
        invoke(&session, "prompt", &[prompt.user.as_str().into(), object(&[("signal", signal)])?])
            .await;
    // Its memory is the browser's: give it back, whatever came.
    if let Ok(destroy) = Reflect::get(&session, &"destroy".into())
        && let Some(destroy) = destroy.dyn_ref::<Function>()
    {
        let _ = destroy.call0(&session);
    }
    said?.as_string().ok_or_else(|| "it did not say a text".into())
}

async fn invoke(on: &JsValue, method: &str, with: &[JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(on, &method.into())?.dyn_into()?;
    let with: Array = with.iter().collect();
    let came = method.apply(on, &with)?;
    JsFuture::from(Promise::resolve(&came)).await
}

fn object(fields: &[(&str, JsValue)]) -> Result<JsValue, JsValue> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object.into())
}

/// What a thrown thing says.
fn words(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).ok().and_then(|m| m.as_string());
    message.or(error.as_string()).unwrap_or_else(|| "it did not say why.".into())
}
