//! Flocking and Schelling's segregation by the rules that ABMFrameworksComparison declares.

use super::{Work, hash, unit};
use engine::chance::Chance;
use engine::coordination::grid::{Board, Cell};
use engine::coordination::space::Cells;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

const STEPS: u32 = 100;
const SPEED: f64 = 1.0;
const COHERE: f64 = 0.03;
const SEPARATION: f64 = 1.0;
const SEPARATE: f64 = 0.015;
const MATCH: f64 = 0.05;
const HEADINGS: u32 = 0x4800_0000;

/// Birds on a square that closes on itself. Sequential is the declared way: one bird after the other, in a new random
/// order each step, in 64-bit numbers. At once is how the engine's own swarms step: everybody sees the step's start,
/// in 32-bit columns; the rule is the same.
pub struct Flocking {
    birds: usize,
    extent: f64,
    vision: f64,
    at_once: bool,
    at: Vec<[f64; 2]>,
    velocity: Vec<[f64; 2]>,
}

impl Flocking {
    pub fn new(size: &str, at_once: bool) -> Option<Self> {
        let (birds, extent, vision) = match size {
            "small" => (200, 100.0, 5.0),
            "large" => (400, 150.0, 15.0),
            // As dense as the small one.
            "crowd" => (20_000, 1_000.0, 5.0),
            _ => return None,
        };
        let none = vec![[0.0; 2]; birds];
        let mut flock = Self { birds, extent, vision, at_once, at: none.clone(), velocity: none };
        flock.reset();
        Some(flock)
    }

    fn sequential(&mut self) {
        let mut rng = Chance::new(1).stream(0, "who flies first");
        let mut order: Vec<u32> = (0..self.birds as u32).collect();
        let mut nests = Nests::new(self.extent, self.vision, &self.at);
        for _ in 0..STEPS {
            order.shuffle(&mut rng);
            for &bird in &order {
                self.fly(bird, &mut nests);
            }
        }
    }

    /// The declared rule.
    fn fly(&mut self, bird: u32, nests: &mut Nests) {
        let [x, y] = self.at[bird as usize];
        let mut sum = [[0.0f64; 2]; 3];
        let mut count = 0.0f64;
        nests.around([x, y], |other| {
            let [ox, oy] = self.at[other as usize];
            let way = [self.shortest(ox - x), self.shortest(oy - y)];
            let far = way[0] * way[0] + way[1] * way[1];
            if other == bird || far > self.vision * self.vision {
                return;
            }
            count += 1.0;
            let near = if far < SEPARATION * SEPARATION { 1.0 } else { 0.0 };
            for axis in 0..2 {
                sum[0][axis] += way[axis];
                sum[1][axis] -= near * way[axis];
                sum[2][axis] += self.velocity[other as usize][axis];
            }
        });
        let [cohere, separate, matching] = sum;
        let count = count.max(1.0);
        let turn = |axis: usize| {
            (COHERE * cohere[axis] + SEPARATE * separate[axis] + MATCH * matching[axis]) / count
        };
        let [vx, vy] = self.velocity[bird as usize];
        let (vx, vy) = (vx + turn(0), vy + turn(1));
        let length = (vx * vx + vy * vy).sqrt();
        let (vx, vy) = (vx / length, vy / length);
        let to = [wrap(x + SPEED * vx, self.extent), wrap(y + SPEED * vy, self.extent)];
        nests.moves(bird, [x, y], to);
        self.velocity[bird as usize] = [vx, vy];
        self.at[bird as usize] = to;
    }

    fn shortest(&self, d: f64) -> f64 {
        if d > 0.5 * self.extent {
            d - self.extent
        } else if d < -0.5 * self.extent {
            d + self.extent
        } else {
            d
        }
    }

    /// The same rule on the engine's cells: three sums over neighborhoods, then everybody turns and goes.
    fn all_at_once(&mut self) {
        let scale = 1.0 / self.extent;
        let column = |of: &[[f64; 2]], axis: usize, by: f64| -> Vec<f32> {
            of.iter().map(|p| (p[axis] * by) as f32).collect()
        };
        let mut at = [0, 1].map(|axis| column(&self.at, axis, scale));
        let mut velocity = [0, 1].map(|axis| column(&self.velocity, axis, 1.0));
        let mut seen = Cells::new((self.vision * scale) as f32);
        let mut close = Cells::new((SEPARATION * scale) as f32);
        let (mut ways, mut apart, mut headings) = (Vec::new(), Vec::new(), Vec::new());
        let extent = self.extent as f32;
        for _ in 0..STEPS {
            seen.sort(&at[0], &at[1]);
            seen.ways(&mut ways);
            seen.sum(&velocity[0], &velocity[1], &mut headings);
            close.sort(&at[0], &at[1]);
            close.ways(&mut apart);
            for i in 0..self.birds {
                let count = ways[i][2].max(1.0);
                let turned = [0, 1].map(|axis| {
                    let pull = COHERE as f32 * ways[i][axis] - SEPARATE as f32 * apart[i][axis];
                    velocity[axis][i] + (pull * extent + MATCH as f32 * headings[i][axis]) / count
                });
                let length = (turned[0] * turned[0] + turned[1] * turned[1]).sqrt();
                for axis in 0..2 {
                    velocity[axis][i] = turned[axis] / length;
                    let to = at[axis][i] + SPEED as f32 * velocity[axis][i] / extent;
                    at[axis][i] = engine::coordination::space::wrap(to);
                }
            }
        }
        for i in 0..self.birds {
            self.at[i] = [0, 1].map(|axis| f64::from(at[axis][i]) * self.extent);
            self.velocity[i] = [0, 1].map(|axis| f64::from(velocity[axis][i]));
        }
    }
}

