//! What there is to see: the city as a board, its numbers over time, what is in them, and one early case's contacts.

use super::city::City;
use super::{Arm, Calibration, LargePopulationModels, Part};
use engine::population::epidemic::{DEAD, EXPOSED, INFECTED, RECOVERED};
use engine::topology;
use lexicon::Scene;
use lexicon::scene::*;

/// Cells a side at most: with a million agents one stands for four.
const SIDE_MAX: u32 = 512;
/// People around the early case, and their distance.
const NEAR_MAX: usize = 120;
const HOPS: u32 = 2;

/// Tones of the stages; the susceptible are the ground.
const TONES: [(u8, &str); 4] =
    [(EXPOSED, "exposed"), (INFECTED, "infected"), (RECOVERED, "recovered"), (DEAD, "dead")];
const TONE_TARGET: u8 = 5;
const TONE_OTHER: u8 = 6;

/// What is laid out once, and histories that only pictures need.
pub struct View {
    side: u32,
    /// Cell of each place along a curve that keeps neighbors together.
    cell: Vec<u32>,
    near: Vec<u32>,
    edges: Vec<u32>,
    layout: topology::Layout,
    /// Sums that the aggregators published, by day.
    pub published: Vec<[u32; 3]>,
    /// Published and true totals, by day.
    pub totals: Vec<(i64, u32)>,
    /// Share of each age group ever exposed after the start, by day.
    pub ages: Vec<[f32; 9]>,
    members: [u32; 9],
}

impl View {
    pub fn new(city: &City, seeds: &[u32]) -> Self {
        let agents = city.world.agents();
        let side = agents.isqrt().min(SIDE_MAX);
        let near = around(city, early_case(city, seeds));
        let place = |agent: u32| near.iter().position(|n| *n == agent).map(|p| p as u32);
        let edges: Vec<(u32, u32)> = near
            .iter()
            .enumerate()
            .flat_map(|(a, who)| {
                let b = city.world.graph.row(*who).iter().filter_map(|other| place(*other));
                b.filter(move |b| a < *b as usize).map(move |b| (a as u32, b))
            })
            .collect();
        let graph = topology::Graph::from_edges(near.len() as u32, edges);
        let mut members = [0; 9];
        city.world.age.iter().for_each(|age| members[*age as usize] += 1);
        Self {
            side,
            cell: curve(side),
            edges: graph.edges_flat(),
            layout: topology::force(&graph),
            near,
            published: Vec::new(),
            totals: Vec::new(),
            ages: Vec::new(),
            members,
        }
    }

    /// A day's newly exposed, by age group.
    pub fn note_ages(&mut self, city: &City, caught: &[u32]) {
        let mut now = self.ages.last().copied().unwrap_or_default();
        for agent in caught {
            let age = city.world.age[*agent as usize] as usize;
            now[age] += 1.0 / self.members[age] as f32;
        }
        self.ages.push(now);
    }
}

/// The first exposed with an ordinary number of contacts; the first agent where nobody is.
fn early_case(city: &City, seeds: &[u32]) -> u32 {
    let ordinary = |agent: &&u32| (6..=12).contains(&city.world.graph.degree(**agent));
    seeds.iter().find(ordinary).or(seeds.first()).copied().unwrap_or(0)
}

/// An agent, its contacts and theirs, at most `NEAR_MAX`.
fn around(city: &City, center: u32) -> Vec<u32> {
    let mut near = vec![center];
    let mut from = 0;
    for _ in 0..HOPS {
        let ring = near[from..].to_vec();
        from = near.len();
        for agent in ring {
            for other in city.world.graph.row(agent) {
                if near.len() < NEAR_MAX && !near.contains(other) {
                    near.push(*other);
                }
            }
        }
    }
    near
}

/// Cells of a square board along a generalized Hilbert curve (Červený's gilbert), so that homes next to each other in
/// the list are next to each other on the board.
fn curve(side: u32) -> Vec<u32> {
    let mut cells = Vec::with_capacity((side * side) as usize);
    let side = side as i32;
    let mut visit = |x: i32, y: i32| cells.push((y * side + x) as u32);
    if side > 0 {
        walk([0, 0], [side, 0], [0, side], &mut visit);
    }
    cells
}

