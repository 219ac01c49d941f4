//! A scenario as a readable address: `#/fedstale?beta=0.4&arms=fedstale,fedavg&seeds=10&v=1`.
//! Only what differs from the defaults, in the order of the dials. Every number in it is hostile until read.

use crate::card::{ARMS_MAX, Entry, SEEDS_DEFAULT, SEEDS_MAX, Sheet, find};
use crate::dial::{Dial, Kind, write};
use crate::fault::{Fault, Issue, NOTHING, shown};
use crate::own::Own;
use crate::sweep::Plan;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A longer link is refused unread.
pub const LINK_CHARS_MAX: usize = 32_768;
/// More pairs than this are refused.
const KEYS_MAX: usize = 200;

/// Keys of the link itself; no dial may have one of these names.
pub const OWN_KEYS: [&str; 16] = [
    "arms", "seeds", "seed", "rounds", "scene", "at", "play", "embed", "read", "hide", "theme",
    "device", "data", "v", "set", "sweep",
];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    pub system: String,
    pub version: u32,
    pub arms: Vec<String>,
    /// The first seed; the others follow it.
    pub seed: u32,
    pub seeds: u32,
    pub rounds: u32,
    /// What differs from the defaults.
    pub params: Map<String, Value>,
    /// What a person has brought to learn from, in place of the data that ships.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Own>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

/// What a run's kernels are wished to work on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Device {
    /// The CPU, unless a few rounds of this very scenario are clearly faster on the GPU.
    #[default]
    Auto,
    Cpu,
    Gpu,
}

impl Device {
    pub const ALL: [Device; 3] = [Device::Auto, Device::Cpu, Device::Gpu];

    /// As it stands in a link.
    pub fn id(self) -> &'static str {
        match self {
            Device::Auto => "auto",
            Device::Cpu => "cpu",
            Device::Gpu => "gpu",
        }
    }
}

/// How a link wants to be seen; no part of what is computed, but for the last places of a number on a GPU.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Which view of the stage, by its place.
    pub scene: u32,
    /// Open paused at this round.
    pub at: Option<u32>,
    pub paused: bool,
    pub embed: bool,
    /// No dials.
    pub read: bool,
    pub hide: Vec<String>,
    pub theme: Option<Theme>,
    /// The sweep to set up; it runs when a person starts it.
    pub sweep: Option<Plan>,
    pub device: Device,
}

/// What came of reading a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    pub scenario: Scenario,
    pub view: View,
    /// Things named and ignored.
    pub notices: Vec<String>,
    /// Values that a dial refuses: shown there; the run waits.
    pub issues: Vec<Issue>,
}

/// The link of a scenario, from `#` on.
pub fn encode(sheet: &Sheet, scenario: &Scenario, view: &View) -> String {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for dial in &sheet.dials {
        if let Some(value) = scenario.params.get(&dial.name)
            && !same(value, &dial.default)
        {
            pairs.push((dial.name.clone(), write(value)));
        }
    }
    if scenario.arms != sheet.default_arms(&scenario.params) {
        pairs.push(("arms".into(), scenario.arms.join(",")));
    }
    let mut number = |key: &str, value: u32, default: u32| {
        if value != default {
            pairs.push((key.into(), value.to_string()));
        }
    };
    number("seed", scenario.seed, 1);
    number("seeds", scenario.seeds, SEEDS_DEFAULT);
    number("rounds", scenario.rounds, sheet.card.rounds.default);
    number("scene", view.scene, 0);
    if let Some(round) = view.at {
        pairs.push(("at".into(), round.to_string()));
    }
    let mut flag = |key: &str, on: bool, text: &str| {
        if on {
            pairs.push((key.into(), text.into()));
        }
    };
    flag("play", view.paused, "0");
    flag("embed", view.embed, "1");
    flag("read", view.read, "1");
    flag("theme", view.theme == Some(Theme::Light), "light");
    flag("theme", view.theme == Some(Theme::Dark), "dark");
    flag("device", view.device != Device::Auto, view.device.id());
    if !view.hide.is_empty() {
        pairs.push(("hide".into(), view.hide.join(",")));
    }
    pairs.extend(view.sweep.as_ref().map(|plan| ("sweep".into(), plan.write())));
    pairs.extend(scenario.data.as_ref().map(|own| ("data".into(), own.to_string())));
    pairs.push(("v".into(), scenario.version.to_string()));
    // Slugs, names, numbers, commas and the signs of a sweep need no escaping: the link stays readable.
    let query: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("#/{}?{}", scenario.system, query.join("&"))
}

