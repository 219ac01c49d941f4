//! The mean of a few seeds and its 95 % interval, as curves and sweeps show it. (Verdicts have the engine's bootstrap.)

/// Two seeds have an interval 13 standard errors wide: no picture of anything.
const SEEDS_MIN: u32 = 3;

/// Without an interval `low` and `high` are the mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    pub seeds: u32,
    pub mean: f64,
    pub low: f64,
    pub high: f64,
}

impl Mean {
    /// Of one number a seed; none of none. By Student's t.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (mut seeds, mut sum, mut squares) = (0u32, 0.0, 0.0);
        for value in values {
            seeds += 1;
            sum += value;
            squares += value * value;
        }
        if seeds == 0 {
            return None;
        }
        let n = f64::from(seeds);
        let mean = sum / n;
        let half = if seeds < SEEDS_MIN {
            0.0
        } else {
            let variance = (squares - sum * mean).max(0.0) / (n - 1.0);
            t975(seeds - 1) * (variance / n).sqrt()
        };
        Some(Self { seeds, mean, low: mean - half, high: mean + half })
    }

    /// Of a share of a whole, the interval ends where a mean can be: Student's t knows nothing of that.
    pub fn of_share(self, share: bool) -> Self {
        if share { Self { low: self.low.max(0.0), high: self.high.min(1.0), ..self } } else { self }
    }

    pub fn has_interval(&self) -> bool {
        self.seeds >= SEEDS_MIN
    }
}

/// The .975 quantile of Student's t: the printed table, then its tail.
fn t975(freedom: u32) -> f64 {
    const TABLE: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
        2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
        2.052, 2.048, 2.045, 2.042,
    ];
    match TABLE.get(freedom as usize - 1) {
        Some(t) => *t,
        None => 1.96 + 2.46 / f64::from(freedom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_seeds_have_the_t_interval_and_two_have_none() {
        let three = Mean::of([1.0, 2.0, 3.0]).unwrap();
        let half = 4.303 / 3f64.sqrt();
        assert!((three.high - 2.0 - half).abs() < 1e-12 && (2.0 - three.low - half).abs() < 1e-12);
        let two = Mean::of([1.0, 3.0]).unwrap();
        assert_eq!((two.mean, two.low, two.high, two.has_interval()), (2.0, 2.0, 2.0, false));
        assert_eq!(Mean::of([]), None);
    }

    #[test]
    fn the_interval_of_a_share_stays_where_a_share_can_be() {
        let mean = Mean::of([0.9, 0.7, 1.0]).unwrap();
        assert!(mean.high > 1.0 && mean.of_share(true).high == 1.0 && mean.of_share(false) == mean);
    }
}
