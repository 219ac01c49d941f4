//! Self-propelled agents that take their neighbors' mean heading, with noise (Vicsek and others, Physical Review
//! Letters 75, 1995), on the torus of side 1.

use super::space::{Cells, scatter, wrap};
use crate::math;
use rand::{Rng, RngExt};

/// Whom an agent heeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Near {
    /// Those no further than this.
    Radius(f32),
    /// So many of the nearest, however far they are: the topological neighborhood that starlings keep (Ballerini and
    /// others, PNAS 105, 2008).
    Nearest(usize),
    Nobody,
}

/// How noise enters, in one step of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// The mean heading is turned by a uniform angle from [-half, half] of this width, radians (Vicsek and others,
    /// 1995): one errs in what one does.
    Angular(f32),
    /// To the sum of headings comes a vector in a random direction, of this length for each of those heeded (Grégoire
    /// and Chaté, Physical Review Letters 92, 2004): one errs in what one sees of each.
    Vectorial(f32),
}

/// Agents with places and headings; a heading is a unit vector, so that no angle is ever unwrapped.
#[derive(Clone, Debug)]
pub struct Vicsek {
    pub x: Vec<f32>,
    pub y: Vec<f32>,
    /// Cosine and sine of each heading.
    pub cos: Vec<f32>,
    pub sin: Vec<f32>,
    near: Near,
    cells: Cells,
    sums: Vec<[f32; 3]>,
}

impl Vicsek {
    /// Uniform places and headings.
    pub fn new(agents: usize, radius: f32, rng: &mut impl Rng) -> Self {
        Self::among(agents, Near::Radius(radius), rng)
    }

    /// Uniform places and headings, whoever is heeded.
    pub fn among(agents: usize, near: Near, rng: &mut impl Rng) -> Self {
        let cells = match near {
            Near::Radius(radius) => Cells::new(radius),
            Near::Nearest(count) => Cells::for_nearest(count, agents),
            Near::Nobody => Cells::new(0.0),
        };
        let [x, y] = scatter(agents, rng);
        let (sin, cos) = (0..agents)
            .map(|_| math::sin_cos_f32(rng.random_range(0.0..std::f32::consts::TAU)))
            .unzip();
        Self { x, y, cos, sin, near, cells, sums: Vec::new() }
    }

    /// Sums of (cos, sin) over those whom each agent heeds, itself not included, and their number.
    fn gather(&mut self) -> &[[f32; 3]] {
        if self.near == Near::Nobody {
            self.sums.clear();
            self.sums.resize(self.x.len(), [0.0; 3]);
            return &self.sums;
        }
        self.cells.sort(&self.x, &self.y);
        match self.near {
            Near::Nearest(count) => {
                self.cells.sum_nearest(count, &self.cos, &self.sin, &mut self.sums)
            }
            _ => self.cells.sum(&self.cos, &self.sin, &mut self.sums),
        }
        &self.sums
    }

    /// For each agent the mean over its neighbors of (cos, sin) of their heading relative to its own; (0, 0) if it
    /// has none, and their number.
    pub fn observe(&mut self) -> &[[f32; 3]] {
        self.gather();
        for (i, sum) in self.sums.iter_mut().enumerate() {
            *sum = relative(*sum, self.cos[i], self.sin[i]);
        }
        &self.sums
    }

    /// One step of the classical model: everybody takes the mean heading of those it heeds, itself included, with
    /// noise, and goes `speed` that way.
    pub fn align(&mut self, speed: f32, noise: Noise, rng: &mut impl Rng) {
        self.gather();
        for i in 0..self.x.len() {
            let own = (self.cos[i], self.sin[i]);
            let (c, s) = (self.sums[i][0] + own.0, self.sums[i][1] + own.1);
            let luck = rng.random::<f32>() - 0.5;
            (self.cos[i], self.sin[i]) = match noise {
                Noise::Angular(width) => {
                    let (c, s) = unit(c, s).unwrap_or(own);
                    let (turn_sin, turn_cos) = math::sin_cos_f32(width * luck);
                    (c * turn_cos - s * turn_sin, s * turn_cos + c * turn_sin)
                }
                Noise::Vectorial(length) => {
                    let length = length * (self.sums[i][2] + 1.0);
                    let (sin, cos) = math::sin_cos_f32(std::f32::consts::TAU * luck);
                    unit(c + length * cos, s + length * sin).unwrap_or(own)
                }
            };
        }
        self.go(speed);
    }

    /// Mean number of those whom an agent heeded in the last step.
    pub fn heeded(&self) -> f64 {
        let sum: f64 = self.sums.iter().map(|s| f64::from(s[2])).sum();
        sum / self.sums.len().max(1) as f64
    }

    /// Turns each agent by its angle.
    pub fn turn(&mut self, angles: &[f32]) {
        turn(&mut self.cos, &mut self.sin, angles);
    }

    /// Everybody goes ahead.
    pub fn go(&mut self, speed: f32) {
        for i in 0..self.x.len() {
            self.x[i] = wrap(self.x[i] + speed * self.cos[i]);
            self.y[i] = wrap(self.y[i] + speed * self.sin[i]);
        }
    }

    /// Polarization, the order parameter: length of the mean heading, 0..1.
    pub fn order(&self) -> f64 {
        order(&self.cos, &self.sin)
    }
}

