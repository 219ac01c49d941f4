//! The card: metrics, claims, presets.

use lexicon::*;

pub const TRAIN_RETURN: Metric = Metric::higher("train_return", "Return while learning", "");
pub const RETURN: Metric = Metric::higher("return", "Return when tried out", "").sparse();
pub const GAIN_SHARE: Metric =
    Metric::higher("gain_share", "Gain: 0 doing nothing, 1 classical coupling", "").sparse();
pub const ORDER: Metric = Metric::higher("order", "Order at the end", "").sparse();
pub const DISTANCE: Metric =
    Metric::plain("mean_distance", "Mean distance of two agents at the end", "");
pub const EFFORT: Metric = Metric::lower("effort", "Mean effort", "");
pub const GAP: Metric =
    Metric::lower("gap", "Gap between the smallest and the largest swarm", "").sparse();
pub const MACS: Metric =
    Metric::lower("learner_macs", "Multiply-adds of the learner in the update", "");
pub const ROWS: Metric = Metric::plain("samples_seen", "Rows the update learned from", "rows");
pub const AGENT_STEPS: Metric = Metric::plain("agent_steps", "Steps of agents so far", "steps");
pub const UPPER_STEPS: Metric = Metric::plain("upper_steps", "Steps of swarms so far", "steps");

pub const CARD: Card = Card {
    id: "dec-pomfc",
    version: 2,
    // The first version knew no shipped policy, and began with the oscillators.
    past: &[Past { version: 1, defaults: "start=scratch&task=kuramoto" }],
    title: "Mean-field swarm control",
    says: "One learner for the swarm as a whole finds a local rule that carries over to any number of agents.",
    family: Family::Coordination,
    paper: Paper {
        title: "Learning Decentralized Partially Observable Mean Field Control for Artificial Collective Behavior",
        authors: "Cui, Hauck, Fabian, Koeppl",
        year: 2024,
        arxiv: Some("2307.06175"),
    },
    rounds: Horizon { default: 60, max: 2_000 },
    views: &["swarm", "learned rule", "other sizes"],
    metrics: &[
        TRAIN_RETURN,
        GAIN_SHARE,
        RETURN,
        ORDER,
        EFFORT,
        DISTANCE,
        GAP,
        MACS,
        ROWS,
        AGENT_STEPS,
        UPPER_STEPS,
    ],
    claims: &[D1, D2, D3, D4, D5],
    presets: &[
        Preset { id: "scratch", label: "Learn from scratch", query: "start=scratch" },
        Preset { id: "kuramoto", label: "Oscillators at fixed places", query: "task=kuramoto" },
        Preset {
            id: "aggregation",
            label: "Come together",
            query: "start=scratch&task=aggregation",
        },
        Preset {
            id: "kernels",
            label: "Kernels against a histogram",
            query: "start=scratch&arms=pomfc_rbf,pomfc_hist,scripted,zero",
        },
        Preset {
            id: "against_ippo",
            label: "Against independent PPO",
            query: "start=scratch&task=kuramoto&n_train=25&episodes=4&arms=pomfc_rbf,ippo,scripted,zero",
        },
        Preset {
            id: "replayed",
            label: "Rules replayed, swarm unseen",
            query: "task=kuramoto&arms=pomfc_rbf,pomfc_openloop,zero",
        },
        Preset {
            id: "standard",
            label: "Longer training",
            query: "start=scratch&task=kuramoto&rounds=300&episodes=20",
        },
        Preset {
            id: "paper",
            label: "The authors' sibling values",
            query: "start=scratch&task=kuramoto&rounds=2000&n_train=300&lr=0.00005&lambda=1&minibatch=4000&hidden=256&episodes=64",
        },
    ],
    real: Real { trains: true, surrogate_minds: false },
    about: "dec_pomfc.md",
};

const fn higher(metric: Metric, arm: &'static str, than: &'static str, at: At) -> Test {
    Test::Higher { metric, arm, than, at, ratio: 1.0 }
}

