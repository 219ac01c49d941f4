//! A link that cannot be opened: why, what may have been meant, and the ways on.

use crate::parts::follow;
use crate::state::{Model, Msg};
use lexicon::{Fault, find};
use yew::prelude::*;

pub fn view(model: &Model, link: &str, fault: &Fault, send: &Callback<Msg>) -> Html {
    let nearest: &[String] = match fault {
        Fault::UnknownSystem { nearest, .. } => nearest,
        _ => &[],
    };
    html! {
        <main id="main" tabindex="-1" class="lost" data-test="not-found">
            <p class="family">{ "This link" }</p>
            <h1>{ "It opens nothing here." }</h1>
            <p class="lost-says">{ fault.to_string() }</p>
            <p class="lost-link"><code>{ link }</code></p>
            if !nearest.is_empty() {
                <h2>{ "It may have meant" }</h2>
                <ul class="ways">
                    { for nearest.iter().filter_map(|id| find(model.catalogue, id)).map(|entry| {
                        let href = format!("#/{}", entry.id);
                        let card = (entry.sheet)().card;
                        html! {
                            <li>
                                <a href={href.clone()} onclick={follow(send, &href)}>{ card.title }</a>
                                <span>{ card.says }</span>
                            </li>
                        }
                    }) }
                </ul>
            }
            <p class="actions">
                <a class="button primary" href="#/" onclick={follow(send, "#/")}>{ "All systems" }</a>
                if let Some(own) = &model.last_own {
                    <a class="button" href={own.clone()} onclick={follow(send, own)}>{ "Your last own scenario" }</a>
                }
            </p>
        </main>
    }
}
