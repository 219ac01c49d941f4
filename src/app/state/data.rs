//! Own data: a file is looked at by a worker, shown, and only then made part of the scenario. The bytes are on the
//! browser's side (`web::files`); here are their names.

use super::*;
use lexicon::own::{self, Carried, Format, Look};

/// Files kept for scenarios that name them: the one in use and the one before, for undo.
pub const SHELF_MAX: usize = 2;

/// What the page knows of files.
#[derive(Debug, Default)]
pub struct Desk {
    /// The file that was brought last, while it is looked at.
    pub brought: Option<Brought>,
    /// Names (SHA-256) of the files that are at hand, the newest last.
    pub shelf: Vec<String>,
    /// What was seen of the data that is in use, in words.
    pub says: Table<String, String>,
    tickets: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Brought {
    pub name: String,
    pub ticket: u32,
    /// None: a worker is reading it.
    pub look: Option<Result<Look, String>>,
}

impl Desk {
    /// The name of the file that a scenario lacks.
    pub fn lacks(&self, scenario: &Scenario) -> Option<String> {
        let wanted = scenario.data.as_ref().and_then(Own::wanted)?;
        (!self.shelf.iter().any(|name| name == wanted)).then(|| wanted.to_string())
    }

    fn shelve(&mut self, name: &str) -> Effect {
        self.shelf.retain(|known| known != name);
        if self.shelf.len() == SHELF_MAX {
            self.shelf.remove(0);
        }
        self.shelf.push(name.to_string());
        Effect::Shelve { sha256: name.to_string() }
    }

    /// A seat reads the file that was brought.
    fn look(&mut self, name: String, format: Option<Format>) -> Effect {
        self.tickets += 1;
        self.brought = Some(Brought { name, ticket: self.tickets, look: None });
        Effect::Look { ticket: self.tickets, format }
    }
}

pub(super) fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Brought(name) => brought(model, name),
        Msg::Looked { ticket, look } => looked(model, ticket, look),
        Msg::Columns { label, client } => {
            let Some(brought) = &model.data.brought else { return Vec::new() };
            let name = brought.name.clone();
            let client = client.filter(|c| *c != label);
            vec![model.data.look(name, Some(Format::Csv { label, client }))]
        }
        Msg::UseData => accept(model),
        _ => Vec::new(),
    }
}

/// A file was dropped or chosen.
fn brought(model: &mut Model, name: String) -> Vec<Effect> {
    let name = fault::shown(&name, 60);
    if !model.lab().is_some_and(|lab| lab.sheet.takes_data()) {
        let takers = model.index.iter().filter(|brief| brief.takes_data);
        let takers: Vec<&str> = takers.map(|brief| brief.title).collect();
        model.toast = Some(crate::import::no_taker(&name, &takers));
        return Vec::new();
    }
    model.dialog = Some(Dialog::Data);
    vec![model.data.look(name, None)]
}

/// What a worker has read. The file that a link waits for is taken at once, another is refused.
fn looked(model: &mut Model, ticket: u32, look: Result<Look, String>) -> Vec<Effect> {
    let wanted = model.lab().and_then(|lab| model.data.lacks(&lab.scenario));
    let Some(brought) = model.data.brought.as_mut().filter(|b| b.ticket == ticket) else {
        return Vec::new();
    };
    match (wanted, look) {
        (Some(wanted), Ok(look)) if wanted == look.sha256 => {
            let says = summary(&brought.name, &look);
            model.data.brought = None;
            model.dialog = None;
            model.data.says.insert(wanted.clone(), says);
            let mut effects = vec![model.data.shelve(&wanted)];
            effects.extend(lab::restart(model));
            effects
        }
        (Some(wanted), Ok(look)) => {
            brought.look = Some(Err(own::another(&wanted, &look.sha256)));
            Vec::new()
        }
        (_, look) => {
            brought.look = Some(look);
            Vec::new()
        }
    }
}

/// The file that is shown becomes the scenario's.
fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(Brought { name, look: Some(Ok(look)), .. }) = model.data.brought.take() else {
        return Vec::new();
    };
    model.dialog = None;
    if look.trouble.is_some() {
        return Vec::new();
    }
    let mut effects = Vec::new();
    model.data.says.insert(key(&look.own), summary(&name, &look));
    if let Carried::Sha256(sha256) = &look.own.file {
        effects.push(model.data.shelve(sha256));
    }
    effects.extend(lab::update(model, Msg::Data(Some(look.own))));
    effects
}

/// Under what the words about data are kept.
fn key(own: &Own) -> String {
    match &own.file {
        Carried::Inline(packed) => packed.clone(),
        Carried::Sha256(sha256) => sha256.clone(),
    }
}

fn summary(name: &str, look: &Look) -> String {
    let clients = match look.clients.len() {
        0 => String::new(),
        many => format!(", {many} clients"),
    };
    let (rows, features, classes) = (look.rows, look.features, look.classes.len());
    format!("{name}: {rows} rows, {features} features, {classes} classes{clients}")
}

impl Model {
    /// The data of the lab in words.
    pub fn data_says(&self, own: &Own) -> String {
        let kind = match own.format {
            Format::Csv { .. } => "a CSV",
            Format::Idx => "pictures (IDX)",
        };
        self.data.says.get(&key(own)).cloned().unwrap_or_else(|| match &own.file {
            Carried::Inline(_) => format!("{kind} that came in the link"),
            Carried::Sha256(sha256) => format!("{kind} (SHA-256 {}…)", own::short(sha256)),
        })
    }
}
