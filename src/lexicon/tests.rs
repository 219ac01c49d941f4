//! The lexicon on a system of its own: form, links, claims, scenes, columns.

use crate::claim::{join, trial};
use crate::link::{OWN_KEYS, canonical, decode, encode, same, setting};
use crate::scene::*;
use crate::*;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
struct Toy {
    /// How many there are.
    #[garde(range(min = 2, max = 100))]
    #[schemars(extend("unit" = "agents", "symbol" = "N", "paper" = 50, "label" = "Swarm size"))]
    agents: u32,
    /// How many listen;
    /// never more than there are.
    #[garde(range(min = 1, max = 100), custom(at_most(self.agents)))]
    listeners: u32,
    #[garde(range(min = 0.001, max = 10.0))]
    #[schemars(extend("log" = true, "advanced" = true, "step" = 0.2))]
    /// Step size.
    rate: f64,
    /// Which game.
    #[garde(skip)]
    game: Game,
    /// Whether they talk.
    #[garde(skip)]
    talk: bool,
    /// Levels.
    #[garde(length(min = 1, max = 3), inner(range(min = 0.0, max = 1.0)))]
    levels: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Game {
    /// Everyone together.
    StagHunt,
    Chicken,
}

impl Default for Toy {
    fn default() -> Self {
        Self {
            agents: 10,
            listeners: 5,
            rate: 0.1,
            game: Game::StagHunt,
            talk: true,
            levels: vec![0.0, 0.5],
        }
    }
}

fn at_most(agents: u32) -> impl FnOnce(&u32, &()) -> garde::Result {
    move |given, ()| match *given <= agents {
        true => Ok(()),
        false => Err(garde::Error::new(format!("at most the {agents} agents can listen"))),
    }
}

const LOSS: Metric = Metric::lower("loss", "Loss", "");

const CARD: Card = Card {
    id: "toy-game",
    version: 3,
    past: &[
        Past { version: 1, defaults: "agents=4&listeners=2" },
        Past { version: 2, defaults: "rate=0.5" },
    ],
    title: "Toy",
    says: "A toy.",
    family: Family::Search,
    paper: Paper { title: "Toy", authors: "", year: 2026, arxiv: None },
    rounds: Horizon { default: 20, max: 200 },
    views: &["one", "two"],
    metrics: &[LOSS],
    claims: &[],
    presets: &[],
    real: Real { trains: false, surrogate_minds: false },
    about: "toy_game.md",
};

pub(crate) fn sheet() -> Sheet {
    let arms = vec![
        ArmCard::method((), "ours", "Ours").info,
        ArmCard::baseline((), "theirs", "Theirs").info,
        ArmCard::ablation((), "half", "Half").extra().info,
        ArmCard::reference((), "brave", "Brave").when("game=chicken").info,
    ];
    Sheet { card: CARD, arms, dials: dials::<Toy>() }
}

const CATALOGUE: &[Entry] = &[Entry {
    id: "toy-game",
    sheet,
    check: |s| parse::<Toy>(&s.params).map(|_| ()),
    asks: |_| None,
}];

fn open(query: &str) -> Opened {
    decode(&format!("#/toy-game?{query}"), CATALOGUE).expect("the system exists")
}

fn params(of: Value) -> Map<String, Value> {
    of.as_object().expect("an object").clone()
}

#[test]
fn a_derived_struct_gives_the_form() {
    let dials = dials::<Toy>();
    let names: Vec<&str> = dials.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["agents", "listeners", "rate", "game", "talk", "levels"]);
    let agents = &dials[0];
    assert_eq!(
        (agents.label.as_str(), agents.unit.as_str(), agents.symbol.as_str()),
        ("Swarm size", "agents", "N")
    );
    assert_eq!((&agents.default, &agents.paper), (&json!(10), &Some(json!(50))));
    assert_eq!(agents.kind, Kind::Int { min: 2, max: 100, log: false });
    assert_eq!(dials[1].help, "How many listen; never more than there are.");
    assert_eq!(dials[2].kind, Kind::Real { min: 0.001, max: 10.0, log: true, step: Some(0.2) });
    assert!(dials[2].advanced && !agents.advanced);
    let Kind::Choice { options } = &dials[3].kind else { panic!("{:?}", dials[3]) };
    let options: Vec<(&str, &str, &str)> =
        options.iter().map(|o| (o.id.as_str(), o.label.as_str(), o.help.as_str())).collect();
    assert_eq!(options.len(), 2);
    assert!(options.contains(&("stag_hunt", "Stag hunt", "Everyone together.")), "{options:?}");
    assert!(options.contains(&("chicken", "Chicken", "")), "{options:?}");
    assert_eq!(dials[4].kind, Kind::Flag);
    assert_eq!(dials[5].kind, Kind::List { min: 0.0, max: 1.0, length_max: 3 });
}

