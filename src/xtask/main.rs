//! The project's own set-up, build, serve, test and bench command. It installs what is missing, says what it does,
//! how long it took, and ends with the cure where something cannot be had.

// This tool measures how long its own steps take; the engine, which may not, does not see it.
#![allow(clippy::disallowed_types)]

mod bench;
mod claims;
mod command;
mod embeds;
mod files;
mod fuzz;
mod guards;
mod offline;
mod pack;
mod pictures;
mod previews;
mod serve;
mod site;
mod steps;
mod stories;
mod test;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;
use steps::Steps;

const HELP: &str = "\
cargo xtask COMMAND

  serve [--port N] [--host H]   installs what is missing, builds the site, serves it, prints the address
  build                         the static site in dist/: relative addresses, works from any sub-folder
  test                          installs what is missing, runs every test, fuzz for less long, embeds with what is here
  claims [SLUG]                 judges every claim in full (of one system, or of all) and records the verdicts
  bench [NAME]                  how fast it runs beside its peers, into benches/RESULTS.md, all of it or one of:
                                federated, agents, messages, nets, dense, population, page; alone: sizes, rounds,
                                heap, instructions; bytes WHY records what dist/ weighs
  embeds [here]                 sites of documentation generators with a run in them, opened in Chromium; `here`: of
                                those that are installed, after build
  fuzz [TARGET [SECONDS]]       60 s a target: texts of strangers that break a reader (link, file, sweep, …)
  setup                         only installs what is missing

SITE=https://host/path/ before build: the site's own address, for its sitemap, oEmbed and previews.

Where a tool lies elsewhere: TRUNK, WASM_BINDGEN, NODE, CHROME, CHROMEDRIVER hold a path.
";

fn main() -> ExitCode {
    if std::env::var_os(fuzz::AS_COMPILER).is_some() {
        return fuzz::compile(&std::env::args_os().skip(1).collect::<Vec<_>>());
    }
    let given: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = given.iter().map(String::as_str).collect();
    // Everything below names files from the root of the repository.
    std::env::set_current_dir(root())
        .expect("the repository that this tool was built from is there");
    let mut steps = Steps::new();
    match words.as_slice() {
        ["serve", options @ ..] => serve::serve(&mut steps, options),
        ["build"] => site::build(&mut steps),
        ["test"] => test::test(&mut steps),
        ["claims"] => claims::record(&mut steps, None),
        ["claims", slug] => claims::record(&mut steps, Some(slug)),
        ["bench"] => bench::bench(&mut steps, None),
        ["bench", name] => bench::bench(&mut steps, Some(name)),
        ["embeds"] => embeds::embeds(&mut steps),
        ["embeds", "here"] => embeds::in_test(&mut steps),
        ["fuzz", options @ ..] => fuzz::fuzz(&mut steps, options),
        ["bench", "bytes", why] => {
            steps.run("bytes", || guards::record_bytes(why));
        }
        // Trunk calls it, in the middle of `build`.
        ["pack"] => {
            steps.run("small and in two", pack::pack);
        }
        ["setup"] => test::setup(&mut steps),
        [] | ["help" | "-h" | "--help"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("“{}” is no command of cargo xtask.\n\n{HELP}", given.join(" "));
            return ExitCode::from(2);
        }
    }
    steps.summary()
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
