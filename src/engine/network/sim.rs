//! Nodes, links, messages and timers on one clock.

use crate::chance::Chance;
use lexicon::Fault;
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Simulated time since the start, in whole nanoseconds.
pub type Nanos = u64;

const NANOS_PER_SECOND: f64 = 1e9;
/// Messages and timers that may wait at once unless a system asks for less.
pub const PENDING_MAX: usize = 1 << 22;

/// Seconds as nanoseconds; what is negative or not a number is no time, what is too long is the longest time.
pub fn nanos(seconds: f64) -> Nanos {
    (seconds * NANOS_PER_SECOND).round() as Nanos
}

pub fn seconds(nanos: Nanos) -> f64 {
    nanos as f64 / NANOS_PER_SECOND
}

/// One direction between two nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    pub latency_ms: f64,
    /// Added to the latency, uniform from 0 to this.
    pub jitter_ms: f64,
    /// Chance that a message is lost, 0..1.
    pub loss: f64,
    /// Messages wait for one another; infinite: they do not.
    pub bytes_per_second: f64,
}

impl Default for Link {
    fn default() -> Self {
        Self { latency_ms: 0.0, jitter_ms: 0.0, loss: 0.0, bytes_per_second: f64::INFINITY }
    }
}

/// Who reaches whom, and how well.
#[derive(Clone, Debug)]
pub enum Links {
    /// Everybody reaches everybody; all that a node sends shares its one line up.
    Uniform(Link),
    /// `[from * nodes + to]`: each ordered pair has a line of its own.
    Each(Vec<Link>),
}

/// What a node does to the messages that it sends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Behavior {
    Honest,
    /// Keeps silent in this share of its messages (they count as lost).
    Silent {
        share: f64,
    },
    /// Changes this share of its messages, each by its own draw: so it also says different things to different nodes.
    Lying {
        share: f64,
    },
    /// Holds every message back for so long.
    Slow {
        by: Nanos,
    },
}

/// How a liar changes a message.
pub type Tamper<M> = fn(&mut M, &mut ChaCha8Rng);

/// Every message is in exactly one of the last three columns: sent = delivered + lost + in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    pub sent: u64,
    pub delivered: u64,
    pub lost: u64,
    pub in_flight: u64,
    pub tampered: u64,
    pub bytes_sent: u64,
    pub bytes_delivered: u64,
    pub bytes_lost: u64,
    pub bytes_in_flight: u64,
}

impl Ledger {
    /// The law that every system checks each round.
    pub fn balances(&self) -> bool {
        self.sent == self.delivered + self.lost + self.in_flight
            && self.bytes_sent == self.bytes_delivered + self.bytes_lost + self.bytes_in_flight
    }
}

/// What happens next.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<M> {
    Delivered {
        from: u32,
        to: u32,
        bytes: u64,
        message: M,
    },
    /// A timer that `node` set for itself.
    Timer {
        node: u32,
        message: M,
    },
}

#[derive(Clone, Copy, Debug)]
struct Line {
    latency: Nanos,
    jitter: Nanos,
    loss: f64,
    nanos_per_byte: f64,
}

impl Line {
    fn of(link: &Link) -> Self {
        Self {
            latency: nanos(link.latency_ms / 1e3),
            jitter: nanos(link.jitter_ms / 1e3),
            loss: link.loss,
            nanos_per_byte: NANOS_PER_SECOND / link.bytes_per_second,
        }
    }
}

#[derive(Debug)]
struct Pending<M> {
    from: u32,
    to: u32,
    /// The receiver's life at the time of sending: a message to an earlier life is lost.
    life: u32,
    bytes: u64,
    sent: Nanos,
    timer: bool,
    message: M,
}

/// A message under way, for pictures.
#[derive(Clone, Copy, Debug)]
pub struct UnderWay<'a, M> {
    pub from: u32,
    pub to: u32,
    pub message: &'a M,
    pub sent: Nanos,
    pub arrives: Nanos,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    alive: bool,
    life: u32,
    side: u8,
    behavior: Behavior,
}

/// The network of one run. `M` is what a message says; it is moved, never copied.
#[derive(Debug)]
pub struct Network<M> {
    now: Nanos,
    sequence: u64,
    /// (when, in which order sent, where in `pending`).
    queue: BinaryHeap<Reverse<(Nanos, u64, u32)>>,
    pending: Vec<Option<Pending<M>>>,
    free: Vec<u32>,
    pending_max: usize,
    nodes: Vec<Node>,
    lines: Vec<Line>,
    uniform: bool,
    /// When each line is free again.
    busy: Vec<Nanos>,
    tamper: Option<Tamper<M>>,
    rng: ChaCha8Rng,
    ledger: Ledger,
}

