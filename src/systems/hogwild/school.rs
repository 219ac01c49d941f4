//! Teaching the net: Adam on traces, the same bits on every machine.

use super::traces::{Mix, draw};
use super::words::*;
use crate::Files;
use engine::chance::Chance;
use engine::math;
use engine::policy::net::{Adam, clip};
use engine::tensor::transformer::pass::Pass;
use engine::tensor::transformer::{Shape, store};
use lexicon::Fault;

/// The tiny net: three layers, 64 numbers a word, four heads, 256 hidden units.
pub const SHAPE: Shape = Shape { layers: 3, width: 64, heads: 4, hidden: 256, symbols: SYMBOLS };
/// The longest view that training shows.
pub const CONTEXT: usize = 256;
/// Traces that one pass takes, so that what it leaves stays near.
const TOGETHER: usize = 4;
/// Most items of a problem over the course: few at first, all in the second half. Our choice: with all from the start
/// the net takes several times as long to learn what is still to be done.
const COURSE: [(f64, usize); 4] = [(0.15, 5), (0.3, 8), (0.5, 13), (1.0, 20)];
/// The slope is cut to this length.
const CLIP: f32 = 1.0;

/// The nets that were taught by `murmur train hogwild`.
const STRICT: &[u8] = include_bytes!("strict.bin");
const STANDARD: &[u8] = include_bytes!("standard.bin");
/// What training draws from: a seed for tuning, never judged.
const SALT: u64 = 1_707;

/// Weights as shipped.
pub fn shipped(strict: bool) -> Result<Vec<f32>, Fault> {
    store::decode(if strict { STRICT } else { STANDARD }, &SHAPE)
}

/// Sequential text alone, problems growing.
pub const FIRST: Plan =
    Plan { mix: Mix::Strict, steps: 6_000, words: 2_400, rate: 0.002, course: true, warm: 100 };
/// The same net, taught on with unfinished work of others.
pub const SECOND: Plan =
    Plan { mix: Mix::Standard, steps: 2_500, words: 2_400, rate: 0.001, course: false, warm: 100 };
/// In the page: short, so not as good.
pub const QUICK: Plan =
    Plan { mix: Mix::Standard, steps: 1_500, words: 1_200, rate: 0.002, course: true, warm: 100 };

/// Teaches both nets from nothing, the same bits on every machine, and marks what will be shipped.
pub fn teach(tell: &mut dyn FnMut(&str)) -> Result<Files, Fault> {
    let chance = Chance::new(SALT);
    let mut weights = SHAPE.init(chance);
    let mut files = Vec::new();
    for (name, plan, salt) in [("strict.bin", FIRST, 1), ("standard.bin", SECOND, 2)] {
        let mut school = School::new(plan, weights, Chance::new(SALT + salt));
        let mut loss = 0.0;
        for step in 1..=plan.steps {
            loss += school.lesson()? / 100.0;
            if step % 100 == 0 {
                tell(&format!(
                    "{name}: lesson {step} of {}, loss {loss:.3} nats a word",
                    plan.steps
                ));
                loss = 0.0;
            }
        }
        weights = school.weights;
        let file = store::encode(&SHAPE, &weights);
        let marks = examine(&store::decode(&file, &SHAPE)?, plan.mix, 500, chance)?;
        let Marks { results, letters, ends, drops } = marks;
        tell(&format!(
            "{name}: results {results:.4}, letters {letters:.4}, ends {ends:.4}, drops {drops:.4}"
        ));
        files.push((name, file));
    }
    Ok(files)
}

/// How a net is taught.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub mix: Mix,
    pub steps: u32,
    /// Traces are drawn until a step has so many words.
    pub words: usize,
    pub rate: f32,
    /// Problems grow over the course; else they have all sizes from the start.
    pub course: bool,
    /// Steps over which the rate rises.
    pub warm: u32,
}

/// A net under instruction.
pub struct School {
    pub plan: Plan,
    pub weights: Vec<f32>,
    /// Steps taken.
    pub step: u32,
    adam: Adam,
    pass: Pass,
    chance: Chance,
}

impl School {
    pub fn new(plan: Plan, weights: Vec<f32>, chance: Chance) -> Self {
        let adam = Adam::new(weights.len(), plan.rate);
        Self { plan, weights, step: 0, adam, pass: Pass::new(SHAPE), chance }
    }

