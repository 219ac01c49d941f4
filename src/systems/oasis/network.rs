//! The network as it is drawn: everybody where there are few, else core users and a sample of the others.

use super::Oasis;
use super::card::{Arm, Params, TOPICS, Task};
use super::world::World;
use engine::math;
use engine::population::cascade::ROOT;
use engine::population::platform::Action;
use lexicon::scene::*;
use std::f64::consts::TAU;

/// Past so many people a sample is drawn: of those who hold together (2-core), and a few of the others.
const ALL_MAX: u32 = 3_000;
const HELD_TOGETHER: usize = 450;
const LOOSE: usize = 60;
/// New follows of the last steps, and passings-on, that are drawn.
const RED_STEPS: usize = 5;
const RED_MAX: usize = 400;
const TREE_MAX: usize = 1_500;
const FLIGHTS_MAX: usize = 200;
/// Of the herd: posts and votes that are drawn.
const POSTS_MAX: usize = 220;
const VOTES_MAX: usize = 260;

const FOLLOW: u8 = 1;
const GRAY: u8 = 2;
/// Shades of who has not met an item and of who has.
const STRANGER: f32 = 0.1;
const MET: f32 = 0.4;
const RUMOR: u8 = 3;
const BOTH: u8 = 4;
const TRUTH: u8 = 6;

/// Who is drawn, and where.
#[derive(Debug)]
pub struct Stage {
    /// Which world.
    pub world: usize,
    /// Agents drawn, in rising order.
    shown: Vec<u32>,
    agents: u32,
    /// Follows among them at the beginning, by their places in `shown`.
    edges: Vec<(u32, u32)>,
    /// New ones of the last steps, step by step.
    red: Vec<Vec<(u32, u32)>>,
    x: Vec<f32>,
    y: Vec<f32>,
}

impl Stage {
    pub fn of(params: &Params, worlds: &[World]) -> Self {
        // The most catching item is the one worth watching.
        let pull = |world: &World| {
            world.items.first().map_or(0.0, |item| {
                let like = world.traits[item.content as usize];
                like.novelty + like.emotion
            })
        };
        let world =
            (0..worlds.len()).max_by(|a, b| pull(&worlds[*a]).total_cmp(&pull(&worlds[*b])));
        let world = world.unwrap_or(0);
        let mut stage = Self {
            world,
            shown: Vec::new(),
            agents: params.agents,
            edges: Vec::new(),
            red: Vec::new(),
            x: Vec::new(),
            y: Vec::new(),
        };
        if params.task != Task::Herd {
            stage.shown = chosen(&worlds[world]);
            (stage.x, stage.y) = places(&worlds[world], &stage.shown);
            let follows = &worlds[world].follows;
            let near = |(place, agent): (usize, &u32)| {
                let stage = &stage;
                let whom = follows.following(*agent).filter_map(move |whom| stage.place(whom));
                whom.map(move |to| (place as u32, to)).collect::<Vec<_>>()
            };
            stage.edges = stage.shown.iter().enumerate().flat_map(near).collect();
        }
        stage
    }

    fn place(&self, agent: u32) -> Option<u32> {
        self.shown.binary_search(&agent).ok().map(|place| place as u32)
    }

    fn pair(&self, (a, b): (u32, u32)) -> Option<(u32, u32)> {
        self.place(a).zip(self.place(b))
    }

    /// Keeps the step's new follows.
    pub fn see(&mut self, worlds: &[World]) {
        let new = worlds[self.world].followed.iter().filter_map(|edge| self.pair(*edge));
        let new: Vec<(u32, u32)> = new.take(RED_MAX / RED_STEPS).collect();
        if self.red.len() == RED_STEPS {
            self.red.remove(0);
        }
        self.red.push(new);
    }
}

