//! The page's state and the one place where it changes: `update(model, msg) -> effects`. Pure: no browser in here.

use crate::batch::{Batch, Stage};
use crate::history::History;
use crate::oracle::{Connection, Standing};
use crate::pool::Rank;
use lexicon::link::{self, Opened};
use lexicon::record::Record;
use lexicon::wire::{FromWorker, ToWorker, Watch};
use lexicon::*;
use std::collections::{BTreeMap, BTreeSet};

mod claims;
mod data;
mod lab;
mod mind;
mod sweep;
mod transport;

#[cfg(test)]
mod tests;

pub use claims::ClaimRun;
pub use data::{Brought, Desk, SHELF_MAX};
pub use lab::{Computed, Lab, Purpose};
pub use mind::estimate;
pub use sweep::Sweep;
pub use transport::{Speed, Transport};

/// Steps of undo kept.
const UNDO_MAX: usize = 100;

#[derive(Debug)]
pub struct Model {
    pub catalogue: &'static [Entry],
    pub place: Place,
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
    pub records: BTreeMap<String, Record>,
    pub stories: BTreeMap<String, Result<String, String>>,
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

#[derive(Debug)]
pub enum Place {
    Gallery(Gallery),
    Lab(Box<Lab>),
    /// A link that cannot be opened, and why.
    NotFound {
        link: String,
        fault: Fault,
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
    Judge(ToWorker),
    /// A seat looks at the file that was brought.
    Look {
        ticket: u32,
        table: Option<own::Table>,
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
    pub fn new(catalogue: &'static [Entry]) -> Self {
        Self {
            catalogue,
            place: Place::Gallery(Gallery::default()),
            theme: None,
            host_theme: None,
            reduced_motion: false,
            dialog: None,
            toast: None,
            last_own: None,
            records: BTreeMap::new(),
            stories: BTreeMap::new(),
            mind: None,
            mind_says: None,
            built_in: false,
            data: Desk::default(),
            dirty: true,
            next_run: 0,
        }
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

    fn new_run(&mut self) -> u32 {
        self.next_run += 1;
        self.next_run
    }
}

pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    if !matches!(msg, Msg::Frame { .. } | Msg::Tick { .. }) {
        model.dirty = true;
    }
    match msg {
        Msg::Address(hash) => open(model, &hash, None),
        Msg::Follow(link) => follow(model, &link),
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
            model.dialog = dialog;
            model.data.brought = None;
            model.mind_says = None;
            Vec::new()
        }
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
    let hash = format!("#{hash}");
    if !is_gallery(&hash)
        && let Err(fault) = link::decode(&hash, model.catalogue)
    {
        model.toast = Some(fault.to_string());
        return Vec::new();
    }
    model.dialog = None;
    open(model, &hash, Some(true))
}

fn is_gallery(hash: &str) -> bool {
    matches!(hash, "" | "#" | "#/" | "/")
}

/// Shows what an address names. `push`: also put it into the address bar.
fn open(model: &mut Model, hash: &str, push: Option<bool>) -> Vec<Effect> {
    let address = |hash: String| push.map(|push| Effect::Address { hash, push });
    if is_gallery(hash) {
        let mut effects = leave(model);
        model.place = Place::Gallery(Gallery::default());
        effects.extend(
            model.catalogue.iter().map(|e| Effect::FetchRecord { system: e.id.to_string() }),
        );
        effects.extend(address("#/".into()));
        return effects;
    }
    match link::decode(hash, model.catalogue) {
        Err(fault) => {
            let mut effects = leave(model);
            model.place = Place::NotFound { link: fault::shown(hash, 200), fault };
            effects.extend(address(fault::shown(hash, 200)));
            effects
        }
        Ok(opened) => {
            if let Place::Lab(lab) = &model.place
                && lab.scenario == opened.scenario
                && lab.view == opened.view
                && opened.issues.is_empty()
            {
                return Vec::new();
            }
            let mut effects = lab::enter(model, opened);
            if let Some(lab) = model.lab() {
                effects.extend(address(lab.link()));
            }
            effects
        }
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
