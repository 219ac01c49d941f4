//! Agreement by averaging with neighbors: DeGroot's learning (1974), and average consensus with Metropolis weights
//! (Xiao and Boyd 2004), which ends at the plain mean of what was held at first.

/// Row-stochastic weights, `[agents, agents]` row by row: how much row i listens to column j.
#[derive(Clone, Debug, PartialEq)]
pub struct Trust {
    agents: usize,
    weight: Vec<f64>,
}

impl Trust {
    /// Rows are scaled to sum up to 1; a row of zeros listens to itself alone.
    pub fn new(agents: usize, mut weight: Vec<f64>) -> Self {
        assert_eq!(weight.len(), agents * agents, "trust is agents times agents");
        for (i, row) in weight.chunks_exact_mut(agents.max(1)).enumerate() {
            let sum: f64 = row.iter().sum();
            if sum > 0.0 {
                row.iter_mut().for_each(|w| *w /= sum);
            } else {
                row[i] = 1.0;
            }
        }
        Self { agents, weight }
    }

    /// Metropolis weights of an undirected graph: 1 / (1 + the larger degree), the rest to oneself. Symmetric, so the
    /// mean is kept. Pairs may be given in either direction or both.
    pub fn metropolis(agents: usize, edges: &[(u32, u32)]) -> Self {
        let mut near = vec![false; agents * agents];
        for (a, b) in edges.iter().filter(|(a, b)| a != b) {
            near[*a as usize * agents + *b as usize] = true;
            near[*b as usize * agents + *a as usize] = true;
        }
        let degree = |i: usize| near[i * agents..(i + 1) * agents].iter().filter(|n| **n).count();
        let degrees: Vec<usize> = (0..agents).map(degree).collect();
        let mut weight = vec![0.0; agents * agents];
        for i in 0..agents {
            for j in (0..agents).filter(|j| near[i * agents + j]) {
                weight[i * agents + j] = 1.0 / (1.0 + degrees[i].max(degrees[j]) as f64);
            }
            let others: f64 = weight[i * agents..(i + 1) * agents].iter().sum();
            weight[i * agents + i] = 1.0 - others;
        }
        Self { agents, weight }
    }

    /// One sweep: everybody takes the weighted mean of what was held before. `next` is room for the result.
    pub fn sweep(&self, held: &mut Vec<f64>, next: &mut Vec<f64>) {
        next.clear();
        next.extend(self.weight.chunks_exact(self.agents.max(1)).map(|row| {
            row.iter().zip(held.iter()).map(|(weight, value)| weight * value).sum::<f64>()
        }));
        std::mem::swap(held, next);
    }

    /// Influence of each agent on what all agree on in the end: the left eigenvector, by power iteration; none if it has not settled (a periodic or divided society).
    pub fn influence(&self, sweeps_max: u32) -> Option<Vec<f64>> {
        let n = self.agents;
        let mut share = vec![1.0 / n.max(1) as f64; n];
        for _ in 0..sweeps_max {
            let next: Vec<f64> =
                (0..n).map(|j| (0..n).map(|i| share[i] * self.weight[i * n + j]).sum()).collect();
            let moved: f64 = share.iter().zip(&next).map(|(a, b)| (a - b).abs()).sum();
            share = next;
            if moved < 1e-12 {
                return Some(share);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(trust: &Trust, mut held: Vec<f64>) -> Vec<f64> {
        let mut next = Vec::new();
        (0..2000).for_each(|_| trust.sweep(&mut held, &mut next));
        held
    }

    #[test]
    fn metropolis_weights_end_at_the_mean_on_any_connected_graph() {
        let trust = Trust::metropolis(5, &[(0, 1), (1, 2), (2, 3), (3, 4), (1, 3)]);
        for value in settle(&trust, vec![1.0, 2.0, 3.0, 4.0, 10.0]) {
            assert!((value - 4.0).abs() < 1e-9);
        }
    }

    #[test]
    fn degroots_society_ends_at_the_opinions_weighted_by_influence() {
        let trust = Trust::new(3, vec![0.0, 0.5, 0.5, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        // s1 = s2, s2 = s1/2 + s3, s3 = s1/2: (2, 2, 1) / 5.
        let influence = trust.influence(10_000).unwrap();
        for (share, expected) in influence.iter().zip([0.4, 0.4, 0.2]) {
            assert!((share - expected).abs() < 1e-9, "{influence:?}");
        }
        let end = settle(&trust, vec![1.0, 0.0, 0.0]);
        assert!(end.iter().all(|v| (v - 0.4).abs() < 1e-9), "{end:?}");
    }

    #[test]
    fn islands_keep_their_own_means() {
        let trust = Trust::metropolis(4, &[(0, 1), (2, 3)]);
        let end = settle(&trust, vec![0.0, 2.0, 10.0, 20.0]);
        assert!((end[0] - 1.0).abs() < 1e-9 && (end[3] - 15.0).abs() < 1e-9);
    }

    #[test]
    fn who_listens_to_nobody_stays() {
        let trust = Trust::new(2, vec![0.0, 0.0, 1.0, 1.0]);
        let end = settle(&trust, vec![3.0, 7.0]);
        assert!((end[0] - 3.0).abs() < 1e-12 && (end[1] - 3.0).abs() < 1e-6);
    }
}
