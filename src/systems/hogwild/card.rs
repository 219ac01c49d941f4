//! What hogwild says of itself: dials, metrics, claims, presets.

use garde::Validate;
use lexicon::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Params {
    /// What there is to do: jobs in any order, one box to be found among 16, or jobs that each need the one before.
    #[garde(skip)]
    #[schemars(extend("label" = "Task"))]
    pub task: Work,
    /// Copies of the net that write at once, in the arm "As the dials say".
    #[garde(range(min = 1, max = 8))]
    #[schemars(extend("label" = "Workers", "unit" = "workers", "paper" = 2))]
    pub workers: u32,
    /// What a worker reads, in the arm "As the dials say".
    #[garde(skip)]
    #[schemars(extend("label" = "Layout", "paper" = "combined"))]
    pub layout: Layout,
    /// Jobs in a problem; a search always has 16 boxes.
    #[garde(range(min = 2, max = 20))]
    #[schemars(extend("label" = "Jobs", "symbol" = "M", "unit" = "jobs"))]
    pub items: u32,
    /// Problems that are worked on side by side in a run.
    #[garde(range(min = 1, max = 128))]
    #[schemars(extend("label" = "Problems", "unit" = "problems", "log" = true))]
    pub problems: u32,
    /// How freely the next word is drawn; 0 takes the likeliest.
    #[garde(range(min = 0.0, max = 1.5))]
    #[schemars(extend("label" = "Temperature", "step" = 0.1))]
    pub temperature: f64,
    /// How a block of the cache is brought to its place in a view: one turn of the query for each block, or a turn of
    /// every key.
    #[garde(skip)]
    #[schemars(extend("label" = "Turned", "paper" = "query", "advanced" = true))]
    pub rotate: Turned,
    /// After so many words a worker's next step begins with the question whether it does redundant work; 0 never asks.
    #[garde(range(min = 0, max = 512))]
    #[schemars(extend("label" = "Redundancy question every", "unit" = "words", "paper" = 256, "advanced" = true))]
    pub check_every: u32,
    /// Which net works: taught with unfinished work of others in sight now and then, taught on one worker's text
    /// alone, or a fresh one that is taught before your eyes (minutes, and not as good).
    #[garde(skip)]
    #[schemars(extend("label" = "Net"))]
    pub weights: Weights,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            task: Work::Jobs,
            workers: 2,
            layout: Layout::Combined,
            items: 12,
            problems: 32,
            temperature: 0.7,
            rotate: Turned::Query,
            check_every: 0,
            weights: Weights::Standard,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Independent jobs in any order.
    Jobs,
    /// Which of 16 boxes holds the wanted digit?
    Search,
    /// Each job needs the result of the one before.
    Chain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Common history, then the others' steps in progress, then the own one.
    Combined,
    /// Each worker's whole text is a block; the own one last.
    Contiguous,
    /// Common history of finished steps; unfinished ones of others are out of sight.
    Interleaved,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Turned {
    /// The query, once for each block.
    Query,
    /// Every key of the view.
    Keys,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// Three in ten of its lessons had unfinished work of others in them.
    Standard,
    /// Taught on one worker's text alone.
    Strict,
    /// Taught here, in the first 150 rounds.
    Here,
}

pub const DONE: Metric = Metric::higher("done", "Jobs done right", "").share();
pub const ACCURACY: Metric = Metric::higher("accuracy", "Problems with all right", "").share();
pub const ENDED: Metric = Metric::higher("ended", "Problems that are over", "").share();
pub const STEPS: Metric = Metric::lower("steps", "Forward steps to the end, mean so far", "steps");
pub const WORK: Metric = Metric::lower("work", "Forward steps of all workers together", "steps");
pub const REDUNDANT: Metric = Metric::lower("redundant", "Jobs done twice, a problem", "jobs");
pub const COLLISIONS: Metric =
    Metric::lower("collisions", "Same letter begun in the same step, a problem", "");
pub const DROPPED: Metric = Metric::plain("dropped", "Steps dropped, a problem", "steps");
pub const MULTIPLICATIONS: Metric =
    Metric::lower("multiplications", "Multiplications a step", "million");
pub const BYTES: Metric = Metric::lower("bytes", "Keys and values, a problem", "B");
pub const GAP: Metric =
    Metric::lower("logit_gap", "Largest difference to computing all anew", "").sparse();
pub const CHECKS: Metric =
    Metric::higher("checks", "Redundancy questions answered rightly", "").sparse();
pub const LOSS: Metric = Metric::lower("train_loss", "Loss a word while taught", "nats").sparse();

pub const METRICS: &[Metric] = &[
    DONE,
    STEPS,
    REDUNDANT,
    ACCURACY,
    ENDED,
    COLLISIONS,
    DROPPED,
    WORK,
    MULTIPLICATIONS,
    BYTES,
    GAP,
    CHECKS,
    LOSS,
];

pub const PRESETS: &[Preset] = &[
    Preset {
        id: "small",
        label: "Four problems of six jobs",
        query: "problems=4&items=6&workers=3&rounds=60",
    },
    Preset {
        id: "one",
        label: "One problem, word by word",
        query: "problems=1&arms=hog_2,single,hog_interleaved",
    },
    Preset {
        id: "chain",
        label: "Work that cannot be shared",
        query: "task=chain&arms=single,hog_2,independent_2",
    },
    Preset {
        id: "search",
        label: "Sixteen boxes, one hit",
        query: "task=search&arms=single,hog_2,hog_4,independent_2",
    },
    Preset {
        id: "crowd",
        label: "Eight workers, twenty jobs",
        query: "workers=8&items=20&problems=16&arms=hog,hog_4,hog_2,single",
    },
    Preset {
        id: "untuned",
        label: "Never saw another's unfinished work",
        query: "weights=strict&arms=single,hog_2,hog_interleaved",
    },
    Preset {
        id: "exact",
        label: "The cache against computing all anew",
        query: "problems=1&items=8&arms=recompute,hog_2",
    },
    Preset {
        id: "school",
        label: "Taught before your eyes",
        query: "weights=here&problems=8&items=6&rounds=230&arms=hog_2",
    },
];
