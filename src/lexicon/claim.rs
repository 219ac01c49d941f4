//! Claims as experiments: what is compared, over which trials.
//!
//! An *address* names an arm, optionally with a setting of its own: `fedstale?beta=0.8`. Alternatives joined by
//! ` | ` mean the best of them, chosen for each seed on the *other* seeds (no peeking).

use crate::card::{Metric, Sheet};
use crate::fault::Fault;
use crate::link::{self, Scenario};

#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// snake_case, `c1`.
    pub id: &'static str,
    /// What the paper says, in one sentence.
    pub says: &'static str,
    /// Where the paper says it.
    pub source: &'static str,
    /// What is tested here, in words.
    pub tests: &'static str,
    /// A query as in `Preset`; empty = defaults.
    pub setting: &'static str,
    pub seeds: u32,
    pub test: Test,
    pub expect: Expect,
}

/// When a metric is taken: one number a seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum At {
    /// The last reading.
    Last,
    /// Mean of the last five readings: for trained nets.
    Tail,
    /// The reading of this round (or the last one before it).
    Round(u32),
    /// Mean over all readings.
    Mean,
    /// Sum over all readings.
    Sum,
    /// The best reading, by the metric's direction.
    Best,
}

/// A closed set that grows by need. Differences are paired by seed; "lower" and "higher" name the claimed side.
#[derive(Clone, Copy, Debug)]
pub enum Test {
    /// `arm` - `than` < 0; `ratio` < 1 asks besides that mean(arm) <= ratio * mean(than); 1 asks for no size.
    Lower { metric: Metric, arm: &'static str, than: &'static str, at: At, ratio: f64 },
    /// `arm` - `than` > 0; `ratio` > 1 asks besides that mean(arm) >= ratio * mean(than); 1 asks for no size.
    Higher { metric: Metric, arm: &'static str, than: &'static str, at: At, ratio: f64 },
    /// The level lies in [low, high].
    Between { metric: Metric, arm: &'static str, at: At, low: f64, high: f64 },
    /// The difference `arm` - `than` lies in [-margin, margin].
    Within { metric: Metric, arm: &'static str, than: &'static str, at: At, margin: f64 },
    /// The difference `arm` - `than` lies in [low, high].
    Gap { metric: Metric, arm: &'static str, than: &'static str, at: At, low: f64, high: f64 },
    /// No difference is shown: the interval of `arm` - `than` holds 0.
    NoneShown { metric: Metric, arm: &'static str, than: &'static str, at: At },
    /// Each arm lower than the next: every neighboring difference.
    Ordered { metric: Metric, arms: &'static [&'static str], at: At },
    /// Slope of the metric over the values of a dial (least squares) is positive (`rises`) or negative.
    Trend {
        metric: Metric,
        arm: &'static str,
        at: At,
        dial: &'static str,
        values: &'static [f64],
        rises: bool,
    },
    /// (pair.0 - pair.1) - (other.0 - other.1) > 0.
    Interaction { metric: Metric, pair: [&'static str; 2], other: [&'static str; 2], at: At },
    /// The best value of a dial is larger in the setting `here` than in `there`: mean over seeds of the difference
    /// of the values with the best metric.
    BestDial {
        metric: Metric,
        arm: &'static str,
        at: At,
        dial: &'static str,
        values: &'static [f64],
        here: &'static str,
        there: &'static str,
    },
    /// The share of `cells` (settings) in which mean(arm) is better than mean(than), or worse by no more than
    /// `margin`, is at least `at_least`.
    Share {
        metric: Metric,
        arm: &'static str,
        than: &'static str,
        at: At,
        cells: &'static [&'static str],
        margin: f64,
        at_least: f64,
    },
    /// Exactly this value in every seed.
    Exactly { metric: Metric, arm: &'static str, at: At, value: f64 },
    /// All of these; the verdict is the worst of the parts.
    All(&'static [Test]),
    /// At least so many of these are reproduced.
    AtLeast { parts: &'static [Test], count: u32 },
}

/// The verdict on record. A run that gives another one, in either direction, is a surprise and fails the tests.
#[derive(Clone, Copy, Debug)]
pub enum Expect {
    Reproduced,
    DirectionOnly,
    Inconclusive { why: &'static str },
    NotReproduced { why: &'static str },
}

impl Expect {
    pub fn words(&self) -> &'static str {
        match self {
            Expect::Reproduced => "reproduced",
            Expect::DirectionOnly => "direction only",
            Expect::Inconclusive { .. } => "inconclusive",
            Expect::NotReproduced { .. } => "not reproduced",
        }
    }

    pub fn why(&self) -> &'static str {
        match self {
            Expect::Inconclusive { why } | Expect::NotReproduced { why } => why,
            _ => "",
        }
    }
}

impl Test {
    /// Every address that the test needs, with the extra setting (a query) it needs it in.
    pub fn needs(&self) -> Vec<(&'static str, String)> {
        let bare = |arms: &[&'static str]| arms.iter().map(|a| (*a, String::new())).collect();
        match self {
            Test::Lower { arm, than, .. }
            | Test::Higher { arm, than, .. }
            | Test::Within { arm, than, .. }
            | Test::Gap { arm, than, .. }
            | Test::NoneShown { arm, than, .. } => bare(&[arm, than]),
            Test::Between { arm, .. } | Test::Exactly { arm, .. } => bare(&[arm]),
            Test::Ordered { arms, .. } => bare(arms),
            Test::Trend { arm, dial, values, .. } => {
                values.iter().map(|v| (*arm, format!("{dial}={v}"))).collect()
            }
            Test::Interaction { pair, other, .. } => bare(&[pair[0], pair[1], other[0], other[1]]),
            Test::BestDial { arm, dial, values, here, there, .. } => [here, there]
                .iter()
                .flat_map(|setting| {
                    values.iter().map(move |v| (*arm, join(setting, &format!("{dial}={v}"))))
                })
                .collect(),
            Test::Share { arm, than, cells, .. } => cells
                .iter()
                .flat_map(|cell| [(*arm, cell.to_string()), (*than, cell.to_string())])
                .collect(),
            Test::All(parts) | Test::AtLeast { parts, .. } => {
                parts.iter().flat_map(Test::needs).collect()
            }
        }
    }
}

/// Two queries as one; the later one wins where both set a key.
pub fn join(first: &str, second: &str) -> String {
    match (first.is_empty(), second.is_empty()) {
        (true, _) => second.to_string(),
        (_, true) => first.to_string(),
        _ => format!("{first}&{second}"),
    }
}

/// The one-arm, one-seed scenario of an alternative (`fedstale?beta=0.8`) under a claim's setting.
pub fn trial(
    sheet: &Sheet,
    alternative: &str,
    setting: &str,
    seed: u32,
) -> Result<Scenario, Fault> {
    let (arm, own) = alternative.trim().split_once('?').unwrap_or((alternative.trim(), ""));
    let arm = sheet.arm(arm).ok_or_else(|| Fault::UnknownArm {
        given: arm.to_string(),
        known: sheet.arms.iter().map(|a| a.id.to_string()).collect(),
    })?;
    let mut scenario = link::setting(sheet, &join(setting, own))?;
    scenario.arms = vec![arm.id.to_string()];
    scenario.seed = seed;
    scenario.seeds = 1;
    Ok(scenario)
}

/// Every trial that a claim needs, each once, in order: alternatives x seeds.
pub fn trials(sheet: &Sheet, claim: &Claim) -> Result<Vec<Scenario>, Fault> {
    let mut all: Vec<Scenario> = Vec::new();
    for (address, extra) in claim.test.needs() {
        for alternative in address.split(" | ") {
            let setting = join(claim.setting, &extra);
            if all.contains(&trial(sheet, alternative, &setting, 1)?) {
                continue;
            }
            for seed in 1..=claim.seeds {
                all.push(trial(sheet, alternative, &setting, seed)?);
            }
        }
    }
    Ok(all)
}
