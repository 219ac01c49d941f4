//! Who asks, who is asked, what is known already. Four calls in the air, tries again after 1, 2 and 4 seconds, hard
//! limits on calls and tokens. Equal prompts are one call, also while it is in the air; what was said once is kept.

use super::protocol::{self, Landed, Trouble};
use super::{Connection, Standing};
use lexicon::mind::tokens_of;
use lexicon::{Answer, Fault, Prompt, Table};
use std::collections::{BinaryHeap, VecDeque};

/// Calls in the air at once.
pub const FLYING_MAX: usize = 4;
/// Waits before a call is tried again; then its reply is missing.
const AGAIN_S: [f64; 3] = [1.0, 2.0, 4.0];
/// No server makes us wait longer than this.
const AGAIN_S_MAX: f64 = 30.0;
/// Replies missing in a row after which the model counts as gone.
const MISSES_MAX: u32 = 6;
/// Replies kept; past it the first are forgotten.
const KNOWN_MAX: usize = 5_000;
/// Prompts waiting at most.
const WAITING_MAX: usize = 20_000;

/// Whose question it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    pub seat: u32,
    pub run: u32,
    pub ticket: u32,
}

/// What the browser side has to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Do {
    Send {
        call: u32,
        prompt: Prompt,
    },
    Abort {
        call: u32,
    },
    Answer {
        to: Asker,
        answer: Result<Answer, Fault>,
    },
    /// The connection has ended, and why.
    Gone(String),
}

type Known = (String, Prompt);

#[derive(Debug)]
struct Wanted {
    prompt: Prompt,
    for_whom: Vec<Asker>,
    tries: usize,
    not_before_ms: f64,
}

#[derive(Debug, Default)]
pub struct Oracle {
    connection: Option<Connection>,
    known: Table<Known, Answer>,
    known_order: VecDeque<Known>,
    waiting: VecDeque<Wanted>,
    flying: Table<u32, Wanted>,
    last_call: u32,
    calls: u32,
    tokens: u32,
    saved: u32,
    heard_once: bool,
    misses: u32,
}

impl Oracle {
    /// Replies of earlier connections stay known: the same model says the same again for nothing.
    pub fn connect(&mut self, connection: Connection) -> Vec<Do> {
        let ended = self.disconnect("Another model was connected.");
        let known = std::mem::take(&mut self.known);
        let known_order = std::mem::take(&mut self.known_order);
        let last_call = self.last_call;
        *self =
            Self { connection: Some(connection), known, known_order, last_call, ..Self::default() };
        ended
    }

    pub fn connection(&self) -> Option<&Connection> {
        self.connection.as_ref()
    }

    /// Everything that waits is told so.
    pub fn disconnect(&mut self, says: &str) -> Vec<Do> {
        self.connection = None;
        let mut todo: Vec<Do> = self.flying.keys().map(|call| Do::Abort { call: *call }).collect();
        let flying = std::mem::take(&mut self.flying).into_values();
        for wanted in flying.chain(std::mem::take(&mut self.waiting)) {
            let fault = || Err(Fault::Limit(says.to_string()));
            todo.extend(wanted.for_whom.iter().map(|to| Do::Answer { to: *to, answer: fault() }));
        }
        todo
    }

    pub fn ask(&mut self, who: Asker, prompt: Prompt, now_ms: f64) -> Vec<Do> {
        let Some(connection) = &self.connection else {
            let says = "The model is no longer connected.".to_string();
            return vec![Do::Answer { to: who, answer: Err(Fault::Limit(says)) }];
        };
        let key = (connection.source(), prompt);
        if let Some(answer) = self.known.get(&key) {
            self.saved += 1;
            // It costs nothing again; the run still reads what it would have cost.
            return vec![Do::Answer { to: who, answer: Ok(answer.clone()) }];
        }
        let prompt = key.1;
        let same = self.waiting.iter_mut().chain(self.flying.values_mut());
        if let Some(wanted) = same.into_iter().find(|w| w.prompt == prompt) {
            self.saved += 1;
            wanted.for_whom.push(who);
            return Vec::new();
        }
        if self.waiting.len() >= WAITING_MAX {
            let says = "Too many questions wait for the model: fewer nodes or arms would work.";
            return vec![Do::Answer { to: who, answer: Err(Fault::Limit(says.into())) }];
        }
        let for_whom = vec![who];
        self.waiting.push_back(Wanted { prompt, for_whom, tries: 0, not_before_ms: now_ms });
        self.go_on(now_ms)
    }

    /// What came of a call.
    pub fn landed(&mut self, call: u32, landed: Landed, now_ms: f64) -> Vec<Do> {
        let Some(mut wanted) = self.flying.remove(&call) else { return Vec::new() };
        let Some(connection) = &self.connection else { return Vec::new() };
        let source = connection.source();
        let read = protocol::read(landed, &wanted.prompt, connection);
        let mut todo = Vec::new();
        match read {
            Ok(answer) => {
                self.heard_once = true;
                self.misses = 0;
                self.tokens = self.tokens.saturating_add(answer.tokens);
                self.keep((source, wanted.prompt), answer.clone());
                let all = wanted.for_whom.into_iter();
                todo.extend(all.map(|to| Do::Answer { to, answer: Ok(answer.clone()) }));
            }
            Err(trouble) => {
                // The server has read the prompt all the same, as far as we know.
                let read = tokens_of(&wanted.prompt.system) + tokens_of(&wanted.prompt.user);
                self.tokens = self.tokens.saturating_add(read);
                match trouble {
                    Trouble::Again { after_s, .. } if wanted.tries < AGAIN_S.len() => {
                        let wait_s =
                            after_s.unwrap_or(0.0).clamp(AGAIN_S[wanted.tries], AGAIN_S_MAX);
                        wanted.tries += 1;
                        wanted.not_before_ms = now_ms + 1000.0 * wait_s;
                        self.waiting.push_front(wanted);
                    }
                    Trouble::Again { says, .. } | Trouble::Lost(says) => {
                        todo.extend(self.miss(wanted, says));
                    }
                    Trouble::Final(says) => {
                        self.waiting.push_front(wanted);
                        todo.extend(self.end(says));
                    }
                }
            }
        }
        todo.extend(self.go_on(now_ms));
        todo
    }

