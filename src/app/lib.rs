//! The page. `state` decides (pure, tested natively), `pool` schedules, `history` remembers; everything that touches
//! a browser is behind the feature `web`. Sees neither `engine` nor `systems`: those come
//! as files, an index of all and a sheet of each.

pub mod batch;
pub mod export;
pub mod history;
pub mod import;
pub mod oracle;
pub mod pool;
pub mod state;

#[cfg(feature = "web")]
pub mod pages;
#[cfg(feature = "web")]
mod panels;
#[cfg(feature = "web")]
mod parts;
#[cfg(feature = "web")]
mod rest;
#[cfg(feature = "web")]
mod web;
#[cfg(feature = "web")]
pub use rest::{Fetch, Later, Rest, rest};
#[cfg(feature = "web")]
pub use web::{boot::start, mount};
