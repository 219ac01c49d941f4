//! Agents in the plane, or a scatter with axes; curves of theory beside it.

use crate::axes::{self, Axes};
use crate::pen::{Drawn, Pen};
use crate::places::{Rect, Spots, clipped};
use crate::scale::{Scale, reading};
use crate::text::Side;
use crate::theme::{arm_dash, arm_shape, tone_shape};
use crate::{Found, Look, Outline, interval_at, named};
use lexicon::scene::Field;

pub(crate) struct Layout {
    frame: Rect,
    x: Scale,
    y: Scale,
    radius: f64,
    axes: Option<Axes>,
}

impl Layout {
    pub fn new(s: &Field, look: &Look, (w, h): (f64, f64)) -> Layout {
        let whole = Rect::new(0.0, 0.0, w, h);
        let [across, up] = &s.axes;
        let (frame, axes) = if s.scatter && !look.mini {
            let axes = Axes::new(across, up, look, whole);
            (axes.frame, Some(axes))
        } else {
            (plane(s, whole.inset(5.0, 5.0, 5.0, 5.0), look.mini), None)
        };
        let marks = s.x.len().max(1) as f64;
        let small = w.min(h);
        let most = if s.heading.is_empty() {
            (small * 0.012).clamp(3.25, 5.0)
        } else {
            (small * 0.02).clamp(5.0, 9.0)
        };
        let radius = (0.3 * (frame.w * frame.h / marks).sqrt()).clamp(1.25, most);
        Layout {
            frame,
            x: Scale::of(across, frame.x, frame.right()),
            y: Scale::of(up, frame.bottom(), frame.y),
            radius,
            axes,
        }
    }

    fn place(&self, s: &Field, i: usize) -> Option<(f64, f64)> {
        let (x, y) = (self.x.place(s.x[i].into()), self.y.place(s.y[i].into()));
        // A hair beyond the edge is rounding, not outside.
        (x >= self.frame.x - 0.5
            && x <= self.frame.right() + 0.5
            && y >= self.frame.y - 0.5
            && y <= self.frame.bottom() + 0.5)
            .then_some((x, y))
    }

    fn size(&self, s: &Field, i: usize) -> f64 {
        let size = s.size.get(i).copied().unwrap_or(1.0);
        self.radius * f64::from(if size.is_finite() { size.clamp(0.2, 5.0) } else { 1.0 })
    }
}

/// A plane keeps its proportions, or headings would lie. A miniature may be cropped to a band instead.
fn plane(s: &Field, room: Rect, mini: bool) -> Rect {
    let [across, up] = &s.axes;
    let ratio = f64::from(across.high - across.low) / f64::from(up.high - up.low);
    if s.scatter || mini || !(ratio.is_finite() && (0.05..20.0).contains(&ratio)) {
        return room;
    }
    let (w, h) = (room.w.min(room.h * ratio), room.h.min(room.w / ratio));
    Rect::new(room.x + (room.w - w) / 2.0, room.y + (room.h - h) / 2.0, w, h)
}

fn tone(s: &Field, i: usize) -> u8 {
    s.tone.get(i).copied().unwrap_or(0).min(7)
}

pub(crate) fn paint(pen: &mut Pen, s: &Field, look: &Look) -> Drawn {
    let layout = Layout::new(s, look, (pen.w, pen.h));
    match &layout.axes {
        Some(axes) => axes::paint(pen, axes, look)?,
        None if s.scatter || look.mini => {}
        None => pen.frame(layout.frame.inset(-3.0, -3.0, -3.0, -3.0), 0.75, look.theme.line())?,
    }
    if s.scatter && s.from.is_empty() {
        // What is measured lies under what is claimed of it.
        marks(pen, s, look, &layout)?;
        lines(pen, s, look, &layout)?;
    } else {
        lines(pen, s, look, &layout)?;
        intervals(pen, s, look, &layout)?;
        marks(pen, s, look, &layout)?;
    }
    if look.mini { Ok(()) } else { labels(pen, s, look, &layout) }
}

