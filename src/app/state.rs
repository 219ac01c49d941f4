//! The page's state and the one place where it changes: `update(model, msg) -> effects`. Pure: no browser in here.

use crate::batch::{Batch, Stage};
use crate::history::History;
use crate::oracle::{Connection, Standing};
use crate::pool::Rank;
use lexicon::link::{self, Opened};
use lexicon::record::Record;
use lexicon::wire::{FromWorker, ToWorker, Watch};
use lexicon::*;
use std::rc::Rc;

mod claims;
mod data;
mod lab;
mod mind;
pub mod rest;
mod sweep;
mod transport;

#[cfg(test)]
mod opening_tests;
#[cfg(test)]
mod tests;

pub use claims::ClaimRun;
pub use data::{Brought, Desk, SHELF_MAX};
pub use lab::{Computed, Lab, Purpose};
pub use rest::Rest;
pub use sweep::Sweep;
pub use transport::{Speed, Transport};

/// Steps of undo kept.
const UNDO_MAX: usize = 100;

#[derive(Debug)]
pub struct Model {
    /// What the gallery shows and links can name: all systems.
    pub index: Vec<Brief>,
    /// The sheets of those that were opened, or are about to be.
    pub sheets: Table<String, Rc<Sheet>>,
    /// Sheets that are on their way.
    fetching: Table<String, ()>,
    /// The link that waits for its system's sheet; what was there before is seen until then.
    opening: Option<Opening>,
    pub place: Place,
    pub rest: Rest,
    /// Pieces of it that are drawn: one more each frame, so that none of them makes the run stutter.
    pub unfolded: usize,
    /// None: as the system of the person has it.
    pub theme: Option<Theme>,
    /// What an embedding page has asked for.
    pub host_theme: Option<Theme>,
    pub reduced_motion: bool,
    pub dialog: Option<Dialog>,
    /// A sentence to be read once: shown until it is dismissed.
    pub toast: Option<String>,
    /// The person's last own scenario, offered when a foreign link was opened over it.
    pub last_own: Option<String>,
    /// Recorded verdicts by system, as far as they were fetched.
    pub records: Table<String, Record>,
    pub stories: Table<String, Result<String, String>>,
    /// The model that the person has connected, as far as the page shows it.
    pub mind: Option<Standing>,
    /// What the last trial of a connection, or its end, has to say.
    pub mind_says: Option<Result<String, String>>,
    /// The browser has a model of its own.
    pub built_in: bool,
    /// Own data.
    pub data: Desk,
    /// Something that is drawn has changed since the last frame.
    pub dirty: bool,
    next_run: u32,
}

/// A link on its way.
#[derive(Debug)]
struct Opening {
    system: &'static str,
    hash: String,
    /// As for `open`.
    push: Option<bool>,
}

