//! Lanes over time: rows of small cells, shaded, events in full color; or spans.

use crate::axes::axis_name;
use crate::pen::{Drawn, Pen};
use crate::places::Rect;
use crate::scale::{Scale, reading, tick_label};
use crate::text::{Side, wrapped};
use crate::theme::tone_shape;
use crate::{Found, Look, Outline, named};
use lexicon::scene::{Group, Span, Timeline};

/// Shades are drawn in so many steps, each in one go: few changes of color however many cells.
const LEVELS: usize = 16;

/// A timeline of fewer columns leaves room for those that will come.
const COLUMNS_MIN: u32 = 12;

pub(crate) struct Layout {
    /// Where the cells and spans are.
    body: Rect,
    /// Width of the column of group labels and of that of lane labels; 0 = none.
    group_room: f64,
    lane_room: f64,
    row: f64,
    column: f64,
    time: Scale,
    ticks: bool,
}

impl Layout {
    pub fn new(s: &Timeline, look: &Look, (w, h): (f64, f64)) -> Layout {
        let lanes = s.lanes.len().max(1) as f64;
        let pad = if look.mini { 8.0 } else { 2.0 };
        let mut body = Rect::new(0.0, 0.0, w, h).inset(pad, pad, pad, pad);
        let (mut group_room, mut lane_room, mut ticks) = (0.0, 0.0, false);
        if !look.mini {
            ticks = h >= 110.0 && w >= 120.0;
            body.h -= if ticks { look.text + 9.0 } else { 0.0 };
            let widest = |names: &mut dyn Iterator<Item = &String>| {
                names.map(|n| look.label().width(n)).fold(0.0, f64::max)
            };
            let most = w * 0.3;
            if s.groups.iter().any(|g| !g.label.is_empty()) && w >= 150.0 {
                group_room =
                    (widest(&mut s.groups.iter().map(|g| &g.label)) + 12.0).min(most).max(24.0);
            }
            // Names of lanes only where each has a line of its own.
            let legible = body.h / lanes >= look.text + 1.0;
            if legible && w >= 150.0 && s.lanes.iter().any(|n| !n.is_empty()) {
                lane_room = (widest(&mut s.lanes.iter()) + 12.0).min(most);
            }
            body = body.inset(group_room + lane_room, 0.0, 0.0, 0.0);
        }
        let columns = f64::from(s.columns);
        let cells = s.columns > 0 && !(s.shade.is_empty() && s.event.is_empty());
        // The first rounds of a run fill it from the left: they are not as wide as the whole.
        let least = if cells && !look.mini { COLUMNS_MIN } else { 1 };
        let column = body.w / f64::from(s.columns.max(least));
        let end = if cells { body.x + column * columns } else { body.right() };
        let (low, high) = (f64::from(s.axis.low), f64::from(s.axis.high));
        // A column's value stands at its middle; spans alone use the whole width.
        let half = if cells { column / 2.0 } else { 0.0 };
        let high = if high > low { high } else { low + columns.max(1.0) };
        let time = Scale { low, high, log: false, from: body.x + half, to: end - half };
        Layout { body, group_room, lane_room, row: body.h / lanes, column, time, ticks }
    }

    /// A cell with the gap around it taken off.
    fn cell(&self, lane: usize, column: usize) -> Rect {
        let gap = |size: f64| if size >= 4.0 { 1.0 } else { (size * 0.25).min(0.75) };
        let (x, y) =
            (self.body.x + column as f64 * self.column, self.body.y + lane as f64 * self.row);
        Rect::new(x, y, self.column - gap(self.column), self.row - gap(self.row))
    }

    fn span(&self, span: &Span) -> Rect {
        let at = |v: f32| self.time.place(v.into()).clamp(self.body.x, self.body.right());
        let (from, to) = (at(span.start.min(span.end)), at(span.start.max(span.end)));
        let top = self.body.y + f64::from(span.lane) * self.row;
        // Never thicker than a line of text needs: a bar is no room.
        let gap = (self.row * 0.12).clamp(0.25, 3.0).max((self.row - 30.0) / 2.0);
        Rect::new(from, top + gap, (to - from).max(1.0), self.row - 2.0 * gap)
    }
}

pub(crate) fn paint(pen: &mut Pen, s: &Timeline, look: &Look) -> Drawn {
    let layout = Layout::new(s, look, (pen.w, pen.h));
    cells(pen, s, look, &layout)?;
    spans(pen, s, look, &layout)?;
    if look.mini { Ok(()) } else { labels(pen, s, look, &layout) }
}