/// The link of a scenario alone: also the key of its results.
pub fn canonical(sheet: &Sheet, scenario: &Scenario) -> String {
    encode(sheet, scenario, &View::default())
}

/// Equal as values: 1 and 1.0 are.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => match (a.as_array(), b.as_array()) {
            (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
            _ => a == b,
        },
    }
}

/// Reads a link: from `#/`, or a whole address that holds one.
pub fn decode(link: &str, catalogue: &[Entry]) -> Result<Opened, Fault> {
    let (slug, query) = named(link, || catalogue.iter().map(|e| e.id))?;
    let entry = find(catalogue, slug).expect("`named` gives a name that is known");
    open(&(entry.sheet)(), query, entry.check)
}

/// The known system that a link names, and its query, which only the system's sheet can read.
pub fn named<'a, 'b, Known: Iterator<Item = &'b str>>(
    link: &'a str,
    known: impl Fn() -> Known,
) -> Result<(&'a str, &'a str), Fault> {
    if link.len() > LINK_CHARS_MAX {
        return Err(Fault::Link(format!(
            "The link is {} characters long; the longest that is read has {LINK_CHARS_MAX}. A file may be what you want to share.",
            link.len()
        )));
    }
    let tail = link.split_once('#').map_or(link, |(_, tail)| tail);
    let tail = tail.strip_prefix('/').unwrap_or(tail);
    let (slug, query) = tail.split_once('?').unwrap_or((tail, ""));
    let slug = slug.trim_end_matches('/');
    match known().any(|id| id == slug) {
        true => Ok((slug, query)),
        false => {
            let (given, nearest) = (shown(slug, 60), nearest(slug, known()));
            Err(Fault::UnknownSystem { given, nearest })
        }
    }
}

/// Reads a link's query by the sheet of its system.
pub fn open(
    sheet: &Sheet,
    query: &str,
    check: impl Fn(&Scenario) -> Result<(), Vec<Issue>>,
) -> Result<Opened, Fault> {
    let mut reading = Reading::new(sheet);
    reading.query(query, Whole::Link)?;
    if reading.issues.is_empty()
        && let Err(issues) = check(&reading.scenario)
    {
        reading.issues = issues;
    }
    Ok(Opened {
        scenario: reading.scenario,
        view: reading.view,
        notices: reading.notices,
        issues: reading.issues,
    })
}

