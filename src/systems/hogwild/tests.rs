use super::team::Fate;
use super::traces::Mix;
use super::words::*;
use super::*;

fn params(query: &[(&str, serde_json::Value)]) -> Params {
    let values = query.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    parse(&values).unwrap()
}

fn small() -> Params {
    params(&[("problems", 3.into()), ("items", 4.into())])
}

/// Runs to the end or for so many rounds.
fn run(params: &Params, arm: Arm, rounds: u32) -> Hogwild {
    let mut ctx = Ctx::new(1);
    let mut system = Hogwild::start(params, arm, &mut ctx).unwrap();
    for _ in 0..rounds {
        if block_on(system.step(&mut ctx)).unwrap() == Flow::Done {
            break;
        }
    }
    system
}

fn hear(system: &mut Hogwild, w: usize, words: &[u8]) {
    for word in words {
        system.teams[0].hear(w, *word, &system.net, &mut system.caches);
    }
}

#[test]
fn the_shipped_nets_fit_and_know_what_they_were_taught() {
    for (strict, mix) in [(true, Mix::Strict), (false, Mix::Standard)] {
        let weights = shipped(strict).unwrap();
        assert_eq!(weights.len(), SHAPE.params());
        let marks = school::examine(&weights, mix, 150, Chance::new(1_707)).unwrap();
        assert!(marks.results > 0.98 && marks.letters > 0.85 && marks.ends > 0.65, "{marks:?}");
        assert!(strict || marks.drops > 0.05, "{marks:?}");
    }
    assert_ne!(shipped(true).unwrap(), shipped(false).unwrap());
}

#[test]
fn the_first_lessons_are_those_that_the_shipped_nets_began_with() {
    let chance = Chance::new(1_707);
    let plan = school::FIRST;
    let mut school = School::new(plan, SHAPE.init(chance), Chance::new(1_708));
    let losses: Vec<f64> = (0..3).map(|_| school.lesson().unwrap()).collect();
    assert_eq!(losses, LOSSES_ON_RECORD, "`murmur train hogwild` would write other files");
}

const LOSSES_ON_RECORD: [f64; 3] = [4.3502110124688835, 4.268376660384952, 4.2884358443935024];

#[test]
fn a_finished_step_becomes_history_and_a_dropped_one_leaves_no_trace() {
    let mut ctx = Ctx::new(1);
    let mut system = Hogwild::start(&small(), Arm::Hog(2), &mut ctx).unwrap();
    block_on(system.step(&mut ctx)).unwrap();
    let history = system.teams[0].view(0, &system.caches.main)[0].0;
    let before = system.caches.main.len(history);
    assert_eq!(before, 1 + 3 * 4, "the prompt");
    let item = system.teams[0].problem.items[0];
    let letter = LETTER + item.letter;
    system.teams[0].workers.iter_mut().for_each(|worker| worker.text.clear());
    hear(&mut system, 0, &[letter, EQUALS, item.value, STOP]);
    assert_eq!(system.teams[0].told[0].fate, Fate::Right);
    assert_eq!(system.caches.main.len(history), before + 2, "name and index, as far as read");
    hear(&mut system, 1, &[letter, STOP]);
    assert_eq!(system.teams[0].told[1].fate, Fate::Dropped);
    assert_eq!(system.caches.main.len(history), before + 2);
    hear(&mut system, 1, &[letter, EQUALS, item.value, STOP]);
    assert_eq!((system.teams[0].told[2].fate, system.teams[0].redundant), (Fate::Redundant, 1));
}

#[test]
fn after_an_end_nobody_begins_and_an_answer_is_forced_out_of_what_is_begun() {
    let mut ctx = Ctx::new(1);
    let mut system = Hogwild::start(&small(), Arm::Hog(2), &mut ctx).unwrap();
    system.teams[0].workers.iter_mut().for_each(|worker| worker.text.clear());
    let item = system.teams[0].problem.items[2];
    hear(&mut system, 1, &[LETTER + item.letter, item.operand]);
    hear(&mut system, 0, &[END]);
    let team = &system.teams[0];
    assert!(team.workers[0].idle && !team.workers[1].idle);
    assert_eq!(team.allowed(1), Some(&[EQUALS][..]));
    hear(&mut system, 1, &[EQUALS, item.value]);
    let team = &mut system.teams[0];
    assert!(team.workers[1].idle && team.written[2] == Some(item.value));
    team.settle(9, &system.caches.main);
    assert_eq!(team.over, Some(9));
}

