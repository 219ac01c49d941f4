//! A peer's side of the protocol: pure transitions, no clock and no network. The simulation and the model checker drive
//! the same code.

use super::protocol::{Act, Ask, Call, Id, Phase, Reply, Return, State, Word};
use engine::federated::compress::{Coded, Quantizer};
use engine::network::{Floats, Reduce};
use std::collections::BTreeMap;

/// A reduce under way, in the ring that it began with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Running {
    sequence: u32,
    successor: Id,
    reduce: Reduce<Quantizer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    pub id: Id,
    pub phase: Phase,
    pub state: State,
    /// The accepted peers in the order of the ring, as the master said last.
    pub ring: Vec<Id>,
    codec: Quantizer,
    owner_decodes: bool,
    /// Handed in, waits for the vote.
    column: Option<Floats>,
    running: Option<Running>,
    /// Slices of a reduce that this peer has not been told to begin: at most 2 (W - 1), since its predecessor cannot run
    /// further ahead of it.
    early: BTreeMap<(u32, u32), Coded>,
    /// The fetch under way: its sequence, and the hashes that must come out.
    fetching: Option<(u32, Vec<u32>)>,
}

impl Peer {
    /// A new peer; its first words are a `Hello` to the master.
    pub fn new(id: Id, codec: Quantizer, owner_decodes: bool) -> (Self, Ask) {
        let peer = Self {
            id,
            phase: Phase::Registered,
            state: State::Idle,
            ring: Vec::new(),
            codec,
            owner_decodes,
            column: None,
            running: None,
            early: BTreeMap::new(),
            fetching: None,
        };
        (peer, Ask::Hello)
    }

    pub fn world(&self) -> usize {
        self.ring.len()
    }

    /// How far the reduce under way is, 0..1.
    pub fn progress(&self) -> Option<f32> {
        let reduce = &self.running.as_ref()?.reduce;
        Some(reduce.step() as f32 / reduce.steps().max(1) as f32)
    }

    /// Something its own program wants.
    pub fn call(&mut self, call: Call, out: &mut Vec<Act>) {
        let (state, ask) = match call {
            Call::Pending => return out.push(Act::Tell(Ask::Pending)),
            Call::Accept => (State::VoteAccept, Ask::Accept),
            Call::Optimize => (State::VoteTopology, Ask::Optimize),
            Call::Reduce(column) => {
                self.column = Some(column);
                (State::VoteCollective, Ask::Reduce)
            }
            Call::Sync(offer) => (State::VoteSync, Ask::Sync { offer }),
        };
        debug_assert!(self.state == State::Idle, "one major operation at a time");
        self.state = state;
        out.push(Act::Tell(ask));
    }

    /// A word from the master.
    pub fn reply(&mut self, reply: Reply, out: &mut Vec<Act>) {
        match reply {
            Reply::Pending { any, ring } => {
                self.ring = ring;
                out.push(Act::Back(Return::Pending { any }));
            }
            Reply::Connect => {
                self.state = State::Connecting;
                out.push(Act::Tell(Ask::Connected));
            }
            Reply::Joined { ring } => {
                self.phase = Phase::Accepted;
                self.back(ring, Return::Joined, out);
            }
            Reply::Measure { to } => out.push(Act::Measure(to)),
            Reply::Ring { ring } => self.back(ring, Return::Optimized, out),
            Reply::Commence { sequence, ring } => self.commence(sequence, ring, out),
            Reply::Abort { sequence } => self.abort(sequence, out),
            Reply::Outcome { whole, ring } => {
                let values = match (self.running.take(), self.column.take()) {
                    (Some(running), _) if whole => running.reduce.finish(),
                    (Some(running), _) => running.reduce.abort(),
                    (None, column) => column.unwrap_or_default().0,
                };
                self.back(ring, Return::Reduced { values: Floats(values), whole }, out);
            }
            Reply::Fetch { sequence, from, tensors, hashes } => {
                self.state = State::Syncing;
                self.fetching = Some((sequence, hashes));
                out.push(Act::Send(from, Word::Want { sequence, tensors }));
            }
            Reply::Agreed { revision, whole, ring } => {
                self.fetching = None;
                self.back(ring, Return::Agreed { revision, whole }, out);
            }
            Reply::Refused { why } => {
                self.state = State::Idle;
                out.push(Act::Back(Return::Refused(why)));
            }
        }
    }

