//! A plotters backend over a 2D canvas. State is set only when it changes, opaque shapes of one color are
//! filled together, texts are measured once.

use crate::DrawError;
use crate::pen::FINE;
use lexicon::Table;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle, FontTransform,
};
use std::convert::Infallible;
use std::f64::consts::TAU;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// A canvas to paint pictures on, sharp at any pixel ratio.
pub struct Canvas {
    element: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    area: DrawingArea<Brush, Shift>,
    ratio: f64,
}

impl Canvas {
    pub fn new(element: HtmlCanvasElement) -> Result<Canvas, DrawError> {
        let context = element
            .get_context("2d")
            .ok()
            .flatten()
            .and_then(|c| c.dyn_into::<CanvasRenderingContext2d>().ok())
            .ok_or_else(|| DrawError("this browser has no 2D canvas".into()))?;
        let area = Brush::new(context.clone(), (1, 1)).into_drawing_area();
        let mut canvas = Canvas { element, context, area, ratio: 1.0 };
        canvas.resize(300.0, 150.0, 1.0);
        Ok(canvas)
    }

    /// Fits the canvas to its size in CSS pixels; what is on it is gone after a change. True if it changed.
    pub fn resize(&mut self, css_width: f64, css_height: f64, device_pixel_ratio: f64) -> bool {
        // Our choice: 8192 device pixels a side at most, which every browser allows.
        let held = |css: f64| if css.is_finite() { css.clamp(1.0, 4096.0) } else { 1.0 };
        let (w, h) = (held(css_width), held(css_height));
        let ratio = if device_pixel_ratio.is_finite() { device_pixel_ratio } else { 1.0 };
        let ratio = ratio.clamp(0.5, 8192.0 / w.max(h)).min(4.0);
        let device = ((w * ratio).round() as u32, (h * ratio).round() as u32);
        let fine = ((w * f64::from(FINE)).round() as u32, (h * f64::from(FINE)).round() as u32);
        if (self.element.width(), self.element.height()) == device
            && self.ratio == ratio
            && self.area.dim_in_pixel() == fine
        {
            return false;
        }
        self.element.set_width(device.0);
        self.element.set_height(device.1);
        self.ratio = ratio;
        // A resized canvas forgets its state, and so must the brush.
        self.area = Brush::new(self.context.clone(), fine).into_drawing_area();
        true
    }

    /// Clears the canvas and runs a painter on it.
    pub fn paint(
        &self,
        painter: impl FnOnce(&DrawingArea<Brush, Shift>) -> Result<(), DrawError>,
    ) -> Result<(), DrawError> {
        let (w, h) = (f64::from(self.element.width()), f64::from(self.element.height()));
        let scale = self.ratio / f64::from(FINE);
        // Only a broken number could make these two fail.
        let _ = self.context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        self.context.clear_rect(0.0, 0.0, w, h);
        let _ = self.context.set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0);
        let done = painter(&self.area);
        self.area.present().map_err(|e| DrawError(e.to_string()))?;
        done
    }

    pub fn element(&self) -> &HtmlCanvasElement {
        &self.element
    }
}

#[derive(Clone, Copy, PartialEq)]
struct Paint {
    rgb: (u8, u8, u8),
    alpha: f64,
}

impl Paint {
    fn of(color: BackendColor) -> Paint {
        Paint { rgb: color.rgb, alpha: color.alpha }
    }

