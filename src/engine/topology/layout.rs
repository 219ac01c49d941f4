//! Where to draw nodes: places in the unit square, y downwards. No chance in it: the same graph, the same picture.

use super::{Graph, distances};
use crate::math;

/// Distance from the edge of the square.
const MARGIN: f64 = 0.04;
/// Sweeps of the force layout at most.
const SWEEPS_MAX: u32 = 150;
/// Pairs that a force layout may look at in all: about a tenth of a second.
const PAIRS_MAX: usize = 10_000_000;

/// One place a node, as the graph scene takes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    pub x: Vec<f32>,
    pub y: Vec<f32>,
}

impl Layout {
    fn of(places: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let (x, y) = places.into_iter().map(|(x, y)| (x as f32, y as f32)).unzip();
        Self { x, y }
    }
}

/// From 0..1 into the square's inside.
fn inside(v: f64) -> f64 {
    MARGIN + (1.0 - 2.0 * MARGIN) * v
}

/// Around a circle, node 0 at the top, clockwise.
pub fn circle(nodes: u32) -> Layout {
    Layout::of((0..nodes).map(|node| {
        let turn = std::f64::consts::TAU * f64::from(node) / f64::from(nodes);
        (inside(0.5 + 0.5 * math::sin(turn)), inside(0.5 - 0.5 * math::cos(turn)))
    }))
}

/// In rows of `columns`, from the top left.
pub fn lattice(columns: u32, nodes: u32) -> Layout {
    let columns = columns.max(1);
    let rows = nodes.div_ceil(columns);
    let at = |place: u32, of: u32| (f64::from(place) + 0.5) / f64::from(of.max(1));
    Layout::of(
        (0..nodes).map(|n| (inside(at(n % columns, columns)), inside(at(n / columns, rows)))),
    )
}

/// In rows by distance from `root`, at the top; in a tree each node stands over the middle of its children. Nodes
/// that no way connects with the root stand in a last row of their own.
pub fn layered(graph: &Graph, root: u32) -> Layout {
    let far = distances(graph, root);
    let last = far.iter().flatten().max().copied().unwrap_or(0);
    let apart = far.iter().any(Option::is_none);
    let rows = last + 1 + u32::from(apart);
    let mut order: Vec<Vec<u32>> = vec![Vec::new(); rows as usize];
    // A parent's children stand together: nodes of a row in the order of their first neighbor in the row above.
    let mut place = vec![0usize; far.len()];
    for row in 0..rows {
        let here = |node: &u32| far[*node as usize].unwrap_or(rows - 1) == row;
        let mut nodes: Vec<u32> = (0..graph.nodes()).filter(here).collect();
        let above = |node: u32| {
            let near = graph.neighbors[node as usize].iter();
            near.filter(|n| far[**n as usize].is_some_and(|d| d + 1 == row))
                .map(|n| place[*n as usize])
                .min()
        };
        nodes.sort_by_key(|node| above(*node));
        for (at, node) in nodes.iter().enumerate() {
            place[*node as usize] = at;
        }
        order[row as usize] = nodes;
    }
    let mut x = vec![0.5; far.len()];
    for row in (0..rows).rev() {
        spread(graph, &far, &order[row as usize], row, &mut x);
    }
    let y = |node: usize| {
        let row = far[node].unwrap_or(rows - 1);
        inside(if rows > 1 { f64::from(row) / f64::from(rows - 1) } else { 0.5 })
    };
    Layout::of((0..far.len()).map(|node| (inside(x[node]), y(node))))
}

