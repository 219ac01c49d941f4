//! Closed forms of the paper: the majority map, its slope, the fixed point, exponents, optimal leaves, budgets.
//! A simulation never calls these; they are the lines it is held against.

use engine::math;

/// What decides the fate of a signal: fan-in, shared failure, fidelity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Law {
    /// b, odd.
    pub fan_in: u32,
    /// rho.
    pub shared: f64,
    /// gamma.
    pub fidelity: f64,
}

/// What a leaf gives for its compute: mu_0(x) = min(kappa x^beta, mu_max).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leaf {
    pub scale: f64,
    pub exponent: f64,
    pub limit: f64,
}

impl Leaf {
    pub fn bias(&self, tokens: f64) -> f64 {
        (self.scale * math::pow(tokens.max(0.0), self.exponent)).min(self.limit)
    }

    /// The compute that gives a bias, the limit aside.
    pub fn tokens(&self, bias: f64) -> f64 {
        math::pow(bias / self.scale, 1.0 / self.exponent)
    }
}

/// f_b(mu) = 2 P(Bin(b, (1 + mu)/2) > b/2) - 1 for odd b, through logarithms: also for large b.
pub fn majority(inputs: u32, mu: f64) -> f64 {
    if mu.abs() >= 1.0 {
        return mu.clamp(-1.0, 1.0);
    }
    let (p, q) = (0.5 * (1.0 + mu), 0.5 * (1.0 - mu));
    let n = f64::from(inputs);
    let (ln_p, ln_q, whole) = (math::ln(p), math::ln(q), math::ln_gamma(n + 1.0));
    let above: f64 = (inputs / 2 + 1..=inputs)
        .map(|k| {
            let k = f64::from(k);
            let ways = whole - math::ln_gamma(k + 1.0) - math::ln_gamma(n - k + 1.0);
            math::exp(ways + k * ln_p + (n - k) * ln_q)
        })
        .sum();
    (2.0 * above - 1.0).clamp(-1.0, 1.0)
}

/// f_b'(0) = b C(b-1, (b-1)/2) / 2^(b-1).
pub fn majority_slope(inputs: u32) -> f64 {
    let half = f64::from((inputs - 1) / 2);
    let ways = math::ln_gamma(2.0 * half + 1.0) - 2.0 * math::ln_gamma(half + 1.0);
    f64::from(inputs) * math::exp(ways - 2.0 * half * std::f64::consts::LN_2)
}

impl Law {
    /// One level: f_{b,rho}(gamma mu) = rho gamma mu + (1 - rho) f_b(gamma mu).
    pub fn level(&self, mu: f64) -> f64 {
        self.gather(self.fan_in, mu)
    }

    /// The same with another number of inputs.
    pub fn gather(&self, inputs: u32, mu: f64) -> f64 {
        let heard = self.fidelity * mu;
        self.shared * heard + (1.0 - self.shared) * majority(inputs, heard)
    }

    /// alpha_rho = gamma [rho + (1 - rho) f_b'(0)] (Theorem 4).
    pub fn alpha(&self) -> f64 {
        self.fidelity * (self.shared + (1.0 - self.shared) * majority_slope(self.fan_in))
    }

    /// The fidelity at which alpha is 1.
    pub fn critical_fidelity(&self) -> f64 {
        1.0 / (self.shared + (1.0 - self.shared) * majority_slope(self.fan_in))
    }

    /// s = log_b alpha (Theorem 5).
    pub fn exponent(&self) -> f64 {
        math::ln(self.alpha()) / math::ln(f64::from(self.fan_in))
    }

    /// mu*: the positive root of mu = f(gamma mu), 0 where alpha <= 1. The map is concave there: bisection.
    pub fn fixed_point(&self) -> f64 {
        if self.alpha() <= 1.0 {
            return 0.0;
        }
        let (mut low, mut high) = (1e-9, 1.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.level(middle) > middle { low = middle } else { high = middle }
        }
        high
    }

    /// L_mix = ceil(ln(mu* / mu_0) / ln alpha): deeper trees add nothing. None where nothing grows.
    pub fn mixing_depth(&self, leaf: f64) -> Option<u32> {
        let (alpha, end) = (self.alpha(), self.fixed_point());
        let levels = math::ln(end / leaf) / math::ln(alpha);
        (alpha > 1.0 && end > 0.0).then(|| levels.ceil().max(0.0) as u32)
    }

    /// c_0 = 2 m b / (b - 1): a write and a read on every edge.
    pub fn overhead(&self, message_tokens: f64) -> f64 {
        let b = f64::from(self.fan_in);
        2.0 * message_tokens * b / (b - 1.0)
    }

    /// x* = c_0 beta / (s - beta) (Theorem 9). None: without end (s - beta < 1e-3).
    pub fn best_leaf(&self, leaf: &Leaf, overhead: f64) -> Option<f64> {
        let edge = self.exponent() - leaf.exponent;
        (edge >= 1e-3).then(|| overhead * leaf.exponent / edge)
    }