    /// One reply is missing. A model that never answered, or not for a while, is gone.
    fn miss(&mut self, wanted: Wanted, says: String) -> Vec<Do> {
        self.misses += 1;
        if !self.heard_once || self.misses >= MISSES_MAX {
            self.waiting.push_front(wanted);
            return self.end(says);
        }
        let missing = || Err(Fault::Mind(says.clone()));
        wanted.for_whom.iter().map(|to| Do::Answer { to: *to, answer: missing() }).collect()
    }

    fn end(&mut self, says: String) -> Vec<Do> {
        let mut todo = self.disconnect(&says);
        todo.push(Do::Gone(says));
        todo
    }

    /// Sends what may be sent now.
    pub fn go_on(&mut self, now_ms: f64) -> Vec<Do> {
        let mut todo = Vec::new();
        let Some(limits) = self.connection.as_ref().map(|c| c.limits) else { return todo };
        while self.flying.len() < FLYING_MAX
            && let Some(at) = self.waiting.iter().position(|w| w.not_before_ms <= now_ms)
            && let Some(wanted) = self.waiting.remove(at)
        {
            let held: u32 = self.flying.values().map(|w| w.prompt.tokens()).sum();
            let tokens = self.tokens.saturating_add(held).saturating_add(wanted.prompt.tokens());
            let over = if self.calls >= limits.calls {
                Some(format!("all {} calls that you allowed", limits.calls))
            } else if tokens > limits.tokens {
                Some(format!("the {} tokens that you allowed", limits.tokens))
            } else {
                None
            };
            if let Some(what) = over {
                let says = format!(
                    "The next question would go past {what}: the run ends here. Connect again with more, or run fewer rounds, arms or nodes."
                );
                let fault = || Err(Fault::Limit(says.clone()));
                todo.extend(
                    wanted.for_whom.iter().map(|to| Do::Answer { to: *to, answer: fault() }),
                );
                continue;
            }
            self.calls += 1;
            self.last_call += 1;
            todo.push(Do::Send { call: self.last_call, prompt: wanted.prompt.clone() });
            self.flying.insert(self.last_call, wanted);
        }
        todo
    }

    /// A run was stopped: what only it had asked for is not asked any more, and its step comes to an end.
    pub fn drop_run(&mut self, run: u32, now_ms: f64) -> Vec<Do> {
        self.drop_askers(|asker| asker.run == run, now_ms)
    }

    /// A seat is gone, and nobody there hears an answer.
    pub fn drop_seat(&mut self, seat: u32, now_ms: f64) -> Vec<Do> {
        self.drop_askers(|asker| asker.seat == seat, now_ms)
    }

    fn drop_askers(&mut self, gone: impl Fn(&Asker) -> bool, now_ms: f64) -> Vec<Do> {
        let mut todo = Vec::new();
        let mut leave = |wanted: &mut Wanted| {
            for to in wanted.for_whom.extract_if(.., |asker| gone(asker)) {
                let answer = Err(Fault::Limit("The run was stopped.".into()));
                todo.push(Do::Answer { to, answer });
            }
            wanted.for_whom.is_empty()
        };
        self.waiting.retain_mut(|wanted| !leave(wanted));
        let over: Vec<u32> =
            self.flying.iter_mut().filter_map(|(call, w)| leave(w).then_some(*call)).collect();
        for call in over {
            self.flying.remove(&call);
            todo.push(Do::Abort { call });
        }
        todo.extend(self.go_on(now_ms));
        todo
    }

    /// Seats in which a run waits for an answer.
    pub fn waiting_seats(&self) -> Vec<u32> {
        let all = self.waiting.iter().chain(self.flying.values());
        let seats: BinaryHeap<u32> = all.flat_map(|w| w.for_whom.iter().map(|a| a.seat)).collect();
        let mut seats = seats.into_sorted_vec();
        seats.dedup();
        seats
    }

    pub fn standing(&self) -> Option<Standing> {
        self.connection.as_ref().map(|connection| Standing {
            name: connection.name(),
            limits: connection.limits,
            calls: self.calls,
            tokens: self.tokens,
            saved: self.saved,
            waiting: (self.waiting.len() + self.flying.len()) as u32,
        })
    }

    fn keep(&mut self, key: Known, answer: Answer) {
        while self.known.len() >= KNOWN_MAX
            && let Some(first) = self.known_order.pop_front()
        {
            self.known.remove(&first);
        }
        if self.known.insert(key.clone(), answer).is_none() {
            self.known_order.push_back(key);
        }
    }
}
