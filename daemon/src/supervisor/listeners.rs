//! What listens on TCP ports: the port that the name of a process leads to, the processes behind a
//! port, and servers that persistproc did not start.
//!
//! | module | what it holds |
//! |---|---|
//! | [`route`] | where the name of a process leads |
//! | `holder` | the processes that listen on a port |
//! | `strays` | servers in project directories that persistproc did not start |

pub(crate) mod holder;
pub mod route;
pub(crate) mod strays;
