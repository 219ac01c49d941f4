//! Follow edges that come while a platform runs.

use super::Csr;

/// No further entry.
const END: u32 = u32::MAX;

/// A frozen graph and the edges made since, which are merged into it when they exceed a tenth of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follows {
    frozen: Csr,
    /// (who, whom, the same node's entry before this one)
    log: Vec<(u32, u32, u32)>,
    /// Each node's newest entry in the log.
    newest: Vec<u32>,
    /// In-degree of each node, log included.
    followers: Vec<u32>,
}

impl Follows {
    pub fn new(frozen: Csr) -> Self {
        let followers = super::in_degrees(&frozen);
        let newest = vec![END; frozen.nodes() as usize];
        Self { frozen, log: Vec::new(), newest, followers }
    }

    /// `who` follows `whom` from now on. False if it did already, is itself, or either is nobody.
    pub fn follow(&mut self, who: u32, whom: u32) -> bool {
        let nodes = self.frozen.nodes();
        if who == whom || who >= nodes || whom >= nodes || self.has(who, whom) {
            return false;
        }
        let entry = self.log.len() as u32;
        self.log.push((who, whom, self.newest[who as usize]));
        self.newest[who as usize] = entry;
        self.followers[whom as usize] += 1;
        // Never for the first few: small graphs would merge at every edge.
        if self.log.len() * 10 > self.frozen.edges().max(640) {
            self.merge();
        }
        true
    }

    pub fn has(&self, who: u32, whom: u32) -> bool {
        self.frozen.has(who, whom) || self.logged(who).any(|other| other == whom)
    }

    /// Whom a node follows: the frozen ones in rising order, then the new ones, the newest first.
    pub fn following(&self, who: u32) -> impl Iterator<Item = u32> + '_ {
        self.frozen.row(who).iter().copied().chain(self.logged(who))
    }

    fn logged(&self, who: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = self.newest[who as usize];
        std::iter::from_fn(move || {
            let (_, whom, before) = *self.log.get(at as usize)?;
            at = before;
            Some(whom)
        })
    }

    pub fn nodes(&self) -> u32 {
        self.frozen.nodes()
    }

    pub fn edges(&self) -> usize {
        self.frozen.edges() + self.log.len()
    }

    /// In-degrees, always up to date.
    pub fn followers(&self) -> &[u32] {
        &self.followers
    }

    /// The log goes into the frozen part.
    pub fn merge(&mut self) -> &Csr {
        if !self.log.is_empty() {
            let mut edges: Vec<(u32, u32)> = self.frozen.pairs().collect();
            edges.extend(self.log.iter().map(|(who, whom, _)| (*who, *whom)));
            self.frozen = Csr::directed(self.frozen.nodes(), &edges);
            self.log.clear();
            self.newest.fill(END);
        }
        &self.frozen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use rand::RngExt;
    use std::collections::BTreeSet;

    #[test]
    fn new_edges_count_at_once_and_survive_every_merge() {
        let mut rng = Chance::new(4).stream(0, "follows");
        let start: Vec<(u32, u32)> =
            (0..300).map(|_| (rng.random_range(0..60), rng.random_range(0..60))).collect();
        let mut follows = Follows::new(Csr::directed(60, &start));
        let mut naive: BTreeSet<(u32, u32)> = start.into_iter().filter(|(a, b)| a != b).collect();
        for _ in 0..900 {
            let (who, whom) = (rng.random_range(0..60), rng.random_range(0..60));
            assert_eq!(follows.follow(who, whom), who != whom && naive.insert((who, whom)));
            assert!(who == whom || follows.has(who, whom));
            assert_eq!(follows.edges(), naive.len());
        }
        for node in 0..60 {
            let own: BTreeSet<(u32, u32)> = follows.following(node).map(|v| (node, v)).collect();
            assert_eq!(own, naive.iter().filter(|(u, _)| *u == node).copied().collect());
            let count = naive.iter().filter(|(_, v)| *v == node).count();
            assert_eq!(follows.followers()[node as usize] as usize, count);
        }
        let merged: Vec<(u32, u32)> = follows.merge().pairs().collect();
        assert_eq!(merged, naive.into_iter().collect::<Vec<_>>());
        assert!(!follows.follow(0, 60) && !follows.follow(60, 0) && !follows.follow(5, 5));
    }
}
