//! A sweep: one or two dials over a grid (or points scattered over their ranges), every arm, several seeds, and how
//! one metric ends. As text it stands in a link (`sweep=`) and on the command line:
//! `beta=0..1/11;p_low=0.05,0.2;metric=accuracy;seeds=3`, or `beta=0..1;p_low=0.05..0.5;random=40;…`.

use crate::card::{SEEDS_MAX, Sheet};
use crate::dial::{Dial, Kind, write};
use crate::fault::shown;
use crate::link::{self, Scenario, same};
use crate::mean::Mean;
use crate::number;
use crate::round::Results;
use serde_json::Value;
use std::fmt::Write;

/// Points times arms times seeds at most.
pub const TRIALS_MAX: usize = 3_000;
/// Values of one dial, and scattered points, at most.
pub const VALUES_MAX: u32 = 500;
/// What a plan says besides its dials; no dial may have one of these names.
pub const OWN_KEYS: [&str; 3] = ["metric", "seeds", "random"];

#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// One or two dials.
    pub over: Vec<Over>,
    /// This many scattered points instead of a grid.
    pub random: Option<u32>,
    pub metric: String,
    pub seeds: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Over {
    pub dial: String,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// `low..high/count`: evenly spread, by ratio where the dial is logarithmic.
    Even { low: f64, high: f64, count: u32 },
    /// `low..high`: where points are scattered.
    Range { low: f64, high: f64 },
    /// `a,b,c`: these.
    Among(Vec<Value>),
}

impl Over {
    /// Every value that the dial can take: what a sweep of a choice or a flag starts with.
    pub fn all(dial: &Dial) -> Option<Self> {
        let values = match &dial.kind {
            Kind::Choice { options } => {
                options.iter().map(|o| Value::from(o.id.as_str())).collect()
            }
            Kind::Flag => vec![Value::Bool(false), Value::Bool(true)],
            _ => return None,
        };
        Some(Self { dial: dial.name.clone(), span: Span::Among(values) })
    }

    /// Reads `dial=…`, or a choice's or a flag's name alone, which means all of it.
    pub fn read(sheet: &Sheet, text: &str) -> Result<Self, String> {
        let (name, span) = match text.split_once('=') {
            Some((name, span)) => (name.trim(), Some(span.trim())),
            None => (text.trim(), None),
        };
        let dial = sheet
            .dial(name)
            .ok_or_else(|| format!("“{}” is not a dial of this system.", shown(name, 40)))?;
        if let Kind::List { .. } = dial.kind {
            return Err(format!("{}: a list has no order to sweep over.", dial.name));
        }
        let Some(span) = span else {
            return Self::all(dial).ok_or_else(|| {
                format!("{}: which values? For example {}=0..1/11.", dial.name, dial.name)
            });
        };
        let span = match span.split_once("..") {
            Some((low, rest)) => range(dial, low, rest)?,
            None => Span::Among(among(dial, span)?),
        };
        Ok(Self { dial: dial.name.clone(), span })
    }

    fn write(&self) -> String {
        let name = &self.dial;
        match &self.span {
            Span::Even { low, high, count } => format!("{name}={low}..{high}/{count}"),
            Span::Range { low, high } => format!("{name}={low}..{high}"),
            Span::Among(values) => {
                format!("{name}={}", values.iter().map(write).collect::<Vec<_>>().join(","))
            }
        }
    }

    /// The values of a grid, in order; of a range there are none.
    fn values(&self, dial: &Dial) -> Vec<Value> {
        match &self.span {
            Span::Among(values) => values.clone(),
            Span::Range { .. } => Vec::new(),
            Span::Even { low, high, count } => {
                let steps = f64::from(count.saturating_sub(1).max(1));
                let at = |i: u32| place(dial, *low, *high, f64::from(i) / steps);
                let mut values: Vec<Value> = (0..*count).filter_map(at).collect();
                values.dedup();
                values
            }
        }
    }

    /// The value at a share 0..1 of the span.
    fn at(&self, dial: &Dial, share: f64) -> Option<Value> {
        match &self.span {
            Span::Among(values) => {
                values.get(((share * values.len() as f64) as usize).min(values.len() - 1)).cloned()
            }
            Span::Range { low, high } | Span::Even { low, high, .. } => {
                place(dial, *low, *high, share)
            }
        }
    }
}

