//! One or two dials over a grid: how a metric ends, for every arm.

use super::sweep_form::SweepForm;
use crate::batch::Stage;
use crate::export;
use crate::parts::behind::Behind;
use crate::parts::picture::{Picture, Subject};
use crate::parts::seen::{Seen, hash, kept};
use crate::parts::{browser, on, swatch, words};
use crate::state::{Msg, Sweep};
use lexicon::scene::{Axis, Bars, Field, Heatmap, Line};
use lexicon::{Kind, Scene, dial};
use serde_json::Value;
use yew::prelude::*;

pub fn version(seen: &Seen) -> u64 {
    let sweep = seen.lab.sweep.as_ref().map(|s| {
        let left = s.batch.seconds_left().unwrap_or(-1.0) as i64;
        (
            (s.batch.progress() * 1000.0) as u32,
            left,
            s.batch.paused,
            s.batch.done(),
            s.batch.trials.len(),
        )
    });
    let lab = seen.lab;
    hash(&(lab.sheet.card.id, lab.scenario.arms.len(), sweep, seen.theme == draw::Theme::Dark))
}

pub fn view(seen: &Seen) -> Html {
    let running = seen.lab.sweep.is_some();
    html! {
        <section class="sweep" aria-labelledby="sweep-title" data-test="sweep">
            <details open={running}>
                <summary><h2 id="sweep-title">{ "Sweep" }</h2>
                    <span class="facts">{ "one or two dials over a grid, every arm, several seeds" }</span>
                </summary>
                <SweepForm key={seen.lab.scenario.system.clone()} sheet={seen.lab.sheet.clone()}
                    arms={seen.lab.scenario.arms.len() as u32} send={seen.send.clone()} />
                if let Some(sweep) = &seen.lab.sweep { { state(seen, sweep) } { results(seen, sweep) } }
            </details>
        </section>
    }
}

fn state(seen: &Seen, sweep: &Sweep) -> Html {
    let batch = &sweep.batch;
    let done = batch.trials.iter().filter(|t| t.stage == Stage::Done).count();
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
    let csv = export::sweep_csv(seen.lab, sweep);
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
            </span>
        </div>
    }
}

fn results(seen: &Seen, sweep: &Sweep) -> Html {
    let done = sweep.batch.trials.iter().filter(|t| t.stage == Stage::Done).count();
    let version =
        hash(&(&seen.lab.scenario.system, done, sweep.batch.trials.len(), &sweep.plan.metric));
    let tables = kept("sweep", version, || values(seen, sweep));
    let all = tables.iter().flatten().flatten().copied();
    let (low, high) =
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        return html! { <p class="facts">{ "The first values are on their way." }</p> };
    }
    html! {
        <div class="sweep-pictures">
            { for sweep.base.arms.iter().zip(tables.iter()).map(|(arm, cells)| {
                let place = swatch::place(&seen.lab.sheet, &sweep.base.arms, arm);
                let label = swatch::label(&seen.lab.sheet, arm);
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

/// For each arm the value of every cell that is in.
fn values(seen: &Seen, sweep: &Sweep) -> Vec<Vec<Option<f64>>> {
    let count = |at: usize| sweep.plan.over.get(at).map_or(1, |(_, values)| values.len());
    let (first, second) = (count(0), count(1));
    let cell = |arm: &str, at: usize| {
        sweep.value(&seen.lab.sheet, &seen.lab.results, arm, &[at / second, at % second])
    };
    sweep
        .base
        .arms
        .iter()
        .map(|arm| (0..first * second).map(|at| cell(arm, at)).collect())
        .collect()
}

fn picture(seen: &Seen, sweep: &Sweep, cells: &[Option<f64>], (low, high): (f64, f64)) -> Scene {
    let metric = seen.lab.sheet.metric(&sweep.plan.metric);
    let (name, unit) =
        metric.map_or((sweep.plan.metric.clone(), ""), |m| (m.label.to_string(), m.unit));
    let room = if high > low { (high - low) * 0.05 } else { high.abs().max(1.0) * 0.1 };
    let (low, high) = ((low - room) as f32, (high + room) as f32);
    let axis = Axis { label: name, unit: unit.into(), low, high, log: false };
    match sweep.plan.over.as_slice() {
        [(row, rows), (column, columns), ..] => Scene::Heatmap(Heatmap {
            rows: rows.iter().map(dial::write).collect(),
            columns: columns.iter().map(dial::write).collect(),
            row_title: label(seen, row),
            column_title: label(seen, column),
            value: cells.iter().map(|v| v.map_or(f32::NAN, |v| v as f32)).collect(),
            low,
            high,
            unit: unit.into(),
            ..Heatmap::default()
        }),
        [(name, values)] => match curve(seen, name, values, cells, &axis) {
            Some(field) => Scene::Field(field),
            None => Scene::Bars(bars(values, cells, axis)),
        },
        [] => Scene::Bars(Bars::default()),
    }
}

fn label(seen: &Seen, name: &str) -> String {
    seen.lab.sheet.dial(name).map_or_else(|| name.to_string(), |d| d.label.clone())
}

/// A dial of numbers against the metric; none for choices and flags.
fn curve(
    seen: &Seen,
    name: &str,
    values: &[Value],
    cells: &[Option<f64>],
    axis: &Axis,
) -> Option<Field> {
    let dial = seen.lab.sheet.dial(name)?;
    let log = match dial.kind {
        Kind::Int { log, .. } | Kind::Real { log, .. } => log,
        _ => return None,
    };
    let points: Vec<(f32, f32)> = values
        .iter()
        .zip(cells)
        .filter_map(|(x, y)| Some((x.as_f64()? as f32, (*y)? as f32)))
        .collect();
    let xs = || values.iter().filter_map(Value::as_f64).map(|v| v as f32);
    let (low, high) =
        xs().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low >= high {
        return None;
    }
    let (x, y): (Vec<f32>, Vec<f32>) = points.into_iter().unzip();
    let across = Axis {
        label: dial.label.clone(),
        unit: dial.unit.clone(),
        low,
        high,
        log: log && low > 0.0,
    };
    Some(Field {
        lines: vec![Line { x: x.clone(), y: y.clone(), ..Line::default() }],
        x,
        y,
        axes: [across, axis.clone()],
        scatter: true,
        ..Field::default()
    })
}

fn bars(values: &[Value], cells: &[Option<f64>], axis: Axis) -> Bars {
    Bars {
        label: values.iter().map(dial::write).collect(),
        value: cells.iter().map(|v| v.map_or(0.0, |v| v as f32)).collect(),
        axis: Axis { low: axis.low.min(0.0), ..axis },
        ..Bars::default()
    }
}
