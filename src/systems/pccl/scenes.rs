//! What there is to see: the ring with slices on their way, everybody's time, and whose bits are equal.

use engine::network::{Nanos, seconds};
use lexicon::scene::{Axis, Flight, Graph, Heatmap, Key, Scene, Span, Timeline};
use std::collections::VecDeque;
use std::f64::consts::TAU;

/// Spans kept of each lane.
const SPANS_MAX: usize = 180;
/// Rounds that the timeline looks back.
const ROUNDS_SHOWN: usize = 3;
/// Outer steps that the heatmap shows.
const COLUMNS_MAX: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    Computes,
    Reduces,
    Votes,
    Syncs,
    Waits,
    Dead,
}

impl Activity {
    const KEYS: [(Activity, &'static str); 6] = [
        (Activity::Computes, "computes"),
        (Activity::Reduces, "reduces"),
        (Activity::Votes, "votes"),
        (Activity::Syncs, "syncs"),
        (Activity::Waits, "waits"),
        (Activity::Dead, "dead"),
    ];

    fn word(self) -> &'static str {
        Self::KEYS[self.tone() as usize].1
    }

    fn tone(self) -> u8 {
        Self::KEYS.iter().position(|(a, _)| *a == self).unwrap_or(0) as u8
    }
}

/// The group at one moment of a round.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    pub seconds: f64,
    pub aborted: bool,
    pub tones: Vec<u8>,
    pub progress: Vec<f32>,
    pub ring: Vec<u32>,
    pub flights: Vec<Flight>,
}

#[derive(Clone, Debug)]
struct Lane {
    now: Activity,
    since: Nanos,
    spans: VecDeque<(Nanos, Nanos, Activity)>,
    /// This round: computing, and alive in the group.
    computed: Nanos,
    present: Nanos,
}

/// Pictures of the run so far, bounded.
#[derive(Clone, Debug)]
pub struct Album {
    lanes: Vec<Lane>,
    rounds: VecDeque<Nanos>,
    picture: Option<Picture>,
    columns: VecDeque<Vec<Option<u32>>>,
    steps: u32,
}

impl Album {
    pub fn new(peers: u32) -> Self {
        let lane = Lane {
            now: Activity::Waits,
            since: 0,
            spans: VecDeque::new(),
            computed: 0,
            present: 0,
        };
        Self {
            lanes: vec![lane; peers as usize],
            rounds: VecDeque::new(),
            picture: None,
            columns: VecDeque::new(),
            steps: 0,
        }
    }

    pub fn new_round(&mut self, now: Nanos) {
        self.rounds.push_back(now);
        if self.rounds.len() > ROUNDS_SHOWN {
            self.rounds.pop_front();
        }
        self.picture = None;
        for lane in &mut self.lanes {
            lane.settle(now);
            (lane.computed, lane.present) = (0, 0);
        }
    }

    pub fn mark(&mut self, slot: u32, activity: Activity, now: Nanos) {
        let lane = &mut self.lanes[slot as usize];
        if lane.now != activity {
            lane.settle(now);
            lane.now = activity;
        }
    }

    /// An abort is worth more than the middle of a reduce; of equals the last is kept.
    pub fn show(&mut self, picture: Picture) {
        if picture.aborted || self.picture.as_ref().is_none_or(|kept| !kept.aborted) {
            self.picture = Some(picture);
        }
    }

    /// Share of the group's time in this round in which its peers did not compute.
    pub fn comm_share(&mut self, now: Nanos) -> Option<f64> {
        self.lanes.iter_mut().for_each(|lane| lane.settle(now));
        let present: Nanos = self.lanes.iter().map(|lane| lane.present).sum();
        let computed: Nanos = self.lanes.iter().map(|lane| lane.computed).sum();
        (present > 0).then(|| 1.0 - computed as f64 / present as f64)
    }

    /// The hashes at the end of a round.
    pub fn close(&mut self, hashes: &[(u32, u32)]) {
        let of = |slot: usize| hashes.iter().find(|(s, _)| *s as usize == slot).map(|(_, h)| *h);
        self.columns.push_back((0..self.lanes.len()).map(of).collect());
        self.steps += 1;
        if self.columns.len() > COLUMNS_MAX {
            self.columns.pop_front();
        }
    }

    pub fn scenes(&self, site_of: impl Fn(u32) -> usize, now_picture: Picture) -> Vec<Scene> {
        let picture = self.picture.as_ref().unwrap_or(&now_picture);
        vec![graph(picture, site_of), self.timeline(), self.heatmap()]
    }

    fn timeline(&self) -> Scene {
        let begin = self.rounds.front().copied().unwrap_or(0);
        let end = self.lanes.iter().map(|lane| lane.since).max().unwrap_or(0).max(begin + 1);
        let spans = |(number, lane): (usize, &Lane)| {
            let shown = lane.spans.iter().filter(|(_, to, _)| *to > begin);
            let span = move |(from, to, what): &(Nanos, Nanos, Activity)| Span {
                lane: number as u32,
                start: seconds((*from).max(begin)) as f32,
                end: seconds(*to) as f32,
                tone: what.tone(),
                label: what.word().to_string(),
            };
            shown.map(span).collect::<Vec<_>>()
        };
        let key = |(activity, label): &(Activity, &str)| Key {
            tone: activity.tone(),
            label: label.to_string(),
        };
        Scene::Timeline(Timeline {
            lanes: (0..self.lanes.len()).map(|slot| format!("peer {slot}")).collect(),
            axis: Axis {
                label: "simulated time".into(),
                unit: "s".into(),
                low: seconds(begin) as f32,
                high: seconds(end) as f32,
                log: false,
            },
            spans: self.lanes.iter().enumerate().flat_map(spans).collect(),
            legend: Activity::KEYS.iter().map(key).collect(),
            note: "The last three outer steps".into(),
            ..Timeline::default()
        })
    }

