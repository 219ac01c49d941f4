//! What the axes of a chart span.

use super::Curves;
use crate::scale::step;

pub(super) fn rounds(curves: &Curves) -> (f64, f64) {
    match curves.zoom {
        Some(((low, high), _)) if low.is_finite() && high.is_finite() && low < high => (low, high),
        _ => (0.0, f64::from(curves.rounds_max.max(1))),
    }
}

/// The shown values that have a place on the axis: means, or the ends of bands, of all shown series.
fn shown<'a>(curves: &'a Curves, bands: bool) -> impl Iterator<Item = f64> + 'a {
    let (first, last) = rounds(curves);
    let series = curves.series.iter().filter(move |s| !s.hidden && (!bands || s.banded()));
    let all = series.flat_map(move |s| {
        let inside = move |i: &usize| (first..=last).contains(&f64::from(s.rounds[*i]));
        let ends = move |i: usize| if bands { [s.low[i], s.high[i]] } else { [s.mean[i]; 2] };
        (0..s.len()).filter(inside).flat_map(ends)
    });
    all.filter(|v| v.is_finite() && (!curves.log || *v > 0.0))
}

fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// A band that is wide for a moment (the first rounds of few seeds) must not flatten the rest: when 31 of 32 ends of
/// bands fit into half of the range that all would need, that half is the range, and the band is cut at the frame.
fn trimmed(curves: &Curves, means: (f64, f64), all: (f64, f64)) -> (f64, f64) {
    const BINS: usize = 64;
    let span = all.1 - all.0;
    if curves.log || span <= 0.0 || !span.is_finite() {
        return all;
    }
    let (mut counts, mut total) = ([0u32; BINS], 0u32);
    for v in shown(curves, true) {
        counts[(((v - all.0) / span * BINS as f64) as usize).min(BINS - 1)] += 1;
        total += 1;
    }
    let few = total / 64;
    let cut = |bins: &mut dyn Iterator<Item = usize>| {
        let mut seen = 0;
        bins.take_while(|bin| {
            seen += counts[*bin];
            seen <= few
        })
        .count()
    };
    let (below, above) = (cut(&mut (0..BINS)), cut(&mut (0..BINS).rev()));
    let low = (all.0 + span * below as f64 / BINS as f64).min(means.0);
    let high = (all.1 - span * above as f64 / BINS as f64).max(means.1);
    if (high - low) <= span / 2.0 { (low, high) } else { all }
}

/// The range of values: that of the zoom, or of all shown means and bands, widened to round numbers, so that
/// the axis stands still while a run goes on.
pub(super) fn values(curves: &Curves, height: f64) -> (f64, f64) {
    if let Some((_, (low, high))) = curves.zoom
        && low.is_finite()
        && high.is_finite()
        && low < high
        && (!curves.log || low > 0.0)
    {
        return (low, high);
    }
    let means = extent(shown(curves, false));
    let bands = extent(shown(curves, true));
    let (low, high) = trimmed(curves, means, (means.0.min(bands.0), means.1.max(bands.1)));
    if low > high {
        return if curves.log { (1.0, 10.0) } else { (0.0, 1.0) };
    }
    if curves.log {
        return if high / low > 1.1 { (low / 1.05, high * 1.05) } else { (low / 2.0, high * 2.0) };
    }
    let span = high - low;
    // All one value, or a difference below what the numbers carry.
    if !span.is_finite() || span <= high.abs().max(low.abs()) * 1e-9 {
        let room = if high == 0.0 { 1.0 } else { high.abs() * 0.1 };
        return if span.is_finite() { (low - room, high + room) } else { (-1e300, 1e300) };
    }
    let step = step(span, (height / 45.0).clamp(2.0, 6.0)) / 2.0;
    ((low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curves::Series;

    /// Means fall from 2 to 1 over 40 rounds; the interval is +-`wide` in the first round and +-0.1 after it.
    fn range(wide: f64) -> (f64, f64) {
        let rounds: Vec<u32> = (1..=40).collect();
        let mean: Vec<f64> = rounds.iter().map(|r| 2.0 - f64::from(*r) / 40.0).collect();
        let off = |r: u32| if r == 1 { wide } else { 0.1 };
        let ends = |sign: f64| -> Vec<f64> {
            rounds.iter().zip(&mean).map(|(r, m)| m + sign * off(*r)).collect()
        };
        let (low, high) = (ends(-1.0), ends(1.0));
        let series =
            Series { rounds: &rounds, mean: &mean, low: &low, high: &high, ..Series::default() };
        values(&Curves { series: vec![series], rounds_max: 40, ..Curves::default() }, 200.0)
    }

    #[test]
    fn one_wide_interval_does_not_flatten_the_curves() {
        let (low, high) = range(8.0);
        assert!((0.4..=0.9).contains(&low) && (2.1..=3.0).contains(&high), "{low} to {high}");
    }

    #[test]
    fn intervals_of_a_usual_width_are_all_on_the_chart() {
        let (low, high) = range(0.4);
        assert!(low <= 0.875 && high >= 2.375, "{low} to {high}");
    }
}
