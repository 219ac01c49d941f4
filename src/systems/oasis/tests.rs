use super::card::{Arm, Params, Task};
use super::world::World;
use engine::chance::Chance;
use engine::population::platform::Action;

fn played(params: &Params, arm: Arm, steps: u32) -> World {
    let chance = Chance::new(1);
    let mut world = World::new(params, arm, chance, 0).unwrap();
    (1..=steps).for_each(|step| world.step(params, step, chance));
    world
}

#[test]
fn without_a_recommender_only_followers_of_the_source_pass_it_on() {
    let params = Params::default();
    let world = played(&params, Arm::NoRec, 30);
    let log = &world.items[0].cascade;
    assert!(log.depth() <= 2 && log.size() > 1, "{:?}", log.breadth);
    let opening = World::new(&params, Arm::NoRec, Chance::new(1), 0).unwrap();
    let firsts = (0..log.size() as usize).filter(|e| log.depth[*e] == 1);
    for entry in firsts {
        assert!(opening.follows.has(log.agent[entry], 0), "not a follower of the source");
    }
}

#[test]
fn an_adopter_has_it_from_somebody_who_had_it_before() {
    let world = played(&Params::default(), Arm::Full, 30);
    let log = &world.items[0].cascade;
    let mut adopters = log.agent.clone();
    adopters.sort_unstable();
    adopters.dedup();
    assert_eq!(adopters.len(), log.size() as usize, "nobody adopts twice");
    for entry in 1..log.size() as usize {
        let parent = log.parent[entry] as usize;
        assert!(log.time[parent] < log.time[entry], "a repost is live in the next step");
        assert!(log.exposures[entry] >= 1);
    }
    let reposts = world.platform.tally[Action::Repost as usize];
    assert_eq!(u64::from(world.platform.posts.len() - world.platform.contents.len()), reposts);
    assert_eq!(world.entries.len() as u32, world.platform.posts.len());
}

#[test]
fn arms_meet_the_same_world() {
    let params = Params { task: Task::Herd, following: 0, refresh: 5, ..Params::default() };
    let (down, up) = (played(&params, Arm::Down, 10), played(&params, Arm::Up, 10));
    assert_eq!(down.vectors, up.vectors);
    let quality = |world: &World| world.traits.iter().map(|t| t.quality).collect::<Vec<_>>();
    assert_eq!(quality(&down), quality(&up));
    assert_eq!(down.calls, up.calls);
    assert_eq!(down.platform.posts.author, up.platform.posts.author);
}

#[test]
fn votes_are_counted_once_and_the_experimenters_apart() {
    let params = Params { task: Task::Herd, following: 0, refresh: 5, ..Params::default() };
    let world = played(&params, Arm::Down, 12);
    let contents = &world.platform.contents;
    let votes: u32 = contents.likes.iter().chain(&contents.dislikes).sum();
    let tally = world.platform.tally;
    let cast = tally[Action::Like as usize] + tally[Action::Dislike as usize];
    assert_eq!(u64::from(votes), cast + u64::from(contents.len()));
    let alone = World::new(&params, Arm::Down, Chance::new(1), 0).unwrap();
    assert_eq!(alone.platform.contents.len(), 0);
}

#[test]
fn nobody_acts_at_no_activity_and_everybody_at_full() {
    let still = Params { active: 0.0, ..Params::default() };
    assert_eq!(played(&still, Arm::Full, 5).calls, 0);
    assert_eq!(played(&still, Arm::NoClock, 2).calls, 2 * u64::from(still.agents));
    let rumor = Params { task: Task::Rumor, active: 1.0, ..Params::default() };
    assert_eq!(played(&rumor, Arm::Full, 2).calls, 2 * u64::from(rumor.agents));
}

#[test]
fn opinions_stay_within_their_ends_and_the_uncensored_go_further() {
    let params =
        Params { task: Task::Polarize, agents: 600, opinion_step: 0.3, ..Params::default() };
    let (aligned, uncensored) =
        (played(&params, Arm::Aligned, 25), played(&params, Arm::Uncensored, 25));
    assert!(uncensored.opinions.iter().all(|o| (-1.0..=1.0).contains(o)));
    let far = |world: &World| world.opinions.iter().map(|o| o.abs()).sum::<f32>();
    assert!(far(&uncensored) > far(&aligned));
    assert_eq!(aligned.opened_with, uncensored.opened_with);
}
