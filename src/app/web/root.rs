//! The one component that holds the state: hands messages to `update`, carries out its effects, renders on a frame.

use super::files::Files;
use super::minds::Mindful;
use super::seats::{Heard, Seats};
use super::{boot, browser, dropped, keys, messages, model};
use crate::oracle::protocol::Landed;
use crate::oracle::{Asker, Oracle};
use crate::pages;
use crate::pool::{Order, Pool, Want};
use crate::rest;
use crate::state::{ClaimRun, Effect, Model, Msg, update};
use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Interval;
use js_sys::Uint8Array;
use lexicon::wire::{FromWorker, ToWorker};
use lexicon::{Brief, Sheet, Table, Theme};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, KeyboardEvent, MessageEvent};
use yew::prelude::*;

/// `shell.js` reads it before the first paint.
const THEME_KEY: &str = "theme";
const OWN_KEY: &str = "own";
/// A page that has not ticked for so long was asleep: no worker is late then.
const SLEPT_MS: f64 = 4_000.0;

#[derive(Clone, Properties)]
pub struct Props {
    /// All systems.
    pub index: Rc<Vec<Brief>>,
    /// Those that are here already.
    pub sheets: Rc<Vec<Sheet>>,
    pub build: &'static str,
}

impl PartialEq for Props {
    /// They are of the build, and given once.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.index, &other.index) && Rc::ptr_eq(&self.sheets, &other.sheets)
    }
}

pub enum Event {
    Msg(Msg),
    Heard {
        seat: u32,
        message: Result<FromWorker, String>,
    },
    /// A call to the connected model has ended.
    Landed {
        call: u32,
        landed: Landed,
    },
    /// A person has brought a file that is no scenario.
    Brought {
        name: String,
        bytes: Uint8Array,
    },
    Frame(f64),
    Tick,
    Key(KeyboardEvent),
}

pub struct Root {
    pub(super) model: Model,
    pool: Pool,
    pub(super) seats: Seats,
    files: Files,
    pub(super) oracle: Oracle,
    /// Calls under way.
    pub(super) calls: Table<u32, AbortController>,
    ticked_ms: f64,
    build: &'static str,
    /// What the embedding page was told last.
    told: Told,
    _listeners: Vec<EventListener>,
    _tick: Interval,
    _frames: Frames,
}

impl Component for Root {
    type Message = Event;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Self {
        let mut model = Model::new(ctx.props().index.to_vec());
        ctx.props().sheets.iter().cloned().for_each(|sheet| model.give(sheet));
        model.theme = theme_of(browser::load(THEME_KEY).as_deref());
        model.reduced_motion = browser::reduced_motion();
        model.built_in = model::built_in();
        let send = ctx.link().callback(|event: Event| event);
        let heard = send.clone();
        let heard: Heard = Rc::new(move |seat, message| heard.emit(Event::Heard { seat, message }));
        let cores = browser::window().navigator().hardware_concurrency() as usize;
        let mut root = Self {
            model,
            // One core stays with the page.
            pool: Pool::new(cores.saturating_sub(1)),
            seats: Seats::new(heard),
            files: Files::default(),
            oracle: Oracle::default(),
            calls: Table::new(),
            ticked_ms: browser::now_ms(),
            build: ctx.props().build,
            told: Told::default(),
            _listeners: listeners(&send),
            _tick: Interval::new(1_000, send.reform(|()| Event::Tick).into_fn()),
            _frames: Frames::start(send.reform(Event::Frame)),
        };
        root.offer_last_own();
        root.send(ctx, Msg::Address(browser::hash()));
        root
    }

    fn update(&mut self, ctx: &Context<Self>, event: Event) -> bool {
        match event {
            Event::Msg(msg) => {
                self.send(ctx, msg);
                self.model.dirty = false;
                true
            }
            Event::Key(event) => {
                let Some(msg) = keys::message(&self.model, &event) else { return false };
                event.prevent_default();
                self.send(ctx, msg);
                true
            }
            // What workers send is shown on the next frame, however many messages that are.
            Event::Heard { seat, message } => {
                self.heard(ctx, seat, message);
                false
            }
            Event::Landed { call, landed } => {
                self.mind(ctx, Mindful::Landed(call, landed));
                false
            }
            Event::Brought { name, bytes } => {
                self.files.bring(bytes);
                self.send(ctx, Msg::Brought(name));
                true
            }
            Event::Tick => {
                self.tick(ctx);
                false
            }
            Event::Frame(now_ms) => {
                self.send(ctx, Msg::Frame { now_ms });
                std::mem::take(&mut self.model.dirty)
            }
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        pages::view(&self.model, &ctx.link().callback(Event::Msg))
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        let theme = self.model.shown_theme().map(|theme| match theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
        });
        let title = match self.model.lab() {
            Some(lab) => format!("{} · Murmuration", lab.sheet.card.title),
            None => "Murmuration: a laboratory for collective intelligence".to_string(),
        };
        browser::dress(theme, &title);
        self.told.tell(&self.model);
    }
}

