//! The program that runs on a peer: the training loops of PCCL's examples (`python/examples/nanogpt_diloco`), as a state
//! machine between calls and what they come back with.

use super::hash::hash;
use super::protocol::{Call, Offer, Return};
use engine::chance::Chance;
use engine::data::bytes::windows;
use engine::federated::diloco::{AdamW, Moments, Outer, pseudo_gradient};
use engine::network::Floats;
use engine::tensor::lm;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loop {
    /// Gradients are averaged in every step.
    Ddp,
    Diloco,
    /// The all-reduce of one outer step runs while the next one is computed.
    Async,
}

/// What all workers of a run have in common.
#[derive(Clone, Debug)]
pub struct Recipe {
    pub what: Loop,
    pub inner_steps: u32,
    pub batch: u32,
    pub inner: AdamW,
    pub outer: Outer,
    /// Newcomers get the group's state.
    pub syncs: bool,
    /// Does nothing until so many peers are there: 2, or all of them where membership is fixed.
    pub quorum: u32,
    pub chance: Chance,
}

/// What the worker waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// To be accepted.
    Joining,
    Resting,
    AsksPending,
    /// Asynchronous: newcomers wait until the running reduce has ended.
    Lets,
    Accepting,
    Optimizing,
    Syncing {
        again: bool,
    },
    Computing,
    Reducing,
    Stopped,
}

/// What it wants next.
#[derive(Clone, Debug, PartialEq)]
pub enum Want {
    Call(Call),
    /// So many inner steps of computing.
    Compute(u32),
    /// A moment's rest before it looks again for others.
    Rest,
    /// One update of the shared weights is applied.
    Applied,
    /// The reduce was undone and is tried again.
    Retry,
    /// Work that no update came of.
    LostSteps(u32),
    /// Nobody holds the shared state any more.
    StateLost,
}

/// An all-reduce in the background.
#[derive(Clone, Debug, PartialEq)]
enum Background {
    None,
    Running,
    Came(Vec<f32>),
}

#[derive(Clone, Debug)]
pub struct Worker {
    pub slot: u32,
    pub stage: Stage,
    /// Shared: the weights, and the outer momentum (DDP: the two moments of AdamW).
    pub weights: Vec<f32>,
    pub velocity: Vec<f32>,
    moments: Moments,
    local: Vec<f32>,
    /// Updates that the shared weights have seen.
    pub updates: u32,
    revision: Option<u32>,
    newcomer: bool,
    background: Background,
    batches: u32,
}

impl Worker {
    pub fn new(slot: u32, weights: Vec<f32>, newcomer: bool) -> Self {
        let params = weights.len();
        Self {
            slot,
            stage: Stage::Joining,
            velocity: vec![0.0; params],
            moments: Moments::new(params),
            local: weights.clone(),
            weights,
            updates: 0,
            revision: None,
            newcomer,
            background: Background::None,
            batches: 0,
        }
    }

    /// Whether it has ever agreed with others on the shared state.
    pub fn has_agreed(&self) -> bool {
        self.revision.is_some()
    }

    /// Whether it began after the group and has not taken the group's state over.
    pub fn is_newcomer(&self) -> bool {
        self.newcomer
    }

    /// The shared tensors in their order.
    pub fn tensors(&self, what: Loop) -> Vec<&[f32]> {
        match what {
            Loop::Ddp => vec![&self.weights, &self.moments.first, &self.moments.second],
            _ => vec![&self.weights, &self.velocity],
        }
    }

    pub fn hashes(&self, what: Loop) -> Vec<u32> {
        self.tensors(what).into_iter().map(hash).collect()
    }

    /// Takes tensors of the shared state over; whether they have the hashes that they should (none: not checked).
    pub fn take(
        &mut self,
        what: Loop,
        tensors: Vec<(u32, Floats)>,
        updates: u32,
        hashes: &[u32],
    ) -> bool {
        for (number, values) in tensors {
            let place = match (number, what) {
                (0, _) => &mut self.weights,
                (1, Loop::Ddp) => &mut self.moments.first,
                (2, Loop::Ddp) => &mut self.moments.second,
                (1, _) => &mut self.velocity,
                _ => continue,
            };
            if place.len() == values.0.len() {
                *place = values.0;
            }
        }
        self.updates = updates;
        self.newcomer = false;
        hashes.is_empty() || self.hashes(what) == hashes
    }

