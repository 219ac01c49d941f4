//! The loop of a seat: obey what came, step what may go on, post what is new. It never works longer than
//! `SLICE_MS` without letting messages in, and posts in batches every `BATCH_MS`.

use crate::devices::{self, Alive, Devices, Trial};
use engine::data::own::{Desk, look};
use engine::run::{Asker, Breath, Host, Run, Starter, judge::judge, start};
use lexicon::wire::{FromWorker, Opening, ToWorker, Watch, js};
use lexicon::{
    Answer, Device, Entry, Fault, Flow, Job, Minds, Prompt, Results, Round, Scenario, Scene,
    Verdict, find,
};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

const SLICE_MS: f64 = 8.0;
const BATCH_MS: f64 = 50.0;
/// While a long round breathes, the page hears from us this often.
const ALIVE_MS: f64 = 500.0;
/// Pictures in one message at most.
const SCENES_MAX: usize = 48;

pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().dyn_into().expect("the engine runs in a dedicated worker")
}

pub(crate) fn post(message: &FromWorker) {
    // The page may be gone; then nobody misses it.
    let _ = scope().post_message(&js::encode(message));
}

/// A panic is a bug of ours; the page replaces this seat.
pub fn crashed(says: &str) {
    post(&FromWorker::Crashed { says: says.to_string() });
}

pub(crate) fn now_ms() -> f64 {
    scope().performance().map_or(0.0, |p| p.now())
}

/// A run under way and what of it the page has not got yet.
struct Active {
    id: u32,
    run: Run,
    until: u32,
    watch: Watch,
    rounds: Vec<Round>,
    scenes: Vec<(u32, Vec<Scene>)>,
    /// A step of it may wait long for the connected model.
    asks: bool,
    /// While it is measured against the GPU.
    trial: Option<Trial>,
}

impl Active {
    fn may_go_on(&self) -> bool {
        self.run.round() < self.until
    }

    fn flush(&mut self) {
        if self.rounds.is_empty() && self.scenes.is_empty() {
            return;
        }
        if self.watch == Watch::Newest {
            self.scenes = vec![(self.run.round(), self.run.scenes())];
        }
        let (rounds, scenes) = (std::mem::take(&mut self.rounds), std::mem::take(&mut self.scenes));
        post(&FromWorker::Rounds { run: self.id, rounds, scenes });
    }
}

struct Seat {
    catalogue: &'static [Entry],
    starters: &'static [Starter],
    active: Vec<Active>,
    /// Whose turn it is among the runs that may go on.
    turn: usize,
    lent: Host,
    asker: Asker,
    devices: Devices,
    desk: Desk,
    /// The run that is being stepped, for the sign of life of a long round.
    stepping: Rc<Cell<u32>>,
}

pub async fn serve(catalogue: &'static [Entry], starters: &'static [Starter], build: &'static str) {
    let inbox = Inbox::open();
    let stepping = Rc::new(Cell::new(0));
    let lent = Host { breath: Some(breath(stepping.clone())), ..Host::default() };
    let asker = asker(stepping.clone(), inbox.answers.clone());
    let devices = Devices::default();
    let desk = Desk::default();
    let active = Vec::new();
    let mut seat =
        Seat { catalogue, starters, active, turn: 0, lent, asker, devices, desk, stepping };
    post(&FromWorker::Ready { build: build.to_string() });
    let mut posted_ms = now_ms();
    let mut slice_ms = now_ms();
    loop {
        for message in inbox.take() {
            seat.obey(message).await;
        }
        let Some(at) = seat.next() else {
            seat.active.iter_mut().for_each(Active::flush);
            inbox.wait().await;
            slice_ms = now_ms();
            continue;
        };
        if seat.active[at].asks {
            seat.active.iter_mut().for_each(Active::flush);
        }
        seat.step(at).await;
        let now = now_ms();
        if now - posted_ms > BATCH_MS {
            seat.active.iter_mut().for_each(Active::flush);
            posted_ms = now;
        }
        if now - slice_ms > SLICE_MS {
            macrotask().await;
            slice_ms = now_ms();
        }
    }
}

