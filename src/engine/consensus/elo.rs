//! Elo's rating (1978): after each game the winner takes from the loser what surprises. The result depends on the
//! order of the games, unlike Bradley-Terry's.

use crate::math;

/// Points of a rating difference at which the odds are ten to one.
const SCALE: f64 = 400.0;

/// Expected score of a player rated `own` against one rated `other`.
pub fn expected(own: f64, other: f64) -> f64 {
    math::sigmoid((own - other) * std::f64::consts::LN_10 / SCALE)
}

/// One game: `score` is 1 for a win of `a`, 0 for a loss, .5 for a tie; `k` the most points that move.
pub fn play(ratings: &mut [f64], a: usize, b: usize, score: f64, k: f64) {
    let moved = k * (score - expected(ratings[a], ratings[b]));
    ratings[a] += moved;
    ratings[b] -= moved;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_scores_are_those_of_the_table() {
        // FIDE's table of the logistic form.
        for (difference, score) in [(0.0, 0.5), (100.0, 0.64), (200.0, 0.76), (400.0, 0.909)] {
            assert!((expected(difference, 0.0) - score).abs() < 0.001, "{difference}");
        }
    }

    #[test]
    fn points_are_moved_and_never_made() {
        let mut ratings = [1613.0, 1609.0, 1477.0];
        play(&mut ratings, 0, 1, 0.0, 32.0);
        play(&mut ratings, 0, 2, 0.5, 32.0);
        assert!((ratings.iter().sum::<f64>() - 4699.0).abs() < 1e-9);
        // A player rated 1613 who loses to 1609 falls by 32 * .506.
        assert!((ratings[1] - (1609.0 + 32.0 * expected(1613.0, 1609.0))).abs() < 1e-9);
    }

    #[test]
    fn equals_move_half_of_k() {
        let mut ratings = [1000.0, 1000.0];
        play(&mut ratings, 1, 0, 1.0, 32.0);
        assert_eq!(ratings, [984.0, 1016.0]);
    }
}
