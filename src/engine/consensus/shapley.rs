//! Shapley values (1953): what each member of a coalition is worth, over all orders in which they could have come.

use rand::{Rng, RngExt};

/// Exact values need every coalition: at most this many players.
pub const EXACT_MAX: usize = 16;

/// Exact values; `worth` takes a coalition as bits. `worth` is asked once for each of the 2^n coalitions.
pub fn exact(players: usize, mut worth: impl FnMut(u32) -> f64) -> Vec<f64> {
    assert!(players <= EXACT_MAX, "exact Shapley values need at most {EXACT_MAX} players");
    let all: Vec<f64> = (0..1u32 << players).map(&mut worth).collect();
    // Weight of a coalition without the player: |S|! (n - |S| - 1)! / n!.
    let mut weight = vec![1.0 / players.max(1) as f64; players.max(1)];
    for size in 1..players {
        weight[size] = weight[size - 1] * size as f64 / (players - size) as f64;
    }
    (0..players)
        .map(|player| {
            (0..1u32 << players)
                .filter(|coalition| coalition >> player & 1 == 0)
                .map(|coalition| {
                    let gain = all[(coalition | 1 << player) as usize] - all[coalition as usize];
                    weight[coalition.count_ones() as usize] * gain
                })
                .sum()
        })
        .collect()
}

/// Values sampled over random orders; `worth` takes who is in. Efficient for every sample: the values sum up to the
/// worth of all less the worth of none.
pub fn sampled(
    players: usize,
    orders: u32,
    rng: &mut impl Rng,
    mut worth: impl FnMut(&[bool]) -> f64,
) -> Vec<f64> {
    let mut value = vec![0.0; players];
    let mut order: Vec<usize> = (0..players).collect();
    let mut inside = vec![false; players];
    let none = worth(&inside);
    for _ in 0..orders {
        // Fisher and Yates.
        for i in (1..players).rev() {
            order.swap(i, rng.random_range(0..=i));
        }
        inside.fill(false);
        let mut before = none;
        for player in &order {
            inside[*player] = true;
            let after = worth(&inside);
            value[*player] += after - before;
            before = after;
        }
    }
    value.iter_mut().for_each(|v| *v /= f64::from(orders.max(1)));
    value
}

/// What is missing when one player stays away: the cheap stand-in.
pub fn leave_one_out(players: usize, mut worth: impl FnMut(&[bool]) -> f64) -> Vec<f64> {
    let mut inside = vec![true; players];
    let all = worth(&inside);
    (0..players)
        .map(|player| {
            inside[player] = false;
            let without = worth(&inside);
            inside[player] = true;
            all - without
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    /// Left glove players 0 and 1, right glove player 2: the textbook's 1/6, 1/6, 4/6.
    fn gloves(coalition: u32) -> f64 {
        f64::from(u8::from(coalition & 0b011 != 0 && coalition & 0b100 != 0))
    }

    fn bits(inside: &[bool]) -> u32 {
        inside.iter().enumerate().map(|(i, b)| u32::from(*b) << i).sum()
    }

    #[test]
    fn the_glove_game_has_its_textbook_values() {
        let value = exact(3, gloves);
        for (v, expected) in value.iter().zip([1.0 / 6.0, 1.0 / 6.0, 4.0 / 6.0]) {
            assert!((v - expected).abs() < 1e-12, "{value:?}");
        }
    }

    #[test]
    fn the_airport_game_has_its_closed_form() {
        // Littlechild and Owen: costs 1, 2, 4: each step is shared by those who need it.
        let cost = [1.0, 2.0, 4.0];
        let value = exact(3, |coalition| {
            (0..3).filter(|i| coalition >> i & 1 == 1).map(|i| cost[i]).fold(0.0, f64::max)
        });
        for (v, expected) in value.iter().zip([1.0 / 3.0, 1.0 / 3.0 + 0.5, 1.0 / 3.0 + 0.5 + 2.0]) {
            assert!((v - expected).abs() < 1e-12, "{value:?}");
        }
    }

    #[test]
    fn sampled_values_are_efficient_and_near_the_exact_ones() {
        let mut rng = Chance::new(1).stream(0, "orders");
        let worth = |inside: &[bool]| gloves(bits(inside));
        let value = sampled(3, 20_000, &mut rng, worth);
        assert!((value.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!((value[2] - 4.0 / 6.0).abs() < 0.015, "{value:?}");
        assert_eq!(leave_one_out(3, worth), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn nobody_is_worth_nothing() {
        assert!(exact(0, |_| 0.0).is_empty());
        assert_eq!(exact(1, |c| f64::from(c) * 3.0), [3.0]);
    }
}
