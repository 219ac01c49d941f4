//! One platform with its people: how it opens. `step.rs` has what happens on it.

use super::card::{Arm, Params, TOPICS, TOPICS_PER_USER, Task};
use engine::chance::{Chance, normal};
use engine::math;
use engine::population::agents::{Coins, acting};
use engine::population::cascade::{Cascade, ROOT};
use engine::population::content::{Topics, Vector};
use engine::population::graph::{Follows, core_periphery};
use engine::population::platform::{NONE, Platform, SAMPLE_MAX};
use engine::population::recommender::{Recommender, Rule};
use lexicon::Fault;
use rand::RngExt;

/// Core users act so many times as often as others (OASIS, section 3.5: .1 and .01).
const CORE_ACTIVITY: f64 = 10.0;
/// Minutes before the beginning in which core users wrote what is there to read: ours.
const EARLIER_MINUTES: f32 = 60.0;
/// Homes are kept for so many people; beyond, each is worked out again when its owner acts.
const HOMES_KEPT: u32 = 20_000;
/// The hour at which X's clock begins: ours.
const HOUR: f64 = 11.0;
/// Activity by hour, low from 2 to 7, peaks at 12 and 21: ours, after the paper's description.
const DAY: [f64; 24] = [
    0.45, 0.25, 0.12, 0.08, 0.06, 0.06, 0.08, 0.15, 0.35, 0.55, 0.75, 0.9, 1.0, 0.9, 0.8, 0.75,
    0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 0.85, 0.65,
];
/// Pairs of rumor and truth.
pub const PAIRS: u32 = 4;
/// Steps over which the posts of the herd task appear.
pub const HERD_STEPS: u32 = 30;

/// What a post is like, beside its direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trait {
    pub novelty: f32,
    pub emotion: f32,
    /// -1 cautious .. 1 risky.
    pub stance: f32,
    /// How convincing a false claim is, in logits.
    pub quality: f32,
    /// Of the comments on it: their disagreement, summed, and their number.
    pub disagree: f32,
    pub comments: u32,
}

/// A post whose way is followed.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub content: u32,
    pub is_rumor: bool,
    pub cascade: Cascade,
}

/// Everybody's coins for one step, by decision and place in the feed: an arm that visits others shifts nobody's luck.
#[derive(Clone, Debug, Default)]
pub struct Luck {
    pub rows: Vec<Coins>,
    pub picks: Vec<Coins>,
    /// For each place in a feed: acts, chooses, comments, tone.
    pub reads: Vec<[Coins; 4]>,
}

impl Luck {
    fn of(params: &Params, arm: Arm, chance: Chance, place: [u32; 2]) -> Self {
        let mut rng = chance.at("what readers do", &place);
        let mut coins = || Coins::new(&mut rng);
        let rows = if arm == Arm::RandomRec { SAMPLE_MAX } else { 0 };
        let feed = (params.refresh + params.following) as usize;
        // The same coins for the same decision in every arm: what only one arm draws comes last.
        let reads = (0..feed).map(|_| [coins(), coins(), coins(), coins()]).collect();
        let picks = (0..params.refresh).map(|_| coins()).collect();
        Self { reads, picks, rows: (0..rows).map(|_| coins()).collect() }
    }
}

#[derive(Clone, Debug)]
pub struct World {
    pub task: Task,
    pub arm: Arm,
    /// Its number among the worlds of a run: part of every address of chance.
    pub place: u32,
    pub core: u32,
    pub platform: Platform,
    pub follows: Follows,
    pub recommender: Recommender,
    /// By content, of length 1.
    pub vectors: Vec<Vector>,
    pub traits: Vec<Trait>,
    pub items: Vec<Item>,
    /// By row: its entry in its item's cascade.
    pub entries: Vec<u32>,
    /// By content: which item it is, or `NONE`.
    pub item_of: Vec<u32>,
    /// Of the polarization task; else empty.
    pub opinions: Vec<f32>,
    pub opened_with: Vec<f32>,
    /// New follows of the last step.
    pub followed: Vec<(u32, u32)>,
    pub new_follows: u64,
    /// Times that somebody came by and read: one call of a language model each.
    pub calls: u64,
    pub luck: Luck,
    pub(super) due: Vec<(u32, u32)>,
    pub(super) row: Vec<u32>,
    pub(super) feed: Vec<u32>,
    topics: Topics,
    own_topics: Vec<u16>,
    homes: Vec<Vector>,
    chance: Chance,
    /// Base activity of each where people differ; else empty.
    activity: Vec<f32>,
}

