//! Large graphs by chance. The small ones, and the laws they are held to, are in `topology`; here its rules are run
//! on columns, so a million nodes take a second or two.

use super::{Csr, room};
use crate::population::agents;
use crate::{math, topology};
use lexicon::Fault;
use rand::{Rng, RngExt};

/// Barabasi and Albert (1999), as `topology::barabasi_albert`, to the same edges from the same draws.
pub fn barabasi_albert(nodes: u32, links: u32, rng: &mut impl Rng) -> Result<Csr, Fault> {
    room(nodes, (2 * nodes as usize).saturating_mul(links as usize), "nodes", "links")?;
    Ok(Csr::undirected(nodes, &topology::barabasi_albert_edges(nodes, links, rng)))
}

/// Watts and Strogatz (1998), as `topology::watts_strogatz`.
pub fn watts_strogatz(nodes: u32, reach: u32, p: f64, rng: &mut impl Rng) -> Result<Csr, Fault> {
    room(nodes, (2 * nodes as usize).saturating_mul(reach as usize), "nodes", "reach")?;
    Ok(Csr::from(&topology::watts_strogatz(nodes, reach, p, rng)))
}

/// The erased configuration model (Britton, Deijfen and Martin-Löf 2006): degrees with P(k) ~ k^-alpha on
/// [k_min, k_max], stubs paired at random; loops and doubles are dropped, so hubs lose a little.
pub fn config_powerlaw(
    nodes: u32,
    alpha: f64,
    k_min: u32,
    k_max: u32,
    rng: &mut impl Rng,
) -> Result<Csr, Fault> {
    let k_max = k_max.clamp(k_min, nodes.saturating_sub(1).max(k_min));
    let mut below = Vec::with_capacity((k_max - k_min) as usize + 1);
    let mut total = 0.0;
    for k in k_min..=k_max {
        total += math::pow(f64::from(k.max(1)), -alpha);
        below.push(total);
    }
    let mut stubs = Vec::new();
    for node in 0..nodes {
        let drawn = rng.random::<f64>() * total;
        let degree = k_min + below.partition_point(|b| *b <= drawn).min(below.len() - 1) as u32;
        room(nodes, stubs.len() + degree as usize, "nodes", "degree")?;
        stubs.extend(std::iter::repeat_n(node, degree as usize));
    }
    for last in (1..stubs.len()).rev() {
        stubs.swap(last, rng.random_range(0..=last as u32) as usize);
    }
    let edges: Vec<(u32, u32)> = stubs.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    Ok(Csr::undirected(nodes, &edges))
}

/// Communities of these sizes, nodes numbered one after the other: every node has on average `inside` neighbors in
/// its own and `across` in the others (a stochastic block model by expected numbers of edges, at their cost).
pub fn communities(
    sizes: &[u32],
    inside: f64,
    across: f64,
    rng: &mut impl Rng,
) -> Result<Csr, Fault> {
    let nodes: u32 = sizes.iter().sum();
    let expected = f64::from(nodes) * (inside.max(0.0) + across.max(0.0));
    room(nodes, expected as usize, "nodes", "degree")?;
    let mut edges = Vec::with_capacity(expected as usize / 2 + 1);
    let mut first = 0;
    for &size in sizes {
        let near = (f64::from(size) * inside / 2.0).round() as usize;
        for _ in 0..if size > 1 { near } else { 0 } {
            let pair = (rng.random_range(0..size), rng.random_range(0..size));
            edges.push((first + pair.0, first + pair.1));
        }
        // Half an edge for each end: a partner outside, wherever it is.
        let far = (f64::from(size) * across / 2.0).round() as usize;
        for _ in 0..if nodes > size && size > 0 { far } else { 0 } {
            let other = rng.random_range(0..nodes - size);
            let other = if other < first { other } else { other + size };
            edges.push((first + rng.random_range(0..size), other));
        }
        first += size;
    }
    Ok(Csr::undirected(nodes, &edges))
}

