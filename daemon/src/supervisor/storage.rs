//! What lies on disk: the folder of each process, and how much output is kept.

pub mod folder;
pub mod retention;
