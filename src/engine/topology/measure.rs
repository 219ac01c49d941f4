//! What a graph is like.

use super::Graph;
use petgraph::unionfind::UnionFind;
use std::collections::VecDeque;

/// Edges over possible edges; 0 for fewer than two nodes.
pub fn density(graph: &Graph) -> f64 {
    let nodes = f64::from(graph.nodes());
    if nodes < 2.0 { 0.0 } else { 2.0 * graph.edge_count() as f64 / (nodes * (nodes - 1.0)) }
}

/// 0 for no nodes.
pub fn mean_degree(graph: &Graph) -> f64 {
    2.0 * graph.edge_count() as f64 / f64::from(graph.nodes().max(1))
}

/// Edges among a node's neighbors.
fn triangles(graph: &Graph, node: u32) -> usize {
    let near = &graph.neighbors[node as usize];
    near.iter()
        .enumerate()
        .map(|(i, a)| near[..i].iter().filter(|b| graph.connected(*a, **b)).count())
        .sum()
}

/// Share of a node's pairs of neighbors that are connected themselves (Watts and Strogatz 1998); 0 for fewer than
/// two neighbors.
pub fn clustering(graph: &Graph, node: u32) -> f64 {
    let near = f64::from(graph.degree(node));
    if near < 2.0 { 0.0 } else { triangles(graph, node) as f64 / (near * (near - 1.0) / 2.0) }
}

/// Mean of `clustering` over all nodes; 0 for no nodes.
pub fn mean_clustering(graph: &Graph) -> f64 {
    let sum: f64 = (0..graph.nodes()).map(|node| clustering(graph, node)).sum();
    sum / f64::from(graph.nodes().max(1))
}

/// Share of all connected triples that are closed; 0 where there is none.
pub fn transitivity(graph: &Graph) -> f64 {
    let closed: usize = (0..graph.nodes()).map(|node| triangles(graph, node)).sum();
    let triples: usize =
        graph.neighbors.iter().map(|n| n.len() * n.len().saturating_sub(1) / 2).sum();
    closed as f64 / triples.max(1) as f64
}

/// Edges on the shortest way from a node to each; `None` where there is no way.
pub fn distances(graph: &Graph, from: u32) -> Vec<Option<u32>> {
    let mut far = vec![None; graph.neighbors.len()];
    let mut queue = VecDeque::from([from]);
    far[from as usize] = Some(0);
    while let Some(node) = queue.pop_front() {
        let next = far[node as usize].map(|d: u32| d + 1);
        for &other in &graph.neighbors[node as usize] {
            if far[other as usize].is_none() {
                far[other as usize] = next;
                queue.push_back(other);
            }
        }
    }
    far
}

/// Mean over all pairs that a way connects; `None` where there is no such pair.
pub fn mean_path_length(graph: &Graph) -> Option<f64> {
    let (mut sum, mut pairs) = (0u64, 0u64);
    for from in 0..graph.nodes() {
        for far in distances(graph, from).into_iter().flatten().filter(|far| *far > 0) {
            sum += u64::from(far);
            pairs += 1;
        }
    }
    (pairs > 0).then(|| sum as f64 / pairs as f64)
}

/// The longest of the shortest ways; `None` for no nodes or where some pair has no way.
pub fn diameter(graph: &Graph) -> Option<u32> {
    let reach =
        |from| distances(graph, from).into_iter().try_fold(0, |most, far| Some(far?.max(most)));
    (0..graph.nodes())
        .map(reach)
        .try_fold(0, |most, far| Some(far?.max(most)))
        .filter(|_| graph.nodes() > 0)
}