    fn css(&self) -> String {
        let (r, g, b) = self.rgb;
        if self.alpha >= 1.0 {
            format!("#{r:02x}{g:02x}{b:02x}")
        } else {
            format!("rgba({r},{g},{b},{:.3})", self.alpha)
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Pending {
    Nothing,
    Fill,
    Stroke,
}

/// Shapes gathered in one path before it is painted. Measured on a software canvas with 5,000 marks: 16 beat 1
/// by a quarter to a half, 400 was three times slower than 1.
const GATHERED_MAX: u32 = 16;
/// Texts whose widths are kept; past it the cache begins anew.
const TEXTS_MAX: usize = 2_000;

type Font = (u32, bool, bool);

/// The plotters backend over the context; made by `Canvas`.
pub struct Brush {
    context: CanvasRenderingContext2d,
    size: (u32, u32),
    fill: Option<Paint>,
    stroke: Option<(Paint, u32)>,
    pending: Pending,
    gathered: u32,
    text: std::cell::RefCell<Texts>,
}

#[derive(Default)]
struct Texts {
    font: Option<Font>,
    widths: Table<Font, Table<String, f64>>,
    held: usize,
}

type Done = Result<(), DrawingErrorKind<Infallible>>;

impl Brush {
    fn new(context: CanvasRenderingContext2d, size: (u32, u32)) -> Brush {
        context.set_line_join("round");
        Brush {
            context,
            size,
            fill: None,
            stroke: None,
            pending: Pending::Nothing,
            gathered: 0,
            text: Default::default(),
        }
    }

    fn flush(&mut self) {
        match self.pending {
            Pending::Nothing => {}
            Pending::Fill => self.context.fill(),
            Pending::Stroke => self.context.stroke(),
        }
        (self.pending, self.gathered) = (Pending::Nothing, 0);
    }

    /// Gets a path ready for one more shape of the kind. Translucent fills are painted one by one: marks on
    /// top of each other must add up.
    fn gather(&mut self, kind: Pending, solid: bool) {
        if self.pending != kind || self.gathered >= GATHERED_MAX || !solid {
            self.flush();
            self.context.begin_path();
            self.pending = kind;
        }
        self.gathered += 1;
    }

    fn fill_with(&mut self, color: BackendColor) {
        let paint = Paint::of(color);
        if self.fill != Some(paint) {
            self.flush();
            self.context.set_fill_style_str(&paint.css());
            self.fill = Some(paint);
        }
    }

    fn stroke_with<S: BackendStyle>(&mut self, style: &S) {
        let (paint, width) = (Paint::of(style.color()), style.stroke_width());
        let (old, old_width) = self.stroke.unzip();
        if old != Some(paint) {
            self.flush();
            self.context.set_stroke_style_str(&paint.css());
        }
        if old_width != Some(width) {
            self.flush();
            self.context.set_line_width(width.into());
        }
        self.stroke = Some((paint, width));
    }

    fn trace(&self, points: impl IntoIterator<Item = BackendCoord>) {
        for (i, (x, y)) in points.into_iter().enumerate() {
            match i {
                0 => self.context.move_to(x.into(), y.into()),
                _ => self.context.line_to(x.into(), y.into()),
            }
        }
    }

    /// Sets the font if it is another, and gives its key.
    fn font<T: BackendTextStyle>(&self, style: &T) -> Font {
        let (size, bold) = (style.size() / 1.24, matches!(style.style(), FontStyle::Bold));
        let family = style.family();
        let font = (size.round() as u32, bold, family.as_str().contains("mono"));
        let mut texts = self.text.borrow_mut();
        if texts.font != Some(font) {
            let weight = if bold { "600 " } else { "" };
            self.context.set_font(&format!("{weight}{}px {}", font.0, family.as_str()));
            texts.font = Some(font);
        }
        font
    }

    fn width<T: BackendTextStyle>(&self, text: &str, style: &T) -> f64 {
        let font = self.font(style);
        let mut texts = self.text.borrow_mut();
        if let Some(width) = texts.widths.get(&font).and_then(|of| of.get(text)) {
            return *width;
        }
        let width = self.context.measure_text(text).map_or(0.0, |m| m.width());
        if texts.held >= TEXTS_MAX {
            texts.widths.clear();
            texts.held = 0;
        }
        texts.held += 1;
        texts.widths.or_default(font).insert(text.to_string(), width);
        width
    }
}

impl DrawingBackend for Brush {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        self.flush();
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Done {
        self.fill_with(color);
        self.flush();
        self.context.fill_rect(x.into(), y.into(), 1.0, 1.0);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Done {
        self.stroke_with(style);
        // Straight lines have a way of their own through the rasterizer: gathered, they lose it.
        self.flush();
        self.context.begin_path();
        self.trace([from, to]);
        self.context.stroke();
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Done {
        let (x, y): (f64, f64) = (from.0.into(), from.1.into());
        let (w, h) = ((to.0 - from.0).into(), (to.1 - from.1).into());
        self.flush();
        if fill {
            self.fill_with(style.color());
            self.context.fill_rect(x, y, w, h);
        } else {
            self.stroke_with(style);
            self.context.stroke_rect(x, y, w, h);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        self.stroke_with(style);
        self.gather(Pending::Stroke, true);
        self.trace(path);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Done {
        let (x, y, r): (f64, f64, f64) = (center.0.into(), center.1.into(), radius.into());
        if fill {
            self.fill_with(style.color());
            self.gather(Pending::Fill, style.color().alpha >= 1.0);
        } else {
            self.stroke_with(style);
            self.gather(Pending::Stroke, true);
        }
        self.context.move_to(x + r, y);
        // It fails only for a negative radius, and this one has no sign.
        let _ = self.context.arc(x, y, r, 0.0, TAU);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Done {
        self.fill_with(style.color());
        // Two polygons that turn in opposite ways would cut holes into each other: our painters turn all
        // marks one way, and what is larger than a mark is translucent or comes alone.
        self.gather(Pending::Fill, style.color().alpha >= 1.0);
        self.trace(corners);
        self.context.close_path();
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &T,
        (x, y): BackendCoord,
    ) -> Done {
        self.flush();
        self.fill_with(style.color());
        self.font(style);
        let em = style.size() / 1.24;
        // The same offsets from the baseline as plotters' SVG.
        let down = match style.anchor().v_pos {
            VPos::Top => 0.76 * em,
            VPos::Center => 0.27 * em,
            VPos::Bottom => -0.27 * em,
        };
        let width = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => self.width(text, style) / 2.0,
            HPos::Right => self.width(text, style),
        };
        let (x, y) = (f64::from(x), f64::from(y));
        let turn = match style.transform() {
            FontTransform::None => {
                // Filling text cannot fail; the binding is only careful.
                let _ = self.context.fill_text(text, x - width, y + down);
                return Ok(());
            }
            FontTransform::Rotate90 => TAU / 4.0,
            FontTransform::Rotate180 => TAU / 2.0,
            FontTransform::Rotate270 => -TAU / 4.0,
        };
        self.context.save();
        let _ = self.context.translate(x, y);
        let _ = self.context.rotate(turn);
        let _ = self.context.fill_text(text, -width, down);
        self.context.restore();
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        Ok((self.width(text, style).ceil() as u32, style.size().ceil() as u32))
    }
}
