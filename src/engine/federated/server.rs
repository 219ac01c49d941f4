//! What the server makes of the updates that came. All rules fill `step`; `apply` then takes it.
//!
//! FedVARP: Jhunjhunwala et al., arXiv 2207.14130. FedStale: Rodio and Neglia, arXiv 2405.04171; its released code
//! (`utils/optim.py`, `history_tracker.py`) keeps the same memory.

use crate::tensor::kernels::add_scaled;
use lexicon::Fault;

/// A memory of updates above this is refused: a browser's tab has to live with it.
pub const MEMORY_BYTES_MAX: u64 = 256 << 20;

/// `w <- w - eta_s * step`.
pub fn apply(server: &mut [f32], step: &[f32], eta_s: f32) {
    add_scaled(server, -eta_s, step);
}

/// `step = sum over participants of factor_k * Delta_k`; `updates` is [participants, params].
/// Factors omega_k / p_k make it the unbiased FedAvg.
pub fn weighted(step: &mut [f32], updates: &[f32], factors: &[f32]) {
    step.fill(0.0);
    for (update, factor) in updates.chunks_exact(step.len()).zip(factors) {
        add_scaled(step, *factor, update);
    }
}

/// The plain mean of what came, however often each client comes: FedAvg as it is mostly run, with its bias towards
/// clients that are often there. Nobody came: no step.
pub fn mean(step: &mut [f32], updates: &[f32]) {
    let count = updates.len() / step.len();
    step.fill(0.0);
    for update in updates.chunks_exact(step.len()) {
        add_scaled(step, 1.0 / count as f32, update);
    }
}

/// Each client's last update, as the server remembers it: zeros before the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    params: usize,
    /// [clients, params].
    updates: Vec<f32>,
}

impl Memory {
    pub fn new(clients: u32, params: usize) -> Result<Self, Fault> {
        Self::fits(clients, params)?;
        Ok(Self { params, updates: vec![0.0; clients as usize * params] })
    }

    /// Whether a server may keep a column of weights for each client.
    pub fn fits(clients: u32, params: usize) -> Result<(), Fault> {
        let bytes = u64::from(clients) * params as u64 * 4;
        if bytes > MEMORY_BYTES_MAX {
            return Err(Fault::Limit(format!(
                "The server would have to remember {} MB of updates, the most is {} MB: lower clients or take a \
                 smaller net.",
                bytes >> 20,
                MEMORY_BYTES_MAX >> 20
            )));
        }
        Ok(())
    }

    pub fn bytes(&self) -> usize {
        self.updates.len() * 4
    }

    pub fn of(&self, client: u32) -> &[f32] {
        &self.updates[client as usize * self.params..][..self.params]
    }

    /// Takes in this round's updates, [participants, params].
    pub fn store(&mut self, participants: &[u32], updates: &[f32]) {
        for (&client, update) in participants.iter().zip(updates.chunks_exact(self.params)) {
            self.updates[client as usize * self.params..][..self.params].copy_from_slice(update);
        }
    }

