//! What was said, newest last. The page shows transcripts as HTML; here they are set for SVG, the command
//! line and the gallery.

use crate::pen::{Drawn, Pen};
use crate::places::Rect;
use crate::text::{Type, wrapped};
use crate::theme::tone_shape;
use crate::{Found, Look, Outline, named};
use lexicon::scene::{Transcript, Utterance};

/// Columns side by side at most.
const LANES_MAX: u8 = 4;
/// Lines of one utterance at most; the rest is an ellipsis.
const LINES_MAX: usize = 12;

/// One utterance with its place and its lines.
struct Block<'a> {
    spot: Rect,
    said: &'a Utterance,
    lines: Vec<&'a str>,
    cut: bool,
}

/// The newest utterances that fit, set upwards from the bottom of each lane.
fn blocks<'a>(s: &'a Transcript, look: &Look, (w, h): (f64, f64)) -> Vec<Block<'a>> {
    let lane = |u: &Utterance| u.lane.min(LANES_MAX - 1);
    let lanes = s.lines.iter().map(lane).max().unwrap_or(0) + 1;
    let room = (w - 8.0) / f64::from(lanes);
    let height = look.text * 1.4;
    let mut bottom = [h - 4.0; LANES_MAX as usize];
    let mut blocks = Vec::new();
    for said in s.lines.iter().rev().take(200) {
        let lane = lane(said);
        let (lines, cut) = wrapped(&said.text, room - 20.0, look.text, LINES_MAX);
        let own = height * (lines.len() + usize::from(!said.who.is_empty())) as f64;
        let top = bottom[lane as usize] - own;
        if top < 2.0 {
            break;
        }
        bottom[lane as usize] = top - look.text * 0.7;
        let spot = Rect::new(4.0 + f64::from(lane) * room, top, room - 8.0, own);
        blocks.push(Block { spot, said, lines, cut });
    }
    // A short talk starts at the top, as a page does.
    let first = blocks.iter().map(|b| b.spot.y).fold(f64::INFINITY, f64::min);
    if blocks.len() == s.lines.len() && first.is_finite() {
        blocks.iter_mut().for_each(|b| b.spot.y -= first - 4.0);
    }
    blocks
}

pub(crate) fn paint(pen: &mut Pen, s: &Transcript, look: &Look) -> Drawn {
    let height = look.text * 1.4;
    for block in blocks(s, look, (pen.w, pen.h)) {
        let Rect { x, y, w, h } = block.spot;
        let ink = look.tone(block.said.tone);
        pen.rect(Rect::new(x, y, 2.0, h), ink)?;
        let mut line = y + height / 2.0;
        if look.mini {
            // Words too small to read are drawn as what they are there: lines.
            let bars = block.lines.len() + usize::from(!block.said.who.is_empty());
            for i in 0..bars {
                let part = if i + 1 == bars && bars > 1 { 0.55 } else { 0.9 };
                let bar =
                    Rect::new(x + 8.0, line - look.text * 0.25, (w - 8.0) * part, look.text * 0.5);
                pen.rect(bar, look.ground().mix(look.theme.muted(), 0.3))?;
                line += height;
            }
            continue;
        }
        if !block.said.who.is_empty() {
            pen.shape(tone_shape(block.said.tone), x + 11.0, line, look.text * 0.27, ink)?;
            let who = Type { bold: true, color: look.theme.ink(), ..look.label() };
            pen.fitted(&block.said.who, x + 19.0, line, w - 19.0, who)?;
            line += height;
        }
        let plain = Type { color: look.theme.ink(), ..look.label() };
        for (i, text) in block.lines.iter().enumerate() {
            let last = block.cut && i + 1 == block.lines.len();
            let cut;
            let shown = if last {
                cut = format!("{text}…");
                &cut
            } else {
                *text
            };
            pen.fitted(shown, x + 8.0, line, w - 8.0, plain)?;
            line += height;
        }
    }
    Ok(())
}

pub(crate) fn find(
    s: &Transcript,
    look: &Look,
    size: (f64, f64),
    (x, y): (f64, f64),
) -> Option<Found> {
    let block = blocks(s, look, size).into_iter().find(|b| b.spot.holds(x, y))?;
    let class = named(&s.legend, block.said.tone).unwrap_or("");
    let text = vec![
        (class.into(), block.said.who.clone()),
        (String::new(), block.said.text.chars().take(600).collect()),
    ];
    Some(Found { text, outline: Outline::Box(block.spot) })
}
