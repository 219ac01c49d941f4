//! Find anything by its words: systems, presets, actions; a pasted link opens.

use crate::parts::{browser, icon, words};
use crate::state::{Dialog, Lab, Model, Msg};
use lexicon::{Brief, Theme};
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Rows shown at most.
const SHOWN_MAX: usize = 60;

#[derive(Clone)]
pub struct Item {
    group: &'static str,
    title: String,
    says: String,
    /// What is searched, in small letters.
    text: String,
    msg: Msg,
}

fn item(group: &'static str, title: &str, says: &str, more: &str, msg: Msg) -> Item {
    let text = words::small(&format!("{group} {title} {says} {more}"));
    Item { group, title: title.into(), says: says.into(), text, msg }
}

pub fn items(model: &Model) -> Rc<Vec<Item>> {
    let systems = model.index.iter().map(|brief| {
        let Brief { id, family, paper, .. } = brief;
        let more = format!("{id} {} {} {}", family.label(), paper.title, paper.authors);
        item("System", brief.title, brief.says, &more, Msg::Follow(format!("#/{id}")))
    });
    let here = model.lab().map_or(Vec::new(), of_system);
    Rc::new(systems.chain(here).chain(anywhere()).collect())
}

/// What can be done with the system that is open.
fn of_system(lab: &Lab) -> Vec<Item> {
    let card = &lab.sheet.card;
    let presets = card
        .presets
        .iter()
        .map(|p| item("Preset", p.label, card.title, p.query, Msg::Preset(p.id.into())));
    let claims = card.claims.iter().map(|claim| {
        let title = format!("Run claim {}", claim.id.to_ascii_uppercase());
        item("Claim", &title, claim.says, claim.source, Msg::RunClaim(claim.id.into()))
    });
    let dialogs = [
        ("Share", Dialog::Share),
        ("Embed", Dialog::Embed),
        ("Export", Dialog::Export),
        ("Cite the paper", Dialog::Cite),
    ];
    let dialogs = dialogs.map(|(title, dialog)| {
        item("Action", title, "", "link csv svg png json bibtex", Msg::Dialog(Some(dialog)))
    });
    let playing = lab.transport.playing;
    let rest = [
        item("Action", if playing { "Pause" } else { "Play" }, "Space", "", Msg::Play(!playing)),
        item("Action", "Run all claims", "", "", Msg::RunAllClaims),
        item("Action", "Reset all dials", "", "defaults", Msg::ResetAll),
    ];
    presets.chain(claims).chain(dialogs).chain(rest).collect()
}

fn anywhere() -> [Item; 5] {
    let keys = Msg::Dialog(Some(Dialog::Keys));
    [
        item("Action", "All systems", "the gallery", "home", Msg::Follow("#/".into())),
        item("Action", "Keys", "?", "shortcuts keyboard", keys),
        item("Action", "Light theme", "", "bright", Msg::Theme(Some(Theme::Light))),
        item("Action", "Dark theme", "", "night", Msg::Theme(Some(Theme::Dark))),
        item("Action", "Theme of the system", "", "automatic", Msg::Theme(None)),
    ]
}

#[derive(Clone, Properties)]
pub struct Props {
    pub items: Rc<Vec<Item>>,
    pub send: Callback<Msg>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        let titles = |p: &Self| p.items.iter().map(|i| i.title.clone()).collect::<Vec<_>>();
        titles(self) == titles(other)
    }
}

#[component]
pub fn Palette(props: &Props) -> Html {
    let query = use_state(String::new);
    let at = use_state(|| 0usize);
    let found = find(&props.items, &query);
    let chosen = (*at).min(found.len().saturating_sub(1));
    let pick = {
        let send = props.send.clone();
        Callback::from(move |msg: Msg| {
            // Closed first: what the message opens must stay open.
            send.emit(Msg::Dialog(None));
            send.emit(msg);
        })
    };
    let oninput = {
        let (query, at) = (query.clone(), at.clone());
        Callback::from(move |event: InputEvent| {
            query.set(event.target_unchecked_into::<HtmlInputElement>().value());
            at.set(0);
        })
    };
    let onkeydown = keys(at, chosen, found.clone(), pick.clone());
    html! {
        <div class="palette">
            <div class="palette-field">
                { icon::icon(icon::SEARCH) }
                <input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list"
                    aria-autocomplete="list" aria-activedescendant={format!("found-{chosen}")} autofocus=true
                    autocomplete="off" spellcheck="false" aria-label="Find a system, a preset or an action; or paste a link"
                    placeholder="Find a system, a preset, an action; or paste a link" data-test="palette-input"
                    value={(*query).clone()} {oninput} {onkeydown} />
            </div>
            <ul id="palette-list" role="listbox" aria-label="Found">
                { for found.iter().enumerate().map(|(i, item)| row(i, item, i == chosen, &pick)) }
            </ul>
            if found.is_empty() { <p class="empty">{ "Nothing has these words." }</p> }
        </div>
    }
}

/// Every word must be found; titles that begin with the words come first.
fn find(items: &[Item], query: &str) -> Vec<Item> {
    let query = query.trim();
    if query.contains("#/") {
        return vec![item("Link", "Open this link", query, "", Msg::Follow(query.to_string()))];
    }
    let small = words::small(query);
    let each: Vec<&str> = small.split_whitespace().collect();
    let found = items.iter().filter(|i| each.iter().all(|w| i.text.contains(w)));
    let (begin, hold): (Vec<&Item>, Vec<&Item>) =
        found.partition(|i| words::small(&i.title).starts_with(&small));
    begin.into_iter().chain(hold).take(SHOWN_MAX).cloned().collect()
}

fn keys(
    at: UseStateHandle<usize>,
    chosen: usize,
    found: Vec<Item>,
    pick: Callback<Msg>,
) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        let count = found.len().max(1);
        let to = match event.key().as_str() {
            "ArrowDown" => (chosen + 1) % count,
            "ArrowUp" => (chosen + count - 1) % count,
            "Enter" => {
                event.prevent_default();
                if let Some(item) = found.get(chosen) {
                    pick.emit(item.msg.clone());
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        at.set(to);
        if let Some(row) = browser::by_id(&format!("found-{to}")) {
            row.scroll_into_view_with_bool(false);
        }
    })
}

fn row(at: usize, item: &Item, chosen: bool, pick: &Callback<Msg>) -> Html {
    let msg = item.msg.clone();
    let onclick = pick.reform(move |_: MouseEvent| msg.clone());
    html! {
        <li id={format!("found-{at}")} role="option" aria-selected={chosen.to_string()} {onclick}>
            <span class="palette-group">{ item.group }</span>
            <b>{ &item.title }</b>
            <span class="palette-says">{ &item.says }</span>
        </li>
    }
}
