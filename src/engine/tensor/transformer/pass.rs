//! Full passes over whole sequences, and the gradient of the loss there.

use super::{POSITIONS_MAX, Rotary, Shape, norm_rows, soften};
use crate::math;
use crate::tensor::kernels::{add_scaled, product, product_of_columns, transpose};
use lexicon::Fault;

/// What one layer leaves for the backward pass; columns are [rows, ..].
#[derive(Clone, Debug, Default)]
struct Room {
    normed_attention: Vec<f32>,
    inverse_attention: Vec<f32>,
    /// Queries and keys turned, values: [rows, 3 width].
    qkv: Vec<f32>,
    /// Attention of each sequence and head: [length, length] one after the other.
    attention: Vec<f32>,
    /// What the heads brought, side by side: [rows, width].
    mixed: Vec<f32>,
    middle: Vec<f32>,
    normed_inner: Vec<f32>,
    inverse_inner: Vec<f32>,
    /// After ReLU: [rows, hidden].
    up: Vec<f32>,
}

/// A net's passes over whole sequences, with room kept between calls.
#[derive(Clone, Debug)]
pub struct Pass {
    shape: Shape,
    rotary: Rotary,
    tokens: Vec<u8>,
    lengths: Vec<usize>,
    rooms: Vec<Room>,
    /// The residual stream before each layer, and after the last: [rows, width].
    stream: Vec<Vec<f32>>,
    normed: Vec<f32>,
    inverse: Vec<f32>,
    /// [rows, symbols]
    pub logits: Vec<f32>,
    pub gradient: Vec<f32>,
    head: Head,
    space: [Vec<f32>; 5],
}

/// One head's numbers, taken out of the rows: [length, head] or turned.
#[derive(Clone, Debug, Default)]
struct Head {
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    turned: Vec<f32>,
    above: Vec<f32>,
    scores: Vec<f32>,
    out: Vec<f32>,
}

/// Columns `from..from + head` of `rows` rows of a matrix `columns` wide.
fn take(out: &mut Vec<f32>, of: &[f32], columns: usize, from: usize, head: usize) {
    out.clear();
    of.chunks_exact(columns).for_each(|row| out.extend_from_slice(&row[from..from + head]));
}

fn put(into: &mut [f32], of: &[f32], columns: usize, from: usize, head: usize) {
    for (row, part) in into.chunks_exact_mut(columns).zip(of.chunks_exact(head)) {
        row[from..from + head].copy_from_slice(part);
    }
}

fn sized(column: &mut Vec<f32>, size: usize) -> &mut [f32] {
    column.clear();
    column.resize(size, 0.0);
    column
}

impl Pass {
    pub fn new(shape: Shape) -> Self {
        Self {
            rotary: Rotary::new(shape.head()),
            tokens: Vec::new(),
            lengths: Vec::new(),
            rooms: vec![Room::default(); shape.layers],
            stream: vec![Vec::new(); shape.layers + 1],
            normed: Vec::new(),
            inverse: Vec::new(),
            logits: Vec::new(),
            gradient: vec![0.0; shape.params()],
            head: Head::default(),
            space: Default::default(),
            shape,
        }
    }

