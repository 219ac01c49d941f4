//! What there is to see: an organization with its leaves at the bottom, theory and simulation on one chart, the plane.

use super::Setup;
use super::forest::Shape;
use super::theory::Law;
use engine::math;
use lexicon::scene::{Axis, Field, Graph, Heatmap, Key, Line};

/// Nodes drawn of one level at most: a sample of whole families, so that every node drawn has its edge.
const ROW_MAX: usize = 81;

const RIGHT: u8 = 0;
const WRONG: u8 = 2;
const WAITING: u8 = 5;

/// What organization 0 holds at one level, and what happened to it on the way there.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    pub right: Vec<bool>,
    /// By node of the level below.
    pub scrambled: Vec<bool>,
    pub struck: Vec<bool>,
}

/// The organization; `layers` are those reached so far (none: shades only), `strength` the shade by level.
pub fn organization(shape: Shape, fan_in: u32, layers: &[Layer], strength: &[f64]) -> Graph {
    let rows = rows(shape, fan_in);
    let mut graph = Graph { directed: true, ..Graph::default() };
    let mut first = Vec::new();
    for (level, row) in rows.iter().enumerate() {
        first.push(graph.x.len() as u32);
        let y = 0.95 - 0.9 * level as f32 / (rows.len() - 1).max(1) as f32;
        for (rank, (node, _)) in row.iter().enumerate() {
            graph.x.push((rank as f32 + 0.5) / row.len() as f32);
            graph.y.push(y);
            let reached = layers.get(level);
            let shade = strength.get(level).copied().unwrap_or(0.0) as f32;
            let tone = match reached.and_then(|layer| layer.right.get(*node)) {
                Some(true) => RIGHT,
                Some(false) => WRONG,
                None if layers.is_empty() => 0,
                None => WAITING,
            };
            graph.tone.push(tone);
            graph.value.push(if tone == WAITING { 0.15 } else { 0.25 + 0.75 * shade });
            let struck = reached.is_some_and(|layer| layer.struck.get(*node) == Some(&true));
            graph.size.push(if struck { 1.7 } else { 1.0 });
        }
    }
    for (level, row) in rows.iter().enumerate() {
        for (rank, (node, parent)) in row.iter().enumerate() {
            if let Some(parent) = parent {
                graph.edges.extend([first[level] + rank as u32, first[level + 1] + *parent as u32]);
                let scrambled = layers
                    .get(level + 1)
                    .is_some_and(|layer| layer.scrambled.get(*node) == Some(&true));
                graph.weight.push(if scrambled { 0.1 } else { 0.8 });
            }
        }
    }
    if !layers.is_empty() {
        let key = |tone, label: &str| Key { tone, label: label.into() };
        graph.legend =
            vec![key(RIGHT, "right"), key(WRONG, "wrong"), key(WAITING, "not yet reached")];
        graph.note = "One of the organizations; color: its votes, strength: how far all of them lean the right way. \
                      Faint edges were turned around by the channel, large nodes were struck by a common failure."
            .into();
    }
    graph
}

/// By level from the bottom: the nodes drawn, each with the rank of its parent in the row above.
fn rows(shape: Shape, fan_in: u32) -> Vec<Vec<(usize, Option<usize>)>> {
    match shape {
        Shape::Tree { levels, .. } => {
            let b = fan_in as usize;
            let mut rows = vec![vec![(0, None)]];
            for _ in 0..levels {
                let above: &Vec<(usize, Option<usize>)> = &rows[rows.len() - 1];
                let families = (ROW_MAX / b).clamp(1, above.len());
                let mut row = Vec::new();
                for family in 0..families {
                    let rank = family * above.len() / families;
                    row.extend((0..b).map(|child| (above[rank].0 * b + child, Some(rank))));
                }
                rows.push(row);
            }
            rows.reverse();
            rows
        }
        Shape::Star { leaves } => {
            vec![
                (0..(leaves as usize).min(ROW_MAX)).map(|leaf| (leaf, Some(0))).collect(),
                vec![(0, None)],
            ]
        }
        Shape::Chain { relays } => {
            (0..=relays).map(|relay| vec![(0, (relay < relays).then_some(0))]).collect()
        }
        Shape::Single => vec![vec![(0, None)]],
    }
}

