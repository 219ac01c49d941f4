#![doc = include_str!("../sapo.md")]

mod card;
mod claims;
mod node;
mod pictures;

#[cfg(test)]
mod tests;

use card::{Filter, Params};
use engine::chance::Chance;
use engine::math;
use engine::network::{Event, Link, Links, Network, nanos};
use engine::policy::pg::Rules;
use engine::policy::tasks::gym9::{self, Exam, Gym, LENGTH, Mix, TASKS};
use engine::run::{Ctx, System};
use lexicon::*;
use node::{Desk, Item, Node, SLOTS, Shared};
use rand::RngExt;
use std::collections::VecDeque;
use std::rc::Rc;

/// Tried out in every so many rounds, the first and the last.
const EVERY: u32 = 20;
/// Prompts of an evaluation.
const EXAM: u32 = 800;
/// Hidden units, where nodes are equal and where they are not.
const HIDDEN: u32 = 48;
const HIDDEN_MIXED: [u32; 4] = [16, 32, 48, 64];
/// Where nodes are unequal, every so many-th has a base that saw only blind answers.
const BLIND_EVERY: u32 = 4;
/// A node is on or off for so many rounds at a time.
const STRETCH: u32 = 5;
/// On the wire: bytes of a token of a completion; of a question with its answer and its verifier's number.
const TOKEN_BYTES: u64 = 3;
const QUESTION_BYTES: u64 = 6;

/// What a node learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// So many of eight slots for its own items; none: as the dial says.
    Mix { own: Option<u32>, filter: Option<Filter> },
    /// Its own items only; weights are averaged in every round.
    Weights,
    /// One node with the questions of all.
    OneBig,
}

const fn mix(own: u32) -> Arm {
    Arm::Mix { own: Some(own), filter: None }
}

const fn filtered(filter: Filter) -> Arm {
    Arm::Mix { own: Some(4), filter: Some(filter) }
}

/// What the run has seen so far.
#[derive(Clone, Debug, Default)]
struct Past {
    cumulative: f64,
    last: Option<f64>,
    changes: f64,
    /// The newest of at most `window` rewards.
    recent: VecDeque<f64>,
    smoothed: f64,
    peak: f64,
    falls: f64,
}

pub struct Sapo {
    params: Params,
    arm: Arm,
    rules: Rules,
    nodes: Vec<Node>,
    network: Network<Shared>,
    exam: Exam,
    desk: Desk,
    past: Past,
    round: u32,
    /// Messages and bytes that no node's network carries: weights.
    weights_sent: [u64; 2],
    /// [rounds, nodes]: format rates, not a number while off.
    history: Vec<f32>,
}

