//! The one contract every system keeps, and the one object every host drives.

pub mod ask;
pub mod judge;

use crate::chance::Chance;
use crate::data::own::{Desk, Samples, World};
use crate::gpu::Gpu;
use lexicon::link::{self};
use lexicon::*;
use rand_chacha::ChaCha8Rng;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

/// Lines kept of one round; a system that says more is cut, and the last line says so.
const LINES_MAX: usize = 32;

/// One paper made runnable.
pub trait System: Sized + 'static {
    type Params: Params;
    type Arm: Copy + 'static;
    const CARD: Card;
    const ARMS: &'static [ArmCard<Self::Arm>];

    fn start(params: &Self::Params, arm: Self::Arm, ctx: &mut Ctx) -> Result<Self, Fault>;

    /// One round. Written `async fn`; awaits only to read a device, to ask a mind, or to `breathe`.
    fn step(&mut self, ctx: &mut Ctx) -> impl Future<Output = Result<Flow, Fault>>;

    /// One for each of `CARD.views`, the main one first, of the same kinds in every round. Called only when a host
    /// shows one, so it must not change the run.
    fn scenes(&self) -> Vec<Scene>;

    /// What a round asks of a connected model at most; none: this system's minds are surrogates only.
    fn asks(_: &Self::Params, _: Self::Arm) -> Option<Asks> {
        None
    }
}

/// A host's way to take a breath in a long round: returns once the host has looked at its messages.
pub type Breath = Rc<dyn Fn() -> Pin<Box<dyn Future<Output = ()>>>>;

/// A host's way to the connected model: all prompts at once, replies in their order.
pub type Asker =
    Rc<dyn Fn(Vec<Prompt>) -> Pin<Box<dyn Future<Output = Vec<Result<Answer, Fault>>>>>>;

/// What a system meets of the world: chance, own data, and where its readings go.
pub struct Ctx {
    chance: Chance,
    round: u32,
    horizon: u32,
    readings: Table<String, f64>,
    lines: Vec<String>,
    own: Option<Arc<Samples>>,
    breath: Option<Breath>,
    asker: Option<Asker>,
    gpu: Option<Gpu>,
    has_kernels: bool,
}

impl Ctx {
    /// For tests and for parts that run outside a `Run`.
    pub fn new(seed: u32) -> Self {
        Self {
            chance: Chance::new(seed.into()),
            round: 0,
            horizon: u32::MAX,
            readings: Table::new(),
            lines: Vec::new(),
            own: None,
            breath: None,
            asker: None,
            gpu: None,
            has_kernels: false,
        }
    }

    /// The round under way, from 1; `start` is round 0.
    pub fn round(&self) -> u32 {
        self.round
    }

    /// The last round that will be asked for: for notices ("expected to join fewer than once"), never for the numbers.
    pub fn horizon(&self) -> u32 {
        self.horizon
    }

    /// A stream fixed by (seed, round, name) alone, so that all arms meet the same world. For bulk draws.
    pub fn rng(&self, stream: &str) -> ChaCha8Rng {
        self.chance.stream(self.round, stream)
    }

    /// Addresses of chance, to be handed to parts.
    pub fn chance(&self) -> Chance {
        self.chance
    }

    /// A metric's value in this round. Not finite: the run has diverged. Undefined this round: do not record.
    pub fn record(&mut self, metric: &Metric, value: f64) -> Result<(), Fault> {
        if !value.is_finite() {
            return Err(Fault::Diverged { what: metric.label.to_string(), round: self.round });
        }
        self.readings.insert(metric.id.to_string(), value);
        Ok(())
    }

    /// The caption's facts, and every notice of the specs.
    pub fn say(&mut self, line: impl Into<String>) {
        match self.lines.len().cmp(&LINES_MAX) {
            std::cmp::Ordering::Less => self.lines.push(line.into()),
            std::cmp::Ordering::Equal => self.lines.push("… and more".to_string()),
            std::cmp::Ordering::Greater => {}
        }
    }

