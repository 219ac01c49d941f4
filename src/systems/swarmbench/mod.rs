#![doc = include_str!("../swarmbench.md")]

mod claims;
mod flocking;
mod foraging;
mod mind;
mod paths;
mod pictures;
mod policies;
mod pursuit;
mod real;
mod synchronization;
mod transport;
mod world;

#[cfg(test)]
mod tests;

use engine::coordination::grid::measures::{Explored, choices, contact};
use engine::coordination::grid::sight::Air;
use engine::coordination::grid::{Cell, Direction};
use engine::run::{Ctx, System};
use garde::Validate;
use lexicon::*;
use mind::{Faults, Mind, Report, Scene as Decision, Sight};
use paths::Paths;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use world::{Action, Task, World};

/// Which tasks are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Play {
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
    /// The five tasks side by side.
    All,
}

impl Play {
    fn tasks(self) -> &'static [Task] {
        match self {
            Self::Pursuit => &[Task::Pursuit],
            Self::Synchronization => &[Task::Synchronization],
            Self::Foraging => &[Task::Foraging],
            Self::Flocking => &[Task::Flocking],
            Self::Transport => &[Task::Transport],
            Self::All => &Task::ALL,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Params {
    /// What the swarm has to do.
    #[garde(skip)]
    task: Play,
    /// How many agents are on the board. They need free cells to start on.
    #[garde(range(min = 2, max = 64), custom(finds_room(self.task, self.size)))]
    #[schemars(extend("unit" = "agents", "symbol" = "N", "paper" = 10))]
    agents: u32,
    /// Rows and columns of the board, its border of walls included.
    #[garde(range(min = 8, max = 40), custom(holds_the_task(self.task)))]
    #[schemars(extend("unit" = "cells", "symbol" = "H", "paper" = 10))]
    size: u32,
    /// Rows and columns that an agent sees around itself; messages reach half as far each way. An odd number.
    #[garde(range(min = 3, max = 19), custom(is_odd))]
    #[schemars(extend("unit" = "cells", "symbol" = "k", "paper" = 5))]
    view: u32,
    /// Arm "custom" only: chance that an agent does something at random in a round.
    #[garde(range(min = 0.0, max = 1.0))]
    lapse: f64,
    /// Arm "custom" only: chance that an agent sends in a round, and that it uses what it heard.
    #[garde(range(min = 0.0, max = 1.0))]
    talk: f64,
    /// Arm "custom" only: chance that a cell is remembered when it leaves the view.
    #[garde(range(min = 0.0, max = 1.0))]
    memory: f64,
    /// Arm "custom" only: share of agents that take the round's number as a common clock. Matters in Synchronization.
    #[garde(range(min = 0.0, max = 1.0))]
    clock: f64,
    /// The prey compares with the danger one cell to its left, as the repository does by a slip.
    #[garde(skip)]
    #[schemars(extend("advanced" = true))]
    repo_quirks: bool,
}

impl Default for Params {
    fn default() -> Self {
        let Faults { lapse, talk, memory, clock } = MEDIUM;
        let (task, repo_quirks) = (Play::Pursuit, false);
        Self { task, agents: 10, size: 10, view: 5, lapse, talk, memory, clock, repo_quirks }
    }
}

fn finds_room(play: Play, size: u32) -> impl FnOnce(&u32, &()) -> garde::Result {
    move |agents, _| {
        let tasks = play.tasks().iter().filter(|t| size >= t.size_min());
        match tasks.min_by_key(|t| t.room(size)) {
            Some(task) if *agents > task.room(size) => {
                Err(garde::Error::new(world::crowded(*agents, *task, task.room(size)).says))
            }
            _ => Ok(()),
        }
    }
}

fn holds_the_task(play: Play) -> impl FnOnce(&u32, &()) -> garde::Result {
    move |size, _| match play.tasks().iter().max_by_key(|t| t.size_min()) {
        Some(task) if *size < task.size_min() => Err(garde::Error::new(format!(
            "{} needs a board of at least {} cells a side",
            task.word(),
            task.size_min()
        ))),
        _ => Ok(()),
    }
}

fn is_odd(view: &u32, _: &()) -> garde::Result {
    if view.is_multiple_of(2) {
        return Err(garde::Error::new("a view has a middle: take an odd number"));
    }
    Ok(())
}

/// Stands in for o4-mini; lapse fitted (see the story), the rest as in the plan.
const STRONG: Faults = Faults { lapse: 0.32, talk: 0.9, memory: 0.95, clock: 0.1 };
/// Stands in for deepseek-v3.
const MEDIUM: Faults = Faults { lapse: 0.64, talk: 0.6, memory: 0.7, clock: 0.1 };
/// Stands in for claude-3.5-haiku.
const WEAK: Faults = Faults { lapse: 0.92, talk: 0.2, memory: 0.3, clock: 0.0 };
const SCRIPTED: Faults = Faults { lapse: 0.0, talk: 1.0, memory: 1.0, clock: 0.0 };
const RANDOM: Faults = Faults { lapse: 1.0, talk: 0.0, memory: 0.0, clock: 0.0 };

#[derive(Clone, Copy, Debug)]
pub enum Arm {
    Fixed(Faults),
    Custom,
}

/// A board with the minds on it.
struct Stage {
    world: World,
    minds: Vec<Mind>,
    air: Air,
    explored: Explored,
    actions: Vec<Action>,
}

pub struct Swarmbench {
    stages: Vec<Stage>,
    faults: Faults,
    view: u32,
    round: u32,
    single: bool,
    paths: Paths,
    sight: Sight,
    reports: Vec<Report>,
    message: String,
    /// Present where a connected model takes the place of the surrogate minds.
    real: Option<real::Real>,
}

impl System for Swarmbench {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = claims::CARD;
    const ARMS: &'static [ArmCard<Arm>] = &[
        ArmCard::method(Arm::Fixed(STRONG), "strong", "Strong mind")
            .says("A scripted local policy that rarely lapses; fitted to o4-mini in Pursuit."),
        ArmCard::method(Arm::Fixed(MEDIUM), "medium", "Medium mind").says(
            "The same policy with more lapses and less memory; fitted to DeepSeek-V3 in Pursuit.",
        ),
        ArmCard::method(Arm::Fixed(WEAK), "weak", "Weak mind")
            .says(
                "The same policy, lapsing most of the time; fitted to Claude 3.5 Haiku in Pursuit.",
            )
            .extra(),
        ArmCard::reference(Arm::Fixed(SCRIPTED), "scripted", "Script without faults")
            .says("No lapses, perfect memory, everything said and heard.")
            .extra(),
        ArmCard::baseline(Arm::Fixed(RANDOM), "random", "Random")
            .says("Any valid action with equal chances; says nothing."),
        ArmCard::ablation(Arm::Fixed(Faults { talk: 0.0, ..MEDIUM }), "silent", "Medium, silent")
            .says("The medium mind that neither speaks nor listens.")
            .extra(),
        ArmCard::method(Arm::Custom, "custom", "Custom mind")
            .says("The policy with the four faults as the dials say.")
            .extra(),
    ];

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let Params { lapse, talk, memory, clock, .. } = *params;
        let faults = match arm {
            Arm::Fixed(faults) => faults,
            Arm::Custom => Faults { lapse, talk, memory, clock },
        };
        let tasks = params.task.tasks();
        if tasks.contains(&Task::Transport) && params.agents < 5 {
            ctx.say("The box cannot move: it takes five agents to push it.");
        }
        if tasks.contains(&Task::Flocking) && params.agents < 4 {
            ctx.say("Fewer than four agents form a ring of one cell: Flocking scores nothing.");
        }
        let connected = ctx.connected() && real::is_mind(arm);
        if connected {
            ctx.say(
                "Your model decides for every agent: the profiles differ no more, one of them is enough.",
            );
        }
        let real = connected.then(|| {
            let silent = matches!(arm, Arm::Fixed(faults) if faults.talk == 0.0);
            real::Real::new(tasks.len(), params.agents, silent)
        });
        let chance = ctx.chance();
        let stage = |task: &Task| {
            let Params { size, agents, repo_quirks, .. } = *params;
            let world = World::new(*task, size, agents, ctx.horizon(), repo_quirks, chance)?;
            let mind = |a| Mind::new(size, &faults, &mut chance.at("clock", &[*task as u32, a]));
            let minds = (0..agents).map(mind).collect();
            let mut explored = Explored::new(&world.board);
            places(&world).into_iter().flatten().for_each(|at| explored.visit(&world.board, at));
            let actions = vec![Action::Stay; agents as usize];
            Ok(Stage { world, minds, air: Air::default(), explored, actions })
        };
        Ok(Self {
            stages: tasks.iter().map(stage).collect::<Result<_, Fault>>()?,
            faults,
            view: params.view,
            round: 0,
            single: tasks.len() == 1,
            paths: Paths::default(),
            sight: Sight::default(),
            reports: Vec::new(),
            message: String::new(),
            real,
        })
    }

