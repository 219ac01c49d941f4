//! Small gray images of one size, in order.

use crate::pen::{Drawn, Pen};
use crate::places::Rect;
use crate::text::Side;
use crate::{Color, Found, Look, Outline, named};
use lexicon::scene::Strip;

/// Gray steps that are told apart: runs of one step are drawn as one rectangle.
const GRAYS: u8 = 32;

pub(crate) struct Layout {
    columns: usize,
    tile: (f64, f64),
    image: (f64, f64),
    origin: (f64, f64),
    labels: bool,
}

impl Layout {
    pub fn new(s: &Strip, look: &Look, (w, h): (f64, f64)) -> Layout {
        let (count, pad) = (s.label.len().max(1), if look.mini { 8.0 } else { 3.0 });
        let (w, h) = (w - 2.0 * pad, h - 2.0 * pad);
        let labelled = !look.mini && s.label.iter().any(|l| !l.is_empty());
        let (iw, ih) = (f64::from(s.width.max(1)), f64::from(s.height.max(1)));
        let under = look.text + 5.0;
        // The number of columns that makes the images largest.
        let mut best = (0.0, 1, false);
        for columns in 1..=count.min(200) {
            let rows = count.div_ceil(columns) as f64;
            for labels in [labelled, false] {
                let (tw, th) = (w / columns as f64 - 6.0, h / rows - 6.0);
                let scale = (tw / iw).min((th - if labels { under } else { 0.0 }) / ih);
                // A label needs an image wide enough to stand under.
                if (!labels || iw * scale >= 22.0)
                    && scale > best.0 * if labels { 1.0 } else { 1.6 }
                {
                    best = (scale, columns, labels);
                }
            }
        }
        let (scale, columns, labels) = best;
        let scale = scale.clamp(0.1, 96.0 / iw.min(ih));
        // Whole pixels where they are large: no image looks different from its twin.
        let scale = if scale >= 2.0 { (scale * 4.0).floor() / 4.0 } else { scale };
        let image = (iw * scale, ih * scale);
        let tile = (image.0 + 6.0, image.1 + 6.0 + if labels { under } else { 0.0 });
        let rows = count.div_ceil(columns);
        let origin = (
            pad + ((w - tile.0 * columns as f64) / 2.0).max(0.0),
            pad + ((h - tile.1 * rows as f64) / 2.0).max(0.0),
        );
        Layout { columns, tile, image, origin, labels }
    }

    fn image(&self, i: usize) -> Rect {
        let (column, row) = ((i % self.columns) as f64, (i / self.columns) as f64);
        let (x, y) = (self.origin.0 + column * self.tile.0, self.origin.1 + row * self.tile.1);
        Rect::new(x + 3.0, y + 3.0, self.image.0, self.image.1)
    }
}

pub(crate) fn paint(pen: &mut Pen, s: &Strip, look: &Look) -> Drawn {
    let layout = Layout::new(s, look, (pen.w, pen.h));
    images(pen, s, &layout)?;
    for i in 0..s.label.len() {
        let r = layout.image(i);
        let (width, ink) = match s.tone.get(i) {
            Some(&tone) => ((layout.image.0 * 0.06).clamp(1.0, 2.5), look.tone(tone)),
            None => (0.75, look.theme.line()),
        };
        let half = width / 2.0;
        pen.frame(r.inset(-half, -half, -half, -half), width, ink)?;
        // The frame's tone again without color: its shape in a corner, where the image is large.
        if s.tone.get(i).is_some_and(|&t| t > 0) && r.w >= 24.0 {
            let shape = crate::theme::tone_shape(s.tone[i]);
            pen.rect(Rect::new(r.right() - 9.0, r.y, 9.0, 9.0), look.ground())?;
            pen.shape(shape, r.right() - 4.5, r.y + 4.5, 2.75, ink)?;
        }
        if layout.labels {
            let (x, y) = (r.center().0, r.bottom() + look.text / 2.0 + 4.0);
            pen.fitted(&s.label[i], x, y, layout.tile.0 - 2.0, look.label().side(Side::Middle))?;
        }
    }
    Ok(())
}

/// All images, gray by gray; runs of one gray within a row are one rectangle. Where an image's own pixels are
/// finer than the screen's it is read at the screen's.
fn images(pen: &mut Pen, s: &Strip, layout: &Layout) -> Drawn {
    let (w, h) = (s.width as usize, s.height as usize);
    if w * h == 0 {
        return Ok(());
    }
    let cap = |pixels: usize, css: f64| pixels.min((css * 2.0).ceil() as usize).max(1);
    let (across, down) = (cap(w, layout.image.0), cap(h, layout.image.1));
    let (pw, ph) = (layout.image.0 / across as f64, layout.image.1 / down as f64);
    let gray = |i: usize, x: usize, y: usize| {
        let pixel = s.pixels[i * w * h + (y * h / down) * w + x * w / across];
        (u16::from(pixel) * u16::from(GRAYS - 1) / 255) as u8
    };
    // Most pixels are black in most images: the ground is laid once.
    for i in 0..s.label.len() {
        pen.rect(layout.image(i), Color(0, 0, 0))?;
    }
    for shade in 1..GRAYS {
        let byte = (u16::from(shade) * 255 / u16::from(GRAYS - 1)) as u8;
        for i in 0..s.label.len() {
            let r = layout.image(i);
            for y in 0..down {
                let mut x = 0;
                while x < across {
                    let from = x;
                    while x < across && gray(i, x, y) == shade {
                        x += 1;
                    }
                    if x > from {
                        let run = Rect::new(
                            r.x + from as f64 * pw,
                            r.y + y as f64 * ph,
                            (x - from) as f64 * pw,
                            ph,
                        );
                        pen.rect(run, Color(byte, byte, byte))?;
                    }
                    x += 1;
                }
            }
        }
    }
    Ok(())
}

pub(crate) fn find(s: &Strip, look: &Look, size: (f64, f64), (x, y): (f64, f64)) -> Option<Found> {
    let layout = Layout::new(s, look, size);
    let i = (0..s.label.len()).find(|&i| layout.image(i).holds(x, y))?;
    let mut text = vec![(String::new(), s.label[i].clone())];
    if let Some(class) = s.tone.get(i).and_then(|&t| named(&s.legend, t)) {
        text.push((String::new(), class.into()));
    }
    Some(Found { text, outline: Outline::Box(layout.image(i)) })
}
