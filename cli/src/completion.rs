//! What may come next on a command line that is being typed: words of ours, targets, or the
//! business of the program behind them. It looks at words only; no daemon is asked here.

use clap::{Arg, Args, Command};

use crate::args::RunArgs;

/// A word that may come next, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) word: String,
    pub(crate) about: String,
}

/// What the word under the cursor is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A word of the program that begins at this place: it completes its own.
    Program(usize),
    /// The first word: these commands of ours, or a program.
    First(Vec<Candidate>),
    /// One of these.
    Words(Vec<Candidate>),
    /// A process.
    Target(Which),
    /// A directory.
    Directory,
    /// Something only the person knows.
    Unknown,
}

/// The processes a command can do something with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    Running,
    Ended,
}

const SIGNALS: [&str; 10] =
    ["HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM", "CONT", "STOP", "WINCH"];

/// What comes next after all words but the last, which is the one that is being typed. The words
/// are those behind the program's own name.
pub(crate) fn next(root: &Command, words: &[String]) -> Next {
    let Some((current, before)) = words.split_last() else { return Next::Unknown };
    let mut walk = Walk { root, verb: None, positionals: 0, escaped: false };
    let mut at = 0;
    while let Some(word) = before.get(at) {
        at += 1;
        if word == "--" && !walk.escaped {
            walk.escaped = true;
        } else if walk.is_flag(word) {
            let Some(flag) = walk.flag(word) else { continue };
            // Bash takes `--flag=value` for three words.
            at += usize::from(before.get(at).is_some_and(|word| word == "="));
            if at >= before.len() {
                return value(&flag, walk.verb);
            }
            at += 1;
        } else if walk.takes_program() && !walk.enter(word) {
            return Next::Program(at - 1);
        }
    }
    walk.here(current, before.len())
}

/// A command line as far as it was read.
struct Walk<'c> {
    root: &'c Command,
    verb: Option<&'c Command>,
    positionals: usize,
    escaped: bool,
}

impl<'c> Walk<'c> {
    fn is_flag(&self, word: &str) -> bool {
        !self.escaped && word.len() > 1 && word.starts_with('-')
    }

    /// Whether a word that is no flag may begin a program.
    fn takes_program(&mut self) -> bool {
        let program = self.verb.is_none_or(|verb| {
            let first = verb.get_positionals().next().and_then(name_of_value);
            self.positionals == 0 && matches!(first, Some("PROGRAM" | "COMMAND"))
        });
        if !program && self.verb.is_some_and(|verb| !verb.has_subcommands()) {
            self.positionals += 1;
        }
        program || self.verb.is_some_and(Command::has_subcommands)
    }

    /// Goes into the command of this name, if there is one here.
    fn enter(&mut self, word: &str) -> bool {
        if self.escaped {
            return false;
        }
        let within = self.verb.unwrap_or(self.root);
        let found = within.find_subcommand(word);
        let group = self.verb.is_some_and(Command::has_subcommands);
        self.verb = found.or(self.verb);
        found.is_some() || group
    }

    /// The flag of this spelling, if the next word is its value.
    fn flag(&self, word: &str) -> Option<Arg> {
        let flags = self.flags();
        let long = word.strip_prefix("--").map(|long| long.replace('_', "-"));
        let same = |arg: &Arg| match &long {
            Some(long) => arg.get_long() == Some(long),
            None => {
                let letter = word.strip_prefix('-').filter(|rest| rest.len() == 1);
                arg.get_short().is_some_and(|short| letter == Some(short.to_string().as_str()))
            }
        };
        flags.into_iter().find(|arg| same(arg) && arg.get_action().takes_values())
    }

    /// Every flag that may stand here.
    fn flags(&self) -> Vec<Arg> {
        let run = RunArgs::augment_args(Command::default());
        let within = self.verb.unwrap_or(self.root);
        let of_run = run.get_arguments().filter(|_| self.verb.is_none());
        let flags = within.get_arguments().chain(of_run);
        flags.filter(|arg| !arg.is_positional() && !arg.is_hide_set()).cloned().collect()
    }

    /// What the last word is.
    fn here(&self, current: &str, at: usize) -> Next {
        if self.is_flag(current) || (current == "-" && !self.escaped) {
            return Next::Words(self.flags().iter().filter_map(spelled).collect());
        }
        match self.verb {
            None if self.escaped => Next::Program(at),
            None => Next::First(commands(self.root)),
            Some(verb) if verb.has_subcommands() => Next::Words(commands(verb)),
            Some(verb) => {
                let places: Vec<&Arg> = verb.get_positionals().collect();
                let Some(last) = places.len().checked_sub(1) else { return Next::Unknown };
                match name_of_value(places[self.positionals.min(last)]) {
                    Some("PROGRAM" | "COMMAND") => Next::Program(at),
                    _ => value(places[self.positionals.min(last)], self.verb),
                }
            }
        }
    }
}

fn commands(within: &Command) -> Vec<Candidate> {
    let shown = within.get_subcommands().filter(|verb| !verb.is_hide_set());
    let all = shown.flat_map(|verb| {
        let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
        let names = std::iter::once(verb.get_name()).chain(verb.get_visible_aliases());
        names.map(|name| candidate(name, &about)).collect::<Vec<_>>()
    });
    all.filter(|candidate| candidate.word != "help").collect()
}

/// What may be a value of this.
fn value(arg: &Arg, verb: Option<&Command>) -> Next {
    match name_of_value(arg) {
        Some("DIR") => Next::Directory,
        Some("SIGNAL") => Next::Words(SIGNALS.map(|name| candidate(name, "")).to_vec()),
        Some("TARGET") => Next::Target(which(verb)),
        _ => {
            let values = arg.get_possible_values();
            let about = |value: &clap::builder::PossibleValue| {
                value.get_help().map(ToString::to_string).unwrap_or_default()
            };
            let shown = values.iter().filter(|value| !value.is_hide_set());
            let words: Vec<_> =
                shown.map(|value| candidate(value.get_name(), &about(value))).collect();
            if words.is_empty() { Next::Unknown } else { Next::Words(words) }
        }
    }
}

fn which(verb: Option<&Command>) -> Which {
    match verb.map(Command::get_name) {
        Some("stop" | "send" | "signal" | "attach") => Which::Running,
        Some("forget") => Which::Ended,
        _ => Which::All,
    }
}

fn name_of_value(arg: &Arg) -> Option<&str> {
    arg.get_value_names()?.first().map(|name| name.as_str())
}

/// A flag by its long name.
fn spelled(flag: &Arg) -> Option<Candidate> {
    let about = flag.get_help().map(ToString::to_string).unwrap_or_default();
    Some(candidate(&format!("--{}", flag.get_long()?), &about))
}

fn candidate(word: &str, about: &str) -> Candidate {
    Candidate { word: word.to_owned(), about: about.lines().next().unwrap_or_default().to_owned() }
}

#[cfg(test)]
#[path = "completion_tests.rs"]
mod tests;
