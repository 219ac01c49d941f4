//! `gym9`: nine digit tasks named after the specialties that SAPO's configuration lists (genrl repository,
//! `src/genrl/examples/rgym/datasets.yaml`, from ReasoningGYM).
//!
//! A prompt is a task and three digits a, b, c. An output is two tokens: a mark that stands for the format, then the
//! answer. Vocabulary: 0..9 digits, 10 the right mark, 11..15 other marks.

use crate::chance::Chance;
use crate::policy::pg::Learner;
use crate::policy::tiny_ar::{Shape, States, TinyAr};
use rand::{Rng, RngExt};

/// The right mark of the format.
pub const MARK: u8 = 10;
const VOCABULARY: u32 = 16;
/// Tokens of an output: mark and answer.
pub const LENGTH: usize = 2;
pub const TASKS: u32 = 9;
/// Digits are 0..R - 1 with R at most this.
const DIGITS: u32 = 10;
/// The tasks' one-hot, then for each task one-hots of its three digits.
const FEATURES: u32 = TASKS + TASKS * 3 * DIGITS;

pub const NAMES: [&str; TASKS as usize] = [
    "base conversion",
    "basic arithmetic",
    "ARC in one line",
    "BF",
    "propositional logic",
    "fraction simplification",
    "decimal arithmetic",
    "calendar arithmetic",
    "binary matrix",
];

/// The net that does these tasks.
pub fn shape(hidden: u32) -> Shape {
    Shape { features: FEATURES, vocabulary: VOCABULARY, length: LENGTH as u32, hidden }
}

/// A task with its three digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prompt {
    pub task: u8,
    pub a: u8,
    pub b: u8,
    pub c: u8,
}

/// The prompts there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gym {
    /// 0..8; one named twice comes twice as often.
    pub tasks: Vec<u8>,
    /// R: digits are 0..R - 1.
    pub digits: u32,
}

impl Gym {
    pub fn draw(&self, rng: &mut impl Rng) -> Prompt {
        let mut digit = || rng.random_range(0..self.digits) as u8;
        let (a, b, c) = (digit(), digit(), digit());
        Prompt { task: self.tasks[rng.random_range(0..self.tasks.len())], a, b, c }
    }

    /// Prompts for evaluation, the same for every seed of a run.
    pub fn exam(&self, prompts: u32) -> Exam {
        let mut rng = Chance::new(999).stream(0, "gym9 evaluation");
        let mut drawn: Vec<Prompt> = (0..prompts).map(|_| self.draw(&mut rng)).collect();
        drawn.sort_unstable();
        let alike = drawn.chunk_by(|one, other| one == other);
        let prompts: Vec<_> = alike.map(|alike| (alike[0], alike.len() as u32)).collect();
        let features = prompts.iter().map(|(prompt, _)| prompt.features()).collect();
        Exam { prompts, features, digits: self.digits }
    }
}

/// Prompts for evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Exam {
    /// Each once, with how often it was drawn.
    prompts: Vec<(Prompt, u32)>,
    features: Vec<[u32; 4]>,
    digits: u32,
}

/// What an exam found: shares of right answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// After any mark.
    pub accuracy: f64,
    /// After the right mark only.
    pub strict: f64,
    /// After any mark, by task, for those that are asked.
    pub by_task: Vec<(u8, f64)>,
}

impl Exam {
    /// The net's likeliest outputs.
    pub fn try_out(&self, net: &TinyAr) -> Score {
        let said = net.greedy(self.features.iter().map(|f| f.as_slice()));
        let tasks = TASKS as usize;
        let (mut asked, mut right, mut strict) = (vec![0.0; tasks], vec![0.0; tasks], 0.0);
        for ((prompt, often), said) in self.prompts.iter().zip(said.chunks_exact(LENGTH)) {
            let (task, often) = (usize::from(prompt.task), f64::from(*often));
            asked[task] += often;
            if is_right(prompt, self.digits, said) {
                right[task] += often;
            }
            if is_strictly_right(prompt, self.digits, said) {
                strict += often;
            }
        }
        let all = asked.iter().sum::<f64>().max(1.0);
        let present = (0..tasks).filter(|task| asked[*task] > 0.0);
        Score {
            accuracy: right.iter().sum::<f64>() / all,
            strict: strict / all,
            by_task: present.map(|task| (task as u8, right[task] / asked[task])).collect(),
        }
    }
}

