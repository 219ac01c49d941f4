//! The paper's statements as experiments.

use super::card::*;
use lexicon::*;

/// Settings with s = beta + .05 (a tree pays) and s = beta - .05 (it does not), for five pairs of fan-in and shared
/// failure and two leaf exponents: gamma = b^(beta +- .05) / [rho + (1 - rho) f_b'(0)].
const ABOVE: &[&str] = &[
    "fan_in=3&shared_failure=0.2&fidelity=0.824",
    "fan_in=5&shared_failure=0.3&fidelity=0.7645",
    "fan_in=7&shared_failure=0.4&fidelity=0.752",
    "fan_in=3&shared_failure=0&fidelity=0.769",
    "fan_in=9&shared_failure=0.5&fidelity=0.7689",
    "fan_in=5&shared_failure=0.1&fidelity=0.7719&leaf_exponent=0.15",
];
const BELOW: &[&str] = &[
    "fan_in=3&shared_failure=0.2&fidelity=0.738",
    "fan_in=5&shared_failure=0.3&fidelity=0.6508",
    "fan_in=7&shared_failure=0.4&fidelity=0.619",
    "fan_in=3&shared_failure=0&fidelity=0.689",
    "fan_in=9&shared_failure=0.5&fidelity=0.6172",
    "fan_in=5&shared_failure=0.1&fidelity=0.6571&leaf_exponent=0.15",
];

pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "c1",
        says: "Whether a weak signal survives turns sharply at α = 1.",
        source: "Theorem 4",
        tests: "Twelve random pairs of fan-in and shared failure, fidelity swept, nine levels (fewer where a tree \
                would pass 20,000 leaves): where the simulated signal at the root equals the leaves', on average \
                within .03 of the fidelity at which α is 1.",
        setting: "mode=phase&plane=pairs&depth=9&leaf_bias=0.15&trees=500",
        seeds: 10,
        test: Test::Between {
            metric: BOUNDARY_ERR,
            arm: "tree",
            at: At::Mean,
            low: 0.0,
            high: 0.03,
        },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c2",
        says: "Below the transition the signal vanishes, above it the signal reaches a fixed level μ*.",
        source: "Theorem 4",
        tests: "α = .9: after nine levels less than half of the bias is left. α = 1.3: after eleven levels the bias \
                is within .03 of μ*.",
        setting: "leaf_bias=0.2",
        seeds: 10,
        test: Test::All(&[
            Test::Between {
                metric: KEPT,
                arm: "tree?fidelity=0.642857&depth=9",
                at: At::Last,
                low: -0.5,
                high: 0.5,
            },
            Test::Between {
                metric: DISTANCE,
                arm: "tree?fidelity=0.928571&depth=11",
                at: At::Last,
                low: -0.03,
                high: 0.03,
            },
        ]),
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c3",
        says: "A weak signal grows with the number of leaves to the power s = log_b α.",
        source: "Theorem 5",
        tests: "Slope of log μ against log N while μ is below .2, less s: within .03.",
        setting: "leaf_bias=0.05",
        seeds: 10,
        test: Test::Between {
            metric: EXPONENT_ERR,
            arm: "tree",
            at: At::Last,
            low: -0.03,
            high: 0.03,
        },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c4",
        says: "An organization beats one agent of the same budget exactly where s > β.",
        source: "Theorem 5",
        tests: "Ten million tokens. Six settings with s = β + .05: the tree is better than one agent in at least 9 of \
                10; six with s = β - .05: one agent is better than a tree.",
        setting: "mode=budget&budget=10000000&trees=8000",
        seeds: 10,
        test: Test::All(&[
            Test::Share {
                metric: MU,
                arm: "tree",
                than: "single",
                at: At::Last,
                cells: ABOVE,
                margin: 0.0,
                at_least: 0.9,
            },
            Test::Share {
                metric: MU,
                arm: "single",
                than: "tree_fixed",
                at: At::Last,
                cells: BELOW,
                margin: 0.0,
                at_least: 0.9,
            },
        ]),
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c5",
        says: "The best compute of a leaf is x* = c₀ β / (s - β).",
        source: "Theorem 9",
        tests: "Leaf sizes by factors of 2, simulated on one budget (perfect channel, no shared failure, β = .2): the \
                best one is within a factor 2 of x*, on the mean over seeds of the logarithm.",
        setting: "mode=budget&budget=20000&fidelity=1&shared_failure=0&leaf_exponent=0.2&leaf_scale=0.02&trees=100000&\
                  try_leaves=true",
        seeds: 10,
        test: Test::Between { metric: LEAF_OFF, arm: "tree", at: At::Last, low: -1.0, high: 1.0 },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c6",
        says: "Averaging noisy numbers in a tree ends at a floor v* = σ² / ((b-1)(1-ρ)).",
        source: "Eq. 13",
        tests: "Simulated variance after 15 levels over v*: within 5 %.",
        setting: "mode=warmup",
        seeds: 10,
        test: Test::Between {
            metric: FLOOR_RATIO,
            arm: "tree",
            at: At::Round(15),
            low: 0.95,
            high: 1.05,
        },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c7",
        says: "The growth law, clipped at μ*, is accurate and conservative in both regimes.",
        source: "derived",
        tests: "Budgets from a thousand to ten million tokens at a good channel, so that growth is reached and left: mean |log(predicted / simulated)| of the \
                clipped law is lower than of the growth law alone, and the simulation never exceeds the clipped law \
                by more than .05, on average of the budgets by no more than .02.",
        setting: "mode=budget&budget=1000,3000,10000,30000,100000,300000,1000000,3000000,10000000&\
                  fidelity=0.95&shared_failure=0.1&leaf_scale=0.1&trees=5000",
        seeds: 10,
        test: Test::All(&[
            Test::Lower {
                metric: PRED_ERR,
                arm: "clipped",
                than: "theory",
                at: At::Mean,
                ratio: 1.0,
            },
            Test::Between { metric: EXCESS, arm: "clipped", at: At::Last, low: -1.0, high: 0.05 },
            Test::Between { metric: GAP, arm: "clipped", at: At::Mean, low: -1.0, high: 0.02 },
        ]),
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c8",
        says: "A star is capped by the window, so hierarchy is needed.",
        source: "window constraint N m ≤ W",
        tests: "No shared failure, ten times the budget of a full star of 80 leaves with 1000 tokens each: a tree with \
                31 inputs a node is better than the star.",
        setting: "mode=budget&budget=960000&shared_failure=0&fan_in=31",
        seeds: 10,
        test: Test::Higher { metric: MU, arm: "tree", than: "star", at: At::Last, ratio: 1.0 },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c9",
        says: "The same with the narrowest tree.",
        source: "window constraint N m ≤ W",
        tests: "As before with 3 inputs a node: the tree is better than the star.",
        setting: "mode=budget&budget=960000&shared_failure=0&fan_in=3",
        seeds: 10,
        test: Test::Higher { metric: MU, arm: "tree", than: "star", at: At::Last, ratio: 1.0 },
        expect: Expect::NotReproduced {
            why: "One vote of 79 gains about sqrt(2 N / pi) at once, a tree of threes only N^.166: by the theory itself \
                  the narrow tree needs far more than ten times the budget to pass a full star.",
        },
    },
];
