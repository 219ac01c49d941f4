//! Inside another page: title, legend, stage, transport, and the way out. Nothing else.

use crate::panels::{data, stage, strips, transport};
use crate::parts::seen::Seen;
use crate::parts::{browser, swatch};
use crate::state::{Lab, Model, Msg};
use yew::prelude::*;

pub fn view(model: &Model, lab: &Lab, send: &Callback<Msg>) -> Html {
    let seen = Seen::new(model, lab, send);
    let out = format!("{}{}", browser::base(), lab.shared_link(false));
    html! {
        <main id="main" tabindex="-1" class="embed">
            <header class="embed-head">
                <h1>{ lab.sheet.card.title }</h1>
                <ul class="legend">
                    { for lab.scenario.arms.iter().map(|arm| html! {
                        <li>{ swatch::arm(swatch::place(&lab.sheet, &lab.scenario.arms, arm)) }{ swatch::label(&lab.sheet, arm) }</li>
                    }) }
                </ul>
                <a class="embed-out" href={out} target="_blank" rel="noopener">{ "open in Murmuration ↗" }</a>
            </header>
            { data::strip(&seen) }
            { strips::notices(&seen) }
            { stage::view(&seen) }
            { transport::view(&seen) }
            { strips::toast(model, send) }
        </main>
    }
}
