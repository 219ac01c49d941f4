//! Graphs by rule and by chance.

use super::Graph;
use crate::math;
use rand::{Rng, RngExt};

/// Tries of `random_regular` before it gives up; one in e^((d*d - 1) / 4) of plain pairings would do, the repair
/// below makes nearly every one do.
const TRIES_MAX: usize = 200;

/// A ring on which each node reaches `reach` others each way; all others where it reaches around.
pub fn ring(nodes: u32, reach: u32) -> Graph {
    let reach = reach.min(nodes / 2);
    Graph::from_edges(
        nodes,
        (0..nodes).flat_map(|a| (1..=reach).map(move |by| (a, (a + by) % nodes))),
    )
}

/// Everyone with everyone.
pub fn complete(nodes: u32) -> Graph {
    Graph::from_edges(nodes, (0..nodes).flat_map(|a| (0..a).map(move |b| (a, b))))
}

/// Node 0 with everyone else.
pub fn star(nodes: u32) -> Graph {
    Graph::from_edges(nodes, (1..nodes).map(|leaf| (0, leaf)))
}

/// A chain from node 0 to the last.
pub fn line(nodes: u32) -> Graph {
    Graph::from_edges(nodes, (1..nodes).map(|next| (next - 1, next)))
}

/// A tree whose inner nodes have `branching` children, `depth` edges from root to leaf; row by row from root 0:
/// the parent of node i > 0 is (i - 1) / branching.
pub fn tree(branching: u32, depth: u32) -> Graph {
    let mut row = 1u32;
    let mut nodes = 1u32;
    for _ in 0..depth {
        row = row.saturating_mul(branching);
        nodes = nodes.saturating_add(row);
    }
    Graph::from_edges(nodes, (1..nodes).map(|child| ((child - 1) / branching, child)))
}

/// A board with edges to the four sides; node = row * columns + column.
pub fn grid2d(columns: u32, rows: u32) -> Graph {
    let right =
        (0..rows).flat_map(|r| (1..columns).map(move |c| (r * columns + c - 1, r * columns + c)));
    let down =
        (1..rows).flat_map(|r| (0..columns).map(move |c| ((r - 1) * columns + c, r * columns + c)));
    Graph::from_edges(columns * rows, right.chain(down))
}

/// Every pair connected with this chance, by itself (Gilbert's G(n, p)); skips from edge to edge (Batagelj and
/// Brandes 2005), so it costs as much as there are edges.
pub fn erdos_renyi(nodes: u32, chance: f64, rng: &mut impl Rng) -> Graph {
    if chance >= 1.0 {
        return complete(nodes);
    }
    let mut edges = Vec::new();
    if chance > 0.0 {
        let log_misses = math::ln_1p(-chance);
        let (mut a, mut b) = (1u32, -1.0f64);
        while a < nodes {
            let skipped = (math::ln_1p(-rng.random::<f64>()) / log_misses).floor();
            b += 1.0 + skipped;
            while a < nodes && b >= f64::from(a) {
                b -= f64::from(a);
                a += 1;
            }
            if a < nodes {
                edges.push((a, b as u32));
            }
        }
    }
    Graph::from_edges(nodes, edges)
}

/// Watts and Strogatz (1998): a ring of which every edge is moved with this chance, lap by lap, to an end drawn
/// from all that are neither the node itself nor its neighbors.
pub fn watts_strogatz(nodes: u32, reach: u32, chance: f64, rng: &mut impl Rng) -> Graph {
    let mut graph = ring(nodes, reach);
    for by in 1..=reach.min(nodes.saturating_sub(1) / 2) {
        for node in 0..nodes {
            let moves = rng.random_bool(chance.clamp(0.0, 1.0));
            if !moves || graph.degree(node) >= nodes - 1 {
                continue;
            }
            let mut end = rng.random_range(0..nodes);
            while end == node || graph.connected(node, end) {
                end = rng.random_range(0..nodes);
            }
            if graph.disconnect(node, (node + by) % nodes) {
                graph.connect(node, end);
            }
        }
    }
    graph
}

/// Barabasi and Albert (1999): beginning with a star of `links` + 1 nodes, every new node makes `links` edges to
/// different nodes drawn by their degree.
pub fn barabasi_albert(nodes: u32, links: u32, rng: &mut impl Rng) -> Graph {
    Graph::from_edges(nodes, barabasi_albert_edges(nodes, links, rng))
}