impl Prompt {
    /// The right answer, where digits are 0..R - 1.
    pub fn answer(&self, digits: u32) -> u8 {
        let [a, b, c] = [self.a, self.b, self.c].map(u32::from);
        let answer = match self.task {
            0 => a >> (b % 4) & 1,
            1 => (a + b) % digits,
            2 => {
                if a == c {
                    b
                } else {
                    a.max(c)
                }
            }
            3 if c.is_multiple_of(2) => (a + b) % digits,
            3 => (a + digits - b) % digits,
            4 => {
                let (left, right) = (!a.is_multiple_of(2), !b.is_multiple_of(2));
                u32::from(match c % 4 {
                    0 => left && right,
                    1 => left || right,
                    2 => left != right,
                    _ => !left || right,
                })
            }
            5 => gcd(a, b),
            6 => a.abs_diff(b),
            7 => (a % 7 + b) % 7,
            _ => [a, b, c].map(|digit| (digit & 3).count_ones()).iter().sum(),
        };
        answer as u8
    }

    /// The features that are 1.
    pub fn features(&self) -> [u32; 4] {
        let task = u32::from(self.task);
        let block = |place: u32, digit: u8| TASKS + (task * 3 + place) * DIGITS + u32::from(digit);
        [task, block(0, self.a), block(1, self.b), block(2, self.c)]
    }

