//! Properties of what comes from outside, by drawn cases (proptest): every scenario of every system survives its link,
//! and no text of a stranger, bent from good ones or drawn from nothing, gets more than a sentence.
//!
//! Cases are drawn from a fixed seed, so that a failure is the same everywhere; `PROPERTIES=seed` draws others, and
//! `cargo xtask fuzz` looks for them by coverage. A case found there belongs into `tests/fuzz/corpus`, which
//! `corpus` replays here.

use crate::laws::Subject;
use crate::{hostile, root, trial};
use lexicon::link::{View, decode, encode, same};
use lexicon::own::{COLUMNS_MAX, Carried, Format, Own};
use lexicon::wire::{FromWorker, ToWorker};
use lexicon::{ARMS_MAX, Dial, Kind, SEEDS_MAX, Scenario, Theme};
use libtest_mimic::Trial;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::{Map, Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Cases of a system's own links, and of a stranger's text.
const LINK_CASES: u32 = 200;
const TEXT_CASES: u32 = 3_000;
/// Cases that may start a run.
const START_CASES: u32 = 60;

pub fn of(subject: &Subject) -> Vec<Trial> {
    let id = subject.sheet.card.id;
    let (there, here) = (subject.clone(), subject.clone());
    vec![
        trial(format!("properties::{id}::every_scenario_survives_its_link"), move || {
            every_scenario_survives_its_link(&there)
        }),
        trial(format!("properties::{id}::a_start_with_nonsense_is_a_fault"), move || {
            a_start_with_nonsense_is_a_fault(&here)
        }),
    ]
}

pub fn all() -> Vec<Trial> {
    vec![
        trial("properties::a_strangers_link_gets_a_sentence", || {
            texts(published(), |text| hostile::link(native::HOUSE.catalogue, text))
        }),
        trial("properties::a_dropped_file_gets_a_sentence", || {
            texts(files(), |text| hostile::file(native::HOUSE.catalogue, text))
        }),
        trial("properties::a_strangers_sweep_gets_a_sentence", || texts(plans(), hostile::plan)),
        trial("properties::a_strangers_record_gets_a_sentence", || {
            texts(records(), hostile::record)
        }),
        trial("properties::a_strangers_table_gets_a_sentence", || {
            texts(tables(), |text| hostile::table(text.as_bytes()))
        }),
        trial("properties::a_strangers_pictures_get_a_sentence", || {
            holds(TEXT_CASES, pictures(), |bytes| hostile::pictures(&bytes))
        }),
        trial("properties::a_models_reply_gets_a_sentence", || texts(replies(), hostile::reply)),
        trial("properties::a_strangers_message_is_dropped_or_read", || {
            for good in messages() {
                let ours = serde_json::from_str::<ToWorker>(&good).is_ok()
                    || serde_json::from_str::<FromWorker>(&good).is_ok();
                if !ours {
                    return Err(format!("the wire has no such message any more: {good}"));
                }
            }
            texts(messages(), |text| hostile::wire(native::HOUSE.catalogue, &[], text))
        }),
        trial("properties::what_fuzzing_found_stays_found", corpus),
        trial("properties::a_broken_property_is_found", a_broken_property_is_found),
    ]
}

fn runner(cases: u32) -> TestRunner {
    let seed = std::env::var("PROPERTIES").ok().and_then(|s| s.parse::<u64>().ok()).unwrap_or(1);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, max_shrink_iters: 4_000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// A panic in `check` is a failure like any other, and shrunk like one.
fn holds<S: Strategy>(
    cases: u32,
    drawn: S,
    check: impl Fn(S::Value) -> Result<(), String>,
) -> Result<(), String> {
    let checked = |value| {
        let checked = catch_unwind(AssertUnwindSafe(|| check(value)));
        checked.unwrap_or_else(|_| Err("it panicked".into())).map_err(TestCaseError::fail)
    };
    runner(cases).run(&drawn, checked).map_err(|error| error.to_string())
}

/// A value that the dial takes.
fn value(dial: &Dial) -> BoxedStrategy<Value> {
    // Both ends and the default are drawn often: that is where codecs break.
    let of = |drawn: BoxedStrategy<Value>, edges: Vec<Value>| {
        prop_oneof![1 => select(edges), 2 => drawn].boxed()
    };
    match &dial.kind {
        Kind::Int { min, max, .. } => of(
            (*min..=*max).prop_map(Value::from).boxed(),
            vec![Value::from(*min), Value::from(*max), dial.default.clone()],
        ),
        Kind::Real { min, max, .. } => {
            let (min, max) = (*min, *max);
            let tiny = ((0.0..=1.0f64), select(vec![1e-3, 1e-6, 1e-12]))
                .prop_map(move |(u, by)| Value::from((min + (max - min) * u * by).clamp(min, max)));
            let any = (min..=max).prop_map(Value::from);
            of(
                prop_oneof![any, tiny].boxed(),
                vec![Value::from(min), Value::from(max), dial.default.clone()],
            )
        }
        Kind::Choice { options } => {
            select(options.iter().map(|o| Value::from(o.id.clone())).collect::<Vec<_>>()).boxed()
        }
        Kind::Flag => any::<bool>().prop_map(Value::from).boxed(),
        Kind::List { min, max, length_max } => {
            let whole = dial
                .default
                .as_array()
                .is_some_and(|all| all.iter().all(|v| v.is_i64() || v.is_u64()));
            let one = (*min..=*max).prop_map(move |v| if whole { v.round() } else { v });
            proptest::collection::vec(one, 1..=*length_max as usize).prop_map(Value::from).boxed()
        }
    }
}

/// Some dials turned, in the order of the dials; what equals its default is not in a scenario.
fn turned(dials: &[Dial]) -> impl Strategy<Value = Map<String, Value>> + use<> {
    let each: Vec<_> = dials
        .iter()
        .map(|dial| {
            let (name, default) = (dial.name.clone(), dial.default.clone());
            proptest::option::weighted(0.4, value(dial))
                .prop_map(move |v| v.filter(|v| !same(v, &default)).map(|v| (name.clone(), v)))
        })
        .collect();
    each.prop_map(|all| all.into_iter().flatten().collect())
}

fn view(views: u32) -> impl Strategy<Value = View> {
    let theme = prop_oneof![Just(None), Just(Some(Theme::Light)), Just(Some(Theme::Dark))];
    (0..views, proptest::option::of(0u32..500), any::<[bool; 3]>(), theme).prop_map(
        |(scene, at, [paused, embed, read], theme)| View {
            scene,
            at,
            paused,
            embed,
            read,
            theme,
            ..View::default()
        },
    )
}

/// Own data, as far as a link knows it.
fn own() -> impl Strategy<Value = Option<Own>> {
    let column = 1..=COLUMNS_MAX as u32;
    let format = prop_oneof![
        Just(Format::Idx),
        (column.clone(), proptest::option::of(column))
            .prop_filter("two columns", |(label, client)| Some(*label) != *client)
            .prop_map(|(label, client)| Format::Csv { label, client }),
    ];
    let of = |signs: &'static [u8], count| {
        let text = |signs: Vec<u8>| String::from_utf8_lossy(&signs).into_owned();
        proptest::collection::vec(select(signs), count).prop_map(text)
    };
    let file = prop_oneof![
        of(b"Aa0_-z9", 1..200).prop_map(Carried::Inline),
        of(b"0123456789abcdef", 64..65).prop_map(Carried::Sha256),
    ];
    proptest::option::of((format, file).prop_map(|(format, file)| Own { format, file }))
}

fn every_scenario_survives_its_link(subject: &Subject) -> Result<(), String> {
    let sheet = &subject.sheet;
    let horizon = sheet.card.rounds.max;
    let drawn = (
        turned(&sheet.dials),
        subsequence((0..sheet.arms.len()).collect::<Vec<_>>(), 0..=sheet.arms.len()).prop_shuffle(),
        (1u32..=1_000_000_000, 1..=SEEDS_MAX, 1..=horizon),
        view(sheet.card.views.len() as u32),
        subsequence(
            sheet.dials.iter().map(|d| d.name.clone()).collect::<Vec<_>>(),
            0..=sheet.dials.len().min(3),
        ),
        own().prop_map(|own| own.filter(|_| sheet.takes_data())),
    );
    holds(LINK_CASES, drawn, |(params, arms, (seed, seeds, rounds), view, hide, data)| {
        let values = sheet.values(&params);
        let offered = arms.iter().map(|at| &sheet.arms[*at]).filter(|arm| arm.offered(&values));
        let mut arms: Vec<String> = offered.take(ARMS_MAX).map(|arm| arm.id.to_string()).collect();
        if arms.is_empty() {
            arms = sheet.default_arms(&params);
        }
        let at = view.at.map(|at| at.min(horizon));
        let view = View { hide, at, ..view };
        let system = sheet.card.id.to_string();
        let version = sheet.card.version;
        let scenario = Scenario { system, version, arms, seed, seeds, rounds, params, data };
        let link = encode(sheet, &scenario, &view);
        let opened =
            decode(&link, subject.world.catalogue).map_err(|fault| format!("{link}: {fault}"))?;
        if opened.scenario != scenario || opened.view != view || !opened.notices.is_empty() {
            return Err(format!("{link} came back as {opened:?}"));
        }
        // A rule across dials may refuse it, by the name of a dial and in words.
        let unnamed = opened.issues.iter().find(|issue| sheet.dial(&issue.dial).is_none());
        match unnamed {
            Some(issue) => Err(format!("{link} is refused without the name of a dial: {issue}")),
            None => hostile::link(subject.world.catalogue, &link)
                .map_err(|says| format!("{link}: {says}")),
        }
    })
}

/// Values that no dial of this kind takes.
fn nonsense() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        Just(json!({ "__proto__": 1 })),
        Just(json!([])),
        Just(json!([[1]])),
        Just(json!(1e300)),
        Just(json!(-1e300)),
        Just(json!(u64::MAX)),
        Just(json!(i64::MIN)),
        Just(json!("")),
        Just(json!("NaN")),
        letters(40).prop_map(|text| json!(text + "\u{0}")),
    ]
}

