//! A link that cannot be opened: why, what may have been meant, and the ways on.

use crate::parts::{follow, on};
use crate::state::{Model, Msg};
use lexicon::{Fault, fault};
use yew::prelude::*;

pub fn view(model: &Model, link: &str, fault: &Fault, again: bool, send: &Callback<Msg>) -> Html {
    let nearest: &[String] = match fault {
        Fault::UnknownSystem { nearest, .. } => nearest,
        _ => &[],
    };
    html! {
        <main id="main" tabindex="-1" class="lost" data-test="not-found">
            <p class="family">{ "This link" }</p>
            <h1>{ if again { "It could not be opened now." } else { "It opens nothing here." } }</h1>
            <p class="lost-says">{ fault.to_string() }</p>
            <p class="lost-link"><code>{ fault::shown(link, 200) }</code></p>
            if !nearest.is_empty() {
                <h2>{ "It may have meant" }</h2>
                <ul class="ways">
                    { for nearest.iter().filter_map(|id| model.index.iter().find(|brief| brief.id == id)).map(|brief| {
                        let href = format!("#/{}", brief.id);
                        html! {
                            <li>
                                <a href={href.clone()} onclick={follow(send, &href)}>{ brief.title }</a>
                                <span>{ brief.says }</span>
                            </li>
                        }
                    }) }
                </ul>
            }
            <p class="actions">
                if again {
                    <button type="button" class="button primary" data-test="again"
                        onclick={on(send, Msg::Address(link.to_string()))}>{ "Try again" }</button>
                }
                <a class={classes!("button", (!again).then_some("primary"))} href="#/" onclick={follow(send, "#/")}>{ "All systems" }</a>
                if let Some(own) = &model.last_own {
                    <a class="button" href={own.clone()} onclick={follow(send, own)}>{ "Your last own scenario" }</a>
                }
            </p>
        </main>
    }
}
