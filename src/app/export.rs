//! What a person takes along, as text: pure functions of the lab.

use crate::state::{Lab, Sweep};
use lexicon::{Paper, Sheet, dial};
use serde_json::{Value, json};
use std::fmt::Write;

/// A field of a CSV line: in quotes where it has to be.
fn field(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}

/// All readings so far, one a line.
pub fn csv(lab: &Lab) -> String {
    let mut text = String::from("system,arm,seed,round,metric,value\n");
    for (job, track) in lab.history.tracks() {
        for (metric, values) in &track.readings {
            for (at, value) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
                let (system, arm) = (field(&lab.scenario.system), field(&job.arm));
                let _ = writeln!(
                    text,
                    "{system},{arm},{},{},{},{value}",
                    job.seed,
                    at + 1,
                    field(metric)
                );
            }
        }
    }
    text
}

/// The scenario with everything that it takes to repeat it.
pub fn json(lab: &Lab) -> String {
    let whole = json!({
        "link": lab.link(),
        "scenario": lab.scenario,
        "values": lab.sheet.values(&lab.scenario.params),
        "engine": env!("CARGO_PKG_VERSION"),
        "digest": digest(lab),
    });
    serde_json::to_string_pretty(&whole).unwrap_or_default()
}

/// Of a finished run; of one under way it would be of no use.
fn digest(lab: &Lab) -> Value {
    if lab.finished() { Value::from(lab.digest()) } else { Value::Null }
}

/// What every picture says of where it is from.
pub fn provenance(lab: &Lab) -> String {
    let digest = if lab.finished() { lab.digest() } else { "run not finished".into() };
    format!("Murmuration {} · {} · digest {digest}", env!("CARGO_PKG_VERSION"), lab.link())
}

/// An SVG with that sentence inside, as a comment.
pub fn signed_svg(provenance: &str, svg: &str) -> String {
    // Two hyphens would end a comment.
    let note = provenance.replace("--", "- -");
    match svg.find('>').filter(|_| svg.starts_with("<svg")) {
        Some(end) => format!("{}<!-- {note} -->{}", &svg[..=end], &svg[end + 1..]),
        None => format!("{svg}<!-- {note} -->"),
    }
}

pub fn bibtex(sheet: &Sheet) -> String {
    let Paper { title, authors, year, arxiv } = sheet.card.paper;
    let first = authors.split([',', ';']).next().unwrap_or_default();
    let first = first
        .trim_end_matches(" et al.")
        .split_whitespace()
        .last()
        .unwrap_or("anonymous")
        .to_lowercase();
    let word = title.split_whitespace().find(|w| w.len() > 3).unwrap_or("paper").to_lowercase();
    let key: String =
        format!("{first}{year}{word}").chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let names: Vec<&str> =
        authors.split([',', ';']).map(str::trim).filter(|n| !n.is_empty()).collect();
    let mut text = format!(
        "@misc{{{key},\n  title  = {{{title}}},\n  author = {{{}}},\n",
        names.join(" and ")
    );
    if let Some(id) = arxiv {
        let _ = write!(text, "  eprint = {{{id}}},\n  archivePrefix = {{arXiv}},\n");
    }
    let _ = write!(text, "  year   = {{{year}}}\n}}\n");
    text
}

/// The cells of a sweep, one a line; a cell that has no value yet is left out.
pub fn sweep_csv(lab: &Lab, sweep: &Sweep) -> String {
    let plan = &sweep.plan;
    let names: Vec<String> = plan.over.iter().map(|(name, _)| field(name)).collect();
    let mut text = format!("system,arm,seeds,{},metric,value\n", names.join(","));
    let rows = plan.over.get(1).map_or(1, |(_, values)| values.len());
    let cells = plan.over.first().map_or(0, |(_, values)| values.len()) * rows;
    for arm in &sweep.base.arms {
        for cell in 0..cells {
            let at = [cell / rows, cell % rows];
            let Some(value) = sweep.value(&lab.sheet, &lab.results, arm, &at) else { continue };
            let values: Vec<String> = plan
                .over
                .iter()
                .zip(at)
                .map(|((_, all), at)| field(&all.get(at).map(dial::write).unwrap_or_default()))
                .collect();
            let (system, arm, metric) =
                (field(&sweep.base.system), field(arm), field(&plan.metric));
            let _ = writeln!(
                text,
                "{system},{arm},{},{},{metric},{value}",
                plan.seeds,
                values.join(",")
            );
        }
    }
    text
}
