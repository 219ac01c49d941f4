//! Social graphs of up to a million nodes: compressed sparse rows for what is frozen, an append log for what is new.
//!
//! A directed edge u -> v means "u follows v" (what v says flows to u); an undirected graph holds each edge both ways.

mod follows;
mod generate;
mod measure;

pub use follows::Follows;
pub use generate::{
    CorePeriphery, barabasi_albert, communities, config_powerlaw, core_periphery,
    same_edges_random, watts_strogatz,
};
pub use measure::{
    Clustering, assortativity, betweenness, clustering, in_degrees, out_degrees, page_rank,
    reciprocity, weak_components,
};

use crate::topology::Graph;
use lexicon::Fault;

/// Agents of one population.
pub const NODES_MAX: u32 = 1_000_000;
/// Directed edges of one graph (an undirected edge is two).
pub const EDGES_MAX: usize = 12_000_000;

/// Compressed sparse rows: node u's targets are `targets[offsets[u]..offsets[u + 1]]`, rising, without itself and
/// without doubles. Plain slices, so that a device may hold the same two columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csr {
    /// [nodes + 1]
    pub offsets: Vec<u32>,
    /// [edges]
    pub targets: Vec<u32>,
}

impl Default for Csr {
    /// No node.
    fn default() -> Self {
        Self { offsets: vec![0], targets: Vec::new() }
    }
}

/// Refuses what does not fit, with the bound and what would; `agents` and `degree` are the names of the dials that
/// would have to go down (an empty one: there is no such dial).
pub fn room(nodes: u32, edges: usize, agents: &str, degree: &str) -> Result<(), Fault> {
    if nodes <= NODES_MAX && edges <= EDGES_MAX {
        return Ok(());
    }
    // Building takes 8 bytes an edge more for a moment. In u64: what is refused may not fit into 32 bits.
    let mb = |nodes: u32, edges: usize, each: u64| {
        (4 * u64::from(nodes) + each * edges as u64).div_ceil(1_000_000)
    };
    let fits = (EDGES_MAX as u64 * u64::from(nodes) / (edges as u64).max(1))
        .min(u64::from(NODES_MAX))
        .min(u64::from(nodes));
    let or = if degree.is_empty() { String::new() } else { format!(", or a lower {degree}") };
    Err(Fault::Limit(format!(
        "A graph of {nodes} nodes and {edges} edges takes {} MB ({} MB while it is built); the most is {NODES_MAX} \
         nodes and {EDGES_MAX} edges, {} MB. {agents} = {fits} would fit{or}.",
        mb(nodes, edges, 4),
        mb(nodes, edges, 12),
        mb(NODES_MAX, EDGES_MAX, 4),
    )))
}

impl Csr {
    /// From pairs in any order; loops, doubles and edges to or from no node are left out.
    pub fn directed(nodes: u32, edges: &[(u32, u32)]) -> Self {
        Self::sorted_in(nodes, edges, false)
    }

    /// As `directed`, each pair both ways.
    pub fn undirected(nodes: u32, edges: &[(u32, u32)]) -> Self {
        Self::sorted_in(nodes, edges, true)
    }

    /// A counting sort by source, then each short row by itself.
    fn sorted_in(nodes: u32, edges: &[(u32, u32)], both_ways: bool) -> Self {
        let real = |&&(a, b): &&(u32, u32)| a != b && a < nodes && b < nodes;
        let mut offsets = vec![0u32; nodes as usize + 1];
        for (a, b) in edges.iter().filter(real) {
            offsets[*a as usize + 1] += 1;
            if both_ways {
                offsets[*b as usize + 1] += 1;
            }
        }
        for node in 0..nodes as usize {
            offsets[node + 1] += offsets[node];
        }
        let mut targets = vec![0u32; offsets[nodes as usize] as usize];
        // Rows are filled by moving each row's beginning to its end, and moved back by one row afterwards.
        for (a, b) in edges.iter().filter(real) {
            targets[offsets[*a as usize] as usize] = *b;
            offsets[*a as usize] += 1;
            if both_ways {
                targets[offsets[*b as usize] as usize] = *a;
                offsets[*b as usize] += 1;
            }
        }
        offsets.rotate_right(1);
        offsets[0] = 0;
        let mut csr = Self { offsets, targets };
        csr.tidy_rows();
        csr
    }

