//! REINFORCE (Williams 1992), A2C (Mnih and others 2016) and PPO (Schulman and others 2017) for continuous actions,
//! with generalized advantages (Schulman and others 2016). One learner may stand for one agent (shared weights) or
//! for a whole swarm: it sees rows, not agents.

use super::net::{Adam, Mlp, Pass, clip};
use super::pg::clipped;
use crate::math;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

/// ln(2 pi) / 2
const LOG_ROOT_TAU: f32 = 0.918_938_5;
/// An update is cut short when the policies have drifted apart by so many times the target (README of the specs).
const KL_STOP: f64 = 4.0;

/// How a policy is improved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Ratio clip of PPO; none: the plain policy gradient, which fits one epoch.
    pub clip: Option<f32>,
    pub epochs: u32,
    /// Rows of a gradient step.
    pub minibatch: usize,
    /// Weight of the entropy bonus.
    pub entropy: f32,
    /// Weight of KL(old, new) in the loss.
    pub kl_weight: f32,
    /// Stops an update once the mean KL passes four times this.
    pub kl_target: Option<f64>,
    pub gradient_max: f32,
    /// Advantages to mean 0 and standard deviation 1 before the update.
    pub normalized: bool,
}

impl Rules {
    /// The plain policy gradient over the whole batch. With advantages from returns alone it is REINFORCE, with
    /// those of a critic A2C.
    pub const PLAIN: Self = Self {
        clip: None,
        epochs: 1,
        minibatch: usize::MAX,
        entropy: 0.0,
        kl_weight: 0.0,
        kl_target: None,
        gradient_max: 0.5,
        normalized: true,
    };

    pub const PPO: Self = Self { clip: Some(0.2), epochs: 8, minibatch: 100, ..Self::PLAIN };
}

/// A policy over real vectors: a diagonal Gaussian whose means come from a net; its deviations are free.
#[derive(Clone, Debug)]
pub struct Actor {
    net: Mlp,
    /// [actions]
    log_std: Vec<f32>,
    adam: Adam,
    pass: Pass,
}

/// Rows of experience, as they were met.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// [rows, inputs]
    pub seen: Vec<f32>,
    /// [rows, actions]
    pub acted: Vec<f32>,
    /// [rows, actions]: the means then.
    pub mean: Vec<f32>,
    /// [rows]
    pub advantage: Vec<f32>,
}

impl Rows {
    pub fn clear(&mut self) {
        let Self { seen, acted, mean, advantage } = self;
        [seen, acted, mean, advantage].into_iter().for_each(Vec::clear);
    }
}

/// What came of an update.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Mean KL(old, new) at the end, nats.
    pub kl: f64,
    /// Multiply-adds spent in the net.
    pub macs: u64,
}

impl Actor {
    pub fn new(sizes: &[usize], log_std: f32, rate: f32, rng: &mut impl Rng) -> Self {
        // A small last layer: the first policy acts around 0 wherever it is.
        let net = Mlp::new(sizes, 0.01, rng);
        let adam = Adam::new(net.params.len() + net.outputs(), rate);
        Self { log_std: vec![log_std; net.outputs()], net, adam, pass: Pass::default() }
    }

    /// The means for [rows, inputs].
    pub fn means(&mut self, seen: &[f32]) -> &[f32] {
        self.net.forward(seen, &mut self.pass);
        self.pass.output()
    }

    /// Draws actions around means [rows, actions].
    pub fn draw(&self, means: &[f32], acted: &mut Vec<f32>, rng: &mut impl Rng) {
        let stds = self.log_std.iter().map(|l| math::exp_f32(*l)).cycle();
        acted.extend(means.iter().zip(stds).map(|(mean, std)| {
            let normal: f32 = StandardNormal.sample(rng);
            mean + std * normal
        }));
    }

    pub fn macs(&self) -> u64 {
        self.net.macs()
    }

    /// All weights, in a fixed order: the net's, then the log deviations.
    pub fn weights(&self) -> impl Iterator<Item = f32> {
        self.net.params.iter().chain(&self.log_std).copied()
    }

