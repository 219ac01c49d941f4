//! Ways over what an agent knows.

use super::mind::{Known, Mind, Sight};
use engine::coordination::grid::{Cell, Direction};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Cost of entering a cell, in half steps: a cell never seen counts as one and a half.
const SEEN: u32 = 2;
const UNSEEN: u32 = 3;
/// Our choice: another agent in the way is a detour of three steps, so that nobody is pushed without need.
const AGENT: u32 = 6;

/// Buffers for finding ways.
#[derive(Debug, Default)]
pub struct Paths {
    cost: Vec<u32>,
    length: Vec<u32>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Paths {
    /// The first step of a cheapest way from where the agent is to the nearest goal; none if it is there or no way
    /// is known. Goals may be things: the way then ends beside them.
    pub fn toward(&mut self, mind: &Mind, sight: &Sight, goals: &[Cell]) -> Option<Direction> {
        let size = sight.size;
        let index = |c: Cell| {
            let inside = (0..size).contains(&c.row) && (0..size).contains(&c.column);
            inside.then_some((c.row * size + c.column) as usize)
        };
        let cell = |i: u32| Cell::new(i as i32 / size, i as i32 % size);
        self.cost.clear();
        self.cost.extend(mind.known.iter().map(|known| match known {
            Known::Nothing => UNSEEN,
            Known::Free => SEEN,
            Known::Is(_) => u32::MAX,
        }));
        for other in &sight.others {
            index(other.at).into_iter().for_each(|i| self.cost[i] = AGENT);
        }
        sight.prey.and_then(index).into_iter().for_each(|i| self.cost[i] = u32::MAX);
        // From the goals outward, so that one search serves all of them.
        self.length.clear();
        self.length.resize(mind.known.len(), u32::MAX);
        self.heap.clear();
        let start = index(sight.at)?;
        for goal in goals.iter().filter_map(|g| index(*g)) {
            self.length[goal] = 0;
            self.heap.push(Reverse((0, goal as u32)));
        }
        while let Some(Reverse((length, at))) = self.heap.pop() {
            if at as usize == start {
                break;
            }
            if length > self.length[at as usize] {
                continue;
            }
            // The step into a goal that is a thing costs as much as one into a free cell.
            let own = self.cost[at as usize];
            let next = length + if own == u32::MAX { SEEN } else { own };
            for direction in Direction::ALL {
                let Some(to) = index(cell(at).step(direction)) else { continue };
                if (self.cost[to] != u32::MAX || to == start) && next < self.length[to] {
                    self.length[to] = next;
                    self.heap.push(Reverse((next, to as u32)));
                }
            }
        }
        let here = self.length[start];
        if here == 0 || here == u32::MAX {
            return None;
        }
        Direction::ALL.into_iter().find(|direction| {
            index(sight.at.step(*direction)).is_some_and(|to| {
                let own = if self.cost[to] == u32::MAX { SEEN } else { self.cost[to] };
                self.length[to] != u32::MAX && self.length[to].saturating_add(own) == here
            })
        })
    }
}
