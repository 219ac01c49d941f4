//! TrueSkill for two players (Herbrich, Minka, Graepel 2007): a rating with its uncertainty.

use crate::math;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rating {
    pub mean: f64,
    pub sd: f64,
}

impl Default for Rating {
    fn default() -> Self {
        Self { mean: 25.0, sd: 25.0 / 3.0 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Spread of a performance around the skill.
    pub beta: f64,
    /// Spread that a skill gains before each game.
    pub tau: f64,
    /// Chance of a draw between equals; 0: there are none.
    pub draw: f64,
}

impl Default for Rules {
    /// The paper's; without draws.
    fn default() -> Self {
        Self { beta: 25.0 / 6.0, tau: 25.0 / 300.0, draw: 0.0 }
    }
}

/// The least that a game leaves of a variance.
const LEFT_MIN: f64 = 1e-4;

/// Ratings of winner and loser after their game.
pub fn win(winner: Rating, loser: Rating, rules: &Rules) -> (Rating, Rating) {
    let (winner, loser, c) = before(winner, loser, rules);
    let t = (winner.mean - loser.mean) / c - margin(rules) / c;
    // v = pdf(t) / cdf(t), the mean shift of a normal that is cut off below.
    let v = density(t) / math::phi(t).max(1e-300);
    let w = v * (v + t);
    (moved(winner, v, w, c), moved(loser, -v, w, c))
}

/// Ratings of both after a draw.
pub fn draw(a: Rating, b: Rating, rules: &Rules) -> (Rating, Rating) {
    let (a, b, c) = before(a, b, rules);
    let (t, e) = ((a.mean - b.mean) / c, margin(rules) / c);
    let inside = (math::phi(e - t) - math::phi(-e - t)).max(1e-300);
    let v = (density(-e - t) - density(e - t)) / inside;
    let w = v * v + ((e - t) * density(e - t) + (e + t) * density(e + t)) / inside;
    (moved(a, v, w, c), moved(b, -v, w, c))
}

/// Both with the spread they gain before a game, and c.
fn before(a: Rating, b: Rating, rules: &Rules) -> (Rating, Rating, f64) {
    let wider = |r: Rating| Rating { sd: (r.sd * r.sd + rules.tau * rules.tau).sqrt(), ..r };
    let (a, b) = (wider(a), wider(b));
    let c = (2.0 * rules.beta * rules.beta + a.sd * a.sd + b.sd * b.sd).sqrt();
    (a, b, c)
}

fn moved(rating: Rating, v: f64, w: f64, c: f64) -> Rating {
    let variance = rating.sd * rating.sd;
    let left = (1.0 - variance / (c * c) * w).max(LEFT_MIN);
    Rating { mean: rating.mean + variance / c * v, sd: rating.sd * left.sqrt() }
}

/// Difference of performances that still is a draw.
fn margin(rules: &Rules) -> f64 {
    if rules.draw <= 0.0 {
        return 0.0;
    }
    math::phi_inverse((rules.draw + 1.0) / 2.0) * std::f64::consts::SQRT_2 * rules.beta
}

fn density(x: f64) -> f64 {
    math::exp(-0.5 * x * x) / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_newcomers_end_at_the_published_ratings() {
        // With a draw chance of .1 the reference calculator gives 29.396 / 20.604, sd 7.171.
        let rules = Rules { draw: 0.1, ..Rules::default() };
        let (winner, loser) = win(Rating::default(), Rating::default(), &rules);
        assert!((winner.mean - 29.396).abs() < 2e-3 && (loser.mean - 20.604).abs() < 2e-3);
        assert!((winner.sd - 7.171).abs() < 2e-3, "{winner:?}");
        let (winner, loser) = win(Rating::default(), Rating::default(), &Rules::default());
        assert!((winner.mean - 29.2).abs() < 0.1 && (loser.mean - 20.8).abs() < 0.1);
    }

    #[test]
    fn a_draw_draws_unequals_together_and_leaves_equals() {
        let rules = Rules { draw: 0.1, ..Rules::default() };
        let (a, b) = draw(Rating::default(), Rating::default(), &rules);
        assert!((a.mean - 25.0).abs() < 1e-12 && (b.mean - 25.0).abs() < 1e-12);
        // The reference calculator: sd 6.458 for both.
        assert!((a.sd - 6.458).abs() < 2e-3, "{a:?}");
        let (high, low) = draw(
            Rating { mean: 30.0, ..Rating::default() },
            Rating { mean: 20.0, ..Rating::default() },
            &rules,
        );
        assert!(high.mean < 30.0 && low.mean > 20.0);
    }

    #[test]
    fn an_upset_moves_more_than_what_was_expected() {
        let strong = Rating { mean: 35.0, sd: 4.0 };
        let weak = Rating { mean: 15.0, sd: 4.0 };
        let expected = win(strong, weak, &Rules::default()).0.mean - strong.mean;
        let upset = win(weak, strong, &Rules::default()).0.mean - weak.mean;
        assert!(expected >= 0.0 && upset > 10.0 * expected.max(1e-9));
        assert!(win(weak, strong, &Rules::default()).0.sd > 0.0);
    }
}
