//! The service worker's list: every file of the site, under the mark of their contents.

use crate::steps::Stop;
use std::fs;
use std::path::{Path, PathBuf};

/// What no page of ours asks for.
const LEFT_OUT: [&str; 3] = ["sw.js", "_headers", "sitemap.xml"];

/// Puts mark and files into `dist/sw.js`. To be called last: what comes later is not kept.
pub fn list(dist: &str) -> Result<usize, Stop> {
    let dist = Path::new(dist);
    let mut files = Vec::new();
    gather(dist, dist, &mut files)?;
    files.sort();
    let mut mark: u64 = 0xcbf2_9ce4_8422_2325;
    for file in &files {
        let bytes = fs::read(dist.join(file)).map_err(|e| format!("{}: {e}", file.display()))?;
        let named = file.display().to_string().into_bytes();
        mark = named
            .iter()
            .chain(&bytes)
            .fold(mark, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    }
    let marked = engine_mark(dist)?;
    let names: Vec<String> = files
        .iter()
        .map(|file| match file.to_str() {
            Some("index.html") => "\"./\"".to_string(),
            Some(name) if name.starts_with("engine") => format!("\"./{name}{marked}\""),
            _ => format!("\"./{}\"", file.display()),
        })
        .collect();
    let place = dist.join("sw.js");
    let text = fs::read_to_string(&place).map_err(|e| format!("{}: {e}", place.display()))?;
    let text = text
        .replace("__BUILD__", &format!("{mark:016x}"))
        .replace("/*__FILES__*/", &names.join(", "));
    fs::write(&place, text).map_err(|e| format!("{}: {e}", place.display()))?;
    Ok(names.len())
}

/// The query under which boot.js asks for the engine's files.
fn engine_mark(dist: &Path) -> Result<String, Stop> {
    let html =
        fs::read_to_string(dist.join("index.html")).map_err(|e| format!("index.html: {e}"))?;
    let mark = html.split_once("data-build=\"").and_then(|(_, rest)| rest.split_once('"'));
    Ok(mark.map_or(String::new(), |(mark, _)| format!("?{mark}")))
}

fn gather(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Stop> {
    for entry in fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(root, &path, files)?;
        } else if let Ok(inside) = path.strip_prefix(root)
            && !LEFT_OUT.iter().any(|name| inside == Path::new(name))
        {
            files.push(inside.to_path_buf());
        }
    }
    Ok(())
}
