//! What Trunk does not do to its staged files before they are the site; its last step calls this.
//!
//! The page's wasm is cut in two: what a person waits for, and what only `rest` of `src/page.rs` reaches. By
//! `wasm_split_cli_support`, which goes by the linker's own relocations; then what Trunk does to a wasm (wasm-bindgen,
//! wasm-opt) is done to each part. Scripts and styles are made short by esbuild, the styles as one file.

use crate::command::run;
use crate::previews::is_style;
use crate::site::Fnv;
use crate::steps::Stop;
use crate::{files, tools};
use std::fs;
use std::path::{Path, PathBuf};
use wasm_split_cli_support::Options;

/// Emptied for every build, whose files have names of their own.
const PARTS: &str = "target/xtask/pack";
/// Merging locals makes what is downloaded longer, because less of it repeats.
const OPTIMIZE: &str = "-O1 --skip-pass=coalesce-locals --strip-producers --strip-target-features";
/// Scripts of ours that the page loads; others are read by people, or still get words put in.
const SHORT: [&str; 3] = ["boot.js", "shell.js", "engine.js"];

pub fn pack() -> Result<(), Stop> {
    let staged = std::env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from);
    let staged = staged.ok_or_else(|| "only Trunk calls this, see Trunk.toml".to_string())?;
    let scripts = cut(&staged)?;
    for name in scripts.iter().map(String::as_str).chain(SHORT) {
        shorten(&staged.join(name))?;
    }
    styles(&staged)
}

/// The page in two; the names of its scripts.
fn cut(staged: &Path) -> Result<[String; 2], Stop> {
    let page = page(staged)?;
    // Of the same mark, which is of the contents of both: a cache cannot mix two builds.
    let rest = page.replacen("page", "rest", 1);
    let parts = Path::new(PARTS);
    let _ = fs::remove_dir_all(parts);
    // What cargo has linked: Trunk's own copy has been through wasm-bindgen, and has no relocations any more.
    let path = format!("{}/wasm32-unknown-unknown/web/page.wasm", files::target());
    let linked = fs::read(&path).map_err(|e| format!("{path}: {e}"))?;
    let main = parts.join("main.wasm");
    let (script, main_script) = (format!("./{rest}.js"), format!("./{page}.js"));
    let mut options = Options::new(&linked);
    options.output_dir = parts;
    options.main_out_path = &main;
    options.link_name = &script;
    options.main_module = &main_script;
    wasm_split_cli_support::transform(options).map_err(|e| format!("{path}: {e:#}"))?;

    let words = format!(
        "--target web --no-typescript --keep-lld-exports --out-name {page} --out-dir {PARTS}/bound"
    );
    run(tools::with_tools("wasm-bindgen", "WASM_BINDGEN", &words).arg(&main))?;
    files::copy(parts.join(format!("bound/{page}.js")), staged.join(&main_script))?;
    for (from, to) in [
        (format!("{PARTS}/bound/{page}_bg.wasm"), format!("{page}_bg.wasm")),
        (format!("{PARTS}/split_rest.wasm"), format!("{rest}.wasm")),
    ] {
        let words = format!("{OPTIMIZE} {from} -o");
        run(tools::with_tools("wasm-opt", "WASM_OPT", &words).arg(staged.join(to)))?;
    }
    let loader = staged.join(&script);
    files::copy(parts.join(&script), &loader)?;
    files::put(&loader, "split_rest.wasm", &format!("{rest}.wasm"))?;
    // A server that does not know the type of wasm may serve us, too: take the bytes.
    let bytes = "WebAssembly.instantiate(await (await src).arrayBuffer(), imports)";
    files::put(&loader, "WebAssembly.instantiateStreaming(src, imports)", bytes)?;
    // The page's script asks for this one by name: both at once, not one after the other.
    let link = |name: &str| {
        format!("<link rel=\"modulepreload\" href=\"{name}\" crossorigin=\"anonymous\">")
    };
    let both = format!("{}{}", link(&main_script), link(&script));
    files::put(staged.join("index.html"), &link(&main_script), &both)?;
    Ok([main_script, script])
}

/// One file of all styles, in their order, named by its contents.
fn styles(staged: &Path) -> Result<(), Stop> {
    let index = staged.join("index.html");
    let text = files::read(&index)?;
    let name = |line: &str| line.split("href=\"./").nth(1)?.split('"').next().map(str::to_string);
    let names: Vec<String> = text.lines().filter(|line| is_style(line)).filter_map(name).collect();
    let all = staged.join("styles.css");
    let mut css = String::new();
    for name in &names {
        css.push_str(&files::read(staged.join(name))?);
        fs::remove_file(staged.join(name)).map_err(|e| format!("{name}: {e}"))?;
    }
    files::write(&all, &css)?;
    shorten(&all)?;
    let mut mark = Fnv::default();
    mark.add(files::read(&all)?.as_bytes());
    let marked = format!("styles-{}.css", mark.hex());
    fs::rename(&all, staged.join(&marked)).map_err(|e| format!("{marked}: {e}"))?;
    let link = format!("    <link rel=\"stylesheet\" href=\"./{marked}\">");
    let mut links = Some(link.as_str());
    let lines = text.lines().filter_map(|line| match is_style(line) {
        true => links.take(),
        false => Some(line),
    });
    let lines: Vec<&str> = lines.collect();
    files::write(&index, &(lines.join("\n") + "\n"))
}

fn shorten(file: &Path) -> Result<(), Stop> {
    let words = "--minify --log-level=warning --allow-overwrite";
    let out = format!("--outfile={}", file.display());
    run(tools::with_tools("esbuild", "ESBUILD", words).arg(file).arg(out))
}

/// The name under which Trunk has put the page, with its mark.
fn page(staged: &Path) -> Result<String, Stop> {
    let listed = fs::read_dir(staged).map_err(|e| format!("{}: {e}", staged.display()))?;
    let names = listed.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut pages = names.filter_map(|name| Some(name.strip_suffix("_bg.wasm")?.to_string()));
    pages
        .find(|name| name.starts_with("page-"))
        .ok_or_else(|| Stop::Failed(format!("{} has no page-*_bg.wasm", staged.display())))
}
