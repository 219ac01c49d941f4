#![doc = include_str!("../hogwild.md")]

mod card;
mod claims;
mod scenes;
mod school;
mod team;
mod traces;
mod words;

pub use card::Params;
pub use school::teach;

use card::*;
use engine::chance::Chance;
use engine::math;
use engine::run::*;
use engine::tensor::transformer::cache::{Cache, Log, Net, Rotate};
use lexicon::*;
use rand::RngExt;
use school::{CONTEXT, QUICK, SHAPE, School, shipped};
use team::{Caches, Script, Sight, Team};
use words::{EQUALS, Problem, SYMBOLS, Task};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    Single,
    Dials,
    Hog(u32),
    Contiguous,
    Interleaved,
    Independent,
    Split,
    Recompute,
}

/// Boxes of a search.
const BOXES: u32 = 16;
/// Lessons a round while the net is taught here.
const LESSONS: u32 = 10;
/// What a word decides, for the picture of attention.
const KINDS: usize = 4;
/// Layers of the net.
const LAYERS: usize = SHAPE.layers;

/// Attention by what is decided and by layer, to prompt, history, others, own; and how often it was read.
#[derive(Clone, Debug, Default)]
struct Masses {
    sum: [[[f64; 4]; LAYERS]; KINDS],
    count: [f64; KINDS],
}

/// What the last words of the watched problem attended to.
#[derive(Clone, Debug)]
struct Reading {
    worker: usize,
    /// Block and words of the view, in order, as they were when read.
    view: Vec<(usize, Vec<u8>)>,
    /// Attention to each position, mean over layers and heads.
    attention: Vec<f32>,
}

pub struct Hogwild {
    params: Params,
    arm: Arm,
    net: Net,
    school: Option<School>,
    caches: Caches,
    teams: Vec<Team>,
    script: Script,
    masses: Masses,
    readings: Vec<Reading>,
    gap: f64,
    far: bool,
    full: bool,
    /// Rounds of decoding.
    step: u32,
}

