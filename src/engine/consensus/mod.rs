//! Consensus: from what many say to one answer, and who gets the credit or the blame.

pub mod bradley_terry;
pub mod vote;
