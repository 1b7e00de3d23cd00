//! Fixtures shared by all whole-program tests: the [`World`] a test runs in, the programs it runs
//! there, and functions that wait for a condition. Only `wait` knows timeouts.

pub(crate) mod background;
pub(crate) mod clock;
pub(crate) mod daemon;
pub(crate) mod disk;
pub(crate) mod http;
pub(crate) mod normalizer;
pub(crate) mod nu;
pub(crate) mod output;
pub(crate) mod ports;
pub(crate) mod procs;
pub(crate) mod scripts;
pub(crate) mod shells;
pub(crate) mod sources;
pub(crate) mod streaming;
pub(crate) mod tmux;
pub(crate) mod tools;
pub(crate) mod vite;
pub(crate) mod wait;
pub(crate) mod world;

pub(crate) use http::{Http, Reply};
pub(crate) use output::Output;
pub(crate) use tmux::{Screen, Tmux};
pub(crate) use wait::until;
pub(crate) use world::World;