#[test]
fn layouts_show_what_they_are_named_for() {
    let blocks = |arm: Arm, w: usize| {
        let system = run(&small(), arm, 3);
        let team = &system.teams[0];
        let view = team.view(w, &system.caches.main);
        let owners: Vec<Option<usize>> = view.iter().map(|(block, _)| team.whose(*block)).collect();
        (owners, view)
    };
    // History, header, the other's step, header, own step.
    let (owners, view) = blocks(Arm::Hog(2), 0);
    assert_eq!(owners, [Some(0), None, Some(1), None, Some(0)]);
    assert_eq!((view[1].1.as_slice(), view[3].1.as_slice()), (&[OTHERS][..], &[OWN][..]));
    assert_eq!((view[2].1[0], view[4].1[0]), (NAME + 1, NAME));
    assert_eq!(blocks(Arm::Hog(2), 1).0, [Some(0), None, Some(0), None, Some(1)]);
    assert_eq!(blocks(Arm::Interleaved, 1).0, [Some(0), None, Some(1)]);
    // The two that never meet have nothing in common.
    let (_, one) = blocks(Arm::Independent, 0);
    let (_, two) = blocks(Arm::Independent, 1);
    assert!(one.iter().all(|(block, _)| two.iter().all(|(other, _)| other != block)));
    let dealt = |w: usize| blocks(Arm::Split, w).1[0].1.len();
    assert_eq!((dealt(0), dealt(1)), (1 + 3 * 2, 1 + 3 * 2));
    // In one block a whole text stands, step after step.
    let system = run(&small(), Arm::Contiguous, 20);
    let own = &system.teams[0].view(1, &system.caches.main)[4].1;
    assert!(own.iter().filter(|word| **word == NAME + 1).count() > 1, "{own:?}");
}

#[test]
fn one_worker_does_all_jobs_and_two_are_faster() {
    let params = params(&[("problems", 12.into()), ("items", 8.into())]);
    let steps = |arm: Arm| {
        let system = run(&params, arm, 160);
        let done: f64 = system.teams.iter().map(Team::done).sum::<f64>() / 12.0;
        assert!(done > 0.8, "{arm:?}: {done}");
        system.teams.iter().map(|team| team.over.unwrap_or(160)).sum::<u32>()
    };
    assert!(f64::from(steps(Arm::Hog(2))) < 0.8 * f64::from(steps(Arm::Single)));
}

#[test]
fn turning_keys_or_queries_or_computing_all_anew_says_the_same() {
    let mut ctx = Ctx::new(1);
    let params = params(&[("problems", 1.into()), ("items", 5.into())]);
    let mut system = Hogwild::start(&params, Arm::Recompute, &mut ctx).unwrap();
    for _ in 0..15 {
        block_on(system.step(&mut ctx)).unwrap();
    }
    assert!(system.gap > 0.0 && system.gap < 1e-3, "{}", system.gap);
}

#[test]
fn numbers_that_are_none_stop_the_run_with_the_round() {
    let mut ctx = Ctx::new(1);
    let mut system = Hogwild::start(&small(), Arm::Single, &mut ctx).unwrap();
    system.net.weights[5_000] = f32::NAN;
    let fault = block_on(system.step(&mut ctx)).unwrap_err();
    assert!(matches!(fault, Fault::Diverged { round: 0, .. }), "{fault}");
}

#[test]
fn a_crowd_that_babbles_fills_its_room_and_is_closed() {
    let params = params(&[
        ("problems", 1.into()),
        ("items", 20.into()),
        ("workers", 8.into()),
        ("temperature", 1.5.into()),
        ("check_every", 5.into()),
        ("layout", "contiguous".into()),
    ]);
    let system = run(&params, Arm::Dials, 512);
    let team = &system.teams[0];
    assert!(team.over.is_some());
    assert!(system.far || team.said_end);
    assert!(team.checks[1] > 0);
}

#[test]
fn the_likeliest_word_is_taken_at_temperature_0_and_only_allowed_ones_where_a_choice_is_forced() {
    let mut logits = vec![0.0; SYMBOLS];
    logits[7] = 3.0;
    logits[9] = 2.0;
    assert_eq!(choose(&logits, None, 0.0, 0.9), 7);
    assert_eq!(choose(&logits, Some(&[9, 3]), 0.0, 0.9), 9);
    let drawn: Vec<u8> =
        (0..10).map(|i| choose(&logits, Some(&[9, 3]), 1.0, f64::from(i) / 10.0)).collect();
    assert!(drawn.iter().all(|word| [9, 3].contains(word)) && drawn.contains(&3));
}