impl Work for Flocking {
    fn reset(&mut self) {
        for i in 0..self.birds {
            let place = |axis: u32| unit(2 * i as u32 + axis) * self.extent;
            self.at[i] = [place(0), place(1)];
            // A direction without a sine: half-way round by the sign of a coin.
            let cos = 2.0 * unit(HEADINGS + i as u32) - 1.0;
            let side = if hash(HEADINGS + i as u32) & 1 == 0 { 1.0 } else { -1.0 };
            self.velocity[i] = [cos, side * (1.0 - cos * cos).sqrt()];
        }
    }

    /// Updates of a bird.
    fn run(&mut self) -> f64 {
        if self.at_once {
            self.all_at_once()
        } else {
            self.sequential()
        }
        self.birds as f64 * f64::from(STEPS)
    }

    /// Length of the mean heading in the end.
    fn check(&mut self) -> f64 {
        self.reset();
        self.run();
        let sum = |axis: usize| self.velocity.iter().map(|v| v[axis]).sum::<f64>();
        (sum(0) * sum(0) + sum(1) * sum(1)).sqrt() / self.birds as f64
    }
}

fn wrap(at: f64, extent: f64) -> f64 {
    if at < 0.0 {
        at + extent
    } else if at >= extent {
        at - extent
    } else {
        at
    }
}

/// Who is in which square, kept up to date move by move.
struct Nests {
    side: usize,
    per_length: f64,
    birds: Vec<Vec<u32>>,
}

impl Nests {
    fn new(extent: f64, vision: f64, at: &[[f64; 2]]) -> Self {
        let side = (extent / vision) as usize;
        let mut nests =
            Self { side, per_length: side as f64 / extent, birds: vec![Vec::new(); side * side] };
        for (bird, at) in at.iter().enumerate() {
            let nest = nests.nest(*at);
            nests.birds[nest].push(bird as u32);
        }
        nests
    }

    fn cell(&self, at: f64) -> usize {
        ((at * self.per_length) as usize).min(self.side - 1)
    }

    fn nest(&self, [x, y]: [f64; 2]) -> usize {
        self.cell(y) * self.side + self.cell(x)
    }

    fn around(&self, [x, y]: [f64; 2], mut meet: impl FnMut(u32)) {
        let (row, column, side) = (self.cell(y), self.cell(x), self.side);
        let beside = |at: usize| {
            [if at == 0 { side - 1 } else { at - 1 }, at, if at + 1 == side { 0 } else { at + 1 }]
        };
        for row in beside(row) {
            for column in beside(column) {
                self.birds[row * side + column].iter().for_each(|other| meet(*other));
            }
        }
    }

    fn moves(&mut self, bird: u32, from: [f64; 2], to: [f64; 2]) {
        let (from, to) = (self.nest(from), self.nest(to));
        if from != to {
            let place = self.birds[from].iter().position(|b| *b == bird).expect("it nests there");
            self.birds[from].swap_remove(place);
            self.birds[to].push(bird);
        }
    }
}

const HAPPY_FROM: u32 = 3;
/// The declaration has no end but that all are happy; a run that does not get there ends with a bad check.
const SCHELLING_STEPS_MAX: u32 = 1_000;

/// Schelling's segregation on the engine's board.
pub struct Schelling {
    side: u32,
    agents: u32,
    board: Board,
    happy: Vec<bool>,
    steps: u32,
}

impl Schelling {
    pub fn new(size: &str) -> Option<Self> {
        let (side, agents) = match size {
            "small" => (40, 1_000),
            "large" => (100, 8_000),
            _ => return None,
        };
        let board = Board::new(side, side);
        let mut it = Self { side, agents, board, happy: vec![false; agents as usize], steps: 0 };
        it.reset();
        Some(it)
    }

    fn free_cell(&self, rng: &mut impl Rng) -> Cell {
        let side = self.side as i32;
        loop {
            let cell = Cell::new(rng.random_range(0..side), rng.random_range(0..side));
            if self.board.is_free(cell) {
                return cell;
            }
        }
    }

    /// Agents of an even number are of one group, the others of the other.
    fn alike_near(&self, agent: u32) -> u32 {
        let at = self.board.place_of(agent).expect("nobody leaves the board");
        let mut alike = 0;
        for row in at.row - 1..=at.row + 1 {
            for column in at.column - 1..=at.column + 1 {
                let other = self.board.at(Cell::new(row, column));
                alike += u32::from(other.is_some_and(|o| o != agent && o % 2 == agent % 2));
            }
        }
        alike
    }
}

impl Work for Schelling {
    fn reset(&mut self) {
        let mut rng = Chance::new(1).stream(0, "opening places");
        self.board = Board::new(self.side, self.side);
        self.happy.fill(false);
        for _ in 0..self.agents {
            let cell = self.free_cell(&mut rng);
            self.board.place(&[cell], None, false);
        }
    }

    /// Activations of an agent.
    fn run(&mut self) -> f64 {
        let mut rng = Chance::new(1).stream(0, "where to");
        self.steps = 0;
        while self.steps < SCHELLING_STEPS_MAX && self.happy.iter().any(|happy| !happy) {
            self.steps += 1;
            for agent in 0..self.agents {
                if self.happy[agent as usize] {
                    continue;
                }
                if self.alike_near(agent) >= HAPPY_FROM {
                    self.happy[agent as usize] = true;
                } else {
                    let to = self.free_cell(&mut rng);
                    self.board.put(agent, to);
                }
            }
        }
        f64::from(self.steps) * f64::from(self.agents)
    }

    /// Steps until all were happy.
    fn check(&mut self) -> f64 {
        self.reset();
        self.run();
        f64::from(self.steps)
    }
}
