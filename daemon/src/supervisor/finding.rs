//! Finding processes: the list, and the process that a target names.

mod lookup;
pub mod resolve;