    /// FedStale's second term: `stale = sum over all k of omega_k h_k - sum over participants of factor_k h_k`, with
    /// factor_k = omega_k / p_k. Its mean over participation is 0.
    pub fn stale(&self, stale: &mut [f32], omega: &[f32], participants: &[u32], factors: &[f32]) {
        stale.fill(0.0);
        for (update, omega) in self.updates.chunks_exact(self.params).zip(omega) {
            add_scaled(stale, *omega, update);
        }
        for (&client, factor) in participants.iter().zip(factors) {
            add_scaled(stale, -factor, self.of(client));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, normal};
    use crate::federated::Participation;

    const CLIENTS: u32 = 6;
    const PARAMS: usize = 5;

    fn updates(count: usize, place: u32) -> Vec<f32> {
        let mut rng = Chance::new(1).at("updates", &[place]);
        (0..count * PARAMS).map(|_| normal(&mut rng) as f32).collect()
    }

    /// `fresh + beta * stale` with equal weights.
    fn step(memory: &Memory, beta: f32, who: &[u32], came: &[f32], shares: &[f32]) -> Vec<f32> {
        let omega = [1.0 / CLIENTS as f32; CLIENTS as usize];
        let factors: Vec<f32> =
            who.iter().map(|&k| omega[k as usize] / shares[k as usize]).collect();
        let (mut fresh, mut stale) = (vec![0.0; PARAMS], vec![0.0; PARAMS]);
        weighted(&mut fresh, came, &factors);
        memory.stale(&mut stale, &omega, who, &factors);
        add_scaled(&mut fresh, beta, &stale);
        fresh
    }

    fn filled() -> Memory {
        let mut memory = Memory::new(CLIENTS, PARAMS).unwrap();
        memory.store(&[0, 1, 2, 3, 4, 5], &updates(6, 0));
        memory
    }

    #[test]
    fn fedvarp_at_full_participation_is_fedavg() {
        let (who, came) = ([0, 1, 2, 3, 4, 5], updates(6, 1));
        let varp = step(&filled(), 1.0, &who, &came, &[1.0; 6]);
        let mut average = vec![0.0; PARAMS];
        mean(&mut average, &came);
        for (a, b) in varp.iter().zip(&average) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn beta_0_is_unbiased_fedavg_bit_for_bit_and_beta_mixes_the_two_steps() {
        let (who, came, shares) = ([1, 4], updates(2, 2), [0.5; 6]);
        let mut fedavg = vec![0.0; PARAMS];
        weighted(&mut fedavg, &came, &[1.0 / 6.0 / 0.5; 2]);
        assert_eq!(step(&filled(), 0.0, &who, &came, &shares), fedavg);
        let varp = step(&filled(), 1.0, &who, &came, &shares);
        let mixed = step(&filled(), 0.3, &who, &came, &shares);
        for i in 0..PARAMS {
            assert!((mixed[i] - (0.7 * fedavg[i] + 0.3 * varp[i])).abs() < 1e-6);
        }
    }

    #[test]
    fn over_many_rounds_every_beta_takes_the_mean_step_of_all_clients() {
        let shares = [1.0, 1.0, 1.0, 0.25, 0.25, 0.25];
        let who = Participation::Bernoulli { shares: shares.map(f64::from).to_vec() };
        let all = updates(6, 3);
        let mut truth = vec![0.0; PARAMS];
        mean(&mut truth, &all);
        for beta in [0.0, 0.5, 1.0] {
            let mut average = [0.0; PARAMS];
            let mut came = Vec::new();
            const ROUNDS: u32 = 20_000;
            for round in 0..ROUNDS {
                who.draw(Chance::new(2), round, &mut came);
                let sent: Vec<f32> = came
                    .iter()
                    .flat_map(|&k| all[k as usize * PARAMS..][..PARAMS].to_vec())
                    .collect();
                let taken = step(&filled(), beta, &came, &sent, &shares);
                average.iter_mut().zip(taken).for_each(|(a, s)| *a += s / ROUNDS as f32);
            }
            for (a, b) in average.iter().zip(&truth) {
                assert!((a - b).abs() < 0.02, "beta {beta}: {a} {b}");
            }
        }
    }

    #[test]
    fn the_plain_mean_is_biased_towards_those_who_come() {
        let mut step = vec![0.0; 1];
        mean(&mut step, &[1.0, 3.0]);
        assert_eq!(step, [2.0]);
        mean(&mut step, &[]);
        assert_eq!(step, [0.0]);
    }

    #[test]
    fn a_memory_keeps_what_came_last_and_refuses_to_outgrow_a_tab() {
        let mut memory = filled();
        let before = memory.of(3).to_vec();
        memory.store(&[2], &updates(1, 9));
        assert_eq!((memory.of(2), memory.of(3)), (&updates(1, 9)[..], &before[..]));
        assert_eq!(memory.bytes(), 120);
        assert!(
            matches!(Memory::new(1_000, 1_000_000), Err(Fault::Limit(says)) if says.contains("clients"))
        );
    }
}