impl System for Sapo {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = card::CARD;
    const ARMS: &'static [ArmCard<Arm>] = &[
        ArmCard::method(mix(4), "mix_4_4", "SAPO 4/4")
            .says("Half of what a node learns from is its own, half comes from others."),
        ArmCard::baseline(mix(8), "mix_8_0", "Alone 8/0")
            .says("Every node learns from its own completions only."),
        ArmCard::method(mix(6), "mix_6_2", "SAPO 6/2").says("A quarter comes from others."),
        ArmCard::method(mix(2), "mix_2_6", "SAPO 2/6").says("Three quarters come from others."),
        ArmCard::ablation(filtered(Filter::None), "mix_4_4_uniform", "4/4, no filter")
            .says("Half comes from others, drawn blindly, worthless questions included.")
            .extra(),
        ArmCard::ablation(filtered(Filter::Best), "mix_4_4_best", "4/4, the best")
            .says("Half comes from others: the questions with the highest rewards.")
            .extra(),
        ArmCard::ablation(Arm::Mix { own: None, filter: None }, "mix_own", "SAPO, own split")
            .says("As many own slots of eight as the dial says.")
            .extra(),
        ArmCard::baseline(Arm::Weights, "weights_avg", "Weights averaged")
            .says("No completion is shared; all nodes' weights are averaged after every round.")
            .extra(),
        ArmCard::reference(Arm::OneBig, "one_big", "One big node")
            .says("A single node that asks itself, and learns from, as much as all of them.")
            .extra(),
    ];

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        if arm == Arm::Weights && params.mixed {
            return Err(Fault::Params(vec![Issue {
                dial: "mixed".into(),
                given: "true".into(),
                says: "weights of nets of different size cannot be averaged: equal nodes work, or leave out the arm \
                       weights_avg"
                    .into(),
            }]));
        }
        let count = if arm == Arm::OneBig { 1 } else { params.nodes };
        // One round is a second: what is sent arrives `staleness` rounds later.
        let latency_ms = f64::from(params.staleness) * 1e3;
        let links = Links::Uniform(Link { latency_ms, loss: params.loss, ..Link::default() });
        let gym = Gym { tasks: (0..TASKS as u8).collect(), digits: params.digits };
        notices(params, arm, ctx);
        Ok(Self {
            rules: Rules {
                clip_low: params.clip_low as f32,
                clip_high: params.clip_high as f32,
                kl_weight: params.kl_weight as f32,
                ..Rules::GRPO
            },
            nodes: nodes(params, count, &gym, ctx.chance()),
            network: Network::new(count, &links, ctx.chance(), "messages of the swarm")?,
            exam: gym.exam(EXAM),
            params: params.clone(),
            arm,
            desk: Desk::default(),
            past: Past::default(),
            round: 0,
            weights_sent: [0; 2],
            history: Vec::new(),
        })
    }

    /// One round: every node asks itself, shares, and learns.
    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        self.round = ctx.round();
        self.churn(ctx.chance());
        for node in &mut self.nodes {
            node.pool.clear();
        }
        self.deliver();
        self.ask(ctx.chance());
        ctx.breathe().await;
        self.share(ctx.chance())?;
        self.deliver();
        self.learn(ctx.chance());
        if self.nodes.iter().any(|node| !node.learner.net.is_finite()) {
            return Err(Fault::Diverged { what: "a node's policy".into(), round: self.round });
        }
        self.record(ctx)?;
        ctx.say(pictures::caption(self));
        Ok(Flow::Continue)
    }

    fn scenes(&self) -> Vec<Scene> {
        pictures::scenes(self)
    }
}

fn notices(params: &Params, arm: Arm, ctx: &mut Ctx) {
    if let Arm::Mix { own, .. } = arm
        && own.unwrap_or(params.own_slots) == 0
    {
        ctx.say("No own slots: a node never learns from its own experience.");
    }
    if params.mixed {
        ctx.say("Unequal nodes share one vocabulary: different ones are not modeled.");
    }
}

/// The nodes with their bases; equal ones share theirs.
fn nodes(params: &Params, count: u32, gym: &Gym, chance: Chance) -> Vec<Node> {
    let mut known: Vec<((u32, bool), Rc<engine::policy::tiny_ar::TinyAr>)> = Vec::new();
    let mut of = |node: u32| {
        let hidden = match params.mixed {
            true => HIDDEN_MIXED[node as usize / 2 % HIDDEN_MIXED.len()],
            false => HIDDEN,
        };
        let blind = params.mixed && node % BLIND_EVERY == BLIND_EVERY - 1;
        let key = (hidden, blind);
        if let Some((_, base)) = known.iter().find(|(k, _)| *k == key) {
            return base.clone();
        }
        let mix = Mix {
            steps: params.base_steps,
            format_share: params.format_share,
            label_noise: if blind { 1.0 } else { params.label_noise },
        };
        let base = Rc::new(gym9::base(gym, hidden, &mix, chance));
        known.push((key, base.clone()));
        base
    };
    (0..count).map(|node| Node::new(of(node), params.lr as f32)).collect()
}

