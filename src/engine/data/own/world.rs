//! What a run learns from: rows drawn, dealt into training and test, brought to one scale.

use super::Samples;
use crate::chance::Chance;
use crate::data::{self, Dataset, Split, TRAIN_SHARE};
use rand::seq::SliceRandom;

/// Numbers that a run takes at most, rows times columns; of a larger file it draws as many rows. 32 MB.
pub const NUMBERS_MAX: usize = 8_000_000;

/// A test row may lie anywhere beside a column that hardly changes in training; past so many deviations it counts as
/// this far, which keeps it a number.
const FAR: f64 = 1e6;

/// The data of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    pub data: Dataset,
    pub split: Split,
    /// With a client column: the rows of each client, for training and for its test.
    pub clients: Option<Vec<Split>>,
    /// What a person should know before the first round.
    pub says: Vec<String>,
}

impl World {
    /// Data that ships with a system, split as ever; nobody holds a row yet.
    pub fn shipped(data: Dataset, chance: Chance) -> Self {
        Self { split: data::split(&data, chance), data, clients: None, says: Vec::new() }
    }
}

impl Samples {
    /// The rows of a run, by its seed: a fifth of each client's (without clients: of all) rows, of all classes alike, is
    /// kept for the test.
    pub fn world(&self, chance: Chance) -> World {
        let mut says = vec![self.summary()];
        let groups = self.drawn(chance);
        let rows: usize = groups.iter().map(Vec::len).sum();
        if rows < self.rows() {
            says.push(format!(
                "Each run learns from {rows} of the {} rows, drawn by its seed: a run takes {NUMBERS_MAX} numbers at most.",
                self.rows()
            ));
        }
        let splits: Vec<Split> =
            groups.iter().enumerate().map(|(g, rows)| self.split(rows, g as u32, chance)).collect();
        let joined = |side: fn(&Split) -> &Vec<u32>| {
            let mut all: Vec<u32> = splits.iter().flat_map(side).copied().collect();
            all.sort_unstable();
            all
        };
        let split = Split { train: joined(|s| &s.train), test: joined(|s| &s.test) };
        let (renumbered, data) = self.scaled(&split);
        let moved = |split: &Split| {
            let of = |rows: &[u32]| rows.iter().map(|&row| renumbered[row as usize]).collect();
            Split { train: of(&split.train), test: of(&split.test) }
        };
        World {
            data,
            split: moved(&split),
            clients: (!self.clients.is_empty()).then(|| splits.iter().map(moved).collect()),
            says,
        }
    }

    fn summary(&self) -> String {
        let clients = match self.clients.len() {
            0 => String::new(),
            many => format!(" and {many} clients"),
        };
        let scale = if self.pixels {
            "pixels are divided by 255"
        } else {
            "features have mean 0 and standard deviation 1 over the training rows"
        };
        format!(
            "Own data: {} rows of {} features, {} classes{clients}; {scale}.",
            self.rows(),
            self.width,
            self.classes.len()
        )
    }

    /// Rows by client (one group without clients), as many as a run takes.
    fn drawn(&self, chance: Chance) -> Vec<Vec<u32>> {
        let mut groups = vec![Vec::new(); self.clients.len().max(1)];
        for row in 0..self.rows() {
            groups[self.holders.get(row).map_or(0, |&h| usize::from(h))].push(row as u32);
        }
        let most = NUMBERS_MAX / self.width;
        if self.rows() <= most {
            return groups;
        }
        for (number, group) in groups.iter_mut().enumerate() {
            let share =
                (group.len() * most / self.rows()).clamp(super::CLIENT_ROWS_MIN, group.len());
            let order = self.by_class(group, chance, "which rows a run takes", number as u32);
            *group = evenly(&order, share);
            group.sort_unstable();
        }
        groups
    }

    /// Shuffled, then class after class: rows at even distances are of all classes alike.
    fn by_class(&self, rows: &[u32], chance: Chance, name: &str, group: u32) -> Vec<u32> {
        let mut order = rows.to_vec();
        order.shuffle(&mut chance.at(name, &[group]));
        order.sort_by_key(|&row| self.labels[row as usize]);
        order
    }

    fn split(&self, rows: &[u32], group: u32, chance: Chance) -> Split {
        let order = self.by_class(rows, chance, "own data: train or test", group);
        let count = (order.len() as f64 * (1.0 - TRAIN_SHARE)).round() as usize;
        let mut test = evenly(&order, count.clamp(1, order.len()));
        test.sort_unstable();
        let train = rows.iter().filter(|row| test.binary_search(row).is_err()).copied().collect();
        Split { train, test }
    }

    /// The rows of a split alone, on one scale, and the new number of each old row.
    fn scaled(&self, split: &Split) -> (Vec<u32>, Dataset) {
        let mut kept: Vec<u32> = split.train.iter().chain(&split.test).copied().collect();
        kept.sort_unstable();
        let mut renumbered = vec![0; self.rows()];
        let mut data = Dataset {
            features: Vec::with_capacity(kept.len() * self.width),
            labels: Vec::with_capacity(kept.len()),
            width: self.width,
            classes: self.classes.len(),
        };
        let scale = self.scale(&split.train);
        for (new, &old) in kept.iter().enumerate() {
            renumbered[old as usize] = new as u32;
            data.labels.push(self.labels[old as usize]);
            let scaled = self
                .row(old)
                .iter()
                .zip(&scale)
                .map(|(x, (mean, by))| ((f64::from(*x) - mean) * by).clamp(-FAR, FAR) as f32);
            data.features.extend(scaled);
        }
        (renumbered, data)
    }

    fn row(&self, row: u32) -> &[f32] {
        &self.features[row as usize * self.width..][..self.width]
    }

    /// Of each column what is taken away and what is multiplied by. A column that never changes becomes 0.
    fn scale(&self, train: &[u32]) -> Vec<(f64, f64)> {
        if self.pixels {
            return vec![(0.0, 1.0 / 255.0); self.width];
        }
        let count = train.len().max(1) as f64;
        let mut means = vec![0.0; self.width];
        for &row in train {
            means
                .iter_mut()
                .zip(self.row(row))
                .for_each(|(mean, x)| *mean += f64::from(*x) / count);
        }
        let mut squares = vec![0.0; self.width];
        for &row in train {
            for ((square, mean), x) in squares.iter_mut().zip(&means).zip(self.row(row)) {
                *square += (f64::from(*x) - mean) * (f64::from(*x) - mean) / count;
            }
        }
        // What is below the last place of the file's own numbers is rounding and no spread.
        let by = |mean: f64, square: f64| {
            let spread = square.sqrt();
            if spread > 1e-9 * mean.abs() { 1.0 / spread } else { 0.0 }
        };
        means.into_iter().zip(squares).map(|(mean, square)| (mean, by(mean, square))).collect()
    }
}

/// So many of the list, at even distances.
fn evenly(order: &[u32], count: usize) -> Vec<u32> {
    (0..count).map(|i| order[(2 * i + 1) * order.len() / (2 * count)]).collect()
}
