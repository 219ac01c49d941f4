//! Guards by counts, never by a clock: bytes of the site, instructions of hot loops. (Allocations per round are a test
//! of their own, `tests/counts.rs`.) A count on record may grow by 2 %; past that somebody has to say why.

use crate::command::{command, output};
use crate::site::DIST;
use crate::steps::Stop;
use crate::{bench, tools};
use std::collections::BTreeMap;
use std::fs;

const BYTES: &str = "benches/bytes.txt";
const INSTRUCTIONS: &str = "benches/instructions.txt";
const RESULTS: &str = "benches/RESULTS.md";
/// Heading of the part of the results that people write.
const NOTES: &str = "## Bytes on record";
const GROWTH: f64 = 1.02;
/// The same of instructions: on another machine the C library takes other ways through the same work.
const GROWTH_OF_INSTRUCTIONS: f64 = 1.05;
/// One run of each, set-up included: the fused local step, neighbors in cells, the queue of events.
const LOOPS: [&str; 3] = ["federated/softmax/50", "flocking-at-once/small", "messages/1000"];

type Counts = BTreeMap<String, u64>;

/// Lines of `name count`; others are words for people.
fn read(path: &str) -> Counts {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pair = |line: &str| {
        let (name, count) = line.rsplit_once(' ')?;
        Some((name.to_string(), count.parse().ok()?))
    };
    lines.filter_map(pair).collect()
}

fn write(path: &str, head: &str, counts: &Counts) -> Result<(), Stop> {
    let lines: String = counts.iter().map(|(name, count)| format!("{name} {count}\n")).collect();
    fs::write(path, format!("# {head}\n{lines}")).map_err(|e| Stop::Failed(format!("{path}: {e}")))
}

/// What of `now` has outgrown its record.
fn grown(now: &Counts, recorded: &Counts, growth: f64) -> Vec<String> {
    let says = |(name, count): (&String, &u64)| match recorded.get(name) {
        None => Some(format!("{name} is not on record")),
        Some(&was) if *count as f64 > was as f64 * growth => {
            let percent = (*count as f64 / was.max(1) as f64 - 1.0) * 100.0;
            Some(format!("{name}: {count}, on record {was}, {percent:.1} % more"))
        }
        Some(_) => None,
    };
    now.iter().filter_map(says).collect()
}

/// Raw bytes of wasm and script in `dist/`: of the page, of what it fetches later, of the worker.
fn bytes_now() -> Result<Counts, Stop> {
    let mut counts = Counts::from(["page", "rest", "worker"].map(|part| (part.to_string(), 0)));
    for entry in fs::read_dir(DIST).map_err(|e| format!("{DIST}: {e}"))?.flatten() {
        let name = entry.file_name().to_string_lossy().to_string();
        let is_code = name.ends_with(".wasm") || name.ends_with(".js");
        let part = match name.split(['-', '_', '.']).next() {
            Some("page") if is_code => "page",
            Some("rest") if is_code => "rest",
            Some("engine") if is_code => "worker",
            _ => continue,
        };
        let length = entry.metadata().map_err(|e| format!("{DIST}/{name}: {e}"))?.len();
        *counts.get_mut(part).expect("all are there from the start") += length;
    }
    Ok(counts)
}

fn line(counts: &Counts) -> String {
    counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

/// The site in `dist/` is no heavier than recorded, and the record has its line in the results.
pub fn bytes() -> Result<(), Stop> {
    let (now, recorded) = (bytes_now()?, read(BYTES));
    println!("   bytes: {} (on record: {})", line(&now), line(&recorded));
    let cure = "make it smaller, or say why it is worth it: cargo xtask bench bytes \"why\"";
    let grown = grown(&now, &recorded, GROWTH);
    if !grown.is_empty() {
        return Err(Stop::Failed(format!("{}; {cure}", grown.join("; "))));
    }
    if !fs::read_to_string(RESULTS).unwrap_or_default().contains(&line(&recorded)) {
        return Err(Stop::Failed(format!("{RESULTS} has no line for {BYTES}; {cure}")));
    }
    Ok(())
}

/// Records the bytes of `dist/`, with a person's reason.
pub fn record_bytes(why: &str) -> Result<(), Stop> {
    let now = bytes_now()?;
    write(BYTES, "Raw bytes of wasm and script in dist/; see src/xtask/guards.rs.", &now)?;
    let mut text = fs::read_to_string(RESULTS).unwrap_or_default();
    if !text.contains(NOTES) {
        text = format!("{}\n\n{NOTES}\n", text.trim_end());
    }
    // The notes are the last part of the file.
    let text =
        format!("{}\n\n- {}: {why}\n", text.trim_end(), line(&now)).replace(")\n\n- ", ")\n- ");
    fs::write(RESULTS, text).map_err(|e| Stop::Failed(format!("{RESULTS}: {e}")))
}

/// Instructions of the hot loops by callgrind. Another compiler makes other instructions: then nothing is compared.
pub fn instructions() -> Result<(), Stop> {
    if tools::find("valgrind", "VALGRIND").is_none() {
        let says = "valgrind is not installed, so no instructions are counted (Debian: apt-get install valgrind)";
        return Err(Stop::Skipped(says.to_string()));
    }
    let compiler = output(&mut command("rustc", "--version")).unwrap_or_default();
    let compiler = compiler.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let record = std::env::var_os("UPDATE").is_some();
    let text = fs::read_to_string(INSTRUCTIONS).unwrap_or_default();
    if !record && !text.contains(&compiler) {
        let says = format!(
            "{INSTRUCTIONS} is of another compiler than {compiler}: UPDATE=1 records it anew"
        );
        return Err(Stop::Skipped(says));
    }
    let ours = bench::native()?;
    let mut now = Counts::new();
    for name in LOOPS {
        now.insert(name.to_string(), count(&ours, name)?);
    }
    println!("   instructions: {}", line(&now));
    if record {
        let head =
            format!("Instructions of one run by callgrind, {compiler}; see src/xtask/guards.rs.");
        return write(INSTRUCTIONS, &head, &now);
    }
    let grown = grown(&now, &read(INSTRUCTIONS), GROWTH_OF_INSTRUCTIONS);
    if grown.is_empty() {
        return Ok(());
    }
    let cure = "make it faster, or record it with UPDATE=1 cargo xtask bench instructions and say why in the commit";
    Err(Stop::Failed(format!("{}; {cure}", grown.join("; "))))
}

fn count(ours: &str, name: &str) -> Result<u64, Stop> {
    let words = "--tool=callgrind --callgrind-out-file=/dev/null";
    let mut valgrind = command(tools::find("valgrind", "VALGRIND").unwrap_or_default(), words);
    let out = valgrind.arg(ours).args(["once", name]).output();
    let out = out.map_err(|e| format!("valgrind does not start: {e}"))?;
    let says = String::from_utf8_lossy(&out.stderr).to_string();
    let collected = says.lines().find_map(|line| line.split("Collected :").nth(1));
    let count = collected.and_then(|count| count.trim().parse().ok());
    count.ok_or_else(|| {
        Stop::Failed(format!(
            "callgrind counted nothing of {name}: {}",
            says.lines().last().unwrap_or("")
        ))
    })
}
