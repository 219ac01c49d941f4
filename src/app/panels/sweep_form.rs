//! What to sweep: typed here, read as the text of a plan, started as one.

use crate::parts::words;
use crate::state::Msg;
use lexicon::sweep::{Over, Span, TRIALS_MAX, ends};
use lexicon::{Dial, Kind, Own, Plan, Scenario, Sheet, dial};
use std::rc::Rc;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

#[derive(Clone, Properties)]
pub struct Props {
    pub sheet: Rc<Sheet>,
    pub arms: u32,
    /// Own data, which may settle dials.
    pub own: Option<Own>,
    /// What the link asks for: the form starts with it.
    pub plan: Option<Plan>,
    pub send: Callback<Msg>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.sheet, &other.sheet)
            && (self.arms, &self.plan, &self.own) == (other.arms, &other.plan, &other.own)
    }
}

/// A dial as the form has it: its texts, until they are read.
#[derive(Clone, Default, PartialEq)]
struct Row {
    dial: String,
    low: String,
    high: String,
    count: String,
    /// Values named one by one, as a link may have them; they stand in place of the ends.
    among: String,
}

#[derive(Clone, PartialEq)]
struct Draft {
    rows: [Row; 2],
    /// Scattered points; empty: a grid.
    random: String,
    metric: String,
    seeds: String,
}

pub enum Change {
    Dial(usize, String),
    Low(usize, String),
    High(usize, String),
    Count(usize, String),
    Among(usize, String),
    Scatter(bool),
    Random(String),
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

fn settled(own: &Option<Own>, dial: &Dial) -> bool {
    own.as_ref().is_some_and(|own| own.settles(dial))
}

fn row(sheet: &Sheet, name: &str, count: u32) -> Row {
    let dial = sheet.dial(name);
    let row = Row { dial: name.into(), count: count.to_string(), ..Row::default() };
    match dial.and_then(ends) {
        Some((low, high)) => Row { low: low.to_string(), high: high.to_string(), ..row },
        None => among(row, dial.and_then(Over::all)),
    }
}

fn among(row: Row, over: Option<Over>) -> Row {
    let Some(Over { span: Span::Among(values), .. }) = over else { return row };
    Row { among: values.iter().map(dial::write).collect::<Vec<_>>().join(","), ..row }
}

fn shown(over: &Over) -> Row {
    let row = Row { dial: over.dial.clone(), count: "7".into(), ..Row::default() };
    let ends =
        |low: &f64, high: &f64| Row { low: low.to_string(), high: high.to_string(), ..row.clone() };
    match &over.span {
        Span::Even { low, high, count } => Row { count: count.to_string(), ..ends(low, high) },
        Span::Range { low, high } => ends(low, high),
        Span::Among(_) => among(row, Some(over.clone())),
    }
}

impl Draft {
    fn new(sheet: &Sheet, own: &Option<Own>) -> Self {
        let open = || sheet.dials.iter().filter(|d| sweepable(d) && !settled(own, d));
        let first = open().find(|d| ends(d).is_some() && !d.advanced).or_else(|| open().next());
        let metric = sheet.card.metrics.first().map_or(String::new(), |m| m.id.into());
        let rows = [first.map_or(Row::default(), |d| row(sheet, &d.name, 7)), Row::default()];
        Self { rows, random: String::new(), metric, seeds: "3".into() }
    }

    fn of(plan: &Plan) -> Self {
        let row = |at: usize| plan.over.get(at).map(shown).unwrap_or_default();
        Self {
            rows: [row(0), row(1)],
            random: plan.random.map(|n| n.to_string()).unwrap_or_default(),
            metric: plan.metric.clone(),
            seeds: plan.seeds.to_string(),
        }
    }

