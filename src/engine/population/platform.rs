//! A posting platform: posts, votes, reposts, what each account has met, and the feed of who comes by.
//!
//! The rules are those of OASIS (arXiv 2411.11581, section 2, and the repository camel-ai/oasis): a repost is a row
//! of its own that points to the original; a feed is some posts drawn from the account's row of recommendations and
//! the newest ones of whom it follows, the most liked first. Columns, no object a post or an account. Who follows
//! whom is the graph's.

/// "None" in a column of indices.
pub const NONE: u32 = u32::MAX;

/// What an account can do with a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Nothing,
    CreatePost,
    Repost,
    Like,
    Dislike,
    Comment,
    Follow,
}

impl Action {
    pub const COUNT: usize = 7;
}

/// One line of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deed {
    pub agent: u32,
    pub action: Action,
    /// A row of the posts; the new one where the action made one.
    pub post: u32,
}

/// The table of posts: originals and reposts, in the order of creation. Columns are equally long.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Posts {
    pub author: Vec<u32>,
    /// In minutes since the beginning; before it: negative.
    pub created: Vec<f32>,
    /// The original's ordinal: what the post is about.
    pub content: Vec<u32>,
    /// The row it was taken from; `NONE` for an original.
    pub parent: Vec<u32>,
    /// The author's row before this one; `NONE` for the first.
    previous: Vec<u32>,
}

impl Posts {
    pub fn len(&self) -> u32 {
        self.author.len() as u32
    }

    pub fn is_empty(&self) -> bool {
        self.author.is_empty()
    }
}

/// What is counted for an original, its reposts included: votes on a repost are votes on the original.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Its row.
    pub original: Vec<u32>,
    pub likes: Vec<u32>,
    pub dislikes: Vec<u32>,
    pub reposts: Vec<u32>,
    pub comments: Vec<u32>,
}

impl Contents {
    pub fn len(&self) -> u32 {
        self.original.len() as u32
    }

    pub fn is_empty(&self) -> bool {
        self.original.is_empty()
    }

    /// Likes less dislikes.
    pub fn score(&self, content: u32) -> i64 {
        i64::from(self.likes[content as usize]) - i64::from(self.dislikes[content as usize])
    }
}

/// What each account has met: a chain of entries an account, newest first, so that memory grows with what is read
/// and not with accounts times posts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    newest: Vec<u32>,
    content: Vec<u32>,
    marks: Vec<u8>,
    times: Vec<u16>,
    previous: Vec<u32>,
}

/// Marks of [`Memory`].
pub const REPOSTED: u8 = 1;
pub const VOTED: u8 = 2;

impl Memory {
    fn find(&self, agent: u32, content: u32) -> Option<usize> {
        let mut at = self.newest[agent as usize];
        while at != NONE && self.content[at as usize] != content {
            at = self.previous[at as usize];
        }
        (at != NONE).then_some(at as usize)
    }

    /// Notes one more meeting; says how many there were before.
    pub fn meet(&mut self, agent: u32, content: u32) -> u32 {
        let at = self.entry(agent, content);
        let before = self.times[at];
        self.times[at] = before.saturating_add(1);
        before.into()
    }

    /// How often the account has met it.
    pub fn met(&self, agent: u32, content: u32) -> u32 {
        self.find(agent, content).map_or(0, |at| self.times[at].into())
    }

    /// Sets a mark; true where it was not set before.
    pub fn mark(&mut self, agent: u32, content: u32, mark: u8) -> bool {
        let at = self.entry(agent, content);
        let new = self.marks[at] & mark == 0;
        self.marks[at] |= mark;
        new
    }

    pub fn marked(&self, agent: u32, content: u32, mark: u8) -> bool {
        self.find(agent, content).is_some_and(|at| self.marks[at] & mark != 0)
    }

    fn entry(&mut self, agent: u32, content: u32) -> usize {
        if let Some(at) = self.find(agent, content) {
            return at;
        }
        self.content.push(content);
        self.marks.push(0);
        self.times.push(0);
        self.previous.push(self.newest[agent as usize]);
        self.newest[agent as usize] = self.content.len() as u32 - 1;
        self.content.len() - 1
    }