fn marks(pen: &mut Pen, s: &Field, look: &Look, layout: &Layout) -> Drawn {
    let crowd = s.x.len() as f64 / (layout.frame.w * layout.frame.h / 1000.0).max(1.0);
    // Points on top of each other add up to a density.
    let alpha = if s.scatter { (1.0 / (1.0 + crowd * 0.12)).clamp(0.35, 0.85) } else { 1.0 };
    let mut seen = [false; 8];
    (0..s.x.len()).for_each(|i| seen[tone(s, i) as usize] = true);
    for t in (0..8u8).filter(|&t| seen[t as usize]) {
        let ink = look.tone(t).alpha(alpha);
        for i in (0..s.x.len()).filter(|&i| tone(s, i) == t) {
            let Some((x, y)) = layout.place(s, i) else { continue };
            let r = layout.size(s, i);
            match s.heading.get(i) {
                Some(heading) if heading.is_finite() => {
                    dart(pen, x, y, r, (*heading).into(), t, ink)?
                }
                _ if look.by_arm => pen.shape(arm_shape(t.into()), x, y, r, ink)?,
                _ => pen.shape(tone_shape(t), x, y, r, ink)?,
            }
        }
    }
    Ok(())
}

/// A thin line through each mark. Those of several arms stand beside each other, or one would hide the others.
fn intervals(pen: &mut Pen, s: &Field, look: &Look, layout: &Layout) -> Drawn {
    if look.mini {
        return Ok(());
    }
    let f = layout.frame;
    for (i, (from, to)) in s.from.iter().zip(&s.to).enumerate() {
        let (low, high) = (layout.y.place((*from).into()), layout.y.place((*to).into()));
        let Some((x, _)) = layout.place(s, i).filter(|_| low.is_finite() && high.is_finite())
        else {
            continue;
        };
        let t = tone(s, i);
        let x = if look.by_arm { x + 3.0 * (f64::from(t % 3) - 1.0) } else { x };
        let (low, high) = (low.clamp(f.y, f.bottom()), high.clamp(f.y, f.bottom()));
        let ink = look.tone(t).alpha(0.7);
        pen.line((x, low), (x, high), 1.25, ink)?;
        for end in [low, high] {
            pen.line((x - 2.5, end), (x + 2.5, end), 1.25, ink)?;
        }
    }
    Ok(())
}

/// An agent that looks where it goes: a dart, notched behind but for the tones of odd number, so that classes
/// differ in shape too.
fn dart(
    pen: &mut Pen,
    x: f64,
    y: f64,
    r: f64,
    heading: f64,
    tone: u8,
    ink: crate::pen::Ink,
) -> Drawn {
    // Angles turn counterclockwise, as in mathematics; y of the picture goes down.
    let (sin, cos) = (libm::sin(heading), -libm::cos(heading));
    let (ahead, aside) = ((-cos, -sin), (sin, -cos));
    let at = |along: f64, across: f64| {
        let (a, b) = (along * r, across * r);
        (x + ahead.0 * a + aside.0 * b, y + ahead.1 * a + aside.1 * b)
    };
    let notch = if tone.is_multiple_of(2) { -0.35 } else { -0.95 };
    pen.polygon([at(1.35, 0.0), at(-0.95, 0.75), at(notch, 0.0), at(-0.95, -0.75)], ink)
}

fn lines(pen: &mut Pen, s: &Field, look: &Look, layout: &Layout) -> Drawn {
    let mut points = Vec::new();
    for line in &s.lines {
        points.clear();
        points.extend(line.x.iter().zip(&line.y).map(|(x, y)| {
            let at = (layout.x.place((*x).into()), layout.y.place((*y).into()));
            if at.0.is_finite() && at.1.is_finite() { at } else { (0.0, f64::NAN) }
        }));
        let dash: &[f64] = match (look.by_arm, line.dashed) {
            (true, _) => arm_dash(line.tone.into()),
            (_, true) => &[5.0, 3.5],
            (_, false) => &[],
        };
        let ink = look.tone(line.tone);
        if s.scatter {
            // A rim of ground keeps the line apart from the points under it.
            let rim = look.ground().alpha(0.75);
            clipped(&points, &layout.frame, |run| pen.path(run.iter().copied(), 4.0, rim))?;
        }
        clipped(&points, &layout.frame, |run| pen.dashed(run, dash, 1.75, ink))?;
    }
    Ok(())
}

