//! Messages between minds, and how a mind takes them: `revise` and `reflect`.

use super::answer::{Asked, Moment, Operation, Said};
use super::mind::Mind;
use rand::RngExt;

/// Weight of having no answer on a fresh one: our choice, section 4.
const NEED: f64 = 0.5;

/// What a mind says to others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    pub answer: u32,
    /// 0..1.
    pub confidence: f64,
    pub tokens: f64,
    pub author: u32,
    pub family: u32,
    pub authority: bool,
    /// Planted by somebody from outside.
    pub injected: bool,
    /// Ids of the messages that its author had read.
    pub lineage: Vec<u32>,
}

impl Message {
    /// A bare message with an answer.
    pub fn of(answer: u32) -> Self {
        Self { answer, confidence: 0.5, tokens: 250.0, ..Self::default() }
    }
}

/// What a mind has received, and how it weighs it.
#[derive(Clone, Copy, Debug)]
pub struct Inbox<'a> {
    /// Oldest first.
    pub messages: &'a [Message],
    /// One weight a message; empty = all 1.
    pub trust: &'a [f64],
    /// How much a message's confidence counts, 0..1.
    pub confidence_use: f64,
    /// Weight of a message that claims authority.
    pub authority: f64,
}

impl<'a> Inbox<'a> {
    pub fn of(messages: &'a [Message]) -> Self {
        Self { messages, trust: &[], confidence_use: 0.0, authority: 1.0 }
    }

    /// w_j = trust (1 + conf_use (2 conf - 1)) auth, never below 0.
    fn weight(&self, at: usize) -> f64 {
        let message = &self.messages[at];
        let trust = self.trust.get(at).copied().unwrap_or(1.0);
        let authority = if message.authority { self.authority } else { 1.0 };
        (trust * (1.0 + self.confidence_use * (2.0 * message.confidence - 1.0)) * authority)
            .max(0.0)
    }
}

/// What came of a revision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Revision {
    pub said: Said,
    /// A fresh answer was sampled on the way.
    pub rethought: bool,
    /// Messages dropped from the front because the window was full.
    pub truncated: u32,
    /// Tokens read.
    pub tokens_in: f64,
}

/// One candidate of a revision under way.
struct Candidate {
    answer: u32,
    lean: f64,
    own: bool,
    fresh: bool,
}

impl Asked {
    /// The mind reconsiders its own answer in the light of others': the best of its own, each one received, and with
    /// chance r (always, if it has none) a fresh one. An empty inbox is reflection.
    pub fn revise(&self, mind: &Mind, own: Option<u32>, inbox: &Inbox, moment: Moment) -> Revision {
        if inbox.messages.is_empty() {
            return self.reflect(mind, own, moment);
        }
        let (kept, tokens_in) = self.fit(mind, inbox.messages);
        let truncated = (inbox.messages.len() - kept.len()) as u32;
        let sharpness = self.sharpness(mind, tokens_in);
        let done = |said, rethought| Revision { said, rethought, truncated, tokens_in };
        if mind.byzantine {
            return done(Said::Option(self.rival), false);
        }
        let (fresh, garbled) =
            self.rethink(mind, own, Operation::Revise, mind.rethink, moment, tokens_in);
        if garbled && own.is_none() {
            return done(Said::Garbled, true);
        }
        let mut candidates = self.standing(mind, own, fresh);
        for message in kept {
            let lean = self.leaning(mind, message);
            match candidates.iter_mut().find(|c| c.answer == message.answer) {
                // Several texts for one answer: its most appealing one counts.
                Some(candidate) => candidate.lean = candidate.lean.max(lean),
                None => candidates.push(Candidate {
                    answer: message.answer,
                    lean,
                    own: false,
                    fresh: false,
                }),
            }
        }
        let behind = |answer: u32| {
            let (mut with, mut all) = (0.0, 0.0);
            for at in truncated as usize..inbox.messages.len() {
                let weight = inbox.weight(at);
                all += weight;
                with += if inbox.messages[at].answer == answer { weight } else { 0.0 };
            }
            if all > 0.0 { mind.sway * with / all } else { 0.0 }
        };
        let said = self.best(mind, own, sharpness, &candidates, moment.round, behind);
        done(said, fresh.is_some())
    }

    /// The mind looks at its own answer again, without anything from outside: judging is half as sharp, and a fresh
    /// sample is likelier by .2.
    pub fn reflect(&self, mind: &Mind, own: Option<u32>, moment: Moment) -> Revision {
        let tokens_in = super::cost::PROMPT_TOKENS + self.task.prompt_tokens;
        let done = |said, rethought| Revision { said, rethought, truncated: 0, tokens_in };
        if mind.byzantine {
            return done(Said::Option(self.rival), false);
        }
        let rate = mind.rethink + 0.2;
        let (fresh, garbled) = self.rethink(mind, own, Operation::Reflect, rate, moment, tokens_in);
        if garbled && own.is_none() {
            return done(Said::Garbled, true);
        }
        let sharpness = self.sharpness(mind, tokens_in) / 2.0;
        let candidates = self.standing(mind, own, fresh);
        let said = self.best(mind, own, sharpness, &candidates, moment.round, |_| 0.0);
        done(said, fresh.is_some())
    }

    /// The fresh answer that a revision at this moment samples (if it does), on its own: for controls in which a mind
    /// gets the same second pass without anything to read.
    pub fn second_pass(&self, mind: &Mind, moment: Moment, tokens_in: f64) -> Said {
        self.sample(mind, Operation::Revise, moment, tokens_in).said
    }

