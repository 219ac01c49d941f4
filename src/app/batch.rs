//! Many trials under way for one purpose (a claim, a sweep): what is done, what is left, how long it will take.

use lexicon::{Outcome, Results, Scenario, Sheet, link};

/// Trials handed to the pool at once: enough to keep every seat busy, few enough to pause at once.
pub const AHEAD: usize = 16;

#[derive(Clone, Debug)]
pub struct Batch {
    pub trials: Vec<Trial>,
    pub paused: bool,
    /// Working time so far, pauses left out.
    pub spent_ms: f64,
    /// Progress that was there from the start: trials already known.
    known: f64,
}

#[derive(Clone, Debug)]
pub struct Trial {
    pub scenario: Scenario,
    /// Canonical link: the key of its outcome.
    pub key: String,
    pub stage: Stage,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    Waiting,
    Running { run: u32, round: u32, outcome: Outcome },
    Done,
}

impl Batch {
    /// What is known already counts as done.
    pub fn new(sheet: &Sheet, scenarios: Vec<Scenario>, known: &Results) -> Self {
        let trials = scenarios
            .into_iter()
            .map(|scenario| {
                let key = link::canonical(sheet, &scenario);
                let stage = if known.contains_key(&key) { Stage::Done } else { Stage::Waiting };
                Trial { scenario, key, stage }
            })
            .collect();
        let mut batch = Self { trials, paused: false, spent_ms: 0.0, known: 0.0 };
        batch.known = batch.progress();
        batch
    }

    pub fn done(&self) -> bool {
        self.trials.iter().all(|t| t.stage == Stage::Done)
    }

    /// Share of all rounds that are computed, 0..1.
    pub fn progress(&self) -> f64 {
        let (mut done, mut all) = (0.0, 0.0);
        for trial in &self.trials {
            let rounds = f64::from(trial.scenario.rounds);
            all += rounds;
            done += match &trial.stage {
                Stage::Waiting => 0.0,
                Stage::Running { round, .. } => f64::from(*round),
                Stage::Done => rounds,
            };
        }
        if all > 0.0 { done / all } else { 1.0 }
    }

    /// Seconds left at the pace so far; none before there is a pace.
    pub fn seconds_left(&self) -> Option<f64> {
        let progress = self.progress();
        let gained = progress - self.known;
        (gained > 0.01 && self.spent_ms > 500.0)
            .then(|| self.spent_ms / 1000.0 * (1.0 - progress) / gained)
    }

    /// The next trials to start, so that `AHEAD` are under way.
    pub fn next(&self) -> Vec<usize> {
        if self.paused {
            return Vec::new();
        }
        let running =
            self.trials.iter().filter(|t| matches!(t.stage, Stage::Running { .. })).count();
        let waiting = self.trials.iter().enumerate().filter(|(_, t)| t.stage == Stage::Waiting);
        waiting.map(|(at, _)| at).take(AHEAD.saturating_sub(running)).collect()
    }

    pub fn runs(&self) -> Vec<u32> {
        let run = |t: &Trial| match t.stage {
            Stage::Running { run, .. } => Some(run),
            _ => None,
        };
        self.trials.iter().filter_map(run).collect()
    }
}
