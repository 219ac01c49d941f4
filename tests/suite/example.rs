//! The worked example of STYLE.md as a system of the tests: the laws run on it, and on copies of it that each break
//! one law, so that a law that stopped biting is seen. `FLAW` 0 is the sound one.

use engine::run::{Ctx, Starter, System, entry, starter};
use engine::topology;
use garde::Validate;
use lexicon::scene::Graph;
use lexicon::*;
use native::World;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, Ordering};

pub const SOUND: u8 = 0;
pub const REMEMBERS_OTHER_RUNS: u8 = 1;
pub const IGNORES_ITS_SEED: u8 = 2;
pub const FORGETS_A_METRIC: u8 = 3;
pub const READS_WHAT_IT_NEVER_DECLARED: u8 = 4;
pub const DRAWS_AN_EDGE_TO_NOWHERE: u8 = 5;
pub const CHANGES_THE_KIND_OF_SCENE: u8 = 6;
pub const DRAWS_FEWER_SCENES_THAN_VIEWS: u8 = 7;
pub const BREAKS_AT_THE_END_OF_A_DIAL: u8 = 8;
pub const HAS_TWO_ARMS_THAT_ARE_ONE: u8 = 9;
pub const IS_TOO_SLOW: u8 = 10;
pub const CHANGES_WHEN_LOOKED_AT: u8 = 11;

