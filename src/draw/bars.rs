//! Named amounts, upright where their names fit below, lying where they need lines of their own.

use crate::axes::{axis_name, labels};
use crate::pen::{Drawn, Pen};
use crate::places::Rect;
use crate::scale::{Scale, reading};
use crate::text::Side;
use crate::theme::tone_shape;
use crate::{Found, Look, Outline, interval_at, named};
use lexicon::scene::Bars;

pub(crate) struct Layout {
    frame: Rect,
    upright: bool,
    scale: Scale,
    ticks: Vec<(f64, String)>,
    name: String,
    /// Names of the bars are drawn.
    named: bool,
    /// Distance from bar to bar, and how thick one is.
    pitch: f64,
    thick: f64,
}

impl Layout {
    pub fn new(s: &Bars, look: &Look, (w, h): (f64, f64)) -> Layout {
        let count = s.value.len().max(1) as f64;
        let whole = Rect::new(0.0, 0.0, w, h);
        let label = look.label();
        let widest = s.label.iter().map(|l| label.width(l)).fold(0.0, f64::max);
        if look.mini {
            return Layout::upright(s, whole.inset(12.0, 12.0, 12.0, 8.0), count, false);
        }
        let (line, roomy) = (look.text + 5.0, w >= 120.0 && h >= 80.0);
        let name = if roomy { axis_name(&s.axis) } else { String::new() };
        let head = if name.is_empty() { 6.0 } else { line + 5.0 };
        let from_left = |numbers: bool| if numbers { 40.0 } else { 3.0 };
        let fits_below = widest + 6.0 <= (w - from_left(true) - 8.0) / count;
        let lines_fit = h - head - 2.0 * line >= count * (look.text + 2.0);
        if roomy && widest > 0.0 && !fits_below && lines_fit {
            let left = (widest + 10.0).min(w * 0.4);
            let frame = whole.inset(left, head, 14.0, line + 2.0);
            let scale = Scale::of(&s.axis, frame.x, frame.right());
            let ticks = labels(&s.axis, frame.x, frame.right(), 62.0);
            let pitch = frame.h / count;
            let thick = (pitch * 0.68).min(22.0);
            return Layout { frame, upright: false, scale, ticks, name, named: true, pitch, thick };
        }
        let named = roomy && widest > 0.0 && fits_below;
        let bottom = if named { line + 2.0 } else { 5.0 };
        let mut frame = whole.inset(3.0, head, 6.0, bottom);
        let mut ticks = labels(&s.axis, frame.bottom(), frame.y, (frame.h / 4.0).clamp(26.0, 60.0));
        if roomy {
            let number = look.number();
            let room = ticks.iter().map(|(_, t)| number.width(t)).fold(12.0, f64::max) + 8.0;
            frame = frame.inset(room.min(w * 0.3), 0.0, 0.0, 0.0);
        } else {
            ticks.clear();
        }
        Layout { ticks, name, named, ..Layout::upright(s, frame, count, named) }
    }

    fn upright(s: &Bars, frame: Rect, count: f64, named: bool) -> Layout {
        let pitch = frame.w / count;
        Layout {
            frame,
            upright: true,
            scale: Scale::of(&s.axis, frame.bottom(), frame.y),
            ticks: Vec::new(),
            name: String::new(),
            named,
            pitch,
            thick: (pitch * 0.68).min(56.0).max(pitch - 6.0).min(56.0),
        }
    }

    /// Where a value stands, held within the frame: a bar that goes on beyond is cut at the edge.
    fn at(&self, value: f64) -> f64 {
        let place = self.scale.place(value);
        let (a, b) = (self.scale.from, self.scale.to);
        if place.is_nan() { a } else { place.clamp(a.min(b), a.max(b)) }
    }

    fn middle(&self, bar: usize) -> f64 {
        let from = if self.upright { self.frame.x } else { self.frame.y };
        from + (bar as f64 + 0.5) * self.pitch
    }

