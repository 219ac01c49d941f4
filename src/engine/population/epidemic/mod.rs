//! An epidemic over a contact graph: stages susceptible, exposed, infected, recovered, dead (SEIRM), as AgentTorch's
//! covid model has it (Large Population Models, 2025; repository, `models/covid/substeps`).
//!
//! An edge j -> i carries, on day t, lambda_ij = R(t) SS[age_i] SI[stage_j] G(t - t_j - 1) / I_i, where t_j is the day
//! on which j was exposed and I_i the number of contacts of i; p_i = 1 - exp(-sum_j lambda_ij). What depends on j
//! alone is j's *weight*, what depends on i alone its *receptivity*; so a day is one sum of weights over neighbors
//! (`spread`), which is all that touches the graph, and a draw of every exposed agent's own coin.

pub mod gradient;
pub mod spread;

use super::agents::Coins;
use super::graph::Csr;
use crate::math;
use std::ops::Range;

pub const SUSCEPTIBLE: u8 = 0;
pub const EXPOSED: u8 = 1;
pub const INFECTED: u8 = 2;
pub const RECOVERED: u8 = 3;
pub const DEAD: u8 = 4;
pub const STAGES: usize = 5;

/// SS: susceptibility of the nine age groups (repository, `yamls/config.yaml`).
pub const SUSCEPTIBILITY: [f32; 9] = [0.35, 0.69, 1.03, 1.03, 1.03, 1.03, 1.27, 1.52, 1.52];
/// SI: infectiousness by stage (the same place).
pub const INFECTIOUSNESS: [f32; STAGES] = [0.0, 0.33, 0.72, 0.0, 0.0];
/// Days over which the generation interval G is spread.
pub const PROFILE_DAYS: u32 = 10;
/// Gamma of the generation interval: shape and rate (configuration: scale 5.5, rate 2.4).
const SHAPE: f64 = 5.5;
const RATE: f64 = 2.4;

/// The course of the disease in one agent.
#[derive(Clone, Debug, PartialEq)]
pub struct Disease {
    pub exposed_days: u32,
    pub infected_days: u32,
    /// Share of those leaving the infected stage that die.
    pub mortality: f32,
    /// [days since exposure]: SI[stage] G(days - 1), from 0 (the day of exposure itself: nothing) to the last day ill.
    pub weight: Vec<f32>,
}

impl Disease {
    pub fn new(exposed_days: u32, infected_days: u32, mortality: f64) -> Self {
        let interval = generation_interval();
        let weight = (0..=exposed_days + infected_days)
            .map(|days| {
                let stage = if days <= exposed_days { EXPOSED } else { INFECTED };
                let share = days.checked_sub(1).and_then(|k| interval.get(k as usize));
                INFECTIOUSNESS[stage as usize] * share.map_or(0.0, |g| *g as f32)
            })
            .collect();
        Self { exposed_days, infected_days, mortality: mortality as f32, weight }
    }

    /// Days from exposure to recovery or death.
    pub fn days(&self) -> u32 {
        self.exposed_days + self.infected_days
    }
}

/// G(k), k = 0..10: the Gamma's integral over day k, normalized to sum 1.
pub fn generation_interval() -> [f64; PROFILE_DAYS as usize] {
    let below = |day: usize| gamma_below(SHAPE, RATE * day as f64);
    let all = below(PROFILE_DAYS as usize);
    std::array::from_fn(|k| (below(k + 1) - below(k)) / all)
}

/// P(a, x), the regularized lower incomplete Gamma function, by its series; for moderate x.
fn gamma_below(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let mut term = 1.0 / a;
    let mut sum = term;
    let mut n = a;
    while term > sum * 1e-16 {
        n += 1.0;
        term *= x / n;
        sum += term;
    }
    sum * math::exp(a * math::ln(x) - x - math::ln_gamma(a))
}

/// What stays: who meets whom, and how easily each catches it.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Each contact both ways.
    pub graph: Csr,
    /// Age group, 0..9.
    pub age: Vec<u8>,
    /// SS[age_i] / I_i; 0 for an agent without contacts.
    pub receptivity: Vec<f32>,
}

impl World {
    /// Ages past the last group count as the last.
    pub fn new(graph: Csr, mut age: Vec<u8>) -> Self {
        age.iter_mut().for_each(|a| *a = (*a).min(8));
        let receptivity = (0..graph.nodes())
            .map(|i| match graph.degree(i) {
                0 => 0.0,
                contacts => SUSCEPTIBILITY[age[i as usize] as usize] / contacts as f32,
            })
            .collect();
        Self { graph, age, receptivity }
    }

