//! Three sites and the links between them.

use super::Setting;
use engine::network::{Link, Links};
use rand::RngExt;

/// Sites: Europe, the east and the west of the United States. Latency in ms, bandwidth in Gbit/s.
pub const LATENCY_MS: [[f64; 3]; 3] = [[1.0, 90.0, 150.0], [90.0, 1.0, 60.0], [150.0, 60.0, 1.0]];
const GIGABITS: [[f64; 3]; 3] = [[10.0, 3.0, 1.5], [3.0, 10.0, 4.0], [1.5, 4.0, 10.0]];
/// The master's site.
pub const EAST: usize = 1;

/// Peers are spread over the sites in equal parts.
pub fn site(slot: u32, peers: u32) -> usize {
    (slot * 3 / peers) as usize
}

/// The links between slots (the last node is the master), and what a probe of them reads.
pub fn links(set: &Setting) -> (Links, Vec<u64>) {
    let nodes = set.peers + 1;
    let mut links = Vec::with_capacity((nodes * nodes) as usize);
    let mut cost = Vec::with_capacity((set.peers * set.peers) as usize);
    for from in 0..nodes {
        for to in 0..nodes {
            let of = |node: u32| if node == set.peers { EAST } else { site(node, set.peers) };
            let (a, b) = (of(from), of(to));
            let uneven: f64 =
                set.chance.at("bandwidth of a link", &[from, to]).random_range(0.8..1.2);
            // One flow fills only a share of a long link; within a site it fills the link.
            let share =
                if a == b { 1.0 } else { (f64::from(set.connections) * set.flow_share).min(1.0) };
            let bytes_per_second = GIGABITS[a][b] * 1e9 / 8.0 * uneven * share;
            if from < set.peers && to < set.peers {
                cost.push((1e12 / bytes_per_second) as u64);
            }
            links.push(Link { latency_ms: LATENCY_MS[a][b], bytes_per_second, ..Link::default() });
        }
    }
    (Links::Each(links), cost)
}
