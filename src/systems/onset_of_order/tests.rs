use super::*;

fn played(params: Params, arm: Arm, rounds: u32) -> OnsetOfOrder {
    let mut ctx = Ctx::new(1);
    let mut system = OnsetOfOrder::start(&params, arm, &mut ctx).expect("these dials are in range");
    for _ in 0..rounds {
        engine::run::block_on(system.step(&mut ctx)).expect("nothing diverges");
    }
    system
}

fn home(arm: Arm) -> Model {
    match arm {
        Arm::Angular | Arm::Vectorial | Arm::Topological | Arm::Unaligned => Model::Vicsek,
        _ => Model::Kuramoto,
    }
}

#[test]
fn zero_range_one_agent_and_extreme_dials_play_in_every_arm() {
    for arm in OnsetOfOrder::ARMS.iter().map(|a| a.arm) {
        let base = Params { model: home(arm), agents: 40, ..Params::default() };
        for params in [
            Params { radius: 0.0, ..base.clone() },
            Params { agents: 1, ..base.clone() },
            Params { agents: 1, radius: 3.0, density: 10.0, nearest: 32, ..base.clone() },
            Params { speed: 1.0, density: 10.0, agents: 2, ..base.clone() },
            Params { coupling: 10.0, spread: 0.0, noise: TAU, ..base.clone() },
            Params { coupling: 0.0, spread: 2.0, noise: 0.0, ..base.clone() },
        ] {
            let system = played(params.clone(), arm, 5);
            let order = system.order();
            assert!((0.0..=1.000_001).contains(&order), "{arm:?} {params:?}: {order}");
            assert_eq!(system.scenes().iter().filter_map(Scene::flaw).next(), None, "{arm:?}");
        }
    }
}

#[test]
fn a_hundred_thousand_agents_are_drawn_thinned() {
    let params = Params { agents: 100_000, ..Params::default() };
    let system = played(params, Arm::Angular, 1);
    let Some(Scene::Field(field)) = system.scenes().into_iter().next() else {
        panic!("the first view is a field");
    };
    assert!(field.x.len() <= scene::MARKS_MAX && field.x.len() > 4_000);
    assert!(field.note.contains("One in 20"), "{}", field.note);
}

#[test]
fn too_many_ties_are_refused_with_the_range_that_would_work() {
    let params = Params {
        model: Model::Kuramoto,
        agents: 100_000,
        density: 10.0,
        radius: 3.0,
        ..Params::default()
    };
    let fault = OnsetOfOrder::start(&params, Arm::Near, &mut Ctx::new(1)).err();
    let Some(Fault::Params(issues)) = fault else { panic!("{fault:?}") };
    assert!(issues[0].dial == "radius" && issues[0].says.contains("1.59"), "{issues:?}");
}

#[test]
fn the_window_is_the_second_half_of_the_rounds() {
    let mut system = played(Params { agents: 3, ..Params::default() }, Arm::Angular, 0);
    for order in [1.0, 0.0, 0.5, 0.7, 0.9] {
        let last = system.sums[system.sums.len() - 1];
        system.sums.push([last[0] + order, last[1] + order * order]);
    }
    let [mean, variance] = system.window();
    // Rounds 3 to 5.
    assert!(
        (mean - 0.7).abs() < 1e-12 && (variance - 0.08 / 3.0).abs() < 1e-12,
        "{mean} {variance}"
    );
}

#[test]
fn phases_drawn_from_the_mean_field_have_its_order() {
    let even: Vec<f64> = (0..10_000).map(|i| TAU * (f64::from(i) + 0.5) / 10_000.0).collect();
    for order in [0.0, 0.3, 0.9] {
        let mut shown = Shown::default();
        spread_out(order, &even, &mut shown);
        let mean = shown.cos.iter().map(|c| f64::from(*c)).sum::<f64>() / 10_000.0;
        assert!((mean - order).abs() < 1e-3, "{order} {mean}");
    }
}