impl<M> Network<M> {
    /// `name` names the network's stream of chance (loss, jitter, lies).
    pub fn new(nodes: u32, links: &Links, chance: Chance, name: &str) -> Result<Self, Fault> {
        let (uniform, lines): (bool, Vec<Line>) = match links {
            Links::Uniform(link) => (true, vec![Line::of(link)]),
            Links::Each(links) => (false, links.iter().map(Line::of).collect()),
        };
        if nodes == 0 {
            return Err(Fault::Limit("A network needs at least one node.".into()));
        }
        if !uniform && lines.len() != (nodes * nodes) as usize {
            let says = format!(
                "{} links for {nodes} nodes: one for each ordered pair is needed.",
                lines.len()
            );
            return Err(Fault::Limit(says));
        }
        if let Some(line) =
            lines.iter().find(|l| !l.nanos_per_byte.is_finite() || l.nanos_per_byte < 0.0)
        {
            let says = format!(
                "A link carries {} bytes a second: it needs more than 0.",
                1e9 / line.nanos_per_byte
            );
            return Err(Fault::Limit(says));
        }
        let node = Node { alive: true, life: 0, side: 0, behavior: Behavior::Honest };
        Ok(Self {
            now: 0,
            sequence: 0,
            queue: BinaryHeap::new(),
            pending: Vec::new(),
            free: Vec::new(),
            pending_max: PENDING_MAX,
            nodes: vec![node; nodes as usize],
            busy: vec![0; if uniform { nodes as usize } else { lines.len() }],
            lines,
            uniform,
            tamper: None,
            rng: chance.at(name, &[]),
            ledger: Ledger::default(),
        })
    }

    /// A lower cap on messages and timers under way.
    pub fn with_pending_max(mut self, pending_max: usize) -> Self {
        self.pending_max = pending_max.min(PENDING_MAX);
        self
    }

    /// How liars change messages; without it they cannot.
    pub fn with_tamper(mut self, tamper: Tamper<M>) -> Self {
        self.tamper = Some(tamper);
        self
    }

    pub fn now(&self) -> Nanos {
        self.now
    }

    pub fn ledger(&self) -> Ledger {
        self.ledger
    }

    pub fn alive(&self, node: u32) -> bool {
        self.nodes[node as usize].alive
    }

    pub fn behave(&mut self, node: u32, behavior: Behavior) {
        self.nodes[node as usize].behavior = behavior;
    }

    /// A dead node sends nothing; what is under way to it is lost, its timers never ring.
    pub fn kill(&mut self, node: u32) {
        self.nodes[node as usize].alive = false;
        self.nodes[node as usize].life += 1;
    }

    /// A new life: nothing that was sent to an earlier one arrives.
    pub fn revive(&mut self, node: u32) {
        self.nodes[node as usize].alive = true;
        self.nodes[node as usize].life += 1;
    }

    /// Nodes on different sides lose every message that they send to one another from now on.
    pub fn partition(&mut self, side_of: impl Fn(u32) -> u8) {
        for (node, state) in self.nodes.iter_mut().enumerate() {
            state.side = side_of(node as u32);
        }
    }

    pub fn heal(&mut self) {
        self.partition(|_| 0);
    }