    /// Fills `self.logits` [rows, symbols] for sequences laid one after the other; each sees itself alone.
    pub fn forward(
        &mut self,
        weights: &[f32],
        tokens: &[u8],
        lengths: &[usize],
    ) -> Result<(), Fault> {
        let Shape { width, hidden, symbols, layers, .. } = self.shape;
        assert_eq!(weights.len(), self.shape.params(), "one net's weights");
        assert_eq!(lengths.iter().sum::<usize>(), tokens.len(), "lengths cover the tokens");
        if let Some(long) = lengths.iter().find(|length| **length > POSITIONS_MAX) {
            return Err(Fault::Limit(format!(
                "A sequence of {long} tokens is past the window: {POSITIONS_MAX} at most."
            )));
        }
        self.tokens.clear();
        self.tokens.extend_from_slice(tokens);
        self.lengths.clear();
        self.lengths.extend_from_slice(lengths);
        self.stream[0].clear();
        for token in tokens {
            let from = usize::from(*token) * width;
            self.stream[0].extend_from_slice(&weights[from..from + width]);
        }
        let rows = tokens.len();
        for layer in 0..layers {
            let at = self.shape.layer(layer);
            let room = &mut self.rooms[layer];
            let (before, after) = self.stream.split_at_mut(layer + 1);
            let (before, after) = (&before[layer], &mut after[0]);
            let gain = &weights[at.norm_attention..at.qkv];
            norm_rows(&mut room.normed_attention, &mut room.inverse_attention, before, gain);
            let qkv = sized(&mut room.qkv, rows * 3 * width);
            product(qkv, &room.normed_attention, &weights[at.qkv..at.out], None, width, 3 * width);
            attend(&self.shape, &self.rotary, room, &self.lengths, &mut self.head);
            let middle = sized(&mut room.middle, rows * width);
            product(middle, &room.mixed, &weights[at.out..at.norm_inner], None, width, width);
            add_scaled(middle, 1.0, before);
            let gain = &weights[at.norm_inner..at.up];
            norm_rows(&mut room.normed_inner, &mut room.inverse_inner, &room.middle, gain);
            let up = sized(&mut room.up, rows * hidden);
            product(up, &room.normed_inner, &weights[at.up..at.down], None, width, hidden);
            up.iter_mut().for_each(|x| *x = if *x <= 0.0 { 0.0 } else { *x });
            let after = sized(after, rows * width);
            product(after, &room.up, &weights[at.down..at.end], None, hidden, width);
            add_scaled(after, 1.0, &room.middle);
        }
        let last = self.shape.last();
        let gain = &weights[last..last + width];
        norm_rows(&mut self.normed, &mut self.inverse, &self.stream[layers], gain);
        let logits = sized(&mut self.logits, rows * symbols);
        product(logits, &self.normed, &weights[last + width..], None, width, symbols);
        Ok(())
    }

    /// Cross-entropy (nats) of the logits against `targets` [rows, symbols], summed over rows and divided by `count`;
    /// a row of zeros asks for nothing. Afterwards `self.logits` holds the slope of that at the logits.
    pub fn loss(&mut self, targets: &[f32], count: f32) -> f64 {
        let mut total = 0.0;
        let symbols = self.shape.symbols;
        for (row, target) in
            self.logits.chunks_exact_mut(symbols).zip(targets.chunks_exact(symbols))
        {
            let mass: f32 = target.iter().sum();
            if mass == 0.0 {
                row.fill(0.0);
                continue;
            }
            soften(row);
            for (p, t) in row.iter_mut().zip(target) {
                if *t > 0.0 {
                    total -= f64::from(*t) * math::ln(f64::from(p.max(1e-30)));
                }
                *p = (*p * mass - t) / count;
            }
        }
        total / f64::from(count)
    }

