//! What a run yields.

use crate::fault::Fault;
use crate::table::Table;
use serde::{Deserialize, Serialize};

/// One arm with one seed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Job {
    pub arm: String,
    pub seed: u32,
}

/// One step of a run: its readings by metric id, and what the system had to say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// From 1; round 0 is the state after `start`.
    pub index: u32,
    pub readings: Table<String, f64>,
    pub lines: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flow {
    Continue,
    /// Nothing more will change: the run ends before its horizon.
    Done,
}

/// All readings of one finished (or failed) job: for each metric, the rounds at which it was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub readings: Table<String, Vec<(u32, f64)>>,
    pub fault: Option<Fault>,
}

impl Outcome {
    pub fn add(&mut self, round: &Round) {
        for (metric, value) in &round.readings {
            self.readings.or_default(metric.clone()).push((round.index, *value));
        }
    }
}

/// Outcomes by the canonical link of their one-arm, one-seed scenario (`claim::trials`).
pub type Results = Table<String, Outcome>;
