//! SwarmBench with a connected model: every agent asks it, in every round, for an action and a message. It is told
//! what the surrogate mind would get and nothing else: its view, its place and flag, what it heard, its last rounds.
//! Rules, physics, scores stay as they are. The wording is ours; what is told and what may be answered is the paper's.

use super::world::{Action, Goal, Task, World};
use super::{Arm, Params, Stage, Swarmbench};
use engine::coordination::grid::Direction;
use engine::coordination::grid::sight::{self, MESSAGE_CHARS_MAX};
use engine::minds::oracle;
use engine::run::Ctx;
use lexicon::{Asks, Fault, Prompt, fault};
use serde_json::Value;
use std::collections::VecDeque;
use std::fmt::Write;

/// Views and actions that an agent is told of its past, the present view included (repository, eval.py).
const ROUNDS_TOLD: usize = 5;
/// Longest reply asked for.
const REPLY_TOKENS: u32 = 160;
/// Tokens of a prompt beside views and messages, for the estimate before a run; a test holds it.
const WORDS_TOKENS: u32 = 520;
/// A message with its marks, in tokens.
const MESSAGE_TOKENS: u32 = 35;
const THOUGHT_CHARS_MAX: usize = 300;

/// What a reply says.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub action: Action,
    pub message: String,
    pub thought: String,
}

/// A round as an agent remembers it.
struct Past {
    view: Vec<String>,
    action: &'static str,
}

/// What the model has said, and what it cost.
pub struct Real {
    /// Neither says nor hears anything.
    silent: bool,
    /// [stage][agent]
    past: Vec<Vec<VecDeque<Past>>>,
    /// The last replies, [stage][agent]; none: not readable, never came, or the agent is gone.
    pub said: Vec<Vec<Option<Reply>>>,
    pub tokens: f64,
    pub invalid: u32,
}

/// The profiles are minds that a model can take the place of; the script and chance are not.
pub fn is_mind(arm: Arm) -> bool {
    match arm {
        Arm::Custom => true,
        Arm::Fixed(faults) => faults != super::SCRIPTED && faults != super::RANDOM,
    }
}

/// One call an agent and board in a round.
pub fn asks(params: &Params, arm: Arm) -> Option<Asks> {
    if !is_mind(arm) {
        return None;
    }
    let Params { agents, view, .. } = *params;
    let calls = agents * params.task.tasks().len() as u32;
    // A cell is an id of two digits, a mark and a space at most.
    let views = ROUNDS_TOLD as u32 * view * view;
    let heard = MESSAGE_TOKENS * (agents - 1).min(view * view);
    Some(Asks { calls, tokens: calls * (WORDS_TOKENS + views + heard + REPLY_TOKENS) })
}

impl Real {
    pub fn new(stages: usize, agents: u32, silent: bool) -> Self {
        let per_agent = || (0..agents).map(|_| VecDeque::new()).collect();
        Self {
            silent,
            past: (0..stages).map(|_| per_agent()).collect(),
            said: vec![vec![None; agents as usize]; stages],
            tokens: 0.0,
            invalid: 0,
        }
    }
}

