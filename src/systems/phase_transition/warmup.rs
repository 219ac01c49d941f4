//! Mode `warmup`: numbers instead of votes; what matters is the variance around the truth 0. One round is one level.
//!
//! Fifteen levels of a tree have millions of leaves, so nodes are drawn from a pool: a node of the next level averages
//! b nodes drawn from the pool of the level below. The pool is large enough for its own wandering not to show.

use super::card::*;
use super::theory::{Law, variance_floor, variance_level};
use super::{Arm, Setup, pictures};
use engine::math;
use engine::minds::normal;
use engine::run::Ctx;
use lexicon::scene::{Axis, Field};
use lexicon::*;
use rand::{Rng, RngExt};

/// As many levels as the claim about the floor states.
const LEVELS: usize = 15;
const POOL_MIN: u32 = 40_000;
/// Numbers drawn for the star's one level at most.
const DRAWS_MAX: u32 = 2_000_000;

pub struct Warmup {
    setup: Setup,
    law: Law,
    pool: Vec<f64>,
    found: Vec<f64>,
    line: Vec<f64>,
}

impl Warmup {
    pub fn start(setup: Setup, ctx: &Ctx) -> Self {
        let law = setup.law();
        let mut warmup = Self { law, pool: Vec::new(), found: Vec::new(), line: Vec::new(), setup };
        let (leaf, mut rng) = (warmup.leaf(), ctx.rng("opening numbers"));
        let count = warmup.setup.params.trees.max(POOL_MIN);
        warmup.pool = (0..count).map(|_| leaf.sqrt() * normal(&mut rng)).collect();
        warmup.found.push(mean_square(&warmup.pool));
        warmup.line.push(leaf);
        warmup
    }

    /// v_0 = A x^(-2 beta).
    fn leaf(&self) -> f64 {
        self.variance_of(self.setup.params.leaf_tokens)
    }

    fn variance_of(&self, tokens: f64) -> f64 {
        let p = &self.setup.params;
        p.leaf_variance * math::pow(tokens, -2.0 * p.leaf_exponent)
    }

    /// Leaves of a tree of so many levels: what its cost is, and what the star and the agent get to spend.
    fn leaves(&self, level: usize) -> f64 {
        math::pow(f64::from(self.law.fan_in), level as f64)
    }

