//! One request: answers committed and revealed, pairs judged, a ranking made of the verdicts.

use super::card::{Attacker, Schedule};
use super::{Arm, Node, Swarm};
use engine::consensus::{bradley_terry, elo, ledger, vote};
use engine::math;
use engine::minds::cost::{PROMPT_TOKENS, reply_tokens};
use engine::minds::judge::{Preference, prefer};
use engine::minds::{Asked, Inbox, Message, Mind, Moment, Said};
use engine::stats;
use rand::{Rng, RngExt};

/// Bias towards what claims authority, of a mind that swallows a planted text: the specification's.
const AUTHORITY: f64 = 1.2;
/// A node this sharp or sharper does not swallow it.
const SHARP: f64 = 1.0;
/// Length of a planted text: our choice, one reply's.
const PLANTED_TOKENS: f64 = 250.0;
/// Elo's K.
const ELO_K: f64 = 32.0;

/// A verdict that counts: judge and the two texts by their places in the request.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    pub judge: u32,
    pub winner: u32,
    pub loser: u32,
    pub tie: bool,
}

/// What came of a request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Nodes at work, by their ids.
    pub nodes: Vec<u32>,
    pub answers: Vec<Option<u32>>,
    pub verdicts: Vec<Verdict>,
    /// By place; empty where nothing was ranked.
    pub strength: Vec<f64>,
    pub decision: Option<u32>,
    pub vote: Option<u32>,
    /// 1 or 0; the mean over nodes for the arm that shows one node alone.
    pub right: f64,
    pub vote_right: bool,
    pub covered: bool,
    pub truth: u32,
    pub comparisons: u32,
    pub tokens: f64,
    pub islands: u32,
    pub planted: bool,
    /// What goes on the ledger.
    pub entries: Vec<Vec<u8>>,
}

/// What a judge's verdicts are made of.
struct Bench<'a> {
    asked: &'a Asked,
    texts: &'a [Message],
    round: u32,
}

impl Swarm {
    /// Whether a text is planted in this request: the same for all arms.
    pub fn planted(&self, round: u32) -> bool {
        let coin: f64 = self.chance.at("a text is planted", &[round]).random();
        coin < self.injected
    }

    /// The answer of a node; a mind that reads everything swallows a planted text, a node of the swarm only if its
    /// judgment is not sharp.
    pub fn generate(&self, node: &Node, round: u32, planted: bool, reads_all: bool) -> Option<u32> {
        if let Some(said) = self.real.as_ref().and_then(|real| real.said.get(&node.mind.id)) {
            return said.as_ref().map(|words| words.option);
        }
        let prompt = PROMPT_TOKENS + self.asked.task.prompt_tokens;
        let first = self.asked.answer(&node.mind, Moment::default(), prompt).said.option();
        let swallows = planted && (reads_all || self.asked.sharpness(&node.mind, prompt) < SHARP);
        if !swallows {
            return first;
        }
        let mut mind = node.mind.clone();
        mind.bias.authority = AUTHORITY;
        let text = Message {
            author: u32::MAX,
            family: u32::MAX,
            tokens: PLANTED_TOKENS,
            authority: true,
            injected: true,
            ..Message::of(self.asked.rival)
        };
        let moment = Moment { round, turn: 0 };
        match self.asked.revise(&mind, first, &Inbox::of(&[text]), moment).said {
            Said::Option(answer) => Some(answer),
            Said::Abstain | Said::Garbled => None,
        }
    }

    /// Works on the question that has been put, with these nodes.
    pub fn work(&self, round: u32, nodes: Vec<u32>) -> Request {
        let planted = self.planted(round);
        let task = &self.asked.task;
        let mut request = Request { planted, truth: task.truth, ..Request::default() };
        request.tokens = self.real.as_ref().map_or(0.0, |real| real.tokens);
        let prompt = PROMPT_TOKENS + task.prompt_tokens;
        for id in &nodes {
            let node = &self.nodes[*id as usize];
            let answer = self.generate(node, round, planted, false);
            if self.real.is_none() {
                request.tokens +=
                    prompt + reply_tokens(self.chance, &node.mind, task.id, Moment::default(), 1.0);
            }
            self.commit_and_reveal(&mut request, *id, answer);
        }
        request.nodes = nodes;
        request.vote = vote::plurality(&request.answers, |o| self.asked.tie_order(o));
        request.vote_right = self.asked.right(request.vote);
        request.covered = request.answers.iter().any(|a| self.asked.right(*a));
        if self.ranks() && request.nodes.len() >= 3 {
            self.judge_pairs(&mut request, round);
            self.rank(&mut request);
        }
        request.decision = self.decide(&request);
        request.right = f64::from(u8::from(self.asked.right(request.decision)));
        request
    }

