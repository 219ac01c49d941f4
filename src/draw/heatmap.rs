//! A matrix of numbers as shades, with a bar that says what a shade is worth.

use crate::pen::{Drawn, Pen};
use crate::places::Rect;
use crate::scale::{Scale, reading, tick_label};
use crate::text::{Side, Type};
use crate::theme::{Shape, Theme};
use crate::{Color, DrawError, Found, Look, Outline};
use lexicon::scene::Heatmap;

/// Shades are drawn in so many steps, each in one go.
const LEVELS: usize = 33;

pub(crate) struct Layout {
    body: Rect,
    bar: Option<Rect>,
    row_labels: bool,
    column_labels: bool,
    /// Every so many columns bears its name.
    every: usize,
    titles: bool,
}

impl Layout {
    pub fn new(s: &Heatmap, look: &Look, (w, h): (f64, f64)) -> Layout {
        let mut body = Rect::new(0.0, 0.0, w, h).inset(3.0, 3.0, 3.0, 3.0);
        if look.mini {
            let body = body.inset(5.0, 5.0, 5.0, 5.0);
            let every = s.columns.len().max(1);
            let (row_labels, column_labels, titles) = (false, false, false);
            return Layout { body, bar: None, row_labels, column_labels, every, titles };
        }
        let (label, number) = (look.label(), look.number());
        let line = look.text + 5.0;
        let roomy = w >= 200.0 && h >= 110.0;
        let bar = roomy.then(|| {
            let room = [s.low, (s.low + s.high) / 2.0, s.high]
                .map(|v| number.width(&reading(v.into())))
                .into_iter()
                .fold(label.width(&s.unit).min(60.0), f64::max);
            body.w -= room + 30.0;
            Rect::new(body.right() + 14.0, body.y, 10.0, 0.0)
        });
        let titles = roomy && !(s.row_title.is_empty() && s.column_title.is_empty());
        if titles && !s.row_title.is_empty() {
            body = body.inset(0.0, line + 1.0, 0.0, 0.0);
        }
        let widest = |names: &[String]| names.iter().map(|n| label.width(n)).fold(0.0, f64::max);
        let column_labels = h >= 80.0 && s.columns.iter().any(|c| !c.is_empty());
        body.h -= if column_labels { line } else { 0.0 };
        body.h -= if titles && !s.column_title.is_empty() { line } else { 0.0 };
        let rows = s.rows.len().max(1) as f64;
        let row_labels = w >= 110.0 && body.h / rows >= look.text - 1.0 && widest(&s.rows) > 0.0;
        if row_labels {
            body = body.inset((widest(&s.rows) + 8.0).min(w * 0.32), 0.0, 0.0, 0.0);
        }
        let columns = s.columns.len().max(1);
        // Few cells stay cells: none is more than three times as wide as it is high.
        let most = body.h / rows * 3.0 * columns as f64;
        body.w = if rows >= 3.0 { body.w.min(most) } else { body.w };
        let every = ((widest(&s.columns).min(90.0) + 8.0) / (body.w / columns as f64)).ceil();
        let bar = bar.map(|b| Rect::new(body.right() + 14.0, body.y, b.w, body.h));
        let every = (every as usize).max(1);
        Layout { body, bar, row_labels, column_labels, every, titles }
    }

    fn cell(&self, s: &Heatmap, i: usize) -> Rect {
        let columns = s.columns.len();
        let (w, h) = (self.body.w / columns as f64, self.body.h / s.rows.len() as f64);
        let gap = |size: f64| if size >= 6.0 { 1.0 } else { 0.0 };
        let (x, y) = ((i % columns) as f64 * w, (i / columns) as f64 * h);
        Rect::new(self.body.x + x, self.body.y + y, w - gap(w), h - gap(h))
    }
}

fn level(s: &Heatmap, value: f32) -> Option<usize> {
    let part = (value - s.low) / (s.high - s.low);
    (!part.is_nan()).then(|| (part.clamp(0.0, 1.0) * (LEVELS - 1) as f32).round() as usize)
}

/// One hue from pale to deep; or two around a pale middle, blue and orange, which nobody confuses.
fn shade(s: &Heatmap, look: &Look, level: usize) -> Color {
    let (part, ground) = (level as f64 / (LEVELS - 1) as f64, look.ground());
    if !s.diverging {
        return ground.mix(look.tone(0), 0.05 + 0.95 * part);
    }
    let end = match (part < 0.5, look.theme) {
        (true, Theme::Light) => Color(0x0b, 0x5c, 0x9e),
        (false, Theme::Light) => Color(0xc2, 0x4e, 0x00),
        (true, Theme::Dark) => Color(0x4a, 0xa8, 0xe8),
        (false, Theme::Dark) => Color(0xf2, 0x8c, 0x4a),
    };
    ground.mix(look.theme.muted(), 0.06).mix(end, (part - 0.5).abs() * 2.0)
}

