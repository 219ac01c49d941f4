//! Bulk transfers that share links: the fluid model. Every flow gets its max-min fair rate, found by progressive
//! filling (Bertsekas and Gallager, "Data Networks", 6.5.2): all rates rise together; a flow stops at its own cap, or
//! when a link on its way is full.

use super::sim::{Nanos, nanos, seconds};
use lexicon::Fault;

/// Flows at once.
pub const FLOWS_MAX: usize = 10_000;

#[derive(Clone, Debug)]
struct Flow {
    id: u32,
    links: Vec<u32>,
    cap: f64,
    left: f64,
    rate: f64,
}

/// Links with capacities and the transfers under way on them.
#[derive(Clone, Debug)]
pub struct Flows {
    /// Bytes a second of each link.
    capacity: Vec<f64>,
    flows: Vec<Flow>,
    now: Nanos,
    next_id: u32,
}

impl Flows {
    /// Bytes a second of each link; a link that carries nothing is refused.
    pub fn new(capacity: Vec<f64>) -> Result<Self, Fault> {
        match capacity.iter().find(|c| c.is_nan() || **c <= 0.0) {
            Some(bad) => Err(Fault::Limit(format!(
                "A link carries {bad} bytes a second: it needs more than 0."
            ))),
            None => Ok(Self { capacity, flows: Vec::new(), now: 0, next_id: 0 }),
        }
    }

    /// Begins a transfer at `now` over these links (each named once), never faster than `cap` bytes a second.
    pub fn begin(&mut self, now: Nanos, links: &[u32], bytes: f64, cap: f64) -> Result<u32, Fault> {
        if self.flows.len() >= FLOWS_MAX {
            let says =
                format!("More than {FLOWS_MAX} transfers at once: fewer senders would work.");
            return Err(Fault::Limit(says));
        }
        self.pass(now);
        let id = self.next_id;
        self.next_id += 1;
        self.flows.push(Flow { id, links: links.to_vec(), cap, left: bytes, rate: 0.0 });
        self.share();
        Ok(id)
    }

    /// Ends a transfer early; what it still had to carry, in bytes.
    pub fn cancel(&mut self, now: Nanos, id: u32) -> Option<f64> {
        self.pass(now);
        let place = self.flows.iter().position(|f| f.id == id)?;
        let left = self.flows.remove(place).left;
        self.share();
        Some(left)
    }

    /// The transfer that ends next, and when.
    pub fn peek(&self) -> Option<(Nanos, u32)> {
        let end = |f: &Flow| self.now.saturating_add(nanos(f.left / f.rate));
        self.flows.iter().filter(|f| f.rate > 0.0).map(|f| (end(f), f.id)).min()
    }

    /// Takes the transfer that ends next; the others speed up.
    pub fn take(&mut self) -> Option<(Nanos, u32)> {
        let (at, id) = self.peek()?;
        self.cancel(at, id);
        Some((at, id))
    }

    /// Bytes a second that a transfer gets now.
    pub fn rate(&self, id: u32) -> Option<f64> {
        self.flows.iter().find(|f| f.id == id).map(|f| f.rate)
    }

    fn pass(&mut self, now: Nanos) {
        let elapsed = seconds(now.saturating_sub(self.now));
        for flow in &mut self.flows {
            flow.left = (flow.left - flow.rate * elapsed).max(0.0);
        }
        self.now = self.now.max(now);
    }

    /// Progressive filling: at most one pass a flow, since each pass fixes at least one.
    fn share(&mut self) {
        let mut room = self.capacity.clone();
        let mut open: Vec<usize> = (0..self.flows.len()).collect();
        let mut level = 0.0;
        while !open.is_empty() {
            let mut users = vec![0u32; room.len()];
            for &flow in &open {
                for &link in &self.flows[flow].links {
                    users[link as usize] += 1;
                }
            }
            let links =
                users.iter().zip(&room).filter(|(u, _)| **u > 0).map(|(u, r)| r / f64::from(*u));
            let caps = open.iter().map(|&flow| self.flows[flow].cap - level);
            let rise = links.chain(caps).fold(f64::INFINITY, f64::min).max(0.0);
            level += rise;
            for (room, users) in room.iter_mut().zip(&users) {
                *room -= rise * f64::from(*users);
            }
            let full = |link: &u32| room[*link as usize] <= 1e-9 * self.capacity[*link as usize];
            let done: Vec<usize> = open
                .iter()
                .copied()
                .filter(|&f| self.flows[f].cap <= level || self.flows[f].links.iter().any(full))
                .collect();
            // An endless rate (no link, no cap) can only be fixed all at once.
            let fixed = if done.is_empty() { open.clone() } else { done };
            open.retain(|flow| !fixed.contains(flow));
            for flow in fixed {
                self.flows[flow].rate = level;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_flows_over_one_link_each_take_as_long_as_all_together() {
        let mut flows = Flows::new(vec![100.0]).unwrap();
        for _ in 0..4 {
            flows.begin(0, &[0], 50.0, f64::INFINITY).unwrap();
        }
        // 4 x 50 bytes at 100 bytes a second.
        for _ in 0..4 {
            assert_eq!(flows.take().unwrap().0, nanos(2.0));
        }
        assert_eq!(flows.take(), None);
    }

    #[test]
    fn the_textbook_line_of_links_gets_its_max_min_rates() {
        // One long flow over three links of 1, 1 and 2; a short one on the first and third each, two on the second.
        let mut flows = Flows::new(vec![1.0, 1.0, 2.0]).unwrap();
        let all: Vec<u32> = [&[0, 1, 2][..], &[0], &[1], &[1], &[2]]
            .iter()
            .map(|links| flows.begin(0, links, 1.0, f64::INFINITY).unwrap())
            .collect();
        let rates: Vec<f64> = all.iter().map(|id| flows.rate(*id).unwrap()).collect();
        for (got, want) in rates.iter().zip([1.0 / 3.0, 2.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 5.0 / 3.0])
        {
            assert!((got - want).abs() < 1e-9, "{rates:?}");
        }
    }

    #[test]
    fn a_cap_leaves_the_rest_to_others_and_a_cancel_gives_it_back() {
        let mut flows = Flows::new(vec![10.0]).unwrap();
        let slow = flows.begin(0, &[0], 100.0, 2.0).unwrap();
        let fast = flows.begin(0, &[0], 100.0, f64::INFINITY).unwrap();
        assert_eq!((flows.rate(slow), flows.rate(fast)), (Some(2.0), Some(8.0)));
        assert_eq!(flows.cancel(nanos(5.0), slow), Some(90.0));
        assert_eq!(flows.rate(fast), Some(10.0));
        // 40 of 100 bytes passed in 5 s, the other 60 take 6 s.
        assert_eq!(flows.take(), Some((nanos(11.0), fast)));
    }

    #[test]
    fn a_link_without_bandwidth_is_refused_in_words() {
        assert!(Flows::new(vec![1.0, 0.0]).unwrap_err().to_string().contains("more than 0"));
    }
}
