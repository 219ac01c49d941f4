#![doc = include_str!("../fortytwo.md")]

mod card;
mod claims;
mod real;
mod request;
mod scenes;

pub use card::Params;

use card::*;
use engine::chance::Chance;
use engine::consensus::ledger::Ledger;
use engine::consensus::reputation::{self, Entry, Rules, Standing};
use engine::math;
use engine::minds::oracle::OPTIONS_MAX;
use engine::minds::{Asked, Exam, Mind, Moment, Shares, calibrate, normal};
use engine::run::*;
use engine::stats;
use lexicon::*;
use request::Request;
use std::collections::VecDeque;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    Swarm,
    Majority,
    RepMajority,
    BtUnweighted,
    Elo,
    Judge,
    BestSingle,
    Single,
    Open,
    NoReason,
}

/// Blocks of the ledger that are kept for showing.
const BLOCKS_MAX: usize = 64;
/// Requests that the recent accuracy and the timeline look back.
const RECENT_REQUESTS: usize = 50;
/// Questions of the held-out test that picks the best node, and where they begin: no request has such a number.
const HELD_OUT: u32 = 200;
const HELD_OUT_FROM: u32 = 1_000_000;
/// Bad judgments in a row that are slashed.
const PATIENCE: u32 = 3;
/// Ability of a mind that knows nothing: its accuracy is chance, its judging a coin.
const KNOWS_NOTHING: f64 = -12.0;

struct Node {
    mind: Mind,
    attacks: Option<Attacker>,
    sybil: bool,
    standing: Standing,
    /// Has been let in at the beginning.
    admitted: bool,
    tries: u32,
}

impl Node {
    fn hostile(&self) -> bool {
        self.sybil || self.attacks.is_some()
    }
}

/// A society of nodes and all that it has learned.
struct Swarm {
    params: Params,
    arm: Arm,
    chance: Chance,
    rules: Rules,
    /// Chance of a planted text; a shadow has none.
    injected: f64,
    exam: Exam,
    asked: Asked,
    nodes: Vec<Node>,
    judge: Node,
    best: u32,
    ledger: Ledger,
    totals: Totals,
    /// Reputations after each of the last requests, by node.
    past: VecDeque<Vec<f32>>,
    last: Request,
    /// What the connected model has said in the last request.
    real: Option<real::Real>,
}

#[derive(Clone, Debug, Default)]
struct Totals {
    requests: f64,
    right: f64,
    vote: f64,
    covered: f64,
    judged: f64,
    judged_right: f64,
    recent: VecDeque<f64>,
    slashed: u32,
}

pub struct Fortytwo {
    swarm: Swarm,
    /// The same world without planted texts, and without Sybils: what the attack costs.
    unplanted: Option<Swarm>,
    unsybiled: Option<Swarm>,
}

