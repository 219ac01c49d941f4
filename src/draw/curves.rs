//! One chart a metric: the mean of each arm as a line, its 95 % interval as a band.

use crate::pen::{Drawn, Pen, on};
use crate::places::{Rect, clipped};
use crate::scale::{Scale, tick_label};
use crate::text::Side;
use crate::theme::{Color, arm_dash, arm_shape};
use crate::{DrawError, Look};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters_backend::DrawingBackend;

mod range;
use range::{rounds, values};

/// What a chart shows. Built anew for each painting; it borrows everything long.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves<'a> {
    pub label: &'a str,
    pub unit: &'a str,
    pub series: Vec<Series<'a>>,
    /// The axis of rounds runs from 0 to here.
    pub rounds_max: u32,
    /// Logarithmic values; what is not above 0 leaves a gap.
    pub log: bool,
    /// The part to show instead: rounds (low, high) and values (low, high).
    pub zoom: Option<((f64, f64), (f64, f64))>,
    /// The round whose values are being read: a line, and a marker on each curve.
    pub cursor: Option<f64>,
}

/// One arm. The columns are equally long (what is longer is not read); `rounds` rise. A value that is not
/// finite leaves a gap. `low` and `high` may be empty: then there is no band.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series<'a> {
    /// The arm's place among the arms of its system.
    pub arm: usize,
    pub label: &'a str,
    pub rounds: &'a [u32],
    pub mean: &'a [f64],
    pub low: &'a [f64],
    pub high: &'a [f64],
    pub hidden: bool,
}

/// One arm's values at a round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading<'a> {
    pub arm: usize,
    pub label: &'a str,
    /// The recorded round nearest to the asked one.
    pub round: u32,
    pub mean: f64,
    /// Not a number where there is no interval.
    pub low: f64,
    pub high: f64,
}

impl<'a> Series<'a> {
    fn len(&self) -> usize {
        self.rounds.len().min(self.mean.len())
    }

    fn banded(&self) -> bool {
        self.low.len() >= self.len() && self.high.len() >= self.len() && self.len() > 0
    }

    /// The place of the recorded round nearest to `round`.
    fn nearest(&self, round: f64) -> Option<usize> {
        let rounds = &self.rounds[..self.len()];
        let after = rounds.partition_point(|&r| f64::from(r) < round);
        let away = |i: &usize| (f64::from(rounds[*i]) - round).abs();
        [after.checked_sub(1), (after < rounds.len()).then_some(after)]
            .into_iter()
            .flatten()
            .min_by(|a, b| away(a).total_cmp(&away(b)))
    }

    fn read(&self, i: usize) -> Reading<'a> {
        let end = |column: &[f64]| if self.banded() { column[i] } else { f64::NAN };
        Reading {
            arm: self.arm,
            label: self.label,
            round: self.rounds[i],
            mean: self.mean[i],
            low: end(self.low),
            high: end(self.high),
        }
    }
}

/// The values of every shown arm at the recorded round nearest to `round`, in the order of the series.
/// An arm that was never recorded within half a chart of it is left out: so is one that ended early.
pub fn readout<'a>(curves: &Curves<'a>, round: f64) -> Vec<Reading<'a>> {
    let shown = curves.series.iter().filter(|s| !s.hidden);
    let near = |s: &Series<'a>| {
        let i = s.nearest(round)?;
        // Metrics may be recorded sparsely: as far away as two neighbors are apart still counts.
        let gap = |a: usize, b: usize| (f64::from(s.rounds[a]) - f64::from(s.rounds[b])).abs();
        let before = if i > 0 { gap(i, i - 1) } else { 1.0 };
        let after = if i + 1 < s.len() { gap(i, i + 1) } else { before };
        let reach = before.max(after).max(1.0);
        ((f64::from(s.rounds[i]) - round).abs() <= reach).then(|| s.read(i))
    };
    shown.filter_map(near).filter(|r| r.mean.is_finite()).collect()
}

/// Where the curves stand in a picture: between CSS pixels, rounds and values.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// The inside of the axes.
    pub frame: Rect,
    pub x: Scale,
    pub y: Scale,
    x_ticks: Vec<(f64, String)>,
    y_ticks: Vec<(f64, String)>,
    tall: bool,
}

impl Plot {
    pub fn new(curves: &Curves, look: &Look, (w, h): (f64, f64)) -> Plot {
        let (small, size) = (look.mini, look.text);
        let tall = !small && h >= 90.0 && w >= 110.0;
        let top = if tall { size + 12.0 } else { 4.0 };
        let bottom = if tall { size + 10.0 } else { 4.0 };
        let mut frame = Rect::new(0.0, 0.0, w, h).inset(4.0, top, 6.0, bottom);
        let (low, high) = values(curves, frame.h);
        let mut y = Scale { low, high, log: curves.log, from: frame.bottom(), to: frame.y };
        let apart = (frame.h / 4.0).clamp(26.0, 60.0);
        let (ticks, step) = y.ticks(apart);
        let y_ticks: Vec<(f64, String)> =
            ticks.into_iter().map(|v| (v, tick_label(v, step))).collect();
        if tall {
            let number = look.number();
            let room = y_ticks.iter().map(|(_, t)| number.width(t)).fold(14.0, f64::max) + 8.0;
            frame = frame.inset(room.min(w * 0.35), 0.0, 6.0, 0.0);
        }
        let (low, high) = rounds(curves);
        let x = Scale { low, high, log: false, from: frame.x, to: frame.right() };
        let (ticks, step) = x.whole_ticks(62.0);
        let x_ticks = ticks.into_iter().map(|v| (v, tick_label(v, step))).collect();
        y.from = frame.bottom();
        Plot { frame, x, y, x_ticks, y_ticks, tall }
    }

