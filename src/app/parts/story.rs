//! A story: HTML that our own build has made of Markdown (`xtask/stories.rs`), where nothing but text, links and
//! formulas gets through. It comes from the same place as the program itself.

use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub text: AttrValue,
}

/// Built anew only when the text changes.
#[component]
pub fn Story(props: &Props) -> Html {
    html! { <div class="prose">{ Html::from_html_unchecked(props.text.clone()) }</div> }
}
