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
    populations();
}

/// A city's days by its size, and against agents as objects visited one by one.
fn populations() {
    let Some(entry) = systems::CATALOGUE.iter().find(|e| e.id == "large-population-models") else {
        return;
    };
    println!(
        "\n{:<24} {:>9} {:>9} {:>9} {:>11}",
        "city", "build ms", "ms/day", "days/s", "agents/s"
    );
    for agents in [10_000, 100_000, 1_000_000] {
        let query = format!("part=policy&agents={agents}&weekly_r=4.5&initial=0.004&rounds=84");
        let Ok(scenario) = link::setting(&(entry.sheet)(), &query) else { return };
        let mut day_ms = Vec::new();
        for arm in ["none", "early", "naive"] {
            match timed(&scenario, arm) {
                Ok((start_ms, rounds, ms)) => {
                    let each = ms / f64::from(rounds.max(1));
                    let (days, steps) = (1e3 / each, 1e3 * f64::from(agents) / each);
                    let name = format!("{agents} {arm}");
                    println!("{name:<24} {start_ms:>9.0} {each:>9.3} {days:>9.1} {steps:>11.3e}");
                    day_ms.push(each);
                }
                Err(fault) => println!("{agents} {arm}: {fault}"),
            }
        }
        if let [columns, .., objects] = day_ms[..] {
            println!("{:<24} {:>9.1} x", "objects / columns", objects / columns);
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
