//! One system opened: its scenario, its runs, and what a person has done to it.

use super::transport::LEAD_ROUNDS;
use super::*;

/// A metric that was not read in so many rounds belongs to another setting (a task, a part) of the system.
const SETTLED_ROUNDS: u32 = 10;

/// Outcomes of trials kept for claims and sweeps.
const RESULTS_MAX: usize = 5_000;

#[derive(Debug)]
pub struct Lab {
    pub sheet: Rc<Sheet>,
    pub scenario: Scenario,
    pub view: View,
    /// Named and ignored: of the link.
    pub notices: Vec<String>,
    /// Values that were refused; while there are any, nothing new is run.
    pub issues: Vec<Issue>,
    /// What was typed into a field and refused, by dial, so that it stays there to be mended.
    pub drafts: Table<String, String>,
    pub history: History,
    /// The last pictures of the run before, by arm: shown until the new run has drawn its own.
    pub carried: Table<String, Vec<Scene>>,
    pub transport: Transport,
    pub claims: Table<String, ClaimRun>,
    pub sweep: Option<Sweep>,
    /// Outcomes of trials, by canonical link.
    pub results: Results,
    pub logs: Table<String, ()>,
    pub hidden: Table<String, ()>,
    pub zoom: Table<String, (u32, u32)>,
    pub cursor: Option<u32>,
    /// The connected model that answers in this run; none: surrogates.
    pub mind: Option<String>,
    pub computed: Computed,
    /// What a whole run would ask of a connected model at most, once a seat has counted it.
    pub asks: Option<Asks>,
    /// The ticket of that count.
    pub(super) counting: u32,
    pub(super) runs: Table<u32, Purpose>,
    /// Its story and its record have been asked for.
    pub(super) texts: bool,
    undo: Vec<Scenario>,
    redo: Vec<Scenario>,
    /// The scenario before a drag, until it is committed.
    before: Option<Scenario>,
    allowed: u32,
    ticked_ms: Option<f64>,
}

/// Where the numbers that are seen come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Computed {
    /// Some of them from the GPU: they agree with the CPU's within a tolerance, not to the bit.
    pub on_gpu: bool,
    /// What a seat has said about it.
    pub says: Option<String>,
}

/// What a run is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    /// The stage or the band behind it.
    Job(Job),
    Claim {
        id: String,
        trial: usize,
    },
    Sweep {
        trial: usize,
    },
}

impl Lab {
    fn new(sheet: Rc<Sheet>, opened: Opened) -> Self {
        let view = opened.view;
        let mut transport =
            Transport::new(!view.paused && view.at.is_none(), opened.scenario.rounds);
        if let Some(round) = view.at {
            transport.seek(round);
        }
        Self {
            sheet,
            drafts: drafts(&opened.issues),
            scenario: opened.scenario,
            view,
            notices: opened.notices,
            issues: opened.issues,
            history: History::default(),
            carried: Table::new(),
            transport,
            claims: Table::new(),
            sweep: None,
            results: Results::new(),
            logs: Table::new(),
            hidden: Table::new(),
            zoom: Table::new(),
            cursor: None,
            mind: None,
            computed: Computed::default(),
            asks: None,
            counting: 0,
            runs: Table::new(),
            texts: false,
            undo: Vec::new(),
            redo: Vec::new(),
            before: None,
            allowed: 0,
            ticked_ms: None,
        }
    }

    /// The address of what is seen, without the moment (`at`, `play`), which only a shared link carries.
    pub fn link(&self) -> String {
        let view = View { at: None, paused: false, ..self.view.clone() };
        link::encode(&self.sheet, &self.scenario, &view)
    }

    /// The link to share: `moment` keeps the round that is shown.
    pub fn shared_link(&self, moment: bool) -> String {
        let at = moment.then_some(self.transport.playhead);
        let view = View { at, paused: false, embed: false, theme: None, ..self.view.clone() };
        link::encode(&self.sheet, &self.scenario, &view)
    }

    /// Rounds that every shown arm has.
    pub fn available(&self) -> u32 {
        self.history.shown_rounds(&self.scenario.arms, self.scenario.seed)
    }

