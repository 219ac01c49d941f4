//! What is put into the table of recommendations: the rules of OASIS.
//!
//! X: arXiv 2411.11581, appendix D.3, and `oasis/social_platform/recsys.py`, `rec_sys_personalized_twh`; Reddit: the
//! same file, `calculate_hot_score`. An account's row is computed when it is read: the table is overwritten once a
//! step and nobody else reads the row, so nothing changes but the work, which is bounded by those who act.

use super::content::{Vector, cosine, dot};
use super::platform::{Platform, sample};
use crate::math;
use rand::{Rng, RngExt};

/// More posts than this: a uniform sample of so many is ranked, as in the repository.
pub const RANKED_MAX: u32 = 4_000;
/// Where recency has run out (after about 90 steps): our floor under its logarithm.
const RECENCY_FLOOR: f64 = 0.01;
/// Unix time of minute 0, 2024-11-18 (ours: only differences matter), and of Reddit's own epoch.
const EPOCH: f64 = 1_731_888_000.0;
const REDDIT_EPOCH: f64 = 1_134_028_003.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// X: recency x fans x similarity, for each account.
    Interest { fans: bool },
    /// Reddit: one ranking for everybody.
    Hot(HotVariant),
    /// Any posts.
    Random,
    /// Of whom one follows, the most liked.
    FollowPopular,
    /// Nothing: accounts see only whom they follow.
    Nothing,
}

/// Which term of Reddit's hot score carries the sign of the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HotVariant {
    /// The logarithm of the votes: the repository, and Reddit.
    Code,
    /// The time: the paper's formula as printed.
    Paper,
}

/// R = ln((271.8 - age) / 100), age in minutes of the clock (3 a step); the argument is floored at 0.01.
pub fn recency(age_minutes: f64) -> f64 {
    math::ln(((271.8 - age_minutes) / 100.0).max(RECENCY_FLOOR))
}

/// F = max(1, log_1000(followers + 1)).
pub fn fans(followers: u32) -> f64 {
    (math::log10(f64::from(followers) + 1.0) / 3.0).max(1.0)
}

/// h = sign(s) log10(max(|s|, 1)) + (created - 1134028003) / 45000, or the sign at the time term.
pub fn hot(score: i64, created_minutes: f64, variant: HotVariant) -> f64 {
    let sign = score.signum() as f64;
    let order = math::log10((score.unsigned_abs().max(1)) as f64);
    let time = (EPOCH + 60.0 * created_minutes - REDDIT_EPOCH) / 45_000.0;
    match variant {
        HotVariant::Code => sign * order + time,
        HotVariant::Paper => order + sign * time,
    }
}

/// A post that can be recommended; `weight` is R x F, the part of its score that is the same for every reader.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Candidate {
    row: u32,
    content: u32,
    weight: f32,
}

/// Who asks for a row: its home, and the vectors of all contents (of length 1).
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    pub agent: u32,
    pub home: &'a Vector,
    pub vectors: &'a [Vector],
}

/// The recommender and its table for the step under way.
#[derive(Clone, Debug)]
pub struct Recommender {
    rule: Rule,
    /// Length of a row (`max_rec_post_len`).
    max_rec: u32,
    /// Rows that can be recommended: those before this one.
    before: u32,
    candidates: Vec<Candidate>,
    /// Reddit's row, the same for everybody.
    shared: Vec<u32>,
    /// A permutation of all rows, of which a sample is shuffled to the front.
    order: Vec<u32>,
    /// Scratch: similarity by content; scored candidates.
    similarity: Vec<f32>,
    scored: Vec<(f32, u32)>,
    /// Whether the last table was made of a sample.
    pub sampled: bool,
}

impl Recommender {
    pub fn new(rule: Rule, max_rec: u32) -> Self {
        Self {
            rule,
            max_rec,
            before: 0,
            candidates: Vec::new(),
            shared: Vec::new(),
            order: Vec::new(),
            similarity: Vec::new(),
            scored: Vec::new(),
            sampled: false,
        }
    }

