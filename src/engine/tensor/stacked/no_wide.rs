//! Where there is no GPU, nobody can have the implementation that needs one.

use super::{Batches, Score, Stacked, Terms};
use crate::data::Dataset;
use crate::gpu::Gpu;
use crate::tensor::Net;
use lexicon::Fault;

#[derive(Debug)]
pub enum Wide {}

impl Wide {
    pub fn new(_: Net, gpu: Gpu) -> Self {
        match gpu {}
    }
}

impl Stacked for Wide {
    async fn descend_with(
        &mut self,
        _: &Dataset,
        _: &Batches,
        _: f32,
        _: Terms<'_>,
        _: &mut [f32],
    ) -> Result<(), Fault> {
        match *self {}
    }

    async fn pull(
        &mut self,
        _: &Dataset,
        _: &Batches,
        _: f32,
        _: Terms<'_>,
        _: &[f32],
        _: &[f32],
        _: &mut [f32],
    ) -> Result<(), Fault> {
        match *self {}
    }

    async fn gradients(
        &mut self,
        _: &Dataset,
        _: &Batches,
        _: usize,
        _: &[f32],
        _: &mut [f32],
    ) -> Result<(), Fault> {
        match *self {}
    }

    async fn score(
        &mut self,
        _: &Dataset,
        _: &[u32],
        _: &[f32],
        _: &mut [Score],
    ) -> Result<(), Fault> {
        match *self {}
    }

    fn net(&self) -> &Net {
        match *self {}
    }
}
