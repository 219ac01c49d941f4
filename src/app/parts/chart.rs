//! One metric's curves on a canvas: a crosshair that all charts share, zoom by drag, by keys as well.

use super::screen::{Screen, point};
use super::{swatch, words};
use crate::history::Band;
use crate::state::Msg;
use draw::{Curves, Look, Plot, Series};
use std::rc::Rc;
use web_sys::{HtmlCanvasElement, HtmlElement, HtmlInputElement};
use yew::prelude::*;

/// What the chart shows, held apart from the history that goes on.
#[derive(Clone)]
pub struct Data {
    pub metric: String,
    pub label: String,
    pub unit: String,
    pub lines: Vec<Line>,
    pub rounds_max: u32,
    pub log: bool,
    pub zoom: Option<(u32, u32)>,
}

#[derive(Clone)]
pub struct Line {
    pub arm: usize,
    pub label: String,
    pub band: Rc<Band>,
    pub hidden: bool,
}

impl Data {
    /// As `draw` wants it; `titled`: with the words that the page sets in HTML.
    pub fn curves(&self, cursor: Option<u32>, titled: bool) -> Curves<'_> {
        Curves {
            label: if titled { &self.label } else { "" },
            unit: if titled { &self.unit } else { "" },
            series: self.lines.iter().map(Line::series).collect(),
            rounds_max: self.rounds_max,
            log: self.log,
            // No range of values: they fit themselves to the rounds that are shown.
            zoom: self
                .zoom
                .map(|(from, to)| ((f64::from(from), f64::from(to)), (f64::NAN, f64::NAN))),
            cursor: cursor.map(f64::from),
        }
    }
}

impl Line {
    fn series(&self) -> Series<'_> {
        Series {
            arm: self.arm,
            label: &self.label,
            rounds: &self.band.rounds,
            mean: &self.band.mean,
            low: &self.band.low,
            high: &self.band.high,
            hidden: self.hidden,
        }
    }
}

/// `version` stands for all of `data`.
#[derive(Clone, Properties)]
pub struct Props {
    pub version: u64,
    pub data: Rc<Data>,
    pub cursor: Option<u32>,
    pub playhead: u32,
    pub look: Look,
    pub send: Callback<Msg>,
}

impl Props {
    /// Whether the same is painted: the playhead stands above the canvas.
    fn paints(&self, other: &Self) -> bool {
        self.version == other.version && self.cursor == other.cursor && self.look == other.look
    }
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.playhead == other.playhead && self.paints(other)
    }
}

pub enum Change {
    Resized,
    Down(f64),
    Move(f64, f64),
    Up,
    Leave,
    Whole,
    Read(u32),
}

pub struct Chart {
    node: NodeRef,
    /// A line and a mark that move without a stroke of paint.
    head: NodeRef,
    screen: Option<Screen>,
    /// Where the curves stand that were painted last.
    painted: Option<Plot>,
    /// A drag under way: from, to.
    drag: Option<(f64, f64)>,
}

impl Component for Chart {
    type Message = Change;
    type Properties = Props;

    fn create(_: &Context<Self>) -> Self {
        Self {
            node: NodeRef::default(),
            head: NodeRef::default(),
            screen: None,
            painted: None,
            drag: None,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, change: Change) -> bool {
        let props = ctx.props();
        let zoom = |rounds| Msg::Zoom { metric: props.data.metric.clone(), rounds };
        match change {
            Change::Resized => {
                if self.screen.as_mut().is_some_and(Screen::fit) {
                    self.paint(ctx);
                } else {
                    self.move_head(ctx.props());
                }
            }
            Change::Down(x) => self.drag = Some((x, x)),
            Change::Move(x, y) => {
                if let Some((_, to)) = &mut self.drag {
                    *to = x;
                    return true;
                }
                let Some(plot) = self.plot(props) else { return false };
                let cursor = plot.holds(x, y).then(|| plot.x_to_round(x).round().max(0.0) as u32);
                if cursor != props.cursor {
                    props.send.emit(Msg::Cursor(cursor));
                }
            }
            Change::Up => {
                if let (Some((from, to)), Some(plot)) = (self.drag.take(), self.plot(props))
                    && (from - to).abs() >= 6.0
                {
                    let (low, high) =
                        (plot.x_to_round(from.min(to)), plot.x_to_round(from.max(to)));
                    props.send.emit(zoom(Some((low.floor() as u32, high.ceil() as u32))));
                }
                return true;
            }
            Change::Leave => {
                self.drag = None;
                if props.cursor.is_some() {
                    props.send.emit(Msg::Cursor(None));
                }
            }
            Change::Whole => props.send.emit(zoom(None)),
            Change::Read(round) => props.send.emit(Msg::Cursor(Some(round))),
        }
        false
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Props) -> bool {
        let moved = ctx.props().paints(old);
        if moved {
            self.move_head(ctx.props());
        }
        !moved
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first && let Some(element) = self.node.cast::<HtmlCanvasElement>() {
            let resized = ctx.link().callback(|()| Change::Resized);
            self.screen = Screen::new(element, move || resized.emit(()));
        }
        self.paint(ctx);
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let at =
            |event: &PointerEvent| point(event, &event.target_unchecked_into::<web_sys::Element>());
        let onpointerdown = link.batch_callback(move |e: PointerEvent| {
            (e.button() == 0 && e.pointer_type() != "touch").then(|| Change::Down(at(&e).0))
        });
        let onpointermove = link.callback(move |e: PointerEvent| {
            let (x, y) = at(&e);
            Change::Move(x, y)
        });
        html! {
            <div class="plot">
                <canvas ref={self.node.clone()} role="img" aria-label={self.sentence(ctx.props())}
                    {onpointerdown} {onpointermove} onpointerup={link.callback(|_| Change::Up)}
                    onpointerleave={link.callback(|_| Change::Leave)} ondblclick={link.callback(|_| Change::Whole)} />
                <div class="playhead" ref={self.head.clone()} aria-hidden="true" />
                { self.selection() }
                { self.reader(ctx) }
                { self.readout(ctx.props()) }
            </div>
        }
    }
}

impl Chart {
    fn plot(&self, props: &Props) -> Option<Plot> {
        let screen = self.screen.as_ref()?;
        Some(Plot::new(&props.data.curves(None, false), &props.look, screen.size))
    }

