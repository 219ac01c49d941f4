//! Small matrix products whose every output is one sum in ascending order.
//!
//! That is what makes them the same bits on every machine: an output is never summed in parts. Speed comes from many
//! outputs at once: a tile of them stays in registers, and its columns are the lanes of the vector instructions, which
//! the compiler may use without changing any sum. No fused multiply-add: only some machines have it. Natively the
//! loops are compiled once for each width of registers there is, and `macerator` picks the widest at run time; the
//! page has one width.

use crate::math;

/// Rows of a tile at most: with eight columns that is as many sums as the page's sixteen registers hold.
const ROWS: usize = 4;

/// `out[m][n] = start[n] + sum over k of a[m][k] * b[k][n]`; a [rows, depth], b [depth, columns], all row by row.
pub fn product(
    out: &mut [f32],
    a: &[f32],
    b: &[f32],
    start: Option<&[f32]>,
    depth: usize,
    columns: usize,
) {
    let rows = out.len() / columns;
    assert_eq!(
        (out.len(), a.len(), b.len()),
        (rows * columns, rows * depth, depth * columns),
        "shapes fit"
    );
    widest(ByRows { out, a, b, start, depth, columns });
}

/// `out[m][n] = sum over k of a[k][m] * b[k][n]`; a [depth, rows], b [depth, columns], all row by row.
pub fn product_of_columns(out: &mut [f32], a: &[f32], b: &[f32], rows: usize, columns: usize) {
    fit_by_columns(out, a, b, rows, columns);
    widest(ByColumns { out, a, b, rows, columns, put: |to: &mut f32, sum: f32| *to = sum });
}

/// `out += factor * product_of_columns(a, b)`: the bits of the two steps, without the matrix between them.
pub fn add_product_of_columns(
    out: &mut [f32],
    factor: f32,
    a: &[f32],
    b: &[f32],
    rows: usize,
    columns: usize,
) {
    fit_by_columns(out, a, b, rows, columns);
    let put = move |to: &mut f32, sum: f32| *to += factor * sum;
    widest(ByColumns { out, a, b, rows, columns, put });
}

fn fit_by_columns(out: &[f32], a: &[f32], b: &[f32], rows: usize, columns: usize) {
    assert_eq!(out.len(), rows * columns, "shapes fit");
    assert_eq!(a.len() / rows, b.len() / columns, "shapes fit");
}

/// Loops over the tiles of a matrix, which gain from wide registers.
trait Tiled: Sized {
    /// Rows and columns of the matrix.
    fn shape(&self) -> (usize, usize);

    /// M rows from row m on, N columns from column n on.
    fn tile<const M: usize, const N: usize>(&mut self, m: usize, n: usize);

    /// `WIDE`: columns of a tile, two registers of them.
    #[inline(always)]
    fn run<const WIDE: usize>(mut self) {
        let mut m = 0;
        for height in heights(self.shape().0) {
            match height {
                1 => self.block::<1, WIDE>(m),
                2 => self.block::<2, WIDE>(m),
                3 => self.block::<3, WIDE>(m),
                _ => self.block::<ROWS, WIDE>(m),
            }
            m += height;
        }
    }