impl System for Hogwild {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = Card {
        id: "hogwild",
        version: 1,
        past: &[],
        title: "Hogwild! inference",
        says: "Several copies of one net write at once into a shared attention cache and read each other's unfinished words.",
        family: Family::Search,
        paper: Paper {
            title: "Hogwild! Inference: Parallel LLM Generation via Concurrent Attention",
            authors: "Rodionov, Garipov, Shutova, Yakushev, Schultheis, Egiazarian, Sinitsin, Kuznedelev, Alistarh",
            year: 2025,
            arxiv: Some("2504.06261"),
        },
        rounds: Horizon { default: 160, max: 512 },
        views: &["Side by side", "Who reads what", "Where attention goes"],
        metrics: METRICS,
        claims: claims::CLAIMS,
        presets: PRESETS,
        real: Real { trains: true, surrogate_minds: false },
        about: "hogwild.md",
    };
    const ARMS: &'static [ArmCard<Arm>] = &[
        ArmCard::method(Arm::Hog(2), "hog_2", "Two workers, one cache")
            .says("Combined layout: common history, the other's step in progress, the own one."),
        ArmCard::baseline(Arm::Single, "single", "One worker").says("Writes all by itself."),
        ArmCard::method(Arm::Hog(4), "hog_4", "Four workers, one cache")
            .says("Combined layout with four.")
            .extra(),
        ArmCard::ablation(Arm::Interleaved, "hog_interleaved", "Unfinished steps unseen")
            .says("Two workers; finished steps are common, unfinished ones of the other out of sight.")
            .extra(),
        ArmCard::baseline(Arm::Independent, "independent_2", "Two that never meet")
            .says("Each works on the whole list; their results are put together, the first END counts.")
            .extra(),
        ArmCard::baseline(Arm::Split, "fixed_split", "Jobs dealt out in advance")
            .says("A planner gives each of two workers every second job; they never meet.")
            .when("task=jobs")
            .extra(),
        ArmCard::ablation(Arm::Contiguous, "hog_contiguous", "Each text a block")
            .says("Two workers without a common history: the other's whole text, then the own one.")
            .extra(),
        ArmCard::method(Arm::Dials, "hog", "As the dials say")
            .says("As many workers and the layout that the dials say.")
            .extra(),
        ArmCard::reference(Arm::Recompute, "recompute", "All computed anew")
            .says("Two workers whose whole views are computed anew in every step, without a cache.")
            .extra(),
    ];

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let school = (params.weights == Weights::Here)
            .then(|| School::new(QUICK, SHAPE.init(ctx.chance()), ctx.chance()));
        let weights = match &school {
            Some(school) => school.weights.clone(),
            None => shipped(params.weights == Weights::Strict)?,
        };
        let net = Net::new(SHAPE, weights)?;
        let (workers, sight) = team_of(arm, params);
        let rotate = match params.rotate {
            Turned::Query => Rotate::Query,
            Turned::Keys => Rotate::Keys,
        };
        let mut caches =
            Caches { main: Cache::new(rotate, workers as usize, CONTEXT)?, twin: None };
        if arm == Arm::Recompute {
            let other = if rotate == Rotate::Query { Rotate::Keys } else { Rotate::Query };
            caches.twin = Some(Cache::new(other, workers as usize, CONTEXT)?);
            caches.main.log = Some(Log::default());
        }
        let teams = (0..params.problems)
            .map(|number| {
                let problem = problem(params, number, ctx.chance());
                Team::new(number, problem, workers, sight, arm == Arm::Split, &mut caches)
            })
            .collect();
        let mut system = Self {
            params: params.clone(),
            arm,
            net,
            caches,
            teams,
            script: Script::default(),
            masses: Masses::default(),
            readings: Vec::new(),
            gap: 0.0,
            far: false,
            full: false,
            step: 0,
            school,
        };
        if system.school.is_none() {
            system.read_prompts(ctx)?;
        }
        Ok(system)
    }

    /// One forward step of all workers of all problems.
    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        if self.school.is_some() {
            self.learn(ctx).await?;
            self.record(ctx)?;
            return Ok(Flow::Continue);
        }
        self.step += 1;
        self.script.clear();
        for (at, team) in self.teams.iter_mut().enumerate() {
            team.read(at, self.params.check_every, &mut self.caches, &mut self.script);
        }
        self.forward(ctx)?;
        ctx.breathe().await;
        let logits = self.logits(ctx)?;
        self.look();
        self.speak(&logits, ctx);
        for team in &mut self.teams {
            team.settle(self.step, &self.caches.main);
        }
        self.notices(ctx);
        self.record(ctx)?;
        let over = self.teams.iter().all(|team| team.over.is_some());
        Ok(if over { Flow::Done } else { Flow::Continue })
    }

    fn scenes(&self) -> Vec<Scene> {
        scenes::all(self)
    }
}

/// How many work in an arm, and what they see.
fn team_of(arm: Arm, params: &Params) -> (u32, Sight) {
    match arm {
        Arm::Single => (1, Sight::Combined),
        Arm::Hog(workers) => (workers, Sight::Combined),
        Arm::Recompute => (2, Sight::Combined),
        Arm::Contiguous => (2, Sight::Contiguous),
        Arm::Interleaved => (2, Sight::Interleaved),
        Arm::Independent | Arm::Split => (2, Sight::Alone),
        Arm::Dials => {
            let sight = match params.layout {
                Layout::Combined => Sight::Combined,
                Layout::Contiguous => Sight::Contiguous,
                Layout::Interleaved => Sight::Interleaved,
            };
            (params.workers, sight)
        }
    }
}

/// The same problems in every arm.
fn problem(params: &Params, number: u32, chance: Chance) -> Problem {
    let mut rng = chance.at("problem", &[number]);
    let (task, count) = match params.task {
        Work::Jobs => (Task::Jobs, params.items),
        Work::Search => (Task::Search, BOXES),
        Work::Chain => (Task::Chain, params.items),
    };
    Problem::draw(task, count as usize, true, &mut rng)
}

impl Hogwild {
    fn read_prompts(&mut self, ctx: &Ctx) -> Result<(), Fault> {
        self.script.clear();
        let split = self.arm == Arm::Split;
        for team in &mut self.teams {
            // The planner deals jobs out in turn.
            team.prompts(&mut self.script, |worker, item| !split || item % 2 == worker);
        }
        self.forward(ctx)
    }