    /// The plan as its text has it, or what is wrong with it.
    fn plan(&self, sheet: &Sheet) -> Result<Plan, String> {
        let scattered = !self.random.is_empty();
        let mut parts = Vec::new();
        for row in self.rows.iter().filter(|row| !row.dial.is_empty()) {
            let Row { dial, low, high, count, among } = row;
            parts.push(match (among.is_empty(), scattered) {
                (false, _) => format!("{dial}={among}"),
                (_, true) => format!("{dial}={low}..{high}"),
                (_, false) => format!("{dial}={low}..{high}/{count}"),
            });
        }
        if scattered {
            parts.push(format!("random={}", self.random.trim()));
        }
        parts.extend([format!("metric={}", self.metric), format!("seeds={}", self.seeds.trim())]);
        Plan::read(sheet, &parts.join(";"))
    }
}

/// How many runs a plan is.
fn runs(sheet: &Sheet, plan: &Plan, arms: u32) -> usize {
    let base: Scenario = sheet.scenario();
    plan.points(sheet, base.seed).len() * plan.seeds as usize * arms as usize
}

impl Component for SweepForm {
    type Message = Change;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Self {
        let Props { sheet, plan, own, .. } = ctx.props();
        Self { draft: plan.as_ref().map_or_else(|| Draft::new(sheet, own), Draft::of) }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Props) -> bool {
        let now = ctx.props();
        // What was started here is what stands here; another link brings another form.
        if let Some(plan) = &now.plan
            && now.plan != old.plan
            && self.draft.plan(&now.sheet).as_ref() != Ok(plan)
        {
            self.draft = Draft::of(plan);
        }
        // Data that came meanwhile may settle what stood here.
        let gone = |row: &Row| now.sheet.dial(&row.dial).is_some_and(|d| settled(&now.own, d));
        if self.draft.rows.iter().any(gone) {
            self.draft.rows = Draft::new(&now.sheet, &now.own).rows;
        }
        true
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
            Change::Among(at, text) => draft.rows[at].among = text,
            Change::Scatter(on) => draft.random = if on { "40".into() } else { String::new() },
            // An empty field would be a grid; what is typed over stays a number of points.
            Change::Random(text) => draft.random = if text.is_empty() { " ".into() } else { text },
            Change::Metric(id) => draft.metric = id,
            Change::Seeds(text) => draft.seeds = text,
            Change::Start => {
                if let Ok(plan) = draft.plan(sheet) {
                    ctx.props().send.emit(Msg::StartSweep(plan));
                }
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let Props { sheet, arms, .. } = ctx.props();
        let (says, ready) = match self.draft.plan(sheet) {
            Err(says) => (says, false),
            Ok(plan) => match runs(sheet, &plan, *arms) {
                n if n > TRIALS_MAX => {
                    (format!("{n} runs; the most is {TRIALS_MAX}. Fewer values or seeds."), false)
                }
                n => (words::count(n, "run"), true),
            },
        };
        html! {
            <div class="sweep-form">
                { self.row(ctx, 0, "Dial") }
                { self.row(ctx, 1, "And") }
                <div class="sweep-row">
                    { self.points(ctx) }
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
        let scattered = !self.draft.random.is_empty();
        let numeric = row.among.is_empty() && !row.dial.is_empty();
        let onchange = ctx.link().callback(move |e: Event| {
            Change::Dial(at, e.target_unchecked_into::<HtmlSelectElement>().value())
        });
        html! {
            <div class="sweep-row">
                <label>{ label.to_string() }
                    <select class="field" data-test={format!("sweep-dial-{at}")} {onchange}>
                        if at > 0 { <option value="" selected={row.dial.is_empty()}>{ "no second dial" }</option> }
                        { for sheet.dials.iter().filter(|d| sweepable(d)).map(|d| html! {
                            <option value={d.name.clone()} selected={d.name == row.dial}
                                disabled={settled(&ctx.props().own, d)}>{ &d.label }</option>
                        }) }
                    </select>
                </label>
                if numeric {
                    { text(ctx, "from", &format!("sweep-low-{at}"), &row.low, move |t| Change::Low(at, t)) }
                    { text(ctx, "to", &format!("sweep-high-{at}"), &row.high, move |t| Change::High(at, t)) }
                    if !scattered {
                        { text(ctx, "values", &format!("sweep-count-{at}"), &row.count, move |t| Change::Count(at, t)) }
                    }
                } else if !row.dial.is_empty() {
                    { text(ctx, "values", &format!("sweep-among-{at}"), &row.among, move |t| Change::Among(at, t)) }
                }
            </div>
        }
    }

    /// A grid, or so many points scattered over the ranges.
    fn points(&self, ctx: &Context<Self>) -> Html {
        let scattered = !self.draft.random.is_empty();
        let onchange = ctx.link().callback(|e: Event| {
            Change::Scatter(e.target_unchecked_into::<HtmlSelectElement>().value() == "scattered")
        });
        html! {
            <>
                <label>{ "Points" }
                    <select class="field" data-test="sweep-points" {onchange}>
                        <option value="grid" selected={!scattered}>{ "a grid" }</option>
                        <option value="scattered" selected={scattered}>{ "scattered" }</option>
                    </select>
                </label>
                if scattered {
                    { text(ctx, "how many", "sweep-random", self.draft.random.trim(), Change::Random) }
                }
            </>
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