    /// Once a step: the table is made anew of all posts so far.
    pub fn update(
        &mut self,
        platform: &Platform,
        followers: impl Fn(u32) -> u32,
        now_minutes: f32,
        rng: &mut impl Rng,
    ) {
        self.before = platform.posts.len();
        self.sampled = false;
        match self.rule {
            Rule::Interest { fans: counts } => {
                self.weigh(platform, followers, now_minutes, counts, rng)
            }
            Rule::Hot(variant) => self.rank_hot(platform, variant),
            Rule::Random | Rule::FollowPopular | Rule::Nothing => {}
        }
    }

    /// The rows below this one are in the table.
    pub fn before(&self) -> u32 {
        self.before
    }

    /// The row of one reader, best first. Its last own post is added to its home, as in the repository. Draws
    /// (uniform in [0, 1)) only under `Random`, and then always as often.
    pub fn row(
        &mut self,
        platform: &Platform,
        reader: Reader,
        followees: impl Iterator<Item = u32>,
        draw: impl FnMut() -> f64,
        out: &mut Vec<u32>,
    ) {
        out.clear();
        match self.rule {
            Rule::Nothing => {}
            Rule::Hot(_) => out.extend_from_slice(&self.shared),
            // A random choice of a random row is a random choice of all.
            Rule::Random => sample(self.before, self.max_rec, draw, |row| out.push(row)),
            Rule::FollowPopular => {
                platform.popular_of(followees, self.max_rec, self.before, out);
            }
            Rule::Interest { .. } => {
                let mut wish = *reader.home;
                if let Some(row) = platform.newest(reader.agent).filter(|row| *row < self.before) {
                    let own = &reader.vectors[platform.posts.content[row as usize] as usize];
                    wish.iter_mut().zip(own).for_each(|(w, v)| *w += v);
                }
                self.rank_for(platform, reader, &wish, out);
            }
        }
    }

    /// R x F of each post, and of each content only those that can be among anybody's best: similarity is one factor
    /// for all of a content's posts, so its best are those of largest weight where the reader likes it and those of
    /// smallest weight where not. One more than a row holds, for a reader's own.
    fn weigh(
        &mut self,
        platform: &Platform,
        followers: impl Fn(u32) -> u32,
        now_minutes: f32,
        counts: bool,
        rng: &mut impl Rng,
    ) {
        let posts = &platform.posts;
        self.order.extend(self.order.len() as u32..self.before);
        let ranked = self.before.min(RANKED_MAX);
        if self.before > RANKED_MAX {
            self.sampled = true;
            for place in 0..ranked {
                let with = rng.random_range(place..self.before);
                self.order.swap(place as usize, with as usize);
            }
        }
        self.candidates.clear();
        self.candidates.extend(self.order[..ranked as usize].iter().map(|row| {
            let at = *row as usize;
            let known = if counts { fans(followers(posts.author[at])) } else { 1.0 };
            let fresh = recency(f64::from(now_minutes - posts.created[at]));
            Candidate { row: *row, content: posts.content[at], weight: (fresh * known) as f32 }
        }));
        let keep = self.max_rec as usize + 1;
        self.candidates.sort_unstable_by(|a, b| {
            let best_first = b.weight.total_cmp(&a.weight).then(b.row.cmp(&a.row));
            a.content.cmp(&b.content).then(best_first)
        });
        let mut kept = 0;
        let mut begin = 0;
        while begin < self.candidates.len() {
            let content = self.candidates[begin].content;
            let count =
                self.candidates[begin..].iter().take_while(|c| c.content == content).count();
            for place in (0..count).filter(|place| *place < keep || place + keep >= count) {
                self.candidates[kept] = self.candidates[begin + place];
                kept += 1;
            }
            begin += count;
        }
        self.candidates.truncate(kept);
    }

