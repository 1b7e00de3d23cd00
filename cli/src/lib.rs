//! `persistproc` and `pp`: one program, two names. It asks the daemon and shows the answers;
//! what a process is and how it is kept alive is none of its business.
//!
//! | room | what it holds |
//! |---|---|
//! | [`agents`] | the agents there are, and their settings |
//! | [`args`] | every flag, no behaviour |
//! | [`dispatch`] | which words are ours, and which belong to the program |
//! | [`bridge`] | MCP on standard input and output, carried to the daemon |
//! | [`completion`] | what may come next on a line that is being typed |
//! | [`context`] | what every command needs: the client, the format, what to keep quiet |
//! | [`commands`] | one file per verb |
//! | [`doctor`] | whether all is well here, and what to do if not |
//! | [`session`] | watching a process: its output, our keys, what Ctrl+C means |
//! | [`terminal`] | raw mode, keys, sizes, unbuffered writing |
//! | [`nushell`] | the Nushell of this machine, and our plugin for it |
//! | [`programs`] | where a program is on the PATH |
//! | [`render`] | tables, sentences, JSON |
//! | [`error`] | a problem as text or JSON, and its exit code |

mod agents;
mod args;
mod bridge;
mod commands;
mod completion;
mod context;
mod dispatch;
mod doctor;
mod error;
mod nushell;
mod programs;
mod quick;
mod render;
mod session;
mod terminal;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use crate::args::Root;
use crate::context::Context;
use crate::dispatch::Name;

/// The whole program. A shim branches off before anything else is touched: a thousand of them
/// should cost as little as one.
pub fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let program = words.next().unwrap_or_default();
    let words: Vec<OsString> = words.collect();
    if words.first().is_some_and(|word| word == "shim") {
        return commands::shim::run(words.get(1).map(Path::new));
    }
    if words.first().is_some_and(|word| word == "__complete") {
        return commands::complete::run(&words[1..]);
    }
    match dispatch::parse(Name::of(&program), words.clone()) {
        Ok(root) => command(root),
        Err(error) => error::usage(&error, dispatch::format(&words)),
    }
}

fn command(root: Root) -> ExitCode {
    let format = root.globals.format;
    let outcome = Context::new(root.globals).and_then(|context| commands::run(root.verb, &context));
    outcome.unwrap_or_else(|failure| failure.report(format))
}
