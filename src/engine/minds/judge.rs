//! Judging: one core for comparing and criticizing (Thurstone 1927, case V; signal detection).
//!
//! U_i(m) = D_i 1\[a = y\] + sqrt(omega/2) alpha_{q,a} + sqrt((1-omega)/2) eps_{i,q,a,round} + leanings: what judge i
//! sees in message m with answer a. alpha is the same for all judges: a seductive wrong answer seduces everybody.

use super::answer::{Asked, Moment, Operation, Reply};
use super::mind::Mind;
use super::normal;
use super::revise::Message;
use super::task::Flaws;
use crate::math;
use rand::RngExt;

/// Which of two texts a judge prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    First,
    Second,
    Tie,
}

/// What a critic says of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Critique {
    pub flagged: bool,
    /// The critic's own answer instead.
    pub instead: Reply,
}

/// What a critic says of one unit of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    pub unit: u32,
    /// 1..=5.
    pub severity: u8,
}

impl Asked {
    /// D_i = clamp(D0 + dl (theta.s - d) - xi_D L, 0, 4).
    pub fn sharpness(&self, judge: &Mind, tokens_in: f64) -> f64 {
        let ease = self.task.ability(&judge.theta) - self.task.difficulty;
        let lost = judge.load_judging * self.load(judge, tokens_in);
        (judge.judging + judge.judging_slope * ease - lost).clamp(0.0, 4.0)
    }

    /// The worth of an answer in a judge's eyes without its leanings: the same for all texts that carry the answer.
    pub fn worth_of_answer(&self, judge: &Mind, sharpness: f64, answer: u32, round: u32) -> f64 {
        let q = self.task.id;
        let shared = normal(&mut self.chance.at("appeal of an answer", &[q, answer]));
        let own = normal(&mut self.chance.at("a judge's eye", &[q, judge.id, answer, round]));
        let right = if answer == self.task.truth { sharpness } else { 0.0 };
        right + (judge.appeal / 2.0).sqrt() * shared + ((1.0 - judge.appeal) / 2.0).sqrt() * own
    }

    /// A judge's leaning towards a text, whatever its answer.
    pub fn leaning(&self, judge: &Mind, message: &Message) -> f64 {
        let bias = &judge.bias;
        let mut lean = 0.0;
        if message.author == judge.id {
            lean += bias.own;
        }
        if message.family == judge.family {
            lean += bias.family;
        }
        if bias.length != 0.0 {
            lean += bias.length * math::ln((message.tokens / judge.reply_tokens).max(1e-3));
        }
        if message.authority {
            lean += bias.authority;
        }
        lean
    }

    /// U_i(m). A byzantine judge sees all worth in the answer that misleads most.
    pub fn worth(&self, judge: &Mind, sharpness: f64, message: &Message, round: u32) -> f64 {
        if judge.byzantine {
            return if message.answer == self.rival { 10.0 } else { 0.0 };
        }
        self.worth_of_answer(judge, sharpness, message.answer, round) + self.leaning(judge, message)
    }

    /// Prefers the first iff its worth exceeds the second's by more than the order bias; equal answers tie.
    pub fn compare(
        &self,
        judge: &Mind,
        sharpness: f64,
        pair: [&Message; 2],
        round: u32,
    ) -> Preference {
        if pair[0].answer == pair[1].answer {
            return Preference::Tie;
        }
        let worth = pair.map(|message| self.worth(judge, sharpness, message, round));
        prefer(worth, judge.bias.order)
    }

    /// Flagged iff U_i(m) < D_i + Phi^-1(f0) / sqrt 2: a right answer is flagged at rate f0.
    pub fn critique(
        &self,
        critic: &Mind,
        message: &Message,
        moment: Moment,
        tokens_in: f64,
    ) -> Critique {
        let sharpness = self.sharpness(critic, tokens_in);
        let bar = sharpness + math::phi_inverse(critic.false_alarm) / std::f64::consts::SQRT_2;
        let flagged = if critic.byzantine {
            message.answer != self.rival
        } else {
            self.worth(critic, sharpness, message, moment.round) < bar
        };
        Critique { flagged, instead: self.sample(critic, Operation::Critique, moment, tokens_in) }
    }
}

/// The verdict on two worths.
pub fn prefer(worth: [f64; 2], order: f64) -> Preference {
    if worth[0] > worth[1] + order { Preference::First } else { Preference::Second }
}

/// Phi(sqrt 2 D + Phi^-1(f0)): how often a flaw is found.
pub fn hit_rate(sharpness: f64, false_alarm: f64) -> f64 {
    math::phi(std::f64::consts::SQRT_2 * sharpness + math::phi_inverse(false_alarm))
}