    /// Between slices of a long round (more than 250 ms): the host may answer, pause, stop.
    pub async fn breathe(&mut self) {
        if let Some(breath) = self.breath.clone() {
            breath().await;
        }
    }

    /// The GPU, where the host has chosen it for this run: handed to parts with kernels. Asking says that this system
    /// has some.
    pub fn gpu(&mut self) -> Option<Gpu> {
        self.has_kernels = true;
        self.gpu.clone()
    }

    /// What failed on the device is done on the CPU; here that is said, once.
    fn say_if_the_gpu_failed(&mut self) {
        if let Some(why) = self.gpu.as_ref().and_then(Gpu::failed) {
            self.gpu = None;
            self.say(format!(
                "The GPU is gone ({why}): from round {} on this run is computed on the CPU.",
                self.round
            ));
        }
    }

    /// Whether a person has brought data to learn from.
    pub fn has_own(&self) -> bool {
        self.own.is_some()
    }

    /// It, dealt by this run's seed, in place of the data that ships. What a person should know of it is said.
    pub fn own(&mut self) -> Option<World> {
        let world = self.own.clone()?.world(self.chance);
        world.says.iter().for_each(|line| self.say(line.as_str()));
        Some(world)
    }
}

/// A system with its types erased, so that one `Run` drives them all.
trait Stepper {
    fn step<'a>(
        &'a mut self,
        ctx: &'a mut Ctx,
    ) -> Pin<Box<dyn Future<Output = Result<Flow, Fault>> + 'a>>;
    fn scenes(&self) -> Vec<Scene>;
}

struct Erased<S>(S);

impl<S: System> Stepper for Erased<S> {
    fn step<'a>(
        &'a mut self,
        ctx: &'a mut Ctx,
    ) -> Pin<Box<dyn Future<Output = Result<Flow, Fault>> + 'a>> {
        Box::pin(self.0.step(ctx))
    }

    fn scenes(&self) -> Vec<Scene> {
        self.0.scenes()
    }
}

/// One job under way.
pub struct Run {
    system: Box<dyn Stepper>,
    ctx: Ctx,
    rounds_max: u32,
    opening: Vec<String>,
}

impl Run {
    fn of<S: System>(scenario: &Scenario, job: &Job, host: Host) -> Result<Self, Fault> {
        let own = match (&scenario.data, host.own) {
            (None, _) => None,
            (Some(_), Some(lent)) => Some(lent),
            (Some(named), None) => Some(Desk::default().samples(named)?),
        };
        let params = values::<S>(scenario, own.as_deref()).map_err(Fault::Params)?;
        let known = || S::ARMS.iter().map(|a| a.info.id.to_string()).collect();
        let arm = S::ARMS
            .iter()
            .find(|a| a.info.id == job.arm)
            .ok_or_else(|| Fault::UnknownArm { given: job.arm.clone(), known: known() })?;
        let mut ctx = Ctx::new(job.seed);
        ctx.horizon = scenario.rounds.min(S::CARD.rounds.max);
        ctx.own = own;
        ctx.breath = host.breath;
        ctx.asker = host.asker;
        ctx.gpu = host.gpu;
        let system = S::start(&params, arm.arm, &mut ctx)?;
        let opening = std::mem::take(&mut ctx.lines);
        ctx.readings.clear();
        Ok(Self {
            system: Box::new(Erased(system)),
            ctx,
            rounds_max: scenario.rounds.min(S::CARD.rounds.max),
            opening,
        })
    }

    /// One round. `Flow::Done` at the horizon or when the system says that nothing more will change; a further call
    /// after that is the host's bug.
    pub async fn step(&mut self) -> Result<(Round, Flow), Fault> {
        assert!(self.ctx.round < self.rounds_max, "a run is not stepped past its horizon");
        self.ctx.round += 1;
        // What `start` had to say belongs to the first round, before its own lines.
        self.ctx.lines = std::mem::take(&mut self.opening);
        let flow = self.system.step(&mut self.ctx).await?;
        self.ctx.say_if_the_gpu_failed();
        let round = Round {
            index: self.ctx.round,
            readings: std::mem::take(&mut self.ctx.readings),
            lines: std::mem::take(&mut self.ctx.lines),
        };
        let last = self.ctx.round >= self.rounds_max;
        Ok((round, if last { Flow::Done } else { flow }))
    }

