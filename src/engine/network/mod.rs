//! A network that can be trusted to the last message: discrete events on a simulated clock.
//!
//! `sim` carries messages between nodes over links with latency, jitter, loss and bandwidth, through partitions, deaths
//! and senders that lie, and keeps a ledger with one law: sent = delivered + lost + in flight. `flows` shares links
//! fairly among bulk transfers (max-min, Bertsekas and Gallager, "Data Networks", 6.5.2). `radio` is a shared channel
//! with range and collisions (Abramson's ALOHA, 1970). `churn` decides who dies and joins when. `collective` is the
//! ring all-reduce (Patarasuk and Yuan, 2009) as a transition code that can be interrupted. `tour` orders a ring by the
//! bandwidth of its links (Held and Karp, 1962; 2-opt and or-opt moves for asymmetric costs).
//!
//! Time is counted in whole nanoseconds, so that two events at the same time are the same everywhere; of equals, the
//! one that was sent first comes first.

pub mod churn;
pub mod collective;
pub mod flows;
pub mod radio;
pub mod sim;
pub mod tour;

pub use churn::{Churn, Happening};
pub use collective::{Codec, Floats, Plain, Reduce};
pub use sim::{Behavior, Event, Ledger, Link, Links, Nanos, Network, nanos, seconds};