    /// Score = R x F x S; the best `max_rec`, of equals the newer.
    fn rank_for(&mut self, platform: &Platform, reader: Reader, wish: &Vector, out: &mut Vec<u32>) {
        let length = dot(wish, wish).sqrt();
        self.similarity.clear();
        self.similarity.resize(reader.vectors.len(), f32::NAN);
        self.scored.clear();
        for candidate in &self.candidates {
            if platform.posts.author[candidate.row as usize] == reader.agent {
                continue;
            }
            let similar = &mut self.similarity[candidate.content as usize];
            if similar.is_nan() {
                // Contents are of length 1.
                let along = dot(wish, &reader.vectors[candidate.content as usize]);
                *similar = if length > 0.0 { along / length } else { 0.0 };
            }
            self.scored.push((candidate.weight * *similar, candidate.row));
        }
        best(&mut self.scored, self.max_rec as usize);
        out.extend(self.scored.iter().map(|(_, row)| *row));
    }

    fn rank_hot(&mut self, platform: &Platform, variant: HotVariant) {
        let posts = &platform.posts;
        self.scored.clear();
        self.scored.extend((0..self.before).map(|row| {
            let score = platform.contents.score(posts.content[row as usize]);
            let heat = hot(score, posts.created[row as usize].into(), variant);
            (heat as f32, row)
        }));
        best(&mut self.scored, self.max_rec as usize);
        self.shared.clear();
        self.shared.extend(self.scored.iter().map(|(_, row)| *row));
    }
}

/// Cuts to the best `count`, best first, of equals the newer: a partial selection, then a short sort.
fn best(scored: &mut Vec<(f32, u32)>, count: usize) {
    let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1));
    if scored.len() > count {
        scored.select_nth_unstable_by(count, order);
        scored.truncate(count);
    }
    scored.sort_unstable_by(order);
}