    /// Takes weights over, as many as `weights` gives; the optimizer stays as it is.
    pub fn load(&mut self, weights: &[f32]) {
        let (net, log_std) = weights.split_at(self.net.params.len());
        self.net.params.copy_from_slice(net);
        self.log_std.copy_from_slice(log_std);
    }

    /// Whether all weights are numbers still.
    pub fn is_finite(&self) -> bool {
        self.net.params.iter().chain(&self.log_std).all(|p| p.is_finite())
    }

    /// One update from a batch.
    pub fn improve(&mut self, rows: &mut Rows, rules: &Rules, rng: &mut impl Rng) -> Report {
        let count = rows.advantage.len();
        if rules.normalized {
            normalize(&mut rows.advantage);
        }
        let old_log_std = self.log_std.clone();
        let mut gradient = vec![0.0; self.net.params.len() + self.log_std.len()];
        let mut order: Vec<usize> = (0..count).collect();
        let mut part = Rows::default();
        let mut report = Report::default();
        for _ in 0..rules.epochs {
            shuffle(&mut order, rng);
            let mut kl = 0.0;
            for chosen in order.chunks(rules.minibatch.max(1)) {
                part.gather(rows, chosen, self.net.inputs(), self.log_std.len());
                gradient.fill(0.0);
                let (_, kl_sum) = self.gradient(&part, &old_log_std, rules, &mut gradient);
                kl += kl_sum;
                clip(&mut gradient, rules.gradient_max);
                self.descend(&gradient);
            }
            report.macs += 3 * self.net.macs() * count as u64;
            report.kl = kl / count.max(1) as f64;
            if rules.kl_target.is_some_and(|target| report.kl > KL_STOP * target) {
                break;
            }
        }
        report
    }

    fn descend(&mut self, gradient: &[f32]) {
        let weights = self.net.params.len();
        // One vector for Adam: the net's weights, then the deviations.
        self.net.params.extend_from_slice(&self.log_std);
        self.adam.step(&mut self.net.params, gradient);
        self.log_std.copy_from_slice(&self.net.params[weights..]);
        self.net.params.truncate(weights);
    }

    /// Adds the mean loss's gradient over some rows; the mean loss and the sum of KL(old, new).
    /// Loss = -min(ratio A, clip(ratio) A) (or -log p A) - entropy bonus + KL penalty.
    fn gradient(
        &mut self,
        rows: &Rows,
        old_log_std: &[f32],
        rules: &Rules,
        gradient: &mut [f32],
    ) -> (f64, f64) {
        let Self { net, log_std, pass, .. } = self;
        net.forward(&rows.seen, pass);
        let actions = log_std.len();
        let scale = 1.0 / rows.advantage.len().max(1) as f32;
        let mut mean_gradient = vec![0.0; rows.acted.len()];
        let mut std_gradient = vec![0.0; actions];
        let (mut loss, mut kl_sum) = (0.0f64, 0.0f64);
        for (row, advantage) in rows.advantage.iter().enumerate() {
            let at = row * actions;
            let (mut log_ratio, mut log_now, mut kl) = (0.0, 0.0, 0.0);
            for k in 0..actions {
                let (action, mean, old) =
                    (rows.acted[at + k], pass.output()[at + k], rows.mean[at + k]);
                let now = log_density(action, mean, log_std[k]);
                log_now += now;
                log_ratio += now - log_density(action, old, old_log_std[k]);
                let spread = variance(old_log_std[k]) + (old - mean) * (old - mean);
                kl += log_std[k] - old_log_std[k] + spread / (2.0 * variance(log_std[k])) - 0.5;
            }
            let (row_loss, slope) = surrogate(log_now, log_ratio, *advantage, rules.clip);
            loss += f64::from(row_loss + rules.kl_weight * kl);
            kl_sum += f64::from(kl);
            for k in 0..actions {
                let (action, mean, old) =
                    (rows.acted[at + k], pass.output()[at + k], rows.mean[at + k]);
                let var = variance(log_std[k]);
                let off = action - mean;
                let spread = variance(old_log_std[k]) + (old - mean) * (old - mean);
                mean_gradient[at + k] =
                    scale * (slope * off / var + rules.kl_weight * (mean - old) / var);
                std_gradient[k] += scale
                    * (slope * (off * off / var - 1.0) + rules.kl_weight * (1.0 - spread / var));
            }
        }
        let weights = net.params.len();
        for (k, own) in std_gradient.iter().enumerate() {
            gradient[weights + k] += own - rules.entropy;
            loss -= f64::from(rules.entropy * log_std[k]) / f64::from(scale);
        }
        net.backward(pass, &mean_gradient, &mut gradient[..weights]);
        (loss * f64::from(scale), kl_sum)
    }
}

