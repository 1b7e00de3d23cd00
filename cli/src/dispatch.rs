//! Which words are ours, and which belong to the program that is to run. It looks at words
//! only; what a command does with them is not known here.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{Arg, Args, Command, CommandFactory, FromArgMatches};
use persistproc_api::words::nearest;

use crate::args::{Format, Root, RunArgs, both_spellings};

/// The name the program was called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Persistproc,
    Pp,
}

impl Name {
    /// From the first word of the command line.
    pub(crate) fn of(program: &OsStr) -> Self {
        match Path::new(program).file_name() {
            Some(name) if name == "pp" => Self::Pp,
            _ => Self::Persistproc,
        }
    }

    /// As it is typed.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Persistproc => "persistproc",
            Self::Pp => "pp",
        }
    }

    /// What it does when nothing else is typed.
    fn alone(self) -> &'static str {
        match self {
            Self::Persistproc => "serve",
            Self::Pp => "list",
        }
    }
}

/// The words of a command line, without the program's own name, understood.
pub(crate) fn parse(name: Name, words: Vec<OsString>) -> Result<Root, clap::Error> {
    let command = command(name);
    let words = completed(&command, name, words);
    let matches = command.try_get_matches_from(std::iter::once(name.word().into()).chain(words))?;
    Root::from_arg_matches(&matches)
}

/// Every command and flag, `--working_directory` beside `--working-directory`.
pub(crate) fn command(name: Name) -> Command {
    let command = both_spellings(Root::command()).display_name("persistproc").name(name.word());
    command.mut_subcommand("wait", with_its_own_port)
}

/// To `wait`, `--port` is a port of the process. A flag of the same id keeps ours out of there.
fn with_its_own_port(wait: Command) -> Command {
    let ours = Arg::new("port").long("daemon-port").value_parser(clap::value_parser!(u16));
    wait.arg(ours.hide(true))
}

/// What the first word that is not a flag turns out to be.
#[derive(Debug, PartialEq, Eq)]
enum First {
    /// A command of ours: all is said.
    Verb,
    /// A program: `run` was left out.
    Program,
    /// There is none, but help or the version was asked for.
    Help,
    /// There is none.
    Nothing,
}

fn completed(command: &Command, name: Name, mut words: Vec<OsString>) -> Vec<OsString> {
    match first(command, &words) {
        // In front, so that flags of `run` may stand before the program as well as ours.
        First::Program => words.insert(0, "run".into()),
        First::Nothing => words.push(name.alone().into()),
        First::Verb | First::Help => {}
    }
    words
}

fn first(command: &Command, words: &[OsString]) -> First {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("-h" | "--help" | "-V" | "--version") => return First::Help,
            Some("--") => return First::Program,
            Some(flag) if flag.len() > 1 && flag.starts_with('-') => {
                if value_follows(command, flag) {
                    words.next();
                }
            }
            Some(word) if is_verb(command, word) => return First::Verb,
            _ => return First::Program,
        }
    }
    First::Nothing
}

fn is_verb(command: &Command, word: &str) -> bool {
    word == "help"
        || command.get_subcommands().any(|verb| {
            verb.get_name() == word || verb.get_all_aliases().any(|alias| alias == word)
        })
}

/// The command of ours that was probably meant by this word.
pub(crate) fn verb_like(word: &str) -> Option<String> {
    let root = Root::command();
    let verbs = root.get_subcommands().filter(|verb| !verb.is_hide_set());
    let names =
        verbs.flat_map(|verb| std::iter::once(verb.get_name()).chain(verb.get_all_aliases()));
    nearest(word, names.map(str::to_owned))
}

/// Whether the next word is the value of this flag, be it a flag of ours or of `run`.
fn value_follows(command: &Command, flag: &str) -> bool {
    let Some(long) = flag.strip_prefix("--") else { return false };
    let long = long.replace('_', "-");
    let run = RunArgs::augment_args(Command::default());
    let arguments = command.get_arguments().chain(run.get_arguments());
    arguments.filter(|arg| arg.get_long() == Some(&long)).any(|arg| arg.get_action().takes_values())
}

/// The format asked for, when the command line as a whole made no sense.
pub(crate) fn format(words: &[OsString]) -> Format {
    let typed = words.iter().enumerate().find_map(|(at, word)| match word.to_str()? {
        "--format" => words.get(at + 1)?.to_str().map(str::to_owned),
        word => word.strip_prefix("--format=").map(str::to_owned),
    });
    match typed.or_else(|| std::env::var("PERSISTPROC_FORMAT").ok()).as_deref() {
        Some("json") => Format::Json,
        _ => Format::Text,
    }
}

#[cfg(test)]
#[path = "dispatch_tests.rs"]
mod tests;
