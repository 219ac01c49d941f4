//! The command line `murmur`. Takes the same links as the page; a mistake is a sentence on stderr and exit 2, with
//! nothing started.

use crate::jobs::Progress;
use crate::judging::{Judged, judge_all, judge_within, record};
use crate::report::Report;
use crate::{World, playthrough};
use lexicon::record::Record;
use lexicon::*;
use lexopt::prelude::*;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

mod brought;
mod draw;
mod sheets;
mod sweep;

use brought::Brought;

const HELP: &str = "murmur: papers on collective intelligence as runs you can repeat.

  murmur list                     every system, its arms, presets and claims
  murmur run LINK [--json]        readings of all arms and seeds as CSV (or JSON); the digest on stderr
         [--data FILE]            learn from this CSV (or, twice, from the images and labels of an IDX pair) in place
                                  of what ships; a link with data=…sha256… wants the very file. Also of sweep and draw
         [--label NAME] [--client NAME]
                                  the columns of a CSV that hold the classes, and who holds a row
  murmur sweep LINK               one or two dials over values, every arm: one line a point and arm as CSV
         --over beta=0..1/11      a grid of evenly spread values (or beta=0,0.4,1); twice for two dials;
                                  left out where the link has a sweep of its own
         [--random N]             N points scattered over the ranges (--over beta=0..1) instead of a grid
         [--metric ID] [--seeds N]
  murmur judge [NAME...]          judge the claims of the named systems (all, unless named)
         --claim ID               only this claim
         --record DIR             write DIR/<slug>.txt
         --budget-seconds N       as many claims as fit, the cheapest of each system first
         --recorded DIR           where the costs stand on record (with a budget)
  murmur draw LINK --round N      the scene after round N as SVG
         [--view K] [--arm A] [--dark] [--width W] [--height H]
         [--mini]                 without text and axes, as on a card of the gallery
  murmur record NAME...           write the playthrough [--dir tests/playthroughs]
  murmur train NAME               teach the nets that a system ships [--dir src/systems]; minutes
  murmur sheets DIR               what the page reads: an index of all systems, and each one's sheet
         [--recorded DIR]         where the verdicts stand on record (tests/claims)

A NAME is a system (fedstale), a LINK what the page shares: '#/fedstale?beta=0.4&v=1'.
Exit: 0 as it should be; 1 a claim surprised, a job failed or a file could not be written; 2 a mistake in what
was asked.
";

/// Why a command ended early.
enum End {
    /// The person asked for what is not there.
    Asked(String),
    /// The machine did not do its part.
    Failed(String),
}

impl From<Fault> for End {
    fn from(fault: Fault) -> Self {
        End::Asked(fault.to_string())
    }
}

impl From<lexopt::Error> for End {
    fn from(error: lexopt::Error) -> Self {
        End::Asked(format!("{}. Try “murmur --help”.", fault::shown(&error.to_string(), 200)))
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        End::Failed(error.to_string())
    }
}

/// What a command came to when it went through.
enum Went {
    Well,
    /// A claim surprised or a job failed: told already.
    Badly,
}

/// Runs the command line of this process.
pub fn main(world: World) -> ExitCode {
    run(world, std::env::args_os().skip(1), &mut BufWriter::new(io::stdout().lock()))
}