    /// All jobs of the scenario have ended.
    pub fn finished(&self) -> bool {
        self.jobs().iter().all(|job| self.history.track(&job.arm, job.seed).is_some_and(|t| t.done))
    }

    /// Stage first, then the other seeds; a connected model costs, so it works for the stage alone.
    pub fn jobs(&self) -> Vec<Job> {
        let count = if self.mind.is_some() { 1 } else { self.scenario.seeds };
        let seeds = self.scenario.seed..self.scenario.seed.saturating_add(count);
        seeds
            .flat_map(|seed| {
                self.scenario.arms.iter().map(move |arm| Job { arm: arm.clone(), seed })
            })
            .collect()
    }

    /// The run has ended, and all of it on the CPU, so that a replay computes the same bits. (Whether a connected model
    /// has answered, `mind` says.)
    pub fn replayable(&self) -> bool {
        self.finished() && !self.computed.on_gpu
    }

    /// A digest of all readings so far; the command line prints the same for the same link.
    pub fn digest(&self) -> String {
        let mut digest = digest::Digest::default();
        for (job, track) in self.history.tracks() {
            for (metric, values) in &track.readings {
                for (at, value) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
                    digest.add(&job.arm, job.seed, metric, at as u32 + 1, *value);
                }
            }
        }
        digest.hex()
    }

    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Whether a connected model can answer in one of the arms that are shown.
    pub fn takes_a_mind(&self) -> bool {
        self.scenario.arms.iter().any(|id| self.sheet.arm(id).is_some_and(|arm| arm.asks))
    }

    /// The arms that the dials' values allow.
    pub fn offered_arms(&self) -> Vec<ArmInfo> {
        let values = self.sheet.values(&self.scenario.params);
        self.sheet.arms.iter().filter(|a| a.offered(&values)).copied().collect()
    }

    /// The metrics in the card's order; once the run has shown which ones this setting reads, those first.
    pub fn metrics(&self) -> Vec<&'static Metric> {
        let settled = self.available() >= SETTLED_ROUNDS || self.finished();
        let here = |metric: &&Metric| !settled || self.history.reads(metric.id);
        let (read, other): (Vec<_>, Vec<_>) = self.sheet.card.metrics.iter().partition(here);
        read.into_iter().chain(other).collect()
    }

    /// Whether this run is still wanted.
    pub fn wants(&self, run: u32) -> bool {
        self.runs.contains_key(&run)
    }

    pub(super) fn stop_all(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.runs).into_keys().map(|run| Effect::Stop { run }).collect()
    }

    fn stop_jobs(&mut self) -> Vec<Effect> {
        let is_job = |p: &Purpose| matches!(p, Purpose::Job(_));
        let stopped: Vec<u32> =
            self.runs.iter().filter(|(_, p)| is_job(p)).map(|(run, _)| *run).collect();
        self.runs.retain(|_, p| !is_job(p));
        stopped.into_iter().map(|run| Effect::Stop { run }).collect()
    }

    /// Rounds ahead of what is shown: with a connected model, only the next.
    fn lead(&self) -> u32 {
        if self.mind.is_some() { 1 } else { LEAD_ROUNDS }
    }

    /// How far the watched runs may go now.
    fn until(&self) -> u32 {
        let lead = self.lead();
        match self.transport.speed {
            Speed::FlatOut if self.transport.playing => self.scenario.rounds,
            Speed::PerSecond(n) if n > lead && lead == LEAD_ROUNDS => {
                self.transport.playhead.saturating_add(2 * n)
            }
            _ => self.transport.playhead.saturating_add(lead),
        }
        .min(self.scenario.rounds)
    }

    /// One picture a round where the eye can follow, else the newest of each message.
    fn watch(&self) -> Watch {
        match self.transport.speed {
            Speed::FlatOut => Watch::Newest,
            Speed::PerSecond(_) => Watch::Every,
        }
    }

    fn allow_more(&mut self, speed_changed: bool) -> Vec<Effect> {
        let until = self.until();
        // Not for every round: each permission is a message to every watched run.
        let early =
            until < self.scenario.rounds && until < self.allowed.saturating_add(self.lead() / 3);
        if !speed_changed && (early || until <= self.allowed) {
            return Vec::new();
        }
        self.allowed = until.max(self.allowed);
        let (until, watch) = (self.allowed, self.watch());
        let seed = self.scenario.seed;
        let stage =
            self.runs.iter().filter(|(_, p)| matches!(p, Purpose::Job(job) if job.seed == seed));
        stage.map(|(run, _)| Effect::Allow { run: *run, until, watch }).collect()
    }

    /// Keeps an outcome; past the bound the oldest keys go.
    pub(super) fn keep_result(&mut self, key: String, outcome: Outcome) {
        while self.results.len() >= RESULTS_MAX {
            self.results.pop_first();
        }
        self.results.insert(key, outcome);
    }
}

