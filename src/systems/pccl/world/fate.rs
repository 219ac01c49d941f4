//! Who lives and dies: arrivals, deaths, and the end and new start of everybody where nobody can be missed.

use super::sites::{EAST, LATENCY_MS};
use super::{Life, Wire, World};
use crate::pccl::master::Master;
use crate::pccl::peer::Peer;
use crate::pccl::protocol::{Id, Phase};
use crate::pccl::worker::Worker;
use engine::network::Happening;

impl World {
    /// A new life in this slot.
    pub(super) fn rise(&mut self, slot: u32, newcomer: bool) {
        let id = self.slot_of.len() as Id;
        self.slot_of.push(slot);
        let (peer, hello) = Peer::new(id, self.set.codec, self.set.owner_decodes);
        let worker = Worker::new(slot, self.opening.clone(), newcomer);
        self.slots[slot as usize] = Some(Life { peer, worker });
        self.tell(slot, id, hello);
        self.count_living();
        self.look(slot);
    }

    fn fall(&mut self, slot: u32) {
        let Some(life) = self.slots[slot as usize].take() else { return };
        self.net.kill(slot);
        let way = LATENCY_MS[self.site_of(slot)][EAST] / 1e3;
        let id = life.peer.id;
        let master = self.master_node();
        self.timer(master, way, Wire::Broken(id));
        self.counts.died += 1;
        self.count_living();
        self.look(slot);
    }

    fn count_living(&mut self) {
        let few = self.slots.iter().flatten().count() < 2;
        self.alone_since = if few { self.alone_since.or(Some(self.net.now())) } else { None };
    }

    /// Whether the group's state would live on in this peer; `agreed`: the group has agreed on one.
    fn holds_state(&self, life: &Life, agreed: bool) -> bool {
        match (self.set.recipe.syncs, agreed) {
            (false, _) => life.peer.phase == Phase::Accepted,
            (true, true) => life.worker.has_agreed(),
            (true, false) => !life.worker.is_newcomer(),
        }
    }

    /// Churn: a death or an arrival.
    pub(super) fn strike(&mut self) {
        let Some((_, what, whom)) = self.churn.take() else { return };
        let pick = |of: &[u32]| of.get((whom * of.len() as f64) as usize).copied();
        match what {
            Happening::Death => {
                let living = |slot: &u32| self.slots[*slot as usize].is_some();
                let agreed = self.slots.iter().flatten().any(|life| life.worker.has_agreed());
                let holds = |slot: &u32| {
                    self.slots[*slot as usize]
                        .as_ref()
                        .is_some_and(|life| self.holds_state(life, agreed))
                };
                let slots: Vec<u32> = (0..self.set.peers).filter(living).collect();
                let spare =
                    slots.iter().filter(|s| holds(s)).count() > self.set.survivors_min as usize;
                let naive = self.set.naive.is_some();
                let slots: Vec<u32> =
                    slots.into_iter().filter(|s| naive || spare || !holds(s)).collect();
                if let Some(slot) = pick(&slots) {
                    self.fall(slot);
                    if naive {
                        self.collapse();
                    }
                }
            }
            Happening::Arrival => {
                let empty: Vec<u32> =
                    (0..self.set.peers).filter(|s| self.slots[*s as usize].is_none()).collect();
                if let Some(slot) = pick(&empty) {
                    self.net.revive(slot);
                    self.rise(slot, true);
                    self.counts.joined += 1;
                }
            }
        }
    }

    /// Classic collectives know no survivors: all processes end, and start again together.
    fn collapse(&mut self) {
        let Some((restart_seconds, _)) = self.set.naive else { return };
        for slot in 0..self.set.peers {
            if self.slots[slot as usize].take().is_some() {
                self.net.kill(slot);
            }
            self.look(slot);
        }
        self.alone_since = None;
        self.counts.steps_lost +=
            (self.updates - self.checkpoint.2 + 1) * self.set.recipe.inner_steps;
        self.updates = self.checkpoint.2;
        if !self.restarting {
            self.restarting = true;
            let master = self.master_node();
            self.timer(master, restart_seconds, Wire::Restart);
        }
    }

    pub(super) fn restart(&mut self) {
        self.restarting = false;
        self.master = Master::new(None, self.set.hash_check);
        for slot in 0..self.set.peers {
            self.net.revive(slot);
            self.rise(slot, false);
            let (weights, velocity, updates) = self.checkpoint.clone();
            if let Some(life) = &mut self.slots[slot as usize] {
                life.worker.restore(weights, velocity, updates);
            }
        }
    }
}
