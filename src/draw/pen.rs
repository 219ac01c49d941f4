//! What every painter draws with: shapes and text in CSS pixels, on any plotters backend.
//!
//! Plotters' own coordinates are whole numbers. Every area handed to this crate is therefore `FINE` times as
//! fine as CSS pixels; the canvas and the SVG scale it back, so lines are smooth at any pixel ratio.

use crate::theme::{Color, Shape, Theme};
use crate::{DrawError, Look};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Drawable, PointCollection};
use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontFamily, FontStyle, FontTransform,
};
use std::cell::RefCell;
use std::fmt;

/// Backend units in one CSS pixel.
pub const FINE: u32 = 4;
const UNIT: f64 = FINE as f64;

pub(crate) const SANS: &str = "system-ui, sans-serif";
pub(crate) const MONO: &str = "ui-monospace, monospace";

pub(crate) type Drawn = Result<(), DrawError>;

/// A rectangle in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    pub fn new(x: f64, y: f64, w: f64, h: f64) -> Rect {
        Rect { x, y, w: w.max(0.0), h: h.max(0.0) }
    }

    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    pub fn center(&self) -> (f64, f64) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    pub fn holds(&self, x: f64, y: f64) -> bool {
        x >= self.x && x <= self.right() && y >= self.y && y <= self.bottom()
    }

    pub(crate) fn meets(&self, other: &Rect) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    pub(crate) fn inset(&self, left: f64, top: f64, right: f64, bottom: f64) -> Rect {
        Rect::new(self.x + left, self.y + top, self.w - left - right, self.h - top - bottom)
    }
}

/// A color with its opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ink {
    pub color: Color,
    pub alpha: f64,
}

impl From<Color> for Ink {
    fn from(color: Color) -> Ink {
        Ink { color, alpha: 1.0 }
    }
}

impl Color {
    pub(crate) fn alpha(self, alpha: f64) -> Ink {
        Ink { color: self, alpha }
    }
}

struct Stroke {
    ink: Ink,
    width: u32,
}

impl BackendStyle for Stroke {
    fn color(&self) -> BackendColor {
        let Color(r, g, b) = self.ink.color;
        BackendColor { alpha: self.ink.alpha, rgb: (r, g, b) }
    }

    fn stroke_width(&self) -> u32 {
        self.width
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Side {
    Left,
    Middle,
    Right,
}

/// How a text is set; sizes in CSS pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Type {
    pub size: f64,
    pub mono: bool,
    pub bold: bool,
    pub side: Side,
    pub upright: bool,
    pub color: Color,
}

impl Type {
    pub fn new(size: f64, color: Color) -> Type {
        Type { size, mono: false, bold: false, side: Side::Left, upright: true, color }
    }

    pub fn mono(self) -> Type {
        Type { mono: true, ..self }
    }

    pub fn bold(self) -> Type {
        Type { bold: true, ..self }
    }

    pub fn side(self, side: Side) -> Type {
        Type { side, ..self }
    }

    /// The width of the text by the table below, in CSS pixels.
    pub fn width(&self, text: &str) -> f64 {
        text_width(text, self.size, self.mono, self.bold)
    }
}

/// A width in CSS pixels from a table of letter widths: those of DejaVu Sans, one of the widest system fonts, so
/// that what fits by the table fits everywhere. Layouts reckon with it instead of the backend's fonts: so the
/// canvas, the SVG and the pointer agree.
pub fn text_width(text: &str, size: f64, mono: bool, bold: bool) -> f64 {
    let em: f64 = text
        .chars()
        .map(|c| match c {
            _ if !c.is_ascii() && wide(c) => 1.0,
            _ if mono => 0.605,
            'i' | 'j' | 'l' | '\'' => 0.28,
            '.' | ',' | ' ' | 'I' | ':' | ';' | '|' | '/' | '·' => 0.34,
            'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '!' => 0.41,
            'm' | 'W' | '%' | '@' | '…' => 0.99,
            'w' | 'M' | 'O' | 'Q' => 0.84,
            's' | 'c' | 'z' => 0.55,
            'A'..='Z' => 0.72,
            _ => 0.636,
        })
        .sum();
    em * size * if bold && !mono { 1.1 } else { 1.0 }
}

fn wide(c: char) -> bool {
    matches!(c as u32, 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xff60 | 0x1f300..=0x1faff)
}

/// Plotters asks a text style to draw itself where a backend knows no fonts. This one cannot.
#[derive(Debug)]
pub struct NoFonts;

impl fmt::Display for NoFonts {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("this backend cannot draw text by itself")
    }
}

