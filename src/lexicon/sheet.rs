//! Sheets as files: `murmur sheets` writes them from the code, the page reads the index of all systems when it starts
//! and a system's own sheet when it is opened. So the page carries no system, however many there are.

use crate::card::*;
use crate::claim::{At, Claim, Expect, Test};
use crate::dial::{Choice, Dial, Kind};
use crate::record::Record;
use crate::verdict::Verdict;
use serde_json::{Value, json};

/// What the page knows of a system before it is opened: its card in the gallery.
#[derive(Clone, Debug, PartialEq)]
pub struct Brief {
    pub id: &'static str,
    pub title: &'static str,
    pub says: &'static str,
    pub family: Family,
    pub paper: Paper,
    pub real: Real,
    /// Labels of its arms: they are searched, too.
    pub arms: Vec<&'static str>,
    pub claims: u32,
    /// It learns from data that a person brings.
    pub takes_data: bool,
    /// Its claims on record: reproduced, direction only, inconclusive, not reproduced.
    pub standing: [u32; 4],
}

impl Brief {
    pub fn of(sheet: &Sheet, record: Option<&Record>) -> Self {
        let card = &sheet.card;
        let mut standing = [0; 4];
        let recorded = card.claims.iter().filter_map(|claim| record?.claim(claim.id));
        for claim in recorded {
            let at = match claim.verdict {
                Verdict::Reproduced(_) => 0,
                Verdict::DirectionOnly(_) => 1,
                Verdict::Inconclusive { .. } => 2,
                Verdict::NotReproduced(_) => 3,
            };
            standing[at] += 1;
        }
        Self {
            id: card.id,
            title: card.title,
            says: card.says,
            family: card.family,
            paper: card.paper,
            real: card.real,
            arms: sheet.arms.iter().map(|arm| arm.label).collect(),
            claims: card.claims.len() as u32,
            takes_data: sheet.takes_data(),
            standing,
        }
    }
}

const BETTER: [(Better, &str); 3] =
    [(Better::Lower, "lower"), (Better::Higher, "higher"), (Better::Neither, "neither")];
const ROLES: [(Role, &str); 4] = [
    (Role::Method, "method"),
    (Role::Baseline, "baseline"),
    (Role::Ablation, "ablation"),
    (Role::Reference, "reference"),
];