    /// Adds to `self.gradient` what the slopes in `self.logits` say about the weights; after `forward` and `loss`.
    pub fn backward(&mut self, weights: &[f32]) {
        let Shape { width, hidden, symbols, layers, .. } = self.shape;
        let rows = self.tokens.len();
        let last = self.shape.last();
        let [above, normed, inner, turned, part] = &mut self.space;
        let mut matrix = |gradient: &mut [f32], input: &[f32], above: &[f32], inputs, outputs| {
            let part = sized(part, inputs * outputs);
            product_of_columns(part, input, above, inputs, outputs);
            add_scaled(gradient, 1.0, part);
        };
        let mut down = |below: &mut Vec<f32>, above: &[f32], weights: &[f32], inputs, outputs| {
            let turned = sized(turned, inputs * outputs);
            transpose(turned, weights, outputs);
            product(sized(below, rows * inputs), above, turned, None, outputs, inputs);
        };
        let head = &weights[last + width..];
        matrix(&mut self.gradient[last + width..], &self.normed, &self.logits, width, symbols);
        down(normed, &self.logits, head, width, symbols);
        sized(above, rows * width);
        let (gain, slope) = (&weights[last..last + width], &mut self.gradient[last..last + width]);
        norm_back(above, slope, normed, &self.stream[layers], &self.inverse, gain);
        for layer in (0..layers).rev() {
            let at = self.shape.layer(layer);
            let room = &mut self.rooms[layer];
            matrix(&mut self.gradient[at.down..at.end], &room.up, above, hidden, width);
            down(inner, above, &weights[at.down..at.end], hidden, width);
            for (slope, value) in inner.iter_mut().zip(&room.up) {
                *slope = if *value > 0.0 { *slope } else { 0.0 };
            }
            matrix(&mut self.gradient[at.up..at.down], &room.normed_inner, inner, width, hidden);
            down(normed, inner, &weights[at.up..at.down], width, hidden);
            let gain = &weights[at.norm_inner..at.up];
            let slope = &mut self.gradient[at.norm_inner..at.up];
            norm_back(above, slope, normed, &room.middle, &room.inverse_inner, gain);
            let slope = &mut self.gradient[at.out..at.norm_inner];
            matrix(slope, &room.mixed, above, width, width);
            down(normed, above, &weights[at.out..at.norm_inner], width, width);
            let qkv = sized(inner, rows * 3 * width);
            attend_back(
                &self.shape,
                &self.rotary,
                room,
                &self.lengths,
                normed,
                qkv,
                &mut self.head,
            );
            let slope = &mut self.gradient[at.qkv..at.out];
            matrix(slope, &room.normed_attention, inner, width, 3 * width);
            down(normed, inner, &weights[at.qkv..at.out], width, 3 * width);
            let gain = &weights[at.norm_attention..at.qkv];
            let slope = &mut self.gradient[at.norm_attention..at.qkv];
            norm_back(above, slope, normed, &self.stream[layer], &room.inverse_attention, gain);
        }
        for (token, slope) in self.tokens.iter().zip(above.chunks_exact(width)) {
            let from = usize::from(*token) * width;
            add_scaled(&mut self.gradient[from..from + width], 1.0, slope);
        }
    }
}

/// Adds to `above` the slope at a norm's input, and to `of_gain` that at its gain, from the slope at its output.
fn norm_back(
    above: &mut [f32],
    of_gain: &mut [f32],
    slope: &[f32],
    rows: &[f32],
    inverse: &[f32],
    gain: &[f32],
) {
    let width = gain.len();
    for (row, ((above, slope), (x, scale))) in above
        .chunks_exact_mut(width)
        .zip(slope.chunks_exact(width))
        .zip(rows.chunks_exact(width).zip(inverse))
        .enumerate()
    {
        debug_assert!(row < inverse.len());
        let mut along = 0.0;
        for i in 0..width {
            of_gain[i] += slope[i] * x[i] * scale;
            along += slope[i] * gain[i] * x[i];
        }
        let pull = along * scale * scale * scale / width as f32;
        for i in 0..width {
            above[i] += slope[i] * gain[i] * scale - x[i] * pull;
        }
    }
}

