#![doc = include_str!("../fedstale.md")]

mod card;
mod scenes;

use card::{
    ACCURACY, BYTES, CLAIMS, Knowledge, LOSS_A, LOSS_B, MEAN_AGE, METRICS, Model, PARTICIPANTS,
    PRESETS, Params, ROUNDS_TO, SAMPLES_SEEN, TRAIN_LOSS, UPDATE_VAR,
};
use engine::data::{self, Dataset, own, partition};
use engine::federated::{Counters, Intervals, LocalSgd, Memory, Participation, server};
use engine::run::{Ctx, System};
use engine::tensor::Net;
use engine::tensor::kernels::{add_scaled, dot};
use engine::tensor::stacked::{Batches, Local, Score, Stacked};
use lexicon::{ArmCard, Card, Family, Fault, Flow, Horizon, Paper, Real, Scene};
use std::collections::VecDeque;

/// Steps over which their variance is taken.
const VARIANCE_ROUNDS: usize = 10;

/// A client's weight omega / p above this makes a notice: one rare client then moves the net far.
const FACTOR_MAX: f64 = 20.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    Fedstale,
    Fedavg,
    Fedvarp,
    FedavgBiased,
    Full,
    Silo,
}

pub struct Fedstale {
    arm: Arm,
    /// The arm's stale weight: the dial's, 0 or 1.
    beta: f32,
    eta_s: f32,
    target_loss: f64,
    /// Labels as their holders have them.
    data: Dataset,
    /// Samples of each client.
    train: Vec<Vec<u32>>,
    /// The same, one after the other, with the scores of the round.
    world: Evaluation,
    participation: Participation,
    /// True p of each client, and its share of all training samples (omega).
    shares: Vec<f64>,
    omega: Vec<f32>,
    estimate: Option<Intervals>,
    local: LocalSgd,
    stacked: Local,
    batches: Batches,
    /// [params]; `silo`: [clients, params].
    weights: Vec<f32>,
    memory: Memory,
    /// This round's participants, their updates [participants, params] and factors omega / p.
    came: Vec<u32>,
    updates: Vec<f32>,
    factors: Vec<f32>,
    /// Parts of the last step, and the step: [params].
    fresh: Vec<f32>,
    stale: Vec<f32>,
    step: Vec<f32>,
    recent: VecDeque<Vec<f32>>,
    /// Round of each client's last update; 0 = none yet.
    seen: Vec<u32>,
    /// Ages of all clients' updates in the rounds that the timeline shows; none before the first update.
    past: VecDeque<Vec<Option<u32>>>,
    counters: Counters,
    reached: Option<u32>,
    round: u32,
}

/// All samples by client, and how they fare under the net.
struct Evaluation {
    /// Training samples of all clients, then their test samples: scored in one go.
    rows: Vec<u32>,
    scores: Vec<Score>,
    /// Where each client's samples end.
    train_ends: Vec<usize>,
    test_ends: Vec<usize>,
}