fn a_start_with_nonsense_is_a_fault(subject: &Subject) -> Result<(), String> {
    let sheet = &subject.sheet;
    let names: Vec<String> = sheet
        .dials
        .iter()
        .map(|d| d.name.clone())
        .chain(["__proto__".into(), String::new()])
        .collect();
    let arms: Vec<String> = sheet
        .arms
        .iter()
        .map(|a| a.id.to_string())
        .chain(["nobody".into(), "\u{0}".into()])
        .collect();
    let drawn = (
        proptest::collection::vec((select(names), nonsense()), 1..4),
        select(arms),
        any::<[u32; 4]>(),
    );
    holds(START_CASES, drawn, |(bad, arm, [seed, seeds, rounds, version])| {
        let start = json!({ "Start": {
            "run": 1, "until": rounds, "watch": "Nothing", "minds": "Surrogate", "device": "Auto",
            "job": { "arm": arm, "seed": seed },
            "scenario": {
                "system": sheet.card.id, "version": version, "arms": [arm], "seed": seed, "seeds": seeds,
                "rounds": rounds, "params": Map::from_iter(bad),
            },
        }});
        // Else nothing would be started, and nothing tried.
        serde_json::from_value::<ToWorker>(start.clone())
            .map_err(|e| format!("no message: {e}"))?;
        hostile::wire(subject.world.catalogue, subject.world.starters, &start.to_string())
    })
}