impl std::error::Error for NoFonts {}

impl BackendTextStyle for Type {
    type FontError = NoFonts;

    fn color(&self) -> BackendColor {
        BackendColor { alpha: 1.0, rgb: (self.color.0, self.color.1, self.color.2) }
    }

    // Plotters' sizes are those of the line, 1.24 times those of the letter.
    fn size(&self) -> f64 {
        self.size * UNIT * 1.24
    }

    fn transform(&self) -> FontTransform {
        if self.upright { FontTransform::None } else { FontTransform::Rotate270 }
    }

    fn style(&self) -> FontStyle {
        if self.bold { FontStyle::Bold } else { FontStyle::Normal }
    }

    fn anchor(&self) -> Pos {
        let across = match self.side {
            Side::Left => HPos::Left,
            Side::Middle => HPos::Center,
            Side::Right => HPos::Right,
        };
        Pos::new(across, VPos::Center)
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(if self.mono { MONO } else { SANS })
    }

    fn layout_box(&self, text: &str) -> Result<((i32, i32), (i32, i32)), NoFonts> {
        let (w, h) = (self.width(text) * UNIT, self.size * UNIT * 1.24);
        Ok(((0, 0), (w.round() as i32, h.round() as i32)))
    }

    fn draw<E, F: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        _text: &str,
        _at: BackendCoord,
        _pixel: F,
    ) -> Result<Result<(), E>, NoFonts> {
        Err(NoFonts)
    }
}

/// A plotters backend behind a pointer: so all painters are compiled once, not once a backend, which saves the
/// page a fifth of its drawing code.
trait Surface {
    fn rect(&mut self, from: BackendCoord, to: BackendCoord, stroke: &Stroke) -> Drawn;
    fn circle(&mut self, at: BackendCoord, radius: u32, stroke: &Stroke, fill: bool) -> Drawn;
    fn line(&mut self, from: BackendCoord, to: BackendCoord, stroke: &Stroke) -> Drawn;
    fn path(&mut self, points: &mut dyn Iterator<Item = BackendCoord>, stroke: &Stroke) -> Drawn;
    fn polygon(&mut self, points: &mut dyn Iterator<Item = BackendCoord>, stroke: &Stroke)
    -> Drawn;
    fn text(&mut self, text: &str, style: &Type, at: BackendCoord) -> Drawn;
    fn text_width(&self, text: &str, style: &Type) -> Result<u32, DrawError>;
}

struct Backed<'a, DB: DrawingBackend>(&'a mut DB);

fn said<E: std::error::Error + Send + Sync>(error: DrawingErrorKind<E>) -> DrawError {
    DrawError(error.to_string())
}

impl<DB: DrawingBackend> Surface for Backed<'_, DB> {
    fn rect(&mut self, from: BackendCoord, to: BackendCoord, stroke: &Stroke) -> Drawn {
        self.0.draw_rect(from, to, stroke, true).map_err(said)
    }

    fn circle(&mut self, at: BackendCoord, radius: u32, stroke: &Stroke, fill: bool) -> Drawn {
        self.0.draw_circle(at, radius, stroke, fill).map_err(said)
    }

    fn line(&mut self, from: BackendCoord, to: BackendCoord, stroke: &Stroke) -> Drawn {
        self.0.draw_line(from, to, stroke).map_err(said)
    }

    fn path(&mut self, points: &mut dyn Iterator<Item = BackendCoord>, stroke: &Stroke) -> Drawn {
        self.0.draw_path(points, stroke).map_err(said)
    }

    fn polygon(
        &mut self,
        points: &mut dyn Iterator<Item = BackendCoord>,
        stroke: &Stroke,
    ) -> Drawn {
        self.0.fill_polygon(points, stroke).map_err(said)
    }

    fn text(&mut self, text: &str, style: &Type, at: BackendCoord) -> Drawn {
        self.0.draw_text(text, style, at).map_err(said)
    }

    fn text_width(&self, text: &str, style: &Type) -> Result<u32, DrawError> {
        self.0.estimate_text_size(text, style).map(|(w, _)| w).map_err(said)
    }
}

