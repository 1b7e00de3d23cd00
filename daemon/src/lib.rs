//! persistproc's daemon.
pub mod logs;
