//! Ports that the daemon assigns to processes.
//!
//! | module | what it holds |
//! |---|---|
//! | [`reservations`] | which process has which port, and the choice of a free one |
//! | `candidates` | the ports that can be assigned, and in which order |
//! | [`flags`] | the flags of frameworks that ignore `PORT` |

mod candidates;
pub mod flags;
pub mod reservations;
