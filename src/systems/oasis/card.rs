//! What oasis says of itself: dials, arms, metrics, presets.

use super::claims;
use engine::population::graph::EDGES_MAX;
use engine::population::recommender::HotVariant;
use garde::Validate;
use lexicon::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Topics of the platform: ours.
pub const TOPICS: u16 = 8;
/// Topics that an ordinary user cares for (OASIS, section 2.6).
pub const TOPICS_PER_USER: u32 = 2;
/// Core users of the paper's runs.
const CORE_MAX: u32 = 196;
/// Agents of all of `spread`'s separate worlds together.
const SPREAD_AGENTS_MAX: u32 = 200_000;

/// What is played, and on which platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// X: how far a post gets, each item in a world of its own.
    Spread,
    /// X: what a stream of cautious posts does to opinions.
    Polarize,
    /// Reddit: does the first vote sway the later ones?
    Herd,
    /// X: four rumors beside four truths.
    Rumor,
}

/// Which term of Reddit's hot score carries the sign of the votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hot {
    /// The votes, as in the repository and on Reddit.
    Code,
    /// The time, as the paper prints it.
    Paper,
}

impl From<Hot> for HotVariant {
    fn from(hot: Hot) -> Self {
        match hot {
            Hot::Code => HotVariant::Code,
            Hot::Paper => HotVariant::Paper,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Params {
    /// What is played. Agents, feeds and activity have other sizes in each task: the presets carry them.
    #[garde(skip)]
    pub task: Task,
    /// How many people are on the platform; in spread: in the world of each item.
    #[garde(range(min = 100, max = 1_000_000), custom(fits_the_items(self.task, self.items)))]
    #[schemars(extend("unit" = "agents", "symbol" = "N", "log" = true))]
    pub agents: u32,
    /// Posts of a feed that are drawn from the recommendations.
    #[garde(range(min = 1, max = 50))]
    #[schemars(extend("label" = "Recommended posts in a feed", "unit" = "posts"))]
    pub refresh: u32,
    /// Posts that the recommender puts up for a person.
    #[garde(range(min = 1, max = 5_000))]
    #[schemars(extend("label" = "Recommended posts to draw from", "unit" = "posts", "log" = true))]
    pub max_rec: u32,
    /// The newest posts of whom one follows in a feed.
    #[garde(range(min = 0, max = 50))]
    #[schemars(extend("label" = "Followed posts in a feed", "unit" = "posts"))]
    pub following: u32,
    /// Chance that an ordinary user acts in a step, on average; core users ten times that. On X (spread, polarize)
    /// people differ and the hour counts.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Activity", "step" = 0.01))]
    pub active: f64,
    /// How strongly votes follow votes: h of sign(score) h ln(1 + |score|).
    #[garde(range(min = 0.0, max = 3.0))]
    #[schemars(extend("symbol" = "h", "step" = 0.1))]
    pub herding: f64,
    /// How far one post moves an opinion.
    #[garde(range(min = 0.0, max = 0.3))]
    #[schemars(extend("symbol" = "μ", "step" = 0.01))]
    pub opinion_step: f64,
    /// Chance to follow a core user of a topic one cares for.
    #[garde(range(min = 0.0, max = 1.0), custom(fits_the_graph(self.task, self.agents)))]
    #[schemars(extend("step" = 0.05, "paper" = 0.2))]
    pub p_follow: f64,
    /// Posts followed in spread, each in a world of its own.
    #[garde(range(min = 1, max = 198))]
    #[schemars(extend("unit" = "posts", "paper" = 198))]
    pub items: u32,
    /// Which term of Reddit's hot score carries the sign of the votes.
    #[garde(skip)]
    #[schemars(extend("advanced" = true))]
    pub hot_variant: Hot,
    /// X's recommender counts followers, as the paper says; the repository's stored version does not.
    #[garde(skip)]
    #[schemars(extend("advanced" = true, "label" = "Followers count"))]
    pub use_fans: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            task: Task::Spread,
            agents: 700,
            refresh: 2,
            max_rec: 2,
            following: 3,
            active: 0.1,
            herding: 0.0,
            opinion_step: 0.06,
            p_follow: 0.2,
            items: 28,
            hot_variant: Hot::Code,
            use_fans: true,
        }
    }
}

impl Params {
    /// Core users: the paper's 196, fewer where there are few agents. Reddit has none.
    pub fn core(&self) -> u32 {
        core(self.task, self.agents)
    }
}

fn core(task: Task, agents: u32) -> u32 {
    match task {
        Task::Herd => 0,
        Task::Polarize => (agents / 5).min(CORE_MAX),
        Task::Spread | Task::Rumor => (agents / 20).clamp(10, CORE_MAX),
    }
}

fn fits_the_items(task: Task, items: u32) -> impl FnOnce(&u32, &()) -> garde::Result {
    move |agents, ()| {
        if task != Task::Spread || agents.saturating_mul(items) <= SPREAD_AGENTS_MAX {
            return Ok(());
        }
        let fits = SPREAD_AGENTS_MAX / items.max(1);
        Err(garde::Error::new(format!(
            "in spread each of the {items} items has a world of its own, at most {SPREAD_AGENTS_MAX} agents in all: \
             {fits} would work, or fewer items, or the task rumor"
        )))
    }
}

fn fits_the_graph(task: Task, agents: u32) -> impl FnOnce(&f64, &()) -> garde::Result {
    move |p_follow, ()| {
        let each = f64::from(core(task, agents) * TOPICS_PER_USER) / f64::from(TOPICS);
        // Two in a hundred for chance.
        let most = 0.98 * EDGES_MAX as f64 / (f64::from(agents) * each).max(1.0);
        if *p_follow <= most {
            return Ok(());
        }
        Err(garde::Error::new(format!(
            "{agents} agents would follow more than {EDGES_MAX} times: {:.2} would work, or fewer agents",
            (100.0 * most).floor() / 100.0
        )))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    Full,
    NoRec,
    RandomRec,
    NoClock,
    Down,
    Control,
    Up,
    Aligned,
    Uncensored,
}

pub const ARMS: &[ArmCard<Arm>] = &[
    ArmCard::method(Arm::Full, "full", "Recommender and clock")
        .says("People act at their own hours and read what they follow and what is recommended.")
        .when("task=spread|rumor"),
    ArmCard::ablation(Arm::NoRec, "no_rec", "No recommender")
        .says("People read only whom they follow.")
        .when("task=spread|rumor"),
    ArmCard::baseline(Arm::RandomRec, "random_rec", "Random recommendations")
        .says("Any posts are recommended.")
        .when("task=spread|rumor"),
    ArmCard::ablation(Arm::NoClock, "no_clock", "No clock")
        .says("Everybody acts in every step.")
        .extra()
        .when("task=spread"),
    ArmCard::method(Arm::Down, "down", "First vote down")
        .says("Each post begins with one dislike by the experimenter.")
        .when("task=herd"),
    ArmCard::baseline(Arm::Control, "control", "No first vote")
        .says("Posts begin without votes.")
        .when("task=herd"),
    ArmCard::method(Arm::Up, "up", "First vote up")
        .says("Each post begins with one like by the experimenter.")
        .when("task=herd"),
    ArmCard::method(Arm::Aligned, "aligned", "Aligned minds")
        .says("An opinion moves by μ with a post.")
        .when("task=polarize"),
    ArmCard::method(Arm::Uncensored, "uncensored", "Uncensored minds")
        .says("An opinion moves by 2 μ with a post: models without restraint.")
        .when("task=polarize"),
];

pub const SCALE: Metric = Metric::plain("scale", "People who passed it on", "agents").sparse();
pub const DEPTH: Metric = Metric::plain("depth", "Hops from the source", "hops").sparse();
pub const BREADTH: Metric =
    Metric::plain("max_breadth", "Most people at one distance", "agents").sparse();
pub const RMSE_SCALE: Metric = Metric::lower("rmse_scale", "Normalized RMSE of scale", "").sparse();
pub const RMSE_DEPTH: Metric = Metric::lower("rmse_depth", "Normalized RMSE of depth", "").sparse();
pub const RMSE_BREADTH: Metric =
    Metric::lower("rmse_breadth", "Normalized RMSE of max breadth", "").sparse();
pub const DEPTH_GAP: Metric =
    Metric::plain("depth_gap", "RMSE of depth less RMSE of scale", "").sparse();
pub const SHALLOW: Metric =
    Metric::plain("shallow", "Share of items at most two hops deep", "").share().sparse();
pub const REACH_RUMOR: Metric =
    Metric::plain("reach_rumor", "People who passed a rumor on", "agents").sparse();
pub const REACH_TRUTH: Metric =
    Metric::plain("reach_truth", "People who passed a truth on", "agents").sparse();
pub const REACH_RATIO: Metric =
    Metric::plain("reach_ratio", "Reach of rumors over truths", "").sparse();
pub const SCORE: Metric = Metric::plain("score", "Score of a post by its readers", "").sparse();
pub const DISAGREE: Metric =
    Metric::plain("disagree", "Disagreement of comments, 1 to 10", "").sparse();
pub const OPINION: Metric = Metric::plain("opinion", "Mean opinion", "").sparse();
pub const OPINION_SD: Metric = Metric::plain("opinion_sd", "Spread of opinions", "").sparse();
pub const EXTREMITY: Metric = Metric::plain("extremity", "Mean distance from neutral", "").sparse();
pub const EXTREMITY_GAIN: Metric =
    Metric::plain("extremity_gain", "Gain in distance from neutral", "").sparse();
pub const FAR_SHARE: Metric =
    Metric::plain("far_share", "Share of opinions beyond 0.8", "").share().sparse();
pub const MORE_EXTREME: Metric =
    Metric::plain("more_extreme", "Share more extreme than at the start", "").share().sparse();
pub const FOLLOWS: Metric = Metric::plain("follows", "New follows", "follows");
pub const CLUSTERING: Metric = Metric::plain("clustering", "Local clustering", "").share().sparse();
pub const CALLS: Metric = Metric::plain("calls_saved", "Model calls stood in for", "calls");
pub const MEGABYTES: Metric = Metric::lower("megabytes", "Memory of the platform", "MB");

pub const CARD: Card = Card {
    id: "oasis",
    version: 1,
    past: &[],
    title: "OASIS: a platform in motion",
    says: "An X and a Reddit of up to a million people: what the recommender, the clock and the numbers do to \
           spreading, polarization and herding.",
    family: Family::Population,
    paper: Paper {
        title: "OASIS: Open Agent Social Interaction Simulations with One Million Agents",
        authors: "Yang, Zhang, Zheng, Jiang, Gan, Wang, Ling, Chen, Ma, Dong, Gupta, Hu, Yin, Li, Jia, Wang, Ghanem, \
                  Lu, Lu, Ouyang, Qiao, Torr, Shao",
        year: 2024,
        arxiv: Some("2411.11581"),
    },
    rounds: Horizon { default: 30, max: 90 },
    views: &["network", "in numbers", "chart"],
    metrics: &[
        SCALE,
        DEPTH,
        BREADTH,
        RMSE_SCALE,
        RMSE_DEPTH,
        RMSE_BREADTH,
        DEPTH_GAP,
        SHALLOW,
        REACH_RATIO,
        REACH_RUMOR,
        REACH_TRUTH,
        SCORE,
        DISAGREE,
        EXTREMITY,
        EXTREMITY_GAIN,
        MORE_EXTREME,
        FAR_SHARE,
        OPINION,
        OPINION_SD,
        FOLLOWS,
        CLUSTERING,
        CALLS,
        MEGABYTES,
    ],
    claims: claims::CLAIMS,
    presets: &[
        Preset { id: "small", label: "A small platform", query: "agents=200&items=4&rounds=8" },
        Preset {
            id: "polarize",
            label: "Opinions drift apart",
            query: "task=polarize&agents=1000&rounds=30",
        },
        Preset {
            id: "herd",
            label: "The first vote",
            query: "task=herd&agents=1000&refresh=5&max_rec=5000&following=0&herding=0.9&rounds=30",
        },
        Preset {
            id: "herd_crowd",
            label: "The first vote among 10,000",
            query: "task=herd&agents=10000&refresh=5&max_rec=5000&following=0&herding=0.9&rounds=30",
        },
        Preset {
            id: "rumor",
            label: "Rumor and truth among 100,000",
            query: "task=rumor&agents=100000&active=0.01&rounds=60&seeds=1&arms=full",
        },
        Preset {
            id: "million",
            label: "A million people",
            query: "task=rumor&agents=1000000&active=0.01&rounds=60&seeds=1&arms=full",
        },
        Preset {
            id: "paper",
            label: "All 198 propagations",
            query: "agents=700&items=198&rounds=50&seeds=1",
        },
    ],
    real: Real { trains: false, surrogate_minds: true },
    about: "oasis.md",
};
