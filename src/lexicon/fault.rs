//! What can go wrong, in words a person can act on.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What an issue says was given where nothing was.
pub const NOTHING: &str = "(nothing)";

/// Something wrong with one value that a person gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// The dial (or key of the link) in question.
    pub dial: String,
    /// What was given, shortened and free of control characters.
    pub given: String,
    /// What is wrong with it and what would work: a sentence without the dial's name.
    pub says: String,
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.given.is_empty() {
            write!(f, "{}: {}", self.dial, self.says)
        } else {
            write!(f, "{} = {}: {}", self.dial, self.given, self.says)
        }
    }
}

/// A person's mistake or a device's failure. A bug is a panic instead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fault {
    /// No such system; the nearest names are offered.
    UnknownSystem { given: String, nearest: Vec<String> },
    /// No such arm in this system.
    UnknownArm { given: String, known: Vec<String> },
    /// Values out of range or against a rule across dials.
    Params(Vec<Issue>),
    /// The link as a whole cannot be read.
    Link(String),
    /// A value left the finite numbers; other arms go on.
    Diverged { what: String, round: u32 },
    /// The device or the worker failed.
    Device(String),
    /// A connected mind failed.
    Mind(String),
    /// The run would need more than this place gives; says what to reduce.
    Limit(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::UnknownSystem { given, nearest } if nearest.is_empty() => {
                write!(f, "There is no system called “{given}”.")
            }
            Fault::UnknownSystem { given, nearest } => {
                write!(f, "There is no system called “{given}”. Nearest: {}.", nearest.join(", "))
            }
            Fault::UnknownArm { given, known } => {
                write!(f, "There is no arm called “{given}”. Known: {}.", known.join(", "))
            }
            Fault::Params(issues) => {
                let all: Vec<String> = issues.iter().map(Issue::to_string).collect();
                write!(f, "{}", all.join("; "))
            }
            Fault::Diverged { what, round } => write!(
                f,
                "Diverged at round {round}: {what} is no longer a finite number. A lower learning rate or weight usually helps."
            ),
            Fault::Link(says) | Fault::Device(says) | Fault::Mind(says) | Fault::Limit(says) => {
                f.write_str(says)
            }
        }
    }
}

impl std::error::Error for Fault {}

/// A stranger's text made fit to be shown: no control characters, at most `chars_max` characters.
pub fn shown(text: &str, chars_max: usize) -> String {
    let mut out: String =
        text.chars().take(chars_max).map(|c| if c.is_control() { '·' } else { c }).collect();
    if text.chars().nth(chars_max).is_some() {
        out.push('…');
    }
    out
}