/// A whole picture as one plotters element: the backend is borrowed once a picture, not once a mark.
struct Picture<'a> {
    painter: &'a dyn Fn(&mut Pen) -> Drawn,
    /// What the painter said; plotters would only take an error of the backend's own kind.
    said: RefCell<Drawn>,
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Picture<'_> {
    type Point = BackendCoord;
    type IntoIter = std::iter::Once<BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once((0, 0))
    }
}

impl<DB: DrawingBackend> Drawable<DB> for Picture<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut at: I,
        backend: &mut DB,
        (w, h): (u32, u32),
    ) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
        let origin = at.next().unwrap_or((0, 0));
        let (w, h) = (f64::from(w) / UNIT, f64::from(h) / UNIT);
        let mut backed = Backed(backend);
        *self.said.borrow_mut() = (self.painter)(&mut Pen { surface: &mut backed, origin, w, h });
        Ok(())
    }
}

/// Runs a painter on an area.
pub(crate) fn on<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    painter: impl Fn(&mut Pen) -> Drawn,
) -> Result<(), DrawError> {
    let picture = Picture { painter: &painter, said: RefCell::new(Ok(())) };
    area.draw(&picture).map_err(|e| DrawError(e.to_string()))?;
    picture.said.into_inner()
}

pub(crate) struct Pen<'a> {
    surface: &'a mut dyn Surface,
    origin: BackendCoord,
    /// Size of the area in CSS pixels.
    pub w: f64,
    pub h: f64,
}

