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
pub mod train;

use engine::run::Starter;
use lexicon::record::Record;
use lexicon::{Brief, Entry, Sheet, sheet};
use std::collections::BTreeMap;

/// The systems that a host works with: those of the house, or a test's own.
#[derive(Clone, Copy)]
pub struct World {
    pub catalogue: &'static [Entry],
    pub starters: &'static [Starter],
}

/// All systems of the house.
pub const HOUSE: World = World { catalogue: systems::CATALOGUE, starters: systems::STARTERS };

/// The page's files by name: the index of all systems, with how their claims stand on record, and each one's sheet.
pub fn sheets(world: World, records: &BTreeMap<String, Record>) -> Vec<(String, String)> {
    let sheets: Vec<Sheet> = world.catalogue.iter().map(|entry| (entry.sheet)()).collect();
    let brief = |sheet: &Sheet| Brief::of(sheet, records.get(sheet.card.id));
    let briefs: Vec<Brief> = sheets.iter().map(brief).collect();
    let each = sheets.iter().map(|s| (format!("{}.json", s.card.id), sheet::write(s)));
    each.chain([("index.json".to_string(), sheet::write_index(&briefs))]).collect()
}
