//! Transport: push a heavy box out of a gap in the wall and leave (repo swarmbench/task.py).

use super::world::{Goal, Thing, World};
use engine::coordination::grid::Cell;
use lexicon::Fault;
use rand::{Rng, RngExt};

/// Overridden mass of the box: agents have one unit of force over their own weight, so it takes five.
pub const BOX_MASS: i32 = 5;
/// Cells of the box in the wall's line: the gap is as wide.
const GAP: i32 = 7;

/// The box fills a gap in the middle of one side: a row of seven in the wall's line, and two rows of three inside of
/// it, at the row's one end or the other. Eight placements in all: four sides, two ends.
pub fn lay(world: &mut World, rng: &mut impl Rng) -> Result<(), Fault> {
    let last = world.size - 1;
    let (side, at_far_end) = (rng.random_range(0..4), rng.random_bool(0.5));
    let start = (world.size - GAP) / 2;
    let block = if at_far_end { start + GAP - 3 } else { start };
    let flat = (start..start + GAP).map(|along| (0, along));
    let deep = (1..3).flat_map(|depth| (block..block + 3).map(move |along| (depth, along)));
    let cells: Vec<Cell> = flat
        .chain(deep)
        .map(|(depth, along)| match side {
            0 => Cell::new(depth, along),
            1 => Cell::new(last - depth, along),
            2 => Cell::new(along, depth),
            _ => Cell::new(along, last - depth),
        })
        .collect();
    let room = world.inner_cells();
    world.settle(room, &cells, rng)?;
    let walls: Vec<Cell> =
        world.border_cells().into_iter().filter(|c| !cells.contains(c)).collect();
    world.add(Thing::Wall, &walls, None);
    world.add(Thing::Box, &cells, Some(BOX_MASS));
    world.goal = Goal::Transport { out: vec![false; world.agents as usize] };
    Ok(())
}

/// Who gets out scores the share of time that is left, once.
pub fn update(world: &mut World, round: u32) {
    let Goal::Transport { out } = &mut world.goal else { return };
    for (agent, is_out) in out.iter_mut().enumerate() {
        if !*is_out && world.board.has_escaped(agent as u32) {
            *is_out = true;
            world.score +=
                f64::from(world.rounds.saturating_sub(round)) / f64::from(world.rounds.max(1));
        }
    }
    world.is_done = out.iter().all(|is_out| *is_out);
}
