//! Pictures as SVG text, for exports, tests and the command line.

use crate::curves::Curves;
use crate::interval::Interval;
use crate::pen::{Drawn, FINE, Pen, on};
use crate::theme::{arm_dash, tone_shape};
use crate::{DrawError, Look};
use lexicon::Scene;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::style::RGBColor;
use plotters_svg::SVGBackend;

/// The scene as an SVG document of this size in CSS pixels, on the theme's surface, its legend and note below.
/// A miniature has neither.
pub fn scene_svg(scene: &Scene, look: &Look, width: f64, height: f64) -> Result<String, DrawError> {
    let keys: Vec<Entry> = scene.legend().iter().map(|k| Entry::Tone(k.tone, &k.label)).collect();
    let foot = Foot::new(keys, scene.note(), look, width, height);
    document(look, width, height, |area| {
        let (above, below) = area.split_vertically(((height - foot.height) * UNIT).round() as i32);
        crate::scene(&above, scene, look)?;
        on(&below, |pen| foot.paint(pen, look))
    })
}

/// The curves of one metric as an SVG document, its legend below.
pub fn curves_svg(
    curves: &Curves,
    look: &Look,
    width: f64,
    height: f64,
) -> Result<String, DrawError> {
    let shown = curves.series.iter().filter(|s| !s.hidden);
    let keys = shown.map(|s| Entry::Arm(s.arm, s.label)).collect();
    let foot = Foot::new(keys, "", look, width, height);
    document(look, width, height, |area| {
        let (above, below) = area.split_vertically(((height - foot.height) * UNIT).round() as i32);
        crate::curves(&above, curves, look)?;
        on(&below, |pen| foot.paint(pen, look))
    })
}

/// The interval of a claim as an SVG document.
pub fn interval_svg(
    interval: &Interval,
    look: &Look,
    width: f64,
    height: f64,
) -> Result<String, DrawError> {
    document(look, width, height, |area| crate::interval(area, interval, look))
}

const UNIT: f64 = FINE as f64;

/// One entry of a legend.
enum Entry<'a> {
    Tone(u8, &'a str),
    Arm(usize, &'a str),
}

impl Entry<'_> {
    fn label(&self) -> &str {
        match self {
            Entry::Tone(_, label) | Entry::Arm(_, label) => label,
        }
    }

    /// Width of the sample before the label.
    fn sample(&self) -> f64 {
        if matches!(self, Entry::Tone(..)) { 14.0 } else { 30.0 }
    }
}

/// What a picture that stands alone needs below it: in the page this is HTML.
struct Foot<'a> {
    /// Each with its place: x and row.
    entries: Vec<(Entry<'a>, f64, f64)>,
    note: &'a str,
    row: f64,
    height: f64,
}

impl<'a> Foot<'a> {
    fn new(keys: Vec<Entry<'a>>, note: &'a str, look: &Look, width: f64, height: f64) -> Foot<'a> {
        let row = look.text + 7.0;
        let (mut x, mut line) = (4.0, 0.0);
        let mut entries = Vec::with_capacity(keys.len());
        for key in keys.into_iter().filter(|k| !k.label().is_empty()) {
            let own = key.sample() + look.label().width(key.label()) + 14.0;
            if x > 4.0 && x + own > width {
                (x, line) = (4.0, line + 1.0);
            }
            entries.push((key, x, line));
            x += own;
        }
        let rows = if entries.is_empty() { 0.0 } else { line + 1.0 }
            + if note.is_empty() { 0.0 } else { 1.0 };
        let tall = if rows > 0.0 { rows * row + 4.0 } else { 0.0 };
        // The picture comes first: a foot that would take a third of it is left out.
        if look.mini || tall > height / 3.0 {
            return Foot { entries: Vec::new(), note: "", row, height: 0.0 };
        }
        Foot { entries, note, row, height: tall }
    }

    fn paint(&self, pen: &mut Pen, look: &Look) -> Drawn {
        for (key, x, line) in &self.entries {
            let y = 4.0 + (line + 0.5) * self.row;
            match key {
                Entry::Tone(tone, _) => {
                    pen.shape(tone_shape(*tone), x + 5.0, y, 4.0, look.tone(*tone))?
                }
                Entry::Arm(arm, _) => {
                    let ends = [(*x, y), (x + 24.0, y)];
                    pen.dashed(&ends, arm_dash(*arm), 2.0, look.theme.arm(*arm))?;
                }
            }
            pen.fitted(key.label(), x + key.sample(), y, pen.w - x - key.sample(), look.label())?;
        }
        pen.fitted(self.note, 4.0, pen.h - self.row / 2.0, pen.w - 8.0, look.label())
    }
}

fn document(
    look: &Look,
    width: f64,
    height: f64,
    paint: impl Fn(&DrawingArea<SVGBackend, Shift>) -> Result<(), DrawError>,
) -> Result<String, DrawError> {
    // Our choice: nobody prints larger than this, and the numbers stay small.
    let whole = |css: f64| css.clamp(1.0, 8_000.0).round() as u32;
    let (w, h) = (whole(width), whole(height));
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (w * FINE, h * FINE)).into_drawing_area();
        let said = |e: &dyn std::fmt::Display| DrawError(e.to_string());
        let crate::Color(r, g, b) = look.ground();
        area.fill(&RGBColor(r, g, b)).map_err(|e| said(&e))?;
        paint(&area)?;
        area.present().map_err(|e| said(&e))?;
    }
    // Plotters knows only the fine units: the view box keeps them, the size is told in CSS pixels.
    let fine = format!("width=\"{}\" height=\"{}\"", w * FINE, h * FINE);
    Ok(svg.replacen(&fine, &format!("width=\"{w}\" height=\"{h}\""), 1))
}
