//! Reputation and stake: who has earned to be heard, what an entry costs, what misbehavior costs.

use crate::chance::Chance;
use rand::RngExt;

/// How reputations move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// eta: step towards the newest evidence.
    pub step: f64,
    /// R_min.
    pub floor: f64,
    /// Share of the stake lost when slashed.
    pub slash: f64,
    /// Judging below this, so many times in a row, is slashed.
    pub slash_at: f64,
    pub patience: u32,
}

/// What the ledger holds of a member.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// R in (0, 1].
    pub reputation: f64,
    pub stake: f64,
    /// Has passed the entry test and not lost it.
    pub capable: bool,
    /// Failures in a row.
    pub failures: u32,
}

impl Standing {
    pub fn new(reputation: f64, stake: f64) -> Self {
        Self { reputation, stake, capable: true, failures: 0 }
    }

    /// R <- (1 - eta) R + eta target, at least the floor, at most 1.
    pub fn learn(&mut self, target: f64, rules: &Rules) {
        let moved = (1.0 - rules.step) * self.reputation + rules.step * target;
        self.reputation = moved.clamp(rules.floor, 1.0);
    }

    /// Counts a judgment; true if the member was slashed for it: part of its stake goes, and its capability.
    pub fn judged(&mut self, agreement: f64, rules: &Rules) -> bool {
        self.failures = if agreement < rules.slash_at { self.failures + 1 } else { 0 };
        if self.failures < rules.patience {
            return false;
        }
        self.failures = 0;
        self.stake *= 1.0 - rules.slash;
        self.capable = false;
        true
    }
}

/// An entry test: so many questions, so many to be right, so many tries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    pub questions: u32,
    pub pass: u32,
    pub tries: u32,
}

impl Entry {
    /// The tries a candidate of this accuracy took and whether it passed. `address` tells candidates and occasions
    /// apart; `accuracy` is asked for each question.
    pub fn take(
        &self,
        chance: Chance,
        address: [u32; 2],
        mut accuracy: impl FnMut(u32) -> f64,
    ) -> (u32, bool) {
        for attempt in 1..=self.tries {
            let mut rng = chance.at("an entry test", &[address[0], address[1], attempt]);
            let right = (0..self.questions)
                .filter(|question| rng.random::<f64>() < accuracy(*question))
                .count() as u32;
            if right >= self.pass {
                return (attempt, true);
            }
        }
        (self.tries, false)
    }

    /// Chance to pass one try: the binomial tail.
    pub fn pass_rate(&self, accuracy: f64) -> f64 {
        let p = accuracy.clamp(0.0, 1.0);
        let n = self.questions as usize;
        // Chances of 0..=n right, one question after the other.
        let mut right = vec![0.0; n + 1];
        right[0] = 1.0;
        for asked in 1..=n {
            for k in (0..=asked).rev() {
                let from_below = if k > 0 { right[k - 1] * p } else { 0.0 };
                right[k] = right[k] * (1.0 - p) + from_below;
            }
        }
        right.iter().skip(self.pass as usize).sum()
    }
}

/// Draws `count` different members, each next one in proportion to its weight among those left (Efraimidis and
/// Spirakis 2006: the largest ln(u) / w). Members without weight are not drawn.
pub fn select(chance: Chance, round: u32, weights: &[f64], count: usize) -> Vec<u32> {
    let mut keys: Vec<(f64, u32)> = Vec::new();
    for (member, weight) in weights.iter().enumerate() {
        let u: f64 = chance.at("who is selected", &[round, member as u32]).random();
        if *weight > 0.0 {
            keys.push((crate::math::ln(1.0 - u) / weight, member as u32));
        }
    }
    keys.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    keys.truncate(count);
    keys.into_iter().map(|(_, member)| member).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules { step: 0.1, floor: 0.05, slash: 0.2, slash_at: 0.35, patience: 3 };

    #[test]
    fn reputation_nears_its_target_geometrically_and_keeps_its_floor() {
        let mut standing = Standing::new(0.5, 10.0);
        (0..20).for_each(|_| standing.learn(0.9, &RULES));
        // 0.9 - 0.4 * 0.9^20.
        assert!((standing.reputation - (0.9 - 0.4 * 0.121_576_654_590_569)).abs() < 1e-9);
        (0..200).for_each(|_| standing.learn(0.0, &RULES));
        assert_eq!(standing.reputation, 0.05);
    }

    #[test]
    fn three_failures_in_a_row_cost_stake_and_capability() {
        let mut standing = Standing::new(0.5, 10.0);
        let slashed: Vec<bool> =
            [0.1, 0.2, 0.9, 0.1, 0.1, 0.1].iter().map(|a| standing.judged(*a, &RULES)).collect();
        assert_eq!(slashed, [false, false, false, false, false, true]);
        assert!((standing.stake - 8.0).abs() < 1e-12 && !standing.capable);
    }

    #[test]
    fn guessing_passes_the_entry_test_as_rarely_as_the_binomial_says() {
        let entry = Entry { questions: 20, pass: 17, tries: 3 };
        // (1140 + 190 + 20 + 1) / 2^20.
        assert!((entry.pass_rate(0.5) - 1351.0 / 1_048_576.0).abs() < 1e-12);
        assert!((entry.pass_rate(1.0) - 1.0).abs() < 1e-12);
        let entry = Entry { questions: 20, pass: 14, tries: 1 };
        let passed = (0..20_000).filter(|c| entry.take(Chance::new(1), [*c, 0], |_| 0.6).1).count()
            as f64
            / 20_000.0;
        assert!((passed - entry.pass_rate(0.6)).abs() < 0.01, "{passed}");
    }

    #[test]
    fn members_are_selected_in_proportion_and_once() {
        let weights = [1.0, 2.0, 0.0, 5.0];
        let mut first = [0u32; 4];
        for round in 0..8000 {
            let drawn = select(Chance::new(2), round, &weights, 3);
            first[drawn[0] as usize] += 1;
            let mut once = drawn.clone();
            once.sort_unstable();
            assert_eq!(once, [0, 1, 3]);
        }
        for (count, expected) in first.iter().zip([1000u32, 2000, 0, 5000]) {
            assert!(count.abs_diff(expected) < 200, "{first:?}");
        }
    }
}
