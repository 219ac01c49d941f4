//! `murmur sweep`.

use super::{End, Went, note, one_link, opened, text};
use crate::World;
use crate::jobs::{Progress, Task, run_all, task};
use lexicon::*;
use lexopt::prelude::*;
use std::io::Write;

/// The same plan, points and table as the page's Sweep.
pub(super) fn sweep(
    world: World,
    mut args: lexopt::Parser,
    out: &mut impl Write,
) -> Result<Went, End> {
    let (mut link, mut over, mut rest) = (None, Vec::new(), Vec::new());
    while let Some(arg) = args.next()? {
        match arg {
            Long("over") => over.push(text(args.value()?)),
            Long(key @ ("random" | "metric" | "seeds")) => {
                let key = key.to_string();
                rest.push(format!("{key}={}", text(args.value()?)));
            }
            Value(word) if link.is_none() => link = Some(text(word)),
            other => return Err(other.unexpected().into()),
        }
    }
    let (sheet, opened) = opened(world, &one_link(link)?)?;
    let mut parts: Vec<String> = Vec::new();
    // What is asked for here goes before what the link asks for.
    let own = opened.view.sweep.filter(|_| over.is_empty()).map(|plan| plan.write());
    parts.extend(own);
    parts.extend(over);
    parts.extend(rest);
    let base = opened.scenario;
    let plan = Plan::read(&sheet, &parts.join(";")).map_err(End::Asked)?;
    let entry = find(world.catalogue, &base.system).expect("a link that opens names a system");
    let mut trials = plan.trials(&sheet, &base).map_err(End::Asked)?;
    let all = trials.len();
    trials.retain(|trial| (entry.check)(trial).is_ok());
    if trials.len() < all {
        note(&format!("{} of {all} runs break a rule across dials; left out.", all - trials.len()));
    }
    let tasks: Vec<Task> = trials.iter().map(task).collect();
    let outcomes = run_all(world.starters, &tasks, &Progress::new(sheet.card.id, tasks.len()));
    let mut went = Went::Well;
    let mut results = Results::new();
    for (trial, outcome) in trials.iter().zip(outcomes) {
        let key = link::canonical(&sheet, trial);
        if let Some(fault) = &outcome.fault {
            note(&format!("{key}: {fault}"));
            went = Went::Badly;
        }
        results.insert(key, outcome);
    }
    out.write_all(plan.csv(&sheet, &base, &results).as_bytes())?;
    let view = View { sweep: Some(plan), ..View::default() };
    note(&link::encode(&sheet, &base, &view));
    Ok(went)
}