    pub fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        let level = self.found.len();
        let mut rng = ctx.rng("the next level of numbers");
        let last = self.line[level - 1];
        let (found, expected) = match self.setup.arm {
            Arm::Star => self.star(level, &mut rng),
            Arm::Chain => (self.relay(&mut rng), self.relay_line(last)),
            Arm::Single => self.alone(level, &mut rng),
            _ => (
                self.tree(&mut rng),
                variance_level(&self.law, self.setup.params.channel_noise, last),
            ),
        };
        self.found.push(found);
        self.line.push(expected);
        self.record(level, ctx)?;
        Ok(if level >= LEVELS { Flow::Done } else { Flow::Continue })
    }

    fn tree(&mut self, rng: &mut impl Rng) -> f64 {
        let (b, noise) = (self.law.fan_in, self.setup.params.channel_noise);
        let below = &self.pool;
        let above: Vec<f64> = (0..below.len())
            .map(|_| {
                let common = below[rng.random_range(0..below.len())];
                let struck = rng.random::<f64>() < self.law.shared;
                let mut sum = 0.0;
                for _ in 0..b {
                    let own = below[rng.random_range(0..below.len())];
                    let held = if struck { common } else { own };
                    sum += held + noise * normal(rng);
                }
                sum / f64::from(b)
            })
            .collect();
        self.pool = above;
        mean_square(&self.pool)
    }

    /// v = rho v_0 + (1 - rho) v_0 / N + sigma_c^2 / N, N <= W / m.
    fn star(&self, level: usize, rng: &mut impl Rng) -> (f64, f64) {
        let n = self.setup.star_leaves(self.leaves(level));
        let (leaf, noise, rho) = (self.leaf(), self.setup.params.channel_noise, self.law.shared);
        let count = (DRAWS_MAX / n).clamp(100, self.setup.params.trees.max(100));
        let square: f64 = (0..count)
            .map(|_| {
                let struck = rng.random::<f64>() < rho;
                let common = leaf.sqrt() * normal(rng);
                let sum: f64 = (0..n)
                    .map(|_| {
                        let own = leaf.sqrt() * normal(rng);
                        let held = if struck { common } else { own };
                        held + noise * normal(rng)
                    })
                    .sum();
                let mean = sum / f64::from(n);
                mean * mean
            })
            .sum();
        let inputs = f64::from(n);
        (
            square / f64::from(count),
            rho * leaf + (1.0 - rho) * leaf / inputs + noise * noise / inputs,
        )
    }

    /// Each relay averages what came in, with the channel's noise, and a draw of its own; where the shock strikes its
    /// own draw is the one that came in.
    fn relay(&mut self, rng: &mut impl Rng) -> f64 {
        let (leaf, noise, rho) = (self.leaf(), self.setup.params.channel_noise, self.law.shared);
        for value in &mut self.pool {
            let struck = rng.random::<f64>() < rho;
            let own = leaf.sqrt() * normal(rng);
            let heard = *value + noise * normal(rng);
            *value = 0.5 * (heard + if struck { *value } else { own });
        }
        mean_square(&self.pool)
    }

    fn relay_line(&self, v: f64) -> f64 {
        let (leaf, rho) = (self.leaf(), self.law.shared);
        let noise = self.setup.params.channel_noise * self.setup.params.channel_noise;
        rho * (v + noise / 4.0) + (1.0 - rho) * (v + noise + leaf) / 4.0
    }

    /// One agent with the budget of the tree of this depth.
    fn alone(&self, level: usize, rng: &mut impl Rng) -> (f64, f64) {
        let budget = self.leaves(level) * (self.setup.params.leaf_tokens + self.setup.overhead());
        let v = self.variance_of(budget);
        let count = self.setup.params.trees;
        let sum: f64 = (0..count).map(|_| normal(rng)).map(|z| v * z * z).sum();
        (sum / f64::from(count), v)
    }

    /// What the arm answers with: simulated, or the theory's line.
    fn variance(&self, level: usize) -> f64 {
        match self.setup.arm {
            Arm::Theory => self.line[level],
            Arm::Clipped => self.clipped(level),
            _ => self.found[level],
        }
    }

    /// The shrinking without the noise, cut off at the floor.
    fn clipped(&self, level: usize) -> f64 {
        let b = f64::from(self.law.fan_in);
        let shrink = self.law.shared + (1.0 - self.law.shared) / b;
        let floor = variance_floor(&self.law, self.setup.params.channel_noise).unwrap_or(0.0);
        (self.leaf() * math::pow(shrink, level as f64)).max(floor)
    }

    fn record(&self, level: usize, ctx: &mut Ctx) -> Result<(), Fault> {
        let v = self.variance(level);
        let expected =
            if self.setup.arm == Arm::Clipped { self.clipped(level) } else { self.line[level] };
        ctx.record(&VARIANCE, v)?;
        ctx.record(&GAP, self.found[level] - expected)?;
        let floor = variance_floor(&self.law, self.setup.params.channel_noise);
        if let Some(floor) = floor {
            ctx.record(&FLOOR_RATIO, v / floor)?;
        }
        ctx.record(
            &TOKENS,
            self.leaves(level) * (self.setup.params.leaf_tokens + self.setup.overhead()),
        )?;
        self.setup.record_law(&self.law, self.setup.params.leaf_bias, ctx)?;
        let floor = floor
            .map_or("there is no floor".to_string(), |f| format!("the tree's floor is {f:.4}"));
        ctx.say(format!(
            "Level {level}: the answer varies by {:.4} around the truth (theory {expected:.4}); {floor}.",
            self.found[level]
        ));
        Ok(())
    }

    pub fn scenes(&self) -> Vec<Scene> {
        let shape = super::forest::Shape::Tree { levels: 4, expanded: 0 };
        let done = self.found.len() - 1;
        let strength: Vec<f64> = (0..5)
            .map(|i| {
                if i <= done { 1.0 - 0.8 * (self.variance(i) / self.leaf()).min(1.0) } else { 0.0 }
            })
            .collect();
        vec![
            Scene::Graph(pictures::organization(shape, self.law.fan_in, &[], &strength)),
            Scene::Field(self.curve()),
            Scene::Heatmap(pictures::theory_plane(&self.setup, self.setup.params.depth)),
        ]
    }

    fn curve(&self) -> Field {
        let x: Vec<f64> = (0..self.found.len()).map(|t| t as f64).collect();
        let floor = variance_floor(&self.law, self.setup.params.channel_noise).unwrap_or(0.0);
        let lines = vec![
            pictures::line("recursion", 0, false, &x, &self.line),
            pictures::line("floor v* of the tree", 1, true, &[0.0, LEVELS as f64], &[floor; 2]),
        ];
        let highest = self.found.iter().chain(&self.line).copied().fold(floor, f64::max);
        pictures::chart(
            (&x, &self.found),
            lines,
            [
                Axis { label: "level".into(), low: 0.0, high: LEVELS as f32, ..Axis::default() },
                Axis {
                    label: "variance".into(),
                    low: 0.0,
                    high: 1.1 * highest as f32,
                    ..Axis::default()
                },
            ],
            "Numbers around the truth 0, averaged on the way up.".into(),
        )
    }
}

/// The truth is 0: the mean square is the squared error.
fn mean_square(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>() / values.len().max(1) as f64
}