    fn bytes(&self) -> usize {
        4 * self.newest.len() + 11 * self.content.len()
    }
}

/// How many posts a feed holds at most, by where they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feeding {
    /// Drawn from the row of recommendations (`refresh_rec_post_count`); at most `SAMPLE_MAX`.
    pub refresh: u32,
    /// The newest of whom one follows (`following_post_count`).
    pub following: u32,
    /// Rows below this one can be seen: what is posted in a step is live in the next.
    pub before: u32,
}

/// A platform of a fixed number of accounts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Platform {
    pub posts: Posts,
    pub contents: Contents,
    pub memory: Memory,
    /// Since the trace was last cleared.
    pub trace: Vec<Deed>,
    /// Of each action, since the beginning.
    pub tally: [u64; Action::COUNT],
    /// Of each account its newest row, or `NONE`.
    newest: Vec<u32>,
}

impl Platform {
    pub fn new(accounts: u32) -> Self {
        let nobody = vec![NONE; accounts as usize];
        let memory = Memory { newest: nobody.clone(), ..Memory::default() };
        Self { newest: nobody, memory, ..Self::default() }
    }

    pub fn accounts(&self) -> u32 {
        self.newest.len() as u32
    }

    /// The newest row of an account.
    pub fn newest(&self, agent: u32) -> Option<u32> {
        Some(self.newest[agent as usize]).filter(|row| *row != NONE)
    }

    /// A new original; gives its row.
    pub fn create(&mut self, author: u32, minutes: f32) -> u32 {
        let content = self.contents.len();
        let row = self.row(author, minutes, content, NONE);
        self.contents.original.push(row);
        self.contents.likes.push(0);
        self.contents.dislikes.push(0);
        self.contents.reposts.push(0);
        self.contents.comments.push(0);
        self.note(author, Action::CreatePost, row);
        row
    }

    /// Passes a post on; `None` where the account has passed it on before or wrote it.
    pub fn repost(&mut self, agent: u32, from: u32, minutes: f32) -> Option<u32> {
        let content = self.posts.content[from as usize];
        let original = self.contents.original[content as usize];
        let own = self.posts.author[original as usize] == agent;
        if own || !self.memory.mark(agent, content, REPOSTED) {
            return None;
        }
        let row = self.row(agent, minutes, content, from);
        self.contents.reposts[content as usize] += 1;
        self.note(agent, Action::Repost, row);
        Some(row)
    }

    /// A like or a dislike; false where the account has voted on this content before.
    pub fn vote(&mut self, agent: u32, on: u32, likes: bool) -> bool {
        let content = self.posts.content[on as usize];
        if !self.memory.mark(agent, content, VOTED) {
            return false;
        }
        let column = if likes { &mut self.contents.likes } else { &mut self.contents.dislikes };
        column[content as usize] += 1;
        self.note(agent, if likes { Action::Like } else { Action::Dislike }, on);
        true
    }

    /// A vote by nobody of the platform: what an experimenter does to a post.
    pub fn treat(&mut self, on: u32, likes: bool) {
        let content = self.posts.content[on as usize] as usize;
        let column = if likes { &mut self.contents.likes } else { &mut self.contents.dislikes };
        column[content] += 1;
    }

    pub fn comment(&mut self, agent: u32, on: u32) {
        self.contents.comments[self.posts.content[on as usize] as usize] += 1;
        self.note(agent, Action::Comment, on);
    }

    /// Writes an action into the trace and the tally that changes no table here (a follow changes the graph).
    pub fn note(&mut self, agent: u32, action: Action, post: u32) {
        self.tally[action as usize] += 1;
        self.trace.push(Deed { agent, action, post });
    }

    fn row(&mut self, author: u32, minutes: f32, content: u32, parent: u32) -> u32 {
        let row = self.posts.len();
        self.posts.author.push(author);
        self.posts.created.push(minutes);
        self.posts.content.push(content);
        self.posts.parent.push(parent);
        self.posts.previous.push(std::mem::replace(&mut self.newest[author as usize], row));
        row
    }

