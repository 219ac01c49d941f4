//! Who works on what. Seats are workers; this decides, purely, what to post to which, and when one counts as lost.
//!
//! All runs that a person watches start at once, spread over the seats; a seat takes one background run (a further
//! seed, a trial of a claim) beside them. Runs are the same to the bit when repeated, so the runs of a lost seat are
//! started again once on a new one; a run that loses two seats has failed.

use lexicon::wire::{FromWorker, ToWorker, Watch};
use lexicon::{Device, Fault, Job, Minds, Scenario, Table};
use std::collections::VecDeque;

/// A seat that has work and says nothing for so long is lost. The rule for systems is to breathe every 250 ms; this
/// leaves room for a slow machine.
pub const SILENCE_MAX_MS: f64 = 8_000.0;
/// Runs waiting at most; a claim or a sweep hands them over in slices.
pub const QUEUE_MAX: usize = 4_096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    Stage,
    Band,
    Trial,
}

#[derive(Clone, Debug)]
pub struct Want {
    pub run: u32,
    pub scenario: Scenario,
    pub job: Job,
    pub until: u32,
    pub watch: Watch,
    pub rank: Rank,
    pub minds: Minds,
    pub device: Device,
}

/// What the browser side has to do.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful at a time, and gone at once")]
pub enum Order {
    Spawn { seat: u32 },
    Kill { seat: u32 },
    Post { seat: u32, message: ToWorker },
}

#[derive(Debug)]
struct Seat {
    id: u32,
    ready: bool,
    heard_ms: f64,
}

#[derive(Debug)]
struct Active {
    want: Want,
    seat: u32,
    round: u32,
    losses: u32,
}

#[derive(Debug, Default)]
pub struct Pool {
    seats: Vec<Seat>,
    seats_max: usize,
    next_seat: u32,
    /// Waiting, by rank and then in order of arrival; with the seats each has lost before.
    queue: VecDeque<(Want, u32)>,
    active: Table<u32, Active>,
    judging: VecDeque<ToWorker>,
}

impl Pool {
    pub fn new(seats_max: usize) -> Self {
        Self { seats_max: seats_max.clamp(1, 8), ..Self::default() }
    }

    pub fn submit(&mut self, want: Want, now_ms: f64) -> Vec<Order> {
        if self.queue.len() >= QUEUE_MAX {
            return Vec::new();
        }
        let place = self.queue.partition_point(|(w, _)| w.rank <= want.rank);
        self.queue.insert(place, (want, 0));
        self.place(now_ms)
    }

    /// A question that any seat may answer: to judge a claim, to look at a file.
    pub fn judge(&mut self, message: ToWorker, now_ms: f64) -> Vec<Order> {
        self.judging.push_back(message);
        self.place(now_ms)
    }

    pub fn allow(&mut self, run: u32, until: u32, watch: Watch, now_ms: f64) -> Vec<Order> {
        if let Some((want, _)) = self.queue.iter_mut().find(|(w, _)| w.run == run) {
            want.until = want.until.max(until);
            want.watch = watch;
            return Vec::new();
        }
        let Some(active) = self.active.get_mut(&run) else { return Vec::new() };
        let idle = active.round >= active.want.until;
        active.want.until = active.want.until.max(until);
        active.want.watch = watch;
        let seat = active.seat;
        if idle && let Some(seat) = self.seats.iter_mut().find(|s| s.id == seat) {
            seat.heard_ms = now_ms;
        }
        vec![Order::Post { seat, message: ToWorker::Allow { run, until, watch } }]
    }

    pub fn stop(&mut self, run: u32, now_ms: f64) -> Vec<Order> {
        self.queue.retain(|(w, _)| w.run != run);
        let mut orders = Vec::new();
        if let Some(active) = self.active.remove(&run) {
            orders.push(Order::Post { seat: active.seat, message: ToWorker::Stop { run } });
        }
        orders.extend(self.place(now_ms));
        orders
    }

    /// A message has come from a seat: keeps the books and hands out what is waiting.
    pub fn heard(&mut self, seat: u32, message: &FromWorker, now_ms: f64) -> Vec<Order> {
        let Some(known) = self.seats.iter_mut().find(|s| s.id == seat) else { return Vec::new() };
        known.heard_ms = now_ms;
        match message {
            FromWorker::Ready { .. } => known.ready = true,
            FromWorker::Rounds { run, rounds, .. } => {
                if let (Some(active), Some(last)) = (self.active.get_mut(run), rounds.last()) {
                    active.round = last.index;
                }
            }
            FromWorker::Finished { run } | FromWorker::Failed { run, .. } => {
                self.active.remove(run);
            }
            FromWorker::Judged { .. }
            | FromWorker::Asks { .. }
            | FromWorker::Opened { .. }
            | FromWorker::Looked { .. }
            | FromWorker::Ask { .. }
            | FromWorker::Device { .. }
            | FromWorker::Crashed { .. } => {}
        }
        self.place(now_ms)
    }

