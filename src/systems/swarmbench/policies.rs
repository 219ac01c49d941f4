//! What a mind without lapses does in each task.

use super::flocking;
use super::mind::{Faults, Known, Mind, Sight};
use super::paths::Paths;
use super::world::{Action, Thing};
use engine::coordination::grid::{Cell, Direction};
use rand::{Rng, RngExt};

/// A reported prey is believed for so many rounds.
const REPORT_ROUNDS: u32 = 3;
/// Agents to be seen at the box before one pushes: as many as it takes.
const PUSHERS: usize = 5;
/// Rounds of waiting at the box, and of pushing anyway after that.
const PATIENCE: u32 = 15;
const IMPATIENT_PUSHES: u32 = 5;

fn is_inner(sight: &Sight, cell: Cell) -> bool {
    let inner = 1..sight.size - 1;
    inner.contains(&cell.row) && inner.contains(&cell.column)
}

fn middle(sight: &Sight) -> Cell {
    Cell::new(sight.size / 2, sight.size / 2)
}

fn is_taken(sight: &Sight, cell: Cell) -> bool {
    sight.others.iter().any(|o| o.at == cell)
}

/// Take the side of the prey that is near and that few others are nearer to; without a prey, patrol.
pub fn pursue(
    mind: &mut Mind,
    sight: &Sight,
    faults: &Faults,
    paths: &mut Paths,
    rng: &mut impl Rng,
) -> Action {
    let hold = rng.random_bool(0.9);
    let recalls = rng.random_bool(faults.memory);
    // Where it was said to be and is not, it is forgotten.
    mind.prey = mind.prey.filter(|(at, when)| {
        let is_fresh = sight.round - when <= REPORT_ROUNDS;
        is_fresh && (sight.prey == Some(*at) || !sight.in_view.contains(at))
    });
    let prey = sight.prey.or(mind.prey.map(|(at, _)| at).filter(|_| recalls));
    let Some(prey) = prey else { return patrol(mind, sight, paths, rng) };
    let mut best: Option<(i32, Cell)> = None;
    for direction in Direction::ALL {
        let side = prey.step(direction);
        if matches!(mind.known(sight, side), Known::Is(_)) || is_taken(sight, side) {
            continue;
        }
        let own = sight.at.manhattan(side);
        let nearer = sight.others.iter().filter(|o| o.at.manhattan(side) < own).count() as i32;
        let cost = own + 2 * nearer;
        if best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, side));
        }
    }
    match best {
        Some((_, side)) if side == sight.at && hold => Action::Stay,
        // One time in ten it shifts, but never into the prey.
        Some((_, side)) if side == sight.at => {
            let ways: Vec<Direction> =
                Direction::ALL.into_iter().filter(|d| sight.at.step(*d) != prey).collect();
            Action::Go(ways[rng.random_range(0..ways.len())])
        }
        Some((_, side)) => mind.walk(sight, &[side], paths, rng),
        None => Action::Stay,
    }
}

/// Around the middles of the board's quarters, each agent out of step with the next.
fn patrol(mind: &mut Mind, sight: &Sight, paths: &mut Paths, rng: &mut impl Rng) -> Action {
    let quarter = (sight.me + sight.round / 10) % 4;
    let (low, high) = (sight.size / 4, sight.size - 1 - sight.size / 4);
    let row = if quarter < 2 { low } else { high };
    let column = if quarter.is_multiple_of(2) { low } else { high };
    mind.walk(sight, &[Cell::new(row, column)], paths, rng)
}

/// The light of the visible majority; with a clock, the light that the round's number gives.
pub fn synchronize(
    mind: &mut Mind,
    sight: &Sight,
    paths: &mut Paths,
    rng: &mut impl Rng,
) -> Action {
    let tires = rng.random_bool(0.15);
    let on = sight.others.iter().filter(|o| o.light).count() + usize::from(sight.flag);
    let all = sight.others.len() + 1;
    mind.agreed = if on == if sight.flag { all } else { 0 } { mind.agreed + 1 } else { 0 };
    let switches = if mind.follows_clock {
        let wanted = (sight.round / 4) % 2 == 1;
        sight.flag != wanted
    } else if 2 * on != all && sight.flag != (2 * on > all) {
        true
    } else {
        mind.agreed >= 2 && tires
    };
    if switches {
        mind.agreed = 0;
        return Action::Switch;
    }
    // Lights can only be matched where they are seen: everybody knows where the middle is.
    let middle = middle(sight);
    if sight.at.manhattan(middle) <= 1 {
        return Action::Stay;
    }
    match mind.walk(sight, &[middle], paths, rng) {
        Action::Go(direction) if is_taken(sight, sight.at.step(direction)) => Action::Stay,
        action => action,
    }
}

/// To the food, or with food to the nest; what is not known is looked for where nobody has looked.
pub fn forage(mind: &mut Mind, sight: &Sight, paths: &mut Paths, rng: &mut impl Rng) -> Action {
    let wanted = if sight.flag { Thing::Nest } else { Thing::Food };
    let mut goals: Vec<Cell> = mind.places(sight, wanted).collect();
    if goals.is_empty() {
        goals = unseen(mind, sight);
    }
    mind.walk(sight, &goals, paths, rng)
}