/// Runs a command line; what it prints goes to `out`, sentences to stderr.
pub fn run(world: World, args: impl Iterator<Item = OsString>, out: &mut impl Write) -> ExitCode {
    let end = command(world, lexopt::Parser::from_args(args), out);
    let flushed = out.flush();
    match (end, flushed) {
        // Whoever closed the pipe has what they wanted.
        (_, Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        (Ok(Went::Well), Ok(())) => ExitCode::SUCCESS,
        (Ok(Went::Badly), Ok(())) => ExitCode::from(1),
        (Err(End::Asked(says)), _) => told(&says, 2),
        (Err(End::Failed(says)), _) => told(&says, 1),
        (_, Err(error)) => told(&error.to_string(), 1),
    }
}

fn told(says: &str, code: u8) -> ExitCode {
    note(says);
    ExitCode::from(code)
}

/// A sentence to the person; a closed stderr is nobody there.
fn note(says: &str) {
    let _ = writeln!(io::stderr(), "{says}");
}

fn command(world: World, mut args: lexopt::Parser, out: &mut impl Write) -> Result<Went, End> {
    match args.next()? {
        None | Some(Long("help") | Short('h')) => out.write_all(HELP.as_bytes())?,
        Some(Value(word)) => {
            return match word.to_string_lossy().as_ref() {
                "list" => list(world, args, out),
                "run" => run_link(world, args, out),
                "sweep" => sweep::sweep(world, args, out),
                "judge" => judge(world, args, out),
                "draw" => draw::draw(world, args, out),
                "record" => record_playthroughs(world, args, out),
                "sheets" => sheets::sheets(world, args),
                "train" => train(args, out),
                other => Err(End::Asked(format!(
                    "There is no command “{}”. Try “murmur --help”.",
                    fault::shown(other, 40)
                ))),
            };
        }
        Some(other) => return Err(other.unexpected().into()),
    }
    Ok(Went::Well)
}

/// A word of the command line as text.
fn text(word: OsString) -> String {
    word.to_string_lossy().into_owned()
}

fn train(mut args: lexopt::Parser, out: &mut impl Write) -> Result<Went, End> {
    let (mut name, mut dir) = ("nothing".to_string(), PathBuf::from("src/systems"));
    while let Some(arg) = args.next()? {
        match arg {
            Long("dir") => dir = args.value()?.into(),
            Value(word) => name = fault::shown(&text(word), 40),
            other => return Err(other.unexpected().into()),
        }
    }
    crate::train::train(&name, &dir, out).map_err(End::Asked)?;
    Ok(Went::Well)
}

fn list(world: World, mut args: lexopt::Parser, out: &mut impl Write) -> Result<Went, End> {
    if let Some(other) = args.next()? {
        return Err(other.unexpected().into());
    }
    for entry in world.catalogue {
        let sheet = (entry.sheet)();
        let card = &sheet.card;
        writeln!(out, "{}  {} ({})", card.id, card.title, card.family.label())?;
        writeln!(out, "  {}", card.says)?;
        writeln!(out, "  {} ({}), {}", card.paper.title, card.paper.year, card.paper.authors)?;
        let arms: Vec<&str> = sheet.arms.iter().map(|a| a.id).collect();
        writeln!(out, "  arms: {}", arms.join(", "))?;
        for dial in &sheet.dials {
            let default = dial::write(&dial.default);
            writeln!(out, "  {} = {default}: {}", dial.name, dial.takes())?;
        }
        for preset in card.presets {
            writeln!(out, "  preset {}: {} ({})", preset.id, preset.label, preset.query)?;
        }
        for claim in card.claims {
            writeln!(out, "  claim {}: {} [{}]", claim.id, claim.says, claim.expect.words())?;
        }
    }
    Ok(Went::Well)
}

/// Reads a link as the page would: notices are told, issues end the command.
fn opened(world: World, link: &str) -> Result<(Sheet, Opened), End> {
    let opened = link::decode(link, world.catalogue)?;
    for notice in &opened.notices {
        note(notice);
    }
    if !opened.issues.is_empty() {
        return Err(Fault::Params(opened.issues).into());
    }
    let entry = find(world.catalogue, &opened.scenario.system);
    let sheet = (entry.expect("a link that opens names a system of the catalogue").sheet)();
    Ok((sheet, opened))
}

fn one_link(given: Option<String>) -> Result<String, End> {
    given.ok_or_else(|| End::Asked("Which link? For example '#/fedstale?seeds=2'.".to_string()))
}

fn run_link(world: World, mut args: lexopt::Parser, out: &mut impl Write) -> Result<Went, End> {
    let (mut link, mut json, mut data) = (None, false, Brought::default());
    while let Some(arg) = args.next()? {
        match arg {
            Long(key @ ("data" | "label" | "client")) => {
                let key = key.to_string();
                data.take(&key, args.value()?);
            }
            Long("json") => json = true,
            Long("csv") => json = false,
            Value(word) if link.is_none() => link = Some(text(word)),
            other => return Err(other.unexpected().into()),
        }
    }
    let (sheet, mut opened) = opened(world, &one_link(link)?)?;
    let own = data.lend(&sheet, &mut opened.scenario)?;
    let jobs = opened.scenario.arms.len() * opened.scenario.seeds as usize;
    let progress = Progress::new(sheet.card.id, jobs);
    let report = Report::of(world.starters, &sheet, &opened.scenario, own.as_ref(), &progress);
    if json {
        serde_json::to_writer(&mut *out, &report.json()).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        report.csv(out)?;
    }
    let mut went = Went::Well;
    for (task, outcome) in &report.jobs {
        if let Some(fault) = &outcome.fault {
            note(&format!("{}, seed {}: {fault}", task.job.arm, task.job.seed));
            went = Went::Badly;
        }
    }
    note(&format!("digest {}  {}", report.digest(), report.link));
    Ok(went)
}

#[derive(Default)]
struct Judging {
    names: Vec<String>,
    claim: Option<String>,
    record: Option<PathBuf>,
    budget: Option<Duration>,
    recorded: Option<PathBuf>,
}

fn judge(world: World, mut args: lexopt::Parser, out: &mut impl Write) -> Result<Went, End> {
    let mut asked = Judging::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long("claim") => asked.claim = Some(text(args.value()?)),
            Long("record") => asked.record = Some(args.value()?.into()),
            Long("recorded") => asked.recorded = Some(args.value()?.into()),
            Long("budget-seconds") => {
                asked.budget = Some(Duration::from_secs(whole(&mut args)?.into()))
            }
            Value(word) => asked.names.push(text(word)),
            other => return Err(other.unexpected().into()),
        }
    }
    match asked.budget {
        Some(budget) => judge_budgeted(world, &asked, budget, out),
        None => judge_named(world, &asked, out),
    }
}