pub fn line(label: &str, tone: u8, dashed: bool, x: &[f64], y: &[f64]) -> Line {
    let small = |v: &[f64]| v.iter().map(|v| *v as f32).collect();
    Line { label: label.into(), tone, dashed, x: small(x), y: small(y) }
}

/// Simulated points and the theory's lines. An axis without a range gets one.
pub fn chart(
    points: (&[f64], &[f64]),
    lines: Vec<Line>,
    mut axes: [Axis; 2],
    note: String,
) -> Field {
    for axis in &mut axes {
        if axis.high <= axis.low {
            axis.high = axis.low + 1.0;
        }
    }
    let small = |v: &[f64]| v.iter().map(|v| *v as f32).collect();
    let mut legend: Vec<Key> = vec![Key { tone: 0, label: "points: simulated".into() }];
    for line in &lines {
        if legend.iter().all(|key| key.label != line.label) {
            legend.push(Key { tone: line.tone, label: line.label.clone() });
        }
    }
    Field {
        x: small(points.0),
        y: small(points.1),
        axes,
        scatter: true,
        lines,
        legend,
        note,
        ..Field::default()
    }
}

/// log2(mu / leaf), within so many doublings; a signal that died or turned is at the lower end.
pub fn doublings(mu: f64, leaf: f64, most: f64) -> f32 {
    if mu <= 0.0 {
        return -most as f32;
    }
    math::log2(mu / leaf).clamp(-most, most) as f32
}

/// The phase diagram by the recursion alone, for the modes that do not simulate it.
pub fn theory_plane(setup: &Setup, levels: u32) -> Heatmap {
    let (fan_in, leaf) = (setup.params.fan_in, setup.params.leaf_bias);
    let fidelity: Vec<f64> = (0..13).map(|i| 0.4 + 0.05 * f64::from(i)).collect();
    let shared: Vec<f64> = (0..10).map(|i| f64::from(i) / 10.0).collect();
    let mut value = Vec::new();
    for rho in &shared {
        for gamma in &fidelity {
            let law = Law { fan_in, shared: *rho, fidelity: *gamma };
            let end = (0..levels).fold(leaf, |mu, _| law.level(mu));
            value.push(doublings(end, leaf, 3.0));
        }
    }
    let law = setup.law();
    Heatmap {
        rows: shared.iter().map(|rho| format!("{rho:.1}")).collect(),
        columns: fidelity.iter().map(|gamma| format!("{gamma:.2}")).collect(),
        row_title: "shared failure ρ".into(),
        column_title: "fidelity γ".into(),
        value,
        low: -3.0,
        high: 3.0,
        unit: "doublings of the signal".into(),
        diverging: true,
        note: format!(
            "Theory alone (Show: phase simulates it). The hues meet where α = 1. Here: ρ {}, γ {:.2}, α {:.2}.",
            law.shared,
            law.fidelity,
            law.alpha()
        ),
        ..Heatmap::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicon::Scene;

    #[test]
    fn every_node_below_the_root_has_its_edge_and_rows_are_bounded() {
        for (levels, fan_in) in [(8, 3), (1, 31), (4, 31), (0, 3), (11, 3)] {
            let graph = organization(Shape::Tree { levels, expanded: 0 }, fan_in, &[], &[]);
            assert_eq!(graph.edges.len() / 2, graph.x.len() - 1);
            assert!(graph.x.len() <= 12 * ROW_MAX + 1);
            assert_eq!(Scene::Graph(graph).flaw(), None);
        }
    }
}