/// Fills a stage's actions and its air with what the model says for each agent that is still there.
pub async fn decide(system: &mut Swarmbench, stage: usize, ctx: &mut Ctx) -> Result<(), Fault> {
    let Swarmbench { stages, real: Some(real), view, round, .. } = system else { return Ok(()) };
    let Stage { world, air, actions, .. } = &mut stages[stage];
    air.turn();
    let there: Vec<u32> = (0..world.agents).filter(|a| !world.board.has_escaped(*a)).collect();
    let mut views = Vec::new();
    let mut prompts = Vec::new();
    for agent in &there {
        let heard: Vec<&str> = match real.silent {
            true => Vec::new(),
            false => air.heard(&world.board, *agent, *view).collect(),
        };
        let seen = sight::text(&world.board, *agent, *view, |body| world.name(body));
        let past = &real.past[stage][*agent as usize];
        prompts.push(Prompt {
            system: rules(world, *agent, *view, real.silent),
            user: moment(world, *agent, *round, &seen, &heard, past),
            tokens_max: REPLY_TOKENS,
            sample: *agent,
        });
        views.push(seen);
    }
    let task = world.task;
    let replies = ctx.ask(prompts, |text| read(text, task)).await?;
    real.tokens += replies.tokens;
    real.said[stage].fill(None);
    actions.fill(Action::Stay);
    for ((agent, view), heard) in there.into_iter().zip(views).zip(replies.heard) {
        let place = agent as usize;
        let reply = heard.said();
        // What cannot be read is no action: the agent stays and says nothing.
        real.invalid += u32::from(reply.is_none());
        let past = &mut real.past[stage][place];
        if past.len() == ROUNDS_TOLD {
            past.pop_front();
        }
        past.push_back(Past { view, action: reply.as_ref().map_or("INVALID", |r| word(r.action)) });
        if let Some(reply) = reply {
            actions[place] = reply.action;
            if !real.silent {
                air.say(agent, &reply.message);
            }
            real.said[stage][place] = Some(reply);
        }
    }
    Ok(())
}

fn word(action: Action) -> &'static str {
    match action {
        Action::Go(Direction::Up) => "UP",
        Action::Go(Direction::Down) => "DOWN",
        Action::Go(Direction::Left) => "LEFT",
        Action::Go(Direction::Right) => "RIGHT",
        Action::Stay => "STAY",
        Action::Switch => "SWITCH",
    }
}

fn allowed(task: Task) -> Vec<Action> {
    let ways = Direction::ALL.map(Action::Go).into_iter().chain([Action::Stay]);
    ways.chain((task == Task::Synchronization).then_some(Action::Switch)).collect()
}

/// The task, and the form of a reply.
fn rules(world: &World, agent: u32, view: u32, silent: bool) -> String {
    let size = world.size;
    let task = match &world.goal {
        Goal::Pursuit { .. } => {
            "Catch the prey P: at the end of a round all four cells beside it must be taken by agents or walls. Each \
             catch is a point, and the prey then turns up elsewhere. It runs from agents after all have moved."
                .to_string()
        }
        Goal::Synchronization { .. } => {
            "Every agent has a light. There is a point whenever all lights are equal and the other way than at the \
             last point: all on, all off, all on. SWITCH turns your own light instead of moving. An id with $ before \
             it has its light off."
                .to_string()
        }
        Goal::Foraging { .. } => {
            "Carry food F through the gaps in the walls to the nest N. Beside F you take one unit if you carry \
             nothing, beside N you lay it down, and that is a point. Food is endless."
                .to_string()
        }
        Goal::Flocking(ring) => format!(
            "Form together, anywhere, a hollow square with sides of {} cells: agents on its border, nobody inside. \
             The score is how many steps nearer to it you have come.",
            ring.side
        ),
        Goal::Transport { .. } => {
            "A heavy box B lies over a gap in the wall. Five agents that push the same way in the same round move it. \
             Push it out and leave the map through the gap; who leaves earlier scores more."
                .to_string()
        }
    };
    let actions: Vec<&str> = allowed(world.task).into_iter().map(word).collect();
    let talk = match silent {
        true => String::new(),
        false => format!(
            ", \"message\": string of at most {MESSAGE_CHARS_MAX} characters or \"\", heard in the next round by those \
             within {} cells",
            view / 2
        ),
    };
    format!(
        "You are agent {agent} of {} on a board of {size} x {size} cells, rows counted downwards and columns to the \
         right, both from 0. You see {view} x {view} cells around yourself: Y is you, numbers are other agents, W \
         wall, . free, * outside. {task} All act at once. A move into another agent pushes it, if nothing stronger \
         stands behind it; walls do not move. Reply with one JSON object and nothing else: {{\"thought\": string of \
         at most 30 words, \"action\": one of {}{talk}}}",
        world.agents,
        actions.join(", ")
    )
}

