//! A short, bounded search by coverage (libFuzzer) for bytes that break a reader of ours. On the stable compiler: no
//! sanitizer is wanted where no `unsafe` is ours.
//!
//! One program holds all targets, and cargo builds it in the folder and profile of the tests: what others wrote is there
//! already. Only our own crates are compiled once more, by this tool in the place of rustc, which lets them count the
//! ways through them. (cargo-fuzz compiles every dependency anew, with other flags: half an hour.)

use crate::command::{command, run};
use crate::steps::{Steps, Stop};
use crate::{files, tools};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::{Mutex, PoisonError};
use std::thread::scope;
use std::time::Instant;

/// A folder for each target of `tests/suite/hostile.rs`, which the suite holds to each other.
const CORPUS: &str = "tests/fuzz/corpus";
/// What a search finds on its way, and begins with next time.
const FOUND: &str = "target/fuzz/found";
/// What breaks a reader.
const BROKEN: &str = "target/fuzz/broken";
const SECONDS: u32 = 60;
/// In `cargo xtask test`.
const SECONDS_IN_TEST: u32 = 45;
/// Searches that run side by side.
const AT_ONCE: usize = 2;
/// Longer texts find nothing that these do not; links have a bound of their own, which a unit test holds.
const BYTES_MAX: u32 = 4_096;
/// One text that takes longer than this is a finding.
const TEXT_SECONDS_MAX: u32 = 10;
/// Lines of a search that failed, and characters of what it found, that are shown.
const LINES_SHOWN: usize = 40;
const CHARS_SHOWN: usize = 2_000;

/// Tells this program, called by cargo, that it stands for the compiler.
pub const AS_COMPILER: &str = "MURMURATION_AS_COMPILER";
/// Whose ways are counted: the readers, and what they are called by.
const COUNTED: [&str; 4] = ["app", "engine", "fuzz", "lexicon"];
/// As cargo-fuzz gives them; and a number that overflows is a finding.
const COUNTING: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions=on",
    "-Coverflow-checks=on",
];

/// `cargo xtask fuzz [TARGET [SECONDS]]`.
pub fn fuzz(steps: &mut Steps, options: &[&str]) {
    let (wanted, seconds) = match options {
        [] => (None, SECONDS),
        [name] => (Some(*name), SECONDS),
        [name, seconds] => (Some(*name), seconds.parse().unwrap_or(SECONDS)),
        _ => (Some("?"), SECONDS),
    };
    let mut targets = targets();
    if let Some(name) = wanted.filter(|name| !targets.iter().any(|known| known == name)) {
        let why = format!("“{name}” is no target: {}, then the seconds", targets.join(", "));
        steps.run("fuzz", || Err::<(), _>(Stop::Failed(why)));
        return;
    }
    targets.retain(|target| wanted.is_none_or(|wanted| wanted == target));
    search_all(steps, &targets, seconds);
}

/// All targets, for less long.
pub fn in_test(steps: &mut Steps) {
    search_all(steps, &targets(), SECONDS_IN_TEST);
}

fn search_all(steps: &mut Steps, targets: &[String], seconds: u32) {
    if !steps.run("fuzz: its program", build) {
        return;
    }
    println!("   {} for {seconds} s each, {AT_ONCE} at once", targets.join(", "));
    let waiting = Mutex::new(targets.iter());
    let done = Mutex::new(Vec::new());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    scope(|scope| {
        for _ in 0..AT_ONCE.min(targets.len()) {
            scope.spawn(|| {
                while let Some(target) = next() {
                    let started = Instant::now();
                    let went = search(target, seconds);
                    let took = started.elapsed().as_secs_f64();
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((target, went, took));
                }
            });
        }
    });
    for (target, went, took) in done.into_inner().unwrap_or_else(PoisonError::into_inner) {
        steps.add(&format!("fuzz {target}"), went.map(Into::into), took);
    }
}

fn build() -> Result<(), Stop> {
    let compilers = ["c++", "g++", "clang++"];
    let named = std::env::var_os("CXX").is_some();
    if !named && compilers.iter().all(|name| tools::find(name, "CXX").is_none()) {
        return Err(Stop::Skipped(
            "libFuzzer is C++ and no compiler of it is there: install g++ or clang".to_string(),
        ));
    }
    let own = std::env::current_exe().map_err(|e| format!("this program: {e}"))?;
    // The whole workspace is named, so that crates have the features that the tests compiled them with.
    let words = "build --release --workspace --bin fuzz --features fuzz/search";
    run(command("cargo", words).env("RUSTC_WORKSPACE_WRAPPER", own).env(AS_COMPILER, "1"))
}

/// Called by cargo in the place of rustc, for crates of the workspace alone: `xtask RUSTC ARGUMENTS`.
pub fn compile(arguments: &[OsString]) -> ExitCode {
    let [rustc, arguments @ ..] = arguments else { return ExitCode::from(2) };
    let mut command = Command::new(rustc);
    command.args(arguments);
    let named = arguments.iter().position(|word| word == "--crate-name");
    let name = named.and_then(|at| arguments.get(at + 1)?.to_str());
    match name {
        Some(name) if COUNTED.contains(&name) => command.args(COUNTING),
        // Only linked: the fewer passes the better.
        Some(_) => command.arg("-Copt-level=1"),
        None => &mut command,
    };
    let went = command.status().is_ok_and(|status| status.success());
    if went { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The corpus holds what is kept; what this search finds on its way is kept under `target` alone.
fn search(target: &str, seconds: u32) -> Result<(), Stop> {
    let [kept, found, broken] = [CORPUS, FOUND, BROKEN].map(|folder| format!("{folder}/{target}"));
    for folder in [&found, &broken] {
        fs::create_dir_all(folder).map_err(|e| format!("{folder}: {e}"))?;
    }
    let words = format!(
        "{found} {kept} -max_total_time={seconds} -max_len={BYTES_MAX} -timeout={TEXT_SECONDS_MAX} -rss_limit_mb=4096 -print_final_stats=1 -verbosity=0 -artifact_prefix={broken}/"
    );
    let out = command(program(), &words)
        .env("MURMURATION_FUZZ", target)
        .env("RUST_BACKTRACE", "0")
        .output()
        .map_err(|e| format!("{}: {e}", program()))?;
    let said = String::from_utf8_lossy(&out.stderr);
    let stat = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name));
        line.map_or("?", |line| line.trim_start_matches(':').trim()).to_string()
    };
    if out.status.success() {
        println!(
            "   {target}: {} texts tried, {} kept that went a new way",
            stat("number_of_executed_units"),
            stat("new_units_added")
        );
        return Ok(());
    }
    let lines: Vec<&str> = said.lines().collect();
    println!("{}", lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n"));
    let written = said.lines().find_map(|line| line.split("Test unit written to ").nth(1));
    let Some(path) = written.map(str::trim) else {
        return Err(Stop::Failed(format!("the search for {target} ended with {}", out.status)));
    };
    let bytes = fs::read(path).unwrap_or_default();
    let text: String = String::from_utf8_lossy(&bytes).chars().take(CHARS_SHOWN).collect();
    println!("   {path} holds {} bytes:\n   {text:?}", bytes.len());
    Err(Stop::Failed(format!(
        "a text breaks it: {path}. Mend the reader, then move the text to {kept}/ under a name that says what it is; the suite replays it"
    )))
}

fn program() -> String {
    format!("{}/release/fuzz", files::target())
}

fn targets() -> Vec<String> {
    let folders = fs::read_dir(Path::new(CORPUS)).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
