#![doc = include_str!("../fedamd.md")]

mod card;
mod scenes;
mod shares;
mod work;

use card::{
    ACCURACY, ANCHORS, BYTES, CLAIMS, DRIFT, GRAD_ALIGN, METRICS, Model, PRESETS, Params,
    Partition, ROUNDS_TO, SAMPLES_SEEN, SAMPLES_TO, Source, TEST_LOSS,
};
use engine::chance::Chance;
use engine::data::{self, Blobs, Dataset, own, partition};
use engine::federated::{Counters, LocalSgd, Memory, Participation, server};
use engine::run::{Ctx, System};
use engine::tensor::Net;
use engine::tensor::kernels::{add_scaled, dot};
use engine::tensor::stacked::{Batches, Local, Score, Stacked};
use lexicon::{ArmCard, Card, Family, Fault, Flow, Horizon, Paper, Real, Scene};
use rand::RngExt;
use shares::{opt_a, opt_b, opt_c};
use work::{Walk, Way};

/// Blobs: samples a client, of which 80 % train, and numbers a sample. The sizes of the spec's trial.
const BLOBS_EACH: u32 = 75;
const BLOBS_WIDTH: u32 = 32;

/// Dirichlet's alpha and FedPAGE's share of full rounds, as in FedAMD's repository.
const ALPHA: f64 = 0.1;
const PAGE_SHARE: f64 = 0.5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    Constant,
    OptB,
    Sequential,
    AllOrNone,
    Fedavg,
    LargeBatch,
    Scaffold,
    Fedpage,
}

pub struct Fedamd {
    arm: Arm,
    anchor_share: f64,
    tau: u32,
    anchor_batch: u32,
    eta_s: f32,
    target: f64,
    eval_every: u32,
    data: Dataset,
    train: Vec<Vec<u32>>,
    test: Vec<u32>,
    scores: Vec<Score>,
    participation: Participation,
    local: LocalSgd,
    stacked: Local,
    batches: Batches,
    large: Batches,
    /// [params].
    weights: Vec<f32>,
    /// Each client's cached gradient (FedAMD's bullseyes, SCAFFOLD's c_k): [clients, params], and their mean.
    caches: Vec<f32>,
    center: Vec<f32>,
    /// FedPAGE: the server's weights before its last step, and that step.
    last: Vec<f32>,
    last_step: Vec<f32>,
    /// This round's clients by role; `came` are both.
    came: Vec<u32>,
    anchors: Vec<u32>,
    miners: Vec<u32>,
    walk: Walk,
    /// Gradients of anchors (or of all clients): [.., params], and copies of the weights to take them at.
    gradients: Vec<f32>,
    copies: Vec<f32>,
    /// What the server takes this round: [params].
    step: Vec<f32>,
    spent: Spent,
    counters: Counters,
    reached: Option<(u32, u64)>,
    round: u32,
}

/// Samples worked on, by role.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    anchors: u64,
    miners: u64,
}