fn walk([x, y]: [i32; 2], a: [i32; 2], b: [i32; 2], visit: &mut impl FnMut(i32, i32)) {
    let (w, h) = ((a[0] + a[1]).abs(), (b[0] + b[1]).abs());
    let (da, db) = (a.map(i32::signum), b.map(i32::signum));
    if h == 1 || w == 1 {
        let (count, by) = if h == 1 { (w, da) } else { (h, db) };
        (0..count).for_each(|i| visit(x + i * by[0], y + i * by[1]));
        return;
    }
    let mut a2 = a.map(|v| v.div_euclid(2));
    let mut b2 = b.map(|v| v.div_euclid(2));
    let (w2, h2) = ((a2[0] + a2[1]).abs(), (b2[0] + b2[1]).abs());
    if 2 * w > 3 * h {
        if w2 % 2 == 1 && w > 2 {
            a2 = [a2[0] + da[0], a2[1] + da[1]];
        }
        walk([x, y], a2, b, visit);
        walk([x + a2[0], y + a2[1]], [a[0] - a2[0], a[1] - a2[1]], b, visit);
        return;
    }
    if h2 % 2 == 1 && h > 2 {
        b2 = [b2[0] + db[0], b2[1] + db[1]];
    }
    walk([x, y], b2, a2, visit);
    walk([x + b2[0], y + b2[1]], a, [b[0] - b2[0], b[1] - b2[1]], visit);
    let end = [x + (a[0] - da[0]) + (b2[0] - db[0]), y + (a[1] - da[1]) + (b2[1] - db[1])];
    walk(end, b2.map(|v| -v), [a2[0] - a[0], a2[1] - a[1]], visit);
}

pub fn scenes(of: &LargePopulationModels) -> Vec<Scene> {
    let stages: Vec<u8> = match &of.crowd {
        Some(crowd) => crowd.stages().collect(),
        None => of.outbreak.state.stage.clone(),
    };
    vec![
        Scene::Grid(board(of, &stages)),
        Scene::Field(over_time(of)),
        Scene::Heatmap(inside(of)),
        Scene::Graph(near(of, &stages)),
    ]
}

fn legend() -> Vec<Key> {
    TONES.iter().map(|(tone, label)| Key { tone: *tone, label: label.to_string() }).collect()
}

/// 37,518 as a person reads it.
fn thousands(number: u32) -> String {
    let text = number.to_string();
    let mut read = String::new();
    for (at, digit) in text.chars().enumerate() {
        if at > 0 && (text.len() - at).is_multiple_of(3) {
            read.push(',');
        }
        read.push(digit);
    }
    read
}

/// One agent speaks for each cell's stretch of homes.
fn board(of: &LargePopulationModels, stages: &[u8]) -> Grid {
    let (agents, shown) = (stages.len() as u64, of.view.cell.len() as u64);
    let mut cell = vec![0; shown as usize];
    for (place, at) in of.view.cell.iter().enumerate() {
        cell[*at as usize] = stages[(place as u64 * agents / shown) as usize];
    }
    let what = match of.calibration.as_ref().map(|cal| cal.sims) {
        None | Some(0) => String::new(),
        Some(_) => "The last day of the newest simulation. ".to_string(),
    };
    let hidden = (agents - shown) as u32;
    let each = agents as f64 / shown as f64;
    let note = format!(
        "{what}{} of {} agents shown, in the order of their homes: one of every {each:.2}; {} are not.",
        thousands(shown as u32),
        thousands(agents as u32),
        thousands(hidden)
    );
    Grid {
        columns: of.view.side,
        rows: of.view.side,
        cell,
        legend: legend(),
        note,
        ..Grid::default()
    }
}

fn axis(label: &str, low: f32, high: f32) -> Axis {
    Axis { label: label.into(), low, high: high.max(low + 1.0), ..Axis::default() }
}

fn line(label: &str, tone: u8, dashed: bool, first: f32, y: Vec<f32>) -> Line {
    let x = (0..y.len()).map(|i| first + i as f32).collect();
    Line { label: label.into(), tone, dashed, x, y }
}

/// The highest point, rounded up so that the axis rarely moves.
fn ceiling(values: impl Iterator<Item = f32>) -> f32 {
    let most = values.fold(1.0f32, f32::max);
    let mut top = 1.0f32;
    while top < most {
        top *= 2.0;
    }
    top
}

fn over_time(of: &LargePopulationModels) -> Field {
    let made = match (&of.calibration, of.arm.part()) {
        (Some(cal), _) => weeks(cal, of.params.weekly_r.len()),
        (None, Part::Privacy) => totals(of),
        _ => days(of),
    };
    Field { scatter: true, ..made }
}

