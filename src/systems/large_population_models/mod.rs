#![doc = include_str!("../large_population_models.md")]

mod card;
mod city;
mod days;
mod fit;
mod naive;
mod pictures;
mod protocol;
#[cfg(test)]
mod tests;

use card::{Params, *};
use city::City;
use days::{Luck, Outbreak, Rules};
use engine::population::agents::acting;
use engine::population::epidemic::gradient::{Reverse, TAPE_BYTES, Tape};
use engine::population::epidemic::{DEAD, Disease, EXPOSED, INFECTED, STAGES, SUSCEPTIBLE};
use engine::population::graph::Csr;
use engine::run::{Ctx, System};
use fit::{Abc, Adam, Fitter, Method, Slopes, Spsa, Theta, Weekly};
use lexicon::*;
use naive::Crowd;
use protocol::{Collected, Inbox, Protocol};

/// Days of a week.
const WEEK: u32 = 7;
/// Simulations in one round of a calibration: 60 of them are twenty rounds (our choice).
const SIMS_A_ROUND: u32 = 3;
/// Runs of luck besides simulations 1, 2, ...: the city itself, the hidden run, and the one that no method sees.
const OWN_RUN: u32 = 0;
const HIDDEN_RUN: u32 = u32::MAX;
const UNSEEN_RUN: u32 = u32::MAX - 1;
/// The early quarantine begins this much before the other.
const EARLIER_DAYS: u32 = 14;
/// Days of agents in one simulation of a calibration, of which a round has three and their reverse passes (our choice:
/// 250,000 agents over three weeks, a few seconds a round in one worker).
const AGENT_DAYS_MAX: u64 = 5_250_000;
/// Below this a straight-through slope is known to lean.
const FEW_AGENTS: u32 = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    Grad,
    Random,
    Abc,
    Spsa,
    None,
    Quarantine,
    Early,
    Targeted,
    Naive,
    Plain,
    Shares,
    SharesNoise,
}

impl Arm {
    fn part(self) -> Part {
        match self {
            Arm::Grad | Arm::Random | Arm::Abc | Arm::Spsa => Part::Calibration,
            Arm::Plain | Arm::Shares | Arm::SharesNoise => Part::Privacy,
            _ => Part::Policy,
        }
    }

    fn protocol(self) -> Protocol {
        match self {
            Arm::Shares => Protocol::Shares,
            Arm::SharesNoise => Protocol::SharesNoise,
            _ => Protocol::Plain,
        }
    }
}

pub struct LargePopulationModels {
    arm: Arm,
    params: Params,
    city: City,
    seeds: Vec<u32>,
    disease: Disease,
    rules: Rules,
    outbreak: Outbreak,
    crowd: Option<Crowd>,
    calibration: Option<Calibration>,
    inbox: Inbox,
    collected: Collected,
    bytes_sent: u64,
    round: u32,
    /// Infections of each day, from the first.
    daily: Vec<u32>,
    /// Deaths as the paper counts them: M times those who leave the infected stage.
    deaths: f64,
    view: pictures::View,
}

/// What a calibration holds besides the city.
struct Calibration {
    fitter: Fitter,
    target: Weekly,
    hidden: bool,
    tape: Tape,
    reverse: Reverse,
    sims: u32,
    /// The newest simulation, and what the kept setting gives on luck that no method sees.
    newest: Weekly,
    unseen: Weekly,
    unseen_of: Option<Theta>,
    /// Kept setting after each round.
    path: Vec<Theta>,
}

