//! A fully connected net with tanh inside and a linear end, its gradient, and Adam.

use crate::math;
use crate::tensor::kernels::{add_scaled, dot_by_eight};
use rand::{Rng, RngExt};

/// Weights layer by layer: [inputs, outputs] row by row, then the biases.
#[derive(Clone, Debug)]
pub struct Mlp {
    sizes: Vec<usize>,
    pub params: Vec<f32>,
}

/// What a forward pass leaves for the backward one: the values of each layer, [rows, size].
#[derive(Clone, Debug, Default)]
pub struct Pass {
    layers: Vec<Vec<f32>>,
    delta: Vec<f32>,
    delta_before: Vec<f32>,
}

impl Pass {
    /// What came out, [rows, outputs].
    pub fn output(&self) -> &[f32] {
        self.layers.last().map_or(&[], Vec::as_slice)
    }
}

impl Mlp {
    /// Uniform in +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010), the last layer times `last`; biases 0.
    pub fn new(sizes: &[usize], last: f32, rng: &mut impl Rng) -> Self {
        assert!(sizes.len() >= 2, "a net has an input and an output");
        let mut params = Vec::new();
        for (layer, pair) in sizes.windows(2).enumerate() {
            let gain = if layer + 2 == sizes.len() { last } else { 1.0 };
            let limit = (6.0 / (pair[0] + pair[1]) as f32).sqrt();
            params.extend((0..pair[0] * pair[1]).map(|_| gain * rng.random_range(-limit..limit)));
            params.extend(std::iter::repeat_n(0.0, pair[1]));
        }
        Self { sizes: sizes.to_vec(), params }
    }

    pub fn inputs(&self) -> usize {
        self.sizes[0]
    }

    pub fn outputs(&self) -> usize {
        self.sizes[self.sizes.len() - 1]
    }

    /// Multiply-adds of one row forward; a backward pass takes twice as many.
    pub fn macs(&self) -> u64 {
        self.sizes.windows(2).map(|pair| (pair[0] * pair[1]) as u64).sum()
    }

    /// `inputs` is [rows, inputs].
    pub fn forward(&self, inputs: &[f32], pass: &mut Pass) {
        let rows = inputs.len() / self.inputs();
        pass.layers.resize_with(self.sizes.len(), Vec::new);
        pass.layers[0].clear();
        pass.layers[0].extend_from_slice(inputs);
        let mut start = 0;
        for layer in 1..self.sizes.len() {
            let (from, to) = (self.sizes[layer - 1], self.sizes[layer]);
            let weights = &self.params[start..start + from * to];
            let biases = &self.params[start + from * to..start + from * to + to];
            start += from * to + to;
            let is_last = layer + 1 == self.sizes.len();
            let (before, after) = pass.layers.split_at_mut(layer);
            let (before, after) = (&before[layer - 1], &mut after[0]);
            after.clear();
            for row in 0..rows {
                after.extend_from_slice(biases);
                let out = &mut after[row * to..];
                for (value, weights) in
                    before[row * from..][..from].iter().zip(weights.chunks_exact(to))
                {
                    add_scaled(out, *value, weights);
                }
                if !is_last {
                    out.iter_mut().for_each(|v| *v = math::tanh_f32(*v));
                }
            }
        }
    }

    /// Adds to `gradient` what `output_gradient` [rows, outputs] says about the params; after `forward`.
    pub fn backward(&self, pass: &mut Pass, output_gradient: &[f32], gradient: &mut [f32]) {
        let Pass { layers, delta, delta_before } = pass;
        let rows = output_gradient.len() / self.outputs();
        delta.clear();
        delta.extend_from_slice(output_gradient);
        let mut end = self.params.len();
        for layer in (1..self.sizes.len()).rev() {
            let (from, to) = (self.sizes[layer - 1], self.sizes[layer]);
            let start = end - from * to - to;
            let weights = &self.params[start..start + from * to];
            let (weight_gradient, bias_gradient) = gradient[start..end].split_at_mut(from * to);
            delta_before.clear();
            for row in 0..rows {
                let delta = &delta[row * to..][..to];
                add_scaled(bias_gradient, 1.0, delta);
                let before = &layers[layer - 1][row * from..][..from];
                for (k, value) in before.iter().enumerate() {
                    add_scaled(&mut weight_gradient[k * to..][..to], *value, delta);
                    // The first layer's inputs need no gradient.
                    if layer > 1 {
                        delta_before.push(
                            dot_by_eight(&weights[k * to..][..to], delta) * (1.0 - value * value),
                        );
                    }
                }
            }
            std::mem::swap(delta, delta_before);
            end = start;
        }
    }
}

