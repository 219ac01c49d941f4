//! Numbers as bars and curves, and the caption.

use super::Oasis;
use super::card::{Arm, Task};
use super::world::{PAIRS, World};
use engine::math;
use lexicon::scene::*;

const DOWN: u8 = 1;
const GRAY: u8 = 2;
const RUMOR: u8 = 3;
const RISKY: u8 = 4;
const UP: u8 = 6;
/// Hops that the bars of `spread` show.
const HOPS: usize = 10;
/// Items whose sizes are drawn as points, and marks of a scatter.
const ITEMS_MAX: usize = 40;
const POINTS_MAX: usize = 1_500;
const BINS: usize = 10;

fn key(tone: u8, label: &str) -> Key {
    Key { tone, label: label.to_string() }
}

fn axis(label: &str, unit: &str, low: f64, high: f64) -> Axis {
    let (low, high) = (low as f32, high as f32);
    Axis { label: label.into(), unit: unit.into(), low, high, log: false }
}

/// One live sentence.
pub fn caption(system: &Oasis) -> String {
    let world = &system.worlds[0];
    let round = system.round;
    match system.params.task {
        Task::Spread => {
            let last = |at: usize| system.seen[at].last().copied().unwrap_or(0.0);
            let expected = system
                .reference
                .as_ref()
                .and_then(|r| r[0].get(round as usize))
                .map_or(String::new(), |r| format!(" (reference {r:.1})"));
            let what = if system.worlds.len() > 1 { "a held-out post" } else { "the post" };
            format!(
                "Step {round}, {}: {what} has been passed on by {:.1} people{expected}, {:.1} hops deep, at most \
                 {:.1} at one distance.",
                clock(round),
                last(0),
                last(1),
                last(2)
            )
        }
        Task::Rumor => {
            let reach = |rumor: bool| {
                let of = world.items.iter().filter(|item| item.is_rumor == rumor);
                of.map(|item| item.cascade.size()).sum::<u32>() / PAIRS
            };
            format!(
                "Step {round}: a rumor has been passed on by {} people, a truth by {}; {} follows are new.",
                reach(true),
                reach(false),
                world.new_follows
            )
        }
        Task::Polarize => {
            let now = &world.opinions[world.core as usize..];
            let cautious = now.iter().filter(|o| **o < 0.0).count();
            let far = now.iter().filter(|o| o.abs() > super::FAR).count();
            format!(
                "Step {round}, {}: {cautious} of {} ordinary people are on the cautious side, {far} are far out.",
                clock(round),
                now.len()
            )
        }
        Task::Herd => {
            let contents = &world.platform.contents;
            let liked = (0..contents.len()).filter(|post| world.readers_score(*post) > 0).count();
            let disliked =
                (0..contents.len()).filter(|post| world.readers_score(*post) < 0).count();
            format!(
                "Step {round}, hour {}: of {} posts readers like {liked} and dislike {disliked}.",
                2 * round,
                contents.len()
            )
        }
    }
}

