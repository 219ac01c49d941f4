//! The surrogate mind: a scripted local policy with four faults. Nothing of the board reaches it but what is in its
//! view, what it heard, and its own place, flag and clock.

use super::paths::Paths;
use super::policies;
use super::world::{Action, Task, Thing, World};
use engine::coordination::grid::sight::window;
use engine::coordination::grid::{Cell, Direction};
use rand::{Rng, RngExt};
use std::fmt::Write;

/// How far a mind is from the scripted policy; each is a chance from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    /// Of doing something at random in a round.
    pub lapse: f64,
    /// Of sending in a round, and of using what was heard in it.
    pub talk: f64,
    /// Of keeping a cell that leaves the view, and of using a position that is not in view.
    pub memory: f64,
    /// Of taking the round's number as a common clock, drawn once an agent.
    pub clock: f64,
}

/// What a mind knows of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    Nothing,
    Free,
    Is(Thing),
}

/// Another agent in view.
#[derive(Clone, Copy, Debug)]
pub struct Other {
    pub id: u32,
    pub at: Cell,
    /// Its light, in Synchronization.
    pub light: bool,
}

/// What an agent meets in a round.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    pub me: u32,
    pub at: Cell,
    /// Rows and columns of the board, which all know.
    pub size: i32,
    /// Agents of the swarm, which all know.
    pub agents: u32,
    pub round: u32,
    /// Own light, or carrying.
    pub flag: bool,
    /// The cells of the board that are in view.
    pub in_view: Vec<Cell>,
    pub others: Vec<Other>,
    /// The prey, when in view.
    pub prey: Option<Cell>,
}

/// A position somebody named: P prey, F food, N nest, G gap, B box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    pub what: char,
    pub at: Cell,
}

/// What an agent carries from round to round.
#[derive(Clone, Debug)]
pub struct Mind {
    /// [size * size]
    pub known: Vec<Known>,
    seen_before: Vec<Cell>,
    /// Where the prey was last known to be, and in which round.
    pub prey: Option<(Cell, u32)>,
    /// The box's cells that others named.
    pub follows_clock: bool,
    /// Where it stood and where it wanted to go in the last round.
    wanted: Option<(Cell, Direction)>,
    blocked: u32,
    /// Rounds in a row in which all visible lights were like its own.
    pub agreed: u32,
    /// Rounds it has waited at the box, and rounds for which it still pushes out of impatience.
    pub waited: u32,
    pub pushes_left: u32,
}

impl Mind {
    pub fn new(size: u32, faults: &Faults, rng: &mut impl Rng) -> Self {
        Self {
            known: vec![Known::Nothing; (size * size) as usize],
            seen_before: Vec::new(),
            prey: None,
            follows_clock: rng.random_bool(faults.clock),
            wanted: None,
            blocked: 0,
            agreed: 0,
            waited: 0,
            pushes_left: 0,
        }
    }

    pub fn known(&self, sight: &Sight, cell: Cell) -> Known {
        let inside = (0..sight.size).contains(&cell.row) && (0..sight.size).contains(&cell.column);
        if inside {
            self.known[(cell.row * sight.size + cell.column) as usize]
        } else {
            Known::Nothing
        }
    }

    /// All cells known to be such a thing, row by row.
    pub fn places(&self, sight: &Sight, thing: Thing) -> impl Iterator<Item = Cell> {
        let size = sight.size;
        let is =
            self.known.iter().enumerate().filter(move |(_, known)| **known == Known::Is(thing));
        is.map(move |(i, _)| Cell::new(i as i32 / size, i as i32 % size))
    }

