//! A question put to a society, and how a mind answers it.
//!
//! p = c + (1 - c) / (1 + exp(-a (theta_eff - d))); z = sum of sqrt(share) times its luck; right iff Phi(z) < p.

use super::mind::Mind;
use super::task::Choice;
use super::{Luck, normal};
use crate::chance::Chance;
use crate::math;
use rand::{Rng, RngExt};

/// What came out of a mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Option(u32),
    /// Withheld; counts as wrong.
    Abstain,
    /// Not readable; counts as wrong.
    Garbled,
}

impl Said {
    /// What can be voted for.
    pub fn option(self) -> Option<u32> {
        match self {
            Said::Option(option) => Some(option),
            Said::Abstain | Said::Garbled => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reply {
    pub said: Said,
    /// 0..1, as the mind states it.
    pub confidence: f64,
}

/// When a mind does something: part of the address of its luck. `turn` tells things of one round apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    pub round: u32,
    pub turn: u32,
}

/// What the luck is for: no operation shares a draw with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Answer,
    Critique,
    Revise,
    Reflect,
}

/// One question with the luck that minds share on it. Made once for a society and reused, question after question.
#[derive(Clone, Debug)]
pub struct Asked {
    pub(crate) chance: Chance,
    pub task: Choice,
    global: Luck,
    /// The distractor that everybody sees.
    pub rival: u32,
    /// By family: its luck, and the distractor of its own.
    families: Vec<(Luck, u32)>,
    /// By mind.
    own: Vec<Luck>,
}

impl Asked {
    /// Families are numbered below `families`, minds below `minds`.
    pub fn new(chance: Chance, task: Choice, families: u32, minds: u32) -> Self {
        let mut asked = Self {
            chance,
            task,
            global: Luck::default(),
            rival: 0,
            families: vec![Default::default(); families as usize],
            own: vec![Luck::default(); minds as usize],
        };
        asked.put(task);
        asked
    }

    /// Asks the next question. Each piece of luck has a fixed place in its question's streams.
    pub fn put(&mut self, task: Choice) {
        self.task = task;
        let mut rng = self.chance.at("luck of all minds", &[task.id]);
        self.global = Luck::draw(&mut rng);
        self.rival = task.wrong(rng.random());
        let mut rng = self.chance.at("luck of the families", &[task.id]);
        for (luck, rival) in &mut self.families {
            *luck = Luck::draw(&mut rng);
            *rival = task.wrong(rng.random());
        }
        let mut rng = self.chance.at("a mind's own luck", &[task.id]);
        self.own.iter_mut().for_each(|luck| *luck = Luck::draw(&mut rng));
    }

    /// L = log2(1 + tokens / 1000), where the window's limit is what is read at most.
    pub fn load(&self, mind: &Mind, tokens_in: f64) -> f64 {
        math::log2(1.0 + tokens_in.min(mind.window_tokens) / 1000.0)
    }

    /// Chance to be right, before any correlation.
    pub fn p(&self, mind: &Mind, tokens_in: f64) -> f64 {
        let task = &self.task;
        let theta = task.ability(&mind.theta) - mind.load_ability * self.load(mind, tokens_in);
        let floor = mind.floor.unwrap_or(1.0 / f64::from(task.options));
        let item = math::sigmoid(task.discrimination * (theta - task.difficulty));
        (floor + (1.0 - floor) * item).clamp(1e-6, 1.0 - 1e-6)
    }

    /// A sample of the mind's answer, having read `tokens_in`.
    pub fn answer(&self, mind: &Mind, moment: Moment, tokens_in: f64) -> Reply {
        self.sample(mind, Operation::Answer, moment, tokens_in)
    }