/// A wheel of topics: core users gather around their topic's place on the rim, everybody else between the two topics
/// that they care for; who cares for the same spreads evenly over a disc, by the golden angle.
fn places(world: &World, shown: &[u32]) -> (Vec<f32>, Vec<f32>) {
    const TURN: f64 = 2.399963229728653;
    const RIM: f64 = 0.43;
    let crowd = 0.30 / (shown.len().max(1) as f64).sqrt();
    let anchor = |topic: u16| {
        let turn = TAU * (f64::from(topic) / f64::from(TOPICS) - 0.25);
        [RIM * math::cos(turn), RIM * math::sin(turn)]
    };
    // Opposite topics all have their middle in the hub: one crowd.
    let group = |[a, b]: [u16; 2]| match a.abs_diff(b) {
        apart if apart * 2 == TOPICS => usize::from(TOPICS * TOPICS),
        _ => usize::from(a.min(b) * TOPICS + a.max(b)),
    };
    let mut counts = vec![0u32; usize::from(TOPICS * TOPICS) + 1];
    let place = |agent: &u32| {
        let is_core = *agent < world.core;
        let topics = world.topics_of(*agent);
        let nth = &mut counts[group(topics)];
        *nth += 1;
        let (far, turn) = (f64::from(*nth).sqrt() * crowd, f64::from(*nth) * TURN);
        let far = if is_core { far * 1.6 } else { far };
        let [a, b] = topics.map(anchor);
        let at = |axis: usize, off: f64| (0.5 + 0.5 * (a[axis] + b[axis]) + far * off) as f32;
        (at(0, math::cos(turn)).clamp(0.0, 1.0), at(1, math::sin(turn)).clamp(0.0, 1.0))
    };
    shown.iter().map(place).unzip()
}

/// Everybody, or core users, evenly picked members of the 2-core of who follows whom, and a few of the rest.
fn chosen(world: &World) -> Vec<u32> {
    let agents = world.platform.accounts();
    if agents <= ALL_MAX {
        return (0..agents).collect();
    }
    let inside = two_core(world);
    let mut shown: Vec<u32> = (0..world.core).collect();
    for (kind, most) in [(true, HELD_TOGETHER), (false, LOOSE)] {
        let of = |agent: &u32| inside[*agent as usize] == kind;
        let count = (world.core..agents).filter(of).count();
        let every = count.div_ceil(most).max(1);
        shown.extend((world.core..agents).filter(of).step_by(every));
    }
    shown.sort_unstable();
    shown
}

/// Who is left when whoever has fewer than two ties is taken away, again and again. Sweeps over all follows until
/// nothing changes, a bounded number of them: long chains of ties do not occur around core users.
fn two_core(world: &World) -> Vec<bool> {
    const SWEEPS_MAX: usize = 12;
    let agents = world.platform.accounts();
    let mut inside = vec![true; agents as usize];
    let mut ties = vec![0u32; agents as usize];
    for _ in 0..SWEEPS_MAX {
        ties.fill(0);
        for agent in (0..agents).filter(|a| inside[*a as usize]) {
            for whom in world.follows.following(agent).filter(|w| inside[*w as usize]) {
                ties[agent as usize] += 1;
                ties[whom as usize] += 1;
            }
        }
        let mut changed = false;
        for (inside, ties) in inside.iter_mut().zip(&ties) {
            changed |= *inside && *ties < 2;
            *inside &= *ties >= 2;
        }
        if !changed {
            break;
        }
    }
    inside
}

pub fn graph(system: &Oasis) -> Graph {
    let world = &system.worlds[system.stage.world];
    match system.params.task {
        Task::Herd => votes(world),
        _ => people(system, world),
    }
}

fn key(tone: u8, label: &str) -> Key {
    Key { tone, label: label.to_string() }
}

