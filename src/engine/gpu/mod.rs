//! WebGPU, where a host has it: one context a worker, compiled kernels, buffers that are kept between rounds, one
//! readback an operation.
//!
//! Natively, and in a worker without an adapter, there is no `Gpu` at all, and every part computes on the CPU. What
//! fails on a device (it was lost, it refused a buffer) fails the operation, not the run: the caller repeats it on the
//! CPU from the state before, and `Gpu::failed` says why.

#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
mod device;

#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
pub use device::{Bindings, Bound, Dispatch, Gpu, Kernels, PROOF, Room, Work, usage};

/// Nobody can have one here.
#[cfg(not(all(feature = "gpu", target_arch = "wasm32")))]
#[derive(Clone, Debug)]
pub enum Gpu {}

#[cfg(not(all(feature = "gpu", target_arch = "wasm32")))]
impl Gpu {
    /// The adapter's name, as a person reads it.
    pub fn name(&self) -> &str {
        match *self {}
    }

    /// Why nothing more is computed here: the device was lost or refused its work.
    pub fn failed(&self) -> Option<String> {
        match *self {}
    }
}
