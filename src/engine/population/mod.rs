//! Populations: many cheap agents in columns, their sparse graphs, what spreads over them, and the platforms on
//! which they read and post.

pub mod agents;
pub mod cascade;
pub mod content;
pub mod epidemic;
pub mod graph;
pub mod neighbors;
pub mod platform;
pub mod recommender;