    /// First everybody's hash, then everybody's answer: an answer that does not fit its hash is not taken.
    fn commit_and_reveal(&self, request: &mut Request, node: u32, answer: Option<u32>) {
        let secret =
            self.chance.at("a commitment's secret", &[self.asked.task.id, node]).next_u64();
        let said = answer.unwrap_or(u32::MAX);
        let committed = ledger::commit(said, node, secret);
        let mut revealed = Vec::with_capacity(16);
        revealed.extend(node.to_le_bytes());
        revealed.extend(said.to_le_bytes());
        revealed.extend(secret.to_le_bytes());
        let fits = ledger::commit(said, node, secret) == committed;
        request.entries.push(committed.to_vec());
        request.entries.push(revealed);
        request.answers.push(answer.filter(|_| fits));
    }

    /// Whether the arm judges pairs at all.
    pub fn ranks(&self) -> bool {
        !matches!(self.arm, Arm::Majority | Arm::BestSingle | Arm::Single)
    }

    fn judge_pairs(&self, request: &mut Request, round: u32) {
        let texts: Vec<Message> = request
            .nodes
            .iter()
            .zip(&request.answers)
            .map(|(id, answer)| {
                let node = &self.nodes[*id as usize];
                let answer = answer.unwrap_or(u32::MAX);
                Message {
                    author: *id,
                    family: node.mind.family,
                    // A planted text lends its authority to the answer that it praises.
                    authority: request.planted && answer == self.asked.rival,
                    ..Message::of(answer)
                }
            })
            .collect();
        let pairs = self.pairs(request.nodes.len(), round);
        let bench = Bench { asked: &self.asked, texts: &texts, round };
        if self.arm == Arm::Judge {
            self.hear(&bench, &self.judge, u32::MAX, &pairs, request);
        } else {
            for place in 0..request.nodes.len() {
                let node = &self.nodes[request.nodes[place] as usize];
                self.hear(&bench, node, place as u32, &pairs, request);
            }
        }
    }

    /// Pairs of places in both orders, or as many random ones: the same for all arms with so many nodes.
    pub fn pairs(&self, count: usize, round: u32) -> Vec<[usize; 2]> {
        let mut rng = self.chance.at("which pairs are judged", &[round]);
        let mut row: Vec<usize> = (0..count).collect();
        for i in (1..count).rev() {
            row.swap(i, rng.random_range(0..=i));
        }
        let both = |a: usize, b: usize| [[row[a], row[b]], [row[b], row[a]]];
        match self.params.schedule {
            Schedule::Chains => {
                let near = (1..count).map(|k| (k - 1, k));
                let next = (2..count).map(|k| (k - 2, k));
                near.chain(next).flat_map(|(a, b)| both(a, b)).collect()
            }
            Schedule::Full => (0..count)
                .flat_map(|b| (0..b).map(move |a| (a, b)))
                .flat_map(|(a, b)| both(a, b))
                .collect(),
            Schedule::Random => (0..3 * count)
                .map(|_| {
                    let a = rng.random_range(0..count);
                    [a, (a + rng.random_range(1..count)) % count]
                })
                .collect(),
        }
    }

    /// One judge's verdicts on the pairs that are not its own.
    fn hear(
        &self,
        bench: &Bench,
        node: &Node,
        place: u32,
        pairs: &[[usize; 2]],
        request: &mut Request,
    ) {
        let prompt = PROMPT_TOKENS + self.asked.task.prompt_tokens;
        let mut mind = node.mind.clone();
        let mut sharpness = bench.asked.sharpness(&mind, prompt);
        if request.planted && sharpness < SHARP {
            mind.bias.authority = AUTHORITY;
        }
        if self.arm == Arm::NoReason {
            sharpness *= 0.5;
        }
        let worth: Vec<f64> = bench
            .texts
            .iter()
            .map(|text| bench.asked.worth(&mind, sharpness, text, bench.round))
            .collect();
        for (at, [a, b]) in pairs.iter().enumerate() {
            if !self.params.self_pairs && (*a as u32 == place || *b as u32 == place) {
                continue;
            }
            let asked = self.real.as_ref().and_then(|r| r.verdicts.get(&(place, at as u32)));
            let preference = if bench.texts[*a].answer == bench.texts[*b].answer {
                Preference::Tie
            } else if let Some(heard) = asked {
                // What could not be read is no verdict.
                let Some((preference, _)) = heard else { continue };
                *preference
            } else if node.attacks.is_none() && !node.sybil && self.real.is_some() {
                // Only one of the two has an answer at all.
                if bench.texts[*a].answer == u32::MAX {
                    Preference::Second
                } else {
                    Preference::First
                }
            } else if node.attacks == Some(Attacker::Lazy) {
                let address = [bench.asked.task.id, node.mind.id, at as u32];
                let coin: bool = self.chance.at("a lazy verdict", &address).random();
                if coin { Preference::First } else { Preference::Second }
            } else {
                prefer([worth[*a], worth[*b]], mind.bias.order)
            };
            let (winner, loser) = if preference == Preference::Second { (b, a) } else { (a, b) };
            request.verdicts.push(Verdict {
                judge: place,
                winner: *winner as u32,
                loser: *loser as u32,
                tie: preference == Preference::Tie,
            });
            request.comparisons += 1;
            if self.real.is_none() {
                request.tokens += prompt + bench.texts[*a].tokens + bench.texts[*b].tokens;
                // Reasons of 50 to 100 tokens; without them a verdict is one word.
                request.tokens += if self.arm == Arm::NoReason { 1.0 } else { 75.0 };
            }
        }
    }