impl System for Fedamd {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = Card {
        id: "fedamd",
        version: 1,
        past: &[],
        title: "FedAMD",
        says: "A coin makes each participant an anchor, who looks closely, or a miner, who walks far with all anchors' help.",
        family: Family::Federated,
        paper: Paper {
            title: "Anchor Sampling for Federated Learning with Partial Client Participation",
            authors: "Feijie Wu, Song Guo, Zhihao Qu, Shiqi He, Ziming Liu, Jing Gao",
            year: 2022,
            arxiv: Some("2206.05891"),
        },
        rounds: Horizon { default: 150, max: 1_000 },
        views: &["who anchors, who mines", "the miners' paths", "samples by role"],
        metrics: METRICS,
        claims: CLAIMS,
        presets: PRESETS,
        real: Real { trains: true, surrogate_minds: false },
        about: "fedamd.md",
    };
    const ARMS: &'static [ArmCard<Arm>] = &[
        ArmCard::method(Arm::Constant, "fedamd_const", "FedAMD")
            .says("Each participant is an anchor with the same chance."),
        ArmCard::method(Arm::OptB, "fedamd_opt_b", "FedAMD, computed share")
            .says("The chance follows the repository's formula b from the numbers of clients and participants.")
            .extra(),
        ArmCard::ablation(Arm::Sequential, "fedamd_seq", "FedAMD, every τ-th round")
            .says("Every τ-th round all participants are anchors, otherwise all are miners.")
            .extra(),
        ArmCard::ablation(Arm::AllOrNone, "fedamd_allornone", "FedAMD, one coin a round")
            .says("One coin for the round: all participants are anchors, or all are miners.")
            .extra(),
        ArmCard::baseline(Arm::Fedavg, "fedavg", "FedAvg")
            .says("Everyone takes small steps on its own samples; the server takes the mean."),
        ArmCard::baseline(Arm::LargeBatch, "fedavg_largebatch", "FedAvg, large batches")
            .says("FedAvg with all local samples in each step.")
            .extra(),
        ArmCard::baseline(Arm::Scaffold, "scaffold", "SCAFFOLD")
            .says("Each step is corrected by how the client's gradient differs from the mean of all."),
        ArmCard::baseline(Arm::Fedpage, "fedpage", "FedPAGE")
            .says("In half of the rounds all clients send accurate gradients, in the others participants mine.")
            .extra(),
    ];

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let chance = ctx.chance();
        let World { data, test, dealt } = World::new(params, ctx)?;
        let net = match params.model {
            Model::Mlp => Net::mlp(data.width, data.classes),
            Model::Cnn => Net::cnn(data.side("model")?, data.classes),
        };
        notices(params, arm, dealt.notice, ctx);
        let count = net.params();
        Memory::fits(params.clients, count)?;
        let weights = net.init(chance);
        let anchor_share = match arm {
            Arm::OptB => opt_b(params.clients, params.participants),
            _ => params.anchor_share,
        };
        Ok(Self {
            arm,
            anchor_share,
            tau: params.tau,
            anchor_batch: params.anchor_batch,
            eta_s: params.eta_s as f32,
            target: params.target,
            eval_every: params.eval_every,
            scores: vec![Score::default(); test.len()],
            test,
            train: dealt.clients,
            data,
            participation: Participation::Uniform {
                clients: params.clients,
                participants: params.participants,
            },
            local: LocalSgd {
                steps: params.local_steps,
                batch: params.batch,
                rate: params.eta_l as f32,
            },
            stacked: Local::new(net, ctx.gpu()),
            batches: Batches::new(params.local_steps as usize),
            large: Batches::new(1),
            last: weights.clone(),
            weights,
            caches: Vec::new(),
            center: vec![0.0; count],
            last_step: vec![0.0; count],
            came: Vec::new(),
            anchors: Vec::new(),
            miners: Vec::new(),
            walk: Walk::default(),
            gradients: Vec::new(),
            copies: Vec::new(),
            step: vec![0.0; count],
            spent: Spent::default(),
            counters: Counters::default(),
            reached: None,
            round: 0,
        })
    }

    /// One round: a coin for each participant, the walks, the server's step.
    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        self.round = ctx.round();
        let chance = ctx.chance();
        if self.round == 1 && self.arm.caches_gradients() {
            self.fill_caches(chance).await?;
        }
        self.participation.draw(chance, self.round, &mut self.came);
        self.cast_roles(chance);
        let tested = self.round == 1 || self.round.is_multiple_of(self.eval_every);
        let full = if tested && !self.miners.is_empty() {
            Some(self.full_gradient().await?)
        } else {
            None
        };
        self.work(chance).await?;
        if self.weights.iter().any(|w| !w.is_finite()) {
            return Err(Fault::Diverged { what: "a weight of the net".into(), round: self.round });
        }
        if let Some(full) = full {
            let lengths = (dot(&full, &full) * dot(&self.step, &self.step)).sqrt();
            if lengths > 0.0 {
                ctx.record(&GRAD_ALIGN, dot(&full, &self.step) / lengths)?;
            }
        }
        if tested {
            self.test(ctx).await?;
        }
        self.report(ctx)?;
        Ok(Flow::Continue)
    }

    fn scenes(&self) -> Vec<Scene> {
        vec![
            Scene::Graph(scenes::graph(self)),
            Scene::Field(scenes::paths(self)),
            Scene::Bars(scenes::bars(self)),
        ]
    }
}

impl Arm {
    fn is_fedamd(self) -> bool {
        matches!(self, Arm::Constant | Arm::OptB | Arm::Sequential | Arm::AllOrNone)
    }

    fn caches_gradients(self) -> bool {
        self.is_fedamd() || self == Arm::Scaffold
    }
}

/// Samples, who holds which, and those that nobody holds.
struct World {
    data: Dataset,
    test: Vec<u32>,
    dealt: partition::Partition,
}