    pub fn agents(&self) -> u32 {
        self.graph.nodes()
    }

    pub fn bytes(&self) -> usize {
        self.graph.bytes() + self.age.len() + 4 * self.receptivity.len()
    }
}

/// The state of everybody, one column a property.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// From 1; 0 before the first day.
    pub day: u32,
    pub stage: Vec<u8>,
    /// Day of exposure; of no meaning for the susceptible.
    pub since: Vec<u16>,
    /// In quarantine before this day: neither infects nor is exposed.
    pub held: Vec<u16>,
    /// Neighbors in the stage infected.
    pub sick_near: Vec<u16>,
    /// Each agent's weight today, see `Disease::weight`.
    pub weight: Vec<f32>,
    /// Sum of the weights of each agent's neighbors today.
    pub exposure: Vec<f32>,
    /// Agents by stage.
    pub count: [u32; STAGES],
}

/// Agents bins of recently sick neighbors: none, one, more.
pub const NEAR_BINS: usize = 3;
/// Archetypes: age group x bin (AgentTorch's idea; the bins are ours).
pub const ARCHETYPES: usize = 9 * NEAR_BINS;

/// The archetype of an agent: its age group and how many of its neighbors are sick.
#[inline]
pub fn archetype(age: u8, sick_near: u16) -> usize {
    age as usize * NEAR_BINS + (sick_near as usize).min(NEAR_BINS - 1)
}

/// Who stays at home: a probability by archetype, and everybody's coin of the day.
#[derive(Clone, Copy, Debug)]
pub struct Isolation<'a> {
    /// [ARCHETYPES]
    pub chance: &'a [f32],
    pub coins: Coins,
}

impl Isolation<'_> {
    #[inline]
    pub fn isolates(&self, agent: u32, age: u8, sick_near: u16) -> bool {
        self.coins.lands(agent, self.chance[archetype(age, sick_near)])
    }
}

impl State {
    /// Everybody susceptible.
    pub fn new(agents: u32) -> Self {
        let n = agents as usize;
        let mut state = Self {
            stage: vec![0; n],
            since: vec![0; n],
            held: vec![0; n],
            sick_near: vec![0; n],
            weight: vec![0.0; n],
            exposure: vec![0.0; n],
            ..Self::default()
        };
        state.count[SUSCEPTIBLE as usize] = agents;
        state
    }

    /// Back to day 0, without giving the columns back.
    pub fn reset(&mut self) {
        self.day = 0;
        self.stage.fill(0);
        self.since.fill(0);
        self.held.fill(0);
        self.sick_near.fill(0);
        self.count = [0; STAGES];
        self.count[SUSCEPTIBLE as usize] = self.stage.len() as u32;
    }

    pub fn bytes(&self) -> usize {
        self.stage.len() * (1 + 2 + 2 + 2 + 4 + 4)
    }

    pub fn moves(&mut self, agent: u32, to: u8) {
        let from = std::mem::replace(&mut self.stage[agent as usize], to);
        self.count[from as usize] -= 1;
        self.count[to as usize] += 1;
    }

    /// Exposed before the first day.
    pub fn seed(&mut self, agent: u32) {
        if self.stage[agent as usize] == SUSCEPTIBLE {
            self.moves(agent, EXPOSED);
            self.since[agent as usize] = self.day as u16;
        }
    }

    /// The weights of a slice of agents on day `self.day`, and their exposure back to 0.
    pub fn weigh(&mut self, disease: &Disease, agents: Range<u32>) {
        let (day, all) = (self.day, agents.start as usize..agents.end as usize);
        self.exposure[all.clone()].fill(0.0);
        for i in all {
            self.weight[i] = match self.stage[i] {
                EXPOSED | INFECTED if u32::from(self.held[i]) <= day => {
                    disease.weight[(day - u32::from(self.since[i])) as usize]
                }
                _ => 0.0,
            };
        }
    }

