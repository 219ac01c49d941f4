//! What no compiler holds: layers inside the engine, lists against folders, lengths, forbidden words.

use crate::{root, trial};
use lexicon::{Brief, sheet};
use libtest_mimic::Trial;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Modules of the engine, level by level. A module uses those of its own level and below, never upwards.
const LEVELS: &[&[&str]] = &[
    &["math", "chance"],
    &["gpu"],
    &["stats", "topology", "tensor", "data"],
    &["network", "minds"],
    &["consensus", "coordination", "population", "search"],
    &["federated", "policy"],
    &["run"],
];

/// Lines of code in a file, tests and blank lines not counted.
const PART_LINES_MAX: usize = 420;
const SYSTEM_LINES_MAX: usize = 600;
/// Files that are longer, and why.
const LONG: &[(&str, &str)] = &[
    ("src/lexicon/scene.rs", "eight kinds of scene, plain data, read side by side"),
    ("src/app/state/lab.rs", "one state and its one update"),
];

/// Words of the browser, and the only places for them.
const BROWSER: &[&str] = &["web_sys::", "js_sys::", "gloo::", "yew::", "wasm_bindgen::"];
const BROWSER_HOMES: &[&str] = &[
    "src/app/",
    "src/draw/canvas.rs",
    "src/draw/lib.rs",
    "src/lexicon/wire.rs",
    "src/page.rs",
    "workers/",
    "tests/browser/",
    "benches/ours/web.rs",
];

pub fn all() -> Vec<Trial> {
    vec![
        trial("tidy::the_engine_is_used_downwards_only", the_engine_is_used_downwards_only),
        trial("tidy::lists_and_folder_hold_the_same_systems", lists_and_folder_agree),
        trial("tidy::the_page_reads_sheets_as_the_code_says_them", sheets_are_read_as_written),
        trial("tidy::no_system_uses_another", no_system_uses_another),
        trial("tidy::files_are_of_a_readable_length", files_are_short),
        trial("tidy::the_browser_stays_in_its_places", the_browser_stays_in_its_places),
        trial("tidy::work_left_over_has_a_name", work_left_over_has_a_name),
        trial("tidy::layers_bite", layers_bite),
    ]
}

/// All files below a folder with this ending, as (path from the root, text), in order.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == ending)
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                let name = path.strip_prefix(root()).unwrap_or(&path);
                found.push((name.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    found.sort();
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn rust() -> Vec<(String, String)> {
    ["src", "workers", "tests", "benches"].iter().flat_map(|folder| files(folder, "rs")).collect()
}

fn all_of(wrong: Vec<String>) -> Result<(), String> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n  ")) }
}

/// The code alone: no comment, no unit tests at the end.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let whole = text.split("#[cfg(test)]").next().unwrap_or(text);
    whole
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line))
        .filter(|line| !line.trim().is_empty())
}

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|level| level.contains(&module))
}

/// The modules of the crate that a line names: `crate::stats::mean`, `use crate::{math, stats}`.
fn named(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let joined: String = code(text).collect::<Vec<_>>().join(" ");
    for rest in joined.split("crate::").skip(1) {
        let group = rest.strip_prefix('{').map(|r| r.split('}').next().unwrap_or(r));
        for part in group
            .unwrap_or(rest)
            .split(if group.is_some() { ',' } else { ';' })
            .take(if group.is_some() { usize::MAX } else { 1 })
        {
            let word = part.trim().split(|c: char| !(c.is_alphanumeric() || c == '_')).next();
            named.extend(word.map(str::to_string));
        }
    }
    named
}

/// A file of unit tests: its parent declares it so. Tests may look at what stands above.
fn only_tests(path: &str, all: &[(String, String)]) -> bool {
    let Some((folder, file)) = path.rsplit_once('/') else { return false };
    let stem = file.trim_end_matches(".rs");
    let declared = format!("#[cfg(test)]\nmod {stem};");
    all.iter().any(|(other, text)| {
        other.rsplit_once('/').is_some_and(|(home, _)| home == folder) && text.contains(&declared)
    })
}

fn upwards(module: &str, text: &str) -> Vec<String> {
    let own = level(module);
    named(text).into_iter().filter(|used| level(used) > own && level(used).is_some()).collect()
}

fn the_engine_is_used_downwards_only() -> Result<(), String> {
    let mut wrong = Vec::new();
    let all = files("src/engine", "rs");
    for (path, text) in &all {
        let inner = path.trim_start_matches("src/engine/");
        let module = inner.split(['/', '.']).next().unwrap_or_default();
        if ["lib", "tests", "benches"].contains(&module) || only_tests(path, &all) {
            continue;
        }
        if level(module).is_none() {
            wrong.push(format!("{path}: give {module} a level in tests/suite/tidy.rs"));
        }
        wrong.extend(
            upwards(module, text).into_iter().map(|used| format!("{path} reaches up to {used}")),
        );
    }
    all_of(wrong)
}

fn layers_bite() -> Result<(), String> {
    let text = "use crate::run::Ctx;\nuse crate::{math, minds::Mind};\n// crate::policy\nfn f() { crate::federated::f() }";
    let found = upwards("stats", text);
    match found == ["federated", "minds", "run"] && upwards("run", text).is_empty() {
        true => Ok(()),
        false => Err(format!("{found:?}")),
    }
}

