//! Updates of mc-grpo's policy at its default setting: the net, the batch and the passes of one round, without the
//! drawing of rollouts.

use super::{Work, hash, unit};
use engine::policy::pg::{Batch, Learner, Rules};
use engine::policy::tasks::gym9::{LENGTH, shape};
use engine::policy::tiny_ar::TinyAr;

const HIDDEN: u32 = 48;
const RATE: f32 = 3e-3;
/// Eight prompts, two rollouts each.
const ROLLOUTS: u32 = 16;
/// Batches that take turns, and updates of a run.
const BATCHES: u32 = 8;
const UPDATES: u32 = 20;
const RULES: Rules = Rules { epochs: 2, ..Rules::GRPO };
const WEIGHTS: u32 = 0x5a00_0000;
const DRAWS: u32 = 0x5100_0000;

pub struct Policy {
    start: TinyAr,
    learner: Learner,
    batches: Vec<Batch>,
}

impl Policy {
    pub fn new() -> Self {
        let start = TinyAr { shape: shape(HIDDEN), params: opening_weights() };
        let batches = (0..BATCHES).map(batch).collect();
        Self { learner: Learner::new(start.clone(), RATE), start, batches }
    }
}

/// Uniform, as wide as the net's own in the input rows and by its hidden units in the output matrix; biases 0.
fn opening_weights() -> Vec<f32> {
    let shape = shape(HIDDEN);
    let (rows, hidden) = (shape.rows(), HIDDEN as usize);
    let vocabulary = shape.vocabulary as usize;
    let mut weights = vec![0.0; shape.params()];
    let out = rows * hidden + hidden;
    let mut fill = |from: usize, count: usize, bound: f64| {
        for place in from..from + count {
            weights[place] = (bound * (2.0 * unit(WEIGHTS + place as u32) - 1.0)) as f32;
        }
    };
    fill(0, rows * hidden, 0.3);
    fill(out, hidden * vocabulary, 1.0 / (hidden as f64).sqrt());
    weights
}

/// Sixteen rollouts of two tokens: a task and its three digits, tokens, and an advantage in [-1, 1).
fn batch(number: u32) -> Batch {
    let shape = shape(HIDDEN);
    let mut batch = Batch::default();
    // As if an even policy over 16 symbols had drawn them.
    let log_old = [-4.0 * std::f32::consts::LN_2; LENGTH];
    for rollout in 0..ROLLOUTS {
        let prompt = DRAWS + 64 * (ROLLOUTS * number + rollout / 2);
        let task = hash(prompt) % 9;
        let digit = |place: u32| 9 + 30 * task + 10 * place + hash(prompt + 1 + place) % 10;
        let features = [task, digit(0), digit(1), digit(2)];
        let own = DRAWS + 64 * (ROLLOUTS * number + rollout) + 32;
        let tokens = [0, 1].map(|step| (hash(own + step) % shape.vocabulary) as u8);
        let advantage = (2.0 * unit(own + 2) - 1.0) as f32;
        batch.push(&shape, &features, &tokens, &log_old, advantage);
    }
    batch
}

impl Work for Policy {
    fn reset(&mut self) {
        self.learner = Learner::new(self.start.clone(), RATE);
    }

    /// Updates, of two passes each.
    fn run(&mut self) -> f64 {
        for update in 0..UPDATES {
            let batch = &self.batches[(update % BATCHES) as usize];
            self.learner.improve(batch, &RULES, &self.start);
        }
        f64::from(UPDATES)
    }

    /// How far the weights went in all updates of a run.
    fn check(&mut self) -> f64 {
        self.reset();
        self.run();
        let way = |(now, start): (&f32, &f32)| f64::from(now - start) * f64::from(now - start);
        self.learner.net.params.iter().zip(&self.start.params).map(way).sum::<f64>().sqrt()
    }
}
