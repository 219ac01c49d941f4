//! Every test there is, in one command. Long installations run beside the first native build.

use crate::command::{Tally, command, run, run_tests};
use crate::steps::{Steps, Stop};
use crate::{claims, embeds, fuzz, guards, site, tools};
use std::fs;
use std::thread::{ScopedJoinHandle, scope};
use std::time::Instant;

/// How the page and the worker are built: the one wasm profile, so nothing is compiled twice.
const WEB: &str =
    "--profile web --target wasm32-unknown-unknown --no-default-features --features web";

pub fn test(steps: &mut Steps) {
    if !steps.run("rust", tools::rust) {
        return;
    }
    let (site_tools, browser) = scope(|scope| {
        let cargo = scope.spawn(|| timed(tools::cargo_tools));
        let others = scope.spawn(|| (timed(tools::node_tools), timed(tools::browser)));
        native(steps);
        let (node, browser) = others.join().expect("an installation does not panic");
        let cargo = joined(steps, "tools: trunk, wasm-bindgen", cargo);
        let node = steps.add("tools: node, npm packages", node.0, node.1);
        (cargo && node, steps.add("tools: chromium", browser.0, browser.1))
    });
    if !(site_tools && steps.run("crates", tools::crates)) {
        return;
    }
    steps.run("clippy, wasm32", || {
        run(&mut command(
            "cargo",
            &format!("clippy --quiet --keep-going {WEB} --all-targets -- -D warnings"),
        ))
    });
    let built = site::build_step(steps);
    steps
        .run("tests, in the browser", || need(browser, "Chromium").and_then(|()| in_the_browser()));
    steps.run("tests, end to end", || {
        need(browser, "Chromium").and_then(|()| need(built, "the site")).and_then(|()| end_to_end())
    });
    if browser && built {
        embeds::in_test(steps);
    } else {
        steps.run("tests: embeds", || need(false, "Chromium or the site"));
    }
    steps
        .run("guard: bytes of the site", || need(built, "the site").and_then(|()| guards::bytes()));
    steps.run("guard: instructions", guards::instructions);
    steps.run("claims", claims::judge_again);
    fuzz::in_test(steps);
}

/// Installs what is missing and does nothing else.
pub fn setup(steps: &mut Steps) {
    if tools_for_the_site(steps) {
        steps.run("tools: chromium", tools::browser);
    }
}

/// What `build` and `serve` need; whether it is all there.
pub fn tools_for_the_site(steps: &mut Steps) -> bool {
    if !steps.run("rust", tools::rust) {
        return false;
    }
    let (cargo, node) = scope(|scope| {
        let cargo = scope.spawn(|| timed(tools::cargo_tools));
        let node = scope.spawn(|| timed(tools::node_tools));
        let cargo = joined(steps, "tools: trunk, wasm-bindgen", cargo);
        (cargo, joined(steps, "tools: node, npm packages", node))
    });
    cargo && node && steps.run("crates", tools::crates)
}

fn native(steps: &mut Steps) {
    steps.run("format", || run(&mut command("cargo", "fmt --all --check")));
    steps.run("clippy, native", || {
        run(&mut command(
            "cargo",
            "clippy --quiet --keep-going --release --workspace --all-targets -- -D warnings",
        ))
    });
    steps.run("tests, native", || {
        run_tests(&mut command("cargo", "test --release --workspace --no-fail-fast"))
    });
}

/// The page and the worker, each in its own place of a headless Chromium.
fn in_the_browser() -> Result<Tally, Stop> {
    let flags = fs::read_to_string("tests/browser/webdriver.json")
        .map_err(|e| format!("webdriver.json: {e}"))?;
    let chrome =
        tools::chrome().ok_or_else(|| "no Chromium: set CHROME=/path/to/chromium".to_string())?;
    // The driver looks in its own places only; ours may lie elsewhere.
    let binary = format!("\"binary\": {:?},\n    \"args\"", chrome.display().to_string());
    fs::create_dir_all("target/xtask").map_err(|e| format!("target/xtask: {e}"))?;
    let place =
        std::env::current_dir().map_err(|e| e.to_string())?.join("target/xtask/webdriver.json");
    fs::write(&place, flags.replacen("\"args\"", &binary, 1))
        .map_err(|e| format!("{}: {e}", place.display()))?;
    let words = format!("test {WEB} --no-fail-fast --test page --test worker");
    run_tests(
        tools::with_tools("cargo", "CARGO", &words)
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", place)
            // Every arm of every system steps in one of the tests: the runner's 20 s are for unit tests.
            .env("WASM_BINDGEN_TEST_TIMEOUT", "600"),
    )
}

/// A person's way through the site in `dist/`, served from a sub-folder.
fn end_to_end() -> Result<Tally, Stop> {
    // One spec compares the page's numbers with the command line's.
    claims::murmur()?;
    let mut specs: Vec<String> = fs::read_dir("tests/e2e")
        .map_err(|e| format!("tests/e2e: {e}"))?
        .flatten()
        .map(|entry| entry.path().display().to_string())
        .filter(|path| path.ends_with(".spec.mjs"))
        .collect();
    specs.sort();
    let words = "--test --test-concurrency=1 --test-reporter=tap";
    run_tests(tools::with_tools("node", "NODE", words).args(specs))
}

fn need(there: bool, what: &str) -> Result<(), Stop> {
    if there { Ok(()) } else { Err(Stop::Skipped(format!("{what} is not there, see above"))) }
}

type Timed = (Result<Tally, Stop>, f64);

fn timed(step: impl FnOnce() -> Result<(), Stop>) -> Timed {
    let started = Instant::now();
    (step().map(Tally::from), started.elapsed().as_secs_f64())
}

fn joined(steps: &mut Steps, name: &str, handle: ScopedJoinHandle<Timed>) -> bool {
    let (result, seconds) = handle.join().expect("an installation does not panic");
    steps.add(name, result, seconds)
}
