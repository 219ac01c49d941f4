//! One rule for every verdict: systems/README.md, section 3. One statistic a seed, differences paired by seed, the
//! 95 % interval of `stats`, and the side it lies on.

use crate::stats;
use lexicon::claim::{join, trial};
use lexicon::link::canonical;
use lexicon::*;

/// Readings that `At::Tail` averages.
const TAIL: usize = 5;

/// Judges a claim over its finished trials (`claim::trials` names them; results are keyed by canonical link).
/// A trial that is missing or failed, or a value that is undefined, makes the claim inconclusive.
/// The error is a claim that names what does not exist.
pub fn judge(sheet: &Sheet, claim: &Claim, results: &Results) -> Result<Verdict, Fault> {
    if claim.seeds < SEEDS_MIN {
        return Ok(open(format!(
            "too few seeds: {}, at least {SEEDS_MIN} are needed",
            claim.seeds
        )));
    }
    let bench = Bench { sheet, setting: claim.setting, seeds: claim.seeds, results };
    match bench.test(&claim.test) {
        Ok(verdict) => Ok(verdict),
        Err(Stop::Open(why)) => Ok(open(why)),
        Err(Stop::Fault(fault)) => Err(fault),
    }
}

fn open(why: String) -> Verdict {
    Verdict::Inconclusive { why, effect: None }
}

/// Why a statistic could not be had.
enum Stop {
    /// The claim stays open: a sentence for the person.
    Open(String),
    /// The claim is malformed.
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(fault)
    }
}

/// What a claim is judged on.
#[derive(Clone, Copy)]
struct Bench<'a> {
    sheet: &'a Sheet,
    setting: &'a str,
    seeds: u32,
    results: &'a Results,
}

/// One number a seed.
type Sample = Vec<f64>;

