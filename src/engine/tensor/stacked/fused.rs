//! Ours on the CPU: one client after the other, each small enough for the nearest cache; no allocation a step; every
//! sum in a fixed order, so natively and in wasm the bits are the same.

use super::images::{gather_patches, pool, scatter_patches, unpool};
use super::{Batches, Score, Stacked, Terms};
use crate::data::Dataset;
use crate::math;
use crate::tensor::kernels::{
    add_product_of_columns, add_scaled, add_scaled_difference, peak, product, product_of_columns,
    softmax, transpose,
};
use crate::tensor::nets::{KERNEL, Layer, Net};
use lexicon::Fault;

/// Samples that `score` takes at once, so that they stay in the cache.
const SCORE_BLOCK: usize = 64;

/// Buffers of one layer, grown to the largest batch seen.
#[derive(Clone, Debug, Default)]
struct Room {
    /// What goes in: [batch, inputs].
    input: Vec<f32>,
    /// Convolutions: [batch * pixels, patch].
    patches: Vec<f32>,
    /// Convolutions: before pooling, after ReLU: [batch * pixels, filters]; later its gradient.
    full: Vec<f32>,
    /// Convolutions: which of its four pixels each pooled one took: [batch * pixels / 4, filters].
    picked: Vec<u8>,
    /// The matrix turned: [outputs, inputs].
    turned: Vec<f32>,
}

/// The default implementation of `Stacked`.
#[derive(Clone, Debug)]
pub struct Fused {
    net: Net,
    rooms: Vec<Room>,
    /// [batch, classes]; later the gradient there.
    logits: Vec<f32>,
    /// Gradient at a layer's output and at its input: [batch, widest].
    above: Vec<f32>,
    below: Vec<f32>,
    /// Gradient of all weights: [params].
    gradient: Vec<f32>,
    /// One client's weights while only their sum is wanted: [params].
    own: Vec<f32>,
}

impl Fused {
    pub fn new(net: Net) -> Self {
        Self {
            rooms: vec![Room::default(); net.layers.len()],
            gradient: vec![0.0; net.params()],
            own: Vec::new(),
            logits: Vec::new(),
            above: Vec::new(),
            below: Vec::new(),
            net,
        }
    }

    /// Fills `self.logits` for these samples.
    fn forward(&mut self, data: &Dataset, rows: &[u32], weights: &[f32]) {
        assert_eq!(weights.len(), self.net.params(), "one net's weights");
        let batch = rows.len();
        self.rooms[0].input.clear();
        for &row in rows {
            self.rooms[0].input.extend_from_slice(data.row(row));
        }
        let mut from = 0;
        for at in 0..self.net.layers.len() {
            let layer = self.net.layers[at];
            let (matrix, bias) = parts(&layer, &weights[from..]);
            from += layer.params();
            let (room, rest) = self.rooms[at..].split_first_mut().expect("a room for each layer");
            let out = match rest.first_mut() {
                Some(next) => &mut next.input,
                None => &mut self.logits,
            };
            out.resize(batch * layer.widths().1, 0.0);
            match layer {
                Layer::Dense { inputs, outputs, relu } => {
                    product(out, &room.input, matrix, Some(bias), inputs, outputs);
                    if relu {
                        rectify(out);
                    }
                }
                Layer::Conv { side, channels, filters } => {
                    room.patches.resize(batch * side * side * KERNEL * KERNEL * channels, 0.0);
                    gather_patches(&mut room.patches, &room.input, side, channels);
                    room.full.resize(batch * side * side * filters, 0.0);
                    product(
                        &mut room.full,
                        &room.patches,
                        matrix,
                        Some(bias),
                        matrix.len() / filters,
                        filters,
                    );
                    rectify(&mut room.full);
                    room.picked.resize(out.len(), 0);
                    pool(out, &mut room.picked, &room.full, side, filters);
                }
            }
        }
    }

    /// The gradient of the mean cross-entropy over these samples, into `self.gradient`. `rows` is not empty.
    fn backward(&mut self, data: &Dataset, rows: &[u32], weights: &[f32]) {
        self.slopes(data, rows, weights);
        let mut until = self.net.params();
        for at in (0..self.net.layers.len()).rev() {
            let from = until - self.net.layers[at].params();
            self.carry(at, from, &weights[from..until]);
            if let Layer::Dense { inputs, outputs, .. } = self.net.layers[at] {
                let (matrix, bias) = self.gradient[from..until].split_at_mut(inputs * outputs);
                product_of_columns(matrix, &self.rooms[at].input, &self.above, inputs, outputs);
                sum_rows(bias, &self.above);
            }
            self.go_below(at);
            until = from;
        }
    }

