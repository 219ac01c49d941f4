use super::*;
use serde_json::Value;

const LOSS: Metric = Metric::lower("loss", "Loss", "");
const SCORE: Metric = Metric::higher("score", "Score", "");
const COUNT: Metric = Metric::plain("count", "Count", "");
const LAST: At = At::Last;

const CARD: Card = Card {
    id: "toy",
    version: 1,
    past: &[],
    title: "Toy",
    says: "",
    family: Family::Consensus,
    paper: Paper { title: "", authors: "", year: 2026, arxiv: None },
    rounds: Horizon { default: 10, max: 100 },
    views: &["all"],
    metrics: &[LOSS, SCORE, COUNT],
    claims: &[],
    presets: &[],
    real: Real { trains: false, surrogate_minds: false },
    about: "toy.md",
};

fn sheet() -> Sheet {
    let dial = |name: &str| Dial {
        name: name.into(),
        label: name.into(),
        help: String::new(),
        unit: String::new(),
        symbol: String::new(),
        kind: Kind::Real { min: -10.0, max: 10.0, log: false, step: None },
        default: Value::from(1.0),
        paper: None,
        advanced: false,
        with_data: None,
        by_client: false,
    };
    let arms = [
        ArmCard::method((), "a", "A").info,
        ArmCard::baseline((), "b", "B").info,
        ArmCard::baseline((), "c", "C").info,
    ];
    Sheet { card: CARD, arms: arms.to_vec(), dials: vec![dial("x"), dial("y")] }
}

fn claim(test: Test) -> Claim {
    Claim {
        id: "c1",
        says: "",
        source: "",
        tests: "",
        setting: "",
        seeds: 8,
        test,
        expect: Expect::Reproduced,
    }
}

/// What a trial would read, once in the last of ten rounds.
struct Trial<'a> {
    arm: &'a str,
    x: f64,
    y: f64,
    /// Of the seed: a spread of +-0.4 around 0, the same for all arms.
    noise: f64,
    seed: u32,
}

fn run(claim: &Claim, value: impl Fn(&Trial) -> f64) -> Results {
    let sheet = sheet();
    let outcome = |scenario: &Scenario| {
        let dial = |name: &str| scenario.params.get(name).and_then(Value::as_f64).unwrap_or(1.0);
        let noise = (f64::from(scenario.seed) * 2.399).sin_like();
        let trial = Trial {
            arm: &scenario.arms[0],
            x: dial("x"),
            y: dial("y"),
            noise,
            seed: scenario.seed,
        };
        let readings =
            ["loss", "score", "count"].map(|m| (m.to_string(), vec![(10, value(&trial))]));
        Outcome { readings: readings.into(), fault: None }
    };
    let trials = trials(&sheet, claim).unwrap();
    trials.iter().map(|s| (canonical(&sheet, s), outcome(s))).collect()
}

trait SinLike {
    fn sin_like(self) -> f64;
}

impl SinLike for f64 {
    fn sin_like(self) -> f64 {
        0.4 * crate::math::sin(self)
    }
}

#[track_caller]
fn check(test: Test, value: impl Fn(&Trial) -> f64, words: &str) -> Verdict {
    let claim = claim(test);
    let verdict = judge(&sheet(), &claim, &run(&claim, value)).unwrap();
    assert_eq!(verdict.words(), words, "{verdict:?}");
    verdict
}

const fn lower(ratio: f64) -> Test {
    Test::Lower { metric: LOSS, arm: "a", than: "b", at: LAST, ratio }
}

const fn higher(ratio: f64) -> Test {
    Test::Higher { metric: SCORE, arm: "a", than: "b", at: LAST, ratio }
}

/// Level `a` for arm a, `b` for the others; the noise is shared, so it cancels in pairs but for a tenth.
fn levels(a: f64, b: f64) -> impl Fn(&Trial) -> f64 {
    move |t| if t.arm == "a" { a + 1.1 * t.noise } else { b + t.noise }
}

