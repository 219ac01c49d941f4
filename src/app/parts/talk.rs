//! What was said, as text; it stays at the newest line.

use lexicon::Scene;
use lexicon::scene::Transcript;
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;

#[derive(Clone, Properties)]
pub struct Props {
    pub version: u64,
    pub scene: Rc<Scene>,
    pub label: AttrValue,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

#[component]
pub fn Talk(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(props.version, move |_| {
            if let Some(list) = node.cast::<HtmlElement>() {
                list.set_scroll_top(list.scroll_height());
            }
        });
    }
    let Scene::Transcript(Transcript { lines, .. }) = &*props.scene else { return Html::default() };
    let lanes = lines.iter().map(|l| l.lane).max().unwrap_or(0) + 1;
    html! {
        <ol class="picture talk" ref={node} tabindex="0" aria-label={props.label.clone()}
            style={format!("--lanes:{lanes}")}>
            { for lines.iter().map(|line| html! {
                <li style={format!("--lane:{}", line.lane + 1)} class={format!("tone-{}", line.tone)}>
                    <b>{ &line.who }</b><span>{ &line.text }</span>
                </li>
            }) }
        </ol>
    }
}