fn drafts(issues: &[Issue]) -> Table<String, String> {
    // An empty field stays empty.
    let typed = |i: &Issue| if i.given == fault::NOTHING { String::new() } else { i.given.clone() };
    issues.iter().map(|i| (i.dial.clone(), typed(i))).collect()
}

/// Opens a system, or the same system with other settings.
pub(super) fn enter(model: &mut Model, sheet: Rc<Sheet>, opened: Opened) -> Vec<Effect> {
    let known = matches!(&model.place, Place::Lab(lab) if lab.sheet.card.id == sheet.card.id);
    if known {
        let Place::Lab(lab) = &mut model.place else { return Vec::new() };
        lab.drafts = drafts(&opened.issues);
        lab.notices = opened.notices;
        lab.issues = opened.issues;
        let changed = lab.scenario != opened.scenario;
        let before = std::mem::replace(&mut lab.scenario, opened.scenario);
        if let Some(round) = opened.view.at {
            lab.transport.play(false);
            lab.transport.seek(round);
        }
        let moved = lab.view.device != opened.view.device;
        lab.view = opened.view;
        match (changed, moved) {
            (false, false) => return Vec::new(),
            (false, true) => {}
            (true, _) => remember(lab, before),
        }
        return restart(model);
    }
    let mut effects = leave(model);
    model.place = Place::Lab(Box::new(Lab::new(sheet, opened)));
    effects.extend(start(model));
    effects
}

fn remember(lab: &mut Lab, before: Scenario) {
    if lab.undo.len() == UNDO_MAX {
        lab.undo.remove(0);
    }
    lab.undo.push(before);
    lab.redo.clear();
}

/// The scenario has changed: everything of the old one stops, its last pictures stay until the new ones come.
pub(super) fn restart(model: &mut Model) -> Vec<Effect> {
    restart_as(model, Computed::default())
}

fn restart_as(model: &mut Model, computed: Computed) -> Vec<Effect> {
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    lab.computed = computed;
    let mut effects = lab.stop_jobs();
    for arm in &lab.scenario.arms {
        let seed = lab.history.tracks().next().map_or(1, |(job, _)| job.seed);
        if let Some((_, scenes)) = lab.history.scenes(arm, seed, lab.transport.playhead) {
            lab.carried.insert(arm.clone(), scenes.clone());
        }
    }
    lab.history.clear();
    lab.allowed = 0;
    lab.zoom.clear();
    lab.cursor = None;
    let playing = lab.transport.playing || lab.transport.playhead >= lab.scenario.rounds;
    lab.transport.seek(0);
    lab.transport.play(playing);
    effects.extend(start(model));
    effects
}