    /// Who of a slice is exposed today, in rising order, appended to `caught`: p_i = 1 - exp(-R x receptivity x
    /// exposure), not for the isolated and not for the quarantined. Each agent has its own coin of the day.
    pub fn expose(
        &mut self,
        world: &World,
        r: f32,
        coins: Coins,
        isolation: Option<Isolation>,
        agents: Range<u32>,
        caught: &mut Vec<u32>,
    ) {
        for agent in agents {
            let i = agent as usize;
            if self.stage[i] != SUSCEPTIBLE || self.exposure[i] == 0.0 {
                continue;
            }
            let lambda = r * world.receptivity[i] * self.exposure[i];
            if !caught_by(coins.unit(agent), lambda) || u32::from(self.held[i]) > self.day {
                continue;
            }
            if isolation.is_none_or(|x| !x.isolates(agent, world.age[i], self.sick_near[i])) {
                caught.push(agent);
            }
        }
    }

    /// The newly exposed change their stage.
    pub fn take(&mut self, caught: &[u32]) {
        for &agent in caught {
            self.moves(agent, EXPOSED);
            self.since[agent as usize] = self.day as u16;
        }
    }

    /// The end of a day for a slice: E -> I and I -> R or M after their days. Appends those that fell ill and those
    /// that stopped being it, in rising order; each of the latter dies by its own coin.
    pub fn progress(
        &mut self,
        disease: &Disease,
        deaths: Coins,
        agents: Range<u32>,
        fell_ill: &mut Vec<u32>,
        left: &mut Vec<u32>,
    ) {
        for agent in agents {
            let i = agent as usize;
            let stage = self.stage[i];
            if stage != EXPOSED && stage != INFECTED {
                continue;
            }
            let days = self.day - u32::from(self.since[i]);
            if stage == EXPOSED && days >= disease.exposed_days {
                self.moves(agent, INFECTED);
                fell_ill.push(agent);
            } else if stage == INFECTED && days >= disease.days() {
                let dies = deaths.lands(agent, disease.mortality);
                self.moves(agent, if dies { DEAD } else { RECOVERED });
                left.push(agent);
            }
        }
    }
}