impl Seat {
    async fn obey(&mut self, message: ToWorker) {
        match message {
            ToWorker::Start { run, scenario, job, until, watch, minds, device } => {
                self.start(run, scenario, job, until, watch, minds, device).await
            }
            ToWorker::Allow { run, until, watch } => {
                if let Some(active) = self.active.iter_mut().find(|a| a.id == run) {
                    active.until = until;
                    active.watch = watch;
                }
            }
            ToWorker::Stop { run } => self.active.retain(|a| a.id != run),
            ToWorker::Judge { ticket, system, claim, results } => {
                let verdict = self.judge(&system, &claim, &results);
                post(&FromWorker::Judged { ticket, verdict });
            }
            ToWorker::Open { ticket, link } => {
                let opened = Opening::read(&link, self.catalogue);
                post(&FromWorker::Opened { ticket, opened });
            }
            ToWorker::File { sha256, bytes } => self.desk.put(sha256, bytes),
            ToWorker::Look { ticket, format, bytes } => {
                let look = look(&bytes, format);
                post(&FromWorker::Looked { ticket, look });
            }
            ToWorker::Asks { ticket, scenario } => {
                let entry = find(self.catalogue, &scenario.system);
                let asks = entry.and_then(|entry| (entry.asks)(&scenario));
                post(&FromWorker::Asks { ticket, asks });
            }
            // Taken by the inbox: a run waits for it.
            ToWorker::Answer { .. } => {}
        }
    }

    async fn start(
        &mut self,
        id: u32,
        scenario: Scenario,
        job: Job,
        until: u32,
        watch: Watch,
        minds: Minds,
        device: Device,
    ) {
        let asks = minds == Minds::Connected;
        let gpu = match device {
            Device::Gpu => Some(self.devices.gpu().await),
            Device::Auto | Device::Cpu => None,
        };
        let own = match scenario.data.as_ref().map(|own| self.desk.samples(own)).transpose() {
            Ok(own) => own,
            Err(fault) => return post(&FromWorker::Failed { run: id, fault }),
        };
        let mut lent = Host { asker: asks.then(|| self.asker.clone()), ..self.lent.clone() };
        lent.own = own.clone();
        lent.gpu = gpu.as_ref().and_then(|gpu| gpu.as_ref().ok().cloned());
        match start(self.starters, &scenario, &job, lent) {
            Ok(run) => {
                let scenes =
                    if watch == Watch::Nothing { Vec::new() } else { vec![(0, run.scenes())] };
                let rounds = Vec::new();
                if let Some(gpu) = gpu {
                    devices::tell_wished(id, &run, &gpu);
                }
                let measured = device == Device::Auto && run.has_kernels() && !asks;
                let trial = measured.then(|| Trial::new(scenario, job, own));
                self.active.push(Active { id, run, until, watch, rounds, scenes, asks, trial });
            }
            Err(fault) => post(&FromWorker::Failed { run: id, fault }),
        }
    }

    fn judge(&self, system: &str, claim: &str, results: &Results) -> Result<Verdict, Fault> {
        let unknown = || Fault::UnknownSystem { given: system.to_string(), nearest: Vec::new() };
        let sheet = (find(self.catalogue, system).ok_or_else(unknown)?.sheet)();
        let claim = sheet.card.claims.iter().find(|c| c.id == claim).ok_or_else(unknown)?;
        judge(&sheet, claim, results)
    }

    /// The run whose turn it is: watched ones first, each in turn.
    fn next(&mut self) -> Option<usize> {
        let count = self.active.len();
        let places = (0..count).map(|i| (self.turn + i) % count.max(1));
        let ready: Vec<usize> = places.filter(|at| self.active[*at].may_go_on()).collect();
        let watched = ready.iter().find(|at| self.active[**at].watch != Watch::Nothing);
        let at = *watched.or(ready.first())?;
        self.turn = at + 1;
        Some(at)
    }

    async fn step(&mut self, at: usize) {
        let active = &mut self.active[at];
        self.stepping.set(active.id);
        let on_gpu = active.run.on_gpu();
        let alive = on_gpu.then(|| Alive::sign(active.id));
        let started_ms = now_ms();
        let stepped = active.run.step().await;
        drop(alive);
        if on_gpu && !active.run.on_gpu() {
            devices::tell_lost(active.id);
        }
        match stepped {
            Ok((round, flow)) => {
                let spent_ms = now_ms() - started_ms;
                let trial = active.trial.take_if(|trial| trial.done(round.index, spent_ms));
                if active.watch == Watch::Every && active.scenes.len() < SCENES_MAX {
                    active.scenes.push((round.index, active.run.scenes()));
                }
                active.rounds.push(round);
                if active.scenes.len() >= SCENES_MAX {
                    active.flush();
                }
                if let Some(trial) = trial {
                    active.flush();
                    let id = active.id;
                    let _alive = Alive::sign(id);
                    self.devices.measure(id, trial, self.starters, &self.lent).await;
                }
                if flow == Flow::Done {
                    let mut ended = self.active.swap_remove(at);
                    ended.flush();
                    post(&FromWorker::Finished { run: ended.id });
                }
            }
            Err(fault) => {
                let mut ended = self.active.swap_remove(at);
                ended.flush();
                post(&FromWorker::Failed { run: ended.id, fault });
            }
        }
    }
}