/// Starts all jobs of the scenario, unless a value was refused: then the run waits.
fn start(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab() else { return Vec::new() };
    // Data that is named and not there is asked for across the page.
    if !lab.issues.is_empty() || model.data.lacks(&lab.scenario).is_some() {
        return Vec::new();
    }
    let mind = mind::answering(model, lab);
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    let minds = if mind.is_some() { Minds::Connected } else { Minds::Surrogate };
    lab.mind = mind;
    let jobs = lab.jobs();
    let runs: Vec<u32> = jobs.iter().map(|_| model.new_run()).collect();
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    lab.allowed = lab.until();
    let mut effects = Vec::new();
    for (number, (job, run)) in jobs.into_iter().zip(runs).enumerate() {
        let on_stage = job.seed == lab.scenario.seed;
        let device = match (lab.view.device, lab.computed.on_gpu) {
            (Device::Gpu, _) | (Device::Auto, true) => Device::Gpu,
            // All arms compute in one place, so one run measures for all.
            (Device::Auto, false) if number == 0 => Device::Auto,
            _ => Device::Cpu,
        };
        effects.push(Effect::Start {
            run,
            scenario: lab.scenario.clone(),
            until: if on_stage { lab.allowed } else { lab.scenario.rounds },
            watch: if on_stage { lab.watch() } else { Watch::Nothing },
            rank: if on_stage { Rank::Stage } else { Rank::Band },
            job: job.clone(),
            minds,
            device,
        });
        lab.runs.insert(run, Purpose::Job(job));
    }
    effects
}

pub(super) fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    if model.lab().is_none() {
        return Vec::new();
    }
    match msg {
        Msg::Dial { .. }
        | Msg::ResetDial(_)
        | Msg::ResetAll
        | Msg::Preset(_)
        | Msg::Arm { .. }
        | Msg::FirstSeed(_)
        | Msg::Seeds(_)
        | Msg::Rounds(_)
        | Msg::Data(_)
        | Msg::Undo
        | Msg::Redo => turn(model, msg),
        Msg::Play(_)
        | Msg::Step(_)
        | Msg::Scrub(_)
        | Msg::ToEnd
        | Msg::Speed(_)
        | Msg::Frame { .. } => transport(model, msg),
        Msg::Worker { run, message } => worker(model, run, message),
        Msg::Lost { run, fault } => worker(model, run, FromWorker::Failed { run, fault }),
        Msg::Tick { now_ms } => tick(model, now_ms),
        Msg::Device(device) => {
            let Place::Lab(lab) = &mut model.place else { return Vec::new() };
            lab.view.device = device;
            let address = Effect::Address { hash: lab.link(), push: false };
            let mut effects = restart(model);
            effects.push(address);
            effects
        }
        Msg::RunClaim(_) | Msg::RunAllClaims | Msg::PauseClaim { .. } | Msg::StopClaim(_) => {
            claims::update(model, msg)
        }
        Msg::StartSweep(_) | Msg::PauseSweep(_) | Msg::StopSweep => sweep::update(model, msg),
        other => {
            let Place::Lab(lab) = &mut model.place else { return Vec::new() };
            look(lab, other)
        }
    }
}

/// What changes only how the lab is looked at.
fn look(lab: &mut Lab, msg: Msg) -> Vec<Effect> {
    let set = |set: &mut Table<String, ()>, key: String, on: bool| {
        if on { set.insert(key, ()) } else { set.remove(&key) }
    };
    match msg {
        Msg::View(view) => {
            lab.view.scene = view.min(lab.sheet.card.views.len().saturating_sub(1) as u32);
            return vec![Effect::Address { hash: lab.link(), push: false }];
        }
        Msg::Log { metric, on } => {
            set(&mut lab.logs, metric, on);
        }
        Msg::HideArm { id, on } => {
            set(&mut lab.hidden, id, on);
        }
        Msg::Zoom { metric, rounds } => match rounds {
            Some((from, to)) if from < to => {
                lab.zoom.insert(metric, (from, to));
            }
            _ => {
                lab.zoom.remove(&metric);
            }
        },
        Msg::Cursor(round) => lab.cursor = round,
        Msg::DismissNotices => lab.notices.clear(),
        _ => {}
    }
    Vec::new()
}

