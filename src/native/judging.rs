//! Claims judged from the command line and in the tests: each trial runs once, however many claims need it.

use crate::World;
use crate::jobs::{Progress, run_all, run_one, task};
use engine::run::Starter;
use engine::run::judge::judge;
use lexicon::digest::Digest;
use lexicon::link::canonical;
use lexicon::record::{Record, Recorded};
use lexicon::*;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Of the engine that judges: stands in every record.
pub const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// A claim that has been judged.
pub struct Judged {
    pub claim: &'static Claim,
    pub recorded: Recorded,
}

impl Judged {
    /// Whether the verdict is not the one on the card.
    pub fn surprises(&self) -> bool {
        self.recorded.verdict.words() != self.claim.expect.words()
    }

    /// The verdict for a person, on one line.
    pub fn line(&self, system: &str) -> String {
        let Recorded { id, verdict, rounds, digest } = &self.recorded;
        let mut text = format!("{system} {id}: {}", verdict.words());
        if let Some(e) = verdict.effect() {
            text += &format!(
                ", effect {} [{}, {}], d {}, {} seeds",
                short(e.mean),
                short(e.low),
                short(e.high),
                short(e.d),
                e.seeds
            );
        }
        if let Verdict::Inconclusive { why, .. } = verdict {
            text += &format!(" ({why})");
        }
        text += &format!("; {rounds} rounds, digest {digest}, engine {ENGINE}");
        if self.surprises() {
            text += &format!("\n  SURPRISE: the card expects “{}”", self.claim.expect.words());
        }
        text
    }
}

fn short(value: f64) -> String {
    crate::playthrough::number(value, 4)
}

/// Runs what the claims need, each trial once, and judges them in their order. The error is a malformed claim.
pub fn judge_all(
    starters: &[Starter],
    sheet: &Sheet,
    claims: &[&'static Claim],
    progress: impl Fn(usize) -> Progress,
) -> Result<Vec<Judged>, Fault> {
    let mut needed: BTreeMap<String, Scenario> = BTreeMap::new();
    for claim in claims {
        needed.extend(trials(sheet, claim)?.into_iter().map(|t| (canonical(sheet, &t), t)));
    }
    let tasks: Vec<_> = needed.values().map(task).collect();
    let outcomes = run_all(starters, &tasks, &progress(tasks.len()));
    let results: Results = needed.into_keys().zip(outcomes).collect();
    claims.iter().map(|claim| judged(sheet, claim, &results)).collect()
}

fn judged(sheet: &Sheet, claim: &'static Claim, results: &Results) -> Result<Judged, Fault> {
    let verdict = judge(sheet, claim, results)?;
    let links: std::collections::BTreeSet<String> =
        trials(sheet, claim)?.iter().map(|t| canonical(sheet, t)).collect();
    let mut digest = Digest::default();
    let mut rounds = 0;
    for link in links {
        if let Some(outcome) = results.get(&link) {
            digest.add_outcome(&link, 0, outcome);
            let last = outcome.readings.values().filter_map(|r| r.last()).map(|(round, _)| *round);
            rounds += u64::from(last.max().unwrap_or(0));
        }
    }
    let recorded = Recorded { id: claim.id.to_string(), verdict, rounds, digest: digest.hex() };
    Ok(Judged { claim, recorded })
}

/// What goes to `tests/claims/<slug>.txt`.
pub fn record(sheet: &Sheet, judged: &[Judged]) -> Record {
    Record {
        system: sheet.card.id.to_string(),
        version: sheet.card.version,
        engine: ENGINE.to_string(),
        claims: judged.iter().map(|j| j.recorded.clone()).collect(),
    }
}

/// The claims of all systems in the order in which a budget is spent: the cheapest of each system first, then the
/// others, cheap before dear; what a record says a claim costs. A claim without a record comes before the dear.
fn turns(sheets: &[Sheet], records: &BTreeMap<String, Record>) -> Vec<(usize, &'static Claim)> {
    let cost = |sheet: &Sheet, claim: &Claim| {
        let recorded = records.get(sheet.card.id).and_then(|r| r.claim(claim.id));
        recorded.map_or(0, |r| r.rounds)
    };
    let mut turns: Vec<(usize, u64, usize, &'static Claim)> = Vec::new();
    for (place, sheet) in sheets.iter().enumerate() {
        let mut own: Vec<&'static Claim> = sheet.card.claims.iter().collect();
        own.sort_by_key(|claim| cost(sheet, claim));
        turns.extend(own.into_iter().enumerate().map(|(turn, c)| (turn, cost(sheet, c), place, c)));
    }
    turns.sort_by_key(|(turn, cost, place, _)| (*turn, *cost, *place));
    turns.into_iter().map(|(_, _, place, claim)| (place, claim)).collect()
}

/// What came of judging under a budget.
pub struct Budgeted {
    pub judged: Vec<(String, Judged)>,
    /// Claims that the budget had no room for: `slug c1`.
    pub left_out: Vec<String>,
}

/// Judges as many claims as fit into the time. A claim is begun only when one of its trials, run to take the time,
/// says that the rest fits too.
pub fn judge_within(
    world: World,
    records: &BTreeMap<String, Record>,
    budget: Duration,
    mut told: impl FnMut(&str, &Judged),
) -> Result<Budgeted, Fault> {
    let began = Instant::now();
    let sheets: Vec<Sheet> = world.catalogue.iter().map(|entry| (entry.sheet)()).collect();
    let mut done = Budgeted { judged: Vec::new(), left_out: Vec::new() };
    for (place, claim) in turns(&sheets, records) {
        let sheet = &sheets[place];
        let left = budget.saturating_sub(began.elapsed());
        if left.is_zero() || estimate(world.starters, sheet, claim)? > left {
            done.left_out.push(format!("{} {}", sheet.card.id, claim.id));
            continue;
        }
        for judged in judge_all(world.starters, sheet, &[claim], |_| Progress::silent())? {
            told(sheet.card.id, &judged);
            done.judged.push((sheet.card.id.to_string(), judged));
        }
    }
    Ok(done)
}

/// How long a claim may take here, by the time of its first and its last trial.
fn estimate(starters: &[Starter], sheet: &Sheet, claim: &'static Claim) -> Result<Duration, Fault> {
    let all = trials(sheet, claim)?;
    let timed = |trial: Option<&Scenario>| {
        let began = Instant::now();
        if let Some(trial) = trial {
            run_one(starters, &task(trial));
        }
        began.elapsed()
    };
    let one = timed(all.first()).max(timed(all.last()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(one * all.len().div_ceil(threads) as u32)
}
