//! Chance by name. One generator, ChaCha8, which is counter-based by itself: seed and name make the key, the numbers
//! of an address make its stream number, so one draw never shifts another and every arm meets the same world.

use crate::math;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher;

/// The source of all randomness of a run, fixed by its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance {
    seed: u64,
}

impl Chance {
    /// For what is constant over seeds (evaluation prompts, fixed matrices), `seed` is a constant of the system.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A stream for bulk draws, fixed by seed, round and name.
    pub fn stream(&self, round: u32, name: &str) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(self.key(name, &[round], 1))
    }

    /// A draw's own place, fixed by seed, name and numbers (the round only if it is one of them).
    /// Opening one computes a whole block: populations draw in bulk from `stream`.
    pub fn at(&self, name: &str, numbers: &[u32]) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::from_seed(self.key(name, &[], 2));
        let place = hash(&[], numbers, numbers.len() as u64);
        rng.set_stream(place[0] ^ place[1].rotate_left(32));
        rng
    }

    fn key(&self, name: &str, numbers: &[u32], kind: u64) -> [u8; 32] {
        let mut key = [0; 32];
        for half in 0..2 {
            let words = hash(name.as_bytes(), numbers, self.seed ^ ((kind * 2 + half) << 60));
            for (i, word) in words.iter().enumerate() {
                let at = half as usize * 16 + i * 8;
                key[at..at + 8].copy_from_slice(&word.to_le_bytes());
            }
        }
        key
    }
}

/// SipHash is fixed by its paper: the same numbers on every machine and in every release.
fn hash(bytes: &[u8], numbers: &[u32], salt: u64) -> [u64; 2] {
    let mut hasher = SipHasher13::new_with_keys(0x6d75_726d_7572_6174, salt);
    hasher.write(bytes);
    hasher.write(&[0xff]);
    for number in numbers {
        hasher.write(&number.to_le_bytes());
    }
    let hashed = hasher.finish128();
    [hashed.h1, hashed.h2]
}

/// A standard normal number (Box and Muller; two uniforms). rand_distr's takes the platform's exp and ln, whose last
/// bits differ between native and wasm.
pub fn normal(rng: &mut impl Rng) -> f64 {
    let radius = (-2.0 * math::ln(1.0 - rng.random::<f64>())).sqrt();
    radius * math::cos(std::f64::consts::TAU * rng.random::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(mut rng: ChaCha8Rng) -> u64 {
        rng.next_u64()
    }

    #[test]
    fn the_same_place_gives_the_same_draw_and_another_place_another() {
        let chance = Chance::new(7);
        assert_eq!(first(chance.at("answer", &[3, 4])), first(chance.at("answer", &[3, 4])));
        let others = [
            chance.at("answer", &[4, 3]),
            chance.at("answer", &[3]),
            chance.at("answer", &[3, 4, 0]),
            chance.at("question", &[3, 4]),
            chance.stream(3, "answer"),
            chance.stream(4, "answer"),
            Chance::new(8).at("answer", &[3, 4]),
        ];
        let mut seen: Vec<u64> = others.into_iter().map(first).collect();
        seen.push(first(chance.at("answer", &[3, 4])));
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 8);
    }

    #[test]
    fn addresses_are_uniform() {
        let chance = Chance::new(1);
        let mean = (0..4000).map(|i| chance.at("coin", &[i]).random::<f64>()).sum::<f64>() / 4000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
    }

    #[test]
    fn the_first_numbers_are_those_on_record() {
        // A change here changes every published link's numbers.
        assert_eq!(first(Chance::new(1).stream(0, "opening values")), 9664854045004426352);
        assert_eq!(first(Chance::new(1).at("first answer", &[1, 2])), 1612305864543477971);
    }
}
