//! DiLoCo (Douillard et al. 2023): many AdamW steps inside, one Nesterov step outside on the averaged difference.

/// AdamW (Loshchilov and Hutter 2019) with global clipping of the gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    pub lr: f32,
    pub betas: [f32; 2],
    pub decay: f32,
    /// The gradient is scaled down to this norm; 0 = never.
    pub clip: f32,
}

const EPSILON: f32 = 1e-8;

/// What AdamW remembers. `decayed` holds beta^t, multiplied up: no power function is called.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    pub first: Vec<f32>,
    pub second: Vec<f32>,
    pub decayed: [f64; 2],
}

impl Moments {
    pub fn new(params: usize) -> Self {
        Self { first: vec![0.0; params], second: vec![0.0; params], decayed: [1.0; 2] }
    }
}

impl AdamW {
    /// m <- b1 m + (1 - b1) g; v <- b2 v + (1 - b2) g^2; w <- w - lr (m' / (sqrt v' + eps) + decay w), where m', v' are
    /// freed of their bias.
    pub fn step(&self, weights: &mut [f32], gradient: &[f32], memory: &mut Moments) {
        assert!(
            weights.len() == gradient.len() && weights.len() == memory.first.len(),
            "shapes fit"
        );
        let norm =
            gradient.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>().sqrt() as f32;
        let scale = if self.clip > 0.0 && norm > self.clip { self.clip / norm } else { 1.0 };
        let [b1, b2] = self.betas;
        memory.decayed[0] *= f64::from(b1);
        memory.decayed[1] *= f64::from(b2);
        let free = memory.decayed.map(|d| (1.0 / (1.0 - d)) as f32);
        let moments = memory.first.iter_mut().zip(memory.second.iter_mut());
        for ((w, g), (m, v)) in weights.iter_mut().zip(gradient).zip(moments) {
            let g = g * scale;
            *m = b1 * *m + (1.0 - b1) * g;
            *v = b2 * *v + (1.0 - b2) * (g * g);
            let move_by = (*m * free[0]) / ((*v * free[1]).sqrt() + EPSILON) + self.decay * *w;
            *w -= self.lr * move_by;
        }
    }
}

/// The outer step: SGD with Nesterov momentum on the pseudo-gradient `outer - local`, averaged over peers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outer {
    pub lr: f32,
    pub momentum: f32,
}

impl Outer {
    /// v <- mu v + g; w <- w - lr (g + mu v).
    pub fn step(&self, weights: &mut [f32], gradient: &[f32], velocity: &mut [f32]) {
        assert!(weights.len() == gradient.len() && weights.len() == velocity.len(), "shapes fit");
        for ((w, g), v) in weights.iter_mut().zip(gradient).zip(velocity) {
            *v = self.momentum * *v + g;
            *w -= self.lr * (g + self.momentum * *v);
        }
    }
}

/// `outer - local`: positive means "descend".
pub fn pseudo_gradient(outer: &[f32], local: &[f32]) -> Vec<f32> {
    assert_eq!(outer.len(), local.len(), "shapes fit");
    outer.iter().zip(local).map(|(outer, local)| outer - local).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adamw_agrees_with_the_paper_written_out_in_f64() {
        let of = AdamW { lr: 0.1, betas: [0.9, 0.95], decay: 0.1, clip: 1.0 };
        let (mut w, mut memory) = (vec![1.0f32, -2.0], Moments::new(2));
        let (mut x, mut m, mut v) = ([1.0f64, -2.0], [0.0f64; 2], [0.0f64; 2]);
        let (mut d1, mut d2) = (1.0, 1.0);
        for step in 1..=20 {
            let g = [0.3 * f64::from(step % 3), -4.0 + f64::from(step)];
            let norm = (g[0] * g[0] + g[1] * g[1]).sqrt();
            let g = g.map(|g| if norm > 1.0 { g / norm } else { g });
            d1 *= 0.9;
            d2 *= 0.95;
            for i in 0..2 {
                m[i] = 0.9 * m[i] + 0.1 * g[i];
                v[i] = 0.95 * v[i] + 0.05 * g[i] * g[i];
                let (mh, vh) = (m[i] / (1.0 - d1), v[i] / (1.0 - d2));
                x[i] -= 0.1 * (mh / (vh.sqrt() + 1e-8) + 0.1 * x[i]);
            }
            let raw = [0.3 * (step % 3) as f32, -4.0 + step as f32];
            of.step(&mut w, &raw, &mut memory);
            for i in 0..2 {
                assert!((f64::from(w[i]) - x[i]).abs() < 1e-4, "step {step}: {w:?} {x:?}");
            }
        }
    }

    #[test]
    fn nesterov_looks_ahead_and_without_momentum_is_plain_descent() {
        let (mut w, mut v) = (vec![1.0f32], vec![0.0f32]);
        let outer = Outer { lr: 0.5, momentum: 0.5 };
        outer.step(&mut w, &[1.0], &mut v);
        // v = 1, w = 1 - 0.5 (1 + 0.5)
        assert_eq!((w[0], v[0]), (0.25, 1.0));
        outer.step(&mut w, &[1.0], &mut v);
        // v = 1.5, w = 0.25 - 0.5 (1 + 0.75)
        assert_eq!((w[0], v[0]), (-0.625, 1.5));
        let (mut w, mut v) = (vec![1.0f32], vec![0.0f32]);
        Outer { lr: 0.5, momentum: 0.0 }.step(&mut w, &[2.0], &mut v);
        assert_eq!(w[0], 0.0);
    }

    #[test]
    fn one_outer_step_of_rate_one_without_momentum_is_the_average_of_the_locals() {
        let outer = vec![1.0f32, 2.0];
        let locals = [vec![0.0f32, 4.0], vec![3.0, 1.0]];
        let pseudo: Vec<Vec<f32>> = locals.iter().map(|l| pseudo_gradient(&outer, l)).collect();
        let mean: Vec<f32> = (0..2).map(|i| (pseudo[0][i] + pseudo[1][i]) / 2.0).collect();
        let mut w = outer.clone();
        Outer { lr: 1.0, momentum: 0.0 }.step(&mut w, &mean, &mut [0.0, 0.0]);
        assert_eq!(w, [1.5, 2.5]);
    }
}