/// As many directed edges, without loops and doubles, as asked for, all alike: the control beside a structured graph.
pub fn same_edges_random(nodes: u32, edges: usize, rng: &mut impl Rng) -> Result<Csr, Fault> {
    let all = u64::from(nodes) * u64::from(nodes.saturating_sub(1));
    room(nodes, edges, "nodes", "edges")?;
    if edges as u64 > all {
        return Err(Fault::Limit(format!(
            "{nodes} nodes have room for {all} edges, not for {edges}: more nodes or fewer edges would work."
        )));
    }
    // Place p of all ordered pairs; a row has one place less than there are nodes, as nobody follows itself.
    let pair = |place: u64| {
        let row = u64::from(nodes) - 1;
        let (from, to) = ((place / row) as u32, (place % row) as u32);
        (from, if to < from { to } else { to + 1 })
    };
    let mut left = edges as u64;
    if left * 2 > all {
        // Dense: each place in turn, with the chance that makes the number come out (Knuth's algorithm S).
        let mut chosen = Vec::with_capacity(edges);
        for place in 0..all {
            if rng.random_range(0..all - place) < left {
                chosen.push(pair(place));
                left -= 1;
            }
        }
        return Ok(Csr::directed(nodes, &chosen));
    }
    let mut chosen: Vec<u64> = Vec::with_capacity(edges);
    while chosen.len() < edges {
        let missing = edges - chosen.len();
        chosen.extend((0..missing).map(|_| rng.random_range(0..all)));
        chosen.sort_unstable();
        chosen.dedup();
    }
    Ok(Csr::directed(nodes, &chosen.into_iter().map(pair).collect::<Vec<_>>()))
}

/// A platform's opening: who follows which core users, and what everybody cares for.
#[derive(Clone, Debug, PartialEq)]
pub struct CorePeriphery {
    pub follows: Csr,
    /// [nodes, per_user]: topics of each user; a core user's own topic stands first, and again in the other places.
    pub topics: Vec<u16>,
    pub per_user: u32,
}

