//! Policy gradient without a value head: GRPO (Shao and others 2024, arXiv 2402.03300) and its relatives DAPO
//! (arXiv 2503.14476) and Dr. GRPO (arXiv 2503.20783), on `TinyAr`; and supervised steps for a base to start from.
//!
//! With rho = pi / pi_old of a token and r = pi_ref / pi, a token's loss is
//! -min(rho A, clip(rho, 1 - low, 1 + high) A) + kl_weight (r - ln r - 1).

use super::net::{Adam, clip};
use super::tiny_ar::{Pass, Shape, States, TinyAr, log};
use crate::math;

/// How the tokens' losses become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mean {
    /// GRPO: over a rollout's tokens, then over rollouts.
    Rollouts,
    /// DAPO: over all tokens alike. Groups without spread are to be left out of the batch.
    Tokens,
    /// Dr. GRPO: over rollouts; a rollout's tokens are divided by the longest possible output, whatever its own.
    Constant,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    pub mean: Mean,
    pub clip_low: f32,
    pub clip_high: f32,
    /// Weight of the distance to the reference.
    pub kl_weight: f32,
    /// Passes over the same rollouts.
    pub epochs: u32,
    pub gradient_max: f32,
}

impl Rules {
    pub const GRPO: Self = Self {
        mean: Mean::Rollouts,
        clip_low: 0.2,
        clip_high: 0.2,
        kl_weight: 0.0,
        epochs: 1,
        gradient_max: 1.0,
    };
    pub const DAPO: Self = Self { mean: Mean::Tokens, clip_high: 0.28, ..Self::GRPO };
    pub const DR_GRPO: Self = Self { mean: Mean::Constant, ..Self::GRPO };
}

/// PPO's clipped surrogate: its loss, and its slope over the log-probability.
pub fn clipped(log_ratio: f32, advantage: f32, low: f32, high: f32) -> (f32, f32) {
    let ratio = math::exp_f32(log_ratio.clamp(-20.0, 20.0));
    let plain = ratio * advantage;
    let held = ratio.clamp(1.0 - low, 1.0 + high) * advantage;
    if plain <= held { (-plain, -plain) } else { (-held, 0.0) }
}

/// Rollouts to learn from, token by token.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    states: States,
    token: Vec<u8>,
    log_old: Vec<f32>,
    /// Where each rollout's tokens end.
    ends: Vec<u32>,
    advantage: Vec<f32>,
}

impl Batch {
    pub fn clear(&mut self) {
        let Self { states, token, log_old, ends, advantage } = self;
        states.clear();
        token.clear();
        log_old.clear();
        ends.clear();
        advantage.clear();
    }

    /// A rollout of a task with these features: its tokens, and their ln p when they were drawn.
    pub fn push(
        &mut self,
        shape: &Shape,
        features: &[u32],
        tokens: &[u8],
        log_old: &[f32],
        advantage: f32,
    ) {
        for (step, token) in tokens.iter().enumerate() {
            self.states.push(shape, features, &tokens[..step]);
            self.token.push(*token);
        }
        self.log_old.extend_from_slice(log_old);
        self.ends.push(self.token.len() as u32);
        self.advantage.push(advantage);
    }

    /// A rollout that another policy drew: what it is worth to pi_old is said by `Learner::encode`.
    pub fn push_foreign(&mut self, shape: &Shape, features: &[u32], tokens: &[u8], advantage: f32) {
        self.push(shape, features, tokens, &[], advantage);
    }

    pub fn rollouts(&self) -> usize {
        self.advantage.len()
    }

    pub fn tokens(&self) -> usize {
        self.token.len()
    }
}

/// What came of an update; means over its epochs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    pub loss: f64,
    /// Before it is cut to `gradient_max`.
    pub grad_norm: f64,
    /// Share of tokens that the clip left without slope.
    pub clip_fraction: f64,
}

/// A policy and its optimizer.
#[derive(Clone, Debug)]
pub struct Learner {
    pub net: TinyAr,
    adam: Adam,
    pass: Pass,
    /// Over the logits, [tokens, vocabulary].
    slope: Vec<f32>,
    gradient: Vec<f32>,
    /// ln p of the reference for each token; empty where it has no weight.
    log_ref: Vec<f32>,
}

impl Learner {
    pub fn new(net: TinyAr, rate: f32) -> Self {
        let adam = Adam::new(net.params.len(), rate);
        let gradient = vec![0.0; net.params.len()];
        let (pass, slope, log_ref) = (Pass::default(), Vec::new(), Vec::new());
        Self { net, adam, pass, slope, gradient, log_ref }
    }