/// S for one reader and one post, as the formula has it: for tests and captions.
pub fn similarity(profile: &Vector, last_own: Option<&Vector>, post: &Vector) -> f32 {
    let own = last_own.copied().unwrap_or([0.0; super::content::D]);
    cosine(&std::array::from_fn(|i| profile[i] + own[i]), post)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::population::content::Topics;

    #[test]
    fn the_factors_are_those_of_the_paper() {
        assert!((recency(0.0) - 0.99989).abs() < 1e-4, "e to four digits");
        assert!(recency(171.8).abs() < 1e-12);
        assert_eq!(recency(1e4), recency(271.8), "run out");
        assert_eq!((fans(0), fans(998)), (1.0, 1.0));
        assert!((fans(999_999) - 2.0).abs() < 1e-9);
        let time = (EPOCH - REDDIT_EPOCH) / 45_000.0;
        assert!((hot(100, 0.0, HotVariant::Code) - (2.0 + time)).abs() < 1e-9);
        assert!((hot(-100, 0.0, HotVariant::Code) - (time - 2.0)).abs() < 1e-9);
        assert!((hot(-100, 0.0, HotVariant::Paper) - (2.0 - time)).abs() < 1e-9);
        assert!((hot(0, 750.0, HotVariant::Code) - (time + 1.0)).abs() < 1e-9, "12.5 hours are 1");
        assert_eq!(hot(0, 750.0, HotVariant::Paper), 0.0);
    }

    /// A small world: 60 accounts, 9 originals, many reposts.
    fn world(topics: &Topics) -> (Platform, Vec<Vector>, Vec<Vector>) {
        let mut rng = Chance::new(5).at("world", &[]);
        let mut platform = Platform::new(60);
        let homes: Vec<Vector> =
            (0..60).map(|a| topics.home([a % 6, a % 5].into_iter(), &mut rng)).collect();
        let vectors: Vec<Vector> =
            (0..9).map(|k| topics.post(k % 6, &homes[k as usize], &mut rng)).collect();
        (0..9).for_each(|author| {
            platform.create(author, 0.0);
        });
        for step in 1..80 {
            for _ in 0..4 {
                let (agent, row) =
                    (rng.random_range(0..60), rng.random_range(0..platform.posts.len()));
                platform.repost(agent, row, 3.0 * step as f32);
            }
        }
        (platform, homes, vectors)
    }

    #[test]
    fn the_short_way_gives_the_row_of_the_formula() {
        let mut rng = Chance::new(6).at("rows", &[]);
        let topics = Topics::new(6, Topics::WEIGHTS, &mut rng);
        let (platform, homes, vectors) = world(&topics);
        let followers = |agent: u32| agent * agent * 3;
        // Late enough for recency to be negative for some.
        let now = 240.0f32;
        for max_rec in [1, 2, 7, 5_000] {
            let mut recommender = Recommender::new(Rule::Interest { fans: true }, max_rec);
            recommender.update(&platform, followers, now, &mut rng);
            let mut row = Vec::new();
            for reader in 0..60u32 {
                let home = &homes[reader as usize];
                let asks = Reader { agent: reader, home, vectors: &vectors };
                recommender.row(&platform, asks, std::iter::empty(), || 0.0, &mut row);
                let posts = &platform.posts;
                let last = platform.newest(reader);
                let last = last.map(|r| &vectors[posts.content[r as usize] as usize]);
                let mut naive: Vec<(f64, u32)> = (0..posts.len())
                    .filter(|r| posts.author[*r as usize] != reader)
                    .map(|r| {
                        let at = r as usize;
                        let fresh = recency(f64::from(now - posts.created[at]));
                        let similar = similarity(home, last, &vectors[posts.content[at] as usize]);
                        (fresh * fans(followers(posts.author[at])) * f64::from(similar), r)
                    })
                    .collect();
                naive.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
                naive.truncate(max_rec as usize);
                let score = |r: u32| naive.iter().find(|n| n.1 == r).map(|n| n.0);
                assert_eq!(row.len(), naive.len());
                for (place, r) in row.iter().enumerate() {
                    // Equal within rounding: f32 here, f64 there.
                    let here = score(*r).unwrap_or(f64::NAN);
                    let close = (here - naive[place].0).abs() < 1e-5;
                    assert!(close || naive[place].1 == *r, "{reader} {place}: {here}");
                }
            }
        }
    }

    #[test]
    fn many_posts_are_sampled_and_a_hot_row_is_the_same_for_all() {
        let mut rng = Chance::new(7).at("rows", &[]);
        let mut platform = Platform::new(10);
        (0..9_000).for_each(|i| {
            platform.create(i % 10, (i / 100) as f32);
        });
        platform.vote(1, 17, true);
        (1..9).for_each(|agent| {
            platform.vote(agent, 8_999, false);
        });
        let nobody = Reader { agent: 3, home: &[0.0; 32], vectors: &[] };
        let mut interest = Recommender::new(Rule::Interest { fans: false }, 3);
        interest.update(&platform, |_| 0, 100.0, &mut rng);
        assert!(interest.sampled && interest.candidates.len() == RANKED_MAX as usize);
        let mut hot = Recommender::new(Rule::Hot(HotVariant::Code), 5_000);
        hot.update(&platform, |_| 0, 100.0, &mut rng);
        let mut row = Vec::new();
        hot.row(&platform, nobody, std::iter::empty(), || rng.random(), &mut row);
        assert_eq!((row.len(), row[0]), (5_000, 8_998), "eight dislikes cost a place");
        let mut random = Recommender::new(Rule::Random, 4);
        random.update(&platform, |_| 0, 100.0, &mut rng);
        random.row(&platform, nobody, std::iter::empty(), || rng.random(), &mut row);
        assert_eq!(row.len(), 4);
        let mut nothing = Recommender::new(Rule::Nothing, 4);
        nothing.update(&platform, |_| 0, 100.0, &mut rng);
        nothing.row(&platform, nobody, std::iter::empty(), || rng.random(), &mut row);
        assert!(row.is_empty());
    }
}
