#![doc = include_str!("../oasis.md")]

mod card;
mod charts;
mod claims;
mod network;
mod reader;
mod reference;
mod step;
mod world;

#[cfg(test)]
mod tests;

use card::{ARMS, Arm, Params, Task};
use engine::population::agents::SLICE;
use engine::population::cascade::{Cascade, normalized_rmse};
use engine::population::graph::clustering;
use engine::run::{Ctx, System};
use engine::stats;
use lexicon::*;
use network::Stage;
use reference::{Branching, Curves};
use world::World;

/// Steps for which the reference is fitted: the paper's longer horizon.
const FIT_STEPS: u32 = 50;
/// An opinion beyond this is far out; one this much further from neutral is more extreme.
const FAR: f32 = 0.8;
const MORE: f32 = 0.05;
/// Opinions are compared with those of the beginning every ten steps (OASIS, section 3.3).
const PROBE_EVERY: u32 = 10;
/// Local clustering is read every five steps, over so many people at most, and only on smaller platforms.
const CLUSTERING_EVERY: u32 = 5;
const CLUSTERING_OVER: usize = 300;
const CLUSTERING_AGENTS_MAX: u32 = 20_000;

pub struct Oasis {
    params: Params,
    /// One for each item of `spread`; else one.
    worlds: Vec<World>,
    /// Of `spread` with two items or more.
    fitted: Option<Branching>,
    reference: Option<Curves>,
    /// Means over the items that the reference was not fitted to.
    seen: Curves,
    stage: Stage,
    round: u32,
}

impl System for Oasis {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = card::CARD;
    const ARMS: &'static [ArmCard<Arm>] = ARMS;

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let count = if params.task == Task::Spread { params.items } else { 1 };
        let worlds: Result<Vec<World>, Fault> =
            (0..count).map(|place| World::new(params, arm, ctx.chance(), place)).collect();
        let worlds = worlds?;
        let stage = Stage::of(params, &worlds);
        if params.task == Task::Spread && params.items == 1 {
            ctx.say(
                "One item leaves none to hold against the reference: no normalized RMSE. Two items or more give one.",
            );
        }
        if params.refresh > params.max_rec {
            ctx.say(format!(
                "Feeds ask for {} recommended posts, the recommender puts up {}.",
                params.refresh, params.max_rec
            ));
        }
        let mut system = Self {
            params: params.clone(),
            worlds,
            fitted: None,
            reference: None,
            seen: Curves::default(),
            stage,
            round: 0,
        };
        system.look();
        Ok(system)
    }

    /// One step of every platform.
    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        self.round = ctx.round();
        if self.round == 1 && self.params.task == Task::Spread && self.params.items > 1 {
            self.fit(ctx).await?;
        }
        let chance = ctx.chance();
        let mut visited = 0;
        for world in &mut self.worlds {
            let actors = world.begin_step(&self.params, self.round, chance);
            for slice in actors.chunks(SLICE as usize) {
                slice.iter().for_each(|agent| world.visit(*agent, &self.params, self.round));
                visited += slice.len() as u32;
                if visited >= SLICE {
                    visited = 0;
                    ctx.breathe().await;
                }
            }
            world.end_step();
        }
        self.look();
        self.stage.see(&self.worlds);
        self.record(ctx)?;
        ctx.say(charts::caption(self));
        if self.round == 1
            && let Some(fitted) = &self.fitted
        {
            ctx.say(format!(
                "Reference: a branching process fitted to {} items: the source passes on to {:.1} people, everybody \
                 else to {:.2}.",
                self.params.items.div_ceil(2),
                fitted.source.mean,
                fitted.others.mean
            ));
        }
        Ok(Flow::Continue)
    }

    fn scenes(&self) -> Vec<Scene> {
        vec![
            Scene::Graph(network::graph(self)),
            Scene::Bars(charts::bars(self)),
            Scene::Field(charts::chart(self)),
        ]
    }
}