    /// AdamW's powers of beta, for a state that was taken over: they depend on the count of steps alone.
    pub fn age(&mut self, betas: [f32; 2]) {
        self.moments.decayed = [1.0; 2];
        for _ in 0..self.updates {
            self.moments.decayed[0] *= f64::from(betas[0]);
            self.moments.decayed[1] *= f64::from(betas[1]);
        }
    }

    /// The state of a checkpoint.
    pub fn restore(&mut self, weights: Vec<f32>, velocity: Vec<f32>, updates: u32) {
        self.weights = weights;
        self.velocity = velocity;
        self.updates = updates;
    }

    /// A call came back; `world` accepted peers are known.
    pub fn back(&mut self, with: Return, world: u32, recipe: &Recipe, out: &mut Vec<Want>) {
        match with {
            Return::Joined => self.call(Stage::Optimizing, Call::Optimize, out),
            Return::Pending { any: true } if self.background == Background::Running => {
                self.stage = Stage::Lets
            }
            Return::Pending { any: true } => self.call(Stage::Accepting, Call::Accept, out),
            Return::Pending { any: false } => self.settled(world, false, recipe, out),
            Return::Optimized => self.settled(world, true, recipe, out),
            Return::Agreed { revision, whole: true } => {
                self.revision = Some(revision);
                self.agreed(recipe, out);
            }
            Return::Agreed { whole: false, .. } if world < recipe.quorum => self.rest(out),
            Return::Agreed { whole: false, .. } => self.sync(recipe, out),
            Return::Refused(_) => {
                self.stage = Stage::Stopped;
                out.push(Want::StateLost);
            }
            Return::Reduced { values, whole } if recipe.what == Loop::Async => {
                self.background_ended(values, whole, world, recipe, out);
            }
            Return::Reduced { values, whole: true } => {
                self.apply(&values.0, recipe, out);
                self.begin(out);
            }
            Return::Reduced { values, .. } if world >= recipe.quorum => {
                out.push(Want::Retry);
                self.call(Stage::Reducing, Call::Reduce(values), out);
            }
            Return::Reduced { .. } => {
                out.push(Want::LostSteps(self.steps_per_update(recipe)));
                self.rest(out);
            }
        }
    }

    /// The rest is over.
    pub fn rested(&mut self, out: &mut Vec<Want>) {
        if self.stage == Stage::Resting {
            self.begin(out);
        }
    }

    /// The computing time is over: now the arithmetic is done. Gives the mean training loss.
    pub fn computed(
        &mut self,
        world: u32,
        recipe: &Recipe,
        text: &[u8],
        space: &mut lm::Workspace,
        out: &mut Vec<Want>,
    ) -> f64 {
        let mut total = 0.0;
        let steps = self.steps_per_update(recipe);
        for _ in 0..steps {
            let batch = windows(
                text,
                recipe.batch as usize,
                lm::CONTEXT,
                recipe.chance,
                &[self.slot, self.batches],
            );
            self.batches += 1;
            total += lm::gradient(&self.local, &batch, space);
            if recipe.what != Loop::Ddp {
                recipe.inner.step(&mut self.local, &space.gradient, &mut self.moments);
            }
        }
        let column = match recipe.what {
            Loop::Ddp => space.gradient.clone(),
            _ => pseudo_gradient(&self.weights, &self.local),
        };
        if recipe.what == Loop::Async {
            self.boundary(column, world, recipe, out);
        } else {
            self.call(Stage::Reducing, Call::Reduce(Floats(column)), out);
        }
        total / f64::from(steps)
    }

    fn steps_per_update(&self, recipe: &Recipe) -> u32 {
        if recipe.what == Loop::Ddp { 1 } else { recipe.inner_steps }
    }

