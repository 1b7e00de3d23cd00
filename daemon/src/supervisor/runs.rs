//! Processes and their runs: the task that owns a process, its shim, and what is left of both.

pub mod adopt;
pub(crate) mod handle;
pub mod launch;
pub mod lifecycle;
pub mod link;
mod orphan;
pub mod reaper;
pub mod task;
pub mod view;