/// Slugs of the folder `src/systems`: a file or a folder each.
fn slugs() -> BTreeSet<String> {
    let own = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        let slug = if path.is_dir() { name } else { name.strip_suffix(".rs")? };
        (!matches!(slug, "asked" | "lib") && !slug.starts_with('_')).then(|| slug.replace('_', "-"))
    };
    entries(&root().join("src/systems")).iter().filter_map(own).collect()
}

/// The page knows of a system what its sheet says: that must be all that the code says, to the letter.
fn sheets_are_read_as_written() -> Result<(), String> {
    let whole: BTreeMap<String, String> =
        native::sheets(native::HOUSE, &BTreeMap::new()).into_iter().collect();
    let file = |name: &str| whole.get(name).ok_or(format!("{name} is not written"));
    let briefs = sheet::read_index(file("index.json")?)?;
    for (at, entry) in native::HOUSE.catalogue.iter().enumerate() {
        let code = (entry.sheet)();
        let page = sheet::read(file(&format!("{}.json", entry.id))?)?;
        if format!("{code:?}") != format!("{page:?}") {
            return Err(format!("{}: the page would show another sheet: {page:?}", entry.id));
        }
        if briefs.get(at) != Some(&Brief::of(&code, None)) {
            return Err(format!("{}: the gallery would show another card", entry.id));
        }
    }
    Ok(())
}

fn lists_and_folder_agree() -> Result<(), String> {
    let listed: Vec<&str> = native::HOUSE.catalogue.iter().map(|entry| entry.id).collect();
    let started: Vec<&str> = native::HOUSE.starters.iter().map(|starter| starter.id).collect();
    if listed != started {
        return Err(format!("CATALOGUE is {listed:?}, STARTERS is {started:?}"));
    }
    let listed: BTreeSet<String> = listed.into_iter().map(str::to_string).collect();
    // A folder of pieces that several files of one system share has no slug of its own.
    let found = slugs();
    let differ: Vec<&String> = listed.symmetric_difference(&found).collect();
    if !differ.is_empty() {
        return Err(format!("in only one of the lists and src/systems: {differ:?}"));
    }
    let told: BTreeSet<String> = files("src/systems", "md")
        .iter()
        .filter_map(|(path, _)| {
            Path::new(path).file_stem()?.to_str().map(|stem| stem.replace('_', "-"))
        })
        .collect();
    match listed.iter().find(|slug| !told.contains(*slug)) {
        Some(slug) => Err(format!("{slug} has no story")),
        None => Ok(()),
    }
}

fn no_system_uses_another() -> Result<(), String> {
    let systems: BTreeSet<String> = slugs().iter().map(|slug| slug.replace('-', "_")).collect();
    let mut wrong = Vec::new();
    for (path, text) in files("src/systems", "rs") {
        let own =
            path.trim_start_matches("src/systems/").split(['/', '.']).next().unwrap_or_default();
        if own != "lib" {
            let others =
                named(&text).into_iter().filter(|used| used != own && systems.contains(used));
            wrong.extend(
                others.map(|used| {
                    format!("{path} uses {used}: move what they share into the engine")
                }),
            );
        }
    }
    all_of(wrong)
}

fn files_are_short() -> Result<(), String> {
    let mut wrong = Vec::new();
    for (path, text) in rust() {
        let lines = code(&text).count();
        let most = if path.starts_with("src/systems/") || path.starts_with("tests/") {
            SYSTEM_LINES_MAX
        } else {
            PART_LINES_MAX
        };
        let known = LONG.iter().any(|(long, _)| *long == path);
        if lines > most && !known {
            wrong.push(format!("{path} has {lines} lines of code, at most {most}"));
        }
    }
    all_of(wrong)
}

fn the_browser_stays_in_its_places() -> Result<(), String> {
    let mut wrong = Vec::new();
    for (path, text) in rust() {
        let home = BROWSER_HOMES.iter().any(|home| path.starts_with(home))
            || path == "tests/suite/tidy.rs";
        if let Some(word) =
            BROWSER.iter().find(|word| !home && code(&text).any(|line| line.contains(**word)))
        {
            wrong.push(format!("{path} uses {word}"));
        }
    }
    for (path, text) in files("src", "toml") {
        let home =
            ["src/app/", "src/draw/", "src/lexicon/"].iter().any(|home| path.starts_with(home));
        let mut names = text.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        if let Some(name) =
            names.find(|name| !home && ["web-sys", "js-sys", "gloo", "yew"].contains(name))
        {
            wrong.push(format!("{path} depends on {name}"));
        }
    }
    all_of(wrong)
}

/// `TODO(who or issue)`, never a bare one.
fn work_left_over_has_a_name() -> Result<(), String> {
    let scripts = ["js", "mjs", "css", "wgsl"];
    let others = scripts
        .iter()
        .flat_map(|ending| ["src", "workers", "tests", "styles"].map(|f| files(f, ending)))
        .flatten();
    let mut wrong = Vec::new();
    for (path, text) in
        rust().into_iter().chain(others).filter(|(path, _)| path != "tests/suite/tidy.rs")
    {
        for (at, line) in text.lines().enumerate() {
            let bare = |word: &str| line.split(word).skip(1).any(|rest| !rest.starts_with('('));
            if ["TODO", "FIXME", "XXX"].iter().any(|word| bare(word))
                || line.contains("todo!(")
                || line.contains("unimplemented!(")
            {
                wrong.push(format!("{path}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    all_of(wrong)
}
