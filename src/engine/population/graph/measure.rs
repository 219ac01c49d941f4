//! What a large directed graph is like. An undirected graph (each edge both ways) may be asked everything as well.

use super::Csr;
use rand::{Rng, RngExt};

/// Damping of PageRank, its most sweeps, and the L1 change that ends it.
const DAMPING: f64 = 0.85;
const SWEEPS_MAX: u32 = 100;
const CHANGE_MIN: f64 = 1e-9;
/// Neighbors that local clustering looks at.
const NEAR_MAX: usize = 200;

pub fn out_degrees(graph: &Csr) -> Vec<u32> {
    (0..graph.nodes()).map(|node| graph.degree(node)).collect()
}

pub fn in_degrees(graph: &Csr) -> Vec<u32> {
    let mut degrees = vec![0; graph.nodes() as usize];
    graph.targets.iter().for_each(|to| degrees[*to as usize] += 1);
    degrees
}

/// Share of edges whose opposite is there too; `None` without edges.
pub fn reciprocity(graph: &Csr) -> Option<f64> {
    let back = graph.pairs().filter(|(a, b)| graph.has(*b, *a)).count();
    (graph.edges() > 0).then(|| back as f64 / graph.edges() as f64)
}

/// PageRank (Brin and Page 1998): damping .85, at most 100 sweeps or an L1 change below 1e-9; the rank of those who
/// follow nobody is spread evenly. Sums to 1.
pub fn page_rank(graph: &Csr) -> Vec<f64> {
    let nodes = graph.nodes() as usize;
    let even = 1.0 / nodes.max(1) as f64;
    let mut rank = vec![even; nodes];
    let mut next = vec![0.0; nodes];
    for _ in 0..SWEEPS_MAX {
        let lost: f64 = (0..nodes).filter(|n| graph.degree(*n as u32) == 0).map(|n| rank[n]).sum();
        next.fill((1.0 - DAMPING + DAMPING * lost) * even);
        for node in 0..nodes as u32 {
            let given = DAMPING * rank[node as usize] / f64::from(graph.degree(node).max(1));
            graph.row(node).iter().for_each(|to| next[*to as usize] += given);
        }
        let change: f64 = rank.iter().zip(&next).map(|(a, b)| (a - b).abs()).sum();
        std::mem::swap(&mut rank, &mut next);
        if change < CHANGE_MIN {
            break;
        }
    }
    rank
}

/// Betweenness (Brandes 2001) from `sources` nodes drawn without repetition, scaled by nodes / sources; all nodes
/// where there are no more. Ordered pairs: an undirected graph counts each way.
pub fn betweenness(graph: &Csr, sources: u32, rng: &mut impl Rng) -> Vec<f64> {
    let nodes = graph.nodes();
    let sources = sources.min(nodes);
    let mut places: Vec<u32> = (0..nodes).collect();
    for at in 0..sources {
        places.swap(at as usize, rng.random_range(at..nodes) as usize);
    }
    let mut sum = vec![0.0; nodes as usize];
    let mut sweep = Sweep::new(nodes);
    for &source in &places[..sources as usize] {
        sweep.from(graph, source, &mut sum);
    }
    let scale = f64::from(nodes) / f64::from(sources.max(1));
    sum.iter_mut().for_each(|v| *v *= scale);
    sum
}

/// One source of Brandes' algorithm: shortest ways counted outwards, their shares gathered inwards.
struct Sweep {
    order: Vec<u32>,
    far: Vec<u32>,
    ways: Vec<f64>,
    share: Vec<f64>,
}

impl Sweep {
    fn new(nodes: u32) -> Self {
        let n = nodes as usize;
        Self {
            order: Vec::with_capacity(n),
            far: vec![u32::MAX; n],
            ways: vec![0.0; n],
            share: vec![0.0; n],
        }
    }

    fn from(&mut self, graph: &Csr, source: u32, sum: &mut [f64]) {
        self.order.clear();
        self.order.push(source);
        (self.far[source as usize], self.ways[source as usize]) = (0, 1.0);
        let mut at = 0;
        while at < self.order.len() {
            let node = self.order[at] as usize;
            for &to in graph.row(node as u32) {
                let to = to as usize;
                if self.far[to] == u32::MAX {
                    self.far[to] = self.far[node] + 1;
                    self.order.push(to as u32);
                }
                if self.far[to] == self.far[node] + 1 {
                    self.ways[to] += self.ways[node];
                }
            }
            at += 1;
        }
        for &node in self.order.iter().rev() {
            let here = node as usize;
            for &to in graph.row(node) {
                let to = to as usize;
                if self.far[to] == self.far[here] + 1 {
                    self.share[here] += self.ways[here] / self.ways[to] * (1.0 + self.share[to]);
                }
            }
            if node != source {
                sum[here] += self.share[here];
            }
        }
        for &node in &self.order {
            let here = node as usize;
            (self.far[here], self.ways[here], self.share[here]) = (u32::MAX, 0.0, 0.0);
        }
    }
}

/// Local clustering of one node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clustering {
    /// Share of ordered pairs of targets that are connected; 0 for fewer than two.
    pub value: f64,
    /// Only the first 200 targets were looked at.
    pub cut: bool,
}

pub fn clustering(graph: &Csr, node: u32) -> Clustering {
    let near = graph.row(node);
    let cut = near.len() > NEAR_MAX;
    let near = &near[..near.len().min(NEAR_MAX)];
    let closed: usize =
        near.iter().map(|a| near.iter().filter(|b| *b != a && graph.has(*a, **b)).count()).sum();
    let pairs = near.len() * near.len().saturating_sub(1);
    Clustering { value: closed as f64 / pairs.max(1) as f64, cut }
}