impl Bench<'_> {
    fn test(&self, test: &Test) -> Result<Verdict, Stop> {
        match *test {
            Test::Lower { metric, arm, than, at, ratio } => {
                let (arm, than) = (self.bare(&metric, arm, at)?, self.bare(&metric, than, at)?);
                let sized = ratio >= 1.0 || mean(&arm) <= ratio * mean(&than);
                Ok(side(&minus(&than, &arm), sized, -1.0))
            }
            Test::Higher { metric, arm, than, at, ratio } => {
                let (arm, than) = (self.bare(&metric, arm, at)?, self.bare(&metric, than, at)?);
                let sized = ratio <= 1.0 || mean(&arm) >= ratio * mean(&than);
                Ok(side(&minus(&arm, &than), sized, 1.0))
            }
            Test::Between { metric, arm, at, low, high } => {
                Ok(band(effect(&self.bare(&metric, arm, at)?), low, high))
            }
            Test::Within { metric, arm, than, at, margin } => {
                self.gap(&metric, [arm, than], at, [-margin, margin])
            }
            Test::Gap { metric, arm, than, at, low, high } => {
                self.gap(&metric, [arm, than], at, [low, high])
            }
            Test::NoneShown { metric, arm, than, at } => {
                let (arm, than) = (self.bare(&metric, arm, at)?, self.bare(&metric, than, at)?);
                let effect = effect(&minus(&arm, &than));
                let holds = effect.low <= 0.0 && 0.0 <= effect.high;
                Ok(if holds { Verdict::Reproduced(effect) } else { Verdict::NotReproduced(effect) })
            }
            Test::Ordered { metric, arms, at } => self.ordered(&metric, arms, at),
            Test::Trend { metric, arm, at, dial, values, rises } => {
                self.trend(&metric, arm, at, dial, values, rises)
            }
            Test::Interaction { metric, pair, other, at } => {
                let gap = |of: [&str; 2]| -> Result<Sample, Stop> {
                    Ok(minus(&self.bare(&metric, of[0], at)?, &self.bare(&metric, of[1], at)?))
                };
                Ok(side(&minus(&gap(pair)?, &gap(other)?), true, 1.0))
            }
            Test::BestDial { metric, arm, at, dial, values, here, there } => {
                let best = |setting| self.best_dial(&metric, arm, at, dial, values, setting);
                Ok(side(&minus(&best(here)?, &best(there)?), true, 1.0))
            }
            Test::Share { metric, arm, than, at, cells, margin, at_least } => {
                self.share(&metric, [arm, than], at, cells, margin, at_least)
            }
            Test::Exactly { metric, arm, at, value } => {
                Ok(exactly(&self.bare(&metric, arm, at)?, value))
            }
            Test::All(parts) => {
                let verdicts: Result<Vec<_>, _> =
                    parts.iter().map(|part| self.test(part)).collect();
                Ok(worst(verdicts?))
            }
            Test::AtLeast { parts, count } => self.at_least(parts, count),
        }
    }

    fn gap(
        &self,
        metric: &Metric,
        of: [&str; 2],
        at: At,
        limits: [f64; 2],
    ) -> Result<Verdict, Stop> {
        let differences = minus(&self.bare(metric, of[0], at)?, &self.bare(metric, of[1], at)?);
        Ok(band(effect(&differences), limits[0], limits[1]))
    }

    /// Every neighboring difference on the claimed side.
    fn ordered(&self, metric: &Metric, arms: &[&str], at: At) -> Result<Verdict, Stop> {
        let samples: Result<Vec<Sample>, Stop> =
            arms.iter().map(|arm| self.bare(metric, arm, at)).collect();
        Ok(worst(
            samples?.windows(2).map(|pair| side(&minus(&pair[1], &pair[0]), true, -1.0)).collect(),
        ))
    }

    /// The slope of each seed's own least-squares line over the dial.
    fn trend(
        &self,
        metric: &Metric,
        arm: &str,
        at: At,
        dial: &str,
        values: &[f64],
        rises: bool,
    ) -> Result<Verdict, Stop> {
        let samples = self.over_dial(metric, arm, at, dial, values, "")?;
        let slope = |seed: usize| {
            let seen: Vec<f64> = samples.iter().map(|sample| sample[seed]).collect();
            stats::line(values, &seen).map(|line| line.slope)
        };
        let slopes: Option<Sample> = (0..self.seeds as usize).map(slope).collect();
        let slopes =
            slopes.ok_or_else(|| Stop::Open(format!("{dial} takes fewer than two values")))?;
        let sign = if rises { 1.0 } else { -1.0 };
        Ok(side(&slopes.iter().map(|s| sign * s).collect::<Sample>(), true, sign))
    }

    /// For each seed the value of the dial at which the metric is best; of equals the first listed.
    fn best_dial(
        &self,
        metric: &Metric,
        arm: &str,
        at: At,
        dial: &str,
        values: &[f64],
        setting: &str,
    ) -> Result<Sample, Stop> {
        let sign = direction(metric)?;
        let samples = self.over_dial(metric, arm, at, dial, values, setting)?;
        Ok((0..self.seeds as usize)
            .map(|seed| values[best_of(samples.iter().map(|sample| sign * sample[seed]))])
            .collect())
    }

    fn over_dial(
        &self,
        metric: &Metric,
        arm: &str,
        at: At,
        dial: &str,
        values: &[f64],
        setting: &str,
    ) -> Result<Vec<Sample>, Stop> {
        values
            .iter()
            .map(|v| self.sample(metric, arm, at, &join(setting, &format!("{dial}={v}"))))
            .collect()
    }

    /// A share of settings needs all seeds at once: seeds are resampled and the share is computed anew.
    fn share(
        &self,
        metric: &Metric,
        of: [&str; 2],
        at: At,
        cells: &[&str],
        margin: f64,
        at_least: f64,
    ) -> Result<Verdict, Stop> {
        let sign = direction(metric)?;
        let gaps: Result<Vec<Sample>, Stop> = cells
            .iter()
            .map(|cell| {
                Ok(minus(
                    &self.sample(metric, of[0], at, cell)?,
                    &self.sample(metric, of[1], at, cell)?,
                ))
            })
            .collect();
        let gaps = gaps?;
        let share = |drawn: &[usize]| {
            let holds = |gap: &&Sample| {
                let lead = sign * drawn.iter().map(|i| gap[*i]).sum::<f64>() / drawn.len() as f64;
                lead >= -margin
            };
            gaps.iter().filter(holds).count() as f64 / gaps.len().max(1) as f64
        };
        let seeds = self.seeds as usize;
        let mean = share(&(0..seeds).collect::<Vec<_>>());
        let (low, high) = stats::resampled_interval(seeds, share).unwrap_or((mean, mean));
        Ok(band(Effect { mean, low, high, d: 0.0, seeds: self.seeds }, at_least, f64::INFINITY))
    }

    /// Counts the parts that are reproduced. The effect is that count, its interval what the open parts leave room
    /// for: from the parts reproduced to the parts not refuted.
    fn at_least(&self, parts: &[Test], count: u32) -> Result<Verdict, Stop> {
        let mut tally = [0u32; 4];
        let mut whys = Vec::new();
        for part in parts {
            let verdict = match self.test(part) {
                Err(Stop::Open(why)) => open(why),
                other => other?,
            };
            tally[verdict.rank() as usize] += 1;
            if let Verdict::Inconclusive { why, .. } = verdict {
                whys.push(why);
            }
        }
        let [refuted, unclear, directed, held] = tally;
        let parts = parts.len() as u32;
        let effect = Effect {
            mean: held.into(),
            low: held.into(),
            high: (parts - refuted).into(),
            d: 0.0,
            seeds: self.seeds,
        };
        Ok(if held >= count {
            Verdict::Reproduced(effect)
        } else if parts - refuted < count {
            Verdict::NotReproduced(effect)
        } else if held + directed >= count {
            Verdict::DirectionOnly(effect)
        } else {
            let first = whys.first().map_or(String::new(), |why| format!(": {why}"));
            let why = format!(
                "{held} of {parts} parts are reproduced, {count} are needed, {unclear} are open{first}"
            );
            Verdict::Inconclusive { why, effect: Some(effect) }
        })
    }

    fn bare(&self, metric: &Metric, address: &str, at: At) -> Result<Sample, Stop> {
        self.sample(metric, address, at, "")
    }

    /// One number a seed for an address under an extra setting. Of alternatives (` | `) each seed takes the one that
    /// is best on the other seeds.
    fn sample(&self, metric: &Metric, address: &str, at: At, extra: &str) -> Result<Sample, Stop> {
        let setting = join(self.setting, extra);
        let alternatives: Result<Vec<Sample>, Stop> = address
            .split(" | ")
            .map(|one| {
                (1..=self.seeds).map(|seed| self.value(metric, one, at, &setting, seed)).collect()
            })
            .collect();
        let mut alternatives = alternatives?;
        if alternatives.len() == 1 {
            return Ok(alternatives.remove(0));
        }
        let sign = direction(metric)?;
        Ok((0..self.seeds as usize)
            .map(|seed| {
                let others = |sample: &Sample| -> f64 {
                    sample.iter().enumerate().filter(|(i, _)| *i != seed).map(|(_, v)| v).sum()
                };
                alternatives[best_of(alternatives.iter().map(|sample| sign * others(sample)))][seed]
            })
            .collect())
    }

    fn value(
        &self,
        metric: &Metric,
        one: &str,
        at: At,
        setting: &str,
        seed: u32,
    ) -> Result<f64, Stop> {
        let scenario = trial(self.sheet, one, setting, seed)?;
        let name = || {
            let arm = self.sheet.arm(&scenario.arms[0]).map_or("", |arm| arm.label);
            format!("{arm}, seed {seed}")
        };
        let Some(outcome) = self.results.get(&canonical(self.sheet, &scenario)) else {
            return Err(Stop::Open(format!("{} has not run", name())));
        };
        if let Some(fault) = &outcome.fault {
            return Err(Stop::Open(format!("{}: {fault}", name())));
        }
        let readings = outcome.readings.get(metric.id).map_or(&[][..], Vec::as_slice);
        taken(metric, readings, at)
            .filter(|v| v.is_finite())
            .ok_or_else(|| Stop::Open(format!("{}: {} is undefined", name(), metric.label)))
    }
}

