//! The 128th word of eight texts, by one step over a cache and by a full pass over all words: the net of hogwild.

use super::{Work, unit};
use engine::tensor::transformer::Shape;
use engine::tensor::transformer::cache::{BlockId, Cache, Net, Rotate, Row};
use engine::tensor::transformer::pass::Pass;

const SHAPE: Shape = Shape { layers: 3, width: 64, heads: 4, hidden: 256, symbols: 48 };
const LENGTH: usize = 128;
const TEXTS: usize = 8;
const WEIGHTS: u32 = 0x6a00_0000;

pub struct Decoding {
    net: Net,
    /// The full pass, where no cache is used.
    pass: Option<Pass>,
    words: Vec<u8>,
    /// All words but the last one, read once.
    before: Cache,
    cache: Cache,
    blocks: Vec<BlockId>,
}

impl Decoding {
    pub fn new(how: &str) -> Option<Self> {
        let pass = match how {
            "cached" => None,
            "whole" => Some(Pass::new(SHAPE)),
            _ => return None,
        };
        let weights =
            (0..SHAPE.params()).map(|k| 0.25 * (unit(WEIGHTS + k as u32) - 0.5) as f32).collect();
        let net = Net::new(SHAPE, weights).ok()?;
        let mut before = Cache::new(Rotate::Query, TEXTS, LENGTH).ok()?;
        let blocks: Vec<BlockId> = (0..TEXTS).map(|_| before.open()).collect();
        for at in 0..LENGTH - 1 {
            before.step(&net, &rows(at), &blocks, &[]).ok()?;
        }
        let words = (0..TEXTS).flat_map(|text| (0..LENGTH).map(move |at| word(text, at))).collect();
        Some(Self { net, pass, words, cache: before.clone(), before, blocks })
    }
}

fn word(text: usize, at: usize) -> u8 {
    ((text * 31 + at * 17) % SHAPE.symbols) as u8
}

/// Word `at` of every text, each after the words of its own.
fn rows(at: usize) -> Vec<Row> {
    let row = |text: usize| Row {
        token: word(text, at),
        worker: text as u32,
        view: (text as u32, text as u32 + 1),
        split: 0,
        own: 1,
    };
    (0..TEXTS).map(row).collect()
}

impl Work for Decoding {
    fn reset(&mut self) {
        self.cache.clone_from(&self.before);
    }

    /// Words decoded.
    fn run(&mut self) -> f64 {
        let done = match &mut self.pass {
            Some(pass) => pass.forward(&self.net.weights, &self.words, &[LENGTH; TEXTS]),
            None => self.cache.step(&self.net, &rows(LENGTH - 1), &self.blocks, &[]),
        };
        done.expect("128 words are no more than a view holds");
        TEXTS as f64
    }

    /// Mean size of the logits of the last words.
    fn check(&mut self) -> f64 {
        self.reset();
        self.run();
        let logits: Vec<&[f32]> = match &self.pass {
            None => vec![&self.cache.logits],
            Some(pass) => {
                let words = pass.logits.chunks_exact(SHAPE.symbols);
                words.skip(LENGTH - 1).step_by(LENGTH).collect()
            }
        };
        let sum: f64 = logits.iter().copied().flatten().map(|z| f64::from(z.abs())).sum();
        sum / (TEXTS * SHAPE.symbols) as f64
    }
}
