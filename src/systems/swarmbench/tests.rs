use super::mind::{Known, read};
use super::world::{Goal, Thing};
use super::*;
use Action::{Go, Stay, Switch};
use Direction::{Down, Left, Right, Up};
use engine::chance::Chance;
use rand::RngExt;

const CHANCE: Chance = Chance::new(3);

fn pursuit(rows: &[&str], repo_quirks: bool) -> World {
    World::drawn(Task::Pursuit, |agents| Goal::Pursuit { prey: agents, repo_quirks }, rows)
}

#[test]
fn a_prey_with_all_four_sides_taken_is_caught_and_turns_up_elsewhere() {
    // Walls count as well as agents.
    let mut world = pursuit(&["WWWWWW", "WP0..W", "W1...W", "W....W", "W....W", "WWWWWW"], false);
    world.act(&[Stay, Stay], 1, CHANCE);
    assert_eq!(world.score, 1.0);
    let text = world.text();
    assert_eq!(text[1].chars().nth(1), Some('.'), "{text:?}");
    assert_eq!(text.concat().matches('P').count(), 1);
}

#[test]
fn a_prey_with_an_open_side_is_not_caught() {
    let mut world = pursuit(&["WWWWW", "W.P0W", "W.1.W", "W...W", "WWWWW"], false);
    world.act(&[Stay, Stay], 1, CHANCE);
    assert_eq!(world.score, 0.0);
}

#[test]
fn a_prey_runs_two_steps_to_where_it_is_less_afraid() {
    let open = ["............"; 12].map(str::to_string);
    let mut rows = open.clone();
    rows[5] = "....0P......".to_string();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mut world = pursuit(&rows, false);
    // The window reaches four cells to the left and three to the right: two steps to the right are not far enough.
    world.act(&[Stay], 1, CHANCE);
    assert_eq!(world.text()[5], "....0P......");
    // From three cells away two more are.
    let mut rows = open;
    rows[5] = "....0..P....".to_string();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mut world = pursuit(&rows, false);
    world.act(&[Stay], 1, CHANCE);
    assert_eq!(world.text()[5], "....0....P..");
}

#[test]
fn danger_counts_agents_and_walls_in_its_lopsided_window() {
    let world = pursuit(
        &[
            "0.......1",
            ".........",
            "W.......W",
            ".........",
            "....P....",
            ".........",
            ".........",
            ".........",
            "2........",
        ],
        false,
    );
    // Rows 0..=7, columns 0..=7: agent 0 and one wall.
    assert!((pursuit::danger(&world, Cell::new(4, 4)) - 1.9).abs() < 1e-12);
}

#[test]
fn the_repositorys_prey_compares_with_the_cell_to_its_left() {
    // At its own place the agent is in the window; one cell to the left it is not, so that nothing is better.
    let rows = [
        "............",
        "............",
        "............",
        "............",
        "............",
        "...P..0.....",
        "............",
        "............",
        "............",
        "............",
        "............",
        "............",
    ];
    let run = |quirks| {
        let mut world = pursuit(&rows, quirks);
        world.act(&[Stay], 1, CHANCE);
        world.text()[5].clone()
    };
    assert_ne!(run(false), rows[5]);
    assert_eq!(run(true), rows[5]);
}

#[test]
fn equal_lights_score_once_until_they_are_equal_the_other_way() {
    let goal = |_| Goal::Synchronization { last: None };
    let mut world = World::drawn(Task::Synchronization, goal, &["0.", ".1"]);
    world.flag = vec![true, false];
    let mut play = |actions: [Action; 2]| {
        world.act(&actions, 1, CHANCE);
        (world.flag.clone(), world.score)
    };
    assert_eq!(play([Stay, Stay]), (vec![true, false], 0.0));
    assert_eq!(play([Stay, Switch]), (vec![true, true], 1.0));
    assert_eq!(play([Stay, Stay]), (vec![true, true], 1.0));
    assert_eq!(play([Switch, Stay]), (vec![false, true], 1.0));
    assert_eq!(play([Switch, Stay]), (vec![true, true], 1.0));
    assert_eq!(play([Switch, Switch]), (vec![false, false], 2.0));
}

