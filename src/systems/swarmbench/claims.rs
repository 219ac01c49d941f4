//! The card: metrics, claims, presets.

use super::world::Task;
use lexicon::*;

pub const SCORE: Metric = Metric::higher("score", "Score", "points");
pub const SUCCESS: Metric = Metric::higher("success_at_all", "Scored at all", "").share();
pub const NORMALIZED: Metric = Metric::higher("normalized_score", "Score against the script", "");
pub const AVG_SCORE: Metric =
    Metric::higher("avg_score", "Mean of the five scores", "points").sparse();
pub const PURSUIT: Metric = Metric::higher("score_pursuit", "Pursuit", "points").sparse();
pub const SYNCHRONIZATION: Metric =
    Metric::higher("score_synchronization", "Synchronization", "points").sparse();
pub const FORAGING: Metric = Metric::higher("score_foraging", "Foraging", "points").sparse();
pub const FLOCKING: Metric = Metric::higher("score_flocking", "Flocking", "points").sparse();
pub const TRANSPORT: Metric = Metric::higher("score_transport", "Transport", "points").sparse();
pub const DIRECTIONAL_ENTROPY: Metric =
    Metric::plain("directional_entropy", "Entropy of directions", "bits").sparse();
pub const STILLNESS: Metric = Metric::plain("stillness", "Share that does not move", "").share();
pub const DOMINANT_ACTION: Metric =
    Metric::plain("dominant_action", "Share of the commonest action", "").share();
pub const POLARIZATION: Metric =
    Metric::plain("polarization", "Polarization of moves", "").sparse();
pub const EXPLORED: Metric = Metric::higher("explored", "Cells visited by anybody", "cells");
pub const KEPT_ADJACENCY: Metric =
    Metric::plain("kept_adjacency", "Pairs that stay side by side", "pairs");
pub const PUSH_EVENTS: Metric = Metric::plain("push_events", "Pushes of one by another", "pushes");
pub const MESSAGE_RATE: Metric =
    Metric::plain("message_rate", "Messages an agent and round", "messages");
pub const MESSAGE_LEN: Metric =
    Metric::plain("message_len", "Length of a message", "characters").sparse();
/// Read only where a model is connected.
pub const TOKENS: Metric = Metric::lower("tokens", "Your model's tokens so far", "tokens").sparse();
pub const INVALID: Metric =
    Metric::lower("invalid_actions", "Replies that were no action, so far", "replies").sparse();

pub fn score_of(task: Task) -> Metric {
    match task {
        Task::Pursuit => PURSUIT,
        Task::Synchronization => SYNCHRONIZATION,
        Task::Foraging => FORAGING,
        Task::Flocking => FLOCKING,
        Task::Transport => TRANSPORT,
    }
}

/// What the script without faults scores: its mean over seeds 1000..=1039 at the defaults (never judged).
pub fn reference(task: Task) -> f64 {
    match task {
        Task::Pursuit => 14.3,
        Task::Synchronization => 1.175,
        Task::Foraging => 5.025,
        Task::Flocking => 9.6,
        Task::Transport => 6.74,
    }
}

const fn higher(metric: Metric, arm: &'static str, than: &'static str) -> Test {
    Test::Higher { metric, arm, than, at: At::Last, ratio: 1.0 }
}

const fn lower(metric: Metric, arm: &'static str, than: &'static str) -> Test {
    Test::Lower { metric, arm, than, at: At::Last, ratio: 1.0 }
}

const fn level(metric: Metric, arm: &'static str, low: f64, high: f64) -> Test {
    Test::Between { metric, arm, at: At::Last, low, high }
}

pub const CARD: Card = Card {
    id: "swarmbench",
    version: 1,
    past: &[],
    title: "SwarmBench",
    says: "Ten agents that see five cells across: good at some swarm tasks, almost never at others.",
    family: Family::Coordination,
    paper: Paper {
        title: "Benchmarking LLMs' Swarm intelligence",
        authors: "Ruan et al.",
        year: 2025,
        arxiv: Some("2505.04364"),
    },
    rounds: Horizon { default: 100, max: 500 },
    views: &["board", "what agent 0 sees and hears", "actions and scores"],
    metrics: &[
        SCORE,
        SUCCESS,
        NORMALIZED,
        STILLNESS,
        EXPLORED,
        MESSAGE_RATE,
        DIRECTIONAL_ENTROPY,
        POLARIZATION,
        DOMINANT_ACTION,
        KEPT_ADJACENCY,
        PUSH_EVENTS,
        MESSAGE_LEN,
        AVG_SCORE,
        PURSUIT,
        SYNCHRONIZATION,
        FORAGING,
        FLOCKING,
        TRANSPORT,
        TOKENS,
        INVALID,
    ],
    claims: &[S1, S2, S3, S4, S5],
    presets: &[
        Preset { id: "all_five", label: "All five tasks", query: "task=all" },
        Preset {
            id: "lights",
            label: "Lights: a common clock",
            query: "task=synchronization&clock=1&arms=strong,custom,random",
        },
        Preset {
            id: "maze",
            label: "Food through a maze",
            query: "task=foraging&size=14&rounds=200",
        },
        Preset {
            id: "ring",
            label: "Form a hollow square",
            query: "task=flocking&arms=strong,medium,random",
        },
        Preset {
            id: "box",
            label: "Push the box out",
            query: "task=transport&arms=scripted,strong,medium",
        },
        Preset {
            id: "whole_map",
            label: "Transport, seeing the whole map",
            query: "task=transport&view=19&arms=scripted,strong,medium",
        },
        Preset {
            id: "swarm",
            label: "Forty agents on a large board",
            query: "agents=40&size=24&rounds=200",
        },
        Preset { id: "silence", label: "With and without words", query: "arms=medium,silent" },
    ],
    real: Real { trains: false, surrogate_minds: true },
    about: "swarmbench.md",
};

