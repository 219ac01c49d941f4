//! The regions of the page.

pub mod about;
pub mod caption;
pub mod charts;
pub mod claims;
pub mod curves;
pub mod data;
pub mod dialogs;
pub mod dials;
pub mod header;
pub mod intro;
pub mod mind;
pub mod palette;
pub mod share;
pub mod stage;
pub mod strips;
pub mod sweep;
pub mod sweep_form;
pub mod transport;
