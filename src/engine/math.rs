//! Elementary functions with the same bits natively and in wasm: the platform's own differ in their last places.

pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

pub fn exp_f32(x: f32) -> f32 {
    libm::expf(x)
}

pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

pub fn ln_f32(x: f32) -> f32 {
    libm::logf(x)
}

pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

pub fn log2(x: f64) -> f64 {
    libm::log2(x)
}

pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

pub fn sin_cos_f32(x: f32) -> (f32, f32) {
    libm::sincosf(x)
}

pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

pub fn tanh_f32(x: f32) -> f32 {
    libm::tanhf(x)
}

/// 1 / (1 + e^-x), without overflow at either end.
pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + exp(-x))
    } else {
        let e = exp(x);
        e / (1.0 + e)
    }
}

/// ln Gamma(x), for x > 0.
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// The standard normal distribution function.
pub fn phi(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// The inverse of [`phi`]: algorithm AS 241 (Wichura 1988), within 1e-15 relative. `p` is clamped to
/// [1e-300, 1 - 1e-16], so the result is always finite.
pub fn phi_inverse(p: f64) -> f64 {
    let poly = |c: &[f64; 8], x: f64| c.iter().rev().fold(0.0, |sum, c| sum * x + c);
    let p = p.clamp(1e-300, 1.0 - 1e-16);
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * poly(&AS241[0], r) / poly(&AS241[1], r);
    }
    let r = (-ln(p.min(1.0 - p))).sqrt();
    let tail = if r <= 5.0 {
        poly(&AS241[2], r - 1.6) / poly(&AS241[3], r - 1.6)
    } else {
        poly(&AS241[4], r - 5.0) / poly(&AS241[5], r - 5.0)
    };
    tail.copysign(q)
}

/// Numerators and denominators of AS 241: the middle, the tails, the far tails.
#[allow(clippy::excessive_precision, reason = "digits as printed in the paper")]
const AS241: [[f64; 8]; 6] = [
    [
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ],
    [
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ],
    [
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ],
    [
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ],
    [
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ],
    [
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_quantile_undoes_the_normal_distribution() {
        for i in 1..2000 {
            let p = f64::from(i) / 2000.0;
            assert!((phi(phi_inverse(p)) - p).abs() < 1e-14, "{p}");
        }
        // Table of the standard normal.
        assert!((phi_inverse(0.975) - 1.959963984540054).abs() < 1e-14);
        assert!((phi_inverse(1e-12) + 7.034483825301131).abs() < 1e-9);
        assert!(phi_inverse(0.0).is_finite() && phi_inverse(1.0).is_finite());
    }
}
