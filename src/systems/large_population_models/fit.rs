//! Calibration: which weekly R and which mortality make the city's weekly numbers those of the target? Four methods,
//! asked for one setting a simulation and told its loss; only `Grad` is told a slope as well.

use engine::chance::{Chance, normal};
use engine::math;
use rand::RngExt;

/// Bounds of R (repository) and of M (repository .001 to .01, widened by us).
pub const R_BOUNDS: (f64, f64) = (1.4, 4.5);
pub const M_BOUNDS: (f64, f64) = (0.001, 0.2);
/// Approximate Bayesian computation: generations, share kept, and the fewest that a Gaussian is fitted to (ours).
const GENERATIONS: u32 = 4;
const KEPT_SHARE: f64 = 0.05;
const KEPT_MIN: usize = 3;
/// The narrowest that a generation may become, in parts of the bounds (ours).
const SPREAD_MIN: f64 = 0.01;
/// SPSA (Spall 1998): exponents of the gains, first probe, and length of the first step, all in logits.
const GAIN_POWER: f64 = 0.602;
const PROBE_POWER: f64 = 0.101;
const PROBE: f64 = 0.2;
const FIRST_STEP: f64 = 0.3;
/// Steps from which the usual size of a slope is learned: one alone may be small by luck (ours).
const SIZED_STEPS: u32 = 5;

/// One number each of a simulation's weeks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weekly {
    pub infections: Vec<f64>,
    /// Empty where the target does not know them.
    pub deaths: Vec<f64>,
}

/// What is fitted: R of each week, and the mortality.
#[derive(Clone, Debug, PartialEq)]
pub struct Theta {
    pub r: Vec<f64>,
    pub mortality: f64,
}

fn within((low, high): (f64, f64), share: f64) -> f64 {
    low + (high - low) * share
}

impl Theta {
    /// From shares of the bounds, 0..1 each, the mortality last.
    fn of_shares(shares: &[f64]) -> Self {
        let (mortality, weeks) = shares.split_last().expect("R of a week and a mortality");
        Self {
            r: weeks.iter().map(|s| within(R_BOUNDS, *s)).collect(),
            mortality: within(M_BOUNDS, *mortality),
        }
    }

    /// R_w = 1.4 + (4.5 - 1.4) sigmoid(x_w), and so for M.
    fn of_logits(x: &[f64]) -> Self {
        Self::of_shares(&x.iter().map(|x| math::sigmoid(*x)).collect::<Vec<_>>())
    }
}

/// Mean squared error of weekly infections, each over the target's mean; and of weekly deaths, where the target knows
/// them and there were some (ours: without them no loss knows the mortality).
pub fn loss(simulated: &Weekly, target: &Weekly) -> f64 {
    let part = |simulated: &[f64], target: &[f64]| {
        let squares: f64 = simulated.iter().zip(target).map(|(s, t)| (s - t) * (s - t)).sum();
        scale(target).map_or(0.0, |scale| squares * scale)
    };
    part(&simulated.infections, &target.infections) + part(&simulated.deaths, &target.deaths)
}

/// Slopes of the loss by infections and deaths of each week.
pub fn loss_slopes(simulated: &Weekly, target: &Weekly) -> [Vec<f64>; 2] {
    let part = |simulated: &[f64], target: &[f64]| -> Vec<f64> {
        let scale = scale(target).unwrap_or(0.0);
        let slope = |(w, s): (usize, &f64)| target.get(w).map_or(0.0, |t| 2.0 * scale * (s - t));
        simulated.iter().enumerate().map(slope).collect()
    };
    [part(&simulated.infections, &target.infections), part(&simulated.deaths, &target.deaths)]
}

/// 1 / (weeks x mean^2).
fn scale(target: &[f64]) -> Option<f64> {
    let mean = target.iter().sum::<f64>() / target.len().max(1) as f64;
    (mean > 0.0).then(|| 1.0 / (target.len() as f64 * mean * mean))
}

