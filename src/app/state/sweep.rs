//! One or two dials over a grid or scattered points: every arm, several seeds, one number a point.

use super::lab::{hand_out, trial};
use super::*;

#[derive(Clone, Debug)]
pub struct Sweep {
    pub plan: Plan,
    /// The scenario it was started from: arms, rounds, first seed, other dials.
    pub base: Scenario,
    pub batch: Batch,
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
            let mut effects = stop(lab);
            effects.push(Effect::Address { hash: lab.link(), push: false });
            effects
        }
        _ => Vec::new(),
    }
}

/// Ends the sweep that is there, if any.
fn stop(lab: &mut Lab) -> Vec<Effect> {
    lab.view.sweep = None;
    let runs = lab.sweep.take().map(|s| s.batch.runs()).unwrap_or_default();
    for run in &runs {
        lab.runs.remove(run);
    }
    runs.into_iter().map(|run| Effect::Stop { run }).collect()
}

fn begin(model: &mut Model, plan: Plan) -> Vec<Effect> {
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    let mut effects = stop(lab);
    match plan.trials(&lab.sheet, &lab.scenario) {
        Err(says) => model.toast = Some(says),
        // A point that breaks a rule across dials is refused by the worker and stays empty.
        Ok(trials) => {
            let batch = Batch::new(&lab.sheet, trials, &lab.results);
            // In the address too: a link to the page is a link to the sweep.
            lab.view.sweep = Some(plan.clone());
            lab.sweep = Some(Sweep { plan, base: lab.scenario.clone(), batch });
        }
    }
    effects.push(Effect::Address { hash: lab.link(), push: false });
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
