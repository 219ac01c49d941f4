//! Minds: what answers, judges, criticizes and revises like a language model, without being one.
//!
//! A *surrogate mind* is made of standard parts, so that each constant has a meaning a reader can check: item response
//! theory (Birnbaum 1968) for how often it is right, a one-factor Gaussian copula (Vasicek 2002; Li 2000) for how
//! errors go together, Thurstone's law of comparative judgment (1927) and signal detection (Green and Swets 1966)
//! for judging. Nothing here is taken from one paper: it is our choice, and every page that uses it says so.
//!
//! Every draw has an address of its own (`Chance::at`), and no address holds the arm: all arms meet the same
//! questions, the same shared luck, the same first answers.

pub mod answer;
pub mod artifact;
pub mod calibrate;
pub mod channel;
pub mod cost;
pub mod embed;
pub mod judge;
pub mod mind;
pub mod oracle;
#[cfg(test)]
mod reference;
pub mod revise;
pub mod task;

pub use answer::{Asked, Moment, Reply, Said};
pub use mind::{Bias, Mind, Shares, Tier, Trait};
pub use revise::{Inbox, Message, Revision};
pub use task::{Choice, Exam};

use crate::math;
use rand::{Rng, RngExt};

/// One source of luck for one question: its share of the latent noise, and the three uniforms that a wrong answer
/// is made of. It always takes four numbers off its generator, so a row of them has fixed places.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Luck {
    /// N(0, 1).
    pub z: f64,
    pub u: [f64; 3],
}

impl Luck {
    pub fn draw(rng: &mut impl Rng) -> Self {
        Self { z: normal(rng), u: [rng.random(), rng.random(), rng.random()] }
    }
}

/// N(0, 1) from exactly one number of the generator, the same bits on every machine.
pub fn normal(rng: &mut impl Rng) -> f64 {
    // 53 bits, moved off zero by half a step.
    let u = (rng.next_u64() >> 11) as f64 + 0.5;
    math::phi_inverse(u / (1u64 << 53) as f64)
}