#[test]
fn a_paired_difference_is_judged_by_the_side_of_its_interval() {
    let verdict = check(lower(1.0), levels(4.0, 5.0), "reproduced");
    let effect = verdict.effect().unwrap();
    assert!((effect.mean + 1.0).abs() < 0.05 && effect.high < 0.0 && effect.d < -5.0, "{effect:?}");
    assert_eq!(effect.seeds, 8);
    check(lower(1.0), levels(5.0, 4.0), "not reproduced");
    check(lower(1.0), levels(5.0, 5.0), "inconclusive");
    let effect = check(higher(1.0), levels(5.0, 4.0), "reproduced").effect().unwrap();
    assert!((effect.mean - 1.0).abs() < 0.05 && effect.low > 0.0, "{effect:?}");
    check(higher(1.0), levels(4.0, 5.0), "not reproduced");
}

#[test]
fn a_missed_size_leaves_the_direction() {
    check(lower(0.5), levels(2.0, 5.0), "reproduced");
    check(lower(0.5), levels(3.0, 5.0), "direction only");
    check(lower(0.5), levels(6.0, 5.0), "not reproduced");
    check(higher(2.0), levels(9.0, 4.0), "reproduced");
    check(higher(2.0), levels(6.0, 4.0), "direction only");
}

#[test]
fn equal_numbers_show_no_side() {
    let verdict = check(lower(1.0), |_| 3.0, "inconclusive");
    let effect = verdict.effect().unwrap();
    assert_eq!((effect.mean, effect.low, effect.high, effect.d), (0.0, 0.0, 0.0, 0.0));
    assert_eq!(effect.mean.to_bits(), 0);
}

#[test]
fn a_level_is_judged_by_where_its_interval_lies() {
    let between = |low, high| Test::Between { metric: LOSS, arm: "a", at: LAST, low, high };
    check(between(0.0, 10.0), levels(5.0, 0.0), "reproduced");
    check(between(0.0, 4.0), levels(5.0, 0.0), "not reproduced");
    check(between(6.0, 9.0), levels(5.0, 0.0), "not reproduced");
    check(between(0.0, 5.0), levels(5.0, 0.0), "inconclusive");
}

#[test]
fn sameness_and_bands_of_a_difference_are_judged_alike() {
    let within = Test::Within { metric: LOSS, arm: "a", than: "b", at: LAST, margin: 0.5 };
    check(within, levels(5.1, 5.0), "reproduced");
    check(within, levels(6.0, 5.0), "not reproduced");
    check(within, levels(5.5, 5.0), "inconclusive");
    let gap = Test::Gap { metric: LOSS, arm: "a", than: "b", at: LAST, low: 1.0, high: 3.0 };
    check(gap, levels(7.0, 5.0), "reproduced");
    check(gap, levels(5.0, 5.0), "not reproduced");
    let none = Test::NoneShown { metric: LOSS, arm: "a", than: "b", at: LAST };
    check(none, levels(5.0, 5.0), "reproduced");
    check(none, levels(6.0, 5.0), "not reproduced");
}

#[test]
fn an_order_is_as_good_as_its_worst_pair() {
    let ordered = Test::Ordered { metric: LOSS, arms: &["a", "b", "c"], at: LAST };
    let at = |b: f64| {
        move |t: &Trial| match t.arm {
            "a" => 1.0 + t.noise,
            "b" => b + 1.1 * t.noise,
            _ => 3.0 + t.noise,
        }
    };
    check(ordered, at(2.0), "reproduced");
    check(ordered, at(3.0), "inconclusive");
    check(ordered, at(4.0), "not reproduced");
    check(Test::Ordered { metric: LOSS, arms: &["a"], at: LAST }, at(2.0), "inconclusive");
}

#[test]
fn a_trend_is_the_sign_of_the_slopes() {
    let trend = |rises| Test::Trend {
        metric: LOSS,
        arm: "a",
        at: LAST,
        dial: "x",
        values: &[0.0, 1.0, 2.0, 4.0],
        rises,
    };
    let slope = |by: f64| move |t: &Trial| by * t.x + t.noise * (1.0 + 0.1 * t.x);
    let effect = check(trend(true), slope(2.0), "reproduced").effect().unwrap();
    assert!((effect.mean - 2.0).abs() < 0.05, "{effect:?}");
    let effect = check(trend(false), slope(-2.0), "reproduced").effect().unwrap();
    assert!((effect.mean + 2.0).abs() < 0.05, "the slope is shown as it is: {effect:?}");
    check(trend(false), slope(2.0), "not reproduced");
    check(trend(true), slope(0.0), "inconclusive");
}

