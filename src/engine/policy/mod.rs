//! Policies that learn by gradient: small nets in plain loops of a fixed order, so that a run has the same bits in
//! every place, and the actor-critic family on them.

pub mod actor_critic;
pub mod net;
