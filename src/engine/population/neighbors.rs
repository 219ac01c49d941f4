//! The hot step of whatever spreads over a graph: each node's sum of its neighbors' weights, for all nodes at once.
//!
//! On the CPU by sources (only those that weigh something cost their edges), on a GPU by rows. Every sum has its terms
//! in rising order and nothing but additions, so the bits are the same (WGSL asks for correctly rounded sums; a device
//! that takes the smallest numbers for 0 may differ there).

use super::epidemic::spread::push;
use super::graph::Csr;
use crate::gpu::Gpu;

/// Sums over one graph's rows, on the GPU that a host has lent, else on the CPU.
#[derive(Debug, Default)]
pub struct Neighbors {
    wide: Option<wide::Wide>,
}

impl Neighbors {
    /// For this graph alone: it goes up to the device now.
    pub fn of(graph: &Csr, gpu: Option<Gpu>) -> Self {
        Self { wide: gpu.and_then(|gpu| wide::Wide::new(graph, gpu)) }
    }

    /// `sums[i] = sum over i's neighbors j of weight[j]`; `graph` is the one it was made for, each edge both ways;
    /// all columns [nodes]. What a device fails at is done here, and so is everything after it.
    pub async fn sum(&mut self, graph: &Csr, weight: &[f32], sums: &mut [f32]) {
        assert_eq!((weight.len(), sums.len()), (graph.nodes() as usize, weight.len()), "a column");
        if let Some(wide) = &mut self.wide {
            match wide.sum(weight, sums).await {
                Ok(()) => return,
                Err(_) => self.wide = None,
            }
        }
        sums.fill(0.0);
        push(graph, weight, 0..graph.nodes(), sums);
    }
}

#[cfg(not(all(feature = "gpu", target_arch = "wasm32")))]
mod wide {
    use super::{Csr, Gpu};
    use lexicon::Fault;

    /// Nobody can have one here.
    #[derive(Debug)]
    pub enum Wide {}

    impl Wide {
        pub fn new(_: &Csr, gpu: Gpu) -> Option<Self> {
            match gpu {}
        }

        pub async fn sum(&mut self, _: &[f32], _: &mut [f32]) -> Result<(), Fault> {
            match *self {}
        }
    }
}

#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
mod wide {
    use super::{Csr, Gpu};
    use crate::gpu::{Bindings, Bound, Dispatch, Kernels, PROOF, Room, usage};
    use lexicon::Fault;
    use std::rc::Rc;

    const BOUND: [Bound; 5] = [Bound::Uniform, Bound::Read, Bound::Read, Bound::Read, Bound::Write];

    /// The graph on the device, and the columns that come and go.
    #[derive(Debug)]
    pub struct Wide {
        gpu: Gpu,
        kernels: Rc<Kernels>,
        bindings: Bindings,
        nodes: usize,
        weight: Room,
        sums: Room,
        back: Room,
    }

    impl Wide {
        /// None: the graph does not fit, which is said to the device's users.
        pub fn new(graph: &Csr, gpu: Gpu) -> Option<Self> {
            let nodes = graph.nodes() as usize;
            if graph.edges().max(nodes + 1) > gpu.numbers_max() {
                gpu.refuse("the graph needs more memory than it gives");
                return None;
            }
            let wgsl = include_str!("neighbors.wgsl");
            let kernels = gpu.kernels("neighbors", wgsl, &BOUND, &["pull"]);
            let full = |usage, words: &[u32]| {
                let mut room = Room::new(usage);
                room.hold(&gpu, words.len() * 4);
                room.write(&gpu, 0, bytemuck::cast_slice(words));
                room
            };
            let empty = |usage, bytes: usize| {
                let mut room = Room::new(usage);
                room.hold(&gpu, bytes);
                room
            };
            let call = full(usage::UNIFORM, &[nodes as u32]);
            let offsets = full(usage::INPUT, &graph.offsets);
            let targets = full(usage::INPUT, &graph.targets);
            let weight = empty(usage::INPUT, nodes * 4);
            let sums = empty(usage::STATE, nodes * 4);
            let back = empty(usage::READBACK, nodes * 4 + PROOF);
            let all = [&call, &offsets, &targets, &weight, &sums];
            let bindings = kernels.bind(&gpu, &BOUND, &all);
            Some(Self { gpu, kernels, bindings, nodes, weight, sums, back })
        }

        pub async fn sum(&mut self, weight: &[f32], sums: &mut [f32]) -> Result<(), Fault> {
            self.weight.write(&self.gpu, 0, bytemuck::cast_slice(weight));
            let mut work = self.gpu.work();
            let all = Dispatch { kernel: 0, parts: [0; 2], numbers: self.nodes, lanes: 1 };
            work.run(&self.kernels, &self.bindings, [all]);
            work.copy(&self.sums, 0, &self.back, 0, self.nodes * 4);
            work.read(&self.back, bytemuck::cast_slice_mut(sums)).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::population::graph::communities;
    use crate::tensor::stacked::ready;
    use rand::RngExt;

    #[test]
    fn sums_are_the_rows_own_sums_to_the_bit() {
        let mut rng = Chance::new(6).stream(0, "sums");
        let graph = communities(&[700, 1_300], 9.0, 3.0, &mut rng).unwrap();
        let weight: Vec<f32> =
            (0..2_000).map(|_| if rng.random_bool(0.3) { rng.random() } else { 0.0 }).collect();
        let mut sums = vec![7.0; 2_000];
        ready(Neighbors::of(&graph, None).sum(&graph, &weight, &mut sums));
        for node in 0..2_000 {
            let mut naive = 0.0f32;
            for j in graph.row(node) {
                naive += weight[*j as usize];
            }
            assert_eq!(sums[node as usize].to_bits(), naive.to_bits());
        }
    }
}