/// A change of the scenario.
fn turn(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    let before = lab.scenario.clone();
    let commit = !matches!(msg, Msg::Dial { commit: false, .. });
    match msg {
        Msg::Undo | Msg::Redo => {
            let (from, to) = if matches!(msg, Msg::Undo) {
                (&mut lab.undo, &mut lab.redo)
            } else {
                (&mut lab.redo, &mut lab.undo)
            };
            let Some(scenario) = from.pop() else { return Vec::new() };
            to.push(std::mem::replace(&mut lab.scenario, scenario));
            lab.drafts.clear();
            lab.issues.clear();
            let mut effects = restart(model);
            effects
                .extend(model.lab().map(|lab| Effect::Address { hash: lab.link(), push: false }));
            return effects;
        }
        Msg::Dial { name, text, .. } => dial(lab, &name, &text),
        Msg::ResetDial(name) => {
            lab.scenario.params.remove(&name);
            lab.drafts.remove(&name);
        }
        Msg::ResetAll => {
            // Data that was refused is a value to be mended like any other.
            let refused = lab.issues.iter().any(|i| i.dial == "data");
            lab.scenario = Scenario {
                seed: lab.scenario.seed,
                seeds: lab.scenario.seeds,
                data: lab.scenario.data.take().filter(|_| !refused),
                ..lab.sheet.scenario()
            };
            lab.drafts.clear();
        }
        Msg::Preset(id) => {
            let preset = lab.sheet.card.presets.iter().find(|p| p.id == id);
            if let Some(Ok(scenario)) = preset.map(|p| link::setting(&lab.sheet, p.query)) {
                let seeds = if scenario.seeds == SEEDS_DEFAULT {
                    lab.scenario.seeds
                } else {
                    scenario.seeds
                };
                let data = lab.scenario.data.take();
                lab.scenario = Scenario { seed: lab.scenario.seed, seeds, data, ..scenario };
                lab.drafts.clear();
            }
        }
        Msg::Data(own) => {
            lab.scenario.data = own;
            lab.drafts.remove("data");
        }
        Msg::Arm { id, on } => arm(lab, &id, on),
        Msg::FirstSeed(text) => number(lab, "seed", &text, 1_000_000_000, |s, v| s.seed = v),
        Msg::Seeds(text) => number(lab, "seeds", &text, SEEDS_MAX, |s, v| s.seeds = v),
        Msg::Rounds(text) => {
            number(lab, "rounds", &text, lab.sheet.card.rounds.max, |s, v| s.rounds = v)
        }
        _ => return Vec::new(),
    }
    // Issues are what the drafts still say; rules across dials are told by the worker.
    lab.issues = lab.drafts.iter().filter_map(|(name, text)| refusal(lab, name, text)).collect();
    if lab.issues.is_empty()
        && let Err(issues) = lab.sheet.check(&lab.scenario)
    {
        lab.issues = issues;
    }
    let changed = lab.scenario != before;
    if changed {
        lab.before.get_or_insert(before);
    }
    let mut address = Vec::new();
    // A slider under the finger leaves the address alone; letting go is one step, for undo and for the back button.
    if commit && let Some(before) = lab.before.take().filter(|b| *b != lab.scenario) {
        remember(lab, before);
        let hash = lab.link();
        address = vec![Effect::Address { hash: hash.clone(), push: true }, Effect::SaveOwn(hash)];
    }
    let mut effects = match (changed, lab.issues.is_empty()) {
        (_, false) => lab.stop_jobs(),
        (true, true) => restart(model),
        // A refused value was mended to what it had been: the run that waits may start.
        (false, true) if lab.runs.is_empty() && !lab.finished() => restart(model),
        (false, true) => Vec::new(),
    };
    effects.extend(address);
    effects
}

fn dial(lab: &mut Lab, name: &str, text: &str) {
    let Some(dial) = lab.sheet.dial(name) else { return };
    match dial.read(text) {
        Ok(value) => {
            lab.drafts.remove(name);
            if link::same(&value, &dial.default) {
                lab.scenario.params.remove(name);
            } else {
                lab.scenario.params.insert(name.to_string(), value);
            }
            // Arms that the new value no longer offers make way for those that it does.
            let offered = lab.offered_arms();
            if lab.scenario.arms.iter().any(|id| !offered.iter().any(|a| a.id == id)) {
                lab.scenario.arms = lab.sheet.default_arms(&lab.scenario.params);
            }
        }
        Err(issue) => {
            lab.drafts.extend(drafts(std::slice::from_ref(&issue)));
        }
    }
}