impl World {
    /// Own data in place of what ships; a client column in place of the deal.
    fn new(params: &Params, ctx: &mut Ctx) -> Result<Self, Fault> {
        let chance = ctx.chance();
        let shipped = || own::World::shipped(ships(params, chance), chance);
        let own::World { data, split, clients, .. } = ctx.own().unwrap_or_else(shipped);
        if let Some(clients) = clients {
            let clients = clients.into_iter().map(|own| own.train).collect();
            let dealt = partition::Partition { clients, notice: None };
            return Ok(Self { data, test: split.test, dealt });
        }
        let deal = &mut chance.at("who holds which training samples", &[]);
        let dealt = match params.partition {
            Partition::Pathological1 => {
                partition::pathological(&data, &split.train, params.clients, 1, deal)
            }
            Partition::Pathological2 => {
                partition::pathological(&data, &split.train, params.clients, 2, deal)
            }
            Partition::Iid => partition::iid(&split.train, params.clients, deal),
            Partition::Dirichlet => partition::dirichlet(
                &data,
                &split.train,
                params.clients,
                ALPHA,
                partition::MIN_SIZE,
                deal,
            ),
        }?;
        Ok(Self { data, test: split.test, dealt })
    }
}

/// The data that comes with the system.
fn ships(params: &Params, chance: Chance) -> Dataset {
    match params.source {
        Source::Digits8 => data::digits8(),
        Source::Blobs => {
            let samples = params.clients * BLOBS_EACH;
            let of = Blobs { samples, width: BLOBS_WIDTH, classes: 10, separation: params.sep };
            data::blobs(&of, chance)
        }
    }
}

/// What a person should know before the first round.
fn notices(params: &Params, arm: Arm, dealt: Option<String>, ctx: &mut Ctx) {
    if let Some(notice) = dealt {
        ctx.say(notice);
    }
    if !arm.is_fedamd() {
        return;
    }
    let (m, a) = (params.clients, params.participants);
    ctx.say(format!(
        "The paper's formulas for the share of anchors give {:.3}, {:.3} and {:.3} here.",
        opt_a(m, a),
        opt_b(m, a),
        opt_c(a)
    ));
    if params.anchor_share == 0.0 && matches!(arm, Arm::Constant | Arm::AllOrNone) {
        ctx.say("Without anchors miners follow the gradient of round 0 for ever.");
    }
}

impl Fedamd {
    pub(crate) fn clients(&self) -> u32 {
        self.train.len() as u32
    }

    /// Who anchors and who mines: coins at addresses of their own.
    fn cast_roles(&mut self, chance: Chance) {
        let (round, share) = (self.round, self.anchor_share);
        let heads = |place: &[u32]| chance.at("anchor or miner", place).random::<f64>() < share;
        let anchors = |client: u32| match self.arm {
            Arm::Constant | Arm::OptB => heads(&[round, client]),
            Arm::AllOrNone => heads(&[round]),
            Arm::Sequential => round.is_multiple_of(self.tau),
            _ => false,
        };
        let (mut all, mut rest) = (Vec::new(), Vec::new());
        for &client in &self.came {
            if anchors(client) { all.push(client) } else { rest.push(client) }
        }
        // A full round of FedPAGE asks everyone; the first round is one.
        let page = chance.at("full round or miners", &[round]).random::<f64>() < PAGE_SHARE;
        if self.arm == Arm::Fedpage && (round == 1 || page) {
            all = (0..self.train.len() as u32).collect();
            rest.clear();
        }
        (self.anchors, self.miners) = (all, rest);
    }

    /// The large batches of these clients: all their samples, or so many drawn with replacement.
    fn draw_large(&mut self, chance: Chance, who: &[u32]) {
        self.large.clear();
        for &client in who {
            let own = &self.train[client as usize];
            if self.anchor_batch == 0 || own.is_empty() {
                self.large.push(own.iter().copied());
            } else {
                let mut rng = chance.at("large batch", &[client, self.round]);
                let one = |_| own[rng.random_range(0..own.len() as u32) as usize];
                self.large.push((0..self.anchor_batch).map(one));
            }
        }
    }

    /// Gradients of these clients' large batches at the server's weights, into `self.gradients`.
    async fn look_closely(&mut self, chance: Chance, who: &[u32]) -> Result<(), Fault> {
        self.draw_large(chance, who);
        self.copies.clear();
        who.iter().for_each(|_| self.copies.extend_from_slice(&self.weights));
        self.gradients.resize(self.copies.len(), 0.0);
        self.stacked.gradients(&self.data, &self.large, 0, &self.copies, &mut self.gradients).await
    }

