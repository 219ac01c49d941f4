//! The card: dials, metrics, presets.

use garde::Validate;
use lexicon::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which of the others' questions may be learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Those whose completions are not all worth the same, drawn blindly.
    ZeroAdvantage,
    /// All, drawn blindly.
    None,
    /// Those with the highest rewards.
    Best,
}

/// What a node's optimizer does in a round that taught it nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Idle {
    /// Goes on by its momentum, as the Adam of PyTorch does.
    Momentum,
    /// Waits: no step.
    Wait,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Params {
    /// Policies in the swarm.
    #[garde(range(min = 2, max = 64))]
    #[schemars(extend("unit" = "nodes", "symbol" = "N", "paper" = 8))]
    pub nodes: u32,
    /// Questions that a node asks itself in a round, each from another task. With fewer than four some splits are the
    /// same.
    #[garde(range(min = 1, max = 9))]
    #[schemars(extend("unit" = "questions", "symbol" = "m"))]
    pub questions: u32,
    /// Completions of a question.
    #[garde(range(min = 2, max = 16))]
    #[schemars(extend("unit" = "completions", "symbol" = "L", "paper" = 8))]
    pub group: u32,
    /// Age of what comes from others.
    #[garde(range(min = 0, max = 50))]
    #[schemars(extend("unit" = "rounds"))]
    pub staleness: u32,
    /// Which of the others' questions may be learned from, in the mixes that name no filter.
    #[garde(skip)]
    pub filter: Filter,
    /// Slots of eight for a node's own questions, in the arm with a split of its own; the rest is for others'.
    #[garde(range(min = 0, max = 8))]
    #[schemars(extend("unit" = "of 8 slots", "symbol" = "I"))]
    pub own_slots: u32,
    /// Share of its questions that a node sends to the others.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("step" = 0.05, "paper" = 1))]
    pub share_fraction: f64,
    /// Chance that a message is lost.
    #[garde(range(min = 0.0, max = 0.9))]
    #[schemars(extend("step" = 0.05))]
    pub loss: f64,
    /// Share of the time that a node is off: then it neither shares nor learns.
    #[garde(range(min = 0.0, max = 0.9))]
    #[schemars(extend("step" = 0.05))]
    pub churn: f64,
    /// Size of the policies' steps.
    #[garde(range(min = 0.0001, max = 0.01))]
    #[schemars(extend("label" = "Learning rate", "log" = true))]
    pub lr: f64,
    /// What a node's optimizer does in a round that taught it nothing.
    #[garde(skip)]
    #[schemars(extend("label" = "Rounds without a lesson"))]
    pub idle: Idle,
    /// How far one step may lower a token's odds.
    #[garde(range(min = 0.02, max = 0.9))]
    #[schemars(extend("symbol" = "ε low", "paper" = 0.2, "advanced" = true))]
    pub clip_low: f64,
    /// How far one step may raise them.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("symbol" = "ε high", "paper" = 0.28, "advanced" = true))]
    pub clip_high: f64,
    /// Weight of the distance to the policy before training.
    #[garde(range(min = 0.0, max = 0.2))]
    #[schemars(extend("label" = "KL weight", "symbol" = "β", "paper" = 0, "advanced" = true))]
    pub kl_weight: f64,
    /// Rounds that the smoothed reward looks back.
    #[garde(range(min = 5, max = 200))]
    #[schemars(extend("unit" = "rounds", "paper" = 100, "advanced" = true))]
    pub window: u32,
    /// Nets of 16, 32, 48 and 64 units, and every fourth base has seen nothing but blind answers.
    #[garde(skip)]
    #[schemars(extend("label" = "Unequal nodes", "advanced" = true))]
    pub mixed: bool,
    /// Supervised steps before reinforcement learning begins.
    #[garde(range(min = 0, max = 1_000))]
    #[schemars(extend("unit" = "steps", "advanced" = true))]
    pub base_steps: u32,
    /// How often those show the right format.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("step" = 0.05, "advanced" = true))]
    pub format_share: f64,
    /// How often those show a blind answer.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("step" = 0.05, "advanced" = true))]
    pub label_noise: f64,
    /// Digits of the tasks are 0 up to one less than this.
    #[garde(range(min = 2, max = 10))]
    #[schemars(extend("symbol" = "R", "advanced" = true))]
    pub digits: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            nodes: 8,
            questions: 4,
            group: 8,
            staleness: 5,
            filter: Filter::ZeroAdvantage,
            own_slots: 0,
            share_fraction: 1.0,
            loss: 0.0,
            churn: 0.0,
            lr: 3e-3,
            idle: Idle::Momentum,
            clip_low: 0.2,
            clip_high: 0.28,
            kl_weight: 0.0,
            window: 40,
            mixed: false,
            base_steps: 60,
            format_share: 0.05,
            label_noise: 0.5,
            digits: 5,
        }
    }
}

