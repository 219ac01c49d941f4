//! A search by coverage (libFuzzer) for bytes that break what `../suite/hostile.rs` holds of one of its targets, which
//! `MURMURATION_FUZZ` names. Built and run by `cargo xtask fuzz` and `cargo xtask test`.
#![no_main]

#[path = "../suite/hostile.rs"]
mod hostile;

use hostile::Check;
use std::sync::OnceLock;

static CHECK: OnceLock<Check> = OnceLock::new();

fn named() -> Check {
    let name = std::env::var("MURMURATION_FUZZ").unwrap_or_default();
    let known = hostile::TARGETS.iter().find(|(target, _)| *target == name);
    known.unwrap_or_else(|| panic!("MURMURATION_FUZZ names no target: “{name}”")).1
}

libfuzzer_sys::fuzz_target!(|given: &[u8]| {
    if let Err(says) = CHECK.get_or_init(named)(systems::CATALOGUE, given) {
        panic!("{says}");
    }
});