/// A row's x: over the middle of the children where all have some, else evenly.
fn spread(graph: &Graph, far: &[Option<u32>], nodes: &[u32], row: u32, x: &mut [f64]) {
    let middle = |node: u32, x: &[f64]| {
        let near = graph.neighbors[node as usize].iter();
        let children: Vec<f64> =
            near.filter(|n| far[**n as usize] == Some(row + 1)).map(|n| x[*n as usize]).collect();
        (!children.is_empty()).then(|| children.iter().sum::<f64>() / children.len() as f64)
    };
    let over: Option<Vec<f64>> = nodes.iter().map(|node| middle(*node, x)).collect();
    // Two nodes with the same children would stand in one place.
    let over = over.filter(|places| places.windows(2).all(|pair| pair[0] + 1e-6 < pair[1]));
    for (at, node) in nodes.iter().enumerate() {
        let even = (at as f64 + 0.5) / nodes.len() as f64;
        x[*node as usize] = over.as_ref().map_or(even, |places| places[at]);
    }
}

/// Edges pull, nodes push: Fruchterman and Reingold (1991), with pushes only within two lengths of an edge, found
/// through a board of cells, and as many sweeps as the bound on pairs leaves.
pub fn force(graph: &Graph) -> Layout {
    let nodes = graph.neighbors.len();
    let length = (1.0 / nodes.max(1) as f64).sqrt();
    let mut places: Vec<[f64; 2]> = (0..nodes).map(|n| sunflower(n, nodes)).collect();
    // About 4 pi nodes stand within two lengths of one another; a crowd may be ten times as dense.
    let sweeps = (PAIRS_MAX / (nodes * 40 + graph.edge_count() + 1)).min(SWEEPS_MAX as usize);
    for sweep in 0..sweeps {
        let step = 0.1 * (1.0 - sweep as f64 / sweeps as f64);
        let mut moves = pushes(&places, length);
        for (a, b) in graph.edges() {
            let (a, b) = (a as usize, b as usize);
            let (dx, dy) = (places[a][0] - places[b][0], places[a][1] - places[b][1]);
            let pull = (dx * dx + dy * dy).sqrt() / length;
            moves[a] = [moves[a][0] - dx * pull, moves[a][1] - dy * pull];
            moves[b] = [moves[b][0] + dx * pull, moves[b][1] + dy * pull];
        }
        for (place, by) in places.iter_mut().zip(&moves) {
            let far = (by[0] * by[0] + by[1] * by[1]).sqrt().max(1e-12);
            let held = far.min(step) / far;
            for axis in 0..2 {
                // A weak pull to the middle keeps the parts of a graph together.
                let center = 0.02 * (0.5 - place[axis]);
                place[axis] =
                    (place[axis] + by[axis] * held + center * step * 10.0).clamp(-1.0, 2.0);
            }
        }
    }
    fitted(&places)
}

/// Evenly over a disc, by the golden angle.
fn sunflower(node: usize, nodes: usize) -> [f64; 2] {
    let radius = 0.5 * ((node as f64 + 0.5) / nodes as f64).sqrt();
    let turn = 2.399963229728653 * node as f64;
    [0.5 + radius * math::cos(turn), 0.5 + radius * math::sin(turn)]
}

/// k^2 / d away from every node within two lengths.
fn pushes(places: &[[f64; 2]], length: f64) -> Vec<[f64; 2]> {
    let reach = 2.0 * length;
    let columns = (3.0 / reach).ceil() as usize + 1;
    let cell = |place: &[f64; 2]| {
        let [column, row] = place.map(|v| ((v + 1.0) / reach).max(0.0) as usize);
        (column.min(columns - 1), row.min(columns - 1))
    };
    let mut board: Vec<Vec<u32>> = vec![Vec::new(); columns * columns];
    for (node, place) in places.iter().enumerate() {
        let (column, row) = cell(place);
        board[row * columns + column].push(node as u32);
    }
    let push = |node: usize| {
        let (column, row) = cell(&places[node]);
        let mut sum = [0.0, 0.0];
        for r in row.saturating_sub(1)..(row + 2).min(columns) {
            for c in column.saturating_sub(1)..(column + 2).min(columns) {
                // A crowd in one cell pushes as its first forty do: the bound on pairs holds.
                for &other in board[r * columns + c].iter().take(40) {
                    let other = other as usize;
                    let (dx, dy) =
                        (places[node][0] - places[other][0], places[node][1] - places[other][1]);
                    let square = dx * dx + dy * dy;
                    if other != node && square < reach * reach {
                        let by = length * length / square.max(1e-9);
                        sum = [sum[0] + dx * by, sum[1] + dy * by];
                    }
                }
            }
        }
        sum
    };
    (0..places.len()).map(push).collect()
}