impl System for Fedstale {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = Card {
        id: "fedstale",
        version: 1,
        past: &[],
        title: "FedStale",
        says: "One knob between using only who came today and using everyone's last known update.",
        family: Family::Federated,
        paper: Paper {
            title: "FedStale: leveraging stale client updates in federated learning",
            authors: "Angelo Rodio, Giovanni Neglia",
            year: 2024,
            arxiv: Some("2405.04171"),
        },
        rounds: Horizon { default: 120, max: 4_000 },
        views: &["who came when", "what the step is made of"],
        metrics: METRICS,
        claims: CLAIMS,
        presets: PRESETS,
        real: Real { trains: true, surrogate_minds: false },
        about: "fedstale.md",
    };
    const ARMS: &'static [ArmCard<Arm>] = &[
        ArmCard::method(Arm::Fedstale, "fedstale", "FedStale")
            .says("Fresh updates, plus everyone's last known update with the stale weight β."),
        ArmCard::baseline(Arm::Fedavg, "fedavg", "FedAvg")
            .says("Only who came, weighted by one over its chance to come: β = 0."),
        ArmCard::baseline(Arm::Fedvarp, "fedvarp", "FedVARP")
            .says("Everyone's last known update counts in full: β = 1."),
        ArmCard::baseline(Arm::FedavgBiased, "fedavg_biased", "FedAvg, biased")
            .says("The plain mean of who came: clients that come often count more.")
            .extra(),
        ArmCard::reference(Arm::Full, "full", "Everyone, every round")
            .says("All clients come in every round: the upper line.")
            .extra(),
        ArmCard::reference(Arm::Silo, "silo", "Each for itself")
            .says("Each client trains a net of its own in the rounds it comes; nothing is shared.")
            .extra(),
    ];

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let chance = ctx.chance();
        let World { mut data, train, test } = World::new(params, ctx)?;
        let group_a = params.clients.div_ceil(2) as usize;
        for client in train[group_a..].iter().chain(&test[group_a..]) {
            partition::label_swap(&mut data, client, params.swapped);
        }
        let shares = match arm {
            Arm::Full => [1.0, 1.0],
            _ => [1.0, params.p_low],
        };
        let participation = Participation::grouped(params.clients, &shares);
        let shares: Vec<f64> = (0..params.clients as usize)
            .map(|c| if c < group_a { shares[0] } else { shares[1] })
            .collect();
        let samples: usize = train.iter().map(Vec::len).sum();
        let omega: Vec<f32> = train.iter().map(|own| own.len() as f32 / samples as f32).collect();
        notices(params, arm, &omega, ctx);
        let net = match params.model {
            Model::Softmax => Net::softmax(data.width, data.classes),
            Model::Mlp => Net::mlp(data.width, data.classes),
            Model::Cnn => Net::cnn(data.side("model")?, data.classes),
        };
        let count = net.params();
        let opening = net.init(chance);
        let copies = if arm == Arm::Silo { params.clients as usize } else { 1 };
        let estimated = params.participation == Knowledge::Estimated && arm.weighs_by_chance();
        Ok(Self {
            arm,
            beta: match arm {
                Arm::Fedstale => params.beta as f32,
                Arm::Fedvarp => 1.0,
                _ => 0.0,
            },
            eta_s: params.eta_s as f32,
            target_loss: params.target_loss,
            world: Evaluation::new(&train, &test),
            data,
            train,
            participation,
            shares,
            omega,
            estimate: estimated.then(|| Intervals::new(params.clients, params.cutoff)),
            local: LocalSgd {
                steps: params.local_steps,
                batch: params.batch,
                rate: params.lr as f32,
            },
            stacked: Local::new(net, ctx.gpu()),
            batches: Batches::new(params.local_steps as usize),
            weights: opening.repeat(copies),
            memory: Memory::new(params.clients, count)?,
            came: Vec::new(),
            updates: Vec::new(),
            factors: Vec::new(),
            fresh: vec![0.0; count],
            stale: vec![0.0; count],
            step: vec![0.0; count],
            recent: VecDeque::new(),
            seen: vec![0; params.clients as usize],
            past: VecDeque::new(),
            counters: Counters::default(),
            reached: None,
            round: 0,
        })
    }

    /// One round: who comes, their local work, the server's step, and how everybody fares.
    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        self.round = ctx.round();
        self.participation.draw(ctx.chance(), self.round, &mut self.came);
        self.local.draw(&self.train, &self.came, ctx.chance(), self.round, &mut self.batches);
        self.counters.samples_seen += self.batches.samples() as u64;
        if self.arm == Arm::Silo {
            self.work_alone().await?;
        } else if !self.came.is_empty() {
            self.work_together().await?;
        }
        if let Some(estimate) = &mut self.estimate {
            estimate.note(&self.came);
        }
        self.remember();
        if self.weights.iter().any(|w| !w.is_finite()) {
            return Err(Fault::Diverged { what: "a weight of the net".into(), round: self.round });
        }
        self.evaluate().await?;
        self.report(ctx)?;
        Ok(Flow::Continue)
    }

    fn scenes(&self) -> Vec<Scene> {
        vec![Scene::Timeline(scenes::timeline(self)), Scene::Bars(scenes::bars(self))]
    }
}

impl Arm {
    /// Whether the arm divides by the chance to come.
    fn weighs_by_chance(self) -> bool {
        matches!(self, Arm::Fedstale | Arm::Fedavg | Arm::Fedvarp)
    }
}

/// Samples, and who holds which.
struct World {
    data: Dataset,
    train: Vec<Vec<u32>>,
    test: Vec<Vec<u32>>,
}

impl World {
    /// Own data in place of the digits; a client column in place of the even deal.
    fn new(params: &Params, ctx: &mut Ctx) -> Result<Self, Fault> {
        let chance = ctx.chance();
        let shipped = || own::World::shipped(data::digits8(), chance);
        let own::World { data, split, clients, .. } = ctx.own().unwrap_or_else(shipped);
        if let Some(clients) = clients {
            let (train, test) = clients.into_iter().map(|own| (own.train, own.test)).unzip();
            return Ok(Self { data, train, test });
        }
        let deal = |samples: &[u32], what: &str| {
            partition::iid(samples, params.clients, &mut chance.at(what, &[])).map(|p| p.clients)
        };
        let train = deal(&split.train, "who holds which training samples")?;
        let test = deal(&split.test, "who holds which test samples")?;
        Ok(Self { data, train, test })
    }
}