#[test]
fn the_only_door_checks_ranges_names_and_rules_across_dials() {
    let refused = |of: Value| -> Vec<(String, String)> {
        let issues = parse::<Toy>(&params(of)).expect_err("must be refused");
        issues.into_iter().map(|i| (i.dial, i.says)).collect()
    };
    assert_eq!(parse::<Toy>(&Map::new()), Ok(Toy::default()));
    let fine =
        parse::<Toy>(&params(json!({"agents": 4, "listeners": 4, "rate": 1, "game": "chicken"})))
            .unwrap();
    assert_eq!((fine.agents, fine.rate, fine.game), (4, 1.0, Game::Chicken));
    for (of, dial, words) in [
        (json!({"agents": 101}), "agents", "from 2 to 100 (agents)"),
        (json!({"agents": 3.5}), "agents", "whole number"),
        (json!({"agents": "many"}), "agents", "whole number"),
        (json!({"agents": 4}), "listeners", "at most the 4 agents"),
        (json!({"rate": 0}), "rate", "from 0.001 to 10"),
        (json!({"game": "go"}), "game", "one of"),
        (json!({"talk": 1}), "talk", "true or false"),
        (json!({"levels": []}), "levels", "1 to 3 numbers"),
        (json!({"levels": [0, 2]}), "levels", "1 to 3 numbers"),
        (json!({"__proto__": 1}), "__proto__", "no such dial"),
    ] {
        let told = refused(of);
        assert!(told.iter().any(|(d, says)| d == dial && says.contains(words)), "{dial}: {told:?}");
    }
    assert_eq!(refused(json!({"agents": 1, "rate": 99})).len(), 2, "every mistake is told at once");
}

#[test]
fn text_is_read_by_the_dial_and_by_nothing_else() {
    let dials = dials::<Toy>();
    let read = |name: &str, text: &str| dials.iter().find(|d| d.name == name).unwrap().read(text);
    for (name, text, value) in [
        ("agents", " 12 ", json!(12)),
        ("agents", "12.0", json!(12)),
        ("agents", "1e1", json!(10)),
        ("rate", "2", json!(2.0)),
        ("rate", "1e-3", json!(0.001)),
        ("game", "chicken", json!("chicken")),
        ("talk", "0", json!(false)),
        ("levels", "0, 0.25,1", json!([0.0, 0.25, 1.0])),
    ] {
        assert_eq!(read(name, text), Ok(value), "{name} {text:?}");
    }
    for (name, text) in [
        ("agents", ""),
        ("agents", "12.5"),
        ("agents", "1e300"),
        ("agents", "-1"),
        ("rate", "NaN"),
        ("rate", "inf"),
        ("rate", "1,5"),
        ("rate", "0x1"),
        ("game", "Chicken"),
        ("talk", "yes"),
        ("levels", "0,,1"),
        ("levels", "0,0,0,0"),
    ] {
        let issue = read(name, text).expect_err(text);
        assert_eq!(issue.dial, name);
        assert!(issue.says.starts_with("this dial takes"), "{issue}");
    }
    let long = read("agents", &"9\u{7}".repeat(5_000)).unwrap_err();
    assert!(long.given.chars().count() <= 41 && !long.given.contains('\u{7}'), "{long}");
}

#[test]
fn a_link_holds_what_differs_in_the_order_of_the_dials() {
    let sheet = sheet();
    let mut scenario = sheet.scenario();
    assert_eq!(canonical(&sheet, &scenario), "#/toy-game?v=3");
    scenario.params =
        params(json!({"levels": [1.0, 0.5], "agents": 20, "rate": 2.0, "talk": true}));
    scenario.arms = vec!["theirs".into()];
    scenario.seeds = 9;
    let view =
        View { scene: 1, at: Some(4), paused: true, hide: vec!["rate".into()], ..View::default() };
    let link = encode(&sheet, &scenario, &view);
    assert_eq!(
        link,
        "#/toy-game?agents=20&rate=2&levels=1,0.5&arms=theirs&seeds=9&scene=1&at=4&play=0&hide=rate&v=3"
    );
    let opened = decode(&link, CATALOGUE).unwrap();
    scenario.params.remove("talk");
    assert_eq!((opened.scenario, opened.view), (scenario, view));
    assert!(opened.issues.is_empty() && opened.notices.is_empty());
}

