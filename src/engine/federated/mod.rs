//! One round of federated learning in parts: who takes part, what they do, what the server makes of it.
//!
//! All updates are pseudo-gradients: `server weights - client weights`, so that positive means "descend".

pub mod compress;
pub mod diloco;
pub mod local;
pub mod merge;
pub mod participation;
pub mod server;

pub use local::{Counters, LocalSgd};
pub use participation::{Intervals, Participation};
pub use server::Memory;
