//! What papers are built from. Knows no paper, no page, no clock and no network.
//!
//! In this order, never upwards: math, chance < gpu < stats, topology, tensor, data < network, minds < consensus,
//! coordination, population, search < federated, policy < run. `tests/suite/tidy.rs` holds the table.

pub mod chance;
pub mod consensus;
pub mod coordination;
pub mod data;
pub mod federated;
pub mod gpu;
pub mod math;
pub mod minds;
pub mod network;
pub mod policy;
pub mod population;
pub mod run;
pub mod stats;
pub mod tensor;
pub mod topology;