/// The component of each node, numbered from 0 in the order of their first nodes, and how many there are.
pub fn components(graph: &Graph) -> (Vec<u32>, u32) {
    let mut sets = UnionFind::<u32>::new(graph.neighbors.len());
    for (a, b) in graph.edges() {
        sets.union(a, b);
    }
    let mut number: Vec<Option<u32>> = vec![None; graph.neighbors.len()];
    let mut count = 0;
    let of = sets
        .into_labeling()
        .into_iter()
        .map(|label| {
            *number[label as usize].get_or_insert_with(|| {
                count += 1;
                count - 1
            })
        })
        .collect();
    (of, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{complete, grid2d, line, ring, star, tree};

    /// Zachary's karate club, the textbook's example.
    #[rustfmt::skip]
    const CLUB: [(u32, u32); 78] = [
        (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 6), (0, 7), (0, 8), (0, 10), (0, 11), (0, 12), (0, 13), (0, 17),
        (0, 19), (0, 21), (0, 31), (1, 2), (1, 3), (1, 7), (1, 13), (1, 17), (1, 19), (1, 21), (1, 30), (2, 3),
        (2, 7), (2, 8), (2, 9), (2, 13), (2, 27), (2, 28), (2, 32), (3, 7), (3, 12), (3, 13), (4, 6), (4, 10),
        (5, 6), (5, 10), (5, 16), (6, 16), (8, 30), (8, 32), (8, 33), (9, 33), (13, 33), (14, 32), (14, 33),
        (15, 32), (15, 33), (18, 32), (18, 33), (19, 33), (20, 32), (20, 33), (22, 32), (22, 33), (23, 25),
        (23, 27), (23, 29), (23, 32), (23, 33), (24, 25), (24, 27), (24, 31), (25, 31), (26, 29), (26, 33),
        (27, 33), (28, 31), (28, 33), (29, 32), (29, 33), (30, 32), (30, 33), (31, 32), (31, 33), (32, 33),
    ];

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
    }

    #[test]
    fn the_karate_club_measures_as_networkx_says() {
        let club = Graph::from_edges(34, CLUB);
        close(mean_clustering(&club), 0.5706384782076823);
        close(transitivity(&club), 0.2556818181818182);
        close(mean_path_length(&club).unwrap(), 2.408199643493761);
        close(density(&club), 0.13903743315508021);
        assert_eq!((diameter(&club), components(&club).1), (Some(5), 1));
    }

    #[test]
    fn graphs_by_rule_measure_as_their_closed_forms_say() {
        close(mean_clustering(&ring(20, 2)), 0.5);
        close(mean_path_length(&ring(20, 2)).unwrap(), 2.8947368421052633);
        close(mean_path_length(&tree(3, 3)).unwrap(), 4.361538461538461);
        close(mean_path_length(&line(10)).unwrap(), 11.0 / 3.0);
        close(mean_path_length(&grid2d(4, 5)).unwrap(), 3.0);
        close(mean_path_length(&star(9)).unwrap(), 16.0 / 9.0);
        close(mean_clustering(&complete(6)), 1.0);
        close(mean_degree(&ring(12, 3)), 6.0);
        close(density(&complete(9)), 1.0);
        let wide = [ring(20, 2), tree(3, 3), line(10), grid2d(4, 5), star(9), complete(4)]
            .map(|g| diameter(&g));
        assert_eq!(wide, [5, 6, 9, 7, 2, 1].map(Some));
    }

    #[test]
    fn what_is_apart_has_no_diameter_and_is_numbered_by_its_first_node() {
        let apart = Graph::from_edges(6, [(1, 4), (0, 2)]);
        assert_eq!(components(&apart), (vec![0, 1, 0, 2, 1, 3], 4));
        assert_eq!((diameter(&apart), mean_path_length(&apart)), (None, Some(1.0)));
        assert_eq!(distances(&apart, 2), [Some(1), None, Some(0), None, None, None]);
        let none = Graph::empty(0);
        assert_eq!((diameter(&none), mean_path_length(&none), density(&none)), (None, None, 0.0));
        assert_eq!(
            (mean_degree(&none), mean_clustering(&none), transitivity(&none)),
            (0.0, 0.0, 0.0)
        );
    }
}
