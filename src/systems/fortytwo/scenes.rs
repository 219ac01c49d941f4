//! What there is to see: who beats whom, ranking beside votes, reputations over time, what was said.

use super::real::planted_text;
use super::request::Request;
use super::{Node, Swarm};
use engine::math;
use lexicon::Scene;
use lexicon::scene::{
    Axis, Bars, Flight, Graph, Group, Key, MARKS_MAX, Timeline, Transcript, Utterance,
};

/// Tones: the arm's own color for what is right, red for attackers.
const RIGHT: u8 = 0;
const ATTACKER: u8 = 1;
const WRONG: u8 = 2;
const VOTES: u8 = 4;
const IDLE: u8 = 5;

/// Lines of the transcript at most.
const LINES_MAX: usize = 60;
/// Lanes of the timeline at most: Sybils past them are not drawn.
const LANES_MAX: usize = 60;

pub fn all(swarm: &Swarm) -> Vec<Scene> {
    vec![
        Scene::Graph(graph(swarm)),
        Scene::Bars(bars(swarm)),
        Scene::Timeline(timeline(swarm)),
        Scene::Transcript(transcript(swarm)),
    ]
}

/// A, B, C ... and numbers where the alphabet ends.
pub fn option_name(option: u32) -> String {
    match char::from_u32(u32::from(b'A') + option) {
        Some(letter) if option < 26 => letter.to_string(),
        _ => format!("#{option}"),
    }
}

fn key(tone: u8, label: &str) -> Key {
    Key { tone, label: label.into() }
}

fn node_name(id: u32, node: &Node) -> String {
    format!("{} {}", if node.sybil { "Sybil" } else { "Node" }, id + 1)
}

/// Admitted nodes on a circle; who worked on the last request is colored, edges go from loser to winner.
fn graph(swarm: &Swarm) -> Graph {
    let inside: Vec<u32> =
        (0..swarm.nodes.len() as u32).filter(|id| swarm.nodes[*id as usize].admitted).collect();
    let place = |id: u32| inside.iter().position(|i| *i == id);
    let request = &swarm.last;
    let mut graph = Graph { directed: true, ..Graph::default() };
    for (rank, id) in inside.iter().enumerate() {
        let node = &swarm.nodes[*id as usize];
        let angle = std::f64::consts::TAU * rank as f64 / inside.len() as f64;
        graph.x.push((0.5 + 0.42 * math::sin(angle)) as f32);
        graph.y.push((0.5 - 0.42 * math::cos(angle)) as f32);
        let at = request.nodes.iter().position(|i| i == id);
        let answer = at.and_then(|at| request.answers[at]);
        graph.tone.push(match (at, node.hostile()) {
            (_, true) => ATTACKER,
            (None, false) => IDLE,
            (Some(_), false) if answer == Some(request.truth) => RIGHT,
            (Some(_), false) => WRONG,
        });
        graph.value.push(if at.is_some() { 1.0 } else { 0.35 });
        graph.size.push(0.4 + 1.6 * node.standing.reputation as f32);
        graph.label.push(answer.map_or(String::new(), option_name));
    }
    for (winner, loser, margin) in margins(request) {
        if let (Some(winner), Some(loser)) = (place(winner), place(loser)) {
            graph.edges.extend([loser as u32, winner as u32]);
            graph.weight.push(margin);
            graph.flights.push(Flight {
                from: loser as u32,
                to: winner as u32,
                at: 0.5,
                tone: IDLE,
            });
        }
    }
    graph.legend = vec![
        key(RIGHT, "right"),
        key(WRONG, "wrong"),
        key(ATTACKER, "attacker"),
        key(IDLE, "not selected"),
    ];
    graph.note = "Size: reputation. Arrows: from the answer that lost most comparisons of a pair to the one that won."
        .into();
    graph
}

/// For each pair of nodes: winner, loser, and by what share of their comparisons.
fn margins(request: &Request) -> Vec<(u32, u32, f32)> {
    let count = request.nodes.len();
    let mut net = vec![0.0f32; count * count];
    let mut all = vec![0.0f32; count * count];
    for v in &request.verdicts {
        let (a, b) = (v.winner as usize, v.loser as usize);
        all[a * count + b] += 1.0;
        all[b * count + a] += 1.0;
        if !v.tie {
            net[a * count + b] += 1.0;
            net[b * count + a] -= 1.0;
        }
    }
    let mut list = Vec::new();
    for a in 0..count {
        for b in 0..count {
            if net[a * count + b] > 0.0 {
                let margin = net[a * count + b] / all[a * count + b];
                list.push((request.nodes[a], request.nodes[b], margin));
            }
        }
    }
    list
}

/// For each answer given: its share of the ranking's strength beside its share of the votes.
fn bars(swarm: &Swarm) -> Bars {
    let request = &swarm.last;
    let mut given: Vec<u32> = request.answers.iter().flatten().copied().collect();
    given.sort_unstable();
    given.dedup();
    let strength = |option: u32| {
        let of = request.answers.iter().zip(&request.strength);
        of.filter(|(a, _)| **a == Some(option)).map(|(_, s)| *s).fold(0.0, f64::max)
    };
    let total: f64 = given.iter().map(|option| strength(*option)).sum();
    let mut bars = Bars {
        axis: Axis { label: "share".into(), low: 0.0, high: 1.0, ..Axis::default() },
        legend: vec![
            key(RIGHT, "the right answer, by ranking"),
            key(WRONG, "a wrong answer, by ranking"),
            key(VOTES, "by votes"),
        ],
        note:
            "Strength of an answer's best carrier as a share of all, beside its share of the votes."
                .into(),
        ..Bars::default()
    };
    for option in given {
        let held = request.answers.iter().filter(|a| **a == Some(option)).count();
        if total > 0.0 {
            bars.label.push(option_name(option));
            bars.value.push((strength(option) / total) as f32);
            bars.tone.push(if option == request.truth { RIGHT } else { WRONG });
        }
        bars.label.push(format!("{} votes", option_name(option)));
        bars.value.push(held as f32 / request.answers.len() as f32);
        bars.tone.push(VOTES);
    }
    bars
}

