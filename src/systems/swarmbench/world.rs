//! A board with one of the five tasks on it: what is where, what the agents' actions do, when it scores.
//! Rules after repo x66ccff/swarmbench, swarmbench/task.py and environment.py.

use super::{flocking, foraging, pursuit, synchronization, transport};
use engine::chance::Chance;
use engine::coordination::grid::{Board, Cell, Direction};
use lexicon::{Fault, Issue};
use rand::{Rng, RngExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the five tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Close all four sides of a prey that runs.
    Pursuit,
    /// Have all lights equal, then all the other way.
    Synchronization,
    /// Carry food to the nest through a maze.
    Foraging,
    /// Form a hollow square.
    Flocking,
    /// Push a heavy box out of a gap, at least five at once, and leave.
    Transport,
}

impl Task {
    pub const ALL: [Self; 5] =
        [Self::Pursuit, Self::Synchronization, Self::Foraging, Self::Flocking, Self::Transport];

    pub fn word(self) -> &'static str {
        match self {
            Self::Pursuit => "pursuit",
            Self::Synchronization => "synchronization",
            Self::Foraging => "foraging",
            Self::Flocking => "flocking",
            Self::Transport => "transport",
        }
    }

    /// Cells on which agents may start.
    pub fn room(self, size: u32) -> u32 {
        let inner = (size - 2) * (size - 2);
        match self {
            // The prey may stand in the agents' corner of a small board.
            Self::Pursuit => pursuit::corner(size).pow(2) - 1,
            Self::Synchronization | Self::Flocking => inner,
            Self::Foraging => inner - 8 - foraging::wall_cells(size),
            Self::Transport => inner - 6,
        }
    }

    /// The least size of a board that holds the task.
    pub fn size_min(self) -> u32 {
        match self {
            Self::Foraging => 10,
            Self::Transport => 9,
            _ => 8,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Go(Direction),
    Stay,
    Switch,
}

/// What a body is that is no agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    Wall,
    Prey,
    Food,
    Nest,
    Box,
}

/// What a task keeps from round to round.
#[derive(Clone, Debug)]
pub enum Goal {
    Pursuit {
        prey: u32,
        repo_quirks: bool,
    },
    /// The common light at the last point.
    Synchronization {
        last: Option<bool>,
    },
    Foraging {
        food: u32,
        nest: u32,
    },
    Flocking(flocking::Ring),
    Transport {
        out: Vec<bool>,
    },
}

pub struct World {
    pub task: Task,
    pub size: i32,
    pub agents: u32,
    /// The horizon T: Transport pays by the time that is left.
    pub rounds: u32,
    pub board: Board,
    /// By body, from the first that is no agent.
    things: Vec<Thing>,
    /// Light on, or carrying: whichever the task has.
    pub flag: Vec<bool>,
    pub score: f64,
    pub is_done: bool,
    pub goal: Goal,
    moves: Vec<Option<Direction>>,
}

impl World {
    /// The opening position of a task, the same for every arm.
    pub fn new(
        task: Task,
        size: u32,
        agents: u32,
        rounds: u32,
        repo_quirks: bool,
        chance: Chance,
    ) -> Result<Self, Fault> {
        let mut rng = chance.at("opening position", &[task as u32]);
        let mut world = Self {
            task,
            size: size as i32,
            agents,
            rounds,
            board: Board::new(size, size),
            things: Vec::new(),
            flag: vec![false; agents as usize],
            score: 0.0,
            is_done: false,
            goal: Goal::Synchronization { last: None },
            moves: vec![None; agents as usize],
        };
        match task {
            Task::Pursuit => pursuit::lay(&mut world, repo_quirks, &mut rng)?,
            Task::Synchronization => synchronization::lay(&mut world, &mut rng)?,
            Task::Foraging => foraging::lay(&mut world, &mut rng)?,
            Task::Flocking => flocking::lay(&mut world, &mut rng)?,
            Task::Transport => transport::lay(&mut world, &mut rng)?,
        }
        Ok(world)
    }

    /// One round: switches and pushes of all agents at once, then the task's own rule.
    pub fn act(&mut self, actions: &[Action], round: u32, chance: Chance) {
        for (agent, action) in actions.iter().enumerate() {
            self.moves[agent] = match action {
                Action::Go(direction) => Some(*direction),
                Action::Stay | Action::Switch => None,
            };
            if *action == Action::Switch && self.task == Task::Synchronization {
                self.flag[agent] = !self.flag[agent];
            }
        }
        self.board.push(&self.moves);
        match self.task {
            Task::Pursuit => pursuit::update(self, &mut chance.at("prey", &[round])),
            Task::Synchronization => synchronization::update(self),
            Task::Foraging => foraging::update(self),
            Task::Flocking => flocking::update(self),
            Task::Transport => transport::update(self, round),
        }
    }

    /// What a body is, if it is no agent.
    pub fn thing(&self, body: u32) -> Option<Thing> {
        body.checked_sub(self.agents).map(|i| self.things[i as usize])
    }