/// The same as a list of edges, for graphs that are held in another form.
pub fn barabasi_albert_edges(nodes: u32, links: u32, rng: &mut impl Rng) -> Vec<(u32, u32)> {
    if links == 0 {
        return Vec::new();
    }
    if nodes <= links + 1 {
        return (1..nodes).map(|leaf| (0, leaf)).collect();
    }
    let mut edges: Vec<(u32, u32)> = (1..=links).map(|leaf| (0, leaf)).collect();
    // Each node once for each of its edges: a draw from it is a draw by degree.
    let mut ends: Vec<u32> = edges.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let mut chosen: Vec<u32> = Vec::with_capacity(links as usize);
    for node in links + 1..nodes {
        chosen.clear();
        while chosen.len() < links as usize {
            let end = ends[rng.random_range(0..ends.len() as u32) as usize];
            if !chosen.contains(&end) {
                chosen.push(end);
            }
        }
        for &end in &chosen {
            edges.push((end, node));
            ends.extend([end, node]);
        }
    }
    edges
}

/// Every node with `degree` edges, nearly uniform (Steger and Wormald 1999): stubs are paired at random, pairs that
/// would make a loop or a double edge are drawn again. `None` where no such graph exists: `nodes` * `degree` odd, or
/// `degree` not below `nodes`.
pub fn random_regular(nodes: u32, degree: u32, rng: &mut impl Rng) -> Option<Graph> {
    if degree == 0 {
        return Some(Graph::empty(nodes));
    }
    if degree >= nodes || (nodes * degree) % 2 == 1 {
        return None;
    }
    (0..TRIES_MAX).find_map(|_| paired(nodes, degree, rng))
}

fn paired(nodes: u32, degree: u32, rng: &mut impl Rng) -> Option<Graph> {
    let mut graph = Graph::empty(nodes);
    let mut stubs: Vec<u32> = (0..nodes).flat_map(|n| (0..degree).map(move |_| n)).collect();
    let mut idle = 0;
    while !stubs.is_empty() {
        for last in (1..stubs.len()).rev() {
            stubs.swap(last, rng.random_range(0..=last as u32) as usize);
        }
        let left: Vec<u32> = stubs
            .chunks_exact(2)
            .filter(|pair| !graph.connect(pair[0], pair[1]))
            .flatten()
            .copied()
            .collect();
        idle = if left.len() == stubs.len() { idle + 1 } else { 0 };
        if idle > 10 {
            return None;
        }
        stubs = left;
    }
    Some(graph)
}

