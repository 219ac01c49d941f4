//! What came of a claim.

use serde::{Deserialize, Serialize};

/// A paired difference (or a level) over seeds: mean, 95 % interval, standardized size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
    /// Paired Cohen d: mean over standard deviation of the differences; 0 where that is 0.
    pub d: f64,
    pub seeds: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// The interval lies wholly on the claimed side, and the mean meets any stated size.
    Reproduced(Effect),
    /// The interval lies wholly on the claimed side, a stated size is missed.
    DirectionOnly(Effect),
    /// The interval lies wholly on the other side.
    NotReproduced(Effect),
    Inconclusive {
        why: String,
        effect: Option<Effect>,
    },
}

impl Verdict {
    pub fn words(&self) -> &'static str {
        match self {
            Verdict::Reproduced(_) => "reproduced",
            Verdict::DirectionOnly(_) => "direction only",
            Verdict::NotReproduced(_) => "not reproduced",
            Verdict::Inconclusive { .. } => "inconclusive",
        }
    }

    pub fn effect(&self) -> Option<Effect> {
        match self {
            Verdict::Reproduced(e) | Verdict::DirectionOnly(e) | Verdict::NotReproduced(e) => {
                Some(*e)
            }
            Verdict::Inconclusive { effect, .. } => *effect,
        }
    }

    /// 0 is the worst: claims joined by "and" have the worst verdict of their parts.
    pub fn rank(&self) -> u8 {
        match self {
            Verdict::NotReproduced(_) => 0,
            Verdict::Inconclusive { .. } => 1,
            Verdict::DirectionOnly(_) => 2,
            Verdict::Reproduced(_) => 3,
        }
    }
}