/// Unit by unit: hits at `hit_rate`, false alarms at f0.
pub fn find_flaws(
    chance: crate::chance::Chance,
    critic: &Mind,
    sharpness: f64,
    response: &Flaws,
    moment: Moment,
) -> Vec<Finding> {
    let address = [response.id, critic.id, moment.round, moment.turn];
    let mut rng = chance.at("a critic's search for flaws", &address);
    let hit = hit_rate(sharpness, critic.false_alarm);
    let mut found = Vec::new();
    for (unit, flaw) in response.unit.iter().enumerate() {
        // Each unit takes three numbers whatever comes of them.
        let (seen, wobble, low): (f64, f64, u8) =
            (rng.random(), normal(&mut rng), rng.random_range(1..=3));
        let rate = if flaw.is_some() { hit } else { critic.false_alarm };
        if seen < rate {
            let severity = match flaw {
                Some(flaw) => {
                    (f64::from(flaw.severity) + 0.8 * wobble).round().clamp(1.0, 5.0) as u8
                }
                None => low,
            };
            found.push(Finding { unit: unit as u32, severity });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::minds::task::Exam;

    const QUESTIONS: u32 = 20_000;

    fn message(answer: u32) -> Message {
        Message { author: 99, family: 99, ..Message::of(answer) }
    }

    /// Shares of questions at which two judges of equal sharpness prefer the right answer, and both do.
    fn preferences(sharpness: f64, appeal: f64) -> (f64, f64) {
        let chance = Chance::new(4);
        let exam = Exam::default();
        let judge = |id| Mind { id, appeal, ..Mind::default() };
        let (first, second) = (judge(0), judge(1));
        let mut asked = Asked::new(chance, exam.question(chance, 0), 1, 2);
        let (mut one, mut both) = (0u32, 0u32);
        for id in 0..QUESTIONS {
            asked.put(exam.question(chance, id));
            let texts = [message(asked.task.truth), message(asked.task.wrong(0.5))];
            let pair = [&texts[0], &texts[1]];
            let likes = |judge| asked.compare(judge, sharpness, pair, 1) == Preference::First;
            one += u32::from(likes(&first));
            both += u32::from(likes(&first) && likes(&second));
        }
        (f64::from(one) / f64::from(QUESTIONS), f64::from(both) / f64::from(QUESTIONS))
    }

    #[test]
    fn the_right_one_of_two_is_preferred_at_phi_of_the_sharpness() {
        for sharpness in [0.0, 0.8, 1.6] {
            let (one, _) = preferences(sharpness, 0.3);
            assert!((one - math::phi(sharpness)).abs() < 0.012, "{sharpness}: {one}");
        }
    }

    #[test]
    fn two_judges_preferences_correlate_by_the_common_appeal() {
        for omega in [0.0, 0.3, 0.8] {
            let (_, both) = preferences(0.8, omega);
            let expected = crate::minds::calibrate::phi2(0.8, omega);
            assert!((both - expected).abs() < 0.012, "{omega}: {both} {expected}");
        }
    }

    #[test]
    fn critiques_have_the_stated_false_alarms_and_hits() {
        let chance = Chance::new(6);
        let exam = Exam { difficulty_sd: 0.0, ..Exam::default() };
        let critic = Mind { load_judging: 0.0, false_alarm: 0.15, ..Mind::default() };
        let mut asked = Asked::new(chance, exam.question(chance, 0), 1, 1);
        let (mut alarms, mut hits) = (0.0, 0.0);
        for id in 0..QUESTIONS {
            asked.put(exam.question(chance, id));
            let flags = |answer| {
                asked.critique(&critic, &message(answer), Moment::default(), 0.0).flagged as u8
            };
            alarms += f64::from(flags(asked.task.truth));
            hits += f64::from(flags(asked.task.wrong(0.1)));
        }
        let n = f64::from(QUESTIONS);
        let expected = hit_rate(asked.sharpness(&critic, 0.0), 0.15);
        assert!((alarms / n - 0.15).abs() < 0.01, "{}", alarms / n);
        assert!((hits / n - expected).abs() < 0.012, "{} {expected}", hits / n);
    }

    #[test]
    fn flaws_are_found_and_invented_at_the_stated_rates() {
        let chance = Chance::new(8);
        let response = Flaws::draw(chance, 1, 20_000, 0.4, 2);
        let critic = Mind { false_alarm: 0.2, ..Mind::default() };
        let found = find_flaws(chance, &critic, 0.9, &response, Moment::default());
        let flawed = response.unit.iter().flatten().count() as f64;
        let hits = found.iter().filter(|f| response.unit[f.unit as usize].is_some()).count() as f64;
        let alarms = found.len() as f64 - hits;
        assert!((hits / flawed - hit_rate(0.9, 0.2)).abs() < 0.015);
        assert!((alarms / (20_000.0 - flawed) - 0.2).abs() < 0.015);
        assert!(found.iter().all(|f| (1..=5).contains(&f.severity)));
    }

    #[test]
    fn leanings_tip_the_scale_and_equal_answers_tie() {
        let chance = Chance::new(4);
        let asked = Asked::new(chance, Exam::default().question(chance, 0), 1, 1);
        let mut judge = Mind::default();
        judge.bias.authority = 50.0;
        let wrong = Message { authority: true, ..message(asked.task.wrong(0.2)) };
        let right = message(asked.task.truth);
        assert_eq!(asked.compare(&judge, 1.0, [&right, &wrong], 0), Preference::Second);
        assert_eq!(asked.compare(&judge, 1.0, [&right, &right], 0), Preference::Tie);
    }
}