fn people(system: &Oasis, world: &World) -> Graph {
    let stage = &system.stage;
    let mut graph = Graph { x: stage.x.clone(), y: stage.y.clone(), ..Graph::default() };
    for agent in &stage.shown {
        let is_core = *agent < world.core;
        graph.size.push(if is_core { 1.5 } else { 0.8 });
        let met = world.items.iter().any(|i| world.platform.memory.met(*agent, i.content) > 0);
        graph.tone.push(0);
        graph.value.push(if met { MET } else { STRANGER });
    }
    graph.edges.extend(stage.edges.iter().flat_map(|(a, b)| [*a, *b]));
    graph.weight.resize(stage.edges.len(), 0.0);
    graph.edge_tone.resize(stage.edges.len(), PLAIN);
    if system.params.task == Task::Polarize {
        opinions(&mut graph, stage, world);
    } else {
        cascades(&mut graph, stage, world);
    }
    for (who, whom) in stage.red.iter().flatten() {
        graph.edges.extend([*who, *whom]);
        graph.edge_tone.push(FOLLOW);
    }
    graph.weight.resize(graph.edge_tone.len(), 1.0);
    graph.legend.push(key(FOLLOW, "new follow of the last five steps"));
    graph.flights = flights(stage, world);
    graph.note = note(system, stage, world);
    graph
}

fn note(system: &Oasis, stage: &Stage, world: &World) -> String {
    let shown = stage.shown.len();
    let hidden = stage.agents as usize - shown;
    let who = match hidden {
        0 => format!("All {shown} people"),
        _ => format!("{shown} of {} people, {hidden} hidden", stage.agents),
    };
    let who =
        format!("{who}; on the rim the core users of 8 topics. {} new follows.", world.new_follows);
    match system.params.task {
        Task::Spread => format!("{who} Most catching of {} items.", system.worlds.len()),
        _ => who,
    }
}

/// Who met an item and who passed it on, and from whom it came.
fn cascades(graph: &mut Graph, stage: &Stage, world: &World) {
    let two = world.task == Task::Rumor;
    let mut tree = 0;
    for item in &world.items {
        let tone = match (two, item.is_rumor) {
            (false, _) => 0,
            (_, true) => RUMOR,
            (_, false) => TRUTH,
        };
        let log = &item.cascade;
        for entry in 0..log.size() as usize {
            let Some(place) = stage.place(log.agent[entry]) else { continue };
            let at = place as usize;
            let other = graph.value[at] == 1.0 && graph.tone[at] != tone;
            graph.tone[at] = if other { BOTH } else { tone };
            graph.value[at] = 1.0;
            if log.parent[entry] == ROOT {
                graph.size[at] = 2.6;
            } else {
                graph.size[at] = graph.size[at].max(1.2);
                let from = stage.place(log.agent[log.parent[entry] as usize]);
                if let Some(from) = from.filter(|_| tree < TREE_MAX) {
                    tree += 1;
                    graph.edges.extend([from, place]);
                    graph.edge_tone.push(tone);
                }
            }
        }
    }
    graph.legend = if two {
        vec![
            key(RUMOR, "passed a rumor on"),
            key(TRUTH, "passed a truth on"),
            key(BOTH, "passed on both"),
            key(0, "has met one (darker) or none"),
        ]
    } else {
        vec![key(0, "person; full: has passed it on, pale: has met it")]
    };
}

/// Which side each is on, and how far out.
fn opinions(graph: &mut Graph, stage: &Stage, world: &World) {
    for (at, agent) in stage.shown.iter().enumerate() {
        let opinion = world.opinions[*agent as usize];
        graph.tone[at] = if opinion < 0.0 { TRUTH } else { BOTH };
        graph.value[at] = opinion.abs();
    }
    graph.legend = vec![key(TRUTH, "cautious, darker further out"), key(BOTH, "risky")];
}