/// What the embedding page knows already, so that it is told only what is new.
#[derive(Default)]
struct Told {
    ready: bool,
    height: f64,
    link: String,
    verdicts: Table<String, &'static str>,
}

impl Told {
    fn tell(&mut self, model: &Model) {
        if messages::host().is_none() {
            return;
        }
        if !self.ready {
            self.ready = true;
            messages::tell("ready", &[]);
        }
        let height = browser::page_height();
        if (height - self.height).abs() >= 1.0 {
            self.height = height;
            messages::tell("height", &[("height", height.into())]);
        }
        let Some(lab) = model.lab() else { return };
        let link = lab.link();
        if link != self.link {
            messages::tell("state", &[("link", link.as_str().into())]);
            self.link = link;
            self.verdicts.clear();
        }
        for (claim, run) in &lab.claims {
            let ClaimRun::Judged(verdict) = run else { continue };
            if self.verdicts.insert(claim.clone(), verdict.words()).is_none() {
                let fields =
                    [("claim", claim.as_str().into()), ("verdict", verdict.words().into())];
                messages::tell("result", &fields);
            }
        }
    }
}

impl Root {
    pub(super) fn send(&mut self, ctx: &Context<Self>, msg: Msg) {
        let now_ms = browser::now_ms();
        for effect in update(&mut self.model, msg) {
            let orders = match effect {
                Effect::Start { run, scenario, job, until, watch, rank, minds, device } => {
                    let want = Want { run, scenario, job, until, watch, rank, minds, device };
                    self.pool.submit(want, now_ms)
                }
                Effect::Allow { run, until, watch } => self.pool.allow(run, until, watch, now_ms),
                Effect::Stop { run } => {
                    self.mind(ctx, Mindful::Stopped { run });
                    self.pool.stop(run, now_ms)
                }
                Effect::Connect(connection) => self.mind(ctx, Mindful::Connect(connection)),
                Effect::Disconnect => self.mind(ctx, Mindful::Disconnect),
                Effect::TryMind(connection) => self.mind(ctx, Mindful::Try(connection)),
                Effect::Judge(message) => self.pool.judge(message, now_ms),
                Effect::Look { ticket, format } => {
                    let look = ToWorker::Look { ticket, format, bytes: Vec::new() };
                    self.pool.judge(look, now_ms)
                }
                Effect::Shelve { sha256 } => {
                    self.files.shelve(sha256);
                    Vec::new()
                }
                other => {
                    side_effect(ctx, &self.model, other);
                    Vec::new()
                }
            };
            self.carry_out(orders);
        }
    }

    /// None is connected before the rest of the page is here, for its dialog is a part of that.
    fn mind(&mut self, ctx: &Context<Self>, what: Mindful) -> Vec<Order> {
        if let Some(rest) = rest::here() {
            (rest.mind)(self, ctx, what);
        }
        Vec::new()
    }

    fn carry_out(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Spawn { seat } => self.seats.spawn(seat),
                Order::Kill { seat } => {
                    self.files.killed(seat);
                    self.seats.kill(seat);
                }
                Order::Post { seat, message } => self.files.post(&self.seats, seat, &message),
            }
        }
    }

    fn heard(&mut self, ctx: &Context<Self>, seat: u32, message: Result<FromWorker, String>) {
        let message = match message {
            Ok(FromWorker::Crashed { says }) => return self.lost(ctx, seat, &says),
            Err(says) => return self.lost(ctx, seat, &says),
            Ok(message) => message,
        };
        let orders = self.pool.heard(seat, &message, browser::now_ms());
        self.carry_out(orders);
        match &message {
            FromWorker::Ready { build } => {
                if build != self.build {
                    let says = "The engine is of another build than the page. Reload the page to get both anew.";
                    self.send(ctx, Msg::Toast(says.into()));
                }
            }
            FromWorker::Rounds { run, .. }
            | FromWorker::Finished { run }
            | FromWorker::Device { run, .. }
            | FromWorker::Failed { run, .. } => {
                self.send(ctx, Msg::Worker { run: *run, message });
            }
            FromWorker::Judged { .. } | FromWorker::Asks { .. } => {
                self.send(ctx, Msg::Worker { run: 0, message })
            }
            FromWorker::Looked { ticket, look } => {
                self.send(ctx, Msg::Looked { ticket: *ticket, look: look.clone() });
            }
            FromWorker::Ask { run, ticket, prompt } => {
                let who = Asker { seat, run: *run, ticket: *ticket };
                self.mind(ctx, Mindful::Ask(who, prompt.clone()));
            }
            // The page reads links by itself.
            FromWorker::Crashed { .. } | FromWorker::Opened { .. } => {}
        }
    }

    fn lost(&mut self, ctx: &Context<Self>, seat: u32, says: &str) {
        gloo::console::warn!(format!("A worker stopped: {says}"));
        // It may have been the one that was reading.
        if let Some(brought) = self.model.data.brought.as_ref().filter(|b| b.look.is_none()) {
            let (ticket, look) =
                (brought.ticket, Err("The worker stopped while reading it.".into()));
            self.send(ctx, Msg::Looked { ticket, look });
        }
        self.mind(ctx, Mindful::SeatLost(seat));
        let (orders, failed) = self.pool.lost(seat, browser::now_ms());
        if !orders.is_empty() && failed.is_empty() {
            let says =
                "A worker stopped and was replaced; its runs start again where nothing is lost.";
            self.send(ctx, Msg::Toast(says.into()));
        }
        self.carry_out(orders);
        for (run, fault) in failed {
            self.send(ctx, Msg::Lost { run, fault });
        }
    }

    fn tick(&mut self, ctx: &Context<Self>) {
        let now_ms = browser::now_ms();
        if now_ms - self.ticked_ms > SLEPT_MS {
            self.pool.forgive(now_ms);
        }
        self.ticked_ms = now_ms;
        // A frame that was made narrower needs more height without anything new to show.
        self.told.tell(&self.model);
        for seat in self.oracle.waiting_seats() {
            self.pool.excuse(seat, now_ms);
        }
        self.mind(ctx, Mindful::GoOn);
        for seat in self.pool.silent(now_ms) {
            self.lost(ctx, seat, "it was silent for too long");
        }
        self.send(ctx, Msg::Tick { now_ms });
    }

    /// Opening a foreign link never costs a person what they had.
    fn offer_last_own(&mut self) {
        let Some(own) = browser::load(OWN_KEY) else { return };
        let differs = self.model.differs(&own, &browser::hash());
        self.model.last_own = differs.then_some(own);
    }
}

