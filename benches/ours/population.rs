//! Ten days of an epidemic on a sparse graph, on the engine's columns.

use super::{Work, hash};
use engine::chance::Chance;
use engine::population::agents::{Coins, slices};
use engine::population::epidemic::{Disease, SUSCEPTIBLE, State, World, spread};
use engine::population::graph::Csr;

const DAYS: u32 = 10;
const CONTACTS: u32 = 5;
const R: f32 = 4.5;

pub struct Epidemic {
    world: World,
    state: State,
    disease: Disease,
    /// Exposed today; fell ill today; stopped being ill today.
    lists: [Vec<u32>; 3],
}

impl Epidemic {
    pub fn new(agents: u32) -> Option<Self> {
        if !(100..=1_000_000).contains(&agents) {
            return None;
        }
        let draw = |k: u32| hash(k) % agents;
        let pairs: Vec<(u32, u32)> =
            (0..agents * CONTACTS).map(|k| (k / CONTACTS, draw(k))).collect();
        let age = (0..agents).map(|i| (i % 9) as u8).collect();
        Some(Self {
            world: World::new(Csr::undirected(agents, &pairs), age),
            state: State::new(agents),
            disease: Disease::new(5, 5, 0.1),
            lists: Default::default(),
        })
    }

    fn day(&mut self) {
        let Self { world, state, disease, lists: [caught, ill, left] } = self;
        let agents = world.agents();
        state.day += 1;
        let coins = |name: &str| Coins::new(Chance::new(1).stream(state.day, name));
        let (exposures, deaths) = (coins("who is exposed"), coins("who dies"));
        [&mut *caught, &mut *ill, &mut *left].into_iter().for_each(Vec::clear);
        slices(agents).for_each(|slice| state.weigh(disease, slice));
        for slice in slices(agents) {
            spread::push(&world.graph, &state.weight, slice, &mut state.exposure);
        }
        for slice in slices(agents) {
            state.expose(world, R, exposures, None, slice, caught);
        }
        state.take(caught);
        slices(agents).for_each(|slice| state.progress(disease, deaths, slice, ill, left));
    }
}

impl Work for Epidemic {
    fn reset(&mut self) {
        self.state.reset();
        (0..self.world.agents()).step_by(100).for_each(|agent| self.state.seed(agent));
    }

    /// Days.
    fn run(&mut self) -> f64 {
        (0..DAYS).for_each(|_| self.day());
        f64::from(DAYS)
    }

    /// Share of agents that were ever exposed.
    fn check(&mut self) -> f64 {
        self.reset();
        self.run();
        1.0 - f64::from(self.state.count[SUSCEPTIBLE as usize]) / f64::from(self.world.agents())
    }
}