    fn bar(&self, s: &Bars, bar: usize) -> Rect {
        let value = f64::from(s.value[bar]);
        // Bars stand on zero where there is one.
        let foot = if self.scale.log { self.scale.from } else { self.at(0.0) };
        let end = if value.is_finite() { self.at(value) } else { foot };
        let (from, to) = (foot.min(end), foot.max(end));
        let across = self.middle(bar) - self.thick / 2.0;
        if self.upright {
            Rect::new(across, from, self.thick, to - from)
        } else {
            Rect::new(from, across, to - from, self.thick)
        }
    }
}

fn tone(s: &Bars, bar: usize) -> u8 {
    s.tone.get(bar).copied().unwrap_or(0).min(7)
}

pub(crate) fn paint(pen: &mut Pen, s: &Bars, look: &Look) -> Drawn {
    let layout = Layout::new(s, look, (pen.w, pen.h));
    if !look.mini {
        axis(pen, look, &layout)?;
    }
    for t in 0..8u8 {
        let ink = look.tone(t);
        for bar in (0..s.value.len()).filter(|&b| tone(s, b) == t) {
            pen.rect(layout.bar(s, bar), ink)?;
        }
    }
    for bar in (0..s.value.len()).filter(|&b| tone(s, b) > 0) {
        hatch(pen, layout.bar(s, bar), tone(s, bar), look)?;
        let (r, down) = (layout.bar(s, bar), s.value[bar] < 0.0);
        if !look.mini && layout.thick >= 9.0 && r.w.max(r.h) >= 26.0 {
            // The shape of the tone at the foot of the bar, as it stands in the legend.
            let foot = |from: f64, to: f64| if down { to - 9.0 } else { from + 9.0 };
            let (x, y) = match layout.upright {
                true if down => (r.center().0, r.y + 9.0),
                true => (r.center().0, r.bottom() - 9.0),
                false => (foot(r.x, r.right()), r.center().1),
            };
            let (shape, half) = (tone_shape(tone(s, bar)), (layout.thick * 0.5).min(6.5));
            pen.disc(x, y, half, look.tone(tone(s, bar)))?;
            pen.shape(shape, x, y, half * 0.58, look.ground())?;
        }
    }
    whiskers(pen, s, look, &layout)?;
    if look.mini {
        return Ok(());
    }
    let zero = layout.at(0.0);
    let (f, edge) = (layout.frame, look.theme.muted().alpha(0.7));
    if layout.upright {
        pen.line((f.x, zero), (f.right(), zero), 1.0, edge)?;
    } else {
        pen.line((zero, f.y), (zero, f.bottom()), 1.0, edge)?;
    }
    names(pen, s, look, &layout)
}

fn axis(pen: &mut Pen, look: &Look, layout: &Layout) -> Drawn {
    let (f, grid) = (layout.frame, look.theme.line());
    let mut free = f64::NEG_INFINITY;
    for (at, label) in &layout.ticks {
        if layout.upright {
            pen.line((f.x, *at), (f.right(), *at), 0.75, grid)?;
            pen.text(label, f.x - 6.0, *at, look.number().side(Side::Right))?;
            continue;
        }
        pen.line((*at, f.y), (*at, f.bottom()), 0.75, grid)?;
        let half = look.number().width(label) / 2.0;
        if at - half >= free && at + half <= pen.w {
            free = at + half + 6.0;
            let y = f.bottom() + look.text / 2.0 + 4.0;
            pen.text(label, *at, y, look.number().side(Side::Middle))?;
        }
    }
    pen.fitted(&layout.name, 3.0, look.text / 2.0 + 3.0, pen.w - 6.0, look.label())
}

/// Stripes that tell the tones apart without color: direction and distance differ.
fn hatch(pen: &mut Pen, r: Rect, tone: u8, look: &Look) -> Drawn {
    let apart = [0.0, 7.0, 7.0, 4.5, 4.5, 7.0, 10.0, 10.0][tone as usize];
    if r.w < 5.0 || r.h < 5.0 || apart == 0.0 {
        return Ok(());
    }
    let ink = look.ground().alpha(0.4);
    let rising = tone % 2 == 1;
    let mut start = apart - r.h;
    while start < r.w {
        // A diagonal from the bottom at `start`, cut at both sides of the bar.
        let (from, to) = (start.max(0.0), (start + r.h).min(r.w));
        let (up_from, up_to) = (from - start, to - start);
        let y = |up: f64| if rising { r.bottom() - up } else { r.y + up };
        pen.line((r.x + from, y(up_from)), (r.x + to, y(up_to)), 1.0, ink)?;
        start += apart;
    }
    Ok(())
}