/// Adam (Kingma and Ba 2015) with its usual constants.
#[derive(Clone, Debug)]
pub struct Adam {
    pub rate: f32,
    mean: Vec<f32>,
    square: Vec<f32>,
    /// 0.9 and 0.999 to the power of steps taken.
    decay: [f32; 2],
}

impl Adam {
    pub fn new(params: usize, rate: f32) -> Self {
        Self { rate, mean: vec![0.0; params], square: vec![0.0; params], decay: [1.0; 2] }
    }

    /// One step down the gradient.
    pub fn step(&mut self, params: &mut [f32], gradient: &[f32]) {
        const KEEP: [f32; 2] = [0.9, 0.999];
        (0..2).for_each(|i| self.decay[i] *= KEEP[i]);
        let [mean_scale, square_scale] = [0, 1].map(|i| 1.0 / (1.0 - self.decay[i]));
        for (i, g) in gradient.iter().enumerate() {
            self.mean[i] = KEEP[0] * self.mean[i] + (1.0 - KEEP[0]) * g;
            self.square[i] = KEEP[1] * self.square[i] + (1.0 - KEEP[1]) * g * g;
            params[i] -= self.rate * self.mean[i] * mean_scale
                / ((self.square[i] * square_scale).sqrt() + 1e-8);
        }
    }
}

/// Scales a gradient down to a length of at most `most`; its length before.
pub fn clip(gradient: &mut [f32], most: f32) -> f32 {
    let length = dot_by_eight(gradient, gradient).sqrt();
    if length > most {
        let factor = most / length;
        gradient.iter_mut().for_each(|g| *g *= factor);
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    #[test]
    fn the_gradient_is_that_of_differences() {
        let mut rng = Chance::new(1).stream(0, "net");
        let mut net = Mlp::new(&[3, 5, 4, 2], 1.0, &mut rng);
        let inputs: Vec<f32> = (0..12).map(|_| rng.random_range(-1.0..1.0)).collect();
        let weights: Vec<f32> = (0..8).map(|_| rng.random_range(-1.0..1.0)).collect();
        let loss = |net: &Mlp| {
            let mut pass = Pass::default();
            net.forward(&inputs, &mut pass);
            pass.output().iter().zip(&weights).map(|(o, w)| f64::from(o * w)).sum::<f64>()
        };
        let mut pass = Pass::default();
        net.forward(&inputs, &mut pass);
        let mut gradient = vec![0.0; net.params.len()];
        net.backward(&mut pass, &weights, &mut gradient);
        for i in 0..net.params.len() {
            let (kept, step) = (net.params[i], 0.01);
            net.params[i] = kept + step;
            let above = loss(&net);
            net.params[i] = kept - step;
            let below = loss(&net);
            net.params[i] = kept;
            let difference = (above - below) / f64::from(2.0 * step);
            assert!(
                (difference - f64::from(gradient[i])).abs() < 1e-3,
                "{i}: {difference} {}",
                gradient[i]
            );
        }
    }

    #[test]
    fn adam_goes_down_a_bowl() {
        let mut params = vec![3.0, -2.0];
        let mut adam = Adam::new(2, 0.1);
        for _ in 0..300 {
            let gradient: Vec<f32> = params.iter().map(|p| 2.0 * (p - 1.0)).collect();
            adam.step(&mut params, &gradient);
        }
        assert!(params.iter().all(|p| (p - 1.0).abs() < 0.01), "{params:?}");
    }

    #[test]
    fn clipping_keeps_the_direction() {
        let mut gradient = vec![3.0, 4.0];
        assert_eq!(clip(&mut gradient, 1.0), 5.0);
        assert!((gradient[0] - 0.6).abs() < 1e-6 && (gradient[1] - 0.8).abs() < 1e-6);
        assert!((clip(&mut gradient, 2.0) - 1.0).abs() < 1e-6);
    }
}