/// A direction; none where headings cancel out, which leaves an agent its own.
fn unit(c: f32, s: f32) -> Option<(f32, f32)> {
    let length = (c * c + s * s).sqrt();
    (length > 1e-6).then(|| (c / length, s / length))
}

/// A neighborhood's sum of headings as the mean seen from one's own heading.
pub(super) fn relative([c, s, count]: [f32; 3], own_cos: f32, own_sin: f32) -> [f32; 3] {
    if count < 0.5 {
        return [0.0; 3];
    }
    [(c * own_cos + s * own_sin) / count, (s * own_cos - c * own_sin) / count, count]
}

pub(super) fn turn(cos: &mut [f32], sin: &mut [f32], angles: &[f32]) {
    for i in 0..angles.len() {
        let (turn_sin, turn_cos) = math::sin_cos_f32(angles[i]);
        let (c, s) = (cos[i] * turn_cos - sin[i] * turn_sin, sin[i] * turn_cos + cos[i] * turn_sin);
        // Rounding would let the length drift over thousands of turns.
        let length = (c * c + s * s).sqrt();
        (cos[i], sin[i]) = (c / length, s / length);
    }
}

pub(super) fn order(cos: &[f32], sin: &[f32]) -> f64 {
    let mean = |of: &[f32]| of.iter().map(|v| f64::from(*v)).sum::<f64>() / of.len().max(1) as f64;
    let (c, s) = (mean(cos), mean(sin));
    (c * c + s * s).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    /// Mean order over the last half of 400 steps.
    fn settled(near: Near, noise: Noise) -> f64 {
        let mut rng = Chance::new(1).stream(0, "vicsek");
        let mut swarm = Vicsek::among(300, near, &mut rng);
        let mut sum = 0.0;
        for step in 0..400 {
            swarm.align(0.01, noise, &mut rng);
            if step >= 200 {
                sum += swarm.order() / 200.0;
            }
        }
        sum
    }

    #[test]
    fn order_is_high_at_low_noise_and_falls_to_that_of_chance_at_full_noise() {
        let widths = [0.3, 1.5, 3.0, 4.5, std::f32::consts::TAU];
        let orders = widths.map(|width| settled(Near::Radius(0.1), Noise::Angular(width)));
        assert!(orders[0] > 0.9, "{orders:?}");
        // Random headings of 300 agents have an order of about sqrt(pi / 1200) = 0.05.
        assert!(orders[4] < 0.1, "{orders:?}");
        assert!(orders.windows(2).all(|pair| pair[0] > pair[1]), "{orders:?}");
    }

    #[test]
    fn vectorial_noise_and_nearest_neighbors_order_too_and_nobody_heeded_does_not() {
        let low = settled(Near::Radius(0.1), Noise::Vectorial(0.1));
        let high = settled(Near::Radius(0.1), Noise::Vectorial(1.0));
        assert!(low > 0.8 && high < 0.15, "{low} {high}");
        let near = settled(Near::Nearest(7), Noise::Angular(0.3));
        let nobody = settled(Near::Nobody, Noise::Angular(0.3));
        assert!(near > 0.8 && nobody < 0.15, "{near} {nobody}");
    }

    #[test]
    fn one_alone_with_vectorial_noise_takes_its_heading_plus_a_vector() {
        let mut rng = Chance::new(1).stream(0, "lonely");
        let mut swarm = Vicsek::among(1, Near::Radius(0.0), &mut rng);
        (swarm.cos, swarm.sin) = (vec![1.0], vec![0.0]);
        let mut same = rng.clone();
        swarm.align(0.0, Noise::Vectorial(0.5), &mut rng);
        let (sin, cos) = math::sin_cos_f32(std::f32::consts::TAU * (same.random::<f32>() - 0.5));
        let (c, s) = (1.0 + 0.5 * cos, 0.5 * sin);
        let length = (c * c + s * s).sqrt();
        assert!((swarm.cos[0] - c / length).abs() < 1e-6, "{} {c}", swarm.cos[0]);
        assert!((swarm.sin[0] - s / length).abs() < 1e-6);
        assert_eq!(swarm.heeded(), 0.0);
    }

    #[test]
    fn a_lonely_agent_sees_nobody_and_keeps_its_heading() {
        let mut rng = Chance::new(1).stream(0, "lonely");
        let mut swarm = Vicsek::new(1, 0.2, &mut rng);
        let before = (swarm.cos[0], swarm.sin[0]);
        assert_eq!(swarm.observe(), [[0.0; 3]]);
        swarm.align(0.01, Noise::Angular(0.0), &mut rng);
        assert!((swarm.cos[0] - before.0).abs() < 1e-6 && (swarm.sin[0] - before.1).abs() < 1e-6);
    }

    #[test]
    fn a_neighbor_to_the_left_is_seen_at_a_positive_sine() {
        let mut swarm = Vicsek::new(2, 0.5, &mut Chance::new(1).stream(0, "pair"));
        (swarm.x, swarm.y) = (vec![0.4, 0.5], vec![0.5, 0.5]);
        // The first heads east, the second north.
        (swarm.cos, swarm.sin) = (vec![1.0, 0.0], vec![0.0, 1.0]);
        assert_eq!(swarm.observe(), [[0.0, 1.0, 1.0], [0.0, -1.0, 1.0]]);
    }
}