/// `low..high` or `low..high/count` of a dial of numbers.
fn range(dial: &Dial, low: &str, rest: &str) -> Result<Span, String> {
    let (high, count) = match rest.split_once('/') {
        Some((high, count)) => (high, Some(count)),
        None => (rest, None),
    };
    let end = |text: &str| {
        let number = number::read(text.trim());
        number.filter(|v| ends(dial).is_some_and(|(min, max)| (min..=max).contains(v)))
    };
    let (Some(low), Some(high)) = (end(low), end(high)) else {
        return Err(match ends(dial) {
            Some(_) => format!("{}: both ends are {}.", dial.name, dial.takes()),
            None => format!("{} takes {}; it has no range.", dial.name, dial.takes()),
        });
    };
    if low >= high {
        return Err(format!("{}: the first end must be below the second.", dial.name));
    }
    match count.map(|text| text.trim().parse::<u32>().ok()) {
        None => Ok(Span::Range { low, high }),
        Some(Some(count)) if (2..=VALUES_MAX).contains(&count) => {
            Ok(Span::Even { low, high, count })
        }
        _ => Err(format!("{}: 2 to {VALUES_MAX} values.", dial.name)),
    }
}

/// A list of values of a dial.
fn among(dial: &Dial, text: &str) -> Result<Vec<Value>, String> {
    let mut values = Vec::new();
    for value in text.split(',').take(VALUES_MAX as usize + 1) {
        let value = dial.read(value).map_err(|issue| format!("{}: {}.", dial.name, issue.says))?;
        if !values.contains(&value) {
            values.push(value);
        }
    }
    if values.len() > VALUES_MAX as usize {
        return Err(format!("{}: at most {VALUES_MAX} values.", dial.name));
    }
    Ok(values)
}

/// The ends of a dial of numbers.
pub fn ends(dial: &Dial) -> Option<(f64, f64)> {
    match &dial.kind {
        Kind::Int { min, max, .. } => Some((*min as f64, *max as f64)),
        Kind::Real { min, max, .. } => Some((*min, *max)),
        _ => None,
    }
}

/// Whether a dial's values are spread by ratio.
pub fn by_ratio(dial: &Dial) -> bool {
    matches!(dial.kind, Kind::Int { log: true, .. } | Kind::Real { log: true, .. })
}

/// The value at a share 0..1 of the way from `low` to `high`. Four digits: it stands on axes and in links.
fn place(dial: &Dial, low: f64, high: f64, share: f64) -> Option<Value> {
    let v = if by_ratio(dial) && low > 0.0 {
        low * libm::pow(high / low, share)
    } else {
        low + (high - low) * share
    };
    let value = match dial.kind {
        Kind::Int { .. } => Value::from(v.round() as i64),
        _ => Value::from(number::read(&format!("{v:.3e}"))?),
    };
    dial.check(&value).ok().map(|()| value)
}

