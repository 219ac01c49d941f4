//! Rectangles, what of a line lies within one, and which places labels have taken.

/// A rectangle in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    pub fn new(x: f64, y: f64, w: f64, h: f64) -> Rect {
        Rect { x, y, w: w.max(0.0), h: h.max(0.0) }
    }

    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    pub fn center(&self) -> (f64, f64) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    pub fn holds(&self, x: f64, y: f64) -> bool {
        x >= self.x && x <= self.right() && y >= self.y && y <= self.bottom()
    }

    pub(crate) fn meets(&self, other: &Rect) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    pub(crate) fn inset(&self, left: f64, top: f64, right: f64, bottom: f64) -> Rect {
        Rect::new(self.x + left, self.y + top, self.w - left - right, self.h - top - bottom)
    }
}

/// Places that are taken, so that labels do not meet.
pub(crate) struct Spots {
    room: Rect,
    taken: Vec<Rect>,
}

impl Spots {
    pub fn new(room: Rect) -> Spots {
        Spots { room, taken: Vec::new() }
    }

    pub fn take(&mut self, spot: Rect) {
        self.taken.push(spot);
    }

    pub fn free(&self, spot: &Rect) -> bool {
        spot.x >= self.room.x
            && spot.y >= self.room.y
            && spot.right() <= self.room.right()
            && spot.bottom() <= self.room.bottom()
            && !self.taken.iter().any(|taken| taken.meets(spot))
    }
}

/// Gives the parts of a line that lie within the frame, run by run. A y that is not a number is a gap.
pub(crate) fn clipped<E>(
    points: &[(f64, f64)],
    frame: &Rect,
    mut run_of: impl FnMut(&[(f64, f64)]) -> Result<(), E>,
) -> Result<(), E> {
    let inside = |p: &(f64, f64)| frame.holds(p.0, p.1);
    if points.iter().all(inside) {
        return run_of(points);
    }
    let mut run: Vec<(f64, f64)> = Vec::with_capacity(points.len());
    for pair in points.windows(2) {
        let Some((from, to)) = cut(pair[0], pair[1], frame) else {
            run_of(&run)?;
            run.clear();
            continue;
        };
        if run.last() != Some(&from) {
            if run.len() > 1 {
                run_of(&run)?;
            }
            run.clear();
            run.push(from);
        }
        run.push(to);
    }
    run_of(&run)
}

/// The part of a segment within the frame (Liang and Barsky 1984).
fn cut(a: (f64, f64), b: (f64, f64), f: &Rect) -> Option<((f64, f64), (f64, f64))> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    if !(dx.is_finite() && dy.is_finite()) {
        return None;
    }
    let (mut enter, mut leave) = (0.0, 1.0);
    for (along, room) in
        [(-dx, a.0 - f.x), (dx, f.right() - a.0), (-dy, a.1 - f.y), (dy, f.bottom() - a.1)]
    {
        if along == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if along < 0.0 {
            enter = f64::max(enter, room / along);
        } else {
            leave = f64::min(leave, room / along);
        }
    }
    // Whole ends stay as they are, so that runs join without a seam.
    let at = |part: f64| match part {
        0.0 => a,
        1.0 => b,
        _ => (a.0 + dx * part, a.1 + dy * part),
    };
    (enter <= leave).then(|| (at(enter), at(leave)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(points: &[(f64, f64)], expected: &[&[(f64, f64)]]) {
        let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
        let keep = |run: &[(f64, f64)]| {
            if !run.is_empty() {
                runs.push(run.to_vec());
            }
            Ok::<(), ()>(())
        };
        clipped(points, &Rect::new(0.0, 0.0, 10.0, 10.0), keep).unwrap();
        assert_eq!(runs, expected);
    }

    #[test]
    fn a_line_is_cut_where_it_leaves_the_frame() {
        check(&[(1.0, 1.0), (5.0, 5.0)], &[&[(1.0, 1.0), (5.0, 5.0)]]);
        check(
            &[(5.0, 5.0), (5.0, 20.0), (8.0, 20.0), (8.0, 5.0)],
            &[&[(5.0, 5.0), (5.0, 10.0)], &[(8.0, 10.0), (8.0, 5.0)]],
        );
        check(&[(-10.0, 5.0), (20.0, 5.0)], &[&[(0.0, 5.0), (10.0, 5.0)]]);
        check(&[(-5.0, -5.0), (-5.0, 20.0)], &[]);
    }

    #[test]
    fn a_missing_value_is_a_gap() {
        let (a, b, c) = ((1.0, 1.0), (2.0, 2.0), (3.0, f64::NAN));
        check(&[a, b, c, (4.0, 4.0), (5.0, 5.0)], &[&[a, b], &[(4.0, 4.0), (5.0, 5.0)]]);
    }
}
