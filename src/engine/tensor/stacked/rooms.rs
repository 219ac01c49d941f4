//! The buffers of `wide.rs`, and what every call tells its kernels.

use crate::gpu::{Bound, Room, usage};

pub const BOUND: [Bound; 10] = [
    Bound::Turning,
    Bound::Turning,
    Bound::Uniform,
    Bound::Read,
    Bound::Read,
    Bound::Read,
    Bound::Read,
    Bound::Write,
    Bound::Write,
    Bound::Write,
];

/// In the order of the bindings, and where results are read back.
#[derive(Debug)]
pub struct Rooms {
    pub ops: Room,
    pub steps: Room,
    pub call: Room,
    pub features: Room,
    pub labels: Room,
    pub batches: Room,
    pub terms: Room,
    pub weights: Room,
    pub room: Room,
    pub results: Room,
    pub back: Room,
}

impl Rooms {
    pub fn new() -> Self {
        Self {
            ops: Room::new(usage::UNIFORM),
            steps: Room::new(usage::UNIFORM),
            call: Room::new(usage::UNIFORM),
            features: Room::new(usage::INPUT),
            labels: Room::new(usage::INPUT),
            batches: Room::new(usage::INPUT),
            terms: Room::new(usage::INPUT),
            weights: Room::new(usage::STATE),
            room: Room::new(usage::STATE),
            results: Room::new(usage::STATE),
            back: Room::new(usage::READBACK),
        }
    }

    /// Those that kernels see.
    pub fn all(&self) -> [&Room; 10] {
        let Self {
            ops, steps, call, features, labels, batches, terms, weights, room, results, ..
        } = self;
        [ops, steps, call, features, labels, batches, terms, weights, room, results]
    }
}

/// The struct `Call` of `wide.wgsl`.
#[derive(Clone, Copy, Default)]
pub struct Call {
    pub steps: u32,
    pub rows_at: u32,
    pub rate: f32,
    pub proximal: f32,
    /// Places plus 1; 0 for none.
    pub center: u32,
    pub correction: u32,
    pub write: u32,
    pub results: u32,
    pub lanes: u32,
    pub factors: u32,
    pub server: u32,
}

impl Call {
    /// As the kernels read it.
    pub fn words(&self) -> [u32; 12] {
        [
            self.steps,
            self.rows_at,
            self.rate.to_bits(),
            self.proximal.to_bits(),
            self.center,
            self.correction,
            self.write,
            self.results,
            self.lanes,
            self.factors,
            self.server,
            0,
        ]
    }
}