/// What a person should know before the first round.
fn notices(params: &Params, arm: Arm, omega: &[f32], ctx: &mut Ctx) {
    if ctx.has_own() && params.swapped > 0.0 {
        ctx.say("In group B, the second half of the clients, labels of your data are swapped as the dial says; 0 swaps none.");
    }
    if arm == Arm::Full {
        return;
    }
    if params.p_low * f64::from(ctx.horizon()) < 1.0 {
        ctx.say(format!(
            "Group B is expected to join fewer than once in {} rounds at a participation of {}.",
            ctx.horizon(),
            params.p_low
        ));
    }
    let factor = omega.iter().fold(0.0, |most, w| f64::max(most, f64::from(*w))) / params.p_low;
    if arm.weighs_by_chance() && factor > FACTOR_MAX {
        ctx.say(format!(
            "One client of group B moves the net by {factor:.0} times its update: at a high learning rate this may \
             diverge."
        ));
    }
}

impl Fedstale {
    pub(crate) fn clients(&self) -> u32 {
        self.train.len() as u32
    }

    pub(crate) fn group_a(&self) -> u32 {
        self.clients().div_ceil(2)
    }

    /// Nothing is shared: each participant goes on with its own net.
    async fn work_alone(&mut self) -> Result<(), Fault> {
        let params = self.step.len();
        self.updates.clear();
        for &client in &self.came {
            self.updates.extend_from_slice(&self.weights[client as usize * params..][..params]);
        }
        self.stacked.descend(&self.data, &self.batches, self.local.rate, &mut self.updates).await?;
        for (&client, own) in self.came.iter().zip(self.updates.chunks_exact(params)) {
            self.weights[client as usize * params..][..params].copy_from_slice(own);
        }
        Ok(())
    }

    /// Steps 2 to 7 of the story: local work, the two parts of the step, the step, the memory.
    async fn work_together(&mut self) -> Result<(), Fault> {
        self.counters.uploads += self.came.len() as u64;
        self.counters.downloads += self.came.len() as u64;
        self.weigh();
        let Self { local, stacked, data, batches, weights, factors, fresh, updates, .. } = self;
        let remembers = matches!(self.arm, Arm::Fedstale | Arm::Fedvarp);
        if remembers {
            local.work(stacked, data, batches, weights, updates).await?;
            server::weighted(fresh, updates, factors);
        } else {
            local.pull(stacked, data, batches, weights, factors, fresh).await?;
        }
        self.step.copy_from_slice(&self.fresh);
        if remembers {
            self.memory.stale(&mut self.stale, &self.omega, &self.came, &self.factors);
            add_scaled(&mut self.step, self.beta, &self.stale);
            self.memory.store(&self.came, &self.updates);
        }
        server::apply(&mut self.weights, &self.step, self.eta_s);
        Ok(())
    }

    /// omega / p of each participant, p as the server knows or estimates it; without that, the plain mean.
    fn weigh(&mut self) {
        self.factors.clear();
        if self.arm == Arm::FedavgBiased {
            return self.factors.resize(self.came.len(), 1.0 / self.came.len() as f32);
        }
        for &client in &self.came {
            let k = client as usize;
            let over_p = self.estimate.as_ref().map_or(1.0 / self.shares[k], |e| e.weights()[k]);
            self.factors.push((f64::from(self.omega[k]) * over_p) as f32);
        }
    }

    /// Keeps what the scenes and the variance look back on.
    fn remember(&mut self) {
        for &client in &self.came {
            self.seen[client as usize] = self.round;
        }
        let ages = self.seen.iter().map(|&seen| (seen > 0).then(|| self.round - seen)).collect();
        self.past.push_back(ages);
        if self.past.len() > scenes::window(self.clients()) {
            self.past.pop_front();
        }
        if self.arm == Arm::Silo {
            return;
        }
        let mut kept = match self.recent.len() {
            VARIANCE_ROUNDS => self.recent.pop_front().unwrap_or_default(),
            _ => Vec::new(),
        };
        kept.clear();
        // Nobody came: the server did not move.
        let moved = if self.came.is_empty() { 0.0 } else { self.eta_s };
        kept.extend(self.step.iter().map(|s| moved * s));
        self.recent.push_back(kept);
    }

