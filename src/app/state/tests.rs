//! The page's rules, without a browser.

use super::*;
use crate::pool::Rank;
use serde_json::Value;

mod own;
mod rest;

const LOSS: Metric = Metric::lower("loss", "Loss", "");
const GAIN: Metric = Metric::higher("gain", "Gain", "");

const CARD: Card = Card {
    id: "toy",
    version: 1,
    past: &[],
    title: "Toy",
    says: "A toy.",
    family: Family::Consensus,
    paper: Paper { title: "None", authors: "Nobody", year: 2026, arxiv: None },
    rounds: Horizon { default: 100, max: 1_000 },
    views: &["one", "two"],
    metrics: &[LOSS, GAIN],
    claims: &[Claim {
        id: "c1",
        says: "A is lower.",
        source: "here",
        tests: "a - b",
        setting: "rounds=10",
        seeds: 5,
        test: Test::Lower { metric: LOSS, arm: "a", than: "b", at: At::Last, ratio: 1.0 },
        expect: Expect::Reproduced,
    }],
    presets: &[Preset { id: "hot", label: "Hot", query: "heat=0.9" }],
    real: Real { trains: false, surrogate_minds: false },
    about: "toy.md",
};

pub(super) fn sheet() -> Sheet {
    let arms: [ArmCard<()>; 3] = [
        ArmCard::method((), "a", "A"),
        ArmCard::baseline((), "b", "B"),
        ArmCard::baseline((), "c", "C").extra(),
    ];
    let heat = Dial {
        name: "heat".into(),
        label: "Heat".into(),
        help: String::new(),
        unit: String::new(),
        symbol: String::new(),
        kind: Kind::Real { min: 0.0, max: 1.0, log: false, step: None },
        default: Value::from(0.5),
        paper: None,
        advanced: false,
        with_data: None,
        by_client: false,
    };
    Sheet {
        card: CARD,
        arms: arms.iter().map(|a| ArmInfo { asks: a.info.id == "a", ..a.info }).collect(),
        dials: vec![heat],
    }
}

pub(super) fn toys() -> Vec<Brief> {
    vec![Brief::of(&sheet(), None)]
}

pub(super) fn opened(link: &str) -> (Model, Vec<Effect>) {
    let mut model = Model::new(toys());
    model.rest = Rest::Here;
    model.give(sheet());
    let effects = update(&mut model, Msg::Address(link.into()));
    (model, effects)
}

pub(super) fn lab(model: &Model) -> &Lab {
    model.lab().expect("a lab is open")
}

pub(super) fn starts(effects: &[Effect]) -> Vec<(u32, Job, Rank)> {
    let start = |e: &Effect| match e {
        Effect::Start { run, job, rank, .. } => Some((*run, job.clone(), *rank)),
        _ => None,
    };
    effects.iter().filter_map(start).collect()
}

fn stops(effects: &[Effect]) -> usize {
    effects.iter().filter(|e| matches!(e, Effect::Stop { .. })).count()
}

pub(super) fn pushed(effects: &[Effect]) -> Option<&str> {
    effects.iter().find_map(|e| match e {
        Effect::Address { hash, push: true } => Some(hash.as_str()),
        _ => None,
    })
}

fn dial(text: &str, commit: bool) -> Msg {
    Msg::Dial { name: "heat".into(), text: text.into(), commit }
}

fn rounds(model: &mut Model, run: u32, from: u32, to: u32) {
    let rounds = (from..=to)
        .map(|index| Round {
            index,
            readings: [("loss".to_string(), f64::from(run))].into(),
            lines: vec![],
        })
        .collect();
    update(model, Msg::Worker { run, message: FromWorker::Rounds { run, rounds, scenes: vec![] } });
}

#[test]
fn a_bare_link_runs_the_default_arms_with_five_seeds_the_watched_one_first() {
    let (model, effects) = opened("#/toy");
    let all = starts(&effects);
    assert_eq!(all.len(), 10);
    assert!(all[..2].iter().all(|(_, job, rank)| job.seed == 1 && *rank == Rank::Stage));
    assert!(all[2..].iter().all(|(_, job, rank)| job.seed > 1 && *rank == Rank::Band));
    assert!(lab(&model).transport.playing);
}

