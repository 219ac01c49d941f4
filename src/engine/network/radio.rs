//! Packet radio: one channel, a range, and collisions. A node hears a packet if it is in the sender's range, sends
//! nothing itself meanwhile, and no other sender in its own range overlaps in time (no capture). Abramson's ALOHA:
//! with offered load G, the throughput is G e^(-2G) unslotted and G e^(-G) slotted, which the tests hold.

use super::sim::{Ledger, Nanos};
use crate::chance::Chance;
use lexicon::Fault;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Packets in the air (or just out of it) at once.
pub const PACKETS_MAX: usize = 100_000;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Packet {
    pub id: u32,
    pub from: u32,
    pub start: Nanos,
    pub end: Nanos,
    pub bytes: u64,
}

/// What became of a packet at one node in its sender's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Clearly,
    /// Another packet overlapped, or the node was sending itself.
    Collided,
    /// Lost to noise.
    Noise,
}

/// The air over a set of nodes in the plane.
#[derive(Debug)]
pub struct Radio {
    at: Vec<[f64; 2]>,
    range: f64,
    loss: f64,
    /// In order of their start.
    air: Vec<Packet>,
    longest: Nanos,
    next_id: u32,
    rng: ChaCha8Rng,
    /// Counted for each pair of a packet and a node in its range.
    ledger: Ledger,
}

impl Radio {
    pub fn new(at: Vec<[f64; 2]>, range: f64, loss: f64, chance: Chance, name: &str) -> Self {
        let rng = chance.at(name, &[]);
        Self {
            at,
            range,
            loss,
            air: Vec::new(),
            longest: 0,
            next_id: 0,
            rng,
            ledger: Ledger::default(),
        }
    }

    pub fn ledger(&self) -> Ledger {
        self.ledger
    }

    pub fn place(&mut self, node: u32, at: [f64; 2]) {
        self.at[node as usize] = at;
    }

    pub fn near(&self, a: u32, b: u32) -> bool {
        let (a, b) = (self.at[a as usize], self.at[b as usize]);
        let (x, y) = (a[0] - b[0], a[1] - b[1]);
        a != b && x * x + y * y <= self.range * self.range
    }

    pub fn in_range(&self, from: u32) -> Vec<u32> {
        (0..self.at.len() as u32).filter(|&to| to != from && self.near(from, to)).collect()
    }

    /// Puts a packet on the air. Starts come in order of time.
    pub fn transmit(
        &mut self,
        from: u32,
        start: Nanos,
        airtime: Nanos,
        bytes: u64,
    ) -> Result<Packet, Fault> {
        if self.air.len() >= PACKETS_MAX {
            let says = format!(
                "More than {PACKETS_MAX} packets in the air: fewer senders or shorter packets would work."
            );
            return Err(Fault::Limit(says));
        }
        assert!(
            self.air.last().is_none_or(|last| last.start <= start),
            "packets start in order of time"
        );
        let packet = Packet { id: self.next_id, from, start, end: start + airtime, bytes };
        self.next_id = self.next_id.wrapping_add(1);
        self.longest = self.longest.max(airtime);
        self.air.push(packet);
        let listeners = self.in_range(from).len() as u64;
        self.ledger.sent += listeners;
        self.ledger.in_flight += listeners;
        self.ledger.bytes_sent += listeners * bytes;
        self.ledger.bytes_in_flight += listeners * bytes;
        Ok(packet)
    }

