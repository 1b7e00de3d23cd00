//! The Nushell plugin in a real Nushell: commands, tables, errors and completion, at the prompt and in
//! scripts.

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
mod selection;
mod settings;
mod streams;
mod types;
