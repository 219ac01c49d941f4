//! What is asked of a connected language model, and what it says. No address and no key ever travels with either.

use serde::{Deserialize, Serialize};

/// One call. Equal prompts are one call: `sample` tells apart what shall be drawn anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Prompt {
    pub system: String,
    pub user: String,
    /// The reply is cut there.
    pub tokens_max: u32,
    pub sample: u32,
}

impl Prompt {
    /// Tokens of prompt and longest reply, at four characters a token.
    pub fn tokens(&self) -> u32 {
        tokens_of(&self.system)
            .saturating_add(tokens_of(&self.user))
            .saturating_add(self.tokens_max)
    }
}

/// Four characters are about one token: where nobody counts better.
pub fn tokens_of(text: &str) -> u32 {
    u32::try_from(text.chars().count().div_ceil(4)).unwrap_or(u32::MAX)
}

/// A stranger's text: data, never markup and never an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub text: String,
    /// Of prompt and reply together, as the model's server counts them, else estimated.
    pub tokens: u32,
}

/// Who answers in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Minds {
    #[default]
    Surrogate,
    /// The model that the person has connected to the page.
    Connected,
}

/// What one round asks of a connected model at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asks {
    pub calls: u32,
    pub tokens: u32,
}

impl Asks {
    pub fn and(self, other: Asks) -> Asks {
        Asks {
            calls: self.calls.saturating_add(other.calls),
            tokens: self.tokens.saturating_add(other.tokens),
        }
    }

    pub fn times(self, rounds: u32) -> Asks {
        Asks {
            calls: self.calls.saturating_mul(rounds),
            tokens: self.tokens.saturating_mul(rounds),
        }
    }
}
