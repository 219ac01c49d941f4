//! One or two dials over a grid: every arm, several seeds, one number a cell.

use super::lab::{hand_out, trial};
use super::*;

/// Cells times arms times seeds at most.
pub const SWEEP_TRIALS_MAX: usize = 3_000;

#[derive(Clone, Debug, PartialEq)]
pub struct SweepPlan {
    /// One or two dials, each with the values to try.
    pub over: Vec<(String, Vec<Value>)>,
    pub metric: String,
    pub seeds: u32,
}

#[derive(Clone, Debug)]
pub struct Sweep {
    pub plan: SweepPlan,
    /// The scenario it was started from: arms, rounds, first seed, other dials.
    pub base: Scenario,
    pub batch: Batch,
}

impl Sweep {
    /// Mean over the seeds that are in of the last reading, for the cell where dial i has its value number `at[i]`.
    pub fn value(&self, sheet: &Sheet, results: &Results, arm: &str, at: &[usize]) -> Option<f64> {
        let (mut sum, mut n) = (0.0, 0u32);
        for seed in 0..self.plan.seeds {
            let scenario =
                cell(sheet, &self.base, &self.plan, arm, at, self.base.seed.saturating_add(seed));
            let outcome = results.get(&link::canonical(sheet, &scenario));
            let last =
                outcome.and_then(|o| o.readings.get(&self.plan.metric)).and_then(|r| r.last());
            if let Some((_, value)) = last {
                sum += value;
                n += 1;
            }
        }
        (n > 0).then(|| sum / f64::from(n))
    }
}

/// Values for a dial: all of a choice or flag, or `count` evenly spread ones (by ratio where the dial is logarithmic).
pub fn spread(dial: &Dial, low: f64, high: f64, count: u32) -> Vec<Value> {
    let steps = f64::from(count.saturating_sub(1).max(1));
    // Only where the values of a form are made: they then stand in links as text.
    #[allow(clippy::disallowed_methods)]
    let at = |i: u32, log: bool| {
        let share = f64::from(i) / steps;
        if log && low > 0.0 { low * (high / low).powf(share) } else { low + (high - low) * share }
    };
    let mut values: Vec<Value> = match &dial.kind {
        Kind::Choice { options } => options.iter().map(|o| Value::from(o.id.as_str())).collect(),
        Kind::Flag => vec![Value::Bool(false), Value::Bool(true)],
        Kind::Int { log, .. } => {
            (0..count).map(|i| Value::from(at(i, *log).round() as i64)).collect()
        }
        // Four digits: the values stand on axes and in links.
        Kind::Real { log, .. } => (0..count)
            .filter_map(|i| format!("{:.3e}", at(i, *log)).parse::<f64>().ok())
            .map(Value::from)
            .collect(),
        Kind::List { .. } => Vec::new(),
    };
    values.retain(|v| dial.check(v).is_ok());
    values.dedup();
    values
}

fn cell(
    sheet: &Sheet,
    base: &Scenario,
    plan: &SweepPlan,
    arm: &str,
    at: &[usize],
    seed: u32,
) -> Scenario {
    let mut scenario = Scenario { arms: vec![arm.to_string()], seed, seeds: 1, ..base.clone() };
    for ((name, values), at) in plan.over.iter().zip(at) {
        let default = sheet.dial(name).map(|d| &d.default);
        match values.get(*at) {
            Some(value) if default.is_some_and(|d| link::same(d, value)) => {
                scenario.params.remove(name)
            }
            Some(value) => scenario.params.insert(name.clone(), value.clone()),
            None => None,
        };
    }
    scenario
}

pub(super) fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::StartSweep(plan) => begin(model, plan),
        Msg::PauseSweep(on) => {
            let Place::Lab(lab) = &mut model.place else { return Vec::new() };
            if let Some(sweep) = &mut lab.sweep {
                sweep.batch.paused = on;
            }
            next(model)
        }
        Msg::StopSweep => {
            let Place::Lab(lab) = &mut model.place else { return Vec::new() };
            let runs = lab.sweep.take().map(|s| s.batch.runs()).unwrap_or_default();
            for run in &runs {
                lab.runs.remove(run);
            }
            runs.into_iter().map(|run| Effect::Stop { run }).collect()
        }
        _ => Vec::new(),
    }
}

fn begin(model: &mut Model, plan: SweepPlan) -> Vec<Effect> {
    let mut effects = update(model, Msg::StopSweep);
    let catalogue = model.catalogue;
    let Place::Lab(lab) = &mut model.place else { return effects };
    let cells = plan.over.iter().map(|(_, values)| values.len()).product::<usize>();
    let trials = cells * lab.scenario.arms.len() * plan.seeds as usize;
    if plan.over.is_empty() || cells == 0 || trials > SWEEP_TRIALS_MAX {
        model.toast = Some(format!(
            "A sweep has 1 to {SWEEP_TRIALS_MAX} runs (values x arms x seeds); this one would have {trials}."
        ));
        return effects;
    }
    let rows = plan.over.get(1).map_or(1, |(_, values)| values.len());
    let mut scenarios = Vec::new();
    for at in 0..cells {
        let place = [at / rows, at % rows];
        for arm in &lab.scenario.arms {
            for seed in 0..plan.seeds {
                let seed = lab.scenario.seed.saturating_add(seed);
                let scenario = cell(&lab.sheet, &lab.scenario, &plan, arm, &place, seed);
                // A cell that breaks a rule across dials stays empty.
                if find(catalogue, &scenario.system).is_some_and(|e| (e.check)(&scenario).is_ok()) {
                    scenarios.push(scenario);
                }
            }
        }
    }
    let batch = Batch::new(&lab.sheet, scenarios, &lab.results);
    lab.sweep = Some(Sweep { plan, base: lab.scenario.clone(), batch });
    effects.extend(next(model));
    effects
}

fn next(model: &mut Model) -> Vec<Effect> {
    hand_out(
        model,
        |lab| lab.sweep.as_mut().map(|s| &mut s.batch),
        |trial| Purpose::Sweep { trial },
    )
}

pub(super) fn progress(model: &mut Model, run: u32, at: usize, message: FromWorker) -> Vec<Effect> {
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    let Some(sweep) = &mut lab.sweep else { return Vec::new() };
    let Some((key, outcome)) = trial(&mut sweep.batch, at, message) else { return Vec::new() };
    lab.runs.remove(&run);
    lab.keep_result(key, outcome);
    next(model)
}
