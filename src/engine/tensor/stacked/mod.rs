//! The local work of all clients of a round as one operation: many nets of one shape, each on its own batches.
//!
//! Batches may be ragged: each client's batch of each step has its own length (none at all: that step changes
//! nothing). Whoever implements `Stacked` gives the mean cross-entropy's gradient over exactly those samples.

mod flex;
mod fused;
mod images;
mod local;
#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
mod plan;
#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
mod rooms;
mod terms;
#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
mod wide;
#[cfg(not(all(feature = "gpu", target_arch = "wasm32")))]
#[path = "no_wide.rs"]
mod wide;

pub use flex::Flex;
pub use fused::Fused;
pub use local::Local;
pub use terms::Terms;
pub use wide::Wide;

use crate::data::Dataset;
use crate::tensor::Net;
use lexicon::Fault;

/// Which samples each client works on in each step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batches {
    steps: usize,
    /// Sample numbers, client by client, step by step.
    rows: Vec<u32>,
    /// Where each batch ends in `rows`: [clients, steps].
    ends: Vec<usize>,
}

impl Batches {
    pub fn new(steps: usize) -> Self {
        Self { steps, ..Self::default() }
    }

    /// Empties the lists and keeps their room.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.ends.clear();
    }

    /// The next batch: all steps of the first client, then all of the second, and so on.
    pub fn push(&mut self, batch: impl IntoIterator<Item = u32>) {
        self.rows.extend(batch);
        self.ends.push(self.rows.len());
    }

    pub fn steps(&self) -> usize {
        self.steps
    }

    pub fn clients(&self) -> usize {
        self.ends.len() / self.steps.max(1)
    }

    pub fn batch(&self, client: usize, step: usize) -> &[u32] {
        let at = client * self.steps + step;
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.rows[from..self.ends[at]]
    }

    /// How many samples are worked on in all.
    pub fn samples(&self) -> usize {
        self.rows.len()
    }
}

/// How one sample fares under a net.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Cross-entropy, nats.
    pub loss: f32,
    /// Whether the largest logit (the first of equals) is the label's.
    pub right: bool,
}

/// The hot operation and its companions. Async, because a device of the host may do the work; on the CPU all of it is
/// ready at once.
pub trait Stacked {
    /// SGD: each row of `weights` [clients, params] takes the client's steps, `w -= rate * (gradient + terms)`.
    fn descend_with(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        rate: f32,
        terms: Terms<'_>,
        weights: &mut [f32],
    ) -> impl Future<Output = Result<(), Fault>>;

    /// Plain SGD: `w -= rate * gradient`.
    fn descend(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        rate: f32,
        weights: &mut [f32],
    ) -> impl Future<Output = Result<(), Fault>> {
        self.descend_with(data, batches, rate, Terms::default(), weights)
    }

    /// Everyone's steps from the server's weights, and of them only what a server needs that forgets who sent what:
    /// `step` [params] becomes the sum over clients of `factors[client] * (server - client)`.
    fn pull(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        rate: f32,
        terms: Terms<'_>,
        server: &[f32],
        factors: &[f32],
        step: &mut [f32],
    ) -> impl Future<Output = Result<(), Fault>>;

    /// The gradient of each client's batch of `step` at its own row of `weights`; both [clients, params].
    fn gradients(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        step: usize,
        weights: &[f32],
        gradients: &mut [f32],
    ) -> impl Future<Output = Result<(), Fault>>;

    /// One net over many samples: a score for each of `rows`.
    fn score(
        &mut self,
        data: &Dataset,
        rows: &[u32],
        weights: &[f32],
        scores: &mut [Score],
    ) -> impl Future<Output = Result<(), Fault>>;

    fn net(&self) -> &Net;
}

/// The output of a future that is ready at once, as all of the CPU's are.
#[cfg(test)]
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("work on the CPU is done at once"),
    }
}