impl System for LargePopulationModels {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = CARD;
    const ARMS: &'static [ArmCard<Arm>] = ARMS;

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let chance = ctx.chance();
        let params = Params { part: arm.part(), ..params.clone() };
        fits(&params, arm)?;
        let city = City::new(params.agents, chance)?;
        let mut rng = chance.at("who is exposed on day 0", &[]);
        let seeds: Vec<u32> = acting(params.agents, params.initial, &mut rng).collect();
        let disease = Disease::new(params.exposed_days, params.infected_days, params.mortality);
        let mut outbreak = Outbreak::new(&city, ctx.gpu());
        outbreak.restart(&city, &seeds);
        notices(&params, &seeds, ctx);
        let crowd = (arm == Arm::Naive).then(|| Crowd::new(&city, &seeds));
        let view = pictures::View::new(&city, &seeds);
        let mut made = Self {
            rules: params.rules(arm),
            arm,
            city,
            seeds,
            disease,
            outbreak,
            crowd,
            calibration: None,
            inbox: Inbox::default(),
            collected: Collected::default(),
            bytes_sent: 0,
            round: 0,
            daily: Vec::new(),
            deaths: 0.0,
            view,
            params,
        };
        if arm.part() == Part::Calibration {
            made.calibration = Some(made.calibration(ctx));
        }
        Ok(made)
    }

    /// One day, or in a calibration three simulations of all its weeks.
    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        self.round = ctx.round();
        let flow = match self.arm.part() {
            Part::Calibration => self.calibrate(ctx).await?,
            Part::Policy => {
                self.live(ctx).await;
                Flow::Continue
            }
            Part::Privacy => {
                self.live_in_private(ctx).await;
                Flow::Continue
            }
        };
        self.report(ctx)?;
        Ok(flow)
    }

    fn scenes(&self) -> Vec<Scene> {
        pictures::scenes(self)
    }
}

/// Refuses a calibration whose rounds a browser would not survive, with what would fit. (A city of a million by itself
/// stays within `agents`.)
fn fits(params: &Params, arm: Arm) -> Result<(), Fault> {
    let days = u64::from(WEEK) * params.weekly_r.len() as u64;
    let work = u64::from(params.agents) * days;
    if arm.part() != Part::Calibration || work <= AGENT_DAYS_MAX {
        return Ok(());
    }
    Err(Fault::Limit(format!(
        "A simulation of {} agents over {days} days is {work} days of an agent, with a tape of {} MB; a calibration \
         takes at most {AGENT_DAYS_MAX}. agents = {} would fit, or a shorter weekly_r.",
        params.agents,
        work * TAPE_BYTES as u64 / 1_000_000,
        AGENT_DAYS_MAX / days / 1_000 * 1_000
    )))
}

/// What a person should know before the first round.
fn notices(params: &Params, seeds: &[u32], ctx: &mut Ctx) {
    if seeds.is_empty() {
        ctx.say("Nobody is exposed on day 0: there is nothing to spread.");
    }
    if params.part != Part::Calibration {
        return;
    }
    if params.agents < FEW_AGENTS {
        ctx.say(format!("Below {FEW_AGENTS} agents straight-through slopes lean noticeably."));
    }
    if params.sims.div_ceil(SIMS_A_ROUND) > ctx.horizon() {
        ctx.say(format!(
            "{} simulations take {} rounds, and this run ends after {}.",
            params.sims,
            params.sims.div_ceil(SIMS_A_ROUND),
            ctx.horizon()
        ));
    }
}

impl LargePopulationModels {
    fn luck(&self, ctx: &Ctx, run: u32) -> Luck {
        Luck { chance: ctx.chance(), run }
    }

    /// R of a day, from 1; the last week's holds on.
    fn r_of(weekly: &[f64], day: u32) -> f32 {
        let week = ((day.max(1) - 1) / WEEK) as usize;
        weekly[week.min(weekly.len() - 1)] as f32
    }

    fn count(&self) -> [u32; STAGES] {
        self.crowd.as_ref().map_or(self.outbreak.state.count, Crowd::count)
    }

