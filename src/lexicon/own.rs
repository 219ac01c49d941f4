//! Data that a person brings, as a scenario names it: small files travel in the link, larger ones by SHA-256. Only the
//! engine opens them; the page carries the text on.

use crate::Dial;
use crate::fault::shown;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A file that packs into more characters goes by its SHA-256.
pub const INLINE_CHARS_MAX: usize = 16_384;
/// Files larger than this, in bytes, are not read.
pub const BYTES_MAX: usize = 64_000_000;
/// Columns of a table at most; each but label and client is an input of the nets.
pub const COLUMNS_MAX: usize = 2_048;
/// Classes at most: a label is stored in a byte.
pub const CLASSES_MAX: usize = 256;
/// Clients in a column at most: the most that a system of ours has.
pub const CLIENTS_MAX: usize = 500;

/// Own data of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    pub format: Format,
    pub file: Carried,
}

/// How the file is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// Columns from 1: the one that holds the classes, and the one that says who holds a row.
    Csv { label: u32, client: Option<u32> },
    /// The images' file and then the labels' file, as MNIST has them.
    Idx,
}

/// The file itself, or its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Carried {
    /// Deflated, then base64url without padding.
    Inline(String),
    /// 64 hexadecimal digits.
    Sha256(String),
}

/// As it stands in a link: `csv.5.0.z.<packed>`, `csv.5.2.sha256.<digits>`, `idx.z.<packed>`.
impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.format {
            Format::Csv { label, client } => write!(f, "csv.{label}.{}.", client.unwrap_or(0))?,
            Format::Idx => f.write_str("idx.")?,
        }
        match &self.file {
            Carried::Inline(packed) => write!(f, "z.{packed}"),
            Carried::Sha256(digits) => write!(f, "sha256.{digits}"),
        }
    }
}

impl Own {
    /// Reads what stands in a link. The error is a sentence without the key's name. Whether a packed file can be
    /// unpacked, only the engine knows.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut parts = text.split('.');
        let format = match parts.next() {
            Some("csv") => {
                let mut column = || parts.next().and_then(column);
                let (Some(label @ 1..), Some(client)) = (column(), column()) else {
                    return Err(format!("the columns of a CSV are numbers up to {COLUMNS_MAX}"));
                };
                if client == label {
                    return Err("label and client are the same column".into());
                }
                Format::Csv { label, client: (client > 0).then_some(client) }
            }
            Some("idx") => Format::Idx,
            _ => return Err("own data begins with csv or idx".into()),
        };
        let (how, what) = (parts.next(), parts.next().unwrap_or_default());
        let file = match (how, parts.next()) {
            (Some("z"), None) => Carried::Inline(packed(what)?),
            (Some("sha256"), None) => Carried::Sha256(digits(what)?),
            _ => return Err("the file follows as z (packed) or sha256 (its name)".into()),
        };
        Ok(Self { format, file })
    }

    /// The name of the file that has to be brought; none: it is in here.
    pub fn wanted(&self) -> Option<&str> {
        match &self.file {
            Carried::Sha256(digits) => Some(digits),
            Carried::Inline(_) => None,
        }
    }

    /// Whether the file itself says who holds a row.
    pub fn by_client(&self) -> bool {
        matches!(self.format, Format::Csv { client: Some(_), .. })
    }

    /// Whether the data says what this dial would.
    pub fn settles(&self, dial: &Dial) -> bool {
        dial.with_data.is_some() || (dial.by_client && self.by_client())
    }
}

fn column(text: &str) -> Option<u32> {
    text.parse().ok().filter(|column| *column <= COLUMNS_MAX as u32)
}

fn packed(text: &str) -> Result<String, String> {
    let fits = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    if text.is_empty() {
        return Err("the file in the link is empty".into());
    }
    if text.len() > INLINE_CHARS_MAX {
        return Err(format!(
            "the file in the link has {} characters; the most is {INLINE_CHARS_MAX}",
            text.len()
        ));
    }
    match text.bytes().position(|c| !fits(c)) {
        Some(at) => {
            let wrong = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('?');
            let wrong = shown(&wrong.to_string(), 1);
            Err(format!(
                "the file in the link has “{wrong}” at place {}: it was cut or changed",
                at + 1
            ))
        }
        None => Ok(text.to_string()),
    }
}

fn digits(text: &str) -> Result<String, String> {
    if text.len() == 64 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(text.to_string());
    }
    Err("a SHA-256 has 64 digits, 0 to 9 and a to f".into())
}

/// The first digits of a SHA-256, for a sentence.
pub fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}

/// A link names a file that nobody has brought.
pub fn missing(wanted: &str) -> String {
    format!("This link wants the file with SHA-256 {}…, which is not in it.", short(wanted))
}

/// Another file was brought than the link names.
pub fn another(wanted: &str, given: &str) -> String {
    let (wanted, given) = (short(wanted), short(given));
    format!("This link wants the file with SHA-256 {wanted}…; the one given has {given}….")
}

/// What a person sees of a file before any run takes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// What a scenario would hold.
    pub own: Own,
    pub sha256: String,
    pub bytes: u32,
    /// Names of the columns; none of pictures.
    pub columns: Vec<String>,
    pub rows: u32,
    /// Numbers a row that a net gets.
    pub features: u32,
    /// The side of a square picture that the convolution takes.
    pub side: Option<u32>,
    pub classes: Vec<String>,
    /// None without a client column.
    pub clients: Vec<String>,
    /// Rows of each class, by client (one line for all without clients).
    pub counts: Vec<Vec<u32>>,
    /// The first rows as they stand in the file.
    pub head: Vec<Vec<String>>,
    /// Why it cannot be trained on as it is read now; another label or client column may help.
    pub trouble: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_link_comes_back_and_means_the_same() {
        let sha = "0123456789abcdef".repeat(4);
        for text in [
            "csv.5.0.z.eJwz5DIy5jIx5TIDAA-_",
            &format!("csv.1.2048.sha256.{sha}"),
            "idx.z.AA",
            &format!("idx.sha256.{sha}"),
        ] {
            assert_eq!(Own::read(text).unwrap().to_string(), text);
        }
        let own = Own::read(&format!("csv.3.2.sha256.{sha}")).unwrap();
        assert_eq!((own.wanted(), own.by_client()), (Some(sha.as_str()), true));
    }

    #[test]
    fn what_is_no_own_data_is_told_what_it_is_not() {
        let check = |text: &str, says: &str| {
            let said = Own::read(text).unwrap_err();
            assert!(said.contains(says), "{text}: {said}");
        };
        check("", "begins with csv or idx");
        check("xls.1.0.z.AA", "begins with csv or idx");
        check("csv", "columns of a CSV");
        check("csv.0.0.z.AA", "columns of a CSV");
        check("csv.1.x.z.AA", "columns of a CSV");
        check("csv.99999.0.z.AA", "columns of a CSV");
        check("csv.2.2.z.AA", "the same column");
        check("csv.2.0.AA", "as z (packed) or sha256");
        check("csv.2.0.z.A.A", "as z (packed) or sha256");
        check("csv.2.0.z.", "empty");
        check("idx.z.AA+A", "“+” at place 3");
        check("idx.z.A\u{7}A", "“·” at place 2");
        check("idx.z.é", "“é” at place 1");
        check(&format!("idx.z.{}", "A".repeat(INLINE_CHARS_MAX + 1)), "16385 characters");
        check("idx.sha256.AB", "64 digits");
        check(&format!("idx.sha256.{}", "G".repeat(64)), "64 digits");
    }
}