#[derive(Debug)]
pub enum Place {
    Gallery(Gallery),
    Lab(Box<Lab>),
    /// A link that cannot be opened, and why.
    NotFound {
        link: String,
        fault: Fault,
        /// Its system's sheet did not come: trying again may help.
        again: bool,
    },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gallery {
    pub search: String,
    pub family: Option<Family>,
    pub trains: bool,
    pub surrogate: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    Share,
    Embed,
    Export,
    Palette,
    Keys,
    Cite,
    /// Connect a model.
    Mind,
    /// What is in a file that was brought.
    Data,
}

#[derive(Clone, Debug)]
pub enum Msg {
    /// The address bar has this hash now: at the start, by the back button, or typed in.
    Address(String),
    /// A link inside the page was followed, pasted or picked.
    Follow(String),
    /// Somebody is about to open this system.
    Foresee(&'static str),
    /// A system's sheet, or why it did not come.
    Sheet {
        system: String,
        text: Result<String, String>,
    },

    Search(String),
    Family(Option<Family>),
    Trains(bool),
    Surrogate(bool),

    /// A dial's new value as text. `commit`: a step of undo of its own (a slider under the finger is not one yet).
    Dial {
        name: String,
        text: String,
        commit: bool,
    },
    ResetDial(String),
    ResetAll,
    Preset(String),
    Arm {
        id: String,
        on: bool,
    },
    FirstSeed(String),
    Seeds(String),
    Rounds(String),
    Undo,
    Redo,

    Play(bool),
    Step(i32),
    Scrub(u32),
    ToEnd,
    Speed(Speed),
    View(u32),
    /// An animation frame: the playhead moves on.
    Frame {
        now_ms: f64,
    },
    /// About every second, also when no frames come: watchdogs and time left.
    Tick {
        now_ms: f64,
    },

    Log {
        metric: String,
        on: bool,
    },
    HideArm {
        id: String,
        on: bool,
    },
    Zoom {
        metric: String,
        rounds: Option<(u32, u32)>,
    },
    Cursor(Option<u32>),

    RunClaim(String),
    RunAllClaims,
    PauseClaim {
        id: String,
        on: bool,
    },
    StopClaim(String),

    StartSweep(Plan),
    PauseSweep(bool),
    StopSweep,

    Worker {
        run: u32,
        message: FromWorker,
    },
    Lost {
        run: u32,
        fault: Fault,
    },
    /// Where a person wants runs with kernels to compute.
    Device(Device),
    Record {
        system: String,
        text: Result<String, String>,
    },
    Story {
        file: String,
        text: Result<String, String>,
    },

    /// Let this model answer, or try it with one call.
    Connect(Connection),
    TryMind(Connection),
    MindTried(Result<String, String>),
    Disconnect,
    /// What it has cost so far.
    Mind(Option<Standing>),
    /// It does not answer any more.
    MindGone(String),

    /// A file that was dropped or chosen is at hand.
    Brought(String),
    Looked {
        ticket: u32,
        look: Result<own::Look, String>,
    },
    /// Other columns of it, from 1.
    Columns {
        label: u32,
        client: Option<u32>,
    },
    /// Learn from it.
    UseData,
    /// The scenario's own data; none: back to what ships.
    Data(Option<Own>),

    Dialog(Option<Dialog>),
    /// Try once more to fetch the rest of the page.
    FetchRest,
    /// It is here, or why it did not come.
    Rest(Result<(), String>),
    Theme(Option<Theme>),
    /// The embedding page's theme: for as long as it embeds us.
    HostTheme(Theme),
    ReducedMotion(bool),
    Toast(String),
    DismissToast,
    /// What the link had that was named and ignored has been read.
    DismissNotices,
    LastOwn(Option<String>),
}

#[derive(Clone, Debug)]
pub enum Effect {
    Start {
        run: u32,
        scenario: Scenario,
        job: Job,
        until: u32,
        watch: Watch,
        rank: Rank,
        minds: Minds,
        device: Device,
    },
    Allow {
        run: u32,
        until: u32,
        watch: Watch,
    },
    Stop {
        run: u32,
    },
    /// A question to any seat.
    Judge(ToWorker),
    /// A seat looks at the file that was brought.
    Look {
        ticket: u32,
        format: Option<own::Format>,
    },
    /// The file that was brought is kept under its name.
    Shelve {
        sha256: String,
    },
    /// Show this hash in the address bar; `push`: as a step that the back button takes back.
    Address {
        hash: String,
        push: bool,
    },
    FetchSheet {
        system: String,
    },
    FetchRest,
    FetchRecord {
        system: String,
    },
    FetchStory {
        file: String,
    },
    SaveTheme(Option<Theme>),
    SaveOwn(String),
    Connect(Connection),
    TryMind(Connection),
    Disconnect,
}

impl Model {
    pub fn new(index: Vec<Brief>) -> Self {
        Self {
            index,
            sheets: Table::new(),
            fetching: Table::new(),
            opening: None,
            place: Place::Gallery(Gallery::default()),
            rest: Rest::Away,
            unfolded: 0,
            theme: None,
            host_theme: None,
            reduced_motion: false,
            dialog: None,
            toast: None,
            last_own: None,
            records: Table::new(),
            stories: Table::new(),
            mind: None,
            mind_says: None,
            built_in: false,
            data: Desk::default(),
            dirty: true,
            next_run: 0,
        }
    }

