//! Foraging: food to the nest, one unit at a time, through walls with gaps (repo swarmbench/task.py).

use super::world::{Goal, Thing, World};
use engine::coordination::grid::{Cell, Direction};
use lexicon::Fault;
use rand::{Rng, RngExt};

/// The lines on which inner walls stand.
fn lines(size: u32) -> impl Iterator<Item = i32> {
    (4..=size as i32 - 5).step_by(4)
}

/// The cells along a wall line that are wall; the gap is at the far end of the first, at the near end of the next.
fn span(size: u32, number: usize) -> std::ops::Range<i32> {
    let (size, third) = (size as i32, size as i32 / 3);
    if number.is_multiple_of(2) { 1..size - (third - 1) } else { third..size - 1 }
}

/// Cells that inner walls take.
pub fn wall_cells(size: u32) -> u32 {
    lines(size).enumerate().map(|(number, _)| span(size, number).len() as u32).sum()
}

/// Food and nest in opposite corners, walls across at random or upright; with an odd number of walls the nest moves
/// to the food's side, so that every gap has to be passed.
pub fn lay(world: &mut World, rng: &mut impl Rng) -> Result<(), Fault> {
    let size = world.size;
    let upright = rng.random_bool(0.5);
    let place = |line, along| if upright { Cell::new(along, line) } else { Cell::new(line, along) };
    let walls: Vec<Cell> = lines(size as u32)
        .enumerate()
        .flat_map(|(number, line)| span(size as u32, number).map(move |along| place(line, along)))
        .collect();
    let (near, far) = (1, size - 3);
    let mut corner = || if rng.random_bool(0.5) { near } else { far };
    let (line, along) = (corner(), corner());
    let opposite = |at| near + far - at;
    let is_odd = !lines(size as u32).count().is_multiple_of(2);
    let square = |line: i32, along: i32| {
        [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(l, a)| place(line + l, along + a))
    };
    let food = square(line, along);
    let nest = square(opposite(line), if is_odd { along } else { opposite(along) });
    let taken: Vec<Cell> = walls.iter().chain(&food).chain(&nest).copied().collect();
    let room = world.inner_cells();
    world.settle(room, &taken, rng)?;
    let border = world.border_cells();
    world.add(Thing::Wall, &[border, walls].concat(), None);
    let food = world.add(Thing::Food, &food, None);
    let nest = world.add(Thing::Nest, &nest, None);
    world.goal = Goal::Foraging { food, nest };
    Ok(())
}

pub fn update(world: &mut World) {
    let Goal::Foraging { food, nest } = world.goal else { return };
    for agent in 0..world.agents {
        let Some(at) = world.board.place_of(agent) else { continue };
        let touches =
            |body| Direction::ALL.iter().any(|d| world.board.at(at.step(*d)) == Some(body));
        let carries = world.flag[agent as usize];
        if carries && touches(nest) {
            world.flag[agent as usize] = false;
            world.score += 1.0;
        } else if !carries && touches(food) {
            world.flag[agent as usize] = true;
        }
    }
}
