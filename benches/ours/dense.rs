//! Square matrix products by the kernel that all nets of the page run on, and what the machine could do at best.

use super::{Work, unit};
use engine::tensor::kernels::product;

/// A run is at least so many multiply-adds, so that the clock's grain does not show.
const LEAST: usize = 1 << 24;

pub struct Gemm {
    side: usize,
    a: Vec<f32>,
    b: Vec<f32>,
    out: Vec<f32>,
}

impl Gemm {
    pub fn new(side: usize) -> Self {
        let side = side.clamp(1, 2_048);
        let matrix = |from: u32| -> Vec<f32> {
            (0..side * side).map(|i| (unit(from + i as u32) - 0.5) as f32).collect()
        };
        Self { side, a: matrix(0), b: matrix(0x4200_0000), out: vec![0.0; side * side] }
    }
}

impl Work for Gemm {
    /// Floating-point operations, two for each multiply-add.
    fn run(&mut self) -> f64 {
        let each = self.side * self.side * self.side;
        let times = LEAST.div_ceil(each);
        for _ in 0..times {
            product(&mut self.out, &self.a, &self.b, None, self.side, self.side);
        }
        2.0 * (times * each) as f64
    }

    /// Sum of the squares of the product.
    fn check(&mut self) -> f64 {
        self.run();
        self.out.iter().map(|x| f64::from(*x) * f64::from(*x)).sum()
    }
}

/// Multiplications and additions of four lanes that never leave the registers: no product of matrices can be faster.
/// Not fused, as the page's own kernels are not (`relaxed-simd` differs between machines).
#[cfg(target_arch = "wasm32")]
#[derive(Default)]
pub struct Peak {
    last: f64,
}

#[cfg(target_arch = "wasm32")]
impl Work for Peak {
    fn run(&mut self) -> f64 {
        use std::arch::wasm32::{f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_splat};
        const STEPS: usize = 1 << 20;
        const CHAINS: usize = 12;
        let x = f32x4_splat(std::hint::black_box(0.999));
        let line = f32x4_splat(std::hint::black_box(0.5));
        // A product that does not change would be taken out of the loop; this one is a sum's own last value.
        let mut sums = [line; CHAINS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = f32x4_add(f32x4_mul(*sum, x), line);
            }
        }
        self.last = sums.iter().map(|s| f64::from(f32x4_extract_lane::<0>(*s))).sum();
        (STEPS * CHAINS * 4 * 2) as f64
    }

    fn check(&mut self) -> f64 {
        self.run();
        self.last
    }
}
