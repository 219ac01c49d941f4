//! Who takes part in a round, and what the server believes about how often each client does.

use crate::chance::Chance;
use rand::RngExt;

#[derive(Clone, Debug, PartialEq)]
pub enum Participation {
    /// So many of all clients, without replacement.
    Uniform { clients: u32, participants: u32 },
    /// Each client by itself, with its own probability.
    Bernoulli { shares: Vec<f64> },
}

impl Participation {
    /// Clients in as many equally large groups as there are shares (the first groups are the larger ones), each group
    /// with its own probability.
    pub fn grouped(clients: u32, shares: &[f64]) -> Self {
        let size = clients.div_ceil(shares.len().max(1) as u32).max(1);
        let of = |client: u32| shares[((client / size) as usize).min(shares.len() - 1)];
        Participation::Bernoulli { shares: (0..clients).map(of).collect() }
    }

    /// This round's participants, ascending; possibly none. Fixed by seed and round alone, so all arms meet the same.
    pub fn draw(&self, chance: Chance, round: u32, out: &mut Vec<u32>) {
        out.clear();
        match self {
            Participation::Uniform { clients, participants } => {
                let mut rng = chance.at("who takes part", &[round]);
                let mut all: Vec<u32> = (0..*clients).collect();
                let count = (*participants).min(*clients) as usize;
                for i in 0..count {
                    let j = rng.random_range(i as u32..*clients) as usize;
                    all.swap(i, j);
                }
                out.extend(&all[..count]);
                out.sort_unstable();
            }
            Participation::Bernoulli { shares } => {
                let joins = |client: u32, share: f64| {
                    chance.at("who takes part", &[round, client]).random::<f64>() < share
                };
                out.extend(
                    (0..).zip(shares).filter(|&(c, share)| joins(c, *share)).map(|(c, _)| c),
                );
            }
        }
    }
}

/// FedAU's estimate of 1 / p from the past alone (arXiv 2306.03401), as in FedStale's `activity_estimator.py`: the
/// running mean length of the intervals between participations. It starts at 1, and an interval that reaches `cutoff`
/// rounds is closed as if the client had come.
#[derive(Clone, Debug, PartialEq)]
pub struct Intervals {
    cutoff: u32,
    weight: Vec<f64>,
    /// Intervals closed so far, and the length of the open one.
    closed: Vec<u32>,
    open: Vec<u32>,
}

impl Intervals {
    pub fn new(clients: u32, cutoff: u32) -> Self {
        let n = clients as usize;
        Self { cutoff, weight: vec![1.0; n], closed: vec![0; n], open: vec![0; n] }
    }

    /// The estimate of each client's 1 / p, from all rounds noted so far.
    pub fn weights(&self) -> &[f64] {
        &self.weight
    }

    /// Notes a round that is over. `participants` ascend.
    pub fn note(&mut self, participants: &[u32]) {
        for client in 0..self.weight.len() {
            self.open[client] += 1;
            let came = participants.binary_search(&(client as u32)).is_ok();
            if came || self.open[client] == self.cutoff {
                let closed = f64::from(self.closed[client]);
                let length = f64::from(self.open[client]);
                self.weight[client] = (closed * self.weight[client] + length) / (closed + 1.0);
                self.closed[client] += 1;
                self.open[client] = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_draws_so_many_distinct_clients_each_equally_often() {
        let who = Participation::Uniform { clients: 10, participants: 4 };
        let mut counts = [0; 10];
        let mut out = Vec::new();
        for round in 0..2_000 {
            who.draw(Chance::new(1), round, &mut out);
            assert_eq!(out.len(), 4);
            assert!(out.windows(2).all(|w| w[0] < w[1]));
            out.iter().for_each(|&c| counts[c as usize] += 1);
        }
        assert!(counts.iter().all(|c| (700..900).contains(c)), "{counts:?}");
    }

    #[test]
    fn bernoulli_groups_come_as_often_as_their_share_says() {
        let who = Participation::grouped(5, &[1.0, 0.1]);
        assert_eq!(who, Participation::Bernoulli { shares: vec![1.0, 1.0, 1.0, 0.1, 0.1] });
        let mut counts = [0; 5];
        let mut out = Vec::new();
        for round in 0..4_000 {
            who.draw(Chance::new(2), round, &mut out);
            out.iter().for_each(|&c| counts[c as usize] += 1);
        }
        assert_eq!(counts[..3], [4_000; 3]);
        assert!(counts[3..].iter().all(|c| (330..470).contains(c)), "{counts:?}");
    }

    #[test]
    fn an_interval_estimate_is_the_mean_gap_so_far() {
        let mut seen = Intervals::new(2, 1_000);
        assert_eq!(seen.weights(), [1.0, 1.0]);
        // Client 0 always comes. Client 1 comes in rounds 3 and 4 of 5: gaps 3 and 1.
        for participants in [&[0][..], &[0], &[0, 1], &[0, 1], &[0]] {
            seen.note(participants);
        }
        assert_eq!(seen.weights(), [1.0, 2.0]);
    }

    #[test]
    fn a_cutoff_closes_the_interval_of_a_client_that_never_comes() {
        let mut seen = Intervals::new(1, 10);
        (0..9).for_each(|_| seen.note(&[]));
        assert_eq!(seen.weights(), [1.0]);
        (0..91).for_each(|_| seen.note(&[]));
        assert_eq!(seen.weights(), [10.0]);
    }

    #[test]
    fn the_estimate_approaches_one_over_p() {
        let who = Participation::grouped(1, &[0.2]);
        let mut seen = Intervals::new(1, 1_000);
        let mut out = Vec::new();
        for round in 0..5_000 {
            who.draw(Chance::new(3), round, &mut out);
            seen.note(&out);
        }
        assert!((seen.weights()[0] - 5.0).abs() < 0.3, "{:?}", seen.weights());
    }
}
