//! Everything that the runs of a scenario have yielded so far: all readings, the last pictures and lines.

use lexicon::{Fault, Job, Mean, Round, Scene, Table};
use std::collections::VecDeque;

/// Rounds of pictures and lines kept of each job; readings are kept all.
pub const KEPT_ROUNDS: usize = 300;

#[derive(Clone, Debug, Default)]
pub struct History {
    tracks: Table<Job, Track>,
    /// Goes up with every change: what is drawn from here is drawn anew only then.
    pub version: u64,
}

/// One job's yield.
#[derive(Clone, Debug, Default)]
pub struct Track {
    /// Rounds computed so far.
    pub rounds: u32,
    /// By metric, index = round - 1; not a number = not read that round.
    pub readings: Table<String, Vec<f64>>,
    pub lines: VecDeque<(u32, Vec<String>)>,
    pub scenes: VecDeque<(u32, Vec<Scene>)>,
    pub done: bool,
    pub fault: Option<Fault>,
}

/// Mean over seeds and its 95 % interval, by round; index = round - 1, not a number = no seed has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Band {
    pub rounds: Vec<u32>,
    pub mean: Vec<f64>,
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}

impl History {
    pub fn track(&self, arm: &str, seed: u32) -> Option<&Track> {
        self.tracks.get(&Job { arm: arm.to_string(), seed })
    }

    /// Forgets all, but not that something has changed.
    pub fn clear(&mut self) {
        self.version += 1;
        self.tracks.clear();
    }

    pub fn tracks(&self) -> impl Iterator<Item = (&Job, &Track)> {
        self.tracks.iter()
    }

    /// Rounds that were already known are passed over: a job that was started again repeats them to the bit.
    pub fn add(&mut self, job: &Job, rounds: &[Round], scenes: Vec<(u32, Vec<Scene>)>) {
        self.version += 1;
        let track = self.tracks.or_default(job.clone());
        for round in rounds {
            if round.index != track.rounds + 1 {
                continue;
            }
            track.rounds = round.index;
            for (metric, value) in &round.readings {
                let column = track.readings.or_default(metric.clone());
                column.resize(round.index as usize - 1, f64::NAN);
                column.push(*value);
            }
            if !round.lines.is_empty() {
                keep(&mut track.lines, (round.index, round.lines.clone()));
            }
        }
        for scene in scenes {
            if track.scenes.back().is_none_or(|(newest, _)| scene.0 > *newest) {
                keep(&mut track.scenes, scene);
            }
        }
    }

    pub fn finish(&mut self, job: &Job, fault: Option<Fault>) {
        self.version += 1;
        let track = self.tracks.or_default(job.clone());
        track.done = true;
        track.fault = fault;
    }

    /// The round up to which all of these arms can be shown; arms that ended early hold nobody back.
    pub fn shown_rounds(&self, arms: &[String], seed: u32) -> u32 {
        let tracks: Vec<Option<&Track>> = arms.iter().map(|arm| self.track(arm, seed)).collect();
        let going =
            tracks.iter().filter(|t| t.is_none_or(|t| !t.done)).map(|t| t.map_or(0, |t| t.rounds));
        let longest = tracks.iter().flatten().map(|t| t.rounds).max().unwrap_or(0);
        going.min().unwrap_or(longest)
    }

    /// The pictures of a round: its own, else the newest ones before it that are still kept.
    pub fn scenes(&self, arm: &str, seed: u32, round: u32) -> Option<&(u32, Vec<Scene>)> {
        let scenes = &self.track(arm, seed)?.scenes;
        let after = scenes.partition_point(|(index, _)| *index <= round);
        scenes.get(after.checked_sub(1)?)
    }

    /// Whether any run has read this metric yet.
    pub fn reads(&self, metric: &str) -> bool {
        self.tracks.values().any(|track| track.readings.contains_key(metric))
    }

    /// What the system had to say in a round; empty where it was silent or the lines are no longer kept.
    pub fn lines(&self, arm: &str, seed: u32, round: u32) -> &[String] {
        let Some(track) = self.track(arm, seed) else { return &[] };
        let found = track.lines.binary_search_by_key(&round, |(index, _)| *index);
        found.map_or(&[], |at| &track.lines[at].1)
    }