    /// Takes in what is in view, and forgets by chance what is no longer.
    fn look(
        &mut self,
        world: &World,
        agent: u32,
        view: u32,
        round: u32,
        sight: &mut Sight,
        faults: &Faults,
        rng: &mut impl Rng,
    ) {
        let Some(at) = world.board.place_of(agent) else { return };
        sight.me = agent;
        sight.at = at;
        sight.size = world.size;
        sight.agents = world.agents;
        sight.round = round;
        sight.flag = world.flag[agent as usize];
        sight.in_view.clear();
        sight.others.clear();
        sight.prey = None;
        for cell in window(at, view) {
            let Some(index) = world.board.index(cell) else { continue };
            sight.in_view.push(cell);
            self.known[index] = match world.thing_at(cell) {
                Some(Thing::Prey) => {
                    sight.prey = Some(cell);
                    Known::Free
                }
                Some(thing) => Known::Is(thing),
                None => Known::Free,
            };
            if let Some(id) = world.agent_at(cell).filter(|id| *id != agent) {
                sight.others.push(Other { id, at: cell, light: world.flag[id as usize] });
            }
        }
        for cell in std::mem::take(&mut self.seen_before) {
            if cell.chebyshev(at) > view as i32 / 2 && !rng.random_bool(faults.memory) {
                self.known[(cell.row * world.size + cell.column) as usize] = Known::Nothing;
            }
        }
        self.seen_before.extend(&sight.in_view);
    }

    /// Takes in what was heard.
    fn listen(&mut self, sight: &Sight, reports: &[Report]) {
        for report in reports {
            let inside = (0..sight.size).contains(&report.at.row)
                && (0..sight.size).contains(&report.at.column);
            if !inside {
                continue;
            }
            let index = (report.at.row * sight.size + report.at.column) as usize;
            let place = match report.what {
                'P' => {
                    // It was seen in the round before.
                    let when = sight.round.saturating_sub(1);
                    if self.prey.is_none_or(|(_, known)| known < when) {
                        self.prey = Some((report.at, when));
                    }
                    continue;
                }
                'F' => Known::Is(Thing::Food),
                'N' => Known::Is(Thing::Nest),
                'B' => Known::Is(Thing::Box),
                'G' => Known::Free,
                _ => continue,
            };
            if self.known[index] == Known::Nothing {
                self.known[index] = place;
            }
        }
    }

    /// One decision: the action, and a message (left empty for none).
    pub fn decide(
        &mut self,
        scene: &Scene,
        sight: &mut Sight,
        paths: &mut Paths,
        message: &mut String,
        rng: &mut impl Rng,
    ) -> Action {
        let Scene { world, agent, view, round, faults, .. } = *scene;
        message.clear();
        // Drawn for every agent in every round, used or not, so that one choice does not shift the next.
        let (lapses, sends, hears) = (
            rng.random_bool(faults.lapse),
            rng.random_bool(faults.talk),
            rng.random_bool(faults.talk),
        );
        let lapse = random_action(world.task, rng);
        self.look(world, agent, view, round, sight, &faults, rng);
        if hears {
            self.listen(sight, scene.reports);
        }
        if let Some(prey) = sight.prey {
            self.prey = Some((prey, round));
        }
        let action = match world.task {
            Task::Pursuit => policies::pursue(self, sight, &faults, paths, rng),
            Task::Synchronization => policies::synchronize(self, sight, paths, rng),
            Task::Foraging => policies::forage(self, sight, paths, rng),
            Task::Flocking => policies::flock(self, sight, paths, rng),
            Task::Transport => policies::transport(self, sight, paths, rng),
        };
        if sends {
            self.speak(world.task, sight, message);
        }
        let action = if lapses { lapse } else { action };
        self.wanted = match action {
            Action::Go(direction) => Some((sight.at, direction)),
            Action::Stay | Action::Switch => None,
        };
        action
    }