/// Blocks of these sizes: a pair inside a block is connected with chance `inside`, across with chance `across`.
/// Nodes are numbered block by block.
pub fn stochastic_block(sizes: &[u32], inside: f64, across: f64, rng: &mut impl Rng) -> Graph {
    let block: Vec<usize> =
        sizes.iter().enumerate().flat_map(|(b, size)| (0..*size).map(move |_| b)).collect();
    let mut edges = Vec::new();
    for a in 0..block.len() {
        for b in 0..a {
            let chance = if block[a] == block[b] { inside } else { across };
            if rng.random_bool(chance.clamp(0.0, 1.0)) {
                edges.push((a as u32, b as u32));
            }
        }
    }
    Graph::from_edges(block.len() as u32, edges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::topology::{components, mean_clustering, mean_degree};
    use rand_chacha::ChaCha8Rng;

    fn rng() -> ChaCha8Rng {
        Chance::new(3).stream(0, "topology")
    }

    #[test]
    fn graphs_by_rule_have_the_edges_of_their_closed_forms() {
        assert_eq!(ring(10, 2).edge_count(), 20);
        assert_eq!(ring(5, 7), complete(5));
        assert_eq!(ring(4, 2), complete(4));
        assert_eq!(complete(7).edge_count(), 21);
        assert_eq!((star(6).edge_count(), star(6).degree(0)), (5, 5));
        assert_eq!(line(6).edge_count(), 5);
        assert_eq!((tree(3, 3).nodes(), tree(3, 3).edge_count()), (40, 39));
        assert_eq!(tree(3, 3).neighbors[1], [0, 4, 5, 6]);
        assert_eq!(grid2d(4, 5).edge_count(), 31);
        for nodes in 0..3 {
            for graph in [ring(nodes, 1), complete(nodes), star(nodes), line(nodes)] {
                assert_eq!(
                    (graph.nodes(), graph.edge_count()),
                    (nodes, nodes.saturating_sub(1) as usize)
                );
            }
        }
    }

    #[test]
    fn random_pairs_are_as_many_as_their_chance_says() {
        let graph = erdos_renyi(500, 0.04, &mut rng());
        // 124,750 pairs: 4,990 expected, standard deviation 69.
        assert!((graph.edge_count() as f64 - 4990.0).abs() < 280.0, "{}", graph.edge_count());
        assert_eq!(erdos_renyi(20, 0.0, &mut rng()).edge_count(), 0);
        assert_eq!(erdos_renyi(20, 1.0, &mut rng()), complete(20));
        assert_eq!(erdos_renyi(1, 0.5, &mut rng()).nodes(), 1);
        assert_eq!(erdos_renyi(0, 0.5, &mut rng()).nodes(), 0);
    }

    #[test]
    fn every_pair_is_drawn_with_the_same_chance() {
        let mut rng = rng();
        let mut count = [[0u32; 5]; 5];
        for _ in 0..4_000 {
            for (a, b) in erdos_renyi(5, 0.3, &mut rng).edges() {
                count[a as usize][b as usize] += 1;
            }
        }
        for a in 0..5 {
            for b in a + 1..5 {
                assert!(
                    (f64::from(count[a][b]) - 1200.0).abs() < 145.0,
                    "{a} {b}: {}",
                    count[a][b]
                );
            }
        }
    }

    #[test]
    fn a_rewired_ring_keeps_its_edges_and_loses_its_triangles() {
        assert_eq!(watts_strogatz(60, 3, 0.0, &mut rng()), ring(60, 3));
        let (some, all) =
            (watts_strogatz(400, 3, 0.1, &mut rng()), watts_strogatz(400, 3, 1.0, &mut rng()));
        assert_eq!((some.edge_count(), all.edge_count()), (1200, 1200));
        // C(p) = C(0) (1 - p)^3 about (Barrat and Weigt 2000), C(0) = 3 (k - 2) / (4 (k - 1)) = .6 for k = 6.
        assert!((mean_clustering(&some) - 0.6 * 0.729).abs() < 0.05, "{}", mean_clustering(&some));
        assert!(mean_clustering(&all) < 0.05);
        assert_eq!(watts_strogatz(4, 2, 1.0, &mut rng()), complete(4));
    }

    #[test]
    fn preferred_nodes_become_hubs() {
        let graph = barabasi_albert(2_000, 3, &mut rng());
        assert_eq!(graph.edge_count(), 3 + 3 * (2_000 - 4));
        assert!((mean_degree(&graph) - 6.0).abs() < 0.02);
        assert!((4..2_000).all(|node| graph.degree(node) >= 3));
        // A random graph of this degree has no node above 25; here the oldest have far more.
        assert!((0..2_000).map(|n| graph.degree(n)).max().unwrap() > 60);
        assert_eq!(components(&graph).1, 1);
        assert_eq!(barabasi_albert(3, 5, &mut rng()), star(3));
    }

    #[test]
    fn regular_graphs_are_regular_or_refused() {
        for (nodes, degree) in [(10, 3), (50, 4), (7, 6), (200, 8), (6, 0)] {
            let graph = random_regular(nodes, degree, &mut rng()).unwrap();
            assert!((0..nodes).all(|n| graph.degree(n) == degree), "{nodes} {degree}");
        }
        assert_eq!(random_regular(7, 3, &mut rng()), None);
        assert_eq!(random_regular(4, 4, &mut rng()), None);
    }

    #[test]
    fn blocks_are_denser_inside_than_across() {
        let graph = stochastic_block(&[100, 150], 0.2, 0.01, &mut rng());
        let across = graph.edges().filter(|(a, b)| *a < 100 && *b >= 100).count() as f64;
        let inside = graph.edge_count() as f64 - across;
        // 15,000 pairs across, 16,125 inside.
        assert!(
            (across - 150.0).abs() < 50.0 && (inside - 3225.0).abs() < 210.0,
            "{across} {inside}"
        );
    }

    #[test]
    fn the_same_chance_draws_the_same_graph() {
        let drawn = |seed| barabasi_albert(50, 2, &mut Chance::new(seed).stream(0, "graph"));
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }
}
