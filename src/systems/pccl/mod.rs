#![doc = include_str!("../pccl.md")]

mod claims;
pub mod hash;
pub mod master;
pub mod peer;
pub mod protocol;

mod scenes;
mod worker;
mod world;

use engine::federated::compress::Quantizer;
use engine::federated::diloco::{AdamW, Outer};
use engine::run::{Ctx, System};
use engine::tensor::lm;
use garde::Validate;
use lexicon::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use worker::{Loop, Recipe};
use world::{Report, Setting, World};

/// How slices are written on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quant {
    /// As the arm says: 8 bits in the arms with u8, else 32.
    ByArm,
    /// 4 bytes a number, exact.
    None,
    /// One byte a number between the least and the largest of its slice.
    U8,
    /// Two bytes a number.
    U16,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Params {
    /// How many places there are for peers, spread over Europe and both coasts of the United States.
    #[garde(range(min = 2, max = 24))]
    #[schemars(extend("unit" = "peers", "symbol" = "W"))]
    peers: u32,
    /// Steps that every peer takes by itself between two averagings.
    #[garde(range(min = 1, max = 200))]
    #[schemars(extend("unit" = "steps", "symbol" = "H", "log" = true, "paper" = 8))]
    inner_steps: u32,
    /// Deaths a simulated second, at any moment, also inside an all-reduce.
    #[garde(range(min = 0.0, max = 2.0))]
    #[schemars(extend("unit" = "per second", "label" = "Deaths", "step" = 0.05))]
    kill: f64,
    /// Arrivals a simulated second, as long as a place is empty.
    #[garde(range(min = 0.0, max = 2.0))]
    #[schemars(extend("unit" = "per second", "label" = "Arrivals", "step" = 0.05))]
    join: f64,
    /// How numbers are written on the wire.
    #[garde(skip)]
    #[schemars(extend("label" = "Quantization"))]
    quant: Quant,
    /// Whether who has summed a slice takes over what the others will read of it. Off, parity breaks.
    #[garde(skip)]
    #[schemars(extend("label" = "Owner dequantizes"))]
    owner_dequant: bool,
    /// Whether hashes of the shared state are compared before each outer step. Off, only newcomers get it.
    #[garde(skip)]
    hash_check: bool,
    /// Parallel connections between two peers.
    #[garde(range(min = 1, max = 64))]
    #[schemars(extend("symbol" = "c", "log" = true, "paper" = 16))]
    connections: u32,
    /// Share of a long link that one connection fills.
    #[garde(range(min = 0.02, max = 1.0))]
    #[schemars(extend("symbol" = "f", "step" = 0.02, "advanced" = true))]
    flow_share: f64,
    /// Messages are this many times as large as those of the little model: 1,000 makes it look like 22 million weights.
    #[garde(range(min = 1.0, max = 10_000.0))]
    #[schemars(extend("log" = true, "label" = "Message size"))]
    size_scale: f64,
    /// Simulated time of one inner step.
    #[garde(range(min = 1.0, max = 1_000.0))]
    #[schemars(extend("unit" = "ms", "log" = true, "label" = "Time of a step"))]
    compute_ms: f64,
    /// Step size of the outer optimizer.
    #[garde(range(min = 0.02, max = 2.0))]
    #[schemars(extend("log" = true, "paper" = 0.7, "label" = "Outer learning rate"))]
    outer_lr: f64,
    /// Nesterov momentum of the outer optimizer.
    #[garde(range(min = 0.0, max = 0.99))]
    #[schemars(extend("step" = 0.05, "label" = "Outer momentum", "advanced" = true))]
    outer_momentum: f64,
    /// Step size of AdamW inside.
    #[garde(range(min = 0.0001, max = 0.09))]
    #[schemars(extend("log" = true, "paper" = 0.0006, "label" = "Inner learning rate"))]
    inner_lr: f64,
    /// Weight decay of AdamW.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("paper" = 0.1, "advanced" = true))]
    decay: f64,
    /// Gradients longer than this are shortened to it; 0: never.
    #[garde(range(min = 0.0, max = 10.0))]
    #[schemars(extend("paper" = 1.0, "advanced" = true))]
    clip: f64,
    /// Pieces of text in one step of one peer.
    #[garde(range(min = 4, max = 64))]
    #[schemars(extend("log" = true, "advanced" = true))]
    batch: u32,
    /// Churn leaves so many peers alive that hold the shared state; 0: it can be lost.
    #[garde(range(min = 0, max = 24))]
    #[schemars(extend("unit" = "peers", "label" = "Survivors at least", "advanced" = true))]
    survivors_min: u32,
    /// Without fault tolerance: outer steps between two checkpoints.
    #[garde(range(min = 1, max = 100))]
    #[schemars(extend("unit" = "outer steps", "symbol" = "C", "advanced" = true))]
    checkpoint_every: u32,
    /// Without fault tolerance: simulated seconds until all have started again.
    #[garde(range(min = 0.0, max = 120.0))]
    #[schemars(extend("unit" = "s", "advanced" = true))]
    restart_seconds: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            peers: 6,
            inner_steps: 8,
            kill: 0.1,
            join: 0.1,
            quant: Quant::ByArm,
            owner_dequant: true,
            hash_check: true,
            connections: 8,
            flow_share: 0.12,
            size_scale: 1_000.0,
            compute_ms: 50.0,
            outer_lr: 0.7,
            outer_momentum: 0.9,
            inner_lr: 3e-3,
            decay: 0.1,
            clip: 1.0,
            batch: 16,
            survivors_min: 2,
            checkpoint_every: 5,
            restart_seconds: 5.0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    Ddp,
    Diloco,
    DilocoU8,
    AsyncDiloco,
    AsyncDilocoU8,
    Naive,
    NoSync,
    RingRandom,
}