    pub fn round_to_x(&self, round: f64) -> f64 {
        self.x.place(round)
    }

    /// The round (not rounded) at a place, held within the axis.
    pub fn x_to_round(&self, x: f64) -> f64 {
        self.x.value(x.clamp(self.frame.x, self.frame.right()))
    }

    pub fn value_to_y(&self, value: f64) -> f64 {
        self.y.place(value)
    }

    pub fn y_to_value(&self, y: f64) -> f64 {
        self.y.value(y.clamp(self.frame.y, self.frame.bottom()))
    }

    pub fn holds(&self, x: f64, y: f64) -> bool {
        self.frame.holds(x, y)
    }

    /// The zoom that a drag between two places asks for; none when it is too small to be meant.
    pub fn zoom(&self, from: (f64, f64), to: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
        let (wide, high) = ((from.0 - to.0).abs() >= 6.0, (from.1 - to.1).abs() >= 6.0);
        let span = |a: f64, b: f64| (a.min(b), a.max(b));
        let rounds = span(self.x_to_round(from.0), self.x_to_round(to.0));
        let values = span(self.y_to_value(from.1), self.y_to_value(to.1));
        // A flat drag chooses rounds alone, a narrow one values alone.
        let all = |scale: &Scale| (scale.low, scale.high);
        match (wide && rounds.1 > rounds.0, high && values.1 > values.0) {
            (true, true) => Some((rounds, values)),
            (true, false) => Some((rounds, all(&self.y))),
            (false, true) => Some((all(&self.x), values)),
            (false, false) => None,
        }
    }
}

/// Draws the chart over the whole area.
pub fn curves<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    curves: &Curves,
    look: &Look,
) -> Result<(), DrawError> {
    on(area, |pen| paint(pen, curves, look))
}

fn paint(pen: &mut Pen, curves: &Curves, look: &Look) -> Drawn {
    if pen.w < 24.0 || pen.h < 24.0 {
        return Ok(());
    }
    let plot = Plot::new(curves, look, (pen.w, pen.h));
    axes(pen, curves, look, &plot)?;
    let shown = || curves.series.iter().filter(|s| !s.hidden);
    let mut scratch = Vec::with_capacity(2 * plot.frame.w as usize + 8);
    for series in shown().filter(|s| s.banded()) {
        band(pen, series, look, &plot, &mut scratch)?;
    }
    for series in shown() {
        line(pen, series, look, &plot, &mut scratch)?;
    }
    match curves.cursor {
        Some(round) if !look.mini => crosshair(pen, curves, look, &plot, round),
        _ => Ok(()),
    }
}

fn axes(pen: &mut Pen, curves: &Curves, look: &Look, plot: &Plot) -> Drawn {
    let f = plot.frame;
    if look.mini {
        return pen.line((f.x, f.bottom()), (f.right(), f.bottom()), 1.0, look.theme.line());
    }
    for (value, label) in &plot.y_ticks {
        let y = plot.y.place(*value);
        pen.line((f.x, y), (f.right(), y), 0.75, look.theme.line())?;
        if plot.tall {
            pen.text(label, f.x - 7.0, y, look.number().side(Side::Right))?;
        }
    }
    if !plot.tall {
        return Ok(());
    }
    pen.line((f.x, f.bottom()), (f.right(), f.bottom()), 0.75, look.theme.muted().alpha(0.6))?;
    let below = f.bottom() + look.text / 2.0 + 6.0;
    let name = look.label().side(Side::Right);
    let room = name.width("round") + 8.0;
    pen.text("round", f.right(), below, name)?;
    for (value, label) in &plot.x_ticks {
        let (x, half) = (plot.x.place(*value), look.number().width(label) / 2.0);
        pen.line((x, f.bottom()), (x, f.bottom() + 3.0), 0.75, look.theme.muted().alpha(0.6))?;
        if x + half <= f.right() - room {
            pen.text(label, x, below, look.number().side(Side::Middle))?;
        }
    }
    let above = look.text / 2.0 + 3.0;
    let unit = look.label().side(Side::Right);
    pen.fitted(curves.unit, f.right(), above, f.w * 0.4, unit)?;
    let left = unit.width(curves.unit).min(f.w * 0.4) + 10.0;
    pen.fitted(curves.label, f.x, above, f.w - left, look.heading())
}

