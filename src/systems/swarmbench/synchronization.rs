//! Synchronization: all lights equal, and the other way than at the last point (repo swarmbench/task.py).

use super::world::{Goal, Thing, World};
use lexicon::Fault;
use rand::{Rng, RngExt};

/// Agents anywhere inside, each light on or off by a fair coin.
pub fn lay(world: &mut World, rng: &mut impl Rng) -> Result<(), Fault> {
    let room = world.inner_cells();
    world.settle(room, &[], rng)?;
    let border = world.border_cells();
    world.add(Thing::Wall, &border, None);
    world.flag.iter_mut().for_each(|light| *light = rng.random_bool(0.5));
    world.goal = Goal::Synchronization { last: None };
    Ok(())
}

pub fn update(world: &mut World) {
    let Goal::Synchronization { last } = &mut world.goal else { return };
    let common = world.flag[0];
    if world.flag.iter().all(|light| *light == common) && *last != Some(common) {
        *last = Some(common);
        world.score += 1.0;
    }
}
