//! Mode `tree`: one organization, level by level. One round is one level.

use super::card::*;
use super::forest::{Forest, LEAVES_MAX, Sample, Shape};
use super::pictures::{self, Layer};
use super::theory::Law;
use super::{Arm, Plan, Setup};
use engine::math;
use engine::run::Ctx;
use engine::stats;
use lexicon::*;

pub struct Climb {
    setup: Setup,
    law: Law,
    plan: Plan,
    forest: Forest,
    /// Simulated, from the leaves on.
    found: Vec<Sample>,
    /// The recursion, for as many levels as the run will have.
    line: Vec<f64>,
    layers: Vec<Layer>,
    levels: u32,
}

impl Climb {
    pub fn start(setup: Setup, ctx: &mut Ctx) -> Self {
        let law = setup.law();
        let levels = fitting(setup.params.fan_in, setup.params.depth);
        if levels < setup.params.depth {
            ctx.say(format!(
                "{} levels instead of {}: a tree of more than two million leaves does not fit.",
                levels, setup.params.depth
            ));
        }
        let tree = Shape::Tree { levels, expanded: 0 };
        let bias = setup.params.leaf_bias;
        let tokens = setup.leaf().tokens(bias);
        let budget = tree.leaves(law.fan_in) * (tokens + setup.overhead());
        let plan = match setup.arm {
            Arm::Tree | Arm::TreeFixed | Arm::Theory | Arm::Clipped => {
                Plan { shape: tree, leaf_tokens: tokens, leaf: bias, spent: budget }
            }
            _ => setup.plan(budget),
        };
        let mut rng = ctx.rng("what the leaves say");
        let source = setup.source(ctx);
        let forest = Forest::grow(plan.shape, law, plan.leaf, setup.params.trees, source, &mut rng);
        if forest.trees < setup.params.trees {
            ctx.say(format!(
                "{} trees instead of {}: with {} leaves each, more would not fit.",
                forest.trees,
                setup.params.trees,
                plan.shape.leaves(law.fan_in)
            ));
        }
        let mut line = plan.shape.predict(&law, plan.leaf);
        // Where an organization is lower than the tree, its end stands.
        let end = line.last().copied().unwrap_or(plan.leaf);
        line.resize(line.len().max(levels as usize + 1), end);
        let mut climb = Self {
            found: vec![forest.sample()],
            layers: Vec::new(),
            setup,
            law,
            plan,
            forest,
            line,
            levels,
        };
        climb.keep_layer();
        climb
    }

