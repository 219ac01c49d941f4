//! The way to a connected model. This part is pure: what to send, how to read what comes back, what has been said
//! already, what it may cost, when to try again. The fetching is in `web`.
//!
//! The key is in none of these states: only the fetching part holds it.

pub mod protocol;
pub mod queue;
#[cfg(test)]
#[path = "tests.rs"]
mod queue_tests;

pub use queue::{Asker, Do, Oracle};

use std::fmt;

/// What a person types into the dialog.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    pub way: Way,
    /// As the server calls it; the built-in model has no name of its own.
    pub model: String,
    pub key: Key,
    pub limits: Limits,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// An OpenAI-compatible server; the address up to `/v1`.
    Endpoint(String),
    /// The browser's own model (Prompt API).
    BuiltIn,
}

/// What a person allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub calls: u32,
    pub tokens: u32,
    /// How long one reply may take.
    pub seconds: u32,
}

impl Limits {
    pub const DEFAULT: Limits = Limits { calls: 300, tokens: 200_000, seconds: 60 };
    pub const MAX: Limits = Limits { calls: 100_000, tokens: 100_000_000, seconds: 600 };
}

/// A secret: no debug print, no comparison of logs and no serializer ever shows it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_string())
    }

    /// For the one header that it is for.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// A server's words without the key, should it repeat it.
    pub fn hide_in(&self, text: &str) -> String {
        if self.0.len() < 4 { text.to_string() } else { text.replace(&self.0, "(key)") }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(no key)" } else { "(key)" })
    }
}

/// What the page shows of a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub name: String,
    pub limits: Limits,
    pub calls: u32,
    pub tokens: u32,
    /// Replies that were known already and cost nothing.
    pub saved: u32,
    pub waiting: u32,
}

impl Connection {
    /// What stands in the banner and in exports.
    pub fn name(&self) -> String {
        match self.way {
            Way::Endpoint(_) => lexicon::fault::shown(&self.model, 80),
            Way::BuiltIn => "the browser's own model".into(),
        }
    }

    /// What tells one model's replies from another's.
    pub fn source(&self) -> String {
        match &self.way {
            Way::Endpoint(address) => format!("{address}\n{}", self.model),
            Way::BuiltIn => "built in".into(),
        }
    }

    /// Checks what was typed, and makes the address whole; the error names the field.
    pub fn checked(mut self) -> Result<Self, String> {
        if let Way::Endpoint(address) = &self.way {
            self.way = Way::Endpoint(protocol::endpoint(address)?);
            self.model = self.model.trim().to_string();
            if self.model.is_empty() {
                return Err(
                    "The model's name is missing: the server has to know which to ask.".into()
                );
            }
            if self.model.chars().count() > 200 {
                return Err("A model's name has at most 200 characters.".into());
            }
            if !self.key.reveal().chars().all(|c| c.is_ascii_graphic()) {
                return Err("The key holds a character that no key has (a space or an accent): copy it again.".into());
            }
        }
        let (limits, max) = (self.limits, Limits::MAX);
        for (what, given, most) in [
            ("Calls", limits.calls, max.calls),
            ("Tokens", limits.tokens, max.tokens),
            ("Seconds for one reply", limits.seconds, max.seconds),
        ] {
            if !(1..=most).contains(&given) {
                return Err(format!("{what}: a whole number from 1 to {most} works."));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(address: &str, model: &str, key: &str) -> Connection {
        let way = Way::Endpoint(address.into());
        Connection { way, model: model.into(), key: Key::new(key), limits: Limits::DEFAULT }
    }

    #[test]
    fn no_print_of_a_connection_holds_the_key() {
        let whole = connection("https://a.example/v1", "m", "sk-secret-1234");
        let shown = format!("{whole:?} {} {}", whole.source(), whole.name());
        assert!(!shown.contains("secret"), "{shown}");
        assert_eq!(whole.key.hide_in("bad key sk-secret-1234!"), "bad key (key)!");
    }

    #[test]
    fn what_was_typed_wrong_is_named() {
        for (connection, says) in [
            (connection("", "m", ""), "address"),
            (connection("https://a.example/v1", " ", ""), "name"),
            (connection("https://a.example/v1", "m", "two words"), "key"),
            (
                Connection {
                    limits: Limits { calls: 0, ..Limits::DEFAULT },
                    ..connection("http://localhost:1/v1", "m", "")
                },
                "Calls",
            ),
        ] {
            let refused = connection.checked().unwrap_err();
            assert!(refused.contains(says), "{refused}");
        }
    }
}
