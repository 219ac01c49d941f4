//! A decoder-only transformer with rotary positions (Vaswani et al. 2017; RoFormer, Su et al. 2021; root-mean-square
//! norms, Zhang and Sennrich 2019): full passes with gradients in `pass`, decoding over caches in `cache`.
//!
//! Plain loops over the fixed-order products of `kernels`: a row's numbers do not depend on the batch it is in, and are
//! the same bits natively and in wasm. No biases, no dropout, ReLU inside.
//!
//! Layout of the column of weights: embedding [symbols, width]; each layer: norm [width], queries-keys-values
//! [width, 3 width], out [width, width], norm [width], up [width, hidden], down [hidden, width]; then a last norm [width]
//! and the head [width, symbols].

pub mod cache;
pub mod pass;
pub mod store;

use crate::chance::{Chance, normal};
use crate::math;
use crate::tensor::kernels::sums_by_eight;
use lexicon::Fault;

/// Base of the rotary angles: theta_j = base^(-2j / d) (Su et al., section 3.2.2).
const BASE: f64 = 10_000.0;
/// Under a norm's root, so that a row of zeros stays one.
const TINY: f32 = 1e-5;
/// Positions that one pass or one view may have at most.
pub const POSITIONS_MAX: usize = 2_048;

/// The sizes of a net.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub layers: usize,
    pub width: usize,
    pub heads: usize,
    pub hidden: usize,
    pub symbols: usize,
}

/// Where the matrices of one layer begin in the column of weights.
#[derive(Clone, Copy, Debug)]
struct Places {
    norm_attention: usize,
    qkv: usize,
    out: usize,
    norm_inner: usize,
    up: usize,
    down: usize,
    end: usize,
}

impl Shape {
    /// Refuses what no transformer of this kind can be.
    pub fn checked(self) -> Result<Self, Fault> {
        let Shape { layers, width, heads, hidden, symbols } = self;
        if symbols < 2 {
            return Err(Fault::Limit("A vocabulary needs at least two symbols.".into()));
        }
        if layers == 0 || width == 0 || heads == 0 || hidden == 0 {
            return Err(Fault::Limit("A net needs layers, width, heads and hidden units.".into()));
        }
        if !width.is_multiple_of(heads) || !(width / heads).is_multiple_of(2) {
            return Err(Fault::Limit(format!(
                "Rotary positions turn pairs: {width} numbers over {heads} heads do not give heads of an even size."
            )));
        }
        Ok(self)
    }

    /// Numbers of one head.
    pub fn head(&self) -> usize {
        self.width / self.heads
    }

    fn layer(&self, layer: usize) -> Places {
        let Shape { width, hidden, .. } = *self;
        let size = 2 * width + 4 * width * width + 2 * width * hidden;
        let norm_attention = self.symbols * width + layer * size;
        let qkv = norm_attention + width;
        let out = qkv + 3 * width * width;
        let norm_inner = out + width * width;
        let up = norm_inner + width;
        let down = up + width * hidden;
        Places { norm_attention, qkv, out, norm_inner, up, down, end: down + width * hidden }
    }

    /// Where the last norm begins; the head follows it.
    fn last(&self) -> usize {
        self.layer(self.layers - 1).end
    }

    pub fn params(&self) -> usize {
        self.last() + self.width + self.width * self.symbols
    }

    /// Multiply-adds of one token outside attention.
    pub fn macs(&self) -> u64 {
        let layer = 4 * self.width * self.width + 2 * self.width * self.hidden;
        (self.layers * layer + self.width * self.symbols) as u64
    }

    /// Matrices as (start, rows, columns), norms as one row: for initial weights and for storing them.
    pub fn matrices(&self) -> Vec<(usize, usize, usize)> {
        let Shape { layers, width, hidden, symbols, .. } = *self;
        let mut all = vec![(0, symbols, width)];
        for layer in 0..layers {
            let at = self.layer(layer);
            all.extend([
                (at.norm_attention, 1, width),
                (at.qkv, width, 3 * width),
                (at.out, width, width),
                (at.norm_inner, 1, width),
                (at.up, width, hidden),
                (at.down, hidden, width),
            ]);
        }
        all.extend([(self.last(), 1, width), (self.last() + width, width, symbols)]);
        all
    }

    /// Fresh weights: matrices normal with variance 1 / rows, those that end a residual branch smaller by
    /// sqrt(2 layers) (Radford et al. 2019), embeddings N(0, 1/4), norms 1.
    pub fn init(&self, chance: Chance) -> Vec<f32> {
        let mut weights = vec![0.0; self.params()];
        let ends: Vec<usize> = (0..self.layers)
            .flat_map(|layer| [self.layer(layer).out, self.layer(layer).down])
            .collect();
        for (number, (start, rows, columns)) in self.matrices().into_iter().enumerate() {
            let part = &mut weights[start..start + rows * columns];
            if rows == 1 {
                part.fill(1.0);
                continue;
            }
            let mut rng = chance.at("opening weights of a transformer", &[number as u32]);
            let ends_branch = ends.contains(&start);
            let scale = match start {
                0 => 0.5,
                _ if ends_branch => (1.0 / (rows * 2 * self.layers) as f64).sqrt(),
                _ => (1.0 / rows as f64).sqrt(),
            };
            part.iter_mut().for_each(|w| *w = (scale * normal(&mut rng)) as f32);
        }
        weights
    }
}

/// Cosines and sines of the rotary angles, position by position.
#[derive(Clone, Debug)]
pub struct Rotary {
    half: usize,
    turn: Vec<[f32; 2]>,
}

