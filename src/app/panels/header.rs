//! Name, find, and what can be done with what is seen.

use crate::parts::{follow, icon, on, seen};
use crate::state::{Dialog, Model, Msg};
use lexicon::Theme;
use web_sys::Element;
use yew::prelude::*;

pub fn version(model: &Model) -> u64 {
    seen::hash(&(model.lab().is_some(), seen::theme(model) == draw::Theme::Dark))
}

pub fn view(model: &Model, send: &Callback<Msg>) -> Html {
    let in_lab = model.lab().is_some();
    html! {
        <header class="head">
            <a class="name" href="#/" onclick={follow(send, "#/")}>{ "Murmuration" }</a>
            <button type="button" class="find" data-test="find" aria-keyshortcuts="Control+K"
                onclick={on(send, Msg::Dialog(Some(Dialog::Palette)))}>
                { icon::icon(icon::SEARCH) }<span>{ "Find a system" }</span><kbd>{ "Ctrl K" }</kbd>
            </button>
            <div class="head-actions">
                if in_lab {
                    <button type="button" class="button primary" data-test="share"
                        onclick={on(send, Msg::Dialog(Some(Dialog::Share)))}>{ "Share" }</button>
                }
                <div class="head-more">{ actions(model, send) }</div>
                <details class="menu">
                    <summary class="button square" aria-label="More">{ icon::icon(icon::MORE) }</summary>
                    <div class="menu-list" onclick={fold()}>
                        <button type="button" class="button"
                            onclick={on(send, Msg::Dialog(Some(Dialog::Palette)))}>{ "Find a system" }</button>
                        { actions(model, send) }
                    </div>
                </details>
            </div>
        </header>
    }
}

/// What was chosen in the menu closes it.
fn fold() -> Callback<MouseEvent> {
    Callback::from(|event: MouseEvent| {
        let menu =
            event.target_dyn_into::<Element>().and_then(|e| e.closest("details").ok().flatten());
        if let Some(menu) = menu {
            let _ = menu.remove_attribute("open");
        }
    })
}

fn actions(model: &Model, send: &Callback<Msg>) -> Html {
    let opens = |label: &str, test: &str, dialog: Dialog| {
        html! {
            <button type="button" class="button" data-test={test.to_string()}
                onclick={on(send, Msg::Dialog(Some(dialog)))}>{ label }</button>
        }
    };
    let other = match seen::theme(model) {
        draw::Theme::Light => Theme::Dark,
        draw::Theme::Dark => Theme::Light,
    };
    let title = if other == Theme::Dark { "Show it dark" } else { "Show it light" };
    html! {
        <>
            if model.lab().is_some() {
                { opens("Embed", "embed", Dialog::Embed) }
                { opens("Export", "export", Dialog::Export) }
            }
            <button type="button" class="button" data-test="theme" {title}
                onclick={on(send, Msg::Theme(Some(other)))}>{ "Theme" }</button>
            <button type="button" class="button keys" data-test="keys" title="Keys"
                aria-label="Keys" onclick={on(send, Msg::Dialog(Some(Dialog::Keys)))}>
                <span class="wide-only">{ "?" }</span><span class="narrow-only">{ "Keys" }</span>
            </button>
        </>
    }
}
