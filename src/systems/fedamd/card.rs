//! What fedamd says of itself: dials, metrics, claims, presets.

use garde::Validate;
use lexicon::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Params {
    /// How many clients there are.
    #[garde(range(min = 4, max = 500))]
    #[schemars(extend("label" = "Clients", "symbol" = "N", "unit" = "clients", "paper" = 20, "by_client" = true))]
    pub clients: u32,
    /// How many of them take part in each round, drawn anew.
    #[garde(range(min = 1, max = 500), custom(at_most(self.clients)))]
    #[schemars(extend("label" = "Participants", "symbol" = "A", "unit" = "clients", "paper" = 10))]
    pub participants: u32,
    /// Chance that a participant is an anchor (one accurate gradient) and not a miner (many small steps).
    #[garde(range(min = 0.0, max = 1.0), custom(leaves_miners))]
    #[schemars(extend("label" = "Anchors", "symbol" = "p", "paper" = 0.2, "step" = 0.05))]
    pub anchor_share: f64,
    /// The arm "every τ-th round": all participants are anchors in each of these rounds.
    #[garde(range(min = 2, max = 50))]
    #[schemars(extend("label" = "Anchor rounds every", "symbol" = "τ", "unit" = "rounds", "advanced" = true))]
    pub tau: u32,
    /// Steps of a miner in each round.
    #[garde(range(min = 1, max = 50))]
    #[schemars(extend("label" = "Local steps", "symbol" = "K", "unit" = "steps", "paper" = 10))]
    pub local_steps: u32,
    /// Samples in a miner's step, drawn with replacement.
    #[garde(range(min = 1, max = 256))]
    #[schemars(extend("label" = "Batch", "symbol" = "b", "unit" = "samples", "paper" = 64))]
    pub batch: u32,
    /// Samples in an anchor's gradient; 0 = all its own.
    #[garde(range(min = 0, max = 4_096))]
    #[schemars(extend("label" = "Anchor's batch", "unit" = "samples", "paper" = 0, "advanced" = true))]
    pub anchor_batch: u32,
    /// Learning rate of the miners' steps.
    #[garde(range(min = 0.003, max = 3.0))]
    #[schemars(extend("label" = "Local learning rate", "symbol" = "η", "paper" = 0.01, "log" = true))]
    pub eta_l: f64,
    /// Learning rate of the server.
    #[garde(range(min = 0.03, max = 30.0))]
    #[schemars(extend(
        "label" = "Server learning rate", "symbol" = "ηs", "paper" = 1.0, "log" = true, "advanced" = true
    ))]
    pub eta_s: f64,
    /// Who holds which samples.
    #[garde(skip)]
    #[schemars(extend("label" = "Each client knows", "paper" = "pathological_2", "by_client" = true))]
    pub partition: Partition,
    /// What is learned.
    #[garde(skip)]
    #[schemars(extend("label" = "Samples are", "with_data" = "digits8"))]
    pub source: Source,
    /// The net that is trained.
    #[garde(custom(sees_pictures(&self.source)))]
    #[schemars(extend("label" = "Net", "paper" = "cnn"))]
    pub model: Model,
    /// How far apart the classes of the blobs lie: the smaller, the harder.
    #[garde(range(min = 0.2, max = 2.0))]
    #[schemars(extend("label" = "Blobs' separation", "step" = 0.05))]
    pub sep: f64,
    /// The accuracy that "rounds to target" and "samples to target" wait for.
    #[garde(range(min = 0.1, max = 1.0))]
    #[schemars(extend("label" = "Target accuracy", "advanced" = true))]
    pub target: f64,
    /// Accuracy is taken in every so many rounds.
    #[garde(range(min = 1, max = 50))]
    #[schemars(extend("label" = "Test every", "unit" = "rounds", "advanced" = true))]
    pub eval_every: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            clients: 100,
            participants: 20,
            anchor_share: 0.5,
            tau: 2,
            local_steps: 10,
            batch: 8,
            anchor_batch: 0,
            eta_l: 0.1,
            eta_s: 1.0,
            partition: Partition::Pathological1,
            source: Source::Blobs,
            model: Model::Mlp,
            sep: 0.35,
            target: 0.53,
            eval_every: 5,
        }
    }
}

fn at_most(clients: u32) -> impl FnOnce(&u32, &()) -> garde::Result {
    move |participants, ()| {
        if *participants <= clients {
            return Ok(());
        }
        Err(garde::Error::new(format!(
            "there are {clients} clients: at most that many can take part"
        )))
    }
}

fn leaves_miners(share: &f64, (): &()) -> garde::Result {
    if *share < 1.0 {
        return Ok(());
    }
    Err(garde::Error::new("without miners the net never moves: take a number below 1"))
}