    /// One round: all decide on what they saw and heard, all act at once, the task answers.
    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        self.round = ctx.round();
        let mut group = Group::default();
        for i in 0..self.stages.len() {
            if self.stages[i].world.is_done {
                continue;
            }
            match self.real {
                Some(_) => real::decide(self, i, ctx).await?,
                None => self.decide(i, ctx),
            }
            let stage = &mut self.stages[i];
            let before = places(&stage.world);
            stage.world.act(&stage.actions, self.round, ctx.chance());
            let after = places(&stage.world);
            after.iter().flatten().for_each(|at| stage.explored.visit(&stage.world.board, *at));
            group.add(&stage.actions, &before, &after);
        }
        self.record(&group, ctx)?;
        ctx.say(pictures::caption(self));
        let is_over = self.stages.iter().all(|s| s.world.is_done);
        Ok(if is_over { Flow::Done } else { Flow::Continue })
    }

    fn scenes(&self) -> Vec<Scene> {
        pictures::scenes(self)
    }

    fn asks(params: &Params, arm: Arm) -> Option<Asks> {
        real::asks(params, arm)
    }
}

/// Where the agents are; none for those who have left.
fn places(world: &World) -> Vec<Option<Cell>> {
    (0..world.agents).map(|a| world.board.place_of(a)).collect()
}

