//! Playthroughs: what every arm did in its first rounds is what it does now. `UPDATE=1` rewrites.

use crate::laws::Subject;
use crate::{example, root, subjects, trial};
use libtest_mimic::Trial;
use native::playthrough::{Head, defaults, difference, may_replace, record};
use std::path::PathBuf;

pub fn path(slug: &str) -> PathBuf {
    root().join("tests/playthroughs").join(format!("{slug}.txt"))
}

pub fn of(subject: &Subject) -> Trial {
    let subject = subject.clone();
    let name = format!("playthroughs::{}::plays_as_recorded", subject.sheet.card.id);
    trial(name, move || check(&subject, std::env::var_os("UPDATE").is_some()))
}

fn check(subject: &Subject, update: bool) -> Result<(), String> {
    let slug = subject.sheet.card.id;
    if update {
        if let Some(old) = &subject.recording {
            may_replace(old, &subject.sheet)?;
        }
        let head = match &subject.recording {
            Some(old) => Head::read(old)?,
            None => Head::of(&subject.sheet).map_err(|fault| fault.to_string())?,
        };
        let text = record(subject.world, &head).map_err(|fault| fault.to_string())?;
        return std::fs::write(path(slug), text).map_err(|error| error.to_string());
    }
    let Some(old) = &subject.recording else {
        return Err(format!(
            "no recording: “murmur record {slug}”, read it line by line, commit it"
        ));
    };
    may_replace(old, &subject.sheet)?;
    let head = Head::read(old)?;
    let fresh = record(subject.world, &head).map_err(|fault| fault.to_string())?;
    match difference(old, &fresh, head.tolerance) {
        Some(told) => Err(format!("{told}\n  If that is meant: “murmur record {slug}”.")),
        None => Ok(()),
    }
}

pub fn all() -> Vec<Trial> {
    vec![
        trial("playthroughs::every_recording_has_its_system", every_recording_has_its_system),
        trial("playthroughs::a_system_without_a_recording_fails", || {
            match check(&worked(None), false) {
                Err(told) if told.contains("murmur record gossip-average") => Ok(()),
                other => Err(format!("{other:?}")),
            }
        }),
        trial(
            "playthroughs::a_changed_number_fails_and_an_equal_one_does_not",
            a_changed_number_fails,
        ),
        trial(
            "playthroughs::a_default_does_not_change_without_the_version",
            a_default_keeps_its_version,
        ),
    ]
}

fn worked(recording: Option<String>) -> Subject {
    let mut subject = subjects(example::world::<{ example::SOUND }>(), &[]).remove(0);
    subject.recording = recording;
    subject
}

fn recorded() -> Result<String, String> {
    let subject = worked(None);
    let head = Head::of(&subject.sheet).map_err(|fault| fault.to_string())?;
    record(subject.world, &head).map_err(|fault| fault.to_string())
}

fn a_changed_number_fails() -> Result<(), String> {
    let text = recorded()?;
    check(&worked(Some(text.clone())), false)?;
    let line = text.lines().find(|l| l.starts_with("3  ")).ok_or("no third round")?;
    let number = line.split_whitespace().nth(1).ok_or("no reading")?;
    let changed: f64 = number.parse::<f64>().map_err(|e| e.to_string())? * 1.001;
    let other = text.replacen(line, &line.replacen(number, &format!("{changed}"), 1), 1);
    match check(&worked(Some(other)), false) {
        Err(told) if told.contains("recorded:") => Ok(()),
        other => Err(format!("a thousandth more went unnoticed: {other:?}")),
    }
}

fn a_default_keeps_its_version() -> Result<(), String> {
    let text = recorded()?;
    let mut subject = worked(Some(text.clone()));
    subject.sheet.dials[0].default = 17.into();
    let told = check(&subject, false).err().unwrap_or_default();
    if !told.contains("Raise the version") {
        return Err(format!("a changed default went unnoticed: {told}"));
    }
    subject.sheet.card.version += 1;
    may_replace(&text, &subject.sheet)?;
    match text.contains(&defaults(&worked(None).sheet)) {
        true => Ok(()),
        false => Err("the recording does not hold the defaults".into()),
    }
}

fn every_recording_has_its_system() -> Result<(), String> {
    let known = |slug: &str| native::HOUSE.catalogue.iter().any(|entry| entry.id == slug);
    crate::orphans("tests/playthroughs", known)
}
