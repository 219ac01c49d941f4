//! What to sweep: typed here, checked by the dials, started as one plan.

use crate::parts::words;
use crate::state::{Msg, SWEEP_TRIALS_MAX, SweepPlan, spread};
use lexicon::{Dial, Kind, Sheet};
use serde_json::Value;
use std::rc::Rc;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

#[derive(Clone, Properties)]
pub struct Props {
    pub sheet: Rc<Sheet>,
    pub arms: u32,
    pub send: Callback<Msg>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.sheet, &other.sheet) && self.arms == other.arms
    }
}

/// A dial as the form has it: its texts, until they are read.
#[derive(Clone, Default, PartialEq)]
struct Row {
    dial: String,
    low: String,
    high: String,
    count: String,
}

#[derive(Clone, PartialEq)]
struct Draft {
    rows: [Row; 2],
    metric: String,
    seeds: String,
}

pub enum Change {
    Dial(usize, String),
    Low(usize, String),
    High(usize, String),
    Count(usize, String),
    Metric(String),
    Seeds(String),
    Start,
}

pub struct SweepForm {
    draft: Draft,
}

/// Lists have no order to sweep over.
fn sweepable(dial: &Dial) -> bool {
    !matches!(dial.kind, Kind::List { .. })
}

fn ends(dial: &Dial) -> Option<(f64, f64)> {
    match &dial.kind {
        Kind::Int { min, max, .. } => Some((*min as f64, *max as f64)),
        Kind::Real { min, max, .. } => Some((*min, *max)),
        _ => None,
    }
}

fn row(sheet: &Sheet, name: &str, count: u32) -> Row {
    let ends = sheet.dial(name).and_then(ends);
    let text = |v: Option<f64>| v.map(|v| v.to_string()).unwrap_or_default();
    Row {
        dial: name.into(),
        low: text(ends.map(|e| e.0)),
        high: text(ends.map(|e| e.1)),
        count: count.to_string(),
    }
}

/// The values of a row, or what is wrong with it.
fn read(sheet: &Sheet, row: &Row) -> Result<Vec<Value>, String> {
    let Some(dial) = sheet.dial(&row.dial) else { return Err("Choose a dial.".into()) };
    let Some((min, max)) = ends(dial) else { return Ok(spread(dial, 0.0, 1.0, 2)) };
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|v| (min..=max).contains(v));
    let (Some(low), Some(high)) = (number(&row.low), number(&row.high)) else {
        return Err(format!("{}: both ends are {}.", dial.label, dial.takes()));
    };
    let count = row.count.trim().parse::<u32>().ok().filter(|n| (2..=100).contains(n));
    let Some(count) = count else { return Err(format!("{}: 2 to 100 values.", dial.label)) };
    if low >= high {
        return Err(format!("{}: the first end must be below the second.", dial.label));
    }
    Ok(spread(dial, low, high, count))
}

fn plan(sheet: &Sheet, draft: &Draft) -> Result<SweepPlan, String> {
    let rows = draft.rows.iter().enumerate().filter(|(at, row)| *at == 0 || !row.dial.is_empty());
    let over = rows
        .map(|(_, row)| Ok((row.dial.clone(), read(sheet, row)?)))
        .collect::<Result<Vec<_>, String>>()?;
    if over.len() == 2 && over[0].0 == over[1].0 {
        return Err("Two different dials, or one alone.".into());
    }
    let seeds = draft.seeds.trim().parse::<u32>().ok().filter(|n| (1..=50).contains(n));
    let seeds = seeds.ok_or("1 to 50 seeds.")?;
    Ok(SweepPlan { over, metric: draft.metric.clone(), seeds })
}

impl Component for SweepForm {
    type Message = Change;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Self {
        let sheet = &ctx.props().sheet;
        let first = sheet.dials.iter().find(|d| ends(d).is_some() && !d.advanced);
        let first = first.or_else(|| sheet.dials.iter().find(|d| sweepable(d)));
        let metric = sheet.card.metrics.first().map_or(String::new(), |m| m.id.into());
        let rows = [first.map_or(Row::default(), |d| row(sheet, &d.name, 7)), Row::default()];
        Self { draft: Draft { rows, metric, seeds: "3".into() } }
    }