fn letters(most: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<char>(), 0..=most).prop_map(String::from_iter)
}

/// Pieces that have broken other parsers.
const PIECES: [&str; 40] = [
    "?",
    "&",
    "=",
    "#",
    "/",
    "%",
    "%00",
    "%FF",
    ",",
    ";",
    "..",
    "=..",
    "1e999",
    "-0",
    "NaN",
    "inf",
    "0x1",
    "٣",
    "\u{202e}",
    "\u{0}",
    "\n",
    "\r\n",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ": ",
    " | ",
    " (",
    ")",
    " v",
    "v=0",
    "v=99",
    "arms=",
    "sweep=",
    "__proto__",
    "99999999999999999999",
    "🐦",
];

#[derive(Clone, Debug)]
enum Bend {
    Put(Index, String),
    Cut(Index, usize),
    Double(Index, usize),
    Swap(Index, Index),
}

fn bends() -> impl Strategy<Value = Vec<Bend>> {
    let signs: Vec<char> = "0123456789.eE+-".chars().collect();
    let number = proptest::collection::vec(select(signs), 1..30).prop_map(String::from_iter);
    let piece = prop_oneof![select(PIECES.map(String::from).to_vec()), letters(12), number];
    let one = prop_oneof![
        4 => (any::<Index>(), piece).prop_map(|(at, piece)| Bend::Put(at, piece)),
        2 => (any::<Index>(), 1..20usize).prop_map(|(at, long)| Bend::Cut(at, long)),
        1 => (any::<Index>(), 1..200usize).prop_map(|(at, long)| Bend::Double(at, long)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Bend::Swap(a, b)),
    ];
    proptest::collection::vec(one, 0..6)
}