/// Weekly infections: the target as points, the newest simulation and the kept setting as lines.
fn weeks(cal: &Calibration, weeks: usize) -> Field {
    // Weeks differ by orders of magnitude: on a logarithmic axis, from one infection up.
    let column = |of: &[f64]| of.iter().map(|v| v.max(1.0) as f32).collect::<Vec<f32>>();
    let target = column(&cal.target.infections);
    let kept = column(&cal.unseen.infections);
    let top = ceiling(target.iter().chain(&kept).map(|v| v * 1.1));
    Field {
        x: (0..target.len()).map(|w| w as f32 + 1.0).collect(),
        tone: vec![TONE_TARGET; target.len()],
        size: vec![1.6; target.len()],
        y: target,
        axes: [
            axis("week", 0.5, weeks as f32 + 0.5),
            Axis { log: true, ..axis("infections in the week", 1.0, top) },
        ],
        lines: vec![
            line("newest simulation", TONE_OTHER, true, 1.0, column(&cal.newest.infections)),
            line("kept setting", 0, false, 1.0, kept),
        ],
        legend: vec![
            Key { tone: TONE_TARGET, label: "target".into() },
            Key { tone: 0, label: "kept setting, unseen luck".into() },
            Key { tone: TONE_OTHER, label: "newest simulation".into() },
        ],
        note: format!("{} simulations used.", cal.sims),
        ..Field::default()
    }
}

/// Newly exposed each day, and when a quarantine begins.
fn days(of: &LargePopulationModels) -> Field {
    let daily: Vec<f32> = of.daily.iter().map(|v| *v as f32).collect();
    let top = ceiling(daily.iter().copied());
    let mut lines = vec![line("newly exposed", 0, false, 1.0, daily)];
    if let Some(from) = of.rules.quarantine_from {
        lines.push(Line {
            label: "quarantine begins".into(),
            tone: TONE_OTHER,
            dashed: true,
            x: vec![from as f32; 2],
            y: vec![0.0, top],
        });
    }
    let last = (of.daily.len() as f32).max(21.0);
    Field {
        axes: [axis("day", 1.0, last), axis("newly exposed", 0.0, top)],
        lines,
        legend: vec![Key { tone: 0, label: "newly exposed a day".into() }],
        ..Field::default()
    }
}

/// What is published beside what is true.
fn totals(of: &LargePopulationModels) -> Field {
    let published: Vec<f32> = of.view.totals.iter().map(|t| t.0 as f32).collect();
    let plain: Vec<f32> = of.view.totals.iter().map(|t| t.1 as f32).collect();
    let top = ceiling(published.iter().chain(&plain).copied());
    let last = (plain.len() as f32).max(21.0);
    Field {
        axes: [axis("day", 1.0, last), axis("infected", 0.0, top)],
        lines: vec![
            line("published", 0, false, 1.0, published),
            line("true", TONE_TARGET, true, 1.0, plain),
        ],
        legend: vec![
            Key { tone: 0, label: "published".into() },
            Key { tone: TONE_TARGET, label: "true total".into() },
        ],
        ..Field::default()
    }
}

fn inside(of: &LargePopulationModels) -> Heatmap {
    match (&of.calibration, of.arm.part()) {
        (Some(cal), _) => learned(of, cal),
        (None, Part::Privacy) => parties(of),
        _ => by_age(of),
    }
}

fn columns(count: usize) -> Vec<String> {
    (1..=count.max(1)).map(|c| c.to_string()).collect()
}

/// R of each week after each round, the hidden ones at the right end.
fn learned(of: &LargePopulationModels, cal: &Calibration) -> Heatmap {
    let weeks = of.params.weekly_r.len();
    let mut names = columns(cal.path.len());
    if cal.hidden {
        names.push("true".into());
    }
    let mut value = Vec::with_capacity(weeks * names.len());
    for week in 0..weeks {
        let mut path: Vec<f32> = cal.path.iter().map(|theta| theta.r[week] as f32).collect();
        path.resize(cal.path.len().max(1), f32::NAN);
        value.extend(path);
        value.extend(cal.hidden.then(|| of.params.weekly_r[week] as f32));
    }
    Heatmap {
        rows: (1..=weeks).map(|w| format!("week {w}")).collect(),
        row_title: "R".into(),
        column_title: "round".into(),
        columns: names,
        value,
        low: 1.4,
        high: 4.5,
        ..Heatmap::default()
    }
}