    /// The feed of an account: `refresh` posts drawn at random from its row of recommendations and the newest ones
    /// of whom it follows, each once, no own ones, the most liked first. Takes the same number of draws (uniform in
    /// [0, 1)) whatever the row holds.
    pub fn feed(
        &self,
        agent: u32,
        recommended: &[u32],
        followees: impl Iterator<Item = u32>,
        feeding: Feeding,
        draw: impl FnMut() -> f64,
        out: &mut Vec<u32>,
    ) {
        out.clear();
        self.newest_of(followees, feeding.following, feeding.before, out);
        let own = |row: u32| self.posts.author[row as usize] == agent;
        sample(recommended.len() as u32, feeding.refresh, draw, |at| {
            let row = recommended[at as usize];
            if row < feeding.before && !own(row) && !out.contains(&row) {
                out.push(row);
            }
        });
        let likes = |row: u32| self.contents.likes[self.posts.content[row as usize] as usize];
        out.sort_unstable_by_key(|row| (std::cmp::Reverse(likes(*row)), *row));
    }

    /// The `count` newest rows of these accounts, in no order. Rows rise with time, and an account's rows are a
    /// chain from the newest on, so each chain is left at the first row that is too old.
    fn newest_of(
        &self,
        accounts: impl Iterator<Item = u32>,
        count: u32,
        before: u32,
        out: &mut Vec<u32>,
    ) {
        let count = count as usize;
        for account in accounts.take(if count == 0 { 0 } else { usize::MAX }) {
            let mut row = self.newest[account as usize];
            while row != NONE {
                if row < before {
                    let place = out.partition_point(|kept| *kept > row);
                    if place >= count {
                        break;
                    }
                    if out.get(place) != Some(&row) {
                        out.insert(place, row);
                        out.truncate(count);
                    }
                }
                row = self.posts.previous[row as usize];
            }
        }
    }

    /// Of whom one follows, the most liked posts below `before`, at most `count`: the in-network ranking.
    pub fn popular_of(
        &self,
        accounts: impl Iterator<Item = u32>,
        count: u32,
        before: u32,
        out: &mut Vec<u32>,
    ) {
        out.clear();
        for account in accounts {
            let mut row = self.newest[account as usize];
            while row != NONE {
                if row < before {
                    out.push(row);
                }
                row = self.posts.previous[row as usize];
            }
        }
        let likes = |row: u32| self.contents.likes[self.posts.content[row as usize] as usize];
        out.sort_unstable_by_key(|row| (std::cmp::Reverse(likes(*row)), std::cmp::Reverse(*row)));
        out.dedup();
        out.truncate(count as usize);
    }

    /// Memory of the tables, counted from their lengths.
    pub fn bytes(&self) -> usize {
        4 * self.newest.len()
            + 20 * self.posts.author.len()
            + 20 * self.contents.original.len()
            + 12 * self.trace.len()
            + self.memory.bytes()
    }
}

/// The most that [`sample`] takes: past it a list of what is taken would be searched too long.
pub const SAMPLE_MAX: usize = 64;

