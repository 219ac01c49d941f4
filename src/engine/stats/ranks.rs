//! Ranks and the correlations of ranks.

use super::spread::mean;

/// Ranks from 1; equal values share the mean of their places.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let mut to = from + 1;
        while to < order.len() && values[order[to]] == values[order[from]] {
            to += 1;
        }
        for &place in &order[from..to] {
            ranks[place] = (from + to + 1) as f64 / 2.0;
        }
        from = to;
    }
    ranks
}

/// Spearman's rank correlation; `None` where one side does not vary or the lengths differ.
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() {
        return None;
    }
    let (x, y) = (ranks(x), ranks(y));
    let (middle_x, middle_y) = (mean(&x)?, mean(&y)?);
    let sum = |f: fn(f64, f64) -> f64| -> f64 {
        x.iter().zip(&y).map(|(a, b)| f(a - middle_x, b - middle_y)).sum()
    };
    let scale = (sum(|a, _| a * a) * sum(|_, b| b * b)).sqrt();
    (scale > 0.0).then(|| sum(|a, b| a * b) / scale)
}

/// Kendall's tau-b, by looking at every pair; `None` where one side does not vary or the lengths differ.
pub fn kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() {
        return None;
    }
    let (mut agree, mut vary_x, mut vary_y) = (0.0, 0.0, 0.0);
    for i in 0..x.len() {
        for j in 0..i {
            let side = |a: f64, b: f64| f64::from(i8::from(a > b) - i8::from(a < b));
            let (across, along) = (side(x[i], x[j]), side(y[i], y[j]));
            agree += across * along;
            vary_x += across * across;
            vary_y += along * along;
        }
    }
    let scale = (vary_x * vary_y).sqrt();
    (scale > 0.0).then(|| agree / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_their_rank() {
        assert_eq!(ranks(&[10.0, 20.0, 10.0, 5.0]), [2.5, 4.0, 2.5, 1.0]);
        assert!(ranks(&[]).is_empty());
    }

    #[test]
    fn rank_correlations_are_those_of_scipy() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [2.0, 1.0, 4.0, 3.0, 7.0, 5.0, 6.0]);
        assert!((spearman(&x, &y).unwrap() - 0.8214285714285714).abs() < 1e-12);
        assert!((kendall(&x, &y).unwrap() - 0.6190476190476191).abs() < 1e-12);
        let (x, y) = ([1.0, 2.0, 2.0, 3.0], [1.0, 3.0, 2.0, 4.0]);
        assert!((spearman(&x, &y).unwrap() - 0.9486832980505139).abs() < 1e-12);
        assert!((kendall(&x, &y).unwrap() - 0.912870929175277).abs() < 1e-12);
    }

    #[test]
    fn a_side_that_does_not_vary_has_no_correlation() {
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(kendall(&[1.0, 2.0], &[3.0, 3.0]), None);
        assert_eq!(spearman(&[1.0], &[1.0, 2.0]), None);
    }
}
