//! The face for agents, as their clients use it: over HTTP on loopback, in the protocol's newest
//! version and in those with sessions, with the daemon dying in between.

mod answers;
mod client;
mod errors;
mod guard;
mod resources;
mod rmcp_client;
mod sessions;
mod tools;
mod waiting;
mod who;

pub(crate) use client::{Answer, Mcp};
