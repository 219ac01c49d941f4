#![doc = include_str!("../revision_or_resolving.md")]

mod card;
mod scenes;

pub use card::Params;

use card::*;
use engine::minds::cost::{PROMPT_TOKENS, reply_tokens};
use engine::minds::{Asked, Exam, Inbox, Message, Mind, Moment, Said, Shares, calibrate};
use engine::run::*;
use lexicon::*;
use rand::RngExt;
use std::collections::VecDeque;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    Gen,
    Resolve,
    Scaffold,
    Revise,
    Route,
    Gate,
    Own,
    Repeat,
}

/// What is done, and by whom: `swapped` has the weak mind review the strong one's drafts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arm {
    condition: Condition,
    swapped: bool,
}

const fn arm(condition: Condition) -> Arm {
    Arm { condition, swapped: false }
}

const fn swapped(condition: Condition) -> Arm {
    Arm { condition, swapped: true }
}

/// Rounds that the questions are asked in.
const SLICES: u32 = 40;
/// Questions that the timeline looks back.
const SHOWN: usize = 40;
/// Shares of the latent luck beside the common one, as the surrogate's defaults have them: .25 and .30 of .90.
const FAMILY: f64 = 0.25 / 0.9;
const OWN: f64 = 0.30 / 0.9;

/// One question through all conditions.
#[derive(Clone, Copy, Debug)]
struct Case {
    truth: u32,
    draft: Option<u32>,
    /// By the four matched conditions: generator, re-solving, scaffold, revision.
    said: [Option<u32>; 4],
    /// By the arm's own condition.
    own: Option<u32>,
}

#[derive(Clone, Debug, Default)]
struct Totals {
    questions: f64,
    right: [f64; 4],
    own: f64,
    /// Sums of squares of the paired differences, for their intervals.
    squares: [f64; 3],
    draft_right: f64,
    fixed: f64,
    broken: f64,
    adopted_right: f64,
    adopted_wrong: f64,
    tokens: f64,
}

pub struct RevisionOrResolving {
    params: Params,
    arm: Arm,
    exam: Exam,
    asked: Asked,
    generator: Mind,
    reviewer: Mind,
    next: u32,
    totals: Totals,
    past: VecDeque<Case>,
}

impl System for RevisionOrResolving {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = Card {
        id: "revision-or-resolving",
        version: 1,
        past: &[],
        title: "Revision or re-solving?",
        says: "When a second mind improves a first one's draft, does it use the draft at all?",
        family: Family::Consensus,
        paper: Paper {
            title: "Revision or Re-Solving? Decomposing Second-Pass Gains in Multi-LLM Pipelines",
            authors: "",
            year: 2026,
            arxiv: Some("2604.01029"),
        },
        rounds: Horizon { default: SLICES, max: SLICES },
        views: &["Where the gain comes from", "Question by question", "What was said"],
        metrics: METRICS,
        claims: CLAIMS,
        presets: PRESETS,
        real: Real { trains: false, surrogate_minds: true },
        about: "revision_or_resolving.md",
    };
    const ARMS: &'static [ArmCard<Arm>] = &[
        ArmCard::method(arm(Condition::Revise), "revise", "Revise the draft")
            .says("The reviewer reads the generator's draft."),
        ArmCard::baseline(arm(Condition::Gen), "gen", "Draft alone")
            .says("The generator's answer as it is."),
        ArmCard::baseline(arm(Condition::Resolve), "resolve", "Solve again")
            .says("The reviewer gets the question only."),
        ArmCard::ablation(arm(Condition::Scaffold), "scaffold", "Null draft")
            .says("The reviewer gets a draft's form without content."),
        ArmCard::method(swapped(Condition::Revise), "rev_revise", "Swapped: revise")
            .says("The weak mind reads the strong one's draft.")
            .extra(),
        ArmCard::baseline(swapped(Condition::Gen), "rev_gen", "Swapped: draft alone").extra(),
        ArmCard::baseline(swapped(Condition::Resolve), "rev_resolve", "Swapped: solve again")
            .extra(),
        ArmCard::ablation(swapped(Condition::Scaffold), "rev_scaffold", "Swapped: null draft")
            .extra(),
        ArmCard::baseline(arm(Condition::Route), "route", "Route to the stronger")
            .says("The strong mind answers, nobody drafts.")
            .extra(),
        ArmCard::method(arm(Condition::Gate), "gate", "Revise if flagged")
            .says("The reviewer revises only drafts that it flags.")
            .extra(),
        ArmCard::baseline(arm(Condition::Own), "self", "Revise its own draft").extra(),
        ArmCard::ablation(arm(Condition::Repeat), "k_iter", "Revise again and again").extra(),
    ];

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let exam =
            Exam { options: params.options, distractor: params.distractor, ..Exam::default() };
        let weak = mind(params, &exam, 0, params.accuracy_weak, params.judging_weak);
        let strong = mind(params, &exam, 1, params.accuracy_strong, params.judging_strong);
        let (generator, reviewer) = if arm.swapped { (strong, weak) } else { (weak, strong) };
        if params.accuracy_strong < params.accuracy_weak {
            ctx.say("The mind called strong is the weaker one here.");
        }
        let asked = Asked::new(ctx.chance(), exam.question(ctx.chance(), 0), 2, 2);
        let (totals, past) = (Totals::default(), VecDeque::new());
        Ok(Self {
            params: params.clone(),
            arm,
            exam,
            asked,
            generator,
            reviewer,
            next: 0,
            totals,
            past,
        })
    }

    /// One round: a slice of the questions, each through all conditions.
    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        let round = ctx.round();
        let until =
            (u64::from(self.params.questions) * u64::from(round) / u64::from(SLICES)) as u32;
        while self.next < until {
            self.asked.put(self.exam.question(ctx.chance(), self.next));
            self.next += 1;
            self.ask(ctx);
        }
        self.record(ctx)?;
        Ok(if round >= SLICES { Flow::Done } else { Flow::Continue })
    }

    fn scenes(&self) -> Vec<Scene> {
        scenes::all(self)
    }
}

