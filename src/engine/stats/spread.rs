//! Where numbers lie and how far they spread.

use crate::math;

/// The arithmetic mean; `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The unbiased variance (divided by n - 1); `None` of fewer than two.
pub fn variance(values: &[f64]) -> Option<f64> {
    let center = mean(values)?;
    let squares: f64 = values.iter().map(|v| (v - center) * (v - center)).sum();
    (values.len() > 1).then(|| squares / (values.len() - 1) as f64)
}

/// The sample standard deviation; `None` of fewer than two.
pub fn sd(values: &[f64]) -> Option<f64> {
    variance(values).map(f64::sqrt)
}

/// The middle value; `None` of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Quantile with linear interpolation (type 7 of Hyndman and Fan 1996, as in R and NumPy); `share` within 0..=1.
/// `None` of nothing.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    (!sorted.is_empty()).then(|| sorted_quantile(&sorted, share))
}

/// As `quantile`, of values already in order, at least one.
pub(super) fn sorted_quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

/// Shannon entropy in bits of weights that need not sum to 1; 0 where all weight is on one or there is none.
pub fn entropy_bits(weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().filter(|w| **w > 0.0).sum();
    weights.iter().filter(|w| **w > 0.0).map(|w| w / total).map(|p| -p * math::log2(p)).sum::<f64>()
        + 0.0
}

/// Gini coefficient of amounts that are not negative: 0 = all equal, (n - 1)/n = one has all.
/// `None` of nothing or where the amounts sum to 0.
pub fn gini(amounts: &[f64]) -> Option<f64> {
    let mut sorted = amounts.to_vec();
    sorted.sort_by(f64::total_cmp);
    let total: f64 = sorted.iter().sum();
    let n = sorted.len() as f64;
    let weighted: f64 = sorted.iter().enumerate().map(|(i, v)| (i + 1) as f64 * v).sum();
    (total > 0.0).then(|| (2.0 * weighted / total - (n + 1.0)) / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_have_their_textbook_values() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), Some(5.0));
        assert!((variance(&values).unwrap() - 32.0 / 7.0).abs() < 1e-12);
        assert_eq!(median(&values), Some(4.5));
        assert_eq!((mean(&[]), sd(&[3.0]), median(&[])), (None, None, None));
    }

    #[test]
    fn quantiles_are_those_of_numpy() {
        for (share, expected) in
            [(0.1, 1.3), (0.25, 1.75), (0.5, 2.5), (0.9, 7.9), (0.0, 1.0), (1.0, 10.0)]
        {
            let got = quantile(&[3.0, 1.0, 2.0, 10.0], share).unwrap();
            assert!((got - expected).abs() < 1e-12, "{share}: {got}");
        }
    }

    #[test]
    fn entropy_is_one_and_a_half_bits_for_a_half_and_two_quarters() {
        assert!((entropy_bits(&[2.0, 1.0, 1.0]) - 1.5).abs() < 1e-12);
        assert_eq!(entropy_bits(&[0.0, 7.0]).to_bits(), 0.0f64.to_bits());
        assert_eq!(entropy_bits(&[]), 0.0);
    }

    #[test]
    fn gini_is_zero_for_equals_and_near_one_for_a_monarch() {
        assert!(gini(&[3.0; 5]).unwrap().abs() < 1e-12);
        assert!((gini(&[0.0, 0.0, 0.0, 8.0]).unwrap() - 0.75).abs() < 1e-12);
        assert!((gini(&[1.0, 2.0, 3.0, 4.0]).unwrap() - 0.25).abs() < 1e-12);
        assert_eq!((gini(&[]), gini(&[0.0, 0.0])), (None, None));
    }
}