    pub fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        let mut rng = ctx.rng("channels and shocks");
        let climbed = !self.forest.done();
        self.forest.climb(&mut rng);
        if climbed {
            self.keep_layer();
        }
        self.found.push(self.forest.sample());
        self.record(ctx)?;
        let done = self.found.len() > self.levels as usize;
        Ok(if done { Flow::Done } else { Flow::Continue })
    }

    fn keep_layer(&mut self) {
        let forest = &self.forest;
        self.layers.push(Layer {
            right: (0..forest.nodes()).map(|node| forest.shown(node)).collect(),
            scrambled: forest.scrambled.clone(),
            struck: forest.struck.clone(),
        });
    }

    /// Mean sign by the arm's own word: what was simulated, or what the theory says.
    fn mu(&self, level: usize) -> f64 {
        match self.setup.arm {
            Arm::Theory => self.line[level],
            Arm::Clipped => self.clipped(level),
            _ => self.found[level].mean,
        }
    }

    /// min(mu_0 alpha^t, mu*), and where nothing grows the plain decay.
    fn clipped(&self, level: usize) -> f64 {
        let alpha = self.law.alpha();
        let grown = self.plan.leaf * math::pow(alpha, level as f64);
        if alpha > 1.0 { grown.min(self.law.fixed_point()) } else { grown }
    }

    fn record(&self, ctx: &mut Ctx) -> Result<(), Fault> {
        let level = self.found.len() - 1;
        let (mu, found) = (self.mu(level), self.found[level]);
        let expected =
            if self.setup.arm == Arm::Clipped { self.clipped(level) } else { self.line[level] };
        ctx.record(&MU, mu)?;
        ctx.record(&ACCURACY, 0.5 * (1.0 + mu))?;
        ctx.record(&GAP, found.mean - expected)?;
        ctx.record(&KEPT, mu / self.plan.leaf)?;
        ctx.record(&DISTANCE, mu - self.law.fixed_point())?;
        ctx.record(&TOKENS, self.plan.spent)?;
        ctx.record(&LEAVES, self.plan.shape.leaves(self.law.fan_in))?;
        ctx.record(&SYNERGY, mu - self.setup.leaf().bias(self.plan.spent))?;
        self.setup.record_law(&self.law, self.plan.leaf, ctx)?;
        if let Some(slope) = self.slope() {
            ctx.record(&EXPONENT_ERR, slope - self.law.exponent())?;
        }
        ctx.say(self.caption(level, found, expected));
        Ok(())
    }

    /// Slope of log mu against log N over the levels where the signal is still weak (mu < .2); three are needed.
    fn slope(&self) -> Option<f64> {
        let base = math::ln(f64::from(self.law.fan_in));
        let weak: Vec<(f64, f64)> = (0..self.found.len())
            .map(|t| (t as f64 * base, self.mu(t)))
            .take_while(|(_, mu)| *mu > 0.0 && *mu < 0.2)
            .map(|(x, mu)| (x, math::ln(mu)))
            .collect();
        let (x, y): (Vec<f64>, Vec<f64>) = weak.into_iter().unzip();
        if x.len() < 3 { None } else { stats::line(&x, &y).map(|line| line.slope) }
    }

    fn caption(&self, level: usize, found: Sample, expected: f64) -> String {
        let right = |mu: f64| format!("{:.1} %", 50.0 * (1.0 + mu));
        let alpha = self.law.alpha();
        match self.setup.arm {
            Arm::Tree | Arm::TreeFixed | Arm::Theory | Arm::Clipped => format!(
                "Level {level} of {}: {} of the votes are right (theory {}). Each level multiplies the leaves' \
                 weak signal by α = {alpha:.2}: {}.",
                self.levels,
                right(found.mean),
                right(expected),
                if alpha > 1.0 { "it hardens on its way up" } else { "it dies on its way up" }
            ),
            Arm::Single => format!(
                "One agent with the tree's whole budget of {:.2e} tokens is right {} of the time.",
                self.plan.spent,
                right(found.mean)
            ),
            Arm::Star => format!(
                "One aggregator has room for {} leaves, and no more: {} right.",
                self.plan.shape.leaves(self.law.fan_in),
                right(found.mean)
            ),
            Arm::Chain => {
                format!("Relay {level}: {} right (theory {}).", right(found.mean), right(expected))
            }
        }
    }

    pub fn scenes(&self) -> Vec<Scene> {
        let levels = self.plan.shape.levels().max(1);
        let top = self.line.iter().fold(1e-6f64, |top, mu| top.max(mu.abs()));
        let strength: Vec<f64> = (0..=levels as usize)
            .map(|level| {
                self.found.get(level).map_or(0.0, |s| (s.mean.abs() / top).clamp(0.0, 1.0))
            })
            .collect();
        let graph =
            pictures::organization(self.plan.shape, self.law.fan_in, &self.layers, &strength);
        vec![
            Scene::Graph(graph),
            Scene::Field(self.curve()),
            Scene::Heatmap(pictures::theory_plane(&self.setup, self.levels)),
        ]
    }

    /// Simulated points with their intervals on the theory's line.
    fn curve(&self) -> scene::Field {
        let levels: Vec<f64> = (0..self.line.len()).map(|t| t as f64).collect();
        let grown: Vec<f64> = (0..self.line.len()).map(|t| self.clipped(t)).collect();
        let end = self.law.fixed_point();
        let mut lines = vec![
            pictures::line("recursion μ(t+1) = f(γ μ(t))", 0, false, &levels, &self.line),
            pictures::line("growth law μ₀ αᵗ, cut off at μ*", 1, true, &levels, &grown),
        ];
        let seen: Vec<f64> = (0..self.found.len()).map(|t| t as f64).collect();
        for side in [-1.96, 1.96] {
            let edge: Vec<f64> = self.found.iter().map(|s| s.mean + side * s.error).collect();
            lines.push(pictures::line("95 % of the simulation", 2, true, &seen, &edge));
        }
        let highest = self.line.iter().chain(&grown).copied().fold(0.02, f64::max);
        let means: Vec<f64> = self.found.iter().map(|s| s.mean).collect();
        let lowest = means.iter().copied().fold(0.0, f64::min);
        pictures::chart(
            (&seen, &means),
            lines,
            [
                Axis {
                    label: "level".into(),
                    low: 0.0,
                    high: (self.line.len() as f32 - 1.0).max(1.0),
                    ..Axis::default()
                },
                Axis {
                    label: "mean signed correctness μ".into(),
                    low: (1.2 * lowest) as f32,
                    high: (1.15 * highest) as f32,
                    ..Axis::default()
                },
            ],
            format!("α = {:.3}; growth ends at μ* = {end:.3}", self.law.alpha()),
        )
    }
}

use lexicon::scene::{self, Axis};

/// The deepest tree of at most two million leaves.
pub fn fitting(fan_in: u32, depth: u32) -> u32 {
    let mut levels = 0;
    let mut leaves = f64::from(fan_in);
    while levels < depth && leaves <= LEAVES_MAX {
        (levels, leaves) = (levels + 1, leaves * f64::from(fan_in));
    }
    levels
}
