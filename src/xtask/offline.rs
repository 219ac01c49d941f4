//! The service worker's list: every file of the site, under the mark of their contents.

use crate::previews;
use crate::site::Fnv;
use crate::steps::Stop;
use std::fs;
use std::path::{Path, PathBuf};

/// What the laboratory does not ask for: files, and the pages for crawlers.
const LEFT_OUT: [&str; 4] = ["sw.js", "_headers", "sitemap.xml", previews::FOLDER];

/// Puts mark and files into `dist/sw.js`. `engine` is the query under which boot.js asks for the engine's files
/// and the page for sheets.
/// To be called last: what comes later is not kept.
pub fn list(dist: &str, engine: &str) -> Result<usize, Stop> {
    let dist = Path::new(dist);
    let mut files = Vec::new();
    gather(dist, dist, &mut files)?;
    files.sort();
    let mut mark = Fnv::default();
    for file in &files {
        mark.add(file.display().to_string().as_bytes());
        mark.add(&fs::read(dist.join(file)).map_err(|e| format!("{}: {e}", file.display()))?);
    }
    let names: Vec<String> = files
        .iter()
        .map(|file| match file.to_str() {
            Some("index.html") => "\"./\"".to_string(),
            Some(name) if name.starts_with("engine") || name.starts_with("sheets/") => {
                format!("\"./{name}?{engine}\"")
            }
            _ => format!("\"./{}\"", file.display()),
        })
        .collect();
    let place = dist.join("sw.js");
    let text = fs::read_to_string(&place).map_err(|e| format!("{}: {e}", place.display()))?;
    let text = text.replace("__BUILD__", &mark.hex()).replace("/*__FILES__*/", &names.join(", "));
    fs::write(&place, text).map_err(|e| format!("{}: {e}", place.display()))?;
    Ok(names.len())
}

fn gather(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Stop> {
    for entry in fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?.flatten() {
        let path = entry.path();
        let inside = path.strip_prefix(root).unwrap_or(&path);
        if LEFT_OUT.iter().any(|name| inside == Path::new(name)) {
            continue;
        }
        if path.is_dir() {
            gather(root, &path, files)?;
        } else {
            files.push(inside.to_path_buf());
        }
    }
    Ok(())
}
