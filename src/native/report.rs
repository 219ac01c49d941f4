//! Readings as CSV and JSON, and their digest.

use crate::jobs::{Progress, Task, run_all, tasks, with_own};
use engine::data::own::Samples;
use engine::run::Starter;
use lexicon::digest::Digest;
use lexicon::link::canonical;
use lexicon::{Outcome, Scenario, Sheet};
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::sync::Arc;

/// A scenario that has run.
pub struct Report {
    pub link: String,
    pub system: String,
    /// In the order of arms and seeds.
    pub jobs: Vec<(Task, Outcome)>,
}

impl Report {
    /// Runs all jobs of a scenario; `own`: what was read of its own data, where that is not in the link.
    pub fn of(
        starters: &[Starter],
        sheet: &Sheet,
        scenario: &Scenario,
        own: Option<&Arc<Samples>>,
        progress: &Progress,
    ) -> Self {
        let tasks = with_own(tasks(scenario), own);
        let outcomes = run_all(starters, &tasks, progress);
        let jobs = tasks.into_iter().zip(outcomes).collect();
        Self { link: canonical(sheet, scenario), system: scenario.system.clone(), jobs }
    }

    /// Of all readings, in order of arm, seed, metric, round: the page shows the same for the same link.
    pub fn digest(&self) -> String {
        let mut order: Vec<&(Task, Outcome)> = self.jobs.iter().collect();
        order.sort_by(|a, b| a.0.job.cmp(&b.0.job));
        let mut digest = Digest::default();
        for (task, outcome) in order {
            digest.add_outcome(&task.job.arm, task.job.seed, outcome);
        }
        digest.hex()
    }

    /// Long format, one reading a line, numbers in the shortest form that reads back to the same bits.
    pub fn csv(&self, to: &mut impl Write) -> io::Result<()> {
        writeln!(to, "system,arm,seed,round,metric,value")?;
        for (task, outcome) in &self.jobs {
            let head = format!("{},{},{}", self.system, task.job.arm, task.job.seed);
            for (round, metric, value) in by_round(outcome) {
                writeln!(to, "{head},{round},{metric},{value}")?;
            }
        }
        Ok(())
    }

    pub fn json(&self) -> Value {
        let job = |(task, outcome): &(Task, Outcome)| {
            let readings: Map<String, Value> =
                outcome.readings.iter().map(|(metric, all)| (metric.clone(), json!(all))).collect();
            json!({
                "arm": task.job.arm,
                "seed": task.job.seed,
                "fault": outcome.fault.as_ref().map(ToString::to_string),
                "readings": readings,
            })
        };
        json!({
            "system": self.system,
            "link": self.link,
            "digest": self.digest(),
            "jobs": self.jobs.iter().map(job).collect::<Vec<_>>(),
        })
    }
}

/// The readings of a job in order of round, then metric.
fn by_round(outcome: &Outcome) -> Vec<(u32, &str, f64)> {
    let mut all: Vec<(u32, &str, f64)> = outcome
        .readings
        .iter()
        .flat_map(|(metric, readings)| {
            readings.iter().map(|(round, v)| (*round, metric.as_str(), *v))
        })
        .collect();
    // Stable: metrics stay in their order within a round.
    all.sort_by_key(|(round, ..)| *round);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicon::{Fault, Job, Round, Table};

    fn report() -> Report {
        let job = |arm: &str, seed, value: f64| {
            let mut outcome = Outcome::default();
            for index in 1..=2 {
                let reading = |m: &str, v| (m.to_string(), v);
                let readings: Table<String, f64> =
                    [reading("loss", value / f64::from(index)), reading("accuracy", 0.1 + 0.2)]
                        .into();
                outcome.add(&Round { index, readings, lines: vec![] });
            }
            let scenario = Scenario {
                system: "toy".into(),
                version: 1,
                arms: vec![],
                seed: 1,
                seeds: 2,
                rounds: 2,
                params: Map::new(),
                data: None,
            };
            (Task { scenario, job: Job { arm: arm.into(), seed }, own: None }, outcome)
        };
        let jobs = vec![job("b", 1, 1.0), job("a", 1, 3.0)];
        Report { link: "#/toy?v=1".into(), system: "toy".into(), jobs }
    }

    #[test]
    fn the_table_is_long_and_reads_back_to_the_same_bits() {
        let mut bytes = Vec::new();
        report().csv(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 9);
        assert_eq!(
            lines[..3],
            [
                "system,arm,seed,round,metric,value",
                "toy,b,1,1,accuracy,0.30000000000000004",
                "toy,b,1,1,loss,1"
            ]
        );
        assert_eq!(lines[8], "toy,a,1,2,loss,1.5");
        assert_eq!(
            "0.30000000000000004".parse::<f64>().unwrap().to_bits(),
            (0.1f64 + 0.2).to_bits()
        );
    }

    #[test]
    fn the_digest_does_not_depend_on_the_order_of_the_arms() {
        let (mut swapped, mut other) = (report(), report());
        swapped.jobs.reverse();
        assert_eq!(report().digest(), swapped.digest());
        other.jobs[0].1.readings.get_mut("loss").unwrap()[1].1 += 1e-16;
        assert_ne!(report().digest(), other.digest());
    }

    #[test]
    fn json_tells_which_job_failed_and_why() {
        let mut report = report();
        report.jobs[1].1.fault = Some(Fault::Diverged { what: "Loss".into(), round: 3 });
        let json = report.json();
        assert!(json["jobs"][0]["fault"].is_null());
        assert!(json["jobs"][1]["fault"].as_str().unwrap().contains("round 3"));
        assert_eq!(json["jobs"][1]["readings"]["loss"], json!([[1, 3.0], [2, 1.5]]));
    }
}
