//! Mode `phase`: what is left of the leaves' signal at the root, over a plane of dials. One round is one row.

use super::card::*;
use super::forest::{Shape, Source, simulate, trees_for};
use super::pictures;
use super::theory::Law;
use super::{Arm, Setup, tree};
use engine::math;
use engine::run::Ctx;
use lexicon::scene::{Axis, Field, Heatmap};
use lexicon::*;
use rand::RngExt;

/// Leaves of one cell's tree at most: a row has thirteen cells.
const LEAVES_MAX: f64 = 20_000.0;
/// Rows of the plane of random pairs, as many as the paper's sentence is tested on.
const PAIRS: u32 = 12;
/// Halvings or doublings that the shades reach.
const SHADES: f64 = 3.0;

struct Row {
    label: String,
    laws: Vec<Option<Law>>,
}

pub struct Plane {
    setup: Setup,
    rows: Vec<Row>,
    columns: Vec<String>,
    titles: [&'static str; 2],
    /// Final mean sign, by cell, row by row; none where there is no such organization.
    found: Vec<Vec<Option<f64>>>,
    shape: Shape,
}

impl Plane {
    pub fn start(setup: Setup, ctx: &Ctx) -> Self {
        let p = &setup.params;
        let fidelities: Vec<f64> = (0..13).map(|i| 0.4 + 0.05 * f64::from(i)).collect();
        let across = |fan_in: u32, shared: f64| -> Vec<Option<Law>> {
            fidelities.iter().map(|f| Some(Law { fan_in, shared, fidelity: *f })).collect()
        };
        let mut titles = ["shared failure ρ", "fidelity γ"];
        let mut columns: Vec<String> = fidelities.iter().map(|f| format!("{f:.2}")).collect();
        let rows: Vec<Row> = match p.plane {
            card::Plane::FidelityShared => (0..10)
                .map(|i| f64::from(i) / 10.0)
                .map(|rho| Row { label: format!("{rho:.1}"), laws: across(p.fan_in, rho) })
                .collect(),
            card::Plane::Pairs => {
                titles[0] = "fan-in b, shared failure ρ";
                (0..PAIRS)
                    .map(|row| {
                        let mut rng = ctx.chance().at("a random organization", &[row]);
                        let (fan_in, rho) =
                            (3 + 2 * rng.random_range(0..4u32), 0.8 * rng.random::<f64>());
                        Row { label: format!("{fan_in}, {rho:.2}"), laws: across(fan_in, rho) }
                    })
                    .collect()
            }
            card::Plane::LengthFanIn => {
                titles = ["fan-in b", "message m, tokens"];
                let lengths: Vec<f64> =
                    (0..10).map(|i| 10.0 * math::pow(2.0, f64::from(i))).collect();
                columns = lengths.iter().map(|m| format!("{m:.0}")).collect();
                let curve = engine::minds::channel::Fidelity::Curve {
                    gamma_0: p.fidelity_start,
                    m_0: p.fidelity_tokens,
                };
                let law = |fan_in: u32, m: f64| {
                    let fits = f64::from(fan_in) * m <= f64::from(p.window_tokens);
                    fits.then(|| Law { fan_in, shared: p.shared_failure, fidelity: curve.of(m) })
                };
                [3, 5, 7, 9, 11, 15, 21, 31]
                    .iter()
                    .map(|b| Row {
                        label: b.to_string(),
                        laws: lengths.iter().map(|m| law(*b, *m)).collect(),
                    })
                    .collect()
            }
        };
        Self { setup, rows, columns, titles, found: Vec::new(), shape: Shape::Single }
    }

    /// The arm's organization with the leaves of the tree that the dials and the limit allow.
    fn shape(&self, fan_in: u32) -> Shape {
        let most = math::ln(LEAVES_MAX) / math::ln(f64::from(fan_in));
        let levels = tree::fitting(fan_in, self.setup.params.depth).min(most as u32);
        let tree = Shape::Tree { levels, expanded: 0 };
        match self.setup.arm {
            Arm::Tree | Arm::TreeFixed | Arm::Theory | Arm::Clipped => tree,
            Arm::Star => Shape::Star { leaves: self.setup.star_leaves(tree.leaves(fan_in)) },
            Arm::Chain => Shape::Chain { relays: self.setup.params.depth },
            Arm::Single => Shape::Single,
        }
    }

