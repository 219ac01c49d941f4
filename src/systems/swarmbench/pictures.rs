//! What there is to see.

use super::world::{Action, Goal, Task, Thing, World};
use super::{Stage, Swarmbench};
use engine::coordination::grid::sight;
use engine::coordination::grid::{Cell, Direction};
use lexicon::Scene;
use lexicon::scene::*;

const WALL: u8 = 2;
const FOOD: u8 = 1;
const NEST: u8 = 3;
const BOX: u8 = 4;
const PREY: u8 = 5;
const FLAG: u8 = 6;
const SPOKE: u8 = 7;

pub fn scenes(system: &Swarmbench) -> Vec<Scene> {
    vec![
        Scene::Grid(grid(system)),
        Scene::Transcript(transcript(system)),
        Scene::Bars(bars(system)),
    ]
}

/// One live sentence.
pub fn caption(system: &Swarmbench) -> String {
    let round = system.round;
    if !system.single {
        let scores: Vec<String> = system
            .stages
            .iter()
            .map(|s| format!("{} {}", s.world.task.word(), points(s.world.score)))
            .collect();
        return format!("Round {round}: {}.", scores.join(", "));
    }
    format!("Round {round}: {}", news(&system.stages[0].world))
}

/// Whole numbers without a point.
fn points(score: f64) -> String {
    if score.fract() == 0.0 { format!("{score}") } else { format!("{score:.2}") }
}

fn news(world: &World) -> String {
    let score = points(world.score);
    match &world.goal {
        Goal::Pursuit { prey, .. } => {
            let closed = world.board.place_of(*prey).map_or(0, |at| {
                Direction::ALL.iter().filter(|d| world.board.at(at.step(**d)).is_some()).count()
            });
            format!("{closed} of the prey's 4 sides are closed; caught {score} times so far.")
        }
        Goal::Synchronization { last } => {
            let on = world.flag.iter().filter(|light| **light).count();
            let next = match last {
                Some(true) => "next all have to be off",
                Some(false) => "next all have to be on",
                None => "all have to be equal",
            };
            format!("{on} of {} lights are on, {next}; {score} points so far.", world.agents)
        }
        Goal::Foraging { .. } => {
            let carrying = world.flag.iter().filter(|c| **c).count();
            format!(
                "{carrying} of {} agents carry food; {score} units are in the nest.",
                world.agents
            )
        }
        Goal::Flocking(ring) if world.is_done => {
            format!("the hollow square of side {} is complete; score {score}.", ring.side)
        }
        Goal::Flocking(ring) => {
            format!(
                "{} steps are missing to a hollow square of side {}, {} at the start; score {score}.",
                ring.now, ring.side, ring.first
            )
        }
        Goal::Transport { out } => {
            let gone = out.iter().filter(|o| **o).count();
            format!("{gone} of {} agents are out; score {score}.", world.agents)
        }
    }
}

/// Boards side by side, three in a row, as many as fit into one scene.
fn grid(system: &Swarmbench) -> Grid {
    let size = system.stages[0].world.size as u32;
    let boards = system.stages.len() as u32;
    let across = boards.min(3);
    let fits = |boards: u32| {
        let (columns, rows) = extent(size, boards, across.min(boards));
        (columns * rows) as usize <= MARKS_MAX
    };
    let shown = (1..=boards).rev().find(|b| fits(*b)).unwrap_or(1);
    let across = across.min(shown);
    let (columns, rows) = extent(size, shown, across);
    let mut scene =
        Grid { columns, rows, cell: vec![0; (columns * rows) as usize], ..Grid::default() };
    for (i, stage) in system.stages.iter().take(shown as usize).enumerate() {
        let corner = ((i as u32 / across) * (size + 1), (i as u32 % across) * (size + 1));
        paint(system, stage, corner, &mut scene);
    }
    scene.legend = legend(system);
    let names: Vec<&str> =
        system.stages.iter().take(shown as usize).map(|s| s.world.task.word()).collect();
    scene.note = match (system.single, shown < boards) {
        (true, _) => String::new(),
        (false, false) => format!("Row by row: {}.", names.join(", ")),
        (false, true) => {
            format!("Row by row: {}; the other boards are played but do not fit.", names.join(", "))
        }
    };
    scene
}

/// Columns and rows of so many boards with one cell between.
fn extent(size: u32, boards: u32, across: u32) -> (u32, u32) {
    let down = boards.div_ceil(across);
    (across * (size + 1) - 1, down * (size + 1) - 1)
}

