//! Populations: many cheap agents in columns, their sparse graphs, and what spreads over them.

pub mod agents;
pub mod epidemic;
pub mod graph;
pub mod neighbors;
