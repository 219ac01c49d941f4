//! Time per round of every arm of every system at its default setting, natively, one thread: `cargo xtask bench rounds`.

// A bench is the one place besides the set-up command that needs a clock.
#![allow(clippy::disallowed_types)]

use engine::run::{Host, block_on, start};
use lexicon::*;
use std::time::{Duration, Instant};

/// A run is timed until this is over, or it is done.
const BUDGET: Duration = Duration::from_millis(1500);

fn main() {
    println!("{:<24} {:<20} {:>9} {:>9} {:>7}", "system", "arm", "start ms", "ms/round", "rounds");
    for entry in systems::CATALOGUE {
        let sheet = (entry.sheet)();
        let scenario = sheet.scenario();
        for arm in &scenario.arms {
            match timed(&scenario, arm) {
                Ok((start_ms, rounds, ms)) => {
                    let each = ms / f64::from(rounds.max(1));
                    println!("{:<24} {arm:<20} {start_ms:>9.2} {each:>9.3} {rounds:>7}", entry.id);
                }
                Err(fault) => println!("{:<24} {arm:<20} {fault}", entry.id),
            }
        }
    }
}

/// Milliseconds to start, rounds run, milliseconds they took.
fn timed(scenario: &Scenario, arm: &str) -> Result<(f64, u32, f64), Fault> {
    let job = Job { arm: arm.to_string(), seed: 1 };
    let began = Instant::now();
    let mut run = start(systems::STARTERS, scenario, &job, Host::default())?;
    let start_ms = began.elapsed().as_secs_f64() * 1e3;
    let began = Instant::now();
    while began.elapsed() < BUDGET {
        if block_on(run.step())?.1 == Flow::Done {
            break;
        }
    }
    Ok((start_ms, run.round(), began.elapsed().as_secs_f64() * 1e3))
}
