//! What the native hosts share: the command line, the tests, the benches. Runs jobs on all cores, keeps their
//! readings, writes them down, judges claims, records playthroughs.
//!
//! Here, unlike in the engine, there is a clock and there are files; no number of a run depends on either.

#![allow(clippy::disallowed_types, reason = "hosts may look at the clock")]

pub mod cli;
pub mod jobs;
pub mod judging;
pub mod playthrough;
pub mod report;

use engine::run::Starter;
use lexicon::Entry;

/// The systems that a host works with: those of the house, or a test's own.
#[derive(Clone, Copy)]
pub struct World {
    pub catalogue: &'static [Entry],
    pub starters: &'static [Starter],
}

/// All systems of the house.
pub const HOUSE: World = World { catalogue: systems::CATALOGUE, starters: systems::STARTERS };
