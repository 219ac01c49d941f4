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
