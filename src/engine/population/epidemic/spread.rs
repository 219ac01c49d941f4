//! The hot step: exposure[i] = sum over neighbors j of weight[j], in f32, neighbors in rising order.
//!
//! Three columns in (`offsets`, `targets` of a symmetric graph, `weight`), one out; nothing else is touched, so a
//! device may stand behind the same interface. Both ways below give the same bits: `push` visits the sources in
//! rising order, so each sum gets its terms in the order in which `pull` reads its row, and what `pull` adds besides
//! are zeros (a weight is never -0). `push` costs the edges of those who weigh something, `pull` all edges.

use super::Csr;
use std::ops::Range;

/// Sources of a slice hand their weight to all their neighbors. Slices must come in rising order, onto an exposure
/// that was 0 before the first.
pub fn push(graph: &Csr, weight: &[f32], sources: Range<u32>, exposure: &mut [f32]) {
    let (offsets, targets) = (&graph.offsets[..], &graph.targets[..]);
    for j in sources.start as usize..sources.end as usize {
        let w = weight[j];
        if w != 0.0 {
            for &i in &targets[offsets[j] as usize..offsets[j + 1] as usize] {
                exposure[i as usize] += w;
            }
        }
    }
}

/// Agents of a slice gather the weights of their neighbors.
pub fn pull(graph: &Csr, weight: &[f32], agents: Range<u32>, exposure: &mut [f32]) {
    let (offsets, targets) = (&graph.offsets[..], &graph.targets[..]);
    for i in agents.start as usize..agents.end as usize {
        let mut sum = 0.0;
        for &j in &targets[offsets[i] as usize..offsets[i + 1] as usize] {
            sum += weight[j as usize];
        }
        exposure[i] = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::population::graph::communities;
    use rand::RngExt;

    #[test]
    fn pushing_and_pulling_give_the_same_bits() {
        let mut rng = Chance::new(6).stream(0, "spread");
        let graph = communities(&[700, 1_300], 9.0, 3.0, &mut rng).unwrap();
        let weight: Vec<f32> =
            (0..2_000).map(|_| if rng.random_bool(0.3) { rng.random() } else { 0.0 }).collect();
        let (mut pushed, mut pulled) = (vec![0.0; 2_000], vec![7.0; 2_000]);
        for part in [0..600, 600..601, 601..2_000] {
            push(&graph, &weight, part.clone(), &mut pushed);
            pull(&graph, &weight, part, &mut pulled);
        }
        let bits = |of: &[f32]| of.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&pushed), bits(&pulled));
        assert!(pushed.iter().any(|v| *v > 0.0));
    }
}
