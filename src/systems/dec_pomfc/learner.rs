//! Who decides, and how it learns: one learner for the swarm as a whole, or one shared by all agents.

use super::Params;
use super::rule::{Encoder, Field, Rule};
use super::swarm::{Swarm, Task, scripted};
use engine::policy::actor_critic::{Actor, Critic, Rows, Rules, advantages};
use lexicon::{Fault, Issue};
use rand::Rng;

/// Rewards are scaled for the critic, so that its targets are of the order of 1: ours.
const SCALE: f32 = 0.1;
/// First log deviation of both learners' policies.
const LOG_STD: f32 = -0.5;
/// More rows of experience than this in an update are refused.
pub const ROWS_MAX: u64 = 2_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    Pomfc(Field),
    /// As `Pomfc(Rbf)`, but what is evaluated are the rules of one run, replayed.
    OpenLoop,
    Ippo,
    Mappo,
    Scripted,
    Zero,
}

/// How an episode is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Tries things and keeps what it met.
    Explore,
    /// Does what it thinks best.
    Greedy,
    /// The rules of the plan, step by step, whatever the swarm does.
    Replay,
}

/// The single learner of the mean-field problem: sees the swarm, gives everybody a rule.
pub struct Upper {
    actor: Actor,
    critic: Critic,
    encoder: Encoder,
    pub rule: Rule,
    rows: Rows,
    targets: Vec<f32>,
    rewards: Vec<f32>,
    input: Vec<f32>,
    episode_start: usize,
    /// The rule in force.
    pub xi: Vec<f32>,
    /// The rules of one greedy episode.
    pub plan: Vec<Vec<f32>>,
}

/// One net for all agents: sees what an agent sees.
pub struct Agents {
    actor: Actor,
    critic: Critic,
    /// What the critic sees: the swarm (MAPPO); none: what the agent sees (IPPO).
    encoder: Option<Encoder>,
    actions: usize,
    rows: Rows,
    critic_seen: Vec<f32>,
    targets: Vec<f32>,
    episode: Vec<f32>,
    rewards: Vec<f32>,
    agents: usize,
}

pub enum Learner {
    Upper(Box<Upper>),
    Agents(Box<Agents>),
    Fixed { task: Task, gain: f32 },
}

/// Multiply-adds of an update and the experience that it used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    pub macs: u64,
    pub rows: u64,
}

impl Learner {
    pub fn new(params: &Params, arm: Arm, rng: &mut impl Rng) -> Result<Self, Fault> {
        let Params { task, hidden, lr, .. } = *params;
        let (hidden, rate) = (hidden as usize, lr as f32);
        let encoder =
            |field| Encoder::new(task, field, params.state_centres, params.state_width as f32);
        let actions = task.actions();
        let field = match arm {
            Arm::Scripted => return Ok(Self::Fixed { task, gain: params.gain as f32 }),
            Arm::Zero => return Ok(Self::Fixed { task, gain: 0.0 }),
            Arm::Pomfc(field) => field,
            Arm::OpenLoop => Field::Rbf,
            Arm::Ippo | Arm::Mappo => {
                let rows = u64::from(params.n_train)
                    * u64::from(params.horizon)
                    * u64::from(params.episodes);
                if rows > ROWS_MAX {
                    return Err(Fault::Params(vec![Issue {
                        dial: "episodes".into(),
                        given: params.episodes.to_string(),
                        says: format!(
                            "IPPO and MAPPO would learn from {rows} rows an update, at most {ROWS_MAX}: take fewer \
                             episodes, agents or steps"
                        ),
                    }]));
                }
                let encoder = (arm == Arm::Mappo).then(|| encoder(Field::Rbf));
                let inputs = encoder.as_ref().map_or(2, Encoder::len);
                return Ok(Self::Agents(Box::new(Agents {
                    actor: Actor::new(&[2, hidden, hidden, actions], LOG_STD, rate, rng),
                    critic: Critic::new(&[inputs, hidden, hidden], rate, rng),
                    encoder,
                    actions,
                    rows: Rows::default(),
                    critic_seen: Vec::new(),
                    targets: Vec::new(),
                    episode: Vec::new(),
                    rewards: Vec::new(),
                    agents: 0,
                })));
            }
        };
        let rule = Rule { actions, width: params.view_width as f32 };
        let encoder = encoder(field);
        Ok(Self::Upper(Box::new(Upper {
            actor: Actor::new(&[encoder.len(), hidden, hidden, rule.len()], LOG_STD, rate, rng),
            critic: Critic::new(&[encoder.len(), hidden, hidden], rate, rng),
            encoder,
            rule,
            rows: Rows::default(),
            targets: Vec::new(),
            rewards: Vec::new(),
            input: Vec::new(),
            episode_start: 0,
            xi: vec![0.0; rule.len()],
            plan: Vec::new(),
        })))
    }

