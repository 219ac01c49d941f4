//! The local work of a round: walks of many clients from the same weights, step by step, all at once.

use engine::data::Dataset;
use engine::tensor::kernels::{add_scaled, dot};
use engine::tensor::stacked::{Batches, Local, Stacked};
use lexicon::Fault;

/// Miners whose paths are kept for the picture.
pub const PATHS_MAX: usize = 20;

/// A miner whose direction grew by more than this stops its steps early.
const GROWTH_MAX: f64 = 1_000.0;

/// Which way a step goes.
#[derive(Clone, Copy)]
pub enum Way<'a> {
    /// The batch's own gradient: FedAvg.
    Plain,
    /// Gradient - c_k + c (SCAFFOLD); the caches of all clients [clients, params] and their mean.
    Controlled { caches: &'a [f32], center: &'a [f32] },
    /// The direction so far, corrected by how much the batch's gradient changed with the last step (FedAMD's miners).
    Recursive { opening: &'a [f32] },
    /// The same, after a first step along the last global direction, corrected by how much the client's large-batch
    /// gradient changed with the server's last step (FedPAGE). `large` is each client's large batch.
    Paged { direction: &'a [f32], last: &'a [f32], large: &'a Batches },
}

/// Buffers of the walks of one round, each [walkers, params].
#[derive(Default)]
pub struct Walk {
    /// Where everyone stands.
    pub at: Vec<f32>,
    before: Vec<f32>,
    direction: Vec<f32>,
    slope: Vec<f32>,
    slope_before: Vec<f32>,
    /// Who stopped early.
    pub stopped: Vec<bool>,
    /// For the first walkers: `place - start`, step by step.
    pub paths: Vec<Vec<f32>>,
}

impl Walk {
    /// Walks `who` through their batches from `start`. Afterwards `at` holds where they ended.
    pub async fn go(
        &mut self,
        stacked: &mut Local,
        data: &Dataset,
        batches: &Batches,
        who: &[u32],
        start: &[f32],
        rate: f32,
        way: Way<'_>,
    ) -> Result<(), Fault> {
        let size = who.len() * start.len();
        self.at.clear();
        who.iter().for_each(|_| self.at.extend_from_slice(start));
        self.before.clone_from(&self.at);
        for buffer in [&mut self.direction, &mut self.slope, &mut self.slope_before] {
            buffer.clear();
            buffer.resize(size, 0.0);
        }
        self.stopped.clear();
        self.stopped.resize(who.len(), false);
        self.paths.truncate(who.len().min(PATHS_MAX));
        self.paths.iter_mut().for_each(Vec::clear);
        self.paths.resize(who.len().min(PATHS_MAX), Vec::new());
        let opening_length = self.open(stacked, data, start, way).await?;
        if let Way::Paged { .. } = way {
            self.advance(start, rate);
        }
        for step in 0..batches.steps() {
            match way {
                Way::Plain => {
                    stacked.gradients(data, batches, step, &self.at, &mut self.direction).await?;
                }
                Way::Controlled { caches, center } => {
                    stacked.gradients(data, batches, step, &self.at, &mut self.direction).await?;
                    self.control(who, caches, center);
                }
                Way::Recursive { .. } | Way::Paged { .. } => {
                    // Before the first move both gradients are at the same place and cancel.
                    if self.at != self.before {
                        self.correct(stacked, data, batches, step).await?;
                        self.stop_the_wild(opening_length);
                    }
                }
            }
            self.advance(start, rate);
        }
        Ok(())
    }

    /// The direction before the first step, for the recursive ways, and its length.
    async fn open(
        &mut self,
        stacked: &mut Local,
        data: &Dataset,
        start: &[f32],
        way: Way<'_>,
    ) -> Result<f64, Fault> {
        let opening = match way {
            Way::Plain | Way::Controlled { .. } => return Ok(0.0),
            Way::Recursive { opening } => opening,
            Way::Paged { direction, .. } => direction,
        };
        for direction in self.direction.chunks_exact_mut(start.len()) {
            direction.copy_from_slice(opening);
        }
        if let Way::Paged { last, large, .. } = way {
            for before in self.before.chunks_exact_mut(start.len()) {
                before.copy_from_slice(last);
            }
            self.correct(stacked, data, large, 0).await?;
        }
        Ok(dot(opening, opening).sqrt())
    }

    /// g <- g - grad(before; batch) + grad(at; batch).
    async fn correct(
        &mut self,
        stacked: &mut Local,
        data: &Dataset,
        batches: &Batches,
        step: usize,
    ) -> Result<(), Fault> {
        stacked.gradients(data, batches, step, &self.at, &mut self.slope).await?;
        stacked.gradients(data, batches, step, &self.before, &mut self.slope_before).await?;
        add_scaled(&mut self.direction, -1.0, &self.slope_before);
        add_scaled(&mut self.direction, 1.0, &self.slope);
        Ok(())
    }

    /// g <- g - c_k + c.
    fn control(&mut self, who: &[u32], caches: &[f32], center: &[f32]) {
        let params = center.len();
        for (direction, &client) in self.direction.chunks_exact_mut(params).zip(who) {
            add_scaled(direction, -1.0, &caches[client as usize * params..][..params]);
            add_scaled(direction, 1.0, center);
        }
    }

    fn stop_the_wild(&mut self, opening_length: f64) {
        let params = self.direction.len() / self.stopped.len().max(1);
        // A cache of zeros (nothing to follow) sets no scale.
        let most = GROWTH_MAX * if opening_length > 0.0 { opening_length } else { 1.0 };
        for (stopped, direction) in self.stopped.iter_mut().zip(self.direction.chunks_exact(params))
        {
            let length = dot(direction, direction).sqrt();
            *stopped |= length > most || !length.is_finite();
        }
    }

    /// x <- x - rate * g, for who has not stopped.
    fn advance(&mut self, start: &[f32], rate: f32) {
        let params = start.len();
        self.before.copy_from_slice(&self.at);
        let all = self.at.chunks_exact_mut(params).zip(self.direction.chunks_exact(params));
        for ((at, direction), stopped) in all.zip(&self.stopped) {
            if !stopped {
                add_scaled(at, -rate, direction);
            }
        }
        for (path, at) in self.paths.iter_mut().zip(self.at.chunks_exact(params)) {
            path.extend(at.iter().zip(start).map(|(at, start)| at - start));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::chance::Chance;
    use engine::data::digits8;
    use engine::run::block_on;
    use engine::tensor::Net;

    struct Bench {
        data: Dataset,
        stacked: Local,
        start: Vec<f32>,
        batches: Batches,
    }

    /// Two walkers with three batches each.
    fn bench(steps: usize) -> Bench {
        let net = Net::mlp(64, 10);
        let mut batches = Batches::new(steps);
        (0..2 * steps as u32).for_each(|i| batches.push(i * 40..i * 40 + 20));
        Bench {
            data: digits8(),
            start: net.init(Chance::new(1)),
            stacked: Local::new(net, None),
            batches,
        }
    }

    fn walk(bench: &mut Bench, way: Way<'_>) -> Walk {
        let mut walk = Walk::default();
        let Bench { data, stacked, start, batches } = bench;
        block_on(walk.go(stacked, data, batches, &[0, 1], start, 0.1, way)).unwrap();
        walk
    }

    #[test]
    fn a_miners_first_step_is_exactly_the_direction_that_it_was_sent() {
        let mut bench = bench(1);
        let opening: Vec<f32> = bench.start.iter().map(|w| w * 0.5 + 0.01).collect();
        let walk = walk(&mut bench, Way::Recursive { opening: &opening });
        let mut expected = bench.start.clone();
        add_scaled(&mut expected, -0.1, &opening);
        for at in walk.at.chunks_exact(expected.len()) {
            assert_eq!(at, expected);
        }
    }

    #[test]
    fn a_plain_walk_is_the_stacked_descent_step_by_step() {
        let mut bench = bench(3);
        let walk = walk(&mut bench, Way::Plain);
        let mut descended = bench.start.repeat(2);
        block_on(bench.stacked.descend(&bench.data, &bench.batches, 0.1, &mut descended)).unwrap();
        assert_eq!(walk.at, descended);
        // The path's last place is the end.
        let params = bench.start.len();
        let last = &walk.paths[1][2 * params..];
        for i in 0..params {
            assert_eq!(last[i], descended[params + i] - bench.start[i]);
        }
    }

    #[test]
    fn on_one_batch_the_recursive_walk_with_that_batchs_gradient_is_plain_descent() {
        // The corrections telescope: g_s is the gradient at x_s itself.
        let mut bench = bench(4);
        bench.batches.clear();
        (0..8).for_each(|_| bench.batches.push(0..50));
        let mut gradients = vec![0.0; 2 * bench.start.len()];
        let both = bench.start.repeat(2);
        let Bench { data, stacked, batches, .. } = &mut bench;
        block_on(stacked.gradients(data, batches, 0, &both, &mut gradients)).unwrap();
        let opening = gradients[..bench.start.len()].to_vec();
        let recursive = walk(&mut bench, Way::Recursive { opening: &opening });
        let plain = walk(&mut bench, Way::Plain);
        for (a, b) in recursive.at.iter().zip(&plain.at) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }

    #[test]
    fn controls_of_zero_leave_scaffold_a_plain_walk() {
        let mut bench = bench(2);
        let (caches, center) = (vec![0.0; 2 * bench.start.len()], vec![0.0; bench.start.len()]);
        let controlled = walk(&mut bench, Way::Controlled { caches: &caches, center: &center });
        let plain = walk(&mut bench, Way::Plain);
        assert_eq!(controlled.at, plain.at);
    }

    #[test]
    fn a_direction_that_grows_a_thousandfold_stops_its_miner() {
        let mut bench = bench(3);
        let tiny: Vec<f32> = (0..bench.start.len()).map(|_| 1e-7).collect();
        let mut walk = Walk::default();
        let Bench { data, stacked, start, batches } = &mut bench;
        block_on(walk.go(
            stacked,
            data,
            batches,
            &[0, 1],
            start,
            3e5,
            Way::Recursive { opening: &tiny },
        ))
        .unwrap();
        assert!(walk.stopped.iter().all(|s| *s));
        assert!(walk.at.iter().all(|w| w.is_finite()));
    }
}
