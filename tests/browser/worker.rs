//! What has to hold inside a worker: the wire brings things over as they were, chance has the same numbers as
//! natively, and every system runs.
#![cfg(target_arch = "wasm32")]

use engine::chance::Chance;
use engine::run::{Host, Run, block_on, start};
use js_sys::{Reflect, Uint8Array};
use lexicon::scene::{Field, Heatmap};
use lexicon::wire::{FromWorker, ToWorker, Watch, js};
use lexicon::*;
use rand::Rng;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::*;

mod gpu;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Rounds that every system is run for.
const ROUNDS: u32 = 3;

fn bits(column: &[f32]) -> Vec<u32> {
    column.iter().map(|number| number.to_bits()).collect()
}

fn inside(value: &JsValue, path: &[&str]) -> JsValue {
    path.iter().fold(value.clone(), |at, key| Reflect::get(&at, &(*key).into()).expect("an object"))
}

#[wasm_bindgen_test]
fn columns_cross_as_typed_arrays_to_the_last_bit() {
    let value = vec![0.5, f32::NAN, -0.0, f32::INFINITY, f32::MIN_POSITIVE];
    let heatmap = Heatmap { value: value.clone(), unit: "ms".into(), ..Heatmap::default() };
    let empty = Field::default();
    let message = FromWorker::Rounds {
        run: 7,
        rounds: Vec::new(),
        scenes: vec![(3, vec![Scene::Heatmap(heatmap), Scene::Field(empty.clone())])],
    };
    let crossed = js::encode(&message);
    let column = inside(&crossed, &["Rounds", "scenes", "0", "1", "0", "Heatmap", "value"]);
    assert!(column.is_instance_of::<Uint8Array>(), "{column:?}");

    let FromWorker::Rounds { run, scenes, .. } = js::decode(crossed).expect("our own message")
    else {
        panic!("rounds stay rounds");
    };
    assert_eq!((run, scenes[0].0), (7, 3));
    let [Scene::Heatmap(back), Scene::Field(field)] = &scenes[0].1[..] else {
        panic!("scenes keep their kinds");
    };
    assert_eq!(bits(&back.value), bits(&value));
    assert_eq!((back.unit.as_str(), field), ("ms", &empty));
}

#[wasm_bindgen_test]
fn a_start_arrives_with_whole_numbers_texts_and_lists_as_they_were() {
    let params = serde_json::json!({ "clients": 24, "beta": 0.5, "model": "mlp", "flag": true, "p": [0, 0.2, 1] });
    let scenario = Scenario {
        system: "fedstale".into(),
        version: 1,
        arms: vec!["fedavg".into()],
        seed: 1,
        seeds: 2,
        rounds: 30,
        params: params.as_object().expect("an object").clone(),
        data: None,
    };
    let job = Job { arm: "fedavg".into(), seed: u32::MAX };
    let message = ToWorker::Start {
        run: 1,
        scenario: scenario.clone(),
        job: job.clone(),
        until: 9,
        watch: Watch::Every,
        minds: Minds::Connected,
        device: Device::Gpu,
    };
    match js::decode(js::encode(&message)) {
        Ok(ToWorker::Start {
            run: 1,
            scenario: back,
            job: same,
            until: 9,
            watch: Watch::Every,
            minds: Minds::Connected,
            device: Device::Gpu,
        }) => {
            assert_eq!((back, same), (scenario, job));
        }
        other => panic!("{other:?}"),
    }
}

#[wasm_bindgen_test]
fn what_is_no_message_of_ours_is_refused_in_words() {
    for foreign in ["{\"Start\":{}}", "null", "[1,2]", "{\"Allow\":{\"run\":-1}}", "\"Nothing\""] {
        let value = js_sys::JSON::parse(foreign).expect("JSON");
        let refused = js::decode::<ToWorker>(value).expect_err(foreign);
        assert!(!refused.is_empty());
    }
}

