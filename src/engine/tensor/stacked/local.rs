//! The operation wherever it runs: on the GPU that a host has lent, else on the CPU. Systems take this one.

use super::{Batches, Fused, Score, Stacked, Terms, Wide};
use crate::data::Dataset;
use crate::gpu::Gpu;
use crate::tensor::Net;
use lexicon::Fault;

/// `Fused`, and before it the GPU's kernels while there is a GPU. What fails there is done again here from the same
/// weights, and so is everything after it: the run says so, since `Gpu::failed` then has a reason.
#[derive(Debug)]
pub struct Local {
    fused: Fused,
    wide: Option<Wide>,
}

impl Local {
    pub fn new(net: Net, gpu: Option<Gpu>) -> Self {
        Self { wide: gpu.map(|gpu| Wide::new(net.clone(), gpu)), fused: Fused::new(net) }
    }

    /// Whether the GPU has done the work. One that fails is given up.
    async fn widely(&mut self, work: impl AsyncFnOnce(&mut Wide) -> Result<(), Fault>) -> bool {
        let Some(wide) = &mut self.wide else { return false };
        let done = work(wide).await.is_ok();
        if !done {
            self.wide = None;
        }
        done
    }
}

impl Stacked for Local {
    async fn descend_with(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        rate: f32,
        terms: Terms<'_>,
        weights: &mut [f32],
    ) -> Result<(), Fault> {
        if self
            .widely(async |wide| wide.descend_with(data, batches, rate, terms, weights).await)
            .await
        {
            return Ok(());
        }
        self.fused.descend_with(data, batches, rate, terms, weights).await
    }

    async fn pull(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        rate: f32,
        terms: Terms<'_>,
        server: &[f32],
        factors: &[f32],
        step: &mut [f32],
    ) -> Result<(), Fault> {
        if self
            .widely(async |wide| wide.pull(data, batches, rate, terms, server, factors, step).await)
            .await
        {
            return Ok(());
        }
        self.fused.pull(data, batches, rate, terms, server, factors, step).await
    }

    async fn gradients(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        step: usize,
        weights: &[f32],
        gradients: &mut [f32],
    ) -> Result<(), Fault> {
        if self
            .widely(async |wide| wide.gradients(data, batches, step, weights, gradients).await)
            .await
        {
            return Ok(());
        }
        self.fused.gradients(data, batches, step, weights, gradients).await
    }

    async fn score(
        &mut self,
        data: &Dataset,
        rows: &[u32],
        weights: &[f32],
        scores: &mut [Score],
    ) -> Result<(), Fault> {
        if self.widely(async |wide| wide.score(data, rows, weights, scores).await).await {
            return Ok(());
        }
        self.fused.score(data, rows, weights, scores).await
    }

    fn net(&self) -> &Net {
        self.fused.net()
    }
}
