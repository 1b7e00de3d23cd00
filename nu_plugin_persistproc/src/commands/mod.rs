//! One file per command, each named for its verb.

mod ps;

pub(crate) use ps::Ps;
