//! Merging fine-tuned nets by their task vectors tau = theta_t - theta_0: task arithmetic (Ilharco et al. 2023), Model
//! Breadcrumbs (Davari and Belilovsky 2023), TIES (Yadav et al. 2023), DARE (Yu et al. 2024).

use rand::{Rng, RngExt};

/// Which cut comes first: the released code of Breadcrumbs removes the largest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    RemoveFirst,
    KeepFirst,
}

/// tau = theta_t - theta_0.
pub fn task_vector(tuned: &[f32], base: &[f32]) -> Vec<f32> {
    assert_eq!(tuned.len(), base.len(), "shapes fit");
    tuned.iter().zip(base).map(|(tuned, base)| tuned - base).collect()
}

/// theta_0 + alpha * sum of the task vectors, added up in their order.
pub fn apply(base: &[f32], vectors: &[Vec<f32>], alpha: f32) -> Vec<f32> {
    let mut merged = base.to_vec();
    for (i, weight) in merged.iter_mut().enumerate() {
        let sum: f32 = vectors.iter().map(|tau| tau[i]).sum();
        *weight += alpha * sum;
    }
    merged
}

/// Places by size, the largest first; of equals the earlier.
fn by_size(of: &[f32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..of.len() as u32).collect();
    order.sort_by(|a, b| of[*b as usize].abs().total_cmp(&of[*a as usize].abs()).then(a.cmp(b)));
    order
}

/// Breadcrumbs' mask on one tensor, row by row (`row` numbers each; the tensor's length for one mask over all of it):
/// the floor(gamma n) largest go, of the rest the floor(keep n) largest stay. With `KeepFirst`, the floor(keep n)
/// largest stay and then the floor(gamma n) largest of them go.
pub fn breadcrumbs(tensor: &mut [f32], row: usize, gamma: f64, keep: f64, order: Order) {
    for line in tensor.chunks_mut(row.max(1)) {
        let count = line.len() as f64;
        let (cut, kept) = ((gamma * count) as usize, (keep * count) as usize);
        let band = match order {
            Order::RemoveFirst => cut..cut.saturating_add(kept),
            Order::KeepFirst => cut..kept,
        };
        for (rank, place) in by_size(line).into_iter().enumerate() {
            if !band.contains(&rank) {
                line[place as usize] = 0.0;
            }
        }
    }
}

/// TIES: each vector keeps its `keep` share of largest size; each coordinate elects the sign of the sum of what is left
/// (0: none); the merged vector is the mean of the entries with that sign.
pub fn ties(vectors: &[Vec<f32>], keep: f64) -> Vec<f32> {
    let mut trimmed = vectors.to_vec();
    for tau in &mut trimmed {
        let length = tau.len();
        breadcrumbs(tau, length, 0.0, keep, Order::RemoveFirst);
    }
    elect(&trimmed)
}

/// The election of TIES alone: also used after Breadcrumbs' mask.
pub fn elect(vectors: &[Vec<f32>]) -> Vec<f32> {
    let length = vectors.first().map_or(0, Vec::len);
    (0..length)
        .map(|i| {
            let sum: f32 = vectors.iter().map(|tau| tau[i]).sum();
            let agrees = |x: f32| x != 0.0 && (x > 0.0) == (sum > 0.0) && sum != 0.0;
            let (total, count) = vectors
                .iter()
                .map(|tau| tau[i])
                .filter(|x| agrees(*x))
                .fold((0.0f32, 0u32), |(total, count), x| (total + x, count + 1));
            if count == 0 { 0.0 } else { total / count as f32 }
        })
        .collect()
}

