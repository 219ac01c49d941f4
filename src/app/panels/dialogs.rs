//! The dialogs: each is opened and closed by the model.

use super::palette::Palette;
use super::strips::toast;
use super::{data, mind, share};
use crate::export;
use crate::parts::dialog::Dialog as Frame;
use crate::parts::seen;
use crate::state::{Dialog, Model, Msg};
use yew::prelude::*;

/// An open dialog holds the moment at which it was opened, and hears only of the run's end.
pub fn version(model: &Model) -> u64 {
    let lab = model
        .lab()
        .map(|lab| (lab.link(), lab.finished(), lab.sweep.is_some(), lab.transport.playing));
    seen::hash(&(
        model.dialog.map(|d| d as u8),
        lab,
        &model.mind_says,
        model.data.brought.as_ref().map(|b| (b.ticket, b.look.is_some())),
        &model.toast,
        seen::theme(model) == draw::Theme::Dark,
    ))
}

pub fn view(model: &Model, send: &Callback<Msg>) -> Html {
    let Some(dialog) = model.dialog else { return Html::default() };
    let onclose = send.reform(|()| Msg::Dialog(None));
    let frame = |title: &str, test: &str, children: Html| {
        html! { <Frame key={test.to_string()} title={title.to_string()} test={test.to_string()} onclose={onclose.clone()}>
            { children }{ toast(model, send) }
        </Frame> }
    };
    match (dialog, model.lab()) {
        (Dialog::Palette, _) => html! {
            <Frame key="palette" title="Find a system or an action" test="palette" bare=true onclose={onclose.clone()}>
                <Palette items={super::palette::items(model)} send={send.clone()} />
                { toast(model, send) }
            </Frame>
        },
        (Dialog::Keys, _) => frame("Keys", "keys-dialog", keys()),
        (Dialog::Share, Some(lab)) => frame("Share", "share-dialog", share::share(lab)),
        (Dialog::Embed, Some(lab)) => frame("Embed", "embed-dialog", share::embed(lab)),
        (Dialog::Export, Some(lab)) => {
            frame("Export", "export-dialog", share::export(model, lab, send))
        }
        (Dialog::Cite, Some(lab)) => {
            let text = export::bibtex(&lab.sheet);
            frame("Cite the paper", "cite-dialog", share::snippet("BibTeX", "bibtex", text))
        }
        (Dialog::Mind, Some(lab)) => {
            frame("Connect a model", "mind-dialog", mind::dialog(model, lab, send))
        }
        (Dialog::Data, Some(_)) => frame("Own data", "data-dialog", data::dialog(model, send)),
        // These are about a system, and none is open.
        (
            Dialog::Share
            | Dialog::Embed
            | Dialog::Export
            | Dialog::Cite
            | Dialog::Mind
            | Dialog::Data,
            None,
        ) => Html::default(),
    }
}

fn keys() -> Html {
    const KEYS: [(&[&str], &str); 9] = [
        (&["Space"], "play and pause"),
        (&["←", "→"], "one round back, one round on"),
        (&["Home", "End"], "to the start, to the newest round"),
        (&["Ctrl Z"], "undo the last change of the scenario"),
        (&["Ctrl Shift Z"], "do it again"),
        (&["Ctrl K"], "find a system, a preset or an action; paste a link"),
        (&["?"], "this list"),
        (&["Esc"], "close what is open"),
        (&["Tab", "←", "→"], "on a chart: read its values round by round"),
    ];
    html! {
        <table class="keys-table">
            <tbody>
                { for KEYS.iter().map(|(keys, what)| html! {
                    <tr>
                        <th scope="row">{ for keys.iter().map(|k| html! { <kbd>{ *k }</kbd> }) }</th>
                        <td>{ *what }</td>
                    </tr>
                }) }
            </tbody>
        </table>
    }
}
