//! How often three systems ask for memory in a round: a hot path that starts to allocate is found here, by a count
//! that no noise of a machine changes. `UPDATE=1` records anew.

// A counting allocator is the one place that has to be unsafe; it hands everything on to the system's.
#![allow(unsafe_code)]

use engine::run::{Host, block_on, start};
use lexicon::*;
use std::alloc::{GlobalAlloc, Layout, System as Heap};
use std::sync::atomic::{AtomicU64, Ordering};

struct Counting;
static ASKED: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is the system allocator's own, with the arguments as they came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        unsafe { Heap.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { Heap.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        unsafe { Heap.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/allocations.txt");
/// Buffers grow in the first rounds.
const WARM: u32 = 4;
const ROUNDS: u32 = 8;
/// A federation, a swarm, a network.
const RUNS: [(&str, &str); 3] = [("fedstale", "fedstale"), ("swarmbench", ""), ("pccl", "")];

/// Allocations of `ROUNDS` rounds at the default setting, seed 1; an empty arm is the card's first.
fn allocations(system: &str, arm: &str) -> u64 {
    let entry = systems::CATALOGUE.iter().find(|e| e.id == system).expect("a system of ours");
    let scenario = (entry.sheet)().scenario();
    let arm = if arm.is_empty() { scenario.arms[0].clone() } else { arm.to_string() };
    let job = Job { arm, seed: 1 };
    let mut run = start(systems::STARTERS, &scenario, &job, Host::default()).expect("it starts");
    for _ in 0..WARM {
        block_on(run.step()).expect("it steps");
    }
    let before = ASKED.load(Ordering::Relaxed);
    for _ in 0..ROUNDS {
        let (_, flow) = block_on(run.step()).expect("it steps");
        assert_eq!(flow, Flow::Continue, "{system} is over too early to be counted");
    }
    ASKED.load(Ordering::Relaxed) - before
}

#[test]
fn rounds_do_not_ask_for_more_memory_than_they_did() {
    let now = RUNS.map(|(system, arm)| (system, allocations(system, arm)));
    if std::env::var_os("UPDATE").is_some() {
        let lines: String = now.iter().map(|(name, n)| format!("{name} {n}\n")).collect();
        let head = format!(
            "# Allocations in {ROUNDS} rounds after the first {WARM}; see tests/counts.rs.\n"
        );
        std::fs::write(RECORD, head + &lines).expect("the record can be written");
        return;
    }
    let text = std::fs::read_to_string(RECORD).expect("benches/allocations.txt is there");
    for (name, count) in now {
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        let recorded = line.unwrap_or_else(|| panic!("{name} is not on record: UPDATE=1"));
        assert!(
            count as f64 <= recorded as f64 * 1.02,
            "{name}: {count} allocations in {ROUNDS} rounds, on record {recorded}"
        );
    }
}