impl World {
    pub fn new(params: &Params, arm: Arm, chance: Chance, place: u32) -> Result<Self, Fault> {
        let (agents, core) = (params.agents, params.core());
        let mut rng = chance.at("who follows whom", &[place]);
        let opening =
            core_periphery(agents, core, TOPICS, TOPICS_PER_USER, params.p_follow, &mut rng)?;
        let rule = match (params.task, arm) {
            (Task::Herd, _) => Rule::Hot(params.hot_variant.into()),
            (_, Arm::NoRec) => Rule::Nothing,
            (_, Arm::RandomRec) => Rule::Random,
            _ => Rule::Interest { fans: params.use_fans },
        };
        let topics =
            Topics::new(TOPICS.into(), Topics::WEIGHTS, &mut chance.at("topics", &[place]));
        let mut world = Self {
            task: params.task,
            arm,
            place,
            core,
            platform: Platform::new(agents),
            follows: Follows::new(opening.follows),
            recommender: Recommender::new(rule, params.max_rec),
            vectors: Vec::new(),
            traits: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            item_of: Vec::new(),
            opinions: Vec::new(),
            opened_with: Vec::new(),
            followed: Vec::new(),
            new_follows: 0,
            calls: 0,
            luck: Luck::default(),
            due: Vec::new(),
            row: Vec::new(),
            feed: Vec::new(),
            topics,
            own_topics: opening.topics,
            homes: Vec::new(),
            chance,
            activity: Vec::new(),
        };
        if agents <= HOMES_KEPT {
            world.homes = (0..agents).map(|agent| world.worked_out(agent)).collect();
        }
        world.open(params);
        Ok(world)
    }

    fn open(&mut self, params: &Params) {
        if matches!(self.task, Task::Spread | Task::Polarize) {
            self.activity = self.draw_activity(params);
        }
        if self.task == Task::Polarize {
            self.opinions = self.draw_opinions();
            self.opened_with = self.opinions.clone();
        }
        self.write_earlier_posts();
        match self.task {
            Task::Spread => {
                let mut rng = self.chance.at("what the item is like", &[self.place]);
                let (novelty, emotion) = (rng.random(), rng.random());
                self.begin(0, Trait { novelty, emotion, ..Trait::default() }, false);
            }
            Task::Rumor => {
                // A pair has one author: nothing but novelty and emotion sets the two apart.
                for pair in 0..PAIRS {
                    let truth = Trait { novelty: 0.3, emotion: 0.3, ..Trait::default() };
                    let rumor = Trait { novelty: 0.8, emotion: 0.8, ..Trait::default() };
                    self.begin(pair, rumor, true);
                    self.begin(pair, truth, false);
                }
            }
            Task::Polarize | Task::Herd => {}
        }
    }

    /// P_i's base: Beta(1, b) of mean `active` (Beta(1, 9) at .1), core users times ten.
    fn draw_activity(&self, params: &Params) -> Vec<f32> {
        let mut rng = self.chance.at("how active", &[self.place]);
        let mean = params.active;
        let draw = |agent: u32| {
            let u: f64 = rng.random();
            let base = match mean {
                m if m <= 0.0 => 0.0,
                m if m >= 1.0 => 1.0,
                m => 1.0 - math::pow(1.0 - u, m / (1.0 - m)),
            };
            let times = if agent < self.core { CORE_ACTIVITY } else { 1.0 };
            (base * times).min(1.0) as f32
        };
        (0..params.agents).map(draw).collect()
    }

    /// Core users are cautious, the others lie around neutral: ours.
    fn draw_opinions(&self) -> Vec<f32> {
        let mut rng = self.chance.at("opinions at the start", &[self.place]);
        let draw = |agent: u32| {
            let (u, z) = (rng.random_range(-1.0..-0.4), normal(&mut rng));
            if agent < self.core { u as f32 } else { (0.35 * z).clamp(-0.95, 0.95) as f32 }
        };
        (0..self.platform.accounts()).map(draw).collect()
    }

    /// One post of each core user, on its topic, from the hour before; oldest first.
    fn write_earlier_posts(&mut self) {
        let mut rng = self.chance.at("earlier posts", &[self.place]);
        let mut earlier: Vec<(f32, u32)> = (0..self.core)
            .map(|author| (rng.random_range(-EARLIER_MINUTES..0.0), author))
            .collect();
        earlier.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (minutes, author) in earlier {
            let (novelty, emotion) = (rng.random(), rng.random());
            let stance = self.opinions.get(author as usize).copied().unwrap_or(0.0);
            self.write(author, minutes, Trait { novelty, emotion, stance, ..Trait::default() });
        }
    }

    /// A new original on its author's first topic; gives its row.
    pub fn write(&mut self, author: u32, minutes: f32, like: Trait) -> u32 {
        let content = self.platform.contents.len();
        let mut rng = self.chance.at("what a post says", &[self.place, content]);
        let topic = self.topics_of(author)[0].into();
        let vector = self.topics.post(topic, &self.home(author), &mut rng);
        self.vectors.push(vector);
        self.traits.push(like);
        self.item_of.push(NONE);
        self.entries.push(ROOT);
        self.platform.create(author, minutes)
    }

    /// An item whose way is followed, posted at the beginning.
    fn begin(&mut self, author: u32, like: Trait, is_rumor: bool) {
        let row = self.write(author, 0.0, like);
        let content = self.platform.posts.content[row as usize];
        self.item_of[content as usize] = self.items.len() as u32;
        self.entries[row as usize] = 0;
        self.items.push(Item { content, is_rumor, cascade: Cascade::begun(author, 0) });
    }

