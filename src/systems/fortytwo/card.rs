//! What fortytwo says of itself: dials, metrics, presets.

use garde::Validate;
use lexicon::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Params {
    /// How many nodes work on one request. Fewer than three cannot rank: they vote.
    #[garde(range(min = 2, max = 25))]
    #[schemars(extend("label" = "Nodes per request", "symbol" = "N", "unit" = "nodes", "paper" = 7))]
    pub nodes: u32,
    /// How many honest candidates there are to select from.
    #[garde(range(min = 2, max = 100))]
    #[schemars(extend("label" = "Pool", "unit" = "nodes"))]
    pub pool: u32,
    /// How often one node alone is right, on the mean of the pool.
    #[garde(range(min = 0.05, max = 0.98), custom(above_guessing(self.options)))]
    #[schemars(extend("label" = "Accuracy of one node", "step" = 0.05))]
    pub accuracy0: f64,
    /// How much the nodes' abilities differ, in logits.
    #[garde(range(min = 0.0, max = 3.0))]
    #[schemars(extend("label" = "Spread of ability", "symbol" = "σθ", "step" = 0.1))]
    pub spread: f64,
    /// How sharply a node of middling ability judges: it prefers the right one of two answers with chance Φ(D).
    #[garde(range(min = 0.0, max = 4.0))]
    #[schemars(extend("label" = "Judging sharpness", "symbol" = "D₀", "step" = 0.1))]
    pub judging: f64,
    /// How much of a judge's error all judges share: a seductive wrong answer seduces everybody.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Common appeal", "symbol" = "ω", "step" = 0.1))]
    pub appeal: f64,
    /// Number of possible answers.
    #[garde(range(min = 2, max = 1000))]
    #[schemars(extend("label" = "Options", "symbol" = "K", "log" = true))]
    pub options: u32,
    /// Share of nodes that attack: they pass the entry test by their ability and then misbehave.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Attackers in the pool", "step" = 0.05))]
    pub byzantine: f64,
    /// What attackers do.
    #[garde(skip)]
    #[schemars(extend("label" = "Attackers"))]
    pub attacker: Attacker,
    /// Weak minds that one operator sends to the entry test.
    #[garde(range(min = 0, max = 200))]
    #[schemars(extend("label" = "Sybils", "symbol" = "m", "unit" = "nodes"))]
    pub sybils: u32,
    /// Chance that a request carries a planted text that praises the most misleading answer.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Planted texts", "step" = 0.1))]
    pub injected: f64,
    /// Which pairs of answers are judged.
    #[garde(skip)]
    #[schemars(extend("label" = "Pairs", "paper" = "chains"))]
    pub schedule: Schedule,
    /// How much reputation counts in the ranking: 0 not at all, 1 in proportion.
    #[garde(range(min = 0.0, max = 3.0))]
    #[schemars(extend("label" = "Power of reputation", "symbol" = "ρ", "step" = 0.5))]
    pub reputation_power: f64,
    /// How far a reputation moves with one request.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Reputation step", "symbol" = "η", "advanced" = true))]
    pub reputation_step: f64,
    /// Share of a reputation that comes from one's own answers; the rest comes from one's judging.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Weight of answering", "advanced" = true))]
    pub generation_weight: f64,
    #[garde(range(min = 0.05, max = 1.0))]
    /// Reputation of a newcomer.
    #[schemars(extend("label" = "First reputation", "symbol" = "R₀", "advanced" = true))]
    pub reputation_start: f64,
    /// No reputation falls below this.
    #[garde(range(min = 0.001, max = 0.5))]
    #[schemars(extend("label" = "Least reputation", "symbol" = "Rmin", "advanced" = true))]
    pub reputation_floor: f64,
    /// Questions of the entry test.
    #[garde(range(min = 1, max = 50))]
    #[schemars(extend("label" = "Test questions", "paper" = 20, "advanced" = true))]
    pub test_questions: u32,
    /// How many of them have to be right.
    #[garde(range(min = 1, max = 50), custom(at_most_all(self.test_questions)))]
    #[schemars(extend("label" = "Needed to pass", "paper" = 17, "advanced" = true))]
    pub test_pass: u32,
    /// How often a candidate may try.
    #[garde(range(min = 1, max = 10))]
    #[schemars(extend("label" = "Tries", "paper" = 3, "advanced" = true))]
    pub test_tries: u32,
    /// Compute that one try costs.
    #[garde(range(min = 0.0, max = 100.0))]
    #[schemars(extend("label" = "Cost of a try", "unit" = "credits", "advanced" = true))]
    pub test_cost: f64,
    /// What an admitted node locks.
    #[garde(range(min = 0.0, max = 1000.0))]
    #[schemars(extend("label" = "Stake", "unit" = "credits", "advanced" = true))]
    pub stake: f64,
    /// Share of the stake that bad judging costs.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Slashed", "advanced" = true))]
    pub slash: f64,
    /// Agreement with the ranking below which, three times in a row, a node is slashed and has to test again.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Slashed below", "advanced" = true))]
    pub slash_at: f64,
    /// How much sharper an able node judges an easy question.
    #[garde(range(min = 0.0, max = 2.0))]
    #[schemars(extend("label" = "Slope of judging", "symbol" = "δ", "advanced" = true))]
    pub judging_slope: f64,
    /// Share of luck that all nodes have in common on a question.
    #[garde(range(min = 0.0, max = 1.0), custom(shares_fit(self.share_family, self.share_own)))]
    #[schemars(extend("label" = "Common luck", "symbol" = "wg", "advanced" = true))]
    pub share_global: f64,
    /// Share of luck of a family; here every honest node is a family of its own, and all Sybils are one.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Family luck", "symbol" = "wf", "advanced" = true))]
    pub share_family: f64,
    /// Share of luck that a node keeps over samples of one question.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Own luck", "symbol" = "wp", "advanced" = true))]
    pub share_own: f64,
    /// Chance that a wrong answer is the misleading one.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Misleading", "symbol" = "λ", "advanced" = true))]
    pub distractor: f64,
    /// Share of misleading answers that mislead all nodes alike.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("label" = "Misleading alike", "symbol" = "χ", "advanced" = true))]
    pub common: f64,
    /// Nodes also judge pairs with their own answer.
    #[garde(skip)]
    #[schemars(extend("label" = "Judge own answers", "advanced" = true))]
    pub self_pairs: bool,
    /// Strengths of equal answers are added up, instead of the best single response winning.
    #[garde(skip)]
    #[schemars(extend("label" = "Pool equal answers", "advanced" = true))]
    pub pool_equal: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            nodes: 7,
            pool: 12,
            accuracy0: 0.60,
            spread: 0.8,
            judging: 1.6,
            appeal: 0.3,
            options: 4,
            byzantine: 0.0,
            attacker: Attacker::Misleading,
            sybils: 0,
            injected: 0.0,
            schedule: Schedule::Chains,
            reputation_power: 1.0,
            reputation_step: 0.1,
            generation_weight: 0.5,
            reputation_start: 0.5,
            reputation_floor: 0.05,
            test_questions: 20,
            test_pass: 17,
            test_tries: 3,
            test_cost: 1.0,
            stake: 10.0,
            slash: 0.2,
            slash_at: 0.35,
            judging_slope: 0.6,
            share_global: 0.15,
            share_family: 0.10,
            share_own: 0.45,
            distractor: 0.7,
            common: 0.8,
            self_pairs: false,
            pool_equal: false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Attacker {
    /// Answer what misleads most, and vote for it.
    Misleading,
    /// Answer honestly, judge by a coin.
    Lazy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// Neighbors and next neighbors in a random row: 2 (2N - 3) comparisons.
    Chains,
    /// Every pair in both orders: N (N - 1) comparisons.
    Full,
    /// 3 N random pairs.
    Random,
}

fn above_guessing(options: u32) -> impl FnOnce(&f64, &()) -> garde::Result {
    move |accuracy, _| {
        let floor = 1.0 / f64::from(options);
        if *accuracy > floor {
            return Ok(());
        }
        Err(garde::Error::new(format!(
            "guessing among {options} options gives {floor:.2} already: more than that"
        )))
    }
}

fn at_most_all(questions: u32) -> impl FnOnce(&u32, &()) -> garde::Result {
    move |pass, _| {
        if *pass <= questions {
            return Ok(());
        }
        Err(garde::Error::new(format!(
            "the test has {questions} questions: at most so many can be right"
        )))
    }
}

fn shares_fit(family: f64, own: f64) -> impl FnOnce(&f64, &()) -> garde::Result {
    move |global, _| {
        if global + family + own <= 1.0 + 1e-9 {
            return Ok(());
        }
        Err(garde::Error::new(format!(
            "the shares of luck sum up to more than 1: at most {:.2} is left beside the family's and the own",
            (1.0 - family - own).max(0.0)
        )))
    }
}

pub const ACCURACY: Metric = Metric::higher("accuracy", "Accuracy so far", "").share();
pub const RECENT: Metric =
    Metric::higher("accuracy_recent", "Accuracy, last 50 requests", "").share();
pub const LIFT: Metric = Metric::higher("lift", "More than a vote of the same nodes", "");
pub const COVERAGE: Metric = Metric::plain("coverage", "Some node is right", "").share();
pub const JUDGE_ACC: Metric =
    Metric::higher("judge_acc", "Verdicts that prefer the right one", "").share().sparse();
pub const REP_CORR: Metric =
    Metric::higher("rep_corr", "Reputation with ability (Spearman)", "").sparse();
pub const BYZ_SHARE: Metric =
    Metric::lower("byz_share", "Attackers' share of reputation", "").share().sparse();
pub const BYZ_LEFT: Metric = Metric::lower("byz_left", "The same over its start", "").sparse();
pub const ADMIT_HONEST: Metric =
    Metric::higher("admit_honest", "Honest candidates admitted", "").share();
pub const ADMIT_SYBIL: Metric =
    Metric::lower("admit_sybil", "Sybils admitted", "").share().sparse();
pub const ATTACK_SPENT: Metric =
    Metric::plain("attack_spent", "Sybils' operator has spent", "credits").sparse();
pub const ATTACK_COST: Metric =
    Metric::higher("attack_cost", "Spent per point of accuracy lost", "credits").sparse();
pub const DEGRADATION: Metric =
    Metric::lower("degradation", "Accuracy lost to planted texts", "").sparse();
pub const COMPARISONS: Metric = Metric::lower("comparisons", "Comparisons", "");
pub const TOKENS: Metric = Metric::lower("tokens", "Tokens", "tokens");
pub const BYTES: Metric = Metric::lower("bytes", "On the ledger", "B");

pub const METRICS: &[Metric] = &[
    ACCURACY,
    RECENT,
    LIFT,
    COVERAGE,
    JUDGE_ACC,
    REP_CORR,
    BYZ_SHARE,
    BYZ_LEFT,
    ADMIT_HONEST,
    ADMIT_SYBIL,
    ATTACK_SPENT,
    ATTACK_COST,
    DEGRADATION,
    COMPARISONS,
    TOKENS,
    BYTES,
];

pub const PRESETS: &[Preset] = &[
    Preset { id: "gpqa", label: "GPQA Diamond: four options", query: "rounds=198" },
    Preset {
        id: "livecode",
        label: "LiveCodeBench: open answers",
        query: "options=200&accuracy0=0.55",
    },
    Preset { id: "math500", label: "MATH-500: mostly right", query: "options=100&accuracy0=0.85" },
    Preset { id: "aime", label: "AIME: a number below 1000", query: "options=1000&accuracy0=0.55" },
    Preset {
        id: "attackers",
        label: "A third of the pool attacks",
        query: "byzantine=0.3&arms=swarm,bt_unweighted,majority",
    },
    Preset {
        id: "sybils",
        label: "Fifty Sybils at the door",
        query: "sybils=50&arms=swarm,swarm_open,majority",
    },
    Preset {
        id: "planted",
        label: "Planted texts in every request",
        query: "injected=1&arms=swarm,single,best_single",
    },
];