fn whiskers(pen: &mut Pen, s: &Bars, look: &Look, layout: &Layout) -> Drawn {
    let cap = (layout.thick * 0.22).clamp(1.5, 5.0);
    for (bar, (from, to)) in s.from.iter().zip(&s.to).enumerate() {
        if !(from.is_finite() && to.is_finite()) {
            continue;
        }
        let (a, b) = (layout.at((*from).into()), layout.at((*to).into()));
        let m = layout.middle(bar);
        let turn = |along: f64, across: f64| {
            if layout.upright { (m + across, along) } else { (along, m + across) }
        };
        // Light below dark: it is seen on the bar and beyond it.
        for (width, ink) in [(3.5, look.ground().alpha(0.75)), (1.5, look.theme.ink().alpha(1.0))] {
            pen.line(turn(a, 0.0), turn(b, 0.0), width, ink)?;
        }
        for end in [a, b] {
            pen.line(turn(end, -cap), turn(end, cap), 1.5, look.theme.ink())?;
        }
    }
    Ok(())
}

fn names(pen: &mut Pen, s: &Bars, look: &Look, layout: &Layout) -> Drawn {
    let f = layout.frame;
    if layout.named {
        for (bar, label) in s.label.iter().enumerate() {
            let m = layout.middle(bar);
            if layout.upright {
                let (y, style) =
                    (f.bottom() + look.text / 2.0 + 4.0, look.label().side(Side::Middle));
                pen.fitted(label, m, y, layout.pitch + 4.0, style)?;
            } else {
                pen.fitted(label, f.x - 7.0, m, f.x - 9.0, look.label().side(Side::Right))?;
            }
        }
    }
    // The value at the end of each upright bar that has room, unless an interval stands there.
    if !layout.upright || !s.from.is_empty() || layout.pitch < 34.0 {
        return Ok(());
    }
    for bar in 0..s.value.len() {
        let (r, value) = (layout.bar(s, bar), f64::from(s.value[bar]));
        let text = reading(value);
        let y = if value < 0.0 { r.bottom() + look.text * 0.7 } else { r.y - look.text * 0.65 };
        let style = crate::text::Type { color: look.theme.ink(), ..look.number() };
        let fits = y - look.text / 2.0 >= f.y - 2.0 && y + look.text / 2.0 <= f.bottom() + 1.0;
        if fits && value.is_finite() && style.width(&text) <= layout.pitch {
            pen.text(&text, layout.middle(bar), y, style.side(Side::Middle))?;
        }
    }
    Ok(())
}

pub(crate) fn find(s: &Bars, look: &Look, size: (f64, f64), (x, y): (f64, f64)) -> Option<Found> {
    let layout = Layout::new(s, look, size);
    let f = layout.frame;
    if s.value.is_empty() || !f.inset(0.0, -4.0, 0.0, -4.0).holds(x, y) {
        return None;
    }
    let along = if layout.upright { x - f.x } else { y - f.y };
    let bar = ((along / layout.pitch).max(0.0) as usize).min(s.value.len() - 1);
    let mut text = vec![(String::new(), s.label[bar].clone())];
    if let Some(class) = named(&s.legend, tone(s, bar)) {
        text.push((String::new(), class.into()));
    }
    let with_unit =
        |v: f32| format!("{} {}", reading(v.into()), s.axis.unit).trim_end().to_string();
    let axis = if s.axis.label.is_empty() { "value" } else { &s.axis.label };
    text.push((axis.into(), with_unit(s.value[bar])));
    text.extend(interval_at(&s.from, &s.to, bar));
    Some(Found { text, outline: Outline::Box(layout.bar(s, bar)) })
}