    /// A day of the policy part.
    async fn live(&mut self, ctx: &mut Ctx) {
        let (luck, day) = (self.luck(ctx, OWN_RUN), self.round);
        let r = Self::r_of(&self.params.weekly_r, day);
        let (caught, left) = if let Some(crowd) = &mut self.crowd {
            crowd.day(&self.disease, r, day, luck);
            (&crowd.caught, crowd.left as usize)
        } else {
            self.outbreak.day(&self.city, &self.disease, &self.rules, r, luck, None, ctx).await;
            (&self.outbreak.caught, self.outbreak.left.len())
        };
        self.daily.push(caught.len() as u32);
        self.deaths += self.params.mortality * left as f64;
        self.view.note_ages(&self.city, caught);
    }

    /// A day of the privacy part: messages and totals by the arm's protocol.
    async fn live_in_private(&mut self, ctx: &mut Ctx) {
        let luck = self.luck(ctx, OWN_RUN);
        let r = Self::r_of(&self.params.weekly_r, self.round);
        let outbreak = &mut self.outbreak;
        outbreak.morning(&self.disease, &self.rules, luck);
        let state = &mut outbreak.state;
        protocol::rounded(&mut state.weight);
        let graph = &self.city.world.graph;
        let mut rng = ctx.rng("shares of messages");
        self.bytes_sent = if self.arm == Arm::Plain {
            outbreak.meet(&self.city).await;
            ctx.breathe().await;
            // One word a message to the collector, one back.
            4 * (graph.edges() as u64 + u64::from(graph.nodes()))
        } else {
            self.inbox.exchange(graph, &state.weight, &mut state.exposure, &mut rng, ctx).await
        };
        outbreak.evening(&self.city, &self.disease, &self.rules, r, luck, None, ctx).await;
        let stage = &outbreak.state.stage;
        self.collected = protocol::collect(
            self.arm.protocol(),
            graph.nodes(),
            |agent| stage[agent as usize] == INFECTED,
            self.params.epsilon,
            &mut ctx.rng("shares of states"),
            &mut ctx.rng("noise of everybody"),
        );
        self.bytes_sent += self.collected.bytes;
        self.daily.push(outbreak.caught.len() as u32);
        self.deaths += self.params.mortality * outbreak.left.len() as f64;
        self.view.published.push(self.collected.published);
        self.view.totals.push((self.collected.total, outbreak.state.count[INFECTED as usize]));
    }

    fn calibration(&self, ctx: &mut Ctx) -> Calibration {
        let params = &self.params;
        let weeks = params.weekly_r.len();
        let method = match self.arm {
            Arm::Random => Method::Random,
            Arm::Abc => Method::Abc(Abc::new(params.sims)),
            Arm::Spsa => Method::Spsa(Spsa::new(weeks, params.sims)),
            _ => Method::Grad(Adam::new(weeks, params.lr, [params.beta1, params.beta2])),
        };
        let pasted = params.pasted();
        let deaths = Vec::new();
        Calibration {
            fitter: Fitter::new(method, weeks, ctx.chance()),
            hidden: pasted.is_none(),
            target: Weekly { infections: pasted.unwrap_or_default(), deaths },
            tape: Tape::new(params.agents),
            reverse: Reverse::default(),
            sims: 0,
            newest: Weekly::default(),
            unseen: Weekly::default(),
            unseen_of: None,
            path: Vec::new(),
        }
    }