/// The shade of a cell as a level, `LEVELS` for an event; none where nothing is known.
fn level(s: &Timeline, i: usize) -> Option<usize> {
    if s.event.get(i).is_some_and(|&e| e > 0) {
        return Some(LEVELS);
    }
    let shade = *s.shade.get(i)?;
    (!shade.is_nan()).then(|| (shade.clamp(0.0, 1.0) * (LEVELS - 1) as f32).round() as usize)
}

fn cells(pen: &mut Pen, s: &Timeline, look: &Look, layout: &Layout) -> Drawn {
    let columns = s.columns as usize;
    let marks = s.shade.len().max(s.event.len());
    let mut seen = [false; LEVELS + 1];
    (0..marks).filter_map(|i| level(s, i)).for_each(|l| seen[l] = true);
    let (ground, color) = (look.ground(), look.tone(0));
    // With events beside them the shades stay pale, so that an event is never mistaken for a deep shade.
    let deepest = if s.event.is_empty() { 1.0 } else { 0.5 };
    for shade in (0..=LEVELS).filter(|&l| seen[l]) {
        let part = match shade {
            LEVELS => 1.0,
            _ => 0.07 + (deepest - 0.07) * shade as f64 / (LEVELS - 1) as f64,
        };
        let ink = ground.mix(color, part);
        for i in (0..marks).filter(|&i| level(s, i) == Some(shade)) {
            pen.rect(layout.cell(i / columns, i % columns), ink)?;
        }
    }
    Ok(())
}

fn spans(pen: &mut Pen, s: &Timeline, look: &Look, layout: &Layout) -> Drawn {
    // Large spans are pale behind a strong edge, thin ones strong throughout.
    let pale = layout.row >= 9.0 && !look.mini;
    for tone in 0..8u8 {
        let full = look.tone(tone);
        let ink = if pale { look.ground().mix(full, 0.3) } else { full };
        for span in s.spans.iter().filter(|x| x.tone.min(7) == tone) {
            pen.rect(layout.span(span), ink)?;
        }
        for span in s.spans.iter().filter(|x| pale && x.tone.min(7) == tone) {
            let r = layout.span(span);
            pen.rect(Rect { w: r.w.min(2.5), ..r }, full)?;
            // The tone again by its shape, where there is room for it.
            if tone > 0 && r.w >= 15.0 {
                pen.shape(tone_shape(tone), r.x + 9.0, r.y + r.h / 2.0, 3.0, full)?;
            }
        }
    }
    if look.mini || layout.row < look.text + 2.0 {
        return Ok(());
    }
    let style = crate::text::Type { color: look.theme.ink(), ..look.label() };
    for span in s.spans.iter().filter(|x| !x.label.is_empty()) {
        let r = layout.span(span);
        let left = if span.tone > 0 && r.w >= 15.0 { 16.0 } else { 7.0 };
        pen.fitted(&span.label, r.x + left, r.y + r.h / 2.0, r.w - left - 3.0, style)?;
    }
    Ok(())
}

fn labels(pen: &mut Pen, s: &Timeline, look: &Look, layout: &Layout) -> Drawn {
    let body = layout.body;
    let left = body.x - layout.lane_room - layout.group_room;
    let mut top = body.y;
    for (i, Group { label, lanes }) in s.groups.iter().enumerate() {
        let h = f64::from(*lanes) * layout.row;
        if i > 0 {
            pen.line(
                (left, top - 0.5),
                (body.right(), top - 0.5),
                0.75,
                look.theme.muted().alpha(0.7),
            )?;
        }
        if layout.group_room > 0.0 && h >= look.text - 1.0 {
            group_label(pen, label, (left, top + h / 2.0), (layout.group_room - 8.0, h), look)?;
        }
        top += h;
    }
    if layout.lane_room > 0.0 {
        for (lane, name) in s.lanes.iter().enumerate() {
            let y = body.y + (lane as f64 + 0.5) * layout.row;
            let style = look.label().side(Side::Right);
            pen.fitted(name, body.x - 8.0, y, layout.lane_room - 8.0, style)?;
        }
    }
    if layout.ticks { ticks(pen, s, look, layout) } else { Ok(()) }
}