/// Scaled into the square, both axes alike.
fn fitted(places: &[[f64; 2]]) -> Layout {
    let ends = |axis: usize| {
        places
            .iter()
            .map(|p| p[axis])
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let (left, right) = ends(0);
    let (top, bottom) = ends(1);
    let size = (right - left).max(bottom - top).max(1e-9);
    let at = |v: f64, low: f64, high: f64| inside(0.5 + (v - 0.5 * (low + high)) / size);
    Layout::of(places.iter().map(|p| (at(p[0], left, right), at(p[1], top, bottom))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{complete, grid2d, line, ring, star, tree};

    fn lies_inside(layout: &Layout, nodes: u32) {
        assert_eq!((layout.x.len(), layout.y.len()), (nodes as usize, nodes as usize));
        assert!(layout.x.iter().chain(&layout.y).all(|v| (0.0..=1.0).contains(v)), "{layout:?}");
    }

    #[test]
    fn a_circle_begins_at_the_top_and_goes_clockwise() {
        let four = circle(4);
        for (node, (x, y)) in
            [(0.5, 0.04), (0.96, 0.5), (0.5, 0.96), (0.04, 0.5)].into_iter().enumerate()
        {
            assert!((four.x[node] - x).abs() < 1e-6 && (four.y[node] - y).abs() < 1e-6, "{four:?}");
        }
        assert_eq!(circle(0), Layout::default());
    }

    #[test]
    fn a_lattice_fills_row_by_row() {
        let six = lattice(3, 6);
        assert!(six.x[0] < six.x[1] && six.x[1] < six.x[2] && six.x[3] == six.x[0]);
        assert!(six.y[0] == six.y[2] && six.y[2] < six.y[3]);
        lies_inside(&six, 6);
    }

    #[test]
    fn a_parent_stands_over_the_middle_of_its_children() {
        let layout = layered(&tree(2, 3), 0);
        lies_inside(&layout, 15);
        for parent in 0..7 {
            let (left, right) = (2 * parent + 1, 2 * parent + 2);
            assert!((layout.x[parent] - 0.5 * (layout.x[left] + layout.x[right])).abs() < 1e-6);
            assert!(layout.y[parent] < layout.y[left] && layout.y[left] == layout.y[right]);
        }
        lies_inside(&layered(&Graph::from_edges(5, [(0, 1), (3, 4)]), 0), 5);
        lies_inside(&layered(&complete(6), 2), 6);
    }

    #[test]
    fn connected_nodes_are_drawn_together() {
        for graph in [ring(60, 1), grid2d(8, 8), tree(3, 4), star(40)] {
            let layout = force(&graph);
            lies_inside(&layout, graph.nodes());
            let far = |a: u32, b: u32| {
                let (a, b) = (a as usize, b as usize);
                f64::from((layout.x[a] - layout.x[b]).hypot(layout.y[a] - layout.y[b]))
            };
            let edges: Vec<f64> = graph.edges().map(|(a, b)| far(a, b)).collect();
            let pairs: Vec<f64> = complete(graph.nodes()).edges().map(|(a, b)| far(a, b)).collect();
            let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
            assert!(mean(&edges) < 0.75 * mean(&pairs), "{} {}", mean(&edges), mean(&pairs));
            assert!(pairs.iter().all(|d| *d > 1e-4), "no two nodes in one place");
        }
    }

    #[test]
    fn small_and_large_graphs_have_a_force_layout() {
        for graph in [Graph::empty(0), Graph::empty(1), line(2), Graph::empty(7), ring(5_000, 2)] {
            lies_inside(&force(&graph), graph.nodes());
        }
        assert_eq!(force(&grid2d(5, 5)), force(&grid2d(5, 5)));
    }
}