    pub fn reading(&self, arm: &str, seed: u32, metric: &str, round: u32) -> Option<f64> {
        let column = self.track(arm, seed)?.readings.get(metric)?;
        column.get((round as usize).checked_sub(1)?).copied().filter(|v| v.is_finite())
    }

    /// One arm's mean over all seeds that have come so far, round by round. `share`: of a share of a whole.
    pub fn band(&self, arm: &str, metric: &str, share: bool) -> Band {
        let columns: Vec<&Vec<f64>> = self
            .tracks
            .iter()
            .filter(|(job, _)| job.arm == arm)
            .filter_map(|(_, track)| track.readings.get(metric))
            .collect();
        let rounds = columns.iter().map(|c| c.len()).max().unwrap_or(0);
        let mut band = Band::default();
        for at in 0..rounds {
            let values = columns.iter().filter_map(|c| c.get(at)).copied();
            let Some(mean) = Mean::of(values.filter(|v| v.is_finite())) else { continue };
            let mean = mean.of_share(share);
            band.rounds.push(at as u32 + 1);
            band.mean.push(mean.mean);
            band.low.push(mean.low);
            band.high.push(mean.high);
        }
        band
    }
}

fn keep<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == KEPT_ROUNDS {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(seed: u32) -> Job {
        Job { arm: "a".into(), seed }
    }

    fn round(index: u32, value: f64) -> Round {
        Round {
            index,
            readings: [("m".to_string(), value)].into(),
            lines: vec![format!("round {index}")],
        }
    }

    #[test]
    fn a_repeated_round_changes_nothing() {
        let mut history = History::default();
        history.add(&job(1), &[round(1, 0.5), round(2, 0.6)], vec![]);
        history.add(&job(1), &[round(1, 9.0), round(2, 9.0), round(3, 0.7)], vec![]);
        assert_eq!(history.track("a", 1).unwrap().readings["m"], [0.5, 0.6, 0.7]);
    }

    #[test]
    fn the_band_has_the_mean_of_every_round_that_a_seed_has_read() {
        let mut history = History::default();
        for (seed, value) in [(1, 0.0), (2, 0.0), (3, 1.0)] {
            history.add(&job(seed), &[round(1, value), round(3, value)], vec![]);
        }
        history.add(&job(1), &[round(2, f64::NAN), round(3, 0.5)], vec![]);
        let band = history.band("a", "m", false);
        assert_eq!((band.rounds.as_slice(), band.mean[1]), ([1, 3].as_slice(), 0.5));
        assert!((band.mean[0] - 1.0 / 3.0).abs() < 1e-15 && band.low[0] < 0.0);
        assert_eq!(history.band("a", "m", true).low[0], 0.0, "a share ends where shares end");
    }

    #[test]
    fn memory_of_lines_is_bounded_and_readings_are_kept() {
        let mut history = History::default();
        for index in 1..=1000 {
            history.add(&job(1), &[round(index, 1.0)], vec![(index, vec![])]);
        }
        let track = history.track("a", 1).unwrap();
        assert_eq!((track.lines.len(), track.scenes.len()), (KEPT_ROUNDS, KEPT_ROUNDS));
        assert_eq!(track.readings["m"].len(), 1000);
        assert_eq!(history.lines("a", 1, 1000), ["round 1000"]);
        assert!(history.lines("a", 1, 10).is_empty());
        assert_eq!(history.scenes("a", 1, 2000).unwrap().0, 1000);
        assert!(history.scenes("a", 1, 5).is_none());
    }

    #[test]
    fn an_arm_that_ended_early_holds_nobody_back() {
        let mut history = History::default();
        history.add(&job(1), &[round(1, 1.0)], vec![]);
        history.finish(&job(1), Some(Fault::Diverged { what: "m".into(), round: 2 }));
        let b = Job { arm: "b".into(), seed: 1 };
        history.add(&b, &[round(1, 1.0), round(2, 1.0), round(3, 1.0)], vec![]);
        let arms = ["a".to_string(), "b".to_string()];
        assert_eq!(history.shown_rounds(&arms, 1), 3);
        history.finish(&b, None);
        assert_eq!(history.shown_rounds(&arms, 1), 3);
    }
}