#[test]
fn a_dial_restarts_the_run_and_the_address_follows_when_it_is_let_go() {
    let (mut model, _) = opened("#/toy");
    let effects = update(&mut model, dial("0.7", false));
    assert_eq!((stops(&effects), starts(&effects).len(), pushed(&effects)), (10, 10, None));
    let effects = update(&mut model, dial("0.8", false));
    assert_eq!(starts(&effects).len(), 10);
    let effects = update(&mut model, dial("0.8", true));
    assert_eq!(starts(&effects).len(), 0, "letting go where it stands starts nothing anew");
    assert_eq!(pushed(&effects), Some("#/toy?heat=0.8&v=1"));
    update(&mut model, Msg::Undo);
    assert!(lab(&model).scenario.params.is_empty(), "one drag is one step of undo");
    update(&mut model, Msg::Redo);
    assert_eq!(lab(&model).link(), "#/toy?heat=0.8&v=1");
}

#[test]
fn a_refused_value_is_named_kept_and_the_run_waits() {
    let (mut model, _) = opened("#/toy");
    for text in ["7", "NaN", "", "-0.1", "hot", "1e999"] {
        let effects = update(&mut model, dial(text, true));
        assert_eq!(starts(&effects).len(), 0, "{text}");
        let issue = &lab(&model).issues[0];
        assert!(issue.says.contains("from 0 to 1"), "{issue}");
    }
    assert_eq!(lab(&model).scenario.params.len(), 0, "the last good value stays");
    let effects = update(&mut model, dial("0.5", true));
    assert_eq!((starts(&effects).len(), lab(&model).issues.len()), (10, 0));
}

#[test]
fn a_rule_that_only_the_worker_knows_is_shown_at_its_dial() {
    let (mut model, effects) = opened("#/toy");
    let run = starts(&effects)[0].0;
    let issue = Issue { dial: "heat".into(), given: "0.5".into(), says: "too hot".into() };
    let message = FromWorker::Failed { run, fault: Fault::Params(vec![issue.clone()]) };
    let effects = update(&mut model, Msg::Worker { run, message });
    assert_eq!((stops(&effects), &lab(&model).issues), (10, &vec![issue]));
    assert_eq!(starts(&update(&mut model, dial("0.7", true))).len(), 10);
}

#[test]
fn rounds_of_a_stopped_run_are_passed_over() {
    let (mut model, effects) = opened("#/toy");
    update(&mut model, dial("0.7", true));
    rounds(&mut model, starts(&effects)[0].0, 1, 5);
    assert_eq!(lab(&model).history.tracks().count(), 0);
}

#[test]
fn the_playhead_waits_for_the_slower_arm_and_more_is_allowed_as_it_moves() {
    let (mut model, effects) = opened("#/toy?rounds=1000");
    let stage = starts(&effects);
    rounds(&mut model, stage[0].0, 1, 80);
    rounds(&mut model, stage[1].0, 1, 40);
    assert_eq!(lab(&model).available(), 40);
    let mut allowed = Vec::new();
    for frame in 0..400 {
        allowed.extend(update(&mut model, Msg::Frame { now_ms: f64::from(frame) * 16.0 }));
    }
    assert_eq!(lab(&model).transport.playhead, 40);
    assert!(allowed.iter().any(|e| matches!(e, Effect::Allow { until, .. } if *until > 100)));
}

#[test]
fn a_claim_runs_its_trials_once_and_is_then_judged() {
    let (mut model, _) = opened("#/toy");
    let started = starts(&update(&mut model, Msg::RunClaim("c1".into())));
    assert_eq!(started.len(), 10);
    assert!(
        starts(&update(&mut model, Msg::RunClaim("c1".into()))).is_empty(),
        "it is under way already"
    );
    let mut last = Vec::new();
    for (run, ..) in &started {
        rounds(&mut model, *run, 1, 10);
        last = update(
            &mut model,
            Msg::Worker { run: *run, message: FromWorker::Finished { run: *run } },
        );
    }
    let [Effect::Judge(ToWorker::Judge { ticket, results, .. })] = &last[..] else {
        panic!("{last:?}")
    };
    assert_eq!(results.len(), 10);
    let effect = lexicon::Effect { mean: -1.0, low: -2.0, high: -0.5, d: 1.0, seeds: 5 };
    let message = FromWorker::Judged { ticket: *ticket, verdict: Ok(Verdict::Reproduced(effect)) };
    update(&mut model, Msg::Worker { run: 0, message });
    assert!(matches!(lab(&model).claims["c1"], ClaimRun::Judged(Verdict::Reproduced(_))));
    let again = update(&mut model, Msg::RunClaim("c1".into()));
    assert!(matches!(again[..], [Effect::Judge(_)]), "what is known is not computed again");
}

