//! The story, what is real in it, the citation.

use crate::parts::on;
use crate::parts::seen::{Seen, hash};
use crate::parts::story::Story;
use crate::state::{Dialog, Msg};
use lexicon::Paper;
use yew::prelude::*;

pub fn version(seen: &Seen) -> u64 {
    let card = &seen.lab.sheet.card;
    hash(&(card.id, seen.model.stories.get(card.about), &seen.lab.mind))
}

pub fn view(seen: &Seen) -> Html {
    let card = &seen.lab.sheet.card;
    html! {
        <section class="about" aria-labelledby="about-title">
            <h2>{ "What is real" }</h2>
            { real(seen) }
            <h2 id="about-title">{ "About" }</h2>
            { story(seen) }
            <h2>{ "Cite" }</h2>
            <p class="facts">{ reference(&card.paper) }</p>
            <p>
                <button type="button" class="button small" data-test="cite"
                    onclick={on(seen.send, Msg::Dialog(Some(Dialog::Cite)))}>{ "BibTeX" }</button>
            </p>
        </section>
    }
}

fn reference(paper: &Paper) -> String {
    match paper.authors {
        "" => format!("{} ({}).", paper.title, paper.year),
        authors => format!("{authors} ({}). {}.", paper.year, paper.title),
    }
}

fn real(seen: &Seen) -> Html {
    let real = seen.lab.sheet.card.real;
    let nets = match real.trains {
        true => "Real nets are trained, with the exact protocol.",
        false => "The mechanism is computed step by step, with nothing precomputed.",
    };
    let minds = match real.surrogate_minds {
        true => {
            " Surrogate minds stand in for language models: read directions, not sizes; a verdict here is about them, and whether language models do the same is open."
        }
        false => " Nothing stands in for anything.",
    };
    let sent = match seen.lab.mind {
        Some(_) => {
            " Questions and answers go to the model that you have connected, and nowhere else."
        }
        None => " All of it runs in this browser; nothing is sent anywhere.",
    };
    html! { <p class="facts">{ nets }{ minds }{ sent }</p> }
}

fn story(seen: &Seen) -> Html {
    match seen.model.stories.get(seen.lab.sheet.card.about) {
        Some(Ok(text)) => html! { <Story text={text.clone()} /> },
        Some(Err(says)) => html! { <p class="facts">{ says }</p> },
        None => html! { <p class="facts" aria-busy="true">{ "The story is on its way …" }</p> },
    }
}
