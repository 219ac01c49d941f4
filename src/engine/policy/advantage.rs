//! Advantages of the rollouts of one prompt, from their rewards alone. A group without spread has advantage 0.

/// Added to the standard deviation (the GRPO trainer of TRL).
const STD_FLOOR: f32 = 1e-4;
/// Advantages nearer to 0 than this are 0 (MC-GRPO's released trainer).
const ZERO: f32 = 1e-6;

/// Whether all rewards are the same.
pub fn is_flat(rewards: &[f32]) -> bool {
    rewards.windows(2).all(|pair| pair[0] == pair[1])
}

fn mean_of(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

/// GRPO (Shao and others 2024): A = (r - mean) / (std + 1e-4), std with n - 1.
pub fn mean_std(rewards: &[f32], out: &mut Vec<f32>) {
    mean(rewards, out);
    let squares: f32 = out.iter().map(|a| a * a).sum();
    let std = (squares / rewards.len().saturating_sub(1).max(1) as f32).sqrt();
    out.iter_mut().for_each(|a| *a /= std + STD_FLOOR);
}

/// Dr. GRPO (Liu and others 2025): A = r - mean.
pub fn mean(rewards: &[f32], out: &mut Vec<f32>) {
    out.clear();
    if is_flat(rewards) {
        return out.resize(rewards.len(), 0.0);
    }
    let mean = mean_of(rewards);
    out.extend(rewards.iter().map(|r| r - mean));
}

/// RLOO (Ahmadian and others 2024): A = r - mean of the others.
pub fn leave_one_out(rewards: &[f32], out: &mut Vec<f32>) {
    mean(rewards, out);
    let count = rewards.len() as f32;
    out.iter_mut().for_each(|a| *a *= count / (count - 1.0).max(1.0));
}

/// MC-GRPO (arXiv 2601.22582): the median of the group in place of its mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Median {
    /// A = (r - m) / (MAD + this); none: A = r - m (inside Dr. GRPO).
    pub floor: Option<f32>,
    /// Advantages that are not 0 are multiplied by rollouts / their number.
    pub compensated: bool,
}

impl Median {
    /// Advantages of all rollouts, and the pivot: the rollout that the median is taken from, which is left out of the
    /// loss. For an even number of rollouts the lower median, as torch's is; of rollouts with equal rewards the first
    /// one is the pivot.
    pub fn center(&self, rewards: &[f32], out: &mut Vec<f32>) -> usize {
        let median = lower_median(rewards, |r| r);
        out.clear();
        out.extend(rewards.iter().map(|r| r - median));
        let pivot = rewards.iter().position(|r| *r == median).unwrap_or(0);
        if let Some(floor) = self.floor {
            let scale = lower_median(out, f32::abs) + floor;
            out.iter_mut().for_each(|a| *a /= scale);
        }
        let pushed = out.iter().filter(|a| a.abs() > ZERO).count();
        if self.compensated && pushed > 0 {
            let factor = rewards.len() as f32 / pushed as f32;
            out.iter_mut().filter(|a| a.abs() > ZERO).for_each(|a| *a *= factor);
        }
        pivot
    }
}

/// The element at floor((n - 1) / 2) of the sorted list; 0 for none. Groups are small: counting needs no room.
fn lower_median(values: &[f32], of: fn(f32) -> f32) -> f32 {
    let middle = values.len().saturating_sub(1) / 2;
    let is_middle = |v: f32| {
        let below = values.iter().filter(|other| of(**other) < v).count();
        let up_to = values.iter().filter(|other| of(**other) <= v).count();
        below <= middle && middle < up_to
    };
    values.iter().map(|v| of(*v)).find(|v| is_middle(*v)).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() <= 2e-3 * b.abs().max(1e-3), "{found:?}, expected {expected:?}");
        }
    }

    fn of(rule: fn(&[f32], &mut Vec<f32>), rewards: &[f32]) -> Vec<f32> {
        let mut out = vec![9.0];
        rule(rewards, &mut out);
        out
    }

    #[test]
    fn means_are_those_of_the_formulas() {
        let side = std::f32::consts::FRAC_1_SQRT_2;
        check(&of(mean_std, &[2.0, 1.5]), &[side, -side]);
        check(&of(mean_std, &[2.0, 0.0, 0.0, 0.0]), &[1.5, -0.5, -0.5, -0.5]);
        check(&of(mean, &[2.0, 1.5, 0.0]), &[0.8333, 0.3333, -1.1667]);
        check(&of(leave_one_out, &[2.0, 1.5, 0.0]), &[1.25, 0.5, -1.75]);
    }

    #[test]
    fn a_group_without_spread_is_pushed_nowhere() {
        for reward in [0.0, 0.1, 1.5] {
            for rule in [mean_std, mean, leave_one_out] {
                assert_eq!(of(rule, &[reward; 3]), [0.0; 3]);
            }
            let mut out = Vec::new();
            let rule = Median { floor: Some(1e-3), compensated: true };
            assert_eq!(rule.center(&[reward; 3], &mut out), 0);
            assert_eq!(out, [0.0; 3]);
        }
    }

    fn centered(rule: Median, rewards: &[f32]) -> (usize, Vec<f32>) {
        let mut out = Vec::new();
        let pivot = rule.center(rewards, &mut out);
        (pivot, out)
    }

    #[test]
    fn the_median_is_the_pivot_and_what_lies_around_it_is_pushed() {
        let rule = Median { floor: Some(1e-3), compensated: false };
        // Three rewards that differ: MAD is 0.5.
        let (pivot, out) = centered(rule, &[2.0, 0.0, 1.5]);
        assert_eq!(pivot, 2);
        check(&out, &[0.5 / 0.501, -1.5 / 0.501, 0.0]);
        // Two failures: the median is 0, MAD 0, so the one success gets 1,500 and no failure is pushed down.
        let (pivot, out) = centered(rule, &[0.0, 1.5, 0.0]);
        assert_eq!(pivot, 0);
        check(&out, &[0.0, 1500.0, 0.0]);
        // A 1.5 beside a 2.0 is pushed down by the mean; by the median of three it is the pivot.
        assert!(of(mean_std, &[2.0, 1.5])[1] < 0.0);
        assert_eq!(centered(rule, &[2.0, 1.5, 0.0]).1[1], 0.0);
    }

    #[test]
    fn what_stays_makes_up_for_what_is_zero() {
        let rule = Median { floor: Some(1e-3), compensated: true };
        check(&centered(rule, &[0.0, 1.5, 0.0]).1, &[0.0, 4500.0, 0.0]);
        let plain = Median { floor: None, compensated: true };
        check(&centered(plain, &[2.0, 0.0, 1.5]).1, &[0.75, -2.25, 0.0]);
    }

    #[test]
    fn an_even_group_has_the_lower_median() {
        let rule = Median { floor: None, compensated: false };
        assert_eq!(centered(rule, &[2.0, 0.0, 1.5, 0.0]), (1, vec![2.0, 0.0, 1.5, 0.0]));
    }
}
