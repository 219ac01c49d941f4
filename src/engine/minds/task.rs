//! The four kinds of task. The truth is known to the harness and never to the rule that coordinates the minds.

use super::normal;
use crate::chance::Chance;
use crate::math;
use rand::RngExt;

/// Most skills a task can ask for.
pub const SKILLS_MAX: usize = 8;

/// A question with K options, one of them right. The place of the right one is drawn for each question, so an
/// option's number tells nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    pub id: u32,
    /// K, at least 2; an open answer has some hundreds.
    pub options: u32,
    pub truth: u32,
    /// d, logits.
    pub difficulty: f64,
    /// a.
    pub discrimination: f64,
    /// Weights of the skills, summing up to 1.
    pub skills: [f64; SKILLS_MAX],
    /// lambda: chance that a wrong answer is a distractor.
    pub distractor: f64,
    /// chi: share of distractors that are the one everybody sees, not the family's own.
    pub common: f64,
    pub topic: u32,
    /// l_q: length of the question.
    pub prompt_tokens: f64,
}

/// What questions are drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exam {
    pub options: u32,
    pub difficulty_mean: f64,
    pub difficulty_sd: f64,
    pub discrimination: f64,
    /// S.
    pub skills: u32,
    pub distractor: f64,
    pub common: f64,
    pub topics: u32,
    pub prompt_tokens: f64,
}

impl Default for Exam {
    /// Our choice: the defaults of the surrogate, section 1.
    fn default() -> Self {
        Self {
            options: 4,
            difficulty_mean: 0.0,
            difficulty_sd: 1.5,
            discrimination: 1.0,
            skills: 1,
            distractor: 0.5,
            common: 0.8,
            topics: 1,
            prompt_tokens: 120.0,
        }
    }
}

impl Exam {
    /// Question number `id`: the same for every arm.
    pub fn question(&self, chance: Chance, id: u32) -> Choice {
        let mut rng = chance.at("the question", &[id]);
        let truth = rng.random_range(0..self.options.max(2));
        let difficulty = self.difficulty_mean + self.difficulty_sd * normal(&mut rng);
        let topic = rng.random_range(0..self.topics.max(1));
        let mut skills = [0.0; SKILLS_MAX];
        let count = (self.skills as usize).clamp(1, SKILLS_MAX);
        // Flat over the simplex: normalized exponentials.
        for weight in &mut skills[..count] {
            let u: f64 = rng.random();
            *weight = -math::ln(1.0 - u) + f64::MIN_POSITIVE;
        }
        let sum: f64 = skills.iter().sum();
        skills.iter_mut().for_each(|weight| *weight /= sum);
        Choice {
            id,
            options: self.options.max(2),
            truth,
            difficulty,
            discrimination: self.discrimination,
            skills,
            distractor: self.distractor,
            common: self.common,
            topic,
            prompt_tokens: self.prompt_tokens,
        }
    }
}

impl Choice {
    /// The wrong option that a uniform number picks.
    pub fn wrong(&self, u: f64) -> u32 {
        let place = ((u * f64::from(self.options - 1)) as u32).min(self.options - 2);
        place + u32::from(place >= self.truth)
    }

    /// theta . s.
    pub fn ability(&self, theta: &[f64; SKILLS_MAX]) -> f64 {
        self.skills.iter().zip(theta).map(|(s, t)| s * t).sum()
    }
}

/// A text with aspects, some of which this query requires.
#[derive(Clone, Debug, PartialEq)]
pub struct Artifact {
    pub id: u32,
    /// n_k: whether the query requires the aspect.
    pub need: Vec<bool>,
    /// x_k in 0..1.
    pub quality: Vec<f64>,
    /// u_k: how many places can be wrong.
    pub units: Vec<u32>,
}

impl Artifact {
    /// Each aspect is needed with chance `need` (one at least is), and starts at a quality of up to `quality_max`.
    pub fn draw(
        chance: Chance,
        id: u32,
        aspects: u32,
        need: f64,
        quality_max: f64,
        units: u32,
    ) -> Self {
        let mut rng = chance.at("the artifact", &[id]);
        let sure = rng.random_range(0..aspects.max(1));
        let (mut needs, mut quality) = (Vec::new(), Vec::new());
        for aspect in 0..aspects.max(1) {
            needs.push(rng.random::<f64>() < need || aspect == sure);
            quality.push(quality_max * rng.random::<f64>());
        }
        let units = vec![units; needs.len()];
        Self { id, need: needs, quality, units }
    }

    /// Mean quality of what is needed.
    pub fn score(&self) -> f64 {
        let needed = self.need.iter().filter(|n| **n).count();
        let sum: f64 =
            self.need.iter().zip(&self.quality).filter(|(n, _)| **n).map(|(_, x)| x).sum();
        if needed == 0 { 0.0 } else { sum / needed as f64 }
    }
}

