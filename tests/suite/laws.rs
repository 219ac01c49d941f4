//! Laws: what holds for every system, and nobody writes again. A law is a function of a subject that gives a
//! sentence when it is broken; `bites.rs` shows for each that it does.

use lexicon::link::{OWN_KEYS, canonical, decode, encode};
use lexicon::scene::MARKS_MAX;
use lexicon::*;
use native::World;
use native::jobs::{Task, walk};
use native::playthrough::{Head, at_home};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A system before the laws.
#[derive(Clone)]
pub struct Subject {
    pub world: World,
    pub entry: Entry,
    pub sheet: Sheet,
    /// Where its story may stand.
    pub stories: Vec<PathBuf>,
    /// Its recording, if there is one: the laws then run at its small setting.
    pub recording: Option<String>,
}

pub type Law = fn(&Subject) -> Result<(), String>;

pub const LAWS: &[(&str, Law)] = &[
    ("same_seed_same_run", same_seed_same_run),
    ("another_seed_another_run", another_seed_another_run),
    ("every_metric_is_declared_and_read", every_metric_is_declared_and_read),
    ("scenes_keep_their_shape", scenes_keep_their_shape),
    ("every_dial_survives_both_ends", every_dial_survives_both_ends),
    ("every_preset_runs", every_preset_runs),
    ("nonsense_is_refused_with_the_name_of_the_dial", nonsense_is_refused),
    ("links_come_back_as_they_went", links_come_back),
    ("arms_differ", arms_differ),
    ("a_method_has_a_baseline", a_method_has_a_baseline),
    ("the_card_is_in_order", the_card_is_in_order),
    ("claims_name_only_what_exists", claims_name_only_what_exists),
    ("the_story_is_told", the_story_is_told),
    ("the_default_is_watchable", the_default_is_watchable),
];

/// Rounds that most laws look at.
const ROUNDS: u32 = 4;
/// Rounds that a dial's end has to survive.
const END_ROUNDS: u32 = 3;
/// An end that takes longer is not one that a browser survives.
const END_TIME: Duration = Duration::from_secs(30);
/// The default scenario, all shown arms one after the other, on one native core of a loaded machine.
const DEFAULT_TIME: Duration = Duration::from_secs(40);

fn ensure(holds: bool, says: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(says()) }
}

impl Subject {
    /// The small scenario of the recording, or of what would be recorded.
    fn small(&self) -> Result<Scenario, String> {
        let head = match &self.recording {
            Some(text) => Head::read(text)?,
            None => Head::of(&self.sheet).map_err(|fault| fault.to_string())?,
        };
        let opened = decode(&head.link, self.world.catalogue).map_err(|fault| fault.to_string())?;
        ensure(opened.issues.is_empty(), || format!("{}: {:?}", head.link, opened.issues))?;
        Ok(Scenario { rounds: opened.scenario.rounds.min(ROUNDS), ..opened.scenario })
    }

    /// Every arm at the small setting, moved to where it is offered.
    fn arms(&self) -> Result<Vec<Task>, String> {
        let small = self.small()?;
        let task = |arm: &ArmInfo| {
            let scenario = at_home(&self.sheet, &small, arm).map_err(|fault| fault.to_string())?;
            Ok(Task { scenario, job: Job { arm: arm.id.to_string(), seed: 1 }, own: None })
        };
        self.sheet.arms.iter().map(task).collect()
    }

    fn link(&self, scenario: &Scenario) -> String {
        canonical(&self.sheet, scenario)
    }
}

/// What a run showed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    rounds: Vec<Round>,
    /// After the last round only, or after each.
    scenes: Vec<Vec<Scene>>,
}

