use super::rule::{Encoder, Rule};
use super::swarm::scripted;
use super::*;
use engine::chance::Chance;

const CHANCE: Chance = Chance::new(5);
const TASKS: [Task; 3] = [Task::Vicsek, Task::Kuramoto, Task::Aggregation];

fn swarm(task: Task, agents: usize) -> Swarm {
    Swarm::new(task, agents, 0.15, &mut CHANCE.stream(0, "swarm"))
}

#[test]
fn an_encoded_swarm_has_a_mean_of_one_however_many_it_is() {
    for task in TASKS {
        for field in [Field::Rbf, Field::Hist] {
            for agents in [2, 30, 300] {
                let mut encoder = Encoder::new(task, field, 8, 1.0);
                let mut out = Vec::new();
                encoder.encode(&swarm(task, agents), &mut out);
                assert_eq!(out.len(), encoder.len());
                let mean = out.iter().sum::<f32>() / out.len() as f32;
                assert!(
                    (mean - 1.0).abs() < 1e-4 && out.iter().all(|v| *v >= 0.0),
                    "{task:?} {field:?} {mean}"
                );
            }
        }
    }
}

#[test]
fn a_histogram_counts_and_kernels_smooth_it() {
    let swarm = swarm(Task::Kuramoto, 200);
    let mut out = Vec::new();
    Encoder::new(Task::Kuramoto, Field::Hist, 8, 1.0).encode(&swarm, &mut out);
    let shares: Vec<f32> = out.iter().map(|v| v * 200.0 / 8.0).collect();
    assert!(shares.iter().all(|n| (n - n.round()).abs() < 1e-3), "{shares:?}");
    let spread = |v: &[f32]| v.iter().map(|x| (x - 1.0) * (x - 1.0)).sum::<f32>();
    let of_histogram = spread(&out);
    Encoder::new(Task::Kuramoto, Field::Rbf, 8, 1.0).encode(&swarm, &mut out);
    assert!(spread(&out) < of_histogram);
}

#[test]
fn a_rule_is_its_numbers_at_the_centers_and_blends_between_them() {
    let rule = Rule { actions: 1, width: 0.1 };
    // Means, then where the deviation lies in its range, for each center.
    let xi: Vec<f32> = [0.0, 0.2, -0.2, 0.9, -0.9].iter().flat_map(|mean| [*mean, -1.0]).collect();
    let mean = |seen| rule.at(&xi, seen)[0][0];
    assert!((mean([0.0, 0.8]) - 0.9).abs() < 1e-3 && (mean([0.0, -0.8]) + 0.9).abs() < 1e-3);
    assert!((mean([0.0, 0.4]) - 0.45).abs() < 1e-3);
    // exp(-3): the least deviation.
    assert!((rule.at(&xi, [0.0, 0.0])[0][1] - 0.0498).abs() < 1e-3);
    // Far from every center all count the same.
    assert!(rule.at(&xi, [1e9, 1e9])[0][0].abs() < 1e-6);
}

#[test]
fn classical_coupling_beats_doing_nothing_in_every_task() {
    for task in TASKS {
        let [idle, coupled] = [0.0, 3.0].map(|gain| {
            let mut swarm = swarm(task, 60);
            let mut noise = CHANCE.stream(1, "noise");
            let mut acted = Vec::new();
            (0..50)
                .map(|_| {
                    scripted(task, &swarm.seen, gain, &mut acted);
                    swarm.act(&acted, &mut noise)
                })
                .sum::<f64>()
        });
        assert!(coupled > idle + 0.3, "{task:?}: {coupled} against {idle}");
    }
}

#[test]
fn effort_is_one_when_everybody_turns_as_hard_as_it_can() {
    assert!((effort(&[1.0, -1.0, 1.0], 3) - 1.0).abs() < 1e-6);
    assert!((effort(&[1.0, 0.0, 0.0, -1.0], 2) - 1.0).abs() < 1e-6);
}

fn played(params: Params, arm: Arm, rounds: u32) -> DecPomfc {
    let mut ctx = Ctx::new(1);
    let mut system = DecPomfc::start(&params, arm, &mut ctx).expect("these dials are in range");
    for _ in 0..rounds {
        engine::run::block_on(system.step(&mut ctx)).expect("nothing diverges");
    }
    system
}

fn small(task: Task) -> Params {
    Params {
        task,
        n_train: 10,
        horizon: 10,
        episodes: 2,
        n_eval: vec![5.0, 20.0],
        ..Params::default()
    }
}

#[test]
fn every_arm_plays_every_task_and_keeps_its_scenes_in_shape() {
    let arms = DecPomfc::ARMS.iter().map(|a| a.arm);
    for (task, arm) in TASKS.into_iter().flat_map(|t| arms.clone().map(move |a| (t, a))) {
        let system = played(small(task), arm, 2);
        assert!(system.evaluated.is_finite());
        assert_eq!(system.scenes().iter().filter_map(Scene::flaw).next(), None, "{task:?} {arm:?}");
    }
}

#[test]
fn too_much_experience_is_refused_with_the_dial_to_turn() {
    let params = Params { n_train: 1_000, horizon: 500, episodes: 64, ..Params::default() };
    let fault = DecPomfc::start(&params, Arm::Ippo, &mut Ctx::new(1)).err();
    assert!(
        matches!(&fault, Some(Fault::Params(issues)) if issues[0].dial == "episodes"),
        "{fault:?}"
    );
}

#[test]
fn zero_widths_and_lonely_swarms_are_refused() {
    let refused = |params: Params, dial: &str| {
        let report = params.validate().expect_err("it cannot work").to_string();
        assert!(report.contains(dial), "{report}");
    };
    refused(Params { state_width: 0.0, ..Params::default() }, "state_width");
    refused(Params { view_width: -1.0, ..Params::default() }, "view_width");
    refused(Params { n_train: 1, ..Params::default() }, "n_train");
    refused(Params { n_eval: vec![1.0], ..Params::default() }, "n_eval");
}

#[test]
fn a_blind_swarm_is_told_of_and_one_that_sees_is_not() {
    let blind = |radius: f64| {
        let query = [("n_train", 20.into()), ("horizon", 10.into()), ("radius", radius.into())];
        let played = crate::asked::played::<DecPomfc>(&query, "zero", 1, |_| String::new());
        played.rounds[0].lines.iter().any(|line| line.starts_with("Blind swarm: "))
    };
    assert!(blind(0.02) && !blind(0.7));
}