/// A flaw of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flaw {
    pub kind: u32,
    /// 1..=5.
    pub severity: u8,
}

/// A response of several units, some of them flawed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaws {
    pub id: u32,
    pub unit: Vec<Option<Flaw>>,
}

impl Flaws {
    pub fn draw(chance: Chance, id: u32, units: u32, rate: f64, kinds: u32) -> Self {
        let mut rng = chance.at("the flawed response", &[id]);
        let unit = (0..units)
            .map(|_| {
                let flawed = rng.random::<f64>() < rate;
                let flaw = Flaw {
                    kind: rng.random_range(0..kinds.max(1)),
                    severity: rng.random_range(1..=5),
                };
                flawed.then_some(flaw)
            })
            .collect();
        Self { id, unit }
    }
}

/// Steps that depend on one another.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    pub id: u32,
    pub difficulty: Vec<f64>,
    /// The earlier steps that each step depends on.
    pub needs: Vec<Vec<u32>>,
    /// T.
    pub tools: u32,
}

impl Steps {
    /// Each step depends on the one before it with chance `link`, and on each earlier one with a fifth of it.
    pub fn draw(chance: Chance, id: u32, exam: &Exam, steps: u32, link: f64, tools: u32) -> Self {
        let mut rng = chance.at("the steps", &[id]);
        let mut task = Self { id, difficulty: Vec::new(), needs: Vec::new(), tools };
        for step in 0..steps {
            task.difficulty.push(exam.difficulty_mean + exam.difficulty_sd * normal(&mut rng));
            let mut needs = Vec::new();
            for earlier in 0..step {
                let rate = if earlier + 1 == step { link } else { 0.2 * link };
                if rng.random::<f64>() < rate {
                    needs.push(earlier);
                }
            }
            task.needs.push(needs);
        }
        task
    }

    /// Which steps count: done right, and so is all they depend on.
    pub fn sound(&self, right: &[bool]) -> Vec<bool> {
        let mut sound = Vec::with_capacity(self.needs.len());
        for (step, needs) in self.needs.iter().enumerate() {
            sound.push(right[step] && needs.iter().all(|need| sound[*need as usize]));
        }
        sound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_options_number_tells_nothing_about_the_truth() {
        let exam = Exam::default();
        let mut count = [0u32; 4];
        (0..4000).for_each(|id| count[exam.question(Chance::new(3), id).truth as usize] += 1);
        assert!(count.iter().all(|c| c.abs_diff(1000) < 100), "{count:?}");
    }

    #[test]
    fn a_wrong_option_is_never_the_right_one_and_each_is_reached() {
        let mut task = Exam::default().question(Chance::new(1), 1);
        for truth in 0..4 {
            task.truth = truth;
            let mut seen: Vec<u32> = (0..30).map(|i| task.wrong(f64::from(i) / 30.0)).collect();
            seen.dedup();
            assert_eq!(seen, (0..4).filter(|o| *o != truth).collect::<Vec<_>>());
        }
    }

    #[test]
    fn skill_weights_sum_up_to_one() {
        let exam = Exam { skills: 3, ..Exam::default() };
        let task = exam.question(Chance::new(1), 9);
        assert!((task.skills.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(task.skills[3..].iter().all(|s| *s == 0.0));
    }

    #[test]
    fn a_step_is_void_if_one_it_depends_on_is_void() {
        let needs = vec![vec![], vec![0], vec![1], vec![]];
        let task = Steps { id: 0, difficulty: vec![0.0; 4], needs, tools: 0 };
        assert_eq!(task.sound(&[false, true, true, true]), [false, false, false, true]);
        assert_eq!(task.sound(&[true, true, true, false]), [true, true, true, false]);
    }

    #[test]
    fn the_score_counts_only_what_is_needed() {
        let art = Artifact {
            id: 0,
            need: vec![true, false, true],
            quality: vec![0.2, 1.0, 0.6],
            units: vec![1; 3],
        };
        assert!((art.score() - 0.4).abs() < 1e-12);
        let drawn = Artifact::draw(Chance::new(1), 5, 4, 0.0, 0.5, 3);
        assert_eq!(drawn.need.iter().filter(|n| **n).count(), 1);
    }

    #[test]
    fn flaws_come_at_their_rate() {
        let all = Flaws::draw(Chance::new(2), 0, 4000, 0.3, 3);
        let flawed = all.unit.iter().flatten().count();
        assert!(flawed.abs_diff(1200) < 90, "{flawed}");
        assert!(all.unit.iter().flatten().all(|f| (1..=5).contains(&f.severity) && f.kind < 3));
    }
}
