//! From what a paper states (an accuracy, a correlation of errors) to the constants of a mind.

use crate::math;

/// Ability at which the mean of p over d ~ N(mean, sd^2) equals `accuracy`; bisection over a grid of 801 points from
/// -9 to 9 logits around the mean. The result stays in -12..12: an accuracy below the floor gives the lowest.
pub fn theta_for(accuracy: f64, floor: f64, discrimination: f64, mean: f64, sd: f64) -> f64 {
    let gives = |theta: f64| {
        if sd <= 0.0 {
            return floor + (1.0 - floor) * math::sigmoid(discrimination * (theta - mean));
        }
        let (mut sum, mut weights) = (0.0, 0.0);
        for i in 0..=800 {
            let off = -9.0 + 18.0 * f64::from(i) / 800.0;
            let weight = math::exp(-0.5 * off * off / (sd * sd));
            let p = floor + (1.0 - floor) * math::sigmoid(discrimination * (theta - mean - off));
            (sum, weights) = (sum + weight * p, weights + weight);
        }
        sum / weights
    };
    bisect(-12.0, 12.0, |theta| gives(theta) < accuracy)
}

/// D0 = Phi^-1 of how often a judge prefers the right one of two.
pub fn judging_for(judge_accuracy: f64) -> f64 {
    math::phi_inverse(judge_accuracy).clamp(0.0, 4.0)
}

/// Chance that two standard normals of correlation `rho` (0..=1) both lie below `t`.
pub fn phi2(t: f64, rho: f64) -> f64 {
    let rho = rho.clamp(0.0, 1.0);
    if rho > 1.0 - 1e-9 {
        return math::phi(t);
    }
    // Integral of phi(g) Phi((t - sqrt(rho) g) / sqrt(1 - rho))^2 dg; x = g / sqrt 2.
    hermite32()
        .iter()
        .map(|(x, weight)| {
            let g = std::f64::consts::SQRT_2 * x;
            let below = math::phi((t - rho.sqrt() * g) / (1.0 - rho).sqrt());
            weight * below * below
        })
        .sum()
}

/// Correlation of two minds' being right, from the latent correlation.
pub fn error_correlation(accuracy: f64, rho: f64) -> f64 {
    let p = accuracy.clamp(1e-6, 1.0 - 1e-6);
    (phi2(math::phi_inverse(p), rho) - p * p) / (p * (1.0 - p))
}

/// Latent correlation, from a paper's correlation of errors.
pub fn latent_correlation(accuracy: f64, phi: f64) -> f64 {
    bisect(0.0, 1.0, |rho| error_correlation(accuracy, rho) < phi)
}

/// The place where `low` turns false, by 60 halvings.
fn bisect(mut from: f64, mut to: f64, low: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = 0.5 * (from + to);
        if low(middle) { from = middle } else { to = middle }
    }
    0.5 * (from + to)
}

/// Nodes and weights of Gauss-Hermite quadrature with 32 nodes, weights summing up to 1. By Newton's method on the
/// orthonormal recurrence, downwards from the largest root (Press et al., Numerical Recipes, gauher).
fn hermite32() -> [(f64, f64); 32] {
    const N: usize = 32;
    let n = N as f64;
    let mut rule = [(0.0, 0.0); N];
    let mut x: f64 = 0.0;
    for i in 0..N / 2 {
        x = match i {
            0 => (2.0 * n + 1.0).sqrt() - 1.85575 * math::pow(2.0 * n + 1.0, -1.0 / 6.0),
            1 => x - 1.14 * math::pow(n, 0.426) / x,
            2 => 1.86 * x - 0.86 * rule[0].0,
            3 => 1.91 * x - 0.91 * rule[1].0,
            _ => 2.0 * x - rule[i - 2].0,
        };
        let mut slope = 0.0;
        for _ in 0..20 {
            let (mut last, mut value) = (0.0, math::pow(std::f64::consts::PI, -0.25));
            for j in 0..N {
                let j = j as f64;
                let next = x * (2.0 / (j + 1.0)).sqrt() * value - (j / (j + 1.0)).sqrt() * last;
                (last, value) = (value, next);
            }
            slope = (2.0 * n).sqrt() * last;
            let step = value / slope;
            x -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        let weight = 2.0 / (slope * slope) / std::f64::consts::PI.sqrt();
        rule[i] = (x, weight);
        rule[N - 1 - i] = (-x, weight);
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quadrature_knows_the_moments_of_the_normal() {
        let moment = |k: u32| {
            hermite32()
                .iter()
                .map(|(x, w)| w * math::pow((2.0 * x * x).sqrt(), f64::from(k)))
                .sum::<f64>()
        };
        for (k, expected) in [(0, 1.0), (2, 1.0), (4, 3.0), (6, 15.0), (8, 105.0)] {
            assert!((moment(k) / expected - 1.0).abs() < 1e-10, "{k}: {}", moment(k));
        }
    }

    #[test]
    fn joint_chances_are_those_of_the_closed_forms() {
        // Sheppard: P(both below 0) = 1/4 + asin(rho) / 2 pi; rho .5 gives a third.
        assert!((phi2(0.0, 0.5) - 1.0 / 3.0).abs() < 1e-6);
        assert!((phi2(0.7, 0.0) - math::phi(0.7) * math::phi(0.7)).abs() < 1e-10);
        assert!((phi2(0.7, 1.0) - math::phi(0.7)).abs() < 1e-10);
    }

    #[test]
    fn a_correlation_of_errors_comes_back() {
        for rho in [0.1, 0.35, 0.65] {
            let phi = error_correlation(0.6, rho);
            assert!((latent_correlation(0.6, phi) - rho).abs() < 1e-6);
        }
    }

    #[test]
    fn ability_meets_its_accuracy() {
        // Without spread the item curve has a closed form: c + (1-c) sigmoid(theta - mean) = acc.
        let theta = theta_for(0.625, 0.25, 1.0, 0.3, 0.0);
        assert!((theta - 0.3).abs() < 1e-9);
        // At a = 1, mean 0 and no floor, accuracy one half is ability 0 whatever the spread.
        assert!(theta_for(0.5, 0.0, 1.0, 0.0, 1.5).abs() < 1e-9);
        assert!((judging_for(0.841344746068543) - 1.0).abs() < 1e-9);
    }
}