impl Pen<'_> {
    fn at(&self, x: f64, y: f64) -> BackendCoord {
        (self.origin.0 + (x * UNIT).round() as i32, self.origin.1 + (y * UNIT).round() as i32)
    }

    pub fn rect(&mut self, r: Rect, ink: impl Into<Ink>) -> Drawn {
        let (from, to) = (self.at(r.x, r.y), self.at(r.right(), r.bottom()));
        self.surface.rect(from, to, &Stroke { ink: ink.into(), width: 0 })
    }

    /// The outline of a rectangle, its line centered on the edge.
    pub fn frame(&mut self, r: Rect, width: f64, ink: impl Into<Ink>) -> Drawn {
        let (x1, y1) = (r.right(), r.bottom());
        self.path([(r.x, r.y), (x1, r.y), (x1, y1), (r.x, y1), (r.x, r.y)], width, ink)
    }

    pub fn disc(&mut self, x: f64, y: f64, radius: f64, ink: impl Into<Ink>) -> Drawn {
        let stroke = Stroke { ink: ink.into(), width: 0 };
        self.surface.circle(self.at(x, y), (radius * UNIT).round().max(1.0) as u32, &stroke, true)
    }

    pub fn ring(&mut self, x: f64, y: f64, radius: f64, width: f64, ink: impl Into<Ink>) -> Drawn {
        let stroke = Stroke { ink: ink.into(), width: stroke_width(width) };
        self.surface.circle(self.at(x, y), (radius * UNIT).round().max(1.0) as u32, &stroke, false)
    }

    pub fn line(
        &mut self,
        from: (f64, f64),
        to: (f64, f64),
        width: f64,
        ink: impl Into<Ink>,
    ) -> Drawn {
        let stroke = Stroke { ink: ink.into(), width: stroke_width(width) };
        self.surface.line(self.at(from.0, from.1), self.at(to.0, to.1), &stroke)
    }

    pub fn path(
        &mut self,
        points: impl IntoIterator<Item = (f64, f64)>,
        width: f64,
        ink: impl Into<Ink>,
    ) -> Drawn {
        let stroke = Stroke { ink: ink.into(), width: stroke_width(width) };
        let origin = self.origin;
        self.surface.path(&mut points.into_iter().map(move |p| fine(origin, p)), &stroke)
    }

    pub fn polygon(
        &mut self,
        points: impl IntoIterator<Item = (f64, f64)>,
        ink: impl Into<Ink>,
    ) -> Drawn {
        let origin = self.origin;
        let stroke = Stroke { ink: ink.into(), width: 0 };
        self.surface.polygon(&mut points.into_iter().map(move |p| fine(origin, p)), &stroke)
    }

    /// A line of dashes along the points. No backend knows dashes, so the pen cuts the line itself.
    pub fn dashed(
        &mut self,
        points: &[(f64, f64)],
        dash: &[f64],
        width: f64,
        ink: impl Into<Ink>,
    ) -> Drawn {
        let ink = ink.into();
        if dash.is_empty() {
            return self.path(points.iter().copied(), width, ink);
        }
        let mut piece = Vec::with_capacity(16);
        let (mut turn, mut left) = (0, dash[0]);
        let Some(&first) = points.first() else { return Ok(()) };
        piece.push(first);
        for pair in points.windows(2) {
            let (mut from, to) = (pair[0], pair[1]);
            loop {
                let length = libm::hypot(to.0 - from.0, to.1 - from.1);
                if length <= left {
                    left -= length;
                    if turn % 2 == 0 {
                        piece.push(to);
                    }
                    break;
                }
                let part = left / length;
                from = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
                if turn % 2 == 0 {
                    piece.push(from);
                    self.path(piece.iter().copied(), width, ink)?;
                }
                piece.clear();
                turn += 1;
                left = dash[turn % dash.len()].max(0.5);
                if turn % 2 == 0 {
                    piece.push(from);
                }
            }
        }
        if piece.len() > 1 { self.path(piece.iter().copied(), width, ink) } else { Ok(()) }
    }

    /// A mark of the given shape; hollow ones are stroked.
    pub fn shape(&mut self, shape: Shape, x: f64, y: f64, r: f64, ink: impl Into<Ink>) -> Drawn {
        let ink = ink.into();
        let width = (r * 0.42).clamp(0.75, 2.5);
        let place = |&(dx, dy): &(f64, f64)| (x + dx * r, y + dy * r);
        let corners = shape.corners();
        match shape {
            Shape::Disc => self.disc(x, y, r, ink),
            Shape::Ring => self.ring(x, y, r * 0.85, width, ink),
            Shape::Square => {
                self.rect(Rect::new(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76), ink)
            }
            Shape::Frame => self.path(corners.iter().chain(&corners[..1]).map(place), width, ink),
            Shape::Cross => {
                self.path(corners[..2].iter().map(place), width, ink)?;
                self.path(corners[2..].iter().map(place), width, ink)
            }
            _ => self.polygon(corners.iter().map(place), ink),
        }
    }

    /// Text with the middle of its line at `y`.
    pub fn text(&mut self, text: &str, x: f64, y: f64, style: Type) -> Drawn {
        let at = self.at(x, y);
        self.surface.text(text, &style, at)
    }

    /// Text cut to the room it has, with an ellipsis; nothing at all where not even four letters fit.
    pub fn fitted(&mut self, text: &str, x: f64, y: f64, room: f64, style: Type) -> Drawn {
        let width = |pen: &Self, text: &str| {
            pen.surface.text_width(text, &style).map(|w| f64::from(w) / UNIT)
        };
        if text.is_empty() {
            return Ok(());
        }
        if width(self, text)? <= room {
            return self.text(text, x, y, style);
        }
        let mut short = String::with_capacity(text.len());
        let mut kept = text.chars().count().min(120);
        while kept > 4 {
            // The table is near enough to guess by; the backend has the last word.
            kept -= 1;
            short.clear();
            short.extend(text.chars().take(kept));
            short.truncate(short.trim_end().len());
            short.push('…');
            if style.width(&short) <= room * 1.2 && width(self, &short)? <= room {
                return self.text(&short, x, y, style);
            }
        }
        Ok(())
    }
}

