//! What there is to see.

use super::group::{Center, Group};
use super::{McGrpo, Reward};
use engine::policy::tasks::gym9::{self, MARK};
use lexicon::Scene;
use lexicon::scene::*;

const TONE_WRONG: u8 = 1;
const TONE_NONE: u8 = 2;
const TONE_DOWN: u8 = 4;
const TONE_UP: u8 = 6;
/// Prompts that are told in words.
const TOLD: usize = 8;

/// Which way a rollout is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Push {
    Up,
    Down,
    None,
    LeftOut,
}

fn push(group: &Group, rollout: usize) -> Push {
    match group.advantage[rollout] {
        _ if group.left_out == Some(rollout) => Push::LeftOut,
        a if a > 0.0 => Push::Up,
        a if a < 0.0 => Push::Down,
        _ => Push::None,
    }
}

/// A push in words.
fn words(group: &Group, rollout: usize) -> String {
    let wrong = if group.is_flipped(rollout) { ", the wrong way" } else { "" };
    match push(group, rollout) {
        Push::Up => format!("pushed up{wrong}"),
        Push::Down => format!("pushed down{wrong}"),
        Push::None => "not pushed".to_string(),
        Push::LeftOut => "left out".to_string(),
    }
}

pub fn scenes(of: &McGrpo) -> Vec<Scene> {
    vec![Scene::Heatmap(heatmap(of)), Scene::Bars(bars(of)), Scene::Transcript(transcript(of))]
}

/// One live sentence.
pub fn caption(of: &McGrpo) -> String {
    let all = || of.groups.iter().flat_map(|g| (0..g.size()).map(move |one| (g, one)));
    let count = |which: Push| all().filter(|(g, one)| push(g, *one) == which).count();
    let right = all().filter(|(g, one)| g.reward[*one] > 0.0).count();
    let pushes = match of.arm.center {
        Center::Untrained => "nothing is learned".to_string(),
        _ => format!(
            "{} pushed up, {} down, so far {} of {} pushes the wrong way",
            count(Push::Up),
            count(Push::Down),
            of.flips.wrong,
            of.flips.pushes
        ),
    };
    format!(
        "Update {}: {right} of {} rollouts right; {pushes}. Accuracy {:.2} when last tried out, {:.2} before training.",
        of.round,
        all().count(),
        of.score.accuracy,
        of.base_score.accuracy
    )
}

/// Prompts by rollouts: the reward, which way it is pushed, a ring where that is the wrong way.
fn heatmap(of: &McGrpo) -> Heatmap {
    let size = of.arm.rollouts(of.params.group) as usize;
    let mut map = Heatmap {
        rows: of.groups.iter().map(|g| g.prompt.words(of.params.digits)).collect(),
        columns: (1..=size).map(|one| one.to_string()).collect(),
        row_title: "prompt".into(),
        column_title: "rollout".into(),
        low: 0.0,
        high: if of.params.reward == Reward::Graded { 2.0 } else { 1.0 },
        unit: "reward".into(),
        note: note(of),
        ..Heatmap::default()
    };
    for group in &of.groups {
        for one in 0..size {
            map.value.push(group.reward[one]);
            map.sign.push(match push(group, one) {
                Push::Up => 1,
                Push::Down => 2,
                Push::None => 3,
                Push::LeftOut => 4,
            });
            map.ring.push(if group.is_flipped(one) { TONE_WRONG } else { 0 });
            map.label.push(words(group, one));
        }
    }
    map
}

fn note(of: &McGrpo) -> String {
    let left_out = match of.arm.center {
        Center::Median => ", × the median's own rollout, left out",
        Center::PlusOne => ", × left out",
        Center::Mean | Center::Flipped | Center::Untrained => "",
    };
    format!(
        "+ pushed up, − pushed down, · not pushed{left_out}. Ringed: pushed against its side of what the policy \
         usually gets."
    )
}

/// Accuracy by task, now and before training.
fn bars(of: &McGrpo) -> Bars {
    let mut bars = Bars {
        axis: Axis { label: "accuracy".into(), low: 0.0, high: 1.0, ..Axis::default() },
        legend: vec![
            Key { tone: 0, label: "when last tried out".into() },
            Key { tone: TONE_NONE, label: "before training".into() },
        ],
        note: "800 prompts, the likeliest output; any mark of the format counts.".into(),
        ..Bars::default()
    };
    for ((task, now), (_, before)) in of.score.by_task.iter().zip(&of.base_score.by_task) {
        bars.label.extend([gym9::NAMES[usize::from(*task)].to_string(), "before".to_string()]);
        bars.value.extend([*now as f32, *before as f32]);
        bars.tone.extend([0, TONE_NONE]);
    }
    bars
}

/// The first prompts with what the policy said to them.
fn transcript(of: &McGrpo) -> Transcript {
    let key = |tone: u8, label: &str| Key { tone, label: label.to_string() };
    let mut lines = Vec::new();
    let digits = of.params.digits;
    for group in of.groups.iter().take(TOLD) {
        let prompt = &group.prompt;
        let (task, answer) = (gym9::NAMES[usize::from(prompt.task)], prompt.answer(digits));
        let (asks, usual) = (prompt.words(digits), group.usual);
        let text = format!("{asks}: {answer}. The policy usually gets {usual:.2} for it.");
        lines.push(Utterance { who: task.to_string(), lane: 0, tone: 0, text });
        for one in 0..group.size() {
            let tone = match push(group, one) {
                _ if group.is_flipped(one) => TONE_WRONG,
                Push::Up => TONE_UP,
                Push::Down => TONE_DOWN,
                Push::None | Push::LeftOut => TONE_NONE,
            };
            let (said, reward) = (output(group.said(one)), group.reward[one]);
            let push = words(group, one);
            let text = format!("{said}: {reward}, {push} ({:+.2})", group.advantage[one]);
            lines.push(Utterance { who: format!("rollout {}", one + 1), lane: 0, tone, text });
        }
    }
    let more = of.groups.len().saturating_sub(TOLD);
    Transcript {
        lines,
        legend: vec![
            key(0, "the prompt and its answer"),
            key(TONE_UP, "pushed up"),
            key(TONE_DOWN, "pushed down"),
            key(TONE_WRONG, "pushed the wrong way"),
            key(TONE_NONE, "not pushed, or left out"),
        ],
        note: if more > 0 {
            format!("The first {TOLD} prompts of {}.", of.groups.len())
        } else {
            String::new()
        },
    }
}

/// Two tokens in words.
fn output(said: &[u8]) -> String {
    let mark = match said[0] {
        MARK => "right mark".to_string(),
        mark if mark > MARK => format!("mark {}", mark - MARK),
        digit => format!("no mark but {digit}"),
    };
    match said[1] {
        digit if digit < MARK => format!("{mark}, {digit}"),
        _ => format!("{mark}, no answer"),
    }
}