fn play(subject: &Subject, task: &Task, every_scene: bool) -> Result<Seen, String> {
    let mut seen = Seen::default();
    let run = walk(subject.world.starters, task, task.scenario.rounds, |round, run| {
        seen.rounds.push(round.clone());
        if every_scene {
            seen.scenes.push(run.scenes());
        }
        Ok(())
    })
    .map_err(|fault| format!("{}, seed {}: {fault}", task.job.arm, task.job.seed))?;
    if !every_scene {
        seen.scenes.push(run.scenes());
    }
    Ok(seen)
}

/// A round to the last bit: -0 is not 0 here.
type Bits<'a> = (u32, Vec<(&'a str, u64)>, &'a [String]);

fn bits(rounds: &[Round]) -> Vec<Bits<'_>> {
    rounds
        .iter()
        .map(|round| {
            let readings = round.readings.iter().map(|(m, v)| (m.as_str(), v.to_bits())).collect();
            (round.index, readings, round.lines.as_slice())
        })
        .collect()
}

/// Looking at it (the second run is asked for its scenes in every round) changes nothing.
fn same_seed_same_run(subject: &Subject) -> Result<(), String> {
    for task in subject.arms()? {
        let (once, again) = (play(subject, &task, false)?, play(subject, &task, true)?);
        ensure(bits(&once.rounds) == bits(&again.rounds), || {
            format!("{}: two runs of the same seed read differently", task.job.arm)
        })?;
        ensure(
            format!("{:?}", once.scenes.last()) == format!("{:?}", again.scenes.last()),
            || format!("{}: two runs of the same seed look different", task.job.arm),
        )?;
    }
    Ok(())
}

fn another_seed_another_run(subject: &Subject) -> Result<(), String> {
    for task in subject.arms()? {
        let other = Task { job: Job { seed: 2, ..task.job.clone() }, ..task.clone() };
        let (one, two) = (play(subject, &task, false)?, play(subject, &other, false)?);
        if bits(&one.rounds) != bits(&two.rounds)
            || format!("{:?}", one.scenes) != format!("{:?}", two.scenes)
        {
            return Ok(());
        }
    }
    Err("seeds 1 and 2 give the same run in every arm: where does the chance come from?".into())
}

fn every_metric_is_declared_and_read(subject: &Subject) -> Result<(), String> {
    let metrics = subject.sheet.card.metrics;
    let mut ever: BTreeMap<&str, bool> = metrics.iter().map(|m| (m.id, false)).collect();
    for task in subject.arms()? {
        for round in &play(subject, &task, false)?.rounds {
            let at = || format!("{}, round {}", task.job.arm, round.index);
            for (metric, value) in &round.readings {
                ensure(value.is_finite(), || format!("{}: {metric} is {value}", at()))?;
                match ever.get_mut(metric.as_str()) {
                    Some(read) => *read = true,
                    None => return Err(format!("{}: {metric} is not on the card", at())),
                }
            }
            for metric in metrics.iter().filter(|m| !m.sparse) {
                ensure(round.readings.contains_key(metric.id), || {
                    format!("{}: {} was not read and is not marked sparse", at(), metric.id)
                })?;
            }
        }
    }
    let dense = |id: &str| metrics.iter().any(|m| m.id == id && !m.sparse);
    match ever.iter().find(|(id, read)| !**read && dense(id)) {
        Some((never, _)) => Err(format!("{never} is never read")),
        None => Ok(()),
    }
}

