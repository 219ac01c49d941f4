//! The three worlds: Vicsek, Kuramoto, aggregation, on the torus of side 1. All constants are ours.

use engine::coordination::kuramoto::Kuramoto;
use engine::coordination::space::{Cells, scatter, shortest, wrap};
use engine::coordination::vicsek::Vicsek;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Speed of a Vicsek agent, a step.
const SPEED: f32 = 0.02;
/// Largest turn, radians a step.
const TURN_MAX: f32 = 0.3;
/// Standard deviation of the heading's noise, and of the oscillators' own frequencies, radians a step.
const NOISE: f32 = 0.05;
const FREQUENCY: f32 = 0.05;
/// Largest step of an aggregating agent along each axis.
const STEP_MAX: f32 = 0.03;
/// What acting costs: so much of the mean |u| is taken off the reward.
const EFFORT: f64 = 0.02;
/// Past so many agents the mean distance is taken over a fixed part of the pairs.
const PAIRS_OF: usize = 400;

/// What the swarm has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Moving agents: head the same way.
    Vicsek,
    /// Oscillators at fixed places, each with a frequency of its own: be in phase.
    Kuramoto,
    /// Come together.
    Aggregation,
}

impl Task {
    /// Numbers in an action.
    pub fn actions(self) -> usize {
        if self == Self::Aggregation { 2 } else { 1 }
    }
}

enum Kind {
    Vicsek(Vicsek),
    Kuramoto(Kuramoto),
    Aggregation { x: Vec<f32>, y: Vec<f32>, cells: Cells, ways: Vec<[f32; 3]> },
}

/// A swarm with what each agent observes.
pub struct Swarm {
    kind: Kind,
    radius: f32,
    /// Observations, two numbers an agent in [-1, 1]; (0, 0) if it sees nobody.
    pub seen: Vec<f32>,
    /// Share of agents that see nobody.
    pub blind: f64,
    angles: Vec<f32>,
}

/// Places and headings of a swarm; no headings where agents have none.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub x: Vec<f32>,
    pub y: Vec<f32>,
    pub cos: Vec<f32>,
    pub sin: Vec<f32>,
}

impl Swarm {
    pub fn new(task: Task, agents: usize, radius: f32, rng: &mut impl Rng) -> Self {
        let kind = match task {
            Task::Vicsek => Kind::Vicsek(Vicsek::new(agents, radius, rng)),
            Task::Kuramoto => Kind::Kuramoto(Kuramoto::new(agents, radius, FREQUENCY, rng)),
            Task::Aggregation => {
                let [x, y] = scatter(agents, rng);
                Kind::Aggregation { x, y, cells: Cells::new(radius), ways: Vec::new() }
            }
        };
        let mut swarm = Self { kind, radius, seen: Vec::new(), blind: 0.0, angles: Vec::new() };
        swarm.observe();
        swarm
    }

    pub fn agents(&self) -> usize {
        self.seen.len() / 2
    }

    fn observe(&mut self) {
        let Self { kind, radius, seen, blind, .. } = self;
        seen.clear();
        let mut alone = 0;
        let mut take = |all: &[[f32; 3]], of: &dyn Fn([f32; 3]) -> [f32; 2]| {
            for one in all {
                seen.extend(of(*one));
                alone += usize::from(one[2] < 0.5);
            }
        };
        match kind {
            Kind::Vicsek(swarm) => take(swarm.observe(), &|[c, s, _]| [c, s]),
            Kind::Kuramoto(swarm) => take(swarm.observe(), &|[c, s, _]| [c, s]),
            Kind::Aggregation { x, y, cells, ways } => {
                cells.sort(x, y);
                cells.ways(ways);
                // The way to the neighbors' middle, in radii.
                take(ways, &|[dx, dy, n]| {
                    [dx, dy].map(|d| if n < 0.5 { 0.0 } else { d / (n * *radius) })
                });
            }
        }
        *blind = alone as f64 / (seen.len() / 2).max(1) as f64;
    }