    pub async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        let (row, leaf) = (self.found.len(), self.setup.params.leaf_bias);
        let (mut found, mut gaps) = (Vec::new(), Vec::new());
        let source = self.setup.source(ctx);
        if row == 0 {
            self.notices(source, ctx);
        }
        for (column, law) in self.rows[row].laws.clone().into_iter().enumerate() {
            let Some(law) = law else {
                found.push(None);
                continue;
            };
            self.shape = self.shape(law.fan_in);
            let mut rng = ctx.chance().at("a cell of the plane", &[row as u32, column as u32]);
            let trees = self.setup.params.trees;
            let sample = simulate(self.shape, law, leaf, trees, source, &mut rng).mean;
            let line = self.shape.predict(&law, leaf).pop().unwrap_or(leaf);
            let grown = leaf * math::pow(law.alpha(), f64::from(self.shape.levels()));
            let clipped = if law.alpha() > 1.0 { grown.min(law.fixed_point()) } else { grown };
            let (mu, expected) = match self.setup.arm {
                Arm::Theory => (line, line),
                Arm::Clipped => (clipped, clipped),
                _ => (sample, line),
            };
            gaps.push(sample - expected);
            found.push(Some(mu));
            ctx.breathe().await;
        }
        self.found.push(found);
        self.record(row, &gaps, ctx)?;
        Ok(if self.found.len() >= self.rows.len() { Flow::Done } else { Flow::Continue })
    }

    /// What had to be made smaller.
    fn notices(&self, source: Source, ctx: &mut Ctx) {
        let (p, shape) = (&self.setup.params, self.shape(self.setup.params.fan_in));
        if let Shape::Tree { levels, .. } = shape
            && levels < p.depth
        {
            ctx.say(format!(
                "{levels} levels instead of {}: a cell's tree has at most {LEAVES_MAX} leaves.",
                p.depth
            ));
        }
        let trees = trees_for(shape, p.fan_in, p.trees, source);
        if trees < p.trees {
            ctx.say(format!("{trees} trees a cell instead of {}: more would not fit.", p.trees));
        }
    }

    fn record(&self, row: usize, gaps: &[f64], ctx: &mut Ctx) -> Result<(), Fault> {
        let leaf = self.setup.params.leaf_bias;
        let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len().max(1) as f64;
        let cells: Vec<f64> = self.found[row].iter().flatten().copied().collect();
        let mu = mean(&cells);
        ctx.record(&MU, mu)?;
        ctx.record(&ACCURACY, 0.5 * (1.0 + mu))?;
        ctx.record(&GAP, mean(gaps))?;
        ctx.record(&KEPT, mu / leaf)?;
        let first = self.rows[row].laws.iter().flatten().next();
        let law = Law {
            fidelity: self.setup.law().fidelity,
            ..first.copied().unwrap_or(self.setup.law())
        };
        self.setup.record_law(&law, leaf, ctx)?;
        let (theory, seen) = (law.critical_fidelity(), self.boundary(row));
        let tree = matches!(self.setup.arm, Arm::Tree | Arm::Theory | Arm::Clipped);
        if let Some(seen) = seen
            && tree
            && (0.4..1.0).contains(&theory)
        {
            ctx.record(&BOUNDARY_ERR, (seen - theory).abs())?;
        }
        let says = match seen {
            Some(seen) => format!("keeps its signal from fidelity {seen:.2} on"),
            None => "crosses no boundary here".to_string(),
        };
        let bar = if tree { format!("; α = 1 lies at {theory:.2}") } else { String::new() };
        ctx.say(format!(
            "{} {}: the organization {says}{bar}.",
            self.titles[0], self.rows[row].label
        ));
        Ok(())
    }

    /// The fidelity at which the final signal is what the leaves had: the row made monotone (pooling adjacent
    /// violators), then a straight line between the two cells around the crossing.
    fn boundary(&self, row: usize) -> Option<f64> {
        let cells: Vec<(f64, f64)> = self.rows[row]
            .laws
            .iter()
            .zip(&self.found[row])
            .filter_map(|(law, mu)| Some((law.as_ref()?.fidelity, (*mu)?)))
            .collect();
        let rising = monotone(&cells.iter().map(|c| c.1).collect::<Vec<_>>());
        let leaf = self.setup.params.leaf_bias;
        (1..rising.len()).find(|i| rising[i - 1] < leaf && rising[*i] >= leaf).map(|i| {
            let share = (leaf - rising[i - 1]) / (rising[i] - rising[i - 1]);
            cells[i - 1].0 + share * (cells[i].0 - cells[i - 1].0)
        })
    }