fn scenes_keep_their_shape(subject: &Subject) -> Result<(), String> {
    let views = subject.sheet.card.views;
    for task in subject.arms()? {
        let mut kinds: Option<Vec<&'static str>> = None;
        let mut check = |round: u32, scenes: &[Scene]| -> Result<(), String> {
            let at = || format!("{}, round {round}", task.job.arm);
            ensure(scenes.len() == views.len(), || {
                format!("{}: {} scenes for {} views", at(), scenes.len(), views.len())
            })?;
            for (view, scene) in views.iter().zip(scenes) {
                ensure(scene.marks() <= MARKS_MAX, || {
                    format!("{}: “{view}” has {} marks", at(), scene.marks())
                })?;
                if let Some(flaw) = scene.flaw() {
                    return Err(format!("{}: “{view}”: {flaw}", at()));
                }
                // What a screen reader reads must not fail either.
                let table = scene.table(20);
                ensure(table.rows.iter().all(|row| row.len() == table.head.len()), || {
                    format!("{}: the table of “{view}” is ragged", at())
                })?;
            }
            let now: Vec<&'static str> = scenes.iter().map(Scene::kind).collect();
            let before = kinds.get_or_insert_with(|| now.clone());
            ensure(*before == now, || format!("{}: kinds were {before:?} and are {now:?}", at()))
        };
        let (_, opening) = native::jobs::scenes_at(subject.world.starters, &task, 0)
            .map_err(|fault| fault.to_string())?;
        check(0, &opening)?;
        for (at, scenes) in play(subject, &task, true)?.scenes.iter().enumerate() {
            check(at as u32 + 1, scenes)?;
        }
    }
    Ok(())
}

/// Values that a dial must survive: its ends, every option, both states, the shortest and the longest list.
fn ends(dial: &Dial) -> Vec<Value> {
    match &dial.kind {
        Kind::Int { min, max, .. } => vec![Value::from(*min), Value::from(*max)],
        Kind::Real { min, max, .. } => vec![Value::from(*min), Value::from(*max)],
        Kind::Choice { options } => options.iter().map(|o| Value::from(o.id.clone())).collect(),
        Kind::Flag => vec![Value::from(false), Value::from(true)],
        Kind::List { min, max, length_max } => vec![
            Value::from(vec![*min]),
            Value::from(vec![*max; *length_max as usize]),
            Value::from(vec![*min; *length_max as usize]),
        ],
    }
}

/// A run that goes well, diverges, or says which dial to turn.
fn survives(subject: &Subject, scenario: &Scenario, what: &str) -> Result<(), String> {
    if (subject.entry.check)(scenario).is_err_and(|issues| names_a_dial(subject, &issues)) {
        return Ok(());
    }
    for (place, arm) in scenario.arms.iter().enumerate() {
        let rounds = if place == 0 { END_ROUNDS } else { 1 }.min(scenario.rounds);
        let task = Task {
            scenario: Scenario { rounds, ..scenario.clone() },
            job: Job { arm: arm.clone(), seed: 1 },
            own: None,
        };
        let began = Instant::now();
        let end = walk(subject.world.starters, &task, rounds, |_, run| {
            run.scenes().iter().find_map(Scene::flaw).map_or(Ok(()), |flaw| Err(Fault::Link(flaw)))
        });
        match end {
            Ok(_) | Err(Fault::Diverged { .. }) => {}
            Err(Fault::Params(issues)) if names_a_dial(subject, &issues) => {}
            Err(Fault::Limit(says))
                if subject.sheet.dials.iter().any(|d| says.contains(&d.name)) => {}
            Err(fault) => return Err(format!("{what}, {arm}: {fault}")),
        }
        ensure(began.elapsed() < END_TIME, || {
            format!("{what}, {arm}: {rounds} rounds took {:.0} s", began.elapsed().as_secs_f64())
        })?;
    }
    Ok(())
}

fn names_a_dial(subject: &Subject, issues: &[Issue]) -> bool {
    !issues.is_empty() && issues.iter().all(|issue| subject.sheet.dial(&issue.dial).is_some())
}

fn every_dial_survives_both_ends(subject: &Subject) -> Result<(), String> {
    for dial in &subject.sheet.dials {
        for value in ends(dial) {
            let params: Map<String, Value> =
                [(dial.name.clone(), value.clone())].into_iter().collect();
            let arms = subject.sheet.default_arms(&params);
            let scenario = Scenario { params, arms, ..subject.sheet.scenario() };
            survives(subject, &scenario, &format!("{} = {}", dial.name, dial::write(&value)))?;
        }
    }
    Ok(())
}

