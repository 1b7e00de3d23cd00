//! Reading what a process printed: pages, live feeds, searches, and notifications of growth.

mod damaged;
pub mod follow;
pub mod growth;
mod large_read;
pub(crate) mod page;
pub(crate) mod position;
pub(crate) mod search;
