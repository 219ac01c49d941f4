//! Scenes and curves onto any plotters backend: the canvas in the page, SVG in exports, tests and on the
//! command line. A scene says what there is to see; here stands how it looks.
//!
//! Each kind has one `Layout`, a pure function of scene, look and size in CSS pixels. Painting and pointing
//! both ask it, so what is seen and what is read under the pointer cannot disagree.

mod axes;
mod bars;
pub mod curves;
mod field;
mod graph;
mod grid;
mod heatmap;
pub mod interval;
mod pen;
mod places;
mod scale;
mod strip;
pub mod svg;
mod text;
pub mod theme;
mod timeline;
mod transcript;

#[cfg(feature = "web")]
pub mod canvas;

pub use curves::{Curves, Plot, Reading, Series, curves};
pub use interval::{Interval, interval, sparkline};
pub use pen::FINE;
pub use places::Rect;
pub use scale::reading;
pub use svg::{curves_svg, interval_svg, scene_svg};
pub use text::text_width;
pub use theme::{Color, Shape, Theme};

use lexicon::Scene;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters_backend::DrawingBackend;
use std::fmt;

/// How to draw; all sizes and places in CSS pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    pub theme: Theme,
    /// The arm's place among the arms of its system: its color, dash and marker.
    pub arm: usize,
    /// Tones are arms: tone 2 looks as the third arm does everywhere else (a scatter that compares arms).
    pub by_arm: bool,
    /// Where the pointer is, if over the picture: the mark there is outlined.
    pub hover: Option<(f64, f64)>,
    /// Messages in flight stand still in the middle of their way.
    pub reduced_motion: bool,
    /// Size of labels; numbers at axes are one less.
    pub text: f64,
    /// A miniature: no text, no axes, the picture alone.
    pub mini: bool,
}

impl Default for Look {
    fn default() -> Look {
        Look {
            theme: Theme::Light,
            arm: 0,
            by_arm: false,
            hover: None,
            reduced_motion: false,
            text: 11.0,
            mini: false,
        }
    }
}

/// Why a picture could not be drawn, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawError(pub String);

impl fmt::Display for DrawError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DrawError {}

/// What stands under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Name and value, in reading order; a name may be empty.
    pub text: Vec<(String, String)>,
    /// Where the mark itself is.
    pub at: (f64, f64),
}

/// The outline of the mark under the pointer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outline {
    Round(f64, f64, f64),
    Box(Rect),
}

pub(crate) struct Found {
    pub text: Vec<(String, String)>,
    pub outline: Outline,
}

/// Draws the scene over the whole area, which must be `FINE` times as fine as CSS pixels. The background
/// stays as it is.
pub fn scene<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    scene: &Scene,
    look: &Look,
) -> Result<(), DrawError> {
    if let Some(flaw) = scene.flaw() {
        return Err(DrawError(format!("this scene cannot be drawn: {flaw}")));
    }
    pen::on(area, |pen| paint(pen, scene, look))
}

fn paint(pen: &mut pen::Pen, scene: &Scene, look: &Look) -> pen::Drawn {
    if pen.w < 24.0 || pen.h < 24.0 {
        return Ok(());
    }
    match scene {
        Scene::Graph(s) => graph::paint(pen, s, look)?,
        Scene::Field(s) => field::paint(pen, s, look)?,
        Scene::Grid(s) => grid::paint(pen, s, look)?,
        Scene::Heatmap(s) => heatmap::paint(pen, s, look)?,
        Scene::Bars(s) => bars::paint(pen, s, look)?,
        Scene::Timeline(s) => timeline::paint(pen, s, look)?,
        Scene::Strip(s) => strip::paint(pen, s, look)?,
        Scene::Transcript(s) => transcript::paint(pen, s, look)?,
    }
    let Some((x, y)) = look.hover else { return Ok(()) };
    match find(scene, look, (pen.w, pen.h), (x, y)).map(|found| found.outline) {
        Some(Outline::Round(x, y, r)) => pen.ring(x, y, r + 2.0, 1.5, look.theme.ink()),
        Some(Outline::Box(r)) => pen.frame(r, 1.5, look.theme.ink()),
        None => Ok(()),
    }
}

/// What stands at (x, y) of the scene drawn at this size, all in CSS pixels.
pub fn hit(scene: &Scene, look: &Look, width: f64, height: f64, x: f64, y: f64) -> Option<Hit> {
    if scene.flaw().is_some() {
        return None;
    }
    let Found { text, outline } = find(scene, look, (width, height), (x, y))?;
    let at = match outline {
        Outline::Round(x, y, _) => (x, y),
        Outline::Box(r) => r.center(),
    };
    Some(Hit { text, at })
}

fn find(scene: &Scene, look: &Look, size: (f64, f64), at: (f64, f64)) -> Option<Found> {
    match scene {
        Scene::Graph(s) => graph::find(s, look, size, at),
        Scene::Field(s) => field::find(s, look, size, at),
        Scene::Grid(s) => grid::find(s, look, size, at),
        Scene::Heatmap(s) => heatmap::find(s, look, size, at),
        Scene::Bars(s) => bars::find(s, look, size, at),
        Scene::Timeline(s) => timeline::find(s, look, size, at),
        Scene::Strip(s) => strip::find(s, look, size, at),
        Scene::Transcript(s) => transcript::find(s, look, size, at),
    }
}

/// The legend's name of a tone, or nothing.
/// A mark's interval in words, where it has one.
pub(crate) fn interval_at(from: &[f32], to: &[f32], mark: usize) -> Option<(String, String)> {
    let (from, to) = (*from.get(mark)?, *to.get(mark)?);
    let span = || format!("{} to {}", reading(from.into()), reading(to.into()));
    (from.is_finite() && to.is_finite()).then(|| ("interval".to_string(), span()))
}

pub(crate) fn named(legend: &[lexicon::scene::Key], tone: u8) -> Option<&str> {
    legend.iter().find(|key| key.tone == tone).map(|key| key.label.as_str())
}
