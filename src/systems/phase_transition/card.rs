//! What phase-transition says of itself: dials, metrics, claims, presets.

use garde::Validate;
use lexicon::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Params {
    /// What is shown: one tree level by level, the phase diagram, accuracy against budget, or the warm-up with numbers
    /// instead of votes.
    #[garde(skip)]
    #[schemars(extend("label" = "Show"))]
    pub mode: Mode,
    /// How many messages an aggregator reads before it votes. Odd, so that there is no tie.
    #[garde(range(min = 3, max = 31), custom(odd))]
    #[schemars(extend("label" = "Fan-in", "symbol" = "b", "unit" = "messages", "step" = 2))]
    pub fan_in: u32,
    /// Levels of the tree above its leaves; one round is one level.
    #[garde(range(min = 1, max = 11))]
    #[schemars(extend("label" = "Depth", "symbol" = "L", "unit" = "levels"))]
    pub depth: u32,
    /// Chance that all inputs of a node are one common draw: they fail together, and voting does not help.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Shared failure", "symbol" = "ρ", "step" = 0.05))]
    pub shared_failure: f64,
    /// Share of messages that arrive as sent, where the channel is fixed; the others are fair coins.
    #[garde(range(min = 0.01, max = 1.0))]
    #[schemars(extend("label" = "Fidelity", "symbol" = "γ", "step" = 0.01))]
    pub fidelity: f64,
    /// Bias of a leaf in the tree and the phase diagram: 0 is a coin, 1 is always right.
    #[garde(range(min = 0.001, max = 1.0))]
    #[schemars(extend("label" = "Leaf bias", "symbol" = "μ₀", "log" = true))]
    pub leaf_bias: f64,
    /// Organizations simulated at once. Very large ones are simulated fewer times, and the run says so.
    #[garde(range(min = 100, max = 100_000))]
    #[schemars(extend("label" = "Trees simulated", "symbol" = "R", "log" = true))]
    pub trees: u32,
    /// The phase diagram's axes.
    #[garde(skip)]
    #[schemars(extend("label" = "Plane", "advanced" = true))]
    pub plane: Plane,
    /// Budgets for which accuracy is drawn, in tokens.
    #[garde(length(max = 12), inner(range(min = 1e2, max = 1e8)))]
    #[schemars(extend("label" = "Budgets", "symbol" = "B", "unit" = "tokens"))]
    pub budget: Vec<f64>,
    /// Compute of a leaf where it is not optimized: in a tree with given leaves and in the warm-up.
    #[garde(range(min = 1.0, max = 1e6))]
    #[schemars(extend("label" = "Leaf compute", "symbol" = "x", "unit" = "tokens", "log" = true))]
    pub leaf_tokens: f64,
    /// Length of a message: an aggregator has to be able to read all of its inputs.
    #[garde(range(min = 1, max = 4_000), custom(fits_the_window(self.fan_in, self.window_tokens)))]
    #[schemars(extend("label" = "Message", "symbol" = "m", "unit" = "tokens", "log" = true))]
    pub message_tokens: u32,
    /// What an aggregator can read at most.
    #[garde(range(min = 100, max = 1_000_000))]
    #[schemars(extend("label" = "Window", "symbol" = "W", "unit" = "tokens", "log" = true))]
    pub window_tokens: u32,
    /// Whether a message's fidelity is given, or grows with its length.
    #[garde(skip)]
    #[schemars(extend("label" = "Channel", "advanced" = true))]
    pub channel: Channel,
    /// Fidelity of an empty message, where fidelity grows with length.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Fidelity at length 0", "symbol" = "γ₀", "advanced" = true))]
    pub fidelity_start: f64,
    /// Length at which the missing fidelity has fallen to 1/e.
    #[garde(range(min = 1.0, max = 4_000.0))]
    #[schemars(extend("label" = "Length scale", "symbol" = "m₀", "unit" = "tokens", "advanced" = true, "log" = true))]
    pub fidelity_tokens: f64,
    /// Bias of a leaf with one token of compute.
    #[garde(range(min = 0.001, max = 0.5))]
    #[schemars(extend("label" = "Leaf scale", "symbol" = "κ", "advanced" = true, "log" = true))]
    pub leaf_scale: f64,
    /// How fast a leaf gains from compute: bias grows as compute to this power.
    #[garde(range(min = 0.02, max = 1.0))]
    #[schemars(extend("label" = "Leaf exponent", "symbol" = "β", "log" = true))]
    pub leaf_exponent: f64,
    /// The best that one agent can be, whatever it spends.
    #[garde(range(min = 0.1, max = 1.0))]
    #[schemars(extend("label" = "Leaf limit", "symbol" = "μmax", "advanced" = true))]
    pub leaf_limit: f64,
    /// Noise that the channel adds to a number, in the warm-up.
    #[garde(range(min = 0.01, max = 3.0))]
    #[schemars(extend("label" = "Channel noise", "symbol" = "σc", "advanced" = true))]
    pub channel_noise: f64,
    /// Variance of a leaf with one token of compute, in the warm-up.
    #[garde(range(min = 0.01, max = 100.0))]
    #[schemars(extend("label" = "Leaf variance", "symbol" = "A", "advanced" = true, "log" = true))]
    pub leaf_variance: f64,
    /// What sits at the leaves: biased coins, or surrogate minds whose luck is shared over the whole tree (the
    /// theory is then only an approximation, and fewer trees are simulated).
    #[garde(skip)]
    #[schemars(extend("label" = "Leaves are", "advanced" = true))]
    pub leaf: LeafKind,
    /// In the budget mode, also simulate a row of leaf sizes and see which is best.
    #[garde(skip)]
    #[schemars(extend("label" = "Try leaf sizes", "advanced" = true))]
    pub try_leaves: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            mode: Mode::Tree,
            fan_in: 3,
            depth: 8,
            shared_failure: 0.2,
            fidelity: 0.8,
            // Our choice: at 0.05 the growth over eight levels drowns in the noise of 2000 trees.
            leaf_bias: 0.1,
            trees: 2000,
            plane: Plane::FidelityShared,
            budget: vec![1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7],
            leaf_tokens: 1000.0,
            message_tokens: 100,
            window_tokens: 8000,
            channel: Channel::Fixed,
            fidelity_start: 0.5,
            fidelity_tokens: 120.0,
            leaf_scale: 0.02,
            leaf_exponent: 0.08,
            leaf_limit: 0.98,
            channel_noise: 0.3,
            leaf_variance: 1.0,
            leaf: LeafKind::Coin,
            try_leaves: false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One tree, level by level.
    Tree,
    /// Final bias over a plane of dials, row by row.
    Phase,
    /// Bias against budget, at matched cost.
    Budget,
    /// Numbers instead of votes: variance, level by level.
    Warmup,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Plane {
    /// Fidelity by shared failure.
    FidelityShared,
    /// Fidelity by twelve random pairs of fan-in and shared failure.
    Pairs,
    /// Message length by fan-in, where fidelity grows with length.
    LengthFanIn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The dial Fidelity.
    Fixed,
    /// 1 - (1 - γ₀) exp(-m / m₀).
    Curve,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeafKind {
    Coin,
    Surrogate,
}

fn odd(fan_in: &u32, _: &()) -> garde::Result {
    if fan_in % 2 == 1 {
        return Ok(());
    }
    Err(garde::Error::new(format!(
        "a majority needs an odd number: {} or {} would work",
        fan_in - 1,
        fan_in + 1
    )))
}

fn fits_the_window(fan_in: u32, window: u32) -> impl FnOnce(&u32, &()) -> garde::Result {
    move |message, _| {
        if fan_in * message <= window {
            return Ok(());
        }
        Err(garde::Error::new(format!(
            "b·m = {fan_in}·{message} tokens do not fit the window of {window}: at most {} would",
            window / fan_in
        )))
    }
}

pub const MU: Metric = Metric::higher("mu", "Mean signed correctness", "").sparse();
pub const ACCURACY: Metric = Metric::higher("accuracy", "Accuracy", "").share().sparse();
pub const GAP: Metric = Metric::plain("gap", "Simulation less theory", "").sparse();
pub const SYNERGY: Metric =
    Metric::higher("synergy", "More than one agent at equal cost", "").sparse();
pub const ALPHA: Metric = Metric::plain("alpha_rho", "Amplification of a level, α", "");
pub const EXPONENT: Metric = Metric::plain("exponent", "Organization exponent, s", "");
pub const FIXED_POINT: Metric = Metric::plain("fixed_point", "Where growth ends, μ*", "");
pub const MIXING: Metric =
    Metric::plain("mixing_depth", "Levels until depth adds nothing", "levels").sparse();
pub const KEPT: Metric = Metric::higher("kept", "Bias over the leaves' bias", "").sparse();
pub const DISTANCE: Metric = Metric::plain("distance", "Simulation less μ*", "").sparse();
pub const EXPONENT_ERR: Metric =
    Metric::plain("exponent_err", "Measured exponent less s", "").sparse();
pub const BEST_LEAF: Metric =
    Metric::plain("best_leaf", "Best leaf by the closed form, x*", "tokens").sparse();
pub const LEAF_USED: Metric = Metric::plain("leaf_used", "Compute of a leaf", "tokens").sparse();
pub const LEAVES: Metric = Metric::plain("leaves", "Leaves", "leaves").sparse();
pub const THRESHOLD: Metric =
    Metric::plain("threshold", "Budget from which a tree pays, B*", "tokens").sparse();
pub const LEAF_OFF: Metric =
    Metric::plain("leaf_off", "Best leaf simulated over x*, log2", "").sparse();
pub const BOUNDARY_ERR: Metric =
    Metric::lower("boundary_err", "Boundary, simulated less theory", "").sparse();
pub const PRED_ERR: Metric = Metric::lower("pred_err", "|log(predicted / simulated)|", "").sparse();
pub const EXCESS: Metric =
    Metric::lower("excess", "Most that simulation exceeds the predictor", "").sparse();
pub const VARIANCE: Metric = Metric::lower("variance", "Variance of the answer", "").sparse();
pub const FLOOR_RATIO: Metric =
    Metric::lower("floor_ratio", "Variance over its floor v*", "").sparse();
pub const TOKENS: Metric = Metric::lower("tokens", "Spent", "tokens").sparse();

pub const METRICS: &[Metric] = &[
    MU,
    ACCURACY,
    GAP,
    SYNERGY,
    VARIANCE,
    KEPT,
    DISTANCE,
    ALPHA,
    EXPONENT,
    FIXED_POINT,
    MIXING,
    EXPONENT_ERR,
    BEST_LEAF,
    LEAF_USED,
    LEAVES,
    THRESHOLD,
    LEAF_OFF,
    BOUNDARY_ERR,
    PRED_ERR,
    EXCESS,
    FLOOR_RATIO,
    TOKENS,
];

pub const PRESETS: &[Preset] = &[
    Preset {
        id: "hardens",
        label: "Good channel: the signal hardens",
        query: "fidelity=0.95&shared_failure=0.05",
    },
    Preset {
        id: "collapses",
        label: "Half fails together: the signal dies",
        query: "shared_failure=0.5&fidelity=0.7",
    },
    Preset {
        id: "phase",
        label: "Phase diagram",
        query: "mode=phase&trees=500&seeds=2&arms=tree,theory",
    },
    Preset {
        id: "message_length",
        label: "How long should messages be?",
        query: "mode=phase&plane=length_fan_in&trees=300&seeds=2&arms=tree,theory",
    },
    Preset {
        id: "budget",
        label: "When does a tree beat one agent?",
        query: "mode=budget&fidelity=0.95&seeds=3&arms=tree,single,star,chain,theory,clipped",
    },
    Preset {
        id: "warmup",
        label: "Numbers instead of votes",
        query: "mode=warmup&seeds=3&arms=tree,star,chain,theory",
    },
];