    pub fn scenes(&self) -> Vec<Scene> {
        let fan_in =
            self.rows[self.found.len().saturating_sub(1)].laws[0].map_or(3, |law| law.fan_in);
        let strength = vec![0.6; self.shape.levels() as usize + 1];
        vec![
            Scene::Graph(pictures::organization(self.shape, fan_in, &[], &strength)),
            Scene::Field(self.curve()),
            Scene::Heatmap(self.heatmap()),
        ]
    }

    /// The newest row: simulation on the theory.
    fn curve(&self) -> Field {
        let row = self.found.len().saturating_sub(1);
        let leaf = self.setup.params.leaf_bias;
        let laws: Vec<Law> = self.rows[row].laws.iter().flatten().copied().collect();
        let x: Vec<f64> = laws.iter().map(|law| law.fidelity).collect();
        let theory: Vec<f64> = laws
            .iter()
            .map(|law| self.shape(law.fan_in).predict(law, leaf).pop().unwrap_or(leaf))
            .collect();
        let found: Vec<f64> =
            self.found.get(row).into_iter().flatten().flatten().copied().collect();
        let highest = theory.iter().chain(&found).copied().fold(2.0 * leaf, f64::max);
        let bar = laws.first().map_or(1.0, Law::critical_fidelity);
        let lines = vec![
            pictures::line("recursion", 0, false, &x, &theory),
            pictures::line("what the leaves had", 1, true, &[0.0, 1.0], &[leaf, leaf]),
            pictures::line("α = 1", 2, true, &[bar, bar], &[0.0, highest]),
        ];
        pictures::chart(
            (&x[..found.len().min(x.len())], &found),
            lines,
            [
                Axis { label: "fidelity γ".into(), low: 0.3, high: 1.0, ..Axis::default() },
                Axis {
                    label: "final μ".into(),
                    low: found.iter().copied().fold(0.0, f64::min) as f32 * 1.1,
                    high: 1.05 * highest as f32,
                    ..Axis::default()
                },
            ],
            format!("{} {}", self.titles[0], self.rows[row].label),
        )
    }

    /// Doublings of the leaves' signal on the way up: the boundary is where the two hues meet.
    fn heatmap(&self) -> Heatmap {
        let leaf = self.setup.params.leaf_bias;
        let mut value = Vec::new();
        for row in 0..self.rows.len() {
            for column in 0..self.columns.len() {
                let cell = self.found.get(row).and_then(|cells| cells[column]);
                value.push(cell.map_or(f32::NAN, |mu| pictures::doublings(mu, leaf, SHADES)));
            }
        }
        Heatmap {
            rows: self.rows.iter().map(|row| row.label.clone()).collect(),
            columns: self.columns.clone(),
            row_title: self.titles[0].into(),
            column_title: self.titles[1].into(),
            value,
            low: -SHADES as f32,
            high: SHADES as f32,
            unit: "doublings of the signal".into(),
            diverging: true,
            note: "Simulated. Where the hues meet the signal is carried unchanged: theory puts that at α = 1.".into(),
            ..Heatmap::default()
        }
    }
}

use super::card;

/// Least-squares monotone fit, by pooling adjacent violators.
fn monotone(values: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for value in values {
        blocks.push((*value, 1));
        while blocks.len() > 1 && blocks[blocks.len() - 2].0 > blocks[blocks.len() - 1].0 {
            let (b, n) = blocks.pop().unwrap_or_default();
            if let Some(last) = blocks.last_mut() {
                *last = ((last.0 * last.1 as f64 + b * n as f64) / (last.1 + n) as f64, last.1 + n);
            }
        }
    }
    blocks.iter().flat_map(|(value, count)| std::iter::repeat_n(*value, *count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violators_are_pooled() {
        assert_eq!(monotone(&[1.0, 3.0, 2.0, 4.0]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(monotone(&[3.0, 2.0, 1.0]), [2.0, 2.0, 2.0]);
        assert!(monotone(&[]).is_empty());
    }
}
