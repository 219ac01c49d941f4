//! Where a reply lies in the space of meanings: a unit vector of hashed normals, right answers closer together.

use super::answer::{Asked, Moment};
use super::mind::Mind;
use super::normal;
use crate::chance::Chance;

/// Dimension of a surrogate's reply.
pub const DIMENSION: usize = 64;

pub type Embedding = [f32; DIMENSION];

/// Weights of what a reply's place is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    pub topic: f64,
    pub answer: f64,
    pub style: f64,
    pub noise: f64,
    /// Noise besides, for wrong answers only.
    pub wrong: f64,
}

impl Default for Weights {
    /// Our choice, section 7.
    fn default() -> Self {
        Self { topic: 1.0, answer: 1.0, style: 0.0, noise: 0.5, wrong: 0.5 }
    }
}

/// r = normalize(wt topic_q + we E_{q,a} + wy style + wn noise + ww noise' 1\[a wrong\]).
pub fn embed(
    asked: &Asked,
    mind: &Mind,
    answer: u32,
    moment: Moment,
    weights: &Weights,
) -> Embedding {
    let (chance, q) = (asked.chance, asked.task.id);
    let mut sum = [0.0; DIMENSION];
    add(&mut sum, chance, weights.topic, "place of a question", &[q]);
    add(&mut sum, chance, weights.answer, "place of an answer", &[q, answer]);
    add(&mut sum, chance, weights.style, "style of a family", &[mind.family]);
    add(&mut sum, chance, 0.7 * weights.style, "style of a persona", &[mind.family, mind.persona]);
    let address = [q, mind.id, moment.round, moment.turn];
    add(&mut sum, chance, weights.noise, "wording", &address);
    if answer != asked.task.truth {
        add(&mut sum, chance, weights.wrong, "wandering of a wrong reply", &address);
    }
    let norm = sum.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-12);
    sum.map(|x| (x / norm) as f32)
}

/// Adds `weight` times a vector of N(0, 1/64), the same one for the same address.
fn add(sum: &mut [f64; DIMENSION], chance: Chance, weight: f64, name: &str, address: &[u32]) {
    if weight == 0.0 {
        return;
    }
    let mut rng = chance.at(name, address);
    let scale = weight / (DIMENSION as f64).sqrt();
    sum.iter_mut().for_each(|x| *x += scale * normal(&mut rng));
}

/// Cosine of two unit vectors.
pub fn cosine(a: &Embedding, b: &Embedding) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minds::task::Exam;

    /// Mean cosine of two minds' replies over questions.
    fn mean(answers: impl Fn(&Asked) -> [u32; 2]) -> f64 {
        let chance = Chance::new(5);
        let minds = [Mind::default(), Mind { id: 1, ..Mind::default() }];
        (0..400)
            .map(|id| {
                let asked = Asked::new(chance, Exam::default().question(chance, id), 1, 2);
                let [a, b] = answers(&asked);
                let place = |i: usize, answer| {
                    embed(&asked, &minds[i], answer, Moment::default(), &Weights::default())
                };
                cosine(&place(0, a), &place(1, b))
            })
            .sum::<f64>()
            / 400.0
    }

    #[test]
    fn right_answers_lie_closer_together_than_equal_wrong_ones_and_those_than_others() {
        let right = mean(|a| [a.task.truth; 2]);
        let wrong = mean(|a| [a.task.wrong(0.0); 2]);
        let mixed = mean(|a| [a.task.truth, a.task.wrong(0.0)]);
        // Expected cosines: 2/2.25, 2/2.5, 1/sqrt(2.25 * 2.5).
        assert!((right - 0.889).abs() < 0.02, "{right}");
        assert!((wrong - 0.8).abs() < 0.02, "{wrong}");
        assert!((mixed - 0.422).abs() < 0.02, "{mixed}");
    }
}
