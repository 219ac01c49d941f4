//! Pictures as SVG text, for exports, tests and the command line.

use crate::curves::Curves;
use crate::interval::Interval;
use crate::pen::FINE;
use crate::{DrawError, Look};
use lexicon::Scene;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::style::RGBColor;
use plotters_svg::SVGBackend;

/// The scene as an SVG document of this size in CSS pixels, on the theme's surface.
pub fn scene_svg(scene: &Scene, look: &Look, width: f64, height: f64) -> Result<String, DrawError> {
    document(look, width, height, |area| crate::scene(area, scene, look))
}

/// The curves of one metric as an SVG document.
pub fn curves_svg(
    curves: &Curves,
    look: &Look,
    width: f64,
    height: f64,
) -> Result<String, DrawError> {
    document(look, width, height, |area| crate::curves(area, curves, look))
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
