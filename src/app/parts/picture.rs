//! A scene or an interval on a canvas; under the pointer it says what stands there.

use super::screen::{Screen, point};
use draw::{Hit, Interval, Look};
use lexicon::Scene;
use std::rc::Rc;
use web_sys::{HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

#[derive(Clone)]
pub enum Subject {
    Scene(Rc<Scene>),
    Interval(Interval),
}

/// `version` stands for everything that is drawn: the canvas is painted anew only when it changes.
#[derive(Clone, Properties)]
pub struct Props {
    pub version: u64,
    pub subject: Subject,
    pub look: Look,
    /// What the picture shows, for who does not see it.
    pub label: AttrValue,
    #[prop_or_default]
    pub test: AttrValue,
    #[prop_or_default]
    pub class: Classes,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && self.label == other.label && self.look == other.look
    }
}

pub enum Change {
    Resized,
    Pointer(Option<(f64, f64)>),
}

pub struct Picture {
    node: NodeRef,
    screen: Option<Screen>,
    hover: Option<(f64, f64)>,
    fault: Option<String>,
}

impl Component for Picture {
    type Message = Change;
    type Properties = Props;

    fn create(_: &Context<Self>) -> Self {
        Self { node: NodeRef::default(), screen: None, hover: None, fault: None }
    }

    fn update(&mut self, ctx: &Context<Self>, change: Change) -> bool {
        match change {
            Change::Resized => {
                if self.screen.as_mut().is_some_and(Screen::fit) {
                    self.paint(ctx);
                }
                false
            }
            Change::Pointer(at) => {
                let changed = self.hover != at && matches!(ctx.props().subject, Subject::Scene(_));
                self.hover = at;
                changed
            }
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first && let Some(element) = self.node.cast::<HtmlCanvasElement>() {
            let resized = ctx.link().callback(|()| Change::Resized);
            self.screen = Screen::new(element, move || resized.emit(()));
        }
        self.paint(ctx);
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let onpointermove = ctx.link().callback(|event: PointerEvent| {
            Change::Pointer(event.current_target().map(|_| {
                let target: HtmlElement = event.target_unchecked_into();
                point(&event, &target)
            }))
        });
        let onpointerleave = ctx.link().callback(|_| Change::Pointer(None));
        html! {
            <div class={classes!("picture", props.class.clone())} data-test={props.test.clone()}>
                <canvas ref={self.node.clone()} role="img" aria-label={props.label.clone()}
                    {onpointermove} {onpointerleave} />
                { self.tip(props) }
                if let Some(fault) = &self.fault { <p class="fault">{ fault }</p> }
            </div>
        }
    }
}

impl Picture {
    fn look(&self, props: &Props) -> Look {
        Look { hover: self.hover, ..props.look.clone() }
    }

    fn paint(&mut self, ctx: &Context<Self>) {
        let props = ctx.props();
        let look = self.look(props);
        let Some(canvas) = self.screen.as_ref().and_then(Screen::canvas) else { return };
        let done = match &props.subject {
            Subject::Scene(scene) => canvas.paint(|area| draw::scene(area, scene, &look)),
            Subject::Interval(interval) => {
                canvas.paint(|area| draw::interval(area, interval, &look))
            }
        };
        self.fault = done.err().map(|e| e.to_string());
    }

    fn tip(&self, props: &Props) -> Html {
        let (Subject::Scene(scene), Some((x, y)), Some(screen)) =
            (&props.subject, self.hover, &self.screen)
        else {
            return Html::default();
        };
        let (w, h) = screen.size;
        match draw::hit(scene, &self.look(props), w, h, x, y) {
            Some(hit) => tip(&hit, screen.size),
            None => Html::default(),
        }
    }
}

/// Beside the mark, on the side where there is room.
fn tip(hit: &Hit, (w, h): (f64, f64)) -> Html {
    let (x, y) = hit.at;
    let across = if x < w / 2.0 {
        format!("left:{:.0}px", x + 12.0)
    } else {
        format!("right:{:.0}px", w - x + 12.0)
    };
    let down = if y < h / 2.0 {
        format!("top:{:.0}px", y + 8.0)
    } else {
        format!("bottom:{:.0}px", h - y + 8.0)
    };
    html! {
        <div class="tip" style={format!("{across};{down}")} aria-hidden="true">
            { for hit.text.iter().map(|(name, value)| match name.is_empty() {
                true => html! { <b>{ value }</b> },
                false => html! { <span><i>{ name }</i><span class="number">{ value }</span></span> },
            }) }
        </div>
    }
}