    /// What everybody does now; actions over `acted`. `mind` draws for the learner, `agents` for the agents.
    pub fn act(
        &mut self,
        swarm: &Swarm,
        step: usize,
        mode: Mode,
        acted: &mut Vec<f32>,
        mind: &mut impl Rng,
        agents: &mut impl Rng,
    ) {
        match self {
            Self::Fixed { task, gain } => scripted(*task, &swarm.seen, *gain, acted),
            Self::Upper(upper) => {
                upper.choose(swarm, step, mode, mind);
                upper.rule.act(&upper.xi, &swarm.seen, acted, agents);
            }
            Self::Agents(learner) => {
                learner.choose(swarm, mode, acted, agents);
                acted.iter_mut().for_each(|u| *u = u.clamp(-1.0, 1.0));
            }
        }
    }

    /// The reward of the step just explored.
    pub fn reward(&mut self, reward: f64) {
        match self {
            Self::Upper(upper) => upper.rewards.push(SCALE * reward as f32),
            Self::Agents(agents) => agents.rewards.push(SCALE * reward as f32),
            Self::Fixed { .. } => {}
        }
    }

    /// The explored episode ends in this state; time ran out, so it has a value.
    pub fn end(&mut self, swarm: &Swarm, params: &Params) {
        let (gamma, lambda) = (params.gamma as f32, params.lambda as f32);
        match self {
            Self::Upper(upper) => upper.end(swarm, gamma, lambda),
            Self::Agents(agents) => agents.end(swarm, gamma, lambda),
            Self::Fixed { .. } => {}
        }
    }

    /// One update from all that was explored since the last one.
    pub fn update(&mut self, rules: &Rules, rng: &mut impl Rng) -> Spent {
        let (actor, critic, rows, seen, targets) = match self {
            Self::Fixed { .. } => return Spent::default(),
            Self::Upper(u) => (&mut u.actor, &mut u.critic, &mut u.rows, None, &mut u.targets),
            Self::Agents(a) => {
                (&mut a.actor, &mut a.critic, &mut a.rows, Some(&mut a.critic_seen), &mut a.targets)
            }
        };
        let count = rows.advantage.len() as u64;
        let mut macs = actor.improve(rows, rules, rng).macs;
        macs += critic.fit(seen.as_ref().map_or(&rows.seen, |s| *s), targets, rules, rng);
        rows.clear();
        targets.clear();
        seen.into_iter().for_each(Vec::clear);
        if let Self::Upper(upper) = self {
            upper.episode_start = 0;
        }
        Spent { macs, rows: count }
    }

    /// What a learner of the swarm has learned: the weights of its actor, then of its critic. Others: none.
    pub fn weights(&self) -> Vec<f32> {
        match self {
            Self::Upper(upper) => upper.actor.weights().chain(upper.critic.weights()).collect(),
            Self::Agents(_) | Self::Fixed { .. } => Vec::new(),
        }
    }

    /// Takes such weights over; false, and nothing changes, where they are not as many.
    pub fn load(&mut self, weights: &[f32]) -> bool {
        let Self::Upper(upper) = self else { return false };
        let actor = upper.actor.weights().count();
        if weights.len() != actor + upper.critic.weights().count() {
            return false;
        }
        upper.actor.load(&weights[..actor]);
        upper.critic.load(&weights[actor..]);
        true
    }

    pub fn is_finite(&self) -> bool {
        match self {
            Self::Upper(upper) => upper.actor.is_finite(),
            Self::Agents(agents) => agents.actor.is_finite(),
            Self::Fixed { .. } => true,
        }
    }

