//! Numbers and times as a person reads them.

pub use draw::reading;

/// With its sign, also where it is positive.
pub fn signed(value: f64) -> String {
    let text = reading(value);
    if value > 0.0 { format!("+{text}") } else { text }
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
