//! Everything a person sees.

use crate::state::{Model, Msg};
use yew::prelude::*;

pub fn view(model: &Model, _send: &Callback<Msg>) -> Html {
    html! { <p>{ model.catalogue.len() }</p> }
}
