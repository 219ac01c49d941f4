//! What the charts show, made from the history once for each change of it.

use crate::history::Band;
use crate::parts::chart::{Data, Line};
use crate::parts::seen::{Seen, hash, kept};
use crate::parts::swatch;
use crate::state::Lab;
use lexicon::Metric;
use std::collections::BinaryHeap;
use std::rc::Rc;

/// Values past which a band is not made anew for every message.
const LARGE: u64 = 100_000;

/// A band changes with the history; a large one only every so many of its changes, and at the end.
fn age(lab: &Lab) -> u64 {
    let values = u64::from(lab.scenario.seeds) * u64::from(lab.scenario.rounds);
    let every = (values / LARGE).max(1);
    if lab.finished() { u64::MAX } else { lab.history.version / every }
}

fn band(seen: &Seen, arm: &str, metric: &Metric) -> Rc<Band> {
    let version = hash(&(seen.key, age(seen.lab)));
    kept(&format!("band {arm} {}", metric.id), version, || {
        let mut band = seen.lab.history.band(arm, metric.id, metric.share);
        let trusted = trusted(seen.lab, arm);
        for at in band
            .rounds
            .iter()
            .position(|r| *r > trusted)
            .into_iter()
            .flat_map(|from| from..band.rounds.len())
        {
            (band.low[at], band.high[at]) = (f64::NAN, f64::NAN);
        }
        band
    })
}

/// The last round with enough seeds for an interval: all of few, half of many. The interval of the first two of ten
/// seeds would be wide beyond the chart, and gone a second later.
fn trusted(lab: &Lab, arm: &str) -> u32 {
    let seeds = lab.scenario.seeds as usize;
    let enough = seeds.min((seeds / 2).max(3));
    let tracks = lab.history.tracks().filter(|(job, _)| job.arm == arm);
    let rounds: BinaryHeap<u32> = tracks.map(|(_, track)| track.rounds).collect();
    let rounds = rounds.into_sorted_vec();
    rounds.len().checked_sub(enough.max(1)).map_or(0, |at| rounds[at])
}

/// The chart of a metric, and what stands for everything in it.
pub fn data(seen: &Seen, metric: &Metric) -> (u64, Rc<Data>) {
    let lab = seen.lab;
    let (log, zoom) = (lab.logs.contains_key(metric.id), lab.zoom.get(metric.id).copied());
    let hidden: Vec<bool> =
        lab.scenario.arms.iter().map(|arm| lab.hidden.contains_key(arm)).collect();
    let version = hash(&(seen.key, age(lab), metric.id, log, zoom, &hidden));
    let made = kept(&format!("chart {}", metric.id), version, || Data {
        metric: metric.id.to_string(),
        label: metric.label.to_string(),
        unit: metric.unit.to_string(),
        lines: lab
            .scenario
            .arms
            .iter()
            .zip(&hidden)
            .map(|(arm, hidden)| Line {
                arm: swatch::place(&lab.sheet, &lab.scenario.arms, arm),
                label: swatch::label(&lab.sheet, arm),
                band: band(seen, arm, metric),
                hidden: *hidden,
            })
            .collect(),
        rounds_max: lab.scenario.rounds,
        log,
        zoom,
    });
    (version, made)
}
