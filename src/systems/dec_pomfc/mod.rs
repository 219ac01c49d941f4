#![doc = include_str!("../dec_pomfc.md")]

mod card;
mod learner;
mod pictures;
mod rule;
mod school;
mod swarm;

#[cfg(test)]
mod tests;

use engine::policy::actor_critic::Rules;
use engine::run::{Ctx, System};
use garde::Validate;
use learner::{Arm, Learner, Mode};
use lexicon::*;
use rule::Field;
use schemars::JsonSchema;
pub use school::teach;
use serde::{Deserialize, Serialize};
use swarm::{Shown, Swarm, Task, effort};

/// Evaluated in the first round, in every fifth, and in the last.
const EVALUATE_EVERY: u32 = 5;
/// Episodes of an evaluation at the training size, and at each other size. The same worlds in every evaluation.
const EVALUATIONS: u32 = 4;
const EVALUATIONS_ELSEWHERE: u32 = 2;
/// A swarm of which more sees nobody is called blind.
const BLIND: f64 = 0.9;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Params {
    /// What the swarm has to do.
    #[garde(skip)]
    task: Task,
    /// Where the learner of the swarm begins: with a policy taught beforehand, or with none. Either way every round
    /// teaches it further.
    #[garde(skip)]
    start: Start,
    /// Agents in the training swarms.
    #[garde(range(min = 5, max = 1_000))]
    #[schemars(extend("unit" = "agents", "symbol" = "N", "log" = true))]
    n_train: u32,
    /// Sizes of the swarms on which the policy is tried out.
    #[garde(length(min = 1, max = 8), inner(range(min = 2.0, max = 1_000.0)))]
    #[schemars(extend("unit" = "agents"))]
    n_eval: Vec<f64>,
    /// How far an agent sees; the space is a square of side 1 that closes on itself.
    #[garde(range(min = 0.02, max = 0.7))]
    #[schemars(extend("symbol" = "r", "step" = 0.01))]
    radius: f64,
    /// Steps of an episode.
    #[garde(range(min = 10, max = 500))]
    #[schemars(extend("unit" = "steps", "symbol" = "T"))]
    horizon: u32,
    /// Episodes of an update.
    #[garde(range(min = 1, max = 64))]
    #[schemars(extend("unit" = "episodes"))]
    episodes: u32,
    /// Size of the policy's step.
    #[garde(range(min = 0.00003, max = 0.03))]
    #[schemars(extend("log" = true, "paper" = 0.00005))]
    lr: f64,
    /// How finely the swarm is described to the learner: 8 is 8 phases (Kuramoto), 4 x 4 places by 6 headings
    /// (Vicsek), 6 x 6 places (aggregation).
    #[garde(range(min = 4, max = 12))]
    #[schemars(extend("advanced" = true))]
    state_centres: u32,
    /// Width of the swarm's kernels, in spacings of their centers.
    #[garde(range(min = 0.1, max = 10.0))]
    #[schemars(extend("advanced" = true, "symbol" = "s"))]
    state_width: f64,
    /// Width of the rule's kernels, in the plane of observations.
    #[garde(range(min = 0.05, max = 5.0))]
    #[schemars(extend("advanced" = true, "symbol" = "s_y"))]
    view_width: f64,
    /// Discount of later rewards.
    #[garde(range(min = 0.5, max = 1.0))]
    #[schemars(extend("advanced" = true, "paper" = 0.99))]
    gamma: f64,
    /// How far advantages look ahead.
    #[garde(range(min = 0.0, max = 1.0))]
    #[schemars(extend("advanced" = true, "paper" = 1.0))]
    lambda: f64,
    /// How far one update may change the odds of an action.
    #[garde(range(min = 0.02, max = 1.0))]
    #[schemars(extend("advanced" = true, "paper" = 0.2))]
    clip: f64,
    /// Passes over the experience of an update.
    #[garde(range(min = 1, max = 30))]
    #[schemars(extend("advanced" = true, "paper" = 8))]
    epochs: u32,
    /// Rows of a gradient step.
    #[garde(range(min = 10, max = 10_000))]
    #[schemars(extend("advanced" = true, "log" = true, "paper" = 4000))]
    minibatch: u32,
    /// Bonus for trying things.
    #[garde(range(min = 0.0, max = 0.1))]
    #[schemars(extend("advanced" = true, "paper" = 0))]
    entropy: f64,
    /// Weight of the drift from the last policy.
    #[garde(range(min = 0.0, max = 2.0))]
    #[schemars(extend("advanced" = true, "paper" = 0.2))]
    kl: f64,
    /// An update ends early past four times this drift.
    #[garde(range(min = 0.001, max = 1.0))]
    #[schemars(extend("advanced" = true, "paper" = 0.03))]
    kl_target: f64,
    /// Width of the nets' two layers.
    #[garde(range(min = 8, max = 256))]
    #[schemars(extend("advanced" = true, "paper" = 256))]
    hidden: u32,
    /// How hard the scripted arm steers, times what it sees.
    #[garde(range(min = 0.0, max = 10.0))]
    #[schemars(extend("advanced" = true))]
    gain: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            task: Task::Vicsek,
            start: Start::Trained,
            n_train: 100,
            n_eval: vec![10.0, 25.0, 50.0, 100.0, 200.0, 400.0],
            radius: 0.15,
            horizon: 50,
            episodes: 8,
            lr: 1e-3,
            state_centres: 8,
            state_width: 1.0,
            view_width: 0.5,
            gamma: 0.99,
            lambda: 0.95,
            clip: 0.2,
            epochs: 8,
            minibatch: 100,
            entropy: 0.0,
            kl: 0.2,
            kl_target: 0.03,
            hidden: 64,
            gain: 3.0,
        }
    }
}

