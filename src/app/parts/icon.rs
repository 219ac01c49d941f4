//! Icons as paths on a grid of 16; always beside words or under an `aria-label`.

use yew::prelude::*;

pub const PLAY: &str = "M4 2.5v11l9-5.5z";
pub const PAUSE: &str = "M4 3h3v10H4zM9 3h3v10H9z";
pub const FIRST: &str = "M3 3h2v10H3zM13 3v10L5.5 8z";
pub const LAST: &str = "M11 3h2v10h-2zM3 3v10l7.5-5z";
pub const BACK: &str = "M11 3v10L4.5 8z";
pub const NEXT: &str = "M5 3v10l6.5-5z";
pub const CLOSE: &str =
    "M3.7 2.6 8 6.9l4.3-4.3 1.1 1.1L9.1 8l4.3 4.3-1.1 1.1L8 9.1l-4.3 4.3-1.1-1.1L6.9 8 2.6 3.7z";
pub const MORE: &str = "M3 6.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zm5 0a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zm5 0a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3z";
pub const SEARCH: &str =
    "M7 2a5 5 0 0 1 4 8l3 3-1 1-3-3a5 5 0 1 1-3-9zm0 1.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z";
pub const UNDO: &str =
    "M6 2 1.5 6 6 10V7.3h3.5a2.6 2.6 0 0 1 0 5.2H6V14h3.5a4.1 4.1 0 0 0 0-8.2H6z";
pub const REDO: &str =
    "m10 2 4.5 4L10 10V7.3H6.5a2.6 2.6 0 0 0 0 5.2H10V14H6.5a4.1 4.1 0 0 1 0-8.2H10z";
pub const LEFT: &str = "M10.5 2.5 5 8l5.5 5.5 1.1-1.1L7.2 8l4.4-4.4z";
pub const RIGHT: &str = "M5.5 2.5 11 8l-5.5 5.5-1.1-1.1L8.8 8 4.4 3.6z";

/// Drawn in the color of the text around it; invisible to a screen reader.
pub fn icon(path: &'static str) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path d={path} fill="currentColor" />
        </svg>
    }
}

/// A square button that shows only an icon; `label` is its name and its tip.
pub fn button(
    path: &'static str,
    label: &str,
    test: &str,
    disabled: bool,
    onclick: Callback<MouseEvent>,
) -> Html {
    html! {
        <button type="button" class="button square" aria-label={label.to_string()} title={label.to_string()}
            data-test={test.to_string()} {disabled} {onclick}>
            { icon(path) }
        </button>
    }
}
