//! Hand-made scenes, one or two of each kind, that look like what the systems show.

use lexicon::Scene;
use lexicon::scene::*;

/// Numbers that look like chance and are the same every time.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed * 2 + 1)
    }

    /// 0..1
    pub fn roll(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as f64 / (1u64 << 31) as f64) as f32
    }

    /// Roughly normal, mean 0, deviation 1.
    pub fn bell(&mut self) -> f32 {
        (0..12).map(|_| self.roll()).sum::<f32>() - 6.0
    }
}

fn axis(label: &str, unit: &str, low: f32, high: f32) -> Axis {
    Axis { label: label.into(), unit: unit.into(), low, high, log: false }
}

fn legend(labels: &[(u8, &str)]) -> Vec<Key> {
    labels.iter().map(|(tone, label)| Key { tone: *tone, label: label.to_string() }).collect()
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|n| n.to_string()).collect()
}

pub fn all() -> Vec<(&'static str, Scene)> {
    vec![
        ("timeline", participation(24, 60)),
        ("timeline-spans", schedule()),
        ("graph", ring()),
        ("graph-tree", tree()),
        ("field", flock(160)),
        ("field-scatter", scatter()),
        ("field-intervals", compared()),
        ("grid", board()),
        ("heatmap", sweep()),
        ("heatmap-diverging", correlations()),
        ("heatmap-signs", pushes()),
        ("bars", histogram()),
        ("bars-named", ranking()),
        ("strip", digits()),
        ("transcript", talk()),
    ]
}

pub fn participation(lanes: usize, columns: usize) -> Scene {
    let mut dice = Dice::new(7);
    let (mut shade, mut event) = (Vec::new(), Vec::new());
    for lane in 0..lanes {
        let (common, mut age) = (lane < lanes / 2, 20.0f32);
        for column in 0..columns {
            let comes = if common { dice.roll() < 0.9 } else { dice.roll() < 0.1 };
            age = if comes { 0.0 } else { age + 1.0 };
            let known = column < columns * 5 / 6;
            shade.push(if known { 1.0 / (1.0 + 0.25 * age) } else { f32::NAN });
            event.push(u8::from(known && comes));
        }
    }
    Scene::Timeline(Timeline {
        lanes: (0..lanes).map(|i| format!("client {}", i + 1)).collect(),
        groups: vec![
            Group { label: "A".into(), lanes: (lanes / 2) as u32 },
            Group { label: "B".into(), lanes: (lanes - lanes / 2) as u32 },
        ],
        axis: axis("round", "", 1.0, columns as f32),
        columns: columns as u32,
        shade,
        event,
        legend: legend(&[(0, "took part")]),
        ..Default::default()
    })
}

fn schedule() -> Scene {
    let mut dice = Dice::new(3);
    let mut spans = Vec::new();
    for lane in 0..5u32 {
        let mut at = 0.0;
        while at < 110.0 {
            let (tone, length) = match dice.roll() {
                r if r < 0.5 => (0, 8.0 + 18.0 * dice.roll()),
                r if r < 0.8 => (1, 5.0 + 6.0 * dice.roll()),
                _ => (2, 4.0 + 10.0 * dice.roll()),
            };
            let label = ["think", "call tool", "wait"][tone as usize].into();
            spans.push(Span { lane, start: at, end: (at + length).min(120.0), tone, label });
            at += length + 4.0 * dice.roll();
        }
    }
    Scene::Timeline(Timeline {
        lanes: names(&["planner", "searcher", "coder", "critic", "a very long name of an agent"]),
        axis: axis("time", "s", 0.0, 120.0),
        spans,
        legend: legend(&[(0, "thinks"), (1, "calls a tool"), (2, "waits")]),
        ..Default::default()
    })
}

fn ring() -> Scene {
    let nodes = 12u32;
    let turn = |i: u32| i as f32 / nodes as f32 * std::f32::consts::TAU;
    let flight = |from: u32, at: f32, tone: u8| Flight { from, to: (from + 1) % nodes, at, tone };
    Scene::Graph(Graph {
        x: (0..nodes).map(|i| 0.5 + 0.5 * libm::sinf(turn(i))).collect(),
        y: (0..nodes).map(|i| 0.5 - 0.5 * libm::cosf(turn(i))).collect(),
        value: (0..nodes).map(|i| i as f32 / 11.0).collect(),
        tone: (0..nodes).map(|i| if i % 5 == 4 { 1 } else { 0 }).collect(),
        label: (0..nodes).map(|i| format!("peer {}", i + 1)).collect(),
        edges: (0..nodes).flat_map(|i| [i, (i + 1) % nodes]).chain([0, 6, 3, 9]).collect(),
        weight: (0..nodes + 2).map(|i| (i % 4) as f32 / 3.0).collect(),
        directed: true,
        flights: vec![flight(0, 0.5, 0), flight(3, 0.3, 1), flight(7, 0.7, 2), flight(9, 0.5, 0)],
        legend: legend(&[(0, "honest"), (1, "lies"), (2, "lost")]),
        ..Default::default()
    })
}