impl Oasis {
    /// The reference of every arm: every other item, played with recommender and clock.
    async fn fit(&mut self, ctx: &mut Ctx) -> Result<(), Fault> {
        let mut logs = Vec::new();
        let mut visited = 0;
        for place in (0..self.params.items).step_by(2) {
            let mut world = World::new(&self.params, Arm::Full, ctx.chance(), place)?;
            for step in 1..=FIT_STEPS {
                world.step(&self.params, step, ctx.chance());
            }
            logs.extend(world.items.drain(..).map(|item| item.cascade));
            visited += world.calls;
            if visited >= SLICE.into() {
                visited = 0;
                ctx.breathe().await;
            }
        }
        let fitted = Branching::fitted(logs.iter(), FIT_STEPS);
        let mut rng = ctx.chance().at("trees of the reference", &[]);
        self.reference = Some(fitted.curves(card::CARD.rounds.max, self.params.agents, &mut rng));
        self.fitted = Some(fitted);
        Ok(())
    }

    /// Whether the reference knows nothing of this item.
    fn is_held_out(&self, place: usize) -> bool {
        self.worlds.len() == 1 || place % 2 == 1
    }

    fn logs(&self) -> impl Iterator<Item = &Cascade> {
        self.worlds.iter().flat_map(|world| &world.items).map(|item| &item.cascade)
    }

    /// One more point of the held-out items' mean curves.
    fn look(&mut self) {
        let held: Vec<[f64; 3]> = (0..self.worlds.len())
            .filter(|place| self.is_held_out(*place))
            .flat_map(|place| &self.worlds[place].items)
            .map(|item| shape(&item.cascade))
            .collect();
        for (at, curve) in self.seen.iter_mut().enumerate() {
            let sum: f64 = held.iter().map(|shape| shape[at]).sum();
            curve.push(sum / held.len().max(1) as f64);
        }
    }

    fn record(&mut self, ctx: &mut Ctx) -> Result<(), Fault> {
        match self.params.task {
            Task::Spread => self.record_spread(ctx)?,
            Task::Rumor => self.record_rumor(ctx)?,
            Task::Polarize => self.record_opinions(ctx)?,
            Task::Herd => self.record_herd(ctx)?,
        }
        let sum = |of: &dyn Fn(&World) -> u64| self.worlds.iter().map(of).sum::<u64>() as f64;
        ctx.record(&card::FOLLOWS, sum(&|world| world.new_follows))?;
        ctx.record(&card::CALLS, sum(&|world| world.calls))?;
        ctx.record(&card::MEGABYTES, sum(&|world| world.bytes() as u64) / 1e6)?;
        if self.worlds.iter().any(|world| world.recommender.sampled)
            && self.params.task != Task::Herd
        {
            ctx.say("More than 4,000 posts: 4,000 drawn at random are ranked.");
        }
        let is_due = self.round.is_multiple_of(CLUSTERING_EVERY);
        if is_due && self.params.agents <= CLUSTERING_AGENTS_MAX && self.params.task != Task::Herd {
            let graph = self.worlds[0].follows.merge();
            let every = (graph.nodes() as usize).div_ceil(CLUSTERING_OVER).max(1);
            let values: Vec<f64> = (0..graph.nodes())
                .step_by(every)
                .filter(|node| graph.degree(*node) > 1)
                .map(|node| clustering(graph, node).value)
                .collect();
            if let Some(mean) = stats::mean(&values) {
                ctx.record(&card::CLUSTERING, mean)?;
            }
        }
        Ok(())
    }