pub(crate) const TEST_LOSS: Metric = Metric::lower("test_loss", "Held-out loss", "nats");
pub(crate) const PARITY: Metric =
    Metric::higher("parity", "Outer steps with equal bits", "").share();
pub(crate) const COMPLETED: Metric = Metric::higher("completed", "Outer steps that stand", "");
pub(crate) const COMM_SHARE: Metric =
    Metric::lower("comm_share", "Time not computing", "").share().sparse();
pub(crate) const BYTES_STEP: Metric =
    Metric::lower("bytes_step", "Bytes per inner step", "B").sparse();
pub(crate) const BYTES_SHARE: Metric =
    Metric::lower("bytes_share", "Bytes, as share of averaging every step", "").sparse();
pub(crate) const BANDWIDTH: Metric =
    Metric::higher("bandwidth", "Effective bandwidth of an all-reduce", "B/s").sparse();
pub(crate) const REDUCE_SECONDS: Metric =
    Metric::lower("reduce_seconds", "Time of an all-reduce", "s").sparse();
const SECONDS: Metric = Metric::lower("seconds", "Simulated time", "s");
const BYTES: Metric = Metric::lower("bytes", "Bytes sent", "B");
const BYTES_TOKEN: Metric =
    Metric::lower("bytes_token", "Bytes per symbol learned from", "B").sparse();
const WORLD: Metric = Metric::plain("world", "Peers in the ring", "peers");
const ABORTS: Metric = Metric::plain("aborts", "All-reduces aborted", "");
const RETRIES: Metric = Metric::plain("retries", "All-reduces tried again", "");
const DIED: Metric = Metric::plain("died", "Peers lost", "peers");
const JOINED: Metric = Metric::plain("joined", "Peers joined", "peers");
const STEPS_LOST: Metric = Metric::lower("steps_lost", "Inner steps lost", "steps");
const STATE_HASH: Metric = Metric::plain("state_hash", "Hash of the shared state", "").sparse();

pub struct Pccl {
    world: World,
    rounds: u32,
    equal: u32,
    applied: u32,
    said: bool,
}

