//! The systems as the page knows them. A derived form costs some 30 KB of code a system, and the page only reads it:
//! so `murmur forms` writes all forms into `forms.json`, a test holds the file to the code, and the page reads the
//! file. Ranges are checked here; rules across dials by the worker, which checks everything again.

use engine::run::System;
use lexicon::{Asks, Dial, Entry, Issue, Scenario, Sheet, dial, fault};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const FORMS: &str = include_str!("forms.json");

struct Form {
    dials: Vec<Dial>,
    defaults: Value,
}

fn form(id: &str) -> &'static Form {
    static READ: OnceLock<BTreeMap<String, Form>> = OnceLock::new();
    let all = READ.get_or_init(|| {
        let forms: BTreeMap<String, Value> = serde_json::from_str(FORMS)
            .expect("a tidy test: forms.json is what `murmur forms` writes");
        let read = |form: &Value| Form {
            dials: dial::read_form(form),
            defaults: form["defaults"].clone(),
        };
        forms.iter().map(|(id, form)| (id.clone(), read(form))).collect()
    });
    all.get(id).expect("a tidy test: every system has its form in forms.json")
}

pub(crate) const fn entry<S: System>() -> Entry {
    Entry { id: S::CARD.id, sheet: sheet::<S>, check: check::<S>, asks: |_| None }
}

/// For a system that a connected model can play: it also tells what a run would ask of it.
pub(crate) const fn asking<S: System>() -> Entry {
    Entry { id: S::CARD.id, sheet: sheet::<S>, check: check::<S>, asks: asks::<S> }
}

fn sheet<S: System>() -> Sheet {
    Sheet {
        card: S::CARD,
        arms: S::ARMS.iter().map(|a| a.info).collect(),
        dials: form(S::CARD.id).dials.clone(),
    }
}

fn check<S: System>(scenario: &Scenario) -> Result<(), Vec<Issue>> {
    let dials = &form(S::CARD.id).dials;
    let wrong = |(name, value): (&String, &Value)| match dials.iter().find(|d| d.name == *name) {
        Some(dial) => dial.check(value).err(),
        None => Some(Issue {
            dial: fault::shown(name, 40),
            given: String::new(),
            says: "there is no such dial".into(),
        }),
    };
    let issues: Vec<Issue> = scenario.params.iter().filter_map(wrong).collect();
    if issues.is_empty() { Ok(()) } else { Err(issues) }
}

fn asks<S: System>(scenario: &Scenario) -> Option<Asks> {
    check::<S>(scenario).ok()?;
    let mut values = form(S::CARD.id).defaults.clone();
    for (name, value) in &scenario.params {
        values[name.as_str()] = value.clone();
    }
    let params: S::Params = serde_json::from_value(values).ok()?;
    let arms = S::ARMS.iter().filter(|a| scenario.arms.iter().any(|id| id == a.info.id));
    arms.filter_map(|a| S::asks(&params, a.arm)).reduce(Asks::and)
}