    pub(crate) fn sample(
        &self,
        mind: &Mind,
        what: Operation,
        moment: Moment,
        tokens_in: f64,
    ) -> Reply {
        let address = [self.task.id, mind.id, what as u32, moment.round, moment.turn];
        let mut rng = self.chance.at("a sample of a mind", &address);
        let fresh = Luck::draw(&mut rng);
        let sources = [
            (mind.shares.global, self.global),
            (mind.shares.family, self.families[mind.family as usize].0),
            (mind.shares.own, self.own[mind.id as usize]),
            (mind.shares.fresh().max(0.0), fresh),
        ];
        let z: f64 = sources.iter().map(|(share, luck)| share.sqrt() * luck.z).sum();
        let right = !mind.byzantine && math::phi(z) < self.p(mind, tokens_in);
        let option = match (right, mind.byzantine) {
            (true, _) => self.task.truth,
            (_, true) => self.rival,
            _ => self.wrong(mind, &sources, rng.random()),
        };
        let sign = if right { 1.0 } else { -1.0 };
        let logit = mind.overconfidence + mind.validity * sign + 0.7 * normal(&mut rng);
        let withheld = !right && !mind.byzantine && rng.random::<f64>() < mind.abstain;
        let garbled =
            mind.garble > 0.0 && rng.random::<f64>() < mind.garble * self.load(mind, tokens_in);
        let said = match (garbled, withheld) {
            (true, _) => Said::Garbled,
            (_, true) => Said::Abstain,
            _ => Said::Option(option),
        };
        Reply { said, confidence: math::sigmoid(logit) }
    }

    /// A wrong answer: a source of luck by its share, then a distractor or any wrong option.
    fn wrong(&self, mind: &Mind, sources: &[(f64, Luck); 4], pick: f64) -> u32 {
        let mut left = pick;
        let mut luck = sources[3].1;
        for (share, source) in sources {
            if left < *share {
                luck = *source;
                break;
            }
            left -= share;
        }
        let [is_distractor, is_common, which] = luck.u;
        match (is_distractor < self.task.distractor, is_common < self.task.common) {
            (true, true) => self.rival,
            (true, false) => self.families[mind.family as usize].1,
            _ => self.task.wrong(which),
        }
    }

    /// Whether a decision is right; no decision is wrong.
    pub fn right(&self, decision: Option<u32>) -> bool {
        decision == Some(self.task.truth)
    }

