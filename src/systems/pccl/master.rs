//! The master: control only, one transition at a time. Every operation starts and ends by the unanimous vote of the
//! accepted peers that live.

use super::protocol::{Ask, Id, Offer, Phase, Refusal, Reply};
use engine::chance::Chance;
use engine::network::tour;
use rand::seq::SliceRandom;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Vote {
    None,
    Accept,
    Optimize,
    Reduce,
    Sync(Offer),
    /// Has done its part of the operation under way.
    Done,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Member {
    phase: Phase,
    vote: Vote,
    asks_pending: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Operation {
    None,
    Connecting { joining: BTreeSet<Id> },
    Measuring,
    Reducing { sequence: u32, aborted: bool },
    Syncing { sequence: u32, revision: u32, whole: bool, sources: BTreeSet<Id> },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Master {
    members: BTreeMap<Id, Member>,
    /// The accepted peers in the order of the ring.
    ring: Vec<Id>,
    operation: Operation,
    sequence: u32,
    /// The revision agreed on last.
    revision: Option<u32>,
    /// Picoseconds a byte from one peer to another, as measured.
    cost: BTreeMap<(Id, Id), u64>,
    /// Rings in a random order (fixed by this number) instead of the best tour.
    random: Option<u64>,
    /// Whether hashes are compared at all.
    hash_check: bool,
}

impl Master {
    pub fn new(random: Option<u64>, hash_check: bool) -> Self {
        Self {
            members: BTreeMap::new(),
            ring: Vec::new(),
            operation: Operation::None,
            sequence: 0,
            revision: None,
            cost: BTreeMap::new(),
            random,
            hash_check,
        }
    }

    /// The accepted peers in the order of the ring.
    pub fn ring(&self) -> &[Id] {
        &self.ring
    }

    pub fn registered(&self) -> impl Iterator<Item = Id> {
        self.members.iter().filter(|(_, m)| m.phase == Phase::Registered).map(|(id, _)| *id)
    }

    /// A message from a peer. Replies are pushed to `out`.
    pub fn ask(&mut self, from: Id, ask: Ask, out: &mut Vec<(Id, Reply)>) {
        if ask == Ask::Hello {
            let member = Member { phase: Phase::Registered, vote: Vote::None, asks_pending: false };
            self.members.insert(from, member);
            return self.settle(out);
        }
        let Some(member) = self.members.get_mut(&from) else { return };
        match ask {
            Ask::Hello => {}
            Ask::Pending => member.asks_pending = true,
            Ask::Accept => member.vote = Vote::Accept,
            Ask::Optimize => member.vote = Vote::Optimize,
            Ask::Reduce => member.vote = Vote::Reduce,
            Ask::Sync { offer } => member.vote = Vote::Sync(offer),
            Ask::Connected => member.vote = Vote::Done,
            Ask::Measured { cost } => {
                member.vote = Vote::Done;
                self.cost.extend(cost.into_iter().map(|(to, cost)| ((from, to), cost)));
            }
            Ask::Complete { sequence, whole } => {
                if let Operation::Reducing { sequence: now, aborted } = &mut self.operation
                    && *now == sequence
                {
                    *aborted |= !whole;
                    member.vote = Vote::Done;
                }
            }
            Ask::Synced { sequence, whole: mine } => {
                if let Operation::Syncing { sequence: now, whole, .. } = &mut self.operation
                    && *now == sequence
                {
                    *whole &= mine;
                    member.vote = Vote::Done;
                }
            }
        }
        self.settle(out);
    }

    /// A peer's connection broke: whatever the group is at goes on, or is undone, without it.
    pub fn lost(&mut self, id: Id, out: &mut Vec<(Id, Reply)>) {
        if self.members.remove(&id).is_none() {
            return;
        }
        self.cost.retain(|(from, to), _| *from != id && *to != id);
        let accepted = self.ring.contains(&id);
        self.ring.retain(|other| *other != id);
        let undone = match &mut self.operation {
            Operation::Connecting { joining } => {
                joining.remove(&id);
                None
            }
            Operation::Reducing { sequence, aborted } if accepted && !*aborted => {
                *aborted = true;
                Some(*sequence)
            }
            Operation::Syncing { sequence, whole, sources, .. }
                if sources.contains(&id) && *whole =>
            {
                *whole = false;
                Some(*sequence)
            }
            _ => None,
        };
        if let Some(sequence) = undone {
            out.extend(self.ring.iter().map(|peer| (*peer, Reply::Abort { sequence })));
        }
        self.settle(out);
    }

    fn all(&self, vote: impl Fn(&Vote) -> bool) -> bool {
        !self.ring.is_empty() && self.ring.iter().all(|id| vote(&self.members[id].vote))
    }

    fn clear(&mut self) {
        self.members.values_mut().for_each(|m| m.vote = Vote::None);
    }

    fn to_ring(&self, reply: &Reply, out: &mut Vec<(Id, Reply)>) {
        out.extend(self.ring.iter().map(|id| (*id, reply.clone())));
    }

    /// Whatever all votes are in for happens now.
    fn settle(&mut self, out: &mut Vec<(Id, Reply)>) {
        if !self.ring.is_empty() && self.ring.iter().all(|id| self.members[id].asks_pending) {
            let any = self.registered().next().is_some();
            self.to_ring(&Reply::Pending { any, ring: self.ring.clone() }, out);
            self.members.values_mut().for_each(|m| m.asks_pending = false);
        }
        match &self.operation {
            Operation::None => self.begin(out),
            Operation::Connecting { joining } => {
                let done = |id: &Id| self.members[id].vote == Vote::Done;
                if self.ring.iter().all(done) && joining.iter().all(done) {
                    self.join(joining.clone(), out);
                }
            }
            _ if self.ring.is_empty() => {
                // Nobody is left to end what was begun.
                self.operation = Operation::None;
                self.clear();
                self.begin(out);
            }
            Operation::Measuring if self.all(|v| *v == Vote::Done) => {
                self.order();
                self.finish(Reply::Ring { ring: self.ring.clone() }, out);
            }
            Operation::Reducing { aborted, .. } if self.all(|v| *v == Vote::Done) => {
                let whole = !aborted;
                self.finish(Reply::Outcome { whole, ring: self.ring.clone() }, out);
            }
            Operation::Syncing { revision, whole, .. } if self.all(|v| *v == Vote::Done) => {
                self.agree(*revision, *whole, out);
            }
            _ => {}
        }
        if self.operation == Operation::None && self.ring.is_empty() {
            // Who came while the last of the others went is let in.
            self.begin(out);
        }
    }

    fn finish(&mut self, reply: Reply, out: &mut Vec<(Id, Reply)>) {
        self.operation = Operation::None;
        self.clear();
        self.to_ring(&reply, out);
    }

    /// Starts an operation that all accepted peers have voted for; with none accepted, whoever waits is accepted.
    fn begin(&mut self, out: &mut Vec<(Id, Reply)>) {
        let joining: BTreeSet<Id> = self.registered().collect();
        if (self.ring.is_empty() && !joining.is_empty()) || self.all(|v| *v == Vote::Accept) {
            self.clear();
            out.extend(self.ring.iter().chain(&joining).map(|id| (*id, Reply::Connect)));
            self.operation = Operation::Connecting { joining };
        } else if self.all(|v| *v == Vote::Optimize) {
            self.measure(out);
        } else if self.all(|v| *v == Vote::Reduce) {
            if self.ring.len() < 2 {
                // Alone there is nothing to reduce with.
                return self.finish(Reply::Outcome { whole: false, ring: self.ring.clone() }, out);
            }
            self.clear();
            self.sequence += 1;
            self.operation = Operation::Reducing { sequence: self.sequence, aborted: false };
            self.to_ring(
                &Reply::Commence { sequence: self.sequence, ring: self.ring.clone() },
                out,
            );
        } else if self.all(|v| matches!(v, Vote::Sync(_))) {
            self.elect(out);
        }
    }

    fn join(&mut self, joining: BTreeSet<Id>, out: &mut Vec<(Id, Reply)>) {
        for id in joining {
            if let Some(member) = self.members.get_mut(&id) {
                member.phase = Phase::Accepted;
                self.ring.push(id);
            }
        }
        if let Some(seed) = self.random {
            self.sequence += 1;
            self.ring.shuffle(&mut Chance::new(seed).at("ring at random", &[self.sequence]));
        }
        self.finish(Reply::Joined { ring: self.ring.clone() }, out);
    }

    /// Links that were never measured are measured now.
    fn measure(&mut self, out: &mut Vec<(Id, Reply)>) {
        self.clear();
        self.operation = Operation::Measuring;
        for from in &self.ring {
            let unknown = |to: &&Id| *to != from && !self.cost.contains_key(&(*from, **to));
            let to: Vec<Id> = self.ring.iter().filter(unknown).copied().collect();
            out.push((*from, Reply::Measure { to }));
        }
    }

    /// The tour with the least sum of 1 / bandwidth; in a random ring the order stays as drawn.
    fn order(&mut self) {
        if self.random.is_some() {
            return;
        }
        let mut peers = self.ring.clone();
        peers.sort_unstable();
        let pair = |i: usize| (peers[i / peers.len()], peers[i % peers.len()]);
        let cost: Vec<f64> = (0..peers.len() * peers.len())
            .map(|i| self.cost.get(&pair(i)).map_or(0.0, |picoseconds| *picoseconds as f64))
            .collect();
        self.ring = tour::best(&cost, peers.len()).iter().map(|i| peers[*i as usize]).collect();
    }

    /// The most popular set of hashes at the expected revision; who deviates fetches it.
    fn elect(&mut self, out: &mut Vec<(Id, Reply)>) {
        let offers: BTreeMap<Id, Offer> = self
            .ring
            .iter()
            .filter_map(|id| match &self.members[id].vote {
                Vote::Sync(offer) => Some((*id, offer.clone())),
                _ => None,
            })
            .collect();
        let voters = || offers.iter().filter(|(_, o)| !o.receive_only);
        let newest = voters().map(|(_, o)| o.revision).max();
        let expected = self.revision.map_or(newest.unwrap_or(0), |r| r + 1);
        let refusal = match newest {
            None => Some(Refusal::NobodyVotes),
            Some(given) if given > expected => Some(Refusal::RevisionJump { given, expected }),
            Some(given) if given < expected => Some(Refusal::NobodyVotes),
            Some(_) => None,
        };
        if let Some(why) = refusal {
            return self.finish(Reply::Refused { why }, out);
        }
        let mut sets: BTreeMap<Vec<u32>, Vec<Id>> = BTreeMap::new();
        for (id, offer) in voters().filter(|(_, o)| o.revision == expected) {
            let key = if self.hash_check { offer.hashes.clone() } else { Vec::new() };
            sets.entry(key).or_default().push(*id);
        }
        // Of equally popular sets the one of the oldest peer.
        let elected = sets.into_iter().max_by_key(|(_, ids)| (ids.len(), u32::MAX - ids[0]));
        let (hashes, sources) = elected.expect("somebody holds the expected revision");
        self.sequence += 1;
        self.clear();
        let mut fetching = BTreeSet::new();
        for (number, (id, offer)) in
            offers.iter().filter(|(id, _)| !sources.contains(id)).enumerate()
        {
            let differs = |i: &u32| hashes.get(*i as usize) != offer.hashes.get(*i as usize);
            let tensors: Vec<u32> = (0..offer.hashes.len() as u32).filter(differs).collect();
            if !tensors.is_empty() {
                let from = sources[number % sources.len()];
                fetching.insert(*id);
                let hashes = hashes.clone();
                out.push((*id, Reply::Fetch { sequence: self.sequence, from, tensors, hashes }));
            }
        }
        for (id, member) in &mut self.members {
            if !fetching.contains(id) {
                member.vote = Vote::Done;
            }
        }
        let sources = sources.into_iter().collect();
        self.operation = Operation::Syncing {
            sequence: self.sequence,
            revision: expected,
            whole: true,
            sources,
        };
        if fetching.is_empty() {
            self.agree(expected, true, out);
        }
    }

    fn agree(&mut self, revision: u32, whole: bool, out: &mut Vec<(Id, Reply)>) {
        if whole {
            self.revision = Some(revision);
        }
        self.finish(Reply::Agreed { revision, whole, ring: self.ring.clone() }, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(peers: Id) -> (Master, Vec<(Id, Reply)>) {
        let mut master = Master::new(None, true);
        let mut out = Vec::new();
        for id in 0..peers {
            master.ask(id, Ask::Hello, &mut out);
        }
        // The first is accepted alone; it then lets the others in.
        master.ask(0, Ask::Connected, &mut out);
        master.ask(0, Ask::Accept, &mut out);
        for id in 0..peers {
            master.ask(id, Ask::Connected, &mut out);
        }
        out.clear();
        (master, out)
    }

    fn offer(revision: u32, hash: u32) -> Offer {
        Offer { revision, hashes: vec![hash], receive_only: false }
    }

    fn sync(master: &mut Master, offers: &[(Id, Offer)]) -> Vec<(Id, Reply)> {
        let mut out = Vec::new();
        for (id, offer) in offers {
            master.ask(*id, Ask::Sync { offer: offer.clone() }, &mut out);
        }
        out
    }

    #[test]
    fn a_newcomer_waits_until_all_accepted_peers_let_it_in() {
        let (mut master, mut out) = group(2);
        master.ask(7, Ask::Hello, &mut out);
        assert_eq!(master.ring(), [0, 1]);
        master.ask(0, Ask::Accept, &mut out);
        assert!(out.is_empty());
        master.ask(1, Ask::Accept, &mut out);
        assert_eq!(out.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [0, 1, 7]);
        for id in [0, 1, 7] {
            master.ask(id, Ask::Connected, &mut out);
        }
        assert_eq!(master.ring(), [0, 1, 7]);
    }

    #[test]
    fn a_death_aborts_once_and_the_outcome_waits_for_all_survivors() {
        let (mut master, mut out) = group(3);
        for id in 0..3 {
            master.ask(id, Ask::Reduce, &mut out);
        }
        assert!(out.iter().all(|(_, r)| matches!(r, Reply::Commence { sequence: 1, .. })));
        out.clear();
        master.lost(1, &mut out);
        assert_eq!(out, [(0, Reply::Abort { sequence: 1 }), (2, Reply::Abort { sequence: 1 })]);
        out.clear();
        // One had finished before it heard of the abort: the operation is undone for it as well.
        master.ask(0, Ask::Complete { sequence: 1, whole: true }, &mut out);
        assert!(out.is_empty());
        master.ask(2, Ask::Complete { sequence: 1, whole: false }, &mut out);
        let ring = vec![0, 2];
        assert_eq!(out, [0, 2].map(|id| (id, Reply::Outcome { whole: false, ring: ring.clone() })));
    }

    #[test]
    fn the_most_popular_state_wins_and_who_deviates_fetches_it() {
        let (mut master, _) = group(3);
        let out = sync(&mut master, &[(0, offer(0, 5)), (1, offer(0, 9)), (2, offer(0, 9))]);
        let fetch = Reply::Fetch { sequence: 1, from: 1, tensors: vec![0], hashes: vec![9] };
        assert_eq!(out, [(0, fetch)]);
        let mut out = Vec::new();
        master.ask(0, Ask::Synced { sequence: 1, whole: true }, &mut out);
        assert!(
            out.iter().all(|(_, r)| matches!(r, Reply::Agreed { revision: 0, whole: true, .. }))
        );
        assert_eq!(out.len(), 3);
    }

    #[test]
    fn a_revision_may_move_on_by_one_and_receivers_have_no_say() {
        let (mut master, _) = group(2);
        sync(&mut master, &[(0, offer(4, 1)), (1, offer(4, 1))]);
        let out = sync(&mut master, &[(0, offer(6, 1)), (1, offer(5, 1))]);
        let why = Refusal::RevisionJump { given: 6, expected: 5 };
        assert_eq!(out[0].1, Reply::Refused { why });
        let silent = Offer { receive_only: true, ..offer(5, 2) };
        let out = sync(&mut master, &[(0, silent.clone()), (1, silent.clone())]);
        assert_eq!(out[0].1, Reply::Refused { why: Refusal::NobodyVotes });
        let out = sync(&mut master, &[(0, silent), (1, offer(5, 1))]);
        assert!(matches!(&out[..], [(0, Reply::Fetch { from: 1, .. })]));
    }

    #[test]
    fn a_source_that_dies_undoes_the_agreement() {
        let (mut master, _) = group(3);
        sync(&mut master, &[(0, offer(0, 9)), (1, offer(0, 9)), (2, offer(0, 5))]);
        let mut out = Vec::new();
        master.lost(0, &mut out);
        assert_eq!(out[0], (1, Reply::Abort { sequence: 1 }));
        out.clear();
        master.ask(2, Ask::Synced { sequence: 1, whole: false }, &mut out);
        assert!(out.iter().all(|(_, r)| matches!(r, Reply::Agreed { whole: false, .. })));
    }
}
