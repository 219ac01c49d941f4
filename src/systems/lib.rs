//! The papers, one file each, and the two lists that everybody else works from.

use engine::run::Starter;
use lexicon::Entry;

/// What the page and the tools show: cards, dials, checks. No simulation hangs on it.
pub const CATALOGUE: &[Entry] = &[];

/// What workers and tools run, in the same order.
pub const STARTERS: &[Starter] = &[];