    /// Reads the script in one batched pass.
    fn forward(&mut self, ctx: &Ctx) -> Result<(), Fault> {
        let Script { rows, views, asks } = &self.script;
        let watched: Vec<usize> =
            asks.iter().filter(|(team, ..)| *team == 0).map(|(.., row)| *row).collect();
        self.caches.main.step(&self.net, rows, views, &watched)?;
        if let Some(twin) = &mut self.caches.twin {
            twin.step(&self.net, rows, views, &[])?;
        }
        if self.caches.main.logits.iter().any(|z| !z.is_finite()) {
            return Err(Fault::Diverged { what: "what the net says".into(), round: ctx.round() });
        }
        Ok(())
    }

    /// What follows each asked row: [asks, symbols]. Where all is computed anew, that; and how far the caches are off.
    fn logits(&mut self, ctx: &Ctx) -> Result<Vec<f32>, Fault> {
        let rows = self.script.rows.len();
        let of = |cache: &Cache| -> Vec<f32> {
            let row = |(.., row): &(usize, usize, usize)| {
                cache.logits[row * SYMBOLS..(row + 1) * SYMBOLS].iter().copied()
            };
            self.script.asks.iter().flat_map(row).collect()
        };
        let cached = of(&self.caches.main);
        let (Some(log), Some(twin)) = (&self.caches.main.log, &self.caches.twin) else {
            return Ok(cached);
        };
        let first = log.next() - rows as u32;
        let asked: Vec<u32> =
            self.script.asks.iter().map(|(.., row)| first + *row as u32).collect();
        let anew = log.recompute(&self.net, &asked);
        let gap = |a: &[f32]| {
            a.iter().zip(&anew).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max)
        };
        self.gap = self.gap.max(gap(&cached)).max(gap(&of(twin)));
        if !self.gap.is_finite() {
            return Err(Fault::Diverged { what: GAP.label.into(), round: ctx.round() });
        }
        Ok(anew)
    }

    /// Keeps where attention went.
    fn look(&mut self) {
        self.readings.clear();
        for (team, w, row) in &self.script.asks {
            let team = &self.teams[*team];
            let worker = &team.workers[*w];
            let kind = match (worker.text.is_empty(), worker.text.last()) {
                (true, _) => 0,
                (_, Some(&EQUALS)) => 2,
                _ if worker.text.contains(&EQUALS) => 3,
                _ => 1,
            };
            self.masses.count[kind] += 1.0;
            for (layer, sum) in self.masses.sum[kind].iter_mut().enumerate() {
                let mass = &self.caches.main.mass[(row * LAYERS + layer) * 4..][..4];
                sum.iter_mut().zip(mass).for_each(|(sum, m)| *sum += f64::from(*m));
            }
        }
        let first = self.script.asks.iter().filter(|(team, ..)| *team == 0);
        for ((_, w, _), attention) in first.zip(&self.caches.main.watched) {
            let view = self.teams[0].view(*w, &self.caches.main);
            let attention = attention.clone();
            self.readings.push(Reading { worker: *w, view, attention });
        }
    }

    /// Everybody says a word.
    fn speak(&mut self, logits: &[f32], ctx: &mut Ctx) {
        let asks = std::mem::take(&mut self.script.asks);
        for ((at, w, _), logits) in asks.iter().zip(logits.chunks_exact(SYMBOLS)) {
            let team = &mut self.teams[*at];
            let draw = match self.params.temperature > 0.0 {
                true => {
                    let place = [team.number, *w as u32, self.step];
                    ctx.chance().at("next word", &place).random::<f64>()
                }
                false => 0.0,
            };
            let word = choose(logits, team.allowed(*w), self.params.temperature, draw);
            let told = team.told.len();
            team.hear(*w, word, &self.net, &mut self.caches);
            if *at == 0
                && let Some(step) = team.told.get(told)
            {
                ctx.say(scenes::told(step));
            }
        }
        self.script.asks = asks;
    }

    fn notices(&mut self, ctx: &mut Ctx) {
        let reach = self.teams.iter().map(|team| team.reach(&self.caches.main)).max();
        if reach.is_some_and(|reach| reach > CONTEXT) && !self.far {
            self.far = true;
            ctx.say(format!(
                "A view is longer than the {CONTEXT} positions the net was taught on: what it says from here on means little."
            ));
        }
        let full = |team: &Team| team.over.is_some() && !team.said_end;
        if !self.full && self.teams.iter().any(full) {
            self.full = true;
            ctx.say(format!(
                "A problem has filled its {} positions without an END and is closed as it stands.",
                team::ROOM
            ));
        }
    }

    /// Lessons before the work, a few a round.
    async fn learn(&mut self, ctx: &mut Ctx) -> Result<(), Fault> {
        let Some(school) = &mut self.school else { return Ok(()) };
        let mut loss = 0.0;
        for _ in 0..LESSONS {
            loss += school.lesson()? / f64::from(LESSONS);
            ctx.breathe().await;
        }
        let (taken, all) = (school.step, school.plan.steps);
        ctx.record(&LOSS, loss)?;
        ctx.say(format!(
            "Lesson {taken} of {all}, loss {loss:.2} nats a word; {} rounds until the work begins.",
            (all - taken).div_ceil(LESSONS)
        ));
        if taken >= all {
            self.net = Net::new(SHAPE, std::mem::take(&mut school.weights))?;
            self.school = None;
            self.read_prompts(ctx)?;
        }
        Ok(())
    }

    fn record(&mut self, ctx: &mut Ctx) -> Result<(), Fault> {
        let count = self.teams.len() as f64;
        let mean = |of: &dyn Fn(&Team) -> f64| self.teams.iter().map(of).sum::<f64>() / count;
        let share = |yes: bool| f64::from(u8::from(yes));
        ctx.record(&DONE, mean(&Team::done))?;
        ctx.record(&STEPS, mean(&|t| f64::from(t.over.unwrap_or(self.step))))?;
        let steps = |t: &Team| f64::from(t.over.unwrap_or(self.step));
        ctx.record(&WORK, mean(&|t| steps(t) * t.workers.len() as f64))?;
        ctx.record(&REDUNDANT, mean(&|t| f64::from(t.redundant)))?;
        ctx.record(&ACCURACY, mean(&|t| share(t.solved())))?;
        ctx.record(&ENDED, mean(&|t| share(t.over.is_some())))?;
        ctx.record(&COLLISIONS, mean(&|t| f64::from(t.collisions)))?;
        ctx.record(&DROPPED, mean(&|t| f64::from(t.dropped)))?;
        let multiplications = self.caches.main.multiplications as f64;
        ctx.record(&MULTIPLICATIONS, multiplications / 1e6)?;
        ctx.record(&BYTES, self.caches.main.bytes() as f64 / count)?;
        if self.arm == Arm::Recompute {
            ctx.record(&GAP, self.gap)?;
        }
        let [right, asked] = self
            .teams
            .iter()
            .fold([0; 2], |[right, asked], team| [right + team.checks[0], asked + team.checks[1]]);
        if asked > 0 {
            ctx.record(&CHECKS, f64::from(right) / f64::from(asked))?;
        }
        Ok(())
    }
}

/// The next word: the likeliest at temperature 0, else drawn; among `allowed` where the choice is forced.
fn choose(logits: &[f32], allowed: Option<&[u8]>, temperature: f64, draw: f64) -> u8 {
    let may = |word: usize| allowed.is_none_or(|words| words.contains(&(word as u8)));
    let open = || logits.iter().enumerate().filter(|(word, _)| may(*word));
    let mut best = (0, f32::NEG_INFINITY);
    for (word, z) in open() {
        if *z > best.1 {
            best = (word, *z);
        }
    }
    if temperature <= 0.0 {
        return best.0 as u8;
    }
    let weight = |z: f32| math::exp(f64::from(z - best.1) / temperature);
    let total: f64 = open().map(|(_, z)| weight(*z)).sum();
    let mut left = draw * total;
    for (word, z) in open() {
        left -= weight(*z);
        if left < 0.0 {
            return word as u8;
        }
    }
    best.0 as u8
}

#[cfg(test)]
mod tests;