/// Around a middle, in as many lines as the group is high.
fn group_label(
    pen: &mut Pen,
    label: &str,
    (x, middle): (f64, f64),
    (room, h): (f64, f64),
    look: &Look,
) -> Drawn {
    let height = look.text * 1.3;
    let most = ((h / height) as usize).clamp(1, 4);
    let (lines, cut) = wrapped(label, room, look.text, most);
    // One word wider than the room is cut, not broken.
    if cut || label.split(' ').any(|word| look.label().width(word) > room) {
        return pen.fitted(label, x, middle, room, look.label());
    }
    let first = middle - height * (lines.len() - 1) as f64 / 2.0;
    for (i, line) in lines.iter().enumerate() {
        pen.text(line, x, first + height * i as f64, look.label())?;
    }
    Ok(())
}

fn ticks(pen: &mut Pen, s: &Timeline, look: &Look, layout: &Layout) -> Drawn {
    let y = layout.body.bottom() + look.text / 2.0 + 5.0;
    let name = axis_name(&s.axis);
    let style = look.label().side(Side::Right);
    let right = layout.body.right();
    let named =
        if name.is_empty() { 0.0 } else { (style.width(&name) + 10.0).min(layout.body.w * 0.5) };
    pen.fitted(&name, right, y, named, style)?;
    // A column is a round or an hour: there is nothing at two and a half.
    let (values, step) = match s.columns {
        0 => layout.time.ticks(64.0),
        _ => layout.time.whole_ticks(64.0),
    };
    let mut free = f64::NEG_INFINITY;
    for value in values {
        let (x, text) = (layout.time.place(value), tick_label(value, step));
        let style = look.number();
        let half = style.width(&text) / 2.0;
        let x = x.max(half);
        if x - half < free || x + half > right - named {
            continue;
        }
        free = x + half + 8.0;
        pen.text(&text, x, y, style.side(Side::Middle))?;
    }
    Ok(())
}

pub(crate) fn find(
    s: &Timeline,
    look: &Look,
    size: (f64, f64),
    (x, y): (f64, f64),
) -> Option<Found> {
    let layout = Layout::new(s, look, size);
    if !layout.body.holds(x, y) || s.lanes.is_empty() {
        return None;
    }
    let lane = (((y - layout.body.y) / layout.row) as usize).min(s.lanes.len() - 1);
    let name =
        if s.lanes[lane].is_empty() { (lane + 1).to_string() } else { s.lanes[lane].clone() };
    let mut text = vec![(String::new(), name)];
    if let Some(group) = group_of(s, lane) {
        text.push(("group".into(), group.into()));
    }
    let time = if s.axis.label.is_empty() { "at" } else { &s.axis.label };
    if let Some(span) = s.spans.iter().rev().find(|p| layout.span(p).holds(x, y)) {
        let what = if span.label.is_empty() { named(&s.legend, span.tone)? } else { &span.label };
        text.push((String::new(), what.into()));
        let (from, to) = (reading(span.start.into()), reading(span.end.into()));
        text.push((time.into(), format!("{from} to {to} {}", s.axis.unit).trim_end().into()));
        return Some(Found { text, outline: Outline::Box(layout.span(span)) });
    }
    let columns = s.columns as usize;
    if columns == 0 || s.shade.len().max(s.event.len()) == 0 {
        return None;
    }
    let column = ((x - layout.body.x) / layout.column) as usize;
    if column >= columns {
        return None;
    }
    let i = lane * columns + column;
    level(s, i)?;
    let at = match columns {
        1 => layout.time.low,
        _ => {
            layout.time.low
                + (layout.time.high - layout.time.low) * column as f64 / (columns - 1) as f64
        }
    };
    text.push((time.into(), format!("{} {}", reading(at), s.axis.unit).trim_end().into()));
    if s.event.get(i).is_some_and(|&e| e > 0) {
        text.push((String::new(), named(&s.legend, 0).unwrap_or("event").into()));
    } else if let Some(shade) = s.shade.get(i) {
        text.push(("shade".into(), reading((*shade).into())));
    }
    Some(Found { text, outline: Outline::Box(layout.cell(lane, column)) })
}

fn group_of(s: &Timeline, lane: usize) -> Option<&str> {
    let mut end = 0;
    s.groups
        .iter()
        .find(|group| {
            end += group.lanes as usize;
            lane < end
        })
        .map(|group| group.label.as_str())
}
