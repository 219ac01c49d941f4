#![doc = include_str!("../phase_transition.md")]

mod budget;
mod card;
mod claims;
mod forest;
mod phase;
mod pictures;
mod theory;
mod tree;
mod warmup;

pub use card::Params;

use card::*;
use engine::minds::channel::Fidelity;
use engine::run::*;
use forest::{Shape, Source};
use lexicon::*;
use theory::{Law, Leaf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    Tree,
    TreeFixed,
    Single,
    Star,
    Chain,
    Theory,
    Clipped,
}

/// How an arm turns a budget into an organization.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Plan {
    shape: Shape,
    /// x: compute of a leaf.
    leaf_tokens: f64,
    /// mu_0(x).
    leaf: f64,
    spent: f64,
}

/// Leaf sizes that the best tree is sought among, evenly in the logarithm.
const LEAF_SIZES: u32 = 120;

enum Stage {
    Tree(tree::Climb),
    Phase(phase::Plane),
    Budget(budget::Budgets),
    Warmup(warmup::Warmup),
}

pub struct PhaseTransition {
    stage: Stage,
}

impl System for PhaseTransition {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = Card {
        id: "phase-transition",
        version: 1,
        past: &[],
        title: "Phase transition",
        says: "One number decides whether a tree of agents amplifies a weak signal or drowns it.",
        family: Family::Consensus,
        paper: Paper {
            title: "Phase Transition for Budgeted Multi-Agent Synergy",
            authors: "",
            year: 2026,
            arxiv: Some("2601.17311"),
        },
        rounds: Horizon { default: 15, max: 40 },
        views: &["The tree", "Theory and simulation", "Phase diagram"],
        metrics: METRICS,
        claims: claims::CLAIMS,
        presets: PRESETS,
        real: Real { trains: false, surrogate_minds: false },
        about: "phase_transition.md",
    };
    const ARMS: &'static [ArmCard<Arm>] = &[
        ArmCard::method(Arm::Tree, "tree", "Tree")
            .says("A tree with the best leaves for its budget, a majority at each node."),
        ArmCard::method(Arm::TreeFixed, "tree_fixed", "Tree, given leaves")
            .says("The same with the leaf compute and the depth as the dials say.")
            .when("mode=budget"),
        ArmCard::baseline(Arm::Single, "single", "One agent")
            .says("The whole budget to one agent."),
        ArmCard::baseline(Arm::Star, "star", "Star")
            .says("One aggregator reads as many leaves as its window holds."),
        ArmCard::baseline(Arm::Chain, "chain", "Chain").says(
            "Relays in a row, each the majority of what came in and of two leaves of its own.",
        ),
        ArmCard::reference(Arm::Theory, "theory", "Theory")
            .says("The closed form: the recursion by level, the growth law by budget."),
        ArmCard::reference(Arm::Clipped, "clipped", "Clipped growth")
            .says("The growth law, cut off at the fixed point μ*.")
            .extra(),
    ];

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let setup = Setup { params: params.clone(), arm };
        let stage = match params.mode {
            Mode::Tree => Stage::Tree(tree::Climb::start(setup, ctx)),
            Mode::Phase => Stage::Phase(phase::Plane::start(setup, ctx)),
            Mode::Budget => Stage::Budget(budget::Budgets::start(setup)),
            Mode::Warmup => Stage::Warmup(warmup::Warmup::start(setup, ctx)),
        };
        Ok(Self { stage })
    }

    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        match &mut self.stage {
            Stage::Tree(climb) => climb.step(ctx),
            Stage::Phase(plane) => plane.step(ctx).await,
            Stage::Budget(budgets) => budgets.step(ctx).await,
            Stage::Warmup(warmup) => warmup.step(ctx),
        }
    }

    fn scenes(&self) -> Vec<Scene> {
        match &self.stage {
            Stage::Tree(climb) => climb.scenes(),
            Stage::Phase(plane) => plane.scenes(),
            Stage::Budget(budgets) => budgets.scenes(),
            Stage::Warmup(warmup) => warmup.scenes(),
        }
    }
}

/// What all modes start from.
#[derive(Clone, Debug)]
struct Setup {
    params: Params,
    arm: Arm,
}

impl Setup {
    fn fidelity(&self) -> Fidelity {
        match self.params.channel {
            Channel::Fixed => Fidelity::Fixed(self.params.fidelity),
            Channel::Curve => Fidelity::Curve {
                gamma_0: self.params.fidelity_start,
                m_0: self.params.fidelity_tokens,
            },
        }
    }

