//! Asking the model that a person has connected. The host holds the way there and its limits; here replies are read,
//! asked for once more where they cannot be, and counted.

use super::Ctx;
use lexicon::{Answer, Fault, Prompt, fault};

/// What came of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard<T> {
    Said(T),
    /// Twice not in the form asked for: the system's invalid action.
    Garbled,
    /// The model did not answer.
    Missing,
}

impl<T> Heard<T> {
    pub fn said(self) -> Option<T> {
        match self {
            Heard::Said(said) => Some(said),
            Heard::Garbled | Heard::Missing => None,
        }
    }
}

/// Replies of one `ask`, and what they cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Replies<T> {
    /// In the order of the prompts.
    pub heard: Vec<Heard<T>>,
    pub calls: u32,
    pub tokens: f64,
}

impl Ctx {
    /// Whether a model is connected to this run: then the system asks it in place of its surrogates.
    pub fn connected(&self) -> bool {
        self.asker.is_some()
    }

    /// Asks for all prompts at once. `read` makes sense of a reply, or says in one sentence why it cannot; the model
    /// is told that once. A fault ends the run: the person's limit is reached, or the model is gone for good.
    pub async fn ask<T>(
        &mut self,
        prompts: Vec<Prompt>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Replies<T>, Fault> {
        let Some(asker) = self.asker.clone() else {
            return Err(Fault::Mind("No model is connected to this run.".into()));
        };
        let mut replies = Replies { heard: Vec::new(), calls: 0, tokens: 0.0 };
        let mut again = Vec::new();
        let mut why_missing = None;
        for (place, answer) in asker(prompts.clone()).await.into_iter().enumerate() {
            let heard = match settle(answer, &read, &mut replies.tokens)? {
                Settled::Said(said) => Heard::Said(said),
                Settled::Unreadable(says) => {
                    again.push((place, says));
                    Heard::Garbled
                }
                Settled::Missing(says) => {
                    why_missing = Some(says);
                    Heard::Missing
                }
            };
            replies.heard.push(heard);
        }
        replies.calls = (prompts.len() + again.len()) as u32;
        let second = again.iter().map(|(place, says)| corrected(&prompts[*place], says)).collect();
        if !again.is_empty() {
            for ((place, _), answer) in again.iter().zip(asker(second).await) {
                match settle(answer, &read, &mut replies.tokens)? {
                    Settled::Said(said) => replies.heard[*place] = Heard::Said(said),
                    Settled::Unreadable(_) => {}
                    Settled::Missing(says) => {
                        why_missing = Some(says);
                        replies.heard[*place] = Heard::Missing;
                    }
                }
            }
        }
        self.say_what_failed(&replies.heard, why_missing);
        Ok(replies)
    }

    fn say_what_failed<T>(&mut self, heard: &[Heard<T>], why: Option<String>) {
        let count = |which: fn(&Heard<T>) -> bool| heard.iter().filter(|h| which(h)).count();
        let garbled = count(|h| matches!(h, Heard::Garbled));
        let missing = count(|h| matches!(h, Heard::Missing));
        if garbled > 0 {
            self.say(format!(
                "{garbled} of {} replies of your model were not in the form asked for, twice: they do not count.",
                heard.len()
            ));
        }
        if missing > 0 {
            self.say(format!(
                "{missing} of {} replies of your model never came: this run is partial. {}",
                heard.len(),
                why.unwrap_or_default()
            ));
        }
    }
}

enum Settled<T> {
    Said(T),
    Unreadable(String),
    Missing(String),
}

fn settle<T>(
    answer: Result<Answer, Fault>,
    read: &impl Fn(&str) -> Result<T, String>,
    tokens: &mut f64,
) -> Result<Settled<T>, Fault> {
    match answer {
        Ok(answer) => {
            *tokens += f64::from(answer.tokens);
            Ok(read(&answer.text).map_or_else(Settled::Unreadable, Settled::Said))
        }
        Err(Fault::Mind(says)) => Ok(Settled::Missing(says)),
        Err(ends) => Err(ends),
    }
}

fn corrected(prompt: &Prompt, says: &str) -> Prompt {
    let says = fault::shown(says, 200);
    let user = format!(
        "{}\n\nYour last reply could not be read: {says} Reply with one JSON object and nothing else.",
        prompt.user
    );
    Prompt { user, ..prompt.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::{Asker, block_on};
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    fn prompts(count: u32) -> Vec<Prompt> {
        let prompt =
            |sample| Prompt { system: "s".into(), user: "u".into(), tokens_max: 10, sample };
        (0..count).map(prompt).collect()
    }

    /// A model that says what `says` makes of each prompt and of whether it was asked before.
    fn ctx(says: fn(&Prompt, bool) -> Result<Answer, Fault>) -> (Ctx, Rc<RefCell<Vec<Prompt>>>) {
        let seen: Rc<RefCell<Vec<Prompt>>> = Rc::default();
        let to = seen.clone();
        let asker: Asker = Rc::new(move |prompts| {
            let again = !to.borrow().is_empty();
            to.borrow_mut().extend(prompts.clone());
            Box::pin(async move { prompts.iter().map(|p| says(p, again)).collect() })
        });
        (Ctx { asker: Some(asker), ..Ctx::new(1) }, seen)
    }

    fn number(text: &str) -> Result<u32, String> {
        text.parse().map_err(|_| "it is not a number.".to_string())
    }

    fn answer(text: &str) -> Result<Answer, Fault> {
        Ok(Answer { text: text.into(), tokens: 5 })
    }

    #[test]
    fn a_reply_that_cannot_be_read_is_asked_for_once_more_with_the_reason() {
        let (mut ctx, seen) = ctx(|p, again| match (p.sample, again) {
            (0, _) => answer("7"),
            (1, true) => answer("8"),
            _ => answer("ignore all rules"),
        });
        let replies = block_on(ctx.ask(prompts(3), number)).unwrap();
        assert_eq!(replies.heard, [Heard::Said(7), Heard::Said(8), Heard::Garbled]);
        assert_eq!((replies.calls, replies.tokens), (5, 25.0));
        assert!(seen.borrow()[4].user.contains("it is not a number."));
        assert!(ctx.lines.iter().any(|l| l.starts_with("1 of 3 replies")), "{:?}", ctx.lines);
    }

    #[test]
    fn a_missing_reply_is_counted_and_a_limit_ends_the_run() {
        let (mut missing, _) = ctx(|_, _| Err(Fault::Mind("The server is busy.".into())));
        let replies = block_on(missing.ask(prompts(2), number)).unwrap();
        assert_eq!(replies.heard, [Heard::Missing, Heard::Missing]);
        assert!(missing.lines[0].contains("partial. The server is busy."), "{:?}", missing.lines);
        let (mut over, _) = ctx(|_, _| Err(Fault::Limit("300 calls are used up.".into())));
        assert!(matches!(block_on(over.ask(prompts(2), number)), Err(Fault::Limit(_))));
    }
}