fn bent(good: &str, bends: &[Bend]) -> String {
    let mut text: Vec<char> = good.chars().collect();
    for bend in bends {
        let places = text.len() + 1;
        match bend {
            Bend::Put(at, piece) => {
                let at = at.index(places);
                text.splice(at..at, piece.chars());
            }
            Bend::Cut(at, long) => {
                let at = at.index(places);
                text.drain(at..(at + long).min(text.len()));
            }
            Bend::Double(at, long) => {
                let at = at.index(places);
                let again = text[at..(at + long).min(text.len())].to_vec();
                text.splice(at..at, again);
            }
            Bend::Swap(a, b) if !text.is_empty() => {
                let (a, b) = (a.index(text.len()), b.index(text.len()));
                text.swap(a, b);
            }
            Bend::Swap(..) => {}
        }
    }
    text.into_iter().collect()
}

/// Texts bent from good ones, and texts drawn from nothing.
fn texts(good: Vec<String>, check: impl Fn(&str) -> Result<(), String>) -> Result<(), String> {
    if good.is_empty() {
        return Err("there is no good text to bend".into());
    }
    let drawn = prop_oneof![
        6 => (select(good), bends()).prop_map(|(text, bends)| bent(&text, &bends)),
        1 => letters(300),
        1 => proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ];
    holds(TEXT_CASES, drawn, |text: String| check(&text))
}

fn published() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("tests/links.txt")).unwrap_or_default();
    text.lines().filter(|line| line.starts_with("#/")).map(String::from).collect()
}

/// As Export saves a scenario and a picture.
fn files() -> Vec<String> {
    let saved = |link: &String| {
        let svg = format!("<svg><!-- Murmuration 0.1.0 · {link} · digest 00 --><g/></svg>");
        [json!({ "link": link, "scenario": {} }).to_string(), svg]
    };
    published().iter().flat_map(saved).collect()
}

/// A grid over the first two dials that can be swept, of each system.
fn plans() -> Vec<String> {
    let one = |entry: &lexicon::Entry| {
        let sheet = (entry.sheet)();
        let spans: Vec<String> = sheet
            .dials
            .iter()
            .filter_map(|dial| match &dial.kind {
                Kind::Int { min, max, .. } => Some(format!("{}={min}..{max}/5", dial.name)),
                Kind::Real { min, max, .. } => Some(format!("{}={min}..{max}/4", dial.name)),
                Kind::Choice { .. } | Kind::Flag => Some(dial.name.clone()),
                Kind::List { .. } => None,
            })
            .take(2)
            .collect();
        format!("{};random=40;seeds=2", spans.join(";"))
    };
    native::HOUSE.catalogue.iter().map(one).collect()
}

/// Tables as people save them.
fn tables() -> Vec<String> {
    let rows: String = (0..12)
        .map(|row| format!("{}.5,{},site {},{}\n", row, row % 5, row % 3, ["a", "b"][row % 2]))
        .collect();
    let plain = format!("x,y,site,label\n{rows}");
    vec![
        plain.replace(',', ";"),
        plain.replace(',', "\t"),
        plain.replace("site ", "").replace('\n', "\r\n"),
        format!("\u{feff}{plain}"),
        "\"a, b\",label\n1e3,\"yes\"\n-.5,no\n\n7,\"y\"\"es\"\n".to_string(),
        plain,
    ]
}

