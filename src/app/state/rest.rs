//! The rest of the page (`src/app/rest.rs`), and a system's texts: fetched when the first round is on the stage, so
//! that they compete with nothing a person waits for; the former sooner when somebody asks for a part of it.

use super::*;

/// Claims in pairs, then the story, then the sweep.
pub const STORY: usize = 6;
pub const SWEEP: usize = STORY + 1;
pub const CLAIMS_A_FRAME: usize = 2;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    #[default]
    Away,
    Fetching,
    Here,
    /// Why it did not come.
    Failed(String),
}

/// After every message. `tick`: about a second has passed since the last one.
pub(super) fn want(model: &mut Model, tick: bool) -> Vec<Effect> {
    if model.rest != Rest::Away && model.lab().is_none_or(|lab| lab.texts) {
        return Vec::new();
    }
    let calm = match &model.place {
        // A frame in another page has no use for it.
        Place::Lab(lab) if lab.view.embed => false,
        Place::Lab(lab) => lab.available() > 0 || (tick && lab.runs.is_empty()),
        Place::Gallery(_) | Place::NotFound { .. } => tick && model.opening.is_none(),
    };
    let mut effects = Vec::new();
    if model.rest == Rest::Away && (calm || model.dialog.is_some()) {
        effects = fetch(model);
    }
    if let (true, Place::Lab(lab)) = (calm, &mut model.place)
        && !std::mem::replace(&mut lab.texts, true)
    {
        let card = &lab.sheet.card;
        effects.push(Effect::FetchRecord { system: card.id.to_string() });
        effects.push(Effect::FetchStory { file: card.about.to_string() });
    }
    effects
}

pub(super) fn fetch(model: &mut Model) -> Vec<Effect> {
    if model.rest == Rest::Fetching {
        return Vec::new();
    }
    model.rest = Rest::Fetching;
    vec![Effect::FetchRest]
}

/// A frame has come: one piece more.
pub(super) fn unfold(model: &mut Model) {
    if model.rest == Rest::Here && model.unfolded <= SWEEP {
        model.unfolded += 1;
        model.dirty = true;
    }
}

pub(super) fn came(model: &mut Model, result: Result<(), String>) -> Vec<Effect> {
    model.rest = match result {
        Ok(()) => Rest::Here,
        Err(says) => Rest::Failed(says),
    };
    if let (Rest::Failed(says), Some(_)) = (&model.rest, model.dialog) {
        let says = says.clone();
        show(model, None);
        model.toast = Some(says);
    }
    Vec::new()
}

/// Opens a dialog, or closes the one that is open.
pub(super) fn show(model: &mut Model, dialog: Option<Dialog>) {
    model.dialog = dialog;
    model.data.brought = None;
    model.mind_says = None;
    if let (Some(_), Rest::Failed(_)) = (dialog, &model.rest) {
        model.rest = Rest::Away;
    }
}
