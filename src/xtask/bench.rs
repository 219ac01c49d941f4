//! What the download weighs and how fast it runs, alone and beside peers. Numbers, not tests: a machine's noise fails
//! nobody. What may fail is counted, never timed: see `guards`.

use crate::command::{command, output, run};
use crate::steps::{Steps, Stop};
use crate::{guards, site, test, tools};
use std::fs;
use std::path::Path;

/// Sections of benches/RESULTS.md, which the driver writes.
const SECTIONS: [&str; 7] =
    ["federated", "agents", "messages", "nets", "dense", "population", "page"];
/// Peers live here and nowhere else.
const PEERS: &str = "target/peers";
const WEB: &str =
    "--profile web --target wasm32-unknown-unknown --no-default-features --features web";

pub fn bench(steps: &mut Steps, name: Option<&str>) {
    let alone = ["sizes", "rounds", "heap", "instructions"];
    if let Some(name) = name.filter(|name| !SECTIONS.contains(name) && !alone.contains(name)) {
        let why = format!("“{name}” is no bench: {}, {}", SECTIONS.join(", "), alone.join(", "));
        steps.run("bench", || Err::<(), _>(Stop::Failed(why)));
        return;
    }
    match name {
        // The release profile, so that the dependencies of the tests serve here too.
        Some("rounds") => {
            let words = "bench --profile release --bench rounds";
            steps.run("rounds", || run(&mut command("cargo", words)));
        }
        Some("sizes") => on_the_site(steps, "sizes", "benches/sizes.mjs"),
        Some("instructions") => {
            steps.run("instructions", guards::instructions);
        }
        Some("heap") => on_the_site(steps, "heap", "benches/page.mjs heap"),
        name => beside_peers(steps, name),
    }
}

fn on_the_site(steps: &mut Steps, name: &str, words: &str) {
    if test::tools_for_the_site(steps) && site::build_step(steps) {
        steps.run(name, || run(&mut tools::with_tools("node", "NODE", words)));
    }
}

/// All sections, or one: peers installed, our side built, then everybody in turn.
fn beside_peers(steps: &mut Steps, name: Option<&str>) {
    let wants = |section: &str| name.is_none_or(|name| name == section);
    let peers = SECTIONS.iter().any(|section| *section != "page" && wants(section));
    if !(test::tools_for_the_site(steps) && steps.run("tools: chromium", tools::browser)) {
        return;
    }
    if wants("page") && !site::build_step(steps) {
        return;
    }
    let mut ours = String::new();
    if peers {
        // A peer that cannot be had is a line of the results, not the end of them.
        steps.run("peers: npm", npm_peers);
        steps.run("peers: python", || python_peers("py", "requirements.txt"));
        if wants("federated") {
            steps.run("peers: flower", || python_peers("flower", "requirements-flower.txt"));
        }
        if wants("agents") {
            steps.run("peers: krABMaga", krabmaga);
        }
        let built = steps.run("ours, native", || {
            ours = native()?;
            Ok(())
        });
        if !(built && steps.run("ours, page", in_the_page)) {
            return;
        }
    }
    steps.run("benches", || {
        let words = format!("benches/run.mjs {}", name.unwrap_or_default());
        run(tools::with_tools("node", "NODE", &words).env("OURS", &ours))
    });
}

/// Installed once; again when what is asked for changes.
fn once(
    stamp: &str,
    wanted: &[u8],
    install: impl FnOnce() -> Result<(), Stop>,
) -> Result<(), Stop> {
    if fs::read(stamp).is_ok_and(|has| has == wanted) {
        return Ok(());
    }
    install()?;
    fs::write(stamp, wanted).map_err(|e| Stop::Failed(format!("{stamp}: {e}")))
}

fn npm_peers() -> Result<(), Stop> {
    let home = format!("{PEERS}/npm");
    fs::create_dir_all(&home).map_err(|e| format!("{home}: {e}"))?;
    let read = |name: &str| fs::read(format!("benches/peers/{name}"));
    let lock = read("package-lock.json").map_err(|e| format!("benches/peers: {e}"))?;
    once(&format!("{home}/installed"), &lock, || {
        for name in ["package.json", "package-lock.json"] {
            fs::copy(format!("benches/peers/{name}"), format!("{home}/{name}"))
                .map_err(|e| format!("{home}/{name}: {e}"))?;
        }
        let words = "ci --ignore-scripts --no-audit --no-fund --loglevel=error";
        run(tools::with_tools("npm", "NPM", words).current_dir(&home))
    })
}

/// A package of its own, so that nothing of it stands in our lock file.
fn krabmaga() -> Result<(), Stop> {
    let words = "build --release --locked --manifest-path benches/peers/krabmaga/Cargo.toml";
    run(command("cargo", words).arg("--target-dir").arg(format!("{PEERS}/krabmaga")))
}

/// A virtual environment with exactly what the file names.
fn python_peers(name: &str, requirements: &str) -> Result<(), Stop> {
    let list = format!("benches/peers/{requirements}");
    let wanted = fs::read(&list).map_err(|e| format!("{list}: {e}"))?;
    let home = format!("{PEERS}/{name}");
    once(&format!("{home}/installed"), &wanted, || {
        // FedJAX wants the JAX of 2024, and that one a Python up to 3.12.
        let python = ["python3.11", "python3.12", "python3"]
            .into_iter()
            .find(|python| output(&mut command(python, "--version")).is_some())
            .ok_or_else(|| "no python3 is there: its peers are left out".to_string())?;
        run(command(python, "-m venv").arg(&home))?;
        let pip = Path::new(&home).join("bin/python");
        run(command(pip, "-m pip install --quiet --disable-pip-version-check -r").arg(&list))
    })
}

/// Our native bench; the path at which cargo put it.
pub fn native() -> Result<String, Stop> {
    let words = "bench --profile release --bench ours --no-run --message-format json";
    let says = output(&mut command("cargo", words))
        .ok_or_else(|| format!("`cargo {words}` failed: `cargo build --release --bench ours`"))?;
    let ours = says.lines().filter(|line| line.contains("\"name\":\"ours\""));
    let mut path = ours.filter_map(|line| line.split("\"executable\":\"").nth(1));
    path.next_back()
        .and_then(|rest| rest.split('"').next())
        .map(str::to_string)
        .ok_or_else(|| Stop::Failed("cargo does not say where it put the bench".to_string()))
}

fn in_the_page() -> Result<(), Stop> {
    run(&mut command("cargo", &format!("build {WEB} --example ours_web")))?;
    let words = "--target no-modules --no-typescript --out-dir target/bench";
    let wasm = "target/wasm32-unknown-unknown/web/examples/ours_web.wasm";
    run(tools::with_tools("wasm-bindgen", "WASM_BINDGEN", words).arg(wasm))
}
