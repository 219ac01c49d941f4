//! Debate: in each round everybody hears the others' standing answers and reconsiders, all at once (Du et al. 2023,
//! arXiv 2305.14325, with surrogate minds).

use crate::minds::cost::reply_tokens;
use crate::minds::{Asked, Inbox, Message, Mind, Moment};

/// What a round of debate did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Round {
    /// By mind, after the round.
    pub said: Vec<Option<u32>>,
    /// Minds that hold another answer than before.
    pub moved: u32,
    /// Tokens read by all.
    pub tokens_in: f64,
    /// Messages that found no room in a window.
    pub truncated: u32,
}

/// One round; `hears(i)` names whose answers mind i gets. Who has no answer is not heard.
pub fn round<'a>(
    asked: &Asked,
    minds: &[Mind],
    said: &[Option<u32>],
    hears: impl Fn(usize) -> &'a [u32],
    round: u32,
) -> Round {
    let moment = Moment { round, turn: 0 };
    let text = |author: u32| {
        let mind = &minds[author as usize];
        said[author as usize].map(|answer| Message {
            author: mind.id,
            family: mind.family,
            tokens: reply_tokens(asked.chance, mind, asked.task.id, moment, 1.0),
            ..Message::of(answer)
        })
    };
    let mut result = Round::default();
    for (i, mind) in minds.iter().enumerate() {
        let inbox: Vec<Message> = hears(i).iter().filter_map(|author| text(*author)).collect();
        let revision = asked.revise(mind, said[i], &Inbox::of(&inbox), moment);
        let now = revision.said.option();
        result.moved += u32::from(now != said[i]);
        result.tokens_in += revision.tokens_in;
        result.truncated += revision.truncated;
        result.said.push(now);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::minds::{Exam, Trait};

    const OTHERS: [&[u32]; 4] = [&[1, 2, 3], &[0, 2, 3], &[0, 1, 3], &[0, 1, 2]];

    fn society(temper: Trait) -> (Asked, Vec<Mind>) {
        let chance = Chance::new(9);
        let mind =
            |id| Mind { id, rethink: 0.0, judging: 0.0, judging_slope: 0.0, ..Mind::default() };
        let minds = (0..4).map(|id| Mind { rethink: 0.0, ..mind(id).with_trait(temper) }).collect();
        (Asked::new(chance, Exam::default().question(chance, 1), 1, 4), minds)
    }

    #[test]
    fn sheep_gather_at_the_majority_and_the_stubborn_do_not_move() {
        let (asked, minds) = society(Trait::Sheep);
        let said = vec![Some(2), Some(2), Some(2), Some(0)];
        let after = round(&asked, &minds, &said, |i| OTHERS[i], 1);
        assert_eq!(after.said[3], Some(2));
        let (asked, minds) = society(Trait::Stubborn);
        let after = round(&asked, &minds, &said, |i| OTHERS[i], 1);
        assert_eq!((after.said, after.moved), (said, 0));
    }

    #[test]
    fn who_hears_nobody_reflects() {
        let (asked, minds) = society(Trait::EasyGoing);
        let said = vec![Some(1); 4];
        let after = round(&asked, &minds, &said, |_| &[], 1);
        for (mind, now) in minds.iter().zip(&after.said) {
            let alone = asked.reflect(mind, Some(1), Moment { round: 1, turn: 0 });
            assert_eq!(alone.said.option(), *now);
        }
    }

    #[test]
    fn an_answer_that_is_missing_is_not_heard() {
        let (asked, minds) = society(Trait::Sheep);
        let after = round(&asked, &minds, &[None, Some(1), None, None], |i| OTHERS[i], 1);
        let alone = asked.reflect(&minds[1], Some(1), Moment { round: 1, turn: 0 });
        assert_eq!(after.said[1], alone.said.option());
    }
}