impl System for Fortytwo {
    type Params = Params;
    type Arm = Arm;
    const CARD: Card = Card {
        id: "fortytwo",
        version: 1,
        past: &[],
        title: "Fortytwo",
        says: "Nodes answer, then judge each other's answers: a ranking finds what a vote cannot.",
        family: Family::Consensus,
        paper: Paper {
            title: "Fortytwo: Swarm Inference with Peer-Ranked Consensus",
            authors: "",
            year: 2025,
            arxiv: Some("2510.24801"),
        },
        rounds: Horizon { default: 300, max: 2000 },
        views: &["The swarm", "Ranking beside votes", "Reputations", "What was said"],
        metrics: METRICS,
        claims: claims::CLAIMS,
        presets: PRESETS,
        real: Real { trains: false, surrogate_minds: true },
        about: "fortytwo.md",
    };
    const ARMS: &'static [ArmCard<Arm>] = &[
        ArmCard::method(Arm::Swarm, "swarm", "Swarm")
            .says("Nodes rank each other's answers in pairs, weighted by reputation."),
        ArmCard::baseline(Arm::Majority, "majority", "Majority vote")
            .says("The answer most nodes gave."),
        ArmCard::baseline(Arm::RepMajority, "rep_majority", "Vote by reputation")
            .says("A vote weighted by the reputations that the ranking gives.")
            .extra(),
        ArmCard::ablation(Arm::BtUnweighted, "bt_unweighted", "Ranking without reputation")
            .says("The same verdicts, every judge equal."),
        ArmCard::baseline(Arm::Elo, "elo", "Elo")
            .says("The same verdicts one after the other.")
            .extra(),
        ArmCard::baseline(Arm::Judge, "judge", "One strong judge")
            .says("One mind of the best tier ranks all answers."),
        ArmCard::baseline(Arm::BestSingle, "best_single", "Best node")
            .says("The node that was best on 200 held-out questions.")
            .extra(),
        ArmCard::reference(Arm::Single, "single", "One node")
            .says("The mean of the honest nodes, each alone."),
        ArmCard::ablation(Arm::Open, "swarm_open", "Swarm, open door")
            .says("No entry test.")
            .extra(),
        ArmCard::ablation(Arm::NoReason, "swarm_noreason", "Swarm without reasons")
            .says("Verdicts of one word: judging half as sharp.")
            .extra(),
    ];

    fn start(params: &Params, arm: Arm, ctx: &mut Ctx) -> Result<Self, Fault> {
        let connected = ctx.connected();
        if connected && params.options > OPTIONS_MAX {
            return Err(Fault::Params(vec![Issue {
                dial: "options".into(),
                given: params.options.to_string(),
                says: format!(
                    "a connected model is given at most {OPTIONS_MAX} options to choose from"
                ),
            }]));
        }
        let swarm = Swarm::start(params.clone(), arm, ctx.chance(), connected);
        // Shadows would ask the model a second time for what only the surrogates' price of an attack needs.
        let without = |params: Params| Swarm::start(params, arm, ctx.chance(), false);
        let unplanted = (params.injected > 0.0 && !connected)
            .then(|| without(Params { injected: 0.0, ..params.clone() }));
        let unsybiled = (params.sybils > 0 && !connected)
            .then(|| without(Params { sybils: 0, ..params.clone() }));
        if connected {
            ctx.say("Your model answers for the honest nodes; they take no entry test.");
        }
        if params.nodes < 3 {
            ctx.say("Fewer than three nodes cannot rank each other: they vote.");
        }
        if params.byzantine >= 0.5 {
            ctx.say(
                "Half of the pool or more attacks: no rule of the swarm can hold against that.",
            );
        }
        let admitted = swarm.nodes.iter().filter(|n| n.admitted && !n.sybil).count() as u32;
        if admitted < params.pool {
            ctx.say(format!(
                "{admitted} of {} candidates have passed the entry test.",
                params.pool
            ));
        }
        Ok(Self { swarm, unplanted, unsybiled })
    }

    async fn step(&mut self, ctx: &mut Ctx) -> Result<Flow, Fault> {
        let round = ctx.round();
        let nodes = self.swarm.choose(round);
        if ctx.connected() {
            real::ask(&mut self.swarm, &nodes, round, ctx).await?;
        }
        let slashed = self.swarm.work_off(round, nodes);
        for shadow in [&mut self.unplanted, &mut self.unsybiled].into_iter().flatten() {
            let nodes = shadow.choose(round);
            shadow.work_off(round, nodes);
        }
        self.record(ctx)?;
        let caption = self.swarm.caption(round, slashed);
        ctx.say(caption);
        let request = &self.swarm.last;
        if request.nodes.len() < self.swarm.params.nodes as usize {
            ctx.say(format!(
                "Only {} of {} nodes were there to work on it.",
                request.nodes.len(),
                self.swarm.params.nodes
            ));
        }
        if request.islands > 1 {
            ctx.say(format!(
                "The comparisons leave {} groups of answers that only the prior relates.",
                request.islands
            ));
        }
        Ok(Flow::Continue)
    }

    fn scenes(&self) -> Vec<Scene> {
        scenes::all(&self.swarm)
    }

    fn asks(params: &Params, arm: Arm) -> Option<Asks> {
        Some(real::asks(params, arm))
    }
}