/// Inner cells never seen: the cheapest one to reach lies at the edge of what was.
fn unseen(mind: &Mind, sight: &Sight) -> Vec<Cell> {
    let size = sight.size;
    let cells = (0..size * size).map(|i| Cell::new(i / size, i % size));
    cells.filter(|c| is_inner(sight, *c) && mind.known(sight, *c) == Known::Nothing).collect()
}

/// To the slot of the ring around the visible swarm's middle that one's rank gives.
pub fn flock(mind: &mut Mind, sight: &Sight, paths: &mut Paths, rng: &mut impl Rng) -> Action {
    if sight.others.is_empty() {
        // A swarm of one would follow itself: others are most likely met in the middle.
        return mind.walk(sight, &[middle(sight)], paths, rng);
    }
    let side = flocking::side(sight.agents);
    let ring = flocking::ring(side);
    let all = sight.others.len() as i32 + 1;
    let mean = |own: i32, of: fn(&Cell) -> i32| {
        let sum: i32 = own + sight.others.iter().map(|o| of(&o.at)).sum::<i32>();
        (2 * sum + all) / (2 * all)
    };
    let inside = |middle: i32| (middle - side / 2).clamp(1, (sight.size - 1 - side).max(1));
    let corner = Cell::new(
        inside(mean(sight.at.row, |c| c.row)),
        inside(mean(sight.at.column, |c| c.column)),
    );
    let slot = |i: usize| Cell::new(corner.row + ring[i].row, corner.column + ring[i].column);
    let rank = sight.others.iter().filter(|o| o.id < sight.me).count() % ring.len();
    if let Some(standing) = (0..ring.len()).find(|i| slot(*i) == sight.at) {
        // Close up: a free slot of a lower number beside it is taken first.
        let lower =
            (0..standing).map(slot).find(|s| s.manhattan(sight.at) == 1 && !is_taken(sight, *s));
        return match lower {
            Some(lower) => mind.walk(sight, &[lower], paths, rng),
            None if rank == standing || is_taken(sight, slot(rank)) => Action::Stay,
            None => mind.walk(sight, &[slot(rank)], paths, rng),
        };
    }
    mind.walk(sight, &[slot(rank)], paths, rng)
}

/// The way out: from the box to the border that it is nearest to. Known for certain once a cell on the border is.
fn outward(sight: &Sight, at: Cell) -> Direction {
    let last = sight.size - 1;
    let ways = [
        (at.row, Direction::Up),
        (last - at.row, Direction::Down),
        (at.column, Direction::Left),
        (last - at.column, Direction::Right),
    ];
    ways.into_iter().min_by_key(|(distance, _)| *distance).expect("there are four ways").1
}

/// The two known cells of the box nearest to a border: enough to tell others where it is and which way it goes.
pub fn box_ends(mind: &Mind, sight: &Sight) -> Vec<Cell> {
    let last = sight.size - 1;
    let depth = |c: &Cell| c.row.min(last - c.row).min(c.column).min(last - c.column);
    let mut cells: Vec<Cell> = mind.places(sight, Thing::Box).collect();
    cells.sort_by_key(|c| (depth(c), *c));
    cells.truncate(2);
    cells
}

/// Out if there is an opening; else to the inner face of the box, and push when enough are seen there.
pub fn transport(mind: &mut Mind, sight: &Sight, paths: &mut Paths, rng: &mut impl Rng) -> Action {
    if !is_inner(sight, sight.at) {
        mind.waited = 0;
        return Action::Go(outward(sight, sight.at));
    }
    let openings: Vec<Cell> =
        border(sight).filter(|c| mind.known(sight, *c) == Known::Free).collect();
    if !openings.is_empty()
        && let Action::Go(direction) = mind.walk(sight, &openings, paths, rng)
    {
        return Action::Go(direction);
    }
    let Some(end) = box_ends(mind, sight).first().copied() else {
        let goals = along_the_border(mind, sight);
        return mind.walk(sight, &goals, paths, rng);
    };
    let out = outward(sight, end);
    let face: Vec<Cell> = mind
        .places(sight, Thing::Box)
        .map(|c| c.step(out.opposite()))
        .filter(|c| is_inner(sight, *c) && !matches!(mind.known(sight, *c), Known::Is(_)))
        .collect();
    if !face.contains(&sight.at) {
        mind.waited = 0;
        let free: Vec<Cell> = face.into_iter().filter(|c| !is_taken(sight, *c)).collect();
        return mind.walk(sight, &free, paths, rng);
    }
    let near = |at: Cell| face.iter().any(|f| f.manhattan(at) <= 3);
    let ready = sight.others.iter().filter(|o| near(o.at)).count() + 1;
    mind.waited += 1;
    if ready >= PUSHERS {
        return Action::Go(out);
    }
    if mind.waited > PATIENCE {
        mind.waited = 0;
        mind.pushes_left = IMPATIENT_PUSHES;
    }
    if mind.pushes_left > 0 {
        mind.pushes_left -= 1;
        mind.waited = 0;
        return Action::Go(out);
    }
    Action::Stay
}

fn border(sight: &Sight) -> impl Iterator<Item = Cell> {
    let size = sight.size;
    (0..size * size).map(move |i| Cell::new(i / size, i % size)).filter(|c| !is_inner(sight, *c))
}

/// Unseen cells of the border; once all are seen, its openings are known.
fn along_the_border(mind: &Mind, sight: &Sight) -> Vec<Cell> {
    border(sight).filter(|c| mind.known(sight, *c) == Known::Nothing).collect()
}
