//! Agents as nodes, who knows whom as edges, messages under way between them.

use crate::pen::{Drawn, Pen};
use crate::places::{Rect, Spots};
use crate::scale::reading;
use crate::text::Side;
use crate::theme::tone_shape;
use crate::{Found, Look, Outline, named};
use lexicon::scene::{Flight, Graph, PLAIN};
use std::collections::BinaryHeap;

/// Length of all edges drawn at most, in CSS pixels: past it, evenly spread ones are drawn and the rest is left
/// to the pointer. A software canvas draws about 10,000 a millisecond, and a denser web shows nothing.
const LENGTH_MAX: f64 = 300_000.0;
/// Arrowheads only where they can be told apart.
const ARROWS_MAX: usize = 600;
const SHADES: usize = 12;
/// Past this many, labels are a hedge; the pointer still reads each.
const LABELS_MAX: usize = 120;

pub(crate) struct Layout {
    body: Rect,
    radius: f64,
    named: bool,
}

impl Layout {
    pub fn new(s: &Graph, look: &Look, (w, h): (f64, f64)) -> Layout {
        let nodes = s.x.len().max(1) as f64;
        let radius =
            (0.22 * (w * h / nodes).sqrt()).clamp(1.25, (w.min(h) * 0.035).clamp(7.0, 15.0));
        let largest = s.size.iter().copied().fold(1.0f32, f32::max).clamp(1.0, 4.0);
        let pad = radius * f64::from(largest) + if look.mini { 5.0 } else { 4.0 };
        // Room for labels around the outermost nodes.
        let widest = s.label.iter().take(LABELS_MAX).map(|l| look.label().width(l));
        let widest = widest.fold(0.0, f64::max).min(140.0);
        let named = !look.mini && w >= 200.0 && h >= 90.0 && widest > 0.0;
        let (side, below) =
            if named { ((widest + 2.0).min(w * 0.2), look.text + 1.0) } else { (0.0, 0.0) };
        let whole = Rect::new(0.0, 0.0, w, h);
        let mut body = whole.inset(pad + side, pad + below, pad + side, pad + below);
        // A circle may become an ellipse, but not a band.
        let widest = body.h * 1.75;
        if body.w > widest {
            body = Rect::new(body.x + (body.w - widest) / 2.0, body.y, widest, body.h);
        }
        let tallest = body.w * 1.4;
        if body.h > tallest {
            body = Rect::new(body.x, body.y + (body.h - tallest) / 2.0, body.w, tallest);
        }
        Layout { body, radius: radius.min(crowding(s, &body) * 0.46).max(1.25), named }
    }

    fn place(&self, s: &Graph, node: usize) -> (f64, f64) {
        let held = |v: f32| f64::from(if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.5 });
        let b = self.body;
        (b.x + held(s.x[node]) * b.w, b.y + held(s.y[node]) * b.h)
    }

    fn apart(&self, s: &Graph, from: u32, to: u32) -> f64 {
        let (a, b) = (self.place(s, from as usize), self.place(s, to as usize));
        libm::hypot(b.0 - a.0, b.1 - a.1)
    }

    fn size(&self, s: &Graph, node: usize) -> f64 {
        let size = s.size.get(node).copied().unwrap_or(1.0);
        self.radius * f64::from(if size.is_finite() { size.clamp(0.2, 4.0) } else { 1.0 })
    }

    /// Where a message is: to the right of its way, so that two that meet do not hide each other.
    fn flight(&self, s: &Graph, f: &Flight, look: &Look) -> (f64, f64) {
        let (a, b) = (self.place(s, f.from as usize), self.place(s, f.to as usize));
        let at = if f.at.is_finite() { f64::from(f.at.clamp(0.0, 1.0)) } else { 0.5 };
        let at = if look.reduced_motion { 0.5 } else { at };
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length = libm::hypot(dx, dy).max(1e-9);
        let aside = (self.flight_size() * 0.9).min(length * 0.2);
        (a.0 + dx * at - dy / length * aside, a.1 + dy * at + dx / length * aside)
    }

    fn flight_size(&self) -> f64 {
        (self.radius * 0.45).clamp(1.25, 5.0)
    }
}