impl Fortytwo {
    fn record(&self, ctx: &mut Ctx) -> Result<(), Fault> {
        let (swarm, totals) = (&self.swarm, &self.swarm.totals);
        ctx.record(&ACCURACY, totals.accuracy())?;
        ctx.record(&RECENT, totals.recent.iter().sum::<f64>() / totals.recent.len() as f64)?;
        ctx.record(&LIFT, (totals.right - totals.vote) / totals.requests)?;
        ctx.record(&COVERAGE, totals.covered / totals.requests)?;
        if totals.judged > 0.0 {
            ctx.record(&JUDGE_ACC, totals.judged_right / totals.judged)?;
        }
        let honest: Vec<&Node> =
            swarm.nodes.iter().filter(|n| n.admitted && !n.hostile()).collect();
        let reputation: Vec<f64> = honest.iter().map(|n| n.standing.reputation).collect();
        let ability: Vec<f64> = honest.iter().map(|n| n.mind.theta[0]).collect();
        if let Some(rho) = stats::spearman(&reputation, &ability)
            && swarm.uses_reputation()
        {
            ctx.record(&REP_CORR, rho)?;
        }
        let share = |of: &dyn Fn(&Node) -> f64| {
            let inside = || swarm.nodes.iter().filter(|n| n.admitted);
            let hostile: f64 = inside().filter(|n| n.hostile()).map(of).sum();
            hostile / inside().map(of).sum::<f64>().max(1e-12)
        };
        let start = share(&|_| 1.0);
        if start > 0.0 {
            let now = share(&|n| n.standing.reputation);
            ctx.record(&BYZ_SHARE, now)?;
            ctx.record(&BYZ_LEFT, now / start)?;
        }
        let admitted = |sybil: bool| {
            let all = swarm.nodes.iter().filter(|n| n.sybil == sybil);
            let (inside, count) =
                all.fold((0.0, 0.0), |(i, c), n| (i + f64::from(u8::from(n.admitted)), c + 1.0));
            inside / f64::max(count, 1.0)
        };
        ctx.record(&ADMIT_HONEST, admitted(false))?;
        if swarm.params.sybils > 0 {
            ctx.record(&ADMIT_SYBIL, admitted(true))?;
        }
        ctx.record(&COMPARISONS, f64::from(swarm.last.comparisons))?;
        ctx.record(&TOKENS, swarm.last.tokens)?;
        ctx.record(&BYTES, swarm.ledger.blocks().last().map_or(0.0, |block| block.bytes() as f64))?;
        self.record_attacks(ctx)
    }

    fn record_attacks(&self, ctx: &mut Ctx) -> Result<(), Fault> {
        let accuracy = self.swarm.totals.accuracy();
        if let Some(shadow) = &self.unplanted {
            ctx.record(&DEGRADATION, shadow.totals.accuracy() - accuracy)?;
        }
        if let Some(shadow) = &self.unsybiled {
            let p = &self.swarm.params;
            let sybils = self.swarm.nodes.iter().filter(|n| n.sybil);
            let spent: f64 = sybils
                .map(|n| p.test_cost * f64::from(n.tries) + if n.admitted { p.stake } else { 0.0 })
                .sum();
            ctx.record(&ATTACK_SPENT, spent)?;
            let points = 100.0 * (shadow.totals.accuracy() - accuracy);
            // Where nothing is lost, a price of the loss is not defined.
            if points > 0.0 {
                ctx.record(&ATTACK_COST, spent / points)?;
            }
        }
        Ok(())
    }
}

impl Totals {
    fn accuracy(&self) -> f64 {
        if self.requests > 0.0 { self.right / self.requests } else { 0.0 }
    }
}

impl Swarm {
    /// `connected`: a real model answers for the honest nodes.
    fn start(params: Params, arm: Arm, chance: Chance, connected: bool) -> Self {
        let exam = Exam {
            options: params.options,
            distractor: params.distractor,
            common: params.common,
            ..Exam::default()
        };
        let entry = Entry {
            questions: params.test_questions,
            pass: params.test_pass,
            tries: params.test_tries,
        };
        let rules = Rules {
            step: params.reputation_step,
            floor: params.reputation_floor,
            slash: params.slash,
            slash_at: params.slash_at,
            patience: PATIENCE,
        };
        let middle = calibrate::theta_for(
            params.accuracy0,
            1.0 / f64::from(params.options),
            exam.discrimination,
            exam.difficulty_mean,
            exam.difficulty_sd,
        );
        let attackers = (params.byzantine * f64::from(params.pool)).round() as u32;
        let minds = params.pool + params.sybils;
        let nodes: Vec<Node> = (0..minds)
            .map(|id| {
                let sybil = id >= params.pool;
                let off = params.spread * normal(&mut chance.at("how able a node is", &[id]));
                let ability = if sybil { KNOWS_NOTHING } else { middle + off };
                // All Sybils are one operator's: one family.
                let mut node = node(&params, id, id.min(params.pool), ability);
                node.sybil = sybil;
                node.attacks = (!sybil && id < attackers).then_some(params.attacker);
                node.mind.byzantine = node.attacks == Some(Attacker::Misleading);
                let (tries, passed) =
                    entry.take(chance, [id, 0], |k| test_accuracy(&exam, chance, &node.mind, k));
                let open = arm == Arm::Open;
                node.tries = if open { 0 } else { tries };
                node.admitted = passed || open || (connected && !node.hostile());
                node.standing.capable = node.admitted;
                node
            })
            .collect();
        let judge = Node {
            mind: request::strong(
                node(&params, minds, params.pool + 1, middle + params.spread).mind,
            ),
            ..node(&params, minds, params.pool + 1, middle)
        };
        let asked = Asked::new(chance, exam.question(chance, 0), params.pool + 2, minds + 1);
        let mut swarm = Self {
            injected: params.injected,
            arm,
            chance,
            rules,
            exam,
            asked,
            nodes,
            judge,
            best: 0,
            ledger: Ledger::new(BLOCKS_MAX),
            totals: Totals::default(),
            past: VecDeque::new(),
            last: Request::default(),
            real: None,
            params,
        };
        if arm == Arm::BestSingle {
            swarm.best = swarm.best_on_held_out();
        }
        swarm
    }

