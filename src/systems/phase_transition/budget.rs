//! Mode `budget`: what a budget buys, at matched cost. One round is one budget.

use super::card::*;
use super::forest::{Sample, Shape, simulate, trees_for};
use super::theory::Law;
use super::{Arm, Plan, Setup, pictures};
use engine::math;
use engine::run::Ctx;
use lexicon::scene::{Axis, Field};
use lexicon::*;

/// Leaf sizes tried by simulation, where the dial asks for it.
const TRIED: u32 = 13;

struct Point {
    budget: f64,
    plan: Plan,
    found: Sample,
    growth: f64,
    clipped: f64,
}

pub struct Budgets {
    setup: Setup,
    law: Law,
    budgets: Vec<f64>,
    points: Vec<Point>,
    excess: f64,
}

impl Budgets {
    pub fn start(setup: Setup) -> Self {
        let mut budgets = setup.params.budget.clone();
        budgets.sort_by(f64::total_cmp);
        Self { law: setup.law(), setup, budgets, points: Vec::new(), excess: f64::NEG_INFINITY }
    }

    pub async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        let Some(budget) = self.budgets.get(self.points.len()).copied() else {
            return Ok(Flow::Done);
        };
        let plan = self.setup.plan(budget);
        let mut rng = ctx.rng("an organization at this budget");
        let (law, asked) = (self.law, self.setup.params.trees);
        let trees = trees_for(plan.shape, law.fan_in, asked, self.setup.source(ctx));
        if trees < asked {
            ctx.say(format!("{trees} trees instead of {asked}: more of this size would not fit."));
        }
        let found = simulate(plan.shape, law, plan.leaf, trees, self.setup.source(ctx), &mut rng);
        ctx.breathe().await;
        // mu_tree(x) = kappa x^beta N^s.
        let leaves = plan.shape.leaves(law.fan_in);
        let growth = match plan.shape {
            Shape::Tree { .. } => plan.leaf * math::pow(leaves, law.exponent()),
            _ => plan.leaf,
        };
        let ceiling = if leaves > 1.0 { law.fixed_point() } else { 1.0 };
        let point = Point { budget, plan, found, growth, clipped: growth.min(ceiling) };
        self.record(&point, ctx)?;
        if self.setup.params.try_leaves && self.setup.arm == Arm::Tree {
            self.try_leaves(budget, ctx).await?;
        }
        self.points.push(point);
        Ok(if self.points.len() >= self.budgets.len() { Flow::Done } else { Flow::Continue })
    }

    fn record(&mut self, point: &Point, ctx: &mut Ctx) -> Result<(), Fault> {
        let Point { plan, found, .. } = point;
        let (mu, expected) = match self.setup.arm {
            Arm::Theory => (point.growth, point.growth),
            Arm::Clipped => (point.clipped, point.clipped),
            _ => (found.mean, plan.shape.predict(&self.law, plan.leaf).pop().unwrap_or(plan.leaf)),
        };
        let alone = self.setup.leaf().bias(point.budget);
        ctx.record(&MU, mu)?;
        ctx.record(&ACCURACY, 0.5 * (1.0 + mu))?;
        ctx.record(&GAP, found.mean - expected)?;
        ctx.record(&SYNERGY, mu - alone)?;
        ctx.record(&TOKENS, plan.spent)?;
        ctx.record(&LEAVES, plan.shape.leaves(self.law.fan_in))?;
        ctx.record(&LEAF_USED, plan.leaf_tokens)?;
        self.setup.record_law(&self.law, plan.leaf, ctx)?;
        let (leaf, overhead) = (self.setup.leaf(), self.setup.overhead());
        if let Some(best) = self.law.best_leaf(&leaf, overhead) {
            ctx.record(&BEST_LEAF, best)?;
        }
        // Infinite numbers are no readings: a threshold past all sense is left out.
        if let Some(threshold) = self.law.threshold(&leaf, overhead)
            && threshold < 1e15
        {
            ctx.record(&THRESHOLD, threshold)?;
        }
        if found.mean > 0.0 && expected > 0.0 {
            ctx.record(&PRED_ERR, math::ln(expected / found.mean).abs())?;
        }
        self.excess = self.excess.max(found.mean - expected);
        ctx.record(&EXCESS, self.excess)?;
        ctx.say(self.caption(point, mu, alone));
        Ok(())
    }

    fn caption(&self, point: &Point, mu: f64, alone: f64) -> String {
        let right = |mu: f64| format!("{:.1} %", 50.0 * (1.0 + mu));
        let (budget, plan) = (point.budget, &point.plan);
        let leaves = plan.shape.leaves(self.law.fan_in);
        let (s, beta) = (self.law.exponent(), self.setup.leaf().exponent);
        let side = if s > beta { "above" } else { "not above" };
        let made = format!("{leaves:.0} leaves of {:.0} tokens", plan.leaf_tokens);
        match plan.shape {
            Shape::Single => {
                format!("{budget:.0e} tokens: one agent is right {} of the time.", right(mu))
            }
            Shape::Tree { .. } => format!(
                "{budget:.0e} tokens: a tree of {made} is right {} of the time, one agent alone {}. The tree's \
                 exponent s = {s:.3} is {side} the agent's β = {beta}.",
                right(mu),
                right(alone)
            ),
            _ => format!(
                "{budget:.0e} tokens: {made} are right {}, one agent alone {}.",
                right(mu),
                right(alone)
            ),
        }
    }

    /// Simulates a row of leaf sizes on common chance and sees which is best, beside x*.
    async fn try_leaves(&self, budget: f64, ctx: &mut Ctx) -> Result<(), Fault> {
        let Some(best) = self.law.best_leaf(&self.setup.leaf(), self.setup.overhead()) else {
            return Ok(());
        };
        let mut top: Option<(f64, f64)> = None;
        for i in 0..TRIED {
            // From 4 tokens on, by factors of 2.
            let tokens = 4.0 * math::pow(2.0, f64::from(i));
            let Some(plan) = self.setup.tree_of(tokens, budget) else { continue };
            let mut rng = ctx.rng("leaf sizes tried");
            let source = self.setup.source(ctx);
            let trees = self.setup.params.trees;
            let mu = simulate(plan.shape, self.law, plan.leaf, trees, source, &mut rng).mean;
            if top.is_none_or(|(most, _)| mu > most) {
                top = Some((mu, tokens));
            }
            ctx.breathe().await;
        }
        if let Some((_, tokens)) = top {
            ctx.record(&LEAF_OFF, math::log2(tokens / best))?;
        }
        Ok(())
    }

    pub fn scenes(&self) -> Vec<Scene> {
        let (shape, strength) = match self.points.last() {
            Some(point) => (point.plan.shape, point.plan.shape.predict(&self.law, point.plan.leaf)),
            None => (Shape::Single, vec![0.5]),
        };
        let top = strength.iter().copied().fold(1e-6, f64::max);
        let strength: Vec<f64> = strength.iter().map(|mu| mu / top).collect();
        vec![
            Scene::Graph(pictures::organization(shape, self.law.fan_in, &[], &strength)),
            Scene::Field(self.curve()),
            Scene::Heatmap(pictures::theory_plane(&self.setup, self.setup.params.depth)),
        ]
    }

    fn curve(&self) -> Field {
        let (low, high) = (self.budgets[0], self.budgets[self.budgets.len() - 1]);
        let high = if high > low { high } else { 10.0 * low };
        let x: Vec<f64> =
            (0..40).map(|i| low * math::pow(high / low, f64::from(i) / 39.0)).collect();
        let alone: Vec<f64> = x.iter().map(|b| self.setup.leaf().bias(*b)).collect();
        let seen: Vec<f64> = self.points.iter().map(|p| p.budget).collect();
        let found: Vec<f64> = self.points.iter().map(|p| p.found.mean).collect();
        let of = |what: fn(&Point) -> f64| self.points.iter().map(what).collect::<Vec<_>>();
        let exact: Vec<f64> = self
            .points
            .iter()
            .map(|p| p.plan.shape.predict(&self.law, p.plan.leaf).pop().unwrap_or(p.plan.leaf))
            .collect();
        let mut lines = vec![
            pictures::line("recursion", 0, false, &seen, &exact),
            pictures::line("growth law κ xᵝ Nˢ", 1, true, &seen, &of(|p| p.growth.min(1.0))),
            pictures::line("clipped at μ*", 2, true, &seen, &of(|p| p.clipped)),
            pictures::line("one agent", 3, false, &x, &alone),
        ];
        if let Some(threshold) = self.law.threshold(&self.setup.leaf(), self.setup.overhead())
            && (low..high).contains(&threshold)
        {
            lines.push(pictures::line("B*", 4, true, &[threshold; 2], &[0.0, 1.0]));
        }
        let highest = found.iter().chain(&alone).chain(&exact).copied().fold(0.05, f64::max);
        pictures::chart(
            (&seen, &found),
            lines,
            [
                Axis {
                    label: "budget".into(),
                    unit: "tokens".into(),
                    low: low as f32,
                    high: high as f32,
                    log: true,
                },
                Axis {
                    label: "mean signed correctness μ".into(),
                    low: 1.2 * found.iter().copied().fold(0.0, f64::min) as f32,
                    high: 1.15 * highest as f32,
                    ..Axis::default()
                },
            ],
            "Equal budgets for all arms. Points are simulated, lines are the theory.".into(),
        )
    }
}