    pub fn thing_at(&self, cell: Cell) -> Option<Thing> {
        self.board.at(cell).and_then(|body| self.thing(body))
    }

    /// A body as agents see it: the id of another agent, `$` before it where its light is off, or a thing's letter.
    pub fn name(&self, body: u32) -> String {
        match self.thing(body) {
            None if self.task == Task::Synchronization && !self.flag[body as usize] => {
                format!("${body}")
            }
            None => body.to_string(),
            Some(Thing::Wall) => "W".to_string(),
            Some(Thing::Prey) => "P".to_string(),
            Some(Thing::Food) => "F".to_string(),
            Some(Thing::Nest) => "N".to_string(),
            Some(Thing::Box) => "B".to_string(),
        }
    }

    pub fn agent_at(&self, cell: Cell) -> Option<u32> {
        self.board.at(cell).filter(|body| *body < self.agents)
    }

    /// Inside of the border, where walls stand unless a task opens them.
    pub fn is_inner(&self, cell: Cell) -> bool {
        let inner = 1..self.size - 1;
        inner.contains(&cell.row) && inner.contains(&cell.column)
    }

    /// Places the agents on random cells of `room` that none of `taken` takes. Agents are the first bodies.
    pub fn settle(
        &mut self,
        room: Vec<Cell>,
        taken: &[Cell],
        rng: &mut impl Rng,
    ) -> Result<(), Fault> {
        let mut free: Vec<Cell> = room.into_iter().filter(|c| !taken.contains(c)).collect();
        if free.len() < self.agents as usize {
            return Err(Fault::Params(vec![crowded(self.agents, self.task, free.len() as u32)]));
        }
        for _ in 0..self.agents {
            let cell = free.swap_remove(rng.random_range(0..free.len()));
            self.board.place(&[cell], None, false);
        }
        Ok(())
    }

    pub fn add(&mut self, thing: Thing, cells: &[Cell], mass: Option<i32>) -> u32 {
        self.things.push(thing);
        let fixed = matches!(thing, Thing::Wall | Thing::Food | Thing::Nest);
        self.board.place(cells, mass, fixed)
    }

    /// All cells inside of the border.
    pub fn inner_cells(&self) -> Vec<Cell> {
        self.board.cells().filter(|c| self.is_inner(*c)).collect()
    }

    pub fn border_cells(&self) -> Vec<Cell> {
        self.board.cells().filter(|c| !self.is_inner(*c)).collect()
    }
}

pub fn crowded(agents: u32, task: Task, room: u32) -> Issue {
    Issue {
        dial: "agents".into(),
        given: agents.to_string(),
        says: format!(
            "{} has {room} free cells to start on at this size: take fewer agents or a larger board",
            task.word()
        ),
    }
}

#[cfg(test)]
impl World {
    /// A position drawn as text: digits agents from 0 on, `W` wall, `P` prey, `F` food, `N` nest, `B` box.
    pub fn drawn(task: Task, goal: impl Fn(u32) -> Goal, rows: &[&str]) -> Self {
        let cells = |letter: char| -> Vec<Cell> {
            let row = |(r, text): (usize, &&str)| -> Vec<Cell> {
                let is = |(_, c): &(usize, char)| *c == letter;
                text.chars()
                    .enumerate()
                    .filter(is)
                    .map(|(c, _)| Cell::new(r as i32, c as i32))
                    .collect()
            };
            rows.iter().enumerate().flat_map(row).collect()
        };
        let agents = ('0'..='9').take_while(|digit| !cells(*digit).is_empty()).count();
        let mut world = Self {
            task,
            size: rows.len() as i32,
            agents: agents as u32,
            rounds: 100,
            board: Board::new(rows.len() as u32, rows[0].len() as u32),
            things: Vec::new(),
            flag: vec![false; agents],
            score: 0.0,
            is_done: false,
            goal: goal(agents as u32),
            moves: vec![None; agents],
        };
        ('0'..='9').take(agents).for_each(|digit| {
            world.board.place(&cells(digit), None, false);
        });
        let things = [
            ('P', Thing::Prey, None),
            ('F', Thing::Food, None),
            ('N', Thing::Nest, None),
            ('B', Thing::Box, Some(transport::BOX_MASS)),
            ('W', Thing::Wall, None),
        ];
        for (letter, thing, mass) in things {
            if !cells(letter).is_empty() {
                world.add(thing, &cells(letter), mass);
            }
        }
        world
    }

    pub fn text(&self) -> Vec<String> {
        let letter = |cell| match (self.agent_at(cell), self.thing_at(cell)) {
            (Some(agent), _) => char::from_digit(agent, 10).unwrap_or('?'),
            (_, Some(Thing::Wall)) => 'W',
            (_, Some(Thing::Prey)) => 'P',
            (_, Some(Thing::Food)) => 'F',
            (_, Some(Thing::Nest)) => 'N',
            (_, Some(Thing::Box)) => 'B',
            _ => '.',
        };
        let columns = self.board.columns() as usize;
        let all: Vec<char> = self.board.cells().map(letter).collect();
        all.chunks(columns).map(|row| row.iter().collect()).collect()
    }
}
