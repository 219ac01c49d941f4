//! `murmur sweep`.

use super::{Brought, End, Went, note, one_link, opened, text};
use crate::World;
use crate::jobs::{Progress, Task, run_all, task, with_own};
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
    let mut data = Brought::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long(key @ ("data" | "label" | "client")) => {
                let key = key.to_string();
                data.take(&key, args.value()?);
            }
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
    let mut base = opened.scenario;
    let own = data.lend(&sheet, &mut base)?;
    let plan = Plan::read(&sheet, &parts.join(";")).map_err(End::Asked)?;
    let entry = find(world.catalogue, &base.system).expect("a link that opens names a system");
    let mut trials = plan.trials(&sheet, &base).map_err(End::Asked)?;
    let all = trials.len();
    trials.retain(|trial| (entry.check)(trial).is_ok());
    if trials.len() < all {
        note(&format!("{} of {all} runs break a rule across dials; left out.", all - trials.len()));
    }
    let tasks: Vec<Task> = with_own(trials.iter().map(task).collect(), own.as_ref());
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