/// Parts that hang together when directions are ignored: each node's part, numbered by its smallest node, and the
/// sizes of the parts.
pub fn weak_components(graph: &Csr) -> (Vec<u32>, Vec<u32>) {
    let mut parent: Vec<u32> = (0..graph.nodes()).collect();
    for (a, b) in graph.pairs() {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        // The smaller node is the root, so parts are numbered in order.
        parent[a.max(b) as usize] = a.min(b);
    }
    let mut part = vec![0; parent.len()];
    let mut sizes = Vec::new();
    for node in 0..graph.nodes() {
        let top = root(&mut parent, node);
        if top == node {
            part[node as usize] = sizes.len() as u32;
            sizes.push(0);
        } else {
            part[node as usize] = part[top as usize];
        }
        sizes[part[node as usize] as usize] += 1;
    }
    (part, sizes)
}

fn root(parent: &mut [u32], mut node: u32) -> u32 {
    while parent[node as usize] != node {
        parent[node as usize] = parent[parent[node as usize] as usize];
        node = parent[node as usize];
    }
    node
}

/// Newman's (2002) degree assortativity: correlation over edges of the source's out-degree and the target's
/// in-degree. `None` where one of them does not vary.
pub fn assortativity(graph: &Csr) -> Option<f64> {
    let incoming = in_degrees(graph);
    let n = graph.edges() as f64;
    let (mut sx, mut sy, mut sxx, mut syy, mut sxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (a, b) in graph.pairs() {
        let (x, y) = (f64::from(graph.degree(a)), f64::from(incoming[b as usize]));
        (sx, sy, sxx, syy, sxy) = (sx + x, sy + y, sxx + x * x, syy + y * y, sxy + x * y);
    }
    let (vx, vy) = (sxx - sx * sx / n, syy - sy * sy / n);
    (n > 0.0 && vx > 1e-9 * sxx && vy > 1e-9 * syy).then(|| (sxy - sx * sy / n) / (vx * vy).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::topology;

    fn both(edges: &[(u32, u32)], nodes: u32) -> Csr {
        Csr::undirected(nodes, edges)
    }

    #[test]
    fn degrees_and_reciprocity_are_counted() {
        let graph = Csr::directed(4, &[(0, 1), (1, 0), (2, 1), (3, 1)]);
        assert_eq!(in_degrees(&graph), [1, 3, 0, 0]);
        assert_eq!(out_degrees(&graph), [1, 1, 1, 1]);
        assert_eq!(reciprocity(&graph), Some(0.5));
        assert_eq!(reciprocity(&Csr::directed(2, &[])), None);
    }

    #[test]
    fn page_rank_solves_its_equations() {
        let graph = Csr::directed(5, &[(0, 1), (1, 2), (2, 0), (3, 0), (3, 2)]);
        let rank = page_rank(&graph);
        assert!((rank.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let lost = rank[4];
        let base = (0.15 + 0.85 * lost) / 5.0;
        let expected = [
            base + 0.85 * (rank[2] + rank[3] / 2.0),
            base + 0.85 * rank[0],
            base + 0.85 * (rank[1] + rank[3] / 2.0),
            base,
            base,
        ];
        for (got, expected) in rank.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-8, "{rank:?}");
        }
        let ring = page_rank(&Csr::from(&topology::ring(10, 2)));
        assert!(ring.iter().all(|r| (r - 0.1).abs() < 1e-12));
    }

    #[test]
    fn betweenness_of_all_sources_is_exact_and_of_some_is_near() {
        let mut rng = Chance::new(1).stream(0, "sources");
        // The middle of a line of 5: pairs (left, right) both ways: 2 * (2*2) for the middle, 2 * (1*3) beside it.
        let line = Csr::from(&topology::line(5));
        assert_eq!(betweenness(&line, 99, &mut rng), [0.0, 6.0, 8.0, 6.0, 0.0]);
        // Two ways of equal length share.
        let square = both(&[(0, 1), (1, 2), (2, 3), (3, 0)], 4);
        assert_eq!(betweenness(&square, 4, &mut rng), [1.0; 4]);
        let star = Csr::from(&topology::star(400));
        let some = betweenness(&star, 64, &mut rng);
        assert!((some[0] / (399.0 * 398.0) - 1.0).abs() < 0.02, "{}", some[0]);
    }

    #[test]
    fn clustering_agrees_with_topology_and_says_when_it_was_cut() {
        let mut rng = Chance::new(1).stream(0, "graph");
        let small = topology::watts_strogatz(100, 4, 0.2, &mut rng);
        let graph = Csr::from(&small);
        for node in 0..100 {
            let here = clustering(&graph, node);
            assert!((here.value - topology::clustering(&small, node)).abs() < 1e-12 && !here.cut);
        }
        assert!(clustering(&Csr::from(&topology::star(300)), 0).cut);
    }

    #[test]
    fn parts_are_found_whatever_way_the_edges_point() {
        let (part, sizes) = weak_components(&Csr::directed(6, &[(4, 0), (4, 2), (3, 5)]));
        assert_eq!((part, sizes), (vec![0, 1, 0, 2, 0, 2], vec![3, 1, 2]));
        assert_eq!(weak_components(&Csr::default()).1.len(), 0);
    }

    #[test]
    fn a_star_is_disassortative_and_a_ring_has_no_answer() {
        let star = assortativity(&Csr::from(&topology::star(9))).unwrap();
        assert!((star + 1.0).abs() < 1e-12);
        assert_eq!(assortativity(&Csr::from(&topology::ring(9, 1))), None);
        assert_eq!(assortativity(&Csr::directed(3, &[])), None);
    }
}
