//! `murmur train`: teaches the nets that a system ships, and writes them into its folder.

use std::fs;
use std::io::Write;
use std::path::Path;

/// Teaches the named system's nets and writes them to `dir/<folder>`; minutes long. The error is a sentence.
pub fn train(name: &str, dir: &Path, out: &mut impl Write) -> Result<(), String> {
    let known = || systems::TRAINERS.iter().map(|t| t.id).collect::<Vec<_>>().join(", ");
    let trainer = systems::TRAINERS
        .iter()
        .find(|trainer| trainer.id == name)
        .ok_or_else(|| format!("“{name}” ships no trained nets; these do: {}.", known()))?;
    let folder = dir.join(name.replace('-', "_"));
    // Told as it comes; a closed pipe is nobody there.
    let mut tell = |line: &str| {
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    };
    let files = (trainer.teach)(&mut tell).map_err(|fault| fault.to_string())?;
    for (file, bytes) in files {
        let path = folder.join(file);
        fs::write(&path, &bytes)
            .map_err(|error| format!("{} could not be written: {error}.", path.display()))?;
        tell(&format!("Wrote {} ({} bytes).", path.display(), bytes.len()));
    }
    Ok(())
}