    /// The opening caches: every client's large-batch gradient at the opening weights.
    async fn fill_caches(&mut self, chance: Chance) -> Result<(), Fault> {
        let everyone: Vec<u32> = (0..self.clients()).collect();
        self.look_closely(chance, &everyone).await?;
        self.spend_large();
        self.counters.uploads += u64::from(self.clients());
        self.counters.downloads += u64::from(self.clients());
        self.caches.clone_from(&self.gradients);
        server::mean(&mut self.center, &self.caches);
        Ok(())
    }

    /// The mean over all clients of their gradients on all their samples, at the server's weights: only to be shown.
    async fn full_gradient(&mut self) -> Result<Vec<f32>, Fault> {
        let everyone: Vec<u32> = (0..self.clients()).collect();
        let anchor_batch = std::mem::take(&mut self.anchor_batch);
        // With batches of 0 (all samples) no chance is asked.
        self.look_closely(Chance::new(0), &everyone).await?;
        self.anchor_batch = anchor_batch;
        let mut full = vec![0.0; self.weights.len()];
        server::mean(&mut full, &self.gradients);
        Ok(full)
    }

    fn spend_large(&mut self) {
        self.spent.anchors += self.large.samples() as u64;
    }

    async fn work(&mut self, chance: Chance) -> Result<(), Fault> {
        let (anchors, miners) =
            (std::mem::take(&mut self.anchors), std::mem::take(&mut self.miners));
        let before = self.weights.clone();
        self.step.fill(0.0);
        if !miners.is_empty() {
            self.mine(chance, &miners).await?;
        } else {
            self.walk.paths.clear();
        }
        if !anchors.is_empty() {
            // Anchors look at the weights that miners started from.
            self.look_closely(chance, &anchors).await?;
            self.spend_large();
            self.counters.uploads += anchors.len() as u64;
            self.counters.downloads += anchors.len() as u64;
            match self.arm {
                Arm::Fedpage => server::mean(&mut self.step, &self.gradients),
                _ => self.renew_caches(&anchors),
            }
        }
        server::apply(&mut self.weights, &self.step, self.eta_s);
        if self.arm == Arm::Fedpage {
            self.last = before;
            self.last_step
                .iter_mut()
                .zip(&self.step)
                .for_each(|(last, step)| *last = self.eta_s * step);
        }
        (self.anchors, self.miners) = (anchors, miners);
        Ok(())
    }

    /// The miners' walks; `self.step` becomes what the server makes of them.
    async fn mine(&mut self, chance: Chance, miners: &[u32]) -> Result<(), Fault> {
        self.draw_steps(chance, miners);
        if self.arm == Arm::Fedpage {
            self.draw_large(chance, miners);
            self.spent.miners += 2 * self.large.samples() as u64;
        }
        let way = match self.arm {
            Arm::Fedavg | Arm::LargeBatch => Way::Plain,
            Arm::Scaffold => Way::Controlled { caches: &self.caches, center: &self.center },
            Arm::Fedpage => {
                Way::Paged { direction: &self.last_step, last: &self.last, large: &self.large }
            }
            _ => Way::Recursive { opening: &self.center },
        };
        self.walk
            .go(
                &mut self.stacked,
                &self.data,
                &self.batches,
                miners,
                &self.weights,
                self.local.rate,
                way,
            )
            .await?;
        // Columns to and from each: weights; and v, or c (both ways), or the last weights and step.
        let (gradients, down, up) = match self.arm {
            Arm::Fedavg | Arm::LargeBatch => (1, 1, 1),
            Arm::Scaffold => (1, 2, 2),
            Arm::Fedpage => (2, 3, 1),
            _ => (2, 2, 1),
        };
        self.spent.miners += gradients * self.batches.samples() as u64;
        self.counters.downloads += down * miners.len() as u64;
        self.counters.uploads += up * miners.len() as u64;
        // Into updates: start - end, and their mean.
        for at in self.walk.at.chunks_exact_mut(self.weights.len()) {
            at.iter_mut().zip(&self.weights).for_each(|(at, start)| *at = start - *at);
        }
        server::mean(&mut self.step, &self.walk.at);
        let travel = self.local.steps as f32 * self.local.rate;
        match self.arm {
            Arm::Scaffold => self.renew_controls(miners, travel),
            // The repository's FedPAGE sends mean directions, not distances.
            Arm::Fedpage => self.step.iter_mut().for_each(|s| *s /= travel),
            _ => {}
        }
        Ok(())
    }

    /// The batches of the walks: small ones, or all samples in each step.
    fn draw_steps(&mut self, chance: Chance, miners: &[u32]) {
        if self.arm != Arm::LargeBatch {
            return self.local.draw(&self.train, miners, chance, self.round, &mut self.batches);
        }
        self.batches.clear();
        for &client in miners {
            for _ in 0..self.local.steps {
                self.batches.push(self.train[client as usize].iter().copied());
            }
        }
    }