/// OASIS (section 3 and appendix E.2): the first `core` agents are core users, core user c has topic c mod `topics`;
/// everybody else draws `per_user` different topics and follows each core user of these with chance `p_follow`.
pub fn core_periphery(
    nodes: u32,
    core: u32,
    topics: u16,
    per_user: u32,
    p_follow: f64,
    rng: &mut impl Rng,
) -> Result<CorePeriphery, Fault> {
    let core = core.min(nodes);
    let count = u32::from(topics.max(1));
    let per_user = per_user.clamp(1, count);
    let mut own = Vec::with_capacity(nodes as usize * per_user as usize);
    let mut edges = Vec::new();
    for node in 0..core {
        own.extend(std::iter::repeat_n((node % count) as u16, per_user as usize));
    }
    for node in core..nodes {
        let first = own.len();
        while own.len() < first + per_user as usize {
            let topic = rng.random_range(0..count) as u16;
            if !own[first..].contains(&topic) {
                own.push(topic);
            }
        }
        for &topic in &own[first..] {
            let fans_of = u32::from(topic);
            let sources = core.saturating_sub(fans_of).div_ceil(count);
            for nth in agents::acting(sources, p_follow, rng) {
                edges.push((node, fans_of + nth * count));
            }
        }
        room(nodes, edges.len(), "nodes", "p_follow")?;
    }
    Ok(CorePeriphery { follows: Csr::directed(nodes, &edges), topics: own, per_user })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use rand_chacha::ChaCha8Rng;

    fn rng() -> ChaCha8Rng {
        Chance::new(3).stream(0, "population graph")
    }

    #[test]
    fn the_rules_of_topology_give_the_same_graph_here() {
        let small = topology::barabasi_albert(300, 3, &mut rng());
        assert_eq!(barabasi_albert(300, 3, &mut rng()).unwrap(), Csr::from(&small));
        let small = topology::watts_strogatz(300, 3, 0.1, &mut rng());
        assert_eq!(watts_strogatz(300, 3, 0.1, &mut rng()).unwrap(), Csr::from(&small));
    }

    #[test]
    fn degrees_of_the_configuration_model_follow_their_power() {
        let graph = config_powerlaw(40_000, 2.5, 2, 400, &mut rng()).unwrap();
        // E k = sum k^-1.5 / sum k^-2.5 over 2..=400.
        let (mut up, mut down) = (0.0, 0.0);
        for k in 2..=400u32 {
            up += math::pow(f64::from(k), -1.5);
            down += math::pow(f64::from(k), -2.5);
        }
        assert!((graph.mean_degree() / (up / down) - 1.0).abs() < 0.03, "{}", graph.mean_degree());
        let twos = (0..40_000).filter(|n| graph.degree(*n) == 2).count() as f64 / 40_000.0;
        assert!((twos - math::pow(2.0, -2.5) / down).abs() < 0.02, "{twos}");
        assert_eq!(graph.transposed(), graph);
    }

    #[test]
    fn communities_have_the_neighbors_asked_for_inside_and_across() {
        let graph = communities(&[3_000, 1_000], 8.0, 2.0, &mut rng()).unwrap();
        let across = graph.pairs().filter(|(a, b)| (*a < 3_000) != (*b < 3_000)).count() as f64;
        // 4,000 * 2 / 2 edges across, two directions each.
        assert!((across - 8_000.0).abs() < 120.0, "{across}");
        let inside = graph.edges() as f64 - across;
        assert!((inside - 32_000.0).abs() < 400.0, "{inside}");
        assert_eq!(communities(&[1], 5.0, 5.0, &mut rng()).unwrap().edges(), 0);
        assert_eq!(communities(&[], 5.0, 5.0, &mut rng()).unwrap().nodes(), 0);
    }

    #[test]
    fn the_control_has_exactly_as_many_edges_at_any_density() {
        for (nodes, edges) in [(50, 0), (50, 100), (50, 2_000), (50, 2_450), (2_000, 30_000)] {
            let graph = same_edges_random(nodes, edges, &mut rng()).unwrap();
            assert_eq!((graph.nodes(), graph.edges()), (nodes, edges));
        }
        assert!(same_edges_random(50, 2_451, &mut rng()).is_err());
        assert_eq!(same_edges_random(0, 0, &mut rng()).unwrap().nodes(), 0);
        let mut count = [0u32; 12];
        let mut rng = rng();
        for _ in 0..3_000 {
            for (a, b) in same_edges_random(4, 3, &mut rng).unwrap().pairs() {
                count[(a * 3 + if b > a { b - 1 } else { b }) as usize] += 1;
            }
        }
        // 750 each, standard deviation 24.
        assert!(count.iter().all(|c| c.abs_diff(750) < 105), "{count:?}");
    }

    #[test]
    fn everybody_follows_core_users_of_its_topics_with_the_chance_given() {
        let made = core_periphery(5_000, 40, 8, 2, 0.2, &mut rng()).unwrap();
        let topics = |node: u32| &made.topics[node as usize * 2..][..2];
        for (who, whom) in made.follows.pairs() {
            assert!(who >= 40 && whom < 40);
            assert!(topics(who).contains(&((whom % 8) as u16)), "{who} {whom}");
        }
        assert!((40..5_000).all(|node| topics(node)[0] != topics(node)[1]));
        // 4,960 users, 2 topics, 5 core users each, p = .2: 2 a user.
        let mean = made.follows.edges() as f64 / 4_960.0;
        assert!((mean - 2.0).abs() < 0.08, "{mean}");
        let all = core_periphery(100, 9, 4, 4, 1.0, &mut rng()).unwrap();
        assert_eq!(all.follows.edges(), 91 * 9);
        assert_eq!(core_periphery(5, 9, 1, 3, 0.5, &mut rng()).unwrap().follows.edges(), 0);
    }

    #[test]
    fn too_large_a_graph_is_refused_before_it_is_drawn() {
        assert!(barabasi_albert(1_000_000, 7, &mut rng()).is_err());
        assert!(watts_strogatz(1_000_000, 7, 0.1, &mut rng()).is_err());
        assert!(communities(&[900_000], 20.0, 0.0, &mut rng()).is_err());
        assert!(same_edges_random(1_000_000, 12_000_001, &mut rng()).is_err());
        assert!(config_powerlaw(1_000_000, 2.0, 50, 60, &mut rng()).is_err());
    }
}
