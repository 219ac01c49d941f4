//! What must hold of any text whatever that reaches us from outside: a link, a dropped file, a sweep's text, a record, a
//! message of the wire, a model's reply. The properties throw drawn texts at these; the search by coverage
//! (`tests/fuzz`) throws whatever finds a new way through the code. An error is a sentence of what does not hold; a
//! panic is one too.

use app::oracle::protocol::{self, Landed};
use app::oracle::{Connection, Key, Limits, Way};
use engine::chance::Chance;
use engine::data::own::{self, Samples};
use engine::minds::oracle::{Question, read_answer, read_compare};
use engine::run::{Host, Starter};
use lexicon::link::{canonical, decode, encode};
use lexicon::own::{Carried, Format, Own};
use lexicon::record::Record;
use lexicon::sweep::Plan;
use lexicon::wire::{FromWorker, Opening, ToWorker};
use lexicon::{Entry, Job, Prompt, Sheet, find};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::OnceLock;

/// The longest answer to a stranger's text, in characters.
const SAID_MAX: usize = 2_000;
/// Rounds that a scenario off the wire may go on for here.
const ROUNDS_MAX: u32 = 2;

/// What must hold of these bytes, whoever sent them, where these systems are known.
pub type Check = fn(&[Entry], &[u8]) -> Result<(), String>;

/// All that is searched by coverage: `cargo xtask fuzz` and `test` take each, the suite replays `fuzz/corpus/<name>`.
/// Another reader of strangers' bytes is one more line here, and a folder with a good example of what it reads.
pub const TARGETS: &[(&str, Check)] = &[
    ("csv", |_, given| table(given)),
    ("file", |catalogue, given| file(catalogue, &text(given))),
    ("idx", |_, given| pictures(given)),
    ("link", |catalogue, given| link(catalogue, &text(given))),
    ("record", |_, given| record(&text(given))),
    ("reply", |_, given| reply(&text(given))),
    ("sweep", |_, given| plan(&text(given))),
    // No run is started: a search would soon find one that is long.
    ("wire", |catalogue, given| wire(catalogue, &[], &text(given))),
];

fn text(given: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(given)
}

/// A sentence that may be shown: short, and without anything that moves a terminal's or a page's text about.
fn sentence(says: &str) -> Result<(), String> {
    if says.chars().any(char::is_control) {
        return Err(format!("it is answered with control characters: {says:?}"));
    }
    if says.chars().count() > SAID_MAX {
        return Err(format!("it is answered with {} characters", says.chars().count()));
    }
    Ok(())
}

/// A link is a scenario that keeps its meaning when it is written and read again, or it is answered in words.
pub fn link(catalogue: &[Entry], given: &str) -> Result<(), String> {
    let opening = Opening::read(given, catalogue);
    let opened = match decode(given, catalogue) {
        Ok(opened) => opened,
        Err(fault) => {
            sentence(&fault.to_string())?;
            return opening
                .map_or(Ok(()), |_| Err("a refused link was opened for the library".into()));
        }
    };
    for says in opened.issues.iter().map(ToString::to_string).chain(opened.notices.clone()) {
        sentence(&says)?;
    }
    if opening.is_ok() != opened.issues.is_empty() {
        return Err("the library and the page do not agree on whether it can be run".into());
    }
    let entry = find(catalogue, &opened.scenario.system).ok_or("a system that opened is gone")?;
    let sheet = (entry.sheet)();
    let again = encode(&sheet, &opened.scenario, &opened.view);
    let reopened =
        decode(&again, catalogue).map_err(|fault| format!("its own link {again}: {fault}"))?;
    // What was named and left out is not in the link that is written.
    if reopened.scenario != opened.scenario
        || reopened.view != opened.view
        || !reopened.notices.is_empty()
    {
        return Err(format!("its own link {again} means {reopened:?} and not {opened:?}"));
    }
    let whole = canonical(&sheet, &opened.scenario);
    if opened.issues.is_empty() && opening.is_ok_and(|opening| opening.link != whole) {
        return Err(format!("the library calls {whole} by another link"));
    }
    Ok(())
}

/// A dropped file holds a link of ours, or it is told what it is not.
pub fn file(catalogue: &[Entry], given: &str) -> Result<(), String> {
    match app::import::link("dropped.json", given) {
        Ok(found) => link(catalogue, &found),
        Err(says) => sentence(&says),
    }
}

/// A sweep's text is a plan that reads as it was written, or it is answered in words.
pub fn plan(given: &str) -> Result<(), String> {
    // Deriving them takes longer than reading a text.
    static SHEETS: OnceLock<Vec<Sheet>> = OnceLock::new();
    let derived = || systems::CATALOGUE.iter().map(|entry| (entry.sheet)()).collect();
    for sheet in SHEETS.get_or_init(derived) {
        match Plan::read(sheet, given) {
            Err(says) => sentence(&says)?,
            Ok(plan) => {
                let again = plan.write();
                if Plan::read(sheet, &again).as_ref() != Ok(&plan) {
                    return Err(format!("{}: {again} is not {plan:?}", sheet.card.id));
                }
            }
        }
    }
    Ok(())
}

/// A record is read and reads the same once written, or its error names the line.
pub fn record(given: &str) -> Result<(), String> {
    match Record::parse(given) {
        Err(says) => match says.contains("line") {
            true => sentence(&says),
            false => Err(format!("no line is named: {says}")),
        },
        Ok(record) => {
            let again = record.write();
            let same = Record::parse(&again).map(|record| record.write());
            // Compared as text: not-a-number is not itself.
            if same.as_ref() == Ok(&again) {
                Ok(())
            } else {
                Err(format!("{again:?} became {same:?}"))
            }
        }
    }
}

