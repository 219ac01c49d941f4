//! Bradley-Terry ranking (1952) of things that were compared in pairs: by minorization-maximization (Hunter 2004) and,
//! as a check on it, by gradient ascent. A prior draw against a phantom of strength 1 keeps every strength finite,
//! also where some were never compared with others.

use crate::math;

/// Weighted wins, `[items, items]` row by row: how often the row's item was preferred to the column's.
#[derive(Clone, Debug, PartialEq)]
pub struct Wins {
    items: usize,
    of: Vec<f64>,
}

impl Wins {
    pub fn new(items: usize) -> Self {
        Self { items, of: vec![0.0; items * items] }
    }

    pub fn items(&self) -> usize {
        self.items
    }

    /// Empties the table for the next use.
    pub fn clear(&mut self) {
        self.of.fill(0.0);
    }

    pub fn add(&mut self, winner: usize, loser: usize, weight: f64) {
        self.of[winner * self.items + loser] += weight;
    }

    /// Half a win each.
    pub fn tie(&mut self, a: usize, b: usize, weight: f64) {
        self.add(a, b, 0.5 * weight);
        self.add(b, a, 0.5 * weight);
    }

    pub fn get(&self, winner: usize, loser: usize) -> f64 {
        self.of[winner * self.items + loser]
    }