    /// The rate of the step to come: a rise, then half a cosine down to nothing.
    fn rate(&self) -> f32 {
        let Plan { steps, warm, rate, .. } = self.plan;
        if self.step < warm {
            return rate * (self.step + 1) as f32 / warm as f32;
        }
        let part = f64::from(self.step - warm) / f64::from((steps - warm).max(1));
        rate * (0.5 + 0.5 * math::cos(part * std::f64::consts::PI)) as f32
    }

    fn items_max(&self) -> usize {
        let part = f64::from(self.step) / f64::from(self.plan.steps);
        let stage = COURSE.iter().find(|(end, _)| self.plan.course && part < *end);
        stage.map_or(20, |(_, items)| *items)
    }

    /// One step; the mean loss a word that is asked for, in nats.
    pub fn lesson(&mut self) -> Result<f64, Fault> {
        let mut rng = self.chance.at("traces", &[self.step]);
        let items_max = self.items_max();
        let (mut traces, mut words) = (Vec::new(), 0);
        while words < self.plan.words {
            let trace = draw(self.plan.mix, items_max, &mut rng);
            words += trace.words.len();
            traces.push(trace);
        }
        let asked: f32 = traces.iter().map(|t| t.targets.iter().sum::<f32>()).sum();
        self.pass.gradient.fill(0.0);
        let mut loss = 0.0;
        for group in traces.chunks(TOGETHER) {
            let lengths: Vec<usize> = group.iter().map(|t| t.words.len()).collect();
            let words: Vec<u8> = group.iter().flat_map(|t| t.words.iter().copied()).collect();
            let targets: Vec<f32> = group.iter().flat_map(|t| t.targets.iter().copied()).collect();
            self.pass.forward(&self.weights, &words, &lengths)?;
            loss += self.pass.loss(&targets, asked);
            self.pass.backward(&self.weights);
        }
        let length = clip(&mut self.pass.gradient, CLIP);
        if !loss.is_finite() || !length.is_finite() {
            return Err(Fault::Diverged { what: "the loss".into(), round: self.step });
        }
        self.adam.rate = self.rate();
        self.adam.step(&mut self.weights, &self.pass.gradient);
        self.step += 1;
        Ok(loss)
    }
}

/// How often the net is right where a trace asks for one thing, and how much weight it gives to what is allowed where
/// several letters are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks {
    /// Results right, of those asked.
    pub results: f64,
    /// Weight on letters that may be chosen.
    pub letters: f64,
    /// `END` said where it should be.
    pub ends: f64,
    /// Weight on dropping a letter that another has begun as well; a half is taught.
    pub drops: f64,
}

/// Marks over fresh traces.
pub fn examine(weights: &[f32], mix: Mix, traces: u32, chance: Chance) -> Result<Marks, Fault> {
    let mut pass = Pass::new(SHAPE);
    let mut sums = [[0.0f64; 2]; 4];
    for number in 0..traces {
        let trace = draw(mix, 20, &mut chance.at("examination", &[number]));
        pass.forward(weights, &trace.words, &[trace.words.len()])?;
        let rows = pass.logits.chunks_exact(SYMBOLS).zip(trace.targets.chunks_exact(SYMBOLS));
        for (row, (logits, target)) in rows.enumerate() {
            let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let weight: Vec<f64> = logits.iter().map(|z| math::exp(f64::from(z - top))).collect();
            let total: f64 = weight.iter().sum();
            let allowed: f64 =
                weight.iter().zip(target).filter(|(_, t)| **t > 0.0).map(|(w, _)| w).sum();
            let mut mark = |kind: usize, value: f64| {
                sums[kind][0] += value;
                sums[kind][1] += 1.0;
            };
            let sure = |word: usize| target[word] > 0.99;
            if trace.words[row] == EQUALS && (0..10).any(sure) {
                let right = logits.iter().position(|z| *z == top).is_some_and(sure);
                mark(0, f64::from(u8::from(right)));
            } else if target[usize::from(LETTER)..usize::from(EQUALS)].iter().any(|t| *t > 0.0) {
                mark(1, allowed / total);
            } else if sure(usize::from(END)) {
                mark(2, weight[usize::from(END)] / total);
            } else if target[usize::from(STOP)] > 0.0 && target[usize::from(STOP)] < 0.99 {
                mark(3, weight[usize::from(STOP)] / total);
            }
        }
    }
    let [results, letters, ends, drops] = sums.map(|[sum, count]| sum / count.max(1.0));
    Ok(Marks { results, letters, ends, drops })
}
