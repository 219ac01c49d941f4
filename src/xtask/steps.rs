//! Steps with their names, times and outcomes, and the table at the end.

use crate::command::Tally;
use std::process::ExitCode;
use std::time::Instant;

/// Why a step did not pass.
pub enum Stop {
    /// What went wrong, and the cure where there is one.
    Failed(String),
    /// Tests ran, and some of them failed.
    Tests(Tally, String),
    Skipped(String),
}

impl From<String> for Stop {
    fn from(why: String) -> Self {
        Stop::Failed(why)
    }
}

enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

struct Step {
    name: String,
    outcome: Outcome,
    tally: Tally,
    seconds: f64,
}

pub struct Steps {
    started: Instant,
    done: Vec<Step>,
}

impl Steps {
    pub fn new() -> Self {
        Self { started: Instant::now(), done: Vec::new() }
    }

    /// Runs a step; whether it passed.
    pub fn run<T: Into<Tally>>(
        &mut self,
        name: &str,
        step: impl FnOnce() -> Result<T, Stop>,
    ) -> bool {
        println!("\n== {name}");
        let started = Instant::now();
        let result = step().map(Into::into);
        self.add(name, result, started.elapsed().as_secs_f64())
    }

    /// A step that ran elsewhere, with its time.
    pub fn add(&mut self, name: &str, result: Result<Tally, Stop>, seconds: f64) -> bool {
        let (outcome, tally) = match result {
            Ok(tally) => (Outcome::Passed, tally),
            Err(Stop::Failed(why)) => (Outcome::Failed(why), Tally::default()),
            Err(Stop::Tests(tally, why)) => (Outcome::Failed(why), tally),
            Err(Stop::Skipped(why)) => (Outcome::Skipped(why), Tally::default()),
        };
        let says = match &outcome {
            Outcome::Passed => "passed".to_string(),
            Outcome::Failed(why) => format!("FAILED: {why}"),
            Outcome::Skipped(why) => format!("skipped: {why}"),
        };
        println!("== {name}: {says} ({seconds:.0} s)");
        let passed = matches!(outcome, Outcome::Passed);
        self.done.push(Step { name: name.to_string(), outcome, tally, seconds });
        passed
    }

    /// The table of all steps; fails where one of them failed.
    pub fn summary(&self) -> ExitCode {
        if self.done.is_empty() {
            return ExitCode::SUCCESS;
        }
        println!("\n{:<34} {:>8}  {:<8} tests", "step", "seconds", "");
        let mut sum = Tally::default();
        let mut failed = Vec::new();
        for step in &self.done {
            let word = match &step.outcome {
                Outcome::Passed => "passed",
                Outcome::Failed(_) => "FAILED",
                Outcome::Skipped(_) => "skipped",
            };
            println!("{:<34} {:>8.1}  {word:<8} {}", step.name, step.seconds, step.tally);
            sum.add(step.tally);
            if let Outcome::Failed(why) = &step.outcome {
                failed.push(format!("{}: {why}", step.name));
            }
        }
        for step in &self.done {
            if let Outcome::Skipped(why) = &step.outcome {
                println!("skipped  {}: {why}", step.name);
            }
        }
        println!(
            "\n{} steps, {} failed, in {:.0} s",
            self.done.len(),
            failed.len(),
            self.started.elapsed().as_secs_f64()
        );
        if sum.ran() {
            println!("{} passed, {} failed, {} skipped", sum.passed, sum.failed, sum.skipped);
        }
        for why in &failed {
            println!("FAILED  {why}");
        }
        if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