fn arm(lab: &mut Lab, id: &str, on: bool) {
    let arms = &mut lab.scenario.arms;
    if on && arms.len() < ARMS_MAX && !arms.iter().any(|a| a == id) {
        // In the order of the card.
        let chosen = |known: &&ArmInfo| known.id == id || arms.iter().any(|a| a == known.id);
        *arms = lab.sheet.arms.iter().filter(chosen).map(|known| known.id.to_string()).collect();
    } else if !on && arms.len() > 1 {
        arms.retain(|a| a != id);
    }
}

fn number(lab: &mut Lab, key: &str, text: &str, max: u32, set: impl Fn(&mut Scenario, u32)) {
    match text.trim().parse::<u32>().ok().filter(|v| (1..=max).contains(v)) {
        Some(value) => {
            lab.drafts.remove(key);
            set(&mut lab.scenario, value);
        }
        None => {
            lab.drafts.insert(key.to_string(), fault::shown(text, 40));
        }
    }
}

fn refusal(lab: &Lab, name: &str, text: &str) -> Option<Issue> {
    if let Some(dial) = lab.sheet.dial(name) {
        return dial.read(text).err();
    }
    if name == "data" {
        let says = Own::read(text).err()?;
        return Some(Issue { dial: name.to_string(), given: text.to_string(), says });
    }
    let max = match name {
        "seed" => 1_000_000_000,
        "seeds" => SEEDS_MAX,
        _ => lab.sheet.card.rounds.max,
    };
    let says = format!("this takes a whole number from 1 to {max}");
    Some(Issue { dial: name.to_string(), given: text.to_string(), says })
}

fn transport(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    let available = lab.available();
    let speed_changed = matches!(msg, Msg::Speed(_));
    match msg {
        Msg::Play(on) => {
            if on && lab.transport.playhead >= lab.scenario.rounds {
                lab.transport.seek(0);
            }
            lab.transport.play(on);
        }
        Msg::Step(by) => {
            lab.transport.play(false);
            let to = i64::from(lab.transport.playhead) + i64::from(by);
            lab.transport
                .seek(to.clamp(0, i64::from(available.max(lab.transport.playhead))) as u32);
        }
        Msg::Scrub(round) => {
            lab.transport.seek(round.min(available));
            lab.transport.play(false);
        }
        Msg::ToEnd => {
            lab.transport.seek(available);
        }
        Msg::Speed(speed) => lab.transport.speed = speed,
        Msg::Frame { now_ms } => {
            let before = lab.transport.playhead;
            lab.transport.advance(now_ms, available);
            let ended = lab.transport.playhead >= lab.scenario.rounds
                || lab.scenario.arms.iter().all(|arm| {
                    lab.history
                        .track(arm, lab.scenario.seed)
                        .is_some_and(|t| t.done && t.rounds <= lab.transport.playhead)
                });
            if lab.transport.playing && ended {
                lab.transport.play(false);
                model.dirty = true;
            }
            if lab.transport.playhead != before {
                model.dirty = true;
            }
        }
        _ => {}
    }
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    lab.allow_more(speed_changed)
}

/// A message of a run. One that no longer belongs to anything is from a run that was stopped: passed over.
fn worker(model: &mut Model, run: u32, message: FromWorker) -> Vec<Effect> {
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    match message {
        FromWorker::Judged { ticket, verdict } => {
            claims::judged(lab, ticket, verdict);
            return Vec::new();
        }
        FromWorker::Asks { ticket, asks } => {
            mind::counted(lab, ticket, asks);
            return Vec::new();
        }
        _ => {}
    }
    match lab.runs.get(&run).cloned() {
        Some(Purpose::Job(job)) => {
            match message {
                FromWorker::Rounds { rounds, scenes, .. } => {
                    if !scenes.is_empty()
                        && lab.history.track(&job.arm, job.seed).is_none_or(|t| t.scenes.is_empty())
                    {
                        lab.carried.remove(&job.arm);
                    }
                    lab.history.add(&job, &rounds, scenes);
                }
                FromWorker::Finished { .. } => lab.history.finish(&job, None),
                FromWorker::Device { on_gpu, faster, says, .. } => {
                    return computed(model, on_gpu, faster, says);
                }
                // A rule across dials, which only the worker knows: shown at the dial, and the run waits.
                FromWorker::Failed { fault: Fault::Params(issues), .. } => {
                    lab.issues = issues;
                    return lab.stop_jobs();
                }
                FromWorker::Failed { fault, .. } => lab.history.finish(&job, Some(fault)),
                _ => {}
            }
            Vec::new()
        }
        Some(Purpose::Claim { id, trial }) => claims::progress(model, run, &id, trial, message),
        Some(Purpose::Sweep { trial }) => sweep::progress(model, run, trial, message),
        None => Vec::new(),
    }
}