/// One number of one job's readings; `None` where it is undefined.
fn taken(metric: &Metric, readings: &[(u32, f64)], at: At) -> Option<f64> {
    let values = || readings.iter().map(|(_, v)| *v);
    match at {
        At::Last => readings.last().map(|(_, v)| *v),
        At::Tail => {
            let tail: Sample = values().skip(readings.len().saturating_sub(TAIL)).collect();
            stats::mean(&tail)
        }
        At::Round(round) => readings.iter().rev().find(|(r, _)| *r <= round).map(|(_, v)| *v),
        At::Mean => stats::mean(&values().collect::<Sample>()),
        At::Sum => (!readings.is_empty()).then(|| values().sum()),
        At::Best => match metric.better {
            Better::Lower => values().reduce(f64::min),
            Better::Higher => values().reduce(f64::max),
            Better::Neither => None,
        },
    }
}

/// +1 where more is better, -1 where less is.
fn direction(metric: &Metric) -> Result<f64, Stop> {
    match metric.better {
        Better::Higher => Ok(1.0),
        Better::Lower => Ok(-1.0),
        Better::Neither => Err(Stop::Open(format!("{} has no better side", metric.label))),
    }
}

/// The place of the largest value; of equals the first.
fn best_of(values: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, value) in values.enumerate() {
        if value > best.1 {
            best = (place, value);
        }
    }
    best.0
}

