//! The channel: how much of a message survives, by its length.
//!
//! gamma(m) = 1 - (1 - gamma_0) exp(-m / m_0). With chance gamma a message arrives as it is; else it is scrambled (any
//! option, with equal chance) or dropped. For two options the mean sign is so multiplied by gamma.

use crate::chance::Chance;
use crate::math;
use rand::{Rng, RngExt};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fidelity {
    /// The same for every length; 1 switches the channel's noise off.
    Fixed(f64),
    Curve {
        gamma_0: f64,
        m_0: f64,
    },
}

impl Default for Fidelity {
    fn default() -> Self {
        Fidelity::Curve { gamma_0: 0.5, m_0: 120.0 }
    }
}

impl Fidelity {
    pub fn of(self, tokens: f64) -> f64 {
        match self {
            Fidelity::Fixed(gamma) => gamma,
            Fidelity::Curve { gamma_0, m_0 } => 1.0 - (1.0 - gamma_0) * math::exp(-tokens / m_0),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    #[default]
    Scramble,
    Drop,
}

/// What arrives of an answer among `options`, by two numbers of the generator.
pub fn carry(rng: &mut impl Rng, gamma: f64, answer: u32, options: u32, loss: Loss) -> Option<u32> {
    let intact = rng.random::<f64>() < gamma;
    let other = rng.random_range(0..options.max(1));
    match (intact, loss) {
        (true, _) => Some(answer),
        (false, Loss::Scramble) => Some(other),
        (false, Loss::Drop) => None,
    }
}

/// As [`carry`], with an address of its own: question, author, reader, round.
pub fn send(
    chance: Chance,
    address: [u32; 4],
    gamma: f64,
    answer: u32,
    options: u32,
    loss: Loss,
) -> Option<u32> {
    carry(
        &mut chance.at("what the channel does to a message", &address),
        gamma,
        answer,
        options,
        loss,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_sign_is_multiplied_by_gamma() {
        let chance = Chance::new(2);
        for gamma in [0.0, 0.3, 0.8, 1.0] {
            let sum: i32 = (0..40_000)
                .map(|i| {
                    let sent = u32::from(i % 10 < 8);
                    send(chance, [i, 0, 0, 0], gamma, sent, 2, Loss::Scramble)
                        .map_or(0, |arrived| if arrived == 1 { 1 } else { -1 })
                })
                .sum();
            let mean = f64::from(sum) / 40_000.0;
            assert!((mean - gamma * 0.6).abs() < 0.015, "{gamma}: {mean}");
        }
    }

    #[test]
    fn longer_messages_arrive_better() {
        let curve = Fidelity::default();
        assert!((curve.of(0.0) - 0.5).abs() < 1e-12);
        assert!((curve.of(120.0) - (1.0 - 0.5 / std::f64::consts::E)).abs() < 1e-12);
        assert!(curve.of(4000.0) > 0.999_999);
    }

    #[test]
    fn a_dropping_channel_drops() {
        let chance = Chance::new(2);
        let kept = (0..10_000)
            .filter(|i| send(chance, [*i, 1, 2, 3], 0.7, 1, 4, Loss::Drop).is_some())
            .count();
        assert!(kept.abs_diff(7000) < 150, "{kept}");
    }
}