impl Sapo {
    /// Who is off in this stretch of rounds.
    fn churn(&mut self, chance: Chance) {
        if self.params.churn == 0.0 {
            return;
        }
        let stretch = self.round / STRETCH;
        for (number, node) in self.nodes.iter_mut().enumerate() {
            let mut rng = chance.at("who is off", &[number as u32, stretch]);
            let off = rng.random::<f64>() < self.params.churn;
            match (node.off, off) {
                (false, true) => self.network.kill(number as u32),
                (true, false) => self.network.revive(number as u32),
                _ => {}
            }
            node.off = off;
        }
    }

    /// Takes in what has arrived by now.
    fn deliver(&mut self) {
        let now = nanos(f64::from(self.round));
        while let Some(event) = self.network.next_until(now) {
            if let Event::Delivered { to, message, .. } = event {
                self.nodes[to as usize].pool.push(message);
            }
        }
    }

    fn ask(&mut self, chance: Chance) {
        let (round, params) = (self.round, &self.params);
        // The big node asks itself what all nodes would have asked themselves.
        let sets = if self.arm == Arm::OneBig { params.nodes } else { 1 };
        for (number, node) in self.nodes.iter_mut().enumerate().filter(|(_, node)| !node.off) {
            let number = number as u32;
            let drawn = |set: u32| {
                let mut rng = chance.at("which questions", &[round, number + set]);
                node::prompts(params.questions, params.digits, &mut rng)
            };
            let prompts: Vec<_> = (0..sets).flat_map(drawn).collect();
            node.ask(&prompts, params, chance, [round, number], &mut self.desk);
        }
        let rate = |node: &Node| if node.off { f32::NAN } else { node.format as f32 };
        self.history.extend(self.nodes.iter().map(rate));
    }

    /// Every node sends the same items to all others, as plain tokens.
    fn share(&mut self, chance: Chance) -> Result<(), Fault> {
        if !self.shares() {
            return Ok(());
        }
        let count = self.nodes.len() as u32;
        for from in 0..count {
            let node = &self.nodes[from as usize];
            if node.off {
                continue;
            }
            let mut rng = chance.at("which items are shared", &[self.round, from]);
            let is_sent = |_: &&Item| rng.random::<f64>() < self.params.share_fraction;
            let items: Vec<Item> = node.own.iter().filter(is_sent).cloned().collect();
            if items.is_empty() {
                continue;
            }
            let tokens = u64::from(self.params.group) * LENGTH as u64;
            let bytes = items.len() as u64 * (QUESTION_BYTES + TOKEN_BYTES * tokens);
            let shared: Shared = Rc::new(items);
            for to in (0..count).filter(|to| *to != from) {
                self.network.send(from, to, bytes, shared.clone())?;
            }
        }
        Ok(())
    }

    /// Whether items leave their nodes in this arm. With 8/0 nobody would read them.
    fn shares(&self) -> bool {
        matches!(self.arm, Arm::Mix { .. }) && self.own_slots() < SLOTS
    }

    fn own_slots(&self) -> u32 {
        match self.arm {
            Arm::Mix { own, .. } => own.unwrap_or(self.params.own_slots),
            Arm::Weights | Arm::OneBig => SLOTS,
        }
    }

    fn learn(&mut self, chance: Chance) {
        let own_slots = self.own_slots();
        let filter = match self.arm {
            Arm::Mix { filter: Some(filter), .. } => filter,
            _ => self.params.filter,
        };
        for (number, node) in self.nodes.iter_mut().enumerate() {
            node.starved = false;
            if !node.off {
                let mut rng = chance.at("which outside items", &[self.round, number as u32]);
                let idle = self.params.idle;
                node.learn(own_slots, filter, &self.rules, idle, &mut rng, &mut self.desk);
            }
        }
        if self.arm == Arm::Weights {
            self.average();
        }
    }

