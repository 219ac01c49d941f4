//! The same work by Burn on its CPU backend, gradients by autodiff: all clients in one stacked computation
//! [clients, batch, features], ragged batches padded and masked, convolutions grouped by client.
//!
//! General rather than fast on small nets, and its sums have no fixed order: `Fused` is the default, and the two are
//! held equal within a tolerance by the tests of this file.

use super::{Batches, Score, Stacked, Terms};
use crate::data::Dataset;
use crate::tensor::kernels::{add_scaled, add_scaled_difference};
use crate::tensor::nets::{KERNEL, Layer, Net};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData};
use lexicon::Fault;

/// Samples that `score` takes at once.
const SCORE_BLOCK: usize = 256;

/// `Stacked` on Burn.
#[derive(Clone, Debug)]
pub struct Flex {
    net: Net,
    device: Device,
}

/// The weights of one layer of all clients.
struct Leaf {
    /// [clients, inputs, outputs].
    matrix: Tensor<3>,
    /// [clients, 1, outputs].
    bias: Tensor<3>,
}

impl Flex {
    pub fn new(net: Net) -> Self {
        Self { net, device: Device::flex().autodiff() }
    }

    /// Flat rows [clients, params] as tensors that gradients are kept for.
    fn leaves(&self, weights: &[f32]) -> Vec<Leaf> {
        let params = self.net.params();
        let clients = weights.len() / params;
        let mut from = 0;
        let mut leaf = |layer: &Layer| {
            let (rows, columns) = layer.matrix();
            let part = |from: usize, shape: [usize; 3]| {
                let each = shape[1] * shape[2];
                let column: Vec<f32> = weights
                    .chunks_exact(params)
                    .flat_map(|w| &w[from..from + each])
                    .copied()
                    .collect();
                Tensor::<3>::from_data(TensorData::new(column, shape), &self.device).require_grad()
            };
            let matrix = part(from, [clients, rows, columns]);
            let bias = part(from + rows * columns, [clients, 1, columns]);
            from += layer.params();
            Leaf { matrix, bias }
        };
        self.net.layers.iter().map(&mut leaf).collect()
    }

    /// `input` [clients, batch, width] to logits [clients, batch, classes].
    fn forward(&self, leaves: &[Leaf], input: Tensor<3>) -> Tensor<3> {
        self.net.layers.iter().zip(leaves).fold(input, |x, (layer, leaf)| match *layer {
            Layer::Dense { relu: rectified, .. } => {
                let y = x.matmul(leaf.matrix.clone()) + leaf.bias.clone();
                if rectified { relu(y) } else { y }
            }
            Layer::Conv { side, channels, filters } => convolve(x, leaf, side, channels, filters),
        })
    }

    /// Samples as [clients, longest, width], short batches filled up with zeros.
    fn gather(&self, data: &Dataset, batches: &[&[u32]], longest: usize) -> Tensor<3> {
        let mut column = vec![0.0; batches.len() * longest * data.width];
        for (client, rows) in batches.iter().enumerate() {
            for (place, &row) in rows.iter().enumerate() {
                let at = (client * longest + place) * data.width;
                column[at..at + data.width].copy_from_slice(data.row(row));
            }
        }
        let shape = [batches.len(), longest, data.width];
        Tensor::from_data(TensorData::new(column, shape), &self.device)
    }

    /// Gradients of each client's mean cross-entropy: [clients, params].
    fn slopes(
        &self,
        data: &Dataset,
        batches: &[&[u32]],
        weights: &[f32],
        out: &mut [f32],
    ) -> Result<(), Fault> {
        out.fill(0.0);
        let longest = batches.iter().map(|b| b.len()).max().unwrap_or(0);
        if longest == 0 {
            return Ok(());
        }
        // [clients, longest, classes]: 1 / batch at each label, 0 elsewhere and on what was filled up.
        let mut share = vec![0.0; batches.len() * longest * data.classes];
        for (client, rows) in batches.iter().enumerate() {
            for (place, &row) in rows.iter().enumerate() {
                let label = usize::from(data.labels[row as usize]);
                share[(client * longest + place) * data.classes + label] = 1.0 / rows.len() as f32;
            }
        }
        let shape = [batches.len(), longest, data.classes];
        let share = Tensor::<3>::from_data(TensorData::new(share, shape), &self.device);
        let leaves = self.leaves(weights);
        let logits = self.forward(&leaves, self.gather(data, batches, longest));
        // Clients share no weight, so the gradient of the sum is each client's own.
        let gradients = (log_softmax(logits, 2) * share).sum().neg().backward();
        let params = self.net.params();
        let mut from = 0;
        for leaf in &leaves {
            for part in [&leaf.matrix, &leaf.bias] {
                let slope =
                    part.grad(&gradients).ok_or_else(|| broken("a layer got no gradient"))?;
                let slope = numbers(slope)?;
                let each = slope.len() / batches.len();
                for (row, slope) in out.chunks_exact_mut(params).zip(slope.chunks_exact(each)) {
                    row[from..from + each].copy_from_slice(slope);
                }
                from += each;
            }
        }
        Ok(())
    }
}

