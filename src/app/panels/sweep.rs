//! One or two dials over a grid: how a metric ends, for every arm.

use super::share::Copy;
use super::sweep_form::SweepForm;
use crate::batch::Stage;
use crate::parts::behind::Behind;
use crate::parts::later::{after, waiting};
use crate::parts::picture::{Picture, Subject};
use crate::parts::seen::{Seen, hash, kept};
use crate::parts::{browser, on, swatch, words};
use crate::state::rest::SWEEP;
use crate::state::{Msg, Rest, Sweep};
use draw::Look;
use lexicon::scene::{Axis, Bars, Field, Heatmap, Key, Line};
use lexicon::sweep::{Over, Span, by_ratio, ends};
use lexicon::{Mean, Own, Scene, dial, link};
use serde_json::Value;
use std::rc::Rc;
use yew::prelude::*;

pub fn version(seen: &Seen) -> u64 {
    let sweep = seen.lab.sweep.as_ref().map(|s| {
        let left = s.batch.seconds_left().unwrap_or(-1.0) as i64;
        (made_of(seen, s), (s.batch.progress() * 1000.0) as u32, left, s.batch.paused)
    });
    let lab = seen.lab;
    let plan = lab.view.sweep.as_ref().map(|plan| plan.write());
    hash(&(
        lab.sheet.card.id,
        lab.scenario.arms.len(),
        // Which dials own data settles.
        lab.scenario.data.as_ref().map(Own::by_client),
        sweep,
        plan,
        seen.theme == draw::Theme::Dark,
        after(seen, SWEEP).is_some(),
        matches!(seen.model.rest, Rest::Failed(_)),
    ))
}

pub fn view(seen: &Seen) -> Html {
    let plan = seen.lab.view.sweep.as_ref();
    html! {
        <section class="sweep" aria-labelledby="sweep-title" data-test="sweep">
            <details open={plan.is_some()}>
                <summary><h2 id="sweep-title">{ "Sweep" }</h2>
                    <span class="facts">{ "one or two dials over a grid or scattered points, every arm, several seeds" }</span>
                </summary>
                { after(seen, SWEEP).map_or_else(|| waiting(seen.model, seen.send), |rest| (rest.sweep)(seen)) }
            </details>
        </section>
    }
}

/// Form, progress and pictures.
pub fn inside(seen: &Seen) -> Html {
    let plan = seen.lab.view.sweep.clone();
    html! {
        <>
            <SweepForm key={seen.lab.scenario.system.clone()} sheet={seen.lab.sheet.clone()}
                arms={seen.lab.scenario.arms.len() as u32} own={seen.lab.scenario.data.clone()} {plan} send={seen.send.clone()} />
            if let Some(sweep) = &seen.lab.sweep { { state(seen, sweep) } { results(seen, sweep) } }
        </>
    }
}

fn finished(sweep: &Sweep) -> usize {
    sweep.batch.trials.iter().filter(|t| t.stage == Stage::Done).count()
}

/// Stands for everything that the sweep's table and pictures are made of.
fn made_of(seen: &Seen, sweep: &Sweep) -> u64 {
    let base = link::canonical(&seen.lab.sheet, &sweep.base);
    hash(&(base, sweep.plan.write(), finished(sweep)))
}

fn state(seen: &Seen, sweep: &Sweep) -> Html {
    let batch = &sweep.batch;
    let done = finished(sweep);
    let small = |label: &str, test: &str, msg: Msg| {
        html! {
            <button type="button" class="button small" data-test={test.to_string()} onclick={on(seen.send, msg)}>
                { label }
            </button>
        }
    };
    let left = match batch.seconds_left() {
        _ if batch.done() => " · done".to_string(),
        _ if batch.paused => " · paused".to_string(),
        Some(seconds) => format!(" · {}", words::time_left(seconds)),
        None => String::new(),
    };
    let csv = kept("sweep as a table", made_of(seen, sweep), || {
        sweep.plan.csv(&seen.lab.sheet, &sweep.base, &seen.lab.results)
    });
    let name = format!("{}-sweep.csv", sweep.base.system);
    let send = seen.send.clone();
    let save = Callback::from(move |_: MouseEvent| {
        if let Err(says) = browser::download(&name, "text/csv", &csv) {
            send.emit(Msg::Toast(says));
        }
    });
    html! {
        <div class="sweep-state" data-test="sweep-state" data-state={if batch.done() { "done" } else { "running" }}>
            <progress max="1" value={format!("{:.4}", batch.progress())} aria-label="Progress of the sweep" />
            <p class="facts">{ format!("{done} of {} runs{left}", batch.trials.len()) }</p>
            <span class="claim-actions">
                if !batch.done() {
                    { small(if batch.paused { "Resume" } else { "Pause" }, "sweep-pause", Msg::PauseSweep(!batch.paused)) }
                }
                { small(if batch.done() { "Clear" } else { "Stop" }, "sweep-stop", Msg::StopSweep) }
                <button type="button" class="button small" data-test="sweep-csv" onclick={save}>{ "CSV" }</button>
                <Copy test="sweep-link" label="Copy link" text={format!("{}{}", browser::base(), seen.lab.shared_link(false))} class="small" />
            </span>
        </div>
    }
}