fn every_preset_runs(subject: &Subject) -> Result<(), String> {
    for preset in subject.sheet.card.presets {
        let scenario = link::setting(&subject.sheet, preset.query)
            .map_err(|fault| format!("preset {}: {fault}", preset.id))?;
        (subject.entry.check)(&scenario)
            .map_err(|issues| format!("preset {}: {issues:?}", preset.id))?;
        survives(subject, &scenario, &format!("preset {}", preset.id))?;
    }
    Ok(())
}

fn nonsense_is_refused(subject: &Subject) -> Result<(), String> {
    let Some(starter) = subject.world.starters.iter().find(|s| s.id == subject.entry.id) else {
        return Err("the system is not among the starters".into());
    };
    for dial in &subject.sheet.dials {
        let mut bad: Vec<String> = [
            "",
            " ",
            "NaN",
            "inf",
            "-inf",
            "1e999",
            "no such thing",
            "__proto__",
            "\u{0}",
            "null",
            "[]",
            "{}",
        ]
        .map(str::to_string)
        .into();
        match &dial.kind {
            Kind::Int { min, max, .. } => {
                bad.extend([(min - 1).to_string(), (max + 1).to_string(), format!("{min}.5")])
            }
            Kind::Real { min, max, .. } => {
                bad.extend([(min - 1e-3 - min.abs()).to_string(), (max * 2.0 + 1.0).to_string()])
            }
            Kind::List { max, length_max, .. } => bad.extend([
                (max * 2.0 + 1.0).to_string(),
                vec!["1"; *length_max as usize + 1].join(","),
            ]),
            Kind::Choice { .. } | Kind::Flag => bad.push("2".into()),
        }
        for text in bad {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .append_pair(&dial.name, &text)
                .finish();
            let opened =
                decode(&format!("#/{}?{query}", subject.entry.id), subject.world.catalogue)
                    .map_err(|fault| fault.to_string())?;
            ensure(opened.issues.iter().any(|issue| issue.dial == dial.name), || {
                format!("{} = {text:?} was taken from a link", dial.name)
            })?;
        }
        // The border trusts nobody: what reaches the engine past the link is checked again.
        for value in [
            Value::Null,
            Value::from(1e300),
            Value::from("no such thing"),
            Value::from(vec![Value::Null]),
        ] {
            let params = [(dial.name.clone(), value.clone())].into_iter().collect();
            let scenario = Scenario { params, ..subject.sheet.scenario() };
            let job = Job { arm: scenario.arms[0].clone(), seed: 1 };
            match (starter.start)(&scenario, &job, Default::default()) {
                Err(Fault::Params(issues))
                    if issues.iter().any(|issue| issue.dial == dial.name) => {}
                Err(other) => {
                    return Err(format!(
                        "{} = {value} was refused without its name: {other}",
                        dial.name
                    ));
                }
                Ok(_) => return Err(format!("{} = {value} was taken by the engine", dial.name)),
            }
        }
    }
    Ok(())
}