/// DARE: each entry falls away with chance `drop`, the others are scaled up by 1 / (1 - drop).
pub fn dare(vector: &mut [f32], drop: f64, rng: &mut impl Rng) {
    let scale = (1.0 / (1.0 - drop)) as f32;
    for x in vector {
        *x = if rng.random_bool(drop) { 0.0 } else { *x * scale };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, normal};

    fn vector(count: usize, place: u32) -> Vec<f32> {
        let mut rng = Chance::new(1).at("task vector", &[place]);
        (0..count).map(|_| normal(&mut rng) as f32).collect()
    }

    /// As the paper's code reads: zero the largest one by one, then zero the smallest one by one.
    fn naive(row: &[f32], gamma: f64, keep: f64) -> Vec<f32> {
        let mut out = row.to_vec();
        let n = row.len() as f64;
        let place_of = |of: &[f32], largest: bool, alive: &[bool]| {
            let mut best: Option<usize> = None;
            for i in 0..of.len() {
                let better = |b: usize| {
                    if largest { of[i].abs() > of[b].abs() } else { of[i].abs() <= of[b].abs() }
                };
                if alive[i] && best.is_none_or(better) {
                    best = Some(i);
                }
            }
            best
        };
        let mut alive = vec![true; row.len()];
        for _ in 0..(gamma * n) as usize {
            let i = place_of(row, true, &alive).unwrap();
            (out[i], alive[i]) = (0.0, false);
        }
        while alive.iter().filter(|a| **a).count() > (keep * n) as usize {
            let i = place_of(row, false, &alive).unwrap();
            (out[i], alive[i]) = (0.0, false);
        }
        out
    }

    #[test]
    fn the_band_between_noise_and_outliers_is_that_of_the_naive_way() {
        for (gamma, keep) in [(0.0, 0.2), (0.1, 0.15), (0.05, 1.0), (0.2, 0.0)] {
            let mut tensor = vector(7 * 40, 3);
            let expected: Vec<f32> =
                tensor.chunks(40).flat_map(|row| naive(row, gamma, keep)).collect();
            breadcrumbs(&mut tensor, 40, gamma, keep, Order::RemoveFirst);
            assert_eq!(tensor, expected, "gamma {gamma}, keep {keep}");
        }
    }

    #[test]
    fn keeping_first_leaves_fewer_since_the_largest_go_from_what_was_kept() {
        let mut tensor = vec![5.0, -4.0, 3.0, 2.0, 1.0, 0.5, 0.4, 0.3, 0.2, 0.1];
        let mut other = tensor.clone();
        breadcrumbs(&mut tensor, 10, 0.1, 0.3, Order::RemoveFirst);
        assert_eq!(tensor, [0.0, -4.0, 3.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        breadcrumbs(&mut other, 10, 0.1, 0.3, Order::KeepFirst);
        assert_eq!(other, [0.0, -4.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn ties_follows_the_elected_sign_and_averages_who_agrees() {
        let vectors =
            vec![vec![1.0, -2.0, 0.0, 1.0], vec![3.0, 1.0, 0.0, -1.0], vec![-1.0, -4.0, 0.0, 0.0]];
        assert_eq!(ties(&vectors, 1.0), [2.0, -3.0, 0.0, 0.0]);
        // With half kept: [0 (-2) 0 0 + one of the ones], ...: the largest two of each.
        assert_eq!(ties(&vectors, 0.5), [2.0, -3.0, 0.0, 0.0]);
        assert_eq!(ties(&[], 0.5), Vec::<f32>::new());
    }

    #[test]
    fn adding_back_one_task_vector_gives_that_net_and_the_mean_of_all_their_average() {
        let (base, one, two) = (vector(50, 0), vector(50, 1), vector(50, 2));
        let taus = [task_vector(&one, &base), task_vector(&two, &base)];
        for (got, want) in apply(&base, &taus[..1], 1.0).iter().zip(&one) {
            assert!((got - want).abs() < 1e-6);
        }
        for (got, (a, b)) in apply(&base, &taus, 0.5).iter().zip(one.iter().zip(&two)) {
            assert!((got - (a + b) / 2.0).abs() < 1e-6);
        }
    }

    #[test]
    fn dare_keeps_the_sum_in_the_mean() {
        let mut x = vec![1.0f32; 20_000];
        dare(&mut x, 0.9, &mut Chance::new(1).at("dare", &[]));
        let kept = x.iter().filter(|x| **x != 0.0).count();
        assert!((kept as f64 - 2_000.0).abs() < 130.0, "{kept}");
        assert!(x.iter().all(|x| *x == 0.0 || (*x - 10.0).abs() < 1e-4));
    }
}