/// The shown part of a column of a series as places, at most two a pixel: the smallest and the largest value of
/// each column of pixels, in the order in which they came. A y that is not a number marks a gap.
fn thinned(series: &Series, values: &[f64], plot: &Plot, out: &mut Vec<(f64, f64)>) {
    out.clear();
    let rounds = &series.rounds[..series.len()];
    // One point beyond each edge, so that a zoomed line reaches it.
    let first = rounds.partition_point(|&r| f64::from(r) < plot.x.low).saturating_sub(1);
    let last = (rounds.partition_point(|&r| f64::from(r) <= plot.x.high) + 1).min(rounds.len());
    let crowded = last.saturating_sub(first) as f64 > plot.frame.w * 2.0;
    // The column being filled, and how many points of `out` are its.
    let (mut column, mut held) = (f64::NAN, 0);
    for i in first..last {
        let at = (plot.x.place(rounds[i].into()), plot.y.place(values[i]));
        let at = if at.1.is_finite() { at } else { (at.0, f64::NAN) };
        if !crowded || at.1.is_nan() || column != at.0.floor() {
            (column, held) = (if at.1.is_nan() { f64::NAN } else { at.0.floor() }, 1);
            out.push(at);
        } else if held == 1 {
            held = 2;
            out.push(at);
        } else {
            let n = out.len();
            let (a, b) = (out[n - 2].1, out[n - 1].1);
            let (beyond_b, beyond_a) =
                if a <= b { (at.1 > b, at.1 < a) } else { (at.1 < b, at.1 > a) };
            if beyond_a {
                out[n - 2] = out[n - 1];
            }
            if beyond_a || beyond_b {
                out[n - 1] = at;
            }
        }
    }
}

fn line(
    pen: &mut Pen,
    series: &Series,
    look: &Look,
    plot: &Plot,
    scratch: &mut Vec<(f64, f64)>,
) -> Drawn {
    let color = look.theme.arm(series.arm);
    let width = if look.mini { 1.5 } else { 1.75 };
    thinned(series, series.mean, plot, scratch);
    // A value with gaps on both sides has no line: a dot shows it. So does a series of one value.
    for i in 0..scratch.len() {
        let gap = |at: Option<&(f64, f64)>| at.is_none_or(|p| p.1.is_nan());
        let (x, y) = scratch[i];
        let before = i.checked_sub(1).and_then(|b| scratch.get(b));
        if gap(before) && gap(scratch.get(i + 1)) && plot.frame.holds(x, y) {
            pen.disc(x, y, 2.0, color)?;
        }
    }
    // Dashes over a curve that crosses itself within a pixel only make noise: they follow the drawn path.
    let dash = arm_dash(series.arm);
    clipped(scratch, &plot.frame, |run| pen.dashed(run, dash, width, color))
}

fn band(
    pen: &mut Pen,
    series: &Series,
    look: &Look,
    plot: &Plot,
    scratch: &mut Vec<(f64, f64)>,
) -> Drawn {
    let mut under = Vec::with_capacity(scratch.capacity());
    thinned(series, series.high, plot, scratch);
    thinned(series, series.low, plot, &mut under);
    let ink = look.theme.arm(series.arm).alpha(if look.theme == crate::Theme::Light {
        0.15
    } else {
        0.2
    });
    let f = plot.frame;
    let held = |&(x, y): &(f64, f64)| (x.clamp(f.x, f.right()), y.clamp(f.y, f.bottom()));
    let runs = |points: &'_ [(f64, f64)]| -> Vec<(usize, usize)> {
        let mut runs = Vec::new();
        let mut start = 0;
        for i in 0..=points.len() {
            if points.get(i).is_none_or(|p| p.1.is_nan()) {
                if i > start + 1 {
                    runs.push((start, i));
                }
                start = i + 1;
            }
        }
        runs
    };
    // Above and below have their gaps at the same rounds, but for values that a logarithm cannot show.
    for ((a, b), (c, d)) in runs(scratch).into_iter().zip(runs(&under)) {
        let outline = scratch[a..b].iter().chain(under[c..d].iter().rev());
        pen.polygon(outline.map(held), ink)?;
    }
    Ok(())
}

fn crosshair(pen: &mut Pen, curves: &Curves, look: &Look, plot: &Plot, round: f64) -> Drawn {
    let f = plot.frame;
    let x = plot.x.place(round);
    if !(f.x..=f.right()).contains(&x) {
        return Ok(());
    }
    pen.line((x, f.y), (x, f.bottom()), 1.0, look.theme.muted())?;
    for reading in readout(curves, round) {
        let (x, y) = (plot.x.place(reading.round.into()), plot.y.place(reading.mean));
        if f.holds(x, y) {
            marker(pen, look, reading.arm, x, y)?;
        }
    }
    Ok(())
}

fn marker(pen: &mut Pen, look: &Look, arm: usize, x: f64, y: f64) -> Drawn {
    let color: Color = look.theme.arm(arm);
    pen.shape(arm_shape(arm), x, y, 5.5, look.ground())?;
    pen.shape(arm_shape(arm), x, y, 3.75, color)
}
