//! Small verifiable tasks for policies that learn: every reward is checked by a program.

pub mod gym9;
