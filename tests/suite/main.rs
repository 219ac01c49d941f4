//! One native binary; one named trial for each system and law, so a failure reads
//! `laws::fedstale::same_seed_same_run`. tests/README.md says what is checked where.

#![allow(clippy::disallowed_types, reason = "tests take the time of what they test")]

mod bites;
mod claims;
mod commands;
mod example;
mod hostile;
mod laws;
mod links;
mod playthroughs;
mod properties;
mod sweeps;
mod tidy;

use laws::{LAWS, Subject};
use libtest_mimic::{Arguments, Trial};
use native::World;
use std::path::{Path, PathBuf};

/// Of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A trial of a function that gives a sentence when what it checks does not hold.
pub fn trial(
    name: impl Into<String>,
    check: impl FnOnce() -> Result<(), String> + Send + 'static,
) -> Trial {
    Trial::test(name, move || check().map_err(Into::into))
}

/// Where the stories of the house stand: beside the systems, or in a system's own folder.
fn stories() -> Vec<PathBuf> {
    let systems = root().join("src/systems");
    let folders = std::fs::read_dir(&systems).into_iter().flatten().flatten().map(|e| e.path());
    std::iter::once(systems.clone()).chain(folders.filter(|path| path.is_dir())).collect()
}

/// Every system of a world as the laws take it.
pub fn subjects(world: World, stories: &[PathBuf]) -> Vec<Subject> {
    world
        .catalogue
        .iter()
        .map(|entry| Subject {
            world,
            entry: *entry,
            sheet: (entry.sheet)(),
            stories: stories.to_vec(),
            recording: std::fs::read_to_string(playthroughs::path(entry.id)).ok(),
        })
        .collect()
}

fn main() {
    let arguments = Arguments::from_args();
    let house = subjects(native::HOUSE, &stories());
    let mut trials = Vec::new();
    for subject in &house {
        for (name, law) in LAWS {
            let subject = subject.clone();
            let name = format!("laws::{}::{name}", subject.sheet.card.id);
            trials.push(trial(name, move || law(&subject)));
        }
        trials.push(playthroughs::of(subject));
        trials.push(claims::of(subject));
        trials.extend(properties::of(subject));
    }
    trials.extend(bites::all());
    trials.extend(playthroughs::all());
    trials.extend(claims::all());
    trials.extend(links::all());
    trials.extend(commands::all());
    trials.extend(properties::all());
    trials.extend(sweeps::all());
    trials.extend(tidy::all());
    libtest_mimic::run(&arguments, trials).exit();
}

/// Every text file of a folder belongs to a system.
pub fn orphans(folder: &str, known: impl Fn(&str) -> bool) -> Result<(), String> {
    for entry in std::fs::read_dir(root().join(folder)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        match name.strip_suffix(".txt") {
            Some(slug) if known(slug) => {}
            _ => return Err(format!("{folder}/{name} belongs to no system")),
        }
    }
    Ok(())
}