    fn record_spread(&self, ctx: &mut Ctx) -> Result<(), Fault> {
        let count = self.logs().count().max(1) as f64;
        let mean = |at: usize| self.logs().map(|log| shape(log)[at]).sum::<f64>() / count;
        ctx.record(&card::SCALE, mean(0))?;
        ctx.record(&card::DEPTH, mean(1))?;
        ctx.record(&card::BREADTH, mean(2))?;
        let shallow = self.logs().filter(|log| log.depth() <= 2).count() as f64;
        ctx.record(&card::SHALLOW, shallow / count)?;
        let Some(reference) = &self.reference else { return Ok(()) };
        let metrics = [card::RMSE_SCALE, card::RMSE_DEPTH, card::RMSE_BREADTH];
        let mut apart = [None; 3];
        for at in 0..3 {
            let known = &reference[at][..self.seen[at].len().min(reference[at].len())];
            apart[at] = normalized_rmse(&self.seen[at], known);
            if let Some(value) = apart[at] {
                ctx.record(&metrics[at], value)?;
            }
        }
        if let [Some(scale), Some(depth), _] = apart {
            ctx.record(&card::DEPTH_GAP, depth - scale)?;
        }
        Ok(())
    }

    fn record_rumor(&self, ctx: &mut Ctx) -> Result<(), Fault> {
        let reach = |rumor: bool| {
            let items = self.worlds.iter().flat_map(|world| &world.items);
            let sizes: Vec<f64> = items
                .filter(|item| item.is_rumor == rumor)
                .map(|item| item.cascade.size().into())
                .collect();
            stats::mean(&sizes).unwrap_or(1.0)
        };
        ctx.record(&card::REACH_RUMOR, reach(true))?;
        ctx.record(&card::REACH_TRUTH, reach(false))?;
        ctx.record(&card::REACH_RATIO, reach(true) / reach(false))?;
        let count = self.logs().count().max(1) as f64;
        let mean = |at: usize| self.logs().map(|log| shape(log)[at]).sum::<f64>() / count;
        ctx.record(&card::SCALE, mean(0))?;
        ctx.record(&card::DEPTH, mean(1))?;
        ctx.record(&card::BREADTH, mean(2))
    }

    /// Of the ordinary people: core users are set.
    fn record_opinions(&self, ctx: &mut Ctx) -> Result<(), Fault> {
        let world = &self.worlds[0];
        let now = &world.opinions[world.core as usize..];
        let then = &world.opened_with[world.core as usize..];
        let mean = |all: &mut dyn Iterator<Item = f32>| {
            all.map(f64::from).sum::<f64>() / now.len().max(1) as f64
        };
        let opinion = mean(&mut now.iter().copied());
        let far = mean(&mut now.iter().map(|o| o.abs()));
        let square = |o: &f32| ((f64::from(*o) - opinion) * (f64::from(*o) - opinion)) as f32;
        ctx.record(&card::OPINION, opinion)?;
        ctx.record(&card::OPINION_SD, mean(&mut now.iter().map(square)).sqrt())?;
        ctx.record(&card::EXTREMITY, far)?;
        ctx.record(&card::EXTREMITY_GAIN, far - mean(&mut then.iter().map(|o| o.abs())))?;
        let share = |of: &dyn Fn(f32, f32) -> bool| {
            let count = now.iter().zip(then).filter(|(now, then)| of(**now, **then)).count();
            count as f64 / now.len().max(1) as f64
        };
        ctx.record(&card::FAR_SHARE, share(&|now, _| now.abs() > FAR))?;
        if self.round.is_multiple_of(PROBE_EVERY) {
            let more = share(&|now, then| now.abs() > then.abs() + MORE);
            ctx.record(&card::MORE_EXTREME, more)?;
        }
        Ok(())
    }

    fn record_herd(&self, ctx: &mut Ctx) -> Result<(), Fault> {
        let world = &self.worlds[0];
        let posts = world.platform.contents.len();
        let sum: i64 = (0..posts).map(|post| world.readers_score(post)).sum();
        ctx.record(&card::SCORE, sum as f64 / f64::from(posts.max(1)))?;
        let said = world.traits.iter().fold((0.0, 0u32), |(sum, count), post| {
            (sum + f64::from(post.disagree), count + post.comments)
        });
        if said.1 > 0 {
            ctx.record(&card::DISAGREE, said.0 / f64::from(said.1))?;
        }
        Ok(())
    }
}

/// Scale, depth, maximal breadth.
fn shape(log: &Cascade) -> [f64; 3] {
    [log.size().into(), log.depth().into(), log.max_breadth().into()]
}
