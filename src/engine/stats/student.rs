//! Student's t by the incomplete beta function: continued fraction of Lentz, as in DiDonato and Morris (1992).

use crate::math;

/// Terms of the continued fraction; 30 are plenty for degrees of freedom below 1,000.
const TERMS_MAX: usize = 300;

/// The regularized incomplete beta function I_x(a, b), for a, b > 0 and x within 0..=1.
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = math::ln_gamma(a + b) - math::ln_gamma(a) - math::ln_gamma(b);
    let front = math::exp(front + a * math::ln(x) + b * math::ln_1p(-x));
    // The fraction converges fast on this side of the mean only; the other side is its mirror image.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let held = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / held(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..TERMS_MAX {
        let m = m as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / held(1.0 + term * d);
            c = held(1.0 + term / c);
            change = c * d;
            value *= change;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// P(T <= t) for Student's t with `df` > 0 degrees of freedom.
pub fn student_cdf(t: f64, df: f64) -> f64 {
    let tail = 0.5 * incomplete_beta(df / 2.0, 0.5, df / (df + t * t));
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// The t with P(T <= t) = `share`, for 0 < share < 1, by bisection: exact to the last few bits.
pub fn student_quantile(share: f64, df: f64) -> f64 {
    let (mut low, mut high) = (-1.0, 1.0);
    while student_cdf(low, df) > share && low > -1e12 {
        low *= 2.0;
    }
    while student_cdf(high, df) < share && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if student_cdf(middle, df) < share { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distribution_is_that_of_scipy() {
        // scipy.stats.t.cdf, 1.17.1
        for (t, df, expected) in [
            (0.5, 3.0, 0.6742760175759245),
            (2.0, 10.0, 0.9633059826146299),
            (-1.3, 1.0, 0.20871440016015272),
            (8.0, 5.0, 0.9997535466697138),
        ] {
            assert!(
                (student_cdf(t, df) - expected).abs() < 1e-12,
                "{t} {df}: {}",
                student_cdf(t, df)
            );
        }
    }

    #[test]
    fn the_quantiles_are_those_of_the_tables() {
        // scipy.stats.t.ppf(.975, df)
        for (df, expected) in [
            (1.0, 12.706204736174694),
            (2.0, 4.302652729749462),
            (4.0, 2.7764451051977934),
            (7.0, 2.364624251592784),
            (9.0, 2.262157162798205),
            (29.0, 2.045229642132703),
            (200.0, 1.9718962236339088),
        ] {
            assert!((student_quantile(0.975, df) - expected).abs() < 1e-9, "{df}");
            assert!((student_quantile(0.025, df) + expected).abs() < 1e-9, "{df}");
        }
    }

    #[test]
    fn the_incomplete_beta_has_its_closed_forms() {
        for x in [0.0, 0.1, 0.5, 0.9, 1.0] {
            assert!((incomplete_beta(1.0, 1.0, x) - x).abs() < 1e-14);
            assert!((incomplete_beta(2.0, 1.0, x) - x * x).abs() < 1e-14);
            assert!((incomplete_beta(2.0, 2.0, x) - x * x * (3.0 - 2.0 * x)).abs() < 1e-14);
        }
    }
}
