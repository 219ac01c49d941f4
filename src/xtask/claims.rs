//! Claims: judged in full and recorded, or judged again within a budget of time.

use crate::command::{command, run};
use crate::files;
use crate::site::Fnv;
use crate::steps::{Steps, Stop};
use std::fs;

pub const RECORDED: &str = "tests/claims";
/// However many systems there are: the cheapest claim of each, the others by turn.
const BUDGET_SECONDS: u32 = 600;
/// What was judged last: the same program over the same records gives the same verdicts, so it is not run twice.
const STAMP: &str = "target/xtask/claims.judged";

pub fn record(steps: &mut Steps, slug: Option<&str>) {
    if !steps.run("murmur", murmur) {
        return;
    }
    // Without a name murmur judges every system.
    let words = format!("judge {} --record {RECORDED}", slug.unwrap_or_default());
    steps.run("claims", || run(&mut command(program(), &words)));
}

/// A surprise in either direction fails.
pub fn judge_again() -> Result<(), Stop> {
    let records = records();
    if records.is_empty() {
        return Err(Stop::Skipped(format!("no claim is on record in {RECORDED}/ yet")));
    }
    murmur()?;
    let mut mark = Fnv::default();
    mark.add(&fs::read(program()).map_err(|e| format!("{}: {e}", program()))?);
    mark.add(&records);
    let mark = mark.hex();
    if fs::read_to_string(STAMP).is_ok_and(|judged| judged == mark) {
        println!(
            "   judged already: neither murmur nor a record has changed since (delete {STAMP} to judge again)"
        );
        return Ok(());
    }
    let words = format!("judge --budget-seconds {BUDGET_SECONDS} --recorded {RECORDED}");
    run(&mut command(program(), &words))?;
    fs::create_dir_all("target/xtask")
        .and_then(|()| fs::write(STAMP, mark))
        .map_err(|e| Stop::Failed(format!("{STAMP}: {e}")))
}

/// The whole workspace is named, so that crates have the features that the tests compiled them with.
pub fn murmur() -> Result<(), Stop> {
    run(&mut command("cargo", "build --release --workspace --bin murmur"))
}

pub fn program() -> String {
    format!("{}/release/murmur", files::target())
}

fn records() -> Vec<u8> {
    let mut paths: Vec<_> =
        fs::read_dir(RECORDED).into_iter().flatten().flatten().map(|e| e.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "txt"));
    paths.sort();
    paths.iter().flat_map(|path| fs::read(path).unwrap_or_default()).collect()
}
