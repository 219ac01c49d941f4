//! The unit square that closes on itself, and who is near whom on it: by cells, so that a hundred thousand agents
//! meet only those around them.

use rand::{Rng, RngExt};

/// More cells a side help nobody and cost memory.
const SIDE_MAX: usize = 1_024;

/// The shortest way from `from` to `to` along one axis of the torus of side 1: in [-1/2, 1/2].
#[inline]
pub fn shortest(from: f32, to: f32) -> f32 {
    let d = to - from;
    if d > 0.5 {
        d - 1.0
    } else if d < -0.5 {
        d + 1.0
    } else {
        d
    }
}

/// A coordinate brought back into [0, 1).
#[inline]
pub fn wrap(at: f32) -> f32 {
    let at = at - at.floor();
    // A tiny negative number rounds to 1.
    if at >= 1.0 { 0.0 } else { at }
}

/// Uniform places of so many agents.
pub fn scatter(agents: usize, rng: &mut impl Rng) -> [Vec<f32>; 2] {
    let mut x = Vec::with_capacity(agents);
    let mut y = Vec::with_capacity(agents);
    for _ in 0..agents {
        x.push(rng.random_range(0.0..1.0));
        y.push(rng.random_range(0.0..1.0));
    }
    [x, y]
}

/// Nearest neighbors that can be asked for.
pub const NEAREST_MAX: usize = 32;

/// Agents sorted into square cells no smaller than the radius. Buffers are kept between rounds.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    radius: f32,
    side: usize,
    /// Where each cell's run starts in the columns below; one more at the end.
    start: Vec<u32>,
    /// Cell of each agent.
    cell: Vec<u32>,
    order: Vec<u32>,
    x: Vec<f32>,
    y: Vec<f32>,
    a: Vec<f32>,
    b: Vec<f32>,
}

impl Cells {
    /// For neighbors no further than `radius`; at 0 nobody has one but who stands in the very same place.
    pub fn new(radius: f32) -> Self {
        assert!(radius >= 0.0, "a radius is not negative");
        // With fewer than three cells a side a cell would be its own neighbor twice.
        let side = ((1.0 / radius) as usize).min(SIDE_MAX);
        Self { radius, side: if side < 3 { 1 } else { side }, ..Self::default() }
    }

    /// Sorts agents by cell; counting sort, so equal cells keep the order of the agents.
    pub fn sort(&mut self, x: &[f32], y: &[f32]) {
        let agents = x.len();
        // Cells far finer than the agents are dense only cost time.
        let side = self.side.min((agents as f32).sqrt() as usize).max(1);
        let side = if side < 3 { 1 } else { side };
        let place = |at: f32| ((at * side as f32) as usize).min(side - 1);
        self.cell.clear();
        self.cell.extend(x.iter().zip(y).map(|(x, y)| (place(*y) * side + place(*x)) as u32));
        self.start.clear();
        self.start.resize(side * side + 1, 0);
        for cell in &self.cell {
            self.start[*cell as usize + 1] += 1;
        }
        for i in 0..side * side {
            self.start[i + 1] += self.start[i];
        }
        self.order.resize(agents, 0);
        for (agent, cell) in self.cell.iter().enumerate() {
            let at = &mut self.start[*cell as usize];
            self.order[*at as usize] = agent as u32;
            *at += 1;
        }
        // Each start has moved to its run's end: shift them back by one run.
        self.start.rotate_right(1);
        self.start[0] = 0;
        let pick = |from: &[f32], to: &mut Vec<f32>, order: &[u32]| {
            to.clear();
            to.extend(order.iter().map(|i| from[*i as usize]));
        };
        pick(x, &mut self.x, &self.order);
        pick(y, &mut self.y, &self.order);
    }

    fn side_now(&self) -> usize {
        (self.start.len() - 1).isqrt()
    }