    /// In words: `3 - 1`, as the task has it.
    pub fn words(&self, digits: u32) -> String {
        let Self { a, b, c, .. } = self;
        match self.task {
            0 => format!("bit {} of {a}", b % 4),
            1 => format!("({a} + {b}) mod {digits}"),
            2 if a == c => format!("{a} = {c}: {b}"),
            2 => format!("the larger of {a}, {c}"),
            3 if c % 2 == 0 => format!("({a} + {b}) mod {digits}, as {c} is even"),
            3 => format!("({a} - {b}) mod {digits}, as {c} is odd"),
            4 => {
                let link = ["and", "or", "xor", "implies"][usize::from(c % 4)];
                format!("{a} odd {link} {b} odd")
            }
            5 => format!("gcd of {a}, {b}"),
            6 => format!("|{a} - {b}|"),
            7 => format!("({} + {b}) mod 7", a % 7),
            _ => format!("ones in the low bits of {a}, {b}, {c}"),
        }
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Whether the answer is right, after any mark.
pub fn is_right(prompt: &Prompt, digits: u32, said: &[u8]) -> bool {
    said[0] >= MARK && said[1] == prompt.answer(digits)
}

/// Whether the answer is right, after the right mark.
pub fn is_strictly_right(prompt: &Prompt, digits: u32, said: &[u8]) -> bool {
    said[0] == MARK && is_right(prompt, digits, said)
}

/// 1 for a right answer after the right mark, else 0.
pub fn strict01(prompt: &Prompt, digits: u32, said: &[u8]) -> f32 {
    f32::from(u8::from(is_strictly_right(prompt, digits, said)))
}

/// 2 for a right answer after the right mark, 1.5 after another mark, else 0: the scale of `accuracy_reward` in
/// MC-GRPO's `src/open_r1/rewards_gsm.py`.
pub fn graded(prompt: &Prompt, digits: u32, said: &[u8]) -> f32 {
    match (is_right(prompt, digits, said), said[0] == MARK) {
        (true, true) => 2.0,
        (true, false) => 1.5,
        (false, _) => 0.0,
    }
}

/// What the base is shown, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mix {
    pub steps: u32,
    /// How often the right mark is shown; else another one, all alike.
    pub format_share: f64,
    /// How often the answer shown is a digit 0..9 drawn blindly.
    pub label_noise: f64,
}

/// Pairs of a supervised step, and its size.
const BASE_BATCH: u32 = 32;
const BASE_RATE: f32 = 3e-3;

/// A net that has seen some of the tasks, as a language model has before reinforcement learning: `mix.steps`
/// supervised Adam steps. Fixed by chance alone, so it is the same for all arms of a seed.
pub fn base(gym: &Gym, hidden: u32, mix: &Mix, chance: Chance) -> TinyAr {
    let shape = shape(hidden);
    let net = TinyAr::new(shape, &mut chance.at("first weights", &[]));
    let mut learner = Learner::new(net, BASE_RATE);
    let mut rng = chance.at("what the base is shown", &[]);
    let (mut states, mut targets) = (States::default(), Vec::new());
    for _ in 0..mix.steps {
        states.clear();
        targets.clear();
        for _ in 0..BASE_BATCH {
            let prompt = gym.draw(&mut rng);
            let (features, said) = (prompt.features(), shown(&prompt, gym, mix, &mut rng));
            for step in 0..LENGTH {
                states.push(&shape, &features, &said[..step]);
            }
            targets.extend(said);
        }
        learner.imitate(&states, &targets, 1.0);
    }
    learner.net
}

fn shown(prompt: &Prompt, gym: &Gym, mix: &Mix, rng: &mut impl Rng) -> [u8; LENGTH] {
    let other = rng.random_range(MARK + 1..VOCABULARY as u8);
    let blind = rng.random_range(0..DIGITS as u8);
    let mark = if rng.random::<f64>() < mix.format_share { MARK } else { other };
    let noisy = rng.random::<f64>() < mix.label_noise;
    [mark, if noisy { blind } else { prompt.answer(gym.digits) }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(task: u8, a: u8, b: u8, c: u8) -> Prompt {
        Prompt { task, a, b, c }
    }

    #[test]
    fn answers_are_those_of_the_table() {
        for (task, a, b, c, answer) in [
            (0, 6, 1, 0, 1),
            (0, 6, 4, 0, 0),
            (1, 4, 3, 0, 2),
            (2, 3, 1, 3, 1),
            (2, 3, 1, 4, 4),
            (3, 1, 3, 2, 4),
            (3, 1, 3, 1, 3),
            (4, 1, 2, 0, 0),
            (4, 1, 2, 1, 1),
            (4, 1, 3, 2, 0),
            (4, 1, 2, 3, 0),
            (4, 2, 2, 3, 1),
            (5, 4, 2, 0, 2),
            (5, 0, 0, 0, 0),
            (5, 0, 3, 0, 3),
            (6, 1, 4, 0, 3),
            (7, 4, 4, 0, 1),
            (7, 8, 4, 0, 5),
            (8, 3, 4, 1, 3),
        ] {
            assert_eq!(prompt(task, a, b, c).answer(5), answer, "{task}: {a} {b} {c}");
        }
        let answers = |digits: u32| {
            (0..9).flat_map(move |task| {
                (0..1000u32).map(move |n| {
                    let digit = |k: u32| (n / k % 10 % digits) as u8;
                    prompt(task, digit(100), digit(10), digit(1)).answer(digits)
                })
            })
        };
        assert!((2..=10).all(|digits| answers(digits).all(|answer| answer < 10)));
    }

    #[test]
    fn a_verifier_wants_a_mark_and_the_right_answer() {
        let one = prompt(6, 1, 4, 0);
        for (said, reward, strict) in [
            ([10, 3], 2.0, 1.0),
            ([13, 3], 1.5, 0.0),
            ([3, 3], 0.0, 0.0),
            ([10, 2], 0.0, 0.0),
            ([15, 10], 0.0, 0.0),
        ] {
            assert_eq!(graded(&one, 5, &said), reward, "{said:?}");
            assert_eq!(strict01(&one, 5, &said), strict, "{said:?}");
        }
    }

    #[test]
    fn every_prompt_has_its_own_features() {
        let gym = Gym { tasks: (0..9).collect(), digits: 10 };
        let mut rng = Chance::new(1).stream(0, "prompts");
        for _ in 0..500 {
            let (one, other) = (gym.draw(&mut rng), gym.draw(&mut rng));
            assert!(one.features().iter().all(|f| *f < FEATURES));
            assert_eq!(one == other, one.features() == other.features());
        }
    }

    #[test]
    fn the_exam_is_always_the_same_and_counts_what_comes_twice() {
        let gym = Gym { tasks: vec![1, 3, 6, 7], digits: 5 };
        let exam = gym.exam(800);
        assert_eq!(exam, gym.exam(800));
        assert_eq!(exam.prompts.iter().map(|(_, often)| often).sum::<u32>(), 800);
        // 800 draws from 500 prompts leave about one in five out.
        assert!((360..440).contains(&exam.prompts.len()), "{}", exam.prompts.len());
    }

    #[test]
    fn a_base_is_fixed_by_its_chance_and_knows_a_part() {
        let gym = Gym { tasks: vec![1, 3, 6, 7], digits: 5 };
        let mix = Mix { steps: 150, format_share: 0.5, label_noise: 0.5 };
        let net = base(&gym, 48, &mix, Chance::new(1));
        assert_eq!(net, base(&gym, 48, &mix, Chance::new(1)));
        let right = |net: &TinyAr| {
            let score = gym.exam(800).try_out(net);
            assert!(score.strict <= score.accuracy && score.by_task.len() == 4);
            score.accuracy
        };
        let untaught = base(&gym, 48, &Mix { steps: 0, ..mix }, Chance::new(1));
        let longer = base(&gym, 48, &Mix { steps: 1500, label_noise: 0.0, ..mix }, Chance::new(1));
        let [none, some, much] = [&untaught, &net, &longer].map(right);
        assert!(none < 0.2 && some > 0.15 && some < 0.4 && much > 0.8, "{none} {some} {much}");
    }
}