    /// Whether reputations weigh in the ranking and in the selection.
    fn uses_reputation(&self) -> bool {
        matches!(self.arm, Arm::Swarm | Arm::Open | Arm::NoReason | Arm::RepMajority | Arm::Elo)
    }

    /// Whether judging has consequences.
    fn learns(&self) -> bool {
        self.uses_reputation() || self.arm == Arm::BtUnweighted
    }

    /// Selects the nodes of a request and puts its question.
    fn choose(&mut self, round: u32) -> Vec<u32> {
        self.test_again(round);
        let reputation = self.uses_reputation();
        let weights: Vec<f64> = self
            .nodes
            .iter()
            .map(|n| match (n.standing.capable, reputation) {
                (false, _) => 0.0,
                (true, true) => n.standing.reputation,
                (true, false) => 1.0,
            })
            .collect();
        let nodes = reputation::select(self.chance, round, &weights, self.params.nodes as usize);
        self.asked.put(self.exam.question(self.chance, round));
        nodes
    }

    /// One request from answers to reputation; how many nodes were slashed for it.
    fn work_off(&mut self, round: u32, nodes: Vec<u32>) -> u32 {
        let mut request = self.work(round, nodes);
        match self.arm {
            Arm::Single => self.alone(&mut request, round),
            Arm::BestSingle => {
                let answer =
                    self.generate(&self.nodes[self.best as usize], round, request.planted, true);
                request.decision = answer;
                request.right = f64::from(u8::from(self.asked.right(answer)));
            }
            _ => {}
        }
        let slashed = self.learn(&request);
        self.keep(request, round, slashed);
        slashed
    }

    /// Every honest node by itself: the mean of how many are right.
    fn alone(&self, request: &mut Request, round: u32) {
        let honest = self.nodes.iter().filter(|n| !n.hostile());
        let (mut right, mut count) = (0.0, 0.0);
        for node in honest {
            let answer = self.generate(node, round, request.planted, true);
            right += f64::from(u8::from(self.asked.right(answer)));
            count += 1.0;
        }
        request.right = right / f64::max(count, 1.0);
        request.decision = None;
    }

    /// Who lost the capability takes the entry test again; another stake is not asked for.
    fn test_again(&mut self, round: u32) {
        let entry = Entry {
            questions: self.params.test_questions,
            pass: self.params.test_pass,
            tries: self.params.test_tries,
        };
        let (exam, chance, open) = (self.exam, self.chance, self.arm == Arm::Open);
        let real = self.real.is_some();
        for node in self.nodes.iter_mut().filter(|n| n.admitted && !n.standing.capable) {
            let accuracy = |k| test_accuracy(&exam, chance, &node.mind, k);
            let (tries, passed) = entry.take(chance, [node.mind.id, round], accuracy);
            node.tries += tries;
            node.standing.capable = passed || open || (real && !node.hostile());
        }
    }