/// One of the two minds; they are of different families.
fn mind(params: &Params, exam: &Exam, id: u32, accuracy: f64, judging: f64) -> Mind {
    let rest = 1.0 - params.share_common;
    let floor = 1.0 / f64::from(params.options);
    let theta = calibrate::theta_for(
        accuracy,
        floor,
        exam.discrimination,
        exam.difficulty_mean,
        exam.difficulty_sd,
    );
    let shares = Shares { global: params.share_common, family: rest * FAMILY, own: rest * OWN };
    Mind { id, family: id, shares, judging, ..Mind::default() }.able(theta)
}

const FIRST: Moment = Moment { round: 0, turn: 0 };

impl RevisionOrResolving {
    fn prompt(&self) -> f64 {
        PROMPT_TOKENS + self.asked.task.prompt_tokens
    }

    /// The generator's answer, or a forced one.
    fn draft(&self, natural: Option<u32>, ctx: &Ctx) -> Option<u32> {
        if self.params.drafts == Drafts::Natural {
            return natural;
        }
        let task = &self.asked.task;
        let mut rng = ctx.chance().at("a forced draft", &[task.id]);
        let (right, rival, which): (f64, f64, f64) = (rng.random(), rng.random(), rng.random());
        Some(match right < self.params.draft_accuracy {
            true => task.truth,
            // A wrong draft of the generator's own is kept.
            false if natural.is_some_and(|n| n != task.truth) => return natural,
            false if rival < task.distractor => self.asked.rival,
            false => task.wrong(which),
        })
    }

    /// The reviewer with a form to fill in.
    fn helped(&self) -> Mind {
        let mut mind = self.reviewer.clone();
        mind.theta.iter_mut().for_each(|theta| *theta += self.params.bonus);
        mind
    }

    /// The reviewer reads a draft: its worth, the pull of what stands there, and a fresh answer beside it.
    fn review(&self, draft: Option<u32>, author: &Mind, round: u32) -> Option<u32> {
        let mut mind = self.helped();
        // The anchor is a leaning towards the one text that there is.
        mind.bias.authority = self.params.anchor;
        // One draft is no crowd: the anchor stands for all of its pull, and the share of peers does not count again.
        mind.sway = 0.0;
        let message = |answer| Message {
            author: author.id,
            family: author.family,
            tokens: author.reply_tokens,
            authority: true,
            ..Message::of(answer)
        };
        let inbox: Vec<Message> = draft.map(message).into_iter().collect();
        let moment = Moment { round, turn: 0 };
        self.asked.revise(&mind, None, &Inbox::of(&inbox), moment).said.option()
    }

