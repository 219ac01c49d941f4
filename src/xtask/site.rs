//! The static site in `dist/`: Trunk's output, the stories, the claims on record, and the header that frames need.

use crate::command::{command, run};
use crate::steps::{Steps, Stop};
use crate::{claims, files, offline, pictures, previews, stories, test, tools};
use std::fs;
use std::path::Path;

pub const DIST: &str = "dist";
/// A sandboxed frame is a foreign origin to our own files; hosts that read `_headers` then serve it.
const HEADERS: &str = "/*\n  Access-Control-Allow-Origin: *\n";

pub fn build(steps: &mut Steps) {
    if test::tools_for_the_site(steps) {
        build_step(steps);
    }
}

/// Only the building; the tools are there already.
pub fn build_step(steps: &mut Steps) -> bool {
    steps.run("site", || {
        run(&mut tools::with_tools("trunk", "TRUNK", "build"))?;
        fs::write(format!("{DIST}/_headers"), HEADERS)
            .map_err(|e| format!("{DIST}/_headers: {e}"))?;
        let stories = stories::tell("src/systems", DIST)?;
        let judged = copy(claims::RECORDED, "txt", "claims")?;
        pictures::paint(DIST)?;
        let sheets = format!("sheets {DIST}/sheets --recorded {}", claims::RECORDED);
        run(&mut command(claims::program(), &sheets))?;
        let pages = previews::write(DIST)?;
        let engine = mark()?;
        let files = offline::list(DIST, &engine)?;
        println!(
            "   {DIST}/ is complete: {files} files for offline use, {stories} stories, the claims of {judged} systems, {pages}"
        );
        Ok(())
    })
}

/// Copies all files of one ending into a folder of the site; how many.
fn copy(from: &str, ending: &str, to: &str) -> Result<usize, Stop> {
    let to = Path::new(DIST).join(to);
    fs::create_dir_all(&to).map_err(|e| format!("{}: {e}", to.display()))?;
    let mut count = 0;
    for entry in fs::read_dir(from).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == ending) {
            fs::copy(&path, to.join(entry.file_name()))
                .map_err(|e| format!("{}: {e}", path.display()))?;
            count += 1;
        }
    }
    Ok(count)
}

/// FNV-1a: names builds and states; no guard against anyone.
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    pub fn add(&mut self, bytes: &[u8]) {
        let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        self.0 = bytes.iter().fold(self.0, step);
    }

    pub fn hex(&self) -> String {
        format!("{:016x}", self.0)
    }
}

/// The worker's files and the sheets keep their names over builds, so their addresses carry a mark of their contents;
/// see boot.js.
fn mark() -> Result<String, Stop> {
    let dist = Path::new(DIST);
    let mut files = vec![dist.join("engine.js"), dist.join("engine_bg.wasm")];
    let sheets = dist.join("sheets");
    let listed = fs::read_dir(&sheets).map_err(|e| format!("{}: {e}", sheets.display()))?;
    files.extend(listed.flatten().map(|entry| entry.path()));
    files.sort();
    let mut mark = Fnv::default();
    for file in files {
        mark.add(&fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?);
    }
    let mark = mark.hex();
    files::put(format!("{DIST}/index.html"), "data-build=\"\"", &format!("data-build=\"{mark}\""))?;
    files::put(format!("{DIST}/murmuration.js"), "__BUILD__", &mark)?;
    Ok(mark)
}