/// A message is one of ours, which comes back as it went, or it is dropped. A start off the wire is checked again: it runs
/// or is a fault, whatever stands in it.
pub fn wire(catalogue: &[Entry], starters: &[Starter], given: &str) -> Result<(), String> {
    let Ok(value) = serde_json::from_str::<Value>(given) else { return Ok(()) };
    if let Ok(message) = serde_json::from_value::<FromWorker>(value.clone()) {
        let once = serde_json::to_value(&message).map_err(|e| e.to_string())?;
        let read = serde_json::from_value::<FromWorker>(once.clone()).map_err(|e| e.to_string())?;
        if serde_json::to_value(&read).ok().as_ref() != Some(&once) {
            return Err(format!("{once} came back as {read:?}"));
        }
    }
    match serde_json::from_value::<ToWorker>(value) {
        Ok(ToWorker::Open { link: given, .. }) => link(catalogue, &given),
        Ok(ToWorker::Look { format, bytes, .. }) => looked(&bytes, format),
        Ok(ToWorker::Start { scenario, job, .. }) => start(starters, scenario, &job),
        _ => Ok(()),
    }
}

fn start(starters: &[Starter], scenario: lexicon::Scenario, job: &Job) -> Result<(), String> {
    match engine::run::start(starters, &scenario, job, Host::default()) {
        Err(fault) => sentence(&fault.to_string()),
        Ok(mut run) => {
            for _ in 0..ROUNDS_MAX.min(scenario.rounds) {
                if let Err(fault) = engine::run::block_on(run.step()) {
                    return sentence(&fault.to_string());
                }
            }
            Ok(())
        }
    }
}

/// A file of a person is a table or pictures, or it is answered in words.
pub fn table(given: &[u8]) -> Result<(), String> {
    looked(given, None)?;
    looked(given, Some(Format::Csv { label: 1, client: Some(2) }))
}

/// The two files of an IDX pair, one behind the other.
pub fn pictures(given: &[u8]) -> Result<(), String> {
    match Samples::read(given, Format::Idx) {
        Ok(samples) => whole(&samples),
        Err(says) => sentence(&says),
    }
}

fn looked(given: &[u8], format: Option<Format>) -> Result<(), String> {
    let look = match own::look(given, format) {
        Ok(look) => look,
        Err(says) => return sentence(&says),
    };
    let link = look.own.to_string();
    if Own::read(&link).as_ref() != Ok(&look.own) {
        return Err(format!("{link} is not {:?}", look.own));
    }
    for text in look.columns.iter().chain(&look.classes).chain(look.head.iter().flatten()) {
        sentence(text)?;
    }
    if let Carried::Inline(packed) = &look.own.file
        && own::unpack(packed).as_deref() != Ok(given)
    {
        return Err("the link carries another file".into());
    }
    match (Samples::read(given, look.own.format), &look.trouble) {
        (Err(says), Some(trouble)) if says == *trouble => sentence(&says),
        (Ok(samples), None) if samples.rows() == look.rows as usize => whole(&samples),
        (read, trouble) => Err(format!("a run reads {read:?}, a person is told {trouble:?}")),
    }
}

/// What was read can be dealt and learned from.
fn whole(samples: &Samples) -> Result<(), String> {
    let world = samples.world(Chance::new(1));
    let below = |all: &[u32]| all.iter().all(|row| (*row as usize) < world.data.len());
    let split = &world.split;
    if split.test.is_empty() || !below(&split.train) || !below(&split.test) {
        return Err(format!("a split of {} and {} rows", split.train.len(), split.test.len()));
    }
    if world.data.labels.iter().any(|label| usize::from(*label) >= world.data.classes) {
        return Err("a label without a class".into());
    }
    match world.data.features.iter().all(|x| x.is_finite()) {
        true => world.says.iter().try_for_each(|says| sentence(says)),
        false => Err("a feature that is no finite number".into()),
    }
}

/// What a model's server answers is an answer or a trouble in words, and never shows the key.
pub fn reply(given: &str) -> Result<(), String> {
    const KEY: &str = "sk-0123456789abcdef";
    let prompt = Prompt { system: "s".into(), user: "u".into(), tokens_max: 100, sample: 0 };
    let connection = Connection {
        way: Way::Endpoint("https://a.example/v1".into()),
        model: "m".into(),
        key: Key::new(KEY),
        limits: Limits::DEFAULT,
    };
    let question =
        Question { text: "?".into(), options: ["1", "2", "3"].map(String::from).to_vec() };
    let mut texts = vec![given.to_string()];
    for status in [200, 401, 404, 429, 500, 302] {
        let landed = Landed::Body { status, text: given.to_string(), retry_after_s: None };
        match protocol::read(landed, &prompt, &connection) {
            Ok(answer) => texts.push(answer.text),
            Err(trouble) => {
                let says = format!("{trouble:?}");
                if says.contains(KEY) {
                    return Err(format!("the key is shown: {says}"));
                }
            }
        }
    }
    for text in texts {
        match read_answer(&text, &question) {
            Ok(words) if words.option > 2 => {
                return Err(format!("option {} was chosen", words.option));
            }
            Ok(words) if !(0.0..=1.0).contains(&words.confidence) => {
                return Err(format!("a confidence of {}", words.confidence));
            }
            Ok(words) => sentence(&words.reason)?,
            Err(says) => sentence(&says)?,
        }
        match read_compare(&text) {
            Ok((_, reason)) => sentence(&reason)?,
            Err(says) => sentence(&says)?,
        }
    }
    Ok(())
}