    fn update(&mut self, ctx: &Context<Self>, change: Change) -> bool {
        let (sheet, draft) = (&ctx.props().sheet, &mut self.draft);
        match change {
            Change::Dial(at, name) if name.is_empty() => draft.rows[at] = Row::default(),
            Change::Dial(at, name) => {
                draft.rows[at] = row(sheet, &name, if at == 0 { 7 } else { 5 })
            }
            Change::Low(at, text) => draft.rows[at].low = text,
            Change::High(at, text) => draft.rows[at].high = text,
            Change::Count(at, text) => draft.rows[at].count = text,
            Change::Metric(id) => draft.metric = id,
            Change::Seeds(text) => draft.seeds = text,
            Change::Start => {
                if let Ok(plan) = plan(sheet, draft) {
                    ctx.props().send.emit(Msg::StartSweep(plan));
                }
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let Props { sheet, arms, .. } = ctx.props();
        let plan = plan(sheet, &self.draft);
        let trials = plan.as_ref().map(|p| {
            p.over.iter().map(|(_, v)| v.len()).product::<usize>()
                * p.seeds as usize
                * *arms as usize
        });
        let (says, ready) = match (&plan, trials) {
            (Err(says), _) => (says.clone(), false),
            (_, Ok(n)) if n > SWEEP_TRIALS_MAX => {
                (format!("{n} runs; the most is {SWEEP_TRIALS_MAX}. Fewer values or seeds."), false)
            }
            (_, Ok(n)) => (words::count(n, "run"), true),
            (_, Err(_)) => (String::new(), false),
        };
        html! {
            <div class="sweep-form">
                { self.row(ctx, 0, "Dial") }
                { self.row(ctx, 1, "And") }
                <div class="sweep-row">
                    <label>{ "Metric" }{ self.metric(ctx) }</label>
                    { text(ctx, "Seeds", "sweep-seeds", &self.draft.seeds, Change::Seeds) }
                    <button type="button" class="button" data-test="sweep-start" disabled={!ready}
                        onclick={ctx.link().callback(|_| Change::Start)}>{ "Start the sweep" }</button>
                    <span class="facts" role="status">{ says }</span>
                </div>
            </div>
        }
    }
}

impl SweepForm {
    fn row(&self, ctx: &Context<Self>, at: usize, label: &str) -> Html {
        let sheet = &ctx.props().sheet;
        let row = &self.draft.rows[at];
        let numeric = sheet.dial(&row.dial).and_then(ends).is_some();
        let onchange = ctx.link().callback(move |e: Event| {
            Change::Dial(at, e.target_unchecked_into::<HtmlSelectElement>().value())
        });
        html! {
            <div class="sweep-row">
                <label>{ label.to_string() }
                    <select class="field" data-test={format!("sweep-dial-{at}")} {onchange}>
                        if at > 0 { <option value="" selected={row.dial.is_empty()}>{ "no second dial" }</option> }
                        { for sheet.dials.iter().filter(|d| sweepable(d)).map(|d| html! {
                            <option value={d.name.clone()} selected={d.name == row.dial}>{ &d.label }</option>
                        }) }
                    </select>
                </label>
                if numeric {
                    { text(ctx, "from", &format!("sweep-low-{at}"), &row.low, move |t| Change::Low(at, t)) }
                    { text(ctx, "to", &format!("sweep-high-{at}"), &row.high, move |t| Change::High(at, t)) }
                    { text(ctx, "values", &format!("sweep-count-{at}"), &row.count, move |t| Change::Count(at, t)) }
                }
            </div>
        }
    }

    fn metric(&self, ctx: &Context<Self>) -> Html {
        let onchange = ctx.link().callback(|e: Event| {
            Change::Metric(e.target_unchecked_into::<HtmlSelectElement>().value())
        });
        html! {
            <select class="field" data-test="sweep-metric" {onchange}>
                { for ctx.props().sheet.card.metrics.iter().map(|m| html! {
                    <option value={m.id} selected={m.id == self.draft.metric}>{ m.label }</option>
                }) }
            </select>
        }
    }
}

fn text(
    ctx: &Context<SweepForm>,
    label: &str,
    test: &str,
    value: &str,
    change: impl Fn(String) -> Change + 'static,
) -> Html {
    let oninput = ctx.link().callback(move |e: InputEvent| {
        change(e.target_unchecked_into::<HtmlInputElement>().value())
    });
    html! {
        <label>{ label.to_string() }
            <input type="text" inputmode="decimal" class="field number" data-test={test.to_string()}
                value={value.to_string()} {oninput} autocomplete="off" />
        </label>
    }
}