#[test]
fn links_open_from_wherever_they_were_copied() {
    for link in [
        "toy-game",
        "/toy-game",
        "#toy-game",
        "#/toy-game/",
        "#/toy-game?",
        "https://host/a/b/?x=1#/toy-game?v=3",
    ] {
        assert_eq!(decode(link, CATALOGUE).unwrap().scenario, sheet().scenario(), "{link}");
    }
    assert!(same(&json!(1), &json!(1.0)) && same(&json!([1, 2.0]), &json!([1.0, 2])));
    assert!(!same(&json!([1]), &json!([1, 1])) && !same(&json!("1"), &json!(1)));
}

#[test]
fn a_version_keeps_its_defaults_for_good() {
    let of = |query: &str| open(query).scenario.params;
    assert_eq!(of("v=1"), params(json!({"agents": 4, "listeners": 2})));
    assert_eq!(of("v=1&agents=10"), params(json!({"listeners": 2})), "the link's own value holds");
    assert_eq!(of("v=2"), params(json!({"rate": 0.5})));
    assert_eq!(of("v=3"), Map::new());
    for bad in ["v=4", "v=0", "v=x", "v="] {
        assert!(open(bad).issues.iter().any(|i| i.dial == "v"), "{bad}");
    }
}

#[test]
fn arms_are_offered_where_their_dial_stands() {
    let arms = |query: &str| open(query).scenario.arms;
    assert_eq!(arms(""), ["ours", "theirs"]);
    assert_eq!(arms("game=chicken"), ["ours", "theirs", "brave"]);
    assert_eq!(arms("arms=half,ours,half"), ["half", "ours"]);
    assert_eq!(arms("arms=brave"), ["ours", "theirs"]);
    assert!(open("arms=brave").notices[0].contains("game=chicken"));
    assert!(open("arms=nobody").issues[0].says.contains("ours, theirs, half, brave"));
    let sheet = sheet();
    let brave = ArmInfo { when: "game=stag|chicken", ..*sheet.arm("brave").unwrap() };
    let at = |game: &str| sheet.values(&Map::from_iter([("game".into(), Value::from(game))]));
    assert!(brave.offered(&at("chicken")) && brave.offered(&at("stag")));
    assert!(!brave.offered(&at("chick")));
}

#[test]
fn settings_of_ours_are_strict() {
    let sheet = sheet();
    assert_eq!(setting(&sheet, "rounds=7&game=chicken").unwrap().rounds, 7);
    assert!(matches!(setting(&sheet, "agents=1"), Err(Fault::Params(_))));
    assert!(
        matches!(setting(&sheet, "agent=3"), Err(Fault::Link(says)) if says.contains("agents"))
    );
    assert!(OWN_KEYS.iter().all(|key| sheet.dial(key).is_none()));
}

#[test]
fn a_claim_names_each_trial_once() {
    let claim = |setting, test| Claim {
        id: "c1",
        says: "",
        source: "",
        tests: "",
        setting,
        seeds: 5,
        test,
        expect: Expect::Reproduced,
    };
    let at = At::Last;
    let count = |setting, test| trials(&sheet(), &claim(setting, test)).unwrap().len();
    let lower = Test::Lower { metric: LOSS, arm: "ours", than: "theirs", at, ratio: 1.0 };
    assert_eq!(count("", lower), 10);
    assert_eq!(
        count(
            "",
            Test::All(
                const {
                    &[Test::Lower {
                        metric: LOSS,
                        arm: "ours",
                        than: "theirs",
                        at: At::Last,
                        ratio: 1.0,
                    }; 3]
                }
            )
        ),
        10
    );
    assert_eq!(
        count(
            "",
            Test::Lower { metric: LOSS, arm: "ours?agents=10", than: "ours", at, ratio: 1.0 }
        ),
        5
    );
    assert_eq!(
        count(
            "",
            Test::Lower {
                metric: LOSS,
                arm: "ours | half | ours?rate=1",
                than: "theirs",
                at,
                ratio: 1.0
            }
        ),
        20
    );
    let values = &[0.5, 1.0];
    assert_eq!(
        count("", Test::Trend { metric: LOSS, arm: "ours", at, dial: "rate", values, rises: true }),
        10
    );
    let (here, there) = ("agents=20", "agents=30");
    assert_eq!(
        count(
            "",
            Test::BestDial { metric: LOSS, arm: "ours", at, dial: "rate", values, here, there }
        ),
        20
    );
    let cells = &["rate=1", "rate=2", "rate=0.1"];
    assert_eq!(
        count(
            "",
            Test::Share {
                metric: LOSS,
                arm: "ours",
                than: "half",
                at,
                cells,
                margin: 0.0,
                at_least: 0.5
            }
        ),
        30
    );
    // The address' own setting wins over the claim's.
    let one = trial(&sheet(), "ours?rate=2", "rate=1&rounds=3", 4).unwrap();
    assert_eq!(
        (one.params["rate"].as_f64(), one.rounds, one.seed, one.seeds),
        (Some(2.0), 3, 4, 1)
    );
    assert_eq!(
        (join("", "a=1"), join("a=1", ""), join("a=1", "a=2")),
        ("a=1".into(), "a=1".into(), "a=1&a=2".into())
    );
    assert!(trials(&sheet(), &claim("agents=1", lower)).is_err());
}