/// Slopes of a loss by the parts of theta.
#[derive(Clone, Debug, PartialEq)]
pub struct Slopes {
    pub r: Vec<f64>,
    pub mortality: f64,
}

pub enum Method {
    Grad(Adam),
    Random,
    Abc(Abc),
    Spsa(Spsa),
}

pub struct Fitter {
    method: Method,
    /// Weeks + 1.
    numbers: usize,
    chance: Chance,
    asked: u32,
    /// What the method would hand over now, and the loss it knows of it.
    pub kept: Theta,
    pub kept_loss: f64,
    best: (Theta, f64),
    /// The slope was not a number: nothing more is asked, the best stays.
    pub stopped: bool,
}

impl Fitter {
    pub fn new(method: Method, weeks: usize, chance: Chance) -> Self {
        let middle = Theta::of_shares(&vec![0.5; weeks + 1]);
        Self {
            method,
            numbers: weeks + 1,
            chance,
            asked: 0,
            best: (middle.clone(), f64::INFINITY),
            kept: middle,
            kept_loss: f64::INFINITY,
            stopped: false,
        }
    }

    pub fn needs_slopes(&self) -> bool {
        matches!(self.method, Method::Grad(_))
    }

    /// The setting of the next simulation.
    pub fn ask(&mut self) -> Theta {
        self.asked += 1;
        let mut rng = self.chance.at("what is tried next", &[self.asked]);
        let uniform = |rng: &mut _| -> Vec<f64> {
            (0..self.numbers).map(|_| RngExt::random::<f64>(rng)).collect()
        };
        match &mut self.method {
            Method::Grad(adam) => Theta::of_logits(&adam.x),
            Method::Random => Theta::of_shares(&uniform(&mut rng)),
            Method::Abc(abc) => {
                abc.now = match &abc.gaussian {
                    None => uniform(&mut rng),
                    Some(around) => around
                        .iter()
                        .map(|(m, s)| (m + s * normal(&mut rng)).clamp(0.0, 1.0))
                        .collect(),
                };
                Theta::of_shares(&abc.now)
            }
            Method::Spsa(spsa) => {
                if spsa.first.is_none() {
                    spsa.signs = (0..self.numbers)
                        .map(|_| if rng.random_bool(0.5) { 1.0 } else { -1.0 })
                        .collect();
                }
                let side = if spsa.first.is_none() { 1.0 } else { -1.0 };
                Theta::of_logits(&spsa.moved(side * spsa.probe()))
            }
        }
    }

    /// What came of it.
    pub fn tell(&mut self, theta: Theta, loss: f64, slopes: Option<Slopes>) {
        if loss < self.best.1 {
            self.best = (theta.clone(), loss);
        }
        match &mut self.method {
            Method::Grad(adam) => {
                if slopes.is_some_and(|slopes| adam.step(&theta, &slopes)) {
                    (self.kept, self.kept_loss) = (Theta::of_logits(&adam.x), loss);
                } else {
                    self.stopped = true;
                    (self.kept, self.kept_loss) = self.best.clone();
                }
            }
            Method::Random => (self.kept, self.kept_loss) = self.best.clone(),
            Method::Abc(abc) => {
                abc.note(loss);
                (self.kept, self.kept_loss) = self.best.clone();
            }
            Method::Spsa(spsa) => {
                spsa.note(loss);
                (self.kept, self.kept_loss) = (Theta::of_logits(&spsa.x), loss);
            }
        }
    }
}

/// Adam (Kingma and Ba 2015) on the logits.
pub struct Adam {
    rate: f64,
    betas: [f64; 2],
    x: Vec<f64>,
    mean: Vec<f64>,
    square: Vec<f64>,
    steps: u32,
}

impl Adam {
    pub fn new(weeks: usize, rate: f64, betas: [f64; 2]) -> Self {
        let zero = || vec![0.0; weeks + 1];
        Self { rate, betas, x: zero(), mean: zero(), square: zero(), steps: 0 }
    }

