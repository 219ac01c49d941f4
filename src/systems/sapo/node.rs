//! One node: what it asks itself, what it takes from others, what it learns.

use super::card::{Filter, Idle, Params};
use engine::chance::Chance;
use engine::policy::advantage;
use engine::policy::pg::{Batch, Learner, Rules};
use engine::policy::tasks::gym9::{self, LENGTH, MARK, Prompt, TASKS};
use engine::policy::tiny_ar::{Rollouts, Sampler, TinyAr};
use rand::{Rng, RngExt};
use std::rc::Rc;

/// Slots that a split divides.
pub const SLOTS: u32 = 8;

/// A question with its completions in plain tokens: what nodes send each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub prompt: Prompt,
    /// [completions, 2]
    pub said: Vec<u8>,
    /// [completions]. The verifier is the same program at every node, so it is run once.
    pub reward: Vec<f32>,
}

impl Item {
    /// Whether its completions differ in worth: else nothing can be learned from them.
    pub fn teaches(&self) -> bool {
        !advantage::is_flat(&self.reward)
    }

    fn total(&self) -> f32 {
        self.reward.iter().sum()
    }
}

/// What a node sends in a round.
pub type Shared = Rc<Vec<Item>>;

/// Buffers that all nodes use in turn.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    sampler: Sampler,
    drawn: Rollouts,
    luck: Vec<f32>,
    batch: Batch,
    advantage: Vec<f32>,
}

#[derive(Clone, Debug)]
pub struct Node {
    pub learner: Learner,
    pub base: Rc<TinyAr>,
    pub off: bool,
    /// Its own items of this round.
    pub own: Vec<Item>,
    /// What arrived for this round.
    pub pool: Vec<Shared>,
    /// Of its last round on.
    pub reward: f64,
    pub format: f64,
    pub entropy: f64,
    /// When it first wrote the right mark more often than not.
    pub found: Option<u32>,
    pub starved: bool,
}

impl Node {
    pub fn new(base: Rc<TinyAr>, rate: f32) -> Self {
        Self {
            learner: Learner::new(base.as_ref().clone(), rate),
            base,
            off: false,
            own: Vec::new(),
            pool: Vec::new(),
            reward: 0.0,
            format: 0.0,
            entropy: 0.0,
            found: None,
            starved: false,
        }
    }

    /// Asks itself `prompts` and pays what it says. `place`: the round and the node, for its luck.
    pub fn ask(
        &mut self,
        prompts: &[Prompt],
        params: &Params,
        chance: Chance,
        place: [u32; 2],
        desk: &mut Desk,
    ) {
        self.own.clear();
        self.entropy = 0.0;
        let [round, node] = place;
        for (number, prompt) in prompts.iter().enumerate() {
            let mut rng = chance.at("completions", &[round, node, number as u32]);
            desk.luck.clear();
            desk.luck.extend((0..params.group as usize * LENGTH).map(|_| rng.random::<f32>()));
            let net = &self.learner.net;
            desk.sampler.draw(net, &prompt.features(), &desk.luck, &mut desk.drawn);
            self.entropy += desk.drawn.entropy / prompts.len() as f64;
            let said = desk.drawn.tokens.clone();
            let pay = |said: &[u8]| gym9::strict01(prompt, params.digits, said);
            let reward = said.chunks_exact(LENGTH).map(pay).collect();
            self.own.push(Item { prompt: *prompt, said, reward });
        }
        let completions = (prompts.len() * params.group as usize) as f64;
        let paid = self.own.iter().map(|item| f64::from(item.total())).sum::<f64>();
        let marked = self.own.iter().flat_map(|item| item.said.chunks_exact(LENGTH));
        self.reward = paid / completions;
        self.format = marked.filter(|said| said[0] == MARK).count() as f64 / completions;
        if self.found.is_none() && self.format > 0.5 {
            self.found = Some(round);
        }
    }