#[test]
fn a_sweep_runs_every_cell_for_every_arm_and_seed_and_leaves_broken_cells_out() {
    let (mut model, _) = opened("#/toy?rounds=10");
    let plan = Plan::read(&sheet(), "heat=0.13,0.5,1;seeds=2").expect("a plan");
    let started = starts(&update(&mut model, Msg::StartSweep(plan)));
    assert_eq!(started.len(), 12, "three cells, two arms, two seeds");
    for (at, (run, ..)) in started.iter().enumerate() {
        // The first cell breaks a rule across dials, which only the worker knows.
        let message = if at < 4 {
            FromWorker::Failed { run: *run, fault: Fault::Params(Vec::new()) }
        } else {
            rounds(&mut model, *run, 1, 10);
            FromWorker::Finished { run: *run }
        };
        update(&mut model, Msg::Worker { run: *run, message });
    }
    let lab = lab(&model);
    let sweep = lab.sweep.as_ref().expect("the sweep stays");
    assert!(sweep.batch.done());
    let value = |heat: f64| {
        sweep.plan.value(&lab.sheet, &sweep.base, &lab.results, "a", &[Value::from(heat)])
    };
    assert_eq!(value(0.13), None);
    assert!(value(0.5).is_some_and(|mean| mean.seeds == 2));
    let table = sweep.plan.csv(&lab.sheet, &sweep.base, &lab.results);
    assert_eq!(table.lines().count(), 1 + 2 * 2, "{table}");
    let huge = Plan::read(&sheet(), "heat=0..1/500;seeds=5").expect("a plan");
    assert!(starts(&update(&mut model, Msg::StartSweep(huge))).is_empty());
    assert!(model.toast.is_some());
}

#[test]
fn a_started_sweep_stands_in_the_link_and_an_opened_one_waits() {
    let (mut model, _) = opened("#/toy?rounds=10");
    let plan = Plan::read(&sheet(), "heat=0..1/3;seeds=1").expect("a plan");
    update(&mut model, Msg::StartSweep(plan.clone()));
    let link = lab(&model).shared_link(false);
    assert!(link.contains("sweep=heat=0..1/3;metric=loss;seeds=1"), "{link}");
    let (other, _) = opened(&link);
    assert_eq!(lab(&other).view.sweep, Some(plan));
    assert!(lab(&other).sweep.is_none(), "nothing runs that nobody started");
    update(&mut model, Msg::StopSweep);
    assert!(!lab(&model).link().contains("sweep="));
    let (broken, _) = opened("#/toy?sweep=heat=7..9/3");
    assert!(lab(&broken).issues.is_empty() && lab(&broken).notices[0].contains("both ends"));
}

#[test]
fn metrics_that_a_setting_reads_come_before_those_of_another() {
    let (mut model, _) = opened("#/toy?rounds=20&seeds=1&arms=a");
    let order =
        |model: &Model| -> Vec<&str> { lab(model).metrics().iter().map(|m| m.id).collect() };
    let gains = |model: &mut Model, from: u32, to: u32| {
        let round = |index| Round {
            index,
            readings: [("gain".to_string(), 1.0)].into(),
            lines: Vec::new(),
        };
        let rounds = (from..=to).map(round).collect();
        let message = FromWorker::Rounds { run: 1, rounds, scenes: Vec::new() };
        update(model, Msg::Worker { run: 1, message });
    };
    gains(&mut model, 1, 9);
    assert_eq!(order(&model), ["loss", "gain"], "a sparse metric may still come");
    gains(&mut model, 10, 10);
    assert_eq!(order(&model), ["gain", "loss"]);
    update(&mut model, Msg::Preset("hot".into()));
    assert_eq!(order(&model), ["loss", "gain"], "another setting is another question");
}

#[test]
fn going_back_to_the_gallery_stops_everything() {
    let (mut model, _) = opened("#/toy");
    let effects = update(&mut model, Msg::Address("#/".into()));
    assert_eq!(stops(&effects), 10);
    assert!(matches!(model.place, Place::Gallery(_)));
}

