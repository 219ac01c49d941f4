//! The cheapest closed tour over directed costs: the order of a ring. Exact by dynamic programming over subsets (Held
//! and Karp, 1962) for few nodes; past that, nearest neighbor improved by moving segments and by 2-opt.

/// Nodes for which the tour is exact: 2^11 subsets of the others, each with 11 ends.
pub const EXACT_MAX: usize = 12;
/// Rounds of improvement of the heuristic; each is O(n^3).
const PASSES_MAX: usize = 50;

/// `cost[from * nodes + to]`, not negative. The tour starts at node 0 and names each node once.
pub fn best(cost: &[f64], nodes: usize) -> Vec<u32> {
    assert_eq!(cost.len(), nodes * nodes, "a cost for every ordered pair");
    match nodes {
        0 => Vec::new(),
        1..=EXACT_MAX => exact(cost, nodes),
        _ => improved(cost, nodes, nearest(cost, nodes)),
    }
}

/// What a closed tour costs in all.
pub fn length(cost: &[f64], nodes: usize, tour: &[u32]) -> f64 {
    (0..tour.len())
        .map(|i| cost[tour[i] as usize * nodes + tour[(i + 1) % tour.len()] as usize])
        .sum()
}

/// Held-Karp: `table[subset][end]` = the cheapest path from node 0 through `subset` that ends in `end`.
fn exact(cost: &[f64], nodes: usize) -> Vec<u32> {
    let others = nodes - 1;
    if others == 0 {
        return vec![0];
    }
    let subsets = 1usize << others;
    let mut table = vec![(f64::INFINITY, 0u8); subsets * others];
    for end in 0..others {
        table[(1 << end) * others + end] = (cost[end + 1], 0);
    }
    for subset in 1..subsets {
        for end in (0..others).filter(|end| subset >> end & 1 == 1) {
            let rest = subset & !(1 << end);
            for before in (0..others).filter(|before| rest >> before & 1 == 1) {
                let so_far = table[rest * others + before].0 + cost[(before + 1) * nodes + end + 1];
                if so_far < table[subset * others + end].0 {
                    table[subset * others + end] = (so_far, before as u8);
                }
            }
        }
    }
    let whole = |end: usize| table[(subsets - 1) * others + end].0 + cost[(end + 1) * nodes];
    let mut end = (0..others).reduce(|a, b| if whole(b) < whole(a) { b } else { a }).unwrap_or(0);
    let mut subset = subsets - 1;
    let mut tour = Vec::with_capacity(nodes);
    while subset != 0 {
        tour.push(end as u32 + 1);
        let before = table[subset * others + end].1 as usize;
        subset &= !(1 << end);
        end = before;
    }
    tour.push(0);
    tour.reverse();
    tour
}

fn nearest(cost: &[f64], nodes: usize) -> Vec<u32> {
    let mut tour = vec![0u32];
    let mut left: Vec<u32> = (1..nodes as u32).collect();
    while !left.is_empty() {
        let here = tour[tour.len() - 1] as usize;
        let of = |to: u32| cost[here * nodes + to as usize];
        let next = (0..left.len()).reduce(|a, b| if of(left[b]) < of(left[a]) { b } else { a });
        tour.push(left.remove(next.unwrap_or(0)));
    }
    tour
}

/// Or-opt (a special 3-opt that keeps directions: a segment of up to three nodes moves) and 2-opt (a segment turns
/// round, its cost summed anew, since the way back costs something else), until neither helps.
fn improved(cost: &[f64], nodes: usize, mut tour: Vec<u32>) -> Vec<u32> {
    let mut best = length(cost, nodes, &tour);
    for _ in 0..PASSES_MAX {
        let before = best;
        for from in 1..nodes {
            for to in from + 1..=nodes {
                let mut turned = tour.clone();
                turned[from..to].reverse();
                keep_better(cost, nodes, &mut tour, &mut best, turned);
            }
            for size in 1..=3.min(nodes - from) {
                for place in 1..=nodes - size {
                    let mut moved = tour.clone();
                    let segment: Vec<u32> = moved.drain(from..from + size).collect();
                    moved.splice(place..place, segment);
                    keep_better(cost, nodes, &mut tour, &mut best, moved);
                }
            }
        }
        if best >= before {
            break;
        }
    }
    tour
}

fn keep_better(
    cost: &[f64],
    nodes: usize,
    tour: &mut Vec<u32>,
    best: &mut f64,
    candidate: Vec<u32>,
) {
    let length = length(cost, nodes, &candidate);
    // A gain must be more than rounding, else equal tours could take turns for ever.
    if length < *best * (1.0 - 1e-12) {
        *best = length;
        *tour = candidate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use rand::RngExt;

    fn costs(nodes: usize, seed: u32) -> Vec<f64> {
        let mut rng = Chance::new(1).at("costs", &[seed]);
        (0..nodes * nodes).map(|_| rng.random_range(1.0..10.0)).collect()
    }

    /// Every order of the nodes after the first.
    fn brute(cost: &[f64], nodes: usize) -> f64 {
        fn go(cost: &[f64], nodes: usize, tour: &mut Vec<u32>, best: &mut f64) {
            if tour.len() == nodes {
                *best = best.min(length(cost, nodes, tour));
                return;
            }
            for next in 1..nodes as u32 {
                if !tour.contains(&next) {
                    tour.push(next);
                    go(cost, nodes, tour, best);
                    tour.pop();
                }
            }
        }
        let mut best = f64::INFINITY;
        go(cost, nodes, &mut vec![0], &mut best);
        best
    }

    fn is_tour(tour: &[u32], nodes: usize) -> bool {
        let mut all = tour.to_vec();
        all.sort_unstable();
        tour[0] == 0 && all == (0..nodes as u32).collect::<Vec<_>>()
    }

    #[test]
    fn the_exact_tour_is_the_best_of_all_orders() {
        for nodes in 1..=7 {
            for seed in 0..8 {
                let cost = costs(nodes, seed);
                let tour = best(&cost, nodes);
                assert!(is_tour(&tour, nodes));
                assert!((length(&cost, nodes, &tour) - brute(&cost, nodes)).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn the_heuristic_beats_nearest_neighbor_and_comes_close_to_the_exact_tour() {
        let (mut found, mut exact_sum, mut greedy) = (0.0, 0.0, 0.0);
        for seed in 0..20 {
            let nodes = 11;
            let cost = costs(nodes, seed);
            let tour = improved(&cost, nodes, nearest(&cost, nodes));
            assert!(is_tour(&tour, nodes));
            found += length(&cost, nodes, &tour);
            greedy += length(&cost, nodes, &nearest(&cost, nodes));
            exact_sum += length(&cost, nodes, &exact(&cost, nodes));
        }
        assert!(found < greedy && found < 1.15 * exact_sum, "{found} {greedy} {exact_sum}");
        let tour = best(&costs(24, 1), 24);
        assert!(is_tour(&tour, 24));
    }

    #[test]
    fn a_ring_of_cheap_links_is_found_in_its_direction() {
        for nodes in [5, 24] {
            // i -> i+1 costs 1, everything else 10, the way back included.
            let cost: Vec<f64> = (0..nodes * nodes)
                .map(|i| if (i / nodes + 1) % nodes == i % nodes { 1.0 } else { 10.0 })
                .collect();
            assert_eq!(best(&cost, nodes), (0..nodes as u32).collect::<Vec<_>>());
        }
    }
}
