//! The cells of a board and what stands on them.

use crate::pen::{Drawn, Pen};
use crate::places::Rect;
use crate::text::Side;
use crate::theme::tone_shape;
use crate::{Found, Look, Outline, named};
use lexicon::scene::{Grid, Mark};

pub(crate) struct Layout {
    body: Rect,
    cell: f64,
}

impl Layout {
    pub fn new(s: &Grid, look: &Look, (w, h): (f64, f64)) -> Layout {
        let pad = if look.mini { 8.0 } else { 2.0 };
        let (columns, rows) = (f64::from(s.columns.max(1)), f64::from(s.rows.max(1)));
        let cell = ((w - 2.0 * pad) / columns).min((h - 2.0 * pad) / rows).clamp(0.25, 48.0);
        // Whole quarters of a pixel: every cell is as large as the next.
        let cell = (cell * 4.0).floor() / 4.0;
        let (bw, bh) = (cell * columns, cell * rows);
        Layout { body: Rect::new((w - bw) / 2.0, (h - bh) / 2.0, bw, bh), cell }
    }

    fn cell(&self, column: u32, row: u32) -> Rect {
        let (x, y) = (f64::from(column) * self.cell, f64::from(row) * self.cell);
        Rect::new(self.body.x + x, self.body.y + y, self.cell, self.cell)
    }

    /// The square that a mark sees, as far as it lies on the board.
    fn view(&self, mark: &Mark, s: &Grid) -> Rect {
        let from = |at: u32| at.saturating_sub(mark.reach);
        let to = |at: u32, end: u32| at.saturating_add(mark.reach).saturating_add(1).min(end);
        let a = self.cell(from(mark.column), from(mark.row));
        let b = self.cell(to(mark.column, s.columns), to(mark.row, s.rows));
        Rect::new(a.x, a.y, b.x - a.x, b.y - a.y)
    }
}

pub(crate) fn paint(pen: &mut Pen, s: &Grid, look: &Look) -> Drawn {
    let layout = Layout::new(s, look, (pen.w, pen.h));
    cells(pen, s, look, &layout)?;
    lattice(pen, s, look, &layout)?;
    // Many squares of sight would only cover the board.
    for mark in s.marks.iter().filter(|m| m.reach > 0).take(24) {
        let (view, ink) = (layout.view(mark, s), look.tone(mark.tone));
        pen.rect(view, ink.alpha(0.07))?;
        let (x1, y1) = (view.right(), view.bottom());
        let around = [(view.x, view.y), (x1, view.y), (x1, y1), (view.x, y1), (view.x, view.y)];
        pen.dashed(&around, &[4.0, 3.0], 1.0, ink)?;
    }
    marks(pen, s, look, &layout)
}

/// A board of so many cells is one picture: its cells are too small for shapes, and painted in runs.
const PICTURE_CELLS: usize = 10_000;

/// Row by row in runs of one tone, over a ground of the most common one: a fraction of the cells to paint.
fn picture(pen: &mut Pen, s: &Grid, look: &Look, layout: &Layout) -> Drawn {
    let mut count = [0u32; 8];
    s.cell.iter().for_each(|&t| count[t.min(7) as usize] += 1);
    let common = (0..8u8).max_by_key(|&t| count[t as usize]).unwrap_or(0);
    // Stronger than the ground under marks: here nothing stands on it.
    let ink = |tone: u8| match tone {
        0 => look.ground(),
        tone => look.ground().mix(look.tone(tone), 0.8),
    };
    pen.rect(layout.body, ink(common))?;
    for tone in (0..8u8).filter(|&t| t != common && count[t as usize] > 0) {
        let mut first = 0u32;
        for run in s.cell.chunk_by(|a, b| a.min(&7) == b.min(&7)) {
            let end = first + run.len() as u32;
            while first < end {
                // A run may go on in the next row.
                let row = first / s.columns;
                let here = end.min((row + 1) * s.columns);
                if run[0].min(7) == tone {
                    let from = layout.cell(first - row * s.columns, row);
                    let w = f64::from(here - first) * layout.cell;
                    pen.rect(Rect::new(from.x, from.y, w, layout.cell), ink(tone))?;
                }
                first = here;
            }
        }
    }
    Ok(())
}

fn cells(pen: &mut Pen, s: &Grid, look: &Look, layout: &Layout) -> Drawn {
    if s.cell.len() > PICTURE_CELLS {
        return picture(pen, s, look, layout);
    }
    let mut seen = [false; 8];
    s.cell.iter().for_each(|&t| seen[t.min(7) as usize] = true);
    for tone in (1..8u8).filter(|&t| seen[t as usize]) {
        // Ground is quieter than what stands on it, and carries its shape where there is room.
        let ink = look.ground().mix(look.tone(tone), 0.42);
        let here = |&(_, t): &(usize, &u8)| t.min(&7) == &tone;
        let at = |i: usize| layout.cell(i as u32 % s.columns, i as u32 / s.columns);
        for (i, _) in s.cell.iter().enumerate().filter(here) {
            pen.rect(at(i), ink)?;
        }
        let glyph = look.ground().mix(look.tone(tone), 0.75);
        if layout.cell < 9.0 {
            continue;
        }
        for (i, _) in s.cell.iter().enumerate().filter(here) {
            let (x, y) = at(i).center();
            pen.shape(tone_shape(tone), x, y, layout.cell * 0.14, glyph)?;
        }
    }
    Ok(())
}

