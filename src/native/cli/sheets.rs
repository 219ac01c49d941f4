//! `murmur sheets`: what the page reads.

use super::{End, Went};
use crate::World;
use lexicon::record::Record;
use lexopt::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the index of all systems and each one's sheet.
pub fn sheets(world: World, mut args: lexopt::Parser) -> Result<Went, End> {
    let (mut to, mut recorded) = (None, PathBuf::from("tests/claims"));
    while let Some(arg) = args.next()? {
        match arg {
            Long("recorded") => recorded = args.value()?.into(),
            Value(dir) if to.is_none() => to = Some(PathBuf::from(dir)),
            other => return Err(other.unexpected().into()),
        }
    }
    let asked = || End::Asked("Which folder are the sheets written to?".to_string());
    let to = to.ok_or_else(asked)?;
    fs::create_dir_all(&to)?;
    for (name, text) in crate::sheets(world, &records(world, &recorded)?) {
        fs::write(to.join(name), text)?;
    }
    Ok(Went::Well)
}

/// The verdicts on record in a folder. A system without a record fails the tests; here it has none to show.
pub fn records(world: World, dir: &Path) -> Result<BTreeMap<String, Record>, End> {
    let mut records = BTreeMap::new();
    for entry in world.catalogue {
        let path = dir.join(format!("{}.txt", entry.id));
        if let Ok(text) = fs::read_to_string(&path) {
            let record = Record::parse(&text)
                .map_err(|error| End::Failed(format!("{}: {error}", path.display())))?;
            records.insert(entry.id.to_string(), record);
        }
    }
    Ok(records)
}
