//! The simulated world: master and peers on a network with a clock, churn, and the workers' arithmetic, which is real.

mod fate;
mod sites;

use super::master::Master;
use super::peer::Peer;
use super::protocol::{Act, Ask, Id, Phase, Reply, Return, State, Word};
use super::scenes::{Activity, Album, Picture};
use super::worker::{Loop, Recipe, Stage, Want, Worker};
use engine::chance::Chance;
use engine::data::bytes::{Bytes, windows};
use engine::federated::compress::{Coded, Quantizer};
use engine::network::{Churn, Event, Nanos, Network, nanos, seconds};
use engine::tensor::lm;
use lexicon::Fault;
use rand::RngExt;
use sites::{LATENCY_MS, links, site};

/// Bytes of a control message. Our choice: it matters to no result.
const CONTROL_BYTES: u64 = 64;
/// A probe of a link takes so long, besides the way there and back. Our choice.
const PROBE_SECONDS: f64 = 0.2;
/// A peer without others looks again after this time.
const REST_SECONDS: f64 = 0.1;
/// So long the run waits for two peers.
const QUORUM_SECONDS: f64 = 30.0;
/// An outer step that has not come about by then never will.
const ROUND_SECONDS_MAX: f64 = 900.0;
/// Windows of the text that the held-out loss is read on; the same in every run.
const HELD_OUT: usize = 256;
/// What a run is set to.
#[derive(Clone, Debug)]
pub struct Setting {
    pub peers: u32,
    pub recipe: Recipe,
    pub codec: Quantizer,
    pub owner_decodes: bool,
    pub hash_check: bool,
    pub random_ring: bool,
    pub kill: f64,
    pub join: f64,
    pub survivors_min: u32,
    pub size_scale: f64,
    pub compute_ms: f64,
    pub connections: u32,
    pub flow_share: f64,
    /// Classic collectives: every death ends the run, which starts again after so many seconds from the last
    /// checkpoint, taken every so many outer steps.
    pub naive: Option<(f64, u32)>,
    pub chance: Chance,
}

#[derive(Clone, Debug)]
enum Wire {
    Ask(Id, Ask),
    Reply(Reply),
    Word(Id, Word),
    /// The master notices that a connection broke.
    Broken(Id),
    Computed(Id),
    Rested,
    Measured(Id, Vec<(Id, u64)>),
    /// The naive run starts again.
    Restart,
}

#[derive(Debug)]
struct Life {
    peer: Peer,
    worker: Worker,
}

/// Counts since the start of the run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub aborts: u32,
    pub retries: u32,
    pub died: u32,
    pub joined: u32,
    pub fetched: u32,
    pub steps_lost: u32,
    pub inner_steps: u64,
}

/// What one round came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Whether an update was applied.
    pub applied: bool,
    pub parity: bool,
    pub hashes: Vec<(u32, u32)>,
    pub test_loss: f64,
    pub world: u32,
    /// Seconds of the completed all-reduces, and how many peers took part.
    pub reduces: Vec<(f64, u32)>,
    pub comm_share: Option<f64>,
}

pub struct World {
    pub set: Setting,
    net: Network<Wire>,
    master: Master,
    slots: Vec<Option<Life>>,
    /// The slot of every life so far.
    slot_of: Vec<u32>,
    /// Picoseconds a byte between slots, as a probe sees it.
    cost: Vec<u64>,
    churn: Churn,
    text: Bytes,
    held_out: Vec<u8>,
    opening: Vec<f32>,
    space: lm::Workspace,
    pub counts: Counts,
    pub album: Album,
    began: Nanos,
    restarting: bool,
    undone: bool,
    alone_since: Option<Nanos>,
    checkpoint: (Vec<f32>, Vec<f32>, u32),
    /// Updates that stand.
    pub updates: u32,
    pub stopped: Option<String>,
    report: Report,
    fault: Option<Fault>,
}

