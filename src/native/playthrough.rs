//! The first rounds of every arm as text that a person can read: recordings in `tests/playthroughs/<slug>.txt`.
//!
//! The first line is the link that makes it, the second the tolerance for numbers, relative to the larger of the two
//! (sums of tensors differ in their last places between processors); both may be edited by hand and are kept. The
//! third line are the defaults that the version stands for.

use crate::World;
use crate::jobs::{Task, walk};
use lexicon::link::{canonical, decode};
use lexicon::*;
use std::fmt::Write;

/// Rounds of a recording unless its link says otherwise.
const ROUNDS: u32 = 5;
/// Rows of a scene's table.
const ROWS: usize = 6;
/// Digits of a number.
const DIGITS: usize = 7;
/// Numbers smaller than this are compared as if they were as large.
const SMALL: f64 = 1e-3;

/// The head of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    pub link: String,
    pub tolerance: f64,
}

impl Head {
    /// For a system that has no recording yet: its preset `small` if it has one, else its defaults; one seed.
    pub fn of(sheet: &Sheet) -> Result<Self, Fault> {
        let query = sheet.card.presets.iter().find(|p| p.id == "small").map_or("", |p| p.query);
        let mut scenario = link::setting(sheet, query)?;
        scenario.seeds = 1;
        scenario.rounds = scenario.rounds.min(ROUNDS);
        scenario.arms = sheet.default_arms(&scenario.params);
        let tolerance = if sheet.card.real.trains { 1e-2 } else { 1e-5 };
        Ok(Self { link: canonical(sheet, &scenario), tolerance })
    }

    /// The head of a recording's text; the error is a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let link = lines.next().unwrap_or_default().trim().to_string();
        let tolerance = lines.next().and_then(|l| l.strip_prefix("tolerance "));
        let tolerance = tolerance.and_then(|t| t.trim().parse().ok()).filter(|t| *t >= 0.0);
        match tolerance {
            Some(tolerance) if link.starts_with("#/") => Ok(Self { link, tolerance }),
            _ => Err("a recording begins with its link and then “tolerance NUMBER”".to_string()),
        }
    }
}

/// What the system's version means, on one line: links rest on it. A default changes only together with the version.
pub fn defaults(sheet: &Sheet) -> String {
    let dials: Vec<String> =
        sheet.dials.iter().map(|d| format!("{}={}", d.name, dial::write(&d.default))).collect();
    let rounds = sheet.card.rounds.default;
    format!("v{} rounds={rounds}&{}", sheet.card.version, dials.join("&"))
}

/// Refuses to overwrite a recording whose version has other defaults; the error is a sentence.
pub fn may_replace(old: &str, sheet: &Sheet) -> Result<(), String> {
    let now = defaults(sheet);
    let was = old.lines().nth(2).unwrap_or_default();
    let version = |line: &str| line.split(' ').next().unwrap_or_default().to_string();
    if version(was) != version(&now) || was == now {
        return Ok(());
    }
    Err(format!(
        "A default of {} changed, its version did not: links on record would mean something else. Raise the version \
         and put the old defaults into `past`.\n  was: {was}\n  now: {now}",
        sheet.card.id
    ))
}

/// Plays every arm and writes it down. Arms that are offered only elsewhere are played there.
pub fn record(world: World, head: &Head) -> Result<String, Fault> {
    let opened = decode(&head.link, world.catalogue)?;
    if !opened.issues.is_empty() {
        return Err(Fault::Params(opened.issues));
    }
    let scenario = opened.scenario;
    let Some(entry) = find(world.catalogue, &scenario.system) else {
        return Err(Fault::UnknownSystem { given: scenario.system, nearest: Vec::new() });
    };
    let sheet = (entry.sheet)();
    let mut text = format!("{}\ntolerance {:e}\n{}\n", head.link, head.tolerance, defaults(&sheet));
    for arm in &sheet.arms {
        let played = Task {
            scenario: at_home(&sheet, &scenario, arm)?,
            job: Job { arm: arm.id.to_string(), seed: scenario.seed },
            own: None,
        };
        play(world, &sheet, &played, &mut text);
    }
    Ok(text)
}

/// The scenario, moved to where the arm is offered.
pub fn at_home(sheet: &Sheet, scenario: &Scenario, arm: &ArmInfo) -> Result<Scenario, Fault> {
    let mut moved = scenario.clone();
    moved.arms = vec![arm.id.to_string()];
    if !arm.offered(&sheet.values(&scenario.params))
        && let Some((name, options)) = arm.when.split_once('=')
        && let Some(option) = options.split('|').next()
        && let Some(dial) = sheet.dial(name)
    {
        let value = dial.read(option).map_err(|issue| Fault::Params(vec![issue]))?;
        moved.params.insert(name.to_string(), value);
    }
    Ok(moved)
}