/// Reputations over the last requests; the ablest honest node on top, attackers below.
fn timeline(swarm: &Swarm) -> Timeline {
    let mut lanes: Vec<usize> =
        (0..swarm.nodes.len()).filter(|id| swarm.nodes[*id].admitted).collect();
    let order = |id: usize| {
        let node = &swarm.nodes[id];
        (node.hostile(), -node.mind.theta[0])
    };
    lanes.sort_by(|a, b| {
        let (a, b) = (order(*a), order(*b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let left_out = lanes.len().saturating_sub(LANES_MAX);
    lanes.truncate(LANES_MAX);
    let columns = swarm.past.len().clamp(1, MARKS_MAX / lanes.len().max(1));
    let mut shade = vec![f32::NAN; lanes.len() * columns];
    let newest = swarm.past.iter().rev().take(columns).rev();
    for (column, reputations) in newest.enumerate() {
        for (lane, id) in lanes.iter().enumerate() {
            shade[lane * columns + column] = reputations[*id];
        }
    }
    let hostile = lanes.iter().filter(|id| swarm.nodes[**id].hostile()).count() as u32;
    let honest = lanes.len() as u32 - hostile;
    let mut groups = Vec::new();
    if hostile > 0 {
        groups.push(Group { label: "honest, ablest first".into(), lanes: honest });
        groups.push(Group { label: "attackers".into(), lanes: hostile });
    }
    let last = swarm.totals.requests.max(1.0) as usize;
    Timeline {
        lanes: lanes.iter().map(|id| node_name(*id as u32, &swarm.nodes[*id])).collect(),
        groups,
        axis: Axis {
            label: "request".into(),
            low: (last + 1).saturating_sub(columns) as f32,
            high: last as f32,
            ..Axis::default()
        },
        columns: columns as u32,
        shade,
        note: if left_out > 0 {
            format!("{left_out} more nodes are not drawn.")
        } else {
            String::new()
        },
        ..Timeline::default()
    }
}

/// The last request in words.
fn transcript(swarm: &Swarm) -> Transcript {
    let request = &swarm.last;
    let mut lines = Vec::new();
    let mut say = |who: String, lane: u8, tone: u8, text: String| {
        if lines.len() < LINES_MAX {
            lines.push(Utterance { who, lane, tone, text });
        }
    };
    if let Some(real) = &swarm.real {
        let options = (0..).zip(&real.question.options);
        let options: Vec<String> =
            options.map(|(at, o)| format!("({}) {o}", option_name(at))).collect();
        let text = format!("{} {}", real.question.text, options.join(" "));
        say("Question".into(), 0, 0, text);
    }
    if request.planted {
        say("Planted text".into(), 0, ATTACKER, planted_text(swarm.asked.rival));
    }
    for (at, id) in request.nodes.iter().enumerate() {
        let node = &swarm.nodes[*id as usize];
        let answer = request.answers[at];
        let tone = match (node.hostile(), answer == Some(request.truth)) {
            (true, _) => ATTACKER,
            (_, true) => RIGHT,
            _ => WRONG,
        };
        let rank =
            request.strength.get(at).map_or(String::new(), |s| format!(" (strength {s:.2})"));
        let said = answer
            .map_or("I do not know.".to_string(), |a| format!("My answer is {}.", option_name(a)));
        let why = said_by_model(swarm, *id);
        say(node_name(*id, node), 0, tone, format!("{said}{rank}{why}"));
    }
    for (winner, loser, margin) in margins(request) {
        let share = (100.0 * margin).round();
        let text =
            format!("Node {} over node {}, by {share} % of the verdicts.", winner + 1, loser + 1);
        say("Judges".into(), 1, 0, text);
    }
    for ((place, _), heard) in swarm.real.iter().flat_map(|r| &r.verdicts) {
        if let Some((_, reason)) = heard.as_ref().filter(|(_, reason)| !reason.is_empty()) {
            let who = request.nodes.get(*place as usize);
            let who = who.map_or("Judge".into(), |id| format!("Node {} judges", id + 1));
            say(who, 1, 0, reason.clone());
        }
    }
    if let Some(decision) = request.decision {
        let tone = if request.right > 0.0 { RIGHT } else { WRONG };
        say(
            "Decision".into(),
            0,
            tone,
            format!("{}. The truth is {}.", option_name(decision), option_name(request.truth)),
        );
    }
    Transcript {
        lines,
        legend: vec![key(RIGHT, "right"), key(WRONG, "wrong"), key(ATTACKER, "attacker")],
        note: match swarm.real {
            Some(_) => {
                "Your model: what follows an answer or stands beside a verdict are its own words."
            }
            None => "Surrogate minds: the words are ours, the answers and verdicts are theirs.",
        }
        .into(),
    }
}

/// The connected model's own words behind an answer.
fn said_by_model(swarm: &Swarm, node: u32) -> String {
    let words = swarm.real.as_ref().and_then(|real| real.said.get(&node));
    match words {
        Some(Some(words)) if !words.reason.is_empty() => format!(" “{}”", words.reason),
        Some(None) => " (Its reply did not count.)".into(),
        _ => String::new(),
    }
}