    /// Bud*: where mu_tree(x*) = kappa Bud^beta, so that Bud*^(s-beta) = (x* + c_0)^s / x*^beta. None: never.
    pub fn threshold(&self, leaf: &Leaf, overhead: f64) -> Option<f64> {
        let best = self.best_leaf(leaf, overhead)?;
        let (s, beta) = (self.exponent(), leaf.exponent);
        Some(math::exp((s * math::ln(best + overhead) - beta * math::ln(best)) / (s - beta)))
    }
}

/// Warm-up: variance of a tree's answers, v' = [rho + (1-rho)/b] v + sigma_c^2 / b.
pub fn variance_level(law: &Law, noise: f64, v: f64) -> f64 {
    let b = f64::from(law.fan_in);
    (law.shared + (1.0 - law.shared) / b) * v + noise * noise / b
}

/// v* = sigma_c^2 / ((b - 1)(1 - rho)); none at rho = 1, where it grows without end.
pub fn variance_floor(law: &Law, noise: f64) -> Option<f64> {
    let rest = (f64::from(law.fan_in) - 1.0) * (1.0 - law.shared);
    (rest > 0.0).then(|| noise * noise / rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_the_paper_states() {
        for (b, slope) in [(3, 1.5), (5, 1.875), (7, 2.1875), (9, 2.4609375)] {
            assert!((majority_slope(b) - slope).abs() < 1e-9, "{b}");
            let step = (majority(b, 1e-5) - majority(b, -1e-5)) / 2e-5;
            assert!((step - slope).abs() < 1e-5, "{b}: {step}");
        }
    }

    #[test]
    fn the_majority_of_three_is_its_polynomial() {
        for mu in [0.0, 0.1, 0.5, 0.9, 1.0] {
            assert!((majority(3, mu) - (1.5 * mu - 0.5 * mu * mu * mu)).abs() < 1e-12);
        }
        assert!(majority(2001, 0.3) > 0.999_999);
    }

    #[test]
    fn the_specs_default_numbers_come_out() {
        let law = Law { fan_in: 3, shared: 0.2, fidelity: 0.8 };
        let leaf = Leaf { scale: 0.02, exponent: 0.08, limit: 0.98 };
        assert!((law.alpha() - 1.12).abs() < 1e-9 && (law.exponent() - 0.103).abs() < 5e-4);
        let overhead = law.overhead(100.0);
        assert!((overhead - 300.0).abs() < 1e-9);
        assert!((law.best_leaf(&leaf, overhead).unwrap() / 1036.0 - 1.0).abs() < 0.01);
        assert!((law.threshold(&leaf, overhead).unwrap() / 3100.0 - 1.0).abs() < 0.05);
    }

    #[test]
    fn the_fixed_point_stands_still_and_depth_reaches_it() {
        let law = Law { fan_in: 5, shared: 0.1, fidelity: 0.9 };
        let end = law.fixed_point();
        assert!((law.level(end) - end).abs() < 1e-9 && end > 0.5);
        let deep = (0..60).fold(0.05, |mu, _| law.level(mu));
        assert!((deep - end).abs() < 1e-6);
        assert!((0..law.mixing_depth(0.05).unwrap()).fold(0.05, |mu, _| law.level(mu)) > 0.6 * end);
        assert_eq!(Law { fidelity: 0.4, ..law }.fixed_point(), 0.0);
    }

    #[test]
    fn the_best_leaf_is_the_maximum_of_the_growth_law() {
        let law = Law { fan_in: 3, shared: 0.0, fidelity: 0.9 };
        let leaf = Leaf { scale: 0.02, exponent: 0.1, limit: 1.0 };
        let (overhead, s) = (300.0, law.exponent());
        let growth = |x: f64| 0.1 * math::ln(x) + s * math::ln(1e6 / (x + overhead));
        let best = law.best_leaf(&leaf, overhead).unwrap();
        assert!(growth(best) > growth(best * 1.02) && growth(best) > growth(best / 1.02));
        let budget = law.threshold(&leaf, overhead).unwrap();
        let tree = 0.1 * math::ln(best) + s * math::ln(budget / (best + overhead));
        assert!((tree - 0.1 * math::ln(budget)).abs() < 1e-9);
    }

    #[test]
    fn the_variance_recursion_ends_at_its_floor() {
        let law = Law { fan_in: 3, shared: 0.2, fidelity: 1.0 };
        let v = (0..80).fold(2.0, |v, _| variance_level(&law, 0.3, v));
        assert!((v - variance_floor(&law, 0.3).unwrap()).abs() < 1e-12);
        assert!(variance_floor(&Law { shared: 1.0, ..law }, 0.3).is_none());
    }
}