    /// Calls `meet(agent, from, to)` for each agent and each run of sorted places that may hold neighbors.
    fn visit(&self, mut meet: impl FnMut(usize, std::ops::Range<usize>)) {
        let side = self.side_now();
        let run =
            |cell: usize, last: usize| self.start[cell] as usize..self.start[last + 1] as usize;
        for row in 0..side {
            for column in 0..side {
                let own = run(row * side + column, row * side + column);
                if side == 1 {
                    own.clone().for_each(|i| meet(i, own.clone()));
                    continue;
                }
                for other_row in [(row + side - 1) % side, row, (row + 1) % side] {
                    let base = other_row * side;
                    // Three cells in a row are one run, but at the seam.
                    let [left, right] = [(column + side - 1) % side, (column + 1) % side];
                    if left < right {
                        let all = run(base + left, base + right);
                        own.clone().for_each(|i| meet(i, all.clone()));
                    } else {
                        for other in [left, column, right] {
                            let all = run(base + other, base + other);
                            own.clone().for_each(|i| meet(i, all.clone()));
                        }
                    }
                }
            }
        }
    }

    /// For each agent the sums of `a` and `b` over the others within the radius, and how many they are.
    /// Call `sort` first.
    pub fn sum(&mut self, a: &[f32], b: &[f32], sums: &mut Vec<[f32; 3]>) {
        for (from, to) in [(a, &mut self.a), (b, &mut self.b)] {
            to.clear();
            to.extend(self.order.iter().map(|i| from[*i as usize]));
        }
        sums.clear();
        sums.resize(a.len(), [0.0; 3]);
        let reach = self.radius * self.radius;
        self.visit(|i, run| {
            let (x, y) = (self.x[i], self.y[i]);
            let mut sum = [0.0f32; 3];
            for j in run {
                let (dx, dy) = (shortest(x, self.x[j]), shortest(y, self.y[j]));
                let near = if dx * dx + dy * dy <= reach { 1.0 } else { 0.0 };
                sum[0] += near * self.a[j];
                sum[1] += near * self.b[j];
                sum[2] += near;
            }
            let total = &mut sums[self.order[i] as usize];
            (0..3).for_each(|k| total[k] += sum[k]);
        });
        // Oneself was met too.
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = [sum[0] - a[i], sum[1] - b[i], sum[2] - 1.0];
        }
    }

    /// For each agent the sum of the ways to the others within the radius, and how many they are.
    /// Call `sort` first.
    pub fn ways(&self, sums: &mut Vec<[f32; 3]>) {
        sums.clear();
        sums.resize(self.order.len(), [0.0; 3]);
        let reach = self.radius * self.radius;
        self.visit(|i, run| {
            let total = &mut sums[self.order[i] as usize];
            for j in run {
                let (dx, dy) = (shortest(self.x[i], self.x[j]), shortest(self.y[i], self.y[j]));
                if i != j && dx * dx + dy * dy <= reach {
                    *total = [total[0] + dx, total[1] + dy, total[2] + 1.0];
                }
            }
        });
    }

    /// Cells for the `count` nearest others of each of so many agents: about as many agents to a cell.
    pub fn for_nearest(count: usize, agents: usize) -> Self {
        let side = (agents as f32 / count.max(1) as f32).sqrt();
        Self::new(if side > 1.0 { 1.0 / side } else { 1.0 })
    }

    /// For each agent the sums of `a` and `b` over its `count` nearest others (all of them where they are fewer), and
    /// how many they are. At most `NEAREST_MAX`; equal distances are taken in the order of the cells.
    /// Call `sort` first.
    pub fn sum_nearest(&self, count: usize, a: &[f32], b: &[f32], sums: &mut Vec<[f32; 3]>) {
        sums.clear();
        sums.resize(a.len(), [0.0; 3]);
        let count = count.min(NEAREST_MAX).min(a.len().saturating_sub(1));
        for i in 0..self.order.len() {
            let mut best = Nearest { count, held: 0, found: [(f32::INFINITY, 0); NEAREST_MAX] };
            self.search(i, &mut best);
            let total = &mut sums[self.order[i] as usize];
            for (_, j) in &best.found[..best.held] {
                let other = self.order[*j as usize] as usize;
                *total = [total[0] + a[other], total[1] + b[other], total[2] + 1.0];
            }
        }
    }

    /// Ring after ring of cells around one's own, until no further ring can hold anybody nearer.
    fn search(&self, i: usize, best: &mut Nearest) {
        let side = self.side_now();
        let run = |cell: usize| self.start[cell] as usize..self.start[cell + 1] as usize;
        let cell = self.cell[self.order[i] as usize] as usize;
        let (row, column) = (cell / side, cell % side);
        for ring in 0.. {
            if 2 * ring + 1 > side {
                // The rings meet themselves on the far side: whom they have not reached is found among all.
                *best = Nearest { held: 0, ..*best };
                self.consider(i, 0..self.order.len(), best);
                return;
            }
            for down in 0..=2 * ring {
                let other_row = (row + side + down - ring) % side;
                // Top and bottom rows of the ring are whole; of the others only the ends.
                let step = if down == 0 || down == 2 * ring { 1 } else { 2 * ring };
                for right in (0..=2 * ring).step_by(step.max(1)) {
                    let other = other_row * side + (column + side + right - ring) % side;
                    self.consider(i, run(other), best);
                }
            }
            // Everybody within `ring` whole cells has been met.
            let met = ring as f32 / side as f32;
            if best.held == best.count && best.furthest() <= met * met {
                return;
            }
        }
    }

    fn consider(&self, i: usize, run: std::ops::Range<usize>, best: &mut Nearest) {
        let (x, y) = (self.x[i], self.y[i]);
        for j in run.filter(|j| *j != i) {
            let (dx, dy) = (shortest(x, self.x[j]), shortest(y, self.y[j]));
            best.offer(dx * dx + dy * dy, j as u32);
        }
    }

    /// Everybody's neighbors as lists, for agents that stay where they are: ends of runs, and the runs.
    /// Call `sort` first.
    pub fn lists(&self) -> (Vec<u32>, Vec<u32>) {
        let reach = self.radius * self.radius;
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        self.visit(|i, run| {
            for j in run {
                let (dx, dy) = (shortest(self.x[i], self.x[j]), shortest(self.y[i], self.y[j]));
                if i != j && dx * dx + dy * dy <= reach {
                    pairs.push((self.order[i], self.order[j]));
                }
            }
        });
        pairs.sort_unstable();
        let mut ends = vec![0; self.order.len()];
        pairs.iter().for_each(|(agent, _)| ends[*agent as usize] += 1);
        for i in 1..ends.len() {
            ends[i] += ends[i - 1];
        }
        (ends, pairs.into_iter().map(|(_, other)| other).collect())
    }
}