    /// The state as pictures, for the round that was stepped last (0: before the first).
    pub fn scenes(&self) -> Vec<Scene> {
        self.system.scenes()
    }

    pub fn round(&self) -> u32 {
        self.ctx.round
    }

    /// Whether the system has kernels, so that a host may try it on a GPU.
    pub fn has_kernels(&self) -> bool {
        self.ctx.has_kernels
    }

    /// Whether the kernels run on a GPU now.
    pub fn on_gpu(&self) -> bool {
        self.ctx.has_kernels && self.ctx.gpu.is_some()
    }
}

/// What a host lends to the run that it starts.
#[derive(Clone, Default)]
pub struct Host {
    /// What was read of the scenario's own data. None: it is read from the link, where it is in there.
    pub own: Option<Arc<Samples>>,
    pub breath: Option<Breath>,
    /// Present when a model is connected to this run.
    pub asker: Option<Asker>,
    /// Present when this run's kernels shall work there.
    pub gpu: Option<Gpu>,
}

/// One system as a host that runs it knows it.
#[derive(Clone, Copy)]
pub struct Starter {
    pub id: &'static str,
    pub start: fn(&Scenario, &Job, Host) -> Result<Run, Fault>,
}

/// For `STARTERS`: the list that workers and tools name.
pub const fn starter<S: System>() -> Starter {
    Starter { id: S::CARD.id, start: Run::of::<S> }
}

/// For `CATALOGUE`: the list that tools and workers show and check by, and that the page's sheets are written from.
pub const fn entry<S: System>() -> Entry {
    Entry { id: S::CARD.id, sheet: sheet::<S>, check: check::<S>, asks: asks::<S> }
}

fn sheet<S: System>() -> Sheet {
    let defaults = S::Params::default();
    let arm = |a: &ArmCard<S::Arm>| ArmInfo { asks: S::asks(&defaults, a.arm).is_some(), ..a.info };
    Sheet { card: S::CARD, arms: S::ARMS.iter().map(arm).collect(), dials: dials::<S::Params>() }
}

fn check<S: System>(scenario: &Scenario) -> Result<(), Vec<Issue>> {
    values::<S>(scenario, None).map(|_| ())
}

/// The parameters of a scenario, with those that own data settles as it settles them. How many clients a column has,
/// only its file knows.
fn values<S: System>(scenario: &Scenario, own: Option<&Samples>) -> Result<S::Params, Vec<Issue>> {
    if scenario.data.is_none() {
        return parse(&scenario.params);
    }
    let clients = own.map_or(0, |own| own.clients.len());
    let mut settled = scenario.params.clone();
    for dial in dials::<S::Params>() {
        if let Some(value) = dial.with_data {
            settled.insert(dial.name, value);
        } else if dial.by_client && clients > 0 && matches!(dial.kind, Kind::Int { .. }) {
            settled.insert(dial.name, clients.into());
        }
    }
    parse(&settled)
}

fn asks<S: System>(scenario: &Scenario) -> Option<Asks> {
    let params = values::<S>(scenario, None).ok()?;
    let arms = S::ARMS.iter().filter(|a| scenario.arms.iter().any(|id| id == a.info.id));
    arms.filter_map(|a| S::asks(&params, a.arm)).reduce(Asks::and)
}

/// Starts a job by the list.
pub fn start(
    starters: &[Starter],
    scenario: &Scenario,
    job: &Job,
    host: Host,
) -> Result<Run, Fault> {
    let starter =
        starters.iter().find(|s| s.id == scenario.system).ok_or_else(|| Fault::UnknownSystem {
            given: fault::shown(&scenario.system, link::LINK_CHARS_MAX.min(60)),
            nearest: Vec::new(),
        })?;
    (starter.start)(scenario, job, host)
}

/// Drives a future that awaits nothing but ready things (every CPU run without a host's breath) to its end.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
