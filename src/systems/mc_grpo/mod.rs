#![doc = include_str!("../mc_grpo.md")]

mod card;
mod claims;
mod group;
mod pictures;

#[cfg(test)]
mod tests;

use card::{Params, Reward};
use engine::policy::advantage;
use engine::policy::pg::{Batch, Learner, Mean, Report, Rules};
use engine::policy::tasks::gym9::{self, Exam, Gym, LENGTH, Mix, Score};
use engine::policy::tiny_ar::{Rollouts, Sampler, TinyAr};
use engine::run::{Ctx, System};
use group::{Arm, Center, Group, paid};
use lexicon::*;
use rand::RngExt;

/// Tried out, and its flips told, in every tenth update, the first and the last.
const EVERY: u32 = 10;
/// Prompts of an evaluation.
const EXAM: u32 = 800;
/// Rollouts that say what a policy usually gets for a prompt.
const ORACLE: usize = 64;
/// A policy has collapsed when its entropy stays below this for so many updates.
const COLLAPSED_NATS: f64 = 0.01;
const COLLAPSED_UPDATES: u32 = 50;

/// Pushes on a side of what the policy usually gets, and those of them that went to the other side.
#[derive(Clone, Copy, Debug, Default)]
struct Flips {
    pushes: u32,
    wrong: u32,
}

pub struct McGrpo {
    params: Params,
    arm: Arm,
    gym: Gym,
    rules: Rules,
    learner: Learner,
    /// The policy before reinforcement learning.
    base: TinyAr,
    exam: Exam,
    sampler: Sampler,
    drawn: Rollouts,
    luck: Vec<f32>,
    groups: Vec<Group>,
    batch: Batch,
    round: u32,
    entropy: f64,
    collapsed: u32,
    rollouts: f64,
    /// Of the whole run, and what of them was told before.
    flips: Flips,
    told: Flips,
    score: Score,
    base_score: Score,
}

const fn method(center: Center, loss: Mean, id: &'static str, label: &'static str) -> ArmCard<Arm> {
    ArmCard::method(Arm::of(center, loss), id, label)
}

const fn baseline(
    center: Center,
    loss: Mean,
    id: &'static str,
    label: &'static str,
) -> ArmCard<Arm> {
    ArmCard::baseline(Arm::of(center, loss), id, label)
}

impl System for McGrpo {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = card::CARD;
    const ARMS: &'static [ArmCard<Arm>] = &[
        method(Center::Median, Mean::Rollouts, "mc_grpo", "MC-GRPO")
            .says("One rollout more; the group's median is the bar, and the one that set it is left out."),
        ArmCard::reference(Arm::of(Center::Untrained, Mean::Rollouts), "base", "Before training")
            .says("The policy as it is before reinforcement learning."),
        baseline(Center::Mean, Mean::Rollouts, "grpo", "GRPO")
            .says("The group's mean is the bar, its standard deviation the measure."),
        ArmCard::ablation(Arm::of(Center::PlusOne, Mean::Rollouts), "grpo_plus1", "GRPO, one more")
            .says("As GRPO with one rollout more; the one with the smallest reward is left out."),
        ArmCard::ablation(Arm::of(Center::Flipped, Mean::Rollouts), "flip", "GRPO, forced flips")
            .says("As GRPO; some advantages, drawn blindly, are turned around.")
            .extra(),
        method(Center::Median, Mean::Tokens, "mc_dapo", "MC-DAPO")
            .says("As DAPO, with the median for the mean.")
            .extra(),
        baseline(Center::Mean, Mean::Tokens, "dapo", "DAPO")
            .says("All tokens count alike, the clip is wider above, groups without spread are dropped.")
            .extra(),
        method(Center::Median, Mean::Constant, "mc_dr_grpo", "MC-Dr. GRPO")
            .says("As Dr. GRPO, with the median for the mean.")
            .extra(),
        baseline(Center::Mean, Mean::Constant, "dr_grpo", "Dr. GRPO")
            .says("Reward less the mean, divided by nothing.")
            .extra(),
    ];

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let tasks = params.tasks.iter().map(|task| *task as u8).collect();
        let gym = Gym { tasks, digits: params.digits };
        let Params { base_steps: steps, format_share, label_noise, .. } = *params;
        let mix = Mix { steps, format_share, label_noise };
        let base = gym9::base(&gym, params.hidden, &mix, ctx.chance());
        let exam = gym.exam(EXAM);
        let score = exam.try_out(&base);
        let mut system = Self {
            rules: rules(params, arm),
            learner: Learner::new(base.clone(), params.lr as f32),
            base,
            base_score: score.clone(),
            score,
            exam,
            gym,
            params: params.clone(),
            arm,
            sampler: Sampler::default(),
            drawn: Rollouts::default(),
            luck: Vec::new(),
            groups: vec![Group::default(); params.batch as usize],
            batch: Batch::default(),
            round: 0,
            entropy: 0.0,
            collapsed: 0,
            rollouts: 0.0,
            flips: Flips::default(),
            told: Flips::default(),
        };
        notices(params, arm, ctx);
        // What the base would say and how it would be pushed: the picture before the first update.
        system.roll(ctx);
        Ok(system)
    }

    /// One update: rollouts, their advantages, the step; now and then an evaluation.
    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        self.round = ctx.round();
        self.roll(ctx);
        self.rollouts += self.groups.iter().map(|group| group.size() as f64).sum::<f64>();
        for group in &self.groups {
            self.flips.pushes += group.kept().filter(|one| group.is_counted(*one)).count() as u32;
            self.flips.wrong += group.kept().filter(|one| group.is_flipped(*one)).count() as u32;
        }
        let report = self.learn();
        if !self.learner.net.is_finite() {
            let what = format!("the policy (gradient of length {:.3e})", report.grad_norm);
            return Err(Fault::Diverged { what, round: self.round });
        }
        self.record(&report, ctx)?;
        self.watch_entropy(ctx);
        ctx.say(pictures::caption(self));
        Ok(Flow::Continue)
    }

    fn scenes(&self) -> Vec<Scene> {
        pictures::scenes(self)
    }
}