    /// Rows in rising order without doubles, closed up.
    fn tidy_rows(&mut self) {
        let (mut begin, mut kept) = (0, 0);
        for node in 0..self.nodes() as usize {
            let end = self.offsets[node + 1] as usize;
            self.targets[begin..end].sort_unstable();
            let first = kept;
            for at in begin..end {
                let target = self.targets[at];
                if kept == first || self.targets[kept - 1] != target {
                    self.targets[kept] = target;
                    kept += 1;
                }
            }
            begin = end;
            self.offsets[node + 1] = kept as u32;
        }
        self.targets.truncate(kept);
    }

    pub fn nodes(&self) -> u32 {
        self.offsets.len() as u32 - 1
    }

    /// Directed edges: an undirected one counts twice.
    pub fn edges(&self) -> usize {
        self.targets.len()
    }

    #[inline]
    pub fn row(&self, node: u32) -> &[u32] {
        &self.targets
            [self.offsets[node as usize] as usize..self.offsets[node as usize + 1] as usize]
    }

    #[inline]
    pub fn degree(&self, node: u32) -> u32 {
        self.offsets[node as usize + 1] - self.offsets[node as usize]
    }

    pub fn has(&self, from: u32, to: u32) -> bool {
        self.row(from).binary_search(&to).is_ok()
    }

    /// All edges, row by row.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        (0..self.nodes()).flat_map(|node| self.row(node).iter().map(move |to| (node, *to)))
    }

    /// Every edge turned around: who is followed by whom.
    pub fn transposed(&self) -> Self {
        let mut offsets = vec![0u32; self.offsets.len()];
        for to in &self.targets {
            offsets[*to as usize + 1] += 1;
        }
        for node in 0..self.nodes() as usize {
            offsets[node + 1] += offsets[node];
        }
        let mut targets = vec![0u32; self.targets.len()];
        // Sources come in rising order, so every row is sorted as it stands.
        for (from, to) in self.pairs() {
            targets[offsets[to as usize] as usize] = from;
            offsets[to as usize] += 1;
        }
        offsets.rotate_right(1);
        offsets[0] = 0;
        Self { offsets, targets }
    }

    /// 0 for no nodes.
    pub fn mean_degree(&self) -> f64 {
        self.edges() as f64 / f64::from(self.nodes().max(1))
    }

    pub fn bytes(&self) -> usize {
        4 * (self.offsets.len() + self.targets.len())
    }
}

/// Each edge both ways.
impl From<&Graph> for Csr {
    fn from(graph: &Graph) -> Self {
        let mut offsets = Vec::with_capacity(graph.neighbors.len() + 1);
        let mut targets = Vec::with_capacity(2 * graph.edge_count());
        offsets.push(0);
        for list in &graph.neighbors {
            targets.extend_from_slice(list);
            offsets.push(targets.len() as u32);
        }
        Self { offsets, targets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_hold_no_loops_doubles_or_strangers() {
        let edges = [(3, 0), (0, 1), (1, 0), (0, 1), (2, 2), (0, 9), (9, 0), (2, 1), (0, 3)];
        let directed = Csr::directed(4, &edges);
        assert_eq!(directed.pairs().collect::<Vec<_>>(), [(0, 1), (0, 3), (1, 0), (2, 1), (3, 0)]);
        let both = Csr::undirected(4, &edges);
        assert_eq!(both, Csr::from(&Graph::from_edges(4, edges)));
        assert_eq!(
            (both.edges(), both.degree(0), both.has(1, 2), both.has(3, 2)),
            (6, 2, true, false)
        );
        assert_eq!(both.mean_degree(), 1.5);
    }

    #[test]
    fn nothing_is_a_graph_too() {
        for graph in [Csr::directed(0, &[]), Csr::default()] {
            assert_eq!((graph.nodes(), graph.edges(), graph.mean_degree()), (0, 0, 0.0));
        }
        let lonely = Csr::undirected(3, &[]);
        assert_eq!((lonely.nodes(), lonely.row(2).len()), (3, 0));
    }

    #[test]
    fn turning_edges_around_twice_changes_nothing() {
        let graph = Csr::directed(5, &[(0, 4), (1, 4), (3, 1), (4, 0), (2, 4)]);
        let turned = graph.transposed();
        assert_eq!(turned.row(4), [0, 1, 2]);
        assert_eq!(turned.transposed(), graph);
        let both = Csr::undirected(5, &[(0, 4), (1, 2)]);
        assert_eq!(both.transposed(), both);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        assert_eq!(room(NODES_MAX, EDGES_MAX, "agents", ""), Ok(()));
        let Err(Fault::Limit(says)) = room(800_000, 16_000_000, "agents", "contacts") else {
            panic!("16 million edges are too many")
        };
        assert!(says.contains("agents = 600000") && says.contains("a lower contacts"), "{says}");
        assert!(room(NODES_MAX + 1, 10, "agents", "").is_err());
    }
}