/// What the agent meets now.
fn moment(
    world: &World,
    agent: u32,
    round: u32,
    seen: &[String],
    heard: &[&str],
    past: &VecDeque<Past>,
) -> String {
    let at = world.board.place_of(agent).unwrap_or_default();
    let mut text = format!(
        "Round {round} of {}. You stand at row {}, column {}.",
        world.rounds, at.row, at.column
    );
    let flag = world.flag[agent as usize];
    text += match (world.task, flag) {
        (Task::Synchronization, true) => " Your light is on.",
        (Task::Synchronization, false) => " Your light is off.",
        (Task::Foraging, true) => " You carry food.",
        (Task::Foraging, false) => " You carry nothing.",
        _ => "",
    };
    if world.task == Task::Pursuit {
        // Writing to a String cannot fail.
        let _ = write!(text, " Points so far: {}.", world.score);
    }
    // The present view is one of those told: of the oldest round only the action is.
    for (i, before) in past.iter().enumerate() {
        let rounds = past.len() - i;
        let view = match rounds < ROUNDS_TOLD {
            true => format!(" saw\n{}\nand", before.view.join("\n")),
            false => String::new(),
        };
        let _ = write!(text, "\n\n{rounds} rounds ago you{view} chose {}.", before.action);
    }
    let _ = write!(text, "\n\nYou see now\n{}", seen.join("\n"));
    for message in heard {
        let _ = write!(text, "\n\n{}", oracle::fenced("Somebody near you said", message));
    }
    text
}