    fn back(&mut self, ring: Vec<Id>, with: Return, out: &mut Vec<Act>) {
        self.ring = ring;
        self.state = State::Idle;
        out.push(Act::Back(with));
    }

    fn commence(&mut self, sequence: u32, ring: Vec<Id>, out: &mut Vec<Act>) {
        let rank =
            ring.iter().position(|id| *id == self.id).expect("who is told to begin is in the ring");
        let column = self.column.take().unwrap_or_default().0;
        let reduce =
            Reduce::new(column, rank as u32, ring.len() as u32, self.codec, self.owner_decodes);
        let successor = ring[(rank + 1) % ring.len()];
        self.ring = ring;
        self.running = Some(Running { sequence, successor, reduce });
        self.state = State::Performing;
        self.early.retain(|(of, _), _| *of >= sequence);
        self.pass_on(out);
        self.drain(out);
    }

    /// Sends the slice of this step to the successor; after the last step, votes that its part is complete.
    fn pass_on(&mut self, out: &mut Vec<Act>) {
        let Some(running) = &mut self.running else { return };
        let (sequence, step) = (running.sequence, running.reduce.step());
        match running.reduce.outgoing() {
            Some(coded) => {
                out.push(Act::Send(running.successor, Word::Slice { sequence, step, coded }));
            }
            None => {
                self.state = State::VoteComplete;
                out.push(Act::Tell(Ask::Complete { sequence, whole: true }));
            }
        }
    }

    /// Takes what has come for the step at hand.
    fn drain(&mut self, out: &mut Vec<Act>) {
        while self.state == State::Performing {
            let Some(running) = &mut self.running else { return };
            let place = (running.sequence, running.reduce.step());
            let Some(coded) = self.early.remove(&place) else { return };
            running.reduce.receive(coded);
            self.pass_on(out);
        }
    }

    /// The operation is undone. Who had completed its part learns it from the outcome.
    fn abort(&mut self, sequence: u32, out: &mut Vec<Act>) {
        if self.state == State::Performing
            && self.running.as_ref().is_some_and(|r| r.sequence == sequence)
        {
            self.state = State::VoteComplete;
            out.push(Act::Tell(Ask::Complete { sequence, whole: false }));
        }
        if self.state == State::Syncing
            && self.fetching.as_ref().is_some_and(|(now, _)| *now == sequence)
        {
            self.fetching = None;
            out.push(Act::Tell(Ask::Synced { sequence, whole: false }));
        }
    }

    /// A word from another peer.
    pub fn hear(&mut self, from: Id, word: Word, out: &mut Vec<Act>) {
        match word {
            Word::Slice { sequence, step, coded } => {
                let old = self.running.as_ref().is_some_and(|r| sequence < r.sequence);
                if !old {
                    self.early.insert((sequence, step), coded);
                    self.drain(out);
                }
            }
            Word::Want { sequence, tensors } => {
                out.push(Act::Serve { to: from, sequence, tensors })
            }
            Word::State { sequence, tensors, updates } => {
                if let Some((now, hashes)) = &self.fetching
                    && *now == sequence
                {
                    let hashes = hashes.clone();
                    out.push(Act::Take { sequence, tensors, updates, hashes });
                }
            }
        }
    }

    /// The shared state was taken over; `whole`: it has the hashes that it should.
    pub fn taken(&mut self, sequence: u32, whole: bool, out: &mut Vec<Act>) {
        if self.fetching.as_ref().is_some_and(|(now, _)| *now == sequence) {
            self.fetching = None;
            out.push(Act::Tell(Ask::Synced { sequence, whole }));
        }
    }
}