    /// Which items can be ranked against one another: those joined by comparisons share a number.
    pub fn islands(&self) -> Vec<usize> {
        let mut island: Vec<usize> = (0..self.items).collect();
        let mut changed = true;
        while changed {
            changed = false;
            for a in 0..self.items {
                for b in 0..self.items {
                    let low = island[a].min(island[b]);
                    if self.get(a, b) > 0.0 && island[a] != island[b] {
                        (island[a], island[b], changed) = (low, low, true);
                    }
                }
            }
        }
        island
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// e: weight of the prior draw against a phantom of strength 1.
    pub prior: f64,
    pub rounds_max: u32,
    /// Largest change of a strength at which the fit ends.
    pub change: f64,
}

impl Default for Fit {
    /// Rounds and change as in the public Fortytwo client; the prior is our choice.
    fn default() -> Self {
        Self { prior: 0.1, rounds_max: 1000, change: 1e-6 }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// Positive, geometric mean 1.
    pub strength: Vec<f64>,
    pub rounds: u32,
    /// 1: everything is joined by comparisons. More: only the prior relates the islands, and a page should say so.
    pub islands: u32,
}

/// s_a <- (sum_b W_ab + e) / (sum_b (W_ab + W_ba) / (s_a + s_b) + 2e / (s_a + 1)), geometric mean 1.
pub fn fit(wins: &Wins, how: &Fit) -> Ranking {
    let n = wins.items();
    let mut strength = vec![1.0; n];
    let mut next = vec![1.0; n];
    let won: Vec<f64> = (0..n).map(|a| (0..n).map(|b| wins.get(a, b)).sum()).collect();
    let mut rounds = 0;
    while rounds < how.rounds_max && n > 0 {
        rounds += 1;
        for a in 0..n {
            let mut below = 2.0 * how.prior / (strength[a] + 1.0);
            for b in (0..n).filter(|b| *b != a) {
                below += (wins.get(a, b) + wins.get(b, a)) / (strength[a] + strength[b]);
            }
            // Never compared and no prior: nothing is known, the strength stays.
            next[a] =
                if below > 0.0 { ((won[a] + how.prior) / below).max(1e-12) } else { strength[a] };
        }
        center(&mut next);
        let moved = strength.iter().zip(&next).map(|(s, t)| (s - t).abs()).fold(0.0, f64::max);
        std::mem::swap(&mut strength, &mut next);
        if moved < how.change {
            break;
        }
    }
    let mut islands = wins.islands();
    islands.sort_unstable();
    islands.dedup();
    Ranking { strength, rounds, islands: islands.len() as u32 }
}

/// The same maximum by gradient ascent on log strengths, with the same prior.
pub fn fit_by_gradient(wins: &Wins, prior: f64, rounds: u32) -> Vec<f64> {
    let n = wins.items();
    let mut log = vec![0.0; n];
    let most = (0..n)
        .map(|a| (0..n).map(|b| wins.get(a, b) + wins.get(b, a)).sum::<f64>() + 2.0 * prior)
        .fold(1e-9, f64::max);
    for _ in 0..rounds {
        let slope: Vec<f64> = (0..n)
            .map(|a| {
                let pairs = (0..n).filter(|b| *b != a).map(|b| {
                    let expected = math::sigmoid(log[a] - log[b]);
                    wins.get(a, b) - (wins.get(a, b) + wins.get(b, a)) * expected
                });
                pairs.sum::<f64>() + prior - 2.0 * prior * math::sigmoid(log[a])
            })
            .collect();
        // The curvature is at most half of the weight at an item: this step never overshoots.
        log.iter_mut().zip(slope).for_each(|(x, slope)| *x += 2.0 * slope / most);
    }
    let mut strength: Vec<f64> = log.into_iter().map(math::exp).collect();
    center(&mut strength);
    strength
}

/// Scales to a geometric mean of 1.
fn center(strength: &mut [f64]) {
    let mean = strength.iter().map(|s| math::ln(*s)).sum::<f64>() / strength.len().max(1) as f64;
    let scale = math::exp(-mean);
    strength.iter_mut().for_each(|s| *s *= scale);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_items_have_the_ratio_of_their_wins() {
        let mut wins = Wins::new(2);
        wins.add(0, 1, 6.0);
        wins.add(1, 0, 2.0);
        let how = Fit { prior: 0.0, change: 1e-12, ..Fit::default() };
        let ranking = fit(&wins, &how);
        assert!((ranking.strength[0] / ranking.strength[1] - 3.0).abs() < 1e-6);
        assert_eq!(ranking.islands, 1);
    }

    #[test]
    fn minorization_and_gradient_find_the_same_strengths() {
        // Without the recentring of each round the prior's phantom would be moved too: compare without it.
        let mut wins = Wins::new(4);
        for (a, b, weight) in [
            (0, 1, 3.0),
            (1, 0, 1.0),
            (1, 2, 2.0),
            (2, 3, 4.0),
            (3, 0, 1.0),
            (2, 1, 1.0),
            (0, 3, 2.0),
        ] {
            wins.add(a, b, weight);
        }
        wins.tie(0, 2, 2.0);
        let how = Fit { prior: 0.0, rounds_max: 10_000, change: 1e-12 };
        let by_steps = fit(&wins, &how).strength;
        let by_slope = fit_by_gradient(&wins, 0.0, 20_000);
        for (s, t) in by_steps.iter().zip(&by_slope) {
            assert!((s / t - 1.0).abs() < 1e-6, "{by_steps:?} {by_slope:?}");
        }
    }

    #[test]
    fn an_item_that_always_won_stays_finite_and_first() {
        let mut wins = Wins::new(3);
        wins.add(0, 1, 9.0);
        wins.add(0, 2, 9.0);
        let strength = fit(&wins, &Fit::default()).strength;
        assert!(strength.iter().all(|s| s.is_finite()) && strength[0] > strength[1]);
        assert!((strength[1] - strength[2]).abs() < 1e-9);
    }

    #[test]
    fn only_ties_are_flat() {
        let mut wins = Wins::new(3);
        wins.tie(0, 1, 4.0);
        wins.tie(1, 2, 4.0);
        assert!(fit(&wins, &Fit::default()).strength.iter().all(|s| (s - 1.0).abs() < 1e-9));
    }

    #[test]
    fn islands_are_counted() {
        let mut wins = Wins::new(5);
        wins.add(0, 1, 1.0);
        wins.add(3, 2, 1.0);
        assert_eq!(wins.islands(), [0, 0, 2, 2, 4]);
        assert_eq!(fit(&wins, &Fit::default()).islands, 3);
        assert!(fit(&Wins::new(0), &Fit::default()).strength.is_empty());
    }
}
