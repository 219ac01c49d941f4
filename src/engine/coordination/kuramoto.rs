//! Oscillators that pull each other's phases (Kuramoto 1975): all pull all, or each only those near it; agents at
//! fixed random places on the torus of side 1. Beside them the mean field of infinitely many (Strogatz, Physica D 143,
//! 2000; Ott and Antonsen, Chaos 18, 2008).

use super::space::{Cells, scatter};
use super::vicsek::{order, relative, turn};
use crate::math;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

/// Who pulls whom.
#[derive(Clone, Debug)]
enum Ties {
    Everybody,
    /// Ends of each agent's run in `neighbors`.
    Near {
        ends: Vec<u32>,
        neighbors: Vec<u32>,
    },
}

/// Oscillators with places, phases (as unit vectors) and own frequencies.
#[derive(Clone, Debug)]
pub struct Kuramoto {
    pub x: Vec<f32>,
    pub y: Vec<f32>,
    pub cos: Vec<f32>,
    pub sin: Vec<f32>,
    /// Radians a step.
    pub frequency: Vec<f32>,
    ties: Ties,
    sums: Vec<[f32; 3]>,
    angles: Vec<f32>,
    /// Phases at the start of a step.
    start: [Vec<f32>; 2],
}

impl Kuramoto {
    /// Uniform places and phases; each is pulled by those no further than the radius. Frequencies are normal with
    /// standard deviation `spread`, radians a step.
    pub fn new(agents: usize, radius: f32, spread: f32, rng: &mut impl Rng) -> Self {
        let normal = |rng: &mut _| -> f32 { StandardNormal.sample(rng) };
        Self::of(agents, Some(radius), |rng| spread * normal(rng), rng)
    }

    /// The same with frequencies from a Lorentzian of this half width, radians a step: the law for which Kuramoto's
    /// order has a closed form. Without a radius everybody pulls everybody.
    pub fn lorentzian(
        agents: usize,
        radius: Option<f32>,
        half_width: f32,
        rng: &mut impl Rng,
    ) -> Self {
        Self::of(agents, radius, |rng| half_width * lorentz(rng.random::<f64>()), rng)
    }

    fn of<R: Rng>(
        agents: usize,
        radius: Option<f32>,
        frequency: impl Fn(&mut R) -> f32,
        rng: &mut R,
    ) -> Self {
        let [x, y] = scatter(agents, rng);
        let (sin, cos) = (0..agents)
            .map(|_| math::sin_cos_f32(rng.random_range(0.0..std::f32::consts::TAU)))
            .unzip();
        let frequency = (0..agents).map(|_| frequency(rng)).collect();
        let ties = match radius {
            None => Ties::Everybody,
            Some(radius) => {
                let mut cells = Cells::new(radius);
                cells.sort(&x, &y);
                let (ends, neighbors) = cells.lists();
                Ties::Near { ends, neighbors }
            }
        };
        Self {
            x,
            y,
            cos,
            sin,
            frequency,
            ties,
            sums: Vec::new(),
            angles: Vec::new(),
            start: Default::default(),
        }
    }

    /// For each oscillator the mean over its neighbors of (cos, sin) of their phase relative to its own; (0, 0) if it
    /// has none, and their number. Where everybody pulls everybody the mean is over all, itself included, as in
    /// Kuramoto's K / N.
    pub fn observe(&mut self) -> &[[f32; 3]] {
        self.sums.clear();
        match &self.ties {
            Ties::Everybody => {
                let total = |of: &[f32]| of.iter().map(|v| f64::from(*v)).sum::<f64>() as f32;
                let all = [total(&self.cos), total(&self.sin), self.cos.len() as f32];
                let each = self.cos.iter().zip(&self.sin);
                self.sums.extend(each.map(|(cos, sin)| relative(all, *cos, *sin)));
            }
            Ties::Near { ends, neighbors } => {
                let mut start = 0;
                for (i, end) in ends.iter().enumerate() {
                    let mut sum = [0.0; 3];
                    for other in &neighbors[start..*end as usize] {
                        let j = *other as usize;
                        sum = [sum[0] + self.cos[j], sum[1] + self.sin[j], sum[2] + 1.0];
                    }
                    start = *end as usize;
                    self.sums.push(relative(sum, self.cos[i], self.sin[i]));
                }
            }
        }
        &self.sums
    }

    /// Mean number of those who pull an oscillator, itself not counted.
    pub fn heeded(&self) -> f64 {
        match &self.ties {
            Ties::Everybody => self.x.len().saturating_sub(1) as f64,
            Ties::Near { neighbors, .. } => neighbors.len() as f64 / self.x.len().max(1) as f64,
        }
    }