    /// v <- v + (1/N) sum over anchors of (new v_k - old v_k); v_k <- new.
    fn renew_caches(&mut self, anchors: &[u32]) {
        let params = self.weights.len();
        let share = 1.0 / self.train.len() as f32;
        for (&client, new) in anchors.iter().zip(self.gradients.chunks_exact(params)) {
            let old = &mut self.caches[client as usize * params..][..params];
            add_scaled(&mut self.center, share, new);
            add_scaled(&mut self.center, -share, old);
            old.copy_from_slice(new);
        }
    }

    /// SCAFFOLD: c_k <- c_k - c + (w - x_K) / (K eta_l), and c moves by (1/N) of the sum of changes, all with the old c.
    fn renew_controls(&mut self, miners: &[u32], travel: f32) {
        let params = self.weights.len();
        let share = 1.0 / self.train.len() as f32;
        let old_center = self.center.clone();
        for (&client, update) in miners.iter().zip(self.walk.at.chunks_exact(params)) {
            let control = &mut self.caches[client as usize * params..][..params];
            for i in 0..params {
                let change = update[i] / travel - old_center[i];
                control[i] += change;
                self.center[i] += share * change;
            }
        }
    }

    /// Mean distance of the miners' updates from their mean; none with fewer than two.
    fn drift(&self) -> Option<f64> {
        if self.miners.len() < 2 {
            return None;
        }
        let params = self.weights.len();
        let mut mean = vec![0.0; params];
        server::mean(&mut mean, &self.walk.at);
        let apart = |update: &[f32]| {
            let squares = update.iter().zip(&mean).map(|(u, m)| f64::from((u - m) * (u - m)));
            squares.sum::<f64>().sqrt()
        };
        let total: f64 = self.walk.at.chunks_exact(params).map(apart).sum();
        Some(total / self.miners.len() as f64)
    }

    async fn test(&mut self, ctx: &mut Ctx) -> Result<(), Fault> {
        self.stacked.score(&self.data, &self.test, &self.weights, &mut self.scores).await?;
        let count = self.scores.len() as f64;
        let right = self.scores.iter().filter(|s| s.right).count() as f64 / count;
        ctx.record(&ACCURACY, right)?;
        let loss: f64 = self.scores.iter().map(|s| f64::from(s.loss)).sum();
        ctx.record(&TEST_LOSS, loss / count)?;
        if self.reached.is_none() && right >= self.target {
            self.reached = Some((self.round, self.samples_seen()));
        }
        Ok(())
    }

    fn samples_seen(&self) -> u64 {
        self.spent.anchors + self.spent.miners
    }

    fn report(&self, ctx: &mut Ctx) -> Result<(), Fault> {
        let (round, samples) = self.reached.unwrap_or((self.round, self.samples_seen()));
        ctx.record(&ROUNDS_TO, f64::from(round))?;
        ctx.record(&SAMPLES_TO, samples as f64)?;
        ctx.record(&SAMPLES_SEEN, self.samples_seen() as f64)?;
        ctx.record(&BYTES, self.counters.bytes(self.weights.len()) as f64)?;
        ctx.record(&ANCHORS, self.anchors.len() as f64)?;
        if let Some(drift) = self.drift() {
            ctx.record(&DRIFT, drift)?;
        }
        let stopped = self.walk.stopped.iter().filter(|s| **s).count();
        if !self.miners.is_empty() && stopped > 0 {
            ctx.say(format!(
                "{stopped} miners stopped early: their direction grew a thousandfold."
            ));
        }
        ctx.say(self.caption());
        Ok(())
    }

    fn caption(&self) -> String {
        let count = |clients: usize, one: &str| match clients {
            1 => format!("1 {one}"),
            more => format!("{more} {one}s"),
        };
        let (anchors, miners) = (self.anchors.len(), self.miners.len());
        match (self.arm, miners) {
            (Arm::Fedpage, 0) => {
                format!("A full round: all {anchors} clients sent an accurate gradient.")
            }
            (_, 0) => format!(
                "{} looked closely; without miners the net stayed.",
                count(anchors, "anchor")
            ),
            (arm, _) if arm.is_fedamd() => {
                let (anchors, miners) = (count(anchors, "anchor"), count(miners, "miner"));
                format!("{anchors} looked closely, {miners} walked {} steps.", self.local.steps)
            }
            _ => format!(
                "{} of {} clients walked {} steps.",
                miners,
                self.clients(),
                self.local.steps
            ),
        }
    }
}
