//! What there is to see: who came when and how old the server's news of each client is; what the last step was
//! made of.

use super::Fedstale;
use engine::tensor::kernels::dot;
use lexicon::scene::{Axis, Bars, Group, Key, MARKS_MAX, Timeline};

/// The most rounds the timeline looks back.
pub const COLUMNS_MAX: usize = 60;

/// Rounds after which news counts as half fresh. Our choice: the timeline's shades have to differ at ages 1 to 60.
const HALF_FRESH: f32 = 8.0;

/// Tone of the events' key and of the three kinds of bars.
const TONE_PLAIN: u8 = 0;
const TONE_FRESH: u8 = 1;
const TONE_STALE: u8 = 2;
const TONE_COSINE: u8 = 3;

/// Rounds that a timeline of so many lanes can show.
pub fn window(clients: u32) -> usize {
    (MARKS_MAX / clients.max(1) as usize).clamp(1, COLUMNS_MAX)
}

/// One lane a client; a mark where it took part, the shade by the age of its last update.
pub fn timeline(of: &Fedstale) -> Timeline {
    let clients = of.clients() as usize;
    let first_b = of.group_a() as usize;
    // Before the first round there is one empty column.
    let columns = of.past.len().max(1);
    let mut shade = vec![f32::NAN; clients * columns];
    let mut event = vec![0; clients * columns];
    for (column, ages) in of.past.iter().enumerate() {
        for (client, age) in ages.iter().enumerate() {
            let place = client * columns + column;
            if let Some(age) = age {
                shade[place] = 1.0 / (1.0 + *age as f32 / HALF_FRESH);
                event[place] = u8::from(*age == 0);
            }
        }
    }
    let last = of.round.max(1);
    Timeline {
        lanes: (0..clients)
            .map(|c| format!("{}{}", if c < first_b { "A" } else { "B" }, c + 1))
            .collect(),
        groups: vec![
            Group { label: "A: always there".into(), lanes: first_b as u32 },
            Group { label: "B: comes rarely".into(), lanes: (clients - first_b) as u32 },
        ],
        axis: Axis {
            label: "round".into(),
            low: (last as usize + 1 - columns) as f32,
            high: last as f32,
            ..Axis::default()
        },
        columns: columns as u32,
        shade,
        event,
        legend: vec![Key {
            tone: TONE_PLAIN,
            label: "took part; fading: age of its last update".into(),
        }],
        note: String::new(),
        ..Timeline::default()
    }
}

/// The fresh and the stale part of the step: their lengths, and whether they point the same way.
pub fn bars(of: &Fedstale) -> Bars {
    let beta = f64::from(of.beta);
    let (fresh, stale) = (dot(&of.fresh, &of.fresh).sqrt(), dot(&of.stale, &of.stale).sqrt());
    let both = fresh * stale;
    let cosine = if both > 0.0 { dot(&of.fresh, &of.stale) / both } else { 0.0 };
    let step = dot(&of.step, &of.step).sqrt();
    let value: Vec<f32> = [fresh, beta * stale, step, cosine].map(|v| v as f32).to_vec();
    let most = value.iter().fold(1.0f32, |most, v| if *v > most { *v } else { most });
    Bars {
        label: ["fresh part", "β × stale part", "whole step", "cosine of fresh and stale"]
            .map(str::to_string)
            .to_vec(),
        value,
        tone: vec![TONE_FRESH, TONE_STALE, TONE_PLAIN, TONE_COSINE],
        axis: Axis {
            label: "length (and cosine)".into(),
            low: -1.0,
            high: most,
            ..Axis::default()
        },
        legend: vec![
            Key { tone: TONE_FRESH, label: "from who came".into() },
            Key { tone: TONE_STALE, label: "from memory".into() },
            Key { tone: TONE_PLAIN, label: "what the server takes".into() },
            Key { tone: TONE_COSINE, label: "1 = same way, -1 = against".into() },
        ],
        note: String::new(),
        ..Bars::default()
    }
}