/// The numbers stand in the engine's own tests too, where they are held natively.
#[wasm_bindgen_test]
fn chance_has_the_numbers_it_has_natively() {
    let chance = Chance::new(1);
    assert_eq!(chance.stream(0, "opening values").next_u64(), 9664854045004426352);
    assert_eq!(chance.at("first answer", &[1, 2]).next_u64(), 1612305864543477971);
}

#[wasm_bindgen_test]
fn every_system_runs_three_rounds_with_each_arm() {
    for entry in systems::CATALOGUE {
        let sheet = (entry.sheet)();
        let mut scenario = small(&sheet);
        scenario.rounds = ROUNDS.min(scenario.rounds);
        let values = sheet.values(&scenario.params);
        for arm in sheet.arms.iter().filter(|arm| arm.offered(&values)) {
            let job = Job { arm: arm.id.to_string(), seed: 1 };
            let name = format!("{}, {}", entry.id, arm.id);
            let mut run = start(systems::STARTERS, &scenario, &job, Host::default())
                .unwrap_or_else(|fault| panic!("{name}: {fault}"));
            let rounds = walk(&mut run, &name);
            assert!(rounds.iter().any(|round| !round.readings.is_empty()), "{name} reads nothing");
            let scenes = run.scenes();
            assert_eq!(scenes.len(), sheet.card.views.len(), "{name}");
            for scene in &scenes {
                assert_eq!(scene.flaw(), None, "{name}");
            }
            let message =
                FromWorker::Rounds { run: 1, rounds: rounds.clone(), scenes: vec![(3, scenes)] };
            match js::decode(js::encode(&message)) {
                Ok(FromWorker::Rounds { rounds: back, .. }) => assert_eq!(back, rounds, "{name}"),
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}

/// A tab's share for one city (issue: at most 400 MB).
const MEMORY_MAX: usize = 400_000_000;

#[wasm_bindgen_test]
fn a_million_agents_live_their_days_within_the_memory_of_a_tab() {
    let sheet =
        (find(systems::CATALOGUE, "large-population-models").expect("a system of ours").sheet)();
    let query = "part=policy&agents=1000000&weekly_r=4.5&initial=0.004&rounds=12";
    let scenario = link::setting(&sheet, query).expect("a setting of ours");
    let job = Job { arm: "none".into(), seed: 1 };
    let began = js_sys::Date::now();
    let mut run = start(systems::STARTERS, &scenario, &job, Host::default())
        .unwrap_or_else(|fault| panic!("{fault}"));
    let built = js_sys::Date::now();
    let rounds = walk(&mut run, "a million agents");
    let lived = js_sys::Date::now();
    assert!(rounds.len() >= 10);
    let attack = |round: &Round| round.readings["attack"];
    assert!(attack(&rounds[11]) > attack(&rounds[0]), "the epidemic spreads");
    let Some(Scene::Grid(board)) = run.scenes().into_iter().next() else { panic!("a board") };
    assert_eq!(board.cell.len(), 512 * 512);
    let memory = core::arch::wasm32::memory_size::<0>() * 65_536;
    let days = rounds.len() as f64 * 1e3 / (lived - built);
    console_log!(
        "built in {} ms, {days:.1} days a second, {} MB",
        built - began,
        memory / 1_000_000
    );
    assert!(memory < MEMORY_MAX, "{memory} bytes");
}

/// The system's own small setting where it has one.
fn small(sheet: &Sheet) -> Scenario {
    let preset = sheet.card.presets.iter().find(|preset| preset.id == "small");
    link::setting(sheet, preset.map_or("", |preset| preset.query)).expect("a preset of ours")
}

fn walk(run: &mut Run, name: &str) -> Vec<Round> {
    let mut rounds = Vec::new();
    loop {
        let (round, flow) = block_on(run.step()).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert!(round.readings.values().all(|value| value.is_finite()), "{name}");
        rounds.push(round);
        if flow == Flow::Done {
            return rounds;
        }
    }
}