impl World {
    pub fn new(set: Setting) -> Result<Self, Fault> {
        let (links, cost) = links(&set);
        let net = Network::new(set.peers + 1, &links, set.chance, "the network between peers")?;
        let random = set.random_ring.then(|| set.chance.at("ring at random", &[]).random());
        let text = Bytes::bundled();
        let held_out = windows(&text.test, HELD_OUT, lm::CONTEXT, Chance::new(64), &[]);
        let opening = lm::init(set.chance);
        let naive = set.naive.is_some();
        let mut world = Self {
            net,
            master: Master::new(random, set.hash_check),
            slots: (0..set.peers).map(|_| None).collect(),
            slot_of: Vec::new(),
            cost,
            churn: Churn::new(set.kill, if naive { 0.0 } else { set.join }, set.chance),
            text,
            held_out,
            checkpoint: (opening.clone(), vec![0.0; opening.len()], 0),
            opening,
            space: lm::Workspace::default(),
            counts: Counts::default(),
            album: Album::new(set.peers),
            began: 0,
            restarting: false,
            undone: false,
            alone_since: None,
            updates: 0,
            stopped: None,
            report: Report::default(),
            fault: None,
            set,
        };
        for slot in 0..world.set.peers {
            world.rise(slot, false);
        }
        match world.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(world),
        }
    }

    pub fn now(&self) -> f64 {
        seconds(self.net.now())
    }

    pub fn bytes(&self) -> f64 {
        self.net.ledger().bytes_sent as f64
    }

    pub fn balances(&self) -> bool {
        self.net.ledger().balances()
    }

    pub fn ring(&self) -> Vec<u32> {
        self.master.ring().iter().map(|id| self.slot_of[*id as usize]).collect()
    }

    pub fn site_of(&self, slot: u32) -> usize {
        site(slot, self.set.peers)
    }

    fn master_node(&self) -> u32 {
        self.set.peers
    }

    /// One outer step of the group (DDP: as many updates as an outer step has inner steps), or, in the naive run, the
    /// loss of one.
    pub fn round(&mut self) -> Result<Report, Fault> {
        self.report = Report::default();
        self.album.new_round(self.net.now());
        let per_round =
            if self.set.recipe.what == Loop::Ddp { self.set.recipe.inner_steps } else { 1 };
        let target = self.updates + per_round;
        let limit = self.net.now().saturating_add(nanos(ROUND_SECONDS_MAX));
        let died = self.counts.died;
        while self.stopped.is_none() && !self.reached(target) {
            if self.set.naive.is_some() && self.counts.died > died && !self.restarting {
                break;
            }
            let quorum =
                self.alone_since.map_or(Nanos::MAX, |t| t.saturating_add(nanos(QUORUM_SECONDS)));
            let churn = self.churn.peek().map_or(Nanos::MAX, |(at, _)| at);
            match self.net.next_until(churn.min(limit).min(quorum)) {
                Some(event) => self.happen(event),
                None if self.net.now() >= limit => {
                    let says = format!(
                        "no outer step came about within {ROUND_SECONDS_MAX} simulated seconds: fewer deaths, smaller messages or shorter computing would work"
                    );
                    self.stopped = Some(says);
                }
                None if self.net.now() >= quorum => {
                    self.stopped = Some(
                        "no quorum: for 30 simulated seconds fewer than two peers were alive"
                            .into(),
                    );
                }
                None => self.strike(),
            }
            if let Some(fault) = self.fault.take() {
                return Err(fault);
            }
        }
        self.close(target)?;
        Ok(std::mem::take(&mut self.report))
    }

    fn accepted(&self) -> impl Iterator<Item = (u32, &Life)> {
        let lives = self
            .slots
            .iter()
            .enumerate()
            .filter_map(|(slot, life)| Some((slot as u32, life.as_ref()?)));
        lives.filter(|(_, life)| life.peer.phase == Phase::Accepted)
    }

    fn reached(&self, target: u32) -> bool {
        let mut some = false;
        for (_, life) in self.accepted() {
            if life.worker.updates < target {
                return false;
            }
            some = true;
        }
        some
    }

    /// The end of a round: are all bits equal, what is the model worth?
    fn close(&mut self, target: u32) -> Result<(), Fault> {
        self.report.applied = self.reached(target);
        if self.report.applied {
            self.updates = target;
        }
        let what = self.set.recipe.what;
        let mut hashes: Vec<(u32, Vec<u32>)> =
            self.accepted().map(|(slot, life)| (slot, life.worker.hashes(what))).collect();
        hashes.sort_unstable();
        self.report.parity = hashes.windows(2).all(|pair| pair[0].1 == pair[1].1);
        self.report.world = hashes.len() as u32;
        self.report.hashes = hashes
            .iter()
            .map(|(slot, of)| (*slot, of.iter().fold(0, |a, h| a ^ h.rotate_left(5))))
            .collect();
        self.report.test_loss = self.evaluate(&hashes);
        self.report.comm_share = self.album.comm_share(self.net.now());
        self.album.close(&self.report.hashes);
        if let (Some((_, every)), true) = (self.set.naive, self.report.applied)
            && self.updates.is_multiple_of(every)
            && let Some(life) = self.slots.iter().flatten().next()
        {
            self.checkpoint =
                (life.worker.weights.clone(), life.worker.velocity.clone(), self.updates);
        }
        Ok(())
    }

    /// Mean held-out loss over the accepted peers; equal weights are read once.
    fn evaluate(&mut self, hashes: &[(u32, Vec<u32>)]) -> f64 {
        let mut read: Vec<(u32, f64)> = Vec::new();
        let mut total = 0.0;
        for (slot, of) in hashes {
            let Some(life) = &self.slots[*slot as usize] else { continue };
            let known = read.iter().find(|(hash, _)| *hash == of[0]).map(|(_, loss)| *loss);
            let loss = known
                .unwrap_or_else(|| lm::loss(&life.worker.weights, &self.held_out, &mut self.space));
            read.push((of[0], loss));
            total += loss;
        }
        if hashes.is_empty() {
            return lm::loss(&self.checkpoint.0, &self.held_out, &mut self.space);
        }
        total / hashes.len() as f64
    }

    fn happen(&mut self, event: Event<Wire>) {
        match event {
            Event::Delivered { to, message, .. } | Event::Timer { node: to, message } => {
                match message {
                    Wire::Ask(from, ask) => {
                        let mut out = Vec::new();
                        self.master.ask(from, ask, &mut out);
                        self.replies(out);
                    }
                    Wire::Broken(id) => {
                        let mut out = Vec::new();
                        self.master.lost(id, &mut out);
                        self.replies(out);
                    }
                    Wire::Restart => self.restart(),
                    Wire::Reply(reply) => self.with_peer(to, |peer, acts| peer.reply(reply, acts)),
                    Wire::Word(from, word) => {
                        self.with_peer(to, |peer, acts| peer.hear(from, word, acts))
                    }
                    Wire::Measured(id, cost) => self.tell(to, id, Ask::Measured { cost }),
                    Wire::Computed(id) => self.computed(to, id),
                    Wire::Rested => {
                        let mut wants = Vec::new();
                        if let Some(life) = &mut self.slots[to as usize] {
                            life.worker.rested(&mut wants);
                        }
                        self.wants(to, wants);
                    }
                }
            }
        }
    }

    fn with_peer(&mut self, slot: u32, then: impl FnOnce(&mut Peer, &mut Vec<Act>)) {
        let mut acts = Vec::new();
        if let Some(life) = &mut self.slots[slot as usize] {
            then(&mut life.peer, &mut acts);
        }
        self.acts(slot, acts);
        self.look(slot);
    }

    /// What the master says goes out; what it says about collectives is counted.
    fn replies(&mut self, replies: Vec<(Id, Reply)>) {
        match replies.last() {
            Some((_, Reply::Commence { .. })) => {
                self.began = self.net.now();
                self.counts.retries += u32::from(std::mem::take(&mut self.undone));
            }
            Some((_, Reply::Outcome { whole: true, ring })) => {
                let took = seconds(self.net.now() - self.began);
                self.report.reduces.push((took, ring.len() as u32));
            }
            Some((_, Reply::Outcome { whole: false, ring })) => self.undone = ring.len() > 1,
            _ => {}
        }
        if replies.iter().any(|(_, r)| matches!(r, Reply::Abort { .. })) {
            self.counts.aborts += 1;
            let picture = self.picture(true);
            self.album.show(picture);
        }
        for (id, reply) in replies {
            let slot = self.slot_of[id as usize];
            if self.slots[slot as usize].as_ref().is_some_and(|life| life.peer.id == id) {
                let sent =
                    self.net.send(self.master_node(), slot, CONTROL_BYTES, Wire::Reply(reply));
                self.keep(sent);
            }
        }
    }

    fn keep(&mut self, sent: Result<(), Fault>) {
        if let Err(fault) = sent {
            self.fault.get_or_insert(fault);
        }
    }

    fn tell(&mut self, slot: u32, id: Id, ask: Ask) {
        let sent = self.net.send(slot, self.master_node(), CONTROL_BYTES, Wire::Ask(id, ask));
        self.keep(sent);
    }

    fn timer(&mut self, slot: u32, after: f64, wire: Wire) {
        let set = self.net.timer(slot, nanos(after), wire);
        self.keep(set);
    }

    fn acts(&mut self, slot: u32, acts: Vec<Act>) {
        let Some(id) = self.slots[slot as usize].as_ref().map(|life| life.peer.id) else { return };
        for act in acts {
            match act {
                Act::Tell(ask) => self.tell(slot, id, ask),
                Act::Send(to, word) => self.say(slot, id, to, word),
                Act::Measure(to) => self.measure(slot, id, to),
                Act::Serve { to, sequence, tensors } => {
                    self.serve(slot, id, to, sequence, &tensors)
                }
                Act::Take { sequence, tensors, updates, hashes } => {
                    self.take(slot, sequence, tensors, updates, &hashes);
                }
                Act::Back(with) => {
                    let mut wants = Vec::new();
                    let newest = self.accepted().map(|(_, l)| l.worker.updates).max().unwrap_or(0);
                    if let Some(life) = &mut self.slots[slot as usize] {
                        let unsynced = !self.set.recipe.syncs && self.set.naive.is_none();
                        if unsynced && with == Return::Joined {
                            // The count is a clock, not state: who joins unsynced counts with the others.
                            life.worker.updates = newest;
                        }
                        let world = life.peer.world() as u32;
                        life.worker.back(with, world, &self.set.recipe, &mut wants);
                    }
                    self.wants(slot, wants);
                }
            }
        }
    }

    /// Peers talk directly; to a life that has ended there is no connection.
    fn say(&mut self, slot: u32, id: Id, to: Id, word: Word) {
        let receiver = self.slot_of[to as usize];
        if self.slots[receiver as usize].as_ref().is_none_or(|life| life.peer.id != to) {
            return;
        }
        let bytes = self.size(&word);
        if let Word::Slice { step, .. } = &word
            && *step as usize + 1 == self.master.ring().len()
        {
            let picture = self.picture(false);
            self.album.show(picture);
        }
        let sent = self.net.send(slot, receiver, bytes, Wire::Word(id, word));
        self.keep(sent);
    }

    /// Numbers are scaled up to the size of a model that matters; heads are not.
    fn size(&self, word: &Word) -> u64 {
        let scaled = |bytes: usize| (bytes as f64 * self.set.size_scale) as u64;
        match word {
            Word::Slice { coded: Coded::Plain(values), .. } => scaled(4 * values.0.len()),
            Word::Slice { coded: Coded::U8 { q, .. }, .. } => 8 + scaled(q.len()),
            Word::Slice { coded: Coded::U16 { q, .. }, .. } => 8 + scaled(2 * q.len()),
            Word::Want { .. } => CONTROL_BYTES,
            Word::State { tensors, .. } => {
                scaled(tensors.iter().map(|(_, values)| 4 * values.0.len()).sum())
            }
        }
    }

    fn measure(&mut self, slot: u32, id: Id, to: Vec<Id>) {
        let peers = self.set.peers as usize;
        let place = |other: &Id| slot as usize * peers + self.slot_of[*other as usize] as usize;
        let cost: Vec<(Id, u64)> =
            to.iter().map(|other| (*other, self.cost[place(other)])).collect();
        let far = |other: &Id| {
            LATENCY_MS[self.site_of(slot)][self.site_of(self.slot_of[*other as usize])] / 1e3
        };
        let way = to.iter().map(far).fold(0.0, f64::max);
        let takes = if to.is_empty() { 0.0 } else { PROBE_SECONDS + 2.0 * way };
        self.timer(slot, takes, Wire::Measured(id, cost));
    }

    fn serve(&mut self, slot: u32, id: Id, to: Id, sequence: u32, tensors: &[u32]) {
        let Some(life) = &self.slots[slot as usize] else { return };
        let held = life.worker.tensors(self.set.recipe.what);
        let tensors = tensors
            .iter()
            .filter_map(|number| {
                Some((*number, engine::network::Floats(held.get(*number as usize)?.to_vec())))
            })
            .collect();
        let word = Word::State { sequence, tensors, updates: life.worker.updates };
        self.counts.fetched += 1;
        self.say(slot, id, to, word);
    }

    fn take(
        &mut self,
        slot: u32,
        sequence: u32,
        tensors: Vec<(u32, engine::network::Floats)>,
        updates: u32,
        hashes: &[u32],
    ) {
        let what = self.set.recipe.what;
        let betas = self.set.recipe.inner.betas;
        let checked: &[u32] = if self.set.hash_check { hashes } else { &[] };
        let mut acts = Vec::new();
        if let Some(life) = &mut self.slots[slot as usize] {
            let whole = life.worker.take(what, tensors, updates, checked);
            if what == Loop::Ddp {
                life.worker.age(betas);
            }
            life.peer.taken(sequence, whole, &mut acts);
        }
        self.acts(slot, acts);
    }

    fn wants(&mut self, slot: u32, wants: Vec<Want>) {
        let Some(id) = self.slots[slot as usize].as_ref().map(|life| life.peer.id) else { return };
        for want in wants {
            match want {
                Want::Call(call) => {
                    let mut acts = Vec::new();
                    if let Some(life) = &mut self.slots[slot as usize] {
                        life.peer.call(call, &mut acts);
                    }
                    self.acts(slot, acts);
                }
                Want::Compute(steps) => {
                    self.timer(
                        slot,
                        f64::from(steps) * self.set.compute_ms / 1e3,
                        Wire::Computed(id),
                    );
                }
                Want::Rest => self.timer(slot, REST_SECONDS, Wire::Rested),
                Want::LostSteps(steps) => self.counts.steps_lost += steps,
                Want::StateLost => {
                    self.stopped = Some("shared state lost: its last holder died".into())
                }
                Want::Applied | Want::Retry => {}
            }
        }
        self.look(slot);
    }

    fn computed(&mut self, slot: u32, id: Id) {
        let mut wants = Vec::new();
        if let Some(life) = &mut self.slots[slot as usize]
            && life.peer.id == id
            && life.worker.stage == Stage::Computing
        {
            let world = life.peer.world() as u32;
            let recipe = &self.set.recipe;
            life.worker.computed(world, recipe, &self.text.train, &mut self.space, &mut wants);
            self.counts.inner_steps +=
                u64::from(if recipe.what == Loop::Ddp { 1 } else { recipe.inner_steps });
        }
        self.wants(slot, wants);
    }

    /// What a peer is at, for the timeline.
    fn look(&mut self, slot: u32) {
        let activity = match &self.slots[slot as usize] {
            None => Activity::Dead,
            Some(life) if life.peer.phase == Phase::Registered => Activity::Waits,
            Some(life) => match (life.worker.stage, life.peer.state) {
                (Stage::Computing, _) => Activity::Computes,
                (Stage::Resting | Stage::Joining | Stage::Stopped, _) => Activity::Waits,
                (Stage::Syncing { .. }, _) | (_, State::VoteSync | State::Syncing) => {
                    Activity::Syncs
                }
                (_, State::Performing | State::VoteComplete) => Activity::Reduces,
                _ => Activity::Votes,
            },
        };
        self.album.mark(slot, activity, self.net.now());
    }

    /// The group as it stands at this moment.
    fn picture(&self, aborted: bool) -> Picture {
        let now = self.net.now();
        let flights = self
            .net
            .flights()
            .filter_map(|way| {
                let tone = match way.message {
                    Wire::Word(_, Word::Slice { .. }) => 0,
                    Wire::Word(..) => 5,
                    Wire::Reply(Reply::Abort { .. }) => 4,
                    Wire::Ask(..) | Wire::Reply(_) => 3,
                    _ => return None,
                };
                let share = (now - way.sent) as f32 / (way.arrives - way.sent).max(1) as f32;
                Some(lexicon::scene::Flight {
                    from: way.from,
                    to: way.to,
                    at: share.clamp(0.0, 1.0),
                    tone,
                })
            })
            .collect();
        let state = |slot: u32| match &self.slots[slot as usize] {
            None => 2,
            Some(life) if life.peer.phase == Phase::Registered => 1,
            Some(_) if aborted => 4,
            Some(_) => 0,
        };
        let progress = |slot: u32| {
            let life = self.slots[slot as usize].as_ref();
            life.map_or(0.1, |life| 0.3 + 0.7 * life.peer.progress().unwrap_or(0.0))
        };
        Picture {
            seconds: self.now(),
            aborted,
            tones: (0..self.set.peers).map(state).collect(),
            progress: (0..self.set.peers).map(progress).collect(),
            ring: self.ring(),
            flights,
        }
    }

    pub fn picture_now(&self) -> Picture {
        self.picture(false)
    }
}
