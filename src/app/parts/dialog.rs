//! A native dialog: the browser keeps the focus inside and closes it on Escape; on leaving, the focus goes back.

use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};
use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub title: AttrValue,
    pub test: AttrValue,
    pub onclose: Callback<()>,
    /// The title is read out, but not drawn.
    #[prop_or_default]
    pub bare: bool,
    pub children: Html,
}

#[component]
pub fn Dialog(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let document = super::browser::window().document();
            let before = document
                .and_then(|d| d.active_element())
                .and_then(|e| e.dyn_into::<HtmlElement>().ok());
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                let _ = dialog.show_modal();
            }
            move || {
                // While it is open all else is inert and takes no focus.
                if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                    dialog.close();
                }
                if let Some(before) = before {
                    let _ = before.focus();
                }
            }
        });
    }
    let close = props.onclose.reform(|_: Event| ());
    let cancel = props.onclose.clone();
    let oncancel = Callback::from(move |event: Event| {
        event.prevent_default();
        cancel.emit(());
    });
    // A press on the dim ground around it hits the dialog element itself.
    let outside = props.onclose.clone();
    let onclick = Callback::from(move |event: MouseEvent| {
        let on_ground =
            event.target().and_then(|t| t.dyn_into::<HtmlDialogElement>().ok()).is_some();
        if on_ground {
            outside.emit(());
        }
    });
    let x = props.onclose.reform(|_: MouseEvent| ());
    html! {
        <dialog ref={node} class={classes!("dialog", props.bare.then_some("bare"))} aria-label={props.title.clone()}
            data-test={props.test.clone()} onclose={close} {oncancel} {onclick}>
            <div class="dialog-body">
                if !props.bare {
                    <header>
                        <h2>{ &props.title }</h2>
                        { super::icon::button(super::icon::CLOSE, "Close", "close", false, x) }
                    </header>
                }
                { props.children.clone() }
            </div>
        </dialog>
    }
}
