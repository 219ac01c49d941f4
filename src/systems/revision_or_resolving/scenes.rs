//! What there is to see: the gain in its parts, single questions through the conditions, the last one in words.

use super::{RevisionOrResolving, SHOWN};
use lexicon::Scene;
use lexicon::scene::{Axis, Bars, Key, Timeline, Transcript, Utterance};

const LEVEL: u8 = 0;
const DOWN: u8 = 1;
const UP: u8 = 3;

const CONDITIONS: [&str; 4] = ["draft alone", "solve again", "null draft", "revise"];

pub fn all(of: &RevisionOrResolving) -> Vec<Scene> {
    vec![Scene::Bars(bars(of)), Scene::Timeline(timeline(of)), Scene::Transcript(transcript(of))]
}

fn key(tone: u8, label: &str) -> Key {
    Key { tone, label: label.into() }
}

/// Accuracy of the draft, the three parts of the gain with their intervals, accuracy of the revision.
fn bars(of: &RevisionOrResolving) -> Bars {
    let n = of.totals.questions.max(1.0);
    let mut bars = Bars {
        axis: Axis { label: "share of questions".into(), low: -0.3, high: 1.0, ..Axis::default() },
        legend: vec![key(LEVEL, "accuracy"), key(UP, "gain"), key(DOWN, "loss")],
        note: "Draft + solving again + form + content = revision, exactly. Intervals: 95 %, paired by question.".into(),
        ..Bars::default()
    };
    let mut push = |label: &str, value: f64, reach: f64, tone: u8| {
        bars.label.push(label.into());
        bars.value.push(value as f32);
        bars.from.push((value - reach) as f32);
        bars.to.push((value + reach) as f32);
        bars.tone.push(tone);
    };
    push("draft, G", of.totals.right[0] / n, 0.0, LEVEL);
    for (k, label) in ["solving again", "a form", "content"].iter().enumerate() {
        let part = of.part(k);
        push(label, part, 1.96 * of.error(k), if part < 0.0 { DOWN } else { UP });
    }
    push("revision, V", of.totals.right[3] / n, 0.0, LEVEL);
    bars
}

/// The last questions: full where right, an event where the answer is the draft's.
fn timeline(of: &RevisionOrResolving) -> Timeline {
    let columns = of.past.len().max(1);
    let mut shade = vec![f32::NAN; 4 * columns];
    let mut event = vec![0u8; 4 * columns];
    for (column, case) in of.past.iter().enumerate() {
        for (lane, said) in case.said.iter().enumerate() {
            shade[lane * columns + column] = if *said == Some(case.truth) { 1.0 } else { 0.15 };
            event[lane * columns + column] =
                u8::from(lane > 0 && case.draft.is_some() && *said == case.draft);
        }
    }
    let last = of.totals.questions.max(1.0) as usize;
    Timeline {
        lanes: CONDITIONS.iter().map(|c| c.to_string()).collect(),
        axis: Axis {
            label: "question".into(),
            low: (last + 1 - columns.min(SHOWN)) as f32,
            high: last as f32,
            ..Axis::default()
        },
        columns: columns as u32,
        shade,
        event,
        legend: vec![key(0, "says what the draft says")],
        note: "Strong: right; pale: wrong.".into(),
        ..Timeline::default()
    }
}

fn transcript(of: &RevisionOrResolving) -> Transcript {
    let name = |said: Option<u32>| {
        said.map_or("no answer".to_string(), |option| format!("option {}", option + 1))
    };
    let mut lines = Vec::new();
    if let Some(case) = of.past.back() {
        for (condition, said) in CONDITIONS.iter().zip(case.said) {
            let right = said == Some(case.truth);
            lines.push(Utterance {
                who: condition.to_string(),
                lane: 0,
                tone: if right { UP } else { DOWN },
                text: format!("{}{}", name(said), if right { ", right." } else { "." }),
            });
        }
        let text = format!("{}.", name(Some(case.truth)));
        lines.push(Utterance { who: "truth".into(), lane: 1, tone: LEVEL, text });
    }
    Transcript {
        lines,
        legend: vec![key(UP, "right"), key(DOWN, "wrong")],
        note: "Surrogate minds: the words are ours, the answers are theirs.".into(),
    }
}