const D1: Claim = Claim {
    id: "d1",
    says: "Training one policy for the swarm is on par with the usual multi-agent learners.",
    source: "Abstract; independent PPO per the public reviews",
    tests: "Kuramoto, 25 agents, 60 updates of 4 episodes: the kernel arm's gain is no more than 0.10 below that of \
            independent PPO (0 is doing nothing, 1 classical coupling), at equal steps of agents.",
    setting: "start=scratch&task=kuramoto&n_train=25&episodes=4&n_eval=25",
    seeds: 5,
    test: Test::Gap {
        metric: GAIN_SHARE,
        arm: "pomfc_rbf",
        than: "ippo",
        at: At::Tail,
        low: -0.1,
        high: 10.0,
    },
    expect: Expect::NotReproduced {
        why: "At equal steps of agents the single learner gets one row a step and independent PPO one an agent: 200 \
              against 5,000 an update. After 60 updates it has found only a part of what independent PPO has. The \
              paper trains far longer, where rows are no longer what is short.",
    },
};

const D2: Claim = Claim {
    id: "d2",
    says: "Describing the swarm by kernels improves on histograms.",
    source: "Abstract",
    tests: "Vicsek, 96 numbers for the swarm: mean return over training, kernels against histogram.",
    setting: "start=scratch&task=vicsek&n_eval=100",
    seeds: 5,
    test: higher(TRAIN_RETURN, "pomfc_rbf", "pomfc_hist", At::Mean),
    expect: Expect::Reproduced,
};

const D3: Claim = Claim {
    id: "d3",
    says: "Solutions carry over to finite swarms; the result approaches the mean-field value as the swarm grows.",
    source: "Theory; return over swarm size shown in the paper",
    tests: "Kuramoto: the gap in return to a swarm of 400 is smaller at 200 than at 50, and at 50 than at 10.",
    setting: "start=scratch&task=kuramoto",
    seeds: 5,
    test: Test::Ordered {
        metric: GAP,
        arms: &["pomfc_rbf?n_eval=200,400", "pomfc_rbf?n_eval=50,400", "pomfc_rbf?n_eval=10,400"],
        at: At::Tail,
    },
    expect: Expect::Inconclusive {
        why: "Two effects work against each other here: ten oscillators are in phase by luck far more often than 400, \
              but in the same square they see hardly anybody while 400 see 28 each. The gaps then hang on the run.",
    },
};

const D4: Claim = Claim {
    id: "d4",
    says: "Decentralized execution is enough: agents need only their own observations.",
    source: "Abstract",
    tests: "Kuramoto: rules of one run replayed, the swarm unseen, lose less than 0.15 of the gain.",
    setting: "start=scratch&task=kuramoto&n_eval=100",
    seeds: 5,
    test: Test::Gap {
        metric: GAIN_SHARE,
        arm: "pomfc_openloop",
        than: "pomfc_rbf",
        at: At::Tail,
        low: -0.15,
        high: 10.0,
    },
    expect: Expect::Reproduced,
};

const D5: Claim = Claim {
    id: "d5",
    says: "The cost of learning does not grow with the number of agents.",
    source: "Reduction to a problem with a single agent",
    tests: "Multiply-adds of the first update at 50, 100, 200 agents: the same for the mean-field learner, growing for \
            independent PPO. By construction; one episode, one epoch.",
    setting: "start=scratch&task=kuramoto&rounds=1&episodes=1&epochs=1&n_eval=10",
    seeds: 5,
    test: Test::All(&[
        Test::Within {
            metric: MACS,
            arm: "pomfc_rbf?n_train=200",
            than: "pomfc_rbf?n_train=50",
            at: At::Last,
            margin: 0.5,
        },
        Test::Within {
            metric: MACS,
            arm: "pomfc_rbf?n_train=100",
            than: "pomfc_rbf?n_train=50",
            at: At::Last,
            margin: 0.5,
        },
        Test::Trend {
            metric: MACS,
            arm: "ippo",
            at: At::Last,
            dial: "n_train",
            values: &[50.0, 100.0, 200.0],
            rises: true,
        },
    ]),
    expect: Expect::Reproduced,
};