fn theme_of(text: Option<&str>) -> Option<Theme> {
    match text {
        Some("light") => Some(Theme::Light),
        Some("dark") => Some(Theme::Dark),
        _ => None,
    }
}

fn side_effect(ctx: &Context<Root>, model: &Model, effect: Effect) {
    let link = ctx.link().clone();
    match effect {
        Effect::Address { hash, push } => browser::show_address(&hash, push),
        Effect::FetchSheet { system } => spawn_local(async move {
            let text = boot::sheet(&system).await;
            link.send_message(Event::Msg(Msg::Sheet { system, text }));
        }),
        Effect::FetchRest => spawn_local(async move {
            let came = rest::fetched().await.map(|_| ());
            link.send_message(Event::Msg(Msg::Rest(came)));
        }),
        Effect::FetchRecord { system } if !model.records.contains_key(&system) => {
            spawn_local(async move {
                let text = browser::fetch_text(format!("claims/{system}.txt")).await;
                link.send_message(Event::Msg(Msg::Record { system, text }));
            })
        }
        Effect::FetchStory { file } if !matches!(model.stories.get(&file), Some(Ok(_))) => {
            spawn_local(async move {
                let text =
                    browser::fetch_text(format!("stories/{}", file.replace(".md", ".html"))).await;
                link.send_message(Event::Msg(Msg::Story { file, text }));
            })
        }
        Effect::SaveTheme(theme) => {
            let text = theme.map(|t| if t == Theme::Light { "light" } else { "dark" });
            browser::save(THEME_KEY, text);
        }
        Effect::SaveOwn(own) => browser::save(OWN_KEY, Some(&own)),
        _ => {}
    }
}

fn listeners(send: &Callback<Event>) -> Vec<EventListener> {
    let window = browser::window();
    let address = |send: Callback<Event>| {
        move |_: &web_sys::Event| send.emit(Event::Msg(Msg::Address(browser::hash())))
    };
    let key = send.clone();
    let host = send.clone();
    let active = EventListenerOptions::enable_prevent_default();
    let mut all = vec![
        EventListener::new(&window, "hashchange", address(send.clone())),
        EventListener::new(&window, "popstate", address(send.clone())),
        EventListener::new_with_options(&window, "keydown", active, move |event| {
            if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                key.emit(Event::Key(event.clone()));
            }
        }),
        EventListener::new(&window, "message", move |event| {
            if let Some(msg) = event.dyn_ref::<MessageEvent>().and_then(messages::read) {
                host.emit(Event::Msg(msg));
            }
        }),
    ];
    all.extend(dropped::listeners(send));
    all
}

trait IntoFn {
    fn into_fn(self) -> impl FnMut() + 'static;
}

impl IntoFn for Callback<()> {
    fn into_fn(self) -> impl FnMut() + 'static {
        move || self.emit(())
    }
}

/// The callback asks for its own next call, so it holds itself until it is taken out.
type Going = Rc<RefCell<Option<Closure<dyn FnMut(f64)>>>>;

/// One callback an animation frame, until it is dropped.
struct Frames {
    going: Going,
}

impl Frames {
    fn start(each: Callback<f64>) -> Self {
        let going = Going::default();
        let next = going.clone();
        *going.borrow_mut() = Some(Closure::new(move |now_ms: f64| {
            each.emit(now_ms);
            request(&next);
        }));
        request(&going);
        Self { going }
    }
}

fn request(going: &Going) {
    if let Some(closure) = going.borrow().as_ref() {
        let _ = browser::window().request_animation_frame(closure.as_ref().unchecked_ref());
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.going.borrow_mut().take();
    }
}
