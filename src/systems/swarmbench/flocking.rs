//! Flocking: form a hollow square, anywhere (repo swarmbench/task.py).

use super::world::{Goal, Thing, World};
use engine::coordination::grid::Cell;
use lexicon::Fault;
use rand::Rng;

/// So many places of the ring are assigned exactly; they are tried from the most promising one, so more are hardly
/// ever needed.
const PLACES_MAX: usize = 400;

/// The shape to be formed, and how far the swarm is from it.
#[derive(Clone, Debug)]
pub struct Ring {
    /// Cells of the ring, clockwise from its upper left one.
    pub cells: Vec<Cell>,
    pub side: i32,
    /// Steps that agents have to walk in total, at the start and now.
    pub first: i32,
    pub now: i32,
}

/// Side of the hollow square: floor(N / 4) + 1.
pub fn side(agents: u32) -> i32 {
    (agents / 4) as i32 + 1
}

/// The cells of a hollow square, clockwise from the upper left one.
pub fn ring(side: i32) -> Vec<Cell> {
    let last = side - 1;
    if last == 0 {
        return vec![Cell::new(0, 0)];
    }
    let top = (0..last).map(|i| Cell::new(0, i));
    let right = (0..last).map(|i| Cell::new(i, last));
    let bottom = (0..last).map(|i| Cell::new(last, last - i));
    let left = (0..last).map(|i| Cell::new(last - i, 0));
    top.chain(right).chain(bottom).chain(left).collect()
}

/// Agents anywhere inside.
pub fn lay(world: &mut World, rng: &mut impl Rng) -> Result<(), Fault> {
    let room = world.inner_cells();
    world.settle(room, &[], rng)?;
    let border = world.border_cells();
    world.add(Thing::Wall, &border, None);
    let side = side(world.agents);
    let cells = ring(side);
    let first = distance(world, &cells, side);
    world.goal = Goal::Flocking(Ring { cells, side, first, now: first });
    Ok(())
}

pub fn update(world: &mut World) {
    let Goal::Flocking(ring) = &world.goal else { return };
    let now = distance(world, &ring.cells, ring.side);
    let gained = f64::from(ring.first - now);
    if let Goal::Flocking(ring) = &mut world.goal {
        ring.now = now;
    }
    // A ring of one cell is always formed: nothing to gain.
    world.score = world.score.max(gained);
    world.is_done = now == 0;
}

/// Steps to the nearest place of the ring, each of its cells getting an agent of its own.
fn distance(world: &World, cells: &[Cell], side: i32) -> i32 {
    let agents: Vec<Cell> = (0..world.agents).filter_map(|a| world.board.place_of(a)).collect();
    if agents.len() < cells.len() {
        return 0;
    }
    let mut cost = vec![0; cells.len() * agents.len()];
    let fill = |at: Cell, cost: &mut [i32]| {
        for (row, cell) in cost.chunks_mut(agents.len()).zip(cells) {
            let cell = Cell::new(at.row + cell.row, at.column + cell.column);
            row.iter_mut().zip(&agents).for_each(|(cost, agent)| *cost = cell.manhattan(*agent));
        }
    };
    // No assignment is cheaper than each cell's nearest agent.
    let mut places: Vec<(i32, Cell)> = Vec::new();
    for row in 1..world.size - side {
        for column in 1..world.size - side {
            fill(Cell::new(row, column), &mut cost);
            let least = cost.chunks(agents.len()).filter_map(|row| row.iter().min()).sum();
            places.push((least, Cell::new(row, column)));
        }
    }
    places.sort();
    let mut best = i32::MAX;
    for (least, at) in places.into_iter().take(PLACES_MAX) {
        if least >= best {
            break;
        }
        fill(at, &mut cost);
        best = best.min(assignment(&cost, cells.len(), agents.len(), best));
    }
    best
}

/// Least total cost of giving each row a column of its own (Hungarian method; rows <= columns), or some cost of at
/// least `limit` if that is not below it. `cost` is [rows, columns].
pub fn assignment(cost: &[i32], rows: usize, columns: usize, limit: i32) -> i32 {
    const NONE: usize = usize::MAX;
    let (mut row_price, mut column_price) = (vec![0; rows], vec![0; columns + 1]);
    // Row that holds each column; the last column is a stand-in for the row that is being placed.
    let mut holder = vec![NONE; columns + 1];
    let mut came_from = vec![NONE; columns];
    // What the rows not yet placed cost at least.
    let mut rest: i32 = cost.chunks(columns).filter_map(|row| row.iter().min()).sum();
    for row in 0..rows {
        // The rows placed so far cost least what the stand-in's price says.
        if rest - column_price[columns] >= limit {
            return rest - column_price[columns];
        }
        rest -= cost[row * columns..(row + 1) * columns].iter().min().copied().unwrap_or(0);
        let mut column = columns;
        holder[columns] = row;
        let mut least = vec![i32::MAX; columns];
        let mut done = vec![false; columns + 1];
        while holder[column] != NONE {
            done[column] = true;
            let from = holder[column];
            let (mut gap, mut next) = (i32::MAX, NONE);
            for to in 0..columns {
                if done[to] {
                    continue;
                }
                let reduced = cost[from * columns + to] - row_price[from] - column_price[to];
                if reduced < least[to] {
                    least[to] = reduced;
                    came_from[to] = column;
                }
                if least[to] < gap {
                    (gap, next) = (least[to], to);
                }
            }
            for to in 0..=columns {
                if done[to] {
                    row_price[holder[to]] += gap;
                    column_price[to] -= gap;
                } else if to < columns {
                    least[to] -= gap;
                }
            }
            column = next;
        }
        while column != columns {
            let previous = came_from[column];
            holder[column] = holder[previous];
            column = previous;
        }
    }
    (0..columns).filter(|c| holder[*c] != NONE).map(|c| cost[holder[c] * columns + c]).sum()
}
