//! Data that a person brings: a table (CSV) or pictures with labels (IDX, the layout of MNIST). A file is read whole or
//! refused with a sentence that names line and column; nothing is guessed past, filled in or left out in silence.
//!
//! Numbers of a table are standardized (mean 0, standard deviation 1 over the training rows of the run), pixels are
//! divided by 255. IDX: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".

mod idx;
mod pack;
mod table;
mod world;

pub use idx::join;
pub use pack::{look, pack, sha256, unpack};
pub use world::World;

use super::picture_side;
use lexicon::own::{BYTES_MAX, CLASSES_MAX, CLIENTS_MAX, Carried, Format, Own};
pub use lexicon::own::{another, missing};
use lexicon::{Fault, Issue, fault::shown};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A client learns from one row and is tested on another.
const CLIENT_ROWS_MIN: usize = 2;

/// A file that has been read, as it stands in there: the same for all runs, whatever their seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// [rows, width], row by row.
    pub features: Vec<f32>,
    pub width: usize,
    /// One a row, below the number of classes.
    pub labels: Vec<u8>,
    /// Names of the classes, in the order of their numbers.
    pub classes: Vec<String>,
    /// With a client column: names of the clients, and one a row.
    pub clients: Vec<String>,
    pub holders: Vec<u16>,
    /// Pixels, 0 to 255: they are not standardized.
    pub pixels: bool,
}

impl Samples {
    /// Reads a file. The error is a sentence.
    pub fn read(bytes: &[u8], format: Format) -> Result<Self, String> {
        fits(bytes)?;
        let samples = match format {
            Format::Idx => idx::read(bytes)?,
            Format::Csv { label, client } => {
                table::read(bytes, place(label)?, client.map(place).transpose()?)?
            }
        };
        samples.checked()
    }

    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// The side of the square picture that a row is, for nets that look at pictures.
    pub fn side(&self) -> Option<usize> {
        picture_side(self.width)
    }

    /// Rows of each class, by client; one line for all where there are none.
    pub fn counts(&self) -> Vec<Vec<u32>> {
        let mut counts = vec![vec![0; self.classes.len()]; self.clients.len().max(1)];
        for (row, &label) in self.labels.iter().enumerate() {
            let holder = self.holders.get(row).map_or(0, |&h| usize::from(h));
            counts[holder][usize::from(label)] += 1;
        }
        counts
    }

    fn checked(self) -> Result<Self, String> {
        if let [only] = &self.classes[..] {
            let only = shown(only, 40);
            return Err(format!(
                "All {} rows are of one class, “{only}”: there is nothing to tell apart.",
                self.rows()
            ));
        }
        let mut held = vec![0; self.clients.len()];
        self.holders.iter().for_each(|&h| held[usize::from(h)] += 1);
        match held.iter().position(|rows| *rows < CLIENT_ROWS_MIN) {
            Some(client) => Err(format!(
                "Client “{}” has one row only; a client needs {CLIENT_ROWS_MIN}, one to learn from and one to be \
                 tested on. Join small clients, or choose no client column.",
                shown(&self.clients[client], 40)
            )),
            None => Ok(self),
        }
    }
}

/// A column's place in the table, from 0.
fn place(column: u32) -> Result<usize, String> {
    (column as usize).checked_sub(1).ok_or_else(|| "Columns are counted from 1.".to_string())
}

/// What is said of a file before it is read.
fn fits(bytes: &[u8]) -> Result<(), String> {
    if bytes.is_empty() {
        return Err("The file is empty.".into());
    }
    if bytes.len() > BYTES_MAX {
        return Err(too_large(bytes.len() as f64));
    }
    Ok(())
}

/// What is said of a file that is not read for its size.
fn too_large(bytes: f64) -> String {
    let (mb, most) = (bytes / 1e6, BYTES_MAX / 1_000_000);
    format!("The file has {mb:.1} MB; files up to {most} MB are read.")
}

/// Texts as numbers, in the order of what they say: by size where all are numbers, else by letters.
#[derive(Default)]
struct Names {
    /// The number by which a text came first.
    seen: BTreeMap<String, u16>,
}

impl Names {
    /// The number of a text; none when there are too many different ones.
    fn number(&mut self, text: &str, most: usize) -> Option<u16> {
        if let Some(number) = self.seen.get(text) {
            return Some(*number);
        }
        let next = self.seen.len();
        if next >= most {
            return None;
        }
        self.seen.insert(text.to_string(), next as u16);
        Some(next as u16)
    }

    /// Names in their order, and the place of each number in it.
    fn ordered(self) -> (Vec<String>, Vec<u16>) {
        let mut all: Vec<(String, u16)> = self.seen.into_iter().collect();
        let number = |text: &str| text.parse::<f64>().ok().filter(|v| v.is_finite());
        if all.iter().all(|(text, _)| number(text).is_some()) {
            let size = |text: &str| number(text).unwrap_or(0.0);
            all.sort_by(|(a, _), (b, _)| size(a).total_cmp(&size(b)).then_with(|| a.cmp(b)));
        }
        let mut places = vec![0; all.len()];
        for (place, (_, number)) in all.iter().enumerate() {
            places[usize::from(*number)] = place as u16;
        }
        (all.into_iter().map(|(name, _)| name).collect(), places)
    }
}

/// What a host has at hand of own data: the file that was brought last, and what was read last, so that the arms and
/// seeds of a scenario read it once.
#[derive(Default)]
pub struct Desk {
    file: Option<(String, Vec<u8>)>,
    read: Option<(Own, Arc<Samples>)>,
}

impl Desk {
    /// Keeps a file by its SHA-256, in place of the one before.
    pub fn put(&mut self, sha256: String, bytes: Vec<u8>) {
        self.file = Some((sha256, bytes));
    }

    /// The rows that a scenario names. The fault names the key `data`.
    pub fn samples(&mut self, own: &Own) -> Result<Arc<Samples>, Fault> {
        if let Some((read, samples)) = &self.read
            && read == own
        {
            return Ok(samples.clone());
        }
        let samples = match &own.file {
            Carried::Inline(packed) => {
                unpack(packed).and_then(|bytes| Samples::read(&bytes, own.format))
            }
            Carried::Sha256(wanted) => match &self.file {
                Some((sha256, bytes)) if sha256 == wanted => Samples::read(bytes, own.format),
                Some((sha256, _)) => Err(another(wanted, sha256)),
                None => Err(missing(wanted)),
            },
        };
        let samples = Arc::new(samples.map_err(refused)?);
        self.read = Some((own.clone(), samples.clone()));
        Ok(samples)
    }
}

/// A sentence as a fault of the key `data`.
pub fn refused(says: String) -> Fault {
    Fault::Params(vec![Issue { dial: "data".into(), given: String::new(), says }])
}

fn too_many(what: &str, most: usize) -> String {
    format!("{what} holds more than {most} different values; at most so many are read.")
}

fn class_limit(what: &str) -> String {
    format!("{} A label has few: choose another column.", too_many(what, CLASSES_MAX))
}

fn client_limit(what: &str) -> String {
    format!("{} Join clients, or choose another column.", too_many(what, CLIENTS_MAX))
}

#[cfg(test)]
mod tests;
