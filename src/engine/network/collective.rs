//! The ring all-reduce as one peer's transition code: no clock, no network, so that it runs under a simulator, in a test
//! and under a model checker alike.
//!
//! The column is cut in W slices. Reduce-scatter, step s = 0..W-2: rank r sends slice r - s and adds what it gets to slice
//! r - 1 - s (mod W). Then rank r owns the sum of slice r + 1. All-gather: owners send their slice round, and everybody
//! takes it over. Each slice is summed in the order of the ring, by one owner: so all ranks end with the same bits.
//! At any moment the operation can be interrupted; the column as it was before is handed back.

use std::fmt::Debug;
use std::hash::{Hash, Hasher};

/// Numbers compared by their bits: -0 is not 0, and a NaN is itself.
#[derive(Clone, Debug, Default)]
pub struct Floats(pub Vec<f32>);

impl PartialEq for Floats {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(a, b)| a.to_bits() == b.to_bits())
    }
}

impl Eq for Floats {}

impl Hash for Floats {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.0.len());
        for x in &self.0 {
            state.write_u32(x.to_bits());
        }
    }
}

/// How a slice is written on the wire. Decoding must be a pure function of the coded slice: that is all that receivers
/// share.
pub trait Codec: Clone + Debug + Eq + Hash {
    type Coded: Clone + Debug + Eq + Hash;
    fn encode(&self, slice: &[f32]) -> Self::Coded;
    fn decode(&self, coded: &Self::Coded, out: &mut [f32]);
    /// Bytes on the wire.
    fn bytes(&self, coded: &Self::Coded) -> u64;
    /// Whether decode(encode(x)) is x to the bit.
    fn exact(&self) -> bool;
}

/// 4 bytes a number, exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Plain;

impl Codec for Plain {
    type Coded = Floats;

    fn encode(&self, slice: &[f32]) -> Floats {
        Floats(slice.to_vec())
    }

    fn decode(&self, coded: &Floats, out: &mut [f32]) {
        out.copy_from_slice(&coded.0);
    }

    fn bytes(&self, coded: &Floats) -> u64 {
        4 * coded.0.len() as u64
    }

    fn exact(&self) -> bool {
        true
    }
}

/// One rank's part of one all-reduce.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reduce<C: Codec> {
    codec: C,
    rank: u32,
    world: u32,
    /// Messages received so far, 0..=2 (W - 1).
    step: u32,
    /// An owner takes over the decoded form of its own slice before it sends it: otherwise it alone would keep what the
    /// code lost, and parity breaks.
    owner_decodes: bool,
    values: Floats,
    snapshot: Floats,
    scratch: Floats,
    /// What came in the all-gather is passed on as it came.
    forward: Option<C::Coded>,
}

impl<C: Codec> Reduce<C> {
    pub fn new(values: Vec<f32>, rank: u32, world: u32, codec: C, owner_decodes: bool) -> Self {
        assert!(rank < world, "a rank below the size of the world");
        let snapshot = Floats(values.clone());
        let longest = values.len().div_ceil(world as usize);
        Self {
            codec,
            rank,
            world,
            step: 0,
            owner_decodes,
            values: Floats(values),
            snapshot,
            scratch: Floats(vec![0.0; longest]),
            forward: None,
        }
    }

    /// Messages that each rank sends and gets.
    pub fn steps(&self) -> u32 {
        2 * (self.world - 1)
    }

    pub fn step(&self) -> u32 {
        self.step
    }

    pub fn done(&self) -> bool {
        self.step == self.steps()
    }

    /// Where slice `number` lies. Slices differ by at most one number.
    fn slice(&self, number: u32) -> std::ops::Range<usize> {
        let (length, world) = (self.values.0.len(), self.world as usize);
        let number = number as usize;
        length * number / world..length * (number + 1) / world
    }

    fn modulo(&self, number: i64) -> u32 {
        number.rem_euclid(i64::from(self.world)) as u32
    }

    /// What this rank sends next to its successor, now that `step` messages have come: once a step.
    pub fn outgoing(&mut self) -> Option<C::Coded> {
        if self.done() {
            return None;
        }
        let scatter = self.world - 1;
        if self.step > scatter {
            // Nobody recodes a slice: everybody gets the owner's very bits.
            return self.forward.clone();
        }
        let range = self.slice(self.modulo(i64::from(self.rank) - i64::from(self.step)));
        let coded = self.codec.encode(&self.values.0[range.clone()]);
        if self.step == scatter && self.owner_decodes && !self.codec.exact() {
            self.codec.decode(&coded, &mut self.values.0[range]);
        }
        Some(coded)
    }