/// u < 1 - exp(-lambda), without the exponential where lambda >= 1 - exp(-lambda) settles it.
#[inline(always)]
pub fn caught_by(u: f32, lambda: f32) -> bool {
    u < lambda && u < 1.0 - math::exp_f32(-lambda)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::population::graph::barabasi_albert;

    #[test]
    fn the_generation_interval_is_the_gamma_of_the_configuration() {
        // Gamma(5.5): P(5.5, x) = erf(sqrt x) - sqrt(x/pi) e^-x (2 + 4x/3 + 8x^2/15 + 16x^3/105 + 32x^4/945).
        for x in [0.3f64, 2.4, 4.8, 7.2, 24.0] {
            let poly =
                2.0 + x * (4.0 / 3.0 + x * (8.0 / 15.0 + x * (16.0 / 105.0 + x * (32.0 / 945.0))));
            let exact =
                libm::erf(x.sqrt()) - (x / std::f64::consts::PI).sqrt() * math::exp(-x) * poly;
            assert!((gamma_below(5.5, x) - exact).abs() < 1e-12, "{x}");
        }
        let interval = generation_interval();
        assert!((interval.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let mean: f64 = interval.iter().enumerate().map(|(k, g)| (k as f64 + 0.5) * g).sum();
        assert!((mean - 5.5 / 2.4).abs() < 0.02, "{mean}");
    }

    #[test]
    fn weights_are_infectiousness_of_the_stage_times_the_interval() {
        let disease = Disease::new(5, 5, 0.1);
        let interval = generation_interval();
        assert_eq!((disease.weight.len(), disease.weight[0]), (11, 0.0));
        assert_eq!(disease.weight[5], 0.33 * interval[4] as f32);
        assert_eq!(disease.weight[6], 0.72 * interval[5] as f32);
        assert_eq!(Disease::new(14, 14, 0.1).weight[11..], [0.0; 18]);
    }

    /// A day by the definition: no shared sums, no slices, no shortcuts.
    fn naive_day(
        world: &World,
        state: &State,
        disease: &Disease,
        r: f32,
        coins: Coins,
    ) -> Vec<u32> {
        let lambda = |i: u32, j: u32| {
            let weight = match state.stage[j as usize] {
                EXPOSED | INFECTED => {
                    disease.weight[(state.day - u32::from(state.since[j as usize])) as usize]
                }
                _ => 0.0,
            };
            (weight, world.receptivity[i as usize])
        };
        (0..world.agents())
            .filter(|i| state.stage[*i as usize] == SUSCEPTIBLE)
            .filter(|i| {
                let sum: f32 = world.graph.row(*i).iter().map(|j| lambda(*i, *j).0).sum();
                let p = 1.0 - math::exp_f32(-(r * lambda(*i, *i).1 * sum));
                coins.unit(*i) < p
            })
            .collect()
    }

    #[test]
    fn a_day_is_what_its_definition_says_and_dwell_times_are_kept() {
        let mut rng = Chance::new(1).stream(0, "graph");
        let graph = barabasi_albert(3_000, 4, &mut rng).unwrap();
        let age = (0..3_000u32).map(|i| (i % 9) as u8).collect();
        let world = World::new(graph, age);
        let disease = Disease::new(3, 4, 0.5);
        let mut state = State::new(3_000);
        (0..60).for_each(|i| state.seed(i * 50));
        let (mut ill, mut left, mut exposed_on) = (Vec::new(), Vec::new(), vec![0u32; 3_000]);
        for day in 1..=25u32 {
            state.day = day;
            let coins = Coins::new(Chance::new(1).stream(day, "coins"));
            let expected = naive_day(&world, &state, &disease, 4.5, coins);
            for part in [0..1_234, 1_234..3_000] {
                state.weigh(&disease, part);
            }
            spread::push(&world.graph, &state.weight, 0..3_000, &mut state.exposure);
            let mut caught = Vec::new();
            for part in [0..1_234, 1_234..3_000] {
                state.expose(&world, 4.5, coins, None, part, &mut caught);
            }
            assert_eq!(caught, expected, "day {day}");
            state.take(&caught);
            caught.iter().for_each(|i| exposed_on[*i as usize] = day);
            ill.clear();
            left.clear();
            state.progress(&disease, coins, 0..3_000, &mut ill, &mut left);
            assert!(ill.iter().all(|i| exposed_on[*i as usize] + 3 == day));
            assert!(left.iter().all(|i| exposed_on[*i as usize] + 7 == day));
        }
        assert_eq!(state.count.iter().sum::<u32>(), 3_000);
        let dead = f64::from(state.count[DEAD as usize]);
        let gone = dead + f64::from(state.count[RECOVERED as usize]);
        assert!(gone > 300.0 && (dead / gone - 0.5).abs() < 0.1, "{dead} of {gone}");
    }

    #[test]
    fn an_agent_without_contacts_is_never_exposed_and_nobody_divides_by_zero() {
        let world = World::new(Csr::undirected(3, &[(0, 1)]), vec![0, 200, 4]);
        assert_eq!(world.receptivity, [0.35, 1.52, 0.0]);
    }

    #[test]
    fn the_shortcut_never_changes_who_is_caught() {
        let coins = Coins::new(Chance::new(8).stream(0, "coins"));
        for i in 0..100_000 {
            let (u, lambda) = (coins.unit(2 * i), 3.0 * coins.unit(2 * i + 1));
            assert_eq!(caught_by(u, lambda), u < 1.0 - math::exp_f32(-lambda), "{u} {lambda}");
        }
    }

    #[test]
    fn quarantine_and_isolation_keep_agents_out() {
        let world = World::new(Csr::undirected(3, &[(0, 1), (0, 2)]), vec![8; 3]);
        let disease = Disease::new(5, 5, 0.0);
        let coins = Coins::new(Chance::new(1).stream(0, "coins"));
        let caught = |held: [u16; 3], isolate: Option<f32>| {
            let mut state = State::new(3);
            state.seed(0);
            (state.day, state.held) = (2, held.to_vec());
            state.weigh(&disease, 0..3);
            spread::push(&world.graph, &state.weight, 0..3, &mut state.exposure);
            let chance = vec![isolate.unwrap_or(0.0); ARCHETYPES];
            let isolation = isolate.map(|_| Isolation { chance: &chance, coins });
            let mut caught = Vec::new();
            // So large an R that everybody exposed is caught.
            state.expose(&world, 1e4, coins, isolation, 0..3, &mut caught);
            caught
        };
        assert_eq!(caught([0; 3], None), [1, 2]);
        assert_eq!(caught([3, 0, 0], None), [0u32; 0]);
        assert_eq!(caught([2, 3, 2], None), [2]);
        assert_eq!(caught([0; 3], Some(1.0)), [0u32; 0]);
        assert_eq!(caught([0; 3], Some(0.0)), [1, 2]);
    }
}