impl Plan {
    /// Reads a plan; what is wrong comes as a sentence. A metric or seeds left out are the system's first and 3.
    pub fn read(sheet: &Sheet, text: &str) -> Result<Self, String> {
        let metric = sheet.card.metrics.first().map_or(String::new(), |m| m.id.to_string());
        let mut plan = Self { over: Vec::new(), random: None, metric, seeds: 3 };
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()).take(8) {
            match part.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
                Some(("metric", id)) => plan.metric = id.to_string(),
                Some(("seeds", n)) => plan.seeds = whole("seeds", n, 1, SEEDS_MAX)?,
                Some(("random", n)) => plan.random = Some(whole("random", n, 2, VALUES_MAX)?),
                _ => plan.over.push(Over::read(sheet, part)?),
            }
        }
        plan.check(sheet).map(|()| plan)
    }

    /// Whether the plan is one of this system, and whole.
    pub fn check(&self, sheet: &Sheet) -> Result<(), String> {
        if !(1..=2).contains(&self.over.len()) {
            return Err("A sweep goes over one dial or two.".into());
        }
        if self.over.len() == 2 && self.over[0].dial == self.over[1].dial {
            return Err("Two different dials, or one alone.".into());
        }
        if sheet.metric(&self.metric).is_none() {
            let known: Vec<&str> = sheet.card.metrics.iter().map(|m| m.id).collect();
            return Err(format!(
                "“{}” is not measured here; there is {}.",
                shown(&self.metric, 40),
                known.join(", ")
            ));
        }
        let ranged = self.over.iter().find(|o| matches!(o.span, Span::Range { .. }));
        match ranged {
            Some(over) if self.random.is_none() => Err(format!(
                "{}: how many values? For example {}/11; or random=40 for scattered points.",
                over.dial,
                over.write()
            )),
            _ => Ok(()),
        }
    }

    pub fn write(&self) -> String {
        let mut parts: Vec<String> = self.over.iter().map(Over::write).collect();
        parts.extend(self.random.map(|n| format!("random={n}")));
        parts.push(format!("metric={}", self.metric));
        parts.push(format!("seeds={}", self.seeds));
        parts.join(";")
    }

    /// The values of a grid along dial `at`, or one if there is no such dial.
    pub fn along(&self, sheet: &Sheet, at: usize) -> Vec<Value> {
        let over = self.over.get(at);
        over.and_then(|o| Some(o.values(sheet.dial(&o.dial)?))).unwrap_or_default()
    }

    /// Every point, a value for each dial: a grid row by row (the first dial's values are the rows), or scattered.
    /// Scattered points follow Roberts' additive recurrence (R1, R2), shifted by the first seed: they fill the ranges
    /// more evenly than coin throws, and are the same everywhere.
    pub fn points(&self, sheet: &Sheet, seed: u32) -> Vec<Vec<Value>> {
        let dials: Vec<(&Over, &Dial)> =
            self.over.iter().filter_map(|o| Some((o, sheet.dial(&o.dial)?))).collect();
        let Some(count) = self.random else {
            let lines: Vec<Vec<Value>> = dials.iter().map(|(o, d)| o.values(d)).collect();
            return match lines.as_slice() {
                [one] => one.iter().map(|v| vec![v.clone()]).collect(),
                [rows, columns] => rows
                    .iter()
                    .flat_map(|r| columns.iter().map(move |c| vec![r.clone(), c.clone()]))
                    .collect(),
                _ => Vec::new(),
            };
        };
        // The powers of the inverse golden ratio, and of the inverse plastic number.
        const STEPS: [&[f64]; 2] =
            [&[0.618_033_988_749_894_9], &[0.754_877_666_246_692_7, 0.569_840_290_998_053_2]];
        let steps = STEPS[dials.len().clamp(1, 2) - 1];
        let mut points: Vec<Vec<Value>> = (1..=count)
            .filter_map(|n| {
                let share =
                    |step: f64| (0.5 + step * (f64::from(n) + f64::from(seed) * 0.1)).fract();
                dials.iter().zip(steps).map(|((o, d), step)| o.at(d, share(*step))).collect()
            })
            .collect();
        points.dedup();
        points
    }

    /// The one-arm, one-seed scenario of a point.
    pub fn trial(
        &self,
        sheet: &Sheet,
        base: &Scenario,
        point: &[Value],
        arm: &str,
        seed: u32,
    ) -> Scenario {
        let mut trial = Scenario { arms: vec![arm.to_string()], seed, seeds: 1, ..base.clone() };
        for (over, value) in self.over.iter().zip(point) {
            if sheet.dial(&over.dial).is_some_and(|d| same(&d.default, value)) {
                trial.params.remove(&over.dial);
            } else {
                trial.params.insert(over.dial.clone(), value.clone());
            }
        }
        trial
    }

    /// Every trial of the sweep: point by point, arm by arm, seed by seed.
    pub fn trials(&self, sheet: &Sheet, base: &Scenario) -> Result<Vec<Scenario>, String> {
        self.check(sheet)?;
        let points = self.points(sheet, base.seed);
        let count = points.len() * base.arms.len() * self.seeds as usize;
        if count == 0 || count > TRIALS_MAX {
            return Err(format!(
                "A sweep has 1 to {TRIALS_MAX} runs (points x arms x seeds); this one would have {count}."
            ));
        }
        let mut trials = Vec::with_capacity(count);
        for point in &points {
            for arm in &base.arms {
                for seed in self.seeds_of(base) {
                    trials.push(self.trial(sheet, base, point, arm, seed));
                }
            }
        }
        Ok(trials)
    }

    fn seeds_of(&self, base: &Scenario) -> std::ops::Range<u32> {
        base.seed..base.seed.saturating_add(self.seeds)
    }

    /// The metric's last reading at a point: its mean over the seeds that are in.
    pub fn value(
        &self,
        sheet: &Sheet,
        base: &Scenario,
        results: &Results,
        arm: &str,
        point: &[Value],
    ) -> Option<Mean> {
        let last = |seed: u32| {
            let trial = self.trial(sheet, base, point, arm, seed);
            let outcome = results.get(&link::canonical(sheet, &trial))?;
            outcome.readings.get(&self.metric)?.last().map(|(_, value)| *value)
        };
        let share = sheet.metric(&self.metric).is_some_and(|metric| metric.share);
        Mean::of(self.seeds_of(base).filter_map(last)).map(|mean| mean.of_share(share))
    }

    /// One point and arm a line: `system,arm,<dials>,seeds,metric,value,low,high`, the last reading's mean over `seeds`
    /// seeds and, from three seeds on, its 95 % interval. A point that has no value (yet) is left out.
    pub fn csv(&self, sheet: &Sheet, base: &Scenario, results: &Results) -> String {
        let names: Vec<&str> = self.over.iter().map(|o| o.dial.as_str()).collect();
        let mut text = format!("system,arm,{},seeds,metric,value,low,high\n", names.join(","));
        for arm in &base.arms {
            for point in self.points(sheet, base.seed) {
                let Some(mean) = self.value(sheet, base, results, arm, &point) else { continue };
                let at: Vec<String> = point.iter().map(write).collect();
                let (system, at, metric) = (&base.system, at.join(","), &self.metric);
                let Mean { seeds, mean: value, .. } = mean;
                let _ = write!(text, "{system},{arm},{at},{seeds},{metric},{value},");
                let _ = match mean.has_interval() {
                    true => writeln!(text, "{},{}", mean.low, mean.high),
                    false => writeln!(text, ","),
                };
            }
        }
        text
    }
}