    /// Takes the predecessor's message of this step.
    pub fn receive(&mut self, coded: C::Coded) {
        assert!(!self.done(), "no message is due after the last step");
        let scatter = self.world - 1;
        let place = i64::from(self.rank) - 1 - i64::from(self.step);
        let range = self.slice(self.modulo(place));
        if self.step < scatter {
            let scratch = &mut self.scratch.0[..range.len()];
            self.codec.decode(&coded, scratch);
            for (sum, x) in self.values.0[range].iter_mut().zip(scratch) {
                *sum += *x;
            }
        } else {
            self.codec.decode(&coded, &mut self.values.0[range]);
            self.forward = Some(coded);
        }
        self.step += 1;
    }

    /// The mean over all ranks.
    pub fn finish(self) -> Vec<f32> {
        assert!(self.done(), "a reduce is finished after its last step");
        let world = self.world as f32;
        let mut values = self.values.0;
        values.iter_mut().for_each(|x| *x /= world);
        values
    }

    /// The column as it was before: the operation never happened.
    pub fn abort(self) -> Vec<f32> {
        self.snapshot.0
    }
}

/// Bytes a second that an all-reduce of `bytes` in `seconds` makes of its links: 2 (W - 1) / W * bytes / time.
pub fn effective_bandwidth(bytes: f64, world: u32, seconds: f64) -> f64 {
    2.0 * f64::from(world - 1) / f64::from(world) * bytes / seconds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, normal};

    fn columns(world: u32, length: usize) -> Vec<Vec<f32>> {
        let of = |rank| {
            let mut rng = Chance::new(1).at("column", &[rank]);
            (0..length).map(|_| normal(&mut rng) as f32).collect()
        };
        (0..world).map(of).collect()
    }

    /// All ranks in lockstep.
    fn run(columns: &[Vec<f32>]) -> Vec<Vec<f32>> {
        let world = columns.len() as u32;
        let mut ranks: Vec<Reduce<Plain>> = (0..world)
            .map(|r| Reduce::new(columns[r as usize].clone(), r, world, Plain, true))
            .collect();
        for _ in 0..ranks[0].steps() {
            let sent: Vec<Floats> = ranks.iter_mut().map(|r| r.outgoing().unwrap()).collect();
            for rank in 0..world as usize {
                let before = (rank + world as usize - 1) % world as usize;
                ranks[rank].receive(sent[before].clone());
            }
        }
        ranks.into_iter().map(Reduce::finish).collect()
    }

    #[test]
    fn every_rank_ends_with_the_mean_summed_along_the_ring_to_the_bit() {
        for (world, length) in [(1, 5), (2, 7), (3, 10), (5, 3), (6, 1_000)] {
            let columns = columns(world, length);
            let ends = run(&columns);
            // The naive way: slice k starts at rank k and is added up in the order of the ring.
            let mut naive = vec![0.0f32; length];
            for (i, out) in naive.iter_mut().enumerate() {
                let slice = (0..world as usize)
                    .find(|k| {
                        (length * k / world as usize..length * (k + 1) / world as usize)
                            .contains(&i)
                    })
                    .unwrap();
                let mut sum = columns[slice][i];
                for hop in 1..world as usize {
                    let rank = (slice + hop) % world as usize;
                    sum += columns[rank][i];
                }
                *out = sum / world as f32;
            }
            for end in ends {
                assert_eq!(Floats(end), Floats(naive.clone()), "{world} ranks, {length} numbers");
            }
        }
    }

    #[test]
    fn an_interrupted_reduce_gives_back_the_column_untouched() {
        let columns = columns(3, 9);
        for stop in 0..4 {
            let mut ranks: Vec<Reduce<Plain>> = (0..3)
                .map(|r| Reduce::new(columns[r as usize].clone(), r, 3, Plain, true))
                .collect();
            for _ in 0..stop {
                let sent: Vec<Floats> = ranks.iter_mut().map(|r| r.outgoing().unwrap()).collect();
                for rank in 0..3 {
                    ranks[rank].receive(sent[(rank + 2) % 3].clone());
                }
            }
            for (rank, column) in ranks.into_iter().zip(&columns) {
                assert_eq!(&rank.abort(), column);
            }
        }
    }

    #[test]
    fn each_rank_sends_two_times_the_world_less_one_slices() {
        let mut rank = Reduce::new(vec![1.0; 60], 0, 6, Plain, true);
        assert_eq!(rank.steps(), 10);
        assert_eq!(Plain.bytes(&rank.outgoing().unwrap()), 40);
        assert!((effective_bandwidth(600.0, 6, 2.0) - 500.0).abs() < 1e-9);
    }

    #[test]
    fn floats_are_compared_by_their_bits() {
        assert_eq!(Floats(vec![f32::NAN]), Floats(vec![f32::NAN]));
        assert_ne!(Floats(vec![0.0]), Floats(vec![-0.0]));
    }
}
