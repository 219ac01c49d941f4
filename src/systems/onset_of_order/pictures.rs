//! What there is to see.

use super::{Arm, Model, OnsetOfOrder, ROUND_TIME};
use engine::coordination::kuramoto::order_in_theory;
use engine::math;
use lexicon::Scene;
use lexicon::scene::*;
use std::f32::consts::TAU;

/// Directions of the second view.
const DIRECTIONS: usize = 16;
/// Cells of the third view along each side, at most; about four agents to a cell.
const CELLS_MAX: usize = 24;
/// An agent goes along with the others where the cosine of the angle to the mean heading is at least this: 60 degrees.
const ALONG: f32 = 0.5;

pub fn scenes(system: &OnsetOfOrder) -> Vec<Scene> {
    vec![Scene::Field(agents(system)), Scene::Bars(directions(system)), Scene::Heatmap(map(system))]
}

/// One live sentence.
pub fn caption(system: &OnsetOfOrder) -> String {
    let (order, round) = (system.order(), system.round);
    let params = &system.params;
    let luck = (std::f64::consts::PI / (4.0 * f64::from(params.agents))).sqrt();
    match params.model {
        Model::Vicsek => format!(
            "Round {round}: order {order:.2}; 1 is all one way, and headings by chance alone would give {luck:.2}."
        ),
        Model::Kuramoto => {
            let critical = 2.0 * params.spread;
            let theory = order_in_theory(params.coupling, params.spread);
            format!(
                "Time {:.1}: order {order:.2}; infinitely many, all pulling all, would come to {theory:.2} (critical \
                 coupling {critical}).",
                f64::from(round) * ROUND_TIME
            )
        }
    }
}

/// The mean heading as a unit vector; east where there is none.
fn mean_heading(cos: &[f32], sin: &[f32]) -> (f32, f32) {
    let sum = |of: &[f32]| of.iter().map(|v| f64::from(*v)).sum::<f64>();
    let (c, s) = (sum(cos), sum(sin));
    let length = (c * c + s * s).sqrt();
    if length > 1e-9 { ((c / length) as f32, (s / length) as f32) } else { (1.0, 0.0) }
}

fn agents(system: &OnsetOfOrder) -> Field {
    let [x, y, cos, sin] = system.columns();
    let side = system.side as f32;
    let (mean_cos, mean_sin) = mean_heading(cos, sin);
    let every = x.len().div_ceil(MARKS_MAX).max(1);
    let shown = || (0..x.len()).step_by(every);
    let tone = |i: usize| u8::from(cos[i] * mean_cos + sin[i] * mean_sin < ALONG);
    let what = match system.params.model {
        Model::Vicsek => "within 60° of the mean heading",
        Model::Kuramoto => "within 60° of the mean phase",
    };
    let axis = || Axis { low: 0.0, high: side, ..Axis::default() };
    let key = |tone, label: &str| Key { tone, label: label.to_string() };
    let sees = matches!(system.arm, Arm::Angular | Arm::Vectorial | Arm::Near);
    let mut legend = vec![key(0, what), key(1, "others")];
    let mut lines = Vec::new();
    if let (true, Some(x), Some(y)) = (sees, x.first(), y.first()) {
        lines.push(disc(x * side, y * side, system.params.radius as f32));
        legend.push(key(2, "how far one of them sees"));
    }
    let thinned = match every {
        1 => String::new(),
        _ => format!(" One in {every} is drawn."),
    };
    Field {
        x: shown().map(|i| x[i] * side).collect(),
        y: shown().map(|i| y[i] * side).collect(),
        heading: shown().map(|i| math::atan2(sin[i].into(), cos[i].into()) as f32).collect(),
        tone: shown().map(tone).collect(),
        axes: [axis(), axis()],
        lines,
        legend,
        note: format!("A square of side {side:.1}; its edges are joined.{thinned}"),
        ..Field::default()
    }
}

fn disc(x: f32, y: f32, radius: f32) -> Line {
    let (y_part, x_part): (Vec<f32>, Vec<f32>) =
        (0..=48).map(|i| math::sin_cos_f32(TAU * i as f32 / 48.0)).unzip();
    Line {
        tone: 2,
        x: x_part.into_iter().map(|c| x + radius * c).collect(),
        y: y_part.into_iter().map(|s| y + radius * s).collect(),
        ..Line::default()
    }
}

/// Share of the agents by direction; the axis grows in few steps so that it does not dance.
fn directions(system: &OnsetOfOrder) -> Bars {
    let [_, _, cos, sin] = system.columns();
    let mut count = [0u32; DIRECTIONS];
    for (cos, sin) in cos.iter().zip(sin) {
        let turns = math::atan2((*sin).into(), (*cos).into()) as f32 / TAU;
        // Bins are centered on their label.
        let bin = (turns.rem_euclid(1.0) * DIRECTIONS as f32).round() as usize;
        count[bin % DIRECTIONS] += 1;
    }
    let share = |n: u32| n as f32 / cos.len().max(1) as f32;
    let most = count.iter().copied().max().map_or(0.0, share);
    let high = [0.15, 0.3, 0.6].into_iter().find(|top| most <= *top).unwrap_or(1.0);
    let label = match system.params.model {
        Model::Vicsek => "share of agents by heading",
        Model::Kuramoto => "share of oscillators by phase",
    };
    Bars {
        label: (0..DIRECTIONS).map(|i| format!("{}°", 360.0 * i as f32 / 16.0)).collect(),
        value: count.map(share).to_vec(),
        axis: Axis { label: label.to_string(), low: 0.0, high, ..Axis::default() },
        note: "0° is to the right, 90° up.".to_string(),
        ..Bars::default()
    }
}

/// Where agents are (they may gather in bands), or how far each part of the square is in step with the whole.
fn map(system: &OnsetOfOrder) -> Heatmap {
    let [x, y, cos, sin] = system.columns();
    let cells = (((x.len() / 4) as f64).sqrt() as usize).clamp(2, CELLS_MAX);
    let (mean_cos, mean_sin) = mean_heading(cos, sin);
    let mut count = vec![0.0f32; cells * cells];
    let mut along = vec![0.0f32; cells * cells];
    let place = |at: f32| ((at * cells as f32) as usize).min(cells - 1);
    for i in 0..x.len() {
        // Rows from the top.
        let cell = (cells - 1 - place(y[i])) * cells + place(x[i]);
        count[cell] += 1.0;
        along[cell] += cos[i] * mean_cos + sin[i] * mean_sin;
    }
    let moves = system.params.model == Model::Vicsek;
    let even = x.len() as f32 / (cells * cells) as f32;
    let value = if moves {
        count.iter().map(|n| n / even).collect()
    } else {
        along.iter().zip(&count).map(|(a, n)| if *n > 0.0 { a / n } else { f32::NAN }).collect()
    };
    let middle = |i: usize| format!("{:.1}", system.side * (i as f64 + 0.5) / cells as f64);
    let note = if moves {
        "Agents in each cell; 1 is as many as if they were spread evenly."
    } else {
        "Mean cosine of the phases to the mean phase: 1 is in step with the whole, -1 opposite."
    };
    Heatmap {
        rows: (0..cells).rev().map(middle).collect(),
        columns: (0..cells).map(middle).collect(),
        row_title: "up".to_string(),
        column_title: "right".to_string(),
        value,
        low: if moves { 0.0 } else { -1.0 },
        high: if moves { 4.0 } else { 1.0 },
        unit: String::new(),
        diverging: !moves,
        note: note.to_string(),
        ..Heatmap::default()
    }
}
