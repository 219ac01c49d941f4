//! `lm`: a next-symbol model after Bengio et al. (2003): embeddings of the last 16 symbols side by side, one hidden
//! layer of 64 tanh, 64 logits. Gradients by hand over the fixed-order products of `kernels`: the same bits natively and
//! in wasm.
//!
//! Layout of the column of weights: embedding [64, 16], hidden matrix [256, 64] and bias [64], output matrix [64, 64]
//! and bias [64]: 21,632 numbers.

use super::kernels;
use crate::chance::{Chance, normal};
use crate::math;

pub const SYMBOLS: usize = 64;
pub const CONTEXT: usize = 16;
const WIDTH: usize = 16;
const HIDDEN: usize = 64;
const INPUTS: usize = CONTEXT * WIDTH;

const EMBEDDING: usize = SYMBOLS * WIDTH;
const INTO: usize = INPUTS * HIDDEN;
const OUT: usize = HIDDEN * SYMBOLS;
/// Weights of the model.
pub const PARAMS: usize = EMBEDDING + INTO + HIDDEN + OUT + SYMBOLS;

/// Fresh weights, fixed by the run's seed alone: embeddings N(0, 1), matrices Xavier, biases 0.
pub fn init(chance: Chance) -> Vec<f32> {
    let mut weights = Vec::with_capacity(PARAMS);
    let mut part = |number: u32, count: usize, variance: f64, zeros: usize| {
        let mut rng = chance.at("opening weights of the language model", &[number]);
        weights.extend((0..count).map(|_| (variance.sqrt() * normal(&mut rng)) as f32));
        weights.extend(std::iter::repeat_n(0.0, zeros));
    };
    part(0, EMBEDDING, 1.0, 0);
    part(1, INTO, 2.0 / (INPUTS + HIDDEN) as f64, HIDDEN);
    part(2, OUT, 2.0 / (HIDDEN + SYMBOLS) as f64, SYMBOLS);
    weights
}

/// Where the parts of the column lie.
struct Parts<'a> {
    embedding: &'a [f32],
    into: &'a [f32],
    into_bias: &'a [f32],
    out: &'a [f32],
    out_bias: &'a [f32],
}

fn parts(weights: &[f32]) -> Parts<'_> {
    assert_eq!(weights.len(), PARAMS, "a column of this model");
    let (embedding, rest) = weights.split_at(EMBEDDING);
    let (into, rest) = rest.split_at(INTO);
    let (into_bias, rest) = rest.split_at(HIDDEN);
    let (out, out_bias) = rest.split_at(OUT);
    Parts { embedding, into, into_bias, out, out_bias }
}

/// Buffers of a pass, kept between calls.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    input: Vec<f32>,
    hidden: Vec<f32>,
    logits: Vec<f32>,
    hidden_gradient: Vec<f32>,
    input_gradient: Vec<f32>,
    turned: Vec<f32>,
    pub gradient: Vec<f32>,
}

impl Workspace {
    fn size(&mut self, batch: usize) {
        self.input.resize(batch * INPUTS, 0.0);
        self.hidden.resize(batch * HIDDEN, 0.0);
        self.logits.resize(batch * SYMBOLS, 0.0);
    }
}

/// Mean cross-entropy (nats) over windows of `CONTEXT` + 1 symbols. Afterwards `space.logits` holds the probabilities.
pub fn loss(weights: &[f32], windows: &[u8], space: &mut Workspace) -> f64 {
    let of = parts(weights);
    let batch = windows.len() / (CONTEXT + 1);
    space.size(batch);
    for (input, window) in
        space.input.chunks_exact_mut(INPUTS).zip(windows.chunks_exact(CONTEXT + 1))
    {
        for (slot, symbol) in input.chunks_exact_mut(WIDTH).zip(window) {
            let from = usize::from(*symbol) * WIDTH;
            slot.copy_from_slice(&of.embedding[from..from + WIDTH]);
        }
    }
    kernels::product(&mut space.hidden, &space.input, of.into, Some(of.into_bias), INPUTS, HIDDEN);
    space.hidden.iter_mut().for_each(|x| *x = math::tanh_f32(*x));
    kernels::product(&mut space.logits, &space.hidden, of.out, Some(of.out_bias), HIDDEN, SYMBOLS);
    let mut total = 0.0;
    for (row, window) in
        space.logits.chunks_exact_mut(SYMBOLS).zip(windows.chunks_exact(CONTEXT + 1))
    {
        let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let target = row[usize::from(window[CONTEXT])] - top;
        let mut sum = 0.0f32;
        for x in row.iter_mut() {
            *x = math::exp_f32(*x - top);
            sum += *x;
        }
        row.iter_mut().for_each(|x| *x /= sum);
        total += math::ln(f64::from(sum)) - f64::from(target);
    }
    total / batch as f64
}

