//! What a person takes along, as text: pure functions of the lab.

use crate::state::Lab;
use lexicon::{Paper, Sheet, number};
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
    let (head, mind) = match &lab.mind {
        Some(name) => (",minds", format!(",{}", field(&format!("your model: {name}")))),
        None => ("", String::new()),
    };
    let mut text = format!("system,arm,seed,round,metric,value{head}\n");
    for (job, track) in lab.history.tracks() {
        for (metric, values) in &track.readings {
            for (at, value) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
                let (system, arm) = (field(&lab.scenario.system), field(&job.arm));
                let _ = writeln!(
                    text,
                    "{system},{arm},{},{},{},{value}{mind}",
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
        "minds": minds(lab),
        "device": if lab.computed.on_gpu { "gpu" } else { "cpu" },
    });
    number::json(&whole, Some(0))
}

/// Who has answered, where minds answer at all.
fn minds(lab: &Lab) -> Value {
    match &lab.mind {
        Some(name) => format!("your model: {name}").into(),
        None if lab.sheet.card.real.surrogate_minds => "surrogate".into(),
        None => Value::Null,
    }
}

/// Of a finished run; of one under way, or on a GPU, it would be of no use.
fn digest(lab: &Lab) -> Value {
    if lab.replayable() { Value::from(lab.digest()) } else { Value::Null }
}

/// What every picture says of where it is from.
pub fn provenance(lab: &Lab) -> String {
    let digest = match () {
        _ if lab.replayable() => lab.digest(),
        _ if lab.computed.on_gpu => "none: computed on a GPU".into(),
        _ => "run not finished".into(),
    };
    let mind = lab.mind.as_ref().map_or(String::new(), |name| {
        format!(" · answers of your model {name}, which the link does not hold")
    });
    format!("Murmuration {} · {} · digest {digest}{mind}", env!("CARGO_PKG_VERSION"), lab.link())
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
        .to_ascii_lowercase();
    let word =
        title.split_whitespace().find(|w| w.len() > 3).unwrap_or("paper").to_ascii_lowercase();
    let key: String =
        format!("{first}{year}{word}").chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let names: Vec<&str> =
        authors.split([',', ';']).map(str::trim).filter(|n| !n.is_empty()).collect();
    let mut text = format!("@misc{{{key},\n  title  = {{{title}}},\n");
    if !names.is_empty() {
        let _ = writeln!(text, "  author = {{{}}},", names.join(" and "));
    }
    if let Some(id) = arxiv {
        let _ = write!(text, "  eprint = {{{id}}},\n  archivePrefix = {{arXiv}},\n");
    }
    let _ = write!(text, "  year   = {{{year}}}\n}}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Model, Msg, update};
    use lexicon::wire::FromWorker;
    use lexicon::*;

    const LOSS: Metric = Metric::lower("loss", "Loss", "nats");
    const CARD: Card = Card {
        id: "demo",
        version: 1,
        past: &[],
        title: "Demo",
        says: "A system for tests.",
        family: Family::Search,
        paper: Paper {
            title: "On the many",
            authors: "Ada Lovelace, Alan Turing",
            year: 2024,
            arxiv: Some("2401.00001"),
        },
        rounds: Horizon { default: 3, max: 10 },
        views: &["one"],
        metrics: &[LOSS],
        claims: &[],
        presets: &[],
        real: Real { trains: false, surrogate_minds: false },
        about: "demo.md",
    };

    fn sheet() -> Sheet {
        let arm = ArmCard::method((), "a", "Arm, \"A\"").info;
        Sheet { card: CARD, arms: vec![arm], dials: Vec::new() }
    }

    static CATALOGUE: &[Entry] = &[Entry { id: "demo", sheet, check: |_| Ok(()), asks: |_| None }];

    fn ran() -> Model {
        let mut model = Model::new(vec![Brief::of(&sheet(), None)]);
        model.give(sheet());
        update(&mut model, Msg::Address("#/demo?seeds=1".into()));
        let rounds = (1..=3).map(|index| Round {
            index,
            readings: [("loss".to_string(), f64::from(index) / 4.0)].into(),
            lines: Vec::new(),
        });
        let rounds = rounds.collect();
        update(
            &mut model,
            Msg::Worker {
                run: 1,
                message: FromWorker::Rounds { run: 1, rounds, scenes: Vec::new() },
            },
        );
        update(&mut model, Msg::Worker { run: 1, message: FromWorker::Finished { run: 1 } });
        model
    }

    #[test]
    fn the_csv_has_one_reading_a_line() {
        let model = ran();
        let text = csv(model.lab().unwrap());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "system,arm,seed,round,metric,value");
        assert_eq!(
            lines[1..],
            ["demo,a,1,1,loss,0.25", "demo,a,1,2,loss,0.5", "demo,a,1,3,loss,0.75"]
        );
    }

    #[test]
    fn a_field_with_a_comma_is_quoted() {
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(field("plain"), "plain");
    }

    #[test]
    fn the_scenario_opens_again_and_names_the_digest() {
        let model = ran();
        let lab = model.lab().unwrap();
        let whole: Value = serde_json::from_str(&json(lab)).unwrap();
        assert_eq!(whole["digest"], Value::from(lab.digest()));
        let opened = link::decode(whole["link"].as_str().unwrap(), CATALOGUE).unwrap();
        assert_eq!(opened.scenario, lab.scenario);
        let read: Scenario = serde_json::from_value(whole["scenario"].clone()).unwrap();
        assert_eq!(read, lab.scenario);
    }

    #[test]
    fn pictures_say_where_they_are_from() {
        let model = ran();
        let svg = signed_svg(&provenance(model.lab().unwrap()), "<svg width=\"1\"><g/></svg>");
        assert!(svg.starts_with("<svg width=\"1\"><!-- Murmuration"), "{svg}");
        assert!(svg.contains("#/demo?seeds=1&v=1") && svg.ends_with("<g/></svg>"), "{svg}");
        assert!(!signed_svg("a -- b", "<svg></svg>").contains("a -- b"));
    }

    #[test]
    fn bibtex_names_all_authors() {
        let text = bibtex(&sheet());
        assert!(text.starts_with("@misc{lovelace2024many,"), "{text}");
        assert!(
            text.contains("Ada Lovelace and Alan Turing") && text.contains("eprint = {2401.00001}"),
            "{text}"
        );
    }
}
