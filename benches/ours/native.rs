//! Our native contestant of `cargo xtask bench`: reads one question a line (`work seconds`), answers with one line of
//! JSON. `ours once WORK` runs a work once and ends: for callgrind and perf.

// A bench is the one place besides the set-up command that needs a clock.
#![allow(clippy::disallowed_types)]

#[path = "works.rs"]
mod works;

use std::io::{BufRead, stdin};
use std::time::Instant;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let Some(at) = words.iter().position(|word| word == "once") {
        let name = words.get(at + 1).map_or("", String::as_str);
        let mut work = works::prepare(name).unwrap_or_else(|| panic!("“{name}” is no work"));
        println!("{}", work.run());
        return;
    }
    let began = Instant::now();
    let mut prepared = works::Prepared::default();
    for line in stdin().lock().lines().map_while(Result::ok) {
        println!("{}", prepared.answer(&line, || began.elapsed().as_secs_f64()));
    }
}