fn sees_pictures(source: &Source) -> impl FnOnce(&Model, &()) -> garde::Result {
    let pictures = *source == Source::Digits8;
    move |model, ()| {
        if pictures || *model == Model::Mlp {
            return Ok(());
        }
        Err(garde::Error::new("blobs are no pictures: take mlp, or source = digits8"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Partition {
    /// One shard of the samples sorted by class.
    #[serde(rename = "pathological_1")]
    #[schemars(extend("label" = "one class"))]
    Pathological1,
    /// Two shards of the samples sorted by class.
    #[serde(rename = "pathological_2")]
    #[schemars(extend("label" = "two classes"))]
    Pathological2,
    /// Shares of each class ~ Dirichlet(0.1).
    #[serde(rename = "dirichlet")]
    #[schemars(extend("label" = "uneven shares of the classes"))]
    Dirichlet,
    /// A fair sample of everything.
    #[serde(rename = "iid")]
    #[schemars(extend("label" = "a bit of everything"))]
    Iid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Ten Gaussian classes in 32 dimensions, 60 training samples a client.
    Blobs,
    /// 1,797 handwritten digits of 8 x 8 pixels.
    Digits8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// One hidden layer of 32.
    Mlp,
    /// Two convolutions of 8 and 16 filters, for digits only: nearest to the paper's.
    Cnn,
}

pub const ACCURACY: Metric =
    Metric::higher("accuracy", "Accuracy on the test samples", "").share().sparse();
pub const TEST_LOSS: Metric =
    Metric::lower("test_loss", "Loss on the test samples", "nats").sparse();
pub const ROUNDS_TO: Metric = Metric::lower("rounds_to", "Rounds to the target accuracy", "rounds");
pub const SAMPLES_TO: Metric =
    Metric::lower("samples_to", "Samples to the target accuracy", "samples");
pub const SAMPLES_SEEN: Metric = Metric::lower("samples_seen", "Samples worked on", "samples");
pub const BYTES: Metric = Metric::lower("bytes", "Sent, both ways", "bytes");
pub const ANCHORS: Metric = Metric::plain("anchors", "Anchors", "clients");
pub const GRAD_ALIGN: Metric =
    Metric::higher("grad_align", "Miners' update along the full gradient", "cosine").sparse();
pub const DRIFT: Metric =
    Metric::lower("drift", "Distance of updates from their mean", "").sparse();

pub const METRICS: &[Metric] =
    &[ACCURACY, TEST_LOSS, ROUNDS_TO, SAMPLES_TO, GRAD_ALIGN, DRIFT, ANCHORS, SAMPLES_SEEN, BYTES];

pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "c1",
        says: "With few clients a round and uneven labels, anchors and miners reach a clearly higher accuracy than \
               FedAvg.",
        source: "abstract",
        tests: "Each client knows one class: final accuracy (mean of the last five tests) of FedAMD minus FedAvg's.",
        setting: "",
        seeds: 8,
        test: Test::Higher {
            metric: ACCURACY,
            arm: "fedamd_const",
            than: "fedavg",
            at: At::Tail,
            ratio: 1.0,
        },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c2",
        says: "It needs fewer rounds to a given accuracy.",
        source: "abstract",
        tests: "Rounds to nine tenths of the accuracy that FedAvg ends at, FedAMD minus FedAvg; a run that never \
                gets there counts with all its rounds.",
        setting: "",
        seeds: 8,
        test: Test::Lower {
            metric: ROUNDS_TO,
            arm: "fedamd_const",
            than: "fedavg",
            at: At::Last,
            ratio: 1.0,
        },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c3",
        says: "It saves computation against methods with large batches.",
        source: "abstract",
        tests: "Samples worked on until the same target, FedAMD minus FedAvg with all local samples in each step.",
        setting: "",
        seeds: 8,
        test: Test::Lower {
            metric: SAMPLES_TO,
            arm: "fedamd_const",
            than: "fedavg_largebatch",
            at: At::Last,
            ratio: 1.0,
        },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c4",
        says: "Anchors and miners in the same round learn faster at first than rounds of one kind.",
        source: "experiments, constant against all-or-none",
        tests: "Accuracy at a fifth of the rounds, one coin for each participant minus one coin for the round.",
        setting: "",
        seeds: 8,
        test: Test::Higher {
            metric: ACCURACY,
            arm: "fedamd_const",
            than: "fedamd_allornone",
            at: At::Round(30),
            ratio: 1.0,
        },
        expect: Expect::Inconclusive {
            why: "The mean points the claimed way (0.02), but at round 30 the one-coin arm has had about 15 rounds of \
                  walking, give or take three, and over 8 seeds the luck of that coin is larger.",
        },
    },
    Claim {
        id: "c5",
        says: "The gain grows with the difference between clients.",
        source: "experiments over partitions",
        tests: "Final accuracy, FedAMD minus FedAvg, where each client knows one class minus where each has a bit \
                of everything.",
        setting: "",
        seeds: 8,
        test: Test::Interaction {
            metric: ACCURACY,
            pair: ["fedamd_const?partition=pathological_1", "fedavg?partition=pathological_1"],
            other: ["fedamd_const?partition=iid", "fedavg?partition=iid"],
            at: At::Tail,
        },
        expect: Expect::Reproduced,
    },
];

pub const PRESETS: &[Preset] = &[
    Preset { id: "digits", label: "Handwritten digits", query: "source=digits8&target=0.8" },
    Preset {
        id: "easy",
        label: "Two classes a client, further apart: all methods meet",
        query: "partition=pathological_2&sep=0.5",
    },
    Preset { id: "standard", label: "Longer, ten seeds", query: "rounds=400&seeds=10" },
    Preset {
        id: "paper",
        label: "The paper's clients, rates and batch",
        query: "clients=20&participants=10&anchor_share=0.2&batch=64&eta_l=0.01&partition=pathological_2&source=digits8&model=cnn&target=0.8&rounds=200",
    },
];