fn paint(system: &Swarmbench, stage: &Stage, corner: (u32, u32), scene: &mut Grid) {
    let world = &stage.world;
    for cell in world.board.cells() {
        let tone = match world.thing_at(cell) {
            Some(Thing::Wall) => WALL,
            Some(Thing::Food) => FOOD,
            Some(Thing::Nest) => NEST,
            Some(Thing::Box) => BOX,
            Some(Thing::Prey) | None => continue,
        };
        let at = (corner.0 + cell.row as u32) * scene.columns + corner.1 + cell.column as u32;
        scene.cell[at as usize] = tone;
    }
    let mut mark = |at: Cell, tone, reach, label| {
        let (row, column) = (corner.0 + at.row as u32, corner.1 + at.column as u32);
        scene.marks.push(Mark { column, row, tone, reach, label });
    };
    if let Goal::Pursuit { prey, .. } = world.goal
        && let Some(at) = world.board.place_of(prey)
    {
        mark(at, PREY, 0, String::new());
    }
    let watched = watched(stage);
    for agent in 0..world.agents {
        let Some(at) = world.board.place_of(agent) else { continue };
        let spoke = stage.air.said().any(|(speaker, _)| speaker == agent);
        let tone = match (world.flag[agent as usize], spoke) {
            (true, _) => FLAG,
            (false, true) => SPOKE,
            (false, false) => 0,
        };
        let reach = if watched == Some(agent) { system.view / 2 } else { 0 };
        mark(at, tone, reach, agent.to_string());
    }
}

/// The agent whose view is shown: the first that is still there.
fn watched(stage: &Stage) -> Option<u32> {
    (0..stage.world.agents).find(|a| !stage.world.board.has_escaped(*a))
}

fn legend(system: &Swarmbench) -> Vec<Key> {
    let has = |task: Task| system.stages.iter().any(|s| s.world.task == task);
    let flag = match (has(Task::Synchronization), has(Task::Foraging)) {
        (true, true) => "light on, or carrying",
        (true, false) => "light on",
        _ => "carrying food",
    };
    let keys = [
        (0, "agent", true),
        (SPOKE, "agent that has just spoken", true),
        (FLAG, flag, has(Task::Synchronization) || has(Task::Foraging)),
        (PREY, "prey", has(Task::Pursuit)),
        (WALL, "wall", true),
        (FOOD, "food", has(Task::Foraging)),
        (NEST, "nest", has(Task::Foraging)),
        (BOX, "box", has(Task::Transport)),
    ];
    let shown = keys.into_iter().filter(|(_, _, shown)| *shown);
    shown.map(|(tone, label, _)| Key { tone, label: label.to_string() }).collect()
}

/// The view of the watched agent as the text that a language model would get, and what it hears.
fn transcript(system: &Swarmbench) -> Transcript {
    let mut lines = Vec::new();
    let mut line =
        |who: String, tone, text: String| lines.push(Utterance { who, lane: 0, tone, text });
    for (place, stage) in system.stages.iter().enumerate() {
        let world = &stage.world;
        let Some(agent) = watched(stage) else { continue };
        let at = world.board.place_of(agent).unwrap_or_default();
        let who = format!("{}, agent {agent} at {} {}", world.task.word(), at.row, at.column);
        for row in sight::text(&world.board, agent, system.view, |body| world.name(body)) {
            line(who.clone(), 0, row);
        }
        let acted = match stage.actions[agent as usize] {
            Action::Go(direction) => format!("goes {}", way(direction)),
            Action::Stay => "stays".to_string(),
            Action::Switch => "switches its light".to_string(),
        };
        if let Some(real) = &system.real
            && system.round > 0
        {
            line(
                who.clone(),
                0,
                match &real.said[place][agent as usize] {
                    Some(reply) => format!("thinks: {}", reply.thought),
                    None => "its model's reply was no action and did not count".to_string(),
                },
            );
        }
        line(who.clone(), 0, acted);
        for (speaker, message) in stage.air.said() {
            let near = world
                .board
                .place_of(speaker)
                .is_some_and(|s| s.chebyshev(at) <= system.view as i32 / 2);
            if speaker == agent {
                line(who.clone(), SPOKE, format!("says: {message}"));
            } else if near {
                line("somebody near".to_string(), SPOKE, message.to_string());
            }
        }
    }
    let legend = vec![Key { tone: SPOKE, label: "message".to_string() }];
    Transcript {
        lines,
        legend,
        note: "W wall, * outside, . free, Y itself, $ light off.".to_string(),
    }
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
        Direction::Left => "left",
        Direction::Right => "right",
    }
}

/// One task: what its agents did in this round. All five: their scores.
fn bars(system: &Swarmbench) -> Bars {
    let bars: Vec<(String, f32)> = if system.single {
        let actions = &system.stages[0].actions;
        let count = |of: &dyn Fn(&Action) -> bool| actions.iter().filter(|a| of(a)).count() as f32;
        let ways = Direction::ALL.map(|d| (way(d).to_string(), count(&|a| *a == Action::Go(d))));
        let rest = [("stay", Action::Stay), ("switch", Action::Switch)];
        ways.into_iter()
            .chain(rest.map(|(name, action)| (name.to_string(), count(&|a| *a == action))))
            .collect()
    } else {
        system
            .stages
            .iter()
            .map(|s| (s.world.task.word().to_string(), s.world.score as f32))
            .collect()
    };
    let top = bars.iter().map(|b| b.1).fold(1.0, f32::max);
    let (label, unit) =
        if system.single { ("agents that chose it", "agents") } else { ("score", "points") };
    let axis =
        Axis { label: label.to_string(), unit: unit.to_string(), low: 0.0, high: top, log: false };
    let (label, value) = bars.into_iter().unzip();
    Bars { label, value, axis, ..Bars::default() }
}