    /// Three simulations, each asked for and told; then the kept setting on luck that no method sees.
    async fn calibrate(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        let mut cal = self.calibration.take().expect("a calibration arm has one");
        if cal.hidden && cal.target.infections.is_empty() {
            let truth = self.params.truth();
            cal.target = self.simulate(&truth, HIDDEN_RUN, None, ctx).await;
        }
        for _ in 0..SIMS_A_ROUND.min(self.params.sims - cal.sims) {
            cal.sims += 1;
            let theta = cal.fitter.ask();
            let (newest, slopes) = if cal.fitter.needs_slopes() {
                let simulated = self.simulate(&theta, cal.sims, Some(&mut cal.tape), ctx).await;
                let slopes = self.slopes(&theta, &simulated, &mut cal);
                (simulated, Some(slopes))
            } else {
                (self.simulate(&theta, cal.sims, None, ctx).await, None)
            };
            let loss = fit::loss(&newest, &cal.target);
            cal.fitter.tell(theta, loss, slopes);
            cal.newest = newest;
            if cal.fitter.stopped {
                ctx.say(
                    "A slope was not a number: the method stops here and keeps its best setting.",
                );
                break;
            }
        }
        if cal.unseen_of.as_ref() != Some(&cal.fitter.kept) {
            let kept = cal.fitter.kept.clone();
            cal.unseen = self.simulate(&kept, UNSEEN_RUN, None, ctx).await;
            cal.unseen_of = Some(kept);
        }
        cal.path.push(cal.fitter.kept.clone());
        let done = cal.sims >= self.params.sims || cal.fitter.stopped;
        self.calibration = Some(cal);
        Ok(if done { Flow::Done } else { Flow::Continue })
    }

    /// All weeks of the city at a setting, with luck of their own.
    async fn simulate(
        &mut self,
        theta: &Theta,
        run: u32,
        mut tape: Option<&mut Tape>,
        ctx: &mut Ctx,
    ) -> Weekly {
        let luck = self.luck(ctx, run);
        let weeks = theta.r.len();
        let mut weekly = Weekly { infections: vec![0.0; weeks], deaths: vec![0.0; weeks] };
        self.outbreak.restart(&self.city, &self.seeds);
        self.disease.mortality = theta.mortality as f32;
        if let Some(tape) = &mut tape {
            tape.clear();
        }
        self.daily.clear();
        for day in 1..=weeks as u32 * WEEK {
            let r = Self::r_of(&theta.r, day);
            let note = tape.as_deref_mut();
            self.outbreak.day(&self.city, &self.disease, &self.rules, r, luck, note, ctx).await;
            let week = ((day - 1) / WEEK) as usize;
            self.daily.push(self.outbreak.caught.len() as u32);
            weekly.infections[week] += self.outbreak.caught.len() as f64;
            weekly.deaths[week] += theta.mortality * self.outbreak.left.len() as f64;
        }
        weekly
    }

    /// Slopes of the loss of the simulation on the tape.
    fn slopes(&self, theta: &Theta, simulated: &Weekly, cal: &mut Calibration) -> Slopes {
        let [by_infections, by_deaths] = fit::loss_slopes(simulated, &cal.target);
        let days = cal.tape.days();
        let week = |day: usize| day / WEEK as usize;
        let r: Vec<f32> = (1..=days as u32).map(|day| Self::r_of(&theta.r, day)).collect();
        let of_count: Vec<f32> = (0..days).map(|day| by_infections[week(day)] as f32).collect();
        let of_left: Vec<f32> =
            (0..days).map(|day| (theta.mortality * by_deaths[week(day)]) as f32).collect();
        let by_day =
            cal.reverse.run(&self.city.world, &self.disease, &cal.tape, &r, &of_count, &of_left);
        let mut by_week = vec![0.0; theta.r.len()];
        by_day.iter().enumerate().for_each(|(day, slope)| by_week[week(day)] += slope);
        // Deaths are M times those who leave: their slope by M is those who leave.
        let left = simulated.deaths.iter().map(|d| d / theta.mortality);
        let mortality = left.zip(&by_deaths).map(|(left, slope)| left * slope).sum();
        Slopes { r: by_week, mortality }
    }