    fn law(&self) -> Law {
        Law {
            fan_in: self.params.fan_in,
            shared: self.params.shared_failure,
            fidelity: self.fidelity().of(f64::from(self.params.message_tokens)),
        }
    }

    fn leaf(&self) -> Leaf {
        let p = &self.params;
        Leaf { scale: p.leaf_scale, exponent: p.leaf_exponent, limit: p.leaf_limit }
    }

    fn source(&self, ctx: &Ctx) -> Source {
        match self.params.leaf {
            LeafKind::Coin => Source::Coin,
            LeafKind::Surrogate => Source::Minds(ctx.chance()),
        }
    }

    fn overhead(&self) -> f64 {
        self.law().overhead(f64::from(self.params.message_tokens))
    }

    /// The most leaves one aggregator can read, odd.
    fn star_leaves(&self, at_most: f64) -> u32 {
        let most = f64::from(self.params.window_tokens / self.params.message_tokens).min(at_most);
        let most = most.clamp(1.0, forest::LEAVES_MAX) as u32;
        most - u32::from(most.is_multiple_of(2))
    }

    /// What the arm does with a budget; the theory's arms are lines for the tree.
    fn plan(&self, budget: f64) -> Plan {
        let message = f64::from(self.params.message_tokens);
        match self.arm {
            Arm::Tree | Arm::Theory | Arm::Clipped => self.best_tree(budget),
            Arm::TreeFixed => self.fixed_tree(budget),
            Arm::Single => self.alone(budget),
            Arm::Star => {
                let leaves = self.star_leaves(budget / (self.params.leaf_tokens + 2.0 * message));
                if leaves < 3 {
                    return self.alone(budget);
                }
                let tokens = budget / f64::from(leaves) - 2.0 * message;
                self.made(Shape::Star { leaves }, tokens, budget)
            }
            Arm::Chain => {
                let pays = |relays: u32| {
                    (budget - 2.0 * message * f64::from(relays)) / f64::from(1 + 2 * relays)
                };
                let relays = (0..=self.params.depth).rev().find(|r| pays(*r) >= 1.0).unwrap_or(0);
                if relays == 0 {
                    return self.alone(budget);
                }
                self.made(Shape::Chain { relays }, pays(relays), budget)
            }
        }
    }

    fn made(&self, shape: Shape, leaf_tokens: f64, spent: f64) -> Plan {
        Plan { shape, leaf_tokens, leaf: self.leaf().bias(leaf_tokens), spent }
    }

    fn alone(&self, budget: f64) -> Plan {
        self.made(Shape::Single, budget, budget)
    }

    /// The tree with leaves of this size that the budget pays for.
    fn tree_of(&self, leaf_tokens: f64, budget: f64) -> Option<Plan> {
        let fan_in = self.params.fan_in;
        let leaves = budget / (leaf_tokens + self.overhead());
        let shape = Shape::tree(fan_in, leaves);
        let spent = shape.leaves(fan_in) * (leaf_tokens + self.overhead());
        (leaves >= f64::from(fan_in)).then(|| self.made(shape, leaf_tokens, spent))
    }

    /// The best leaf size by the recursion, one agent alone included.
    fn best_tree(&self, budget: f64) -> Plan {
        let law = self.law();
        let end =
            |plan: &Plan| plan.shape.predict(&law, plan.leaf).last().copied().unwrap_or(plan.leaf);
        let mut best = self.alone(budget);
        for i in 0..LEAF_SIZES {
            let tokens = engine::math::pow(budget, f64::from(i) / f64::from(LEAF_SIZES));
            if let Some(plan) = self.tree_of(tokens, budget)
                && end(&plan) > end(&best)
            {
                best = plan;
            }
        }
        best
    }

    fn fixed_tree(&self, budget: f64) -> Plan {
        let (fan_in, tokens) = (self.params.fan_in, self.params.leaf_tokens);
        let deepest = engine::math::pow(f64::from(fan_in), f64::from(self.params.depth));
        let most = deepest * (tokens + self.overhead());
        self.tree_of(tokens, budget.min(most)).unwrap_or_else(|| self.alone(budget))
    }

    /// Closed forms that are readings in every mode.
    fn record_law(&self, law: &Law, leaf: f64, ctx: &mut Ctx) -> Result<(), Fault> {
        ctx.record(&ALPHA, law.alpha())?;
        ctx.record(&EXPONENT, law.exponent())?;
        ctx.record(&FIXED_POINT, law.fixed_point())?;
        if let Some(depth) = law.mixing_depth(leaf) {
            ctx.record(&MIXING, f64::from(depth))?;
        }
        Ok(())
    }
}
