//! The papers, one file each, and the two lists that everybody else works from.

pub mod fedstale;
pub mod swarmbench;

use engine::run::{Starter, entry, starter};
use lexicon::Entry;

/// What the page and the tools show: cards, dials, checks. No simulation hangs on it.
pub const CATALOGUE: &[Entry] = &[entry::<fedstale::Fedstale>(), entry::<swarmbench::Swarmbench>()];

/// What workers and tools run, in the same order.
pub const STARTERS: &[Starter] = &[starter::<fedstale::Fedstale>(), starter::<swarmbench::Swarmbench>()];
