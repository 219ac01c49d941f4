//! The mean field as numbers, and numbers as a decision rule.

use super::swarm::{Swarm, Task};
use engine::math;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use std::f32::consts::{PI, TAU};

/// Kernels instead of cells, or cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Rbf,
    Hist,
}

/// Turns a swarm into numbers that sum up to how many they are: 1 everywhere for a uniform swarm.
#[derive(Clone, Debug)]
pub struct Encoder {
    field: Field,
    /// Centers along each side of the square, and of the circle of headings; 1 where that does not matter.
    places: usize,
    headings: usize,
    /// Kernel width in units of the spacing.
    width: f32,
    factors: [Vec<f32>; 3],
}

impl Encoder {
    /// `fineness` 8 is 8 phases (Kuramoto), 4 x 4 places by 6 headings (Vicsek), 6 x 6 places (aggregation).
    pub fn new(task: Task, field: Field, fineness: u32, width: f32) -> Self {
        let fine = fineness as usize;
        let (places, headings) = match task {
            Task::Kuramoto => (1, fine),
            Task::Vicsek => (fine / 2, fine * 3 / 4),
            Task::Aggregation => (fine * 3 / 4, 1),
        };
        Self { field, places, headings, width, factors: Default::default() }
    }

    pub fn len(&self) -> usize {
        self.places * self.places * self.headings
    }

    /// Writes the numbers over `out`.
    pub fn encode(&mut self, swarm: &Swarm, out: &mut Vec<f32>) {
        out.clear();
        out.resize(self.len(), 0.0);
        let [x, y, cos, sin] = swarm.columns();
        for i in 0..x.len() {
            let heading = if self.headings == 1 {
                0.0
            } else {
                (math::atan2(sin[i].into(), cos[i].into()) as f32 + PI) / TAU
            };
            let Self { field, places, headings, width, factors } = self;
            for (at, (count, factor)) in [x[i], y[i], heading]
                .into_iter()
                .zip([*places, *places, *headings].into_iter().zip(factors.iter_mut()))
            {
                weigh(*field, at, count, *width, factor);
            }
            let [across, down, around] = &*factors;
            let mut cell = out.iter_mut();
            for d in down {
                for a in across {
                    for h in around {
                        if let Some(cell) = cell.next() {
                            *cell += d * a * h;
                        }
                    }
                }
            }
        }
        let sum: f32 = out.iter().sum();
        let even = 1.0 / out.len() as f32;
        // Kernels too narrow for any agent to be near a center: as if it were uniform.
        out.iter_mut().for_each(|v| *v = if sum < 1e-12 { 1.0 } else { *v / (sum * even) });
    }
}

/// How much a place on a circle of length 1 belongs to each of `count` evenly spaced centers.
fn weigh(field: Field, at: f32, count: usize, width: f32, out: &mut Vec<f32>) {
    out.clear();
    let own = ((at * count as f32) as usize).min(count - 1);
    out.extend((0..count).map(|b| match field {
        Field::Hist => f32::from(u8::from(b == own)),
        Field::Rbf if count == 1 => 1.0,
        Field::Rbf => {
            let off = (at - (b as f32 + 0.5) / count as f32).abs();
            let spacings = off.min(1.0 - off) * count as f32 / width;
            math::exp_f32(-0.5 * spacings * spacings)
        }
    }));
}

/// Centers of the observation plane: the middle and 0.8 along each axis.
const CENTERS: [[f32; 2]; 5] = [[0.0, 0.0], [0.8, 0.0], [-0.8, 0.0], [0.0, 0.8], [0.0, -0.8]];
/// Log of the deviation: numbers from -1 to 1 stand for this range.
const LOG_STD: [f32; 2] = [-3.0, 0.5];

/// The decision rule that a vector of numbers stands for: Gaussian actions, means and log deviations blended between
/// centers by kernels, which keeps the rule smooth in what is seen.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub actions: usize,
    pub width: f32,
}

impl Rule {
    /// Numbers of a rule: for each center the means, then the log deviations.
    pub fn len(&self) -> usize {
        CENTERS.len() * 2 * self.actions
    }

    /// Mean and deviation of each action number at an observation; `xi` is clipped to [-1, 1].
    pub fn at(&self, xi: &[f32], seen: [f32; 2]) -> [[f32; 2]; 2] {
        let mut weights = CENTERS.map(|[a, b]| {
            let (da, db) = (seen[0] - a, seen[1] - b);
            math::exp_f32(-(da * da + db * db) / (2.0 * self.width * self.width))
        });
        let sum: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w = if sum < 1e-12 { 0.2 } else { *w / sum });
        let [low, high] = LOG_STD;
        let mut out = [[0.0; 2]; 2];
        for (center, weight) in weights.iter().enumerate() {
            let own = &xi[center * 2 * self.actions..][..2 * self.actions];
            for k in 0..self.actions {
                out[k][0] += weight * own[k].clamp(-1.0, 1.0);
                let part = (own[self.actions + k].clamp(-1.0, 1.0) + 1.0) / 2.0;
                out[k][1] += weight * (low + part * (high - low));
            }
        }
        out.map(|[mean, log_std]| [mean, math::exp_f32(log_std)])
    }

    /// Everybody acts by the rule, on what it sees.
    pub fn act(&self, xi: &[f32], seen: &[f32], acted: &mut Vec<f32>, rng: &mut impl Rng) {
        acted.clear();
        for seen in seen.chunks_exact(2) {
            let gaussians = self.at(xi, [seen[0], seen[1]]);
            for [mean, std] in &gaussians[..self.actions] {
                let normal: f32 = StandardNormal.sample(rng);
                acted.push((mean + std * normal).clamp(-1.0, 1.0));
            }
        }
    }
}