/// Turns queries and keys in place, then mixes values by attention; sequence by sequence, head by head.
fn attend(shape: &Shape, rotary: &Rotary, room: &mut Room, lengths: &[usize], space: &mut Head) {
    let (width, head) = (shape.width, shape.head());
    sized(&mut room.mixed, room.qkv.len() / 3);
    let squares: usize = lengths.iter().map(|l| l * l).sum();
    sized(&mut room.attention, squares * shape.heads);
    let scale = 1.0 / (head as f32).sqrt();
    let (mut row, mut square) = (0, 0);
    for &length in lengths {
        let qkv = &mut room.qkv[row * 3 * width..(row + length) * 3 * width];
        for (position, line) in qkv.chunks_exact_mut(3 * width).enumerate() {
            line[..2 * width].chunks_exact_mut(head).for_each(|part| rotary.turn(part, position));
        }
        let mixed = &mut room.mixed[row * width..(row + length) * width];
        for h in 0..shape.heads {
            take(&mut space.q, qkv, 3 * width, h * head, head);
            take(&mut space.k, qkv, 3 * width, width + h * head, head);
            take(&mut space.v, qkv, 3 * width, 2 * width + h * head, head);
            transpose(sized(&mut space.turned, length * head), &space.k, head);
            let attention = &mut room.attention[square..square + length * length];
            product(attention, &space.q, &space.turned, None, head, length);
            for (i, line) in attention.chunks_exact_mut(length).enumerate() {
                line[..=i].iter_mut().for_each(|s| *s *= scale);
                soften(&mut line[..=i]);
                line[i + 1..].fill(0.0);
            }
            let out = sized(&mut space.out, length * head);
            product(out, attention, &space.v, None, length, head);
            put(mixed, out, width, h * head, head);
            square += length * length;
        }
        row += length;
    }
}

