//! Jobs on all cores: each thread starts its own run, for a run never leaves the thread it began on.

use engine::data::own::Samples;
use engine::run::{Host, Run, Starter, block_on, start};
use lexicon::{Fault, Flow, Job, Outcome, Round, Scenario, Scene};
use std::io::{IsTerminal, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// One job and the scenario it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub scenario: Scenario,
    pub job: Job,
    /// What was read of the scenario's own data; none: it is read from the link.
    pub own: Option<Arc<Samples>>,
}

impl Task {
    fn start(&self, starters: &[Starter]) -> Result<Run, Fault> {
        start(
            starters,
            &self.scenario,
            &self.job,
            Host { own: self.own.clone(), ..Host::default() },
        )
    }
}

/// The same tasks over data that was read once.
pub fn with_own(mut tasks: Vec<Task>, own: Option<&Arc<Samples>>) -> Vec<Task> {
    tasks.iter_mut().for_each(|task| task.own = own.cloned());
    tasks
}

/// The jobs of a scenario: its arms in their order, each with all seeds.
pub fn tasks(scenario: &Scenario) -> Vec<Task> {
    let seeds = scenario.seed..scenario.seed.saturating_add(scenario.seeds);
    let job = |arm: &String, seed| Job { arm: arm.clone(), seed };
    scenario
        .arms
        .iter()
        .flat_map(|arm| seeds.clone().map(move |seed| job(arm, seed)))
        .map(|job| Task { scenario: scenario.clone(), job, own: None })
        .collect()
}

/// The single job of a one-arm, one-seed scenario (a trial of a claim).
pub fn task(trial: &Scenario) -> Task {
    let arm = trial.arms.first().cloned().unwrap_or_default();
    Task { scenario: trial.clone(), job: Job { arm, seed: trial.seed }, own: None }
}

/// Runs every task to its end; outcomes in the order of the tasks. A fault or a panic ends its own task only.
pub fn run_all(starters: &[Starter], tasks: &[Task], progress: &Progress) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(vec![Outcome::default(); tasks.len()]);
    let work = || {
        while let Some((place, task)) = {
            let place = next.fetch_add(1, Ordering::Relaxed);
            tasks.get(place).map(|task| (place, task))
        } {
            let outcome = run_one(starters, task);
            progress.tick();
            outcomes.lock().expect("no thread panics with the lock held")[place] = outcome;
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads().min(tasks.len()) {
            scope.spawn(work);
        }
    });
    outcomes.into_inner().expect("no thread panics with the lock held")
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Runs one task to its end on this thread. A panic is a bug: it becomes a fault that says how to see it again.
pub fn run_one(starters: &[Starter], task: &Task) -> Outcome {
    let mut outcome = Outcome::default();
    let end = catch_unwind(AssertUnwindSafe(|| {
        walk(starters, task, task.scenario.rounds, |round, _| {
            outcome.add(round);
            Ok(())
        })
    }));
    outcome.fault = match end {
        Ok(end) => end.err(),
        Err(panic) => Some(Fault::Device(format!(
            "A bug in {}, arm {}, seed {}: {}",
            task.scenario.system,
            task.job.arm,
            task.job.seed,
            panic_text(panic.as_ref())
        ))),
    };
    outcome
}

/// What a panic said.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_string()
}

/// Steps a task for at most `rounds` rounds and shows each to `see`, with the run it came from. Gives the run where
/// it ended.
pub fn walk(
    starters: &[Starter],
    task: &Task,
    rounds: u32,
    mut see: impl FnMut(&Round, &Run) -> Result<(), Fault>,
) -> Result<Run, Fault> {
    let mut run = task.start(starters)?;
    for _ in 0..rounds {
        let (round, flow) = block_on(run.step())?;
        see(&round, &run)?;
        if flow == Flow::Done {
            break;
        }
    }
    Ok(run)
}

/// The pictures after `round` rounds of a task (0: before the first), and the round they belong to: the run may end
/// earlier.
pub fn scenes_at(
    starters: &[Starter],
    task: &Task,
    round: u32,
) -> Result<(u32, Vec<Scene>), Fault> {
    let mut run = task.start(starters)?;
    while run.round() < round.min(task.scenario.rounds) {
        if block_on(run.step())?.1 == Flow::Done {
            break;
        }
    }
    Ok((run.round(), run.scenes()))
}

/// Finished jobs, counted on stderr where a person watches.
pub struct Progress {
    label: String,
    total: usize,
    done: AtomicUsize,
    shown: bool,
}

impl Progress {
    pub fn new(label: &str, total: usize) -> Self {
        let shown = std::io::stderr().is_terminal() && total > 1;
        Self { label: label.to_string(), total, done: AtomicUsize::new(0), shown }
    }

    pub fn silent() -> Self {
        Self { shown: false, ..Self::new("", 0) }
    }

    fn tick(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.shown {
            let end = if done == self.total { "\x1b[K\r" } else { "" };
            // A closed stderr is nobody watching.
            let _ = write!(
                std::io::stderr(),
                "\r{}: {done} of {} jobs\x1b[K{end}",
                self.label,
                self.total
            );
        }
    }
}
