//! What every panel of the lab needs, and what is kept between frames only so that it is not made anew.

use super::{browser, words};
use crate::state::{Lab, Model, Msg};
use draw::Look;
use lexicon::{Brief, Table, link};
use std::any::Any;
use std::cell::RefCell;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use yew::Callback;

pub struct Seen<'a> {
    pub model: &'a Model,
    pub lab: &'a Lab,
    pub send: &'a Callback<Msg>,
    pub theme: draw::Theme,
    /// Stands for the scenario: what is kept under it is of this one.
    pub key: u64,
}

impl<'a> Seen<'a> {
    pub fn new(model: &'a Model, lab: &'a Lab, send: &'a Callback<Msg>) -> Self {
        let key = hash(&(link::canonical(&lab.sheet, &lab.scenario), lab.computed.on_gpu));
        Self { model, lab, send, theme: theme(model), key }
    }

    pub fn look(&self, arm: usize) -> Look {
        Look {
            theme: self.theme,
            arm,
            reduced_motion: self.model.reduced_motion,
            ..Look::default()
        }
    }
}

/// The theme that canvases are painted for: the same rule as the root's.
pub fn theme(model: &Model) -> draw::Theme {
    match model.shown_theme() {
        Some(lexicon::Theme::Light) => draw::Theme::Light,
        Some(lexicon::Theme::Dark) => draw::Theme::Dark,
        None => browser::theme(),
    }
}

pub fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// What was made, by name, with the version it was made of.
type Kept = Table<String, (u64, Rc<dyn Any>)>;

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new(Table::new()) };
}

/// Places kept at most; past it all are made anew.
const KEPT_MAX: usize = 256;

/// The value made for this place and version, made again only when the version is another one.
pub fn kept<T: 'static>(place: &str, version: u64, make: impl FnOnce() -> T) -> Rc<T> {
    let found = KEPT.with_borrow(|kept| {
        kept.get(place)
            .filter(|(v, _)| *v == version)
            .and_then(|(_, any)| any.clone().downcast::<T>().ok())
    });
    found.unwrap_or_else(|| {
        let made = Rc::new(make());
        KEPT.with_borrow_mut(|kept| {
            if kept.len() >= KEPT_MAX {
                kept.clear();
            }
            kept.insert(place.to_string(), (version, made.clone()));
        });
        made
    })
}

/// Whether every word searched for stands somewhere in what a person may know of the system.
pub fn found(brief: &Brief, search: &str) -> bool {
    let year = brief.paper.year.to_string();
    let all = [
        brief.id,
        brief.title,
        brief.says,
        brief.family.label(),
        brief.paper.title,
        brief.paper.authors,
        brief.paper.arxiv.unwrap_or_default(),
        &year,
        &brief.arms.join(" "),
    ];
    let text = words::small(&all.join(" "));
    words::small(search).split_whitespace().all(|word| text.contains(word))
}