fn tree() -> Scene {
    let mut s = Graph { legend: legend(&[(0, "right"), (1, "wrong")]), ..Default::default() };
    let mut dice = Dice::new(5);
    for (depth, wide) in [1u32, 3, 9, 27, 81].into_iter().enumerate() {
        for i in 0..wide {
            s.x.push((i as f32 + 0.5) / wide as f32);
            s.y.push(depth as f32 / 4.0);
            s.tone.push(u8::from(dice.roll() < 0.25));
            s.size.push(1.6 - 0.25 * depth as f32);
            if depth > 0 {
                let above = (s.x.len() as u32 - 1 - i) - wide / 3 + i / 3;
                s.edges.extend([above, s.x.len() as u32 - 1]);
            }
        }
    }
    Scene::Graph(s)
}

pub fn flock(agents: usize) -> Scene {
    let mut dice = Dice::new(11);
    let mut s = Field {
        axes: [axis("", "m", 0.0, 160.0), axis("", "m", 0.0, 100.0)],
        legend: legend(&[(0, "follows"), (1, "leads")]),
        ..Default::default()
    };
    for i in 0..agents {
        let (x, y) = (160.0 * dice.roll(), 100.0 * dice.roll());
        s.x.push(x);
        s.y.push(y);
        s.heading.push(0.6 + 1.8 * libm::sinf(x / 50.0) * libm::cosf(y / 40.0) + 0.2 * dice.bell());
        s.tone.push(u8::from(i % 12 == 0));
    }
    Scene::Field(s)
}

fn scatter() -> Scene {
    let mut dice = Dice::new(13);
    let curve = |x: f32| 0.9 - 0.85 / (1.0 + x / 40.0);
    let mut s = Field {
        scatter: true,
        axes: [
            Axis { log: true, ..axis("answers sampled", "", 1.0, 1000.0) },
            axis("accuracy", "share", 0.0, 1.0),
        ],
        legend: legend(&[(0, "measured"), (1, "theory")]),
        ..Default::default()
    };
    for _ in 0..220 {
        let x = libm::exp10f(3.0 * dice.roll());
        s.x.push(x);
        s.y.push((curve(x) + 0.05 * dice.bell()).clamp(0.0, 1.0));
        s.tone.push(if dice.roll() < 0.2 { 3 } else { 0 });
    }
    let xs: Vec<f32> = (0..60).map(|i| libm::exp10f(i as f32 / 59.0 * 3.0)).collect();
    s.lines.push(Line {
        label: "theory".into(),
        tone: 1,
        dashed: true,
        y: xs.iter().map(|x| curve(*x)).collect(),
        x: xs,
    });
    Scene::Field(s)
}

/// A sweep: three arms' means along a dial, with their intervals; the first point has none.
fn compared() -> Scene {
    let mut s = Field {
        scatter: true,
        axes: [axis("Clients", "clients", 0.0, 100.0), axis("loss", "nats", 0.0, 2.0)],
        legend: legend(&[(0, "method"), (1, "baseline"), (2, "other")]),
        ..Default::default()
    };
    for tone in 0..3u8 {
        let x: Vec<f32> = (0..6).map(|i| 20.0 * i as f32).collect();
        let y: Vec<f32> =
            x.iter().map(|x| 0.4 + 0.1 * f32::from(tone) + 1.2 / (1.0 + x / 25.0)).collect();
        let half = |i: usize| if i == 0 { f32::NAN } else { 0.25 / i as f32 };
        s.from.extend(y.iter().enumerate().map(|(i, y)| y - half(i)));
        s.to.extend(y.iter().enumerate().map(|(i, y)| y + half(i)));
        s.tone.extend([tone; 6]);
        s.x.extend(&x);
        s.y.extend(&y);
        s.lines.push(Line { tone, x, y, ..Line::default() });
    }
    Scene::Field(s)
}

fn board() -> Scene {
    let (columns, rows) = (18u32, 10u32);
    let mut dice = Dice::new(17);
    let cell = (0..columns * rows).map(|_| if dice.roll() < 0.12 { 5 } else { 0 }).collect();
    let mut marks: Vec<Mark> = (0..9u32)
        .map(|i| Mark {
            column: (dice.roll() * columns as f32) as u32,
            row: (dice.roll() * rows as f32) as u32,
            tone: if i == 0 { 1 } else { 0 },
            reach: 0,
            label: if i == 0 { "prey".into() } else { format!("{i}") },
        })
        .collect();
    marks[3].reach = 2;
    Scene::Grid(Grid {
        columns,
        rows,
        cell,
        marks,
        legend: legend(&[(0, "hunter"), (1, "prey"), (5, "wall")]),
        ..Default::default()
    })
}