/// Gives the parts of a line that lie within the frame, run by run. A y that is not a number is a gap.
pub(crate) fn clipped<E>(
    points: &[(f64, f64)],
    frame: &Rect,
    mut run_of: impl FnMut(&[(f64, f64)]) -> Result<(), E>,
) -> Result<(), E> {
    let inside = |p: &(f64, f64)| frame.holds(p.0, p.1);
    if points.iter().all(inside) {
        return run_of(points);
    }
    let mut run: Vec<(f64, f64)> = Vec::with_capacity(points.len());
    for pair in points.windows(2) {
        let Some((from, to)) = cut(pair[0], pair[1], frame) else {
            run_of(&run)?;
            run.clear();
            continue;
        };
        if run.last() != Some(&from) {
            if run.len() > 1 {
                run_of(&run)?;
            }
            run.clear();
            run.push(from);
        }
        run.push(to);
    }
    run_of(&run)
}

/// The part of a segment within the frame (Liang and Barsky 1984).
fn cut(a: (f64, f64), b: (f64, f64), f: &Rect) -> Option<((f64, f64), (f64, f64))> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    if !(dx.is_finite() && dy.is_finite()) {
        return None;
    }
    let (mut enter, mut leave) = (0.0, 1.0);
    for (along, room) in
        [(-dx, a.0 - f.x), (dx, f.right() - a.0), (-dy, a.1 - f.y), (dy, f.bottom() - a.1)]
    {
        if along == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if along < 0.0 {
            enter = f64::max(enter, room / along);
        } else {
            leave = f64::min(leave, room / along);
        }
    }
    // Whole ends stay as they are, so that runs join without a seam.
    let at = |part: f64| match part {
        0.0 => a,
        1.0 => b,
        _ => (a.0 + dx * part, a.1 + dy * part),
    };
    (enter <= leave).then(|| (at(enter), at(leave)))
}

fn fine(origin: BackendCoord, (x, y): (f64, f64)) -> BackendCoord {
    (origin.0 + (x * UNIT).round() as i32, origin.1 + (y * UNIT).round() as i32)
}

fn stroke_width(css: f64) -> u32 {
    (css * UNIT).round().max(1.0) as u32
}

/// Places that are taken, so that labels do not meet.
pub(crate) struct Spots {
    room: Rect,
    taken: Vec<Rect>,
}

impl Spots {
    pub fn new(room: Rect) -> Spots {
        Spots { room, taken: Vec::new() }
    }

    pub fn take(&mut self, spot: Rect) {
        self.taken.push(spot);
    }

    pub fn free(&self, spot: &Rect) -> bool {
        spot.x >= self.room.x
            && spot.y >= self.room.y
            && spot.right() <= self.room.right()
            && spot.bottom() <= self.room.bottom()
            && !self.taken.iter().any(|taken| taken.meets(spot))
    }
}

/// The few text styles of all pictures.
impl Look {
    /// The text color that reads best on a color.
    pub(crate) fn readable_on(&self, on: Color) -> Color {
        let (light, dark) = (Color(255, 255, 255), Color(15, 18, 20));
        if light.contrast(on) >= dark.contrast(on).min(4.5) { light } else { dark }
    }

    pub(crate) fn label(&self) -> Type {
        Type::new(self.text, self.theme.muted())
    }

    pub(crate) fn number(&self) -> Type {
        Type::new(self.text - 1.0, self.theme.muted()).mono()
    }

    pub(crate) fn tone(&self, tone: u8) -> Color {
        self.theme.tone(self.arm, tone)
    }

    pub(crate) fn heading(&self) -> Type {
        Type::new(self.text + 0.5, self.theme.ink()).bold()
    }

    pub(crate) fn ground(&self) -> Color {
        Theme::surface(self.theme)
    }
}
