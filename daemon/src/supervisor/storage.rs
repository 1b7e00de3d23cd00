//! Storage: the folder of each process on disk, and how much output is kept.

pub mod folder;
pub mod retention;