fn sweep() -> Scene {
    let value = |r: usize, c: usize| {
        let (x, y) = (c as f32 / 10.0, r as f32 / 5.0);
        if r == 0 && c > 8 {
            f32::NAN
        } else {
            libm::expf(-(x - 0.6) * (x - 0.6) * 3.0 - (y - 0.4) * (y - 0.4) * 2.0)
        }
    };
    Scene::Heatmap(Heatmap {
        rows: (0..6).map(|r| format!("{:.1}", 0.2 * r as f32)).collect(),
        columns: (0..11).map(|c| format!("{:.1}", 0.1 * c as f32)).collect(),
        row_title: "swapped label pairs".into(),
        column_title: "weight of stale updates".into(),
        value: (0..66).map(|i| value(i / 11, i % 11)).collect(),
        low: 0.0,
        high: 1.0,
        unit: "accuracy".into(),
        ..Default::default()
    })
}

fn correlations() -> Scene {
    let mut dice = Dice::new(23);
    let minds = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"];
    Scene::Heatmap(Heatmap {
        rows: names(&minds),
        columns: names(&minds),
        row_title: "rater".into(),
        column_title: "rated".into(),
        value: (0..49).map(|i| if i % 8 == 0 { 1.0 } else { 2.0 * dice.roll() - 1.0 }).collect(),
        low: -1.0,
        high: 1.0,
        unit: "agreement".into(),
        diverging: true,
        ..Default::default()
    })
}

fn pushes() -> Scene {
    let value = vec![2.0, 1.5, 0.0, 0.0, 0.0, 0.0, 1.5, 0.0, 0.0, 2.0, 2.0, 1.5];
    Scene::Heatmap(Heatmap {
        rows: names(&["1 + 3", "4 - 2", "(3 + 4) mod 7", "|1 - 4|"]),
        columns: names(&["1", "2", "3"]),
        row_title: "prompt".into(),
        column_title: "rollout".into(),
        value,
        low: 0.0,
        high: 2.0,
        unit: "reward".into(),
        sign: vec![1, 2, 2, 3, 3, 4, 1, 4, 3, 1, 4, 2],
        ring: vec![0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        ..Default::default()
    })
}

fn histogram() -> Scene {
    Scene::Bars(Bars {
        label: names(&["single", "majority", "weighted", "debate", "oracle"]),
        value: vec![0.52, 0.64, 0.7, 0.66, 0.83],
        from: vec![0.48, 0.61, 0.67, 0.6, 0.81],
        to: vec![0.56, 0.67, 0.73, 0.72, 0.85],
        tone: vec![2, 1, 0, 3, 5],
        axis: axis("accuracy", "share", 0.0, 1.0),
        legend: legend(&[(0, "this arm"), (1, "votes"), (2, "alone"), (3, "talks"), (5, "bound")]),
        ..Default::default()
    })
}

fn ranking() -> Scene {
    let mut dice = Dice::new(29);
    Scene::Bars(Bars {
        label: (0..9).map(|i| format!("document about subject {}", i * i)).collect(),
        value: (0..9).map(|i| 40.0 - 4.0 * i as f32 + 6.0 * dice.roll()).collect(),
        tone: (0..9).map(|i| if i % 3 == 1 { 1 } else { 0 }).collect(),
        axis: axis("score", "points", 0.0, 50.0),
        legend: legend(&[(0, "relevant"), (1, "planted")]),
        ..Default::default()
    })
}

fn digits() -> Scene {
    let mut s = Strip {
        width: 8,
        height: 8,
        legend: legend(&[(0, "right"), (1, "wrong")]),
        ..Default::default()
    };
    let mut dice = Dice::new(31);
    for i in 0..24 {
        let (cx, cy, r) = (3.5 + dice.bell() * 0.3, 3.5 + dice.bell() * 0.3, 1.6 + dice.roll());
        for p in 0..64 {
            let (dx, dy) = ((p % 8) as f32 - cx, (p / 8) as f32 - cy);
            let off = ((dx * dx + dy * dy).sqrt() - r).abs();
            s.pixels.push((255.0 * (1.0 - off / 1.3).clamp(0.0, 1.0)) as u8);
        }
        s.label.push(format!("{} as {}", i % 10, (i * 3) % 10));
        s.tone.push(u8::from(i % 5 == 0));
    }
    Scene::Strip(s)
}

fn talk() -> Scene {
    let said = |who: &str, lane: u8, tone: u8, text: &str| Utterance {
        who: who.into(),
        lane,
        tone,
        text: text.into(),
    };
    Scene::Transcript(Transcript {
        lines: vec![
            said("moderator", 0, 2, "How many moons does the third planet of the puzzle have?"),
            said(
                "mind 1",
                0,
                0,
                "Two. The text says that the outer moon was lost before the first survey, so of three only two are left, and the fourth paragraph agrees with it.",
            ),
            said("mind 2", 1, 1, "Three. <b>Markup</b> & such stays text."),
            said("mind 1", 0, 0, "The survey is dated. I keep two."),
        ],
        legend: legend(&[(0, "right"), (1, "wrong"), (2, "asks")]),
        ..Default::default()
    })
}