    /// One step: `acted` is [agents, actions] in [-1, 1]. The reward of the state that comes of it.
    pub fn act(&mut self, acted: &[f32], noise: &mut impl Rng) -> f64 {
        let agents = self.agents();
        match &mut self.kind {
            Kind::Vicsek(swarm) => {
                self.angles.clear();
                self.angles.extend(acted.iter().map(|u| TURN_MAX * u + NOISE * normal(noise)));
                swarm.go(SPEED);
                swarm.turn(&self.angles);
            }
            Kind::Kuramoto(swarm) => {
                self.angles.clear();
                let own = swarm.frequency.iter();
                self.angles.extend(
                    acted.iter().zip(own).map(|(u, w)| w + TURN_MAX * u + NOISE * normal(noise)),
                );
                swarm.turn(&self.angles);
            }
            Kind::Aggregation { x, y, .. } => {
                for i in 0..agents {
                    x[i] = wrap(x[i] + STEP_MAX * acted[2 * i]);
                    y[i] = wrap(y[i] + STEP_MAX * acted[2 * i + 1]);
                }
            }
        }
        self.observe();
        let goal = self.order().unwrap_or_else(|| -self.distance());
        goal - EFFORT * effort(acted, agents)
    }

    /// Polarization or order parameter; none where agents have no heading.
    pub fn order(&self) -> Option<f64> {
        match &self.kind {
            Kind::Vicsek(swarm) => Some(swarm.order()),
            Kind::Kuramoto(swarm) => Some(swarm.order()),
            Kind::Aggregation { .. } => None,
        }
    }

    /// Mean distance of two agents.
    pub fn distance(&self) -> f64 {
        let Shown { x, y, .. } = &self.shown();
        let step = x.len().div_ceil(PAIRS_OF).max(1);
        let chosen: Vec<usize> = (0..x.len()).step_by(step).collect();
        let (mut sum, mut pairs) = (0.0, 0.0);
        for (k, i) in chosen.iter().enumerate() {
            for j in &chosen[..k] {
                let (dx, dy) = (shortest(x[*i], x[*j]), shortest(y[*i], y[*j]));
                sum += f64::from((dx * dx + dy * dy).sqrt());
                pairs += 1.0;
            }
        }
        if pairs > 0.0 { sum / pairs } else { 0.0 }
    }

    pub fn shown(&self) -> Shown {
        match &self.kind {
            Kind::Vicsek(s) => {
                Shown { x: s.x.clone(), y: s.y.clone(), cos: s.cos.clone(), sin: s.sin.clone() }
            }
            Kind::Kuramoto(s) => {
                Shown { x: s.x.clone(), y: s.y.clone(), cos: s.cos.clone(), sin: s.sin.clone() }
            }
            Kind::Aggregation { x, y, .. } => {
                Shown { x: x.clone(), y: y.clone(), ..Shown::default() }
            }
        }
    }

    /// Place and heading of an agent, as columns.
    pub fn columns(&self) -> [&[f32]; 4] {
        match &self.kind {
            Kind::Vicsek(s) => [&s.x, &s.y, &s.cos, &s.sin],
            Kind::Kuramoto(s) => [&s.x, &s.y, &s.cos, &s.sin],
            Kind::Aggregation { x, y, .. } => [x, y, &[], &[]],
        }
    }
}

fn normal(rng: &mut impl Rng) -> f32 {
    StandardNormal.sample(rng)
}

/// Mean |u|: 1 is everybody turning, or stepping along one axis, as hard as it can.
pub fn effort(acted: &[f32], agents: usize) -> f64 {
    let per = acted.len() / agents.max(1);
    let length = |u: &[f32]| f64::from(u.iter().map(|v| v * v).sum::<f32>().sqrt());
    acted.chunks(per.max(1)).map(length).sum::<f64>() / agents.max(1) as f64
}

/// The classical coupling: turn to the neighbors' side, or go to their middle, `gain` times what is seen.
pub fn scripted(task: Task, seen: &[f32], gain: f32, acted: &mut Vec<f32>) {
    acted.clear();
    match task {
        Task::Aggregation => acted.extend(seen.iter().map(|y| (gain * y).clamp(-1.0, 1.0))),
        _ => acted.extend(seen.chunks_exact(2).map(|y| (gain * y[1]).clamp(-1.0, 1.0))),
    }
}
