//! What every painter draws with: shapes and text in CSS pixels, on any plotters backend.
//!
//! Plotters' own coordinates are whole numbers. Every area handed to this crate is therefore `FINE` times as
//! fine as CSS pixels; the canvas and the SVG scale it back, so lines are smooth at any pixel ratio.

use crate::DrawError;
use crate::places::Rect;
use crate::text::Type;
use crate::theme::{Color, Shape};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Drawable, PointCollection};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind,
};
use std::cell::RefCell;

/// Backend units in one CSS pixel.
pub const FINE: u32 = 4;
pub(crate) const UNIT: f64 = FINE as f64;

pub(crate) type Drawn = Result<(), DrawError>;

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

fn fine(origin: BackendCoord, (x, y): (f64, f64)) -> BackendCoord {
    (origin.0 + (x * UNIT).round() as i32, origin.1 + (y * UNIT).round() as i32)
}

fn stroke_width(css: f64) -> u32 {
    (css * UNIT).round().max(1.0) as u32
}
