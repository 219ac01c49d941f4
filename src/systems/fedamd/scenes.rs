//! What there is to see: who anchors and who mines; the miners' paths; samples by role.

use super::Fedamd;
use engine::math;
use engine::tensor::kernels::{add_scaled, dot};
use lexicon::scene::{Axis, Bars, Field, Flight, Graph, Key, Line};

const TONE_IDLE: u8 = 0;
const TONE_ANCHOR: u8 = 1;
const TONE_MINER: u8 = 2;
const TONE_SERVER: u8 = 3;

/// Turns of the power iteration: enough for a picture.
const TURNS: usize = 40;

fn legend() -> Vec<Key> {
    let key = |tone: u8, label: &str| Key { tone, label: label.to_string() };
    vec![
        key(TONE_ANCHOR, "anchor: one accurate gradient"),
        key(TONE_MINER, "miner: many small steps"),
        key(TONE_SERVER, "server"),
        key(TONE_IDLE, "not drawn this round"),
    ]
}

/// The server in the middle, clients around it; anchors are large and send one arrow in.
pub fn graph(of: &Fedamd) -> Graph {
    let clients = of.clients();
    let mut graph = Graph {
        x: vec![0.5],
        y: vec![0.5],
        value: vec![1.0],
        tone: vec![TONE_SERVER],
        size: vec![2.0],
        legend: legend(),
        ..Graph::default()
    };
    for client in 0..clients {
        let angle = std::f64::consts::TAU * f64::from(client) / f64::from(clients);
        graph.x.push((0.5 + 0.44 * math::sin(angle)) as f32);
        graph.y.push((0.5 - 0.44 * math::cos(angle)) as f32);
        let anchor = of.anchors.contains(&client);
        let miner = of.miners.contains(&client);
        let (value, tone, size) = match (anchor, miner) {
            (true, _) => (1.0, TONE_ANCHOR, 1.6),
            (_, true) => (1.0, TONE_MINER, 0.9),
            _ => (0.25, TONE_IDLE, 0.6),
        };
        graph.value.push(value);
        graph.tone.push(tone);
        graph.size.push(size);
        if anchor || miner {
            graph.edges.extend([client + 1, 0]);
        }
        if anchor {
            graph.flights.push(Flight { from: client + 1, to: 0, at: 0.6, tone: TONE_ANCHOR });
        }
    }
    graph
}

/// The first miners' steps, seen along the two main directions of their updates.
pub fn paths(of: &Fedamd) -> Field {
    let params = of.weights.len();
    let paths: Vec<&Vec<f32>> = of.walk.paths.iter().filter(|path| !path.is_empty()).collect();
    let ends: Vec<&[f32]> = paths.iter().map(|path| &path[path.len() - params..]).collect();
    let first = main_direction(&ends, None);
    let second = main_direction(&ends, first.as_deref());
    let along = |place: &[f32], way: &Option<Vec<f32>>| {
        way.as_ref().map_or(0.0, |way| dot(place, way) as f32)
    };
    let mut field = Field {
        x: vec![0.0],
        y: vec![0.0],
        tone: vec![TONE_SERVER],
        size: vec![1.5],
        ..Field::default()
    };
    let mut reach = 1e-6f32;
    for path in &paths {
        let mut line = Line { tone: TONE_MINER, x: vec![0.0], y: vec![0.0], ..Line::default() };
        for place in path.chunks_exact(params) {
            line.x.push(along(place, &first));
            line.y.push(along(place, &second));
        }
        for at in line.x.iter().chain(&line.y) {
            reach = if at.abs() > reach { at.abs() } else { reach };
        }
        field.x.push(line.x[line.x.len() - 1]);
        field.y.push(line.y[line.y.len() - 1]);
        field.tone.push(TONE_MINER);
        field.size.push(0.8);
        field.lines.push(line);
    }
    let axis =
        |label: &str| Axis { label: label.into(), low: -reach, high: reach, ..Axis::default() };
    field.axes = [axis("first main direction"), axis("second main direction")];
    field.scatter = true;
    field.legend = vec![
        Key { tone: TONE_SERVER, label: "the server's weights".into() },
        Key { tone: TONE_MINER, label: "where a miner ends".into() },
    ];
    if of.miners.len() > paths.len() {
        field.note = format!("The paths of {} of {} miners.", paths.len(), of.miners.len());
    }
    field
}

/// The unit direction in which these points spread most (about 0, not about their mean), apart from `without`.
/// None where there is no spread.
fn main_direction(points: &[&[f32]], without: Option<&[f32]>) -> Option<Vec<f32>> {
    let mut way = points.first()?.to_vec();
    points
        .iter()
        .skip(1)
        .enumerate()
        .for_each(|(i, p)| add_scaled(&mut way, 1.0 / (i + 2) as f32, p));
    for _ in 0..TURNS {
        let pulls: Vec<f32> = points.iter().map(|point| dot(point, &way) as f32).collect();
        way.fill(0.0);
        points.iter().zip(&pulls).for_each(|(point, pull)| add_scaled(&mut way, *pull, point));
        if let Some(without) = without {
            let shared = dot(&way, without) as f32;
            add_scaled(&mut way, -shared, without);
        }
        let length = dot(&way, &way).sqrt();
        if length.is_nan() || length <= 1e-12 {
            return None;
        }
        way.iter_mut().for_each(|x| *x /= length as f32);
    }
    Some(way)
}

/// Samples worked on so far, by role.
pub fn bars(of: &Fedamd) -> Bars {
    let value = [of.spent.anchors, of.spent.miners].map(|samples| samples as f32).to_vec();
    let most = value.iter().fold(1.0f32, |most, v| if *v > most { *v } else { most });
    Bars {
        label: vec!["large batches".into(), "small steps".into()],
        value,
        tone: vec![TONE_ANCHOR, TONE_MINER],
        axis: Axis { label: "samples so far".into(), low: 0.0, high: most, ..Axis::default() },
        legend: vec![
            Key { tone: TONE_ANCHOR, label: "anchors, openings, full rounds".into() },
            Key { tone: TONE_MINER, label: "miners, local SGD".into() },
        ],
        ..Bars::default()
    }
}
