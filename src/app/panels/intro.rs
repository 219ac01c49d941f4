//! What the system is, and the paper it comes from.

use super::mind;
use crate::parts::on;
use crate::parts::seen::Seen;
use crate::state::{Dialog, Msg};
use lexicon::Paper;
use yew::prelude::*;

pub fn view(seen: &Seen) -> Html {
    let card = &seen.lab.sheet.card;
    html! {
        <section class="intro" aria-label="System">
            <p class="family">{ card.family.label() }</p>
            <h1 class={(card.title.len() > 16).then_some("long")}>{ card.title }</h1>
            <p class="intro-says">{ card.says }</p>
            { paper(seen) }
            // On paper there is no address bar, and the dials are not printed.
            <p class="print-only number" data-test="printed-link">{ seen.lab.link() }</p>
            { mind::stand_in(seen) }
        </section>
    }
}

fn paper(seen: &Seen) -> Html {
    let paper = &seen.lab.sheet.card.paper;
    let title = match paper.arxiv {
        Some(id) => html! {
            <a href={format!("https://arxiv.org/abs/{id}")} target="_blank" rel="noopener">{ paper.title }</a>
        },
        None => html! { <span>{ paper.title }</span> },
    };
    html! {
        <p class="paper">
            { title }
            <span>{ by(paper) }{ " · " }
                <button type="button" class="link" onclick={on(seen.send, Msg::Dialog(Some(Dialog::Cite)))}>
                    { "cite" }
                </button>
            </span>
        </p>
    }
}

fn by(paper: &Paper) -> String {
    match paper.authors {
        "" => paper.year.to_string(),
        all => format!("{}, {}", authors(all), paper.year),
    }
}

/// A long list of authors is cut; the citation has them all.
fn authors(all: &str) -> String {
    let names: Vec<&str> = all.split(", ").collect();
    match names.as_slice() {
        [first, _, _, _, ..] => format!("{first} et al."),
        _ => all.to_string(),
    }
}