/// A pair of IDX files, and what a careless hand makes of it.
fn pictures() -> impl Strategy<Value = Vec<u8>> {
    let whole =
        (0u32..6, 0u32..6, 0u32..6, 0u32..7).prop_flat_map(|(count, rows, columns, labels)| {
            let pixels = (count * rows * columns) as usize;
            (
                proptest::collection::vec(any::<u8>(), pixels),
                proptest::collection::vec(0u8..4, labels as usize),
            )
                .prop_map(move |(pixels, labels)| {
                    let mut bytes = vec![0, 0, 8, 3];
                    [count, rows, columns].iter().for_each(|n| bytes.extend(n.to_be_bytes()));
                    bytes.extend(pixels);
                    bytes.extend([0, 0, 8, 1]);
                    bytes.extend((labels.len() as u32).to_be_bytes());
                    bytes.extend(labels);
                    bytes
                })
        });
    let flips = proptest::collection::vec((any::<Index>(), any::<u8>()), 0..3);
    (whole, flips, any::<Index>(), any::<bool>()).prop_map(|(mut bytes, flips, cut, cuts)| {
        for (at, to) in flips {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes
    })
}

fn records() -> Vec<String> {
    let files = std::fs::read_dir(root().join("tests/claims")).into_iter().flatten().flatten();
    files.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect()
}

fn replies() -> Vec<String> {
    let content = r#"Sure: ```json {"reason": "r", "answer": "B", "confidence": 70} ```"#;
    let judged = r#"{"better": "A", "reason": "r"}"#;
    let wrapped = |text: &str| {
        json!({ "choices": [{ "message": { "content": text } }], "usage": { "total_tokens": 5 } })
            .to_string()
    };
    vec![
        wrapped(content),
        wrapped(judged),
        content.into(),
        judged.into(),
        json!({ "error": { "message": "the key sk-0123456789abcdef is wrong" } }).to_string(),
    ]
}

fn messages() -> Vec<String> {
    let scenario = json!({ "system": "fedstale", "version": 1, "arms": ["fedstale"], "seed": 1, "seeds": 1, "rounds": 1, "params": {} });
    let effect = json!({ "mean": 0.5, "low": 0.1, "high": 0.9, "d": 1.0, "seeds": 5 });
    [
        json!({ "Open": { "ticket": 1, "link": "#/fedstale?beta=0.4" } }),
        json!({ "Start": { "run": 1, "scenario": scenario, "job": { "arm": "fedstale", "seed": 1 }, "until": 1, "watch": "Every", "minds": "Surrogate", "device": "Cpu" } }),
        json!({ "Device": { "run": 1, "on_gpu": true, "faster": true, "says": "x" } }),
        json!({ "Allow": { "run": 1, "until": 9, "watch": "Newest" } }),
        json!({ "Stop": { "run": 1 } }),
        json!({ "Judge": { "ticket": 1, "system": "fedstale", "claim": "c1", "results": {} } }),
        json!({ "Ready": { "build": "0.1.0" } }),
        json!({ "Rounds": { "run": 1, "rounds": [{ "index": 1, "readings": { "loss": 0.25 }, "lines": ["x"] }], "scenes": [] } }),
        json!({ "Failed": { "run": 1, "fault": { "Diverged": { "what": "loss", "round": 3 } } } }),
        json!({ "Judged": { "ticket": 1, "verdict": { "Ok": { "Reproduced": effect } } } }),
        json!({ "Opened": { "ticket": 1, "opened": { "Err": "no" } } }),
        json!({ "Crashed": { "says": "boom" } }),
        json!({ "File": { "sha256": "00", "bytes": [97, 10] } }),
        json!({ "Look": { "ticket": 1, "table": { "Csv": { "label": 2, "client": null } }, "bytes": b"a,b\n1,x\n2,y\n" } }),
        json!({ "Looked": { "ticket": 1, "look": { "Err": "no" } } }),
    ]
    .map(|message| message.to_string())
    .to_vec()
}

/// Every target has examples, and what was found in its folder; no folder is without a target.
fn corpus() -> Result<(), String> {
    let corpus = root().join("tests/fuzz/corpus");
    for (target, check) in hostile::TARGETS {
        let folder = corpus.join(target);
        let files = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let mut replayed = 0;
        for file in files.flatten() {
            let bytes = std::fs::read(file.path()).map_err(|e| e.to_string())?;
            check(native::HOUSE.catalogue, &bytes)
                .map_err(|says| format!("{}: {says}", file.path().display()))?;
            replayed += 1;
        }
        if replayed == 0 {
            return Err(format!("{} is empty: the search has nothing to bend", folder.display()));
        }
    }
    let folders = std::fs::read_dir(&corpus).into_iter().flatten().flatten();
    let mut names = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names
        .find(|name| !hostile::TARGETS.iter().any(|(target, _)| target == name))
        .map_or(Ok(()), |name| Err(format!("tests/fuzz/corpus/{name} belongs to no target")))
}

/// The runner finds a failure and a panic alike: a property that cannot fail would be none.
fn a_broken_property_is_found() -> Result<(), String> {
    let no_version = |text: &str| if text.contains("v=99") { Err("found".into()) } else { Ok(()) };
    let panics = |text: &str| if text.contains('\u{0}') { panic!("found") } else { Ok(()) };
    std::panic::set_hook(Box::new(|_| {}));
    let both = (texts(published(), no_version), texts(published(), panics));
    let _ = std::panic::take_hook();
    match both {
        (Err(a), Err(b)) if a.contains("found") && b.contains("panicked") => Ok(()),
        both => Err(format!("{both:?}")),
    }
}