/// A seat says where it computes, or that the GPU is clearly faster here: then all begins anew there.
fn computed(model: &mut Model, on_gpu: bool, faster: bool, says: String) -> Vec<Effect> {
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    let on_gpu = on_gpu || lab.computed.on_gpu;
    lab.computed = Computed { on_gpu, says: Some(says) };
    if faster && lab.view.device == Device::Auto && !on_gpu {
        let computed = Computed { on_gpu: true, says: lab.computed.says.clone() };
        return restart_as(model, computed);
    }
    Vec::new()
}

fn tick(model: &mut Model, now_ms: f64) -> Vec<Effect> {
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    let passed_ms = (now_ms - lab.ticked_ms.unwrap_or(now_ms)).clamp(0.0, 5_000.0);
    lab.ticked_ms = Some(now_ms);
    for batch in lab
        .claims
        .values_mut()
        .filter_map(ClaimRun::batch_mut)
        .chain(lab.sweep.as_mut().map(|s| &mut s.batch))
    {
        if !batch.paused && !batch.done() {
            batch.spent_ms += passed_ms;
            model.dirty = true;
        }
    }
    Vec::new()
}

/// A trial's message kept in its batch: the outcome, once there is one.
pub(super) fn trial(
    batch: &mut Batch,
    trial: usize,
    message: FromWorker,
) -> Option<(String, Outcome)> {
    let trial = batch.trials.get_mut(trial)?;
    let Stage::Running { round, outcome, .. } = &mut trial.stage else { return None };
    match message {
        FromWorker::Rounds { rounds, .. } => {
            for new in rounds.iter().filter(|r| r.index > *round) {
                outcome.add(new);
            }
            *round = rounds.last().map_or(*round, |r| r.index);
            None
        }
        FromWorker::Finished { .. } | FromWorker::Failed { .. } => {
            let mut outcome = std::mem::take(outcome);
            if let FromWorker::Failed { fault, .. } = message {
                outcome.fault = Some(fault);
            }
            trial.stage = Stage::Done;
            Some((trial.key.clone(), outcome))
        }
        _ => None,
    }
}

/// Starts the next trials of a batch; `purpose` names what each run is for.
pub(super) fn hand_out(
    model: &mut Model,
    batch: impl Fn(&mut Lab) -> Option<&mut Batch>,
    purpose: impl Fn(usize) -> Purpose,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    let Place::Lab(lab) = &mut model.place else { return effects };
    let Some(next) = batch(lab).map(|b| b.next()) else { return effects };
    for at in next {
        let run = model.new_run();
        let Place::Lab(lab) = &mut model.place else { return effects };
        let Some(trial) = batch(lab).and_then(|b| b.trials.get_mut(at)) else { continue };
        trial.stage = Stage::Running { run, round: 0, outcome: Outcome::default() };
        let scenario = trial.scenario.clone();
        let Some(arm) = scenario.arms.first().cloned() else { continue };
        let job = Job { arm, seed: scenario.seed };
        let until = scenario.rounds;
        effects.push(Effect::Start {
            run,
            scenario,
            job,
            until,
            watch: Watch::Nothing,
            rank: Rank::Trial,
            // Claims and sweeps are of surrogates, whoever answers on the stage.
            minds: Minds::Surrogate,
            // And of the CPU, where numbers are the same to the bit.
            device: Device::Cpu,
        });
        lab.runs.insert(run, purpose(at));
    }
    effects
}