/// Names of lines at their right ends, then of marks; each only where it meets no other.
fn labels(pen: &mut Pen, s: &Field, look: &Look, layout: &Layout) -> Drawn {
    if pen.w < 160.0 {
        return Ok(());
    }
    let mut spots = Spots::new(layout.frame);
    let h = look.text * 1.15;
    let mut crowd = Spots::new(layout.frame);
    if s.lines.iter().any(|l| !l.label.is_empty()) {
        let marks = (0..s.x.len().min(1_000)).filter_map(|i| layout.place(s, i));
        marks.for_each(|(x, y)| crowd.take(Rect::new(x - 2.0, y - 2.0, 4.0, 4.0)));
    }
    for line in s.lines.iter().filter(|l| !l.label.is_empty()) {
        let style = crate::text::Type { color: look.theme.ink(), ..look.label() };
        let w = style.width(&line.label).min(layout.frame.w * 0.5);
        let inside = |(x, y): (&f32, &f32)| {
            let at = (layout.x.place((*x).into()), layout.y.place((*y).into()));
            (layout.frame.holds(at.0, at.1)).then_some(at)
        };
        // Along the line from its right end, above it or below it; best where no mark is.
        let ends = || line.x.iter().zip(&line.y).rev().filter_map(inside).step_by(2).take(40);
        let tries = || {
            ends().flat_map(|(x, y)| {
                let left = (x - w).max(layout.frame.x);
                let far = h * 1.4;
                [y - h - 3.0, y + 3.0, y - h - far, y + far].map(|top| Rect::new(left, top, w, h))
            })
        };
        let best = tries().find(|spot| spots.free(spot) && crowd.free(spot));
        if let Some(spot) = best.or_else(|| tries().find(|spot| spots.free(spot))) {
            spots.take(spot);
            pen.fitted(&line.label, spot.x, spot.center().1, w + 2.0, style)?;
        }
    }
    if !(1..=80).contains(&s.label.iter().filter(|l| !l.is_empty()).count()) {
        return Ok(());
    }
    for i in 0..s.x.len().min(1_000) {
        if let Some((x, y)) = layout.place(s, i) {
            let r = layout.size(s, i);
            spots.take(Rect::new(x - r, y - r, 2.0 * r, 2.0 * r));
        }
    }
    for (i, label) in s.label.iter().enumerate().filter(|(_, l)| !l.is_empty()) {
        let Some((x, y)) = layout.place(s, i) else { continue };
        let (w, r) = (look.label().width(label).min(120.0), layout.size(s, i));
        let tries = [
            (Rect::new(x + r + 3.0, y - h / 2.0, w, h), Side::Left),
            (Rect::new(x - r - 3.0 - w, y - h / 2.0, w, h), Side::Right),
            (Rect::new(x - w / 2.0, y - r - 2.0 - h, w, h), Side::Middle),
            (Rect::new(x - w / 2.0, y + r + 2.0, w, h), Side::Middle),
        ];
        if let Some((spot, _)) = tries.into_iter().find(|(spot, _)| spots.free(spot)) {
            spots.take(spot);
            pen.fitted(label, spot.x, spot.center().1, w + 2.0, look.label())?;
        }
    }
    Ok(())
}

pub(crate) fn find(s: &Field, look: &Look, size: (f64, f64), (x, y): (f64, f64)) -> Option<Found> {
    let layout = Layout::new(s, look, size);
    let away = |i: usize| {
        let (px, py) = layout.place(s, i)?;
        Some((libm::hypot(px - x, py - y) - layout.size(s, i), i))
    };
    let nearest = (0..s.x.len()).filter_map(away).min_by(|a, b| a.0.total_cmp(&b.0));
    let (_, i) = nearest.filter(|(gap, _)| *gap <= 5.0)?;
    let label = s.label.get(i).filter(|l| !l.is_empty()).cloned();
    let class = named(&s.legend, tone(s, i));
    let mut text = Vec::with_capacity(5);
    text.push((String::new(), label.unwrap_or_else(|| format!("mark {}", i + 1))));
    if let Some(class) = class {
        text.push((String::new(), class.into()));
    }
    for (axis, (value, name)) in s.axes.iter().zip([(s.x[i], "x"), (s.y[i], "y")]) {
        let name = if axis.label.is_empty() { name } else { &axis.label };
        let value = format!("{} {}", reading(value.into()), axis.unit);
        text.push((name.into(), value.trim_end().into()));
    }
    text.extend(interval_at(&s.from, &s.to, i));
    let (x, y) = layout.place(s, i)?;
    Some(Found { text, outline: Outline::Round(x, y, layout.size(s, i)) })
}