    /// A seat has crashed. Its runs start again elsewhere once; those that were lost before are failed and returned.
    pub fn lost(&mut self, seat: u32, now_ms: f64) -> (Vec<Order>, Vec<(u32, Fault)>) {
        let before = self.seats.len();
        self.seats.retain(|s| s.id != seat);
        if self.seats.len() == before {
            return (Vec::new(), Vec::new());
        }
        let mut failed = Vec::new();
        let runs: Vec<u32> =
            self.active.iter().filter(|(_, a)| a.seat == seat).map(|(run, _)| *run).collect();
        for run in runs {
            let Some(active) = self.active.remove(&run) else { continue };
            if active.losses > 0 {
                let says = "The worker of this run stopped twice; the run was given up. The link of this page reproduces it.";
                failed.push((run, Fault::Device(says.into())));
                continue;
            }
            let place = self.queue.partition_point(|(w, _)| w.rank < active.want.rank);
            self.queue.insert(place, (active.want, active.losses + 1));
        }
        let mut orders = vec![Order::Kill { seat }];
        orders.extend(self.place(now_ms));
        (orders, failed)
    }

    /// Seats that have work and have been silent for too long.
    pub fn silent(&self, now_ms: f64) -> Vec<u32> {
        let works = |seat: &Seat| {
            !seat.ready
                || self.active.values().any(|a| {
                    a.seat == seat.id && a.round < a.want.until.min(a.want.scenario.rounds)
                })
        };
        self.seats
            .iter()
            .filter(|s| works(s) && now_ms - s.heard_ms > SILENCE_MAX_MS)
            .map(|s| s.id)
            .collect()
    }

    /// A seat that waits for the connected model is not late.
    pub fn excuse(&mut self, seat: u32, now_ms: f64) {
        if let Some(seat) = self.seats.iter_mut().find(|s| s.id == seat) {
            seat.heard_ms = now_ms;
        }
    }

    /// After a stretch in which the page itself slept (a frozen tab), nobody is late.
    pub fn forgive(&mut self, now_ms: f64) {
        for seat in &mut self.seats {
            seat.heard_ms = now_ms;
        }
    }

    pub fn working(&self) -> usize {
        self.active.len() + self.queue.len()
    }

    fn place(&mut self, now_ms: f64) -> Vec<Order> {
        let mut orders = Vec::new();
        while self.seats.len() < self.seats_max && self.seats.len() < self.working().max(1) {
            self.next_seat += 1;
            self.seats.push(Seat { id: self.next_seat, ready: false, heard_ms: now_ms });
            orders.push(Order::Spawn { seat: self.next_seat });
        }
        if let Some(seat) = self.seats.iter().find(|s| s.ready).map(|s| s.id) {
            orders.extend(self.judging.drain(..).map(|message| Order::Post { seat, message }));
        }
        while let Some((want, _)) = self.queue.front()
            && let Some(seat) = self.free_seat(want)
            && let Some((want, losses)) = self.queue.pop_front()
        {
            if let Some(seat) = self.seats.iter_mut().find(|s| s.id == seat) {
                seat.heard_ms = now_ms;
            }
            let message = ToWorker::Start {
                run: want.run,
                scenario: want.scenario.clone(),
                job: want.job.clone(),
                until: want.until,
                watch: want.watch,
                minds: want.minds,
                device: want.device,
            };
            orders.push(Order::Post { seat, message });
            self.active.insert(want.run, Active { want, seat, round: 0, losses });
        }
        orders
    }