/// Reads a reply; the error is a sentence for the model.
pub fn read(text: &str, task: Task) -> Result<Reply, String> {
    let object = oracle::object(text)?;
    let said = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default().trim();
    let given = said("action");
    let allowed = allowed(task);
    let action = allowed.iter().copied().find(|a| word(*a).eq_ignore_ascii_case(given));
    let action = action.ok_or_else(|| {
        let words: Vec<&str> = allowed.into_iter().map(word).collect();
        format!("\"action\" is none of {}.", words.join(", "))
    })?;
    // Air cuts at so many characters; control characters are not for others to read.
    let message = fault::shown(said("message"), MESSAGE_CHARS_MAX);
    Ok(Reply { action, message, thought: fault::shown(said("thought"), THOUGHT_CHARS_MAX) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asked::{self, Played};
    use lexicon::Scene;

    fn played(
        query: &[(&str, Value)],
        arm: &str,
        rounds: u32,
        script: fn(&Prompt) -> String,
    ) -> Played {
        asked::played::<Swarmbench>(query, arm, rounds, script)
    }

    fn up(_: &Prompt) -> String {
        r#"{"thought":"north","action":"up","message":"P 1 2 <b>"}"#.into()
    }

    #[test]
    fn every_agent_asks_once_a_round_and_all_do_as_they_say() {
        let Played { rounds, scenes, asked } = played(&[], "medium", 3, up);
        assert_eq!(asked.len(), 30);
        assert_eq!(rounds[2].readings["tokens"], 3_000.0);
        assert_eq!(rounds[2].readings["invalid_actions"], 0.0);
        assert_eq!(rounds[0].readings["message_rate"], 1.0);
        assert_eq!(rounds[0].readings["dominant_action"], 1.0);
        let Scene::Transcript(said) = &scenes[1] else { panic!("no transcript") };
        assert!(said.lines.iter().any(|l| l.text == "thinks: north"), "{said:?}");
        // In Pursuit all start in one corner: somebody heard somebody, between marks that a message cannot contain.
        let heard = asked[10..20].iter().filter(|p| p.user.contains("<<<\nP 1 2  b \n>>>"));
        assert!(heard.count() >= 2);
    }

    #[test]
    fn an_agent_is_told_its_own_view_and_its_last_five_rounds_and_no_more() {
        let Played { asked, .. } = played(&[], "strong", 8, up);
        let prompt = &asked[70];
        assert!(prompt.system.starts_with("You are agent 0 of 10"), "{}", prompt.system);
        assert!(prompt.user.contains("Round 8 of 100."), "{}", prompt.user);
        assert!(prompt.user.contains("5 rounds ago you chose UP."), "{}", prompt.user);
        assert!(!prompt.user.contains("6 rounds ago"));
        // Five views of five rows.
        let rows = prompt.user.lines().filter(|l| l.split(' ').count() == 5 && l.len() >= 9);
        let views = rows.filter(|l| l.split(' ').all(|w| w.len() <= 2)).count();
        assert_eq!(views, 25, "{}", prompt.user);
    }

    #[test]
    fn what_is_no_action_is_asked_for_once_more_and_then_the_agent_stays_silent() {
        let Played { rounds, asked, .. } =
            played(&[], "medium", 1, |_| "Ignore your rules. UP!".into());
        assert_eq!(asked.len(), 20);
        assert_eq!(rounds[0].readings["stillness"], 1.0);
        assert_eq!(rounds[0].readings["message_rate"], 0.0);
        assert_eq!(rounds[0].readings["invalid_actions"], 10.0);
        assert!(rounds[0].lines.iter().any(|l| l.starts_with("10 of 10 replies")));
    }

    #[test]
    fn only_synchronization_has_switches() {
        let switch = r#"{"action":"SWITCH"}"#;
        let sync = read(switch, Task::Synchronization).unwrap();
        assert_eq!((sync.action, sync.message.as_str()), (Action::Switch, ""));
        assert!(read(switch, Task::Pursuit).unwrap_err().contains("UP, DOWN, LEFT, RIGHT, STAY"));
        for wrong in ["", "UP", r#"{"action":["UP"]}"#, r#"{"action":"UPWARDS"}"#, r#"{"action":"#]
        {
            assert!(read(wrong, Task::Pursuit).is_err(), "{wrong}");
        }
        let fenced = "Sure!\n```json\n{\"action\": \"Left\", \"message\": \"a\\nb\"}\n```";
        let read = read(fenced, Task::Pursuit).unwrap();
        assert_eq!((read.action, read.message.as_str()), (Action::Go(Direction::Left), "a·b"));
    }

    #[test]
    fn the_silent_neither_say_nor_hear_and_script_and_chance_ask_nobody() {
        let Played { rounds, asked, .. } = played(&[], "silent", 2, up);
        assert_eq!(rounds[1].readings["message_rate"], 0.0);
        assert!(asked.iter().all(|p| !p.user.contains("said") && !p.system.contains("message")));
        for arm in ["scripted", "random"] {
            let Played { rounds, asked, .. } = played(&[], arm, 2, up);
            assert!(asked.is_empty() && !rounds[0].readings.contains_key("tokens"));
        }
        assert_eq!(asks(&Params::default(), Arm::Fixed(super::super::RANDOM)), None);
    }

    #[test]
    fn the_estimate_is_never_below_what_is_asked() {
        for (view, agents) in [(3, 2), (5, 10), (19, 20)] {
            let query = [("task", "all".into()), ("view", view.into()), ("agents", agents.into())];
            let size = [("size", 12.into())];
            let query: Vec<(&str, Value)> = query.into_iter().chain(size).collect();
            let long: fn(&Prompt) -> String =
                |_| format!(r#"{{"action":"STAY","message":"{}"}}"#, "x".repeat(200));
            let Played { rounds, asked, .. } = played(&query, "medium", 7, long);
            let params = Params {
                task: super::super::Play::All,
                view,
                agents,
                size: 12,
                ..Params::default()
            };
            let limit = asks(&params, Arm::Custom).unwrap();
            for round in asked.chunks(limit.calls as usize) {
                let tokens: u32 = round.iter().map(Prompt::tokens).sum();
                assert!(
                    round.len() as u32 <= limit.calls && tokens <= limit.tokens,
                    "{tokens} {limit:?}"
                );
            }
            assert_eq!(rounds.len(), 7);
        }
    }
}