    fn keep(&mut self, mut request: Request, round: u32, slashed: u32) {
        for id in &request.nodes {
            let standing = &self.nodes[*id as usize].standing;
            let mut entry = Vec::with_capacity(20);
            entry.extend(id.to_le_bytes());
            entry.extend(standing.reputation.to_le_bytes());
            entry.extend(standing.stake.to_le_bytes());
            request.entries.push(entry);
        }
        self.ledger.append(round, std::mem::take(&mut request.entries));
        let (judged, judged_right) = self.judged_right(&request);
        let totals = &mut self.totals;
        totals.requests += 1.0;
        totals.right += request.right;
        totals.vote += f64::from(u8::from(request.vote_right));
        totals.covered += f64::from(u8::from(request.covered));
        totals.judged += judged;
        totals.judged_right += judged_right;
        totals.slashed += slashed;
        totals.recent.push_back(request.right);
        if totals.recent.len() > RECENT_REQUESTS {
            totals.recent.pop_front();
        }
        self.past.push_back(self.nodes.iter().map(|n| n.standing.reputation as f32).collect());
        if self.past.len() > RECENT_REQUESTS {
            self.past.pop_front();
        }
        self.last = request;
    }

    /// The node with the most right answers on questions that no request asks.
    fn best_on_held_out(&mut self) -> u32 {
        let mut right = vec![0u32; self.params.pool as usize];
        for k in 0..HELD_OUT {
            self.asked.put(self.exam.question(self.chance, HELD_OUT_FROM + k));
            for (id, count) in right.iter_mut().enumerate() {
                let said = self.asked.answer(&self.nodes[id].mind, Moment::default(), 180.0).said;
                *count += u32::from(self.asked.right(said.option()));
            }
        }
        let best = (0..right.len()).max_by_key(|id| (right[*id], std::cmp::Reverse(*id)));
        best.unwrap_or(0) as u32
    }

    fn caption(&self, round: u32, slashed: u32) -> String {
        let (request, totals) = (&self.last, &self.totals);
        let name = scenes::option_name;
        let held = |option: u32| request.answers.iter().filter(|a| **a == Some(option)).count();
        let so_far = format!(
            "So far {:.0} % right, a vote of the same nodes {:.0} %.",
            100.0 * totals.accuracy(),
            100.0 * totals.vote / totals.requests.max(1.0)
        );
        let verdict = if request.right > 0.0 { "right" } else { "wrong" };
        let who = match self.arm {
            Arm::Judge => "the judge",
            Arm::RepMajority => "the vote by reputation",
            Arm::Majority => "the vote",
            Arm::Elo => "Elo",
            Arm::BtUnweighted => "the ranking without reputation",
            _ => "the ranking",
        };
        let says = match (self.arm, request.decision, request.vote) {
            (Arm::BestSingle, Some(own), _) => {
                format!("the best node, {}, says {}: {verdict}", self.best + 1, name(own))
            }
            (Arm::Single, _, _) => {
                format!("{:.0} % of the nodes are right, each alone", 100.0 * request.right)
            }
            (_, Some(picked), Some(voted)) if picked != voted => format!(
                "{who} picks {}, held by {} of {}, against the vote for {} by {}: {verdict}",
                name(picked),
                held(picked),
                request.nodes.len(),
                name(voted),
                held(voted)
            ),
            (_, Some(picked), _) => format!(
                "{} of {} say {}, {who} takes it: {verdict}",
                held(picked),
                request.nodes.len(),
                name(picked)
            ),
            (_, None, _) => "nobody decided".to_string(),
        };
        let planted = if request.planted { " A text was planted." } else { "" };
        let fallen = if slashed > 0 { format!(" {slashed} slashed.") } else { String::new() };
        format!("Request {round}: {says}.{planted}{fallen} {so_far}")
    }
}

/// A node of the pool before its entry test.
fn node(params: &Params, id: u32, family: u32, ability: f64) -> Node {
    let mind = Mind {
        id,
        family,
        shares: Shares {
            global: params.share_global,
            family: params.share_family,
            own: params.share_own,
        },
        judging: params.judging,
        judging_slope: params.judging_slope,
        appeal: params.appeal,
        ..Mind::default()
    };
    Node {
        mind: mind.able(ability),
        attacks: None,
        sybil: false,
        standing: Standing::new(params.reputation_start.max(params.reputation_floor), params.stake),
        admitted: false,
        tries: 0,
    }
}

/// Chance to get a two-option test comparison right: the judging curve at the question's difficulty.
fn test_accuracy(exam: &Exam, chance: Chance, mind: &Mind, question: u32) -> f64 {
    let z = normal(&mut chance.at("difficulty of a test question", &[question]));
    let ease = mind.theta[0] - exam.difficulty_mean - exam.difficulty_sd * z;
    math::phi((mind.judging + mind.judging_slope * ease).clamp(0.0, 4.0))
}
