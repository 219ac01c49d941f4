//! A run with a scripted model behind it, for the tests of systems that ask one.

use engine::run::{Asker, Host, System, block_on, start, starter};
use lexicon::{Answer, Job, Prompt, Round, Scenario, Scene};
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;

pub struct Played {
    pub rounds: Vec<Round>,
    /// After the last of them.
    pub scenes: Vec<Scene>,
    pub asked: Vec<Prompt>,
}

/// What a reply of the model costs.
pub const TOKENS: u32 = 100;

/// The first rounds of an arm, the model answering as `script` says.
pub fn played<S: System>(
    query: &[(&str, Value)],
    arm: &str,
    rounds: u32,
    script: fn(&Prompt) -> String,
) -> Played {
    let asked: Rc<RefCell<Vec<Prompt>>> = Rc::default();
    let to = asked.clone();
    let asker: Asker = Rc::new(move |prompts| {
        to.borrow_mut().extend(prompts.clone());
        let say = move |p: &Prompt| Ok(Answer { text: script(p), tokens: TOKENS });
        Box::pin(async move { prompts.iter().map(say).collect() })
    });
    let scenario = Scenario {
        system: S::CARD.id.into(),
        version: S::CARD.version,
        arms: vec![arm.into()],
        seed: 1,
        seeds: 1,
        rounds: S::CARD.rounds.default,
        params: query.iter().map(|(k, v)| (k.to_string(), v.clone())).collect(),
        data: None,
    };
    let host = Host { asker: Some(asker), ..Host::default() };
    let job = Job { arm: arm.into(), seed: 1 };
    let mut run = start(&[starter::<S>()], &scenario, &job, host).unwrap();
    let rounds = (0..rounds).map(|_| block_on(run.step()).unwrap().0).collect();
    let asked = asked.borrow().clone();
    Played { rounds, scenes: run.scenes(), asked }
}
