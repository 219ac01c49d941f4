//! Data sets that runs learn from, generated or bundled, and how they are dealt to clients.
//!
//! `digits8`: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI, CC BY 4.0
//! (`LICENSE-digits8.md` beside this file). `blobs`: Gaussian classes.

pub mod bytes;
pub mod own;
pub mod partition;

use crate::chance::{Chance, normal};
use lexicon::{Fault, Issue};
use rand::seq::SliceRandom;

/// Share of each class that goes to the training side of a split.
pub(crate) const TRAIN_SHARE: f64 = 0.8;

const DIGITS8: &[u8] = include_bytes!("digits8.bin");
const DIGITS8_SAMPLES: usize = 1_797;
const DIGITS8_WIDTH: usize = 64;

/// Labeled samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// [samples, width], row by row.
    pub features: Vec<f32>,
    /// One a sample, below `classes`.
    pub labels: Vec<u8>,
    pub width: usize,
    pub classes: usize,
}

/// The side of the square picture that so many numbers are, for nets that look at pictures: it has to divide by 4.
pub(crate) fn picture_side(width: usize) -> Option<usize> {
    let side = width.isqrt();
    (side * side == width && side > 0 && side.is_multiple_of(4)).then_some(side)
}

impl Dataset {
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The side of the square pictures that the samples are, for a convolution; a fault of the dial that asks for one.
    pub fn side(&self, dial: &str) -> Result<usize, Fault> {
        picture_side(self.width).ok_or_else(|| {
            let says = format!(
                "a sample here has {} numbers, which are no square picture with a side of 4, 8, 12, ...: take another net",
                self.width
            );
            Fault::Params(vec![Issue { dial: dial.into(), given: "cnn".into(), says }])
        })
    }

    pub fn row(&self, sample: u32) -> &[f32] {
        let from = sample as usize * self.width;
        &self.features[from..from + self.width]
    }
}

/// Handwritten digits: 1,797 samples of 8 x 8 pixels (0..1), 10 classes.
pub fn digits8() -> Dataset {
    let (pixels, labels) = DIGITS8.split_at(DIGITS8_SAMPLES * DIGITS8_WIDTH);
    Dataset {
        features: pixels.iter().map(|&p| f32::from(p) / 16.0).collect(),
        labels: labels.to_vec(),
        width: DIGITS8_WIDTH,
        classes: 10,
    }
}

/// What `blobs` are made of.
#[derive(Clone, Copy, Debug)]
pub struct Blobs {
    pub samples: u32,
    /// Numbers a sample.
    pub width: u32,
    pub classes: u8,
    /// Standard deviation of the class means; within a class it is 1.
    pub separation: f64,
}

impl Default for Blobs {
    fn default() -> Self {
        Self { samples: 2_000, width: 16, classes: 10, separation: 0.5 }
    }
}

/// Gaussian classes: class mean ~ N(0, separation^2 I), sample = its class mean + N(0, I). Classes are equally large
/// (to within one sample).
pub fn blobs(of: &Blobs, chance: Chance) -> Dataset {
    let width = of.width as usize;
    let mut rng = chance.at("means of the blobs", &[]);
    let means: Vec<f64> =
        (0..width * usize::from(of.classes)).map(|_| of.separation * normal(&mut rng)).collect();
    let mut rng = chance.at("samples of the blobs", &[]);
    let mut data = Dataset {
        features: Vec::with_capacity(width * of.samples as usize),
        labels: Vec::with_capacity(of.samples as usize),
        width,
        classes: usize::from(of.classes),
    };
    for sample in 0..of.samples {
        let label = (sample % u32::from(of.classes)) as u8;
        let from = usize::from(label) * width;
        let row = means[from..from + width].iter().map(|mean| (mean + normal(&mut rng)) as f32);
        data.features.extend(row);
        data.labels.push(label);
    }
    data
}

/// Sample numbers of the two sides of a data set, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    pub train: Vec<u32>,
    pub test: Vec<u32>,
}

/// 80/20, stratified: of every class, 80 % (rounded) go to training.
pub fn split(data: &Dataset, chance: Chance) -> Split {
    let mut split = Split { train: Vec::new(), test: Vec::new() };
    for class in 0..data.classes {
        let mut of_class: Vec<u32> = (0..data.len() as u32)
            .filter(|&i| usize::from(data.labels[i as usize]) == class)
            .collect();
        of_class.shuffle(&mut chance.at("train or test", &[class as u32]));
        let cut = (of_class.len() as f64 * TRAIN_SHARE).round() as usize;
        split.train.extend(&of_class[..cut]);
        split.test.extend(&of_class[cut..]);
    }
    split.train.sort_unstable();
    split.test.sort_unstable();
    split
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits8_is_the_table_on_record() {
        let data = digits8();
        assert_eq!((data.len(), data.features.len()), (1_797, 1_797 * 64));
        // First line of the table: 0,0,5,13,9,1,0,0,... and the label 0; sum and counts of the whole table.
        assert_eq!(&data.row(0)[..6], &[0.0, 0.0, 5.0 / 16.0, 13.0 / 16.0, 9.0 / 16.0, 1.0 / 16.0]);
        assert_eq!(&data.labels[..10], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let counts: Vec<usize> =
            (0..10).map(|class| data.labels.iter().filter(|&&l| l == class).count()).collect();
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        assert!(data.features.iter().all(|p| (0.0..=1.0).contains(p)));
    }

    #[test]
    fn a_split_is_stratified_and_covers_everything_once() {
        let data = digits8();
        let split = split(&data, Chance::new(3));
        let mut all: Vec<u32> = split.train.iter().chain(&split.test).copied().collect();
        all.sort_unstable();
        assert_eq!(all, (0..1_797).collect::<Vec<u32>>());
        for class in 0..10 {
            let of = |side: &[u32]| {
                side.iter().filter(|&&i| data.labels[i as usize] == class).count() as f64
            };
            let share = of(&split.train) / (of(&split.train) + of(&split.test));
            assert!((share - 0.8).abs() < 0.01, "class {class}: {share}");
        }
        assert_ne!(split, super::split(&data, Chance::new(4)));
    }

    #[test]
    fn blobs_lie_around_means_as_far_apart_as_asked() {
        let of = Blobs { samples: 20_000, width: 8, classes: 5, separation: 2.0 };
        let data = blobs(&of, Chance::new(1));
        let mut within = 0.0;
        let mut means = vec![0.0f64; 40];
        for (row, &label) in data.features.chunks_exact(8).zip(&data.labels) {
            for (mean, x) in means[usize::from(label) * 8..].iter_mut().zip(row) {
                *mean += f64::from(*x) / 4_000.0;
            }
        }
        for (row, &label) in data.features.chunks_exact(8).zip(&data.labels) {
            for (mean, x) in means[usize::from(label) * 8..].iter().zip(row) {
                within += (f64::from(*x) - mean) * (f64::from(*x) - mean) / 160_000.0;
            }
        }
        let between: f64 = means.iter().map(|m| m * m).sum::<f64>() / 40.0;
        assert!((within - 1.0).abs() < 0.02, "{within}");
        assert!((between.sqrt() - 2.0).abs() < 0.5, "{between}");
    }
}