fn links_come_back(subject: &Subject) -> Result<(), String> {
    let sheet = &subject.sheet;
    let plain = sheet.scenario();
    let mut scenarios = vec![plain.clone()];
    for dial in &sheet.dials {
        let between = match dial.kind {
            Kind::Real { min, max, .. } => vec![Value::from(min + (max - min) * 0.123456789)],
            _ => vec![],
        };
        for value in ends(dial).into_iter().chain(between) {
            let params: Map<String, Value> = match link::same(&value, &dial.default) {
                true => Map::new(),
                false => [(dial.name.clone(), value)].into_iter().collect(),
            };
            let arms = sheet.default_arms(&params);
            scenarios.push(Scenario { params, arms, ..plain.clone() });
        }
    }
    for arm in sheet.arms.iter().filter(|arm| arm.offered(&sheet.values(&plain.params))) {
        scenarios.push(Scenario { arms: vec![arm.id.to_string()], ..plain.clone() });
    }
    scenarios.push(Scenario { seed: 7, seeds: 3, rounds: sheet.card.rounds.max, ..plain });
    let view = View {
        at: Some(1),
        paused: true,
        embed: true,
        read: true,
        theme: Some(Theme::Dark),
        ..View::default()
    };
    for scenario in scenarios {
        for view in [View::default(), view.clone()] {
            let link = encode(sheet, &scenario, &view);
            let opened = decode(&link, subject.world.catalogue)
                .map_err(|fault| format!("{link}: {fault}"))?;
            ensure(
                opened.notices.is_empty() && opened.scenario == scenario && opened.view == view,
                || format!("{link} came back as {opened:?}"),
            )?;
            ensure(opened.issues.is_empty() || names_a_dial(subject, &opened.issues), || {
                format!("{link}: {:?}", opened.issues)
            })?;
            let again = encode(sheet, &opened.scenario, &opened.view);
            ensure(again == link, || format!("{link} became {again}"))?;
        }
    }
    Ok(())
}

fn arms_differ(subject: &Subject) -> Result<(), String> {
    let mut seen: Vec<(Task, Seen)> = Vec::new();
    for task in subject.arms()? {
        let run = play(subject, &task, false)?;
        for (other, before) in &seen {
            let alike = bits(&run.rounds) == bits(&before.rounds)
                && format!("{:?}", run.scenes) == format!("{:?}", before.scenes);
            ensure(!alike || task.scenario.params != other.scenario.params, || {
                format!(
                    "{} and {} are the same run at {}",
                    other.job.arm,
                    task.job.arm,
                    subject.link(&task.scenario)
                )
            })?;
        }
        seen.push((task, run));
    }
    Ok(())
}

fn a_method_has_a_baseline(subject: &Subject) -> Result<(), String> {
    let has = |role: Role| subject.sheet.arms.iter().any(|arm| arm.role == role);
    ensure(has(Role::Method), || "no arm is the method".into())?;
    ensure(has(Role::Baseline), || "no arm is a baseline".into())
}