    /// One step down that gradient, without writing it down: what `backward` and `add_scaled` would do, to the bit.
    fn descend_one(
        &mut self,
        data: &Dataset,
        rows: &[u32],
        rate: f32,
        terms: Terms<'_>,
        weights: &mut [f32],
    ) {
        self.slopes(data, rows, weights);
        let mut until = self.net.params();
        for at in (0..self.net.layers.len()).rev() {
            let from = until - self.net.layers[at].params();
            let weights = &mut weights[from..until];
            self.carry(at, from, weights);
            let gradient = &mut self.gradient[from..until];
            match self.net.layers[at] {
                _ if terms.freezes(at) => (),
                Layer::Dense { inputs, outputs, .. } => {
                    let (matrix, bias) = weights.split_at_mut(inputs * outputs);
                    let (input, above) = (&self.rooms[at].input, &self.above);
                    add_product_of_columns(matrix, -rate, input, above, inputs, outputs);
                    let of_bias = &mut gradient[inputs * outputs..];
                    sum_rows(of_bias, above);
                    add_scaled(bias, -rate, of_bias);
                }
                Layer::Conv { .. } => add_scaled(weights, -rate, gradient),
            }
            self.go_below(at);
            until = from;
        }
    }

    /// The gradient at the logits, into `self.above`.
    fn slopes(&mut self, data: &Dataset, rows: &[u32], weights: &[f32]) {
        self.forward(data, rows, weights);
        let classes = self.net.classes();
        let share = 1.0 / rows.len() as f32;
        for (logits, &row) in self.logits.chunks_exact_mut(classes).zip(rows) {
            softmax(logits);
            logits[usize::from(data.labels[row as usize])] -= 1.0;
            logits.iter_mut().for_each(|p| *p *= share);
        }
        std::mem::swap(&mut self.above, &mut self.logits);
    }

    /// From the gradient above a layer to the one below, where there is a layer below; of a convolution, whose room is
    /// used up by that, also the gradient of its weights.
    fn carry(&mut self, at: usize, from: usize, weights: &[f32]) {
        let layer = self.net.layers[at];
        let (matrix, _) = parts(&layer, weights);
        let room = &mut self.rooms[at];
        let below = (at > 0).then_some(&mut self.below);
        match layer {
            Layer::Dense { inputs, outputs, .. } => {
                if let Some(below) = below {
                    room.turned.resize(inputs * outputs, 0.0);
                    transpose(&mut room.turned, matrix, outputs);
                    below.resize(room.input.len(), 0.0);
                    product(below, &self.above, &room.turned, None, outputs, inputs);
                }
            }
            Layer::Conv { side, channels, filters } => {
                let gradient = &mut self.gradient[from..from + weights.len()];
                conv_gradient(room, matrix, &self.above, gradient, below, side, channels, filters);
            }
        }
    }

    /// `self.below` becomes `self.above`. A dense layer below passes on only where its ReLU was open; a convolution
    /// sees to that itself.
    fn go_below(&mut self, at: usize) {
        if at > 0 && matches!(self.net.layers[at - 1], Layer::Dense { .. }) {
            for (slope, value) in self.below.iter_mut().zip(&self.rooms[at].input) {
                *slope = if *value > 0.0 { *slope } else { 0.0 };
            }
        }
        std::mem::swap(&mut self.above, &mut self.below);
    }
}

impl Fused {
    /// All steps of one client.
    fn walk(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        client: usize,
        rate: f32,
        terms: Terms<'_>,
        weights: &mut [f32],
    ) {
        for step in 0..batches.steps() {
            let rows = batches.batch(client, step);
            if rows.is_empty() {
                continue;
            }
            if terms.proximal.is_none() && terms.correction.is_none() {
                self.descend_one(data, rows, rate, terms, weights);
            } else {
                self.backward(data, rows, weights);
                terms.add(&self.net, client, weights, &mut self.gradient);
                add_scaled(weights, -rate, &self.gradient);
            }
        }
    }
}

