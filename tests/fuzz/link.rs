//! A link, as the page and the library read it.
#![no_main]
#![allow(dead_code, reason = "each target uses its own part of what is shared")]

#[path = "../suite/hostile.rs"]
mod hostile;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(says) = hostile::link(systems::PAGE, text) {
        panic!("{says}");
    }
});