    /// False, and nothing changed, where a slope is no number.
    fn step(&mut self, theta: &Theta, slopes: &Slopes) -> bool {
        let range = |(low, high): (f64, f64)| high - low;
        let values = theta.r.iter().map(|r| (*r, R_BOUNDS)).chain([(theta.mortality, M_BOUNDS)]);
        let by_x: Vec<f64> = values
            .zip(slopes.r.iter().chain([&slopes.mortality]))
            .map(|((value, bounds), slope)| {
                let share = (value - bounds.0) / range(bounds);
                slope * range(bounds) * share * (1.0 - share)
            })
            .collect();
        if by_x.iter().any(|g| !g.is_finite()) {
            return false;
        }
        self.steps += 1;
        let [b1, b2] = self.betas;
        let steps = f64::from(self.steps);
        let (whole1, whole2) = (1.0 - math::pow(b1, steps), 1.0 - math::pow(b2, steps));
        for (i, g) in by_x.into_iter().enumerate() {
            self.mean[i] = b1 * self.mean[i] + (1.0 - b1) * g;
            self.square[i] = b2 * self.square[i] + (1.0 - b2) * g * g;
            self.x[i] -=
                self.rate * (self.mean[i] / whole1) / ((self.square[i] / whole2).sqrt() + 1e-8);
        }
        true
    }
}

/// Keeps the best 5 % of all tried so far, at least three, and draws the next generation from their Gaussian.
pub struct Abc {
    generation: usize,
    now: Vec<f64>,
    tried: Vec<(f64, Vec<f64>)>,
    gaussian: Option<Vec<(f64, f64)>>,
}

impl Abc {
    pub fn new(sims: u32) -> Self {
        let generation = (sims / GENERATIONS).max(KEPT_MIN as u32) as usize;
        Self { generation, now: Vec::new(), tried: Vec::new(), gaussian: None }
    }

    fn note(&mut self, loss: f64) {
        self.tried.push((loss, std::mem::take(&mut self.now)));
        if !self.tried.len().is_multiple_of(self.generation) {
            return;
        }
        self.tried.sort_by(|a, b| a.0.total_cmp(&b.0));
        let kept = ((self.tried.len() as f64 * KEPT_SHARE).round() as usize).max(KEPT_MIN);
        let kept = &self.tried[..kept];
        let n = kept.len() as f64;
        let gaussian = (0..kept[0].1.len()).map(|i| {
            let mean = kept.iter().map(|k| k.1[i]).sum::<f64>() / n;
            let off = |k: &(f64, Vec<f64>)| (k.1[i] - mean) * (k.1[i] - mean);
            let variance = kept.iter().map(off).sum::<f64>() / (n - 1.0);
            (mean, variance.sqrt().max(SPREAD_MIN))
        });
        self.gaussian = Some(gaussian.collect());
    }
}

/// Simultaneous perturbation (Spall 1992): two simulations a step, whatever the number of parameters. Gains as in
/// Spall (1998); the first step's length is set, the rest follows.
pub struct Spsa {
    x: Vec<f64>,
    signs: Vec<f64>,
    first: Option<f64>,
    steps: u32,
    delay: f64,
    /// Sum of the sizes of the first slopes.
    sizes: f64,
}

impl Spsa {
    pub fn new(weeks: usize, sims: u32) -> Self {
        // A tenth of the steps, as Spall advises.
        let delay = f64::from(sims) / 2.0 * 0.1;
        Self {
            x: vec![0.0; weeks + 1],
            signs: Vec::new(),
            first: None,
            steps: 0,
            delay,
            sizes: 0.0,
        }
    }

    fn probe(&self) -> f64 {
        PROBE / math::pow(f64::from(self.steps + 1), PROBE_POWER)
    }

