//! The two axes of a scatter: few numbers, hairlines, names and units.

use crate::Look;
use crate::pen::{Drawn, Pen};
use crate::places::Rect;
use crate::scale::{Scale, tick_label};
use crate::text::Side;
use lexicon::scene::Axis;

pub(crate) struct Axes {
    /// The inside.
    pub frame: Rect,
    across: Vec<(f64, String)>,
    up: Vec<(f64, String)>,
    across_name: String,
    up_name: String,
}

impl Axes {
    pub fn new(across: &Axis, up: &Axis, look: &Look, room: Rect) -> Axes {
        let (names, numbers) =
            (room.h >= 100.0 && room.w >= 120.0, room.h >= 70.0 && room.w >= 90.0);
        let (across_name, up_name) = (axis_name(across), axis_name(up));
        let line = look.text + 6.0;
        let top = if names && !up_name.is_empty() { line + 5.0 } else { 6.0 };
        let bottom = match numbers {
            true if names && !across_name.is_empty() && room.h >= 150.0 => 2.0 * line + 1.0,
            true => line + 1.0,
            false => 3.0,
        };
        let mut frame = room.inset(3.0, top, 14.0, bottom);
        let up_ticks = labels(up, frame.bottom(), frame.y, (frame.h / 4.0).clamp(26.0, 60.0));
        if numbers {
            let widest = up_ticks.iter().map(|(_, t)| look.number().width(t)).fold(12.0, f64::max);
            frame = frame.inset((widest + 8.0).min(room.w * 0.3), 0.0, 0.0, 0.0);
        }
        let across_ticks = labels(across, frame.x, frame.right(), 62.0);
        let kept = |ticks| if numbers { ticks } else { Vec::new() };
        Axes {
            frame,
            across: kept(across_ticks),
            up: kept(up_ticks),
            across_name: if names { across_name } else { String::new() },
            up_name: if names { up_name } else { String::new() },
        }
    }
}

pub(crate) fn axis_name(axis: &Axis) -> String {
    match (axis.label.is_empty(), axis.unit.is_empty()) {
        (_, true) => axis.label.clone(),
        // “Clients, clients” says it twice.
        _ if axis.label.eq_ignore_ascii_case(&axis.unit) => axis.label.clone(),
        (true, false) => axis.unit.clone(),
        (false, false) => format!("{}, {}", axis.label, axis.unit),
    }
}

/// Places and texts of the ticks of an axis.
pub(crate) fn labels(axis: &Axis, from: f64, to: f64, apart: f64) -> Vec<(f64, String)> {
    let scale = Scale::of(axis, from, to);
    let (values, step) = scale.ticks(apart);
    values.into_iter().map(|v| (scale.place(v), tick_label(v, step))).collect()
}

pub(crate) fn paint(pen: &mut Pen, axes: &Axes, look: &Look) -> Drawn {
    let f = axes.frame;
    let (grid, edge) = (look.theme.line(), look.theme.muted().alpha(0.6));
    for (y, label) in &axes.up {
        pen.line((f.x, *y), (f.right(), *y), 0.75, grid)?;
        pen.text(label, f.x - 6.0, *y, look.number().side(Side::Right))?;
    }
    pen.line((f.x, f.bottom()), (f.right(), f.bottom()), 0.75, edge)?;
    let below = f.bottom() + look.text / 2.0 + 5.0;
    let (mut free, number) = (f64::NEG_INFINITY, look.number().side(Side::Middle));
    for (x, label) in &axes.across {
        pen.line((*x, f.bottom()), (*x, f.bottom() + 3.0), 0.75, edge)?;
        let half = number.width(label) / 2.0;
        if x - half >= free && x + half <= pen.w {
            pen.text(label, *x, below, number)?;
            free = x + half + 6.0;
        }
    }
    let name = look.label();
    if below + look.text * 1.8 <= pen.h + 2.0 {
        let y = below + look.text + 5.0;
        pen.fitted(&axes.across_name, f.right(), y, f.w, name.side(Side::Right))?;
    }
    pen.fitted(&axes.up_name, 3.0, look.text / 2.0 + 3.0, pen.w - 6.0, name)
}