#[test]
fn verdicts_rank_from_refuted_to_reproduced() {
    let effect = Effect { mean: 1.0, low: 0.0, high: 2.0, d: 1.0, seeds: 5 };
    let all = [
        Verdict::NotReproduced(effect),
        Verdict::Inconclusive { why: "x".into(), effect: None },
        Verdict::DirectionOnly(effect),
        Verdict::Reproduced(effect),
    ];
    assert_eq!(all.each_ref().map(Verdict::rank), [0, 1, 2, 3]);
    assert_eq!(all[1].effect(), None);
}

#[test]
fn a_scene_of_uneven_columns_is_named() {
    let flaw = |scene: Scene| scene.flaw().unwrap_or_default();
    let graph =
        Graph { x: vec![0.0; 3], y: vec![0.0; 3], edges: vec![0, 1, 1, 2], ..Graph::default() };
    assert_eq!(flaw(Scene::Graph(graph.clone())), "");
    assert!(flaw(Scene::Graph(Graph { tone: vec![1], ..graph.clone() })).contains("tone"));
    assert!(flaw(Scene::Graph(Graph { edges: vec![0, 3], ..graph.clone() })).contains("no node"));
    assert!(flaw(Scene::Graph(Graph { edges: vec![0], ..graph.clone() })).contains("pairs"));
    let toned = |edge_tone| flaw(Scene::Graph(Graph { edge_tone, ..graph.clone() }));
    assert!(toned(vec![1, PLAIN]).is_empty() && toned(vec![1]).contains("edge_tone"));
    let many = vec![0.0; MARKS_MAX + 1];
    let field = Field { x: many.clone(), y: many, ..Field::default() };
    assert!(flaw(Scene::Field(field)).contains("the most is"));
    let grid = Grid { columns: 2, rows: 2, cell: vec![0; 4], ..Grid::default() };
    assert_eq!(flaw(Scene::Grid(grid.clone())), "");
    let city = |rows: u32| Grid {
        columns: 512,
        rows,
        cell: vec![0; 512 * rows as usize],
        ..Grid::default()
    };
    assert_eq!(flaw(Scene::Grid(city(512))), "");
    assert!(flaw(Scene::Grid(city(513))).contains("more cells"));
    let mark = Mark { column: 2, row: 0, tone: 1, reach: 0, label: String::new() };
    assert!(flaw(Scene::Grid(Grid { marks: vec![mark], ..grid })).contains("off the board"));
    let heat = Heatmap {
        rows: vec!["a".into()],
        columns: vec!["b".into()],
        value: vec![1.0],
        high: 1.0,
        ..Heatmap::default()
    };
    assert_eq!(flaw(Scene::Heatmap(heat.clone())), "");
    assert!(!flaw(Scene::Heatmap(Heatmap { value: vec![], ..heat })).is_empty());
}

#[test]
fn a_table_holds_at_most_the_rows_that_are_asked_for() {
    let graph = Graph { x: vec![0.0; 9], y: vec![0.0; 9], edges: vec![0, 1], ..Graph::default() };
    let table = Scene::Graph(graph).table(4);
    assert_eq!(table.rows.len(), 4);
    assert_eq!(table.rows[0].last().map(String::as_str), Some("1"));
    assert!(table.rows.iter().all(|row| row.len() == table.head.len()));
}

#[test]
fn columns_come_back_to_the_bit() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Columns {
        #[serde(with = "crate::column")]
        real: Vec<f32>,
        #[serde(with = "crate::column")]
        whole: Vec<u32>,
    }
    let columns = Columns { real: vec![0.1, -0.0, f32::MIN_POSITIVE], whole: vec![1, u32::MAX] };
    let text = serde_json::to_string(&columns).unwrap();
    assert_eq!(serde_json::from_str::<Columns>(&text).unwrap(), columns);
    assert!(serde_json::from_str::<Columns>(r#"{"real":[1,2,3],"whole":[]}"#).is_err());
}
