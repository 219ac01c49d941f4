//! Verdicts on record: `tests/claims/<slug>.txt`, written by `murmur judge --record`, shown by the page until the
//! person runs the claim again. Plain lines, so that a change of a verdict reads well in a diff:
//!
//! ```text
//! fedstale v1, engine 0.1.0
//! c1: reproduced | mean -0.031 | low -0.043 | high -0.019 | d -1.2 | seeds 8 | rounds 1920 | digest 0123456789abcdef
//! c2: inconclusive (too few seeds) | seeds 4 | rounds 480 | digest 0123456789abcdef
//! ```

use crate::number;
use crate::verdict::{Effect, Verdict};
use std::fmt::Write;

#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub system: String,
    /// Of the card.
    pub version: u32,
    pub engine: String,
    pub claims: Vec<Recorded>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub id: String,
    pub verdict: Verdict,
    /// Rounds that were computed for it: what it costs to run again.
    pub rounds: u64,
    /// Of all its trials' readings.
    pub digest: String,
}

impl Record {
    pub fn claim(&self, id: &str) -> Option<&Recorded> {
        self.claims.iter().find(|c| c.id == id)
    }

    pub fn write(&self) -> String {
        let mut text = format!("{} v{}, engine {}\n", self.system, self.version, self.engine);
        for claim in &self.claims {
            let why = match &claim.verdict {
                Verdict::Inconclusive { why, .. } => {
                    format!(" ({})", why.replace(['|', '\n', '(', ')'], " "))
                }
                _ => String::new(),
            };
            let _ = write!(text, "{}: {}{why}", claim.id, claim.verdict.words());
            if let Some(e) = claim.verdict.effect() {
                let _ = write!(
                    text,
                    " | mean {} | low {} | high {} | d {} | seeds {}",
                    e.mean, e.low, e.high, e.d, e.seeds
                );
            }
            let _ = writeln!(text, " | rounds {} | digest {}", claim.rounds, claim.digest);
        }
        text
    }

    /// The error is a sentence with the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        // A line's end is not a part of what stands last in it, however it is written.
        let mut lines = text.lines().map(str::trim_end).enumerate();
        let head = lines.next().map_or("", |(_, line)| line);
        let parts = head.split_once(" v").and_then(|(system, rest)| {
            let (version, engine) = rest.split_once(", engine ")?;
            Some((system.to_string(), version.parse().ok()?, engine.to_string()))
        });
        let Some((system, version, engine)) = parts else {
            return Err("line 1 of the record should read: SLUG vN, engine X".into());
        };
        let claims = lines
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(at, line)| {
                claim(line).ok_or_else(|| format!("line {} of the record is no verdict", at + 1))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { system, version, engine, claims })
    }
}

fn claim(line: &str) -> Option<Recorded> {
    let (id, rest) = line.split_once(": ")?;
    let mut parts = rest.split(" | ");
    let words = parts.next()?;
    let fields: Vec<(&str, &str)> = parts.filter_map(|p| p.trim().split_once(' ')).collect();
    let field = |name: &str| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let number = |name: &str| field(name).and_then(number::read);
    let effect = (|| {
        Some(Effect {
            mean: number("mean")?,
            low: number("low")?,
            high: number("high")?,
            d: number("d")?,
            seeds: field("seeds")?.parse().ok()?,
        })
    })();
    let (words, why) =
        words.split_once(" (").map_or((words, ""), |(w, why)| (w, why.trim_end_matches(')')));
    let verdict = match words {
        "reproduced" => Verdict::Reproduced(effect?),
        "direction only" => Verdict::DirectionOnly(effect?),
        "not reproduced" => Verdict::NotReproduced(effect?),
        "inconclusive" => Verdict::Inconclusive { why: why.to_string(), effect },
        _ => return None,
    };
    Some(Recorded {
        id: id.to_string(),
        verdict,
        rounds: field("rounds")?.parse().ok()?,
        digest: field("digest")?.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_as_it_was_written() {
        let effect = Effect { mean: -0.031, low: -0.5e-7, high: 1e3, d: 0.0, seeds: 8 };
        let claim = |id: &str, verdict| Recorded {
            id: id.into(),
            verdict,
            rounds: 1920,
            digest: "00ff".into(),
        };
        let record = Record {
            system: "fedstale".into(),
            version: 1,
            engine: "0.1.0".into(),
            claims: vec![
                claim("c1", Verdict::Reproduced(effect)),
                claim("c2", Verdict::DirectionOnly(effect)),
                claim("c3", Verdict::NotReproduced(effect)),
                claim("c4", Verdict::Inconclusive { why: "too few seeds".into(), effect: None }),
                claim(
                    "c5",
                    Verdict::Inconclusive { why: "it is open".into(), effect: Some(effect) },
                ),
            ],
        };
        assert_eq!(Record::parse(&record.write()), Ok(record));
    }

    #[test]
    fn a_stray_carriage_return_is_no_part_of_a_record() {
        // Found by the fuzz target `record`.
        let record = Record::parse("a v1, engine 0.1\r\r\nc1: reproduced").map(|r| r.write());
        assert!(record.unwrap_err().contains("line 2"));
        assert_eq!(Record::parse("a v1, engine 0.1\r").unwrap().write(), "a v1, engine 0.1\n");
    }

    #[test]
    fn a_broken_record_is_named_by_its_line() {
        assert!(Record::parse("").unwrap_err().contains("line 1"));
        assert!(Record::parse("a v1, engine 0\nnonsense").unwrap_err().contains("line 2"));
    }
}
