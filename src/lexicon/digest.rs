//! A short name for a run's numbers: equal digests, equal readings to the last bit.

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

    /// Sixteen hexadecimal digits.
    pub fn hex(&self) -> String {
        format!("{:016x}", self.hasher.finish128().h1)
    }
}