fn word<T: PartialEq>(words: &[(T, &'static str)], of: &T) -> &'static str {
    words.iter().find(|(known, _)| known == of).map_or("", |(_, word)| word)
}

/// The index of all systems.
pub fn write_index(briefs: &[Brief]) -> String {
    let one = |b: &Brief| {
        json!({
            "id": b.id, "title": b.title, "says": b.says, "family": b.family.label(), "paper": paper(&b.paper),
            "real": real(&b.real), "arms": b.arms, "claims": b.claims, "takes_data": b.takes_data, "standing": b.standing,
        })
    };
    Value::Array(briefs.iter().map(one).collect()).to_string()
}

/// The whole sheet.
pub fn write(sheet: &Sheet) -> String {
    let card = &sheet.card;
    let past = card.past.iter().map(|p| json!([p.version, p.defaults]));
    let metrics = card.metrics.iter().map(|m| {
        json!({ "id": m.id, "label": m.label, "unit": m.unit, "better": word(&BETTER, &m.better), "sparse": m.sparse, "share": m.share })
    });
    let presets = card.presets.iter().map(|p| json!([p.id, p.label, p.query]));
    let arms = sheet.arms.iter().map(|a| {
        json!({
            "id": a.id, "label": a.label, "role": word(&ROLES, &a.role), "says": a.says, "shown": a.shown,
            "when": a.when, "asks": a.asks,
        })
    });
    json!({
        "id": card.id, "version": card.version, "past": past.collect::<Vec<_>>(), "title": card.title,
        "says": card.says, "family": card.family.label(), "paper": paper(&card.paper),
        "rounds": [card.rounds.default, card.rounds.max], "views": card.views,
        "metrics": metrics.collect::<Vec<_>>(), "claims": card.claims.iter().map(claim).collect::<Vec<_>>(),
        "presets": presets.collect::<Vec<_>>(), "real": real(&card.real), "about": card.about,
        "arms": arms.collect::<Vec<_>>(), "dials": sheet.dials.iter().map(dial).collect::<Vec<_>>(),
    })
    .to_string()
}

fn paper(of: &Paper) -> Value {
    json!({ "title": of.title, "authors": of.authors, "year": of.year, "arxiv": of.arxiv })
}

fn real(of: &Real) -> Value {
    json!([of.trains, of.surrogate_minds])
}

fn claim(of: &Claim) -> Value {
    json!({
        "id": of.id, "says": of.says, "source": of.source, "tests": of.tests, "setting": of.setting,
        "seeds": of.seeds, "test": test(&of.test), "expect": of.expect.words(), "why": of.expect.why(),
    })
}

/// Numbers stand in `numbers` in the order of the fields.
fn test(of: &Test) -> Value {
    let two = |is: &str, metric: &Metric, arm: &str, than: &str, at: &At, numbers: &[f64]| json!({ "is": is, "metric": metric.id, "arms": [arm, than], "at": moment(at), "numbers": numbers });
    match of {
        Test::Lower { metric, arm, than, at, ratio } => {
            two("lower", metric, arm, than, at, &[*ratio])
        }
        Test::Higher { metric, arm, than, at, ratio } => {
            two("higher", metric, arm, than, at, &[*ratio])
        }
        Test::Between { metric, arm, at, low, high } => {
            two("between", metric, arm, "", at, &[*low, *high])
        }
        Test::Within { metric, arm, than, at, margin } => {
            two("within", metric, arm, than, at, &[*margin])
        }
        Test::Gap { metric, arm, than, at, low, high } => {
            two("gap", metric, arm, than, at, &[*low, *high])
        }
        Test::NoneShown { metric, arm, than, at } => two("none_shown", metric, arm, than, at, &[]),
        Test::Ordered { metric, arms, at } => {
            json!({ "is": "ordered", "metric": metric.id, "arms": arms, "at": moment(at) })
        }
        Test::Trend { metric, arm, at, dial, values, rises } => json!({
            "is": "trend", "metric": metric.id, "arms": [arm], "at": moment(at), "dial": dial, "numbers": values,
            "rises": rises,
        }),
        Test::Interaction { metric, pair, other, at } => json!({
            "is": "interaction", "metric": metric.id, "arms": [pair[0], pair[1], other[0], other[1]], "at": moment(at),
        }),
        Test::BestDial { metric, arm, at, dial, values, here, there } => json!({
            "is": "best_dial", "metric": metric.id, "arms": [arm], "at": moment(at), "dial": dial, "numbers": values,
            "settings": [here, there],
        }),
        Test::Share { metric, arm, than, at, cells, margin, at_least } => json!({
            "is": "share", "metric": metric.id, "arms": [arm, than], "at": moment(at), "settings": cells,
            "numbers": [margin, at_least],
        }),
        Test::Exactly { metric, arm, at, value } => two("exactly", metric, arm, "", at, &[*value]),
        Test::All(parts) => {
            json!({ "is": "all", "parts": parts.iter().map(test).collect::<Vec<_>>() })
        }
        Test::AtLeast { parts, count } => json!({
            "is": "at_least", "parts": parts.iter().map(test).collect::<Vec<_>>(), "count": count,
        }),
    }
}

fn moment(of: &At) -> Value {
    match of {
        At::Last => "last".into(),
        At::Tail => "tail".into(),
        At::Round(round) => (*round).into(),
        At::Mean => "mean".into(),
        At::Sum => "sum".into(),
        At::Best => "best".into(),
    }
}

fn dial(of: &Dial) -> Value {
    let kind = match &of.kind {
        Kind::Int { min, max, log } => json!({ "is": "int", "min": min, "max": max, "log": log }),
        Kind::Real { min, max, log, step } => {
            json!({ "is": "real", "min": min, "max": max, "log": log, "step": step })
        }
        Kind::Choice { options } => {
            let options = options.iter().map(|o| json!([o.id, o.label, o.help]));
            json!({ "is": "choice", "options": options.collect::<Vec<_>>() })
        }
        Kind::Flag => json!({ "is": "flag" }),
        Kind::List { min, max, length_max } => {
            json!({ "is": "list", "min": min, "max": max, "length_max": length_max })
        }
    };
    json!({
        "name": of.name, "label": of.label, "help": of.help, "unit": of.unit, "symbol": of.symbol, "kind": kind,
        "default": of.default, "paper": of.paper, "advanced": of.advanced,
        "by_client": of.by_client, "with_data": of.with_data,
    })
}

const BROKEN: &str = "It is not of this build of Murmuration. Reload the page to get both anew.";

/// A text as data that stays: a system's sheet is read once, and lives as long as the page.
fn kept(text: &str) -> Result<&'static Value, String> {
    let value = serde_json::from_str(text).map_err(|_| BROKEN.to_string())?;
    Ok(Box::leak(Box::new(value)))
}

/// Reads what `write_index` wrote. The error is a sentence.
pub fn read_index(text: &str) -> Result<Vec<Brief>, String> {
    let index = kept(text)?.as_array().ok_or(BROKEN)?;
    index.iter().map(brief).collect::<Option<_>>().ok_or_else(|| BROKEN.to_string())
}

/// Reads what `write` wrote. The error is a sentence.
pub fn read(text: &str) -> Result<Sheet, String> {
    whole(kept(text)?).ok_or_else(|| BROKEN.to_string())
}

fn text(of: &'static Value, key: &str) -> Option<&'static str> {
    of.get(key)?.as_str()
}

fn count(of: &'static Value, key: &str) -> Option<u32> {
    u32::try_from(of.get(key)?.as_u64()?).ok()
}

fn flag(of: &'static Value, key: &str) -> Option<bool> {
    of.get(key)?.as_bool()
}

fn each<T>(
    of: &'static Value,
    key: &str,
    read: impl FnMut(&'static Value) -> Option<T>,
) -> Option<Vec<T>> {
    of.get(key)?.as_array()?.iter().map(read).collect()
}

fn texts(of: &'static Value, key: &str) -> Option<Vec<&'static str>> {
    each(of, key, Value::as_str)
}

/// What a word stands for.
fn meant<T: Copy>(words: &[(T, &str)], given: &str) -> Option<T> {
    words.iter().find(|(_, word)| *word == given).map(|(meant, _)| *meant)
}

fn brief(of: &'static Value) -> Option<Brief> {
    let standing = each(of, "standing", |n| u32::try_from(n.as_u64()?).ok())?;
    Some(Brief {
        id: text(of, "id")?,
        title: text(of, "title")?,
        says: text(of, "says")?,
        family: read_family(of)?,
        paper: read_paper(of)?,
        real: read_real(of)?,
        arms: texts(of, "arms")?,
        claims: count(of, "claims")?,
        takes_data: flag(of, "takes_data")?,
        standing: standing.try_into().ok()?,
    })
}

fn read_family(of: &'static Value) -> Option<Family> {
    let given = text(of, "family")?;
    Family::ALL.into_iter().find(|family| family.label() == given)
}

fn read_paper(of: &'static Value) -> Option<Paper> {
    let of = of.get("paper")?;
    let (title, authors) = (text(of, "title")?, text(of, "authors")?);
    Some(Paper { title, authors, year: count(of, "year")?, arxiv: text(of, "arxiv") })
}

fn read_real(of: &'static Value) -> Option<Real> {
    let of = of.get("real")?;
    Some(Real { trains: of[0].as_bool()?, surrogate_minds: of[1].as_bool()? })
}

fn whole(of: &'static Value) -> Option<Sheet> {
    let number = |of: &Value| u32::try_from(of.as_u64()?).ok();
    let past =
        |of: &'static Value| Some(Past { version: number(&of[0])?, defaults: of[1].as_str()? });
    let preset = |of: &'static Value| {
        Some(Preset { id: of[0].as_str()?, label: of[1].as_str()?, query: of[2].as_str()? })
    };
    let rounds = of.get("rounds")?;
    let metrics: &'static [Metric] = each(of, "metrics", read_metric)?.leak();
    Some(Sheet {
        card: Card {
            id: text(of, "id")?,
            version: count(of, "version")?,
            past: each(of, "past", past)?.leak(),
            title: text(of, "title")?,
            says: text(of, "says")?,
            family: read_family(of)?,
            paper: read_paper(of)?,
            rounds: Horizon { default: number(&rounds[0])?, max: number(&rounds[1])? },
            views: texts(of, "views")?.leak(),
            metrics,
            claims: each(of, "claims", |of| read_claim(of, metrics))?.leak(),
            presets: each(of, "presets", preset)?.leak(),
            real: read_real(of)?,
            about: text(of, "about")?,
        },
        arms: each(of, "arms", read_arm)?,
        dials: each(of, "dials", read_dial)?,
    })
}

fn read_metric(of: &'static Value) -> Option<Metric> {
    Some(Metric {
        id: text(of, "id")?,
        label: text(of, "label")?,
        unit: text(of, "unit")?,
        better: meant(&BETTER, text(of, "better")?)?,
        sparse: flag(of, "sparse")?,
        share: flag(of, "share")?,
    })
}

fn read_arm(of: &'static Value) -> Option<ArmInfo> {
    Some(ArmInfo {
        id: text(of, "id")?,
        label: text(of, "label")?,
        role: meant(&ROLES, text(of, "role")?)?,
        says: text(of, "says")?,
        shown: flag(of, "shown")?,
        when: text(of, "when")?,
        asks: flag(of, "asks")?,
    })
}

fn read_claim(of: &'static Value, metrics: &'static [Metric]) -> Option<Claim> {
    let why = text(of, "why")?;
    Some(Claim {
        id: text(of, "id")?,
        says: text(of, "says")?,
        source: text(of, "source")?,
        tests: text(of, "tests")?,
        setting: text(of, "setting")?,
        seeds: count(of, "seeds")?,
        test: read_test(of.get("test")?, metrics)?,
        expect: match text(of, "expect")? {
            "reproduced" => Expect::Reproduced,
            "direction only" => Expect::DirectionOnly,
            "inconclusive" => Expect::Inconclusive { why },
            _ => Expect::NotReproduced { why },
        },
    })
}

fn read_test(of: &'static Value, metrics: &'static [Metric]) -> Option<Test> {
    let is = text(of, "is")?;
    if let Some(parts) = each(of, "parts", |of| read_test(of, metrics)) {
        let parts = parts.leak();
        return match is {
            "all" => Some(Test::All(parts)),
            _ => Some(Test::AtLeast { parts, count: count(of, "count")? }),
        };
    }
    let metric = text(of, "metric")?;
    let metric = *metrics.iter().find(|known| known.id == metric)?;
    let at = match of.get("at")? {
        Value::String(word) => match word.as_str() {
            "last" => At::Last,
            "tail" => At::Tail,
            "mean" => At::Mean,
            "sum" => At::Sum,
            _ => At::Best,
        },
        round => At::Round(u32::try_from(round.as_u64()?).ok()?),
    };
    let arms: &'static [&'static str] = texts(of, "arms")?.leak();
    let settings: &'static [&'static str] = texts(of, "settings").unwrap_or_default().leak();
    let numbers: &'static [f64] = each(of, "numbers", Value::as_f64).unwrap_or_default().leak();
    let arm = *arms.first()?;
    let than = arms.get(1).copied().unwrap_or_default();
    let first = numbers.first().copied();
    let second = numbers.get(1).copied();
    Some(match is {
        "lower" => Test::Lower { metric, arm, than, at, ratio: first? },
        "higher" => Test::Higher { metric, arm, than, at, ratio: first? },
        "between" => Test::Between { metric, arm, at, low: first?, high: second? },
        "within" => Test::Within { metric, arm, than, at, margin: first? },
        "gap" => Test::Gap { metric, arm, than, at, low: first?, high: second? },
        "none_shown" => Test::NoneShown { metric, arm, than, at },
        "ordered" => Test::Ordered { metric, arms, at },
        "trend" => {
            let (dial, rises) = (text(of, "dial")?, flag(of, "rises")?);
            Test::Trend { metric, arm, at, dial, values: numbers, rises }
        }
        "interaction" => {
            let other = [*arms.get(2)?, *arms.get(3)?];
            Test::Interaction { metric, pair: [arm, than], other, at }
        }
        "best_dial" => {
            let (dial, here, there) = (text(of, "dial")?, settings.first()?, settings.get(1)?);
            Test::BestDial { metric, arm, at, dial, values: numbers, here, there }
        }
        "share" => {
            let (margin, at_least) = (first?, second?);
            Test::Share { metric, arm, than, at, cells: settings, margin, at_least }
        }
        "exactly" => Test::Exactly { metric, arm, at, value: first? },
        _ => return None,
    })
}

fn read_dial(of: &'static Value) -> Option<Dial> {
    let owned = |key: &str| text(of, key).map(str::to_string);
    let kind = of.get("kind")?;
    let real = |key: &str| kind.get(key)?.as_f64();
    let whole = |key: &str| kind.get(key)?.as_i64();
    let log = flag(kind, "log").unwrap_or(false);
    let choice = |of: &'static Value| {
        let word = |at: usize| of[at].as_str().map(str::to_string);
        Some(Choice { id: word(0)?, label: word(1)?, help: word(2)? })
    };
    Some(Dial {
        name: owned("name")?,
        label: owned("label")?,
        help: owned("help")?,
        unit: owned("unit")?,
        symbol: owned("symbol")?,
        kind: match text(kind, "is")? {
            "int" => Kind::Int { min: whole("min")?, max: whole("max")?, log },
            "real" => Kind::Real { min: real("min")?, max: real("max")?, log, step: real("step") },
            "choice" => Kind::Choice { options: each(kind, "options", choice)? },
            "flag" => Kind::Flag,
            _ => {
                let length_max = count(kind, "length_max")?;
                Kind::List { min: real("min")?, max: real("max")?, length_max }
            }
        },
        default: of.get("default")?.clone(),
        paper: of.get("paper").filter(|paper| !paper.is_null()).cloned(),
        advanced: flag(of, "advanced")?,
        by_client: flag(of, "by_client")?,
        with_data: of.get("with_data").filter(|value| !value.is_null()).cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_sheet_is_said_in_a_sentence() {
        for text in ["", "{", "[]", "3", "{\"id\": \"a\"}", "<!doctype html>"] {
            assert_eq!(read(text).unwrap_err(), BROKEN, "{text}");
        }
        for text in ["", "{}", "[3]", "[{\"id\": \"a\"}]"] {
            assert_eq!(read_index(text).unwrap_err(), BROKEN, "{text}");
        }
        assert_eq!(read_index("[]"), Ok(Vec::new()));
    }
}
