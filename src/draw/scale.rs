//! Numbers to places and back, and the few round numbers that stand at an axis.

use lexicon::scene::Axis;

/// A range of values on a stretch of CSS pixels; `from` may be right of or below `to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    pub log: bool,
    pub from: f64,
    pub to: f64,
}

impl Scale {
    pub fn of(axis: &Axis, from: f64, to: f64) -> Scale {
        Scale { low: axis.low.into(), high: axis.high.into(), log: axis.log, from, to }
    }

    /// Where a value stands; not a number for what a logarithmic axis cannot show.
    pub fn place(&self, value: f64) -> f64 {
        let part = if self.log {
            if value <= 0.0 {
                return f64::NAN;
            }
            libm::log(value / self.low) / libm::log(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from + (self.to - self.from) * part
    }

    pub fn value(&self, place: f64) -> f64 {
        let part = (place - self.from) / (self.to - self.from);
        if self.log {
            self.low * libm::pow(self.high / self.low, part)
        } else {
            self.low + (self.high - self.low) * part
        }
    }

    /// Round numbers within the range, about one every `apart` CSS pixels, with their common step
    /// (0 on a logarithmic axis).
    pub fn ticks(&self, apart: f64) -> (Vec<f64>, f64) {
        self.ticks_by(apart, |step| step)
    }

    /// The same where there is nothing between two whole numbers: rounds, requests.
    pub fn whole_ticks(&self, apart: f64) -> (Vec<f64>, f64) {
        self.ticks_by(apart, |step| match step {
            s if s < 1.0 => 1.0,
            // 2.5 is the only step above 1 that is not whole.
            s if s.fract() > 0.0 => 5.0,
            s => s,
        })
    }

    fn ticks_by(&self, apart: f64, fit: impl Fn(f64) -> f64) -> (Vec<f64>, f64) {
        let about = ((self.to - self.from).abs() / apart).clamp(1.0, 12.0);
        if !(self.low.is_finite() && self.high.is_finite() && self.low < self.high) {
            return (Vec::new(), 0.0);
        }
        let decades = libm::log10(self.high / self.low);
        if self.log && self.low > 0.0 && decades > 0.9 {
            return (decade_ticks(self.low, self.high, decades, about), 0.0);
        }
        let step = fit(step(self.high - self.low, about));
        let first = (self.low / step - 1e-6).ceil();
        let count = ((self.high / step + 1e-6).floor() - first + 1.0).clamp(0.0, 40.0) as u32;
        ((0..count).map(|i| (first + f64::from(i)) * step).collect(), step)
    }
}

fn decade_ticks(low: f64, high: f64, decades: f64, about: f64) -> Vec<f64> {
    let every = (decades / about).ceil().max(1.0);
    let parts: &[f64] = if decades * 3.0 <= about + 1.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let mut ticks = Vec::new();
    let mut decade = (libm::log10(low) / every).floor() * every;
    while ticks.len() < 40 {
        let base = libm::pow(10.0, decade);
        if base > high * 1.000001 {
            break;
        }
        let fits = |v: &f64| *v >= low * 0.999999 && *v <= high * 1.000001;
        ticks.extend(parts.iter().map(|p| p * base).filter(fits));
        decade += every;
    }
    ticks
}

/// The step of 1, 2, 2.5 or 5 times a power of ten that cuts `range` into about so many parts.
pub fn step(range: f64, about: f64) -> f64 {
    let rough = range / about;
    let ten = libm::pow(10.0, libm::floor(libm::log10(rough)));
    let lead = rough / ten;
    // About the nearest by ratio, rather fewer parts than more.
    let nice = match lead {
        l if l < 1.25 => 1.0,
        l if l < 2.1 => 2.0,
        l if l < 3.1 => 2.5,
        l if l < 6.2 => 5.0,
        _ => 10.0,
    };
    nice * ten
}

/// A tick's number, with as many decimals as its step needs; a step of 0 decides for itself.
pub fn tick_label(value: f64, step: f64) -> String {
    let size = value.abs().max(step);
    if value == 0.0 {
        return "0".into();
    }
    if size >= 1e10 || (value.abs() < 1e-4 && step < 1e-4) {
        return signed(&format!("{value:.1e}").replace(".0e", "e"));
    }
    let (value, step, unit) = match size {
        s if s >= 1e9 => (value / 1e9, step / 1e9, "G"),
        s if s >= 1e6 => (value / 1e6, step / 1e6, "M"),
        s if s >= 1e4 => (value / 1e3, step / 1e3, "k"),
        _ => (value, step, ""),
    };
    let step = if step > 0.0 { step } else { value.abs() };
    // The fewest decimals that show the step in full.
    let decimals = (0..6)
        .find(|&d| {
            let shown = step * libm::pow(10.0, f64::from(d));
            (shown - shown.round()).abs() < 1e-4 * shown.max(1e-9) && shown >= 0.99
        })
        .unwrap_or(6);
    signed(&format!("{value:.0$}{unit}", decimals as usize))
}

/// A measured value for a person to read: four digits, tabular.
pub fn reading(value: f64) -> String {
    let size = value.abs();
    signed(&match () {
        _ if !value.is_finite() => "–".to_string(),
        _ if size == 0.0 => "0".to_string(),
        _ if !(1e-4..1e7).contains(&size) => format!("{value:.2e}"),
        _ if value.fract() == 0.0 && size < 1e6 => format!("{value:.0}"),
        _ if size >= 1000.0 => format!("{value:.0}"),
        _ if size >= 100.0 => format!("{value:.1}"),
        _ if size >= 10.0 => format!("{value:.2}"),
        _ if size >= 0.01 => format!("{value:.3}"),
        _ => format!("{value:.5}"),
    })
}

fn signed(number: &str) -> String {
    number.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(low: f64, high: f64, log: bool, expected: &[&str]) {
        let scale = Scale { low, high, log, from: 200.0, to: 0.0 };
        let (ticks, step) = scale.ticks(45.0);
        let labels: Vec<String> = ticks.iter().map(|t| tick_label(*t, step)).collect();
        assert_eq!(labels, expected, "{low}..{high}");
        for tick in ticks {
            assert!((scale.value(scale.place(tick)) - tick).abs() < 1e-9 * high.abs());
        }
    }

    #[test]
    fn ticks_are_few_and_round() {
        check(0.0, 1.0, false, &["0", "0.25", "0.50", "0.75", "1.00"]);
        check(0.1, 0.6, false, &["0.1", "0.2", "0.3", "0.4", "0.5", "0.6"]);
        check(-3.0, 3.0, false, &["−2", "0", "2"]);
        check(0.0, 50_000.0, false, &["0", "10k", "20k", "30k", "40k", "50k"]);
        check(0.0, 2.0e-7, false, &["0", "5e−8", "1e−7", "1.5e−7", "2e−7"]);
        check(0.001, 1000.0, true, &["0.01", "1", "100"]);
        check(1.0, 10.0, true, &["1", "2", "5", "10"]);
    }

    #[test]
    fn whole_ticks_have_no_halves() {
        for (high, expected) in [
            (12.0, ["0", "5", "10"].as_slice()),
            (2.0, &["0", "1", "2"]),
            (250.0, &["0", "50", "100", "150", "200", "250"]),
        ] {
            let scale = Scale { low: 0.0, high, log: false, from: 0.0, to: 200.0 };
            let (ticks, step) = scale.whole_ticks(45.0);
            let labels: Vec<String> = ticks.iter().map(|t| tick_label(*t, step)).collect();
            assert_eq!(labels, expected, "0..{high}");
        }
    }

    #[test]
    fn no_range_has_no_ticks() {
        for (low, high) in [(1.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            let scale = Scale { low, high, log: false, from: 0.0, to: 100.0 };
            assert!(scale.ticks(40.0).0.is_empty());
        }
    }

    #[test]
    fn readings_keep_their_digits() {
        let read = [1.2345, -0.031, 84.0, 1.0e-9, f64::NAN, 12345.6].map(reading);
        assert_eq!(read, ["1.234", "−0.031", "84", "1.00e−9", "–", "12346"]);
    }
}
