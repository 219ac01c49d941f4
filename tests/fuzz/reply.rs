//! What a model's server answers.
#![no_main]
#![allow(dead_code, reason = "each target uses its own part of what is shared")]

#[path = "../suite/hostile.rs"]
mod hostile;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(says) = hostile::reply(text) {
        panic!("{says}");
    }
});
