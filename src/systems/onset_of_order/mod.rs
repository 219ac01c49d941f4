#![doc = include_str!("../onset_of_order.md")]

mod card;
mod pictures;

#[cfg(test)]
mod tests;

use engine::coordination::kuramoto::{Kuramoto, order_after, order_in_theory};
use engine::coordination::vicsek::{Near, Noise, Vicsek};
use engine::math;
use engine::run::{Ctx, System};
use garde::Validate;
use lexicon::*;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// A round of the Kuramoto model in its units of time, and the steps it takes.
const ROUND_TIME: f64 = 0.2;
const ROUND_STEPS: u32 = 4;
/// Ties of oscillators in space at most: what a worker holds and walks in a round.
const TIES_MAX: f64 = 8e6;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Params {
    /// Agents that move and take their neighbors' heading, or oscillators that pull each other's phase.
    #[garde(skip)]
    model: Model,
    /// How many there are. The square grows with them, so that the density stays.
    #[garde(range(min = 1, max = 100_000))]
    #[schemars(extend("unit" = "agents", "symbol" = "N", "log" = true))]
    agents: u32,
    /// Width of the interval from which the error of a heading is drawn; 2π is every direction. Vectorial noise has
    /// its whole strength there too.
    #[garde(range(min = 0.0, max = TAU))]
    #[schemars(extend("unit" = "rad", "symbol" = "η", "step" = 0.1))]
    noise: f64,
    /// How strongly oscillators pull each other.
    #[garde(range(min = 0.0, max = 10.0))]
    #[schemars(extend("symbol" = "K", "step" = 0.1))]
    coupling: f64,
    /// Half width of the oscillators' own frequencies. Order begins where the coupling is twice this.
    #[garde(range(min = 0.0, max = 2.0))]
    #[schemars(extend("label" = "Frequency spread", "symbol" = "γ", "step" = 0.05))]
    spread: f64,
    /// How far agents see: headings within this distance are heeded, oscillators within it pull.
    #[garde(range(min = 0.0, max = 3.0))]
    #[schemars(extend("label" = "Range", "symbol" = "r", "paper" = 1.0, "step" = 0.1))]
    radius: f64,
    /// Agents in a square of side 1.
    #[garde(range(min = 0.05, max = 16.0))]
    #[schemars(extend("unit" = "agents", "symbol" = "ρ", "log" = true, "paper" = 4.0))]
    density: f64,
    /// How far an agent goes in a round.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("symbol" = "v", "paper" = 0.03, "step" = 0.01))]
    speed: f64,
    /// Neighbors of an agent that heeds the nearest ones, however far they are.
    #[garde(range(min = 1, max = 32))]
    #[schemars(extend("label" = "Nearest heeded", "unit" = "agents", "symbol" = "k", "advanced" = true))]
    nearest: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            model: Model::Vicsek,
            agents: 1_000,
            noise: 1.5,
            coupling: 2.0,
            spread: 0.5,
            radius: 1.0,
            density: 4.0,
            // Our choice: at the paper's 0.03 a thousand agents take thousands of rounds to settle.
            speed: 0.3,
            nearest: 7,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// Vicsek: agents move and take the mean heading of those near them, with noise.
    Vicsek,
    /// Kuramoto: oscillators with frequencies of their own pull each other's phase.
    Kuramoto,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    Angular,
    Vectorial,
    Topological,
    Unaligned,
    AllToAll,
    Near,
    Uncoupled,
    Theory,
}

enum World {
    Vicsek {
        swarm: Vicsek,
        noise: Noise,
    },
    Kuramoto {
        swarm: Kuramoto,
        coupling: f32,
    },
    /// The mean field: order, and where each of so many would stand in a population without order.
    Theory {
        order: f64,
        even: Vec<f64>,
        shown: Shown,
    },
}

/// Places on the torus of side 1, and headings or phases as unit vectors.
#[derive(Clone, Debug, Default)]
struct Shown {
    x: Vec<f32>,
    y: Vec<f32>,
    cos: Vec<f32>,
    sin: Vec<f32>,
}

pub struct OnsetOfOrder {
    params: Params,
    arm: Arm,
    /// Side of the square.
    side: f64,
    world: World,
    /// Sums over rounds of the order and of its square, from the first round on; one more at the front.
    sums: Vec<[f64; 2]>,
    round: u32,
}

impl System for OnsetOfOrder {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = card::CARD;
    const ARMS: &'static [ArmCard<Arm>] = card::ARMS;

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let side = (f64::from(params.agents) / params.density).sqrt();
        let world = opening(params, arm, side, ctx)?;
        let system =
            Self { params: params.clone(), arm, side, world, sums: vec![[0.0; 2]], round: 0 };
        Ok(system)
    }

    /// One step of everybody (Vicsek), or a fifth of a unit of time (Kuramoto).
    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        self.round = ctx.round();
        let Params { coupling, spread, speed, .. } = self.params;
        match &mut self.world {
            World::Vicsek { swarm, noise } => {
                swarm.align((speed / self.side) as f32, *noise, &mut ctx.rng("errors of headings"));
            }
            World::Kuramoto { swarm, coupling } => {
                (0..ROUND_STEPS).for_each(|_| swarm.couple(*coupling));
            }
            World::Theory { order, even, shown } => {
                *order = order_after(*order, coupling, spread, ROUND_TIME);
                spread_out(*order, even, shown);
            }
        }
        let order = self.order();
        let last = self.sums[self.sums.len() - 1];
        self.sums.push([last[0] + order, last[1] + order * order]);
        let [settled, variance] = self.window();
        ctx.record(&card::ORDER, order)?;
        if let World::Theory { .. } = self.world {
            ctx.record(&card::SETTLED, order_in_theory(coupling, spread))?;
        } else {
            ctx.record(&card::SETTLED, settled)?;
            ctx.record(&card::SUSCEPTIBILITY, f64::from(self.params.agents) * variance)?;
            ctx.record(&card::HEEDED, self.heeded())?;
        }
        ctx.say(pictures::caption(self));
        Ok(Flow::Continue)
    }

    fn scenes(&self) -> Vec<Scene> {
        pictures::scenes(self)
    }
}