/// The radius at which nodes would begin to touch, times two: the lower quartile, over a few of them, of the
/// distance to the nearest other one by the node's own size.
fn crowding(s: &Graph, body: &Rect) -> f64 {
    let n = s.x.len();
    let away = |a: usize, b: usize| {
        let (dx, dy) = (f64::from(s.x[a] - s.x[b]) * body.w, f64::from(s.y[a] - s.y[b]) * body.h);
        dx * dx + dy * dy
    };
    let size = |a: usize| f64::from(s.size.get(a).copied().unwrap_or(1.0).clamp(0.2, 4.0));
    let nearest = |a: usize| {
        let others = (0..n).filter(|&b| b != a).map(|b| away(a, b));
        others.fold(f64::INFINITY, f64::min).sqrt() / size(a)
    };
    // A heap: the standard sorts are ten times its code, and this is downloaded.
    let few = (0..n).step_by(n.div_ceil(48).max(1));
    // Bits of numbers that are not negative are in the order of the numbers.
    let room: BinaryHeap<u64> = few.map(|a| nearest(a).to_bits()).collect();
    let room = room.into_sorted_vec();
    room.get(room.len() / 4).map_or(f64::INFINITY, |bits| f64::from_bits(*bits))
}

fn tone(s: &Graph, node: usize) -> u8 {
    s.tone.get(node).copied().unwrap_or(0).min(7)
}

fn value(s: &Graph, node: usize) -> f64 {
    let value = s.value.get(node).copied().unwrap_or(1.0);
    if value.is_finite() { f64::from(value.clamp(0.0, 1.0)) } else { 0.0 }
}

pub(crate) fn paint(pen: &mut Pen, s: &Graph, look: &Look) -> Drawn {
    let layout = Layout::new(s, look, (pen.w, pen.h));
    edges(pen, s, look, &layout)?;
    nodes(pen, s, look, &layout)?;
    for tone in 0..8u8 {
        let ink = look.tone(tone);
        for flight in s.flights.iter().filter(|f| f.tone.min(7) == tone) {
            let ((x, y), r) = (layout.flight(s, flight, look), layout.flight_size());
            if r >= 2.0 {
                pen.shape(tone_shape(tone), x, y, r + 1.0, look.ground())?;
            }
            pen.shape(tone_shape(tone), x, y, r, ink)?;
        }
    }
    if look.mini { Ok(()) } else { labels(pen, s, look, &layout) }
}

/// The tone of an edge that has one. They are never thinned: a scene has few of them.
fn toned(s: &Graph, edge: usize) -> Option<u8> {
    s.edge_tone.get(edge).copied().filter(|t| *t != PLAIN).map(|t| t.min(7))
}

/// Edges in four strengths, each strength in one go, then the toned ones.
fn edges(pen: &mut Pen, s: &Graph, look: &Look, layout: &Layout) -> Drawn {
    let count = s.edges.len() / 2;
    let length: f64 = s.edges.chunks_exact(2).map(|e| layout.apart(s, e[0], e[1])).sum();
    let every = (length / LENGTH_MAX).ceil().max(1.0) as usize;
    // Many edges are a texture, few are lines.
    let dense = (count / every) as f64 / (layout.body.w * layout.body.h / 1000.0).max(1.0);
    let base = (0.62 / (1.0 + dense * 0.12)).max(0.1);
    let strength = |edge: usize| match s.weight.get(edge) {
        None => 2,
        Some(w) if w.is_nan() => 0,
        Some(w) => (w.clamp(0.0, 1.0) * 3.0).round() as usize,
    };
    let color = look.theme.muted();
    for level in 0..4 {
        // A weight of nothing is still an edge: the faintest line.
        let (alpha, width) = ([0.4, 0.65, 1.0, 1.25][level] * base, [0.75, 1.0, 1.0, 1.75][level]);
        let ink = look.ground().mix(color, alpha.min(1.0));
        let plain = |&e: &usize| toned(s, e).is_none() && strength(e) == level;
        for edge in (0..count).step_by(every).filter(plain) {
            let (a, b) = (s.edges[edge * 2] as usize, s.edges[edge * 2 + 1] as usize);
            pen.line(layout.place(s, a), layout.place(s, b), width, ink)?;
        }
    }
    let many = s.edge_tone.iter().filter(|t| **t != PLAIN).count() as f64;
    let part = (0.85 / (1.0 + many / 250.0)).max(0.35);
    for tone in 0..8u8 {
        let ink = look.ground().mix(look.tone(tone), part);
        for edge in (0..count).filter(|&e| toned(s, e) == Some(tone)) {
            let (a, b) = (s.edges[edge * 2] as usize, s.edges[edge * 2 + 1] as usize);
            pen.line(layout.place(s, a), layout.place(s, b), 1.25, ink)?;
        }
    }
    if s.directed && count <= ARROWS_MAX && !look.mini {
        let ink = look.ground().mix(color, (base * 1.3).min(1.0));
        for pair in s.edges.chunks_exact(2) {
            arrow(pen, s, layout, pair[0] as usize, pair[1] as usize, ink)?;
        }
    }
    Ok(())
}