    /// FedAvg: every node that is on takes the mean of all of theirs. Nothing of it is lost or late.
    fn average(&mut self) {
        let mut on: Vec<&mut Node> = self.nodes.iter_mut().filter(|node| !node.off).collect();
        let count = on.len() as u64;
        let Some(first) = on.first() else { return };
        let mut mean = vec![0.0f32; first.learner.net.params.len()];
        for node in &on {
            engine::tensor::kernels::add_scaled(
                &mut mean,
                1.0 / count as f32,
                &node.learner.net.params,
            );
        }
        on.iter_mut().for_each(|node| node.learner.net.params.copy_from_slice(&mean));
        self.weights_sent[0] += count * (count - 1);
        self.weights_sent[1] += count * (count - 1) * 4 * mean.len() as u64;
    }

    /// Rounds from the first node that found the format to the median node, counted on while that has not.
    fn spread(&self) -> Option<u32> {
        let mut found: Vec<u32> = self.nodes.iter().filter_map(|node| node.found).collect();
        found.sort_unstable();
        let median = self.nodes.len().div_ceil(2) - 1;
        Some(found.get(median).copied().unwrap_or(self.round) - found.first()?)
    }

    fn record(&mut self, ctx: &mut Ctx) -> Result<(), Fault> {
        let on: Vec<&Node> = self.nodes.iter().filter(|node| !node.off).collect();
        let mean = |of: fn(&Node) -> f64| {
            on.iter().map(|node| of(node)).sum::<f64>() / on.len().max(1) as f64
        };
        let reward = mean(|node| node.reward);
        ctx.record(&card::FORMAT, mean(|node| node.format))?;
        ctx.record(&card::ENTROPY, mean(|node| node.entropy))?;
        ctx.record(&card::STARVED, mean(|node| f64::from(u8::from(node.starved))))?;
        self.past.add(reward, self.params.window as usize);
        let past = &self.past;
        let rounds = f64::from(self.round);
        ctx.record(&card::REWARD, reward)?;
        ctx.record(&card::CUMULATIVE, past.cumulative)?;
        if past.cumulative > 0.0 {
            ctx.record(&card::LOG_CUMULATIVE, math::ln(past.cumulative))?;
        }
        ctx.record(&card::SMOOTHED, past.smoothed)?;
        ctx.record(&card::PEAK, past.peak)?;
        ctx.record(&card::OSCILLATION, past.changes / (rounds - 1.0).max(1.0))?;
        ctx.record(&card::DRAWDOWN, past.falls / rounds)?;
        if let Some(spread) = self.spread() {
            ctx.record(&card::SPREAD, f64::from(spread))?;
        }
        let ledger = self.network.ledger();
        assert!(ledger.balances(), "sent = delivered + lost + in flight");
        ctx.record(&card::MESSAGES, (ledger.sent + self.weights_sent[0]) as f64)?;
        ctx.record(&card::BYTES, (ledger.bytes_sent + self.weights_sent[1]) as f64)?;
        if self.round == 1 || self.round.is_multiple_of(EVERY) || self.round == ctx.horizon() {
            let scores: Vec<_> =
                self.nodes.iter().map(|node| self.exam.try_out(&node.learner.net)).collect();
            let share = 1.0 / scores.len() as f64;
            ctx.record(&card::ACCURACY, share * scores.iter().map(|s| s.accuracy).sum::<f64>())?;
            ctx.record(&card::STRICT, share * scores.iter().map(|s| s.strict).sum::<f64>())?;
        }
        Ok(())
    }
}

impl Past {
    fn add(&mut self, reward: f64, window: usize) {
        self.cumulative += reward;
        self.changes += self.last.map_or(0.0, |last| (reward - last).abs());
        self.last = Some(reward);
        self.recent.push_back(reward);
        if self.recent.len() > window {
            self.recent.pop_front();
        }
        self.smoothed = self.recent.iter().sum::<f64>() / self.recent.len() as f64;
        self.peak = self.peak.max(self.smoothed);
        self.falls += self.peak - self.smoothed;
    }
}
