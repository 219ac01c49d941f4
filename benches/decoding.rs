//! Decoding with and without a cache of keys and values: `cargo bench --bench decoding`.
//!
//! The net of `hogwild`; the 128th word of 8 texts at once, by one cached step and by a full pass over all words.

// A bench is the one place besides the set-up command that needs a clock.
#![allow(clippy::disallowed_types)]

use engine::chance::Chance;
use engine::tensor::transformer::Shape;
use engine::tensor::transformer::cache::{Cache, Net, Rotate, Row};
use engine::tensor::transformer::pass::Pass;
use std::time::Instant;

const SHAPE: Shape = Shape { layers: 3, width: 64, heads: 4, hidden: 256, symbols: 48 };
const LENGTH: usize = 128;
const TEXTS: usize = 8;
const REPEATS: u32 = 30;

fn main() -> Result<(), lexicon::Fault> {
    let net = Net::new(SHAPE, SHAPE.init(Chance::new(1)))?;
    let word = |text: usize, at: usize| ((text * 31 + at * 17) % SHAPE.symbols) as u8;
    let mut cache = Cache::new(Rotate::Query, TEXTS, LENGTH + 1)?;
    let blocks: Vec<usize> = (0..TEXTS).map(|_| cache.open()).collect();
    let rows = |at: usize| -> Vec<Row> {
        let row = |text: usize| Row {
            token: word(text, at),
            worker: text as u32,
            view: (text as u32, text as u32 + 1),
            split: 0,
            own: 1,
        };
        (0..TEXTS).map(row).collect()
    };
    for at in 0..LENGTH - 1 {
        cache.step(&net, &rows(at), &blocks, &[])?;
    }
    let mut cached_ms = 0.0;
    for _ in 0..REPEATS {
        let mut cache = cache.clone();
        let began = Instant::now();
        cache.step(&net, &rows(LENGTH - 1), &blocks, &[])?;
        cached_ms += began.elapsed().as_secs_f64() * 1e3 / f64::from(REPEATS);
    }
    let words: Vec<u8> =
        (0..TEXTS).flat_map(|text| (0..LENGTH).map(move |at| word(text, at))).collect();
    let mut pass = Pass::new(SHAPE);
    let began = Instant::now();
    for _ in 0..REPEATS {
        pass.forward(&net.weights, &words, &[LENGTH; TEXTS])?;
    }
    let whole_ms = began.elapsed().as_secs_f64() * 1e3 / f64::from(REPEATS);
    println!("word {LENGTH} of {TEXTS} texts at once, one thread");
    println!("  cached     {cached_ms:>9.3} ms");
    println!("  uncached   {whole_ms:>9.3} ms");
    println!("  ratio      {:>9.1}", whole_ms / cached_ms);
    Ok(())
}
