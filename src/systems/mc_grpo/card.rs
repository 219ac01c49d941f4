//! The card: metrics, claims, presets; and the dials.

use garde::Validate;
use lexicon::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an output is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reward {
    /// 2 for a right answer in the right format, 1.5 in another one, else 0.
    Graded,
    /// 1 for a right answer in the right format, else 0.
    Strict01,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Params {
    /// Rollouts of a prompt that count. The median arms draw one more, which only sets the bar.
    #[garde(range(min = 2, max = 16))]
    #[schemars(extend("unit" = "rollouts", "symbol" = "G"))]
    pub group: u32,
    /// Prompts of an update.
    #[garde(range(min = 1, max = 64))]
    #[schemars(extend("unit" = "prompts", "symbol" = "B"))]
    pub batch: u32,
    /// Size of the policy's step.
    #[garde(range(min = 0.0001, max = 0.01))]
    #[schemars(extend("label" = "Learning rate", "log" = true, "paper" = 0.000002))]
    pub lr: f64,
    /// How an output is paid.
    #[garde(skip)]
    pub reward: Reward,
    /// How often the arm with forced flips turns an advantage around.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("symbol" = "p", "step" = 0.05))]
    pub flip_share: f64,
    /// Passes over the same rollouts.
    #[garde(range(min = 1, max = 4))]
    #[schemars(extend("label" = "Passes", "paper" = 2, "advanced" = true))]
    pub num_iterations: u32,
    /// Weight of the distance to the policy before training.
    #[garde(range(min = 0.0, max = 0.2))]
    #[schemars(extend("label" = "KL weight", "symbol" = "β", "step" = 0.01, "paper" = 0.04, "advanced" = true))]
    pub kl_weight: f64,
    /// Added to the median distance from the median before it divides.
    #[garde(range(min = 0.0001, max = 1.0))]
    #[schemars(extend("label" = "MAD floor", "log" = true, "paper" = 0.001, "advanced" = true))]
    pub eps_mad: f64,
    /// What is pushed makes up for what is not: advantages that are not zero grow by rollouts over their number.
    #[garde(skip)]
    #[schemars(extend("label" = "Make up for zeros", "paper" = true, "advanced" = true))]
    pub compensate: bool,
    /// Digits of the tasks are 0 up to one less than this.
    #[garde(range(min = 2, max = 10))]
    #[schemars(extend("symbol" = "R", "advanced" = true))]
    pub digits: u32,
    /// Which of the nine digit tasks: 0 base conversion, 1 arithmetic, 2 ARC in one line, 3 BF, 4 logic,
    /// 5 fractions, 6 differences, 7 calendar, 8 binary matrix. One named twice comes twice as often.
    #[garde(length(min = 1, max = 9), inner(range(min = 0.0, max = 8.0)), custom(are_whole))]
    #[schemars(extend("advanced" = true))]
    pub tasks: Vec<f64>,
    /// Supervised steps before reinforcement learning begins.
    #[garde(range(min = 0, max = 2_000))]
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
    /// Hidden units of the net.
    #[garde(range(min = 8, max = 256))]
    #[schemars(extend("unit" = "units", "symbol" = "H", "advanced" = true))]
    pub hidden: u32,
}

fn are_whole(tasks: &[f64], _: &()) -> garde::Result {
    match tasks.iter().find(|task| task.fract() != 0.0) {
        Some(task) => Err(garde::Error::new(format!(
            "{task} is not one of the tasks: they are the whole numbers from 0 to 8"
        ))),
        None => Ok(()),
    }
}

impl Default for Params {
    fn default() -> Self {
        Self {
            group: 2,
            batch: 8,
            lr: 3e-3,
            reward: Reward::Graded,
            flip_share: 0.1,
            num_iterations: 2,
            kl_weight: 0.0,
            eps_mad: 1e-3,
            compensate: true,
            digits: 5,
            tasks: vec![1.0, 3.0, 6.0, 7.0],
            base_steps: 150,
            format_share: 0.5,
            label_noise: 0.5,
            hidden: 48,
        }
    }
}

pub const ACCURACY: Metric =
    Metric::higher("accuracy", "Accuracy when tried out", "").share().sparse();
pub const FLIP_RATE: Metric =
    Metric::lower("flip_rate", "Pushed the wrong way", "").share().sparse();
pub const REWARD: Metric = Metric::higher("reward", "Mean reward", "");
pub const STRICT: Metric =
    Metric::higher("accuracy_strict", "Accuracy in the right format", "").share().sparse();
pub const ZERO_GROUPS: Metric = Metric::plain("zero_groups", "Prompts without spread", "");
pub const ENTROPY: Metric = Metric::plain("entropy", "Entropy of a token", "nats");
pub const GRAD_NORM: Metric = Metric::plain("grad_norm", "Gradient length before the cut", "");
pub const CLIP_FRACTION: Metric =
    Metric::plain("clip_fraction", "Tokens that the clip stops", "").share();
pub const KL_TO_BASE: Metric =
    Metric::plain("kl_to_base", "Distance from before training", "nats").sparse();
pub const ROLLOUTS: Metric = Metric::plain("rollouts_total", "Rollouts drawn so far", "rollouts");
pub const TOKENS: Metric = Metric::plain("tokens_total", "Tokens drawn so far", "tokens");

pub const CARD: Card = Card {
    id: "mc-grpo",
    version: 1,
    past: &[],
    title: "Median-centered GRPO",
    says: "With two rollouts a prompt, an average calls some good answers bad. A median of three does so less often.",
    family: Family::Policy,
    paper: Paper {
        title: "MC-GRPO: Median-Centered Group Relative Policy Optimization for Small-Rollout Reinforcement Learning",
        authors: "Kim",
        year: 2026,
        arxiv: Some("2601.22582"),
    },
    rounds: Horizon { default: 400, max: 2_000 },
    views: &["Rollouts and their push", "Accuracy by task", "In words"],
    metrics: &[
        ACCURACY,
        FLIP_RATE,
        REWARD,
        STRICT,
        ZERO_GROUPS,
        ENTROPY,
        GRAD_NORM,
        CLIP_FRACTION,
        KL_TO_BASE,
        ROLLOUTS,
        TOKENS,
    ],
    claims: super::claims::ALL,
    presets: &[
        Preset { id: "small", label: "Small and quick", query: "rounds=20&batch=4&base_steps=60" },
        Preset { id: "long", label: "Longer training", query: "rounds=600" },
        Preset { id: "four", label: "Four rollouts a prompt", query: "group=4" },
        Preset { id: "eight", label: "Eight rollouts a prompt", query: "group=8" },
        Preset {
            id: "relatives",
            label: "Inside DAPO and Dr. GRPO",
            query: "arms=mc_dapo,dapo,mc_dr_grpo,dr_grpo,base",
        },
        Preset {
            id: "forced_flips",
            label: "What flips alone cost",
            query: "flip_share=0.2&arms=grpo,flip,base",
        },
        Preset { id: "recipe", label: "Held to the base, as released", query: "kl_weight=0.04" },
        Preset {
            id: "all_tasks",
            label: "All nine tasks",
            query: "tasks=0,1,2,3,4,5,6,7,8&rounds=1000",
        },
    ],
    real: Real { trains: true, surrogate_minds: false },
    about: "mc_grpo.md",
};
