//! All systems as cards.

use crate::parts::{follow, on, seen, words};
use crate::state::{Gallery, Model, Msg};
use lexicon::{Brief, Family};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

pub fn view(model: &Model, gallery: &Gallery, send: &Callback<Msg>) -> Html {
    let index = &model.index;
    let shown: Vec<&Brief> = index.iter().filter(|brief| matches(brief, gallery)).collect();
    html! {
        <main id="main" tabindex="-1" class="gallery" data-test="gallery">
            <h1>{ "Watch many become one." }</h1>
            <p class="hero">
                { format!(
                    "{} published {} of coordination, consensus, federated updates and collective learning. \
                     Each runs here, in your browser, beside the baselines it was measured against, and every claim \
                     can be run again.",
                    number(index.len()),
                    if index.len() == 1 { "system" } else { "systems" },
                ) }
            </p>
            { own(model, send) }
            { filters(index, gallery, send) }
            <p class="sr" role="status">{ words::count(shown.len(), "system") }{ " shown" }</p>
            if shown.is_empty() { { nothing(gallery, send) } }
            <ul class="cards">{ for shown.iter().map(|brief| card(model, brief, send)) }</ul>
        </main>
    }
}

fn own(model: &Model, send: &Callback<Msg>) -> Html {
    let Some(link) = &model.last_own else { return Html::default() };
    html! {
        <p class="own">
            { "You were at a scenario of your own. " }
            <a href={link.clone()} onclick={follow(send, link)} data-test="last-own">{ "Back to it" }</a>
        </p>
    }
}

fn matches(brief: &Brief, gallery: &Gallery) -> bool {
    let fits = gallery.family.is_none_or(|f| f == brief.family)
        && (!gallery.trains || brief.real.trains)
        && (!gallery.surrogate || brief.real.surrogate_minds);
    fits && seen::found(brief, &gallery.search)
}

fn filters(index: &[Brief], gallery: &Gallery, send: &Callback<Msg>) -> Html {
    let chip = |label: String, pressed: bool, msg: Msg| {
        html! {
            <button type="button" class="chip" aria-pressed={pressed.to_string()} onclick={on(send, msg)}>
                { label }
            </button>
        }
    };
    let count = |family: Family| index.iter().filter(|b| b.family == family).count();
    let families = Family::ALL.into_iter().filter(|f| count(*f) > 0);
    let all = chip(format!("All {}", index.len()), gallery.family.is_none(), Msg::Family(None));
    let search = send
        .reform(|e: InputEvent| Msg::Search(e.target_unchecked_into::<HtmlInputElement>().value()));
    html! {
        <div class="filters" role="search">
            <input type="search" class="field" placeholder="Title, author, word" aria-label="Search the systems"
                data-test="search" value={gallery.search.clone()} oninput={search} />
            <div class="chips" role="group" aria-label="Family">
                { all }
                { for families.map(|f| {
                    let pressed = gallery.family == Some(f);
                    chip(format!("{} {}", f.label(), count(f)), pressed, Msg::Family((!pressed).then_some(f)))
                }) }
            </div>
            <div class="chips" role="group" aria-label="What is real">
                if index.iter().any(|b| b.real.trains) {
                    { chip("Trains real nets".into(), gallery.trains, Msg::Trains(!gallery.trains)) }
                }
                if index.iter().any(|b| b.real.surrogate_minds) {
                    { chip("Surrogate minds".into(), gallery.surrogate, Msg::Surrogate(!gallery.surrogate)) }
                }
            </div>
        </div>
    }
}

fn nothing(gallery: &Gallery, send: &Callback<Msg>) -> Html {
    let clear = {
        let send = send.clone();
        Callback::from(move |_: MouseEvent| {
            for msg in [
                Msg::Search(String::new()),
                Msg::Family(None),
                Msg::Trains(false),
                Msg::Surrogate(false),
            ] {
                send.emit(msg);
            }
        })
    };
    let what = match gallery.search.trim() {
        "" => "No system is all of that.".to_string(),
        words => format!("No system has “{words}” in its title, authors or words."),
    };
    html! {
        <p class="empty">
            { what }{ " " }
            <button type="button" class="link" onclick={clear}>{ "Show all" }</button>
        </p>
    }
}

fn card(model: &Model, brief: &Brief, send: &Callback<Msg>) -> Html {
    let id = brief.id;
    let href = format!("#/{id}");
    let ending = if seen::theme(model) == draw::Theme::Dark { "dark.svg" } else { "svg" };
    // Where there is no picture (yet), the quiet pattern behind it shows.
    let onerror = Callback::from(|event: Event| {
        if let Some(image) = event.target().and_then(|t| t.dyn_into::<HtmlElement>().ok()) {
            let _ = image.set_attribute("hidden", "");
        }
    });
    // Its sheet is on the way while the finger still is.
    let onpointerenter = send.reform(move |_: PointerEvent| Msg::Foresee(id));
    let onfocus = send.reform(move |_: FocusEvent| Msg::Foresee(id));
    html! {
        <li class="card" key={id}>
            <a href={href.clone()} onclick={follow(send, &href)} {onpointerenter} {onfocus} data-test={format!("card-{id}")}>
                <span class="miniature">
                    <img key={ending} src={format!("./pictures/{id}.{ending}")} alt="" loading="lazy" {onerror} />
                </span>
                <span class="card-text">
                    <span class="family">{ brief.family.label() }</span>
                    <h2>{ brief.title }</h2>
                    <span class="card-says">{ brief.says }</span>
                    { standing(brief) }
                </span>
            </a>
        </li>
    }
}

/// How the claims stand on record; without a record, only how many there are.
fn standing(brief: &Brief) -> Html {
    if brief.standing == [0; 4] {
        return html! { <span class="standing"><span>{ words::count(brief.claims as usize, "claim") }</span></span> };
    }
    let words = [
        ("reproduced", "reproduced"),
        ("direction", "direction"),
        ("open", "open"),
        ("not", "not reproduced"),
    ];
    html! {
        <span class="standing">
            { for words.into_iter().zip(brief.standing).filter(|(_, n)| *n > 0).map(|((class, words), n)| html! {
                <span class={classes!("count", class)}>{ format!("{n} {words}") }</span>
            }) }
        </span>
    }
}

/// A small number in words, as a sentence begins.
fn number(n: usize) -> String {
    const ONES: [&str; 20] = [
        "No",
        "One",
        "Two",
        "Three",
        "Four",
        "Five",
        "Six",
        "Seven",
        "Eight",
        "Nine",
        "Ten",
        "Eleven",
        "Twelve",
        "Thirteen",
        "Fourteen",
        "Fifteen",
        "Sixteen",
        "Seventeen",
        "Eighteen",
        "Nineteen",
    ];
    const TENS: [&str; 8] =
        ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"];
    match (ONES.get(n), n % 10) {
        (Some(word), _) => word.to_string(),
        (None, 0) if n < 100 => TENS[n / 10 - 2].to_string(),
        (None, one) if n < 100 => {
            format!("{}-{}", TENS[n / 10 - 2], ONES[one].to_ascii_lowercase())
        }
        _ => n.to_string(),
    }
}