impl Rotary {
    /// For heads of `head` numbers, positions up to `POSITIONS_MAX`.
    pub fn new(head: usize) -> Self {
        let half = head / 2;
        let mut turn = Vec::with_capacity(POSITIONS_MAX * half);
        for position in 0..POSITIONS_MAX {
            for pair in 0..half {
                let angle = position as f64 * math::pow(BASE, -2.0 * pair as f64 / head as f64);
                turn.push([math::cos(angle) as f32, math::sin(angle) as f32]);
            }
        }
        Self { half, turn }
    }

    /// Turns one head's numbers by `position`; pairs are (j, j + half).
    pub fn turn(&self, numbers: &mut [f32], position: usize) {
        self.turn_by(numbers, position, 1.0);
    }

    /// The turn undone (its transpose): for gradients.
    fn turn_back(&self, numbers: &mut [f32], position: usize) {
        self.turn_by(numbers, position, -1.0);
    }

    fn turn_by(&self, numbers: &mut [f32], position: usize, sign: f32) {
        let turns = &self.turn[position * self.half..(position + 1) * self.half];
        let (low, high) = numbers.split_at_mut(self.half);
        for ((x, y), [cos, sin]) in low.iter_mut().zip(high).zip(turns) {
            let sin = sign * sin;
            (*x, *y) = (*x * cos - *y * sin, *x * sin + *y * cos);
        }
    }
}

/// e^x for x <= 0 in single precision, within 2e-7 relative; below -87 what it is there. A loop of it becomes vector
/// instructions, which libm's does not; only sums, products and bits, so the same everywhere. NaN stays NaN.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + MAGIC;
    let whole = shifted - MAGIC;
    let r = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 5e-1;
    let value = p * r * r + r + 1.0;
    let power = shifted.to_bits().wrapping_sub(MAGIC.to_bits()).wrapping_add(127) << 23;
    value * f32::from_bits(power)
}

/// Sum of products by eight, the sums added as in a tree.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (lanes, rest) = sums_by_eight(a, b);
    let four: [f32; 4] = std::array::from_fn(|i| lanes[i] + lanes[i + 4]);
    (four[0] + four[2]) + (four[1] + four[3]) + rest
}

/// Scores into weights that sum to 1, in place. The sum's order is fixed.
fn soften(scores: &mut [f32]) {
    let peak = scores.iter().fold(f32::NEG_INFINITY, |peak, &s| if s > peak { s } else { peak });
    scores.iter_mut().for_each(|s| *s = exp(*s - peak));
    let mut lanes = [0.0f32; 8];
    let (chunks, rest) = scores.as_chunks::<8>();
    chunks.iter().for_each(|chunk| (0..8).for_each(|i| lanes[i] += chunk[i]));
    let total: f32 = lanes.iter().sum::<f32>() + rest.iter().sum::<f32>();
    let share = 1.0 / total;
    scores.iter_mut().for_each(|s| *s *= share);
}

/// Each row times `gain` over its root mean square; the inverses of those roots stay in `inverse`.
fn norm_rows(out: &mut Vec<f32>, inverse: &mut Vec<f32>, rows: &[f32], gain: &[f32]) {
    out.clear();
    inverse.clear();
    for row in rows.chunks_exact(gain.len()) {
        let scale = 1.0 / (dot(row, row) / gain.len() as f32 + TINY).sqrt();
        inverse.push(scale);
        out.extend(row.iter().zip(gain).map(|(x, g)| x * scale * g));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_exponential_is_the_exponential() {
        for i in 0..=8_700 {
            let x = -(i as f32) / 100.0;
            let (got, right) = (f64::from(exp(x)), math::exp(f64::from(x)));
            assert!((got - right).abs() <= 3e-7 * right, "{x}: {got} {right}");
        }
        assert!(exp(f32::NAN).is_nan() && exp(-1e9) < 1e-37);
    }

    #[test]
    fn a_turn_keeps_lengths_and_scores_depend_on_the_distance_alone() {
        let rotary = Rotary::new(8);
        let (q, k) = ([1.0, -2.0, 0.5, 3.0, 0.1, 0.7, -1.0, 2.0], [0.3f32; 8]);
        let score = |a: usize, b: usize| {
            let (mut q, mut k) = (q, k);
            rotary.turn(&mut q, a);
            rotary.turn(&mut k, b);
            dot(&q, &k)
        };
        assert!((score(7, 3) - score(107, 103)).abs() < 1e-4);
        assert!((score(7, 3) - score(7, 4)).abs() > 1e-3);
        let mut there = q;
        rotary.turn(&mut there, 900);
        assert!((dot(&there, &there) - dot(&q, &q)).abs() < 1e-4);
        rotary.turn_back(&mut there, 900);
        assert!(there.iter().zip(&q).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn shapes_that_cannot_be_are_refused_in_words() {
        let good = Shape { layers: 1, width: 8, heads: 2, hidden: 8, symbols: 4 };
        assert!(good.checked().is_ok());
        let words = |shape: Shape| shape.checked().unwrap_err().to_string();
        assert!(words(Shape { symbols: 0, ..good }).contains("vocabulary"));
        assert!(words(Shape { width: 6, ..good }).contains("even size"));
        assert!(words(Shape { heads: 3, ..good }).contains("even size"));
        assert!(words(Shape { layers: 0, ..good }).contains("layers"));
        assert_eq!(good.params(), 4 * 8 + 2 * 8 + 4 * 64 + 2 * 64 + 8 + 8 * 4);
    }
}
