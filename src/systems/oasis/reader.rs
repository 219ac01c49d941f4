//! The surrogate reader: what a person does with one post. Every weight is ours (the specification's); the paper asks
//! a language model here.

use engine::math;
use engine::population::platform::Action;

/// Chance that a person does anything about a post it reads.
pub const ACTS: f32 = 0.6;
/// How far a post of the other side moves an opinion, as a part of one of the same side.
const OPENNESS: f64 = 0.3;
/// Spread of a comment's tone, in logits.
const TONE: f64 = 0.5;

/// What the reader sees of a post.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// Cosine of the reader's home and the post.
    pub interest: f64,
    /// Novelty (credibility) and emotion, 0..1.
    pub novelty: f64,
    pub emotion: f64,
    /// Likes less dislikes.
    pub score: i64,
    /// The reader has met its original before.
    pub met: bool,
}

/// g(sc) = h sign(sc) ln(1 + |sc|).
pub fn sway(herding: f64, score: i64) -> f64 {
    herding * score.signum() as f64 * math::ln_1p(score.unsigned_abs() as f64)
}

/// One softmax draw over {nothing, repost, like, dislike, comment, follow}, `u` uniform in [0, 1).
pub fn choose(sight: &Sight, herding: f64, u: f64) -> Action {
    let Sight { interest: x, novelty, emotion, .. } = *sight;
    let g = sway(herding, sight.score);
    let again = if sight.met { 1.5 } else { 0.0 };
    let logits = [
        (Action::Nothing, 0.0),
        (Action::Repost, -3.2 + 3.0 * x + 1.2 * novelty + emotion - again),
        (Action::Like, -1.5 + 2.5 * x + g),
        (Action::Dislike, -2.2 - 2.0 * x - g),
        (Action::Comment, -2.5 + 1.5 * x),
        (Action::Follow, -4.0 + 2.0 * x),
    ];
    // Sways are bounded by 3 ln(1e6), so no exponential overflows.
    let weights = logits.map(|(_, logit)| math::exp(logit));
    let mut left = u * weights.iter().sum::<f64>();
    for ((action, _), weight) in logits.iter().zip(weights) {
        if left < weight {
            return *action;
        }
        left -= weight;
    }
    Action::Nothing
}

/// Where an opinion stands after a post of stance `stance`: a post of its own side draws it outwards, one of the
/// other side draws it over, more weakly.
pub fn moved(opinion: f64, stance: f64, step: f64) -> f64 {
    let same = opinion * stance > 0.0;
    let by = if same {
        step * (1.0 - opinion.abs()) * stance.abs() * stance.signum()
    } else {
        step * OPENNESS * (stance - opinion)
    };
    (opinion + by).clamp(-1.0, 1.0)
}

/// Chance of an upward vote on a claim as convincing as `quality` (logits) under the sway of its score.
pub fn votes_up(quality: f64, sway: f64) -> f64 {
    math::sigmoid(quality + sway)
}

/// How much a comment disagrees, 1..10; `u` uniform in [0, 1) sets its tone.
pub fn disagreement(quality: f64, sway: f64, u: f64) -> f64 {
    let tone = TONE * math::phi_inverse(u);
    1.0 + 9.0 * (1.0 - math::sigmoid(quality + sway + tone))
}

/// Chance of a comment by somebody this interested.
pub fn comments(interest: f64) -> f64 {
    math::sigmoid(-2.5 + 1.5 * interest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_chooses_as_often_as_the_softmax_says() {
        let sight = Sight { interest: 0.5, novelty: 1.0, emotion: 0.5, score: -3, met: false };
        let g = -0.9 * math::ln(4.0);
        let odds = [0.0, 0.0, -0.25 + g, -3.2 - g, -1.75, -3.0].map(math::exp);
        let sum: f64 = odds.iter().sum();
        let count = |action| {
            let all = (0..10_000).map(|i| choose(&sight, 0.9, (f64::from(i) + 0.5) / 10_000.0));
            all.filter(|a| *a == action).count() as f64 / 10_000.0
        };
        let actions = [
            Action::Nothing,
            Action::Repost,
            Action::Like,
            Action::Dislike,
            Action::Comment,
            Action::Follow,
        ];
        for (action, odds) in actions.into_iter().zip(odds) {
            let seen = count(action);
            assert!((seen - odds / sum).abs() < 2e-4, "{action:?} {seen} {}", odds / sum);
        }
        let again = Sight { met: true, ..sight };
        assert_eq!(choose(&again, 0.9, 0.9999), Action::Follow);
    }

    #[test]
    fn opinions_go_outwards_with_their_own_side_and_over_with_the_other() {
        assert!((moved(-0.5, -0.8, 0.1) + 0.54).abs() < 1e-12);
        assert!((moved(0.5, -0.8, 0.1) - (0.5 - 0.03 * 1.3)).abs() < 1e-12);
        assert_eq!(moved(-1.0, -1.0, 0.3), -1.0);
        assert_eq!(moved(0.0, 0.0, 0.3), 0.0);
    }

    #[test]
    fn the_first_vote_sways_the_next() {
        assert_eq!(sway(0.9, 0), 0.0);
        assert!((sway(0.9, -1) + 0.9 * math::ln(2.0)).abs() < 1e-12);
        assert!(votes_up(0.0, sway(0.9, -1)) < 0.5 && votes_up(0.0, sway(0.9, 1)) > 0.5);
        assert!((disagreement(0.0, 0.0, 0.5) - 5.5).abs() < 1e-9);
        assert!(disagreement(9.0, 0.0, 0.5) < 1.1 && disagreement(0.0, -9.0, 0.0) > 9.9);
    }
}