#[test]
fn an_interaction_is_a_difference_of_differences() {
    let interaction = Test::Interaction {
        metric: LOSS,
        pair: ["a?x=2", "b?x=2"],
        other: ["a?x=0", "b?x=0"],
        at: LAST,
    };
    let by = |slope: f64| {
        move |t: &Trial| {
            if t.arm == "a" { slope * t.x + t.noise } else { t.noise * (1.0 + 0.1 * t.x) }
        }
    };
    let effect = check(interaction, by(3.0), "reproduced").effect().unwrap();
    assert!((effect.mean - 6.0).abs() < 0.2, "{effect:?}");
    check(interaction, by(-3.0), "not reproduced");
    check(interaction, by(0.0), "inconclusive");
}

#[test]
fn the_best_value_of_a_dial_is_compared_between_settings() {
    let test = Test::BestDial {
        metric: LOSS,
        arm: "a",
        at: LAST,
        dial: "x",
        values: &[0.0, 1.0, 2.0, 3.0],
        here: "y=3",
        there: "y=0",
    };
    let effect = check(test, |t| (t.x - t.y).abs(), "reproduced").effect().unwrap();
    assert_eq!(effect.mean, 3.0);
    check(test, |t| (t.x + t.y - 3.0).abs(), "not reproduced");
    // Every other seed prefers the other end.
    let torn =
        |t: &Trial| (t.x - if (t.seed + t.y as u32).is_multiple_of(2) { 3.0 } else { 0.0 }).abs();
    check(test, torn, "inconclusive");
}

#[test]
fn a_share_of_settings_is_computed_anew_on_resampled_seeds() {
    let share = |at_least, margin| Test::Share {
        metric: LOSS,
        arm: "a",
        than: "b",
        at: LAST,
        cells: &["x=0", "x=1", "x=2", "x=3"],
        margin,
        at_least,
    };
    // Clearly better in three of four cells.
    let three = |t: &Trial| {
        if t.arm == "a" && t.x < 2.5 { 4.0 } else { 5.0 + f64::from(t.arm == "a") * t.x }
    };
    let effect = check(share(0.75, 0.0), three, "reproduced").effect().unwrap();
    assert_eq!((effect.mean, effect.low, effect.high), (0.75, 0.75, 0.75));
    check(share(0.8, 0.0), three, "not reproduced");
    check(share(1.0, 5.0), three, "reproduced");
    // The last cell is a coin: a level of .9 is neither met nor missed.
    let coin = |t: &Trial| match (t.arm, t.x > 2.5) {
        ("a", false) => 4.0,
        ("a", true) => 5.0 + t.noise,
        _ => 5.0,
    };
    check(share(0.9, 0.0), coin, "inconclusive");
}

#[test]
fn an_exact_value_holds_in_every_seed_or_not_at_all() {
    let exactly = Test::Exactly { metric: COUNT, arm: "a", at: LAST, value: 1.0 };
    check(exactly, |_| 1.0, "reproduced");
    check(exactly, |t| if t.seed == 8 { 0.99 } else { 1.0 }, "not reproduced");
}

/// Tests are constants in a card; here they are made as they come.
fn kept<const N: usize>(parts: [Test; N]) -> &'static [Test] {
    Box::leak(Box::new(parts))
}

#[test]
fn joined_claims_have_the_verdict_of_the_worst() {
    check(Test::All(kept([lower(1.0), lower(0.1)])), levels(4.0, 5.0), "direction only");
    check(Test::All(kept([lower(1.0), higher(1.0)])), levels(4.0, 5.0), "not reproduced");
    check(Test::All(kept([lower(1.0), lower(0.9)])), levels(4.0, 5.0), "reproduced");
    check(Test::All(kept([])), levels(4.0, 5.0), "inconclusive");
}

#[test]
fn at_least_so_many_counts_the_parts_that_are_reproduced() {
    let parts = |parts, count| Test::AtLeast { parts, count };
    let all = kept([lower(1.0), lower(0.1), higher(1.0)]);
    let effect = check(parts(all, 1), levels(4.0, 5.0), "reproduced").effect().unwrap();
    assert_eq!((effect.mean, effect.low, effect.high), (1.0, 1.0, 2.0));
    check(parts(all, 2), levels(4.0, 5.0), "direction only");
    check(parts(all, 3), levels(4.0, 5.0), "not reproduced");
    check(parts(kept([lower(1.0), higher(1.0)]), 1), levels(5.0, 5.0), "inconclusive");
}