    /// What a judge's verdict weighs.
    fn weight(&self, request: &Request, judge: u32) -> f64 {
        match request.nodes.get(judge as usize) {
            Some(id) if self.uses_reputation() => {
                let reputation = self.nodes[*id as usize].standing.reputation;
                math::pow(reputation, self.params.reputation_power)
            }
            _ => 1.0,
        }
    }

    /// Strengths of the answers: Bradley-Terry on weighted wins, or Elo game by game.
    fn rank(&self, request: &mut Request) {
        let count = request.nodes.len();
        if self.arm == Arm::Elo {
            let mut ratings = vec![1000.0; count];
            for v in &request.verdicts {
                let score = if v.tie { 0.5 } else { 1.0 };
                elo::play(&mut ratings, v.winner as usize, v.loser as usize, score, ELO_K);
            }
            request.strength = ratings
                .into_iter()
                .map(|r| math::exp((r - 1000.0) * std::f64::consts::LN_10 / 400.0))
                .collect();
            request.islands = 1;
            return;
        }
        let mut wins = bradley_terry::Wins::new(count);
        for v in &request.verdicts {
            let weight = self.weight(request, v.judge);
            match v.tie {
                true => wins.tie(v.winner as usize, v.loser as usize, weight),
                false => wins.add(v.winner as usize, v.loser as usize, weight),
            }
        }
        let ranking = bradley_terry::fit(&wins, &bradley_terry::Fit::default());
        (request.strength, request.islands) = (ranking.strength, ranking.islands);
    }

    fn decide(&self, request: &Request) -> Option<u32> {
        match self.arm {
            Arm::Majority | Arm::BestSingle | Arm::Single => request.vote,
            Arm::RepMajority => {
                let weights: Vec<f64> = request
                    .nodes
                    .iter()
                    .map(|id| self.nodes[*id as usize].standing.reputation)
                    .collect();
                vote::weighted(&request.answers, &weights, |o| self.asked.tie_order(o))
            }
            // Too few to rank.
            _ if request.strength.is_empty() => request.vote,
            _ => {
                let cast = request.answers.iter().zip(&request.strength);
                let all = cast.filter_map(|(answer, s)| answer.map(|option| (option, *s)));
                let tally =
                    if self.params.pool_equal { vote::tally(all) } else { best_of_each(all) };
                vote::winner(&tally, |o| self.asked.tie_order(o))
            }
        }
    }

    /// Reputations move towards where the node's answer came in, and how its verdicts agree with the ranking.
    pub fn learn(&mut self, request: &Request) -> u32 {
        if request.strength.is_empty() || !self.learns() {
            return 0;
        }
        let ranks = stats::ranks(&request.strength);
        let most = (request.nodes.len() - 1) as f64;
        let mut slashed = 0;
        for place in 0..request.nodes.len() {
            let (mut agreed, mut counted) = (0.0, 0.0);
            for v in request.verdicts.iter().filter(|v| v.judge == place as u32 && !v.tie) {
                let (won, lost) =
                    (request.strength[v.winner as usize], request.strength[v.loser as usize]);
                counted += 1.0;
                agreed += if won > lost { 1.0 } else { 0.0 };
            }
            let generation = (ranks[place] - 1.0) / most;
            let (weight, uses) = (self.params.generation_weight, self.uses_reputation());
            let standing = &mut self.nodes[request.nodes[place] as usize].standing;
            // All answers equal, or nothing to judge but its own: only the answer speaks for the node.
            let judging = if counted > 0.0 { agreed / counted } else { generation };
            if uses {
                standing.learn(weight * generation + (1.0 - weight) * judging, &self.rules);
            }
            if counted > 0.0 {
                slashed += u32::from(standing.judged(judging, &self.rules));
            }
        }
        slashed
    }

    /// Verdicts on one right and one wrong answer: how many, and how many prefer the right one.
    pub fn judged_right(&self, request: &Request) -> (f64, f64) {
        let right = |place: u32| self.asked.right(request.answers[place as usize]);
        let (mut all, mut good) = (0.0, 0.0);
        for v in request.verdicts.iter().filter(|v| right(v.winner) != right(v.loser)) {
            all += 1.0;
            good += if right(v.winner) { 1.0 } else { 0.0 };
        }
        (all, good)
    }
}

/// The strongest carrier of each answer.
fn best_of_each(all: impl Iterator<Item = (u32, f64)>) -> Vec<(u32, f64)> {
    let mut best: Vec<(u32, f64)> = Vec::new();
    for (option, strength) in all {
        match best.iter_mut().find(|b| b.0 == option) {
            Some(b) => b.1 = b.1.max(strength),
            None => best.push((option, strength)),
        }
    }
    best
}

/// A mind that could be the one strong judge.
pub fn strong(mind: Mind) -> Mind {
    // Our choice: the judging of the best tier.
    Mind { judging: 1.8, ..mind }
}
