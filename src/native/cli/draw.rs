//! `murmur draw`.

use super::{Brought, End, Went, note, one_link, opened, text, whole};
use crate::World;
use crate::jobs::{Task, scenes_at};
use lexicon::*;
use lexopt::prelude::*;
use std::io::Write;

/// The scene of one arm after a round, as the page draws it.
pub(super) fn draw(
    world: World,
    mut args: lexopt::Parser,
    out: &mut impl Write,
) -> Result<Went, End> {
    let (mut link, mut round, mut view, mut arm) = (None, None, None, None);
    let (mut width, mut height, mut theme, mut mini) = (640, 480, ::draw::Theme::Light, false);
    let mut data = Brought::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long(key @ ("data" | "label" | "client")) => {
                let key = key.to_string();
                data.take(&key, args.value()?);
            }
            Long("round") => round = Some(whole(&mut args)?),
            Long("view") => view = Some(whole(&mut args)?),
            Long("arm") => arm = Some(text(args.value()?)),
            Long("width") => width = whole(&mut args)?,
            Long("height") => height = whole(&mut args)?,
            Long("dark") => theme = ::draw::Theme::Dark,
            Long("mini") => mini = true,
            Value(word) if link.is_none() => link = Some(text(word)),
            other => return Err(other.unexpected().into()),
        }
    }
    let (sheet, opened) = opened(world, &one_link(link)?)?;
    let mut scenario = opened.scenario;
    let own = data.lend(&sheet, &mut scenario)?;
    let arm = arm.or(scenario.arms.first().cloned()).unwrap_or_default();
    let Some(place) = sheet.arms.iter().position(|a| a.id == arm) else {
        let known = sheet.arms.iter().map(|a| a.id.to_string()).collect();
        return Err(Fault::UnknownArm { given: fault::shown(&arm, 40), known }.into());
    };
    let view = view.unwrap_or(opened.view.scene);
    let Some(label) = sheet.card.views.get(view as usize) else {
        let most = sheet.card.views.len().saturating_sub(1);
        return Err(End::Asked(format!("--view {view}: the views are 0 to {most}.")));
    };
    let round = round.or(opened.view.at).unwrap_or(scenario.rounds);
    if round > scenario.rounds {
        let rounds = scenario.rounds;
        return Err(End::Asked(format!(
            "--round {round}: the run has {rounds} rounds; a link may ask for more with “rounds=”."
        )));
    }
    let job = Job { arm, seed: scenario.seed };
    let (at, scenes) = scenes_at(world.starters, &Task { scenario, job, own }, round)?;
    let scene = scenes.get(view as usize).expect("a law: one scene for each view of the card");
    let look = ::draw::Look { theme, arm: place, mini, ..Default::default() };
    let svg = ::draw::scene_svg(scene, &look, width.into(), height.into())
        .map_err(|error| End::Failed(error.to_string()))?;
    writeln!(out, "{}", svg.trim_end())?;
    note(&format!("{label}, round {at}"));
    Ok(Went::Well)
}
