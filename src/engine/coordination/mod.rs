//! What many agents do together in one place: the body-and-force grid. Parts that other specs of the family share
//! go here, each in its own file.

pub mod grid;