const S1: Claim = Claim {
    id: "s1",
    says: "Performance differs strongly between tasks; Transport is 0 for 11 of 13 models.",
    source: "Figure of task scores, read off; repository README",
    tests: "Medium and weak minds: fewer than half of the seeds score in Transport at all (so the median is 0), and in \
            each of strong, medium and weak the share of seeds that score is lowest in Transport.",
    setting: "",
    seeds: 20,
    test: Test::All(&[
        level(SUCCESS, "medium?task=transport", 0.0, 0.5),
        level(SUCCESS, "weak?task=transport", 0.0, 0.5),
        lower(SUCCESS, "strong?task=transport", "strong?task=pursuit"),
        lower(SUCCESS, "strong?task=transport", "strong?task=synchronization"),
        lower(SUCCESS, "strong?task=transport", "strong?task=foraging"),
        lower(SUCCESS, "strong?task=transport", "strong?task=flocking"),
        lower(SUCCESS, "medium?task=transport", "medium?task=pursuit"),
        lower(SUCCESS, "medium?task=transport", "medium?task=synchronization"),
        lower(SUCCESS, "medium?task=transport", "medium?task=foraging"),
        lower(SUCCESS, "medium?task=transport", "medium?task=flocking"),
        lower(SUCCESS, "weak?task=transport", "weak?task=pursuit"),
        lower(SUCCESS, "weak?task=transport", "weak?task=synchronization"),
        lower(SUCCESS, "weak?task=transport", "weak?task=foraging"),
        lower(SUCCESS, "weak?task=transport", "weak?task=flocking"),
    ]),
    expect: Expect::NotReproduced {
        why: "Transport is easier here than for language models: where to stand and when to push are written into the \
              script, so strong minds score there in every seed and medium ones in two of three; one common push opens \
              a way out. Weak minds score in none of 20, as 11 of the 13 models. Where the box lies is our reading.",
    },
};

const S2: Claim = Claim {
    id: "s2",
    says: "In Pursuit o4-mini scores 9.60, DeepSeek-V3 4.20, Claude 3.5 Haiku 0.60.",
    source: "Repository README, leaderboard",
    tests: "Mean Pursuit score of the three minds within 1.0 of these. Calibrated: the lapses were fitted to these \
            numbers on other seeds, so this shows that the fit holds and is no discovery.",
    setting: "task=pursuit",
    seeds: 20,
    test: Test::All(&[
        level(SCORE, "strong", 8.6, 10.6),
        level(SCORE, "medium", 3.2, 5.2),
        level(SCORE, "weak", -0.4, 1.6),
    ]),
    expect: Expect::Inconclusive {
        why: "Calibrated on seeds 1000..1039, where the means are 9.5, 4.2 and 0.6. On the judged seeds all three means \
              are within 1.0 of the paper's, but single runs of the strong mind spread by 2 points, so its interval \
              at 20 seeds reaches past the limit.",
    },
};

const S3: Claim = Claim {
    id: "s3",
    says: "No model leads everywhere: Claude 3.7 Sonnet has about 12.6 in Synchronization and about 4.4 in Pursuit.",
    source: "Figure of task scores, read off",
    tests: "A medium mind with a common clock beats the strong mind in Synchronization and loses to it in Pursuit.",
    setting: "",
    seeds: 20,
    test: Test::All(&[
        higher(SCORE, "custom?clock=1&task=synchronization", "strong?task=synchronization"),
        lower(SCORE, "custom?clock=1&task=pursuit", "strong?task=pursuit"),
    ]),
    expect: Expect::Reproduced,
};

const S4: Claim = Claim {
    id: "s4",
    says: "Limited local information is what makes it hard.",
    source: "Abstract",
    tests: "Medium minds that see the whole map (19 cells across) have a higher mean score over the five tasks, each \
            against the script's, than with 5 cells.",
    setting: "task=all",
    seeds: 20,
    test: higher(NORMALIZED, "medium?view=19", "medium?view=5"),
    expect: Expect::Inconclusive {
        why: "The mean is higher with the whole map in view, but the interval just reaches zero: a mind that lapses in \
              two rounds of three gains little from seeing more.",
    },
};

const S5: Claim = Claim {
    id: "s5",
    says: "Local messages allow some coordination.",
    source: "Abstract",
    tests: "Medium minds score higher than silent ones, in Pursuit and in Foraging.",
    setting: "",
    seeds: 20,
    test: Test::All(&[
        higher(SCORE, "medium?task=pursuit", "silent?task=pursuit"),
        higher(SCORE, "medium?task=foraging", "silent?task=foraging"),
    ]),
    expect: Expect::Inconclusive {
        why: "In Pursuit the talking minds lead by less than the seeds differ. In Foraging, told where the food is, \
              ten agents meet in a gap of one cell and block each other, which undoes the gain.",
    },
};
