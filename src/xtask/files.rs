//! Files of the tools' own, with errors in words, and where cargo puts its own.

use crate::steps::Stop;
use std::fs;
use std::path::Path;

pub fn read(path: impl AsRef<Path>) -> Result<String, Stop> {
    let path = path.as_ref();
    fs::read_to_string(path).map_err(|e| Stop::Failed(format!("{}: {e}", path.display())))
}

pub fn write(path: impl AsRef<Path>, text: &str) -> Result<(), Stop> {
    let path = path.as_ref();
    fs::write(path, text).map_err(|e| Stop::Failed(format!("{}: {e}", path.display())))
}

pub fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), Stop> {
    let from = from.as_ref();
    fs::copy(from, to).map(|_| ()).map_err(|e| Stop::Failed(format!("{}: {e}", from.display())))
}

/// Puts a text in the place of another, wherever it stands in the file. That it stands nowhere is an error: then
/// whatever wrote the file has changed.
pub fn put(path: impl AsRef<Path>, place: &str, text: &str) -> Result<(), Stop> {
    let before = read(&path)?;
    if !before.contains(place) {
        return Err(Stop::Failed(format!("{} has no {place} any more", path.as_ref().display())));
    }
    write(path, &before.replace(place, text))
}

/// Cargo's folder, as whoever calls us has it.
pub fn target() -> String {
    std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_string())
}
