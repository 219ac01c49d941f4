//! Help behind a question mark: a native disclosure that opens a card over the page, by pointer and by keyboard.

use yew::prelude::*;

pub fn help(of: &str, text: Html) -> Html {
    html! {
        <details class="help">
            <summary aria-label={format!("About {of}")} title={format!("About {of}")}>{ "?" }</summary>
            <div class="help-text">{ text }</div>
        </details>
    }
}
