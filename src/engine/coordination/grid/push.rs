//! The physics: who moves when several push.
//!
//! For one direction, let v -> w mean that w stands in front of v. The bodies that move are the largest set S without
//! a fixed body, closed under "in front of", in which force can be routed along the arrows so that each body gets at
//! least its mass, passing on at most the excess. The source solves an integer program; this is the same answer by
//! maximum flow. Feasible sets are closed under union, so S is unique, and a body of S is filled by every maximum
//! flow of any larger set, so removing the unfilled ones and those behind them loses nothing.
//! The source first merges bodies that block each other in a circle; flow along the circle does the same.

use super::tangle::{Fate, Tangle};
use super::{Board, Body, Cell, Direction, NOBODY, PUSH};

/// Buffers kept between rounds, so that a round allocates nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// Who pushes, by direction.
    pushers: [Vec<u32>; 4],
    movers: Vec<u32>,
    /// Pushers with somebody in front.
    rest: Vec<u32>,
    tangle: Tangle,
}

impl Board {
    /// One round: body i pushes in direction `pushes[i]`. The bodies past the end of `pushes` do not push.
    /// Directions are resolved one after the other, each for all bodies at once.
    pub fn push(&mut self, pushes: &[Option<Direction>]) {
        assert!(pushes.len() <= self.bodies.len(), "only bodies push");
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.pushers.iter_mut().for_each(Vec::clear);
        for (body, push) in pushes.iter().enumerate() {
            if let Some(direction) = push {
                scratch.pushers[*direction as usize].push(body as u32);
            }
        }
        for direction in Direction::ALL {
            self.push_toward(direction, pushes, &mut scratch);
        }
        self.scratch = scratch;
    }

    fn push_toward(
        &mut self,
        direction: Direction,
        pushes: &[Option<Direction>],
        scratch: &mut Scratch,
    ) {
        let Scratch { pushers, movers, rest, tangle } = scratch;
        movers.clear();
        rest.clear();
        for &body in &pushers[direction as usize] {
            let Body { shape, mass, escaped, fixed, at } = self.bodies[body as usize];
            if escaped {
                continue;
            }
            let front = self.at(at.step(direction));
            if shape != 0 || mass > PUSH || fixed {
                rest.push(body);
            } else if let Some(other) = front {
                // Before a wall it stays; those behind it find out by themselves.
                if !self.bodies[other as usize].fixed {
                    rest.push(body);
                }
            } else {
                // With nobody in front it moves, whatever the others do.
                movers.push(body);
            }
        }
        if !rest.is_empty() {
            tangle.node_of.resize(self.bodies.len(), NOBODY);
            self.entangle(direction, pushes, rest, tangle);
            tangle.resolve();
            for (node, &body) in tangle.bodies.iter().enumerate() {
                tangle.node_of[body as usize] = NOBODY;
                let is_in_already = self.bodies[body as usize].shape == 0
                    && tangle.fronts(node).is_empty()
                    && tangle.force[node] >= tangle.mass[node];
                if tangle.fate[node] == Fate::Moves && !is_in_already {
                    movers.push(body);
                }
            }
        }
        self.shift(direction, movers);
    }

    /// The graph of everything that the pushers in `rest` reach.
    fn entangle(
        &self,
        direction: Direction,
        pushes: &[Option<Direction>],
        rest: &[u32],
        tangle: &mut Tangle,
    ) {
        tangle.clear();
        for &body in rest {
            tangle.node(body);
        }
        let mut node = 0;
        while node < tangle.bodies.len() {
            let body = tangle.bodies[node];
            let state = &self.bodies[body as usize];
            let push = pushes.get(body as usize).copied().flatten();
            let against = push == Some(direction.opposite());
            tangle.force.push(if push == Some(direction) { PUSH } else { 0 });
            tangle.mass.push(state.mass + if against { PUSH } else { 0 });
            tangle.fate.push(if state.fixed { Fate::Stays } else { Fate::Open });
            let start = tangle.front.len();
            // What stands in front of a fixed body is of no matter: it stays.
            let cells = if state.fixed { &[][..] } else { &self.shapes[state.shape as usize][..] };
            for offset in cells {
                let front = state.at.plus(*offset).step(direction);
                if let Some(other) = self.at(front).filter(|other| *other != body) {
                    let other = tangle.node(other);
                    if !tangle.front[start..].contains(&other) {
                        tangle.front.push(other);
                    }
                }
            }
            tangle.front_end.push(tangle.front.len() as u32);
            node += 1;
        }
        tangle.turn_around();
    }

    fn shift(&mut self, direction: Direction, movers: &[u32]) {
        let [rows, columns] = direction.vector();
        let offset = Cell::new(rows, columns);
        for &body in movers {
            self.mark(body, NOBODY);
        }
        for &body in movers {
            let at = self.bodies[body as usize].at.plus(offset);
            self.bodies[body as usize].at = at;
            let on_board = self.mark(body, body);
            self.bodies[body as usize].escaped = !on_board;
        }
    }

