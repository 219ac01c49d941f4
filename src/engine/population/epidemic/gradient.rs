//! The gradient through an epidemic: a reverse pass written by hand, in fixed order, over the tape of one run.
//!
//! The run as a program: b_i(t) = 1 where i's coin falls below p_i(t) = 1 - exp(-R(t) c_i x_i(t)), x the exposure, c
//! the receptivity; e_i(t) = S_i(t) o_i(t) b_i(t), where o = 0 for the isolated; S_i(t + 1) = S_i(t) - e_i(t); the
//! weight of i on day t is sum_a phi(a) e_i(t - a). Backwards every step is differentiated as it stands but one: the
//! Bernoulli draw, for which db/dp = 1 (straight-through: Bengio, Léonard and Courville 2013; AgentTorch). The program
//! is linear in each b, so over independent coins this is the gradient of the expectation; that p bends, so that a step
//! from 0 to 1 is less than its slope at 0, is what bias remains (a tenth too long, in the test below). Decisions to isolate are held as they were (no gradient through a
//! mind). With e = S o p instead of a draw the same pass is the exact gradient: the tests hold it to differences.

use super::{Disease, Isolation, PROFILE_DAYS, SUSCEPTIBLE, State, World, caught_by, spread};
use crate::math;
use crate::population::agents::Coins;

/// Bits of a tape's flags.
const IS_SUSCEPTIBLE: u8 = 1;
const IS_OPEN: u8 = 2;
const LANDS: u8 = 4;

/// Bytes that a tape takes for each agent and day.
pub const TAPE_BYTES: usize = 5;

/// What the reverse pass needs of a run: for each day and agent the exposure, and whether the agent was susceptible,
/// not isolated, and would have been caught.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    agents: usize,
    /// [days, agents]
    exposure: Vec<f32>,
    /// [days, agents]
    flags: Vec<u8>,
}

impl Tape {
    pub fn new(agents: u32) -> Self {
        Self { agents: agents as usize, ..Self::default() }
    }

    /// For the next run, without giving the memory back.
    pub fn clear(&mut self) {
        self.exposure.clear();
        self.flags.clear();
    }

    pub fn days(&self) -> usize {
        self.flags.len() / self.agents.max(1)
    }

    /// Writes down the day that is about to be drawn with these coins, for everybody.
    pub fn note(
        &mut self,
        world: &World,
        state: &State,
        r: f32,
        coins: Coins,
        isolation: Option<Isolation>,
    ) {
        self.exposure.extend_from_slice(&state.exposure);
        self.flags.extend((0..self.agents).map(|i| {
            let agent = i as u32;
            let lambda = r * world.receptivity[i] * state.exposure[i];
            let open =
                isolation.is_none_or(|x| !x.isolates(agent, world.age[i], state.sick_near[i]));
            let lands = lambda > 0.0 && caught_by(coins.unit(agent), lambda);
            let susceptible = state.stage[i] == SUSCEPTIBLE;
            (if susceptible { IS_SUSCEPTIBLE } else { 0 })
                | (if open { IS_OPEN } else { 0 })
                | (if lands { LANDS } else { 0 })
        }));
    }
}

/// Columns that the pass works on, kept from one to the next.
#[derive(Clone, Debug, Default)]
pub struct Reverse {
    /// Slope by S_i of the next day.
    of_susceptible: Vec<f32>,
    /// Slope by e_i today.
    of_caught: Vec<f32>,
    /// Slope by x_i today.
    of_exposure: Vec<f32>,
    /// [days of the interval + 1, agents]: slope by the weight of i on the days to come, a ring.
    of_weight: Vec<Vec<f32>>,
}

impl Reverse {
    /// Slopes of a loss by R of each day. `r`: R of each day; `of_count`: the loss's slope by the number exposed on
    /// each day; `of_left`: by the number leaving the infected stage on each day. All [days].
    pub fn run(
        &mut self,
        world: &World,
        disease: &Disease,
        tape: &Tape,
        r: &[f32],
        of_count: &[f32],
        of_left: &[f32],
    ) -> Vec<f64> {
        let bit = |flags: u8, bit: u8| if flags & bit > 0 { 1.0 } else { 0.0 };
        let values = |at: usize| {
            let flags = tape.flags[at];
            [bit(flags, IS_SUSCEPTIBLE), bit(flags, IS_OPEN), bit(flags, LANDS)]
        };
        self.run_over(world, disease, &tape.exposure, values, r, of_count, of_left)
    }