/// What was passed on in this step, under way from whom it came.
fn flights(stage: &Stage, world: &World) -> Vec<Flight> {
    let posts = &world.platform.posts;
    let reposts = world.platform.trace.iter().filter(|deed| deed.action == Action::Repost);
    let flight = |deed: &engine::population::platform::Deed| {
        let parent = posts.parent[deed.post as usize];
        let from = posts.author[parent as usize];
        let (from, to) = stage.pair((from, deed.agent))?;
        let content = posts.content[deed.post as usize];
        let item = world.items.get(world.item_of[content as usize] as usize);
        let tone = match item {
            Some(item) if world.task == Task::Rumor => {
                if item.is_rumor {
                    RUMOR
                } else {
                    TRUTH
                }
            }
            Some(_) => 0,
            None => GRAY,
        };
        Some(Flight { from, to, at: 0.6, tone })
    };
    reposts.filter_map(flight).take(FLIGHTS_MAX).collect()
}

/// The herd: posts in the middle, the oldest innermost, around them who voted in this step, and how.
fn votes(world: &World) -> Graph {
    const UP: u8 = TRUTH;
    const DOWN: u8 = FOLLOW;
    let contents = &world.platform.contents;
    let every = (contents.len() as usize).div_ceil(POSTS_MAX).max(1);
    let shown: Vec<u32> = (0..contents.len()).step_by(every).collect();
    let mut graph = Graph::default();
    let spot = |radius: f64, turn: f64| {
        ((0.5 + radius * math::cos(turn)) as f32, (0.5 + radius * math::sin(turn)) as f32)
    };
    let put = |graph: &mut Graph, (x, y): (f32, f32), tone: u8, value: f32, size: f32| {
        graph.x.push(x);
        graph.y.push(y);
        graph.tone.push(tone);
        graph.value.push(value);
        graph.size.push(size);
    };
    for (place, post) in shown.iter().enumerate() {
        // Evenly over a disc, by the golden angle.
        let radius = 0.34 * ((place as f64 + 0.5) / shown.len() as f64).sqrt();
        let score = world.readers_score(*post);
        let tone = match score.signum() {
            0 => GRAY,
            1 => UP,
            _ => DOWN,
        };
        let far = math::ln_1p(score.unsigned_abs() as f64) as f32;
        let at = spot(radius, 2.399963229728653 * place as f64);
        put(&mut graph, at, tone, (0.25 + 0.2 * far).min(1.0), 0.7 + 0.3 * far);
    }
    let deeds = world.platform.trace.iter().filter_map(|deed| {
        let tone = match deed.action {
            Action::Like => UP,
            Action::Dislike => DOWN,
            _ => return None,
        };
        let place = shown.binary_search(&world.platform.posts.content[deed.post as usize]).ok()?;
        Some((deed.agent, place as u32, tone))
    });
    let deeds: Vec<(u32, u32, u8)> = deeds.take(VOTES_MAX).collect();
    let mut voters: Vec<u32> = deeds.iter().map(|d| d.0).collect();
    voters.dedup();
    let first = graph.x.len() as u32;
    for place in 0..voters.len() {
        let turn = TAU * place as f64 / voters.len() as f64;
        put(&mut graph, spot(0.47, turn), 0, 0.8, 0.6);
    }
    let mut voter = 0;
    for (agent, post, tone) in deeds {
        while voters[voter] != agent {
            voter += 1;
        }
        graph.edges.extend([first + voter as u32, post]);
        graph.edge_tone.push(tone);
    }
    graph.legend = vec![
        key(UP, "score above zero; a vote up"),
        key(DOWN, "score below zero; a vote down"),
        key(GRAY, "score zero"),
        key(0, "who voted in this step"),
    ];
    graph.note = format!(
        "{} of {} posts, the oldest innermost, large: far from zero; {} readers of this step. {}",
        shown.len(),
        contents.len(),
        voters.len(),
        match world.arm {
            Arm::Down => "Scores without the experimenter's dislike.",
            Arm::Up => "Scores without the experimenter's like.",
            _ => "",
        }
    );
    graph
}
