//! Oscillators that pull each other's phases (Kuramoto 1975), here each by those near it: agents at fixed random
//! places on the torus of side 1.

use super::space::{Cells, scatter};
use super::vicsek::{order, relative, turn};
use crate::math;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

/// Oscillators with places, phases (as unit vectors) and own frequencies.
#[derive(Clone, Debug)]
pub struct Kuramoto {
    pub x: Vec<f32>,
    pub y: Vec<f32>,
    pub cos: Vec<f32>,
    pub sin: Vec<f32>,
    /// Radians a step.
    pub frequency: Vec<f32>,
    /// Ends of each agent's run in `neighbors`.
    ends: Vec<u32>,
    neighbors: Vec<u32>,
    sums: Vec<[f32; 3]>,
    angles: Vec<f32>,
}

impl Kuramoto {
    /// Uniform places and phases; frequencies are normal with standard deviation `spread`, radians a step.
    pub fn new(agents: usize, radius: f32, spread: f32, rng: &mut impl Rng) -> Self {
        let [x, y] = scatter(agents, rng);
        let (sin, cos) = (0..agents)
            .map(|_| math::sin_cos_f32(rng.random_range(0.0..std::f32::consts::TAU)))
            .unzip();
        let normal = |rng: &mut _| -> f32 { StandardNormal.sample(rng) };
        let frequency = (0..agents).map(|_| spread * normal(rng)).collect();
        let mut cells = Cells::new(radius);
        cells.sort(&x, &y);
        let (ends, neighbors) = cells.lists();
        Self { x, y, cos, sin, frequency, ends, neighbors, sums: Vec::new(), angles: Vec::new() }
    }

    /// For each oscillator the mean over its neighbors of (cos, sin) of their phase relative to its own; (0, 0) if it
    /// has none, and their number.
    pub fn observe(&mut self) -> &[[f32; 3]] {
        self.sums.clear();
        let mut start = 0;
        for (i, end) in self.ends.iter().enumerate() {
            let mut sum = [0.0; 3];
            for other in &self.neighbors[start..*end as usize] {
                let j = *other as usize;
                sum = [sum[0] + self.cos[j], sum[1] + self.sin[j], sum[2] + 1.0];
            }
            start = *end as usize;
            self.sums.push(relative(sum, self.cos[i], self.sin[i]));
        }
        &self.sums
    }

    /// One step of the classical model, forward Euler: each phase moves by its frequency and by
    /// coupling * mean of sin(phase_j - phase_i) over its neighbors.
    pub fn couple(&mut self, coupling: f32) {
        self.observe();
        let mut angles = std::mem::take(&mut self.angles);
        angles.clear();
        angles.extend(
            self.frequency.iter().zip(&self.sums).map(|(own, seen)| own + coupling * seen[1]),
        );
        self.turn(&angles);
        self.angles = angles;
    }

    /// Moves each phase by its angle.
    pub fn turn(&mut self, angles: &[f32]) {
        turn(&mut self.cos, &mut self.sin, angles);
    }

    /// The order parameter: length of the mean phase, 0..1.
    pub fn order(&self) -> f64 {
        order(&self.cos, &self.sin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    const SPREAD: f32 = 0.02;

    /// Mean order over the last half of 2,000 steps, everybody coupled to everybody (no two places of the torus are
    /// further than 0.71 apart).
    fn settled(coupling: f32) -> f64 {
        let mut swarm = Kuramoto::new(300, 0.75, SPREAD, &mut Chance::new(4).stream(0, "phases"));
        let mut sum = 0.0;
        for step in 0..2_000 {
            swarm.couple(coupling);
            if step >= 1_000 {
                sum += swarm.order() / 1_000.0;
            }
        }
        sum
    }

    #[test]
    fn phases_lock_above_the_critical_coupling_and_not_below() {
        // K_c = 2 / (pi g(0)) = spread * sqrt(8 / pi) for normal frequencies.
        let critical = SPREAD * 1.596;
        let [below, above, far_above] = [0.4, 1.5, 4.0].map(|times| settled(times * critical));
        assert!(below < 0.2, "{below}");
        // The mean field of infinitely many has r = 0.850 at 1.5 K_c and 0.987 at 4 K_c:
        // r = K r * integral of cos^2(t) g(K r sin t) over [-pi/2, pi/2].
        assert!((above - 0.850).abs() < 0.05, "{above}");
        assert!((far_above - 0.987).abs() < 0.01, "{far_above}");
    }

    #[test]
    fn without_coupling_each_keeps_its_frequency() {
        let mut swarm = Kuramoto::new(5, 0.3, SPREAD, &mut Chance::new(4).stream(0, "phases"));
        let phase = |s: &Kuramoto, i: usize| math::atan2(s.sin[i].into(), s.cos[i].into());
        let before: Vec<f64> = (0..5).map(|i| phase(&swarm, i)).collect();
        swarm.couple(0.0);
        for i in 0..5 {
            let moved = phase(&swarm, i) - before[i];
            assert!(
                (moved - f64::from(swarm.frequency[i])).abs() < 1e-5 || moved.abs() > 6.0,
                "{moved}"
            );
        }
    }
}
