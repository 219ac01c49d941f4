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
const SPEC: &str = "tests/embeds/embeds.spec.mjs";

pub fn embeds(steps: &mut Steps) {
    if !(test::tools_for_the_site(steps) && steps.run("tools: chromium", tools::browser)) {
        return;
    }
    if !Path::new(site::DIST).join("index.html").is_file() && !site::build_step(steps) {
        return;
    }
    let python = steps.run("generators: Python", python);
    for (name, words) in [
        (
            "mkdocs",
            format!(
                "build --quiet --config-file {FROM}/mkdocs/mkdocs.yml --site-dir ../../../{SITES}/mkdocs"
            ),
        ),
        ("sphinx", format!("-q -b html {FROM}/sphinx {SITES}/sphinx")),
        (
            "jupyter",
            format!(
                "nbconvert --log-level WARN --to html {FROM}/jupyter/page.ipynb --output-dir {SITES}/jupyter"
            ),
        ),
    ] {
        let program = if name == "sphinx" { "sphinx-build" } else { name };
        steps.run(&format!("site: {name}"), || {
            if !python {
                return Err(Stop::Skipped("its generator is not there".to_string()));
            }
            run(&mut command(bin(program), &words))
        });
    }
    steps.run("site: mdbook", mdbook);
    steps.run("site: docusaurus", docusaurus);
    steps.run("tests: embeds", || {
        run_tests(&mut tools::with_tools(
            "node",
            "NODE",
            &format!("--test --test-reporter=tap {SPEC}"),
        ))
    });
}

/// In a folder of their own: nothing of the machine's Python changes.
fn python() -> Result<(), Stop> {
    let wanted = fs::read(format!("{FROM}/requirements.txt"))
        .map_err(|e| format!("requirements.txt: {e}"))?;
    let stamp = format!("{WORK}/python/.murmuration");
    if fs::read(&stamp).ok().as_ref() == Some(&wanted) {
        return Ok(());
    }
    let cure = |stop: Stop| match stop {
        Stop::Failed(why) => {
            Stop::Skipped(format!("{why}; it wants Python 3 with venv, and PyPI within reach"))
        }
        other => other,
    };
    run(&mut command("python3", &format!("-m venv {WORK}/python"))).map_err(cure)?;
    run(&mut command(
        bin("pip"),
        &format!("install --quiet --requirement {FROM}/requirements.txt"),
    ))
    .map_err(cure)?;
    fs::write(&stamp, wanted).map_err(|e| Stop::Failed(format!("{stamp}: {e}")))
}

fn bin(program: &str) -> PathBuf {
    Path::new(WORK).join("python/bin").join(program)
}

/// Compiling it takes minutes, so it is used where it is and not installed.
fn mdbook() -> Result<(), Stop> {
    let mdbook = tools::find("mdbook", "MDBOOK").ok_or_else(|| {
        Stop::Skipped(
            "mdbook is not there: `cargo install mdbook`, or MDBOOK=/path/to/mdbook".to_string(),
        )
    })?;
    // Whole, since its versions do not agree on what a relative one is relative to.
    let site = std::env::current_dir().map_err(|e| e.to_string())?.join(SITES).join("mdbook");
    run(command(mdbook, &format!("build {FROM}/mdbook --dest-dir")).arg(site))
}

/// Built on a copy: its packages and its cache stay out of the sources.
fn docusaurus() -> Result<(), Stop> {
    let from = Path::new(FROM).join("docusaurus");
    let work = Path::new(WORK).join("docusaurus");
    for file in ["package.json", "docusaurus.config.js", "src/pages/index.mdx"] {
        let to = work.join(file);
        let folder = to.parent().unwrap_or(&work);
        fs::create_dir_all(folder)
            .and_then(|()| fs::copy(from.join(file), &to))
            .map_err(|e| format!("{}: {e}", to.display()))?;
    }
    let npm = tools::find("npm", "NPM").ok_or_else(|| "npm is not there".to_string())?;
    let wanted = fs::read(from.join("package.json")).map_err(|e| format!("package.json: {e}"))?;
    let stamp = work.join("node_modules/.murmuration");
    if fs::read(&stamp).ok().as_ref() != Some(&wanted) {
        let words = "install --no-audit --no-fund --no-package-lock --loglevel=error";
        run(command(&npm, words).current_dir(&work)).map_err(|_| {
            Stop::Skipped("its packages cannot be had from the npm registry".to_string())
        })?;
        fs::write(&stamp, wanted).map_err(|e| format!("{}: {e}", stamp.display()))?;
    }
    run(command(&npm, "run build -- --out-dir ../site/docusaurus").current_dir(&work))
}