pub const REWARD: Metric = Metric::higher("reward", "Mean reward of a completion", "");
pub const SMOOTHED: Metric = Metric::higher("smoothed_reward", "Mean reward, smoothed", "");
pub const CUMULATIVE: Metric =
    Metric::higher("cumulative_reward", "Rewards summed over rounds", "");
pub const LOG_CUMULATIVE: Metric =
    Metric::higher("log_cumulative", "Logarithm of the summed rewards", "").sparse();
pub const FORMAT: Metric =
    Metric::higher("format_rate", "Completions in the right format", "").share();
pub const SPREAD: Metric =
    Metric::lower("spread_time", "From the first node to the median node", "rounds").sparse();
pub const PEAK: Metric = Metric::higher("peak", "Peak of the smoothed reward", "");
pub const OSCILLATION: Metric =
    Metric::lower("oscillation", "Mean change of the reward in a round", "");
pub const DRAWDOWN: Metric =
    Metric::lower("drawdown", "Mean fall of the smoothed reward below its peak", "");
pub const ACCURACY: Metric =
    Metric::higher("accuracy", "Accuracy when tried out", "").share().sparse();
pub const STRICT: Metric =
    Metric::higher("accuracy_strict", "Accuracy in the right format", "").share().sparse();
pub const STARVED: Metric = Metric::lower("starved", "Nodes that found nothing outside", "");
pub const ENTROPY: Metric = Metric::plain("entropy", "Entropy of a token", "nats");
pub const MESSAGES: Metric = Metric::lower("messages", "Messages so far", "messages");
pub const BYTES: Metric = Metric::lower("bytes", "Bytes sent so far", "B");

pub const CARD: Card = Card {
    id: "sapo",
    version: 1,
    past: &[],
    title: "Rollouts shared by a swarm",
    says: "Eight policies pass each other their answers, never their weights: one node's lucky find becomes everybody's.",
    family: Family::Policy,
    paper: Paper {
        title: "Sharing is Caring: Efficient LM Post-Training with Collective RL Experience Sharing",
        authors: "Amico, Passamani Andrade, Donaghy and others",
        year: 2025,
        arxiv: Some("2509.08721"),
    },
    rounds: Horizon { default: 200, max: 2_000 },
    views: &["Swarm", "Who found the format when"],
    metrics: &[
        SMOOTHED,
        FORMAT,
        CUMULATIVE,
        REWARD,
        SPREAD,
        OSCILLATION,
        DRAWDOWN,
        PEAK,
        ACCURACY,
        STRICT,
        STARVED,
        ENTROPY,
        MESSAGES,
        BYTES,
        LOG_CUMULATIVE,
    ],
    claims: super::claims::ALL,
    presets: &[
        Preset {
            id: "small",
            label: "Small and quick",
            query: "nodes=4&group=4&format_share=0.5&staleness=1&rounds=20",
        },
        Preset {
            id: "filters",
            label: "What to take from others",
            query: "arms=mix_4_4,mix_4_4_uniform,mix_4_4_best,mix_8_0",
        },
        Preset {
            id: "contrasts",
            label: "Rollouts, weights, or one big node",
            query: "arms=mix_4_4,mix_8_0,weights_avg,one_big",
        },
        Preset {
            id: "good_base",
            label: "A stronger base",
            query: "base_steps=300&format_share=0.3&label_noise=0.3",
        },
        Preset { id: "waiting", label: "Optimizers that wait", query: "idle=wait" },
        Preset { id: "unequal", label: "Unequal nodes", query: "mixed=true" },
        Preset { id: "rough", label: "A rough network", query: "loss=0.3&churn=0.3&staleness=10" },
        Preset { id: "paper", label: "The paper's length", query: "rounds=2000&window=100" },
    ],
    real: Real { trains: true, surrogate_minds: false },
    about: "sapo.md",
};