fn snake(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn the_card_is_in_order(subject: &Subject) -> Result<(), String> {
    let sheet = &subject.sheet;
    let card = &sheet.card;
    let kebab = |id: &str| snake(&id.replace('-', "_")) && !id.contains('_');
    ensure(kebab(card.id) && card.id == subject.entry.id, || {
        format!("{:?} is not a slug", card.id)
    })?;
    for (what, text) in [
        ("title", card.title),
        ("says", card.says),
        ("paper", card.paper.title),
        ("about", card.about),
    ] {
        ensure(!text.trim().is_empty(), || format!("the card has no {what}"))?;
    }
    ensure((1..=4).contains(&card.views.len()), || format!("{} views", card.views.len()))?;
    ensure(!card.metrics.is_empty() && !card.claims.is_empty(), || {
        "no metrics or no claims".into()
    })?;
    ensure(card.rounds.default >= 1 && card.rounds.default <= card.rounds.max, || {
        "the horizon is upside down".into()
    })?;
    for (what, ids) in [
        ("dial", sheet.dials.iter().map(|d| d.name.as_str()).collect::<Vec<_>>()),
        ("arm", sheet.arms.iter().map(|a| a.id).collect()),
        ("metric", card.metrics.iter().map(|m| m.id).collect()),
        ("claim", card.claims.iter().map(|c| c.id).collect()),
        ("preset", card.presets.iter().map(|p| p.id).collect()),
    ] {
        for (at, id) in ids.iter().enumerate() {
            ensure(snake(id), || format!("{what} {id:?} is not snake_case"))?;
            ensure(!ids[..at].contains(id), || format!("two {what}s are called {id}"))?;
        }
    }
    for dial in &sheet.dials {
        let taken = OWN_KEYS.iter().chain(&sweep::OWN_KEYS);
        ensure(!taken.into_iter().any(|key| *key == dial.name), || {
            format!("dial {} has a name of the link's own", dial.name)
        })?;
        ensure(!dial.help.trim().is_empty(), || format!("dial {} has no help", dial.name))?;
        dial.check(&dial.default).map_err(|issue| format!("the default: {issue}"))?;
    }
    for arm in sheet.arms.iter().filter(|arm| !arm.when.is_empty()) {
        let (name, options) =
            arm.when.split_once('=').ok_or(format!("arm {}: when = {:?}", arm.id, arm.when))?;
        let dial = sheet.dial(name).ok_or(format!("arm {}: there is no dial {name}", arm.id))?;
        for option in options.split('|') {
            dial.read(option).map_err(|issue| format!("arm {}: {issue}", arm.id))?;
        }
    }
    ensure(!sheet.default_arms(&Map::new()).is_empty(), || {
        "no arm runs unless the link asks".into()
    })?;
    (subject.entry.check)(&sheet.scenario())
        .map_err(|issues| format!("the defaults: {issues:?}"))?;
    for past in card.past {
        ensure(past.version < card.version, || {
            format!("past version {} is not past", past.version)
        })?;
        link::setting(sheet, past.defaults)
            .map_err(|fault| format!("past version {}: {fault}", past.version))?;
    }
    for version in 1..card.version {
        ensure(card.past.iter().any(|p| p.version == version), || {
            format!("the defaults of version {version} are lost")
        })?;
    }
    Ok(())
}

fn claims_name_only_what_exists(subject: &Subject) -> Result<(), String> {
    let sheet = &subject.sheet;
    for claim in sheet.card.claims {
        let of = |says: String| format!("claim {}: {says}", claim.id);
        for (what, text) in [("says", claim.says), ("source", claim.source), ("tests", claim.tests)]
        {
            ensure(!text.trim().is_empty(), || of(format!("no {what}")))?;
        }
        ensure((SEEDS_MIN..=SEEDS_MAX).contains(&claim.seeds), || {
            of(format!("{} seeds", claim.seeds))
        })?;
        let reasoned = matches!(claim.expect, Expect::Reproduced | Expect::DirectionOnly);
        ensure(reasoned || !claim.expect.why().trim().is_empty(), || {
            of("no why for what is expected".into())
        })?;
        let trials = trials(sheet, claim).map_err(|fault| of(fault.to_string()))?;
        ensure(!trials.is_empty(), || of("needs no trial".into()))?;
        for trial in trials.iter().filter(|t| t.seed == 1) {
            (subject.entry.check)(trial)
                .map_err(|issues| of(format!("{}: {issues:?}", subject.link(trial))))?;
            let arm =
                sheet.arm(&trial.arms[0]).ok_or_else(|| of(format!("no arm {}", trial.arms[0])))?;
            ensure(arm.offered(&sheet.values(&trial.params)), || {
                of(format!("{} is not offered at {}", arm.id, subject.link(trial)))
            })?;
        }
        well_formed(sheet, &claim.test).map_err(of)?;
    }
    Ok(())
}

fn well_formed(sheet: &Sheet, test: &Test) -> Result<(), String> {
    let best_of = |addresses: &[&str]| addresses.iter().any(|a| a.contains(" | "));
    let (metric, at, by_side) = match *test {
        Test::All(parts) | Test::AtLeast { parts, .. } => {
            ensure(!parts.is_empty(), || "no parts".into())?;
            if let Test::AtLeast { count, .. } = *test {
                ensure((1..=parts.len() as u32).contains(&count), || {
                    format!("{count} of {}", parts.len())
                })?;
            }
            return parts.iter().try_for_each(|part| well_formed(sheet, part));
        }
        Test::Lower { metric, arm, than, at, .. }
        | Test::Higher { metric, arm, than, at, .. }
        | Test::Within { metric, arm, than, at, .. }
        | Test::Gap { metric, arm, than, at, .. }
        | Test::NoneShown { metric, arm, than, at } => (metric, at, best_of(&[arm, than])),
        Test::Between { metric, arm, at, .. } | Test::Exactly { metric, arm, at, .. } => {
            (metric, at, best_of(&[arm]))
        }
        Test::Ordered { metric, arms, at } => (metric, at, best_of(arms)),
        Test::Interaction { metric, pair, other, at } => {
            (metric, at, best_of(&[pair[0], pair[1], other[0], other[1]]))
        }
        Test::Trend { metric, arm, at, dial, values, .. } => {
            ensure(sheet.dial(dial).is_some() && values.len() > 1, || {
                format!("a trend over {dial} {values:?}")
            })?;
            (metric, at, best_of(&[arm]))
        }
        Test::BestDial { metric, at, dial, values, .. } => {
            ensure(sheet.dial(dial).is_some() && values.len() > 1, || {
                format!("the best {dial} of {values:?}")
            })?;
            (metric, at, true)
        }
        Test::Share { metric, at, cells, .. } => {
            ensure(!cells.is_empty(), || "a share of no settings".into())?;
            (metric, at, true)
        }
    };
    ensure(sheet.metric(metric.id) == Some(&metric), || {
        format!("metric {} is not the one on the card", metric.id)
    })?;
    ensure(metric.better != Better::Neither || !(by_side || at == At::Best), || {
        format!("metric {} has no better side to choose by", metric.id)
    })
}

/// The four headings, each with something under it.
pub const HEADINGS: [&str; 4] = [
    "## What it is",
    "## What to look for",
    "## What is real, what stands in",
    "## Known and chosen",
];

fn the_story_is_told(subject: &Subject) -> Result<(), String> {
    let about = subject.sheet.card.about;
    let path = subject.stories.iter().map(|dir| dir.join(about)).find(|path| path.is_file());
    let path =
        path.ok_or_else(|| format!("the story {about} is in none of {:?}", subject.stories))?;
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let headings: Vec<&str> =
        text.lines().filter(|l| l.starts_with("## ")).map(str::trim_end).collect();
    ensure(headings == HEADINGS, || format!("{about} has the headings {headings:?}"))?;
    for part in text.split("\n## ").skip(1) {
        let (heading, body) = part.split_once('\n').unwrap_or((part, ""));
        ensure(body.split_whitespace().count() >= 10, || {
            format!("{about} says nothing under “{heading}”")
        })?;
    }
    Ok(())
}

/// The first two seconds of every shown arm tell how long the whole would take.
fn the_default_is_watchable(subject: &Subject) -> Result<(), String> {
    let scenario = subject.sheet.scenario();
    let mut whole = 0.0;
    for arm in &scenario.arms {
        let job = Job { arm: arm.clone(), seed: 1 };
        let task = Task { scenario: scenario.clone(), job, own: None };
        let began = Instant::now();
        let mut rounds = 0;
        let enough = Fault::Limit("enough".into());
        let end = walk(subject.world.starters, &task, scenario.rounds, |_, _| {
            rounds += 1;
            if began.elapsed() > Duration::from_secs(2) { Err(enough.clone()) } else { Ok(()) }
        });
        match end {
            Err(fault) if fault != enough => return Err(format!("{arm}: {fault}")),
            Err(_) => {
                whole +=
                    began.elapsed().as_secs_f64() * f64::from(scenario.rounds) / f64::from(rounds)
            }
            Ok(_) => whole += began.elapsed().as_secs_f64(),
        }
    }
    ensure(whole < DEFAULT_TIME.as_secs_f64(), || {
        format!(
            "the default scenario would take {whole:.0} s on one core, at most {DEFAULT_TIME:?} is watchable"
        )
    })
}
