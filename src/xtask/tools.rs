//! What the project needs besides Rust: found where it is, installed where it is not, by its exact version.

use crate::command::{command, output};
use crate::steps::Stop;
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

const TRUNK_VERSION: &str = "0.21.14";
/// The oldest Node that all of package.json runs on: Debian 12 has 18.
const NODE_MAJOR_MIN: u32 = 18;
/// Logs of installations that run beside a build.
const LOGS: &str = "target/xtask";

/// The components and the target of Rust itself.
pub fn rust() -> Result<(), Stop> {
    let installed = output(&mut command("rustc", "--print sysroot"))
        .ok_or_else(|| "rustc does not start: install Rust from https://rustup.rs".to_string())?;
    let has_target = Path::new(&installed).join("lib/rustlib/wasm32-unknown-unknown/lib").is_dir();
    let has = |tool: &str| output(command("cargo", tool).arg("--version")).is_some();
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    if !has_target {
        wanted.push(("target", "wasm32-unknown-unknown"));
    }
    wanted.extend(
        [("fmt", "rustfmt"), ("clippy", "clippy")]
            .iter()
            .filter(|(t, _)| !has(t))
            .map(|(_, c)| ("component", *c)),
    );
    for (kind, name) in wanted {
        install("rustup", &format!("{kind} add {name}"), &[], None).map_err(|why| {
            format!("{why}; the Rust in use lacks its {kind} `{name}`: add it by the way this Rust was installed")
        })?;
    }
    Ok(())
}

/// All crates of Cargo.lock, so that Trunk can build offline.
pub fn crates() -> Result<(), Stop> {
    install("cargo", "fetch --quiet --locked --target wasm32-unknown-unknown", &[], None).map_err(|why| {
        Stop::Failed(format!("{why}; if Cargo.lock is out of date, `cargo update --workspace` and commit it; else the crate registry cannot be reached"))
    })
}

/// Trunk, wasm-bindgen and its test runner.
pub fn cargo_tools() -> Result<(), Stop> {
    let version = wasm_bindgen_version()?;
    cargo_tool("wasm-bindgen-cli", "wasm-bindgen", "WASM_BINDGEN", &version)?;
    if find("wasm-bindgen-test-runner", "WASM_BINDGEN_TEST_RUNNER").is_none() {
        return Err(Stop::Failed("wasm-bindgen-test-runner does not lie beside wasm-bindgen: `cargo install wasm-bindgen-cli` has both".to_string()));
    }
    cargo_tool("trunk", "trunk", "TRUNK", TRUNK_VERSION)
}

fn cargo_tool(package: &str, program: &str, variable: &str, version: &str) -> Result<(), Stop> {
    let has = find(program, variable).and_then(|path| output(&mut command(path, "--version")));
    if has.as_deref().and_then(|says| says.split_whitespace().nth(1)) == Some(version) {
        return Ok(());
    }
    println!(
        "   {package} {version} is missing (found: {}); this takes some minutes",
        has.as_deref().unwrap_or("none")
    );
    // Their own release profiles ask for fat LTO; a tool that mostly calls others need not wait for that.
    let quick = [
        ("CARGO_PROFILE_RELEASE_LTO", "off"),
        ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", if program == "trunk" { "1" } else { "2" }),
    ];
    let words = format!("install {package} --locked --force --version {version}");
    install("cargo", &words, &quick, Some(package)).map_err(|why| {
        Stop::Failed(format!(
            "{why}; install {package} {version} yourself and set {variable}=/path/to/{program}"
        ))
    })
}

/// Node with npm, then what package.json names.
pub fn node_tools() -> Result<(), Stop> {
    if find("node", "NODE").is_none() || find("npm", "NPM").is_none() {
        apt(
            "nodejs npm",
            "install Node 18 or newer yourself and set NODE=/path/to/node, with npm beside it",
        )?;
    }
    let node = find("node", "NODE")
        .ok_or_else(|| "node is still not there after its installation".to_string())?;
    let version = output(&mut command(node, "--version")).unwrap_or_default();
    let major =
        version.trim_start_matches('v').split('.').next().and_then(|n| n.parse::<u32>().ok());
    if major.is_none_or(|n| n < NODE_MAJOR_MIN) {
        return Err(Stop::Failed(format!(
            "node {version} is too old: install Node {NODE_MAJOR_MIN} or newer and set NODE=/path/to/node"
        )));
    }
    let wanted = fs::read("package-lock.json").map_err(|e| format!("package-lock.json: {e}"))?;
    let stamp = Path::new("node_modules/.murmuration");
    if fs::read(stamp).ok().as_ref() == Some(&wanted) {
        return Ok(());
    }
    let npm = find("npm", "NPM")
        .ok_or_else(|| "npm is not beside node: install it, or set NPM=/path/to/npm".to_string())?;
    install(npm, "ci --no-audit --no-fund --loglevel=error", &[], None).map_err(|why| {
        format!("{why}; the npm registry must be reachable once (`npm config get registry`)")
    })?;
    fs::write(stamp, wanted).map_err(|e| Stop::Failed(format!("{}: {e}", stamp.display())))
}

