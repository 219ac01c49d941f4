//! The shared words of Murmuration: plain data that the engine, the systems, the page and the tools exchange.
//! Nothing here runs a paper; nothing here knows a browser (but for the wire behind the feature `web`).

pub mod card;
pub mod claim;
pub mod column;
pub mod dial;
pub mod digest;
pub mod fault;
pub mod link;
pub mod mean;
pub mod mind;
pub mod number;
pub mod own;
pub mod record;
pub mod round;
pub mod scene;
pub mod sheet;
pub mod sweep;
pub mod table;
pub mod verdict;
pub mod wire;

pub use card::*;
pub use claim::*;
pub use dial::{Choice, Dial, Kind, Params, dials, parse};
pub use fault::{Fault, Issue};
pub use link::{Device, Opened, Scenario, Theme, View};
pub use mean::Mean;
pub use mind::{Answer, Asks, Minds, Prompt};
pub use own::Own;
pub use round::{Flow, Job, Outcome, Results, Round};
pub use scene::Scene;
pub use sheet::Brief;
pub use sweep::Plan;
pub use table::Table;
pub use verdict::{Effect, Verdict};

#[cfg(test)]
mod tests;