/// Where the learner of the swarm begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// With the policy that is shipped for the task.
    Trained,
    /// From first weights drawn at random.
    Scratch,
}

/// Sums over the steps of an episode.
#[derive(Clone, Copy, Debug, Default)]
struct Episode {
    reward: f64,
    effort: f64,
    /// At the end.
    order: Option<f64>,
    distance: f64,
}

pub struct DecPomfc {
    params: Params,
    arm: Arm,
    rules: Rules,
    learner: Learner,
    acted: Vec<f32>,
    /// Returns of doing nothing and of the script, on the worlds of the evaluation.
    reference: [f64; 2],
    agent_steps: u64,
    upper_steps: u64,
    round: u32,
    /// The last evaluation: return at the training size, and at each of `n_eval`.
    evaluated: f64,
    transfer: Vec<(u32, f64)>,
    shown: Shown,
    blind: f64,
    /// [9, 9]: the rule's mean over the plane of observations.
    map: Vec<f32>,
}

impl System for DecPomfc {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = card::CARD;
    const ARMS: &'static [ArmCard<Arm>] = &[
        ArmCard::method(Arm::Pomfc(Field::Rbf), "pomfc_rbf", "Mean field, kernels").says(
            "One learner sees the whole swarm by kernels and hands every agent a local rule.",
        ),
        ArmCard::method(Arm::Pomfc(Field::Hist), "pomfc_hist", "Mean field, histogram")
            .says("The same, but the swarm is counted in cells.")
            .extra(),
        ArmCard::ablation(Arm::OpenLoop, "pomfc_openloop", "Mean field, rules replayed")
            .says("Trained with kernels; tried out with the rules of one run, the swarm unseen.")
            .extra(),
        ArmCard::baseline(Arm::Ippo, "ippo", "Independent PPO")
            .says("One net for all agents learns from what each agent sees.")
            .extra(),
        ArmCard::baseline(Arm::Mappo, "mappo", "PPO, critic sees the swarm")
            .says("As independent PPO, with a critic that sees the whole swarm.")
            .extra(),
        ArmCard::reference(Arm::Scripted, "scripted", "Classical coupling")
            .says("Turns to its neighbors' side, or goes to their middle; learns nothing."),
        ArmCard::baseline(Arm::Zero, "zero", "Nobody acts").says("No agent does anything."),
    ];

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let mut learner = Learner::new(params, arm, &mut ctx.chance().at("first weights", &[]))?;
        let learns = !matches!(arm, Arm::Scripted | Arm::Zero);
        if params.start == Start::Trained && learns {
            ctx.say(school::take_over(params, arm, &mut learner));
        }
        let rules = Rules {
            clip: Some(params.clip as f32),
            epochs: params.epochs,
            minibatch: params.minibatch as usize,
            entropy: params.entropy as f32,
            kl_weight: params.kl as f32,
            kl_target: Some(params.kl_target),
            ..Rules::PPO
        };
        let mut system = Self {
            params: params.clone(),
            arm,
            rules,
            learner,
            acted: Vec::new(),
            reference: [0.0; 2],
            agent_steps: 0,
            upper_steps: 0,
            round: 0,
            evaluated: 0.0,
            transfer: Vec::new(),
            shown: Shown::default(),
            blind: 0.0,
            map: Vec::new(),
        };
        let opening = system.world(ctx, params.n_train, &[0, 0]);
        system.shown = opening.shown();
        if opening.blind > BLIND {
            let share = 100.0 * opening.blind;
            ctx.say(format!(
                "Blind swarm: {share:.0} % of the agents see nobody. A larger radius helps."
            ));
        }
        for (place, gain) in [(0, 0.0), (1, params.gain as f32)] {
            let mut fixed = Learner::Fixed { task: params.task, gain };
            std::mem::swap(&mut system.learner, &mut fixed);
            system.reference[place] = system.evaluate(ctx, params.n_train, EVALUATIONS).reward;
            system.learner = fixed;
        }
        system.draw_map();
        Ok(system)
    }

    /// One update: a batch of episodes, then the learner's step; now and then an evaluation.
    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        self.round += 1;
        let learns = !matches!(self.arm, Arm::Scripted | Arm::Zero);
        let episodes = if learns { self.params.episodes } else { 1 };
        let mut sum = Episode::default();
        for episode in 0..episodes {
            let mut world = self.world(ctx, self.params.n_train, &[self.round, episode]);
            let one = self.play(ctx, &mut world, &[self.round, episode], Mode::Explore);
            sum.reward += one.reward / f64::from(episodes);
            sum.effort += one.effort / f64::from(episodes);
            (sum.order, sum.distance) = (one.order, one.distance);
            (self.shown, self.blind) = (world.shown(), world.blind);
            let steps = u64::from(self.params.horizon);
            self.agent_steps += steps * u64::from(self.params.n_train);
            self.upper_steps += steps;
            ctx.breathe().await;
        }
        let spent = self.learner.update(&self.rules, &mut ctx.chance().at("update", &[self.round]));
        if !self.learner.is_finite() {
            let what = "the policy's weights".to_string();
            return Err(Fault::Diverged { what, round: self.round });
        }
        ctx.record(&card::TRAIN_RETURN, sum.reward)?;
        ctx.record(&card::EFFORT, sum.effort)?;
        ctx.record(&card::DISTANCE, sum.distance)?;
        if let Some(order) = sum.order {
            ctx.record(&card::ORDER, order)?;
        }
        ctx.record(&card::AGENT_STEPS, self.agent_steps as f64)?;
        ctx.record(&card::UPPER_STEPS, self.upper_steps as f64)?;
        ctx.record(&card::ROWS, spent.rows as f64)?;
        ctx.record(&card::MACS, spent.macs as f64)?;
        let is_due = self.round == 1
            || self.round.is_multiple_of(EVALUATE_EVERY)
            || self.round == ctx.horizon();
        if is_due {
            self.try_out(ctx).await?;
        }
        self.draw_map();
        ctx.say(pictures::caption(self, sum.reward));
        Ok(Flow::Continue)
    }

    fn scenes(&self) -> Vec<Scene> {
        pictures::scenes(self)
    }
}