    fn report(&mut self, ctx: &mut Ctx) -> Result<(), Fault> {
        ctx.record(&BYTES_AGENT, self.bytes() as f64 / f64::from(self.params.agents))?;
        ctx.record(&MEMORY, self.bytes() as f64 / 1e6)?;
        let calls = self.outbreak.decisions.as_ref().map_or(0, |d| d.calls);
        ctx.record(&CALLS, calls as f64)?;
        if let Some(cal) = &self.calibration {
            return cal.report(&self.params, ctx);
        }
        let count = self.count();
        let agents = f64::from(self.params.agents);
        let today = self.daily.last().copied().unwrap_or(0);
        let peak = (0..self.daily.len()).rev().max_by_key(|day| self.daily[*day]).unwrap_or(0);
        let week: u32 = self.daily.iter().rev().take(WEEK as usize).sum();
        ctx.record(&ATTACK, 1.0 - f64::from(count[SUSCEPTIBLE as usize]) / agents)?;
        ctx.record(&NEW, f64::from(today))?;
        ctx.record(&WEEKLY, f64::from(week))?;
        ctx.record(&CARRIERS, f64::from(count[EXPOSED as usize] + count[INFECTED as usize]))?;
        ctx.record(&PEAK_DAY, peak as f64 + 1.0)?;
        ctx.record(&DEATHS, self.deaths)?;
        if self.arm.part() == Part::Policy {
            ctx.record(&QUARANTINED, f64::from(self.outbreak.quarantined()))?;
            ctx.record(&TESTS, self.outbreak.tests as f64)?;
            ctx.say(format!(
                "Day {}: {today} newly exposed, {} carry it, {} died.",
                self.round,
                count[EXPOSED as usize] + count[INFECTED as usize],
                count[DEAD as usize]
            ));
            return Ok(());
        }
        let plain = i64::from(count[INFECTED as usize]);
        ctx.record(&PUBLISHED, self.collected.total as f64)?;
        ctx.record(&GAP, (self.collected.total - plain).unsigned_abs() as f64)?;
        for (metric, leak) in [&LEAK1, &LEAK2, &LEAK3].into_iter().zip(self.collected.leak) {
            ctx.record(metric, leak)?;
        }
        ctx.record(&INFORMATION, self.collected.information)?;
        ctx.record(&BYTES_SENT, self.bytes_sent as f64 / agents)?;
        let [a, b, c] = self.collected.published;
        ctx.say(format!(
            "Day {}: the aggregators publish {a}, {b} and {c}; together {}. Infected are {plain}.",
            self.round, self.collected.total
        ));
        Ok(())
    }

    /// Of all columns, lists and messages; with what a reverse pass works on.
    fn bytes(&self) -> usize {
        let agents = self.params.agents as usize;
        let people = self.crowd.as_ref().map_or(self.outbreak.bytes(), Crowd::bytes);
        let tape = self
            .calibration
            .as_ref()
            .filter(|c| c.fitter.needs_slopes())
            .map_or(0, |c| agents * (c.tape.days() * TAPE_BYTES + REVERSE_BYTES));
        self.city.bytes() + people + tape + self.inbox.bytes() + 4 * self.seeds.len()
    }

    pub(crate) fn graph(&self) -> &Csr {
        &self.city.world.graph
    }
}

impl Calibration {
    fn report(&self, params: &Params, ctx: &mut Ctx) -> Result<(), Fault> {
        let unseen = fit::loss(&self.unseen, &self.target);
        ctx.record(&LOSS, unseen)?;
        ctx.record(&SIMULATIONS, f64::from(self.sims))?;
        let kept = &self.fitter.kept;
        if self.hidden {
            let squares: f64 =
                kept.r.iter().zip(&params.weekly_r).map(|(a, b)| (a - b) * (a - b)).sum();
            ctx.record(&RMSE_R, (squares / kept.r.len() as f64).sqrt())?;
            ctx.record(&OFF_M, (kept.mortality - params.mortality).abs())?;
        }
        let r: Vec<String> = kept.r.iter().map(|r| format!("{r:.2}")).collect();
        ctx.say(format!(
            "{} simulations: R = {}, mortality {:.3}; loss {unseen:.4} on luck that it has not seen.",
            self.sims,
            r.join(", "),
            kept.mortality
        ));
        Ok(())
    }
}
