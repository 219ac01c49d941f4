use super::*;
use engine::chance::Chance;
use engine::run::block_on;

const MEAN: Arm = Arm::of(Center::Mean, Mean::Rollouts);
const MEDIAN: Arm = Arm::of(Center::Median, Mean::Rollouts);

fn group(reward: &[f32], usual: f32, arm: Arm) -> Group {
    let mut group = Group { reward: reward.to_vec(), usual, ..Group::default() };
    group.judge(arm, &Params::default(), &mut Chance::new(1).stream(0, "flips"));
    group
}

#[test]
fn a_good_answer_beside_a_better_one_is_flipped_by_the_mean_and_not_by_the_median() {
    let by_mean = group(&[1.5, 2.0], 0.4, MEAN);
    assert!(by_mean.is_flipped(0) && !by_mean.is_flipped(1));
    // Whatever the rollout more is worth.
    for extra in [0.0, 1.5, 2.0] {
        let by_median = group(&[1.5, 2.0, extra], 0.4, MEDIAN);
        let flips = by_median.kept().filter(|one| by_median.is_flipped(*one)).count();
        assert_eq!(flips, usize::from(extra == 2.0), "{extra}");
        assert_eq!(by_median.kept().count(), 2);
    }
    // Where the policy usually gets more, 1.5 is bad news.
    assert!(!group(&[1.5, 2.0], 1.9, MEAN).is_flipped(0));
    assert!(!group(&[1.5, 2.0], 1.5, MEAN).is_flipped(0));
}

#[test]
fn the_control_has_the_rollout_more_but_not_the_median() {
    let plus_one = group(&[1.5, 0.0, 2.0], 0.4, Arm::of(Center::PlusOne, Mean::Rollouts));
    assert_eq!(plus_one.left_out, Some(1));
    assert_eq!(plus_one.kept().collect::<Vec<_>>(), [0, 2]);
    assert!(plus_one.advantage[0] > 0.0 && plus_one.advantage[2] > plus_one.advantage[0]);
}

#[test]
fn relatives_divide_as_their_papers_do() {
    let of = |center, loss| group(&[2.0, 0.0, 1.5], 0.0, Arm::of(center, loss)).advantage;
    assert_eq!(of(Center::Mean, Mean::Constant)[0], 2.0 - 3.5 / 3.0);
    assert_eq!(of(Center::Median, Mean::Constant), [0.75, -2.25, 0.0]);
    assert_eq!(of(Center::Median, Mean::Tokens), of(Center::Median, Mean::Rollouts));
    assert!(of(Center::Median, Mean::Tokens)[0] > 1.4);
}

#[test]
fn forced_flips_turn_as_many_as_said() {
    let params = Params { flip_share: 0.2, ..Params::default() };
    let mut flips = Chance::new(1).stream(0, "flips");
    let mut turned = 0;
    for _ in 0..20_000 {
        let mut one = Group { reward: vec![0.0, 2.0], ..Group::default() };
        one.judge(Arm::of(Center::Flipped, Mean::Rollouts), &params, &mut flips);
        turned += one.advantage.iter().zip([-1.0, 1.0]).filter(|(a, b)| *a * b < 0.0).count();
    }
    assert!((turned as f64 / 40_000.0 - 0.2).abs() < 0.01, "{turned}");
}

fn run(params: &Params, arm: Arm, updates: u32) -> (McGrpo, f64) {
    let mut ctx = Ctx::new(1001);
    let mut system = McGrpo::start(params, arm, &mut ctx).unwrap();
    let mut reward = 0.0;
    for _ in 0..updates {
        block_on(system.step(&mut ctx)).unwrap();
        reward = system.groups.iter().flat_map(|g| &g.reward).map(|r| f64::from(*r)).sum();
    }
    (system, reward)
}

#[test]
fn all_arms_of_a_seed_begin_with_the_same_base_prompts_and_rollouts() {
    let params = Params { base_steps: 30, ..Params::default() };
    let (one, _) = run(&params, MEAN, 0);
    let (other, _) = run(&params, MEDIAN, 0);
    assert_eq!(one.base, other.base);
    for (one, other) in one.groups.iter().zip(&other.groups) {
        assert_eq!(one.prompt, other.prompt);
        assert_eq!(one.said, other.said[..one.said.len()]);
        assert_eq!((one.size(), other.size()), (2, 3));
    }
}

#[test]
fn groups_of_one_mind_leave_dapo_nothing_to_learn_from_but_grpo_its_share() {
    let params = Params {
        reward: Reward::Strict01,
        format_share: 0.0,
        base_steps: 400,
        ..Params::default()
    };
    let batch = |loss| {
        let (mut system, _) = run(&params, Arm::of(Center::Mean, loss), 0);
        for group in &mut system.groups {
            group.reward.fill(0.0);
            group.advantage.fill(0.0);
        }
        system.learn();
        system.batch.rollouts()
    };
    assert_eq!((batch(Mean::Tokens), batch(Mean::Rollouts)), (0, 16));
}

#[test]
fn the_untrained_policy_stays_as_it_is() {
    let params = Params { base_steps: 30, ..Params::default() };
    let (system, _) = run(&params, Arm::of(Center::Untrained, Mean::Rollouts), 3);
    assert_eq!(system.learner.net, system.base);
    let (system, _) = run(&params, MEDIAN, 3);
    assert_ne!(system.learner.net, system.base);
}