#[test]
fn presets_arms_seeds_and_rounds_change_the_link() {
    let (mut model, _) = opened("#/toy");
    update(&mut model, Msg::Preset("hot".into()));
    update(&mut model, Msg::Arm { id: "c".into(), on: true });
    update(&mut model, Msg::Arm { id: "a".into(), on: false });
    update(&mut model, Msg::Seeds("3".into()));
    update(&mut model, Msg::FirstSeed("7".into()));
    update(&mut model, Msg::Rounds("20".into()));
    assert_eq!(lab(&model).link(), "#/toy?heat=0.9&arms=b,c&seed=7&seeds=3&rounds=20&v=1");
    update(&mut model, Msg::Rounds("0".into()));
    assert!(lab(&model).issues[0].says.contains("1 to 1000"));
}

fn connection(address: &str) -> Connection {
    use crate::oracle::{Key, Limits, Way};
    let way = Way::Endpoint(address.into());
    Connection { way, model: "small".into(), key: Key::new("sk-hidden"), limits: Limits::DEFAULT }
}

fn minds(effects: &[Effect]) -> Vec<(Minds, u32)> {
    let start = |e: &Effect| match e {
        Effect::Start { minds, until, .. } => Some((*minds, *until)),
        _ => None,
    };
    effects.iter().filter_map(start).collect()
}

#[test]
fn a_connected_model_answers_for_the_stage_alone_and_one_round_ahead() {
    let (mut model, effects) = opened("#/toy?rounds=50");
    assert!(minds(&effects).iter().all(|(m, _)| *m == Minds::Surrogate));
    let asked = update(&mut model, Msg::Dialog(Some(Dialog::Mind)));
    let [Effect::Judge(ToWorker::Asks { ticket, scenario })] = &asked[..] else {
        panic!("the system is not asked what it would ask: {asked:?}");
    };
    assert_eq!(*scenario, lab(&model).scenario);
    let asks = Some(Asks { calls: 10, tokens: 2_000 });
    let late = FromWorker::Asks { ticket: ticket - 1, asks: None };
    for message in [FromWorker::Asks { ticket: *ticket, asks }, late] {
        update(&mut model, Msg::Worker { run: 0, message });
    }
    assert_eq!(lab(&model).asks, Some(Asks { calls: 500, tokens: 100_000 }));
    let effects = update(&mut model, Msg::Connect(connection("http://localhost:1/v1")));
    assert!(matches!(effects[0], Effect::Connect(_)));
    assert_eq!(minds(&effects), [(Minds::Connected, 1); 2]);
    assert_eq!(lab(&model).jobs().len(), 2);
    // Claims stay with the surrogates.
    let trials = minds(&update(&mut model, Msg::RunClaim("c1".into())));
    assert!(!trials.is_empty() && trials.iter().all(|(m, _)| *m == Minds::Surrogate));
    let effects = update(&mut model, Msg::Disconnect);
    assert!(matches!(effects[0], Effect::Disconnect));
    assert_eq!(minds(&effects).len(), 10);
}

#[test]
fn results_of_a_connected_model_are_marked_and_the_key_is_in_no_export_and_no_link() {
    let (mut model, effects) = opened("#/toy?rounds=2&arms=a");
    let plain = crate::export::csv(lab(&model));
    assert!(
        plain.starts_with("system,arm,seed,round,metric,value\n") && !starts(&effects).is_empty()
    );
    let effects = update(&mut model, Msg::Connect(connection("https://a.example/v1")));
    let run = starts(&effects)[0].0;
    rounds(&mut model, run, 1, 2);
    let lab = lab(&model);
    let all = [
        crate::export::csv(lab),
        crate::export::json(lab),
        crate::export::provenance(lab),
        lab.shared_link(true),
    ];
    assert!(all[0].contains(",your model: small\n") && all[1].contains("your model: small"));
    assert!(all[2].contains("your model small"), "{}", all[2]);
    let whole = format!("{all:?} {model:?} {effects:?}");
    assert!(!whole.contains("sk-hidden"));
    assert!(!all.concat().contains("a.example"));
}

