//! The closed forms for the share of anchors in FedAMD's repository (`main_emnist.py`): m clients, a participants.

use engine::math;

/// b: sqrt(4 (m/a)^2 + 2 m/a) - 2 m/a.
pub fn opt_b(m: u32, a: u32) -> f64 {
    let r = f64::from(m) / f64::from(a);
    (4.0 * r * r + 2.0 * r).sqrt() - 2.0 * r
}

/// c: (2 / (a + 2))^(1/a).
pub fn opt_c(a: u32) -> f64 {
    math::pow(2.0 / (f64::from(a) + 2.0), 1.0 / f64::from(a))
}

/// a: the x in (0, 1) with the least 1 / (1 - x^a) + 2 m / (a x sqrt(1 - x^a)), to three places.
pub fn opt_a(m: u32, a: u32) -> f64 {
    let (m, a) = (f64::from(m), f64::from(a));
    let cost = |x: f64| {
        let rest = 1.0 - math::pow(x, a);
        1.0 / rest + 2.0 * m / (a * x * rest.sqrt())
    };
    let better = |best: f64, x: f64| if cost(x) < cost(best) { x } else { best };
    (1..1_000).map(|i| f64::from(i) / 1_000.0).fold(0.5, better)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formulas_give_the_specs_numbers_for_100_clients_and_20_participants() {
        assert!((opt_b(100, 20) - 0.488).abs() < 5e-4);
        assert!((opt_c(20) - 0.887).abs() < 5e-4);
        let x = opt_a(100, 20);
        assert!(x > 0.5 && x < 1.0, "{x}");
    }
}
