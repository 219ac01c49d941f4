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
use lexicon::Entry;

/// The systems that a host works with: those of the house, or a test's own.
#[derive(Clone, Copy)]
pub struct World {
    pub catalogue: &'static [Entry],
    pub starters: &'static [Starter],
}

/// All systems of the house.
pub const HOUSE: World = World { catalogue: systems::CATALOGUE, starters: systems::STARTERS };

/// All forms by system, as they stand in `src/systems/forms.json`: one field a line, so that a change reads well.
pub fn forms(world: World) -> String {
    let mut text = String::from("{\n");
    for (at, starter) in world.starters.iter().enumerate() {
        let form = (starter.form)();
        let fields = form["fields"].as_object().into_iter().flatten();
        let lines: Vec<String> =
            fields.map(|(name, field)| format!("    {name:?}: {field}")).collect();
        let comma = if at + 1 < world.starters.len() { "," } else { "" };
        text += &format!(
            "{:?}: {{\n  \"fields\": {{\n{}\n  }},\n  \"defaults\": {}\n}}{comma}\n",
            starter.id,
            lines.join(",\n"),
            form["defaults"]
        );
    }
    text + "}\n"
}