    /// Mean first action number at an observation.
    pub fn mean_at(&mut self, seen: [f32; 2]) -> f32 {
        match self {
            Self::Upper(upper) => upper.rule.at(&upper.xi, seen)[0][0],
            Self::Agents(agents) => agents.actor.means(&seen)[0].clamp(-1.0, 1.0),
            Self::Fixed { task, gain } => {
                let mut acted = Vec::new();
                scripted(*task, &seen, *gain, &mut acted);
                acted[0]
            }
        }
    }
}

impl Upper {
    fn choose(&mut self, swarm: &Swarm, step: usize, mode: Mode, mind: &mut impl Rng) {
        if mode == Mode::Replay {
            if let Some(xi) = self.plan.get(step) {
                self.xi.copy_from_slice(xi);
            }
            return;
        }
        self.encoder.encode(swarm, &mut self.input);
        let means = self.actor.means(&self.input).to_vec();
        self.xi.clear();
        match mode {
            Mode::Explore => {
                self.actor.draw(&means, &mut self.xi, mind);
                self.rows.seen.extend_from_slice(&self.input);
                self.rows.acted.extend_from_slice(&self.xi);
                self.rows.mean.extend_from_slice(&means);
            }
            Mode::Greedy | Mode::Replay => self.xi.extend_from_slice(&means),
        }
    }

    fn end(&mut self, swarm: &Swarm, gamma: f32, lambda: f32) {
        let steps = self.rewards.len();
        self.encoder.encode(swarm, &mut self.input);
        let mut seen = self.rows.seen[self.episode_start * self.input.len()..].to_vec();
        seen.extend_from_slice(&self.input);
        let [advantage, returns] =
            advantages(&self.rewards, self.critic.values(&seen), gamma, lambda);
        self.rows.advantage.extend(advantage);
        self.targets.extend(returns);
        self.rewards.clear();
        self.episode_start += steps;
    }
}

impl Agents {
    fn choose(&mut self, swarm: &Swarm, mode: Mode, acted: &mut Vec<f32>, rng: &mut impl Rng) {
        acted.clear();
        let means = self.actor.means(&swarm.seen);
        if mode != Mode::Explore {
            acted.extend_from_slice(means);
            return;
        }
        self.rows.mean.extend_from_slice(means);
        let means = means.to_vec();
        self.actor.draw(&means, acted, rng);
        self.rows.acted.extend_from_slice(acted);
        self.rows.seen.extend_from_slice(&swarm.seen);
        self.agents = swarm.agents();
        self.look(swarm);
    }

    /// What the critic sees, for the episode under way.
    fn look(&mut self, swarm: &Swarm) {
        match &mut self.encoder {
            None => self.episode.extend_from_slice(&swarm.seen),
            Some(encoder) => {
                let mut input = Vec::with_capacity(encoder.len());
                encoder.encode(swarm, &mut input);
                self.episode.extend(input);
            }
        }
    }

    fn end(&mut self, swarm: &Swarm, gamma: f32, lambda: f32) {
        self.look(swarm);
        let steps = self.rewards.len();
        // Values are [steps + 1, viewers]: all agents (IPPO), or the one who sees the swarm (MAPPO).
        let viewers = if self.encoder.is_some() { 1 } else { self.agents };
        let values = self.critic.values(&self.episode).to_vec();
        let first = self.rows.advantage.len();
        let first_target = self.targets.len();
        self.rows.advantage.resize(first + steps * self.agents, 0.0);
        self.targets.resize(first_target + steps * viewers, 0.0);
        for viewer in 0..viewers {
            let own: Vec<f32> = (0..=steps).map(|t| values[t * viewers + viewer]).collect();
            let [advantage, returns] = advantages(&self.rewards, &own, gamma, lambda);
            for t in 0..steps {
                self.targets[first_target + t * viewers + viewer] = returns[t];
                let row = first + t * self.agents;
                if viewers == 1 {
                    self.rows.advantage[row..row + self.agents].fill(advantage[t]);
                } else {
                    self.rows.advantage[row + viewer] = advantage[t];
                }
            }
        }
        let inputs = self.episode.len() / (steps + 1);
        self.critic_seen.extend_from_slice(&self.episode[..steps * inputs]);
        self.episode.clear();
        self.rewards.clear();
        debug_assert_eq!(self.rows.acted.len(), self.rows.advantage.len() * self.actions);
    }
}