    /// M rows from row m on, their columns in tiles of 16 (where registers are wide), 8, 4, 2, 1.
    #[inline(always)]
    fn block<const M: usize, const WIDE: usize>(&mut self, m: usize) {
        let (_, columns) = self.shape();
        let mut n = 0;
        while n + WIDE <= columns {
            self.tile::<M, WIDE>(m, n);
            n += WIDE;
        }
        if WIDE > 8 && n + 8 <= columns {
            self.tile::<M, 8>(m, n);
            n += 8;
        }
        if n + 4 <= columns {
            self.tile::<M, 4>(m, n);
            n += 4;
        }
        if n + 2 <= columns {
            self.tile::<M, 2>(m, n);
            n += 2;
        }
        if n < columns {
            self.tile::<M, 1>(m, n);
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn widest(kernel: impl Tiled) {
    kernel.run::<8>();
}

/// Compiles the kernel for every width of registers, and runs it in the widest there is.
#[cfg(not(target_arch = "wasm32"))]
fn widest(kernel: impl Tiled) {
    struct Anywhere<K>(K);
    impl<K: Tiled> macerator::WithSimd for Anywhere<K> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: macerator::Simd>(self) {
            if S::lanes32() >= 8 { self.0.run::<16>() } else { self.0.run::<8>() }
        }
    }
    macerator::AutoArch::new().dispatch(Anywhere(kernel));
}

/// So many rows in tiles as equal as can be: ten are four, three and three. A row alone has too few sums under way to
/// keep the processor busy.
fn heights(rows: usize) -> impl Iterator<Item = usize> {
    let tiles = rows.div_ceil(ROWS);
    let (each, more) = (rows / tiles.max(1), rows % tiles.max(1));
    (0..tiles).map(move |tile| each + usize::from(tile < more))
}

struct ByRows<'a> {
    out: &'a mut [f32],
    a: &'a [f32],
    b: &'a [f32],
    start: Option<&'a [f32]>,
    depth: usize,
    columns: usize,
}

impl Tiled for ByRows<'_> {
    fn shape(&self) -> (usize, usize) {
        (self.out.len() / self.columns, self.columns)
    }

    #[inline(always)]
    fn tile<const M: usize, const N: usize>(&mut self, m: usize, n: usize) {
        let Self { out, a, b, start, depth, columns } = self;
        let (depth, columns) = (*depth, *columns);
        let a = &a[m * depth..(m + M) * depth];
        let out = &mut out[m * columns..(m + M) * columns];
        let opening: [f32; N] = start.map_or([0.0; N], |s| lanes(s, n));
        let mut sum = [opening; M];
        let rows: [&[f32]; M] = std::array::from_fn(|m| &a[m * depth..(m + 1) * depth]);
        for (k, line) in b.chunks_exact(columns).enumerate() {
            let line: [f32; N] = lanes(line, n);
            for m in 0..M {
                let x = rows[m][k];
                for lane in 0..N {
                    sum[m][lane] += x * line[lane];
                }
            }
        }
        for m in 0..M {
            out[m * columns + n..m * columns + n + N].copy_from_slice(&sum[m]);
        }
    }
}

struct ByColumns<'a, P> {
    out: &'a mut [f32],
    a: &'a [f32],
    b: &'a [f32],
    rows: usize,
    columns: usize,
    /// What becomes of a sum.
    put: P,
}

impl<P: Fn(&mut f32, f32)> Tiled for ByColumns<'_, P> {
    fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    #[inline(always)]
    fn tile<const M: usize, const N: usize>(&mut self, m: usize, n: usize) {
        let Self { out, a, b, rows, columns, put } = self;
        let mut sum = [[0.0; N]; M];
        for (left, right) in a.chunks_exact(*rows).zip(b.chunks_exact(*columns)) {
            let (left, right): ([f32; M], [f32; N]) = (lanes(left, m), lanes(right, n));
            for i in 0..M {
                for lane in 0..N {
                    sum[i][lane] += left[i] * right[lane];
                }
            }
        }
        for (i, sum) in sum.iter().enumerate() {
            let from = (m + i) * *columns + n;
            out[from..from + N].iter_mut().zip(sum).for_each(|(to, sum)| put(to, *sum));
        }
    }
}

#[inline(always)]
fn lanes<const N: usize>(of: &[f32], from: usize) -> [f32; N] {
    of[from..from + N].try_into().expect("a range of N holds N numbers")
}

/// `to += factor * of`.
pub fn add_scaled(to: &mut [f32], factor: f32, of: &[f32]) {
    assert_eq!(to.len(), of.len(), "shapes fit");
    for (to, of) in to.iter_mut().zip(of) {
        *to += factor * of;
    }
}

