//! Sites of real documentation generators, each with a run of ours in a page: built here, opened by
//! `tests/embeds/embeds.spec.mjs` from an origin of their own. A generator that cannot be had is skipped aloud.

use crate::command::{command, run, run_tests};
use crate::steps::{Steps, Stop};
use crate::{site, test, tools};
use std::fs;
use std::path::{Path, PathBuf};

const FROM: &str = "tests/embeds";
const WORK: &str = "target/embeds";
const SITES: &str = "target/embeds/site";
const REQUIREMENTS: &str = "tests/embeds/requirements.txt";
const PACKAGES: &str = "tests/embeds/docusaurus/package.json";
const SPEC: &str = "tests/embeds/embeds.spec.mjs";

/// What becomes of a generator that is not here.
#[derive(Clone, Copy, PartialEq)]
enum Missing {
    Fetched,
    SkippedAloud,
}

/// `cargo xtask embeds`.
pub fn embeds(steps: &mut Steps) {
    if !(test::tools_for_the_site(steps) && steps.run("tools: chromium", tools::browser)) {
        return;
    }
    if !Path::new(site::DIST).join("index.html").is_file() && !site::build_step(steps) {
        return;
    }
    sites(steps, Missing::Fetched);
}

/// `cargo xtask embeds here`, a part of `test`, which has built the site: the generators that are here, and HTML by hand.
pub fn in_test(steps: &mut Steps) {
    sites(steps, Missing::SkippedAloud);
}

fn sites(steps: &mut Steps, missing: Missing) {
    if missing == Missing::Fetched {
        steps.run("generators: Python", install_python);
    }
    for (site, name, words) in [
        (
            "mkdocs",
            "mkdocs",
            format!(
                "build --quiet --config-file {FROM}/mkdocs/mkdocs.yml --site-dir ../../../{SITES}/mkdocs"
            ),
        ),
        ("sphinx", "sphinx-build", format!("-q -b html {FROM}/sphinx {SITES}/sphinx")),
        (
            "jupyter",
            "jupyter",
            format!(
                "nbconvert --log-level WARN --to html {FROM}/jupyter/page.ipynb --output-dir {SITES}/jupyter"
            ),
        ),
    ] {
        steps.run(&format!("site: {site}"), || match is_whole(&python_stamp(), REQUIREMENTS)? {
            true => run(&mut command(bin(name), &words)),
            false => Err(not_here(name)),
        });
    }
    steps.run("site: mdbook", mdbook);
    steps.run("site: docusaurus", || docusaurus(missing));
    steps.run("tests: embeds", || {
        run_tests(&mut tools::with_tools(
            "node",
            "NODE",
            &format!("--test --test-reporter=tap {SPEC}"),
        ))
    });
}

fn not_here(generator: &str) -> Stop {
    Stop::Skipped(format!("not installed: {generator} (`cargo xtask embeds` installs it)"))
}

/// Whether the installation beside `stamp` is that of `wanted`, a file of ours.
fn is_whole(stamp: &Path, wanted: &str) -> Result<bool, Stop> {
    let wanted = fs::read(wanted).map_err(|e| format!("{wanted}: {e}"))?;
    Ok(fs::read(stamp).is_ok_and(|installed| installed == wanted))
}

/// In a folder of their own: nothing of the machine's Python changes.
fn install_python() -> Result<(), Stop> {
    if is_whole(&python_stamp(), REQUIREMENTS)? {
        return Ok(());
    }
    let cure = |stop: Stop| match stop {
        Stop::Failed(why) => {
            Stop::Skipped(format!("{why}; it wants Python 3 with venv, and PyPI within reach"))
        }
        other => other,
    };
    run(&mut command("python3", &format!("-m venv {WORK}/python"))).map_err(cure)?;
    run(&mut command(bin("pip"), &format!("install --quiet --requirement {REQUIREMENTS}")))
        .map_err(cure)?;
    stamped(&python_stamp(), REQUIREMENTS)
}

fn python_stamp() -> PathBuf {
    Path::new(WORK).join("python/.murmuration")
}

fn stamped(stamp: &Path, wanted: &str) -> Result<(), Stop> {
    fs::copy(wanted, stamp)
        .map(|_| ())
        .map_err(|e| Stop::Failed(format!("{}: {e}", stamp.display())))
}

fn bin(program: &str) -> PathBuf {
    Path::new(WORK).join("python/bin").join(program)
}

/// Compiling it takes minutes, so it is used where it is and not installed.
fn mdbook() -> Result<(), Stop> {
    let mdbook = tools::find("mdbook", "MDBOOK").ok_or_else(|| {
        Stop::Skipped(
            "not installed: mdbook (`cargo install mdbook`, or MDBOOK=/path/to/mdbook)".to_string(),
        )
    })?;
    // Whole, since its versions do not agree on what a relative one is relative to.
    let site = std::env::current_dir().map_err(|e| e.to_string())?.join(SITES).join("mdbook");
    run(command(mdbook, &format!("build {FROM}/mdbook --dest-dir")).arg(site))
}

/// Built on a copy: its packages and its cache stay out of the sources.
fn docusaurus(missing: Missing) -> Result<(), Stop> {
    let from = Path::new(FROM).join("docusaurus");
    let work = Path::new(WORK).join("docusaurus");
    let stamp = work.join("node_modules/.murmuration");
    let is_whole = is_whole(&stamp, PACKAGES)?;
    if !is_whole && missing == Missing::SkippedAloud {
        return Err(not_here("docusaurus"));
    }
    for file in ["package.json", "docusaurus.config.js", "src/pages/index.mdx"] {
        let to = work.join(file);
        let folder = to.parent().unwrap_or(&work);
        fs::create_dir_all(folder)
            .and_then(|()| fs::copy(from.join(file), &to))
            .map_err(|e| format!("{}: {e}", to.display()))?;
    }
    let npm = tools::find("npm", "NPM").ok_or_else(|| "npm is not there".to_string())?;
    if !is_whole {
        let words = "install --no-audit --no-fund --no-package-lock --loglevel=error";
        run(command(&npm, words).current_dir(&work)).map_err(|_| {
            Stop::Skipped("its packages cannot be had from the npm registry".to_string())
        })?;
        stamped(&stamp, PACKAGES)?;
    }
    run(command(&npm, "run build -- --out-dir ../site/docusaurus").current_dir(&work))
}
