//! What there is to see.

use super::Sapo;
use super::node::Node;
use engine::network::seconds;
use engine::topology;
use lexicon::Scene;
use lexicon::scene::*;

const TONE_FOUND: u8 = 0;
const TONE_NOT_YET: u8 = 2;
const TONE_OFF: u8 = 5;
/// Messages that are drawn.
const FLIGHTS_MAX: usize = 50;
/// Columns of the timeline.
const COLUMNS_MAX: usize = 160;

pub fn scenes(of: &Sapo) -> Vec<Scene> {
    vec![Scene::Graph(swarm(of)), Scene::Timeline(timeline(of))]
}

/// One live sentence.
pub fn caption(of: &Sapo) -> String {
    let found = of.nodes.iter().filter(|node| node.found.is_some()).count();
    let off = of.nodes.iter().filter(|node| node.off).count();
    let items = || of.nodes.iter().flat_map(|node| &node.pool).flat_map(|shared| shared.iter());
    let taught = items().filter(|item| item.teaches()).count();
    let outside = match of.shares() {
        true => format!("; of {} questions from others {taught} teach something", items().count()),
        false => String::new(),
    };
    let away = if off > 0 { format!(" {off} are off.") } else { String::new() };
    format!(
        "Round {}: reward {:.3}, {:.3} over the last rounds{outside}. {found} of {} nodes have found the right \
         format.{away}",
        of.round,
        of.past.last.unwrap_or(0.0),
        of.past.smoothed,
        of.nodes.len()
    )
}

fn tone(node: &Node) -> u8 {
    match (node.off, node.found) {
        (true, _) => TONE_OFF,
        (false, Some(_)) => TONE_FOUND,
        (false, None) => TONE_NOT_YET,
    }
}

/// The nodes in a circle: shade is the share of the right format, size the reward.
fn swarm(of: &Sapo) -> Graph {
    let count = of.nodes.len() as u32;
    let at = topology::circle(count);
    let mut flights: Vec<Flight> = Vec::new();
    let mut dull = 0;
    let now = f64::from(of.round);
    for message in of.network.flights() {
        if !message.message.iter().any(|item| item.teaches()) {
            dull += 1;
            continue;
        }
        let (sent, arrives) = (seconds(message.sent), seconds(message.arrives));
        // Halfway into the step that it is in.
        let part = (now - sent + 0.5) / (arrives - sent).max(1.0);
        let tone = tone(&of.nodes[message.from as usize]);
        flights.push(Flight { from: message.from, to: message.to, at: part.min(1.0) as f32, tone });
    }
    let all = flights.len();
    // The network keeps them in no order that means anything.
    flights.sort_by(|a, b| (a.from, a.to).cmp(&(b.from, b.to)).then(a.at.total_cmp(&b.at)));
    thin(&mut flights);
    let mut note = "Shade: completions in the right format. Size: reward.".to_string();
    if of.shares() {
        note += &format!(" Under way: {all} messages that teach something");
        note +=
            &if all > flights.len() { format!(", {} drawn", flights.len()) } else { String::new() };
        note += &format!("; {dull} that do not.");
    }
    let key = |tone: u8, label: &str| Key { tone, label: label.to_string() };
    Graph {
        x: at.x,
        y: at.y,
        value: of.nodes.iter().map(|node| node.format as f32).collect(),
        tone: of.nodes.iter().map(tone).collect(),
        size: of.nodes.iter().map(|node| 0.9 + 1.4 * node.reward as f32).collect(),
        label: (1..=count).map(|node| node.to_string()).collect(),
        edges: if of.shares() { topology::complete(count).edges_flat() } else { Vec::new() },
        flights,
        legend: vec![
            key(TONE_NOT_YET, "has not found the format"),
            key(TONE_FOUND, "has found it"),
            key(TONE_OFF, "off"),
        ],
        note,
        ..Graph::default()
    }
}

/// Every so many-th, so that at most `FLIGHTS_MAX` stay.
fn thin(flights: &mut Vec<Flight>) {
    let every = flights.len().div_ceil(FLIGHTS_MAX).max(1);
    let mut place = 0;
    flights.retain(|_| {
        place += 1;
        (place - 1) % every == 0
    });
}

/// Lanes of nodes over rounds: how often each wrote the right mark, and when it first did more often than not.
fn timeline(of: &Sapo) -> Timeline {
    let count = of.nodes.len();
    let rounds = of.history.len() / count;
    let most = COLUMNS_MAX.min(MARKS_MAX / count).max(1);
    let wide = rounds.div_ceil(most).max(1);
    let columns = rounds.div_ceil(wide).max(1);
    let mut line = Timeline {
        lanes: (1..=count).map(|node| format!("node {node}")).collect(),
        axis: Axis {
            label: "round".into(),
            low: 1.0,
            high: (rounds.max(2)) as f32,
            ..Axis::default()
        },
        columns: columns as u32,
        legend: vec![Key { tone: 0, label: "completions in the right format".into() }],
        note:
            "Full color: the round in which a node first wrote the right mark more often than not."
                .into(),
        ..Timeline::default()
    };
    for (number, node) in of.nodes.iter().enumerate() {
        for column in 0..columns {
            let here = (column * wide..((column + 1) * wide).min(rounds))
                .map(|round| of.history[round * count + number])
                .filter(|rate| !rate.is_nan());
            let (sum, seen) = here.fold((0.0, 0), |(sum, seen), rate| (sum + rate, seen + 1));
            line.shade.push(if seen > 0 { sum / seen as f32 } else { f32::NAN });
            let found = node.found.is_some_and(|round| (round as usize - 1) / wide == column);
            line.event.push(u8::from(found));
        }
    }
    line
}