impl Stacked for Fused {
    async fn descend_with(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        rate: f32,
        terms: Terms<'_>,
        weights: &mut [f32],
    ) -> Result<(), Fault> {
        for (client, weights) in weights.chunks_exact_mut(self.net.params()).enumerate() {
            self.walk(data, batches, client, rate, terms, weights);
        }
        Ok(())
    }

    async fn pull(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        rate: f32,
        terms: Terms<'_>,
        server: &[f32],
        factors: &[f32],
        step: &mut [f32],
    ) -> Result<(), Fault> {
        step.fill(0.0);
        for (client, factor) in factors.iter().enumerate() {
            let mut own = std::mem::take(&mut self.own);
            own.clear();
            own.extend_from_slice(server);
            self.walk(data, batches, client, rate, terms, &mut own);
            add_scaled_difference(step, *factor, server, &own);
            self.own = own;
        }
        Ok(())
    }

    async fn gradients(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        step: usize,
        weights: &[f32],
        gradients: &mut [f32],
    ) -> Result<(), Fault> {
        let params = self.net.params();
        let all = weights.chunks_exact(params).zip(gradients.chunks_exact_mut(params));
        for (client, (weights, gradient)) in all.enumerate() {
            let rows = batches.batch(client, step);
            if rows.is_empty() {
                gradient.fill(0.0);
            } else {
                self.backward(data, rows, weights);
                gradient.copy_from_slice(&self.gradient);
            }
        }
        Ok(())
    }

    async fn score(
        &mut self,
        data: &Dataset,
        rows: &[u32],
        weights: &[f32],
        scores: &mut [Score],
    ) -> Result<(), Fault> {
        let classes = self.net.classes();
        for (rows, scores) in rows.chunks(SCORE_BLOCK).zip(scores.chunks_mut(SCORE_BLOCK)) {
            self.forward(data, rows, weights);
            for ((logits, &row), score) in self.logits.chunks_exact(classes).zip(rows).zip(scores) {
                *score = judge(logits, usize::from(data.labels[row as usize]));
            }
        }
        Ok(())
    }

    fn net(&self) -> &Net {
        &self.net
    }
}

/// A layer's matrix and bias at the start of `weights`.
fn parts<'a>(layer: &Layer, weights: &'a [f32]) -> (&'a [f32], &'a [f32]) {
    let (rows, columns) = layer.matrix();
    weights[..layer.params()].split_at(rows * columns)
}

/// ReLU. Not `max`: that may turn a NaN of a diverging net into a 0.
fn rectify(values: &mut [f32]) {
    for value in values {
        *value = if *value <= 0.0 { 0.0 } else { *value };
    }
}

fn judge(logits: &[f32], label: usize) -> Score {
    let peak = peak(logits);
    let total: f32 = logits.iter().map(|z| math::exp_f32(z - peak)).sum();
    let first = logits.iter().position(|&z| z == peak);
    Score { loss: math::ln_f32(total) + peak - logits[label], right: first == Some(label) }
}

/// `above` is the gradient after pooling; it goes to the pixel that was picked, where that was positive.
fn conv_gradient(
    room: &mut Room,
    matrix: &[f32],
    above: &[f32],
    gradient: &mut [f32],
    below: Option<&mut Vec<f32>>,
    side: usize,
    channels: usize,
    filters: usize,
) {
    let patch = KERNEL * KERNEL * channels;
    unpool(&mut room.full, &room.picked, above, side, filters);
    let (of_matrix, of_bias) = gradient.split_at_mut(patch * filters);
    product_of_columns(of_matrix, &room.patches, &room.full, patch, filters);
    sum_rows(of_bias, &room.full);
    if let Some(below) = below {
        room.turned.resize(patch * filters, 0.0);
        transpose(&mut room.turned, matrix, filters);
        product(&mut room.patches, &room.full, &room.turned, None, filters, patch);
        below.clear();
        below.resize(room.input.len(), 0.0);
        scatter_patches(below, &room.patches, side, channels);
    }
}