    /// A sheet that is here already.
    pub fn give(&mut self, sheet: Sheet) {
        self.sheets.insert(sheet.card.id.to_string(), Rc::new(sheet));
    }

    pub fn lab(&self) -> Option<&Lab> {
        match &self.place {
            Place::Lab(lab) => Some(lab),
            _ => None,
        }
    }

    /// The theme that a link or an embedding page asks for goes before the person's own choice, for this page only.
    pub fn shown_theme(&self) -> Option<Theme> {
        self.lab().and_then(|lab| lab.view.theme).or(self.host_theme).or(self.theme)
    }

    /// The known system that a link names, and its query.
    fn named<'a>(&self, link: &'a str) -> Result<(&'static str, &'a str), Fault> {
        let (slug, query) = link::named(link, || self.index.iter().map(|brief| brief.id))?;
        let known = self.index.iter().find(|brief| brief.id == slug);
        Ok((known.expect("`named` gives a name that is known").id, query))
    }

    /// Whether a person's own link names something else than the address that was opened.
    pub fn differs(&self, own: &str, hash: &str) -> bool {
        let (Ok(own), Ok(here)) = (self.named(own), self.named(hash)) else { return false };
        if own.0 != here.0 {
            return true;
        }
        let Some(sheet) = self.sheets.get(own.0) else { return false };
        let read = |query| link::open(sheet, query, |scenario| sheet.check(scenario));
        match (read(own.1), read(here.1)) {
            (Ok(own), Ok(here)) => own.scenario != here.scenario,
            _ => false,
        }
    }

    fn new_run(&mut self) -> u32 {
        self.next_run += 1;
        self.next_run
    }
}

pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let tick = matches!(msg, Msg::Tick { .. });
    if matches!(msg, Msg::Frame { .. }) {
        rest::unfold(model);
    } else if !tick {
        model.dirty = true;
    }
    let mut effects = change(model, msg);
    effects.extend(rest::want(model, tick));
    effects
}

fn change(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Address(hash) => open(model, &hash, None),
        Msg::Follow(link) => follow(model, &link),
        Msg::Foresee(system) => fetch(model, system),
        Msg::Sheet { system, text } => arrived(model, &system, text),
        Msg::Search(_) | Msg::Family(_) | Msg::Trains(_) | Msg::Surrogate(_) => {
            if let Place::Gallery(gallery) = &mut model.place {
                filter(gallery, msg);
            }
            Vec::new()
        }
        Msg::Connect(_)
        | Msg::TryMind(_)
        | Msg::MindTried(_)
        | Msg::Disconnect
        | Msg::Mind(_)
        | Msg::MindGone(_) => mind::update(model, msg),
        Msg::Brought(_) | Msg::Looked { .. } | Msg::Columns { .. } | Msg::UseData => {
            data::update(model, msg)
        }
        Msg::Dialog(dialog) => {
            rest::show(model, dialog);
            if dialog == Some(Dialog::Mind) { mind::ask(model) } else { Vec::new() }
        }
        Msg::FetchRest => rest::fetch(model),
        Msg::Rest(result) => rest::came(model, result),
        Msg::Theme(theme) => {
            model.theme = theme;
            if let Place::Lab(lab) = &mut model.place {
                lab.view.theme = None;
            }
            vec![Effect::SaveTheme(theme)]
        }
        Msg::HostTheme(theme) => {
            model.host_theme = Some(theme);
            Vec::new()
        }
        Msg::ReducedMotion(on) => {
            model.reduced_motion = on;
            Vec::new()
        }
        Msg::Toast(says) => {
            model.toast = Some(says);
            Vec::new()
        }
        Msg::DismissToast => {
            model.toast = None;
            Vec::new()
        }
        Msg::LastOwn(link) => {
            model.last_own = link;
            Vec::new()
        }
        Msg::Record { system, text } => {
            // A system without a record, or one made by an older card, simply has none to show.
            if let Ok(record) = text.and_then(|text| Record::parse(&text)) {
                model.records.insert(system, record);
            }
            Vec::new()
        }
        Msg::Story { file, text } => {
            model.stories.insert(file, text);
            Vec::new()
        }
        other => lab::update(model, other),
    }
}

