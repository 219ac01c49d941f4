//! Who took an item on from whom: adoption logs, their shapes, and how far two curves lie apart.
//!
//! Scale, depth, maximal breadth: Vosoughi, Roy and Aral (Science 2018) and OASIS (arXiv 2411.11581, section 3.1).
//! Structural virality: Goel, Anderson, Hofman and Watts (Management Science 2016).

use rand::{Rng, RngExt};

/// "No parent": the entry is the root.
pub const ROOT: u32 = u32::MAX;

/// The adoption log of one item, in the order of adoption; entry 0 is the root. Columns are equally long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cascade {
    pub agent: Vec<u32>,
    /// In steps.
    pub time: Vec<u32>,
    /// The entry that it came from; `ROOT` for the root.
    pub parent: Vec<u32>,
    /// Hops from the root.
    pub depth: Vec<u32>,
    /// How often the adopter had met the item before it took it on.
    pub exposures: Vec<u32>,
    /// Adopters at each depth.
    pub breadth: Vec<u32>,
}

impl Cascade {
    /// The log with its root.
    pub fn begun(agent: u32, time: u32) -> Self {
        let mut log = Self::default();
        log.push(agent, time, ROOT, 0, 0);
        log
    }

    /// Adds an adopter and gives its entry; `parent` is an entry of this log. The caller keeps adopters distinct.
    pub fn add(&mut self, agent: u32, time: u32, parent: u32, exposures: u32) -> u32 {
        let depth = self.depth[parent as usize] + 1;
        self.push(agent, time, parent, depth, exposures)
    }

    fn push(&mut self, agent: u32, time: u32, parent: u32, depth: u32, exposures: u32) -> u32 {
        self.agent.push(agent);
        self.time.push(time);
        self.parent.push(parent);
        self.depth.push(depth);
        self.exposures.push(exposures);
        if self.breadth.len() <= depth as usize {
            self.breadth.push(0);
        }
        self.breadth[depth as usize] += 1;
        self.agent.len() as u32 - 1
    }

    /// Distinct adopters, the root among them.
    pub fn size(&self) -> u32 {
        self.agent.len() as u32
    }

    /// Most hops from the root.
    pub fn depth(&self) -> u32 {
        self.breadth.len().saturating_sub(1) as u32
    }

    /// Adopters at the depth that has most.
    pub fn max_breadth(&self) -> u32 {
        self.breadth.iter().copied().max().unwrap_or(0)
    }

    /// Steps from the first adoption to the last.
    pub fn duration(&self) -> u32 {
        let first = self.time.first().copied().unwrap_or(0);
        self.time.iter().max().map_or(0, |last| last - first)
    }

    /// Structural virality: the mean distance in the tree of two different adopters, over `pairs` drawn pairs.
    /// `None` where there are no two.
    pub fn virality(&self, pairs: u32, rng: &mut impl Rng) -> Option<f64> {
        let count = self.size();
        if count < 2 || pairs == 0 {
            return None;
        }
        let mut sum = 0u64;
        for _ in 0..pairs {
            let a = rng.random_range(0..count);
            let b = rng.random_range(0..count - 1);
            sum += u64::from(self.distance(a, b + u32::from(b >= a)));
        }
        Some(sum as f64 / f64::from(pairs))
    }

    /// Hops between two entries.
    pub fn distance(&self, mut a: u32, mut b: u32) -> u32 {
        let mut hops = 0;
        while a != b {
            if self.depth[a as usize] < self.depth[b as usize] {
                std::mem::swap(&mut a, &mut b);
            }
            a = self.parent[a as usize];
            hops += 1;
        }
        hops
    }
}

/// sqrt(mean (s - r)^2) / (max r - min r) over the common length. `None` where the reference is flat or empty.
pub fn normalized_rmse(seen: &[f64], reference: &[f64]) -> Option<f64> {
    let count = seen.len().min(reference.len());
    let reference = &reference[..count];
    let low = reference.iter().copied().fold(f64::INFINITY, f64::min);
    let high = reference.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let square: f64 = seen.iter().zip(reference).map(|(s, r)| (s - r) * (s - r)).sum();
    (high > low).then(|| (square / count as f64).sqrt() / (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    fn small() -> Cascade {
        let mut log = Cascade::begun(7, 0);
        let first = log.add(1, 1, 0, 1);
        log.add(2, 1, 0, 2);
        let third = log.add(3, 4, first, 1);
        log.add(4, 6, third, 1);
        log
    }

    #[test]
    fn a_log_knows_its_shape() {
        let log = small();
        assert_eq!((log.size(), log.depth(), log.max_breadth(), log.duration()), (5, 3, 2, 6));
        assert_eq!(log.breadth, [1, 2, 1, 1]);
        assert_eq!((log.distance(2, 4), log.distance(4, 1), log.distance(3, 3)), (4, 2, 0));
        let alone = Cascade::begun(0, 3);
        assert_eq!((alone.size(), alone.depth(), alone.max_breadth()), (1, 0, 1));
    }

    #[test]
    fn virality_is_the_mean_over_pairs() {
        let mut rng = Chance::new(1).at("pairs", &[]);
        let log = small();
        let pairs: Vec<u32> = (0..5)
            .flat_map(|a| (0..5).filter(move |b| *b != a).map(move |b| (a, b)))
            .map(|(a, b)| log.distance(a, b))
            .collect();
        let exact = f64::from(pairs.iter().sum::<u32>()) / pairs.len() as f64;
        let drawn = log.virality(20_000, &mut rng).unwrap();
        assert!((drawn - exact).abs() < 0.05, "{drawn} {exact}");
        let mut star = Cascade::begun(0, 0);
        (1..200).for_each(|agent| {
            star.add(agent, 1, 0, 1);
        });
        assert!((star.virality(500, &mut rng).unwrap() - 2.0).abs() < 0.05, "a star's is near 2");
        assert_eq!(Cascade::begun(0, 0).virality(500, &mut rng), None);
    }

    #[test]
    fn distance_of_curves_is_measured_in_the_height_of_the_reference() {
        assert_eq!(normalized_rmse(&[1.0, 3.0, 5.0], &[0.0, 2.0, 4.0]), Some(0.25));
        assert_eq!(normalized_rmse(&[1.0, 2.0], &[3.0, 3.0]), None);
        assert_eq!(normalized_rmse(&[], &[]), None);
    }
}