fn arrow(
    pen: &mut Pen,
    s: &Graph,
    layout: &Layout,
    from: usize,
    to: usize,
    ink: crate::Color,
) -> Drawn {
    let (a, b) = (layout.place(s, from), layout.place(s, to));
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = libm::hypot(dx, dy);
    let rim = layout.size(s, to) + 1.5;
    let size = (layout.radius * 0.8).clamp(3.0, 8.0);
    if length < rim + size * 1.5 {
        return Ok(());
    }
    let (ux, uy) = (dx / length, dy / length);
    let tip = (b.0 - ux * rim, b.1 - uy * rim);
    let foot = (tip.0 - ux * size, tip.1 - uy * size);
    let half = size * 0.42;
    let left = (foot.0 + uy * half, foot.1 - ux * half);
    let right = (foot.0 - uy * half, foot.1 + ux * half);
    pen.polygon([tip, right, left], ink)
}

/// Nodes sorted by tone and shade: one change of color for each pair of them.
fn nodes(pen: &mut Pen, s: &Graph, look: &Look, layout: &Layout) -> Drawn {
    let level = |node: usize| (value(s, node) * (SHADES - 1) as f64).round() as usize;
    let mut seen = [[false; SHADES]; 8];
    (0..s.x.len()).for_each(|n| seen[tone(s, n) as usize][level(n)] = true);
    // Nodes stand clear of the edges around a ring of ground, where they are large enough to have one.
    if layout.radius >= 3.0 {
        for n in 0..s.x.len() {
            let (x, y) = layout.place(s, n);
            pen.shape(ground_shape(tone(s, n)), x, y, layout.size(s, n) + 1.25, look.ground())?;
        }
    }
    for t in 0..8u8 {
        let full = look.tone(t);
        for shade in (0..SHADES).filter(|&l| seen[t as usize][l]) {
            let part = 0.1 + 0.9 * shade as f64 / (SHADES - 1) as f64;
            let ink = look.ground().mix(full, part);
            let here = |n: &usize| tone(s, *n) == t && level(*n) == shade;
            for n in (0..s.x.len()).filter(here) {
                let (x, y) = layout.place(s, n);
                pen.shape(tone_shape(t), x, y, layout.size(s, n), ink)?;
            }
            // A pale node is seen by its rim.
            if part < 0.55 && layout.radius >= 2.0 && !tone_shape(t).hollow() {
                for n in (0..s.x.len()).filter(here) {
                    let (x, y) = layout.place(s, n);
                    rim(pen, tone_shape(t), x, y, layout.size(s, n), full)?;
                }
            }
        }
    }
    Ok(())
}

/// Hollow marks hide the ends of the edges under them too.
fn ground_shape(tone: u8) -> crate::Shape {
    match tone_shape(tone) {
        crate::Shape::Ring | crate::Shape::Cross => crate::Shape::Disc,
        crate::Shape::Frame => crate::Shape::Square,
        shape => shape,
    }
}

fn rim(pen: &mut Pen, shape: crate::Shape, x: f64, y: f64, r: f64, ink: crate::Color) -> Drawn {
    let corners = shape.corners();
    if corners.is_empty() {
        return pen.ring(x, y, (r - 0.5).max(0.5), 1.0, ink);
    }
    let place = |&(dx, dy): &(f64, f64)| (x + dx * r, y + dy * r);
    pen.path(corners.iter().chain(&corners[..1]).map(place), 1.0, ink)
}