impl Stacked for Flex {
    async fn descend_with(
        &mut self,
        data: &Dataset,
        batches: &Batches,
        rate: f32,
        terms: Terms<'_>,
        weights: &mut [f32],
    ) -> Result<(), Fault> {
        let mut slopes = vec![0.0; weights.len()];
        let params = self.net.params();
        for step in 0..batches.steps() {
            self.gradients(data, batches, step, weights, &mut slopes).await?;
            let all = weights.chunks_exact(params).zip(slopes.chunks_exact_mut(params));
            for (client, (weights, slopes)) in all.enumerate() {
                if !batches.batch(client, step).is_empty() {
                    terms.add(&self.net, client, weights, slopes);
                }
            }
            add_scaled(weights, -rate, &slopes);
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
        let mut all = server.repeat(batches.clients());
        self.descend_with(data, batches, rate, terms, &mut all).await?;
        step.fill(0.0);
        for (client, factor) in all.chunks_exact(server.len()).zip(factors) {
            add_scaled_difference(step, *factor, server, client);
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
        let batches: Vec<&[u32]> =
            (0..batches.clients()).map(|client| batches.batch(client, step)).collect();
        self.slopes(data, &batches, weights, gradients)
    }

    async fn score(
        &mut self,
        data: &Dataset,
        rows: &[u32],
        weights: &[f32],
        scores: &mut [Score],
    ) -> Result<(), Fault> {
        let leaves = self.leaves(weights);
        for (rows, scores) in rows.chunks(SCORE_BLOCK).zip(scores.chunks_mut(SCORE_BLOCK)) {
            let logits = self.forward(&leaves, self.gather(data, &[rows], rows.len()));
            let likely = numbers(log_softmax(logits, 2))?;
            for ((likely, &row), score) in likely.chunks_exact(data.classes).zip(rows).zip(scores) {
                let label = usize::from(data.labels[row as usize]);
                let first =
                    (1..likely.len()).fold(0, |b, i| if likely[i] > likely[b] { i } else { b });
                *score = Score { loss: -likely[label], right: first == label };
            }
        }
        Ok(())
    }

    fn net(&self) -> &Net {
        &self.net
    }
}

/// A convolution of every client at once: clients are groups of channels.
fn convolve(x: Tensor<3>, leaf: &Leaf, side: usize, channels: usize, filters: usize) -> Tensor<3> {
    let [clients, batch, _] = x.dims();
    let image = x
        .reshape([clients, batch, side, side, channels])
        .permute([1, 0, 4, 2, 3])
        .reshape([batch, clients * channels, side, side]);
    let weight = leaf
        .matrix
        .clone()
        .reshape([clients, KERNEL, KERNEL, channels, filters])
        .permute([0, 4, 3, 1, 2])
        .reshape([clients * filters, channels, KERNEL, KERNEL]);
    let bias = leaf.bias.clone().reshape([clients * filters]);
    let border = KERNEL / 2;
    let options = ConvOptions::new([1, 1], [border, border], [1, 1], clients);
    let full = relu(conv2d(image, weight, Some(bias), options));
    let pooled = max_pool2d(full, MaxPoolOptions::new([2, 2]));
    pooled
        .reshape([batch, clients, filters, side / 2, side / 2])
        .permute([1, 0, 3, 4, 2])
        .reshape([clients, batch, side * side / 4 * filters])
}

fn numbers(of: Tensor<3>) -> Result<Vec<f32>, Fault> {
    of.into_data().try_to_vec().map_err(|error| broken(&format!("{error:?}")))
}

fn broken(what: &str) -> Fault {
    Fault::Device(format!("The tensor library failed: {what}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, normal};
    use crate::data::digits8;
    use crate::tensor::stacked::{Fused, ready};

    /// Three clients with batches of 25, 7 and none in the first step; all of 11 in the second.
    fn ragged() -> Batches {
        let mut batches = Batches::new(2);
        for (client, sizes) in [[25, 11], [7, 11], [0, 11]].iter().enumerate() {
            for size in sizes {
                batches.push((0..*size).map(|i| (client as u32 * 300 + i * 13) % 1_797));
            }
        }
        batches
    }

    fn close(name: &str, ours: &[f32], theirs: &[f32], room: f32) {
        let worst = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < room, "{name}: {worst}");
    }

    #[test]
    fn burn_and_the_fused_loops_agree_on_every_net_ragged_batches_included() {
        let data = digits8();
        let batches = ragged();
        let rows: Vec<u32> = (0..300).collect();
        let nets = [
            ("softmax", Net::softmax(64, 10)),
            ("mlp", Net::mlp(64, 10)),
            ("mlp2", Net::mlp2(64, 10)),
            ("cnn", Net::cnn(8, 10)),
        ];
        for (name, net) in nets {
            let mut rng = Chance::new(8).at("shift", &[]);
            let start: Vec<f32> = net
                .init(Chance::new(7))
                .repeat(3)
                .iter()
                .map(|w| w + 0.05 * normal(&mut rng) as f32)
                .collect();
            let (mut fused, mut flex) = (Fused::new(net.clone()), Flex::new(net.clone()));
            for step in 0..2 {
                let (mut a, mut b) = (start.clone(), start.clone());
                ready(fused.gradients(&data, &batches, step, &start, &mut a)).unwrap();
                ready(flex.gradients(&data, &batches, step, &start, &mut b)).unwrap();
                close(name, &a, &b, 2e-5);
                assert!(a.iter().any(|g| g.abs() > 0.01), "{name}: no gradient at all");
            }
            let (mut a, mut b) = (start.clone(), start.clone());
            ready(fused.descend(&data, &batches, 0.3, &mut a)).unwrap();
            ready(flex.descend(&data, &batches, 0.3, &mut b)).unwrap();
            close(name, &a, &b, 2e-5);

            let one = &start[..net.params()];
            let (mut a, mut b) = (vec![Score::default(); 300], vec![Score::default(); 300]);
            ready(fused.score(&data, &rows, one, &mut a)).unwrap();
            ready(flex.score(&data, &rows, one, &mut b)).unwrap();
            let loss = |scores: &[Score]| scores.iter().map(|s| s.loss).collect::<Vec<f32>>();
            close(name, &loss(&a), &loss(&b), 2e-5);
            assert!(a.iter().zip(&b).all(|(a, b)| a.right == b.right), "{name}");
        }
    }
}