/// The group measures of a round, summed over the boards that are still played.
#[derive(Default)]
struct Group {
    boards: f64,
    stillness: f64,
    dominant: f64,
    kept: f64,
    pushes: f64,
    entropy: Vec<f64>,
    polarization: Vec<f64>,
}

impl Group {
    fn add(&mut self, actions: &[Action], before: &[Option<Cell>], after: &[Option<Cell>]) {
        let chosen: Vec<Option<Direction>> = actions
            .iter()
            .zip(before)
            .filter(|(_, before)| before.is_some())
            .map(|(action, _)| match action {
                Action::Go(direction) => Some(*direction),
                Action::Stay | Action::Switch => None,
            })
            .collect();
        let choices = choices(&chosen);
        let contact = contact(before, after);
        self.boards += 1.0;
        self.stillness += choices.stillness;
        self.dominant += choices.dominant_action;
        self.kept += f64::from(contact.kept_adjacency);
        self.pushes += f64::from(contact.push_events);
        self.entropy.extend(choices.directional_entropy);
        self.polarization.extend(choices.polarization);
    }
}

impl Swarmbench {
    /// Fills the stage's actions and its air: everybody meets the same moment.
    fn decide(&mut self, stage: usize, ctx: &Ctx) {
        let Self { stages, faults, view, round, paths, sight, reports, message, .. } = self;
        let Stage { world, minds, air, actions, .. } = &mut stages[stage];
        air.turn();
        for (agent, mind) in minds.iter_mut().enumerate() {
            let id = agent as u32;
            actions[agent] = Action::Stay;
            if world.board.has_escaped(id) {
                continue;
            }
            let mut rng = ctx.chance().at("decision", &[world.task as u32, *round, id]);
            reports.clear();
            air.heard(&world.board, id, *view).for_each(|heard| mind::read(heard, reports));
            let decision =
                Decision { world, agent: id, view: *view, round: *round, faults: *faults, reports };
            actions[agent] = mind.decide(&decision, sight, paths, message, &mut rng);
            air.say(id, message);
        }
    }

    /// The task's score; of all five, their mean with Flocking halved.
    fn score(&self) -> f64 {
        let weighed = |s: &Stage| {
            let halved = !self.single && s.world.task == Task::Flocking;
            s.world.score * if halved { 0.5 } else { 1.0 }
        };
        self.stages.iter().map(weighed).sum::<f64>() / self.stages.len() as f64
    }

    fn record(&self, group: &Group, ctx: &mut Ctx) -> Result<(), Fault> {
        let boards = self.stages.len() as f64;
        let mean = |of: &dyn Fn(&Stage) -> f64| self.stages.iter().map(of).sum::<f64>() / boards;
        ctx.record(&claims::SCORE, self.score())?;
        ctx.record(&claims::SUCCESS, mean(&|s| f64::from(u32::from(s.world.score > 0.0))))?;
        let normalized = mean(&|s| s.world.score / claims::reference(s.world.task));
        ctx.record(&claims::NORMALIZED, normalized)?;
        if !self.single {
            ctx.record(&claims::AVG_SCORE, self.score())?;
            for stage in &self.stages {
                ctx.record(&claims::score_of(stage.world.task), stage.world.score)?;
            }
        }
        ctx.record(&claims::EXPLORED, mean(&|s| f64::from(s.explored.count())))?;
        let messages = mean(&|s| s.air.messages() as f64);
        let agents = f64::from(self.stages[0].world.agents);
        ctx.record(&claims::MESSAGE_RATE, messages / (agents * f64::from(self.round.max(1))))?;
        if messages > 0.0 {
            let chars = mean(&|s| s.air.chars() as f64);
            ctx.record(&claims::MESSAGE_LEN, chars / messages)?;
        }
        if let Some(real) = &self.real {
            ctx.record(&claims::TOKENS, real.tokens)?;
            ctx.record(&claims::INVALID, f64::from(real.invalid))?;
        }
        if group.boards > 0.0 {
            ctx.record(&claims::STILLNESS, group.stillness / group.boards)?;
            ctx.record(&claims::DOMINANT_ACTION, group.dominant / group.boards)?;
            ctx.record(&claims::KEPT_ADJACENCY, group.kept / group.boards)?;
            ctx.record(&claims::PUSH_EVENTS, group.pushes / group.boards)?;
        }
        for (metric, values) in [
            (&claims::DIRECTIONAL_ENTROPY, &group.entropy),
            (&claims::POLARIZATION, &group.polarization),
        ] {
            if !values.is_empty() {
                ctx.record(metric, values.iter().sum::<f64>() / values.len() as f64)?;
            }
        }
        Ok(())
    }
}
