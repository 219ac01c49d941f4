//! Small fits: a line by least squares, one-way analysis of variance, the exponent of a power law.

use super::spread::mean;
use super::student::incomplete_beta;
use crate::math;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    pub slope: f64,
    pub intercept: f64,
}

/// Least squares of y on x; `None` where x does not vary or the lengths differ.
pub fn line(x: &[f64], y: &[f64]) -> Option<Line> {
    if x.len() != y.len() {
        return None;
    }
    let (middle_x, middle_y) = (mean(x)?, mean(y)?);
    let across: f64 = x.iter().zip(y).map(|(a, b)| (a - middle_x) * (b - middle_y)).sum();
    let along: f64 = x.iter().map(|a| (a - middle_x) * (a - middle_x)).sum();
    (along > 0.0).then(|| {
        let slope = across / along;
        Line { slope, intercept: middle_y - slope * middle_x }
    })
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anova {
    pub f: f64,
    pub df_between: f64,
    pub df_within: f64,
    pub p: f64,
    /// Share of the variance that lies between the groups.
    pub eta_squared: f64,
}

/// One-way analysis of variance; `None` for fewer than two groups or where nothing varies inside them.
pub fn anova(groups: &[&[f64]]) -> Option<Anova> {
    let all: Vec<f64> = groups.iter().flat_map(|g| g.iter().copied()).collect();
    let center = mean(&all)?;
    let (mut between, mut within) = (0.0, 0.0);
    for group in groups {
        let middle = mean(group)?;
        between += group.len() as f64 * (middle - center) * (middle - center);
        within += group.iter().map(|v| (v - middle) * (v - middle)).sum::<f64>();
    }
    let df_between = groups.len() as f64 - 1.0;
    let df_within = all.len() as f64 - groups.len() as f64;
    if df_between <= 0.0 || df_within <= 0.0 || within <= 0.0 {
        return None;
    }
    let f = (between / df_between) / (within / df_within);
    let p = incomplete_beta(
        df_within / 2.0,
        df_between / 2.0,
        df_within / (df_within + df_between * f),
    );
    Some(Anova { f, df_between, df_within, p, eta_squared: between / (between + within) })
}

/// Exponent of a continuous power law above `least` > 0 by maximum likelihood: Clauset, Shalizi and Newman (2009),
/// eq. 3.1. `None` where nothing lies above it.
pub fn power_law_alpha(values: &[f64], least: f64) -> Option<f64> {
    let tail: Vec<f64> = values.iter().copied().filter(|v| *v >= least).collect();
    let logs: f64 = tail.iter().map(|v| math::ln(v / least)).sum();
    (logs > 0.0).then(|| 1.0 + tail.len() as f64 / logs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use rand::RngExt;

    #[test]
    fn the_line_is_that_of_scipy() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [2.0, 1.0, 4.0, 3.0, 7.0, 5.0, 6.0]);
        let fit = line(&x, &y).unwrap();
        assert!((fit.slope - 0.8214285714285714).abs() < 1e-12, "{fit:?}");
        assert!((fit.intercept - 0.7142857142857144).abs() < 1e-12, "{fit:?}");
        assert_eq!(line(&[1.0, 1.0], &[2.0, 3.0]), None);
    }

    #[test]
    fn the_analysis_of_variance_is_that_of_scipy() {
        let groups: [&[f64]; 3] = [
            &[6.0, 8.0, 4.0, 5.0, 3.0, 4.0],
            &[8.0, 12.0, 9.0, 11.0, 6.0, 8.0],
            &[13.0, 9.0, 11.0, 8.0, 7.0, 12.0],
        ];
        let test = anova(&groups).unwrap();
        assert!((test.f - 9.264705882352942).abs() < 1e-10, "{test:?}");
        assert!((test.p - 0.0023987773293929083).abs() < 1e-12, "{test:?}");
        assert_eq!(anova(&[&[1.0, 1.0], &[2.0, 2.0]]), None);
    }

    #[test]
    fn the_exponent_of_drawn_numbers_is_found_again() {
        // Inverse transform: x = least (1 - u)^(-1 / (alpha - 1)).
        let mut rng = Chance::new(9).stream(0, "power law");
        let values: Vec<f64> =
            (0..20_000).map(|_| 2.0 * math::pow(1.0 - rng.random::<f64>(), -1.0 / 1.5)).collect();
        let alpha = power_law_alpha(&values, 2.0).unwrap();
        assert!((alpha - 2.5).abs() < 0.03, "{alpha}");
        assert_eq!(power_law_alpha(&[1.0], 2.0), None);
    }
}