impl System for Pccl {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = Card {
        id: "pccl",
        version: 1,
        past: &[],
        title: "PCCL",
        says: "Peers come and go in the middle of an all-reduce; the operation aborts, is tried again without the dead, and every survivor holds the same bits.",
        family: Family::Federated,
        paper: Paper {
            title: "Prime Collective Communications Library -- Technical Report",
            authors: "Michael Keiblinger, Mario Sieg, Jack Min Ong, Sami Jaghouar, Johannes Hagemann",
            year: 2025,
            arxiv: Some("2505.14065"),
        },
        rounds: Horizon { default: 40, max: 500 },
        views: &["ring", "everybody's time", "same bits?"],
        metrics: &[
            TEST_LOSS,
            PARITY,
            COMPLETED,
            COMM_SHARE,
            SECONDS,
            WORLD,
            ABORTS,
            RETRIES,
            DIED,
            JOINED,
            STEPS_LOST,
            BYTES,
            BYTES_STEP,
            BYTES_SHARE,
            BYTES_TOKEN,
            BANDWIDTH,
            REDUCE_SECONDS,
            STATE_HASH,
        ],
        claims: claims::CLAIMS,
        presets: &[
            Preset {
                id: "stress",
                label: "Stress: a death and an arrival almost every second",
                query: "kill=1.3&join=1.3",
            },
            Preset { id: "calm", label: "Nobody comes or goes", query: "kill=0&join=0" },
            Preset {
                id: "broken_parity",
                label: "The owner keeps what the code lost: bits drift apart",
                query: "owner_dequant=false&hash_check=false&arms=diloco_u8,diloco,async_diloco_u8",
            },
            Preset {
                id: "overlap",
                label: "Computing long enough to hide the slow links",
                query: "inner_steps=50&compute_ms=200&kill=0&join=0&rounds=10&arms=diloco,async_diloco",
            },
            Preset {
                id: "one_flow",
                label: "One connection on long links",
                query: "connections=1",
            },
            Preset {
                id: "crowd",
                label: "24 places, quick churn",
                query: "peers=24&kill=0.5&join=0.5",
            },
        ],
        real: Real { trains: true, surrogate_minds: false },
        about: "pccl.md",
    };
    const ARMS: &'static [ArmCard<Arm>] = &[
        ArmCard::method(Arm::Diloco, "diloco", "DiLoCo")
            .says("Averages the difference after every H inner steps."),
        ArmCard::method(Arm::AsyncDiloco, "async_diloco", "Async DiLoCo")
            .says("Averages one outer step while the next one is computed."),
        ArmCard::method(Arm::DilocoU8, "diloco_u8", "DiLoCo, 8 bits")
            .says("One byte a number on the wire."),
        ArmCard::method(Arm::AsyncDilocoU8, "async_diloco_u8", "Async DiLoCo, 8 bits")
            .says("Overlap and one byte a number.")
            .extra(),
        ArmCard::baseline(Arm::Ddp, "ddp", "DDP").says("Averages the gradient in every step."),
        ArmCard::baseline(Arm::Naive, "naive", "Classic collectives").says(
            "No fault tolerance: a death stops all until they restart from the last checkpoint.",
        ),
        ArmCard::ablation(Arm::NoSync, "no_sync", "No shared state")
            .says("Tries again after deaths, but newcomers begin with the first weights."),
        ArmCard::ablation(Arm::RingRandom, "ring_random", "Random ring")
            .says("The order of the ring is drawn, not chosen by bandwidth.")
            .extra(),
    ];

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let world = World::new(setting(params, arm, ctx))?;
        Ok(Self { world, rounds: 0, equal: 0, applied: 0, said: false })
    }

    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        let before = self.world.counts;
        let report = self.world.round()?;
        assert!(self.world.balances(), "every message is delivered, lost or in flight");
        self.rounds += 1;
        if report.applied {
            self.applied += 1;
            self.equal += u32::from(report.parity);
        }
        self.record(&report, ctx)?;
        self.caption(&report, before, ctx);
        Ok(Flow::Continue)
    }

    fn scenes(&self) -> Vec<Scene> {
        self.world.album.scenes(|slot| self.world.site_of(slot), self.world.picture_now())
    }
}

impl Pccl {
    fn record(&self, report: &Report, ctx: &mut Ctx) -> Result<(), Fault> {
        let (world, counts) = (&self.world, self.world.counts);
        let set = &world.set;
        ctx.record(&TEST_LOSS, report.test_loss)?;
        ctx.record(&PARITY, f64::from(self.equal) / f64::from(self.applied.max(1)))?;
        let per_round = if set.recipe.what == Loop::Ddp { set.recipe.inner_steps } else { 1 };
        ctx.record(&COMPLETED, f64::from(world.updates / per_round) / f64::from(self.rounds))?;
        if let Some(share) = report.comm_share {
            ctx.record(&COMM_SHARE, share)?;
        }
        ctx.record(&SECONDS, world.now())?;
        ctx.record(&WORLD, f64::from(report.world))?;
        ctx.record(&ABORTS, f64::from(counts.aborts))?;
        ctx.record(&RETRIES, f64::from(counts.retries))?;
        ctx.record(&DIED, f64::from(counts.died))?;
        ctx.record(&JOINED, f64::from(counts.joined))?;
        ctx.record(&STEPS_LOST, f64::from(counts.steps_lost))?;
        ctx.record(&BYTES, world.bytes())?;
        let steps = counts.inner_steps as f64;
        if steps > 0.0 {
            ctx.record(&BYTES_STEP, world.bytes() / steps)?;
            // Averaging every step with W peers sends 2 (W - 1) / W numbers of 4 bytes a weight and peer.
            let w = f64::from(set.peers);
            let every_step = 2.0 * (w - 1.0) / w * 4.0 * lm::PARAMS as f64 * set.size_scale;
            ctx.record(&BYTES_SHARE, world.bytes() / steps / every_step)?;
            ctx.record(&BYTES_TOKEN, world.bytes() / steps / f64::from(set.recipe.batch))?;
        }
        if !report.reduces.is_empty() {
            let count = report.reduces.len() as f64;
            let bytes = 4.0 * lm::PARAMS as f64 * set.size_scale;
            let bandwidth = |(took, world): &(f64, u32)| {
                engine::network::collective::effective_bandwidth(bytes, *world, *took)
            };
            ctx.record(&BANDWIDTH, report.reduces.iter().map(bandwidth).sum::<f64>() / count)?;
            ctx.record(
                &REDUCE_SECONDS,
                report.reduces.iter().map(|(took, _)| took).sum::<f64>() / count,
            )?;
        }
        if let Some((_, hash)) = report.hashes.first() {
            ctx.record(&STATE_HASH, f64::from(*hash))?;
        }
        Ok(())
    }