fn minus(a: &[f64], b: &[f64]) -> Sample {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn mean(sample: &[f64]) -> f64 {
    stats::mean(sample).unwrap_or(0.0)
}

fn effect(sample: &[f64]) -> Effect {
    // Adding 0 makes -0 a plain 0.
    let mean = mean(sample) + 0.0;
    let (low, high) = stats::mean_interval(sample).unwrap_or((mean, mean));
    Effect {
        mean,
        low: low + 0.0,
        high: high + 0.0,
        d: stats::cohen_d(sample),
        seeds: sample.len() as u32,
    }
}

/// `lead` is positive on the claimed side; the effect is shown with `sign`, as the claim writes its difference.
fn side(lead: &[f64], sized: bool, sign: f64) -> Verdict {
    let shown: Sample = lead.iter().map(|v| sign * v).collect();
    let effect = effect(&shown);
    let (near, far) =
        if sign > 0.0 { (effect.low, effect.high) } else { (-effect.high, -effect.low) };
    if near > 0.0 && sized {
        Verdict::Reproduced(effect)
    } else if near > 0.0 {
        Verdict::DirectionOnly(effect)
    } else if far < 0.0 {
        Verdict::NotReproduced(effect)
    } else {
        let why = "the interval holds both sides".to_string();
        Verdict::Inconclusive { why, effect: Some(effect) }
    }
}

fn band(effect: Effect, low: f64, high: f64) -> Verdict {
    if low <= effect.low && effect.high <= high {
        Verdict::Reproduced(effect)
    } else if effect.high < low || high < effect.low {
        Verdict::NotReproduced(effect)
    } else {
        let why = "the interval reaches over the limit".to_string();
        Verdict::Inconclusive { why, effect: Some(effect) }
    }
}

/// Every seed, up to the last places of the floating point; one failure is not reproduced.
fn exactly(sample: &[f64], value: f64) -> Verdict {
    let holds = |v: &f64| (v - value).abs() <= 1e-9 * value.abs().max(1.0);
    let effect = effect(sample);
    if sample.iter().all(holds) {
        Verdict::Reproduced(effect)
    } else {
        Verdict::NotReproduced(effect)
    }
}

/// Of equally bad ones the first. Nothing to judge is nothing shown.
fn worst(verdicts: Vec<Verdict>) -> Verdict {
    let first = verdicts.into_iter().min_by_key(Verdict::rank);
    first.unwrap_or_else(|| open("there is nothing to compare".to_string()))
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