#[test]
fn a_wrong_address_is_said_and_connects_nothing_and_leaving_the_system_lets_the_model_go() {
    let (mut model, _) = opened("#/toy");
    let effects = update(&mut model, Msg::Connect(connection("http://a.example/v1")));
    assert!(effects.is_empty() && model.mind.is_none());
    assert!(matches!(&model.mind_says, Some(Err(says)) if says.contains("localhost")));
    update(&mut model, Msg::Connect(connection("https://a.example/v1")));
    let effects = update(&mut model, Msg::Address("#/".into()));
    assert!(effects.iter().any(|e| matches!(e, Effect::Disconnect)) && model.mind.is_none());
}

#[test]
fn a_model_that_is_gone_says_why_and_its_results_stay_marked() {
    let (mut model, _) = opened("#/toy");
    update(&mut model, Msg::Connect(connection("https://a.example/v1")));
    update(&mut model, Msg::MindGone("The server refused the key.".into()));
    assert!(model.mind.is_none() && lab(&model).mind.as_deref() == Some("small"));
    update(&mut model, Msg::Play(false));
    assert!(!minds(&update(&mut model, Msg::Disconnect)).is_empty());
    assert!(lab(&model).mind.is_none() && lab(&model).transport.playing);
}

fn devices(effects: &[Effect]) -> Vec<Device> {
    let start = |e: &Effect| match e {
        Effect::Start { device, .. } => Some(*device),
        _ => None,
    };
    effects.iter().filter_map(start).collect()
}

fn seat_says(run: u32, on_gpu: bool, faster: bool) -> Msg {
    let message = FromWorker::Device { run, on_gpu, faster, says: "so it is".into() };
    Msg::Worker { run, message }
}

#[test]
fn one_run_measures_and_all_begin_anew_where_the_gpu_is_clearly_faster() {
    let (mut model, effects) = opened("#/toy");
    assert_eq!(devices(&effects)[..2], [Device::Auto, Device::Cpu]);
    assert_eq!(devices(&effects).iter().filter(|d| **d == Device::Auto).count(), 1);
    let run = starts(&effects)[0].0;
    assert!(update(&mut model, seat_says(run, false, false)).is_empty());
    assert!(!lab(&model).computed.on_gpu);
    let effects = update(&mut model, seat_says(run, false, true));
    assert_eq!(stops(&effects), 10);
    assert_eq!(devices(&effects), [Device::Gpu; 10]);
    assert!(lab(&model).computed.on_gpu && lab(&model).computed.says.is_some());
    // Another scenario is measured anew.
    let effects = update(&mut model, Msg::Seeds("2".into()));
    assert_eq!(devices(&effects)[..2], [Device::Auto, Device::Cpu]);
    assert!(!lab(&model).computed.on_gpu);
}

#[test]
fn what_a_gpu_had_part_in_has_no_digest_and_claims_stay_on_the_cpu() {
    let (mut model, effects) = opened("#/toy?rounds=2&arms=a&seeds=1&device=gpu");
    assert_eq!(devices(&effects), [Device::Gpu]);
    assert!(lab(&model).link().contains("device=gpu"));
    let run = starts(&effects)[0].0;
    update(&mut model, seat_says(run, true, false));
    rounds(&mut model, run, 1, 2);
    update(&mut model, Msg::Worker { run, message: FromWorker::Finished { run } });
    assert!(lab(&model).finished() && !lab(&model).replayable());
    assert!(crate::export::json(lab(&model)).contains("\"digest\": null"));
    assert!(crate::export::provenance(lab(&model)).contains("computed on a GPU"));
    // A device that is lost does not make the rounds before it the CPU's.
    update(&mut model, seat_says(run, false, false));
    assert!(!lab(&model).replayable());
    let trials = devices(&update(&mut model, Msg::RunClaim("c1".into())));
    assert!(!trials.is_empty() && trials.iter().all(|d| *d == Device::Cpu));
    let effects = update(&mut model, Msg::Device(Device::Cpu));
    assert_eq!(devices(&effects), [Device::Cpu]);
    assert!(!lab(&model).computed.on_gpu);
}

#[test]
fn a_link_with_another_device_starts_anew_and_an_unknown_one_is_refused_in_words() {
    let (mut model, _) = opened("#/toy");
    let effects = update(&mut model, Msg::Address("#/toy?device=cpu".into()));
    assert!(devices(&effects).iter().all(|d| *d == Device::Cpu) && stops(&effects) == 10);
    let (broken, _) = opened("#/toy?device=quantum");
    assert!(lab(&broken).issues[0].says.contains("auto, cpu or gpu"));
}