/// The transpose of a matrix [rows, columns].
pub fn transpose(out: &mut [f32], of: &[f32], columns: usize) {
    const TOGETHER: usize = 8;
    let rows = of.len() / columns;
    assert_eq!(out.len(), rows * columns, "shapes fit");
    // Eight rows at once: what they turn into lies side by side, where one number a line would fill the cache.
    let mut strips = of.chunks_exact(TOGETHER * columns);
    for (strip, of) in strips.by_ref().enumerate() {
        let lines: [&[f32]; TOGETHER] = std::array::from_fn(|i| &of[i * columns..][..columns]);
        for (c, out) in (0..columns).zip(out.chunks_exact_mut(rows)) {
            let out = &mut out[strip * TOGETHER..][..TOGETHER];
            for i in 0..TOGETHER {
                out[i] = lines[i][c];
            }
        }
    }
    let before = rows / TOGETHER * TOGETHER;
    for (r, line) in (before..).zip(strips.remainder().chunks_exact(columns)) {
        for (c, x) in line.iter().enumerate() {
            out[c * rows + r] = *x;
        }
    }
}

/// The largest of the logits.
pub fn peak(logits: &[f32]) -> f32 {
    logits.iter().fold(f32::NEG_INFINITY, |peak, &z| if z > peak { z } else { peak })
}

/// Logits into probabilities, in place.
pub fn softmax(logits: &mut [f32]) {
    let peak = peak(logits);
    let mut total = 0.0;
    for z in logits.iter_mut() {
        *z = math::exp_f32(*z - peak);
        total += *z;
    }
    logits.iter_mut().for_each(|p| *p /= total);
}

/// `to += factor * (from - of)`.
pub fn add_scaled_difference(to: &mut [f32], factor: f32, from: &[f32], of: &[f32]) {
    assert!(to.len() == from.len() && from.len() == of.len(), "shapes fit");
    for ((to, from), of) in to.iter_mut().zip(from).zip(of) {
        *to += factor * (from - of);
    }
}

/// Eight sums of products side by side, and that of what is left over: fast, and the same bits everywhere.
#[inline(always)]
pub fn sums_by_eight(a: &[f32], b: &[f32]) -> ([f32; 8], f32) {
    let mut lanes = [0.0f32; 8];
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    for (a, b) in a.iter().zip(b) {
        (0..8).for_each(|i| lanes[i] += a[i] * b[i]);
    }
    (lanes, a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum())
}

/// Sum of products by `sums_by_eight`, which are added in their order.
#[inline]
pub fn dot_by_eight(a: &[f32], b: &[f32]) -> f32 {
    let (lanes, rest) = sums_by_eight(a, b);
    lanes.iter().sum::<f32>() + rest
}

/// Sum of products in f64, in ascending order: for norms and cosines that are shown.
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, normal};

    fn numbers(count: usize, place: u32) -> Vec<f32> {
        let mut rng = Chance::new(1).at("numbers", &[place]);
        (0..count).map(|_| normal(&mut rng) as f32).collect()
    }

    #[test]
    fn products_are_bit_for_bit_the_naive_ascending_sums() {
        for (rows, depth, columns) in
            [(1, 1, 1), (4, 3, 8), (5, 7, 10), (25, 64, 32), (9, 2, 15), (3, 33, 23), (10, 20, 200)]
        {
            let (a, b, start) =
                (numbers(rows * depth, 0), numbers(depth * columns, 1), numbers(columns, 2));
            let mut naive = vec![0.0f32; rows * columns];
            for m in 0..rows {
                for n in 0..columns {
                    let mut sum = start[n];
                    for k in 0..depth {
                        sum += a[m * depth + k] * b[k * columns + n];
                    }
                    naive[m * columns + n] = sum;
                }
            }
            let mut out = vec![0.0; rows * columns];
            product(&mut out, &a, &b, Some(&start), depth, columns);
            assert_eq!(out, naive);

            product(&mut naive, &a, &b, None, depth, columns);
            let mut turned = vec![0.0; a.len()];
            transpose(&mut turned, &a, depth);
            product_of_columns(&mut out, &turned, &b, rows, columns);
            assert_eq!(out, naive);

            let mut sum = numbers(rows * columns, 3);
            let mut in_one = sum.clone();
            add_scaled(&mut sum, -0.1, &naive);
            add_product_of_columns(&mut in_one, -0.1, &turned, &b, rows, columns);
            assert_eq!(in_one, sum);
        }
    }
}
