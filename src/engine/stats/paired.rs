//! Tests of paired differences, one a seed.

use super::ranks::ranks;
use super::spread::{mean, sd};
use super::student::student_cdf;
use crate::math;

/// More differences than this are ranked with the normal approximation.
const EXACT_MAX: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedT {
    pub t: f64,
    pub df: f64,
    /// Two-sided.
    pub p: f64,
}

/// Student's paired t test; `None` for fewer than two differences or where they do not vary.
pub fn paired_t(differences: &[f64]) -> Option<PairedT> {
    let spread = sd(differences).filter(|s| *s > 0.0)?;
    let n = differences.len() as f64;
    let t = mean(differences)? / (spread / n.sqrt());
    Some(PairedT { t, df: n - 1.0, p: 2.0 * student_cdf(-t.abs(), n - 1.0) })
}

/// Two-sided sign test, exact; differences of 0 count on neither side. 1 when nothing is left.
pub fn sign_test(differences: &[f64]) -> f64 {
    let up = differences.iter().filter(|d| **d > 0.0).count();
    let down = differences.iter().filter(|d| **d < 0.0).count();
    let n = (up + down) as f64;
    let ln_choose =
        |k: f64| math::ln_gamma(n + 1.0) - math::ln_gamma(k + 1.0) - math::ln_gamma(n - k + 1.0);
    let tail: f64 = (0..=up.min(down))
        .map(|k| math::exp(ln_choose(k as f64) - n * std::f64::consts::LN_2))
        .sum();
    (2.0 * tail).min(1.0)
}

/// Two-sided Wilcoxon signed-rank test; zeros are dropped, ties share their rank. Exact up to 60 differences, past
/// that the normal approximation with the correction for ties. 1 when nothing is left.
pub fn wilcoxon(differences: &[f64]) -> f64 {
    let kept: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    let sizes: Vec<f64> = kept.iter().map(|d| d.abs()).collect();
    let ranks = ranks(&sizes);
    let rise: f64 = ranks.iter().zip(&kept).filter(|(_, d)| **d > 0.0).map(|(r, _)| r).sum();
    let total: f64 = ranks.iter().sum();
    let lesser = rise.min(total - rise);
    if kept.is_empty() {
        1.0
    } else if kept.len() <= EXACT_MAX {
        exact_tail(&ranks, lesser)
    } else {
        // Var = sum of squared ranks / 4: with ties this is the usual correction.
        let spread = (ranks.iter().map(|r| r * r).sum::<f64>() / 4.0).sqrt();
        (2.0 * math::phi((lesser - total / 2.0) / spread)).min(1.0)
    }
}

/// 2 P(rank sum <= lesser) over all signs of the ranks. Doubled, shared ranks are whole numbers.
fn exact_tail(ranks: &[f64], lesser: f64) -> f64 {
    let doubled: Vec<usize> = ranks.iter().map(|r| (2.0 * r).round() as usize).collect();
    let mut chance = vec![0.0; doubled.iter().sum::<usize>() + 1];
    chance[0] = 1.0;
    let mut reached = 0;
    for rank in doubled {
        for sum in (0..=reached).rev() {
            let half = chance[sum] * 0.5;
            chance[sum] = half;
            chance[sum + rank] += half;
        }
        reached += rank;
    }
    let tail: f64 = chance[..=(2.0 * lesser).round() as usize].iter().sum();
    (2.0 * tail).min(1.0)
}

/// Paired Cohen d: mean over standard deviation of the differences; 0 where that is 0 or not defined.
pub fn cohen_d(differences: &[f64]) -> f64 {
    match (mean(differences), sd(differences)) {
        (Some(mean), Some(sd)) if sd > 0.0 => mean / sd,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hollander and Wolfe (1973), depression scale before and after a tranquilizer.
    #[allow(clippy::approx_constant, reason = "a published measurement")]
    fn hollander() -> Vec<f64> {
        let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
        let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
        before.iter().zip(after).map(|(b, a)| b - a).collect()
    }

    #[test]
    fn the_paired_t_is_that_of_scipy() {
        let test = paired_t(&hollander()).unwrap();
        assert!((test.t - 3.0353754156485917).abs() < 1e-9, "{test:?}");
        assert!((test.p - 0.016176627434908088).abs() < 1e-10, "{test:?}");
        assert_eq!(paired_t(&[1.0; 5]), None);
    }

    #[test]
    fn the_signed_rank_test_is_that_of_the_published_example() {
        assert!((wilcoxon(&hollander()) - 0.0390625).abs() < 1e-12);
        assert_eq!(wilcoxon(&[0.0, 0.0]), 1.0);
    }

    #[test]
    fn tied_ranks_agree_with_trying_every_sign() {
        let differences: [f64; 10] = [1.0, 2.0, -2.0, 3.0, 4.0, 4.0, -1.0, 5.0, 6.0, 7.0];
        let ranks = ranks(&differences.map(f64::abs));
        let observed: f64 =
            ranks.iter().zip(differences).filter(|(_, d)| *d < 0.0).map(|(r, _)| r).sum();
        let at_most = (0u32..1024)
            .filter(|signs| {
                let sum: f64 = (0..10).filter(|i| signs >> i & 1 == 1).map(|i| ranks[i]).sum();
                sum <= observed
            })
            .count();
        assert!((wilcoxon(&differences) - 2.0 * at_most as f64 / 1024.0).abs() < 1e-12);
    }

    #[test]
    fn many_differences_fall_back_on_the_normal_law() {
        let differences: Vec<f64> = (0..80).map(|i| f64::from(i) - 31.3).collect();
        let exact = {
            let sizes: Vec<f64> = differences.iter().map(|d| d.abs()).collect();
            let ranks = ranks(&sizes);
            let falls: f64 =
                ranks.iter().zip(&differences).filter(|(_, d)| **d < 0.0).map(|(r, _)| r).sum();
            exact_tail(&ranks, falls)
        };
        assert!((wilcoxon(&differences) - exact).abs() < 2e-3);
    }

    #[test]
    fn the_sign_test_is_the_binomial() {
        assert!(
            (sign_test(&[1.0, 1.0, 2.0, 3.0, 1.0, 1.0, 1.0, 1.0, -1.0]) - 0.0390625).abs() < 1e-12
        );
        assert_eq!(sign_test(&[1.0, -1.0, 0.0]), 1.0);
        assert_eq!(sign_test(&[]), 1.0);
    }

    #[test]
    fn the_effect_is_the_mean_in_units_of_the_spread() {
        assert!((cohen_d(&hollander()) - 1.0117918052161972).abs() < 1e-12);
        assert_eq!((cohen_d(&[2.0, 2.0]), cohen_d(&[])), (0.0, 0.0));
    }
}