pub(crate) fn paint(pen: &mut Pen, s: &Heatmap, look: &Look) -> Drawn {
    if s.value.is_empty() {
        return Ok(());
    }
    let layout = Layout::new(s, look, (pen.w, pen.h));
    let mut seen = [false; LEVELS];
    s.value.iter().filter_map(|v| level(s, *v)).for_each(|l| seen[l] = true);
    for l in (0..LEVELS).filter(|&l| seen[l]) {
        let ink = shade(s, look, l);
        for (i, _) in s.value.iter().enumerate().filter(|(_, v)| level(s, **v) == Some(l)) {
            pen.rect(layout.cell(s, i), ink)?;
        }
    }
    // No value there: a slash, which no shade can be taken for.
    let first = layout.cell(s, 0);
    let (dx, dy) = ((first.w * 0.28).min(8.0), (first.h * 0.28).min(8.0));
    for (i, _) in s.value.iter().enumerate().filter(|(_, v)| v.is_nan()) {
        let (x, y) = layout.cell(s, i).center();
        pen.line((x - dx, y + dy), (x + dx, y - dy), 1.0, look.theme.muted().alpha(0.55))?;
    }
    rings(pen, s, look, &layout)?;
    if look.mini {
        return Ok(());
    }
    let beside = numbers(pen, s, look, &layout)?;
    signs(pen, s, look, &layout, beside)?;
    labels(pen, s, look, &layout)?;
    bar(pen, s, look, &layout)
}

/// A frame in the tone's color, and one in the ground's color inside it: seen on any shade.
fn rings(pen: &mut Pen, s: &Heatmap, look: &Look, layout: &Layout) -> Drawn {
    for (i, tone) in s.ring.iter().enumerate().filter(|(_, tone)| **tone > 0) {
        let cell = layout.cell(s, i);
        let width = (cell.w.min(cell.h) * 0.12).clamp(1.0, 2.5);
        let inset = |by: f64| cell.inset(by, by, by, by);
        pen.frame(inset(width / 2.0), width, look.tone(*tone))?;
        if cell.h >= 12.0 {
            pen.frame(inset(width + 0.5), 1.0, look.ground())?;
        }
    }
    Ok(())
}

/// Room for a sign beside its number.
const SIGN: f64 = 9.0;
const SIGN_GAP: f64 = 5.0;

/// The signs: right of the numbers' middle by `beside`, or in the middle of their cells.
fn signs(pen: &mut Pen, s: &Heatmap, look: &Look, layout: &Layout, beside: Option<f64>) -> Drawn {
    let cell = layout.cell(s, 0);
    let most = if beside.is_some() { SIGN / 2.0 } else { 5.0 };
    let r = (cell.w.min(cell.h) * 0.28).min(most);
    if r < 1.5 {
        return Ok(());
    }
    for (i, sign) in s.sign.iter().enumerate() {
        let (x, y) = layout.cell(s, i).center();
        let x = x + beside.unwrap_or(0.0);
        let ink = look.readable_on(shade(s, look, level(s, s.value[i]).unwrap_or(0)));
        match sign {
            1 => {
                pen.line((x - r, y), (x + r, y), 1.75, ink)?;
                pen.line((x, y - r), (x, y + r), 1.75, ink)?;
            }
            2 => pen.line((x - r, y), (x + r, y), 1.75, ink)?,
            3 => pen.disc(x, y, (r * 0.3).max(1.0), ink)?,
            4 => pen.shape(Shape::Cross, x, y, r * 0.7, ink)?,
            _ => {}
        }
    }
    Ok(())
}

/// The values themselves, where all cells have room for them: then how far right of a cell's middle its sign stands.
fn numbers(
    pen: &mut Pen,
    s: &Heatmap,
    look: &Look,
    layout: &Layout,
) -> Result<Option<f64>, DrawError> {
    let cell = layout.cell(s, 0);
    if cell.h < look.text + 5.0 || s.value.len() > 400 {
        return Ok(None);
    }
    let step = f64::from(s.high - s.low) / 100.0;
    let step = libm::pow(10.0, libm::floor(libm::log10(step)));
    let style = look.number().side(Side::Middle);
    let texts: Vec<(usize, String)> = (s.value.iter().enumerate())
        .filter(|(_, v)| v.is_finite())
        .map(|(i, v)| (i, tick_label((*v).into(), step.min(1.0))))
        .collect();
    let widest = texts.iter().map(|(_, t)| style.width(t)).fold(0.0, f64::max);
    let room = if s.sign.is_empty() { 0.0 } else { SIGN + SIGN_GAP };
    if widest + room + 6.0 > cell.w {
        return Ok(None);
    }
    for (i, text) in texts {
        let (x, y) = layout.cell(s, i).center();
        let on = shade(s, look, level(s, s.value[i]).unwrap_or(0));
        pen.text(&text, x - room / 2.0, y, Type { color: look.readable_on(on), ..style })?;
    }
    Ok(Some((widest + SIGN_GAP) / 2.0))
}