    /// A step on the way to the nearest of `goals`; after two rounds in which it was blocked, a step aside.
    pub fn walk(
        &mut self,
        sight: &Sight,
        goals: &[Cell],
        paths: &mut Paths,
        rng: &mut impl Rng,
    ) -> Action {
        self.blocked = match self.wanted {
            Some((from, _)) if from == sight.at => self.blocked + 1,
            _ => 0,
        };
        // Our choice: a coin, else two who meet in a gap step aside and back together forever.
        let gives_way = rng.random_bool(0.5);
        if self.blocked >= 2
            && gives_way
            && let Some((_, wanted)) = self.wanted
        {
            self.blocked = 0;
            return self.step_aside(sight, wanted, rng);
        }
        paths.toward(self, sight, goals).map_or(Action::Stay, Action::Go)
    }

    /// To a side that is free, either with equal chances; back where neither is, so that a gap can clear.
    fn step_aside(&self, sight: &Sight, wanted: Direction, rng: &mut impl Rng) -> Action {
        let is_open = |way: &Direction| {
            let cell = sight.at.step(*way);
            self.known(sight, cell) == Known::Free && sight.others.iter().all(|o| o.at != cell)
        };
        let mut sides = match wanted {
            Direction::Up | Direction::Down => [Direction::Left, Direction::Right],
            Direction::Left | Direction::Right => [Direction::Up, Direction::Down],
        };
        if rng.random_bool(0.5) {
            sides.reverse();
        }
        let ways = [sides[0], sides[1], wanted.opposite()];
        ways.into_iter().find(is_open).map_or(Action::Stay, Action::Go)
    }

    fn speak(&self, task: Task, sight: &Sight, message: &mut String) {
        let mut name = |what: char, at: Cell| {
            let space = if message.is_empty() { "" } else { " " };
            // Writing to a String cannot fail.
            let _ = write!(message, "{space}{what} {} {}", at.row, at.column);
        };
        match task {
            Task::Pursuit => sight.prey.into_iter().for_each(|at| name('P', at)),
            Task::Foraging => {
                self.places(sight, Thing::Food).take(1).for_each(|at| name('F', at));
                self.places(sight, Thing::Nest).take(1).for_each(|at| name('N', at));
                self.gaps(sight).take(4).for_each(|at| name('G', at));
            }
            Task::Transport => {
                policies::box_ends(self, sight).into_iter().for_each(|at| name('B', at))
            }
            Task::Synchronization | Task::Flocking => {}
        }
    }

    /// Free cells at the end of an inner wall: two cells of wall in a line with it, the first not of the border.
    fn gaps(&self, sight: &Sight) -> impl Iterator<Item = Cell> {
        let is_wall = |cell| self.known(sight, cell) == Known::Is(Thing::Wall);
        let is_inner = |c: Cell| {
            (1..sight.size - 1).contains(&c.row) && (1..sight.size - 1).contains(&c.column)
        };
        sight.in_view.iter().copied().filter(move |cell| {
            self.known(sight, *cell) == Known::Free
                && is_inner(*cell)
                && Direction::ALL.iter().any(|d| {
                    let first = cell.step(*d);
                    is_inner(first) && is_wall(first) && is_wall(first.step(*d))
                })
        })
    }
}

/// What a decision is about.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub world: &'a World,
    pub agent: u32,
    pub view: u32,
    pub round: u32,
    pub faults: Faults,
    pub reports: &'a [Report],
}

/// Any valid action with equal chances.
pub fn random_action(task: Task, rng: &mut impl Rng) -> Action {
    let actions = if task == Task::Synchronization { 6 } else { 5 };
    match rng.random_range(0..actions) {
        4 => Action::Stay,
        5 => Action::Switch,
        way => Action::Go(Direction::ALL[way]),
    }
}

/// The positions named in a message: a letter, a row, a column, and so on. What does not fit is passed over.
pub fn read(message: &str, reports: &mut Vec<Report>) {
    let words: Vec<&str> = message.split(' ').collect();
    for three in words.chunks_exact(3) {
        if let ([Some(what)], Ok(row), Ok(column)) =
            ([three[0].chars().next()], three[1].parse(), three[2].parse())
        {
            reports.push(Report { what, at: Cell::new(row, column) });
        }
    }
}