/// The loss, and its gradient in `space.gradient`.
pub fn gradient(weights: &[f32], windows: &[u8], space: &mut Workspace) -> f64 {
    let loss = loss(weights, windows, space);
    let of = parts(weights);
    let batch = windows.len() / (CONTEXT + 1);
    for (row, window) in
        space.logits.chunks_exact_mut(SYMBOLS).zip(windows.chunks_exact(CONTEXT + 1))
    {
        row[usize::from(window[CONTEXT])] -= 1.0;
        row.iter_mut().for_each(|x| *x /= batch as f32);
    }
    space.gradient.clear();
    space.gradient.resize(PARAMS, 0.0);
    space.hidden_gradient.resize(batch * HIDDEN, 0.0);
    space.input_gradient.resize(batch * INPUTS, 0.0);
    space.turned.resize(INTO, 0.0);
    let (embedding, rest) = space.gradient.split_at_mut(EMBEDDING);
    let (into, rest) = rest.split_at_mut(INTO);
    let (into_bias, rest) = rest.split_at_mut(HIDDEN);
    let (out, out_bias) = rest.split_at_mut(OUT);
    kernels::product_of_columns(out, &space.hidden, &space.logits, HIDDEN, SYMBOLS);
    space.logits.chunks_exact(SYMBOLS).for_each(|row| kernels::add_scaled(out_bias, 1.0, row));
    let turned = &mut space.turned[..OUT];
    kernels::transpose(turned, of.out, SYMBOLS);
    kernels::product(&mut space.hidden_gradient, &space.logits, turned, None, SYMBOLS, HIDDEN);
    for (g, h) in space.hidden_gradient.iter_mut().zip(&space.hidden) {
        *g *= 1.0 - h * h;
    }
    kernels::product_of_columns(into, &space.input, &space.hidden_gradient, INPUTS, HIDDEN);
    space
        .hidden_gradient
        .chunks_exact(HIDDEN)
        .for_each(|row| kernels::add_scaled(into_bias, 1.0, row));
    kernels::transpose(&mut space.turned, of.into, HIDDEN);
    kernels::product(
        &mut space.input_gradient,
        &space.hidden_gradient,
        &space.turned,
        None,
        HIDDEN,
        INPUTS,
    );
    for (input, window) in
        space.input_gradient.chunks_exact(INPUTS).zip(windows.chunks_exact(CONTEXT + 1))
    {
        for (slot, symbol) in input.chunks_exact(WIDTH).zip(window) {
            let from = usize::from(*symbol) * WIDTH;
            kernels::add_scaled(&mut embedding[from..from + WIDTH], 1.0, slot);
        }
    }
    loss
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::bytes::{Bytes, windows};

    #[test]
    fn the_model_has_the_number_of_weights_of_the_spec() {
        assert_eq!(PARAMS, 21_632);
        assert_eq!(init(Chance::new(1)).len(), PARAMS);
    }

    #[test]
    fn gradients_agree_with_differences_in_every_part_of_the_column() {
        let chance = Chance::new(2);
        let mut weights = init(chance);
        let text = Bytes::bundled();
        let batch = windows(&text.train, 6, CONTEXT, chance, &[0]);
        let mut space = Workspace::default();
        gradient(&weights, &batch, &mut space);
        let by_hand = space.gradient.clone();
        let used = usize::from(batch[0]) * WIDTH + 3;
        let places = [
            used,
            EMBEDDING + 77,
            EMBEDDING + INTO + 5,
            EMBEDDING + INTO + HIDDEN + 99,
            PARAMS - 64,
        ];
        for place in places {
            let kept = weights[place];
            let step = 1e-2;
            weights[place] = kept + step;
            let above = loss(&weights, &batch, &mut space);
            weights[place] = kept - step;
            let below = loss(&weights, &batch, &mut space);
            weights[place] = kept;
            let slope = (above - below) / f64::from(2.0 * step);
            let got = f64::from(by_hand[place]);
            assert!((slope - got).abs() < 2e-3 + 0.02 * got.abs(), "{place}: {slope} {got}");
        }
    }

    #[test]
    fn descent_brings_the_loss_below_that_of_single_symbols() {
        let chance = Chance::new(3);
        let text = Bytes::bundled();
        let mut weights = init(chance);
        let mut space = Workspace::default();
        let held = windows(&text.test, 512, CONTEXT, chance, &[9, 9]);
        // Entropy of the single symbol, in nats: what a model without context reaches.
        let mut counts = [0.0f64; SYMBOLS];
        text.train.iter().for_each(|s| counts[usize::from(*s)] += 1.0 / text.train.len() as f64);
        let unigram: f64 = counts.iter().filter(|p| **p > 0.0).map(|p| -p * math::ln(*p)).sum();
        for step in 0..600 {
            let batch = windows(&text.train, 32, CONTEXT, chance, &[step]);
            gradient(&weights, &batch, &mut space);
            for (w, g) in weights.iter_mut().zip(&space.gradient) {
                *w -= 0.3 * g;
            }
        }
        let end = loss(&weights, &held, &mut space);
        assert!(end < unigram - 0.1, "{end} against {unigram}");
    }
}