impl DecPomfc {
    /// The opening of an episode, the same for every arm.
    fn world(&self, ctx: &Ctx, agents: u32, place: &[u32]) -> Swarm {
        let mut rng = ctx.chance().at("opening", place);
        Swarm::new(self.params.task, agents as usize, self.params.radius as f32, &mut rng)
    }

    /// An episode from where the swarm stands.
    fn play(&mut self, ctx: &Ctx, world: &mut Swarm, place: &[u32], mode: Mode) -> Episode {
        let chance = ctx.chance();
        let mut noise = chance.at("noise of the world", place);
        let mut mind = chance.at("what the learner tries", place);
        let mut agents = chance.at("what the agents draw", place);
        let mut sum = Episode::default();
        let steps = self.params.horizon;
        for step in 0..steps as usize {
            self.learner.act(world, step, mode, &mut self.acted, &mut mind, &mut agents);
            sum.effort += effort(&self.acted, world.agents()) / f64::from(steps);
            let reward = world.act(&self.acted, &mut noise);
            sum.reward += reward;
            if mode == Mode::Explore {
                self.learner.reward(reward);
            }
        }
        if mode == Mode::Explore {
            self.learner.end(world, &self.params);
        }
        sum.order = world.order();
        sum.distance = world.distance();
        sum
    }