#[test]
fn the_best_of_several_is_chosen_on_the_other_seeds() {
    let test = Test::Lower { metric: LOSS, arm: "a?x=0 | a?x=2", than: "b", at: LAST, ratio: 1.0 };
    // x=2 is better on average, x=0 only in seed 1: peeking would take 0 there, an honest choice takes 2.
    let value = |t: &Trial| match (t.arm, t.x < 1.0, t.seed) {
        ("a", true, 1) => 0.0,
        ("a", true, _) => 9.0,
        ("a", false, _) => 4.0,
        _ => 5.0,
    };
    let effect = check(test, value, "reproduced").effect().unwrap();
    assert_eq!((effect.mean, effect.low), (-1.0, -1.0));
    // With the worse side called better, the other one is taken.
    let test =
        Test::Higher { metric: SCORE, arm: "a?x=0 | a?x=2", than: "b", at: LAST, ratio: 1.0 };
    let effect = check(test, value, "inconclusive").effect().unwrap();
    assert_eq!(effect.mean, (7.0 * 4.0 - 5.0) / 8.0);
}

#[test]
fn a_metric_is_taken_at_the_stated_moment() {
    let readings: Vec<(u32, f64)> =
        vec![(1, 9.0), (2, 1.0), (4, 2.0), (5, 3.0), (6, 4.0), (8, 5.0)];
    let check = |metric: Metric, at, expected: Option<f64>| {
        assert_eq!(taken(&metric, &readings, at), expected, "{at:?}");
        assert_eq!(taken(&metric, &[], at), None, "{at:?}");
    };
    check(LOSS, At::Last, Some(5.0));
    check(LOSS, At::Tail, Some(3.0));
    check(LOSS, At::Round(4), Some(2.0));
    check(LOSS, At::Round(7), Some(4.0));
    check(LOSS, At::Round(0), None);
    check(LOSS, At::Mean, Some(4.0));
    check(LOSS, At::Sum, Some(24.0));
    check(LOSS, At::Best, Some(1.0));
    check(SCORE, At::Best, Some(9.0));
    check(COUNT, At::Best, None);
}

#[test]
fn what_is_missing_failed_or_undefined_leaves_the_claim_open() {
    let claim = claim(lower(1.0));
    let whole = run(&claim, levels(4.0, 5.0));
    let spoiled = |spoil: &dyn Fn(&mut Results, &str)| {
        let mut results = whole.clone();
        let key = results.keys().nth(3).unwrap().clone();
        spoil(&mut results, &key);
        match judge(&sheet(), &claim, &results).unwrap() {
            Verdict::Inconclusive { why, effect: None } => why,
            other => panic!("{other:?}"),
        }
    };
    let missing = spoiled(&|results, key| drop(results.remove(key)));
    assert!(missing.contains("has not run"), "{missing}");
    let diverged = spoiled(&|results, key| {
        results.get_mut(key).unwrap().fault =
            Some(Fault::Diverged { what: "Loss".into(), round: 3 });
    });
    assert!(diverged.contains("Diverged at round 3"), "{diverged}");
    let undefined = spoiled(&|results, key| results.get_mut(key).unwrap().readings.clear());
    assert!(undefined.contains("Loss is undefined"), "{undefined}");
}

#[test]
fn four_seeds_are_too_few() {
    let claim = Claim { seeds: 4, ..claim(lower(1.0)) };
    let verdict = judge(&sheet(), &claim, &run(&claim, levels(4.0, 5.0))).unwrap();
    assert!(
        matches!(&verdict, Verdict::Inconclusive { why, .. } if why.contains("too few seeds")),
        "{verdict:?}"
    );
}

#[test]
fn a_claim_about_an_arm_that_does_not_exist_is_a_fault() {
    let claim = claim(Test::Lower { metric: LOSS, arm: "nobody", than: "b", at: LAST, ratio: 1.0 });
    assert!(matches!(judge(&sheet(), &claim, &Results::new()), Err(Fault::UnknownArm { .. })));
}