    /// Writes `what` on the body's cells of the board; whether there are any.
    fn mark(&mut self, body: u32, what: u32) -> bool {
        let Body { at, shape, .. } = self.bodies[body as usize];
        if shape == 0 {
            let index = self.index(at);
            index.inspect(|i| self.occupant[*i] = what);
            return index.is_some();
        }
        let mut any = false;
        for i in 0..self.shapes[shape as usize].len() {
            let cell = at.plus(self.shapes[shape as usize][i]);
            if let Some(index) = self.index(cell) {
                self.occupant[index] = what;
                any = true;
            }
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::super::drawn::{board, text};
    use super::*;
    use crate::chance::Chance;
    use Direction::{Down, Left, Right, Up};
    use rand::RngExt;

    /// Agents are named by small letters; `pushes` says what each of them does, by the alphabet.
    fn check(before: &[&str], pushes: &[Option<Direction>], after: &[&str]) {
        let (mut board, letters) = board(before);
        board.push(pushes);
        assert_eq!(text(&board, &letters), after, "from {before:?}");
    }

    #[test]
    fn an_agent_moves_into_a_free_cell_and_stays_before_a_wall() {
        check(&["a.#"], &[Some(Right)], &[".a#"]);
        check(&[".a#"], &[Some(Right)], &[".a#"]);
        check(&["..", "a."], &[Some(Up)], &["a.", ".."]);
    }

    #[test]
    fn one_agent_pushes_one_other_but_not_two() {
        check(&["ab.."], &[Some(Right), None], &[".ab."]);
        check(&["abc."], &[Some(Right), None, None], &["abc."]);
    }

    #[test]
    fn two_agents_in_a_row_add_their_force() {
        check(&["abcd."], &[Some(Right), Some(Right), None, None], &[".abcd"]);
    }

    #[test]
    fn a_marching_column_moves_as_one() {
        check(&["abc."], &[Some(Right); 3], &[".abc"]);
        check(&["abc#"], &[Some(Right); 3], &["abc#"]);
    }

    #[test]
    fn force_against_a_push_counts_as_mass() {
        // b weighs 1 and holds against with 2: one pusher is too weak, and b is too weak against it in its turn.
        check(&[".ab."], &[Some(Right), Some(Left)], &[".ab."]);
        // Three pushers have 6, the four bodies weigh 4 + 2.
        check(&["abcd."], &[Some(Right), Some(Right), Some(Right), Some(Left)], &[".abcd"]);
    }

    #[test]
    fn a_block_of_nine_cells_needs_three_pushers() {
        let before = ["aBBB.", "bBBB.", "cBBB."];
        check(&before, &[Some(Right), Some(Right), None], &before);
        check(&before, &[Some(Right); 3], &[".aBBB", ".bBBB", ".cBBB"]);
    }

    #[test]
    fn a_block_that_touches_a_wall_with_one_corner_stays_and_so_do_its_pushers() {
        let before = ["aBB.", "bBB#"];
        check(&before, &[Some(Right), Some(Right)], &before);
    }

    #[test]
    fn bodies_that_hold_each_other_move_together_or_not_at_all() {
        // A is a U around C: each is in front of the other.
        let before = [".AAA.", "aAC..", ".AAA."];
        check(&before, &[Some(Right)], &before);
        let (mut board, letters) = board(&["aAAA.", "bAC..", "cAAA."]);
        board.push(&[Some(Right); 3]);
        // Masses floor(sqrt 7) = 2 and 1 against a surplus of 3.
        assert_eq!(text(&board, &letters), [".aAAA", ".bAC.", ".cAAA"]);
    }

    #[test]
    fn directions_are_resolved_up_down_left_right() {
        // a goes up first; then b finds the cell free.
        check(&["..", ".a", "b."], &[Some(Up), None], &[".a", "..", "b."]);
        check(&["..", "ba"], &[Some(Up), Some(Right)], &[".a", ".b"]);
        // b's push to the left comes after a's push down has left the cell.
        check(&["ab", ".."], &[Some(Down), Some(Left)], &["b.", "a."]);
    }

    #[test]
    fn a_body_that_leaves_the_board_has_escaped_and_takes_no_room() {
        let (mut board, letters) = board(&["a.", "b."]);
        board.push(&[Some(Up), None]);
        assert!(board.has_escaped(0) && !board.has_escaped(1));
        board.push(&[Some(Down), Some(Up)]);
        assert_eq!(text(&board, &letters), ["b.", ".."]);
        assert_eq!((board.place_of(0), board.cells_of(0).count()), (None, 0));
    }

    #[test]
    fn a_large_body_leaves_cell_by_cell() {
        let (mut board, letters) = board(&["BB", "BB", "ab"]);
        board.push(&[Some(Up), Some(Up)]);
        assert_eq!(text(&board, &letters), ["BB", "ab", ".."]);
        board.push(&[Some(Up), Some(Up)]);
        assert_eq!(text(&board, &letters), ["ab", "..", ".."]);
        assert!(board.has_escaped(2));
    }

    /// The same answer by trying all sets of bodies: a set is possible if no fixed body is in it, all in front are in
    /// it, and for each part of it the force of those that can reach the part within the set covers the part's mass.
    fn naive(board: &Board, pushes: &[Option<Direction>], direction: Direction) -> u32 {
        let bodies = board.bodies.len();
        let push = |b: usize| pushes.get(b).copied().flatten();
        let force = |b: usize| if push(b) == Some(direction) { PUSH } else { 0 };
        let mass = |b: usize| {
            board.bodies[b].mass + if push(b) == Some(direction.opposite()) { PUSH } else { 0 }
        };
        let fronts: Vec<u32> = (0..bodies)
            .map(|b| {
                board
                    .cells_of(b as u32)
                    .filter_map(|c| board.at(c.step(direction)))
                    .filter(|other| *other as usize != b)
                    .fold(0, |set, other| set | 1 << other)
            })
            .collect();
        let all = |set: u32| (0..bodies).filter(move |b| set >> b & 1 == 1);
        let behind = |part: u32, set: u32| {
            let mut reach = part;
            loop {
                let more =
                    all(set).filter(|b| fronts[*b] & reach != 0).fold(reach, |r, b| r | 1 << b);
                if more == reach {
                    return reach;
                }
                reach = more;
            }
        };
        let is_possible = |set: u32| {
            all(set).all(|b| {
                !board.bodies[b].fixed && !board.bodies[b].escaped && fronts[b] & !set == 0
            }) && (1..=set).filter(|part| part & !set == 0).all(|part| {
                all(part).map(mass).sum::<i32>() <= all(behind(part, set)).map(force).sum()
            })
        };
        (0..1 << bodies)
            .filter(|set| is_possible(*set))
            .max_by_key(|set: &u32| set.count_ones())
            .unwrap_or(0)
    }

    /// A random board of at most nine bodies, some of several cells.
    fn random(rng: &mut impl rand::Rng) -> (Board, usize) {
        let mut board = Board::new(3, 4);
        let agents = rng.random_range(1..6);
        for _ in 0..agents {
            let free: Vec<Cell> = board.cells().filter(|c| board.is_free(*c)).collect();
            board.place(&[free[rng.random_range(0..free.len())]], None, false);
        }
        for _ in 0..rng.random_range(0..4) {
            let first = Cell::new(rng.random_range(0..3), rng.random_range(0..4));
            let mut cells = vec![first];
            for _ in 0..rng.random_range(0..5) {
                let next = cells[cells.len() - 1].step(Direction::ALL[rng.random_range(0..4)]);
                if !cells.contains(&next) {
                    cells.push(next);
                }
            }
            cells.retain(|c| board.is_free(*c));
            if !cells.is_empty() {
                board.place(&cells, None, rng.random_bool(0.2));
            }
        }
        (board, agents)
    }

    #[test]
    fn who_moves_is_what_trying_all_sets_gives() {
        let mut rng = Chance::new(5).stream(0, "boards");
        let (mut moved, mut pushed_others) = (0, 0);
        for _ in 0..3_000 {
            let (mut board, agents) = random(&mut rng);
            let pushes: Vec<Option<Direction>> = (0..agents)
                .map(|_| rng.random_bool(0.85).then(|| Direction::ALL[rng.random_range(0..2)]))
                .collect();
            // One direction at a time: the second starts from where the first has led.
            for direction in [Up, Down] {
                let expected = naive(&board, &pushes, direction);
                let before: Vec<Cell> = board.bodies.iter().map(|b| b.at).collect();
                let mut scratch = std::mem::take(&mut board.scratch);
                scratch.pushers.iter_mut().for_each(Vec::clear);
                for (body, push) in pushes.iter().enumerate() {
                    push.iter().for_each(|d| scratch.pushers[*d as usize].push(body as u32));
                }
                board.push_toward(direction, &pushes, &mut scratch);
                board.scratch = scratch;
                let set = (0..before.len())
                    .filter(|b| board.bodies[*b].at != before[*b])
                    .fold(0, |set: u32, b| set | 1 << b);
                assert_eq!(set, expected, "{before:?} {pushes:?} {direction:?}");
                moved += u32::from(set != 0);
                pushed_others += u32::from(set >> agents != 0);
            }
        }
        // The boards are not trivial.
        assert!(moved > 1_000 && pushed_others > 200, "{moved} {pushed_others}");
    }
}