    /// The mean over the evaluation's worlds of this size.
    fn evaluate(&mut self, ctx: &Ctx, agents: u32, episodes: u32) -> Episode {
        let replays = matches!(&self.learner, Learner::Upper(upper) if !upper.plan.is_empty());
        let mode = if replays { Mode::Replay } else { Mode::Greedy };
        let mut mean = Episode::default();
        for episode in 0..episodes {
            // Round 0 has no training: these worlds are never trained on.
            let place = [0, agents, episode];
            let mut world = self.world(ctx, agents, &place);
            let one = self.play(ctx, &mut world, &place, mode);
            mean.reward += one.reward / f64::from(episodes);
        }
        mean
    }

    /// An evaluation at all sizes.
    async fn try_out(&mut self, ctx: &mut Ctx) -> Result<(), Fault> {
        if self.arm == Arm::OpenLoop {
            self.plan(ctx);
        }
        let n_train = self.params.n_train;
        self.evaluated = self.evaluate(ctx, n_train, EVALUATIONS).reward;
        let sizes: Vec<u32> = self.params.n_eval.iter().map(|n| *n as u32).collect();
        self.transfer.clear();
        for n in sizes {
            ctx.breathe().await;
            let tried = self.evaluate(ctx, n, EVALUATIONS_ELSEWHERE);
            self.transfer.push((n, tried.reward));
        }
        ctx.record(&card::RETURN, self.evaluated)?;
        let [zero, script] = self.reference;
        if (script - zero).abs() > 1e-6 {
            ctx.record(&card::GAIN_SHARE, (self.evaluated - zero) / (script - zero))?;
        }
        self.transfer.sort_by_key(|(n, _)| *n);
        if let (Some(first), Some(last)) = (self.transfer.first(), self.transfer.last())
            && first.0 != last.0
        {
            ctx.record(&card::GAP, (first.1 - last.1).abs())?;
        }
        if let Learner::Upper(upper) = &mut self.learner {
            upper.plan.clear();
        }
        Ok(())
    }

    /// Keeps the rules of one greedy episode of the training size.
    fn plan(&mut self, ctx: &Ctx) {
        let place = [self.round, u32::MAX];
        let mut world = self.world(ctx, self.params.n_train, &place);
        let mut agents = ctx.chance().at("what the agents draw", &place);
        let mut noise = ctx.chance().at("noise of the world", &place);
        let mut mind = ctx.chance().at("what the learner tries", &place);
        let mut plan = Vec::new();
        for step in 0..self.params.horizon as usize {
            self.learner.act(&world, step, Mode::Greedy, &mut self.acted, &mut mind, &mut agents);
            if let Learner::Upper(upper) = &self.learner {
                plan.push(upper.xi.clone());
            }
            world.act(&self.acted, &mut noise);
        }
        if let Learner::Upper(upper) = &mut self.learner {
            upper.plan = plan;
        }
    }

    fn draw_map(&mut self) {
        let at = |i: usize| i as f32 / 4.0 - 1.0;
        self.map.clear();
        for row in 0..9 {
            for column in 0..9 {
                self.map.push(self.learner.mean_at([at(column), -at(row)]));
            }
        }
    }
}