    /// `values(day * agents + agent)`: S, o and b (or p) of that day.
    fn run_over(
        &mut self,
        world: &World,
        disease: &Disease,
        exposure: &[f32],
        values: impl Fn(usize) -> [f32; 3],
        r: &[f32],
        of_count: &[f32],
        of_left: &[f32],
    ) -> Vec<f64> {
        let (agents, days) = (world.agents() as usize, r.len());
        let ring = PROFILE_DAYS as usize + 1;
        self.of_susceptible.clear();
        self.of_susceptible.resize(agents, 0.0);
        self.of_caught.resize(agents, 0.0);
        self.of_exposure.resize(agents, 0.0);
        self.of_weight.resize_with(ring, Vec::new);
        self.of_weight.iter_mut().for_each(|w| w.resize(agents, 0.0));
        let mut slopes = vec![0.0; days];
        for day in (0..days).rev() {
            // Who is caught today counts today, leaves one day, and weighs on the days between.
            let leaves = day + disease.days() as usize;
            self.of_caught.fill(of_count[day] + of_left.get(leaves).copied().unwrap_or(0.0));
            for (ahead, phi) in disease.weight.iter().enumerate().take(ring) {
                if *phi != 0.0 && day + ahead < days {
                    let later = &self.of_weight[(day + ahead) % ring];
                    self.of_caught.iter_mut().zip(later).for_each(|(sum, w)| *sum += phi * w);
                }
            }
            let mut slope = 0.0f64;
            for i in 0..agents {
                let [s, o, b] = values(day * agents + i);
                let x = exposure[day * agents + i];
                let of_e = self.of_caught[i] - self.of_susceptible[i];
                // de/dS = o b; de/dp = S o; dp/dlambda = exp(-lambda).
                self.of_susceptible[i] += o * b * of_e;
                if s * o == 0.0 {
                    self.of_exposure[i] = 0.0;
                    continue;
                }
                let c = world.receptivity[i];
                let open = if x == 0.0 { 1.0 } else { math::exp_f32(-(r[day] * c * x)) };
                let of_lambda = s * o * of_e * open;
                slope += f64::from(of_lambda * c * x);
                self.of_exposure[i] = of_lambda * r[day] * c;
            }
            slopes[day] = slope;
            // The graph is symmetric: the sum turned around is the same sum.
            let all = 0..agents as u32;
            spread::pull(&world.graph, &self.of_exposure, all, &mut self.of_weight[day % ring]);
        }
        slopes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::population::graph::communities;

    const AGENTS: u32 = 400;
    const DAYS: usize = 21;

    fn world() -> World {
        let mut rng = Chance::new(3).stream(0, "graph");
        let graph = communities(&[150, 250], 6.0, 2.0, &mut rng).unwrap();
        World::new(graph, (0..AGENTS).map(|i| (i % 9) as u8).collect())
    }

    /// The expected version: e = S o p, everything real. Numbers exposed each day, and the columns of the run.
    struct Smooth {
        count: Vec<f64>,
        exposure: Vec<f32>,
        values: Vec<[f32; 3]>,
    }

    fn smooth(world: &World, disease: &Disease, r: &[f32]) -> Smooth {
        let n = AGENTS as usize;
        let mut made = Smooth { count: Vec::new(), exposure: Vec::new(), values: Vec::new() };
        let mut s = vec![1.0f32; n];
        // [day, agent], day 0 the seeds.
        let mut caught = vec![vec![0.0f32; n]];
        for i in (0..n).step_by(25) {
            (s[i], caught[0][i]) = (0.0, 1.0);
        }
        for day in 1..=r.len() {
            let weight: Vec<f32> = (0..n)
                .map(|i| {
                    let days = 1..disease.weight.len().min(day + 1);
                    days.map(|a| disease.weight[a] * caught[day - a][i]).sum()
                })
                .collect();
            let mut x = vec![0.0; n];
            spread::pull(&world.graph, &weight, 0..AGENTS, &mut x);
            let mut e = vec![0.0; n];
            for i in 0..n {
                let p = 1.0 - math::exp_f32(-(r[day - 1] * world.receptivity[i] * x[i]));
                let o = if i % 5 == 0 { 0.4 } else { 1.0 };
                made.values.push([s[i], o, p]);
                e[i] = s[i] * o * p;
                s[i] -= e[i];
            }
            made.exposure.extend(&x);
            made.count.push(e.iter().map(|v| f64::from(*v)).sum());
            caught.push(e);
        }
        made
    }

    /// A loss with other slopes on every day, and one by those who leave.
    fn loss(count: &[f64], disease: &Disease, of_count: &[f32], of_left: &[f32]) -> f64 {
        (0..DAYS)
            .map(|day| {
                let left = of_left.get(day + disease.days() as usize).copied().unwrap_or(0.0);
                count[day] * f64::from(of_count[day] + left)
            })
            .sum()
    }

    #[test]
    fn the_reverse_pass_is_the_slope_of_the_expected_run() {
        let world = world();
        let disease = Disease::new(4, 5, 0.0);
        let r: Vec<f32> = (0..DAYS).map(|day| 4.0 - 0.1 * day as f32).collect();
        let of_count: Vec<f32> = (0..DAYS).map(|day| 1.0 + 0.05 * day as f32).collect();
        let of_left: Vec<f32> = (0..DAYS).map(|day| 0.3 * (day % 3) as f32).collect();
        let run = smooth(&world, &disease, &r);
        let values = |at: usize| run.values[at];
        let slopes = Reverse::default().run_over(
            &world,
            &disease,
            &run.exposure,
            values,
            &r,
            &of_count,
            &of_left,
        );
        for day in 0..DAYS {
            let at = |step: f32| {
                let mut moved = r.clone();
                moved[day] += step;
                loss(&smooth(&world, &disease, &moved).count, &disease, &of_count, &of_left)
            };
            let difference = (at(0.05) - at(-0.05)) / 0.1;
            let off = (slopes[day] - difference).abs();
            assert!(
                off < 2e-3 * difference.abs() + 2e-4,
                "day {day}: {} {difference}",
                slopes[day]
            );
        }
        assert!(slopes.iter().all(|s| *s > 0.0));
    }

    /// One drawn run with its tape.
    fn drawn(world: &World, disease: &Disease, r: &[f32], seed: u32, tape: &mut Tape) -> u32 {
        let mut state = State::new(AGENTS);
        (0..AGENTS).step_by(25).for_each(|i| state.seed(i));
        tape.clear();
        let (mut ill, mut left, mut total) = (Vec::new(), Vec::new(), 0);
        for day in 1..=DAYS as u32 {
            state.day = day;
            let coins = Coins::new(Chance::new(seed.into()).stream(day, "coins"));
            state.weigh(disease, 0..AGENTS);
            spread::push(&world.graph, &state.weight, 0..AGENTS, &mut state.exposure);
            tape.note(world, &state, r[day as usize - 1], coins, None);
            let mut caught = Vec::new();
            state.expose(world, r[day as usize - 1], coins, None, 0..AGENTS, &mut caught);
            state.take(&caught);
            total += caught.len() as u32;
            state.progress(disease, coins, 0..AGENTS, &mut ill, &mut left);
        }
        total
    }

    #[test]
    fn straight_through_drawn_runs_the_slope_is_near_that_of_the_mean_of_many() {
        let (world, disease) = (world(), Disease::new(5, 5, 0.0));
        let mut tape = Tape::new(AGENTS);
        let mut reverse = Reverse::default();
        let (r, more, less) = ([2.0f32; DAYS], [2.2f32; DAYS], [1.8f32; DAYS]);
        let runs = 600u32;
        let (mut slope, mut difference) = (0.0, 0.0);
        for seed in 0..runs {
            drawn(&world, &disease, &r, seed, &mut tape);
            let by_day = reverse.run(&world, &disease, &tape, &r, &[1.0; DAYS], &[0.0; DAYS]);
            slope += by_day.iter().sum::<f64>();
            // The same coins on both sides.
            difference += f64::from(drawn(&world, &disease, &more, seed, &mut tape))
                - f64::from(drawn(&world, &disease, &less, seed, &mut tape));
        }
        let (slope, difference) = (slope / f64::from(runs), difference / (0.4 * f64::from(runs)));
        // The slope at an agent's 0 or 1 stands for the step from 0 to 1. One infected hands each of 8 contacts a
        // lambda of .087 in all, so a step is 4 % less than its slope, a generation, and there are a few of them.
        let bias = slope / difference;
        assert!((1.0..1.25).contains(&bias), "{slope} {difference}");
    }

    #[test]
    fn the_pass_gives_the_same_bits_again() {
        let (world, disease) = (world(), Disease::new(5, 5, 0.0));
        let (mut tape, r) = (Tape::new(AGENTS), [3.0f32; DAYS]);
        drawn(&world, &disease, &r, 1, &mut tape);
        assert_eq!(tape.days(), DAYS);
        let mut reverse = Reverse::default();
        let mut run = || reverse.run(&world, &disease, &tape, &r, &[1.0; DAYS], &[0.0; DAYS]);
        assert_eq!(run(), run());
    }
}
