//! What nobody needs before the first run: dialogs, claims, story, sweep, calls to a connected model, files that are
//! brought. In the site it is a wasm file of its own, cut off in `src/page.rs`: reached from nowhere but through
//! `rest()`, so that a call past this table from anywhere else moves code into what everybody waits for.

use crate::panels::{about, claims, dialogs, sweep};
use crate::parts::seen::Seen;
use crate::state::{Model, Msg};
use crate::web::dropped;
use crate::web::minds::{self, Mindful};
use crate::web::root::{Event, Root};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use web_sys::File;
use yew::{Callback, Context, Html};

pub type Later<T> = Pin<Box<dyn Future<Output = T>>>;
/// Fetches it; none where it does not come.
pub type Fetch = fn() -> Later<Option<&'static Rest>>;

pub struct Rest {
    pub(crate) dialogs: fn(&Model, &Callback<Msg>) -> Html,
    pub(crate) claims: fn(&Seen) -> Html,
    pub(crate) about: fn(&Seen) -> Html,
    pub(crate) sweep: fn(&Seen) -> Html,
    pub(crate) mind: fn(&mut Root, &Context<Root>, Mindful),
    pub(crate) open: fn(Vec<File>, &Callback<Event>),
}

pub fn rest() -> &'static Rest {
    static REST: Rest = Rest {
        dialogs: dialogs::view,
        claims: claims::view,
        about: about::view,
        sweep: sweep::inside,
        mind: minds::mind,
        open: dropped::open,
    };
    &REST
}

thread_local! {
    static FETCH: Cell<Option<Fetch>> = const { Cell::new(None) };
    static HERE: Cell<Option<&'static Rest>> = const { Cell::new(None) };
}

/// By which way it comes, said once at the start.
pub(crate) fn comes_by(fetch: Fetch) {
    FETCH.set(Some(fetch));
}

/// If it is here.
pub(crate) fn here() -> Option<&'static Rest> {
    HERE.get()
}

/// As soon as it is here. The error is a sentence.
pub(crate) async fn fetched() -> Result<&'static Rest, String> {
    if let Some(rest) = here() {
        return Ok(rest);
    }
    let came = match FETCH.get() {
        Some(fetch) => fetch().await,
        None => None,
    };
    let rest = came.ok_or("A part of the page could not be fetched.")?;
    HERE.set(Some(rest));
    Ok(rest)
}
