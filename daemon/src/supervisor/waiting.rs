//! Waiting until something happens to a process.

mod condition;
mod ports;
mod progress;
mod readiness;
pub(crate) mod wait;