fn play(world: World, sheet: &Sheet, played: &Task, text: &mut String) {
    let mut rounds: Vec<Round> = Vec::new();
    let mut scenes = Vec::new();
    let last = played.scenario.rounds;
    let end = walk(world.starters, played, last, |round, run| {
        rounds.push(round.clone());
        scenes = run.scenes();
        Ok(())
    });
    let _ = writeln!(text, "\n== {}, {}", played.job.arm, canonical(sheet, &played.scenario));
    let read = |m: &&Metric| rounds.iter().any(|r| r.readings.contains_key(m.id));
    let metrics: Vec<&Metric> = sheet.card.metrics.iter().filter(read).collect();
    let mut table = vec![
        std::iter::once("round").chain(metrics.iter().map(|m| m.id)).map(str::to_string).collect(),
    ];
    for round in &rounds {
        let reading =
            |m: &&Metric| round.readings.get(m.id).map_or("-".to_string(), |v| number(*v, DIGITS));
        table.push(
            std::iter::once(round.index.to_string()).chain(metrics.iter().map(reading)).collect(),
        );
    }
    columns(&table, text);
    for round in &rounds {
        for line in &round.lines {
            let _ = writeln!(text, "{}: {line}", round.index);
        }
    }
    if let Err(fault) = end {
        let _ = writeln!(text, "ended: {fault}");
    }
    for (view, scene) in sheet.card.views.iter().zip(&scenes) {
        let _ = writeln!(text, "-- {view}: {}, {} marks", scene.kind(), scene.marks());
        let shown = scene.table(ROWS);
        columns(&std::iter::once(shown.head).chain(shown.rows).collect::<Vec<_>>(), text);
        if !scene.note().is_empty() {
            let _ = writeln!(text, "{}", scene.note());
        }
    }
}

/// Rows with their cells one below the other.
fn columns(rows: &[Vec<String>], text: &mut String) {
    let width = |column: usize| {
        rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0)
    };
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(i, cell)| {
                let cell = if cell.is_empty() { "." } else { cell };
                format!("{cell:<wide$}", wide = width(i))
            })
            .collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
}

/// A number in at most so many significant digits, without an exponent where that reads well.
pub fn number(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    // Rounded first: 9.9999999 is 10.
    let rounded = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    if (-5..15).contains(&exponent) {
        trim(&format!("{value:.*}", (digits as i32 - 1 - exponent).max(0) as usize))
    } else {
        format!("{}e{exponent}", trim(mantissa))
    }
}

/// The first line at which two recordings differ, numbers compared within the tolerance; `None`: they agree.
pub fn difference(recorded: &str, fresh: &str, tolerance: f64) -> Option<String> {
    let (mut old, mut new) = (recorded.lines(), fresh.lines());
    for at in 1.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (Some(a), Some(b)) if alike(a, b, tolerance) => {}
            (a, b) => {
                let [a, b] = [a, b].map(|line| line.unwrap_or("(nothing)"));
                return Some(format!("line {at}\n  recorded: {a}\n  now:      {b}"));
            }
        }
    }
    None
}

fn alike(a: &str, b: &str, tolerance: f64) -> bool {
    let (a, b) = (pieces(a), pieces(b));
    a.len() == b.len()
        && a.iter().zip(&b).all(|pair| match pair {
            (Piece::Number(a), Piece::Number(b)) => {
                a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(SMALL)
            }
            (a, b) => a == b,
        })
}

#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Number(f64),
    Text(&'a str),
}

/// A line as numbers and the text between them; how wide the gaps are does not matter. A digit inside a word
/// (`n12`, `0123abcd`) is text.
fn pieces(line: &str) -> Vec<Piece<'_>> {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e');
    let mut pieces = Vec::new();
    for word in line.split_whitespace() {
        let core = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let number = core.chars().all(numeric).then(|| core.parse::<f64>().ok()).flatten();
        match (number, word.split_once(core)) {
            (Some(number), Some((before, after))) => {
                pieces.push(Piece::Text(before));
                pieces.push(Piece::Number(number));
                pieces.push(Piece::Text(after));
            }
            _ => pieces.push(Piece::Text(word)),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_a_person_writes_them() {
        for (value, expected) in [
            (0.0, "0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (0.1 + 0.2, "0.3"),
            (1234567.0, "1234567"),
            (123456789.0, "123456789"),
            (9.99999999, "10"),
            (0.000123456789, "0.0001234568"),
            (1.5e-9, "1.5e-9"),
            (-2.0e20, "-2e20"),
        ] {
            assert_eq!(number(value, 7), expected);
        }
    }

    #[test]
    fn recordings_agree_within_the_tolerance_and_differ_past_it() {
        let recorded = "round  loss\n1      0.500000\n1: arm a leads, 0.25 (n12).";
        let check = |fresh: &str, agrees: bool| {
            assert_eq!(difference(recorded, fresh, 1e-3).is_none(), agrees, "{fresh}");
        };
        check(recorded, true);
        check("round loss\n1 0.5002\n1: arm a leads, 0.2501 (n12).", true);
        check("round  loss\n1      0.502\n1: arm a leads, 0.25 (n12).", false);
        check("round  loss\n1      0.5\n1: arm a leads, 0.26 (n12).", false);
        check("round  loss\n1      0.5\n1: arm a leads, 0.25 (n13).", false);
        check("round  loss\n1      0.5\n1: arm b leads, 0.25 (n12).", false);
        check("round  loss\n1      0.5", false);
        let told = difference(recorded, "round  loss", 0.0).unwrap();
        assert!(told.starts_with("line 2") && told.contains("(nothing)"), "{told}");
    }

    #[test]
    fn a_recording_begins_with_its_link_and_its_tolerance() {
        let head = Head::read("#/toy?v=1\ntolerance 1e-3\n\nrest").unwrap();
        assert_eq!((head.link.as_str(), head.tolerance), ("#/toy?v=1", 1e-3));
        assert!(Head::read("").is_err() && Head::read("#/toy\ntolerance much").is_err());
        assert!(Head::read("#/toy\ntolerance -1").is_err());
    }
}