#[test]
fn only_synchronization_knows_lights() {
    let mut world = pursuit(&["0...", "....", "....", "...P"], false);
    world.act(&[Switch], 1, CHANCE);
    assert_eq!(world.flag, [false]);
}

#[test]
fn food_is_taken_beside_the_food_and_scores_beside_the_nest() {
    let goal = |agents| Goal::Foraging { food: agents, nest: agents + 1 };
    let mut world = World::drawn(Task::Foraging, goal, &["FF...NN", "FF.0.NN"]);
    let mut play = |action| {
        world.act(&[action], 1, CHANCE);
        (world.flag[0], world.score)
    };
    // Beside the nest with empty hands: nothing.
    assert_eq!(play(Go(Right)), (false, 0.0));
    assert_eq!(play(Go(Left)), (false, 0.0));
    assert_eq!(play(Go(Left)), (true, 0.0));
    // One unit at a time, and the food does not move.
    assert_eq!(play(Go(Left)), (true, 0.0));
    assert_eq!(play(Go(Right)), (true, 0.0));
    assert_eq!(play(Go(Right)), (false, 1.0));
    assert_eq!(play(Stay), (false, 1.0));
}

#[test]
fn every_maze_has_a_way_from_food_to_nest_and_an_odd_one_has_them_on_one_side() {
    for size in 10..=40 {
        for seed in 0..8 {
            let world = World::new(Task::Foraging, size, 2, 100, false, Chance::new(seed)).unwrap();
            let Goal::Foraging { food, nest } = world.goal else { panic!("the task is foraging") };
            let mut reached: Vec<Cell> = world.board.cells_of(food).collect();
            let mut next = 0;
            while next < reached.len() {
                for direction in Direction::ALL {
                    let cell = reached[next].step(direction);
                    let is_open = world.thing_at(cell).is_none_or(|t| t == Thing::Nest);
                    if world.is_inner(cell) && is_open && !reached.contains(&cell) {
                        reached.push(cell);
                    }
                }
                next += 1;
            }
            assert!(
                world.board.cells_of(nest).all(|c| reached.contains(&c)),
                "size {size}, seed {seed}"
            );
            let free =
                world.inner_cells().into_iter().filter(|c| world.thing_at(*c).is_none()).count();
            assert_eq!(free as u32, Task::Foraging.room(size), "size {size}");
            let [food, nest] = [food, nest].map(|b| world.board.place_of(b).unwrap());
            let shares_a_side = food.row == nest.row || food.column == nest.column;
            assert_eq!(
                shares_a_side,
                (4..=size as i32 - 5).step_by(4).count() % 2 == 1,
                "size {size}"
            );
        }
    }
}

/// Least cost by trying every assignment.
fn naive(cost: &[i32], rows: usize, columns: usize, taken: u32) -> i32 {
    if rows == 0 {
        return 0;
    }
    let (first, rest) = cost.split_at(columns);
    (0..columns)
        .filter(|c| taken >> c & 1 == 0)
        .map(|c| first[c] + naive(rest, rows - 1, columns, taken | 1 << c))
        .min()
        .unwrap()
}

#[test]
fn the_assignment_is_the_cheapest_of_all() {
    let mut rng = CHANCE.stream(0, "costs");
    for _ in 0..300 {
        let rows = rng.random_range(1..6);
        let columns = rng.random_range(rows..7);
        let cost: Vec<i32> = (0..rows * columns).map(|_| rng.random_range(0..12)).collect();
        let least = naive(&cost, rows, columns, 0);
        let found = |limit| flocking::assignment(&cost, rows, columns, limit);
        assert_eq!(found(i32::MAX), least, "{rows} x {columns}: {cost:?}");
        assert_eq!(found(least + 1), least, "a limit above it changes nothing");
        assert!(found(least) >= least, "at the limit it may stop early, never below");
    }
}