fn results(seen: &Seen, sweep: &Sweep) -> Html {
    let version = made_of(seen, sweep);
    let tables = kept("sweep", version, || values(seen, sweep));
    let all = tables.iter().flatten().flatten();
    let (low, high) =
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v.low), h.max(v.high)));
    if low > high {
        return html! { <p class="facts">{ "The first values are on their way." }</p> };
    }
    let arms = || sweep.base.arms.iter().zip(tables.iter());
    let place = |arm: &str| swatch::place(&seen.lab.sheet, &sweep.base.arms, arm);
    // Numbers of one dial: all arms in one picture, to be compared.
    let scene = kept("sweep of all arms", version, || {
        compared(seen, sweep, &tables, (low, high)).map(|field| Rc::new(Scene::Field(field)))
    });
    if let Some(scene) = &*scene {
        let look = Look { by_arm: true, ..seen.look(0) };
        return html! {
            <div class="sweep-pictures">
                <figure class="chart wide">
                    <figcaption class="legend">
                        { for arms().map(|(arm, _)| html! { <span>{ swatch::arm(place(arm)) }{ swatch::label(&seen.lab.sheet, arm) }</span> }) }
                    </figcaption>
                    <Picture {version} subject={Subject::Scene(scene.clone())} {look} label="Sweep, all arms" class="sweep-picture" />
                    <Behind {version} scene={scene.clone()} of="the sweep" />
                </figure>
            </div>
        };
    }
    html! {
        <div class="sweep-pictures">
            { for arms().map(|(arm, cells)| {
                let (place, label) = (place(arm), swatch::label(&seen.lab.sheet, arm));
                let version = hash(&(version, arm));
                let scene = kept(&format!("sweep {arm}"), version, || picture(seen, sweep, cells, (low, high)));
                html! {
                    <figure class="chart" key={arm.clone()}>
                        <figcaption>{ swatch::arm(place) }<span class="chart-title">{ label.clone() }</span></figcaption>
                        <Picture {version} subject={Subject::Scene(scene.clone())} look={seen.look(place)}
                            label={format!("Sweep, {label}")} class="sweep-picture" />
                        <Behind {version} {scene} of={format!("the sweep, {label}")} />
                    </figure>
                }
            }) }
        </div>
    }
}

/// For each arm the value at every point that is in.
fn values(seen: &Seen, sweep: &Sweep) -> Vec<Vec<Option<Mean>>> {
    let (sheet, base) = (&seen.lab.sheet, &sweep.base);
    let points = sweep.plan.points(sheet, base.seed);
    let at = |arm: &str, point: &Vec<Value>| {
        sweep.plan.value(sheet, base, &seen.lab.results, arm, point)
    };
    base.arms.iter().map(|arm| points.iter().map(|point| at(arm, point)).collect()).collect()
}

/// The metric's axis, with a little room around the values.
fn metric(seen: &Seen, sweep: &Sweep, (low, high): (f64, f64)) -> Axis {
    let id = &sweep.plan.metric;
    let (label, unit) = seen.lab.sheet.metric(id).map_or((id.as_str(), ""), |m| (m.label, m.unit));
    let room = if high > low { (high - low) * 0.05 } else { high.abs().max(1.0) * 0.1 };
    let (low, high) = ((low - room) as f32, (high + room) as f32);
    Axis { label: label.into(), unit: unit.into(), low, high, log: false }
}

fn picture(seen: &Seen, sweep: &Sweep, cells: &[Option<Mean>], ends: (f64, f64)) -> Scene {
    let (sheet, plan) = (&seen.lab.sheet, &sweep.plan);
    let axis = metric(seen, sweep, ends);
    let points = plan.points(sheet, sweep.base.seed);
    match plan.over.as_slice() {
        [row, column, ..] if plan.random.is_none() => Scene::Heatmap(Heatmap {
            rows: plan.along(sheet, 0).iter().map(dial::write).collect(),
            columns: plan.along(sheet, 1).iter().map(dial::write).collect(),
            row_title: label(seen, &row.dial),
            column_title: label(seen, &column.dial),
            value: cells.iter().map(|v| v.map_or(f32::NAN, |v| v.mean as f32)).collect(),
            low: axis.low,
            high: axis.high,
            unit: axis.unit,
            ..Heatmap::default()
        }),
        [across, up, ..] => Scene::Field(scattered(seen, [across, up], &points, cells, &axis)),
        _ => Scene::Bars(bars(&points, cells, axis)),
    }
}