/// The hour of X: steps of three minutes from 11:00.
fn clock(step: u32) -> String {
    let minutes = 11 * 60 + 3 * step;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

pub fn bars(system: &Oasis) -> Bars {
    let world = &system.worlds[0];
    match system.params.task {
        Task::Spread => hops(system),
        Task::Rumor => reaches(world),
        Task::Polarize => sides(world),
        Task::Herd => treatment(world),
    }
}

/// How many passed it on at each distance from the source, on the mean of the items.
fn hops(system: &Oasis) -> Bars {
    let count = system.logs().count().max(1) as f32;
    let mut value = [0.0f32; HOPS];
    for log in system.logs() {
        for (hop, people) in log.breadth.iter().enumerate().skip(1) {
            value[(hop - 1).min(HOPS - 1)] += *people as f32 / count;
        }
    }
    let most = value.iter().copied().fold(1.0, f32::max);
    let name = |hop: usize| match hop {
        0 => "1 hop".to_string(),
        h if h + 1 == HOPS => format!("{HOPS} and more"),
        h => format!("{} hops", h + 1),
    };
    Bars {
        label: (0..HOPS).map(name).collect(),
        value: value.to_vec(),
        axis: axis("people who passed it on", "", 0.0, f64::from(most) * 1.1),
        note: format!(
            "By distance from the source along who had it from whom; mean of {} items.",
            system.worlds.len()
        ),
        ..Bars::default()
    }
}

fn reaches(world: &World) -> Bars {
    let mut bars = Bars {
        legend: vec![key(RUMOR, "rumor"), key(UP, "truth")],
        note: "People who passed it on. Each pair has one author and one topic.".into(),
        ..Bars::default()
    };
    for (place, item) in world.items.iter().enumerate() {
        let what = if item.is_rumor { "rumor" } else { "truth" };
        bars.label.push(format!("{what} {}", place / 2 + 1));
        bars.value.push(item.cascade.size() as f32);
        bars.tone.push(if item.is_rumor { RUMOR } else { UP });
    }
    let most = bars.value.iter().copied().fold(1.0, f32::max);
    bars.axis = axis("people", "", 0.0, f64::from(most) * 1.1);
    bars
}

/// Ordinary people by opinion.
fn sides(world: &World) -> Bars {
    let now = &world.opinions[world.core as usize..];
    let mut value = vec![0.0; BINS];
    for opinion in now {
        let bin = ((opinion + 1.0) * 0.5 * BINS as f32) as usize;
        value[bin.min(BINS - 1)] += 1.0 / now.len().max(1) as f32;
    }
    let edge = |bin: usize| 2.0 * bin as f64 / BINS as f64 - 1.0;
    let most = value.iter().copied().fold(0.2, f32::max);
    Bars {
        label: (0..BINS).map(|bin| format!("{:.1} to {:.1}", edge(bin), edge(bin + 1))).collect(),
        tone: (0..BINS).map(|bin| if bin < BINS / 2 { UP } else { RISKY }).collect(),
        value,
        axis: axis("share of ordinary people", "", 0.0, f64::from(most) * 1.1),
        legend: vec![key(UP, "cautious"), key(RISKY, "risky")],
        note: "From cautious (-1) to risky (+1).".into(),
        ..Bars::default()
    }
}

/// What readers made of the posts under this treatment, with 95 % intervals over posts.
fn treatment(world: &World) -> Bars {
    let posts = world.platform.contents.len();
    let share = |of: &dyn Fn(u32) -> Option<f64>| {
        let values: Vec<f64> = (0..posts).filter_map(of).collect();
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let square = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
        (mean, 1.96 * (square / (count - 1.0).max(1.0) / count).sqrt())
    };
    let contents = &world.platform.contents;
    let ups = |post: u32| {
        let (up, down) = (contents.likes[post as usize], contents.dislikes[post as usize]);
        let (up, down) = (
            f64::from(up) - f64::from(u8::from(world.arm == Arm::Up)),
            f64::from(down) - f64::from(u8::from(world.arm == Arm::Down)),
        );
        (up + down > 0.0).then(|| up / (up + down))
    };
    let sign = |post: u32, sign: i64| {
        Some(f64::from(u8::from(world.readers_score(post).signum() == sign)))
    };
    let disagree = |post: u32| {
        let about = &world.traits[post as usize];
        (about.comments > 0)
            .then(|| (f64::from(about.disagree) / f64::from(about.comments) - 1.0) / 9.0)
    };
    let rows: [(&str, (f64, f64), u8); 4] = [
        ("votes up", share(&ups), UP),
        ("posts above zero", share(&|post| sign(post, 1)), UP),
        ("posts below zero", share(&|post| sign(post, -1)), DOWN),
        ("disagreement", share(&disagree), GRAY),
    ];
    Bars {
        label: rows.iter().map(|r| r.0.to_string()).collect(),
        value: rows.iter().map(|r| r.1.0 as f32).collect(),
        from: rows.iter().map(|r| (r.1.0 - r.1.1).max(0.0) as f32).collect(),
        to: rows.iter().map(|r| (r.1.0 + r.1.1).min(1.0) as f32).collect(),
        tone: rows.iter().map(|r| r.2).collect(),
        axis: axis("share", "", 0.0, 1.0),
        legend: vec![
            key(UP, "for the claim"),
            key(DOWN, "against it"),
            key(GRAY, "in words, 0 to 1"),
        ],
        note: format!(
            "{} posts, the experimenter's vote left out; whiskers: 95 % over posts.",
            posts
        ),
    }
}

pub fn chart(system: &Oasis) -> Field {
    let world = &system.worlds[0];
    match system.params.task {
        Task::Spread => spread(system),
        Task::Rumor => rumor(system, world),
        Task::Polarize => opinions(world),
        Task::Herd => quality(world),
    }
}

/// How many had it at each step, from a log.
fn by_step(times: &[u32], steps: u32) -> Vec<f32> {
    let mut count = vec![0.0f32; steps as usize + 1];
    times.iter().for_each(|t| count[(*t).min(steps) as usize] += 1.0);
    for step in 1..count.len() {
        count[step] += count[step - 1];
    }
    count
}

fn steps(length: usize) -> Vec<f32> {
    (0..length).map(|step| step as f32).collect()
}

/// Sizes of the held-out items, their mean, and the reference.
fn spread(system: &Oasis) -> Field {
    let round = system.round;
    let mut field = Field { scatter: true, ..Field::default() };
    let line = |label: &str, tone, dashed, y: Vec<f32>| Line {
        label: label.into(),
        tone,
        dashed,
        x: steps(y.len()),
        y,
    };
    let held = (0..system.worlds.len()).filter(|place| system.is_held_out(*place));
    for place in held.take(ITEMS_MAX) {
        for item in &system.worlds[place].items {
            let sizes = by_step(&item.cascade.time, round);
            field.x.extend(steps(sizes.len()));
            field.y.extend(sizes);
        }
    }
    if let Some(reference) = &system.reference {
        let length = (round as usize + 1).min(reference[0].len());
        let known = reference[0][..length].iter().map(|v| *v as f32).collect();
        field.lines.push(line("reference", 5, true, known));
    }
    let seen = system.seen[0].iter().map(|v| *v as f32).collect();
    field.lines.push(line("mean", 0, false, seen));
    field.size = vec![0.55; field.x.len()];
    let curves = field.lines.iter().flat_map(|l| &l.y);
    let most = curves.chain(&field.y).copied().fold(5.0, f32::max);
    field.axes = [
        axis("step of 3 minutes", "", 0.0, f64::from(round.max(10))),
        axis("people who passed it on", "", 0.0, 1.08 * f64::from(most)),
    ];
    field.legend = vec![key(0, "line: mean of the held-out items, dots: each")];
    if system.reference.is_some() {
        field.legend.push(key(5, "branching process fitted to the other half"));
    }
    field
}

fn rumor(system: &Oasis, world: &World) -> Field {
    let mut field = Field { scatter: true, ..Field::default() };
    let mut most = 5.0f32;
    for item in &world.items {
        let y = by_step(&item.cascade.time, system.round);
        most = most.max(y.last().copied().unwrap_or(0.0));
        let tone = if item.is_rumor { RUMOR } else { UP };
        field.lines.push(Line {
            tone,
            dashed: !item.is_rumor,
            x: steps(y.len()),
            y,
            ..Line::default()
        });
    }
    field.axes = [
        axis("step of 3 minutes", "", 0.0, f64::from(system.round.max(10))),
        axis("people who passed it on", "", 0.0, 1.08 * f64::from(most)),
    ];
    field.legend = vec![key(RUMOR, "rumor"), key(UP, "truth")];
    field.note = "Four pairs; a pair has one author and one topic.".into();
    field
}

/// Where everybody stands and where they began: off the diagonal is moved.
fn opinions(world: &World) -> Field {
    let agents = world.opinions.len();
    let every = agents.div_ceil(POINTS_MAX).max(1);
    let shown: Vec<usize> = (0..agents).step_by(every).collect();
    let tone = |agent: &usize| match () {
        () if *agent < world.core as usize => GRAY,
        () if world.opinions[*agent] < 0.0 => UP,
        () => RISKY,
    };
    Field {
        x: shown.iter().map(|a| world.opinions[*a]).collect(),
        y: shown.iter().map(|a| world.opened_with[*a]).collect(),
        tone: shown.iter().map(tone).collect(),
        axes: [
            axis("opinion now: cautious to risky", "", -1.0, 1.0),
            axis("opinion at the start", "", -1.0, 1.0),
        ],
        scatter: true,
        lines: vec![Line {
            label: "unmoved".into(),
            tone: 5,
            dashed: true,
            x: vec![-1.0, 1.0],
            y: vec![-1.0, 1.0],
        }],
        legend: vec![
            key(UP, "cautious now"),
            key(RISKY, "risky now"),
            key(GRAY, "core user"),
            key(5, "unmoved"),
        ],
        note: if shown.len() < agents {
            format!("{} of {agents} people.", shown.len())
        } else {
            String::new()
        },
        ..Field::default()
    }
}

/// What a post deserves and what it got.
fn quality(world: &World) -> Field {
    let contents = &world.platform.contents;
    let every = (contents.len() as usize).div_ceil(POINTS_MAX).max(1);
    let shown: Vec<u32> = (0..contents.len()).step_by(every).collect();
    let y: Vec<f32> = shown.iter().map(|post| world.readers_score(*post) as f32).collect();
    let most = y.iter().map(|v| v.abs()).fold(5.0, f32::max) * 1.1;
    let votes: u64 = contents.likes.iter().chain(&contents.dislikes).map(|v| u64::from(*v)).sum();
    let each = votes as f64 / f64::from(contents.len().max(1));
    let along: Vec<f32> = (0..=40).map(|i| -2.4 + 0.12 * i as f32).collect();
    let alone = |q: &f32| (each * (2.0 * math::sigmoid((*q).into()) - 1.0)) as f32;
    let tone = |v: &f32| match *v {
        v if v > 0.0 => UP,
        v if v < 0.0 => DOWN,
        _ => GRAY,
    };
    Field {
        x: shown.iter().map(|post| world.traits[*post as usize].quality).collect(),
        tone: y.iter().map(tone).collect(),
        y,
        axes: [
            axis("how convincing the false claim is", "logits", -2.4, 2.4),
            axis("score by its readers", "", f64::from(-most), f64::from(most)),
        ],
        scatter: true,
        lines: vec![Line {
            label: "if nobody looked at votes".into(),
            tone: 5,
            dashed: true,
            y: along.iter().map(alone).collect(),
            x: along,
        }],
        legend: vec![
            key(UP, "above zero"),
            key(DOWN, "below zero"),
            key(5, "expected of as many votes without herding"),
        ],
        note: format!("{} of {} posts; {:.1} votes each.", shown.len(), contents.len(), each),
        ..Field::default()
    }
}
