//! Steps of the engine's own swarms: headings in cells, and agents that push on a grid.

use super::{Work, hash};
use engine::chance::Chance;
use engine::coordination::grid::{Board, Cell, Direction};
use engine::coordination::vicsek::{Near, Noise, Vicsek};

/// Neighbors within sight, on the average: density 4, radius 1.
const DENSITY: f32 = 4.0;
const STEPS: u32 = 20;

/// Self-propelled agents of the classical model.
pub struct Headings {
    radius: f32,
    /// Before the first step.
    opening: Vicsek,
    swarm: Vicsek,
}

impl Headings {
    pub fn new(agents: usize) -> Option<Self> {
        if !(100..=1_000_000).contains(&agents) {
            return None;
        }
        let radius = 1.0 / (agents as f32 / DENSITY).sqrt();
        let mut rng = Chance::new(1).stream(0, "opening places");
        let opening = Vicsek::among(agents, Near::Radius(radius), &mut rng);
        Some(Self { radius, swarm: opening.clone(), opening })
    }
}

impl Work for Headings {
    fn reset(&mut self) {
        self.swarm = self.opening.clone();
    }

    /// Updates of an agent.
    fn run(&mut self) -> f64 {
        let mut rng = Chance::new(1).stream(0, "noise");
        for _ in 0..STEPS {
            self.swarm.align(0.3 * self.radius, Noise::Angular(1.5), &mut rng);
        }
        self.swarm.x.len() as f64 * f64::from(STEPS)
    }

    /// Length of the mean heading in the end.
    fn check(&mut self) -> f64 {
        self.reset();
        self.run();
        self.swarm.order()
    }
}

const ROUNDS: u32 = 200;
const CHOICES: u32 = 0x5c00_0000;

/// Agents of mass 1 on a walled board who push in declared directions, one in five of them resting.
pub struct Pushes {
    agents: u32,
    /// Before the first round.
    opening: Board,
    board: Board,
    moves: Vec<Option<Direction>>,
}

impl Pushes {
    /// So many agents on a board of `side` by `side`, every third free cell of it, from the top.
    pub fn new(side: u32, agents: u32) -> Option<Self> {
        if !(5..=1_000).contains(&side) || agents * 3 > (side - 2) * (side - 2) {
            return None;
        }
        let mut opening = Board::new(side, side);
        let last = side as i32 - 1;
        let (walls, free): (Vec<Cell>, Vec<Cell>) = opening
            .cells()
            .partition(|cell| [cell.row, cell.column].iter().any(|at| *at == 0 || *at == last));
        for cell in free.iter().step_by(3).take(agents as usize) {
            opening.place(&[*cell], None, false);
        }
        opening.place(&walls, None, true);
        let moves = vec![None; agents as usize];
        Some(Self { agents, board: opening.clone(), opening, moves })
    }
}

impl Work for Pushes {
    fn reset(&mut self) {
        self.board = self.opening.clone();
    }

    /// Updates of an agent.
    fn run(&mut self) -> f64 {
        for round in 0..ROUNDS {
            for (agent, chosen) in self.moves.iter_mut().enumerate() {
                let way = hash(CHOICES + round * self.agents + agent as u32) % 5;
                *chosen = Direction::ALL.get(way as usize).copied();
            }
            self.board.push(&self.moves);
        }
        f64::from(self.agents) * f64::from(ROUNDS)
    }

    /// Mean of row and column of all agents in the end.
    fn check(&mut self) -> f64 {
        self.reset();
        self.run();
        let place = |agent: u32| self.board.place_of(agent).expect("nobody leaves a walled board");
        let sum: i32 = (0..self.agents).map(place).map(|at| at.row + at.column).sum();
        f64::from(sum) / f64::from(2 * self.agents)
    }
}