/// The slope at queries, keys and values (before their turn) from that at `mixed`.
fn attend_back(
    shape: &Shape,
    rotary: &Rotary,
    room: &Room,
    lengths: &[usize],
    mixed: &[f32],
    slopes: &mut [f32],
    space: &mut Head,
) {
    let (width, head) = (shape.width, shape.head());
    let scale = 1.0 / (head as f32).sqrt();
    let (mut row, mut square) = (0, 0);
    for &length in lengths {
        let qkv = &room.qkv[row * 3 * width..(row + length) * 3 * width];
        let slopes = &mut slopes[row * 3 * width..(row + length) * 3 * width];
        for h in 0..shape.heads {
            let attention = &room.attention[square..square + length * length];
            take(&mut space.q, qkv, 3 * width, h * head, head);
            take(&mut space.k, qkv, 3 * width, width + h * head, head);
            take(&mut space.v, qkv, 3 * width, 2 * width + h * head, head);
            let rows = &mixed[row * width..(row + length) * width];
            take(&mut space.above, rows, width, h * head, head);
            let out = sized(&mut space.out, length * head);
            product_of_columns(out, attention, &space.above, length, head);
            put(slopes, out, 3 * width, 2 * width + h * head, head);
            transpose(sized(&mut space.turned, length * head), &space.v, head);
            let scores = sized(&mut space.scores, length * length);
            product(scores, &space.above, &space.turned, None, head, length);
            for (slope, weight) in
                scores.chunks_exact_mut(length).zip(attention.chunks_exact(length))
            {
                let mean = super::dot(slope, weight);
                for (s, w) in slope.iter_mut().zip(weight) {
                    *s = w * (*s - mean) * scale;
                }
            }
            product(out, scores, &space.k, None, length, head);
            put(slopes, out, 3 * width, h * head, head);
            product_of_columns(out, scores, &space.q, length, head);
            put(slopes, out, 3 * width, width + h * head, head);
            square += length * length;
        }
        for (position, line) in slopes.chunks_exact_mut(3 * width).enumerate() {
            line[..2 * width]
                .chunks_exact_mut(head)
                .for_each(|part| rotary.turn_back(part, position));
        }
        row += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, normal};
    use crate::tensor::kernels;
    use rand::RngExt;

    const SHAPE: Shape = Shape { layers: 2, width: 12, heads: 2, hidden: 20, symbols: 7 };

    fn case() -> (Vec<f32>, Vec<u8>, Vec<usize>, Vec<f32>) {
        let chance = Chance::new(3);
        let mut rng = chance.at("case", &[]);
        let mut weights = SHAPE.init(chance);
        // Norms away from 1, so that their slopes are seen.
        weights.iter_mut().for_each(|w| *w += 0.1 * normal(&mut rng) as f32);
        let lengths = vec![5, 9];
        let tokens: Vec<u8> = (0..14).map(|_| rng.random_range(0..7)).collect();
        let mut targets = vec![0.0; 14 * 7];
        for row in (0..14).filter(|row| row % 3 != 0) {
            targets[row * 7 + rng.random_range(0..7usize)] += 0.75;
            targets[row * 7 + rng.random_range(0..7usize)] += 0.25;
        }
        (weights, tokens, lengths, targets)
    }

    #[test]
    fn gradients_are_the_slopes_of_the_loss_in_every_matrix() {
        let (weights, tokens, lengths, targets) = case();
        let mut pass = Pass::new(SHAPE);
        let loss = |pass: &mut Pass, weights: &[f32]| {
            pass.forward(weights, &tokens, &lengths).unwrap();
            pass.loss(&targets, 9.0)
        };
        loss(&mut pass, &weights);
        pass.backward(&weights);
        let gradient = pass.gradient.clone();
        for (number, (start, rows, columns)) in SHAPE.matrices().into_iter().enumerate() {
            let part = start..start + rows * columns;
            let mut rng = Chance::new(5).at("direction", &[number as u32]);
            // Along the gradient's own direction in this matrix, and along a random one.
            for turn in 0..2 {
                let mut direction = vec![0.0; weights.len()];
                for i in part.clone() {
                    direction[i] = if turn == 0 { gradient[i] } else { normal(&mut rng) as f32 };
                }
                let norm = kernels::dot(&direction, &direction).sqrt();
                assert!(norm > 1e-6, "matrix {number} has a slope");
                let reach = 4e-3;
                let mut at = |sign: f64| {
                    let mut moved = weights.clone();
                    add_scaled(&mut moved, (sign * reach / norm) as f32, &direction);
                    loss(&mut pass, &moved)
                };
                let slope = (at(1.0) - at(-1.0)) / (2.0 * reach);
                let said = kernels::dot(&direction, &gradient) / norm;
                let room = 2e-3 * said.abs() + 3e-4;
                assert!((slope - said).abs() < room, "matrix {number}, {turn}: {slope} {said}");
            }
        }
    }

    /// The same net by Burn, one sequence: logits, and the slope at every matrix by its autodiff.
    fn by_burn(weights: &[f32], tokens: &[u8], targets: &[f32]) -> (Vec<f32>, Vec<Vec<f32>>) {
        use burn::tensor::activation::{log_softmax, relu, softmax};
        use burn::tensor::{Device, Tensor, TensorData};
        let Shape { layers, width, heads, symbols, .. } = SHAPE;
        let (head, half, length) = (SHAPE.head(), SHAPE.head() / 2, tokens.len());
        let device = Device::flex().autodiff();
        let tensor = |column: Vec<f32>, shape: [usize; 2]| {
            Tensor::<2>::from_data(TensorData::new(column, shape), &device)
        };
        let leaves: Vec<Tensor<2>> = SHAPE
            .matrices()
            .into_iter()
            .map(|(start, rows, columns)| {
                tensor(weights[start..start + rows * columns].to_vec(), [rows, columns])
                    .require_grad()
            })
            .collect();
        let norm = |x: &Tensor<2>, gain: &Tensor<2>| {
            let square = (x.clone() * x.clone()).mean_dim(1) + super::super::TINY;
            x.clone() / square.sqrt() * gain.clone()
        };
        let angle = |of: fn(f64) -> f64| {
            let at = |place: usize| {
                let (position, pair) = ((place / half) as f64, (place % half) as f64);
                of(position * math::pow(10_000.0, -2.0 * pair / head as f64)) as f32
            };
            tensor((0..length * half).map(at).collect(), [length, half])
        };
        let (cos, sin) = (angle(math::cos), angle(math::sin));
        let turned = |x: Tensor<2>| {
            let low = x.clone().slice([0..length, 0..half]);
            let high = x.slice([0..length, half..head]);
            let first = low.clone() * cos.clone() - high.clone() * sin.clone();
            Tensor::cat(vec![first, low * sin.clone() + high * cos.clone()], 1)
        };
        let later = (0..length * length)
            .map(|at| if at % length > at / length { -1e9 } else { 0.0 })
            .collect();
        let mask = tensor(later, [length, length]);
        let mut words = vec![0.0; length * symbols];
        tokens.iter().enumerate().for_each(|(at, w)| words[at * symbols + usize::from(*w)] = 1.0);
        let mut x = tensor(words, [length, symbols]).matmul(leaves[0].clone());
        for layer in 0..layers {
            let at = 1 + 6 * layer;
            let qkv = norm(&x, &leaves[at]).matmul(leaves[at + 1].clone());
            let part = |kind: usize, h: usize| {
                let from = kind * width + h * head;
                qkv.clone().slice([0..length, from..from + head])
            };
            let mixed = (0..heads).map(|h| {
                let scores = turned(part(0, h)).matmul(turned(part(1, h)).transpose());
                let scores = scores / (head as f32).sqrt() + mask.clone();
                softmax(scores, 1).matmul(part(2, h))
            });
            x = x + Tensor::cat(mixed.collect(), 1).matmul(leaves[at + 2].clone());
            let inner = relu(norm(&x, &leaves[at + 3]).matmul(leaves[at + 4].clone()));
            x = x + inner.matmul(leaves[at + 5].clone());
        }
        let at = 1 + 6 * layers;
        let logits = norm(&x, &leaves[at]).matmul(leaves[at + 1].clone());
        let targets = tensor(targets.to_vec(), [length, symbols]);
        let slopes = (log_softmax(logits.clone(), 1) * targets).sum().neg().backward();
        let numbers = |of: Tensor<2>| of.into_data().try_to_vec::<f32>().unwrap();
        let slopes = leaves.iter().map(|leaf| numbers(leaf.grad(&slopes).unwrap())).collect();
        (numbers(logits), slopes)
    }

    #[test]
    fn burn_finds_the_same_logits_and_by_autodiff_the_same_slopes() {
        let (weights, tokens, _, targets) = case();
        let (tokens, targets) = (&tokens[5..], &targets[5 * 7..]);
        let (logits, slopes) = by_burn(&weights, tokens, targets);
        let mut pass = Pass::new(SHAPE);
        pass.forward(&weights, tokens, &[9]).unwrap();
        for (ours, theirs) in pass.logits.iter().zip(&logits) {
            assert!((ours - theirs).abs() < 1e-4, "{ours} {theirs}");
        }
        pass.loss(targets, 1.0);
        pass.backward(&weights);
        for (number, ((start, rows, columns), theirs)) in
            SHAPE.matrices().into_iter().zip(&slopes).enumerate()
        {
            let ours = &pass.gradient[start..start + rows * columns];
            let size = ours.iter().fold(0.0f32, |most, g| most.max(g.abs()));
            for (a, b) in ours.iter().zip(theirs) {
                assert!((a - b).abs() < 1e-4 + 1e-3 * size, "matrix {number}: {a} {b}");
            }
        }
    }

    #[test]
    fn sequences_laid_together_do_not_see_each_other_nor_what_comes_later() {
        let (weights, tokens, lengths, _) = case();
        let mut pass = Pass::new(SHAPE);
        pass.forward(&weights, &tokens, &lengths).unwrap();
        let together = pass.logits.clone();
        pass.forward(&weights, &tokens[5..], &lengths[1..]).unwrap();
        assert_eq!(together[5 * 7..], pass.logits[..]);
        pass.forward(&weights, &tokens[5..11], &[6]).unwrap();
        assert_eq!(together[5 * 7..11 * 7], pass.logits[..]);
    }

    #[test]
    fn a_sequence_past_the_window_is_refused_in_words() {
        let (weights, ..) = case();
        let tokens = vec![0; POSITIONS_MAX + 1];
        let fault = Pass::new(SHAPE).forward(&weights, &tokens, &[tokens.len()]).unwrap_err();
        assert!(fault.to_string().contains("past the window"));
    }
}
