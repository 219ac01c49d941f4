//! What a participant does in a round, and what it costs.

use crate::chance::Chance;
use crate::data::Dataset;
use crate::tensor::stacked::{Batches, Stacked, Terms};
use lexicon::Fault;
use rand::RngExt;

/// K steps of plain SGD on batches drawn with replacement from the client's own samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalSgd {
    /// K.
    pub steps: u32,
    /// b, samples a step.
    pub batch: u32,
    /// eta_l.
    pub rate: f32,
}

/// Counted work of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    /// Samples that went forward and backward, each time anew.
    pub samples_seen: u64,
    /// Columns of weights sent to the server, and from it.
    pub uploads: u64,
    pub downloads: u64,
}

impl Counters {
    /// Both ways, 4 bytes a weight.
    pub fn bytes(&self, params: usize) -> u64 {
        (self.uploads + self.downloads) * params as u64 * 4
    }
}

impl LocalSgd {
    /// The batches of these clients in this round: `holds[client]` are its samples. Each client's draws stand at an
    /// address of their own (client, round), so they do not depend on who else takes part.
    pub fn draw(
        &self,
        holds: &[Vec<u32>],
        clients: &[u32],
        chance: Chance,
        round: u32,
        out: &mut Batches,
    ) {
        out.clear();
        for &client in clients {
            let own = &holds[client as usize];
            let mut rng = chance.at("local batches", &[client, round]);
            let size = if own.is_empty() { 0 } else { self.batch };
            for _ in 0..self.steps {
                out.push((0..size).map(|_| own[rng.random_range(0..own.len() as u32) as usize]));
            }
        }
    }

    /// Every client's steps from the server's weights; `updates` becomes [clients, params], server - client.
    pub async fn work(
        &self,
        stacked: &mut impl Stacked,
        data: &Dataset,
        batches: &Batches,
        server: &[f32],
        updates: &mut Vec<f32>,
    ) -> Result<(), Fault> {
        updates.clear();
        for _ in 0..batches.clients() {
            updates.extend_from_slice(server);
        }
        stacked.descend(data, batches, self.rate, updates).await?;
        for update in updates.chunks_exact_mut(server.len()) {
            for (local, server) in update.iter_mut().zip(server) {
                *local = server - *local;
            }
        }
        Ok(())
    }

    /// The same for a server that forgets who sent what: `step` becomes the sum over clients of factor * update, to
    /// the bit what `work` and `server::weighted` give on the CPU.
    pub async fn pull(
        &self,
        stacked: &mut impl Stacked,
        data: &Dataset,
        batches: &Batches,
        server: &[f32],
        factors: &[f32],
        step: &mut [f32],
    ) -> Result<(), Fault> {
        let plain = Terms::default();
        stacked.pull(data, batches, self.rate, plain, server, factors, step).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits8;
    use crate::tensor::Net;
    use crate::tensor::stacked::{Fused, ready};

    #[test]
    fn a_clients_batches_are_its_own_and_do_not_depend_on_who_else_comes() {
        let holds = vec![vec![1, 2, 3], vec![10, 11], vec![]];
        let sgd = LocalSgd { steps: 3, batch: 4, rate: 0.1 };
        let (mut all, mut one) = (Batches::new(3), Batches::new(3));
        sgd.draw(&holds, &[0, 1, 2], Chance::new(1), 7, &mut all);
        sgd.draw(&holds, &[1], Chance::new(1), 7, &mut one);
        assert_eq!((all.clients(), one.clients()), (3, 1));
        for step in 0..3 {
            assert_eq!(all.batch(1, step), one.batch(0, step));
            assert!(all.batch(0, step).iter().all(|s| holds[0].contains(s)));
            assert_eq!((all.batch(0, step).len(), all.batch(2, step).len()), (4, 0));
        }
        sgd.draw(&holds, &[1], Chance::new(1), 8, &mut all);
        assert_ne!(all, one);
    }

    #[test]
    fn pulling_is_to_the_bit_working_and_weighing() {
        let data = digits8();
        let net = Net::mlp(64, 10);
        let server = net.init(Chance::new(1));
        let sgd = LocalSgd { steps: 3, batch: 8, rate: 0.5 };
        let mut batches = Batches::new(3);
        let holds: Vec<Vec<u32>> =
            (0..4).map(|c| (c * 100..c * 100 + 40 * (c % 3)).collect()).collect();
        sgd.draw(&holds, &[0, 1, 2, 3], Chance::new(1), 1, &mut batches);
        let (factors, mut fused) = ([0.3, 1.7, 0.1, 2.0], Fused::new(net));
        let (mut updates, mut apart) = (Vec::new(), vec![0.0; server.len()]);
        let mut pulled = apart.clone();
        ready(sgd.work(&mut fused, &data, &batches, &server, &mut updates)).unwrap();
        crate::federated::server::weighted(&mut apart, &updates, &factors);
        ready(sgd.pull(&mut fused, &data, &batches, &server, &factors, &mut pulled)).unwrap();
        assert_eq!(apart, pulled);
    }

    #[test]
    fn one_step_of_one_client_is_the_rate_times_the_gradient() {
        let data = digits8();
        let net = Net::mlp(64, 10);
        let server = net.init(Chance::new(1));
        let sgd = LocalSgd { steps: 1, batch: 8, rate: 0.5 };
        let mut batches = Batches::new(1);
        sgd.draw(&[(0..100).collect()], &[0], Chance::new(1), 1, &mut batches);
        let mut fused = Fused::new(net);
        let (mut update, mut gradient) = (Vec::new(), vec![0.0; server.len()]);
        ready(sgd.work(&mut fused, &data, &batches, &server, &mut update)).unwrap();
        ready(fused.gradients(&data, &batches, 0, &server, &mut gradient)).unwrap();
        for (update, gradient) in update.iter().zip(&gradient) {
            assert!((update - 0.5 * gradient).abs() < 1e-6);
        }
    }
}