#[test]
fn a_complete_ring_ends_the_task_and_the_score_never_falls() {
    // Nine agents: side 3, eight cells; agent 8 is free.
    let first = 1;
    let goal =
        |_| Goal::Flocking(flocking::Ring { cells: flocking::ring(3), side: 3, first, now: first });
    let rows = ["WWWWWWW", "W012..W", "W3.4..W", "W56.7.W", "W.....W", "W....8W", "WWWWWWW"];
    let mut world = World::drawn(Task::Flocking, goal, &rows);
    let mut actions = [Stay; 9];
    actions[7] = Go(Left);
    world.act(&actions, 1, CHANCE);
    assert_eq!((world.score, world.is_done), (1.0, true));
    actions[7] = Go(Right);
    world.act(&actions, 2, CHANCE);
    assert_eq!((world.score, world.is_done), (1.0, false));
}

#[test]
fn rings_have_the_sides_of_the_rule() {
    let cells = |agents| flocking::ring(flocking::side(agents)).len();
    assert_eq!([3, 4, 10, 12, 64].map(cells), [1, 4, 8, 12, 64]);
}

fn box_of_thirteen(rows: &[&str]) -> World {
    let goal = |agents: u32| Goal::Transport { out: vec![false; agents as usize] };
    World::drawn(Task::Transport, goal, rows)
}

#[test]
fn five_agents_move_the_box_and_four_do_not() {
    let rows = ["WBBBBBBBWW", "W.BBB34..W", "W.BBB....W", "W.012....W", "WWWWWWWWWW"];
    let push = |pushers: usize| {
        let mut world = box_of_thirteen(&rows);
        let actions: Vec<Action> =
            (0..5).map(|a| if a < pushers { Go(Up) } else { Stay }).collect();
        world.act(&actions, 1, CHANCE);
        world.text()[0].clone()
    };
    assert_eq!(push(4), "WBBBBBBBWW");
    assert_eq!(push(5), "W.BBB34.WW");
}

#[test]
fn leaving_pays_the_share_of_time_that_is_left_and_only_once() {
    let mut world = box_of_thirteen(&["0.", "1."]);
    world.act(&[Go(Up), Stay], 20, CHANCE);
    assert!((world.score - 0.8).abs() < 1e-12);
    world.act(&[Stay, Stay], 21, CHANCE);
    assert!((world.score - 0.8).abs() < 1e-12 && !world.is_done);
    world.act(&[Stay, Go(Left)], 50, CHANCE);
    assert!((world.score - 1.3).abs() < 1e-12 && world.is_done);
}

#[test]
fn the_box_fills_its_gap_in_all_eight_placements() {
    let mut seen = Vec::new();
    for seed in 0..60 {
        let world = World::new(Task::Transport, 10, 5, 100, false, Chance::new(seed)).unwrap();
        let cells: Vec<Cell> =
            world.board.cells().filter(|c| world.thing_at(*c) == Some(Thing::Box)).collect();
        assert_eq!(cells.len(), 13);
        assert_eq!(cells.iter().filter(|c| !world.is_inner(**c)).count(), 7);
        assert!(world.border_cells().into_iter().all(|c| world.thing_at(c).is_some()));
        seen.push(cells);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 8);
}

#[test]
fn openings_differ_by_seed_and_not_by_anything_else() {
    for task in Task::ALL {
        let text = |seed| World::new(task, 10, 10, 100, false, Chance::new(seed)).unwrap().text();
        assert_eq!(text(1), text(1), "{task:?}");
        assert_ne!(text(1), text(2), "{task:?}");
    }
}

#[test]
fn a_message_is_read_as_far_as_it_makes_sense() {
    let mut reports = Vec::new();
    read("F 1 2 N x 3 B 4 5 6", &mut reports);
    let named: Vec<(char, i32, i32)> =
        reports.iter().map(|r| (r.what, r.at.row, r.at.column)).collect();
    assert_eq!(named, [('F', 1, 2), ('B', 4, 5)]);
    reports.clear();
    read("", &mut reports);
    read("P 99999999999 1", &mut reports);
    assert_eq!(reports, []);
}