fn lattice(pen: &mut Pen, s: &Grid, look: &Look, layout: &Layout) -> Drawn {
    let (b, ink) = (layout.body, look.theme.line());
    if layout.cell >= 5.0 {
        for column in 1..s.columns {
            let x = b.x + f64::from(column) * layout.cell;
            pen.line((x, b.y), (x, b.bottom()), 0.75, ink)?;
        }
        for row in 1..s.rows {
            let y = b.y + f64::from(row) * layout.cell;
            pen.line((b.x, y), (b.right(), y), 0.75, ink)?;
        }
    }
    pen.frame(b, 1.0, look.ground().mix(look.theme.muted(), 0.45))
}

/// Places and radii of all marks: those that share a cell share its room.
fn seats(s: &Grid, layout: &Layout) -> Vec<(f64, f64, f64)> {
    let cell = |m: &Mark| (m.row * s.columns + m.column) as usize;
    let mut here = vec![0u32; s.cell.len()];
    s.marks.iter().for_each(|m| here[cell(m)] += 1);
    let mut taken = vec![0u32; s.cell.len()];
    let seat = |m: &Mark| {
        let (x, y) = layout.cell(m.column, m.row).center();
        // Up to nine stand apart; more stand on the same seats again.
        let side: u32 = match here[cell(m)] {
            1 => 1,
            2..=4 => 2,
            _ => 3,
        };
        let nth = taken[cell(m)] % (side * side);
        taken[cell(m)] += 1;
        let step = layout.cell * 0.9 / f64::from(side);
        let off = |i: u32| (f64::from(i) - f64::from(side - 1) / 2.0) * step;
        (x + off(nth % side), y + off(nth / side), (step * 0.38).max(1.0))
    };
    s.marks.iter().map(seat).collect()
}

fn marks(pen: &mut Pen, s: &Grid, look: &Look, layout: &Layout) -> Drawn {
    let seats = seats(s, layout);
    let mut seen = [false; 8];
    s.marks.iter().for_each(|m| seen[m.tone.min(7) as usize] = true);
    for tone in (0..8u8).filter(|&t| seen[t as usize]) {
        let ink = look.tone(tone);
        for (mark, (x, y, r)) in s.marks.iter().zip(&seats).filter(|(m, _)| m.tone.min(7) == tone) {
            // Apart from a ground of its own color by a rim.
            let on = s.cell.get((mark.row * s.columns + mark.column) as usize);
            if on.is_some_and(|&cell| cell > 0) && *r >= 2.5 {
                pen.shape(tone_shape(tone), *x, *y, r + 1.25, look.ground())?;
            }
            pen.shape(tone_shape(tone), *x, *y, *r, ink)?;
        }
    }
    // Short names fit into large marks; longer ones are read with the pointer.
    if look.mini || layout.cell < 20.0 {
        return Ok(());
    }
    for (mark, (x, y, r)) in s.marks.iter().zip(&seats).filter(|(m, _)| !m.label.is_empty()) {
        let color = look.readable_on(look.tone(mark.tone));
        let style = crate::text::Type { color, ..look.number() }.side(Side::Middle);
        if *r * 2.0 >= look.text
            && !tone_shape(mark.tone).hollow()
            && style.width(&mark.label) <= r * 1.8
        {
            pen.text(&mark.label, *x, *y, style)?;
        }
    }
    Ok(())
}

pub(crate) fn find(s: &Grid, look: &Look, size: (f64, f64), (x, y): (f64, f64)) -> Option<Found> {
    let layout = Layout::new(s, look, size);
    if !layout.body.holds(x, y) || s.columns == 0 || s.rows == 0 {
        return None;
    }
    let column = (((x - layout.body.x) / layout.cell) as u32).min(s.columns - 1);
    let row = (((y - layout.body.y) / layout.cell) as u32).min(s.rows - 1);
    let mut text = Vec::new();
    for mark in s.marks.iter().filter(|m| (m.column, m.row) == (column, row)).take(4) {
        let class = named(&s.legend, mark.tone).unwrap_or("");
        let pair = if mark.label.is_empty() { ("", class) } else { (class, &mark.label[..]) };
        text.push((pair.0.into(), pair.1.into()));
    }
    let ground = s.cell.get((row * s.columns + column) as usize).copied().unwrap_or(0);
    if let Some(class) = named(&s.legend, ground).filter(|_| ground > 0) {
        text.push(("ground".into(), class.into()));
    }
    if text.is_empty() {
        return None;
    }
    text.push(("cell".into(), format!("column {}, row {}", column + 1, row + 1)));
    Some(Found { text, outline: Outline::Box(layout.cell(column, row)) })
}
