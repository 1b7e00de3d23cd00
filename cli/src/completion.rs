//! Classifies the word at the cursor of an incomplete command line: a verb, a flag, a value, a target,
//! or a word of the program to run. Pure: it does not ask the daemon.

mod scripts;

use std::iter;

use clap::builder::PossibleValue;
use clap::{Arg, Args, Command};

pub(crate) use self::scripts::of_line as scripts_of_line;
use crate::args::RunArgs;

/// A word that completes the line, with a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) word: String,
    pub(crate) about: String,
}

/// The kind of the word at the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NextWord {
    /// A word of the program that begins at this index: its own completion takes over.
    Program(usize),
    /// The first word: one of these verbs, or a program.
    First(Vec<Candidate>),
    /// One of these words.
    Words(Vec<Candidate>),
    /// A process.
    Target(TargetFilter),
    /// One of these words, or a process.
    WordsOrTarget(Vec<Candidate>),
    /// A directory.
    Directory,
    /// A word that cannot be completed, such as a label.
    Unknown,
}

/// Which processes a verb works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetFilter {
    All,
    Running,
    Ended,
}

const SIGNALS: [&str; 10] =
    ["HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM", "CONT", "STOP", "WINCH"];

/// The kind of the last word, which is being typed. `words` are those after the program's own name.
pub(crate) fn next(root: &Command, words: &[String]) -> NextWord {
    let Some((current, before)) = words.split_last() else { return NextWord::Unknown };
    let mut parser = LineParser { root, verb: None, positionals: 0, escaped: false };
    let mut index = 0;
    while let Some(word) = before.get(index) {
        index += 1;
        if word == "--" && !parser.escaped {
            parser.escaped = true;
        } else if parser.is_flag(word) {
            let Some(flag) = parser.flag_with_value(word) else { continue };
            // Bash splits `--flag=value` into three words.
            index += usize::from(before.get(index).is_some_and(|word| word == "="));
            if index >= before.len() {
                return value(&flag, parser.verb);
            }
            index += 1;
        } else if parser.expects_program_or_verb() && !parser.enter_verb(word) {
            return NextWord::Program(index - 1);
        }
    }
    parser.classify(current, before.len())
}

/// The state after the words before the cursor.
struct LineParser<'c> {
    root: &'c Command,
    verb: Option<&'c Command>,
    positionals: usize,
    escaped: bool,
}

impl<'c> LineParser<'c> {
    fn is_flag(&self, word: &str) -> bool {
        !self.escaped && word.len() > 1 && word.starts_with('-')
    }

    /// Whether the next word that is not a flag may be a verb or the first word of a program. If not,
    /// counts it as a positional argument.
    fn expects_program_or_verb(&mut self) -> bool {
        let Some(verb) = self.verb else { return true };
        if verb.has_subcommands() {
            return true;
        }
        let first = verb.get_positionals().next().and_then(value_name);
        if self.positionals == 0 && matches!(first, Some("PROGRAM" | "COMMAND")) {
            return true;
        }
        self.positionals += 1;
        false
    }

    /// Descends into the verb of this name. Returns `false` if the word is the first of a program.
    fn enter_verb(&mut self, word: &str) -> bool {
        if self.escaped {
            return false;
        }
        let parent = self.verb.unwrap_or(self.root);
        if let Some(verb) = parent.find_subcommand(word) {
            self.verb = Some(verb);
            return true;
        }
        self.verb.is_some_and(Command::has_subcommands)
    }

    /// The flag of this spelling, if it takes a value.
    fn flag_with_value(&self, word: &str) -> Option<Arg> {
        let mut flags = self.flags().into_iter().filter(|flag| flag.get_action().takes_values());
        if let Some(long) = word.strip_prefix("--") {
            let long = long.replace('_', "-");
            return flags.find(|flag| flag.get_long() == Some(&long));
        }
        let mut letters = word.strip_prefix('-')?.chars();
        let short = letters.next()?;
        if letters.next().is_some() {
            return None;
        }
        flags.find(|flag| flag.get_short() == Some(short))
    }

    /// Every flag that is accepted here. Before a verb these include the flags of `run`.
    fn flags(&self) -> Vec<Arg> {
        let run = RunArgs::augment_args(Command::default());
        let run_flags = run.get_arguments().filter(|_| self.verb.is_none());
        let flags = self.verb.unwrap_or(self.root).get_arguments().chain(run_flags);
        flags.filter(|arg| !arg.is_positional() && !arg.is_hide_set()).cloned().collect()
    }

    /// The kind of the last word, at this index.
    fn classify(&self, current: &str, index: usize) -> NextWord {
        if self.is_flag(current) || (current == "-" && !self.escaped) {
            return NextWord::Words(self.flags().iter().filter_map(flag_candidate).collect());
        }
        let Some(verb) = self.verb else {
            return if self.escaped {
                NextWord::Program(index)
            } else {
                NextWord::First(verb_candidates(self.root))
            };
        };
        if verb.has_subcommands() {
            return NextWord::Words(verb_candidates(verb));
        }
        let positionals: Vec<&Arg> = verb.get_positionals().collect();
        let Some(last) = positionals.len().checked_sub(1) else { return NextWord::Unknown };
        let positional = positionals[self.positionals.min(last)];
        match value_name(positional) {
            Some("PROGRAM" | "COMMAND") => NextWord::Program(index),
            _ => value(positional, self.verb),
        }
    }
}

/// The visible verbs of a command, each under all its names.
fn verb_candidates(parent: &Command) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for verb in parent.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
        let names = iter::once(verb.get_name()).chain(verb.get_visible_aliases());
        candidates.extend(names.map(|name| candidate(name, &about)));
    }
    candidates.retain(|candidate| candidate.word != "help");
    candidates
}

/// The kind of an argument's value.
fn value(arg: &Arg, verb: Option<&Command>) -> NextWord {
    match value_name(arg) {
        Some("DIR") => NextWord::Directory,
        Some("SIGNAL") => NextWord::Words(SIGNALS.map(|name| candidate(name, "")).to_vec()),
        Some("on|off|TARGET") => NextWord::WordsOrTarget(vec![
            candidate("on", "every process"),
            candidate("off", "no process"),
        ]),
        Some("TARGET") => NextWord::Target(target_filter(verb)),
        _ => {
            let values = arg.get_possible_values();
            let visible = values.iter().filter(|value| !value.is_hide_set());
            let words: Vec<_> = visible.map(value_candidate).collect();
            if words.is_empty() { NextWord::Unknown } else { NextWord::Words(words) }
        }
    }
}

fn target_filter(verb: Option<&Command>) -> TargetFilter {
    match verb.map(Command::get_name) {
        Some("stop" | "send" | "signal" | "attach") => TargetFilter::Running,
        Some("forget") => TargetFilter::Ended,
        _ => TargetFilter::All,
    }
}

fn value_name(arg: &Arg) -> Option<&str> {
    arg.get_value_names()?.first().map(|name| name.as_str())
}

fn flag_candidate(flag: &Arg) -> Option<Candidate> {
    let about = flag.get_help().map(ToString::to_string).unwrap_or_default();
    Some(candidate(&format!("--{}", flag.get_long()?), &about))
}

fn value_candidate(value: &PossibleValue) -> Candidate {
    let about = value.get_help().map(ToString::to_string).unwrap_or_default();
    candidate(value.get_name(), &about)
}

/// A candidate with the first line of its description.
fn candidate(word: &str, about: &str) -> Candidate {
    Candidate { word: word.to_owned(), about: about.lines().next().unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests;
