//! The system against itself: the naive arm, protocols, policies, notices.

use super::days::Isolates;
use super::{Params, *};
use engine::run::{Host, Run, block_on, start, starter};
use std::collections::BTreeMap;

fn run(query: &str, arm: &str, seed: u32) -> Result<Run, Fault> {
    let entry = engine::run::entry::<LargePopulationModels>();
    let sheet = (entry.sheet)();
    let scenario = link::setting(&sheet, query)?;
    let job = Job { arm: arm.into(), seed };
    start(&[starter::<LargePopulationModels>()], &scenario, &job, Host::default())
}

fn rounds(query: &str, arm: &str, seed: u32) -> Vec<Round> {
    let mut run = run(query, arm, seed).unwrap_or_else(|fault| panic!("{fault}"));
    let mut all = Vec::new();
    loop {
        let (round, flow) = block_on(run.step()).unwrap();
        all.push(round);
        if flow == Flow::Done {
            return all;
        }
    }
}

fn readings(rounds: &[Round], metric: &Metric) -> Vec<f64> {
    rounds.iter().map(|r| r.readings[metric.id]).collect()
}

#[test]
fn objects_one_by_one_live_through_the_same_days_as_columns() {
    let query = "part=policy&agents=3000&rounds=40&weekly_r=4.5,3";
    let (columns, objects) = (rounds(query, "none", 3), rounds(query, "naive", 3));
    for metric in [&ATTACK, &NEW, &CARRIERS, &DEATHS, &PEAK_DAY] {
        assert_eq!(readings(&columns, metric), readings(&objects, metric), "{}", metric.id);
    }
    assert!(readings(&columns, &ATTACK)[39] > 0.1);
    assert!(readings(&objects, &BYTES_AGENT)[0] > readings(&columns, &BYTES_AGENT)[0]);
}

#[test]
fn protocols_change_who_knows_and_not_what_happens() {
    let query = "part=privacy&agents=3000&rounds=21&weekly_r=4.5";
    let plain = rounds(query, "plain", 2);
    for arm in ["shares", "shares_noise"] {
        let other = rounds(query, arm, 2);
        for metric in [&ATTACK, &NEW, &CALLS] {
            assert_eq!(readings(&plain, metric), readings(&other, metric), "{arm} {}", metric.id);
        }
        let off: f64 = readings(&other, &GAP).iter().sum();
        assert_eq!(off == 0.0, arm == "shares");
        assert!(readings(&other, &BYTES_SENT)[5] > 2.9 * readings(&plain, &BYTES_SENT)[5]);
    }
    assert!(readings(&plain, &LEAK1).iter().all(|leak| *leak == 1.0));
}

#[test]
fn a_calibration_comes_near_the_hidden_weeks() {
    let all = rounds("agents=10000&weekly_r=3.6,1.8", "grad", 1);
    let (loss, off) = (readings(&all, &LOSS), readings(&all, &RMSE_R));
    assert!(loss[19] < 0.2 * loss[0], "{loss:?}");
    assert!(off[19] < 0.5 * off[0], "{off:?}");
    assert_eq!((all.len(), readings(&all, &SIMULATIONS)[19]), (20, 60.0));
}

#[test]
fn what_does_not_fit_or_makes_no_sense_is_refused_with_the_dials_name() {
    let refused = |query: &str, dial: &str| {
        let says = run(query, "grad", 1).err().map(|f| f.to_string()).unwrap_or_default();
        assert!(says.contains(dial), "{query}: {says}");
    };
    refused("target=100,50", "target");
    refused("target=0,0,0", "target");
    refused("target=1e6,5,5", "week 1");
    refused("agents=1000000&weekly_r=2,2,2,2,2,2,2,2,2,2,2,2", "agents");
    assert!(run("target=900,500,100", "grad", 1).is_ok());
}

#[test]
fn nothing_to_spread_is_said_and_runs() {
    let all = rounds("part=policy&agents=1000&initial=0&rounds=3", "none", 1);
    assert!(all[0].lines[0].contains("nothing to spread"));
    assert_eq!(readings(&all, &ATTACK), [0.0; 3]);
}

#[test]
fn arms_differ_by_their_rules_alone() {
    let firsts: BTreeMap<&str, Option<u32>> =
        [("quarantine", Arm::Quarantine), ("early", Arm::Early), ("none", Arm::None)]
            .map(|(id, arm)| (id, Params::default().rules(arm).quarantine_from))
            .into();
    assert_eq!(firsts["quarantine"], Some(21));
    assert_eq!((firsts["early"], firsts["none"]), (Some(7), None));
    assert_eq!(Params::default().rules(Arm::Targeted).isolates, Isolates::Old);
    assert_eq!(Params::default().rules(Arm::Grad).isolates, Isolates::Everybody);
}