/// Row by row from columns of days.
fn turned<const N: usize>(days: &[[f32; N]]) -> Vec<f32> {
    let none = [f32::NAN; N];
    let days = if days.is_empty() { std::slice::from_ref(&none) } else { days };
    (0..N).flat_map(|row| days.iter().map(move |day| day[row])).collect()
}

fn by_age(of: &LargePopulationModels) -> Heatmap {
    let most = of.view.ages.last().map_or(0.0, |ages| ages.iter().copied().fold(0.0, f32::max));
    Heatmap {
        rows: (0..9)
            .map(|g| if g < 8 { format!("{} to {}", 10 * g, 10 * g + 9) } else { "80 on".into() })
            .collect(),
        columns: columns(of.view.ages.len()),
        row_title: "age".into(),
        column_title: "day".into(),
        value: turned(&of.view.ages),
        low: 0.0,
        high: [0.05, 0.1, 0.2, 0.5].into_iter().find(|high| *high >= most).unwrap_or(1.0),
        unit: "share".into(),
        note: "Share of each age group exposed since day 0.".into(),
        ..Heatmap::default()
    }
}

/// What each party sees, as a share of all words; what they see together, as a share of the most so far.
fn parties(of: &LargePopulationModels) -> Heatmap {
    let plain = of.arm == Arm::Plain;
    let most = of.view.totals.iter().map(|t| t.0).max().unwrap_or(1).max(1) as f32;
    let days: Vec<[f32; 4]> = of
        .view
        .published
        .iter()
        .zip(&of.view.totals)
        .map(|(sums, total)| {
            let word = |sum: u32| sum as f32 / u32::MAX as f32;
            let [a, b, c] = sums.map(word);
            let all = (total.0 as f32 / most).clamp(0.0, 1.0);
            if plain { [all, f32::NAN, f32::NAN, all] } else { [a, b, c, all] }
        })
        .collect();
    let note = if plain {
        "One collector sees every state; here the infected, as a share of the most so far."
    } else {
        "Each sum as a share of 2^32: by itself it is noise. Together: infected, as a share of the most so far."
    };
    Heatmap {
        rows: ["party 1", "party 2", "party 3", "together"].map(str::to_string).to_vec(),
        columns: columns(days.len()),
        row_title: "sees".into(),
        column_title: "day".into(),
        value: turned(&days),
        low: 0.0,
        high: 1.0,
        note: note.into(),
        ..Heatmap::default()
    }
}

/// The contacts of one early case and theirs.
fn near(of: &LargePopulationModels, stages: &[u8]) -> Graph {
    let view = &of.view;
    let nodes = view.near.len();
    let tone: Vec<u8> = view.near.iter().map(|agent| stages[*agent as usize]).collect();
    let mut size = vec![1.0; nodes];
    let mut label = vec![String::new(); nodes];
    (size[0], label[0]) = (1.7, "case".into());
    let well = Key { tone: 0, label: "susceptible".into() };
    Graph {
        x: view.layout.x.clone(),
        y: view.layout.y.clone(),
        tone,
        size,
        label,
        edges: view.edges.clone(),
        legend: std::iter::once(well).chain(legend()).collect(),
        note: format!(
            "{nodes} of {} agents: an early case, whom it meets, and whom they meet; the others are not shown.",
            thousands(of.graph().nodes())
        ),
        ..Graph::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_visits_every_cell_once_and_goes_from_neighbor_to_neighbor() {
        for side in [1u32, 2, 3, 31, 44, 193, 512] {
            let cells = curve(side);
            let mut seen = vec![false; (side * side) as usize];
            cells.iter().for_each(|c| assert!(!std::mem::replace(&mut seen[*c as usize], true)));
            assert_eq!(cells.len(), seen.len());
            // An odd side of an even-sized step may once go across a corner.
            let far = |pair: &[u32]| {
                let of = |c: u32| ((c % side) as i32, (c / side) as i32);
                let (a, b) = (of(pair[0]), of(pair[1]));
                (a.0 - b.0).abs().max((a.1 - b.1).abs())
            };
            assert!(cells.windows(2).all(|pair| far(pair) == 1), "{side}");
        }
    }

    #[test]
    fn numbers_are_read_with_commas() {
        assert_eq!([0, 999, 37_518, 1_000_000].map(thousands), ["0", "999", "37,518", "1,000,000"]);
    }
}
