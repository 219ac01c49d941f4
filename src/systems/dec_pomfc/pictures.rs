//! What there is to see.

use super::DecPomfc;
use super::swarm::Task;
use engine::math;
use lexicon::Scene;
use lexicon::scene::*;

pub fn scenes(system: &DecPomfc) -> Vec<Scene> {
    vec![Scene::Field(swarm(system)), Scene::Heatmap(rule(system)), Scene::Field(transfer(system))]
}

/// One live sentence.
pub fn caption(system: &DecPomfc, training: f64) -> String {
    let [zero, script] = system.reference;
    format!(
        "Round {}: swarms of {} return {training:.1} while learning, {:.1} when last tried out; classical coupling \
         {script:.1}, doing nothing {zero:.1}.",
        system.round, system.params.n_train, system.evaluated
    )
}

/// The end of the last episode, with the disc that agent 0 sees.
fn swarm(system: &DecPomfc) -> Field {
    let shown = &system.shown;
    let heading = shown.cos.iter().zip(&shown.sin);
    let heading = heading.map(|(c, s)| math::atan2((*s).into(), (*c).into()) as f32).collect();
    let mut tone = vec![0; shown.x.len()];
    let mut lines = Vec::new();
    if let (Some(x), Some(y)) = (shown.x.first(), shown.y.first()) {
        tone[0] = 1;
        lines.push(disc(*x, *y, system.params.radius as f32));
    }
    let axis = || Axis { low: 0.0, high: 1.0, ..Axis::default() };
    let key = |tone, label: &str| Key { tone, label: label.to_string() };
    let what = match system.params.task {
        Task::Kuramoto => "oscillator, its arrow the phase",
        Task::Vicsek => "agent, its arrow the heading",
        Task::Aggregation => "agent",
    };
    Field {
        x: shown.x.clone(),
        y: shown.y.clone(),
        heading,
        tone,
        axes: [axis(), axis()],
        lines,
        legend: vec![key(0, what), key(1, "agent 0 and how far it sees")],
        note: format!("The edges are joined. {:.0} % see nobody.", 100.0 * system.blind),
        ..Field::default()
    }
}

fn disc(x: f32, y: f32, radius: f32) -> Line {
    let angle = |i: u32| std::f32::consts::TAU * i as f32 / 48.0;
    let (y_part, x_part): (Vec<f32>, Vec<f32>) =
        (0..=48).map(|i| math::sin_cos_f32(angle(i))).unzip();
    Line {
        tone: 1,
        x: x_part.into_iter().map(|c| x + radius * c).collect(),
        y: y_part.into_iter().map(|s| y + radius * s).collect(),
        ..Line::default()
    }
}

/// Observation plane -> mean action.
fn rule(system: &DecPomfc) -> Heatmap {
    let ticks =
        |sign: f32| (0..9).map(|i| format!("{:.2}", sign * (i as f32 / 4.0 - 1.0) + 0.0)).collect();
    let (row_title, column_title, note) = match system.params.task {
        Task::Aggregation => {
            ("neighbors' middle, up", "neighbors' middle, right", "Mean step to the right.")
        }
        _ => (
            "neighbors' side (sine)",
            "neighbors' agreement (cosine)",
            "Mean turn: positive is to the left.",
        ),
    };
    Heatmap {
        rows: ticks(-1.0),
        columns: ticks(1.0),
        row_title: row_title.to_string(),
        column_title: column_title.to_string(),
        value: system.map.clone(),
        low: -1.0,
        high: 1.0,
        unit: String::new(),
        diverging: true,
        note: note.to_string(),
        ..Heatmap::default()
    }
}

/// Return over the size of the swarm.
fn transfer(system: &DecPomfc) -> Field {
    let x: Vec<f32> = system.transfer.iter().map(|(n, _)| *n as f32).collect();
    let y: Vec<f32> = system.transfer.iter().map(|(_, value)| *value as f32).collect();
    let [zero, script] = system.reference.map(|v| v as f32);
    let all = || y.iter().copied().chain([zero, script]);
    let (low, high) = (all().fold(f32::MAX, f32::min), all().fold(f32::MIN, f32::max));
    let margin = 0.1 * (high - low).max(1.0);
    let sizes = || system.params.n_eval.iter().map(|n| *n as f32);
    let (left, right) =
        (0.8 * sizes().fold(f32::MAX, f32::min), 1.25 * sizes().fold(1.0, f32::max));
    let level = |label: &str, tone, at| Line {
        label: label.to_string(),
        tone,
        dashed: true,
        x: vec![left, right],
        y: vec![at; 2],
    };
    let axis = |label: &str, unit: &str, low, high, log| Axis {
        label: label.to_string(),
        unit: unit.to_string(),
        low,
        high,
        log,
    };
    let curve =
        Line { label: "tried out".to_string(), tone: 0, dashed: false, x: x.clone(), y: y.clone() };
    let key = |tone, label: &str| Key { tone, label: label.to_string() };
    Field {
        x,
        y,
        axes: [
            axis("agents", "", left, right, true),
            axis("return of an episode", "", low - margin, high + margin, false),
        ],
        scatter: true,
        lines: vec![curve, level("classical coupling", 2, script), level("doing nothing", 3, zero)],
        legend: vec![key(0, "tried out"), key(2, "classical coupling"), key(3, "doing nothing")],
        note: format!("Trained with {} agents.", system.params.n_train),
        ..Field::default()
    }
}
