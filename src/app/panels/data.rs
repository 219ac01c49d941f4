//! Own data: what the nets learn from, the file that is looked at, the file that a link waits for.

use crate::parts::seen::Seen;
use crate::parts::{on, words};
use crate::state::{Brought, Model, Msg};
use lexicon::own::{Format, Look, short};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// Clients and classes in the table of counts at most; the rest is summed up in words.
const CLIENTS_SHOWN: usize = 12;
const CLASSES_SHOWN: usize = 10;
const COLUMNS_SHOWN: usize = 12;

/// Changes whenever the block among the dials does.
pub fn version(seen: &Seen) -> (Option<String>, Option<String>) {
    let data = seen.lab.scenario.data.as_ref();
    (seen.model.data.lacks(&seen.lab.scenario), data.map(|own| seen.model.data_says(own)))
}

/// Among the dials: what is learned from, and the way to another.
pub fn block(seen: &Seen) -> Html {
    if !seen.lab.sheet.takes_data() {
        return Html::default();
    }
    let own = seen.lab.scenario.data.as_ref();
    html! {
        <section class="own-data" aria-label="Data" data-test="own-data"
            data-state={if own.is_some() { "own" } else { "ships" }}>
            <h2>{ "Data" }</h2>
            if let Some(own) = own {
                <p class="facts">{ format!("Your own: {}.", seen.model.data_says(own)) }</p>
            } else {
                <p class="facts">{ "What ships with the system. A CSV, or an IDX pair, may take its place: it never \
                                    leaves this page." }</p>
            }
            <p class="own-data-ways">
                { chooser(if own.is_some() { "Another file" } else { "Bring your own" }, "bring-data") }
                if own.is_some() {
                    <button type="button" class="link" data-test="remove-data"
                        onclick={on(seen.send, Msg::Data(None))}>{ "Remove" }</button>
                }
            </p>
        </section>
    }
}

/// Across the page: the file that the link names and does not hold.
pub fn strip(seen: &Seen) -> Html {
    let Some(wanted) = seen.model.data.lacks(&seen.lab.scenario) else { return Html::default() };
    html! {
        <div class="notices" data-test="wants-data">
            <p class="notice" role="status">
                { format!("This link learns from a file that is not in it (SHA-256 {}…). Drop the file here or \
                           choose it, and the run begins; it never leaves this page.", short(&wanted)) }
            </p>
            <p class="own-data-ways">
                { chooser("Choose the file", "choose-data") }
                <button type="button" class="link" onclick={on(seen.send, Msg::Data(None))}>
                    { "Go on with what ships" }
                </button>
            </p>
        </div>
    }
}

/// A field for files. `web::dropped` hears of what is chosen, as of what is dropped.
fn chooser(label: &str, test: &'static str) -> Html {
    html! {
        <label class="button file">
            { label.to_string() }
            <input type="file" multiple=true data-test={test} aria-label={format!("{label} (CSV or IDX)")} />
        </label>
    }
}

/// What is in the file that was brought.
pub fn dialog(model: &Model, send: &Callback<Msg>) -> Html {
    let Some(Brought { name, look, .. }) = &model.data.brought else { return Html::default() };
    html! {
        <div class="look" data-test="look" data-state={state(look)}>
            <p class="look-name"><b>{ name }</b></p>
            { match look {
                None => html! { <p class="facts" role="status">{ "Reading …" }</p> },
                Some(Err(says)) => html! {
                    <>
                        <p class="issue" role="alert" data-test="look-says">{ says }</p>
                        <p class="facts">{ "Nothing has changed: the scenario is what it was." }</p>
                    </>
                },
                Some(Ok(look)) => seen_file(look, send),
            } }
        </div>
    }
}

fn state(look: &Option<Result<Look, String>>) -> &'static str {
    match look {
        None => "reading",
        Some(Ok(look)) if look.trouble.is_none() => "fits",
        _ => "refused",
    }
}

fn seen_file(look: &Look, send: &Callback<Msg>) -> Html {
    let fits = look.trouble.is_none();
    html! {
        <>
            { columns(look, send) }
            if let Some(says) = &look.trouble {
                <p class="issue" role="alert" data-test="look-says">{ says }</p>
            } else {
                <p data-test="look-says">{ contents(look) }</p>
                { counts(look) }
            }
            { head(look) }
            <p class="facts">{ how(look) }</p>
            <p class="dialog-ways">
                <button type="button" class="button primary" disabled={!fits} data-test="use-data"
                    onclick={on(send, Msg::UseData)}>{ "Learn from this" }</button>
            </p>
        </>
    }
}

fn contents(look: &Look) -> String {
    let clients = match look.clients.len() {
        0 => String::new(),
        many => format!(", held by {}", words::count(many, "client")),
    };
    let classes = match look.classes.len() {
        1 => "1 class".to_string(),
        many => format!("{many} classes"),
    };
    let rows = words::count(look.rows as usize, "row");
    format!("{rows} of {}, {classes}{clients}.", words::count(look.features as usize, "number"))
}