/// A row's loss and its slope over the log density.
fn surrogate(log_now: f32, log_ratio: f32, advantage: f32, clip: Option<f32>) -> (f32, f32) {
    let Some(clip) = clip else { return (-log_now * advantage, -advantage) };
    clipped(log_ratio, advantage, clip, clip)
}

fn variance(log_std: f32) -> f32 {
    math::exp_f32(2.0 * log_std)
}

/// Logarithm of a normal density.
fn log_density(at: f32, mean: f32, log_std: f32) -> f32 {
    let off = at - mean;
    -off * off / (2.0 * variance(log_std)) - log_std - LOG_ROOT_TAU
}

impl Rows {
    fn gather(&mut self, from: &Self, chosen: &[usize], inputs: usize, actions: usize) {
        self.clear();
        for row in chosen {
            self.seen.extend_from_slice(&from.seen[row * inputs..][..inputs]);
            self.acted.extend_from_slice(&from.acted[row * actions..][..actions]);
            self.mean.extend_from_slice(&from.mean[row * actions..][..actions]);
            self.advantage.push(from.advantage[*row]);
        }
    }
}

/// Mean 0, standard deviation 1: (x - mean) / (std + 1e-8).
pub fn normalize(values: &mut [f32]) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / count;
    let spread =
        values.iter().map(|v| (f64::from(*v) - mean) * (f64::from(*v) - mean)).sum::<f64>() / count;
    let std = spread.sqrt() + 1e-8;
    values.iter_mut().for_each(|v| *v = ((f64::from(*v) - mean) / std) as f32);
}

fn shuffle(order: &mut [usize], rng: &mut impl Rng) {
    for i in (1..order.len()).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
}

/// Generalized advantages of one episode: delta_t = r_t + gamma V_{t+1} - V_t, A_t = sum of (gamma lambda)^l
/// delta_{t+l}. `values` has one more entry than `rewards`, 0 where the episode truly ends. Advantages, then returns
/// A_t + V_t.
pub fn advantages(rewards: &[f32], values: &[f32], gamma: f32, lambda: f32) -> [Vec<f32>; 2] {
    assert!(values.len() == rewards.len() + 1, "a value for every state, the last one included");
    let mut advantage = vec![0.0; rewards.len()];
    let mut later = 0.0;
    for t in (0..rewards.len()).rev() {
        let delta = rewards[t] + gamma * values[t + 1] - values[t];
        later = delta + gamma * lambda * later;
        advantage[t] = later;
    }
    let returns = advantage.iter().zip(values).map(|(a, v)| a + v).collect();
    [advantage, returns]
}

/// A net that says what a state is worth.
#[derive(Clone, Debug)]
pub struct Critic {
    net: Mlp,
    adam: Adam,
    pass: Pass,
}

impl Critic {
    /// `sizes` without the single output.
    pub fn new(sizes: &[usize], rate: f32, rng: &mut impl Rng) -> Self {
        let net = Mlp::new(&[sizes, &[1]].concat(), 1.0, rng);
        let adam = Adam::new(net.params.len(), rate);
        Self { net, adam, pass: Pass::default() }
    }

    /// Values of [rows, inputs].
    pub fn values(&mut self, seen: &[f32]) -> &[f32] {
        self.net.forward(seen, &mut self.pass);
        self.pass.output()
    }

    pub fn macs(&self) -> u64 {
        self.net.macs()
    }

    /// All weights, in a fixed order.
    pub fn weights(&self) -> impl Iterator<Item = f32> {
        self.net.params.iter().copied()
    }

    /// Takes weights over, as many as `weights` gives.
    pub fn load(&mut self, weights: &[f32]) {
        self.net.params.copy_from_slice(weights);
    }