/// Points in the plane of two dials; the metric is their size.
fn scattered(
    seen: &Seen,
    over: [&Over; 2],
    points: &[Vec<Value>],
    cells: &[Option<Mean>],
    metric: &Axis,
) -> Field {
    let place = |over: &Over, value: &Value| match value.as_f64() {
        Some(v) => v as f32,
        // Choices and flags stand side by side, in their order.
        None => match &over.span {
            Span::Among(all) => all.iter().position(|v| v == value).unwrap_or(0) as f32,
            _ => 0.0,
        },
    };
    let mut field = Field { scatter: true, ..Field::default() };
    let spread = (metric.high - metric.low).max(f32::MIN_POSITIVE);
    for (point, value) in points.iter().zip(cells) {
        let ([x, y], Some(value)) = (point.as_slice(), value) else { continue };
        field.x.push(place(over[0], x));
        field.y.push(place(over[1], y));
        field.size.push(0.5 + 2.0 * (value.mean as f32 - metric.low) / spread);
    }
    let axis = |over: &Over, at: usize| {
        let all = points.iter().filter_map(|p| p.get(at)).map(|v| place(over, v));
        let (low, high) =
            all.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let log = seen.lab.sheet.dial(&over.dial).is_some_and(by_ratio) && low > 0.0;
        let room = if log || high <= low { 0.0 } else { (high - low) * 0.04 };
        Axis {
            label: label(seen, &over.dial),
            low: low - room,
            high: high + room,
            log,
            ..Axis::default()
        }
    };
    field.axes = [axis(over[0], 0), axis(over[1], 1)];
    field.note = format!(
        "The larger the mark, the higher {}: {:.3} to {:.3}.",
        metric.label, metric.low, metric.high
    );
    field
}

fn label(seen: &Seen, name: &str) -> String {
    seen.lab.sheet.dial(name).map_or_else(|| name.to_string(), |d| d.label.clone())
}

/// One dial of numbers against the metric, every arm; none for choices, flags and two dials.
fn compared(
    seen: &Seen,
    sweep: &Sweep,
    tables: &[Vec<Option<Mean>>],
    values: (f64, f64),
) -> Option<Field> {
    let (sheet, plan) = (&seen.lab.sheet, &sweep.plan);
    let [one] = plan.over.as_slice() else { return None };
    let dial = sheet.dial(&one.dial)?;
    ends(dial)?;
    let points = plan.points(sheet, sweep.base.seed);
    let xs = || points.iter().filter_map(|p| p.first()?.as_f64()).map(|v| v as f32);
    let (low, high) =
        xs().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low >= high {
        return None;
    }
    let log = by_ratio(dial) && low > 0.0;
    let (label, unit) = (dial.label.clone(), dial.unit.clone());
    let across = Axis { label, unit, low, high, log };
    let mut field =
        Field { axes: [across, metric(seen, sweep, values)], scatter: true, ..Field::default() };
    let mut means = Vec::new();
    for (arm, cells) in sweep.base.arms.iter().zip(tables) {
        let tone = swatch::place(sheet, &sweep.base.arms, arm) as u8;
        let at: Vec<(f32, Mean)> =
            xs().zip(cells).filter_map(|(x, cell)| Some((x, (*cell)?))).collect();
        let (x, y): (Vec<f32>, Vec<f32>) = at.iter().map(|(x, v)| (*x, v.mean as f32)).unzip();
        means.extend(at.iter().map(|(_, mean)| Some(*mean)));
        field.x.extend(&x);
        field.y.extend(&y);
        field.tone.extend(std::iter::repeat_n(tone, x.len()));
        field.legend.push(Key { tone, label: swatch::label(sheet, arm) });
        // Scattered points are in no order.
        if plan.random.is_none() {
            field.lines.push(Line { tone, x, y, ..Line::default() });
        }
    }
    [field.from, field.to] = intervals(&means);
    Some(field)
}

/// The ends of the intervals, or nothing where no value has one.
fn intervals(means: &[Option<Mean>]) -> [Vec<f32>; 2] {
    let known = |mean: &Option<Mean>| mean.filter(Mean::has_interval);
    if !means.iter().any(|mean| known(mean).is_some()) {
        return [Vec::new(), Vec::new()];
    }
    let ends = |end: fn(&Mean) -> f64| {
        means.iter().map(|mean| known(mean).map_or(f32::NAN, |mean| end(&mean) as f32)).collect()
    };
    [ends(|mean| mean.low), ends(|mean| mean.high)]
}

fn bars(points: &[Vec<Value>], cells: &[Option<Mean>], axis: Axis) -> Bars {
    let [from, to] = intervals(cells);
    Bars {
        label: points.iter().filter_map(|p| p.first()).map(dial::write).collect(),
        value: cells.iter().map(|v| v.map_or(0.0, |v| v.mean as f32)).collect(),
        from,
        to,
        axis: Axis { low: axis.low.min(0.0), ..axis },
        ..Bars::default()
    }
}
