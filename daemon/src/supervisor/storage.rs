//! What lies on disk: the folders of processes and how much of their output is kept.

pub mod folder;
pub mod retention;
