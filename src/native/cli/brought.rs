//! Own data on the command line: `--data`, `--label`, `--client`.

use super::{End, text};
use engine::data::own::{Desk, Samples, another, join, look, missing, refused, sha256};
use lexicon::own::{Carried, Format};
use lexicon::{Own, Scenario, Sheet, fault};
use std::ffi::OsString;
use std::fs;
use std::sync::Arc;

/// What the options of a command named.
#[derive(Default)]
pub(super) struct Brought {
    files: Vec<OsString>,
    label: Option<String>,
    client: Option<String>,
}

impl Brought {
    pub(super) fn take(&mut self, key: &str, value: OsString) {
        match key {
            "data" => self.files.push(value),
            "label" => self.label = Some(text(value)),
            _ => self.client = Some(text(value)),
        }
    }

    /// The data of a scenario, read: that of its link, or what was named here, which the scenario then holds.
    pub(super) fn lend(
        &self,
        sheet: &Sheet,
        scenario: &mut Scenario,
    ) -> Result<Option<Arc<Samples>>, End> {
        let mut desk = Desk::default();
        let file = self.file()?;
        let own = match (&scenario.data, file) {
            (None, None) => return Ok(None),
            (Some(own), None) => match own.wanted() {
                Some(wanted) => {
                    let says = missing(wanted);
                    return Err(End::Asked(format!("{says} Name it with --data FILE.")));
                }
                None => own.clone(),
            },
            (None, Some(_)) if !sheet.takes_data() => {
                return Err(End::Asked(format!(
                    "{} learns from no data that a person brings.",
                    sheet.card.title
                )));
            }
            (given, Some(bytes)) => {
                let name = sha256(&bytes);
                let own = match given {
                    Some(own) => same_file(own, &name)?,
                    None => self.chosen(&bytes)?,
                };
                desk.put(name, bytes);
                own
            }
        };
        let samples = desk.samples(&own)?;
        scenario.data = Some(own);
        Ok(Some(samples))
    }

    fn file(&self) -> Result<Option<Vec<u8>>, End> {
        let read = |path: &OsString| {
            let name = fault::shown(&path.to_string_lossy(), 200);
            fs::read(path).map_err(|error| End::Asked(format!("{name} cannot be read: {error}.")))
        };
        match &self.files[..] {
            [] if self.label.is_some() || self.client.is_some() => {
                Err(End::Asked("--label and --client are columns of a --data FILE.".into()))
            }
            [] => Ok(None),
            [one] => Ok(Some(read(one)?)),
            [one, other] => Ok(Some(join(read(one)?, read(other)?))),
            _ => Err(End::Asked("One CSV, or the two files of an IDX pair.".into())),
        }
    }

    /// The columns that were named; those that were not are guessed, as in the page.
    fn chosen(&self, bytes: &[u8]) -> Result<Own, End> {
        let seen = look(bytes, None).map_err(refused)?;
        let Format::Csv { label, client } = seen.own.format else { return Ok(seen.own) };
        let named = |name: &Option<String>| match name {
            None => Ok(None),
            Some(name) => match seen.columns.iter().position(|column| column == name) {
                Some(at) => Ok(Some(at as u32 + 1)),
                None => Err(End::Asked(format!(
                    "There is no column “{}”; the columns are {}.",
                    fault::shown(name, 60),
                    seen.columns.iter().take(40).cloned().collect::<Vec<_>>().join(", ")
                ))),
            },
        };
        let label = named(&self.label)?.unwrap_or(label);
        let client = named(&self.client)?.or(client.filter(|c| *c != label));
        Ok(Own { format: Format::Csv { label, client }, file: seen.own.file })
    }
}

/// The link's own data, when this is the file that it names.
fn same_file(own: &Own, name: &str) -> Result<Own, End> {
    match &own.file {
        Carried::Inline(_) => {
            Err(End::Asked("The link has a file of its own: leave out --data.".into()))
        }
        Carried::Sha256(wanted) if wanted == name => Ok(own.clone()),
        Carried::Sha256(wanted) => Err(End::Asked(another(wanted, name))),
    }
}