    /// For breaking ties between options: a number that knows nothing of the truth.
    pub fn tie_order(&self, option: u32) -> u64 {
        self.chance.at("order among equals", &[self.task.id, option]).next_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minds::mind::Shares;
    use crate::minds::task::Exam;

    const FIRST: Moment = Moment { round: 0, turn: 0 };

    /// Over many questions: calls `look` with each question and its p.
    fn over(questions: u32, exam: Exam, families: u32, minds: u32, mut look: impl FnMut(&Asked)) {
        let chance = Chance::new(11);
        let mut asked = Asked::new(chance, exam.question(chance, 0), families, minds);
        for id in 0..questions {
            asked.put(exam.question(chance, id));
            look(&asked);
        }
    }

    #[test]
    fn marginal_accuracy_is_p_for_every_share_vector() {
        for (g, f, o) in [(0.1, 0.25, 0.3), (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.5, 0.5)] {
            let shares = Shares::new(g, f, o).unwrap();
            let mind = Mind { shares, ..Mind::default() }.able(0.3);
            let (mut right, mut expected) = (0.0, 0.0);
            over(20_000, Exam::default(), 1, 1, |asked| {
                expected += asked.p(&mind, 0.0);
                right +=
                    f64::from(u8::from(asked.right(asked.answer(&mind, FIRST, 0.0).said.option())));
            });
            let gap: f64 = (right - expected) / 20_000.0;
            assert!(gap.abs() < 0.01, "shares {g} {f} {o}: {gap}");
        }
    }

    #[test]
    fn a_wrong_answer_is_the_common_distractor_as_often_as_stated() {
        let exam = Exam { distractor: 0.6, common: 1.0, options: 5, ..Exam::default() };
        let mind = Mind::default().able(-1.0);
        let (mut wrong, mut rival) = (0.0, 0.0);
        over(20_000, exam, 1, 1, |asked| {
            let said = asked.answer(&mind, FIRST, 0.0).said.option();
            if !asked.right(said) {
                wrong += 1.0;
                rival += f64::from(u8::from(said == Some(asked.rival)));
            }
        });
        let expected = 0.6 + 0.4 / 4.0;
        assert!((rival / wrong - expected).abs() < 0.012, "{} {expected}", rival / wrong);
    }

    /// Share of questions of one difficulty that both minds get right, against Phi2 of the stated correlation.
    #[test]
    fn latent_correlations_are_the_sums_of_the_common_shares() {
        let exam = Exam { difficulty_sd: 0.0, ..Exam::default() };
        let mind = |id: u32, family: u32| Mind { id, family, ..Mind::default() };
        let pairs = [
            (mind(0, 0), mind(1, 0), FIRST, 0.35),
            (mind(0, 0), mind(1, 1), FIRST, 0.10),
            (mind(0, 0), mind(0, 0), Moment { round: 0, turn: 1 }, 0.65),
        ];
        for (a, b, later, rho) in pairs {
            let (mut both, mut p) = (0.0, 0.0);
            over(20_000, exam, 2, 2, |asked| {
                let right = |mind, at| asked.right(asked.answer(mind, at, 0.0).said.option());
                both += f64::from(u8::from(right(&a, FIRST) && right(&b, later)));
                p = asked.p(&a, 0.0);
            });
            let expected = crate::minds::calibrate::phi2(math::phi_inverse(p), rho);
            assert!((both / 20_000.0 - expected).abs() < 0.01, "rho {rho}: {both} {expected}");
        }
    }

    #[test]
    fn the_first_answer_does_not_depend_on_who_else_is_asked() {
        let chance = Chance::new(5);
        let task = Exam::default().question(chance, 3);
        let mind = Mind { id: 1, ..Mind::default() };
        let few = Asked::new(chance, task, 1, 2).answer(&mind, FIRST, 0.0);
        let many = Asked::new(chance, task, 9, 90).answer(&mind, FIRST, 0.0);
        assert_eq!(few, many);
    }

    #[test]
    fn a_wrong_answer_is_withheld_at_its_rate_and_a_right_one_never() {
        let mind = Mind { abstain: 0.4, ..Mind::default() };
        let open = Mind::default();
        let (mut wrong, mut withheld) = (0.0, 0.0);
        over(10_000, Exam::default(), 1, 1, |asked| {
            let free = asked.answer(&open, FIRST, 0.0).said;
            let said = asked.answer(&mind, FIRST, 0.0).said;
            if asked.right(free.option()) {
                assert_eq!(said, free);
            } else {
                wrong += 1.0;
                withheld += f64::from(u8::from(said == Said::Abstain));
            }
        });
        assert!((withheld / wrong - 0.4).abs() < 0.02, "{}", withheld / wrong);
    }

    /// `cargo test --release -p engine -- --ignored --nocapture million`: the plan asks for a million on a free core.
    #[test]
    #[ignore = "a measurement: other work on the machine would make it fail"]
    fn a_core_gives_a_million_answers_a_second() {
        // The engine has no clock; its tests may have one.
        #[allow(clippy::disallowed_types)]
        use std::time::Instant;
        let exam = Exam::default();
        let minds: Vec<Mind> =
            (0..7).map(|id| Mind { id, family: id, ..Mind::default() }.able(0.2)).collect();
        #[allow(clippy::disallowed_types)]
        let start = Instant::now();
        let mut right = 0u32;
        over(50_000, exam, 7, 7, |asked| {
            for mind in &minds {
                right += u32::from(asked.right(asked.answer(mind, FIRST, 0.0).said.option()));
            }
        });
        let rate = 350_000.0 / start.elapsed().as_secs_f64();
        println!("{:.2} million answers a second ({right} right)", rate / 1e6);
        assert!(rate > 1e6, "{rate} answers a second");
    }
}