    fn ask(&mut self, ctx: &Ctx) {
        let (asked, prompt) = (&self.asked, self.prompt());
        let with_draft = prompt + self.generator.reply_tokens;
        let answer = |said: Said| said.option();
        let natural = answer(asked.answer(&self.generator, FIRST, prompt).said);
        let draft = self.draft(natural, ctx);
        let said = [
            draft,
            answer(asked.second_pass(&self.reviewer, FIRST, prompt)),
            answer(asked.second_pass(&self.helped(), FIRST, with_draft)),
            self.review(draft, &self.generator, 0),
        ];
        let mut calls = 1.0;
        let mut read = prompt;
        let own = match self.arm.condition {
            Condition::Gen => said[0],
            Condition::Resolve => said[1],
            Condition::Scaffold => said[2],
            Condition::Revise => said[3],
            Condition::Route => answer(asked.answer(&self.reviewer, FIRST, prompt).said),
            Condition::Gate => {
                let text = draft.map(Message::of);
                let flagged = text.is_none_or(|text| {
                    asked.critique(&self.reviewer, &text, FIRST, with_draft).flagged
                });
                // Draft and critique; the revision only where it is flagged.
                (calls, read) = (if flagged { 3.0 } else { 2.0 }, prompt + with_draft);
                read += if flagged { with_draft } else { 0.0 };
                if flagged { said[3] } else { draft }
            }
            Condition::Own => {
                let own = answer(asked.answer(&self.reviewer, FIRST, prompt).said);
                self.review(own, &self.reviewer, 0)
            }
            Condition::Repeat => (0..self.params.repeats).fold(draft, |text, round| {
                self.review(text, if round == 0 { &self.generator } else { &self.reviewer }, round)
            }),
        };
        match self.arm.condition {
            Condition::Scaffold => read = with_draft,
            Condition::Revise | Condition::Own => (calls, read) = (2.0, prompt + with_draft),
            Condition::Repeat => {
                let times = f64::from(self.params.repeats);
                (calls, read) = (1.0 + times, prompt + times * with_draft);
            }
            _ => {}
        }
        let length = reply_tokens(ctx.chance(), &self.reviewer, asked.task.id, FIRST, 1.0);
        let case = Case { truth: asked.task.truth, draft, said, own };
        self.totals.tokens += read + calls * length;
        self.count(case);
    }

    fn count(&mut self, case: Case) {
        let totals = &mut self.totals;
        let right = |said: Option<u32>| f64::from(u8::from(said == Some(case.truth)));
        let scores = case.said.map(right);
        totals.questions += 1.0;
        totals.own += right(case.own);
        for (sum, score) in totals.right.iter_mut().zip(scores) {
            *sum += score;
        }
        for (k, square) in totals.squares.iter_mut().enumerate() {
            let difference = scores[k + 1] - scores[k];
            *square += difference * difference;
        }
        let adopted = f64::from(u8::from(case.draft.is_some() && case.own == case.draft));
        if scores[0] > 0.0 {
            totals.draft_right += 1.0;
            totals.broken += 1.0 - right(case.own);
            totals.adopted_right += adopted;
        } else {
            totals.fixed += right(case.own);
            totals.adopted_wrong += adopted;
        }
        self.past.push_back(case);
        if self.past.len() > SHOWN {
            self.past.pop_front();
        }
    }

    /// Mean of a part of the gain: 0 re-solving, 1 scaffold, 2 content.
    fn part(&self, k: usize) -> f64 {
        (self.totals.right[k + 1] - self.totals.right[k]) / self.totals.questions.max(1.0)
    }

    /// Standard error of a part, paired by question.
    fn error(&self, k: usize) -> f64 {
        let n = self.totals.questions.max(2.0);
        let mean = self.part(k);
        ((self.totals.squares[k] / n - mean * mean).max(0.0) / (n - 1.0)).sqrt()
    }

    fn record(&self, ctx: &mut Ctx) -> Result<(), Fault> {
        let totals = &self.totals;
        let n = totals.questions.max(1.0);
        let total = (totals.right[3] - totals.right[0]) / n;
        ctx.record(&ACCURACY, totals.own / n)?;
        ctx.record(&RE_SOLVING, self.part(0))?;
        ctx.record(&SCAFFOLD, self.part(1))?;
        ctx.record(&CONTENT, self.part(2))?;
        ctx.record(&TOTAL, total)?;
        // A share of next to nothing says nothing.
        if total.abs() > 0.005 {
            ctx.record(&SHARE_RESOLVE, self.part(0) / total)?;
        }
        let wrong = n - totals.draft_right;
        if wrong > 0.0 {
            ctx.record(&FIXED, totals.fixed / wrong)?;
            ctx.record(&ADOPT_WRONG, totals.adopted_wrong / wrong)?;
        }
        if totals.draft_right > 0.0 {
            ctx.record(&BROKEN, totals.broken / totals.draft_right)?;
            ctx.record(&ADOPT_RIGHT, totals.adopted_right / totals.draft_right)?;
        }
        ctx.record(&TOKENS, totals.tokens / n)?;
        let gain = (totals.own - totals.right[0]) / n;
        ctx.record(&GAIN_PER_KTOKEN, gain / (totals.tokens / n / 1000.0))?;
        ctx.say(self.caption(total));
        Ok(())
    }

    fn caption(&self, total: f64) -> String {
        let points = |x: f64| format!("{:+.1}", 100.0 * x);
        let n = self.totals.questions.max(1.0);
        format!(
            "After {n:.0} questions: drafts {:.0} % right, revised {:.0} %. Of {} points {} come from solving again, {} \
             from having a form, {} from what the draft says.",
            100.0 * self.totals.right[0] / n,
            100.0 * self.totals.right[3] / n,
            points(total),
            points(self.part(0)),
            points(self.part(1)),
            points(self.part(2))
        )
    }
}
