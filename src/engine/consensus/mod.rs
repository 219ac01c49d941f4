//! Consensus: from what many say to one answer, and who gets the credit or the blame.

pub mod average;
pub mod bradley_terry;
pub mod debate;
pub mod elo;
pub mod ledger;
pub mod reputation;
pub mod shapley;
pub mod trueskill;
pub mod vote;