    /// One supervised step: down the mean cross-entropy of the targets. The mean before it.
    pub fn imitate(&mut self, states: &States, targets: &[u8], gradient_max: f32) -> f64 {
        let Self { net, adam, pass, slope, gradient, .. } = self;
        let vocabulary = net.shape.vocabulary as usize;
        net.forward(states, pass);
        let share = 1.0 / targets.len().max(1) as f32;
        let mut loss = 0.0;
        slope.clear();
        for (likely, target) in pass.likely().chunks_exact(vocabulary).zip(targets) {
            loss -= f64::from(log(likely[usize::from(*target)]));
            push_slope(slope, likely, *target, -share);
        }
        net.backward(states, pass, slope, gradient);
        clip(gradient, gradient_max);
        adam.step(&mut net.params, gradient);
        loss * f64::from(share)
    }

    /// One update: `rules.epochs` steps on the same rollouts. Nothing happens where there are none.
    pub fn improve(&mut self, batch: &Batch, rules: &Rules, reference: &TinyAr) -> Report {
        let mut report = Report::default();
        if batch.rollouts() == 0 {
            return report;
        }
        self.log_ref.clear();
        if rules.kl_weight > 0.0 {
            let vocabulary = reference.shape.vocabulary as usize;
            reference.forward(&batch.states, &mut self.pass);
            let likely = self.pass.likely().chunks_exact(vocabulary);
            self.log_ref.extend(likely.zip(&batch.token).map(|(l, t)| log(l[usize::from(*t)])));
        }
        let share = 1.0 / f64::from(rules.epochs.max(1));
        for _ in 0..rules.epochs {
            let (loss, cut) = self.slope(batch, rules);
            let norm = clip(&mut self.gradient, rules.gradient_max);
            self.adam.step(&mut self.net.params, &self.gradient);
            report.loss += share * loss;
            report.grad_norm += share * f64::from(norm);
            report.clip_fraction += share * cut as f64 / batch.tokens() as f64;
        }
        report
    }

    /// Makes the net as it is the batch's pi_old, as if it had drawn all rollouts itself.
    pub fn encode(&mut self, batch: &mut Batch) {
        let vocabulary = self.net.shape.vocabulary as usize;
        self.net.forward(&batch.states, &mut self.pass);
        let likely = self.pass.likely().chunks_exact(vocabulary);
        batch.log_old.clear();
        batch.log_old.extend(likely.zip(&batch.token).map(|(l, t)| log(l[usize::from(*t)])));
    }

    /// The gradient of the batch's loss into `self.gradient`; the loss, and how many tokens the clip cut off.
    fn slope(&mut self, batch: &Batch, rules: &Rules) -> (f64, usize) {
        let Self { net, pass, slope, gradient, log_ref, .. } = self;
        let vocabulary = net.shape.vocabulary as usize;
        net.forward(&batch.states, pass);
        let likely: Vec<&[f32]> = pass.likely().chunks_exact(vocabulary).collect();
        let (mut loss, mut cut, mut from) = (0.0, 0, 0);
        slope.clear();
        for (end, advantage) in batch.ends.iter().zip(&batch.advantage) {
            let until = *end as usize;
            let weight = weight(rules.mean, batch, until - from, net.shape.length);
            for at in from..until {
                let token = batch.token[at];
                let now = log(likely[at][usize::from(token)]);
                let (mut one, mut along) =
                    clipped(now - batch.log_old[at], *advantage, rules.clip_low, rules.clip_high);
                cut += usize::from(along == 0.0 && *advantage != 0.0);
                if let Some(reference) = log_ref.get(at) {
                    let apart = (reference - now).clamp(-20.0, 20.0);
                    let ratio = math::exp_f32(apart);
                    one += rules.kl_weight * (ratio - apart - 1.0);
                    along += rules.kl_weight * (1.0 - ratio);
                }
                loss += f64::from(weight * one);
                push_slope(slope, likely[at], token, weight * along);
            }
            from = until;
        }
        net.backward(&batch.states, pass, slope, gradient);
        (loss, cut)
    }