/// `sums[n] = sum over rows of of[row][n]`.
fn sum_rows(sums: &mut [f32], of: &[f32]) {
    sums.fill(0.0);
    for row in of.chunks_exact(sums.len()) {
        for (sum, x) in sums.iter_mut().zip(row) {
            *sum += x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, normal};
    use crate::data::digits8;
    use crate::tensor::stacked::ready;

    fn nets() -> [(&'static str, Net); 4] {
        [
            ("softmax", Net::softmax(64, 10)),
            ("mlp", Net::mlp(64, 10)),
            ("mlp2", Net::mlp2(64, 10)),
            ("cnn", Net::cnn(8, 10)),
        ]
    }

    /// Weights with biases away from 0, so that no ReLU sits on its edge.
    fn weights(net: &Net) -> Vec<f32> {
        let mut rng = Chance::new(5).at("shift", &[]);
        net.init(Chance::new(4)).iter().map(|w| w + 0.05 * normal(&mut rng) as f32).collect()
    }

    fn mean_loss(fused: &mut Fused, data: &Dataset, rows: &[u32], weights: &[f32]) -> f64 {
        let mut scores = vec![Score::default(); rows.len()];
        ready(fused.score(data, rows, weights, &mut scores)).unwrap();
        scores.iter().map(|s| f64::from(s.loss)).sum::<f64>() / rows.len() as f64
    }

    #[test]
    fn gradients_are_the_slopes_of_the_loss() {
        let data = digits8();
        let rows: Vec<u32> = (10..27).collect();
        for (name, net) in nets() {
            let mut fused = Fused::new(net.clone());
            let weights = weights(&net);
            fused.backward(&data, &rows, &weights);
            let gradient = fused.gradient.clone();
            // Along the gradient and along random directions: two-sided differences of the loss itself.
            let mut rng = Chance::new(6).at("direction", &[]);
            for turn in 0..6 {
                let direction: Vec<f32> = match turn {
                    0 => gradient.clone(),
                    _ => (0..weights.len()).map(|_| normal(&mut rng) as f32).collect(),
                };
                let norm = crate::tensor::kernels::dot(&direction, &direction).sqrt();
                let reach = 2e-3;
                let mut at = |sign: f64| {
                    let mut moved = weights.clone();
                    add_scaled(&mut moved, (sign * reach / norm) as f32, &direction);
                    mean_loss(&mut fused, &data, &rows, &moved)
                };
                let slope = (at(1.0) - at(-1.0)) / (2.0 * reach);
                let said = crate::tensor::kernels::dot(&direction, &gradient) / norm;
                let room = 2e-3 + 0.01 * said.abs();
                assert!(
                    (slope - said).abs() < room,
                    "{name}, direction {turn}: {slope} against {said}"
                );
            }
        }
    }

    #[test]
    fn every_net_learns_the_digits() {
        let data = digits8();
        let all: Vec<u32> = (0..1_797).collect();
        for (name, net) in nets() {
            let mut fused = Fused::new(net.clone());
            let mut weights = net.init(Chance::new(1));
            let mut batches = Batches::new(400);
            for step in 0..400u32 {
                batches.push((0..32).map(|i| (step * 32 + i) * 7 % 1_797));
            }
            let before = mean_loss(&mut fused, &data, &all, &weights);
            ready(fused.descend(&data, &batches, 0.1, &mut weights)).unwrap();
            let after = mean_loss(&mut fused, &data, &all, &weights);
            assert!(before > 2.0 && after < 0.5, "{name}: {before} to {after}");
        }
    }

    #[test]
    fn clients_do_not_disturb_each_other_and_an_empty_batch_changes_nothing() {
        let data = digits8();
        let net = Net::mlp(64, 10);
        let start = weights(&net);
        let mut batches = Batches::new(2);
        batches.push([1, 2, 3]);
        batches.push([4]);
        batches.push([]);
        batches.push([]);
        batches.push(5..40);
        batches.push([7, 8]);
        let mut together: Vec<f32> = [&start[..], &start[..], &start[..]].concat();
        ready(Fused::new(net.clone()).descend(&data, &batches, 0.1, &mut together)).unwrap();
        let params = net.params();
        assert_eq!(together[params..2 * params], start[..]);

        let mut alone = Batches::new(2);
        alone.push(5..40);
        alone.push([7, 8]);
        let mut last = start.clone();
        ready(Fused::new(net).descend(&data, &alone, 0.1, &mut last)).unwrap();
        assert_eq!(together[2 * params..], last[..]);
    }
}