    fn heatmap(&self) -> Scene {
        let mut value = Vec::with_capacity(self.lanes.len() * self.columns.len());
        for slot in 0..self.lanes.len() {
            for column in &self.columns {
                value.push(column[slot].map_or(f32::NAN, |hash| shade(column, hash)));
            }
        }
        let first = self.steps as usize - self.columns.len() + 1;
        let odd = self.columns.iter().filter(|column| states(column) > 1).count();
        let note = match odd {
            0 => "One shade in every column: all peers hold the same bits".to_string(),
            n => format!(
                "{n} of {} columns have more than one shade: parity is broken there",
                self.columns.len()
            ),
        };
        let columns = (0..self.columns.len()).map(|i| (first + i).to_string()).collect::<Vec<_>>();
        let nothing = columns.is_empty();
        Scene::Heatmap(Heatmap {
            rows: (0..self.lanes.len()).map(|slot| format!("peer {slot}")).collect(),
            columns: if nothing { vec!["1".into()] } else { columns },
            row_title: "peer".into(),
            column_title: "outer step".into(),
            value: if nothing { vec![f32::NAN; self.lanes.len()] } else { value },
            low: 0.0,
            high: 1.0,
            unit: "shade of the hash".into(),
            note,
            ..Heatmap::default()
        })
    }
}

impl Lane {
    fn settle(&mut self, now: Nanos) {
        if now > self.since {
            let took = now - self.since;
            self.spans.push_back((self.since, now, self.now));
            if self.spans.len() > SPANS_MAX {
                self.spans.pop_front();
            }
            if self.now != Activity::Dead && self.now != Activity::Waits {
                self.present += took;
            }
            if self.now == Activity::Computes {
                self.computed += took;
            }
        }
        self.since = now;
    }
}

fn states(column: &[Option<u32>]) -> usize {
    let mut all: Vec<u32> = column.iter().flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    all.len()
}

/// A hash as a shade. The most common one of a column shows itself; another one stands well apart from it.
fn shade(column: &[Option<u32>], hash: u32) -> f32 {
    let count = |h: u32| column.iter().flatten().filter(|x| **x == h).count();
    let common = column.iter().flatten().copied().max_by_key(|h| (count(*h), *h)).unwrap_or(hash);
    let base = (common >> 8) as f32 / (1u32 << 24) as f32;
    if hash == common {
        return base;
    }
    let apart = 0.35 + 0.3 * (hash >> 8) as f32 / (1u32 << 24) as f32;
    (base + apart).rem_euclid(1.0)
}

/// Peers in their sites, the master in the middle.
fn graph(picture: &Picture, site_of: impl Fn(u32) -> usize) -> Scene {
    const CENTERS: [[f64; 2]; 3] = [[0.8, 0.3], [0.5, 0.78], [0.2, 0.3]];
    const NAMES: [&str; 3] = ["EU", "US-east", "US-west"];
    let peers = picture.tones.len();
    let (mut x, mut y, mut label) = (Vec::new(), Vec::new(), Vec::new());
    for slot in 0..peers as u32 {
        let site = site_of(slot);
        let there: Vec<u32> = (0..peers as u32).filter(|other| site_of(*other) == site).collect();
        let rank = there.iter().position(|other| *other == slot).unwrap_or(0) as f64;
        let turn = TAU * rank / there.len() as f64 + site as f64;
        let radius = if there.len() > 4 { 0.16 } else { 0.1 };
        x.push((CENTERS[site][0] + radius * engine::math::cos(turn)) as f32);
        y.push((CENTERS[site][1] + radius * engine::math::sin(turn)) as f32);
        label.push(format!("{slot} {}", NAMES[site]));
    }
    x.push(0.5);
    y.push(0.42);
    label.push("master".into());
    let mut tone = picture.tones.clone();
    tone.push(3);
    let mut value = picture.progress.clone();
    value.push(1.0);
    let mut edges = Vec::new();
    for (place, slot) in picture.ring.iter().enumerate().filter(|_| picture.ring.len() > 1) {
        edges.extend([*slot, picture.ring[(place + 1) % picture.ring.len()]]);
    }
    let words =
        ["in the ring", "waits to join", "dead", "master and its words", "aborted", "shared state"];
    let at = picture.seconds;
    let note = match picture.aborted {
        true => {
            format!("{at:.2} s: a peer died inside the all-reduce; everybody restores its column")
        }
        false => format!("{at:.2} s: slices on their way round the ring"),
    };
    Scene::Graph(Graph {
        x,
        y,
        value,
        tone,
        size: (0..=peers).map(|i| if i == peers { 0.8 } else { 1.2 }).collect(),
        label,
        edges,
        directed: true,
        flights: picture.flights.clone(),
        legend: words
            .iter()
            .enumerate()
            .map(|(i, w)| Key { tone: i as u8, label: w.to_string() })
            .collect(),
        note,
        ..Graph::default()
    })
}
