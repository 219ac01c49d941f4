//! What happens on a platform in one step: the recommender, who comes by, what they read and do.

use super::card::{Arm, Params, Task};
use super::reader::{self, Sight};
use super::world::{HERD_STEPS, Trait, World};
use engine::chance::Chance;
use engine::population::content::dot;
use engine::population::platform::{Action, Feeding};
use engine::population::recommender::Reader;

/// Minutes of a step on X (OASIS, section 2.5) and on Reddit.
const X_MINUTES: f32 = 3.0;
const REDDIT_MINUTES: f32 = 120.0;

impl World {
    fn minutes(&self, step: u32) -> f32 {
        step as f32 * if self.task == Task::Herd { REDDIT_MINUTES } else { X_MINUTES }
    }

    /// A whole step; large worlds are stepped in slices by their caller.
    pub fn step(&mut self, params: &Params, step: u32, chance: Chance) {
        let actors = self.begin_step(params, step, chance);
        actors.iter().for_each(|agent| self.visit(*agent, params, step));
        self.end_step();
    }

    /// New posts by the clock, the table of recommendations, who acts.
    pub fn begin_step(&mut self, params: &Params, step: u32, chance: Chance) -> Vec<u32> {
        self.platform.trace.clear();
        self.followed.clear();
        if self.task == Task::Herd {
            self.write_due(params, step);
        }
        let now = self.minutes(step);
        let followers = self.follows.followers();
        let mut rng = chance.at("which posts are ranked", &[self.place, step]);
        self.recommender.update(&self.platform, |a| followers[a as usize], now, &mut rng);
        self.draw_luck(params, step);
        let actors = self.actors(params, step);
        self.calls += actors.len() as u64;
        actors
    }

    /// New follows are live from the next step on.
    pub fn end_step(&mut self) {
        for (who, whom) in std::mem::take(&mut self.due) {
            if self.follows.follow(who, whom) {
                self.followed.push((who, whom));
                self.new_follows += 1;
            }
        }
    }

    /// A tenth as many posts as agents, spread over thirty steps, each treated as the arm says.
    fn write_due(&mut self, params: &Params, step: u32) {
        let all = (params.agents / 10).max(1);
        let due = (u64::from(all) * u64::from(step.min(HERD_STEPS))).div_ceil(HERD_STEPS.into());
        while u64::from(self.platform.contents.len()) < due {
            let post = self.platform.contents.len();
            let like = Trait { quality: self.quality(post), ..Trait::default() };
            let row = self.write(self.author(post), self.minutes(step), like);
            match self.arm {
                Arm::Down => self.platform.treat(row, false),
                Arm::Up => self.platform.treat(row, true),
                _ => {}
            }
        }
    }

    /// One person comes by, gets its feed and reads it.
    pub fn visit(&mut self, agent: u32, params: &Params, step: u32) {
        let home = self.home(agent);
        let (mut row, mut feed) = (std::mem::take(&mut self.row), std::mem::take(&mut self.feed));
        let asks = Reader { agent, home: &home, vectors: &self.vectors };
        let mut place = 0;
        let rows = &self.luck.rows;
        let draw = || {
            place += 1;
            f64::from(rows[place - 1].unit(agent))
        };
        self.recommender.row(&self.platform, asks, self.follows.following(agent), draw, &mut row);
        let feeding = Feeding {
            refresh: params.refresh,
            following: params.following,
            before: self.recommender.before(),
        };
        let mut place = 0;
        let picks = &self.luck.picks;
        let draw = || {
            place += 1;
            f64::from(picks[place - 1].unit(agent))
        };
        let following = self.follows.following(agent);
        self.platform.feed(agent, &row, following, feeding, draw, &mut feed);
        for (place, post) in feed.iter().enumerate() {
            let interest =
                dot(&home, &self.vectors[self.platform.posts.content[*post as usize] as usize]);
            match self.task {
                Task::Herd => self.judge(agent, *post, place, interest.into(), params),
                _ => self.read(agent, *post, place, interest.into(), params, step),
            }
        }
        (self.row, self.feed) = (row, feed);
    }

    /// X: a person reads a post and does one thing, or nothing.
    fn read(
        &mut self,
        agent: u32,
        post: u32,
        place: usize,
        interest: f64,
        params: &Params,
        step: u32,
    ) {
        let content = self.platform.posts.content[post as usize];
        let like = self.traits[content as usize];
        let met = self.platform.memory.meet(agent, content);
        if let Some(opinion) = self.opinions.get_mut(agent as usize) {
            let times = if self.arm == Arm::Uncensored { 2.0 } else { 1.0 };
            let step = times * params.opinion_step;
            *opinion = reader::moved((*opinion).into(), like.stance.into(), step) as f32;
        }
        let [acts, chooses, ..] = self.luck.reads[place];
        if !acts.lands(agent, reader::ACTS) {
            return;
        }
        let sight = Sight {
            interest,
            novelty: like.novelty.into(),
            emotion: like.emotion.into(),
            score: self.platform.contents.score(content),
            met: met > 0,
        };
        match reader::choose(&sight, params.herding, chooses.unit(agent).into()) {
            Action::Repost => self.pass_on(agent, post, met + 1, step),
            Action::Like => {
                self.platform.vote(agent, post, true);
            }
            Action::Dislike => {
                self.platform.vote(agent, post, false);
            }
            Action::Comment => self.platform.comment(agent, post),
            Action::Follow => {
                self.due.push((agent, self.platform.posts.author[post as usize]));
                self.platform.note(agent, Action::Follow, post);
            }
            Action::Nothing | Action::CreatePost => {}
        }
    }

    fn pass_on(&mut self, agent: u32, post: u32, exposures: u32, step: u32) {
        let Some(row) = self.platform.repost(agent, post, self.minutes(step)) else { return };
        let content = self.platform.posts.content[row as usize];
        let parent = self.entries[post as usize];
        let entry = match self.items.get_mut(self.item_of[content as usize] as usize) {
            Some(item) => item.cascade.add(agent, step, parent, exposures),
            None => parent,
        };
        self.entries.push(entry);
    }

    /// Reddit: a person votes on a false claim, and perhaps comments.
    fn judge(&mut self, agent: u32, post: u32, place: usize, interest: f64, params: &Params) {
        let content = self.platform.posts.content[post as usize];
        let [acts, chooses, comments, tone] = self.luck.reads[place];
        if !acts.lands(agent, reader::ACTS) {
            return;
        }
        let sway = reader::sway(params.herding, self.platform.contents.score(content));
        let quality = f64::from(self.traits[content as usize].quality);
        let up = chooses.lands(agent, reader::votes_up(quality, sway) as f32);
        self.platform.vote(agent, post, up);
        if comments.lands(agent, reader::comments(interest) as f32) {
            self.platform.comment(agent, post);
            let said = reader::disagreement(quality, sway, tone.unit(agent).into());
            let about = &mut self.traits[content as usize];
            about.disagree += said as f32;
            about.comments += 1;
        }
    }

    /// What readers made of a post: its score without the experimenter's vote.
    pub fn readers_score(&self, content: u32) -> i64 {
        let treated = match self.arm {
            Arm::Down => -1,
            Arm::Up => 1,
            _ => 0,
        };
        self.platform.contents.score(content) - treated
    }
}