    /// A watched run goes to the ready seat with the fewest of them; any other to one that has none of its sort. All
    /// that are on the GPU share a seat: the device is what they wait for.
    fn free_seat(&self, want: &Want) -> Option<u32> {
        let rank = want.rank;
        let there = self.active.values().find(|a| a.want.device == Device::Gpu);
        let there = there.filter(|_| want.device == Device::Gpu).map(|a| a.seat);
        let count = |seat: &Seat| {
            self.active
                .values()
                .filter(|a| {
                    a.seat == seat.id && (a.want.rank == Rank::Stage) == (rank == Rank::Stage)
                })
                .count()
        };
        let fits = |seat: &&Seat| seat.ready && there.is_none_or(|there| there == seat.id);
        let fewest = self.seats.iter().filter(fits).min_by_key(|s| (count(s), s.id))?;
        (rank == Rank::Stage || count(fewest) == 0).then_some(fewest.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicon::Round;
    use serde_json::Map;

    fn want(run: u32, rank: Rank) -> Want {
        let scenario = Scenario {
            system: "s".into(),
            version: 1,
            arms: vec!["a".into()],
            seed: 1,
            seeds: 1,
            rounds: 10,
            params: Map::new(),
            data: None,
        };
        let job = Job { arm: "a".into(), seed: run };
        let (watch, minds, device) = (Watch::Nothing, Minds::Surrogate, Device::Cpu);
        Want { run, scenario, job, until: 10, watch, rank, minds, device }
    }

    fn ready() -> FromWorker {
        FromWorker::Ready { build: String::new() }
    }

    fn started(orders: &[Order]) -> Vec<u32> {
        let start = |o: &Order| match o {
            Order::Post { message: ToWorker::Start { run, .. }, .. } => Some(*run),
            _ => None,
        };
        orders.iter().filter_map(start).collect()
    }

    #[test]
    fn watched_runs_start_together_and_background_runs_one_at_a_time() {
        let mut pool = Pool::new(1);
        for (run, rank) in [(1, Rank::Trial), (2, Rank::Stage), (3, Rank::Stage), (4, Rank::Band)] {
            pool.submit(want(run, rank), 0.0);
        }
        assert_eq!(started(&pool.heard(1, &ready(), 1.0)), [2, 3, 4]);
        assert_eq!(started(&pool.heard(1, &FromWorker::Finished { run: 2 }, 2.0)), [0u32; 0]);
        assert_eq!(started(&pool.heard(1, &FromWorker::Finished { run: 4 }, 3.0)), [1]);
    }

    #[test]
    fn a_lost_seat_is_replaced_and_its_runs_start_again_once() {
        let mut pool = Pool::new(1);
        pool.submit(want(1, Rank::Stage), 0.0);
        pool.heard(1, &ready(), 0.0);
        assert!(pool.silent(SILENCE_MAX_MS).is_empty());
        assert_eq!(pool.silent(SILENCE_MAX_MS + 1.0), [1]);
        let (orders, failed) = pool.lost(1, 9_000.0);
        assert!(failed.is_empty());
        assert!(matches!(orders[..], [Order::Kill { seat: 1 }, Order::Spawn { seat: 2 }]));
        assert_eq!(started(&pool.heard(2, &ready(), 9_100.0)), [1]);
        let (_, failed) = pool.lost(2, 30_000.0);
        assert_eq!(failed.len(), 1);
        assert_eq!(pool.working(), 0);
    }

    #[test]
    fn a_run_that_waits_for_permission_is_not_silent() {
        let mut pool = Pool::new(1);
        let mut paused = want(1, Rank::Stage);
        paused.until = 3;
        pool.submit(paused, 0.0);
        pool.heard(1, &ready(), 0.0);
        let round = Round { index: 3, ..Round::default() };
        pool.heard(1, &FromWorker::Rounds { run: 1, rounds: vec![round], scenes: vec![] }, 5.0);
        assert!(pool.silent(1e9).is_empty());
        assert_eq!(pool.allow(1, 6, Watch::Every, 1e9).len(), 1);
        assert!(pool.silent(1e9 + 10.0).is_empty());
        assert_eq!(pool.silent(1e9 + SILENCE_MAX_MS + 1.0), [1]);
    }

    #[test]
    fn runs_on_the_gpu_share_a_seat() {
        let mut pool = Pool::new(3);
        for run in 1..=3 {
            pool.submit(Want { device: Device::Gpu, ..want(run, Rank::Stage) }, 0.0);
        }
        pool.submit(want(4, Rank::Stage), 0.0);
        let mut seats = Vec::new();
        for seat in 1..=3 {
            for order in pool.heard(seat, &ready(), 0.0) {
                if let Order::Post { seat, message: ToWorker::Start { run, .. } } = order {
                    seats.push((run, seat));
                }
            }
        }
        assert!(seats[..3].iter().all(|(_, seat)| *seat == seats[0].1), "{seats:?}");
    }

    #[test]
    fn a_stopped_run_leaves_the_books() {
        let mut pool = Pool::new(2);
        pool.submit(want(1, Rank::Stage), 0.0);
        pool.heard(1, &ready(), 0.0);
        assert!(matches!(
            pool.stop(1, 1.0)[..],
            [Order::Post { message: ToWorker::Stop { run: 1 }, .. }]
        ));
        assert_eq!(pool.working(), 0);
    }
}
