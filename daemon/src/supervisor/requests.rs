//! Requests of clients, checked and parsed.
//!
//! | module | what it holds |
//! |---|---|
//! | [`spec`] | a start request: words to execute, a directory, an environment |
//! | [`signals`] | names of signals |
//! | [`requester`] | the name of a client, for the record |

pub mod requester;
pub mod signals;
pub mod spec;