    /// Where a person's interests lie.
    pub fn home(&self, agent: u32) -> Vector {
        match self.homes.get(agent as usize) {
            Some(home) => *home,
            None => self.worked_out(agent),
        }
    }

    fn worked_out(&self, agent: u32) -> Vector {
        let topics = self.topics_of(agent);
        let mut rng = self.chance.at("what is one's own", &[self.place, agent]);
        self.topics.home(topics.iter().map(|t| u32::from(*t)), &mut rng)
    }

    /// The two topics that a person cares for; a core user's own, twice.
    pub fn topics_of(&self, agent: u32) -> [u16; TOPICS_PER_USER as usize] {
        let first = (agent * TOPICS_PER_USER) as usize;
        std::array::from_fn(|nth| self.own_topics[first + nth])
    }

    /// Who acts in this step, in rising order.
    pub fn actors(&self, params: &Params, step: u32) -> Vec<u32> {
        let agents = self.platform.accounts();
        if self.arm == Arm::NoClock {
            return (0..agents).collect();
        }
        let mut rng = self.chance.at("who acts", &[self.place, step]);
        if self.activity.is_empty() {
            let often = (CORE_ACTIVITY * params.active).min(1.0);
            let mut who: Vec<u32> = acting(self.core, often, &mut rng).collect();
            let others = acting(agents - self.core, params.active, &mut rng);
            who.extend(others.map(|agent| agent + self.core));
            return who;
        }
        let coins = Coins::new(rng);
        let hour = daytime(step) as f32;
        let acts = |agent: &u32| coins.lands(*agent, self.activity[*agent as usize] * hour);
        (0..agents).filter(acts).collect()
    }

    pub fn draw_luck(&mut self, params: &Params, step: u32) {
        self.luck = Luck::of(params, self.arm, self.chance, [self.place, step]);
    }

    /// How convincing the post of this number is: the same under every treatment.
    pub fn quality(&self, post: u32) -> f32 {
        (-0.2 + 0.6 * normal(&mut self.chance.at("how convincing", &[post]))) as f32
    }

    pub fn author(&self, post: u32) -> u32 {
        let mut rng = self.chance.at("who posts", &[post]);
        rng.random_range(0..self.platform.accounts())
    }

    /// Bytes of the columns that grow with people, follows and posts, counted from their lengths.
    pub fn bytes(&self) -> usize {
        let agents = self.platform.accounts() as usize;
        let graph = 4 * self.follows.edges() + 12 * agents;
        let people = 128 * self.homes.len()
            + 4 * (self.activity.len() + 2 * self.opinions.len())
            + 2 * self.own_topics.len();
        let posts = 128 * self.vectors.len() + 28 * self.traits.len() + 4 * self.entries.len();
        self.platform.bytes() + graph + people + posts
    }
}

/// The day curve at a step of three minutes, between the hours in a line.
fn daytime(step: u32) -> f64 {
    let hour = HOUR + f64::from(step) * 0.05;
    let (at, part) = (hour as usize, hour.fract());
    DAY[at % 24] * (1.0 - part) + DAY[(at + 1) % 24] * part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_has_its_peaks_at_noon_and_nine() {
        let at = |hour: f64| daytime(((hour - HOUR) * 20.0) as u32);
        assert!((at(12.0) - 1.0).abs() < 1e-9 && (at(21.0) - 1.0).abs() < 1e-9);
        assert!(at(28.0) < 0.1 && at(16.0) < 0.8);
    }

    #[test]
    fn people_differ_and_core_users_act_ten_times_as_often() {
        let params = Params { agents: 4_000, ..Params::default() };
        let world = World::new(&params, Arm::Full, Chance::new(1), 0).unwrap();
        let mean = |all: &[f32]| all.iter().sum::<f32>() / all.len() as f32;
        let (core, others) = world.activity.split_at(world.core as usize);
        assert!((mean(others) - 0.1).abs() < 0.01, "{}", mean(others));
        // E min(1, 10 B) for B ~ Beta(1, 9).
        assert!((mean(core) - 0.61).abs() < 0.06, "{}", mean(core));
        assert_eq!(world.items[0].cascade.agent, [0]);
        assert_eq!(world.platform.posts.len(), world.core + 1);
        let rumor = Params { task: Task::Rumor, active: 0.01, ..params };
        let world = World::new(&rumor, Arm::Full, Chance::new(1), 0).unwrap();
        let counts: Vec<usize> = (1..200).map(|step| world.actors(&rumor, step).len()).collect();
        let mean = counts.iter().sum::<usize>() as f64 / counts.len() as f64;
        assert!((mean - (19.6 + 38.0)).abs() < 2.0, "{mean}");
        assert_eq!(world.items.iter().filter(|item| item.is_rumor).count(), 4);
    }
}
