//! The [`main`] function of `persistproc` and `pp`, one program under two names. It sends requests to
//! the daemon and prints the answers.
//!
//! How a command line is handled: [`dispatch`] adds the verb if it was left out, and parses the words
//! into [`args`]; [`context`] provides the client; a module of [`commands`] sends the request and
//! passes the answer to [`render`], or starts a [`session`] to attach to the process.
//!
//! | module | contents |
//! |---|---|
//! | [`args`] | flags and help texts, one file per verb |
//! | [`dispatch`] | which words are ours and which belong to the program to run |
//! | [`commands`] | one file per verb |
//! | [`settings`] | settings of the daemon: variables and `config.toml` |
//! | [`context`] | the client, the data directories and the global flags |
//! | [`tui`] | the dashboard in the terminal |
//! | [`list_facts`] | URLs and ports of running processes in a list |
//! | [`session`] | an attached process: its output, our keys, Ctrl+C |
//! | [`handover`] | what a process gets from the command that starts it: input, descriptors, directory |
//! | [`terminal`] | raw mode, keys, sizes, unbuffered writing |
//! | [`render`] | tables, sentences, JSON |
//! | [`death`] | ending by the signal that ended the process |
//! | [`error`], [`usage`] | failures with their exit codes; clap's usage errors |
//! | [`bridge`] | the stdio bridge, which forwards MCP messages to the daemon |
//! | [`agents`] | AI agents and their settings |
//! | [`hook`] | the answers to the hooks of agents |
//! | [`completion`], [`quick_list`] | candidates for the shells; the process list within milliseconds |
//! | [`shells`] | the integration of bash, zsh, fish and Nushell, and their startup files |
//! | [`doctor`] | checks of the installation |
//! | [`nushell`] | the installed Nushell and our plugin for it |
//! | [`job_ids`] | our process group and session |
//! | [`paths`], [`programs`] | absolute directories; programs on the PATH |

mod agents;
mod args;
mod bridge;
mod commands;
mod completion;
mod context;
mod death;
mod dispatch;
mod doctor;
mod error;
mod handover;
mod hook;
mod job_ids;
mod list_facts;
mod nushell;
mod paths;
mod programs;
mod quick_list;
mod render;
mod session;
mod settings;
mod shells;
mod terminal;
mod tui;
mod usage;

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal, stdout};
use std::path::Path;
use std::process::ExitCode;

use unicode_width::UnicodeWidthStr;

use crate::args::{Format, Root};
use crate::context::Context;
use crate::dispatch::Name;
use crate::error::{Failure, Outcome};
use crate::render::{problem, wrapping};

/// Runs the program. `shim` is handled before anything else is initialized: a thousand shims may run at
/// once, so each should touch as little memory as possible.
pub fn main() -> ExitCode {
    let mut words = env::args_os();
    let program = words.next().unwrap_or_default();
    let words: Vec<OsString> = words.collect();
    match words.first().and_then(|word| word.to_str()) {
        Some("shim") => return commands::shim::run(words.get(1).map(Path::new)),
        Some("login-environment") => {
            return commands::login_environment::run(words.get(1).map(Path::new));
        }
        Some("__complete") => return commands::complete::run(&words[1..]),
        _ => {}
    }
    let name = Name::from_path(&program);
    let is_silent = commands::hook::is_silent(&words);
    match dispatch::parse(name, words.clone()) {
        Ok(root) => {
            let format = root.globals.format();
            let outcome = run(root);
            if is_silent {
                ExitCode::SUCCESS
            } else {
                outcome.unwrap_or_else(|failure| report(&failure, format))
            }
        }
        Err(_) if is_silent => ExitCode::SUCCESS,
        Err(error) if error.use_stderr() => {
            let command = dispatch::typed_command(name, &words);
            report(&Failure::from(usage::problem(&error, &command)), dispatch::format(&words))
        }
        Err(help_or_version) => {
            print_help(&help_or_version);
            ExitCode::SUCCESS
        }
    }
}

/// Prints a help text. In a terminal that is too narrow for it, lines are broken at words; they have
/// no colours then.
fn print_help(help: &clap::Error) {
    let plain = help.to_string();
    let width = usize::from(terminal::size().columns);
    let is_narrow = stdout().is_terminal() && plain.lines().any(|line| line.width() > width);
    if is_narrow {
        // Fails if the reader has closed standard output, as the next one.
        render::lines(wrapping::wrap(&wrapping::joined(&plain), width)).ok();
    } else {
        help.print().ok();
    }
}

fn run(root: Root) -> Outcome {
    let context = Context::new(root.globals)?;
    commands::run(root.verb, &context)
}

/// Prints the failure and returns its exit code, or ends by its signal.
fn report(failure: &Failure, format: Format) -> ExitCode {
    if let Some(problem) = failure.problem() {
        let printed = match format {
            Format::Text => problem::print(problem),
            Format::Json => problem::print_json(problem),
        };
        // If the reader has closed the stream, the exit code still reports the failure.
        printed.ok();
    }
    if let Some(death) = failure.death_signal() {
        death.die();
    }
    failure.exit_code()
}