    /// Mean KL(pi, reference) over the states of a batch, nats.
    pub fn kl(&mut self, batch: &Batch, reference: &TinyAr) -> f64 {
        let mut other = Pass::default();
        reference.forward(&batch.states, &mut other);
        self.net.forward(&batch.states, &mut self.pass);
        let terms = self.pass.likely().iter().zip(other.likely());
        let sum: f64 = terms.map(|(p, q)| f64::from(p * (log(*p) - log(*q)))).sum();
        sum / batch.tokens().max(1) as f64
    }
}

/// What one token's loss counts.
fn weight(mean: Mean, batch: &Batch, tokens: usize, length: u32) -> f32 {
    let rollouts = batch.rollouts() as f32;
    match mean {
        Mean::Rollouts => 1.0 / (rollouts * tokens as f32),
        Mean::Tokens => 1.0 / batch.tokens() as f32,
        Mean::Constant => 1.0 / (rollouts * length as f32),
    }
}

/// d of `along` times ln p(token) over the logits: along (1[k = token] - p_k).
fn push_slope(slope: &mut Vec<f32>, likely: &[f32], token: u8, along: f32) {
    let from = slope.len();
    slope.extend(likely.iter().map(|p| -along * p));
    slope[from + usize::from(token)] += along;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::policy::tiny_ar::{Rollouts, Sampler};
    use rand::RngExt;

    const SHAPE: Shape = Shape { features: 4, vocabulary: 5, length: 3, hidden: 6 };

    fn learner(place: u32) -> Learner {
        Learner::new(TinyAr::new(SHAPE, &mut Chance::new(4).stream(place, "net")), 0.0)
    }

    /// Rollouts of unequal length with advantages of both signs.
    fn batch(net: &TinyAr) -> Batch {
        let mut rng = Chance::new(4).stream(0, "luck");
        let (mut sampler, mut drawn, mut batch) =
            (Sampler::default(), Rollouts::default(), Batch::default());
        for task in 0..4 {
            let luck: Vec<f32> = (0..9).map(|_| rng.random()).collect();
            sampler.draw(net, &[task], &luck, &mut drawn);
            for rollout in 0..3 {
                let here = rollout * 3..rollout * 3 + 1 + rollout;
                let advantage = rng.random_range(-1.0..1.0);
                let (tokens, log_old) = (&drawn.tokens[here.clone()], &drawn.log_old[here]);
                batch.push(&SHAPE, &[task], tokens, log_old, advantage);
            }
        }
        batch
    }

    /// The gradient of every weight against differences of the loss, away from where the rollouts were drawn.
    fn check(rules: Rules) {
        let mut learner = learner(1);
        let batch = batch(&learner.net);
        let reference = self::learner(2).net;
        let mut rng = Chance::new(4).stream(0, "moves");
        learner.net.params.iter_mut().for_each(|p| *p += 0.1 * rng.random_range(-1.0..1.0f32));
        learner.improve(&batch, &Rules { epochs: 1, gradient_max: f32::MAX, ..rules }, &reference);
        learner.slope(&batch, &rules);
        let gradient = learner.gradient.clone();
        for i in 0..gradient.len() {
            let mut at = |by: f32| {
                let kept = learner.net.params[i];
                learner.net.params[i] = kept + by;
                let loss = learner.slope(&batch, &rules).0;
                learner.net.params[i] = kept;
                loss
            };
            let difference = (at(4e-3) - at(-4e-3)) / 8e-3;
            let error = (difference - f64::from(gradient[i])).abs();
            assert!(error < 3e-4, "{rules:?}, {i}: {difference} {}", gradient[i]);
        }
        assert!(gradient.iter().any(|g| g.abs() > 0.02), "a gradient worth checking");
    }

    #[test]
    fn gradients_of_grpo_dapo_and_dr_grpo_are_those_of_differences() {
        for rules in [Rules::GRPO, Rules::DAPO, Rules::DR_GRPO] {
            // A clip so wide that no kink lies within the differences.
            check(Rules { clip_low: 0.99, clip_high: 9.0, ..rules });
            check(Rules { clip_low: 0.99, clip_high: 9.0, kl_weight: 0.3, ..rules });
        }
    }

    #[test]
    fn tokens_weigh_as_each_paper_says() {
        let batch = batch(&learner(1).net);
        // 12 rollouts of 1, 2 or 3 tokens.
        let of = |mean, tokens| f64::from(weight(mean, &batch, tokens, 3));
        assert!((of(Mean::Rollouts, 2) - 1.0 / 24.0).abs() < 1e-7);
        assert!((of(Mean::Tokens, 2) - 1.0 / 24.0).abs() < 1e-7);
        assert!((of(Mean::Constant, 2) - 1.0 / 36.0).abs() < 1e-7);
        assert!((of(Mean::Rollouts, 1) - 1.0 / 12.0).abs() < 1e-7);
        assert!((of(Mean::Tokens, 1) - 1.0 / 24.0).abs() < 1e-7);
    }

    #[test]
    fn past_the_clip_a_token_has_no_slope_and_both_sides_have_their_own() {
        assert_eq!(clipped(0.0, 3.0, 0.2, 0.28), (-3.0, -3.0));
        let up = |high| clipped(0.22, 1.0, 0.2, high).1;
        assert!(up(0.2) == 0.0 && up(0.28) < -1.0, "{} {}", up(0.2), up(0.28));
        assert_eq!(clipped(-0.3, -1.0, 0.2, 0.28).1, 0.0);
        assert!(clipped(0.5, -1.0, 0.2, 0.28).1 > 1.0);
    }

    #[test]
    fn rollouts_of_others_count_as_if_drawn_here() {
        let mut learner = learner(1);
        let own = batch(&learner.net);
        let mut foreign = Batch::default();
        let (mut from, mut token) = (0, own.token.iter());
        for (rollout, end) in own.ends.iter().enumerate() {
            let length = *end as usize - from;
            let tokens: Vec<u8> = token.by_ref().take(length).copied().collect();
            let task = rollout as u32 / 3;
            foreign.push_foreign(&SHAPE, &[task], &tokens, own.advantage[rollout]);
            from = *end as usize;
        }
        learner.encode(&mut foreign);
        for (encoded, drawn) in foreign.log_old.iter().zip(&own.log_old) {
            assert!((encoded - drawn).abs() < 1e-6, "{encoded} {drawn}");
        }
        let gradient = |learner: &mut Learner, batch| {
            learner.slope(batch, &Rules::GRPO);
            learner.gradient.clone()
        };
        let (one, other) = (gradient(&mut learner, &own), gradient(&mut learner, &foreign));
        assert!(one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn what_pays_is_learned_and_a_reference_holds_back() {
        let paid = |kl_weight: f32| {
            let mut learner = Learner { adam: Adam::new(SHAPE.params(), 0.01), ..learner(1) };
            let reference = learner.net.clone();
            let (mut sampler, mut drawn, mut batch) =
                (Sampler::default(), Rollouts::default(), Batch::default());
            let mut right = 0.0;
            for update in 0..150 {
                let mut rng = Chance::new(4).stream(update, "luck");
                let luck: Vec<f32> = (0..60).map(|_| rng.random()).collect();
                sampler.draw(&learner.net, &[1], &luck, &mut drawn);
                batch.clear();
                for (tokens, log_old) in drawn.tokens.chunks(3).zip(drawn.log_old.chunks(3)) {
                    let advantage = if tokens[1] == 2 { 0.8 } else { -0.2 };
                    right += f64::from(u8::from(update >= 140 && tokens[1] == 2)) / 200.0;
                    batch.push(&SHAPE, &[1], tokens, log_old, advantage);
                }
                learner.improve(&batch, &Rules { kl_weight, ..Rules::GRPO }, &reference);
            }
            (right, learner.kl(&batch, &reference))
        };
        let (free, held) = (paid(0.0), paid(2.0));
        assert!(free.0 > 0.9 && held.0 < 0.7, "{free:?} {held:?}");
        assert!(held.1 >= 0.0 && held.1 < free.1 / 2.0, "{free:?} {held:?}");
    }

    #[test]
    fn imitation_finds_what_it_is_shown() {
        let mut learner = Learner { adam: Adam::new(SHAPE.params(), 0.01), ..learner(1) };
        let mut states = States::default();
        let shown = [[0u8, 1, 2], [4, 3, 2], [1, 1, 1], [2, 0, 4]];
        for (task, tokens) in shown.iter().enumerate() {
            for step in 0..3 {
                states.push(&SHAPE, &[task as u32], &tokens[..step]);
            }
        }
        let first = learner.imitate(&states, shown.as_flattened(), 1.0);
        let last = (0..400).map(|_| learner.imitate(&states, shown.as_flattened(), 1.0)).last();
        assert!(first > 1.0 && last.unwrap() < 0.1, "{first} {last:?}");
        let tasks = [[0], [1], [2], [3]];
        let said = learner.net.greedy(tasks.iter().map(|t| t.as_slice()));
        assert_eq!(said, shown.as_flattened());
    }
}
