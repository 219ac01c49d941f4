//! Fewer bytes for a column of numbers: min-max quantization as in PCCL (`ccoip/src/cpp/quantize_kernels.cpp` of
//! PrimeIntellect-ai/pccl) and top-k sparsification.

use crate::network::{Codec, Floats};

/// What a coded slice says beside its numbers: lo and hi.
const HEAD_BYTES: u64 = 8;

/// q = floor(L (x - lo) / (hi - lo)) with L = 255 or 65,535; x' = lo + q (hi - lo) / L. A slice of equal numbers (or
/// with a NaN or an infinity at its ends) is all q = 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantizer {
    None,
    U8,
    U16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Coded {
    Plain(Floats),
    U8 { ends: Floats, q: Vec<u8> },
    U16 { ends: Floats, q: Vec<u16> },
}

fn ends(slice: &[f32]) -> [f32; 2] {
    slice.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[lo, hi], x| [lo.min(*x), hi.max(*x)])
}

fn levels(slice: &[f32], most: f32) -> (Floats, impl Iterator<Item = f32>) {
    let [lo, hi] = if slice.is_empty() { [0.0, 0.0] } else { ends(slice) };
    let span = hi - lo;
    let flat = span.is_nan() || span <= 0.0 || !span.is_finite();
    let level =
        move |x: &f32| if flat { 0.0 } else { (most * (*x - lo) / span).floor().clamp(0.0, most) };
    (Floats(vec![lo, hi]), slice.iter().map(level))
}

fn restore(ends: &Floats, most: f32, q: impl Iterator<Item = f32>, out: &mut [f32]) {
    let (lo, hi) = (ends.0[0], ends.0[1]);
    let span = hi - lo;
    let flat = span.is_nan() || span <= 0.0 || !span.is_finite();
    for (out, q) in out.iter_mut().zip(q) {
        *out = if flat { lo } else { lo + q * span / most };
    }
}

impl Codec for Quantizer {
    type Coded = Coded;

    fn encode(&self, slice: &[f32]) -> Coded {
        match self {
            Quantizer::None => Coded::Plain(Floats(slice.to_vec())),
            Quantizer::U8 => {
                let (ends, q) = levels(slice, 255.0);
                Coded::U8 { ends, q: q.map(|q| q as u8).collect() }
            }
            Quantizer::U16 => {
                let (ends, q) = levels(slice, 65_535.0);
                Coded::U16 { ends, q: q.map(|q| q as u16).collect() }
            }
        }
    }

    fn decode(&self, coded: &Coded, out: &mut [f32]) {
        match coded {
            Coded::Plain(values) => out.copy_from_slice(&values.0),
            Coded::U8 { ends, q } => restore(ends, 255.0, q.iter().map(|q| f32::from(*q)), out),
            Coded::U16 { ends, q } => restore(ends, 65_535.0, q.iter().map(|q| f32::from(*q)), out),
        }
    }

    fn bytes(&self, coded: &Coded) -> u64 {
        match coded {
            Coded::Plain(values) => 4 * values.0.len() as u64,
            Coded::U8 { q, .. } => HEAD_BYTES + q.len() as u64,
            Coded::U16 { q, .. } => HEAD_BYTES + 2 * q.len() as u64,
        }
    }

    fn exact(&self) -> bool {
        *self == Quantizer::None
    }
}

/// Sets all but the `keep` numbers of largest size to 0; of equal sizes the earlier stays. 8 bytes each on the wire.
pub fn top_k(column: &mut [f32], keep: usize) {
    if keep >= column.len() {
        return;
    }
    let mut order: Vec<u32> = (0..column.len() as u32).collect();
    let size = |i: u32| column[i as usize].abs();
    order.sort_by(|a, b| size(*b).total_cmp(&size(*a)).then(a.cmp(b)));
    for place in &order[keep..] {
        column[*place as usize] = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, normal};

    fn column(count: usize) -> Vec<f32> {
        let mut rng = Chance::new(1).at("column", &[]);
        (0..count).map(|_| normal(&mut rng) as f32).collect()
    }

    #[test]
    fn the_error_is_less_than_one_level_and_the_bytes_are_a_quarter_and_a_half() {
        let x = column(1_000);
        let [lo, hi] = ends(&x);
        for (codec, most, bytes) in
            [(Quantizer::U8, 255.0, 1_008), (Quantizer::U16, 65_535.0, 2_008)]
        {
            let coded = codec.encode(&x);
            assert_eq!(codec.bytes(&coded), bytes);
            let mut back = vec![0.0; x.len()];
            codec.decode(&coded, &mut back);
            let level = (hi - lo) / most;
            for (x, back) in x.iter().zip(&back) {
                // Floor: always below, by less than a level (and rounding).
                assert!(x - back > -1e-6 && x - back < level + 1e-6, "{x} {back} {level}");
            }
        }
        let plain = Quantizer::None.encode(&x);
        let mut back = vec![0.0; x.len()];
        Quantizer::None.decode(&plain, &mut back);
        assert_eq!(back, x);
    }

    #[test]
    fn a_naive_second_way_gives_the_same_levels() {
        let x = column(333);
        let (mut lo, mut hi) = (x[0], x[0]);
        for v in &x {
            if *v < lo {
                lo = *v;
            }
            if *v > hi {
                hi = *v;
            }
        }
        let naive: Vec<u8> =
            x.iter().map(|v| (255.0 * (v - lo) / (hi - lo)) as i32 as u8).collect();
        let Coded::U8 { q, .. } = Quantizer::U8.encode(&x) else { panic!("u8") };
        assert_eq!(q, naive);
    }

    #[test]
    fn equal_numbers_empty_slices_and_broken_numbers_do_not_break_the_code() {
        for x in [vec![], vec![2.5; 4], vec![f32::NAN; 3], vec![1.0, f32::INFINITY]] {
            let mut back = vec![9.0; x.len()];
            Quantizer::U8.decode(&Quantizer::U8.encode(&x), &mut back);
            if x == [2.5; 4] {
                assert_eq!(back, x);
            }
        }
    }

    #[test]
    fn top_k_keeps_the_largest_by_size_and_of_equals_the_first() {
        let mut x = vec![1.0, -3.0, 2.0, -2.0, 0.5];
        top_k(&mut x, 2);
        assert_eq!(x, [0.0, -3.0, 2.0, 0.0, 0.0]);
        top_k(&mut x, 9);
        assert_eq!(x, [0.0, -3.0, 2.0, 0.0, 0.0]);
    }
}