    fn moved(&self, by: f64) -> Vec<f64> {
        self.x.iter().zip(&self.signs).map(|(x, sign)| x + by * sign).collect()
    }

    fn note(&mut self, loss: f64) {
        let Some(above) = self.first.take() else {
            self.first = Some(loss);
            return;
        };
        let slope = (above - loss) / (2.0 * self.probe());
        let age = math::pow(f64::from(self.steps + 1) + self.delay, GAIN_POWER);
        if self.steps < SIZED_STEPS {
            self.sizes += slope.abs();
        }
        let size = self.sizes / f64::from((self.steps + 1).min(SIZED_STEPS));
        let first = math::pow(1.0 + self.delay, GAIN_POWER);
        // A sign is its own inverse. A slope of the usual size makes a step of the set length, shorter with age.
        let by = FIRST_STEP * (first / age) * slope / size.max(1e-12);
        self.x = self.moved(-by);
        self.steps += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bowl whose lowest place is known.
    fn bowl(theta: &Theta) -> (f64, Slopes) {
        let to = [3.0, 2.0, 0.05];
        let off = [theta.r[0] - to[0], theta.r[1] - to[1], 20.0 * (theta.mortality - to[2])];
        let slopes = Slopes { r: vec![2.0 * off[0], 2.0 * off[1]], mortality: 40.0 * off[2] };
        (off.iter().map(|o| o * o).sum(), slopes)
    }

    fn fitted(method: Method, sims: u32) -> (f64, Fitter) {
        let mut fitter = Fitter::new(method, 2, Chance::new(1));
        for _ in 0..sims {
            let theta = fitter.ask();
            let (loss, slopes) = bowl(&theta);
            fitter.tell(theta, loss, Some(slopes));
        }
        (bowl(&fitter.kept).0, fitter)
    }

    #[test]
    fn every_method_comes_nearer_and_the_slope_nearest() {
        let start = bowl(&Theta::of_shares(&[0.5; 3])).0;
        let grad = fitted(Method::Grad(Adam::new(2, 0.05, [0.5, 0.5])), 60).0;
        for method in [Method::Random, Method::Abc(Abc::new(60)), Method::Spsa(Spsa::new(2, 60))] {
            let other = fitted(method, 60).0;
            assert!(other < 0.7 * start && grad < other, "{start} {grad} {other}");
        }
    }

    #[test]
    fn a_slope_that_is_no_number_stops_the_method_with_its_best() {
        let (_, mut fitter) = fitted(Method::Grad(Adam::new(2, 0.05, [0.5, 0.5])), 5);
        let theta = fitter.ask();
        fitter.tell(theta, 1e9, Some(Slopes { r: vec![f64::NAN, 0.0], mortality: 0.0 }));
        assert!(fitter.stopped && fitter.kept_loss < 1e9);
        assert_eq!(fitter.kept, fitter.best.0);
    }

    #[test]
    fn the_loss_and_its_slopes_agree_and_silent_deaths_count_nothing() {
        let target = Weekly { infections: vec![100.0, 50.0], deaths: vec![2.0, 4.0] };
        let mut simulated = Weekly { infections: vec![130.0, 40.0], deaths: vec![3.0, 1.0] };
        assert_eq!(loss(&target, &target), 0.0);
        // (900 + 100) / (2 * 75^2) + (1 + 9) / (2 * 9).
        assert!((loss(&simulated, &target) - (1000.0 / 11250.0 + 10.0 / 18.0)).abs() < 1e-12);
        let slopes = loss_slopes(&simulated, &target);
        let before = loss(&simulated, &target);
        simulated.infections[0] += 1e-3;
        assert!(((loss(&simulated, &target) - before) / 1e-3 - slopes[0][0]).abs() < 1e-6);
        let pasted = Weekly { infections: vec![100.0, 50.0], deaths: Vec::new() };
        assert_eq!(loss_slopes(&simulated, &pasted)[1], [0.0, 0.0]);
    }
}
