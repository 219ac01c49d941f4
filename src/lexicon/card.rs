//! What a system says of itself: constant, known without running it.

use crate::claim::Claim;
use crate::dial::Dial;
use crate::fault::{Issue, shown};
use crate::link::Scenario;
use crate::mind::Asks;
use serde_json::{Map, Value};

/// Seeds of a scenario: at least one, at most this many.
pub const SEEDS_MAX: u32 = 200;
/// Seeds that a scenario runs unless its link says otherwise.
pub const SEEDS_DEFAULT: u32 = 5;
/// A claim with fewer usable seeds is inconclusive.
pub const SEEDS_MIN: u32 = 5;
/// Arms shown side by side.
pub const ARMS_MAX: usize = 6;

#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// Slug in kebab-case: route, recording and test name alike.
    pub id: &'static str,
    /// Goes up when a default or a meaning changes; the old defaults then move to `past`.
    pub version: u32,
    pub past: &'static [Past],
    pub title: &'static str,
    /// One sentence for the gallery and under the title.
    pub says: &'static str,
    pub family: Family,
    pub paper: Paper,
    pub rounds: Horizon,
    /// Labels of the scenes, 1 to 4, the main one first.
    pub views: &'static [&'static str],
    /// In the order in which the page shows their curves.
    pub metrics: &'static [Metric],
    pub claims: &'static [Claim],
    pub presets: &'static [Preset],
    pub real: Real,
    /// File name of the story, e.g. `fedstale.md`: fetched, not compiled in.
    pub about: &'static str,
}

/// The defaults of an earlier version, as a query (`beta=0.4&lr=0.2`).
#[derive(Clone, Copy, Debug)]
pub struct Past {
    pub version: u32,
    pub defaults: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Consensus,
    Coordination,
    Federated,
    Policy,
    Population,
    Search,
}

impl Family {
    pub const ALL: [Family; 6] = [
        Family::Consensus,
        Family::Coordination,
        Family::Federated,
        Family::Policy,
        Family::Population,
        Family::Search,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Family::Consensus => "Consensus",
            Family::Coordination => "Coordination",
            Family::Federated => "Federated",
            Family::Policy => "Policy",
            Family::Population => "Population",
            Family::Search => "Search",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    pub title: &'static str,
    pub authors: &'static str,
    pub year: u32,
    pub arxiv: Option<&'static str>,
}

/// What is real in a system, for the gallery's filters and the page's plain words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Real {
    /// Real nets are trained.
    pub trains: bool,
    /// Surrogate minds stand in for language models.
    pub surrogate_minds: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Horizon {
    pub default: u32,
    pub max: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    Lower,
    Higher,
    Neither,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    pub id: &'static str,
    pub label: &'static str,
    /// Empty for a bare number.
    pub unit: &'static str,
    pub better: Better,
    /// Not read in every round.
    pub sparse: bool,
    /// A share of a whole: between 0 and 1, and so is its mean over seeds.
    pub share: bool,
}

impl Metric {
    pub const fn lower(id: &'static str, label: &'static str, unit: &'static str) -> Self {
        Self { id, label, unit, better: Better::Lower, sparse: false, share: false }
    }

    pub const fn higher(id: &'static str, label: &'static str, unit: &'static str) -> Self {
        Self { id, label, unit, better: Better::Higher, sparse: false, share: false }
    }

    pub const fn plain(id: &'static str, label: &'static str, unit: &'static str) -> Self {
        Self { id, label, unit, better: Better::Neither, sparse: false, share: false }
    }

    pub const fn sparse(self) -> Self {
        Self { sparse: true, ..self }
    }