    /// Sends a message on its way. A dead sender says nothing, and nothing is counted.
    pub fn send(&mut self, from: u32, to: u32, bytes: u64, mut message: M) -> Result<(), Fault> {
        let sender = self.nodes[from as usize];
        if !sender.alive {
            return Ok(());
        }
        self.ledger.sent += 1;
        self.ledger.bytes_sent += bytes;
        let mut held = 0;
        let mut silent = false;
        match sender.behavior {
            Behavior::Honest => {}
            Behavior::Silent { share } => silent = self.rng.random_bool(share.clamp(0.0, 1.0)),
            Behavior::Slow { by } => held = by,
            Behavior::Lying { share } => {
                let lies = self.rng.random_bool(share.clamp(0.0, 1.0));
                if let (true, Some(tamper)) = (lies, self.tamper) {
                    tamper(&mut message, &mut self.rng);
                    self.ledger.tampered += 1;
                }
            }
        }
        let receiver = self.nodes[to as usize];
        let pair = if self.uniform { 0 } else { from as usize * self.nodes.len() + to as usize };
        let line = self.lines[pair];
        // The draw is made whenever the link can lose, so that partitions do not shift later draws.
        let dropped = line.loss > 0.0 && self.rng.random_bool(line.loss.clamp(0.0, 1.0));
        let jitter = if line.jitter == 0 { 0 } else { self.rng.next_u64() % (line.jitter + 1) };
        if silent || dropped || sender.side != receiver.side {
            self.ledger.lost += 1;
            self.ledger.bytes_lost += bytes;
            return Ok(());
        }
        let lane = if self.uniform { from as usize } else { pair };
        let mut leaves = self.now + held;
        if line.nanos_per_byte > 0.0 {
            let starts = self.busy[lane].max(leaves);
            leaves = starts.saturating_add((bytes as f64 * line.nanos_per_byte).round() as Nanos);
            self.busy[lane] = leaves;
        }
        self.ledger.in_flight += 1;
        self.ledger.bytes_in_flight += bytes;
        let at = leaves.saturating_add(line.latency).saturating_add(jitter);
        self.push(
            at,
            Pending { from, to, life: receiver.life, bytes, sent: self.now, timer: false, message },
        )
    }

    /// Rings at `node` after this time, unless the node dies before.
    pub fn timer(&mut self, node: u32, after: Nanos, message: M) -> Result<(), Fault> {
        let life = self.nodes[node as usize].life;
        let at = self.now.saturating_add(after);
        self.push(
            at,
            Pending { from: node, to: node, life, bytes: 0, sent: self.now, timer: true, message },
        )
    }

    /// When the next event happens.
    pub fn peek(&self) -> Option<Nanos> {
        self.queue.peek().map(|Reverse((at, ..))| *at)
    }

    /// Moves the clock to the next event and gives it; `None` when nothing is under way.
    pub fn next_event(&mut self) -> Option<Event<M>> {
        self.next_until(Nanos::MAX)
    }

    /// The next event not later than `until`; without one the clock stands at `until` (if that is a time).
    pub fn next_until(&mut self, until: Nanos) -> Option<Event<M>> {
        while let Some(&Reverse((at, _, slot))) = self.queue.peek() {
            if at > until {
                break;
            }
            self.queue.pop();
            self.now = at;
            let due = self.pending[slot as usize].take().expect("a queued slot holds its message");
            self.free.push(slot);
            let receiver = self.nodes[due.to as usize];
            let reached = receiver.alive && receiver.life == due.life;
            if due.timer {
                if reached {
                    return Some(Event::Timer { node: due.to, message: due.message });
                }
                continue;
            }
            self.ledger.in_flight -= 1;
            self.ledger.bytes_in_flight -= due.bytes;
            if reached {
                self.ledger.delivered += 1;
                self.ledger.bytes_delivered += due.bytes;
                let Pending { from, to, bytes, message, .. } = due;
                return Some(Event::Delivered { from, to, bytes, message });
            }
            self.ledger.lost += 1;
            self.ledger.bytes_lost += due.bytes;
        }
        if until != Nanos::MAX {
            self.now = self.now.max(until);
        }
        None
    }

    /// Messages under way, in no order that means anything.
    pub fn flights(&self) -> impl Iterator<Item = UnderWay<'_, M>> {
        self.queue.iter().filter_map(|Reverse((at, _, slot))| {
            let Pending { from, to, message, sent, timer, .. } =
                self.pending[*slot as usize].as_ref()?;
            (!timer).then_some(UnderWay {
                from: *from,
                to: *to,
                message,
                sent: *sent,
                arrives: *at,
            })
        })
    }

    fn push(&mut self, at: Nanos, pending: Pending<M>) -> Result<(), Fault> {
        if self.queue.len() >= self.pending_max {
            return Err(Fault::Limit(format!(
                "More than {} messages are under way at once: fewer nodes, fewer messages a second or more bandwidth would work.",
                self.pending_max
            )));
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.pending.push(None);
                (self.pending.len() - 1) as u32
            }
        };
        self.pending[slot as usize] = Some(pending);
        self.sequence += 1;
        self.queue.push(Reverse((at, self.sequence, slot)));
        Ok(())
    }
}

#[cfg(test)]
#[path = "sim_tests.rs"]
mod tests;
