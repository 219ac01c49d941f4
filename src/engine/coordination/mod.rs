//! What many agents do together in one place: bodies on a grid, headings in a plane, oscillators. Parts that other
//! specs of the family share go here, each in its own file.

pub mod grid;
pub mod kuramoto;
pub mod space;
pub mod vicsek;
