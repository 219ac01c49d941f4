//! Numbers and times as a person reads them.

pub use draw::reading;

/// A mean and the ends of its interval, all with the decimals that the interval's width is worth.
pub fn interval(mean: f64, low: f64, high: f64) -> [String; 3] {
    let half = (high - low).abs() / 2.0;
    let mut decimals = 0;
    let mut scaled = half;
    while scaled < 3.0 && decimals < 6 && half > 0.0 {
        scaled *= 10.0;
        decimals += 1;
    }
    if half == 0.0 || !half.is_finite() || mean.abs() >= 1e6 {
        return [reading(mean), reading(low), reading(high)];
    }
    [mean, low, high].map(|v| format!("{v:.decimals$}").replace('-', "−"))
}

/// A number and its unit; a bare number where there is none.
pub fn with_unit(text: String, unit: &str) -> String {
    if unit.is_empty() { text } else { format!("{text} {unit}") }
}

/// "about 40 s", "about 3 min".
pub fn time_left(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("about {:.0} s left", s.max(1.0)),
        s if s < 5400.0 => format!("about {:.0} min left", s / 60.0),
        s => format!("about {:.0} h left", s / 3600.0),
    }
}

/// "1 seed", "8 seeds".
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// In small letters, by the browser: it has the tables for all scripts.
pub fn small(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}
