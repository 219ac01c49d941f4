//! Pursuit: close all four sides of a prey that runs from danger (repo swarmbench/task.py).

use super::world::{Goal, Thing, World};
use engine::coordination::grid::{Cell, Direction};
use lexicon::Fault;
use rand::{Rng, RngExt};

/// Rows and columns of the corner in which agents start.
pub fn corner(size: u32) -> u32 {
    (size / 2).max(5)
}

/// Prey in the lower right quadrant, agents in the upper left block.
pub fn lay(world: &mut World, repo_quirks: bool, rng: &mut impl Rng) -> Result<(), Fault> {
    let size = world.size;
    let span = size / 2 + 1..=size - 2;
    let prey = Cell::new(rng.random_range(span.clone()), rng.random_range(span));
    let corner = 1..=corner(size as u32) as i32;
    let room = world
        .inner_cells()
        .into_iter()
        .filter(|c| corner.contains(&c.row) && corner.contains(&c.column))
        .collect();
    world.settle(room, &[prey], rng)?;
    let border = world.border_cells();
    world.add(Thing::Wall, &border, None);
    let prey = world.add(Thing::Prey, &[prey], None);
    world.goal = Goal::Pursuit { prey, repo_quirks };
    Ok(())
}

/// How much a place is to be feared: agents, and 0.9 for each wall, in rows i-4..i+3 and columns j-4..j+3.
pub fn danger(world: &World, at: Cell) -> f64 {
    let (mut agents, mut walls) = (0, 0);
    for row in at.row - 4..=at.row + 3 {
        for column in at.column - 4..=at.column + 3 {
            match world.board.at(Cell::new(row, column)) {
                Some(body) if body < world.agents => agents += 1,
                Some(body) if world.thing(body) == Some(Thing::Wall) => walls += 1,
                _ => {}
            }
        }
    }
    f64::from(agents) + 0.9 * f64::from(walls)
}

pub fn update(world: &mut World, rng: &mut impl Rng) {
    let Goal::Pursuit { prey, repo_quirks } = world.goal else { return };
    // Walls keep it on the board: nobody is strong enough to push it off.
    let Some(at) = world.board.place_of(prey) else { return };
    let is_caught = Direction::ALL.iter().all(|d| world.board.at(at.step(*d)).is_some());
    if is_caught {
        world.score += 1.0;
        if let Some(to) = refuge(world, rng) {
            world.board.put(prey, to);
        }
    } else if let Some(to) = flight(world, at, repo_quirks) {
        world.board.put(prey, to);
    }
}

/// The least dangerous of H * W sampled free inner cells.
fn refuge(world: &World, rng: &mut impl Rng) -> Option<Cell> {
    let mut best: Option<(f64, Cell)> = None;
    for _ in 0..world.size * world.size {
        let cell =
            Cell::new(rng.random_range(1..world.size - 1), rng.random_range(1..world.size - 1));
        if world.board.is_free(cell) {
            let danger = danger(world, cell);
            if best.is_none_or(|(least, _)| danger < least) {
                best = Some((danger, cell));
            }
        }
    }
    best.map(|(_, cell)| cell)
}

/// Two steps over free cells to the least danger, if that is strictly less than where it is.
fn flight(world: &World, at: Cell, repo_quirks: bool) -> Option<Cell> {
    let is_open = |cell: Cell| world.is_inner(cell) && world.board.is_free(cell);
    // The repository looks one cell to the left: a loop variable left over.
    let reference = if repo_quirks { at.step(Direction::Left) } else { at };
    let mut best = (danger(world, reference), None);
    for first in Direction::ALL {
        for second in Direction::ALL {
            let end = at.step(first).step(second);
            if is_open(at.step(first)) && is_open(at.step(second)) && is_open(end) {
                let danger = danger(world, end);
                if danger < best.0 {
                    best = (danger, Some(end));
                }
            }
        }
    }
    best.1
}
