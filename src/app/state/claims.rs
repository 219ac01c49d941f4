//! Claims run again in the page: trials, then one verdict by a worker.

use super::lab::{hand_out, trial};
use super::*;

/// A claim that a person has started.
#[derive(Clone, Debug)]
pub enum ClaimRun {
    Running(Batch),
    Judging,
    Judged(Verdict),
    Failed(Fault),
}

impl ClaimRun {
    pub fn batch(&self) -> Option<&Batch> {
        match self {
            ClaimRun::Running(batch) => Some(batch),
            _ => None,
        }
    }

    pub(super) fn batch_mut(&mut self) -> Option<&mut Batch> {
        match self {
            ClaimRun::Running(batch) => Some(batch),
            _ => None,
        }
    }
}

pub(super) fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::RunClaim(id) => run(model, &id),
        Msg::RunAllClaims => {
            let ids: Vec<&str> = model
                .lab()
                .map_or(Vec::new(), |lab| lab.sheet.card.claims.iter().map(|c| c.id).collect());
            ids.into_iter().flat_map(|id| run(model, id)).collect()
        }
        Msg::PauseClaim { id, on } => {
            let Place::Lab(lab) = &mut model.place else { return Vec::new() };
            if let Some(batch) = lab.claims.get_mut(&id).and_then(ClaimRun::batch_mut) {
                batch.paused = on;
            }
            next(model, &id)
        }
        Msg::StopClaim(id) => {
            let Place::Lab(lab) = &mut model.place else { return Vec::new() };
            let runs =
                lab.claims.remove(&id).and_then(|c| c.batch().map(Batch::runs)).unwrap_or_default();
            for run in &runs {
                lab.runs.remove(run);
            }
            runs.into_iter().map(|run| Effect::Stop { run }).collect()
        }
        _ => Vec::new(),
    }
}

fn run(model: &mut Model, id: &str) -> Vec<Effect> {
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    let Some(claim) = lab.sheet.card.claims.iter().find(|c| c.id == id) else { return Vec::new() };
    if matches!(lab.claims.get(id), Some(ClaimRun::Running(_) | ClaimRun::Judging)) {
        return Vec::new();
    }
    let started = match trials(&lab.sheet, claim) {
        Ok(trials) => ClaimRun::Running(Batch::new(&lab.sheet, trials, &lab.results)),
        Err(fault) => ClaimRun::Failed(fault),
    };
    lab.claims.insert(id.to_string(), started);
    next(model, id)
}

/// The next trials, or, when all are in, the judge.
fn next(model: &mut Model, id: &str) -> Vec<Effect> {
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    let Some(batch) = lab.claims.get(id).and_then(ClaimRun::batch) else { return Vec::new() };
    if !batch.done() {
        let owned = id.to_string();
        return hand_out(
            model,
            |lab| lab.claims.get_mut(&owned).and_then(ClaimRun::batch_mut),
            |trial| Purpose::Claim { id: owned.clone(), trial },
        );
    }
    let results: Results = batch
        .trials
        .iter()
        .filter_map(|t| Some((t.key.clone(), lab.results.get(&t.key)?.clone())))
        .collect();
    let ticket = lab.sheet.card.claims.iter().position(|c| c.id == id).unwrap_or(0) as u32;
    lab.claims.insert(id.to_string(), ClaimRun::Judging);
    let system = lab.scenario.system.clone();
    vec![Effect::Judge(ToWorker::Judge { ticket, system, claim: id.to_string(), results })]
}

pub(super) fn progress(
    model: &mut Model,
    run: u32,
    id: &str,
    at: usize,
    message: FromWorker,
) -> Vec<Effect> {
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    let Some(batch) = lab.claims.get_mut(id).and_then(ClaimRun::batch_mut) else {
        return Vec::new();
    };
    let Some((key, outcome)) = trial(batch, at, message) else { return Vec::new() };
    lab.runs.remove(&run);
    lab.keep_result(key, outcome);
    next(model, id)
}

/// The ticket is the claim's place on the card.
pub(super) fn judged(lab: &mut Lab, ticket: u32, verdict: Result<Verdict, Fault>) {
    if let Some(claim) = lab.sheet.card.claims.get(ticket as usize) {
        let judged = verdict.map_or_else(ClaimRun::Failed, ClaimRun::Judged);
        lab.claims.insert(claim.id.to_string(), judged);
    }
}
