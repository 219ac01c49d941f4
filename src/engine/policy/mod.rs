//! Policies that learn by gradient: small nets in plain loops of a fixed order, so that a run has the same bits in
//! every place. The actor-critic family for real-valued actions; a tiny autoregressive net, verifiable tasks for it,
//! and group-relative policy gradients.

pub mod actor_critic;
pub mod advantage;
pub mod net;
pub mod pg;
pub mod tasks;
pub mod tiny_ar;
