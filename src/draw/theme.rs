//! The colors, dashes and shapes of PRODUCT.md "Look". Color never carries meaning alone: every arm has a dash
//! and a marker besides, every tone a marker and a hatch.

/// An opaque sRGB color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

impl Color {
    const fn hex(rgb: u32) -> Color {
        Color((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
    }

    /// As CSS writes it, `#rrggbb`.
    pub fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// The color `part` (0..1) of the way from here to `other`. Straight in sRGB, as a translucent layer
    /// would look: a shade on a canvas equals the same shade in the page's style sheet.
    pub fn mix(self, other: Color, part: f64) -> Color {
        let part = part.clamp(0.0, 1.0);
        let blend =
            |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
        Color(blend(self.0, other.0), blend(self.1, other.1), blend(self.2, other.2))
    }

    /// Relative luminance of WCAG 2, 0..1.
    pub fn luminance(self) -> f64 {
        let linear = |byte: u8| {
            let c = f64::from(byte) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Contrast ratio of WCAG 2, 1..21.
    pub fn contrast(self, other: Color) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Light,
    Dark,
}

/// How many arms have a color of their own; further ones begin again.
pub const ARMS: usize = 6;
/// How many tones there are; a larger number is read as the last one.
pub const TONES: usize = 8;

const ARM_LIGHT: [Color; ARMS] = [
    Color::hex(0x0072b2),
    Color::hex(0xd55e00),
    Color::hex(0x009e73),
    Color::hex(0xcc79a7),
    Color::hex(0xe69f00),
    Color::hex(0x56b4e9),
];
const ARM_DARK: [Color; ARMS] = [
    Color::hex(0x4aa8e8),
    Color::hex(0xf28c4a),
    Color::hex(0x3cc79b),
    Color::hex(0xe39cc8),
    Color::hex(0xf0b93a),
    Color::hex(0x8fd0f5),
];

// Our choice: tones 1..=7, and last a spare. A tone looks the same in every arm's panel, so that panels
// side by side can be compared; only the one tone too near to the arm's own color is replaced by the spare.
const TONE_LIGHT: [Color; TONES] = [
    Color::hex(0xb3203a), // crimson
    Color::hex(0x7d8792), // gray
    Color::hex(0x6f4bb8), // violet
    Color::hex(0x8f6a00), // ochre
    Color::hex(0x3b4049), // graphite
    Color::hex(0x128c91), // teal
    Color::hex(0xd1489a), // pink
    Color::hex(0x24407f), // navy, the spare
];
const TONE_DARK: [Color; TONES] = [
    Color::hex(0xf0526b),
    Color::hex(0x7f8a96),
    Color::hex(0xa083f0),
    Color::hex(0xb08a2e),
    Color::hex(0xe3e6ea),
    Color::hex(0x2fb3bd),
    Color::hex(0xff7ec4),
    Color::hex(0x5f7fe0),
];
/// For each arm, the tone that gives way to the spare.
const TOO_NEAR: [usize; ARMS] = [0, 1, 6, 7, 4, 0];

impl Theme {
    fn pick(self, light: u32, dark: u32) -> Color {
        Color::hex(if self == Theme::Light { light } else { dark })
    }

    pub fn paper(self) -> Color {
        self.pick(0xfaf9f6, 0x0f1214)
    }

    pub fn surface(self) -> Color {
        self.pick(0xffffff, 0x171b1f)
    }

    pub fn ink(self) -> Color {
        self.pick(0x16181d, 0xe8e6e1)
    }

    pub fn muted(self) -> Color {
        self.pick(0x5b6270, 0x9aa3ad)
    }

    pub fn line(self) -> Color {
        self.pick(0xe3e1db, 0x2a3036)
    }

    pub fn accent(self) -> Color {
        self.pick(0x0b6e6e, 0x4fc3b5)
    }

    /// The color of an arm, by its place among the arms of the system.
    pub fn arm(self, arm: usize) -> Color {
        (if self == Theme::Light { ARM_LIGHT } else { ARM_DARK })[arm % ARMS]
    }

    /// The color of a tone in the panel of an arm: tone 0 is the arm's own.
    pub fn tone(self, arm: usize, tone: u8) -> Color {
        let tone = (tone as usize).min(TONES - 1);
        let tones = if self == Theme::Light { TONE_LIGHT } else { TONE_DARK };
        match tone {
            0 => self.arm(arm),
            _ if TOO_NEAR[arm % ARMS] == tone => tones[TONES - 1],
            _ => tones[tone - 1],
        }
    }
}

/// The shape of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Disc,
    Square,
    Triangle,
    Diamond,
    Ring,
    Cross,
    Wedge,
    Frame,
}

/// Marks of tone 0..=7: filled and hollow, round and cornered, so that neighbors in the list differ most.
pub const TONE_SHAPES: [Shape; TONES] = [
    Shape::Disc,
    Shape::Square,
    Shape::Ring,
    Shape::Triangle,
    Shape::Diamond,
    Shape::Cross,
    Shape::Wedge,
    Shape::Frame,
];

pub fn tone_shape(tone: u8) -> Shape {
    TONE_SHAPES[(tone as usize).min(TONES - 1)]
}

/// The marker of an arm on its curve.
pub fn arm_shape(arm: usize) -> Shape {
    [Shape::Disc, Shape::Square, Shape::Triangle, Shape::Diamond, Shape::Wedge, Shape::Ring]
        [arm % ARMS]
}

/// The dash of an arm in CSS pixels, drawn and left out in turn; empty = a solid line.
pub fn arm_dash(arm: usize) -> &'static [f64] {
    const DASHES: [&[f64]; ARMS] = [
        &[],
        &[6.0, 3.5],
        &[2.0, 2.5],
        &[9.0, 3.0, 2.0, 3.0],
        &[12.0, 4.0],
        &[6.0, 2.5, 2.0, 2.5, 2.0, 2.5],
    ];
    DASHES[arm % ARMS]
}

impl Shape {
    /// Hollow shapes are stroked, the others filled.
    pub fn hollow(self) -> bool {
        matches!(self, Shape::Ring | Shape::Frame | Shape::Cross)
    }

    /// The corners of the shape around the origin at radius 1, clockwise; empty for the round ones.
    /// `Cross` gives its two strokes one after the other.
    pub fn corners(self) -> &'static [(f64, f64)] {
        match self {
            Shape::Disc | Shape::Ring => &[],
            Shape::Square => &[(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)],
            Shape::Frame => &[(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)],
            Shape::Triangle => &[(0.0, -1.15), (1.1, 0.85), (-1.1, 0.85)],
            Shape::Wedge => &[(-1.1, -0.85), (1.1, -0.85), (0.0, 1.15)],
            Shape::Diamond => &[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
            Shape::Cross => &[(-0.85, -0.85), (0.85, 0.85), (0.85, -0.85), (-0.85, 0.85)],
        }
    }

    /// The shape as the `d` of an SVG path, for legends in HTML: fill it, or stroke it if `hollow`.
    pub fn path(self, x: f64, y: f64, radius: f64) -> String {
        let r = if self == Shape::Ring { radius * 0.85 } else { radius };
        let at = |(dx, dy): &(f64, f64)| format!("{:.2} {:.2}", x + dx * r, y + dy * r);
        let corners = self.corners();
        match self {
            Shape::Disc | Shape::Ring => format!(
                "M{:.2} {y:.2}a{r:.2} {r:.2} 0 1 1 {:.2} 0a{r:.2} {r:.2} 0 1 1 {:.2} 0z",
                x - r,
                2.0 * r,
                -2.0 * r
            ),
            Shape::Cross => format!(
                "M{}L{}M{}L{}",
                at(&corners[0]),
                at(&corners[1]),
                at(&corners[2]),
                at(&corners[3])
            ),
            _ => format!("M{}z", corners.iter().map(at).collect::<Vec<_>>().join("L")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance in OKLab, where about 0.02 is just seen.
    fn apart(a: Color, b: Color) -> f64 {
        let lab = |c: Color| {
            let linear = |byte: u8| {
                let c = f64::from(byte) / 255.0;
                if c <= 0.04045 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
            };
            let (r, g, b) = (linear(c.0), linear(c.1), linear(c.2));
            let l = libm::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
            let m = libm::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
            let s = libm::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
            [
                0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
                1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
                0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
            ]
        };
        let (a, b) = (lab(a), lab(b));
        (0..3).map(|i| (a[i] - b[i]) * (a[i] - b[i])).sum::<f64>().sqrt()
    }

    #[test]
    fn tones_of_every_arm_are_told_apart() {
        for theme in [Theme::Light, Theme::Dark] {
            for arm in 0..ARMS {
                for a in 0..TONES as u8 {
                    for b in 0..a {
                        let far = apart(theme.tone(arm, a), theme.tone(arm, b));
                        assert!(far > 0.08, "{theme:?} arm {arm}: tones {a} and {b}, {far:.3}");
                    }
                }
            }
        }
    }

    #[test]
    fn text_and_marks_have_the_contrast_that_wcag_asks_for() {
        for theme in [Theme::Light, Theme::Dark] {
            for ground in [theme.paper(), theme.surface()] {
                assert!(theme.ink().contrast(ground) >= 4.5);
                assert!(theme.muted().contrast(ground) >= 4.5);
                assert!(theme.accent().contrast(ground) >= 4.5);
                for tone in 1..TONES as u8 {
                    for arm in 0..ARMS {
                        let ratio = theme.tone(arm, tone).contrast(ground);
                        assert!(ratio >= 3.0, "{theme:?} tone {tone} of arm {arm}: {ratio:.2}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_shape_is_a_path() {
        for shape in TONE_SHAPES {
            assert!(shape.path(5.0, 5.0, 4.0).starts_with('M'), "{shape:?}");
        }
    }
}