    fn call(&mut self, stage: Stage, call: Call, out: &mut Vec<Want>) {
        self.stage = stage;
        out.push(Want::Call(call));
    }

    fn begin(&mut self, out: &mut Vec<Want>) {
        self.call(Stage::AsksPending, Call::Pending, out);
    }

    fn rest(&mut self, out: &mut Vec<Want>) {
        self.stage = Stage::Resting;
        out.push(Want::Rest);
    }

    /// It is known who takes part; `changed`: others than before.
    fn settled(&mut self, world: u32, changed: bool, recipe: &Recipe, out: &mut Vec<Want>) {
        if world < recipe.quorum {
            // A pending result of others is of no use to who is alone.
            self.rest(out);
        } else if recipe.syncs && (changed || recipe.what != Loop::Async) {
            self.stage = Stage::Syncing { again: false };
            self.sync(recipe, out);
        } else {
            if changed {
                self.apply_background(recipe, out);
            }
            self.compute(recipe, out);
        }
    }

    fn sync(&mut self, recipe: &Recipe, out: &mut Vec<Want>) {
        let revision = self.revision.map_or(0, |r| r + 1);
        let offer =
            Offer { revision, hashes: self.hashes(recipe.what), receive_only: self.newcomer };
        out.push(Want::Call(Call::Sync(offer)));
    }

    fn agreed(&mut self, recipe: &Recipe, out: &mut Vec<Want>) {
        let first = self.stage == Stage::Syncing { again: false };
        self.newcomer = false;
        if recipe.what == Loop::Async && first {
            // The pending result is applied, and newcomers overhear it by a second agreement.
            self.apply_background(recipe, out);
            self.stage = Stage::Syncing { again: true };
            return self.sync(recipe, out);
        }
        self.compute(recipe, out);
    }

    fn compute(&mut self, recipe: &Recipe, out: &mut Vec<Want>) {
        self.local.clone_from(&self.weights);
        self.stage = Stage::Computing;
        out.push(Want::Compute(self.steps_per_update(recipe)));
    }

    fn apply(&mut self, mean: &[f32], recipe: &Recipe, out: &mut Vec<Want>) {
        match recipe.what {
            Loop::Ddp => recipe.inner.step(&mut self.weights, mean, &mut self.moments),
            _ => recipe.outer.step(&mut self.weights, mean, &mut self.velocity),
        }
        self.updates += 1;
        out.push(Want::Applied);
    }

    fn apply_background(&mut self, recipe: &Recipe, out: &mut Vec<Want>) {
        if let Background::Came(mean) = std::mem::replace(&mut self.background, Background::None) {
            self.apply(&mean, recipe, out);
        }
    }

    /// Asynchronous, the inner steps are done. The result of the last reduce is applied first, then this one starts; if
    /// the last one still runs, this waits for it.
    fn boundary(&mut self, column: Vec<f32>, world: u32, recipe: &Recipe, out: &mut Vec<Want>) {
        self.local = column;
        if self.background == Background::Running {
            self.stage = Stage::Reducing;
            return;
        }
        self.apply_background(recipe, out);
        if world < recipe.quorum {
            out.push(Want::LostSteps(recipe.inner_steps));
            return self.rest(out);
        }
        self.background = Background::Running;
        let column = std::mem::take(&mut self.local);
        out.push(Want::Call(Call::Reduce(Floats(column))));
        self.begin(out);
    }

    fn background_ended(
        &mut self,
        values: Floats,
        whole: bool,
        world: u32,
        recipe: &Recipe,
        out: &mut Vec<Want>,
    ) {
        if !whole && world >= recipe.quorum {
            out.push(Want::Retry);
            out.push(Want::Call(Call::Reduce(values)));
            return;
        }
        self.background = if whole { Background::Came(values.0) } else { Background::None };
        if !whole {
            out.push(Want::LostSteps(recipe.inner_steps));
        }
        match self.stage {
            Stage::Lets => self.call(Stage::Accepting, Call::Accept, out),
            Stage::Reducing => {
                let column = std::mem::take(&mut self.local);
                self.boundary(column, world, recipe, out);
            }
            _ => {}
        }
    }
}