    /// Mean squared distance of the last steps from their mean; none with fewer than two.
    fn update_var(&self) -> Option<f64> {
        let count = self.recent.len();
        if count < 2 {
            return None;
        }
        let mut mean = vec![0.0; self.step.len()];
        for step in &self.recent {
            add_scaled(&mut mean, 1.0 / count as f32, step);
        }
        let squares: f64 = self.recent.iter().map(|step| dot(step, step)).sum();
        Some((squares / count as f64 - dot(&mean, &mean)).max(0.0))
    }

    /// Scores of all samples: under the server's net, or each client's under its own.
    async fn evaluate(&mut self) -> Result<(), Fault> {
        let Evaluation { rows, scores, train_ends, test_ends } = &mut self.world;
        if self.arm != Arm::Silo {
            return self.stacked.score(&self.data, rows, &self.weights, scores).await;
        }
        let trained = train_ends.last().copied().unwrap_or(0);
        let mut from = (0, trained);
        for (client, own) in self.weights.chunks_exact(self.step.len()).enumerate() {
            let (train, test) = (from.0..train_ends[client], from.1..trained + test_ends[client]);
            from = (train.end, test.end);
            for place in [train, test] {
                let (rows, scores) = (&rows[place.clone()], &mut scores[place]);
                self.stacked.score(&self.data, rows, own, scores).await?;
            }
        }
        Ok(())
    }

    fn report(&mut self, ctx: &mut Ctx) -> Result<(), Fault> {
        let group_a = self.group_a() as usize;
        let loss = self.world.loss(0, self.train.len());
        ctx.record(&TRAIN_LOSS, loss)?;
        ctx.record(&ACCURACY, self.world.accuracy())?;
        ctx.record(&LOSS_A, self.world.loss(0, group_a))?;
        ctx.record(&LOSS_B, self.world.loss(group_a, self.train.len()))?;
        if let Some(variance) = self.update_var() {
            ctx.record(&UPDATE_VAR, variance)?;
        }
        let age = |clients: &[u32]| {
            let total: u32 = clients.iter().map(|seen| self.round - seen).sum();
            f64::from(total) / clients.len() as f64
        };
        ctx.record(&MEAN_AGE, age(&self.seen))?;
        if self.reached.is_none() && loss <= self.target_loss {
            self.reached = Some(self.round);
        }
        ctx.record(&ROUNDS_TO, f64::from(self.reached.unwrap_or(self.round)))?;
        ctx.record(&PARTICIPANTS, self.came.len() as f64)?;
        ctx.record(&SAMPLES_SEEN, self.counters.samples_seen as f64)?;
        ctx.record(&BYTES, self.counters.bytes(self.step.len()) as f64)?;
        ctx.say(self.caption(age(&self.seen[group_a..])));
        Ok(())
    }
}

impl Fedstale {
    fn caption(&self, age_b: f64) -> String {
        let came = match (self.arm, self.came.len()) {
            (Arm::Full, all) => format!("All {all} clients came."),
            (_, some) => format!("{some} of {} clients came.", self.clients()),
        };
        let then = match age_b.round() as u32 {
            0 => "Nearly all news of group B is from this round.".to_string(),
            1 => "Group B was last seen 1 round ago on average.".to_string(),
            rounds => format!("Group B was last seen {rounds} rounds ago on average."),
        };
        format!("{came} {then}")
    }
}

impl Evaluation {
    fn new(train: &[Vec<u32>], test: &[Vec<u32>]) -> Self {
        let ends = |of: &[Vec<u32>]| {
            of.iter()
                .scan(0, |end, own| {
                    *end += own.len();
                    Some(*end)
                })
                .collect()
        };
        let rows = [train.concat(), test.concat()].concat();
        let scores = vec![Score::default(); rows.len()];
        Self { rows, scores, train_ends: ends(train), test_ends: ends(test) }
    }

    /// Mean training loss over the samples of the clients from..until: sum of omega_k F_k over sum of omega_k.
    fn loss(&self, from: usize, until: usize) -> f64 {
        let start = if from == 0 { 0 } else { self.train_ends[from - 1] };
        let scores = &self.scores[start..self.train_ends[until - 1]];
        scores.iter().map(|s| f64::from(s.loss)).sum::<f64>() / scores.len() as f64
    }

    /// Mean over clients of the share of their own test samples that are right.
    fn accuracy(&self) -> f64 {
        let scores = &self.scores[self.train_ends.last().copied().unwrap_or(0)..];
        let mut from = 0;
        let share = |&end: &usize| {
            let scores = &scores[from..end];
            from = end;
            scores.iter().filter(|s| s.right).count() as f64 / scores.len() as f64
        };
        self.test_ends.iter().map(share).sum::<f64>() / self.test_ends.len() as f64
    }
}