    /// The newest messages that fit the window, and the tokens then read.
    fn fit<'m>(&self, mind: &Mind, messages: &'m [Message]) -> (&'m [Message], f64) {
        let mut tokens = super::cost::PROMPT_TOKENS + self.task.prompt_tokens;
        let mut first = messages.len();
        while first > 0 && tokens + messages[first - 1].tokens <= mind.window_tokens {
            first -= 1;
            tokens += messages[first].tokens;
        }
        (&messages[first..], tokens)
    }

    /// A fresh sample, if one is taken; and whether it could not be read.
    fn rethink(
        &self,
        mind: &Mind,
        own: Option<u32>,
        what: Operation,
        rate: f64,
        moment: Moment,
        tokens_in: f64,
    ) -> (Option<u32>, bool) {
        let address = [self.task.id, mind.id, what as u32, moment.round, moment.turn];
        let coin: f64 = self.chance.at("to think again", &address).random();
        if own.is_some() && coin >= rate {
            return (None, false);
        }
        let said = self.sample(mind, what, moment, tokens_in).said;
        (said.option(), said == Said::Garbled)
    }

    fn standing(&self, mind: &Mind, own: Option<u32>, fresh: Option<u32>) -> Vec<Candidate> {
        let mut candidates = Vec::with_capacity(8);
        if let Some(answer) = own {
            candidates.push(Candidate { answer, lean: mind.bias.own, own: true, fresh: false });
        }
        if let Some(answer) = fresh
            && own != Some(answer)
        {
            candidates.push(Candidate { answer, lean: mind.bias.own, own: false, fresh: true });
        }
        candidates
    }

    /// argmax of V(a); equals go by an order that knows nothing of the truth. No candidate: the mind abstains.
    fn best(
        &self,
        mind: &Mind,
        own: Option<u32>,
        sharpness: f64,
        candidates: &[Candidate],
        round: u32,
        behind: impl Fn(u32) -> f64,
    ) -> Said {
        let value = |c: &Candidate| {
            self.worth_of_answer(mind, sharpness, c.answer, round)
                + c.lean
                + if c.own { mind.inertia } else { 0.0 }
                + if c.fresh && own.is_none() { NEED } else { 0.0 }
                + behind(c.answer)
        };
        let best = candidates.iter().map(|c| (value(c), c.answer)).reduce(|a, b| {
            match b.0.total_cmp(&a.0) {
                std::cmp::Ordering::Greater => b,
                std::cmp::Ordering::Equal if self.tie_order(b.1) < self.tie_order(a.1) => b,
                _ => a,
            }
        });
        best.map_or(Said::Abstain, |(_, answer)| Said::Option(answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::minds::mind::Trait;
    use crate::minds::task::Exam;

    fn asked(id: u32) -> Asked {
        let chance = Chance::new(21);
        Asked::new(chance, Exam::default().question(chance, id), 8, 8)
    }

    fn peers(answer: u32, count: u32) -> Vec<Message> {
        (0..count).map(|i| Message { author: 1 + i, family: 1, ..Message::of(answer) }).collect()
    }

    #[test]
    fn an_empty_inbox_is_reflection() {
        for id in 0..50 {
            let asked = asked(id);
            let mind = Mind::default();
            let own = Some(asked.task.wrong(0.3));
            let empty = asked.revise(&mind, own, &Inbox::of(&[]), Moment::default());
            assert_eq!(empty, asked.reflect(&mind, own, Moment::default()));
        }
    }

    #[test]
    fn sheep_follow_and_the_stubborn_stay() {
        let share = |temper: Trait, rethink: f64| {
            let mind = Mind { rethink, judging: 0.0, judging_slope: 0.0, ..Mind::default() };
            let mind = Mind { rethink, ..mind.with_trait(temper) };
            let moved = (0..400)
                .filter(|id| {
                    let asked = asked(*id);
                    let (own, other) = (asked.task.wrong(0.0), asked.task.wrong(0.9));
                    let inbox = peers(other, 3);
                    let said =
                        asked.revise(&mind, Some(own), &Inbox::of(&inbox), Moment::default()).said;
                    said == Said::Option(other)
                })
                .count();
            moved as f64 / 400.0
        };
        // Noise of the difference is N(0, 1): sheep move at Phi(4), the stubborn at Phi(-3).
        assert!(share(Trait::Sheep, 0.0) > 0.99);
        assert!(share(Trait::Stubborn, 0.0) < 0.01);
    }

    #[test]
    fn a_mind_without_an_answer_always_finds_one() {
        let asked = asked(3);
        let revision = asked.reflect(&Mind::default(), None, Moment::default());
        assert!(revision.rethought && revision.said.option().is_some());
    }

    #[test]
    fn what_does_not_fit_the_window_is_dropped_oldest_first() {
        let asked = asked(1);
        let mind = Mind { window_tokens: 60.0 + 120.0 + 2.5 * 250.0, ..Mind::default() };
        let inbox = peers(0, 5);
        let revision = asked.revise(&mind, Some(1), &Inbox::of(&inbox), Moment::default());
        assert_eq!(revision.truncated, 3);
        assert!(revision.tokens_in <= mind.window_tokens);
    }

    #[test]
    fn trust_decides_whose_share_counts() {
        let mind =
            Mind { judging: 0.0, judging_slope: 0.0, appeal: 0.0, sway: 40.0, ..Mind::default() };
        let asked = asked(2);
        let mut inbox = peers(0, 3);
        inbox.extend(peers(1, 1));
        let of = |trust: &[f64]| {
            let inbox = Inbox { trust, ..Inbox::of(&inbox) };
            asked.revise(&mind, Some(2), &inbox, Moment::default()).said
        };
        assert_eq!(of(&[]), Said::Option(0));
        assert_eq!(of(&[0.1, 0.1, 0.1, 5.0]), Said::Option(1));
    }
}
