//! What a person drops on the page: a scenario file, or a picture that carries its link. Pure.

use lexicon::fault::shown;
use serde_json::Value;

/// Larger files are not read.
pub const BYTES_MAX: f64 = 4e6;

const WANTED: &str = "Drop a scenario or a picture that Export saved (JSON or SVG), or paste a link into Find (Ctrl K).";

/// The link that a dropped file holds, or what the file is not, in a sentence.
pub fn link(name: &str, text: &str) -> Result<String, String> {
    let name = shown(name, 60);
    let is_link = |link: &&str| link.starts_with("#/");
    if let Ok(whole) = serde_json::from_str::<Value>(text) {
        let link = whole.get("link").and_then(Value::as_str).filter(is_link);
        return link.map(str::to_string).ok_or_else(|| {
            format!("“{name}” is JSON, but no scenario: it has no link of ours. {WANTED}")
        });
    }
    // `export::signed_svg`: Murmuration 0.1.0 · #/slug?… · digest …
    let note = text.split_once("<!-- Murmuration ").and_then(|(_, rest)| rest.split_once(" -->"));
    if let Some(link) = note.and_then(|(note, _)| note.split(" · ").nth(1)).filter(is_link) {
        return Ok(link.to_string());
    }
    Err(format!("“{name}” is not a scenario. {WANTED}"))
}

/// What is said of a file that is too large to be one of ours.
pub fn too_large(name: &str, bytes: f64) -> String {
    let (name, mb, most) = (shown(name, 60), bytes / 1e6, BYTES_MAX / 1e6);
    format!("“{name}” has {mb:.1} MB; a scenario has less than {most} MB. {WANTED}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::signed_svg;

    #[test]
    fn what_export_saved_opens_again() {
        let json = r##"{"link": "#/fedstale?beta=0.4&v=1", "scenario": {}}"##;
        assert_eq!(link("a.json", json).unwrap(), "#/fedstale?beta=0.4&v=1");
        let note = "Murmuration 0.1.0 · #/fedstale?beta=0.4&v=1 · digest 00";
        let svg = signed_svg(note, "<svg width=\"1\"><g/></svg>");
        assert_eq!(link("a.svg", &svg).unwrap(), "#/fedstale?beta=0.4&v=1");
    }

    #[test]
    fn a_wrong_file_is_told_what_it_is_not() {
        for text in
            ["", "\u{fffd}PNG\u{0}", "a,b\n1,2", "{", "<svg></svg>", "<!-- Murmuration x -->"]
        {
            assert!(link("cat.png", text).unwrap_err().starts_with("“cat.png” is not a scenario."));
        }
        for json in ["3", "[]", r#"{"link": 3}"#, r##"{"link": "javascript:alert(1)"}"##] {
            assert!(link("x.json", json).unwrap_err().contains("no link of ours"), "{json}");
        }
        assert!(too_large("film.mov", 2.5e9).starts_with("“film.mov” has 2500.0 MB"));
    }
}
