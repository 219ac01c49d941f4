//! How texts are set, and how wide they are without asking a font.

use crate::Look;
use crate::pen::UNIT;
use crate::theme::{Color, Theme};
use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendTextStyle, FontFamily, FontStyle, FontTransform,
};
use std::fmt;

const SANS: &str = "system-ui, sans-serif";
const MONO: &str = "ui-monospace, monospace";

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

/// Cuts a text into lines of a width, at most so many, between words where it can. True: not all of it is there.
pub(crate) fn wrapped(text: &str, room: f64, size: f64, most: usize) -> (Vec<&str>, bool) {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let (mut start, mut space, mut width) = (0, None, 0.0);
        for (at, letter) in paragraph.char_indices() {
            if letter == ' ' {
                space = Some(at);
            }
            width += text_width(&paragraph[at..at + letter.len_utf8()], size, false, false);
            if width > room && at > start {
                let end = space.filter(|&s| s > start).unwrap_or(at);
                lines.push(&paragraph[start..end]);
                start = end + usize::from(paragraph[end..].starts_with(' '));
                let rest = start.min(at + letter.len_utf8())..at + letter.len_utf8();
                width = text_width(&paragraph[rest], size, false, false);
                space = None;
                if lines.len() >= most {
                    return (lines, true);
                }
            }
        }
        lines.push(&paragraph[start.min(paragraph.len())..]);
        if lines.len() >= most {
            return (lines, true);
        }
    }
    (lines, false)
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
        if self.by_arm { self.theme.arm(tone.into()) } else { self.theme.tone(self.arm, tone) }
    }

    pub(crate) fn heading(&self) -> Type {
        Type::new(self.text + 0.5, self.theme.ink()).bold()
    }

    pub(crate) fn ground(&self) -> Color {
        Theme::surface(self.theme)
    }
}
