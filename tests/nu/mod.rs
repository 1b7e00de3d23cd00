//! The plugin for Nushell, in the real Nushell: what a person at its prompt would notice, and what
//! a script relies on.

mod completion;
mod errors;
mod fallback;
mod help;
mod install;
mod interrupts;
mod malformed;
mod names;
mod parity;
mod pipelines;
mod printed;
mod screens;
mod settings;
mod streams;
mod types;