fn labels(pen: &mut Pen, s: &Heatmap, look: &Look, layout: &Layout) -> Drawn {
    let (b, columns) = (layout.body, s.columns.len());
    if layout.row_labels {
        let style = look.label().side(Side::Right);
        for (row, name) in s.rows.iter().enumerate() {
            let y = layout.cell(s, row * columns).center().1;
            pen.fitted(name, b.x - 6.0, y, b.x - 8.0, style)?;
        }
    }
    let mut below = b.bottom() + look.text / 2.0 + 3.0;
    if layout.column_labels {
        let room = b.w / columns as f64 * layout.every as f64 - 4.0;
        for (column, name) in s.columns.iter().enumerate().step_by(layout.every) {
            let x = layout.cell(s, column).center().0;
            let half = look.label().width(name).min(room) / 2.0;
            // The last name must not leave the picture.
            if x + half <= pen.w && x >= half {
                pen.fitted(name, x, below, room, look.label().side(Side::Middle))?;
            }
        }
        below += look.text + 5.0;
    }
    if layout.titles {
        let title = Type { color: look.theme.ink(), ..look.label() };
        pen.fitted(&s.column_title, b.right(), below, b.w, title.side(Side::Right))?;
        pen.fitted(&s.row_title, 3.0, look.text / 2.0 + 4.0, b.right() - 3.0, title)?;
    }
    Ok(())
}

fn bar(pen: &mut Pen, s: &Heatmap, look: &Look, layout: &Layout) -> Drawn {
    let Some(bar) = layout.bar else { return Ok(()) };
    // As tall as it needs to be, not as the picture is. The unit stands above it.
    let above = if s.unit.is_empty() { 0.0 } else { look.text + 5.0 };
    let bar = Rect::new(bar.x, bar.y + above, bar.w, (bar.h - above).min(180.0));
    let h = bar.h / LEVELS as f64;
    for l in 0..LEVELS {
        let y = bar.bottom() - (l + 1) as f64 * h;
        // A hair of overlap, or the seams would show.
        pen.rect(Rect::new(bar.x, y, bar.w, h + 0.25), shade(s, look, l))?;
    }
    pen.fitted(&s.unit, bar.x, bar.y - look.text / 2.0 - 5.0, pen.w - bar.x - 2.0, look.label())?;
    let scale =
        Scale { low: s.low.into(), high: s.high.into(), log: false, from: bar.bottom(), to: bar.y };
    let (ticks, step) = scale.ticks((bar.h / 4.0).clamp(24.0, 50.0));
    for value in ticks {
        let y = scale.place(value);
        pen.line((bar.right(), y), (bar.right() + 3.0, y), 0.75, look.theme.muted())?;
        let held = y.clamp(bar.y + 4.0, bar.bottom() - 4.0);
        let label = tick_label(value, step);
        pen.fitted(&label, bar.right() + 6.0, held, pen.w - bar.right() - 6.0, look.number())?;
    }
    Ok(())
}

pub(crate) fn find(
    s: &Heatmap,
    look: &Look,
    size: (f64, f64),
    (x, y): (f64, f64),
) -> Option<Found> {
    let layout = Layout::new(s, look, size);
    let b = layout.body;
    if s.value.is_empty() || !b.holds(x, y) {
        return None;
    }
    let (rows, columns) = (s.rows.len(), s.columns.len());
    let row = (((y - b.y) / b.h * rows as f64) as usize).min(rows - 1);
    let column = (((x - b.x) / b.w * columns as f64) as usize).min(columns - 1);
    let i = row * columns + column;
    let value = match s.value[i] {
        v if v.is_nan() => "no value".into(),
        v => format!("{} {}", reading(v.into()), s.unit).trim_end().to_string(),
    };
    let title = |title: &str, or: &str| if title.is_empty() { or.into() } else { title.into() };
    let label = s.label.get(i).filter(|label| !label.is_empty());
    let value = label.map_or(value.clone(), |label| format!("{value}: {label}"));
    let text = vec![
        (String::new(), value),
        (title(&s.row_title, "row"), s.rows[row].clone()),
        (title(&s.column_title, "column"), s.columns[column].clone()),
    ];
    Some(Found { text, outline: Outline::Box(layout.cell(s, i)) })
}