/// A whole number after an option.
fn whole(args: &mut lexopt::Parser) -> Result<u32, End> {
    let word = text(args.value()?);
    word.parse()
        .map_err(|_| End::Asked(format!("“{}” is not a whole number.", fault::shown(&word, 40))))
}

fn judge_named(world: World, asked: &Judging, out: &mut impl Write) -> Result<Went, End> {
    // Everything is read before anything runs.
    let mut sheets = Vec::new();
    for name in &asked.names {
        sheets.push(opened(world, name)?.0);
    }
    if asked.names.is_empty() {
        sheets.extend(world.catalogue.iter().map(|entry| (entry.sheet)()));
    }
    let chosen = |sheet: &Sheet| -> Result<Vec<&'static Claim>, End> {
        let wanted = |claim: &&'static Claim| asked.claim.as_ref().is_none_or(|id| claim.id == id);
        let claims: Vec<_> = sheet.card.claims.iter().filter(wanted).collect();
        match &asked.claim {
            Some(id) if claims.is_empty() => {
                let known: Vec<&str> = sheet.card.claims.iter().map(|c| c.id).collect();
                Err(End::Asked(format!(
                    "{} has no claim “{}”; it has {}.",
                    sheet.card.id,
                    fault::shown(id, 40),
                    known.join(", ")
                )))
            }
            _ => Ok(claims),
        }
    };
    let plan: Vec<_> = sheets.iter().map(chosen).collect::<Result<_, _>>()?;
    let mut went = Went::Well;
    for (sheet, claims) in sheets.iter().zip(plan) {
        let progress = |jobs| Progress::new(sheet.card.id, jobs);
        let judged = judge_all(world.starters, sheet, &claims, progress)?;
        for one in &judged {
            writeln!(out, "{}", one.line(sheet.card.id))?;
            out.flush()?;
        }
        if judged.iter().any(Judged::surprises) {
            went = Went::Badly;
        }
        if let Some(dir) = &asked.record {
            write_record(dir, sheet, &judged)?;
        }
    }
    Ok(went)
}

