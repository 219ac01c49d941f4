//! The table behind a picture: made only while it is open.

use lexicon::Scene;
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Rows of a picture's table at most.
const ROWS_MAX: usize = 200;

#[derive(Clone, Properties)]
pub struct Props {
    pub version: u64,
    pub scene: Rc<Scene>,
    pub of: AttrValue,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

#[component]
pub fn Behind(props: &Props) -> Html {
    let open = use_state(|| false);
    let ontoggle = toggled(&open);
    html! {
        <details class="behind" {ontoggle}>
            <summary>{ "As a table" }</summary>
            if *open { { scene_table(&props.of, &props.scene) } }
        </details>
    }
}

fn scene_table(of: &str, scene: &Scene) -> Html {
    let made = scene.table(ROWS_MAX);
    let more = scene.marks().saturating_sub(made.rows.len());
    let note =
        (more > 0 && made.rows.len() == ROWS_MAX).then(|| format!("The first {ROWS_MAX} rows."));
    table(of, &made.head, &made.rows, note)
}

/// Hears a native disclosure open and close.
pub fn toggled(open: &UseStateHandle<bool>) -> Callback<Event> {
    let open = open.clone();
    Callback::from(move |event: Event| {
        if let Some(details) = event.target_dyn_into::<HtmlElement>() {
            open.set(details.has_attribute("open"));
        }
    })
}

/// `of` names what the table is of.
pub fn table(of: &str, head: &[String], rows: &[Vec<String>], note: Option<String>) -> Html {
    html! {
        <div class="table" tabindex="0" role="region" aria-label={format!("Table of {of}")}>
            <table>
                <thead><tr>{ for head.iter().map(|h| html! { <th scope="col">{ h }</th> }) }</tr></thead>
                <tbody>
                    { for rows.iter().map(|row| html! {
                        <tr>{ for row.iter().map(|cell| html! { <td>{ cell }</td> }) }</tr>
                    }) }
                </tbody>
            </table>
            if let Some(note) = note { <p class="note">{ note }</p> }
        </div>
    }
}