fn how(look: &Look) -> String {
    let scale = match look.own.format {
        Format::Csv { .. } => {
            "Each column is brought to mean 0 and standard deviation 1 over the training rows."
        }
        Format::Idx => "Pixels are divided by 255.",
    };
    let travels = match look.own.wanted() {
        None => {
            "The file is small and travels in the link, packed: whoever has the link has the data."
                .to_string()
        }
        Some(sha256) => format!(
            "The file stays on this page; a link carries only its SHA-256 ({}…) and asks for the file.",
            short(sha256)
        ),
    };
    let net = match look.side {
        Some(side) => format!(" Pictures of {side} x {side}: the convolution takes them."),
        None => String::new(),
    };
    format!("{scale} A fifth of the rows is kept for the test.{net} {travels}")
}

/// Which columns hold the classes and the clients.
fn columns(look: &Look, send: &Callback<Msg>) -> Html {
    let Format::Csv { label, client } = look.own.format else { return Html::default() };
    let options = |chosen: u32| -> Html {
        let one = |(at, name): (usize, &String)| {
            let value = at as u32 + 1;
            html! { <option value={value.to_string()} selected={value == chosen}>{ name }</option> }
        };
        html! { { for look.columns.iter().enumerate().map(one) } }
    };
    let chosen = |event: &Event| -> u32 {
        event.target_unchecked_into::<HtmlSelectElement>().value().parse().unwrap_or(0)
    };
    let onlabel =
        send.reform(move |event: Event| Msg::Columns { label: chosen(&event).max(1), client });
    let onclient = send.reform(move |event: Event| {
        let client = chosen(&event);
        Msg::Columns { label, client: (client > 0).then_some(client) }
    });
    html! {
        <div class="look-columns">
            <label>
                <span>{ "What to tell apart" }</span>
                <select class="field" data-test="data-label" onchange={onlabel}>{ options(label) }</select>
            </label>
            <label>
                <span>{ "Who holds a row" }</span>
                <select class="field" data-test="data-client" onchange={onclient}>
                    <option value="0" selected={client.is_none()}>{ "nobody: dealt as the dials say" }</option>
                    { options(client.unwrap_or(0)) }
                </select>
            </label>
        </div>
    }
}

/// Rows of each class, by client.
fn counts(look: &Look) -> Html {
    let classes = look.classes.len().min(CLASSES_SHOWN);
    let more = |all: usize, shown: usize, what: &str| match all.saturating_sub(shown) {
        0 => String::new(),
        rest => format!(" {rest} more {what}."),
    };
    let rest = more(look.classes.len(), classes, "classes")
        + &more(look.clients.len(), CLIENTS_SHOWN, "clients");
    let line = |(at, counts): (usize, &Vec<u32>)| {
        let who = look.clients.get(at).map_or("rows", String::as_str);
        html! {
            <tr>
                <th scope="row">{ who }</th>
                { for counts.iter().take(classes).map(|count| html! { <td>{ count }</td> }) }
                <td><b>{ counts.iter().sum::<u32>() }</b></td>
            </tr>
        }
    };
    html! {
        <div class="table look-table" tabindex="0" role="region" aria-label="Rows of each class">
            <table data-test="look-counts">
                <thead><tr>
                    <th scope="col">{ if look.clients.is_empty() { "class" } else { "client" } }</th>
                    { for look.classes.iter().take(classes).map(|name| html! { <th scope="col">{ name }</th> }) }
                    <th scope="col">{ "all" }</th>
                </tr></thead>
                <tbody>{ for look.counts.iter().enumerate().take(CLIENTS_SHOWN).map(line) }</tbody>
            </table>
            if !rest.is_empty() { <p class="facts">{ rest.trim().to_string() }</p> }
        </div>
    }
}

/// The first rows as they stand in the file.
fn head(look: &Look) -> Html {
    if look.head.is_empty() {
        return Html::default();
    }
    let cells = |row: &[String], head: bool| -> Html {
        let more = (look.columns.len() > COLUMNS_SHOWN).then(|| "…".to_string());
        html! { { for row.iter().take(COLUMNS_SHOWN).chain(more.iter()).map(|cell| match head {
            true => html! { <th scope="col">{ cell }</th> },
            false => html! { <td>{ cell }</td> },
        }) } }
    };
    html! {
        <div class="table look-table" tabindex="0" role="region" aria-label="First rows">
            <table>
                <thead><tr>{ cells(&look.columns, true) }</tr></thead>
                <tbody>{ for look.head.iter().map(|row| html! { <tr>{ cells(row, false) }</tr> }) }</tbody>
            </table>
        </div>
    }
}