    pub const fn share(self) -> Self {
        Self { share: true, ..self }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Preset {
    pub id: &'static str,
    pub label: &'static str,
    /// What it changes, as a query: dials, and `rounds`, `seeds`, `arms` of the scenario.
    pub query: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Method,
    Baseline,
    Ablation,
    /// Oracle, theory line, untouched base.
    Reference,
}

/// An arm as a system declares it; `A` is the system's own enum.
#[derive(Clone, Copy, Debug)]
pub struct ArmCard<A> {
    pub arm: A,
    pub info: ArmInfo,
}

/// An arm as everybody else sees it.
#[derive(Clone, Copy, Debug)]
pub struct ArmInfo {
    pub id: &'static str,
    pub label: &'static str,
    pub role: Role,
    /// One sentence on what it does.
    pub says: &'static str,
    /// Run unless the link says otherwise.
    pub shown: bool,
    /// `dial=option` or `dial=option|option`: only offered there. Empty = everywhere.
    pub when: &'static str,
    /// A connected model can answer in it; `System::asks` says so.
    pub asks: bool,
}

impl<A: Copy> ArmCard<A> {
    const fn of(arm: A, id: &'static str, label: &'static str, role: Role) -> Self {
        Self {
            arm,
            info: ArmInfo { id, label, role, says: "", shown: true, when: "", asks: false },
        }
    }

    pub const fn method(arm: A, id: &'static str, label: &'static str) -> Self {
        Self::of(arm, id, label, Role::Method)
    }

    pub const fn baseline(arm: A, id: &'static str, label: &'static str) -> Self {
        Self::of(arm, id, label, Role::Baseline)
    }

    pub const fn ablation(arm: A, id: &'static str, label: &'static str) -> Self {
        Self::of(arm, id, label, Role::Ablation)
    }

    pub const fn reference(arm: A, id: &'static str, label: &'static str) -> Self {
        Self::of(arm, id, label, Role::Reference)
    }

    pub const fn says(mut self, says: &'static str) -> Self {
        self.info.says = says;
        self
    }

    /// Not run unless the link asks for it.
    pub const fn extra(mut self) -> Self {
        self.info.shown = false;
        self
    }

    pub const fn when(mut self, when: &'static str) -> Self {
        self.info.when = when;
        self
    }
}

impl ArmInfo {
    /// Whether the arm is offered where the dials have these values (`values` holds all of them).
    pub fn offered(&self, values: &Map<String, Value>) -> bool {
        self.when.split_once('=').is_none_or(|(dial, options)| {
            let here = values.get(dial).map(crate::dial::write);
            here.is_some_and(|here| options.split('|').any(|option| option == here))
        })
    }
}

/// A system's card with its arms and dials.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub card: Card,
    pub arms: Vec<ArmInfo>,
    pub dials: Vec<Dial>,
}

impl Sheet {
    pub fn arm(&self, id: &str) -> Option<&ArmInfo> {
        self.arms.iter().find(|a| a.id == id)
    }

    pub fn dial(&self, name: &str) -> Option<&Dial> {
        self.dials.iter().find(|d| d.name == name)
    }

    pub fn metric(&self, id: &str) -> Option<&'static Metric> {
        self.card.metrics.iter().find(|m| m.id == id)
    }

    /// Whether each value is of its dial's kind and in its range. Rules across dials are the system's own to check.
    pub fn check(&self, scenario: &Scenario) -> Result<(), Vec<Issue>> {
        let wrong = |(name, value): (&String, &Value)| match self.dial(name) {
            Some(dial) => dial.check(value).err(),
            None => Some(Issue {
                dial: shown(name, 40),
                given: String::new(),
                says: "there is no such dial".into(),
            }),
        };
        let issues: Vec<Issue> = scenario.params.iter().filter_map(wrong).collect();
        if issues.is_empty() { Ok(()) } else { Err(issues) }
    }

    /// All dials' values: the scenario's where it has them, else the defaults.
    pub fn values(&self, params: &Map<String, Value>) -> Map<String, Value> {
        self.dials
            .iter()
            .map(|d| (d.name.clone(), params.get(&d.name).unwrap_or(&d.default).clone()))
            .collect()
    }

    /// The arms that run unless a link says otherwise, given the dials' values.
    pub fn default_arms(&self, params: &Map<String, Value>) -> Vec<String> {
        let values = self.values(params);
        self.arms
            .iter()
            .filter(|a| a.shown && a.offered(&values))
            .take(ARMS_MAX)
            .map(|a| a.id.to_string())
            .collect()
    }

    /// The scenario that a bare link opens.
    pub fn scenario(&self) -> Scenario {
        Scenario {
            system: self.card.id.to_string(),
            version: self.card.version,
            arms: self.default_arms(&Map::new()),
            seed: 1,
            seeds: SEEDS_DEFAULT,
            rounds: self.card.rounds.default,
            params: Map::new(),
            data: None,
        }
    }

    /// Whether the system learns from data that a person brings: a dial then says how.
    pub fn takes_data(&self) -> bool {
        self.dials.iter().any(|d| d.by_client || d.with_data.is_some())
    }
}

/// One system as tools and workers know it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub id: &'static str,
    pub sheet: fn() -> Sheet,
    /// The whole validation of a scenario, rules across dials included.
    pub check: fn(&Scenario) -> Result<(), Vec<Issue>>,
    /// What a round of all its arms asks of a connected model at most; none: no model can stand in here.
    pub asks: fn(&Scenario) -> Option<Asks>,
}

pub fn find<'a>(catalogue: &'a [Entry], id: &str) -> Option<&'a Entry> {
    catalogue.iter().find(|e| e.id == id)
}
