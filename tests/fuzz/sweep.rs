//! A sweep's text, read by every system.
#![no_main]
#![allow(dead_code, reason = "each target uses its own part of what is shared")]

#[path = "../suite/hostile.rs"]
mod hostile;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(says) = hostile::plan(systems::PAGE, text) {
        panic!("{says}");
    }
});
