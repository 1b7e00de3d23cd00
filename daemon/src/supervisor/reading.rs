//! What a process printed: pages, live feeds, searches, and the news that there is more.

pub mod follow;
pub mod growth;
mod page;
mod search;