    /// Least squares toward `targets`; multiply-adds spent.
    pub fn fit(&mut self, seen: &[f32], targets: &[f32], rules: &Rules, rng: &mut impl Rng) -> u64 {
        let inputs = self.net.inputs();
        let mut order: Vec<usize> = (0..targets.len()).collect();
        let mut gradient = vec![0.0; self.net.params.len()];
        let (mut part, mut slope) = (Vec::new(), Vec::new());
        for _ in 0..rules.epochs {
            shuffle(&mut order, rng);
            for chosen in order.chunks(rules.minibatch.max(1)) {
                part.clear();
                chosen
                    .iter()
                    .for_each(|row| part.extend_from_slice(&seen[row * inputs..][..inputs]));
                self.net.forward(&part, &mut self.pass);
                slope.clear();
                let scale = 1.0 / chosen.len() as f32;
                slope.extend(
                    self.pass
                        .output()
                        .iter()
                        .zip(chosen)
                        .map(|(value, row)| scale * (value - targets[*row])),
                );
                gradient.fill(0.0);
                self.net.backward(&mut self.pass, &slope, &mut gradient);
                clip(&mut gradient, rules.gradient_max);
                self.adam.step(&mut self.net.params, &gradient);
            }
        }
        3 * self.net.macs() * targets.len() as u64 * u64::from(rules.epochs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    fn rows(rng: &mut impl Rng, actor: &mut Actor, count: usize) -> Rows {
        let mut rows = Rows::default();
        rows.seen.extend((0..2 * count).map(|_| rng.random_range(-1.0..1.0f32)));
        rows.mean = actor.means(&rows.seen).to_vec();
        actor.draw(&rows.mean, &mut rows.acted, rng);
        rows.advantage.extend((0..count).map(|_| rng.random_range(-1.0..1.0f32)));
        rows
    }

    /// The gradient of every weight and deviation against differences of the loss.
    fn check(rules: Rules) {
        let mut rng = Chance::new(6).stream(0, "rows");
        let mut actor = Actor::new(&[2, 6, 3], -0.5, 0.0, &mut rng);
        let rows = rows(&mut rng, &mut actor, 20);
        let old = actor.log_std.clone();
        // Away from where the rows were met, so that ratios differ from 1; not so far that the kinks of the clip lie
        // within the differences.
        actor.net.params.iter_mut().for_each(|p| *p += 0.1 * rng.random_range(-1.0..1.0f32));
        actor.log_std = vec![-0.45, -0.6, -0.5];
        let weights = actor.net.params.len();
        let mut gradient = vec![0.0; weights + 3];
        actor.gradient(&rows, &old, &rules, &mut gradient);
        let at = |i: usize, by: f32| {
            let mut moved = actor.clone();
            match i.checked_sub(weights) {
                Some(k) => moved.log_std[k] += by,
                None => moved.net.params[i] += by,
            }
            moved.gradient(&rows, &old, &rules, &mut vec![0.0; weights + 3]).0
        };
        for i in 0..weights + 3 {
            let difference = (at(i, 2e-3) - at(i, -2e-3)) / 4e-3;
            let error = (difference - f64::from(gradient[i])).abs();
            assert!(error < 2e-3, "{rules:?}, {i}: {difference} {}", gradient[i]);
        }
    }

    #[test]
    fn the_plain_policy_gradient_is_that_of_differences() {
        check(Rules::PLAIN);
        check(Rules { entropy: 0.1, ..Rules::PLAIN });
    }

    #[test]
    fn the_gradient_of_ppo_is_that_of_differences() {
        check(Rules { clip: Some(10.0), ..Rules::PPO });
        check(Rules { clip: Some(10.0), kl_weight: 0.5, entropy: 0.05, ..Rules::PPO });
    }

    #[test]
    fn past_the_clip_there_is_no_slope_but_back_there_is() {
        let far = 0.5;
        assert_eq!(surrogate(0.0, far, 1.0, Some(0.2)).1, 0.0);
        assert_eq!(surrogate(0.0, -far, -1.0, Some(0.2)).1, 0.0);
        assert!(surrogate(0.0, far, -1.0, Some(0.2)).1 > 1.0);
        assert!(surrogate(0.0, -far, 1.0, Some(0.2)).1 < -0.5);
        assert_eq!(surrogate(0.0, 0.0, 2.0, Some(0.2)), (-2.0, -2.0));
    }

    #[test]
    fn advantages_are_those_of_the_closed_form() {
        let (gamma, lambda) = (0.9, 0.8);
        let (r, v) = ([1.0, 2.0, 3.0], [0.5, 0.25, 0.125, 0.0]);
        let delta = |t: usize| r[t] + gamma * v[t + 1] - v[t];
        let k = gamma * lambda;
        let expected =
            [delta(0) + k * delta(1) + k * k * delta(2), delta(1) + k * delta(2), delta(2)];
        let [advantage, returns] = advantages(&r, &v, gamma, lambda);
        for t in 0..3 {
            assert!((advantage[t] - expected[t]).abs() < 1e-6);
            assert!((returns[t] - expected[t] - v[t]).abs() < 1e-6);
        }
        // lambda 1 is the discounted return less the value.
        let [advantage, _] = advantages(&r, &v, gamma, 1.0);
        assert!((advantage[0] - (1.0 + 0.9 * 2.0 + 0.81 * 3.0 - 0.5)).abs() < 1e-5);
    }

    /// A bandit: the best action is 0.7 times the first input.
    fn learned(rules: Rules, rate: f32, updates: u32) -> f32 {
        let mut rng = Chance::new(9).stream(0, "bandit");
        let mut actor = Actor::new(&[1, 16, 1], -1.0, rate, &mut rng);
        for _ in 0..updates {
            let mut rows = Rows::default();
            rows.seen.extend((0..200).map(|_| rng.random_range(-1.0..1.0f32)));
            rows.mean = actor.means(&rows.seen).to_vec();
            actor.draw(&rows.mean, &mut rows.acted, &mut rng);
            let reward = |(s, a): (&f32, &f32)| -(a - 0.7 * s) * (a - 0.7 * s);
            rows.advantage = rows.seen.iter().zip(&rows.acted).map(reward).collect();
            actor.improve(&mut rows, &rules, &mut rng);
        }
        let error: f32 = actor
            .means(&[-1.0, -0.5, 0.5, 1.0])
            .iter()
            .zip([-0.7, -0.35, 0.35, 0.7])
            .map(|(m, b)| (m - b).abs())
            .sum();
        error / 4.0
    }

    #[test]
    fn reinforce_and_ppo_learn_what_pays() {
        let plain = learned(Rules::PLAIN, 0.01, 300);
        let ppo = learned(Rules::PPO, 0.003, 60);
        assert!(plain < 0.1 && ppo < 0.1, "{plain} {ppo}");
    }

    #[test]
    fn a_drift_past_four_targets_ends_the_update() {
        let mut rng = Chance::new(6).stream(0, "drift");
        let mut actor = Actor::new(&[2, 8, 1], -1.0, 0.1, &mut rng);
        let mut batch = rows(&mut rng, &mut actor, 50);
        let rules = Rules { kl_target: Some(1e-6), minibatch: 10, ..Rules::PPO };
        let report = actor.improve(&mut batch, &rules, &mut rng);
        assert_eq!(report.macs, 3 * actor.macs() * 50, "one epoch of eight");
    }

    #[test]
    fn a_critic_fits_its_targets() {
        let mut rng = Chance::new(6).stream(0, "critic");
        let mut critic = Critic::new(&[1, 16], 0.01, &mut rng);
        let seen: Vec<f32> = (0..100).map(|i| i as f32 / 50.0 - 1.0).collect();
        let targets: Vec<f32> = seen.iter().map(|s| s * s).collect();
        let rules = Rules { epochs: 300, minibatch: 20, gradient_max: 10.0, ..Rules::PPO };
        critic.fit(&seen, &targets, &rules, &mut rng);
        let error = critic
            .values(&seen)
            .iter()
            .zip(&targets)
            .map(|(v, t)| (v - t).abs())
            .fold(0.0, f32::max);
        assert!(error < 0.08, "{error}");
    }
}
