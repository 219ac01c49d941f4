//! A short name for a run's numbers: equal digests, equal readings to the last bit.

use crate::round::Outcome;
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher;

/// Fed in order of arm, seed, metric, round.
#[derive(Clone, Copy, Debug, Default)]
pub struct Digest {
    hasher: SipHasher13,
}

impl Digest {
    pub fn add(&mut self, arm: &str, seed: u32, metric: &str, round: u32, value: f64) {
        for text in [arm, metric] {
            self.hasher.write(text.as_bytes());
            self.hasher.write(&[0xff]);
        }
        self.hasher.write(&seed.to_le_bytes());
        self.hasher.write(&round.to_le_bytes());
        self.hasher.write(&value.to_bits().to_le_bytes());
    }

    /// All readings of one job, or (under its canonical link as the arm, seed 0) of one trial of a claim.
    pub fn add_outcome(&mut self, arm: &str, seed: u32, outcome: &Outcome) {
        for (metric, readings) in &outcome.readings {
            for (round, value) in readings {
                self.add(arm, seed, metric, *round, *value);
            }
        }
    }

    /// Sixteen hexadecimal digits.
    pub fn hex(&self) -> String {
        format!("{:016x}", self.hasher.finish128().h1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_tells_the_last_bit_the_order_and_where_a_name_ends() {
        let of = |all: &[(&str, u32, &str, u32, f64)]| {
            let mut digest = Digest::default();
            for (arm, seed, metric, round, value) in all {
                digest.add(arm, *seed, metric, *round, *value);
            }
            digest.hex()
        };
        let mut seen = vec![
            of(&[]),
            of(&[("a", 1, "loss", 1, 0.3)]),
            of(&[("a", 1, "loss", 1, 0.1 + 0.2)]),
            of(&[("al", 1, "oss", 1, 0.3)]),
            of(&[("a", 1, "loss", 2, 0.3)]),
            of(&[("a", 2, "loss", 1, 0.3)]),
            of(&[("a", 1, "loss", 1, 0.3), ("b", 1, "loss", 1, 0.3)]),
            of(&[("b", 1, "loss", 1, 0.3), ("a", 1, "loss", 1, 0.3)]),
        ];
        assert!(seen.iter().all(|hex| hex.len() == 16), "{seen:?}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 8);
    }

    #[test]
    fn the_digest_of_a_reading_is_the_one_on_record() {
        // A change here makes every recorded digest look like a surprise.
        let mut digest = Digest::default();
        digest.add("fedavg", 1, "accuracy", 1, 0.5);
        assert_eq!(digest.hex(), "009186bc654f11a6");
    }
}