    /// One sentence on what happened, and the notices of the spec.
    fn caption(&mut self, report: &Report, before: world::Counts, ctx: &mut Ctx) {
        if let Some(why) = &self.world.stopped {
            if !std::mem::replace(&mut self.said, true) {
                ctx.say(format!("The run has stopped at {:.1} s: {why}.", self.world.now()));
            }
            return;
        }
        let now = self.world.counts;
        let (died, joined) = (now.died - before.died, now.joined - before.joined);
        let aborts = now.aborts - before.aborts;
        let mut line = format!("{:.1} s: ", self.world.now());
        match (report.applied, report.reduces.last()) {
            (true, Some((took, world))) => {
                line += &format!(
                    "{world} peers averaged in {took:.2} s, held-out loss {:.3}",
                    report.test_loss
                );
            }
            (true, None) => {
                line += &format!("an outer step is taken, held-out loss {:.3}", report.test_loss)
            }
            (false, _) => {
                line += &format!(
                    "a death stopped everybody; back to outer step {}",
                    self.world.updates
                );
            }
        }
        if aborts > 0 {
            line += &format!(
                "; {aborts} all-reduce{} undone by a death and tried again",
                plural(aborts)
            );
        }
        if died + joined > 0 {
            line += &format!("; {died} died, {joined} came");
        }
        let bits = match (report.parity, report.hashes.first()) {
            (true, Some((_, hash))) => format!("all hold the bits {hash:08x}"),
            (true, None) => "nobody is up".to_string(),
            (false, _) => "their bits differ".to_string(),
        };
        ctx.say(format!("{line}; {bits}."));
        if report.parity && !report.test_loss.is_finite() {
            ctx.say("All peers agree on NaN: a lower learning rate would work.");
        }
    }
}

fn plural(count: u32) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn setting(params: &Params, arm: Arm, ctx: &Ctx) -> Setting {
    let by_arm = matches!(arm, Arm::DilocoU8 | Arm::AsyncDilocoU8);
    let codec = match (params.quant, by_arm) {
        (Quant::ByArm, true) | (Quant::U8, _) => Quantizer::U8,
        (Quant::ByArm, false) | (Quant::None, _) => Quantizer::None,
        (Quant::U16, _) => Quantizer::U16,
    };
    let what = match arm {
        Arm::Ddp => Loop::Ddp,
        Arm::AsyncDiloco | Arm::AsyncDilocoU8 => Loop::Async,
        _ => Loop::Diloco,
    };
    let naive = arm == Arm::Naive;
    let recipe = Recipe {
        what,
        inner_steps: params.inner_steps,
        batch: params.batch,
        inner: AdamW {
            lr: params.inner_lr as f32,
            betas: [0.9, 0.95],
            decay: params.decay as f32,
            clip: params.clip as f32,
        },
        outer: Outer { lr: params.outer_lr as f32, momentum: params.outer_momentum as f32 },
        syncs: !matches!(arm, Arm::Naive | Arm::NoSync),
        quorum: if naive { params.peers } else { 2 },
        chance: ctx.chance(),
    };
    Setting {
        peers: params.peers,
        recipe,
        codec,
        owner_decodes: params.owner_dequant,
        hash_check: params.hash_check,
        random_ring: arm == Arm::RingRandom,
        kill: params.kill,
        join: params.join,
        survivors_min: params.survivors_min,
        size_scale: params.size_scale,
        compute_ms: params.compute_ms,
        connections: params.connections,
        flow_share: params.flow_share,
        naive: naive.then_some((params.restart_seconds, params.checkpoint_every)),
        chance: ctx.chance(),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