/// The example as the only system there is.
pub fn world<const FLAW: u8>() -> World {
    World {
        catalogue: const { &[entry::<Gossip<FLAW>>()] },
        starters: const { &[starter::<Gossip<FLAW>>()] as &[Starter] },
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Params {
    /// How many agents take part.
    #[garde(range(min = 3, max = 2_000))]
    #[schemars(extend("unit" = "agents"))]
    agents: u32,
    /// How far along the ring an agent can reach, each way.
    #[garde(range(min = 1, max = 8), custom(fits_the_ring(self.agents)))]
    reach: u32,
    /// Chance that a message is lost.
    #[garde(range(min = 0.0, max = 0.9))]
    loss: f64,
    /// What the agents hold at first.
    #[garde(skip)]
    opening: Opening,
    /// Whether lost messages are counted as sent.
    #[garde(skip)]
    count_lost: bool,
    /// Weights of the first agents.
    #[garde(length(min = 1, max = 3), inner(range(min = 0.5, max = 2.0)))]
    weights: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// Anything from 0 to 1.
    Uniform,
    /// One holds 1, all others 0.
    One,
}

impl Default for Params {
    fn default() -> Self {
        let opening = Opening::Uniform;
        Self { agents: 16, reach: 2, loss: 0.0, opening, count_lost: true, weights: vec![1.0] }
    }
}

fn fits_the_ring(agents: u32) -> impl FnOnce(&u32, &()) -> garde::Result {
    move |reach, ()| match 2 * reach < agents {
        true => Ok(()),
        false => Err(garde::Error::new(format!(
            "{agents} agents need a reach below {}",
            agents.div_ceil(2)
        ))),
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Arm {
    PushSum,
    Pairwise,
}

const SPREAD: Metric = Metric::lower("spread", "Spread of estimates", "");
const SENT: Metric = Metric::lower("sent", "Messages sent", "messages");
const LATE: Metric = Metric::lower("late", "Read every other round", "").sparse();

pub struct Gossip<const FLAW: u8> {
    arm: Arm,
    loss: f64,
    count_lost: bool,
    short: bool,
    graph: topology::Graph,
    sum: Vec<f64>,
    weight: Vec<f64>,
    sent: u64,
    rounds: u32,
    looks: std::cell::Cell<u32>,
}

static RUNS: AtomicU32 = AtomicU32::new(0);

impl<const FLAW: u8> System for Gossip<FLAW> {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = Card {
        id: "gossip-average",
        version: 2,
        past: &[Past { version: 1, defaults: "agents=24" }],
        title: "Gossip average",
        says: "A worked example.",
        family: Family::Coordination,
        paper: Paper {
            title: "A worked example, not a paper",
            authors: "Nobody",
            year: 2026,
            arxiv: None,
        },
        rounds: Horizon { default: 60, max: 5_000 },
        views: &["who knows what", "the same again"],
        metrics: &[SPREAD, SENT, LATE],
        claims: &[Claim {
            id: "agrees_without_loss",
            says: "With no loss, push-sum brings every agent to the same value.",
            source: "worked example",
            tests: "Spread at the end.",
            setting: "",
            seeds: 6,
            test: Test::Between {
                metric: SPREAD,
                arm: "push_sum",
                at: At::Last,
                low: 0.0,
                high: 0.05,
            },
            expect: Expect::Reproduced,
        }],
        presets: &[Preset { id: "lossy", label: "One message in ten is lost", query: "loss=0.1" }],
        real: Real { trains: false, surrogate_minds: false },
        about: "gossip_average.md",
    };
    const ARMS: &'static [ArmCard<Arm>] = &[
        ArmCard::method(Arm::PushSum, "push_sum", "Push-sum"),
        ArmCard::baseline(Arm::Pairwise, "pairwise", "Pairwise averaging"),
        ArmCard::ablation(Arm::Pairwise, "pairwise_one", "Pairwise from one").when("opening=one"),
    ];

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let mut chance = match FLAW {
            IGNORES_ITS_SEED => engine::chance::Chance::new(1).stream(0, "opening values"),
            _ => ctx.rng("opening values"),
        };
        let mut sum: Vec<f64> = (0..params.agents).map(|_| chance.random_range(0.0..1.0)).collect();
        if params.opening == Opening::One {
            sum.fill(0.0);
            sum[0] = 1.0;
        }
        if FLAW == REMEMBERS_OTHER_RUNS {
            sum[0] += f64::from(RUNS.fetch_add(1, Ordering::Relaxed));
        }
        if FLAW == BREAKS_AT_THE_END_OF_A_DIAL && params.agents == 2_000 {
            return Err(Fault::Device("too many for me".into()));
        }
        let mut weight = vec![1.0; sum.len()];
        for (weight, given) in weight.iter_mut().zip(&params.weights) {
            *weight = *given;
        }
        let graph = topology::ring(params.agents, params.reach);
        let (loss, count_lost) = (params.loss, params.count_lost);
        let short = params.opening == Opening::One;
        let arm = if FLAW == HAS_TWO_ARMS_THAT_ARE_ONE { Arm::PushSum } else { arm };
        let looks = std::cell::Cell::new(0);
        Ok(Self { arm, loss, count_lost, short, graph, weight, sum, sent: 0, rounds: 0, looks })
    }

    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        self.rounds += 1;
        if FLAW == IS_TOO_SLOW {
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        let mut chance = match FLAW {
            IGNORES_ITS_SEED => engine::chance::Chance::new(1).stream(self.rounds, "who speaks"),
            _ => ctx.rng("who speaks"),
        };
        for speaker in 0..self.sum.len() {
            let neighbors = &self.graph.neighbors[speaker];
            let listener =
                neighbors[chance.random_range(0..neighbors.len() as u32) as usize] as usize;
            let arrives = !chance.random_bool(self.loss);
            self.sent += u64::from(arrives || self.count_lost);
            match self.arm {
                Arm::PushSum => self.push(speaker, listener, arrives),
                Arm::Pairwise if arrives => self.meet(speaker, listener),
                Arm::Pairwise => {}
            }
        }
        let looked = if FLAW == CHANGES_WHEN_LOOKED_AT { f64::from(self.looks.get()) } else { 0.0 };
        ctx.record(&SPREAD, self.spread() + looked)?;
        if FLAW != FORGETS_A_METRIC || self.rounds != 2 {
            ctx.record(&SENT, self.sent as f64)?;
        }
        if self.rounds.is_multiple_of(2) {
            ctx.record(&LATE, 1.0)?;
        }
        if FLAW == READS_WHAT_IT_NEVER_DECLARED {
            ctx.record(&Metric::lower("secret", "Secret", ""), 1.0)?;
        }
        ctx.say(format!("Spread {:.3} after {} messages.", self.spread(), self.sent));
        // A world that ends before its horizon.
        Ok(if self.short && self.rounds == 3 { Flow::Done } else { Flow::Continue })
    }

    fn scenes(&self) -> Vec<Scene> {
        self.looks.set(self.looks.get() + 1);
        let place = topology::circle(self.sum.len() as u32);
        let mut edges = self.graph.edges_flat();
        if FLAW == DRAWS_AN_EDGE_TO_NOWHERE && self.rounds == 3 {
            edges.extend([0, self.sum.len() as u32]);
        }
        let value = self.estimates().map(|v| v as f32).collect();
        let graph = Graph { x: place.x, y: place.y, value, edges, ..Default::default() };
        let one = match FLAW {
            CHANGES_THE_KIND_OF_SCENE if self.rounds > 1 => Scene::Transcript(Default::default()),
            _ => Scene::Graph(graph.clone()),
        };
        match FLAW {
            DRAWS_FEWER_SCENES_THAN_VIEWS => vec![one],
            _ => vec![one, Scene::Graph(graph)],
        }
    }
}

impl<const FLAW: u8> Gossip<FLAW> {
    /// Push-sum hands over half of what it holds; what is lost on the way is gone for good.
    fn push(&mut self, speaker: usize, listener: usize, arrives: bool) {
        self.sum[speaker] /= 2.0;
        self.weight[speaker] /= 2.0;
        if arrives {
            self.sum[listener] += self.sum[speaker];
            self.weight[listener] += self.weight[speaker];
        }
    }

    fn meet(&mut self, speaker: usize, listener: usize) {
        let middle = 0.5 * (self.sum[speaker] + self.sum[listener]);
        self.sum[speaker] = middle;
        self.sum[listener] = middle;
    }

    fn estimates(&self) -> impl Iterator<Item = f64> + '_ {
        self.sum.iter().zip(&self.weight).map(|(sum, weight)| sum / weight)
    }

    fn spread(&self) -> f64 {
        let (low, high) = self
            .estimates()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        high - low
    }
}