    /// One step on `own_slots` of eight from its own items, the rest from what came in.
    pub fn learn(
        &mut self,
        own_slots: u32,
        filter: Filter,
        rules: &Rules,
        idle: Idle,
        rng: &mut impl Rng,
        desk: &mut Desk,
    ) {
        let questions = self.own.len();
        let own = (questions as f64 * f64::from(own_slots) / f64::from(SLOTS)).round() as usize;
        let wanted = questions - own;
        let outside = outside(&self.pool, wanted, filter, rng);
        self.starved = wanted > 0 && outside.is_empty();
        // Questions come in no order that means anything, so the first of them are any of them.
        let chosen = || self.own[..own].iter().chain(outside.iter().copied());
        if idle == Idle::Wait && !chosen().any(Item::teaches) {
            return;
        }
        desk.batch.clear();
        let shape = self.learner.net.shape;
        for item in chosen() {
            advantage::mean_std(&item.reward, &mut desk.advantage);
            let features = item.prompt.features();
            for (said, advantage) in item.said.chunks_exact(LENGTH).zip(&desk.advantage) {
                desk.batch.push_foreign(&shape, &features, said, *advantage);
            }
        }
        // As if this node had said it all.
        self.learner.encode(&mut desk.batch);
        self.learner.improve(&desk.batch, rules, &self.base);
    }
}

/// At most `wanted` of the items that came in.
fn outside<'a>(
    pool: &'a [Shared],
    wanted: usize,
    filter: Filter,
    rng: &mut impl Rng,
) -> Vec<&'a Item> {
    let all = pool.iter().flat_map(|shared| shared.iter());
    let mut items: Vec<&Item> = match filter {
        Filter::ZeroAdvantage => all.filter(|item| item.teaches()).collect(),
        Filter::None => all.collect(),
        Filter::Best => {
            let mut paid: Vec<&Item> = all.filter(|item| item.total() > 0.0).collect();
            paid.sort_by(|a, b| b.total().total_cmp(&a.total()));
            paid.truncate(wanted);
            return paid;
        }
    };
    // Uniformly, without replacement.
    let taken = wanted.min(items.len());
    for place in 0..taken {
        let other = rng.random_range(place..items.len());
        items.swap(place, other);
    }
    items.truncate(taken);
    items
}

/// One question for each of `questions` specialties drawn without replacement.
pub fn prompts(questions: u32, digits: u32, rng: &mut impl Rng) -> Vec<Prompt> {
    let mut tasks: Vec<u8> = (0..TASKS as u8).collect();
    let count = (questions as usize).min(tasks.len());
    for place in 0..count {
        let other = rng.random_range(place..tasks.len());
        tasks.swap(place, other);
    }
    tasks.truncate(count);
    let mut digit = || rng.random_range(0..digits) as u8;
    tasks.into_iter().map(|task| Prompt { task, a: digit(), b: digit(), c: digit() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(reward: &[f32]) -> Item {
        Item {
            prompt: Prompt::default(),
            said: vec![10; reward.len() * 2],
            reward: reward.to_vec(),
        }
    }

    #[test]
    fn outside_items_are_drawn_by_the_filter() {
        let pool = [
            Rc::new(vec![item(&[0.0, 0.0]), item(&[1.0, 0.0])]),
            Rc::new(vec![item(&[1.0, 1.0]), item(&[0.0, 1.0])]),
        ];
        let mut rng = Chance::new(1).stream(0, "outside");
        let mut found = |wanted, filter| {
            let items = outside(&pool, wanted, filter, &mut rng);
            items.iter().map(|item| item.total()).collect::<Vec<_>>()
        };
        assert_eq!(found(4, Filter::ZeroAdvantage), [1.0, 1.0]);
        assert_eq!(found(1, Filter::ZeroAdvantage), [1.0]);
        assert_eq!(found(2, Filter::Best), [2.0, 1.0]);
        assert_eq!(found(9, Filter::Best), [2.0, 1.0, 1.0]);
        assert_eq!(found(9, Filter::None).len(), 4);
        let drawn: f32 = (0..400).map(|_| found(1, Filter::None)[0]).sum();
        assert!((drawn / 400.0 - 1.0).abs() < 0.12, "each as often: {drawn}");
    }

    #[test]
    fn a_nodes_questions_are_of_different_tasks() {
        let mut rng = Chance::new(1).stream(0, "questions");
        let mut seen = [0; 9];
        for _ in 0..900 {
            let asked = prompts(4, 5, &mut rng);
            asked.iter().for_each(|prompt| seen[usize::from(prompt.task)] += 1);
            let mut tasks: Vec<u8> = asked.iter().map(|prompt| prompt.task).collect();
            tasks.sort_unstable();
            tasks.dedup();
            assert_eq!(tasks.len(), 4);
            assert!(asked.iter().all(|prompt| prompt.a.max(prompt.b).max(prompt.c) < 5));
        }
        assert!(seen.iter().all(|often| (320..480).contains(often)), "{seen:?}");
    }
}