/// The scenario of a setting of ours (a preset, a claim): the defaults with a query over them. Strict: anything
/// unknown or out of range is a fault.
pub fn setting(sheet: &Sheet, query: &str) -> Result<Scenario, Fault> {
    let mut reading = Reading::new(sheet);
    reading.query(query, Whole::Setting)?;
    match (reading.issues.is_empty(), reading.notices.first()) {
        (false, _) => Err(Fault::Params(reading.issues)),
        (_, Some(notice)) => Err(Fault::Link(notice.clone())),
        _ => Ok(reading.scenario),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Whole {
    Link,
    Setting,
}

struct Reading<'a> {
    sheet: &'a Sheet,
    scenario: Scenario,
    view: View,
    notices: Vec<String>,
    issues: Vec<Issue>,
}

impl<'a> Reading<'a> {
    fn new(sheet: &'a Sheet) -> Self {
        Self {
            sheet,
            scenario: sheet.scenario(),
            view: View::default(),
            notices: Vec::new(),
            issues: Vec::new(),
        }
    }

    fn query(&mut self, query: &str, whole: Whole) -> Result<(), Fault> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .filter(|(key, value)| !(key.is_empty() && value.is_empty()))
            .take(KEYS_MAX + 1)
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        if pairs.len() > KEYS_MAX {
            return Err(Fault::Link(format!("The link has more than {KEYS_MAX} keys.")));
        }
        if whole == Whole::Link {
            self.version(&pairs)?;
        }
        let mut arms = None;
        for (key, value) in &pairs {
            match self.sheet.dial(key) {
                Some(dial) => self.dial(dial, value),
                None if key == "arms" => arms = Some(value),
                None if key == "v" => {}
                None => self.own(key, value),
            }
        }
        match arms {
            Some(given) => self.arms(given),
            None => self.scenario.arms = self.sheet.default_arms(&self.scenario.params),
        }
        Ok(())
    }

    /// Old defaults stay what they were; a newer version is refused with a reason.
    fn version(&mut self, pairs: &[(String, String)]) -> Result<(), Fault> {
        let now = self.sheet.card.version;
        let Some((_, given)) = pairs.iter().find(|(key, _)| key == "v") else { return Ok(()) };
        let version = given.parse::<u32>().ok().filter(|v| *v > 0);
        let Some(version) = version else {
            self.issues.push(issue(
                "v",
                given,
                format!("the version is a whole number from 1 to {now}"),
            ));
            return Ok(());
        };
        if version > now {
            self.issues.push(issue(
                "v",
                given,
                format!("this link was made by a newer Murmuration; the one here knows version {now}. Reload the page to get the newer one"),
            ));
        }
        if let Some(past) = self.sheet.card.past.iter().find(|p| p.version == version) {
            self.query(past.defaults, Whole::Setting)?;
        }
        Ok(())
    }

    fn dial(&mut self, dial: &Dial, value: &str) {
        match dial.read(value) {
            Ok(value) if same(&value, &dial.default) => {
                self.scenario.params.remove(&dial.name);
            }
            Ok(value) => {
                // A whole number in a link of a real dial is that real number.
                let value = match (&dial.kind, value.as_f64()) {
                    (Kind::Real { .. }, Some(v)) => Value::from(v),
                    _ => value,
                };
                self.scenario.params.insert(dial.name.clone(), value);
            }
            Err(issue) => self.issues.push(issue),
        }
    }

    fn own(&mut self, key: &str, value: &str) {
        let horizon = self.sheet.card.rounds.max;
        let views = self.sheet.card.views.len() as u32;
        match key {
            "seed" => self.scenario.seed = self.whole(key, value, 1, 1_000_000_000, 1),
            "seeds" => self.scenario.seeds = self.whole(key, value, 1, SEEDS_MAX, SEEDS_DEFAULT),
            "rounds" => {
                self.scenario.rounds =
                    self.whole(key, value, 1, horizon, self.sheet.card.rounds.default)
            }
            "scene" => self.view.scene = self.whole(key, value, 0, views.saturating_sub(1), 0),
            "at" => self.view.at = Some(self.whole(key, value, 0, horizon, 0)),
            "play" => self.view.paused = value == "0",
            "embed" => self.view.embed = value == "1",
            "read" => self.view.read = value == "1",
            "hide" => {
                self.view.hide = value
                    .split(',')
                    .filter(|name| self.sheet.dial(name).is_some())
                    .map(str::to_string)
                    .collect()
            }
            "theme" => match value {
                "light" => self.view.theme = Some(Theme::Light),
                "dark" => self.view.theme = Some(Theme::Dark),
                _ => self.issues.push(issue(key, value, "the theme is light or dark".into())),
            },
            "sweep" => match Plan::read(self.sheet, value) {
                Ok(plan) => self.view.sweep = Some(plan),
                // The run itself is whole without it.
                Err(says) => self.notices.push(format!("The sweep was left out: {says}")),
            },
            "device" => match Device::ALL.into_iter().find(|d| d.id() == value) {
                Some(device) => self.view.device = device,
                None => {
                    self.issues.push(issue(key, value, "the device is auto, cpu or gpu".into()))
                }
            },
            "data" if !self.sheet.takes_data() => self.notices.push(format!(
                "{} learns from no data that a person brings: the link's was left out.",
                self.sheet.card.title
            )),
            "data" => match Own::read(value) {
                Ok(own) => self.scenario.data = Some(own),
                Err(says) => self.issues.push(issue(key, value, says)),
            },
            _ => {
                let known = self.sheet.dials.iter().map(|d| d.name.as_str()).chain(OWN_KEYS);
                let near = nearest(key, known);
                let hint = near.first().map_or(String::new(), |n| format!(" Did you mean “{n}”?"));
                self.notices.push(format!(
                    "“{}” is not a dial here and was ignored.{hint}",
                    shown(key, 40)
                ));
            }
        }
    }

    fn whole(&mut self, key: &str, value: &str, min: u32, max: u32, default: u32) -> u32 {
        match value.trim().parse::<u32>().ok().filter(|v| (min..=max).contains(v)) {
            Some(v) => v,
            None => {
                self.issues.push(issue(
                    key,
                    value,
                    format!("this takes a whole number from {min} to {max}"),
                ));
                default
            }
        }
    }

    fn arms(&mut self, given: &str) {
        let values = self.sheet.values(&self.scenario.params);
        let mut arms: Vec<String> = Vec::new();
        for id in given.split(',').map(str::trim).filter(|id| !id.is_empty()) {
            match self.sheet.arm(id) {
                Some(arm) if arm.offered(&values) && !arms.iter().any(|a| a == id) => {
                    arms.push(id.to_string())
                }
                Some(arm) if !arm.offered(&values) => self.notices.push(format!(
                    "“{}” is only offered where {}.",
                    arm.label,
                    arm.when.replace('|', " or ")
                )),
                Some(_) => {}
                None => {
                    let known = self.sheet.arms.iter().map(|a| a.id);
                    let known: Vec<&str> = known.collect();
                    self.issues.push(issue(
                        "arms",
                        id,
                        format!("the arms here are {}", known.join(", ")),
                    ));
                }
            }
        }
        if arms.len() > ARMS_MAX {
            self.notices.push(format!(
                "At most {ARMS_MAX} arms run side by side; the first {ARMS_MAX} do."
            ));
            arms.truncate(ARMS_MAX);
        }
        self.scenario.arms =
            if arms.is_empty() { self.sheet.default_arms(&self.scenario.params) } else { arms };
    }
}

fn issue(key: &str, given: &str, says: String) -> Issue {
    Issue {
        dial: key.to_string(),
        given: shown(if given.is_empty() { NOTHING } else { given }, 40),
        says,
    }
}

/// Up to three known names that a misspelled one may have meant.
fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let given: String = given.chars().take(60).collect::<String>().to_ascii_lowercase();
    // The first forgives a long wrong tail, the second two letters that changed places in a short name.
    let like = |name: &str| {
        strsim::jaro_winkler(&given, name).max(strsim::normalized_damerau_levenshtein(&given, name))
    };
    let near = known.map(|name| (like(name), name)).filter(|(score, _)| *score > 0.65);
    // Scores are not negative, so their bits are in their order. A heap is a tenth of a sort's code.
    let mut near: BinaryHeap<(u64, Reverse<&str>)> =
        near.map(|(score, name)| (score.to_bits(), Reverse(name))).collect();
    std::iter::from_fn(|| near.pop()).take(3).map(|(_, Reverse(name))| name.to_string()).collect()
}