/// Writes what was judged; verdicts on file of claims that were not judged now stay.
fn write_record(dir: &Path, sheet: &Sheet, judged: &[Judged]) -> Result<(), End> {
    let path = dir.join(format!("{}.txt", sheet.card.id));
    let mut fresh = record(sheet, judged);
    if let Some(old) = fs::read_to_string(&path).ok().and_then(|text| Record::parse(&text).ok()) {
        let kept = |id: &str| {
            old.version == fresh.version && old.engine == fresh.engine && fresh.claim(id).is_none()
        };
        let kept: Vec<_> = old.claims.iter().filter(|c| kept(&c.id)).cloned().collect();
        fresh.claims.extend(kept);
    }
    let place = |id: &str| sheet.card.claims.iter().position(|c| c.id == id);
    fresh.claims.retain(|c| place(&c.id).is_some());
    fresh.claims.sort_by_key(|c| place(&c.id));
    write_file(&path, &fresh.write())
}

fn write_file(path: &Path, text: &str) -> Result<(), End> {
    let named = |error: io::Error| {
        End::Failed(format!("{} could not be written: {error}.", path.display()))
    };
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(named)?;
    }
    fs::write(path, text).map_err(named)?;
    note(&format!("Wrote {}.", path.display()));
    Ok(())
}

fn judge_budgeted(
    world: World,
    asked: &Judging,
    budget: Duration,
    out: &mut impl Write,
) -> Result<Went, End> {
    if !asked.names.is_empty() || asked.claim.is_some() || asked.record.is_some() {
        return Err(End::Asked(
            "A budget judges every system: name none, and record none.".to_string(),
        ));
    }
    let records = asked.recorded.as_ref().map(|dir| sheets::records(world, dir));
    let records = records.transpose()?.unwrap_or_default();
    // Told as they come: a budget is minutes long. What cannot be written ends the command when all is judged.
    let mut written = Ok(());
    let done = judge_within(world, &records, budget, |slug, judged| {
        let line = writeln!(out, "{}", judged.line(slug)).and_then(|()| out.flush());
        written = std::mem::replace(&mut written, Ok(())).and(line);
    })?;
    written?;
    for (slug, judged) in &done.judged {
        let old = records.get(slug).and_then(|r| r.claim(judged.claim.id));
        if old.is_some_and(|old| old.digest != judged.recorded.digest) {
            note(&format!("{slug} {}: the readings differ from those on record.", judged.claim.id));
        }
    }
    if !done.left_out.is_empty() {
        note(&format!("Not judged again within the budget: {}.", done.left_out.join(", ")));
    }
    Ok(if done.judged.iter().any(|(_, judged)| judged.surprises()) {
        Went::Badly
    } else {
        Went::Well
    })
}

fn record_playthroughs(
    world: World,
    mut args: lexopt::Parser,
    out: &mut impl Write,
) -> Result<Went, End> {
    let (mut names, mut dir) = (Vec::new(), PathBuf::from("tests/playthroughs"));
    while let Some(arg) = args.next()? {
        match arg {
            Long("dir") => dir = args.value()?.into(),
            Value(word) => names.push(text(word)),
            other => return Err(other.unexpected().into()),
        }
    }
    let sheets: Vec<Sheet> =
        names.iter().map(|name| Ok(opened(world, name)?.0)).collect::<Result<_, End>>()?;
    if sheets.is_empty() {
        return Err(End::Asked("Which system? “murmur list” names them.".to_string()));
    }
    for sheet in sheets {
        let path = dir.join(format!("{}.txt", sheet.card.id));
        let head = match fs::read_to_string(&path) {
            Ok(old) => {
                playthrough::may_replace(&old, &sheet).map_err(End::Failed)?;
                playthrough::Head::read(&old)
                    .map_err(|error| End::Failed(format!("{}: {error}", path.display())))?
            }
            Err(_) => playthrough::Head::of(&sheet)?,
        };
        write_file(&path, &playthrough::record(world, &head)?)?;
        writeln!(out, "{}", head.link)?;
    }
    Ok(Went::Well)
}
