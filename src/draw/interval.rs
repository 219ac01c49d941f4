//! The small pictures beside words: the interval of a claim, and a curve no larger than a word.

use crate::pen::{Drawn, Pen, on};
use crate::places::Rect;
use crate::scale::Scale;
use crate::{DrawError, Look};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters_backend::DrawingBackend;

/// An effect with its interval, beside what it is held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
    pub against: Against,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Against {
    /// A dashed line at a value, mostly 0.
    Line(f64),
    /// A band that the effect has to lie in.
    Band(f64, f64),
    /// Nothing: the interval alone.
    Nothing,
}

const PAD: f64 = 8.0;

/// Dot and whisker on one line, the reference dashed. Draws nothing where a number is missing.
pub fn interval<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    interval: &Interval,
    look: &Look,
) -> Result<(), DrawError> {
    on(area, |pen| paint(pen, interval, look))
}

fn paint(pen: &mut Pen, i: &Interval, look: &Look) -> Drawn {
    let against = match i.against {
        Against::Line(at) => [at, at],
        Against::Band(from, to) => [from.min(to), from.max(to)],
        Against::Nothing => [i.mean, i.mean],
    };
    let all = [i.mean, i.low, i.high, against[0], against[1]];
    if !all.iter().all(|v| v.is_finite()) || pen.w < 3.0 * PAD {
        return Ok(());
    }
    let low = all.iter().copied().fold(f64::INFINITY, f64::min);
    let high = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let room = if high > low { (high - low) * 0.06 } else { high.abs().max(1.0) };
    let scale =
        Scale { low: low - room, high: high + room, log: false, from: PAD, to: pen.w - PAD };
    let (y, h) = (pen.h / 2.0, pen.h);
    let [from, to] = against.map(|v| scale.place(v));
    let muted = look.theme.muted();
    let upright = |x: f64| [(x, 1.0), (x, h - 1.0)];
    match i.against {
        Against::Line(_) => pen.dashed(&upright(from), &[2.0, 2.0], 1.0, muted)?,
        Against::Band(..) => {
            pen.rect(Rect::new(from, 1.0, to - from, h - 2.0), look.theme.accent().alpha(0.14))?;
            pen.dashed(&upright(from), &[2.0, 2.0], 1.0, look.theme.accent())?;
            pen.dashed(&upright(to), &[2.0, 2.0], 1.0, look.theme.accent())?;
        }
        Against::Nothing => {}
    }
    let ink = look.theme.ink();
    pen.line((scale.place(i.low), y), (scale.place(i.high), y), 2.0, ink)?;
    pen.disc(scale.place(i.mean), y, 4.25, ink)
}

/// A curve without axes in the arm's color, its last value as a dot. Gaps where values are missing.
pub fn sparkline<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    values: &[f64],
    look: &Look,
) -> Result<(), DrawError> {
    on(area, |pen| spark(pen, values, look))
}

fn spark(pen: &mut Pen, values: &[f64], look: &Look) -> Drawn {
    let finite = || values.iter().copied().filter(|v| v.is_finite());
    let (low, high) =
        (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    if low > high {
        return Ok(());
    }
    let room = if high > low { 0.0 } else { 1.0 };
    let across = Scale {
        low: 0.0,
        high: (values.len().max(2) - 1) as f64,
        log: false,
        from: 2.0,
        to: pen.w - 3.0,
    };
    let up = Scale { low: low - room, high: high + room, log: false, from: pen.h - 3.0, to: 3.0 };
    let color = look.tone(0);
    // At most two values a pixel.
    let every = (values.len() as f64 / (pen.w * 2.0)).ceil().max(1.0) as usize;
    let last = values.len() - 1;
    let place = |i: usize| (across.place(i as f64), up.place(values[i]));
    let kept = (0..values.len()).filter(|i| i % every == 0 || *i == last);
    let mut run: Vec<(f64, f64)> = Vec::with_capacity(values.len() / every + 2);
    for i in kept {
        if values[i].is_finite() {
            run.push(place(i));
        } else {
            pen.path(run.drain(..), 1.5, color)?;
        }
    }
    pen.path(run.drain(..), 1.5, color)?;
    if values[last].is_finite() {
        let (x, y) = place(last);
        pen.disc(x, y, 2.0, color)?;
    }
    Ok(())
}
