//! Dials: one derived struct gives the form, the check and the link.
//!
//! `#[derive(Clone, Serialize, Deserialize, JsonSchema, Validate)]` with, on each field: the doc comment (help),
//! `#[garde(range(min = .., max = ..))]` (check and the slider's ends), and in
//! `#[schemars(extend("unit" = "agents", "label" = "Swarm size", "symbol" = "N", "paper" = 24, "advanced" = true, "log" = true, "step" = 0.2))]`
//! whatever applies. In a system that learns from data that a person brings: `"with_data" = "digits8"` on a dial that
//! then counts as this, `"by_client" = true` on one that a client column settles. A unit enum is a choice; `Vec<f64>` is a list (`#[garde(length(max = 8), inner(range(..)))]`).

use crate::fault::{Issue, NOTHING, shown};
use crate::number;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

pub trait Params:
    Clone
    + Default
    + Serialize
    + DeserializeOwned
    + JsonSchema
    + garde::Validate<Context = ()>
    + 'static
{
}

impl<P> Params for P where
    P: Clone
        + Default
        + Serialize
        + DeserializeOwned
        + JsonSchema
        + garde::Validate<Context = ()>
        + 'static
{
}

#[derive(Clone, Debug, PartialEq)]
pub struct Dial {
    /// snake_case, as in the link.
    pub name: String,
    pub label: String,
    pub help: String,
    /// Empty for a bare number.
    pub unit: String,
    /// The paper's symbol; may be empty.
    pub symbol: String,
    pub kind: Kind,
    pub default: Value,
    /// The paper's own value, where it is another one or worth a mark.
    pub paper: Option<Value>,
    pub advanced: bool,
    /// With own data the dial counts as this.
    pub with_data: Option<Value>,
    /// With own data that has a client column, the column says it.
    pub by_client: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Int {
        min: i64,
        max: i64,
        log: bool,
    },
    /// `step` is what the slider moves by; the number field takes anything in range.
    Real {
        min: f64,
        max: f64,
        log: bool,
        step: Option<f64>,
    },
    Choice {
        options: Vec<Choice>,
    },
    Flag,
    List {
        min: f64,
        max: f64,
        length_max: u32,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub id: String,
    pub label: String,
    pub help: String,
}

/// The form of a parameter struct, in the order of its fields.
/// A struct that no form can be made of is a bug of the system and panics; the laws call this for every system.
pub fn dials<P: Params>() -> Vec<Dial> {
    let schema = SchemaSettings::draft2020_12()
        .with(|s| s.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<P>();
    let defaults = serde_json::to_value(P::default()).unwrap_or(Value::Null);
    let Some(Value::Object(fields)) = schema.get("properties") else {
        panic!("parameters are a struct with named fields");
    };
    let default = |name: &String| defaults.get(name).cloned().unwrap_or(Value::Null);
    fields.iter().map(|(name, field)| dial(name, field, default(name))).collect()
}

fn dial(name: &str, field: &Value, default: Value) -> Dial {
    let text = |key: &str| field.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    let flag = |key: &str| field.get(key).and_then(Value::as_bool).unwrap_or(false);
    let label = match text("label") {
        label if label.is_empty() => words(name),
        label => label,
    };
    Dial {
        name: name.to_string(),
        label,
        help: text("description").replace('\n', " "),
        unit: text("unit"),
        symbol: text("symbol"),
        kind: kind(name, field),
        default,
        paper: field.get("paper").cloned(),
        advanced: flag("advanced"),
        with_data: field.get("with_data").cloned(),
        by_client: flag("by_client"),
    }
}

fn kind(name: &str, field: &Value) -> Kind {
    let log = field.get("log").and_then(Value::as_bool).unwrap_or(false);
    let bound = |of: &Value, key: &str| of.get(key).and_then(Value::as_f64);
    let need = |of: &Value, key: &str| {
        bound(of, key)
            .unwrap_or_else(|| panic!("dial {name} has no {key}: give it #[garde(range(..))]"))
    };
    if field.get("enum").is_some() || field.get("oneOf").is_some() {
        return Kind::Choice { options: choices(field) };
    }
    match field.get("type").and_then(Value::as_str) {
        Some("boolean") => Kind::Flag,
        Some("integer") => Kind::Int {
            min: need(field, "minimum") as i64,
            max: need(field, "maximum") as i64,
            log,
        },
        Some("number") => Kind::Real {
            min: need(field, "minimum"),
            max: need(field, "maximum"),
            log,
            step: field.get("step").and_then(Value::as_f64),
        },
        Some("array") => {
            let items = field.get("items").unwrap_or(&Value::Null);
            let length_max = need(field, "maxItems") as u32;
            Kind::List { min: need(items, "minimum"), max: need(items, "maximum"), length_max }
        }
        other => panic!("dial {name} has a type no form knows: {other:?}"),
    }
}

fn choices(field: &Value) -> Vec<Choice> {
    let option = |id: &str, help: &str, label: &str| Choice {
        id: id.to_string(),
        label: if label.is_empty() { words(id) } else { label.to_string() },
        help: help.replace('\n', " "),
    };
    let plain = |of: &Value| -> Vec<Choice> {
        let ids = of.get("enum").and_then(Value::as_array).into_iter().flatten();
        ids.filter_map(Value::as_str).map(|id| option(id, "", "")).collect()
    };
    let mut all = plain(field);
    for one in field.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("const").is_empty() {
            all.extend(plain(one));
        } else {
            all.push(option(text("const"), text("description"), text("label")));
        }
    }
    all
}

/// `p_low` -> `P low`.
fn words(name: &str) -> String {
    let mut text = name.replace('_', " ");
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

impl Dial {
    /// What the dial takes, for a sentence: "a number from 0 to 1".
    pub fn takes(&self) -> String {
        let unit = if self.unit.is_empty() { String::new() } else { format!(" ({})", self.unit) };
        match &self.kind {
            Kind::Int { min, max, .. } => format!("a whole number from {min} to {max}{unit}"),
            Kind::Real { min, max, .. } => format!("a number from {min} to {max}{unit}"),
            Kind::Choice { options } => {
                let ids: Vec<&str> = options.iter().map(|o| o.id.as_str()).collect();
                format!("one of {}", ids.join(", "))
            }
            Kind::Flag => "true or false".to_string(),
            Kind::List { min, max, length_max } => {
                format!("1 to {length_max} numbers from {min} to {max}, with commas between{unit}")
            }
        }
    }

    fn issue(&self, given: &str) -> Issue {
        Issue {
            dial: self.name.clone(),
            given: shown(given, 40),
            says: format!("this dial takes {}", self.takes()),
        }
    }

    /// Reads a value from text: from a link, a field or a file. The only parser of such text.
    pub fn read(&self, text: &str) -> Result<Value, Issue> {
        let refused = || self.issue(if text.trim().is_empty() { NOTHING } else { text });
        let number = |text: &str| number::read(text.trim());
        let value = match &self.kind {
            Kind::Int { .. } => {
                let v = number(text)
                    .filter(|v| v.fract() == 0.0 && v.abs() < 9e15)
                    .ok_or_else(refused)?;
                Value::from(v as i64)
            }
            Kind::Real { .. } => Value::from(number(text).ok_or_else(refused)? + 0.0),
            Kind::Choice { .. } => Value::from(text.trim()),
            Kind::Flag => match text.trim() {
                "true" | "1" => Value::Bool(true),
                "false" | "0" => Value::Bool(false),
                _ => return Err(refused()),
            },
            Kind::List { length_max, .. } => {
                if text.split(',').count() > *length_max as usize {
                    return Err(refused());
                }
                let all: Option<Vec<Value>> =
                    text.split(',').map(|v| number(v).map(Value::from)).collect();
                Value::Array(all.ok_or_else(refused)?)
            }
        };
        self.check(&value)?;
        Ok(value)
    }

    /// Whether a value is of this dial's kind and in its range.
    pub fn check(&self, value: &Value) -> Result<(), Issue> {
        let within =
            |v: &Value, min: f64, max: f64| v.as_f64().is_some_and(|v| (min..=max).contains(&v));
        let fits = match &self.kind {
            Kind::Int { min, max, .. } => {
                value.as_i64().is_some_and(|v| (*min..=*max).contains(&v))
            }
            Kind::Real { min, max, .. } => within(value, *min, *max),
            Kind::Choice { options } => {
                options.iter().any(|o| Some(o.id.as_str()) == value.as_str())
            }
            Kind::Flag => value.is_boolean(),
            Kind::List { min, max, length_max } => value.as_array().is_some_and(|all| {
                (1..=*length_max as usize).contains(&all.len())
                    && all.iter().all(|v| within(v, *min, *max))
            }),
        };
        if fits { Ok(()) } else { Err(self.issue(&write(value))) }
    }
}

/// A value as it stands in a link.
pub fn write(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(write).collect::<Vec<_>>().join(","),
        Value::Number(n) => match n.as_f64() {
            // 120.0 and 120 are the same value and must be the same text.
            Some(v) => format!("{v}"),
            None => String::new(),
        },
        other => number::json(other, None),
    }
}

/// The only door into a system: the defaults, overlaid by `values`, checked whole.
pub fn parse<P: Params>(values: &Map<String, Value>) -> Result<P, Vec<Issue>> {
    let dials = dials::<P>();
    let mut issues = Vec::new();
    let Ok(Value::Object(mut all)) = serde_json::to_value(P::default()) else {
        panic!("parameters are a struct with named fields");
    };
    for (name, value) in values {
        match dials.iter().find(|d| d.name == *name) {
            None => issues.push(Issue {
                dial: shown(name, 40),
                given: shown(&write(value), 40),
                says: "there is no such dial".into(),
            }),
            Some(dial) => match dial.check(value) {
                Err(issue) => issues.push(issue),
                Ok(()) => {
                    all.insert(name.clone(), value.clone());
                }
            },
        }
    }
    if !issues.is_empty() {
        return Err(issues);
    }
    let given = all.clone();
    let params: P = serde_json::from_value(Value::Object(all)).map_err(|error| {
        vec![Issue { dial: String::new(), given: String::new(), says: error.to_string() }]
    })?;
    params.validate().map_err(|report| {
        report
            .iter()
            .map(|(path, error)| {
                let path = path.to_string();
                let dial = path.split(['.', '[']).next().unwrap_or_default().to_string();
                let given = given.get(&dial).map(write).unwrap_or_default();
                Issue { dial, given, says: error.to_string() }
            })
            .collect::<Vec<_>>()
    })?;
    Ok(params)
}
