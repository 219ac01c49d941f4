//! What was said, as text; it stays at the newest line.

use super::swatch;
use draw::Look;
use lexicon::Scene;
use lexicon::scene::Transcript;
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;

#[derive(Clone, Properties)]
pub struct Props {
    pub version: u64,
    pub scene: Rc<Scene>,
    pub look: Look,
    pub label: AttrValue,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && self.look == other.look
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
            { for lines.iter().enumerate().map(|(at, line)| {
                // Who goes on speaking is not named again.
                let goes_on = at > 0 && lines[at - 1].who == line.who && lines[at - 1].lane == line.lane;
                html! {
                    <li style={format!("--lane:{}", line.lane + 1)}>
                        if !goes_on { <b>{ &line.who }</b> }
                        <span>
                            if line.tone > 0 { { swatch::mark(props.look.theme, props.look.arm, line.tone) } }
                            { &line.text }
                        </span>
                    </li>
                }
            }) }
        </ol>
    }
}
