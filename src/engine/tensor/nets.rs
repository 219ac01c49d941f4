//! Nets as lists of layers over one flat column of weights.
//!
//! Layout: layer by layer its matrix [inputs, outputs] row by row, then its bias [outputs]. A convolution is a matrix
//! as well: its inputs are the 3 x 3 patch, position by position (row by row), channel by channel inside a position.
//! Images are [pixel, channel].

use crate::chance::{Chance, normal};

/// The side of a convolution's kernel.
pub const KERNEL: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// y = x W + b, then ReLU if so said.
    Dense { inputs: usize, outputs: usize, relu: bool },
    /// 3 x 3 convolution with a border of zeros, ReLU, then the largest of each 2 x 2 pixels. `side` is even.
    Conv { side: usize, channels: usize, filters: usize },
}

impl Layer {
    /// Rows and columns of the layer's matrix.
    pub fn matrix(&self) -> (usize, usize) {
        match *self {
            Layer::Dense { inputs, outputs, .. } => (inputs, outputs),
            Layer::Conv { channels, filters, .. } => (KERNEL * KERNEL * channels, filters),
        }
    }

    /// Numbers that go in and come out, for one sample.
    pub fn widths(&self) -> (usize, usize) {
        match *self {
            Layer::Dense { inputs, outputs, .. } => (inputs, outputs),
            Layer::Conv { side, channels, filters } => {
                (side * side * channels, side * side / 4 * filters)
            }
        }
    }

    pub fn params(&self) -> usize {
        let (rows, columns) = self.matrix();
        rows * columns + columns
    }
}

/// A classifier: layers from the input to the logits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Net {
    pub layers: Vec<Layer>,
}

impl Net {
    /// Multinomial logistic regression: no hidden layer.
    pub fn softmax(width: usize, classes: usize) -> Self {
        Self::dense(&[width, classes])
    }

    /// One hidden layer of 32.
    pub fn mlp(width: usize, classes: usize) -> Self {
        Self::dense(&[width, 32, classes])
    }

    /// Two hidden layers, 64 and 32.
    pub fn mlp2(width: usize, classes: usize) -> Self {
        Self::dense(&[width, 64, 32, classes])
    }

    /// Dense layers of these widths, ReLU between them.
    pub fn dense(widths: &[usize]) -> Self {
        let last = widths.len() - 2;
        let layer = |(i, w): (usize, &[usize])| Layer::Dense {
            inputs: w[0],
            outputs: w[1],
            relu: i < last,
        };
        Self { layers: widths.windows(2).enumerate().map(layer).collect() }
    }

    /// Convolutions of 8 and 16 filters over a gray square image whose side divides by 4, then one dense layer.
    pub fn cnn(side: usize, classes: usize) -> Self {
        assert!(side > 0 && side.is_multiple_of(4), "two poolings halve the side twice");
        Self {
            layers: vec![
                Layer::Conv { side, channels: 1, filters: 8 },
                Layer::Conv { side: side / 2, channels: 8, filters: 16 },
                Layer::Dense { inputs: side * side, outputs: classes, relu: false },
            ],
        }
    }

    pub fn params(&self) -> usize {
        self.layers.iter().map(Layer::params).sum()
    }

    pub fn width(&self) -> usize {
        self.layers.first().map_or(0, |l| l.widths().0)
    }

    pub fn classes(&self) -> usize {
        self.layers.last().map_or(0, |l| l.widths().1)
    }

    /// Fresh weights, fixed by the run's seed alone: normal with variance 2 / inputs (He) where ReLU follows,
    /// 2 / (inputs + outputs) (Xavier) at the logits; biases 0.
    pub fn init(&self, chance: Chance) -> Vec<f32> {
        let mut weights = Vec::with_capacity(self.params());
        for (number, layer) in self.layers.iter().enumerate() {
            let mut rng = chance.at("opening weights", &[number as u32]);
            let (rows, columns) = layer.matrix();
            let variance = match layer {
                Layer::Dense { relu: false, .. } => 2.0 / (rows + columns) as f64,
                _ => 2.0 / rows as f64,
            };
            let scale = variance.sqrt();
            weights.extend((0..rows * columns).map(|_| (scale * normal(&mut rng)) as f32));
            weights.extend(std::iter::repeat_n(0.0, columns));
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nets_on_digits_have_as_many_weights_as_the_specs_table_says() {
        assert_eq!(Net::softmax(64, 10).params(), 650);
        assert_eq!(Net::mlp(64, 10).params(), 2_410);
        assert_eq!(Net::mlp2(64, 10).params(), 6_570);
        assert_eq!(Net::cnn(8, 10).params(), 1_898);
    }

    #[test]
    fn opening_weights_have_the_variance_of_he_and_xavier() {
        let net = Net::dense(&[200, 100, 300]);
        let weights = net.init(Chance::new(1));
        assert_eq!(weights.len(), net.params());
        let variance =
            |of: &[f32]| of.iter().map(|w| f64::from(w * w)).sum::<f64>() / of.len() as f64;
        let (first, rest) = weights.split_at(200 * 100 + 100);
        assert!((variance(&first[..20_000]) * 200.0 / 2.0 - 1.0).abs() < 0.05);
        assert!((variance(&rest[..30_000]) * 400.0 / 2.0 - 1.0).abs() < 0.05);
        assert!(first[20_000..].iter().all(|b| *b == 0.0));
    }
}