#[test]
fn a_way_goes_around_walls_and_prefers_what_was_seen() {
    let faults = SCRIPTED;
    let mut mind = Mind::new(5, &faults, &mut CHANCE.at("clock", &[]));
    let sight = Sight { at: Cell::new(2, 1), size: 5, ..Sight::default() };
    let mut paths = Paths::default();
    let mut way = |mind: &Mind| paths.toward(mind, &sight, &[Cell::new(2, 3)]);
    mind.known.fill(Known::Free);
    assert_eq!(way(&mind), Some(Right));
    mind.known[2 * 5 + 2] = Known::Is(Thing::Wall);
    assert_eq!(way(&mind), Some(Up));
    // The way below was seen, the way above was not.
    mind.known[5 + 1..5 + 4].fill(Known::Nothing);
    assert_eq!(way(&mind), Some(Down));
    for row in 0..5 {
        mind.known[row * 5 + 2] = Known::Is(Thing::Wall);
    }
    assert_eq!(way(&mind), None);
}

#[test]
fn what_cannot_work_is_refused_with_a_sentence() {
    let refused = |params: Params, dial: &str, word: &str| {
        let report = params.validate().expect_err("it cannot work").to_string();
        assert!(report.contains(dial) && report.contains(word), "{report}");
    };
    let default = Params::default;
    refused(Params { agents: 30, ..default() }, "agents", "24 free cells");
    refused(Params { agents: 1, ..default() }, "agents", "");
    refused(Params { view: 4, ..default() }, "view", "odd");
    refused(Params { task: Play::Foraging, size: 9, ..default() }, "size", "at least 10");
    refused(Params { task: Play::Transport, size: 8, ..default() }, "size", "at least 9");
    refused(Params { task: Play::All, size: 8, ..default() }, "size", "at least 10");
    refused(Params { lapse: 1.1, ..default() }, "lapse", "");
    assert!(Params { task: Play::Flocking, agents: 36, size: 8, ..default() }.validate().is_ok());
}

#[test]
fn too_few_for_the_task_are_told_so_and_score_nothing() {
    let first = |task: &str, agents: u32| {
        let query = [("task", task.into()), ("agents", agents.into())];
        crate::asked::played::<Swarmbench>(&query, "scripted", 1, |_| String::new())
            .rounds
            .remove(0)
    };
    for (task, enough, says) in [
        ("transport", 5, "The box cannot move: it takes five agents to push it."),
        ("flocking", 4, "Fewer than four agents form a ring of one cell: Flocking scores nothing."),
    ] {
        let [few, many] = [enough - 1, enough].map(|agents| first(task, agents));
        assert!(few.lines.iter().any(|line| line == says), "{:?}", few.lines);
        assert!(!many.lines.iter().any(|line| line == says), "{:?}", many.lines);
        assert_eq!(few.readings["score"], 0.0, "{task}");
    }
}

#[test]
fn every_offered_number_of_agents_finds_room() {
    for task in Task::ALL {
        for size in [task.size_min(), 10, 13, 21, 40] {
            let agents = task.room(size).min(64);
            for seed in 0..2 {
                let world = World::new(task, size, agents, 100, false, Chance::new(seed));
                assert!(world.is_ok(), "{task:?}, size {size}, {agents} agents");
            }
        }
    }
}

fn play(params: Params, arm: Arm, rounds: u32) -> Swarmbench {
    let mut ctx = Ctx::new(1);
    let mut system = Swarmbench::start(&params, arm, &mut ctx).expect("these dials are in range");
    for _ in 0..rounds {
        engine::run::block_on(system.step(&mut ctx)).expect("nothing diverges");
    }
    system
}

#[test]
fn scenes_keep_their_shape_at_both_ends_of_the_dials() {
    for (task, agents, size) in
        [(Play::All, 2, 10), (Play::All, 64, 40), (Play::Transport, 5, 9), (Play::Flocking, 2, 8)]
    {
        let system = play(
            Params { task, agents, size, view: 19, ..Params::default() },
            Arm::Fixed(SCRIPTED),
            2,
        );
        let scenes = system.scenes();
        assert_eq!(scenes.len(), claims::CARD.views.len());
        assert_eq!(scenes.iter().filter_map(Scene::flaw).next(), None);
    }
}