/// Chromium and its driver, of the same major version.
pub fn browser() -> Result<(), Stop> {
    let cure = "install Chromium and its driver yourself and set CHROME=/path/to/chromium CHROMEDRIVER=/path/to/chromedriver";
    if chrome().is_none() || chromedriver().is_none() {
        apt("chromium chromium-driver", cure)?;
    }
    let (Some(chrome), Some(driver)) = (chrome(), chromedriver()) else {
        return Err(Stop::Failed(format!("no Chromium with a driver is there: {cure}")));
    };
    let major = |path: &Path| {
        let says = output(&mut command(path, "--version"))?;
        says.split(|c: char| !c.is_ascii_digit()).find(|n| !n.is_empty()).map(str::to_string)
    };
    match (major(&chrome), major(&driver)) {
        (Some(one), Some(other)) if one == other => Ok(()),
        (one, other) => Err(Stop::Failed(format!(
            "{} is version {}, {} is version {}; they must agree: {cure}",
            chrome.display(),
            one.as_deref().unwrap_or("unknown"),
            driver.display(),
            other.as_deref().unwrap_or("unknown"),
        ))),
    }
}

pub fn chrome() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
        .iter()
        .find_map(|name| find(name, "CHROME"))
}

pub fn chromedriver() -> Option<PathBuf> {
    find("chromedriver", "CHROMEDRIVER")
}

/// A command that finds all tools: their folders come first in its PATH.
pub fn with_tools(program: &str, variable: &str, words: &str) -> Command {
    let mut command = command(find(program, variable).unwrap_or_else(|| program.into()), words);
    command.env("PATH", tools_path());
    // The names under which the tests look for them.
    for (name, path) in [("CHROME", chrome()), ("CHROMEDRIVER", chromedriver())] {
        if let Some(path) = path {
            command.env(name, path);
        }
    }
    command
}

/// Folders of the tools that a variable names, of npm's and of cargo's, then the PATH as it was.
fn tools_path() -> OsString {
    let named = ["TRUNK", "WASM_BINDGEN", "NODE"]
        .iter()
        .filter_map(|v| Some(PathBuf::from(env::var_os(v)?).parent()?.to_path_buf()));
    let mut folders: Vec<PathBuf> = named.collect();
    folders.push(env::current_dir().unwrap_or_default().join("node_modules/.bin"));
    folders.push(cargo_bin());
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    env::join_paths(folders).expect("folders of the PATH hold no colon")
}

fn cargo_bin() -> PathBuf {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    home.unwrap_or_else(|| PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo"))
        .join("bin")
}

/// The path that the variable names, else the first of that name in the folders of the tools.
pub fn find(name: &str, variable: &str) -> Option<PathBuf> {
    if let Some(path) = env::var_os(variable).map(PathBuf::from) {
        return path.is_file().then_some(path);
    }
    env::split_paths(&tools_path()).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The crate and the tool must be of one version; the crate's is in Cargo.lock.
fn wasm_bindgen_version() -> Result<String, Stop> {
    let lock = fs::read_to_string("Cargo.lock").map_err(|e| format!("Cargo.lock: {e}"))?;
    let after = lock.split("name = \"wasm-bindgen\"\nversion = \"").nth(1);
    let version = after.and_then(|rest| rest.split('"').next());
    version
        .map(str::to_string)
        .ok_or_else(|| Stop::Failed("Cargo.lock names no wasm-bindgen".to_string()))
}

/// Debian's packages, as root or with a sudo that asks nothing.
fn apt(packages: &str, cure: &str) -> Result<(), Stop> {
    if find("apt-get", "APT_GET").is_none() {
        return Err(Stop::Failed(format!("there is no apt-get here for {packages}: {cure}")));
    }
    let root = output(&mut command("id", "-u")).as_deref() == Some("0");
    let quiet = [("DEBIAN_FRONTEND", "noninteractive")];
    let get = |words: String| match root {
        true => install("apt-get", &words, &quiet, Some("apt")),
        false => install("sudo", &format!("-n apt-get {words}"), &quiet, Some("apt")),
    };
    get("update".to_string())
        .and_then(|()| get(format!("install -y --no-install-recommends {packages}")))
        .map_err(|why| Stop::Failed(format!("{why}; {cure}")))
}

/// Runs an installation; with a log, its words go there and not between those of a build.
fn install(
    program: impl AsRef<std::ffi::OsStr>,
    words: &str,
    variables: &[(&str, &str)],
    log: Option<&str>,
) -> Result<(), String> {
    let name = program.as_ref().to_string_lossy().to_string();
    let mut command = command(program, words);
    command.envs(variables.iter().copied()).env("PATH", tools_path());
    let mut place = String::new();
    if let Some(log) = log {
        fs::create_dir_all(LOGS).map_err(|e| format!("{LOGS}: {e}"))?;
        place = format!(" (log: {LOGS}/{log}.log)");
        let file = File::options().create(true).append(true).open(format!("{LOGS}/{log}.log"));
        let file = file.map_err(|e| format!("{LOGS}/{log}.log: {e}"))?;
        let twin = file.try_clone().map_err(|e| e.to_string())?;
        command.stdout(file).stderr(twin);
    }
    println!("   {name} {words}{place}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{name} {words}` ended with {status}{place}")),
        Err(error) => Err(format!("`{name} {words}` does not start: {error}")),
    }
}