fn filter(gallery: &mut Gallery, msg: Msg) {
    match msg {
        Msg::Search(text) => gallery.search = text.chars().take(200).collect(),
        Msg::Family(family) => gallery.family = family,
        Msg::Trains(on) => gallery.trains = on,
        Msg::Surrogate(on) => gallery.surrogate = on,
        _ => {}
    }
}

/// A link followed inside the page. One that cannot be opened leaves everything as it is and says why.
fn follow(model: &mut Model, link: &str) -> Vec<Effect> {
    let hash = link.split_once('#').map_or(link, |(_, tail)| tail);
    open(model, &format!("#{hash}"), Some(true))
}

fn is_gallery(hash: &str) -> bool {
    matches!(hash, "" | "#" | "#/" | "/")
}

/// Shows what an address names. `push`: a link inside the page, so it goes into the address bar, too.
fn open(model: &mut Model, hash: &str, push: Option<bool>) -> Vec<Effect> {
    model.opening = None;
    if is_gallery(hash) {
        let mut effects = leave(model);
        model.dialog = push.map_or(model.dialog, |_| None);
        model.place = Place::Gallery(Gallery::default());
        effects.extend(push.map(|push| Effect::Address { hash: "#/".into(), push }));
        return effects;
    }
    let (system, query) = match model.named(hash) {
        Ok(named) => named,
        Err(fault) => return lost(model, hash, fault, push, false),
    };
    let Some(sheet) = model.sheets.get(system).cloned() else {
        model.opening = Some(Opening { system, hash: hash.to_string(), push });
        return fetch(model, system);
    };
    match link::open(&sheet, query, |scenario| sheet.check(scenario)) {
        Err(fault) => lost(model, hash, fault, push, false),
        Ok(opened) => {
            model.dialog = push.map_or(model.dialog, |_| None);
            if let Place::Lab(lab) = &model.place
                && lab.scenario == opened.scenario
                && lab.view == opened.view
                && opened.issues.is_empty()
            {
                return Vec::new();
            }
            let mut effects = lab::enter(model, sheet, opened);
            if let (Some(push), Some(lab)) = (push, model.lab()) {
                effects.push(Effect::Address { hash: lab.link(), push });
            }
            effects
        }
    }
}

/// A link that opens nothing: followed inside the page, it leaves everything as it is.
fn lost(
    model: &mut Model,
    hash: &str,
    fault: Fault,
    push: Option<bool>,
    again: bool,
) -> Vec<Effect> {
    if push.is_some() {
        model.toast = Some(fault.to_string());
        return Vec::new();
    }
    let effects = leave(model);
    model.place = Place::NotFound { link: hash.to_string(), fault, again };
    effects
}

/// Asks for a system's sheet, unless it is here or on its way.
fn fetch(model: &mut Model, system: &str) -> Vec<Effect> {
    if model.sheets.contains_key(system) || model.fetching.insert(system.to_string(), ()).is_some()
    {
        return Vec::new();
    }
    vec![Effect::FetchSheet { system: system.to_string() }]
}

/// A sheet is there, or will not come: the link that waits for it goes on.
fn arrived(model: &mut Model, system: &str, text: Result<String, String>) -> Vec<Effect> {
    model.fetching.remove(system);
    let came = text.and_then(|text| sheet::read(&text));
    let failed = match came {
        Ok(sheet) => {
            model.give(sheet);
            None
        }
        Err(says) => {
            Some(Fault::Link(format!("The description of “{system}” did not come: {says}")))
        }
    };
    let Some(opening) = model.opening.take_if(|opening| opening.system == system) else {
        return Vec::new();
    };
    match failed {
        None => open(model, &opening.hash, opening.push),
        Some(fault) => lost(model, &opening.hash, fault, opening.push, true),
    }
}

/// Stops everything that runs for the place that is left.
fn leave(model: &mut Model) -> Vec<Effect> {
    let mut effects = match &mut model.place {
        Place::Lab(lab) => lab.stop_all(),
        _ => Vec::new(),
    };
    effects.extend(mind::left(model));
    effects
}