fn rules(params: &Params, arm: Arm) -> Rules {
    let family = match arm.loss {
        Mean::Rollouts => Rules::GRPO,
        Mean::Tokens => Rules::DAPO,
        Mean::Constant => Rules::DR_GRPO,
    };
    Rules { kl_weight: params.kl_weight as f32, epochs: params.num_iterations, ..family }
}

/// What a person should know of this setting.
fn notices(params: &Params, arm: Arm, ctx: &mut Ctx) {
    if arm.center == Center::Median && params.group % 2 == 1 {
        let drawn = params.group + 1;
        ctx.say(format!(
            "{drawn} rollouts a prompt are an even number: the lower median is used; no unique pivot."
        ));
    }
    let by_mean = matches!(arm.center, Center::Mean | Center::Flipped);
    if by_mean && params.group == 2 && params.reward == Reward::Strict01 {
        ctx.say(
            "With rewards of 0 and 1 only, a 1 is never below the mean: hardly any flips here.",
        );
    }
}

impl McGrpo {
    /// Rollouts of this update's prompts by the policy as it is, their advantages, and what it usually gets.
    fn roll(&mut self, ctx: &Ctx) {
        let (chance, round) = (ctx.chance(), ctx.round());
        let mut prompts = ctx.rng("which prompts");
        let mut flips = ctx.rng("forced flips");
        let Self { sampler, drawn, luck, learner, params, arm, gym, .. } = self;
        self.entropy = 0.0;
        for (place, group) in self.groups.iter_mut().enumerate() {
            group.prompt = gym.draw(&mut prompts);
            let features = group.prompt.features();
            luck.clear();
            for rollout in 0..arm.rollouts(params.group) {
                let mut rng = chance.at("rollout", &[round, place as u32, rollout]);
                luck.extend((0..LENGTH).map(|_| rng.random::<f32>()));
            }
            sampler.draw(&learner.net, &features, luck, drawn);
            self.entropy += drawn.entropy / f64::from(params.batch);
            group.take(drawn, params);
            group.judge(*arm, params, &mut flips);
            let mut rng = chance.at("rollouts of the oracle", &[round, place as u32]);
            luck.clear();
            luck.extend((0..ORACLE * LENGTH).map(|_| rng.random::<f32>()));
            sampler.draw(&learner.net, &features, luck, drawn);
            let all: f32 = paid(&group.prompt, &drawn.tokens, params).sum();
            group.usual = all / ORACLE as f32;
        }
    }

    fn learn(&mut self) -> Report {
        self.batch.clear();
        let shape = self.learner.net.shape;
        for group in &self.groups {
            if self.arm.loss == Mean::Tokens && advantage::is_flat(&group.reward) {
                continue;
            }
            let features = group.prompt.features();
            for one in group.kept() {
                let (said, log_old) = (group.said(one), group.log_old(one));
                self.batch.push(&shape, &features, said, log_old, group.advantage[one]);
            }
        }
        if self.arm.center == Center::Untrained {
            return Report::default();
        }
        self.learner.improve(&self.batch, &self.rules, &self.base)
    }

    fn record(&mut self, report: &Report, ctx: &mut Ctx) -> Result<(), Fault> {
        let rewards = self.groups.iter().flat_map(|group| &group.reward);
        let drawn = self.groups.iter().map(Group::size).sum::<usize>() as f64;
        let flat = self.groups.iter().filter(|group| advantage::is_flat(&group.reward)).count();
        ctx.record(&card::REWARD, rewards.map(|r| f64::from(*r)).sum::<f64>() / drawn)?;
        ctx.record(&card::ZERO_GROUPS, flat as f64 / self.groups.len() as f64)?;
        ctx.record(&card::ENTROPY, self.entropy)?;
        ctx.record(&card::GRAD_NORM, report.grad_norm)?;
        ctx.record(&card::CLIP_FRACTION, report.clip_fraction)?;
        ctx.record(&card::ROLLOUTS, self.rollouts)?;
        ctx.record(&card::TOKENS, self.rollouts * LENGTH as f64)?;
        let last = self.round == ctx.horizon();
        if self.round == 1 || self.round.is_multiple_of(EVERY) || last {
            self.score = self.exam.try_out(&self.learner.net);
            ctx.record(&card::ACCURACY, self.score.accuracy)?;
            ctx.record(&card::STRICT, self.score.strict)?;
            ctx.record(&card::KL_TO_BASE, self.learner.kl(&self.batch, &self.base))?;
        }
        let pushes = self.flips.pushes - self.told.pushes;
        if (self.round.is_multiple_of(EVERY) || last) && pushes > 0 {
            let wrong = self.flips.wrong - self.told.wrong;
            ctx.record(&card::FLIP_RATE, f64::from(wrong) / f64::from(pushes))?;
            self.told = self.flips;
        }
        Ok(())
    }

    fn watch_entropy(&mut self, ctx: &mut Ctx) {
        self.collapsed = if self.entropy < COLLAPSED_NATS { self.collapsed + 1 } else { 0 };
        if self.collapsed == COLLAPSED_UPDATES {
            ctx.say("The policy has collapsed to one answer: for 50 updates its entropy was below 0.01.");
        }
    }
}