    /// Who heard a packet that has ended; to be called once, when every packet that starts before its end is on the
    /// air. Nodes do not move while a packet is under way.
    pub fn resolve(&mut self, packet: &Packet) -> Vec<(u32, Heard)> {
        let overlaps: Vec<Packet> = self
            .air
            .iter()
            .filter(|other| {
                other.id != packet.id && other.start < packet.end && packet.start < other.end
            })
            .copied()
            .collect();
        let mut heard = Vec::new();
        for to in self.in_range(packet.from) {
            let hit = overlaps.iter().any(|other| other.from == to || self.near(other.from, to));
            let noise = self.loss > 0.0 && self.rng.random_bool(self.loss.clamp(0.0, 1.0));
            let what = match (hit, noise) {
                (true, _) => Heard::Collided,
                (false, true) => Heard::Noise,
                (false, false) => Heard::Clearly,
            };
            self.ledger.in_flight -= 1;
            self.ledger.bytes_in_flight -= packet.bytes;
            if what == Heard::Clearly {
                self.ledger.delivered += 1;
                self.ledger.bytes_delivered += packet.bytes;
            } else {
                self.ledger.lost += 1;
                self.ledger.bytes_lost += packet.bytes;
            }
            heard.push((to, what));
        }
        // What ended a longest airtime ago overlaps nothing that is still to be resolved.
        let old = packet.start.saturating_sub(2 * self.longest);
        self.air.retain(|other| other.end >= old);
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;

    /// Poisson starts of unit airtime; share of time slots in which a far receiver hears a packet clearly.
    fn throughput(load: f64, slotted: bool) -> f64 {
        let airtime = 1_000_000;
        let senders = 200u32;
        // Everybody in range of everybody; node 0 only listens.
        let at: Vec<[f64; 2]> = (0..=senders).map(|i| [f64::from(i) * 1e-3, 0.0]).collect();
        let mut radio = Radio::new(at, 1.0, 0.0, Chance::new(3), "air");
        let mut rng = Chance::new(4).at("starts", &[]);
        let (mut now, mut packets) = (0.0, Vec::new());
        for number in 0..20_000u32 {
            now += -math::ln_1p(-rng.random::<f64>()) / load;
            let start = if slotted { now.ceil() } else { now };
            let start = (start * airtime as f64) as Nanos;
            packets.push(radio.transmit(1 + number % senders, start, airtime, 1).unwrap());
            // Resolve what has ended, so that the air stays small.
            while packets.first().is_some_and(|p| p.end + airtime < start) {
                let packet = packets.remove(0);
                radio.resolve(&packet);
            }
        }
        for packet in packets {
            radio.resolve(&packet);
        }
        let ledger = radio.ledger();
        assert!(ledger.balances() && ledger.in_flight == 0);
        ledger.delivered as f64 / f64::from(senders) / now
    }

    #[test]
    fn throughput_is_that_of_aloha() {
        for load in [0.25, 0.5, 1.0] {
            let pure = throughput(load, false);
            let slotted = throughput(load, true);
            assert!((pure - load * math::exp(-2.0 * load)).abs() < 0.012, "pure at {load}: {pure}");
            assert!(
                (slotted - load * math::exp(-load)).abs() < 0.015,
                "slotted at {load}: {slotted}"
            );
        }
    }

    #[test]
    fn a_hidden_sender_collides_only_where_both_are_heard() {
        // 0 - 1 - 2 - 3 on a line, each in range of its neighbors.
        let at = (0..4).map(|i| [f64::from(i), 0.0]).collect();
        let mut radio = Radio::new(at, 1.0, 0.0, Chance::new(1), "air");
        let left = radio.transmit(0, 0, 10, 1).unwrap();
        let right = radio.transmit(2, 5, 10, 1).unwrap();
        assert_eq!(radio.resolve(&left), [(1, Heard::Collided)]);
        assert_eq!(radio.resolve(&right), [(1, Heard::Collided), (3, Heard::Clearly)]);
    }

    #[test]
    fn who_sends_does_not_hear_and_who_is_far_counts_nowhere() {
        let mut radio =
            Radio::new(vec![[0.0, 0.0], [1.0, 0.0], [9.0, 0.0]], 2.0, 0.0, Chance::new(1), "air");
        let first = radio.transmit(0, 0, 10, 1).unwrap();
        let second = radio.transmit(1, 0, 10, 1).unwrap();
        assert_eq!(radio.resolve(&first), [(1, Heard::Collided)]);
        assert_eq!(radio.resolve(&second), [(0, Heard::Collided)]);
        assert_eq!(radio.ledger().sent, 2);
    }
}
