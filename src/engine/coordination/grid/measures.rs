//! What a group does in a round, in numbers (after SwarmBench, repo analysis/utils/metrics.py).

use super::{Board, Cell, Direction};
use crate::math;

/// The share of each of several counts, as Shannon entropy in bits; none if nothing was counted.
fn entropy(counts: &[u32]) -> Option<f64> {
    let all: u32 = counts.iter().sum();
    let bits = |count: &u32| {
        let share = f64::from(*count) / f64::from(all);
        if *count == 0 { 0.0 } else { -share * math::log2(share) }
    };
    (all > 0).then(|| counts.iter().map(bits).sum())
}

/// What the agents of a board chose in a round.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Choices {
    /// Entropy of the four ways among those who chose to move, bits; none if nobody did.
    pub directional_entropy: Option<f64>,
    /// Length of the mean unit vector of those who chose to move; none if nobody did.
    pub polarization: Option<f64>,
    /// Share of agents that did not choose to move.
    pub stillness: f64,
    /// Share of the most frequent action.
    pub dominant_action: f64,
}

/// `chosen[i]` is the way agent i chose, none if it chose to stay or to do something else.
pub fn choices(chosen: &[Option<Direction>]) -> Choices {
    let mut counts = [0u32; 4];
    let mut sum = [0i32; 2];
    for direction in chosen.iter().flatten() {
        counts[*direction as usize] += 1;
        let [rows, columns] = direction.vector();
        sum = [sum[0] + rows, sum[1] + columns];
    }
    let moves: u32 = counts.iter().sum();
    let agents = chosen.len().max(1) as f64;
    let still = chosen.len() as u32 - moves;
    let length = f64::from(sum[0] * sum[0] + sum[1] * sum[1]).sqrt();
    Choices {
        directional_entropy: entropy(&counts),
        polarization: (moves > 0).then(|| length / f64::from(moves)),
        stillness: f64::from(still) / agents,
        dominant_action: f64::from(counts.into_iter().max().unwrap_or(0).max(still)) / agents,
    }
}

/// What the agents' moves made of the group, from where they were and where they are (none = not on the board).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Pairs side by side before and after.
    pub kept_adjacency: u32,
    /// Pairs of which the first moved into the second's old cell while the second moved one further the same way.
    pub push_events: u32,
}

/// Over all pairs: meant for the hundred agents of a board that a person watches.
pub fn contact(before: &[Option<Cell>], after: &[Option<Cell>]) -> Contact {
    let moved: Vec<Option<(Cell, Cell)>> =
        before.iter().zip(after).map(|(b, a)| (*b).zip(*a)).collect();
    let mut contact = Contact::default();
    for (i, first) in moved.iter().enumerate() {
        for (j, second) in moved.iter().enumerate() {
            let (Some((first_old, first_new)), Some((second_old, second_new))) = (first, second)
            else {
                continue;
            };
            let side_by_side =
                first_old.manhattan(*second_old) == 1 && first_new.manhattan(*second_new) == 1;
            contact.kept_adjacency += u32::from(i < j && side_by_side);
            let pushed = first_new == second_old
                && Direction::ALL.iter().any(|d| {
                    first_old.step(*d) == *first_new && second_old.step(*d) == *second_new
                });
            contact.push_events += u32::from(i != j && pushed);
        }
    }
    contact
}

/// Which cells anybody has visited.
#[derive(Clone, Debug)]
pub struct Explored {
    visited: Vec<bool>,
    count: u32,
}

impl Explored {
    pub fn new(board: &Board) -> Self {
        Self { visited: vec![false; (board.rows() * board.columns()) as usize], count: 0 }
    }

    pub fn visit(&mut self, board: &Board, cell: Cell) {
        if let Some(index) = board.index(cell)
            && !std::mem::replace(&mut self.visited[index], true)
        {
            self.count += 1;
        }
    }

    /// Distinct cells visited so far.
    pub fn count(&self) -> u32 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{Down, Left, Right, Up};

    #[test]
    fn four_ways_in_equal_shares_are_two_bits_and_no_common_heading() {
        let all = choices(&[Some(Up), Some(Down), Some(Left), Some(Right)]);
        assert_eq!(all.directional_entropy, Some(2.0));
        assert_eq!((all.polarization, all.stillness, all.dominant_action), (Some(0.0), 0.0, 0.25));
    }

    #[test]
    fn one_way_for_all_is_no_entropy_and_full_polarization() {
        let all = choices(&[Some(Up), Some(Up), None, None, None]);
        assert_eq!((all.directional_entropy, all.polarization), (Some(0.0), Some(1.0)));
        assert_eq!((all.stillness, all.dominant_action), (0.6, 0.6));
    }

    #[test]
    fn a_still_group_has_no_direction() {
        let all = choices(&[None, None]);
        assert_eq!((all.directional_entropy, all.polarization, all.stillness), (None, None, 1.0));
        assert_eq!(choices(&[]), Choices::default());
    }

    #[test]
    fn pairs_that_stay_together_and_pushes_are_counted() {
        let at =
            |columns: &[i32]| columns.iter().map(|c| Some(Cell::new(0, *c))).collect::<Vec<_>>();
        // The first pushes the second; they stay side by side; the third stands apart.
        let pushed = contact(&at(&[0, 1, 5]), &at(&[1, 2, 5]));
        assert_eq!(pushed, Contact { kept_adjacency: 1, push_events: 1 });
        let apart = contact(&at(&[1, 2]), &at(&[0, 3]));
        assert_eq!(apart, Contact::default());
        let escaped = contact(&at(&[0, 1]), &[None, Some(Cell::new(0, 1))]);
        assert_eq!(escaped, Contact::default());
    }

    #[test]
    fn a_cell_counts_once() {
        let board = Board::new(2, 2);
        let mut explored = Explored::new(&board);
        for cell in [Cell::new(0, 0), Cell::new(0, 0), Cell::new(1, 1), Cell::new(9, 9)] {
            explored.visit(&board, cell);
        }
        assert_eq!(explored.count(), 2);
    }
}
