//! A message between page and worker, as JSON. No run is started: a fuzzer would soon find one that is long.
#![no_main]
#![allow(dead_code, reason = "each target uses its own part of what is shared")]

#[path = "../suite/hostile.rs"]
mod hostile;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(says) = hostile::wire(systems::PAGE, &[], text) {
        panic!("{says}");
    }
});
