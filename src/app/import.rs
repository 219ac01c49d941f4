//! What a person drops on the page: a scenario file, or a picture that carries its link. Pure.

use lexicon::fault::shown;
pub use lexicon::own::BYTES_MAX as BYTES_OF_DATA_MAX;
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

/// What is said of data where no system takes it.
pub fn no_taker(name: &str, takers: &[&str]) -> String {
    let name = shown(name, 60);
    match takers {
        [] => format!("“{name}” is not a scenario. {WANTED}"),
        _ => format!(
            "“{name}” is not a scenario. {WANTED} Data to learn from is taken by {}: open it first.",
            takers.join(" and ")
        ),
    }
}

/// What a dropped file is taken for, by its first bytes: JSON and SVG are scenarios, all else is data.
pub fn is_text_of_ours(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    head.is_empty() || head.starts_with(b"{") || head.starts_with(b"<") || head.starts_with(b"[")
}

/// What is said of files that do not belong together.
pub const TOO_MANY: &str =
    "Bring one file at a time, or the two files of an IDX pair (images and labels).";

/// What is said of a file that the browser does not give.
pub fn unreadable(name: &str) -> String {
    format!("“{}” could not be read: it may have been moved or changed.", shown(name, 60))
}

/// What is said of data that is too large.
pub fn too_much(name: &str, bytes: f64) -> String {
    let (name, mb, most) = (shown(name, 60), bytes / 1e6, BYTES_OF_DATA_MAX / 1_000_000);
    format!("“{name}” has {mb:.1} MB; data up to {most} MB is read.")
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
    fn data_is_told_from_scenarios_by_its_first_bytes() {
        for ours in ["", "  {\"link\": 1}", "\u{feff}<svg>", "<?xml", "[1]"] {
            assert!(is_text_of_ours(ours.as_bytes()), "{ours}");
        }
        for data in [&b"a,b\n1,2"[..], b"\"a\",b", b"\0\0\x08\x03", b"\xff\xfea\0", b"\x89PNG"] {
            assert!(!is_text_of_ours(data));
        }
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
        let says = no_taker("a.csv", &["FedAMD", "FedStale"]);
        assert!(
            says.starts_with("“a.csv” is not a scenario.") && says.contains("FedAMD and FedStale")
        );
        assert!(too_much("a.csv", 65e6).contains("65.0 MB; data up to 64 MB"));
        assert!(too_large("film.mov", 2.5e9).starts_with("“film.mov” has 2500.0 MB"));
    }
}