fn whole(key: &str, text: &str, min: u32, max: u32) -> Result<u32, String> {
    text.parse::<u32>()
        .ok()
        .filter(|n| (min..=max).contains(n))
        .ok_or_else(|| format!("{key}: a whole number from {min} to {max}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::sheet;

    #[test]
    fn a_plan_reads_back_from_its_text() {
        for text in [
            "agents=2..100/11;metric=loss;seeds=3",
            "agents=3,5;rate=0.001..10/5;metric=loss;seeds=1",
            "agents=2..10;game=stag_hunt,chicken;random=40;metric=loss;seeds=2",
        ] {
            let plan = Plan::read(&sheet(), text).unwrap();
            assert_eq!(plan.write(), text);
        }
        let short = Plan::read(&sheet(), "talk; rate = 0.001..10/3").unwrap();
        assert_eq!(short.write(), "talk=false,true;rate=0.001..10/3;metric=loss;seeds=3");
    }

    #[test]
    fn what_is_wrong_with_a_plan_is_a_sentence() {
        for (text, part) in [
            ("", "one dial or two"),
            ("agents=2..9/3;rate=1..2/2;talk", "one dial or two"),
            ("hat=0..1/3", "not a dial"),
            ("levels=0,1", "no order"),
            ("agents", "which values"),
            ("agents=0..7/3", "both ends"),
            ("rate=nan..1/3", "both ends"),
            ("game=1..2/3", "no range"),
            ("rate=1..0.5/3", "below the second"),
            ("rate=1..2/1", "2 to 500"),
            ("rate=1..2/999999999999", "2 to 500"),
            ("rate=1..2", "random=40"),
            ("talk;talk", "different"),
            ("talk;metric=gain", "not measured"),
            ("talk;seeds=0", "seeds: a whole number"),
            ("game=poker", "this dial takes one of"),
        ] {
            let says = Plan::read(&sheet(), text).unwrap_err();
            assert!(says.contains(part), "{text}: {says}");
        }
    }

    #[test]
    fn a_grid_has_every_pair_once_and_its_ends() {
        let plan = Plan::read(&sheet(), "rate=0.01..1/3;agents=2..4/9").unwrap();
        let points = plan.points(&sheet(), 1);
        assert_eq!(points.len(), 9, "three rates by ratio, and no whole number twice");
        assert_eq!(points[0], [Value::from(0.01), Value::from(2)]);
        assert_eq!(points[4], [Value::from(0.1), Value::from(3)]);
        assert_eq!(points[8], [Value::from(1.0), Value::from(4)]);
    }

    #[test]
    fn scattered_points_fill_their_ranges_evenly() {
        let plan = Plan::read(&sheet(), "rate=0.01..1;agents=2..100;random=400").unwrap();
        let points = plan.points(&sheet(), 1);
        assert_eq!(points.len(), 400);
        let mut cells = [0; 16];
        for point in &points {
            let x = (libm::log10(point[0].as_f64().unwrap()) + 2.0) * 2.0;
            let y = (point[1].as_f64().unwrap() - 2.0) / 24.5;
            cells[(x as usize).min(3) * 4 + (y as usize).min(3)] += 1;
        }
        assert!(cells.iter().all(|n| (20..=30).contains(n)), "25 each, nearly: {cells:?}");
        assert_ne!(points[0], plan.points(&sheet(), 2)[0], "the seed moves them");
    }

    #[test]
    fn more_runs_than_the_bound_are_refused() {
        let plan = Plan::read(&sheet(), "rate=0.01..1/100;agents=2..10/9;seeds=50").unwrap();
        let says = plan.trials(&sheet(), &sheet().scenario()).unwrap_err();
        assert!(says.contains("1 to 3000") && says.contains("90000"), "{says}");
    }
}