/// Labels that meet no other label and no node.
fn labels(pen: &mut Pen, s: &Graph, look: &Look, layout: &Layout) -> Drawn {
    let count = s.label.iter().filter(|l| !l.is_empty()).count();
    if !layout.named || count > LABELS_MAX {
        return Ok(());
    }
    let style = look.label();
    let mut spots = Spots::new(Rect::new(0.0, 0.0, pen.w, pen.h));
    for n in 0..s.x.len().min(2_000) {
        let ((x, y), r) = (layout.place(s, n), layout.size(s, n));
        spots.take(Rect::new(x - r, y - r, 2.0 * r, 2.0 * r));
    }
    for flight in s.flights.iter().take(200) {
        let ((x, y), r) = (layout.flight(s, flight, look), layout.flight_size());
        spots.take(Rect::new(x - r, y - r, 2.0 * r, 2.0 * r));
    }
    let middle = layout.body.center();
    for (n, label) in s.label.iter().enumerate().filter(|(_, l)| !l.is_empty()) {
        let ((x, y), r) = (layout.place(s, n), layout.size(s, n));
        let (w, h) = (style.width(label).min(140.0), look.text * 1.15);
        let over = (Rect::new(x - w / 2.0, y - r - 3.0 - h, w, h), Side::Middle);
        let under = (Rect::new(x - w / 2.0, y + r + 3.0, w, h), Side::Middle);
        let right = (Rect::new(x + r + 4.0, y - h / 2.0, w, h), Side::Left);
        let left = (Rect::new(x - r - 4.0 - w, y - h / 2.0, w, h), Side::Right);
        // Outwards first: there are the fewest edges.
        let (dx, dy) =
            ((x - middle.0) / layout.body.w.max(1.0), (y - middle.1) / layout.body.h.max(1.0));
        let (aside, other) = if dx < 0.0 { (left, right) } else { (right, left) };
        let (far, near) = if dy < 0.0 { (over, under) } else { (under, over) };
        let tries =
            if dx.abs() > dy.abs() { [aside, far, near, other] } else { [far, aside, other, near] };
        if let Some((spot, side)) = tries.into_iter().find(|(spot, _)| spots.free(spot)) {
            spots.take(spot);
            let at = match side {
                Side::Left => spot.x,
                Side::Middle => spot.center().0,
                Side::Right => spot.right(),
            };
            let named = style.side(side);
            pen.fitted(label, at, spot.center().1, w + 2.0, named)?;
        }
    }
    Ok(())
}

pub(crate) fn find(s: &Graph, look: &Look, size: (f64, f64), (x, y): (f64, f64)) -> Option<Found> {
    let layout = Layout::new(s, look, size);
    let away = |(px, py): (f64, f64)| libm::hypot(px - x, py - y);
    let flights = s.flights.iter().map(|f| (away(layout.flight(s, f, look)), f));
    let nearest = flights.min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, f)) = nearest.filter(|(d, _)| *d <= layout.flight_size() + 2.0) {
        let (x, y) = layout.flight(s, f, look);
        let what = named(&s.legend, f.tone).unwrap_or("message");
        let way = format!("{} to {}", name(s, f.from as usize), name(s, f.to as usize));
        return Some(Found {
            text: vec![(String::new(), what.into()), (String::new(), way)],
            outline: Outline::Round(x, y, layout.flight_size()),
        });
    }
    let nodes = (0..s.x.len()).map(|n| (away(layout.place(s, n)) - layout.size(s, n), n));
    let (gap, n) = nodes.min_by(|a, b| a.0.total_cmp(&b.0))?;
    if gap > 6.0 {
        return None;
    }
    let mut text = vec![(String::new(), name(s, n))];
    if let Some(class) = named(&s.legend, tone(s, n)) {
        text.push((String::new(), class.into()));
    }
    if let Some(value) = s.value.get(n) {
        text.push(("value".into(), reading((*value).into())));
    }
    let near = s.edges.chunks_exact(2).filter(|e| e.contains(&(n as u32))).count();
    if near > 0 {
        text.push(("edges".into(), near.to_string()));
    }
    let (x, y) = layout.place(s, n);
    Some(Found { text, outline: Outline::Round(x, y, layout.size(s, n)) })
}

fn name(s: &Graph, node: usize) -> String {
    match s.label.get(node).filter(|l| !l.is_empty()) {
        Some(label) => label.clone(),
        None => format!("node {}", node + 1),
    }
}
