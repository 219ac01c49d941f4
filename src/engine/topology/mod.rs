//! Who is connected with whom: undirected simple graphs, their generators, measures and layouts.
//!
//! A graph is its sorted neighbor lists, which is what a system walks in every round; petgraph serves where an
//! algorithm of its own is wanted. Nodes are u32: indices are stored and sent.

mod generate;
mod layout;
mod measure;

pub use generate::{
    barabasi_albert, barabasi_albert_edges, complete, erdos_renyi, grid2d, line, random_regular,
    ring, star, stochastic_block, tree, watts_strogatz,
};
pub use layout::{Layout, circle, force, lattice, layered};
pub use measure::{
    clustering, components, density, diameter, distances, mean_clustering, mean_degree,
    mean_path_length, transitivity,
};

use petgraph::graph::{NodeIndex, UnGraph};

/// An undirected graph without loops and double edges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Of each node, in rising order.
    pub neighbors: Vec<Vec<u32>>,
}

impl Graph {
    /// `nodes` nodes and no edge.
    pub fn empty(nodes: u32) -> Self {
        Self { neighbors: vec![Vec::new(); nodes as usize] }
    }

    /// From pairs in any order; loops, double edges and edges to no node are left out.
    pub fn from_edges(nodes: u32, edges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut graph = Self::empty(nodes);
        for (a, b) in edges {
            if a != b && a < nodes && b < nodes {
                graph.neighbors[a as usize].push(b);
                graph.neighbors[b as usize].push(a);
            }
        }
        for list in &mut graph.neighbors {
            list.sort_unstable();
            list.dedup();
        }
        graph
    }

    pub fn nodes(&self) -> u32 {
        self.neighbors.len() as u32
    }

    pub fn degree(&self, node: u32) -> u32 {
        self.neighbors[node as usize].len() as u32
    }

    pub fn edge_count(&self) -> usize {
        self.neighbors.iter().map(Vec::len).sum::<usize>() / 2
    }

    pub fn connected(&self, a: u32, b: u32) -> bool {
        self.neighbors[a as usize].binary_search(&b).is_ok()
    }

    /// Every edge once, the smaller node first, in rising order.
    pub fn edges(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let from = |(a, list): (usize, &Vec<u32>)| {
            let a = a as u32;
            list.iter().copied().filter(move |b| a < *b).map(move |b| (a, b)).collect::<Vec<_>>()
        };
        self.neighbors.iter().enumerate().flat_map(from)
    }

    /// Every edge once as the scene takes them: from, to, from, to.
    pub fn edges_flat(&self) -> Vec<u32> {
        self.edges().flat_map(|(a, b)| [a, b]).collect()
    }

    /// False if it was there already, is a loop, or leads to no node.
    pub fn connect(&mut self, a: u32, b: u32) -> bool {
        let nodes = self.nodes();
        if a == b || a >= nodes || b >= nodes {
            return false;
        }
        match self.neighbors[a as usize].binary_search(&b) {
            Ok(_) => false,
            Err(place) => {
                self.neighbors[a as usize].insert(place, b);
                let mirror = &mut self.neighbors[b as usize];
                let place = mirror.partition_point(|other| *other < a);
                mirror.insert(place, a);
                true
            }
        }
    }

    /// False if there was no such edge.
    pub fn disconnect(&mut self, a: u32, b: u32) -> bool {
        let nodes = self.nodes();
        if a >= nodes || b >= nodes {
            return false;
        }
        let held = self.neighbors[a as usize].len();
        self.neighbors[a as usize].retain(|other| *other != b);
        self.neighbors[b as usize].retain(|other| *other != a);
        self.neighbors[a as usize].len() < held
    }

    pub fn to_petgraph(&self) -> UnGraph<(), ()> {
        let mut graph = UnGraph::with_capacity(self.neighbors.len(), self.edge_count());
        for _ in 0..self.nodes() {
            graph.add_node(());
        }
        graph.extend_with_edges(self.edges());
        graph
    }

    /// Weights, loops and double edges are dropped.
    pub fn from_petgraph<N, E>(graph: &UnGraph<N, E>) -> Self {
        let place = |node: NodeIndex| node.index() as u32;
        let edges = graph.edge_indices().filter_map(|e| graph.edge_endpoints(e));
        Self::from_edges(graph.node_count() as u32, edges.map(|(a, b)| (place(a), place(b))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_told_once_and_neighbors_are_sorted() {
        let graph = Graph::from_edges(4, [(3, 0), (0, 1), (1, 0), (2, 2), (0, 9), (2, 1)]);
        assert_eq!(graph.neighbors, [vec![1, 3], vec![0, 2], vec![1], vec![0]]);
        assert_eq!(graph.edges().collect::<Vec<_>>(), [(0, 1), (0, 3), (1, 2)]);
        assert_eq!(graph.edges_flat(), [0, 1, 0, 3, 1, 2]);
        assert_eq!((graph.edge_count(), graph.degree(0), graph.connected(2, 1)), (3, 2, true));
    }

    #[test]
    fn edges_come_and_go() {
        let mut graph = Graph::empty(3);
        assert!(graph.connect(2, 0) && graph.connect(0, 1) && !graph.connect(0, 2));
        assert!(!graph.connect(1, 1) && !graph.connect(0, 3));
        assert_eq!(graph.neighbors[0], [1, 2]);
        assert!(graph.disconnect(0, 2) && !graph.disconnect(2, 0) && !graph.disconnect(0, 7));
        assert_eq!(graph.edge_count(), 1);
    }

    #[test]
    fn petgraph_and_back_is_the_same_graph() {
        let graph = grid2d(3, 4);
        let there = graph.to_petgraph();
        assert_eq!((there.node_count(), there.edge_count()), (12, 17));
        assert_eq!(petgraph::algo::connected_components(&there), 1);
        assert_eq!(Graph::from_petgraph(&there), graph);
    }
}