/// Places, phases and headings are the same in all arms of a model.
fn opening(params: &Params, arm: Arm, side: f64, ctx: &Ctx) -> Result<World, Fault> {
    let mut rng = ctx.rng("opening");
    let agents = params.agents as usize;
    let radius = (params.radius / side) as f32;
    let vicsek =
        |near, noise, rng: &mut _| World::Vicsek { swarm: Vicsek::among(agents, near, rng), noise };
    let angular = Noise::Angular(params.noise as f32);
    let step = ROUND_TIME / f64::from(ROUND_STEPS);
    let kuramoto = |radius, coupling: f64, rng: &mut _| World::Kuramoto {
        swarm: Kuramoto::lorentzian(agents, radius, (params.spread * step) as f32, rng),
        coupling: (coupling * step) as f32,
    };
    Ok(match arm {
        Arm::Angular => vicsek(Near::Radius(radius), angular, &mut rng),
        Arm::Vectorial => {
            let noise = Noise::Vectorial((params.noise / TAU) as f32);
            vicsek(Near::Radius(radius), noise, &mut rng)
        }
        Arm::Topological => vicsek(Near::Nearest(params.nearest as usize), angular, &mut rng),
        Arm::Unaligned => vicsek(Near::Nobody, angular, &mut rng),
        Arm::AllToAll => kuramoto(None, params.coupling, &mut rng),
        Arm::Uncoupled => kuramoto(None, 0.0, &mut rng),
        Arm::Near => {
            few_enough_ties(params)?;
            kuramoto(Some(radius), params.coupling, &mut rng)
        }
        Arm::Theory => {
            let sample = Vicsek::among(agents, Near::Nobody, &mut rng);
            let Vicsek { ref x, ref y, .. } = sample;
            let mut shown = Shown { x: x.clone(), y: y.clone(), ..Shown::default() };
            let even: Vec<f64> = (0..agents).map(|_| rng.random_range(0.0..TAU)).collect();
            // The opening order of the other arms is that of their luck.
            let order = sample.order();
            spread_out(order, &even, &mut shown);
            World::Theory { order, even, shown }
        }
    })
}

fn few_enough_ties(params: &Params) -> Result<(), Fault> {
    let agents = f64::from(params.agents);
    let around = params.density * std::f64::consts::PI * params.radius * params.radius;
    let ties = agents * around.min(agents - 1.0);
    if ties <= TIES_MAX {
        return Ok(());
    }
    let fits = (TIES_MAX / (agents * params.density * std::f64::consts::PI)).sqrt();
    Err(Fault::Params(vec![Issue {
        dial: "radius".into(),
        given: params.radius.to_string(),
        says: format!(
            "{agents} oscillators would have {:.0} million ties: a range of at most {:.2} would work",
            ties / 1e6,
            (100.0 * fits).floor() / 100.0
        ),
    }]))
}

/// Phases of the mean field at this order: evenly spread ones, drawn together. The density that Ott and Antonsen find
/// is a Poisson kernel, which tan(theta / 2) = (1 - r) / (1 + r) tan(even / 2) makes of a uniform one.
fn spread_out(order: f64, even: &[f64], shown: &mut Shown) {
    shown.cos.clear();
    shown.sin.clear();
    for phase in even {
        let (sin, cos) = (math::sin(phase / 2.0), math::cos(phase / 2.0));
        let theta = 2.0 * math::atan2((1.0 - order) * sin, (1.0 + order) * cos);
        shown.cos.push(math::cos(theta) as f32);
        shown.sin.push(math::sin(theta) as f32);
    }
}

impl OnsetOfOrder {
    fn order(&self) -> f64 {
        match &self.world {
            World::Vicsek { swarm, .. } => swarm.order(),
            World::Kuramoto { swarm, .. } => swarm.order(),
            World::Theory { order, .. } => *order,
        }
    }

    fn heeded(&self) -> f64 {
        match &self.world {
            World::Vicsek { swarm, .. } => swarm.heeded(),
            World::Kuramoto { .. } if self.arm == Arm::Uncoupled => 0.0,
            World::Kuramoto { swarm, .. } => swarm.heeded(),
            World::Theory { .. } => 0.0,
        }
    }

    /// Mean and variance of the order over the second half of the rounds so far.
    fn window(&self) -> [f64; 2] {
        let rounds = self.sums.len() - 1;
        let (from, to) = (self.sums[rounds / 2], self.sums[rounds]);
        let count = (rounds - rounds / 2).max(1) as f64;
        let mean = (to[0] - from[0]) / count;
        [mean, ((to[1] - from[1]) / count - mean * mean).max(0.0)]
    }

    /// Places and headings, as columns: x, y, cos, sin.
    fn columns(&self) -> [&[f32]; 4] {
        match &self.world {
            World::Vicsek { swarm: s, .. } => [&s.x, &s.y, &s.cos, &s.sin],
            World::Kuramoto { swarm: s, .. } => [&s.x, &s.y, &s.cos, &s.sin],
            World::Theory { shown: s, .. } => [&s.x, &s.y, &s.cos, &s.sin],
        }
    }
}
