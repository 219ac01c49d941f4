//! Nets as flat columns of weights, and the hot operation of a federation: the local steps of all clients at once.
//!
//! Two implementations of that operation stand behind `stacked::Stacked`: `stacked::Fused` (ours, the default: plain
//! loops in a fixed order, the same bits natively and in wasm) and `stacked::Flex` (Burn on its CPU backend with
//! autodiff: general, equal within a tolerance). A kernel for the GPU would be a third.

pub mod kernels;
pub mod lm;
pub mod nets;
pub mod stacked;
pub mod transformer;

pub use nets::{Layer, Net};