    fn paint(&mut self, ctx: &Context<Self>) {
        let props = ctx.props();
        let Some(canvas) = self.screen.as_ref().and_then(Screen::canvas) else { return };
        let curves = props.data.curves(props.cursor, false);
        // A chart that cannot be drawn stays empty; its values still stand in the table.
        let _ = canvas.paint(|area| draw::curves(area, &curves, &props.look));
        self.painted = self.plot(props);
        self.move_head(props);
    }

    /// What nobody sees is moved when it is painted next, or comes into sight.
    fn move_head(&self, props: &Props) {
        let Some(plot) = self.painted.as_ref().filter(|_| self.seen()) else { return };
        let Some(head) = self.head.cast::<HtmlElement>() else { return };
        let (x, frame) = (plot.round_to_x(f64::from(props.playhead)), plot.frame);
        let shown = (frame.x - 0.5..=frame.right() + 0.5).contains(&x);
        let style = match shown {
            true => format!("transform:translate({x:.1}px,{}px);height:{}px", frame.y, frame.h),
            false => "display:none".into(),
        };
        let _ = head.set_attribute("style", &style);
    }

    fn seen(&self) -> bool {
        self.screen.as_ref().is_some_and(Screen::seen)
    }

    fn selection(&self) -> Html {
        match self.drag {
            Some((from, to)) if (from - to).abs() >= 6.0 => {
                let style = format!("left:{:.0}px;width:{:.0}px", from.min(to), (from - to).abs());
                html! { <div class="selection" {style} /> }
            }
            _ => Html::default(),
        }
    }

    /// What the newest values are, for who does not see the lines.
    fn sentence(&self, props: &Props) -> String {
        let data = &props.data;
        let last = |line: &Line| {
            let (round, mean) = (line.band.rounds.last()?, line.band.mean.last()?);
            Some(format!("{} {} at round {round}", line.label, words::reading(*mean)))
        };
        let all: Vec<String> = data.lines.iter().filter(|l| !l.hidden).filter_map(last).collect();
        format!(
            "{}: {}",
            data.label,
            if all.is_empty() { "no values yet".into() } else { all.join(", ") }
        )
    }

    /// The crosshair by keys: a slider that is seen only while it has the focus.
    fn reader(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let newest = props
            .data
            .lines
            .iter()
            .filter_map(|l| l.band.rounds.last())
            .max()
            .copied()
            .unwrap_or(0);
        let (low, high) = props.data.zoom.unwrap_or((0, newest.max(1)));
        let at = props.cursor.unwrap_or(high);
        let oninput = ctx.link().callback(|e: InputEvent| {
            Change::Read(e.target_unchecked_into::<HtmlInputElement>().value_as_number() as u32)
        });
        html! {
            <input type="range" class="reader" min={low.to_string()} max={high.to_string()} value={at.to_string()}
                aria-label={format!("Round read in {}", props.data.label)} aria-valuetext={self.read_out(props, at)}
                {oninput} onblur={ctx.link().callback(|_| Change::Leave)} />
        }
    }

    fn read_out(&self, props: &Props, round: u32) -> String {
        let curves = props.data.curves(None, false);
        let readings = draw::curves::readout(&curves, f64::from(round));
        let all: Vec<String> =
            readings.iter().map(|r| format!("{} {}", r.label, words::reading(r.mean))).collect();
        format!("round {round}: {}", all.join(", "))
    }

    fn readout(&self, props: &Props) -> Html {
        let (Some(round), Some(plot), Some(screen)) =
            (props.cursor, self.plot(props), &self.screen)
        else {
            return Html::default();
        };
        let curves = props.data.curves(None, false);
        let readings = draw::curves::readout(&curves, f64::from(round));
        if readings.is_empty() || self.drag.is_some() {
            return Html::default();
        }
        let x = plot.round_to_x(f64::from(round));
        let style = match x < screen.size.0 / 2.0 {
            true => format!("left:{:.0}px", x + 10.0),
            false => format!("right:{:.0}px", screen.size.0 - x + 10.0),
        };
        html! {
            <div class="tip readout" {style} aria-hidden="true">
                <b>{ format!("round {}", readings[0].round) }</b>
                { for readings.iter().map(|r| html! {
                    <span>
                        <i>{ swatch::arm(r.arm) }{ r.label }</i>
                        <span class="number">{ words::reading(r.mean) }</span>
                    </span>
                }) }
            </div>
        }
    }
}