/// The nearest so far, by squared distance.
#[derive(Clone, Copy)]
struct Nearest {
    count: usize,
    held: usize,
    found: [(f32, u32); NEAREST_MAX],
}

impl Nearest {
    fn furthest(&self) -> f32 {
        if self.held == 0 { 0.0 } else { self.found[self.held - 1].0 }
    }

    fn offer(&mut self, squared: f32, who: u32) {
        if self.held == self.count && (self.count == 0 || squared >= self.furthest()) {
            return;
        }
        let mut at = if self.held < self.count { self.held } else { self.held - 1 };
        self.held = (self.held + 1).min(self.count);
        while at > 0 && self.found[at - 1].0 > squared {
            self.found[at] = self.found[at - 1];
            at -= 1;
        }
        self.found[at] = (squared, who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    fn naive(x: &[f32], y: &[f32], a: &[f32], radius: f32) -> Vec<[f32; 2]> {
        let near = |i: usize, j: usize| {
            let (dx, dy) = (shortest(x[i], x[j]), shortest(y[i], y[j]));
            i != j && dx * dx + dy * dy <= radius * radius
        };
        let sum = |i| {
            (0..x.len())
                .filter(|j| near(i, *j))
                .fold([0.0, 0.0], |s: [f32; 2], j| [s[0] + a[j], s[1] + 1.0])
        };
        (0..x.len()).map(sum).collect()
    }

    #[test]
    fn cells_find_whom_a_search_of_all_pairs_finds() {
        let mut rng = Chance::new(2).stream(0, "places");
        for (agents, radius) in
            [(1, 0.1), (2, 0.5), (60, 0.02), (200, 0.15), (300, 0.26), (150, 0.33), (80, 0.7)]
        {
            let [x, y] = scatter(agents, &mut rng);
            let a: Vec<f32> = (0..agents).map(|i| (i % 7) as f32).collect();
            let mut cells = Cells::new(radius);
            cells.sort(&x, &y);
            let mut sums = Vec::new();
            cells.sum(&a, &x, &mut sums);
            let expected = naive(&x, &y, &a, radius);
            let found: Vec<[f32; 2]> = sums.iter().map(|s| [s[0], s[2]]).collect();
            assert_eq!(found, expected, "{agents} agents, radius {radius}");
            let (ends, lists) = cells.lists();
            assert_eq!(lists.len() as f32, expected.iter().map(|s| s[1]).sum::<f32>());
            assert_eq!(ends.last().map(|e| *e as usize), Some(lists.len()));
            cells.ways(&mut sums);
            assert!(sums.iter().zip(&expected).all(|(s, e)| s[2] == e[1]));
        }
    }

    #[test]
    fn the_nearest_are_whom_sorting_all_by_distance_finds() {
        let mut rng = Chance::new(3).stream(0, "places");
        for (agents, count) in [(1, 7), (2, 7), (5, 3), (60, 1), (400, 7), (900, 32), (300, 20)] {
            let [x, y] = scatter(agents, &mut rng);
            let mut cells = Cells::for_nearest(count, agents);
            cells.sort(&x, &y);
            let mut sums = Vec::new();
            cells.sum_nearest(count, &x, &y, &mut sums);
            for i in 0..agents {
                let squared = |j: &usize| {
                    let (dx, dy) = (shortest(x[i], x[*j]), shortest(y[i], y[*j]));
                    dx * dx + dy * dy
                };
                let mut others: Vec<usize> = (0..agents).filter(|j| *j != i).collect();
                others.sort_by(|j, k| squared(j).total_cmp(&squared(k)));
                others.truncate(count);
                let expected = others
                    .iter()
                    .fold([0.0f32; 3], |s, j| [s[0] + x[*j], s[1] + y[*j], s[2] + 1.0]);
                let near = (0..3).all(|k| (sums[i][k] - expected[k]).abs() < 1e-4);
                assert!(near, "{agents} agents, {count} nearest: {:?} {expected:?}", sums[i]);
            }
        }
    }

    #[test]
    fn at_a_radius_of_zero_nobody_has_neighbors() {
        let [x, y] = scatter(200, &mut Chance::new(2).stream(0, "places"));
        let mut cells = Cells::new(0.0);
        cells.sort(&x, &y);
        let mut sums = Vec::new();
        cells.sum(&x, &y, &mut sums);
        assert!(sums.iter().all(|s| *s == [0.0; 3]));
        assert!(cells.lists().1.is_empty());
    }

    #[test]
    fn the_seam_is_no_border() {
        assert!(
            (shortest(0.95, 0.05) - 0.1).abs() < 1e-6 && (shortest(0.05, 0.95) + 0.1).abs() < 1e-6
        );
        assert_eq!([wrap(1.0), wrap(-1e-12), wrap(0.25)], [0.0, 0.0, 0.25]);
        let mut cells = Cells::new(0.1);
        cells.sort(&[0.99, 0.01, 0.5], &[0.5, 0.5, 0.5]);
        let mut sums = Vec::new();
        cells.ways(&mut sums);
        assert!((sums[0][0] - 0.02).abs() < 1e-6 && sums[2] == [0.0; 3], "{sums:?}");
    }
}