/// Between slices of a long round: lets messages in, and shows the page that we live.
fn breath(stepping: Rc<Cell<u32>>) -> Breath {
    let last_ms = Rc::new(Cell::new(0.0));
    Rc::new(move || {
        let (stepping, last_ms) = (stepping.clone(), last_ms.clone());
        Box::pin(async move {
            macrotask().await;
            if now_ms() - last_ms.get() > ALIVE_MS {
                last_ms.set(now_ms());
                post(&FromWorker::Rounds {
                    run: stepping.get(),
                    rounds: Vec::new(),
                    scenes: Vec::new(),
                });
            }
        })
    })
}

/// Replies by ticket: none yet, or what came; and who is woken by the next one.
#[derive(Default)]
struct Answers {
    by_ticket: BTreeMap<u32, Option<Result<Answer, Fault>>>,
    last_ticket: u32,
    wake: Option<js_sys::Function>,
}

impl Answers {
    fn take(&mut self, ticket: u32, answer: Result<Answer, Fault>) {
        // One that nobody has asked for is not for us.
        if let Some(place) = self.by_ticket.get_mut(&ticket) {
            *place = Some(answer);
            if let Some(wake) = self.wake.take() {
                let _ = wake.call0(&JsValue::NULL);
            }
        }
    }
}

/// The way to the connected model: the page has it, the seat only asks and waits.
fn asker(stepping: Rc<Cell<u32>>, answers: Rc<RefCell<Answers>>) -> Asker {
    Rc::new(move |prompts: Vec<Prompt>| {
        let (run, answers) = (stepping.get(), answers.clone());
        Box::pin(async move {
            let mut tickets = Vec::with_capacity(prompts.len());
            for prompt in prompts {
                let mut answers = answers.borrow_mut();
                answers.last_ticket += 1;
                let ticket = answers.last_ticket;
                answers.by_ticket.insert(ticket, None);
                tickets.push(ticket);
                post(&FromWorker::Ask { run, ticket, prompt });
            }
            let all_in = |answers: &RefCell<Answers>| {
                answers.borrow().by_ticket.values().all(Option::is_some)
            };
            while !all_in(&answers) {
                let next = js_sys::Promise::new(&mut |resolve, _| {
                    answers.borrow_mut().wake = Some(resolve);
                });
                let _ = JsFuture::from(next).await;
            }
            let gone = || Err(Fault::Mind("The reply was lost on its way.".into()));
            let mut came = std::mem::take(&mut answers.borrow_mut().by_ticket);
            tickets.iter().map(|t| came.remove(t).flatten().unwrap_or_else(gone)).collect()
        })
    })
}

/// A macrotask costs 15 us on a message channel; a timer costs 4 ms, and a microtask lets no message in.
async fn macrotask() {
    let ping = js_sys::Promise::new(&mut |resolve, _| {
        let Ok(channel) = MessageChannel::new() else {
            let _ = resolve.call0(&JsValue::NULL);
            return;
        };
        channel.port1().set_onmessage(Some(&resolve));
        let _ = channel.port2().post_message(&JsValue::NULL);
    });
    let _ = JsFuture::from(ping).await;
}

/// Messages that have come, in order.
struct Inbox {
    queue: Rc<RefCell<VecDeque<ToWorker>>>,
    wake: Rc<RefCell<Option<js_sys::Function>>>,
    /// Not queued with the others: the loop stands still while a run waits for them.
    answers: Rc<RefCell<Answers>>,
    _listen: Closure<dyn FnMut(MessageEvent)>,
}

impl Inbox {
    fn open() -> Self {
        let queue: Rc<RefCell<VecDeque<ToWorker>>> = Rc::default();
        let wake: Rc<RefCell<Option<js_sys::Function>>> = Rc::default();
        let answers: Rc<RefCell<Answers>> = Rc::default();
        let (to, waker, replies) = (queue.clone(), wake.clone(), answers.clone());
        let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            // What is not one of our messages is not for us.
            let Ok(message) = js::decode::<ToWorker>(event.data()) else { return };
            if let ToWorker::Answer { ticket, answer } = message {
                return replies.borrow_mut().take(ticket, answer);
            }
            to.borrow_mut().push_back(message);
            if let Some(wake) = waker.borrow_mut().take() {
                let _ = wake.call0(&JsValue::NULL);
            }
        });
        scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
        Self { queue, wake, answers, _listen: listen }
    }

    fn take(&self) -> VecDeque<ToWorker> {
        std::mem::take(&mut self.queue.borrow_mut())
    }

    async fn wait(&self) {
        if !self.queue.borrow().is_empty() {
            return;
        }
        let promise = js_sys::Promise::new(&mut |resolve, _| {
            *self.wake.borrow_mut() = Some(resolve);
        });
        let _ = JsFuture::from(promise).await;
    }
}
