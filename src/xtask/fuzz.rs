//! A short, bounded search for texts that break a reader of ours, by coverage (cargo-fuzz, libFuzzer). On the stable
//! compiler: no sanitizer is wanted where no `unsafe` is ours.

use crate::command::{command, output, run};
use crate::steps::{Steps, Stop};
use crate::tools;
use std::fs;
use std::path::Path;

const FOLDER: &str = "tests/fuzz";
const SECONDS: u32 = 60;
/// Longer texts find nothing that these do not; links have a bound of their own, which a unit test holds.
const BYTES_MAX: u32 = 4_096;
/// One text that takes longer than this is a finding.
const TEXT_SECONDS_MAX: u32 = 10;

pub fn fuzz(steps: &mut Steps, options: &[&str]) {
    let (wanted, seconds) = match options {
        [] => (None, SECONDS),
        [name] => (Some(*name), SECONDS),
        [name, seconds] => (Some(*name), seconds.parse().unwrap_or(SECONDS)),
        _ => (Some("?"), SECONDS),
    };
    let known = targets();
    if let Some(name) = wanted.filter(|name| !known.iter().any(|known| known == name)) {
        let why = format!("“{name}” is no target: {}, then the seconds", known.join(", "));
        steps.run("fuzz", || Err::<(), _>(Stop::Failed(why)));
        return;
    }
    if !(steps.run("tools: cargo-fuzz", tool)
        && steps.run("fuzz targets", || run(&mut fuzzer("build", None))))
    {
        return;
    }
    for target in known.iter().filter(|name| wanted.is_none_or(|wanted| wanted == *name)) {
        steps.run(&format!("fuzz {target}"), || one(target, seconds));
    }
}

/// The corpus holds what is kept; what this search finds on its way is kept under `target` alone.
fn one(target: &str, seconds: u32) -> Result<(), Stop> {
    let kept = format!("{FOLDER}/corpus/{target}");
    let found = format!("target/fuzz/found/{target}");
    fs::create_dir_all(&found).map_err(|e| format!("{found}: {e}"))?;
    let artifacts = format!("{FOLDER}/artifacts/{target}");
    let words = format!(
        "{found} {kept} -- -max_total_time={seconds} -max_len={BYTES_MAX} -timeout={TEXT_SECONDS_MAX} -rss_limit_mb=4096 -print_final_stats=1 -verbosity=0"
    );
    run(fuzzer("run", Some(target)).args(words.split_whitespace())).map_err(|_| {
        Stop::Failed(format!(
            "a text breaks it: it lies in {artifacts}/. Mend the reader, then move the text to {kept}/, where the suite replays it"
        ))
    })
}

fn fuzzer(verb: &str, target: Option<&str>) -> std::process::Command {
    let mut command = command(
        tools::find("cargo-fuzz", "CARGO_FUZZ").unwrap_or_else(|| "cargo-fuzz".into()),
        &format!("{verb} --fuzz-dir {FOLDER} --sanitizer none"),
    );
    command.args(target);
    // Other flags, another folder: the product's own build stays as it is.
    command.env("CARGO_TARGET_DIR", "target/fuzz");
    command
}

fn tool() -> Result<(), Stop> {
    if tools::find("cargo-fuzz", "CARGO_FUZZ").is_some() {
        return Ok(());
    }
    println!("   cargo-fuzz is missing; this takes a minute");
    run(&mut command("cargo", "install cargo-fuzz --locked --version 0.13.2"))?;
    output(&mut command("cargo-fuzz", "--version")).map(|_| ()).ok_or_else(|| {
        Stop::Failed(
            "cargo-fuzz is still not there: set CARGO_FUZZ=/path/to/cargo-fuzz".to_string(),
        )
    })
}

/// As the manifest names them.
fn targets() -> Vec<String> {
    let manifest = fs::read_to_string(Path::new(FOLDER).join("Cargo.toml")).unwrap_or_default();
    let named = manifest.split("[[bin]]").skip(1);
    named
        .filter_map(|bin| Some(bin.split("name = \"").nth(1)?.split('"').next()?.to_string()))
        .collect()
}
