//! What clients ask for, checked and parsed: start requests, signals, points in time, requesters.

pub mod requester;
pub mod signals;
pub mod spec;
pub mod times;