/// Calls `take` with `count` (at most `SAMPLE_MAX`) different numbers below `of`, all of them where there are no
/// more, by Floyd's algorithm: `count` draws, always.
pub fn sample(of: u32, count: u32, mut draw: impl FnMut() -> f64, mut take: impl FnMut(u32)) {
    let mut taken = [NONE; SAMPLE_MAX];
    let count = (count as usize).min(SAMPLE_MAX);
    for nth in 0..count {
        let u = draw();
        if nth >= of as usize {
            continue;
        }
        if of as usize <= count {
            taken[nth] = nth as u32;
        } else {
            let top = of - (count - nth) as u32;
            let drawn = ((u * f64::from(top + 1)) as u32).min(top);
            taken[nth] = if taken[..nth].contains(&drawn) { top } else { drawn };
        }
        take(taken[nth]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use rand::RngExt;

    fn x(before: u32) -> Feeding {
        Feeding { refresh: 2, following: 3, before }
    }

    #[test]
    fn a_repost_points_to_what_it_was_taken_from_and_counts_for_the_original() {
        let mut platform = Platform::new(4);
        let original = platform.create(0, 0.0);
        assert_eq!(platform.repost(0, original, 3.0), None, "nobody reposts their own");
        let first = platform.repost(1, original, 3.0).unwrap();
        let second = platform.repost(2, first, 6.0).unwrap();
        assert_eq!(platform.repost(2, original, 9.0), None, "nobody reposts twice");
        assert_eq!(platform.posts.parent, [NONE, original, first]);
        assert_eq!(platform.posts.content, [0, 0, 0]);
        assert!(platform.vote(3, second, false) && !platform.vote(3, original, true));
        assert_eq!((platform.contents.score(0), platform.contents.reposts[0]), (-1, 2));
        assert_eq!(platform.tally, [0, 1, 2, 0, 1, 0, 0]);
        assert_eq!(platform.newest(1), Some(first));
    }

    #[test]
    fn memory_counts_meetings() {
        let mut platform = Platform::new(2);
        assert_eq!([platform.memory.meet(1, 5), platform.memory.meet(1, 5)], [0, 1]);
        assert_eq!([platform.memory.meet(1, 6), platform.memory.meet(0, 5)], [0, 0]);
        assert_eq!((platform.memory.met(1, 5), platform.memory.met(0, 6)), (2, 0));
        assert!(!platform.memory.marked(1, 5, VOTED));
    }

    #[test]
    fn a_feed_holds_the_newest_of_whom_one_follows_and_draws_from_the_row() {
        let mut platform = Platform::new(6);
        // Rows 0..12, authors in turn.
        for minute in 0..12 {
            platform.create(minute % 6, minute as f32);
        }
        platform.vote(5, 7, true);
        let mut rng = Chance::new(1).at("feed", &[]);
        let mut out = Vec::new();
        platform.feed(0, &[], [1, 2].into_iter(), x(12), || rng.random(), &mut out);
        assert_eq!(out, [7, 2, 8], "the liked one first; 1 is too old");
        platform.feed(0, &[], [1, 2].into_iter(), x(8), || rng.random(), &mut out);
        assert_eq!(out, [7, 1, 2]);
        platform.feed(0, &[6, 3, 11], std::iter::empty(), x(11), || rng.random(), &mut out);
        assert!(!out.contains(&6) && !out.contains(&11), "no own ones, none of this step");
        let none = Feeding { refresh: 2, following: 0, before: 12 };
        platform.feed(0, &[1, 2], [1, 2].into_iter(), none, || rng.random(), &mut out);
        assert_eq!(out, [1, 2]);
        platform.popular_of([1, 2].into_iter(), 3, 12, &mut out);
        assert_eq!(out, [7, 8, 2]);
    }

    #[test]
    fn a_sample_is_without_repetition_and_fair() {
        let mut rng = Chance::new(2).at("sample", &[]);
        let mut counts = [0u32; 10];
        for _ in 0..20_000 {
            let mut seen = Vec::new();
            sample(10, 3, || rng.random(), |at| seen.push(at));
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 3);
            seen.iter().for_each(|at| counts[*at as usize] += 1);
        }
        assert!(counts.iter().all(|c| (5_700..6_300).contains(c)), "{counts:?}");
        let mut all = Vec::new();
        sample(2, 5, || rng.random(), |at| all.push(at));
        assert_eq!(all, [0, 1]);
        let (mut a, mut b) = (Chance::new(3).at("x", &[]), Chance::new(3).at("x", &[]));
        sample(0, 5, || a.random(), |_| unreachable!("there is nothing to take"));
        sample(1_000, 5, || b.random(), |_| {});
        assert_eq!(a.random::<u64>(), b.random::<u64>(), "as many draws whatever there is");
    }
}