    /// One step of the classical model: each phase moves by its frequency and by coupling * mean of
    /// sin(phase_j - phase_i) over its neighbors, both as they are in the middle of the step (midpoint rule; forward
    /// Euler at steps of 0.05 lowers the order by 0.005).
    pub fn couple(&mut self, coupling: f32) {
        let mut start = std::mem::take(&mut self.start);
        start[0].clone_from(&self.cos);
        start[1].clone_from(&self.sin);
        let mut angles = std::mem::take(&mut self.angles);
        for share in [0.5, 1.0] {
            self.observe();
            angles.clear();
            let pulled = self.frequency.iter().zip(&self.sums);
            angles.extend(pulled.map(|(own, seen)| share * (own + coupling * seen[1])));
            self.cos.clone_from(&start[0]);
            self.sin.clone_from(&start[1]);
            self.turn(&angles);
        }
        (self.start, self.angles) = (start, angles);
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

/// A Lorentzian number of half width 1 from a uniform one: tan(pi (u - 1/2)).
fn lorentz(u: f64) -> f32 {
    let angle = std::f64::consts::PI * (u.clamp(1e-7, 1.0 - 1e-7) - 0.5);
    (math::sin(angle) / math::cos(angle)) as f32
}

/// Order of infinitely many oscillators, all pulling all, with Lorentzian frequencies, once it no longer changes:
/// r = sqrt(1 - Kc / K) above Kc = 2 gamma, else 0 (Kuramoto 1975; Strogatz 2000, eq. 4.8).
pub fn order_in_theory(coupling: f64, half_width: f64) -> f64 {
    if coupling <= 2.0 * half_width { 0.0 } else { (1.0 - 2.0 * half_width / coupling).sqrt() }
}

/// The same order on its way, `time` later: dr/dt = (K/2 - gamma) r - (K/2) r^3 (Ott and Antonsen 2008), which y = r^2
/// solves as y E / (1 + K y (E - 1) / 2a), where a = K/2 - gamma and E = exp(2 a t). For steps of 2 a t below 700.
pub fn order_after(order: f64, coupling: f64, half_width: f64, time: f64) -> f64 {
    let rate = coupling - 2.0 * half_width;
    let growth = math::exp(rate * time);
    let grown = if rate.abs() < 1e-9 { time } else { (growth - 1.0) / rate };
    let y = order * order;
    (y * growth / (1.0 + coupling * y * grown)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    #[test]
    fn many_oscillators_follow_the_mean_field_all_the_way() {
        const STEP: f32 = 0.05;
        for coupling in [0.5f32, 1.5, 2.0, 4.0] {
            let mut rng = Chance::new(4).stream(0, "phases");
            let mut swarm = Kuramoto::lorentzian(20_000, None, 0.5 * STEP, &mut rng);
            // A start of some order, so that chance does not decide when it grows.
            for i in 0..swarm.x.len() {
                (swarm.cos[i], swarm.sin[i]) =
                    if i % 4 == 0 { (1.0, 0.0) } else { (swarm.cos[i], swarm.sin[i]) };
            }
            for _ in 0..600 {
                swarm.couple(coupling * STEP);
            }
            let theory = order_in_theory(coupling.into(), 0.5);
            assert!(
                (swarm.order() - theory).abs() < 0.03,
                "{coupling}: {} {theory}",
                swarm.order()
            );
        }
    }

    #[test]
    fn the_way_to_the_mean_field_is_that_of_its_equation() {
        for (coupling, start) in [(0.0, 0.7), (1.0, 0.5), (2.0, 0.01), (3.0, 0.9)] {
            let (mut euler, steps) = (start, 100_000);
            for _ in 0..steps {
                let slope = (coupling / 2.0 - 0.5) * euler - coupling / 2.0 * euler * euler * euler;
                euler += slope * 4.0 / f64::from(steps);
            }
            let exact = order_after(start, coupling, 0.5, 4.0);
            assert!((exact - euler).abs() < 1e-4, "{coupling}: {exact} {euler}");
        }
        let end = (0..2_000).fold(0.03, |r, _| order_after(r, 2.0, 0.5, 0.2));
        assert!((end - order_in_theory(2.0, 0.5)).abs() < 1e-9, "{end}");
    }

    #[test]
    fn half_of_all_frequencies_are_within_the_half_width() {
        let mut rng = Chance::new(4).stream(0, "phases");
        let swarm = Kuramoto::lorentzian(10_000, None, 0.5, &mut rng);
        let within = swarm.frequency.iter().filter(|w| w.abs() < 0.5).count();
        assert!((4_850..=5_150).contains(&within), "{within}");
        assert!(swarm.frequency.iter().all(|w| w.is_finite()));
    }

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
