//! Splits a command line into our words and those of the program to run: `pp npm run dev` is
//! `pp run npm run dev`. It looks at words only.

mod synonyms;

use std::env;
use std::ffi::{OsStr, OsString};
use std::iter;
use std::path::Path;

use clap::{Arg, Args, Command, CommandFactory, FromArgMatches};
use persistproc_api::words::nearest;

use crate::args::{Format, Root, RunArgs, examples, with_underscore_aliases};

/// The name by which the program was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Persistproc,
    Pp,
}

impl Name {
    /// The name by which this process was called.
    pub(crate) fn own() -> Self {
        Self::from_path(&env::args_os().next().unwrap_or_default())
    }

    /// From the first word of the command line, a name or a path.
    pub(crate) fn from_path(program: &OsStr) -> Self {
        match Path::new(program).file_name() {
            Some(name) if name == "pp" => Self::Pp,
            _ => Self::Persistproc,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Persistproc => "persistproc",
            Self::Pp => "pp",
        }
    }

    /// The verb to run if none is typed.
    fn default_verb(self) -> &'static str {
        match self {
            Self::Persistproc => "serve",
            Self::Pp => "list",
        }
    }
}

/// Parses the words that follow the program's own name.
pub(crate) fn parse(name: Name, words: Vec<OsString>) -> Result<Root, clap::Error> {
    let command = command(name);
    let command = if asks_for_help(&command, &words) { with_short_help(command) } else { command };
    let words = with_verb(&command, name, words);
    let words = iter::once(name.as_str().into()).chain(words);
    let matches = command.try_get_matches_from(words)?;
    Root::from_arg_matches(&matches)
}

/// The clap command of all verbs and flags.
pub(crate) fn command(name: Name) -> Command {
    let command = with_underscore_aliases(Root::command());
    let command = command.display_name("persistproc").name(name.as_str());
    command.mut_subcommand("wait", shadow_global_port)
}

/// Whether the words ask for help.
fn asks_for_help(command: &Command, words: &[OsString]) -> bool {
    let is_help = |word: &OsString| word == "--help" || word == "-h";
    let is_program = matches!(first_word(command, words), FirstWord::Program(_));
    !is_program && words.iter().any(is_help)
}

/// The main page on one screen, and the pages of verbs without the options that every verb has.
/// `pp help` shows all.
fn with_short_help(command: Command) -> Command {
    let command = command.help_template(include_str!("args/short_help.txt"));
    command.mut_args(|arg| arg.hide(true)).mut_subcommands(|verb| {
        let template = match examples::of_verb(verb.get_name()) {
            "" => VERB_HELP.to_owned(),
            examples => format!("{VERB_HELP}\n\nExamples:\n{examples}"),
        };
        verb.help_template(template)
    })
}

/// The help page of a verb, before its examples.
const VERB_HELP: &str = "{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}\n\n\
                         Every command also accepts --format, --quiet, --verbose, --data-dir and \
                         --port: see `pp help`.{after-help}";

/// Keeps the global `--port` out of `wait`, whose own `--port` is a port of the process: clap does
/// not propagate a global flag to a command that has a flag of the same id.
fn shadow_global_port(wait: Command) -> Command {
    let port = Arg::new("port").long("daemon-port").value_parser(clap::value_parser!(u16));
    wait.arg(port.hide(true))
}

/// The kind of the first word that is neither a flag nor the value of a flag.
#[derive(Debug, PartialEq, Eq)]
enum FirstWord {
    Verb,
    /// A program to run, at this index: `run` was left out.
    Program(usize),
    /// There is no such word, but a flag requests help or the version.
    Help,
    Missing,
}

/// The words with the verb that was left out, if any, or that other tools call otherwise.
fn with_verb(command: &Command, name: Name, mut words: Vec<OsString>) -> Vec<OsString> {
    match first_word(command, &words) {
        FirstWord::Program(index) => match synonyms::verb(&words[index..]) {
            Some(verb) => {
                words.splice(index..=index, verb.iter().map(OsString::from));
            }
            // In front, so that flags of `run` may precede the program as global flags do.
            None => {
                words.splice(0..0, ["run".into(), "--implied".into()]);
            }
        },
        FirstWord::Missing => words.push(name.default_verb().into()),
        FirstWord::Verb | FirstWord::Help => {}
    }
    words
}

fn first_word(command: &Command, words: &[OsString]) -> FirstWord {
    let mut index = 0;
    while let Some(word) = words.get(index) {
        match word.to_str() {
            Some("-h" | "--help" | "-V" | "--version") => return FirstWord::Help,
            Some("--") => return FirstWord::Program(index),
            Some(flag) if flag.len() > 1 && flag.starts_with('-') => {
                index += usize::from(takes_next_word(command, flag));
            }
            Some(word) if is_verb(command, word) => {
                let is_program = synonyms::is_program_here(&words[index..]);
                return if is_program { FirstWord::Program(index) } else { FirstWord::Verb };
            }
            _ => return FirstWord::Program(index),
        }
        index += 1;
    }
    FirstWord::Missing
}

fn is_verb(command: &Command, word: &str) -> bool {
    word == "help"
        || command.get_subcommands().any(|verb| {
            verb.get_name() == word || verb.get_all_aliases().any(|alias| alias == word)
        })
}

/// Whether the next word is the value of this flag, which is a global one or one of `run`.
fn takes_next_word(command: &Command, flag: &str) -> bool {
    let run = RunArgs::augment_args(Command::default());
    let mut flags = command.get_arguments().chain(run.get_arguments());
    flags.any(|arg| arg.get_action().takes_values() && is_named(arg, flag))
}

/// Whether a word is this flag, without a value: `--label`, its alias `--name`, or `-C`.
fn is_named(arg: &Arg, word: &str) -> bool {
    let Some(long) = word.strip_prefix("--") else {
        return arg.get_short().is_some_and(|short| word == format!("-{short}"));
    };
    let long = long.replace('_', "-");
    arg.get_long() == Some(&long)
        || arg.get_all_aliases().unwrap_or_default().iter().any(|alias| *alias == long)
}

/// The program with the verb that a command line names: `pp list`.
pub(crate) fn typed_command(name: Name, words: &[OsString]) -> String {
    let root = Root::command();
    let verb = words.iter().filter_map(|word| word.to_str()).find(|word| is_verb(&root, word));
    [Some(name.as_str()), verb].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The verb whose name is most similar to the word, if any is similar.
pub(crate) fn similar_verb(word: &str) -> Option<String> {
    let root = Root::command();
    let verbs = root.get_subcommands().filter(|verb| !verb.is_hide_set());
    let names = verbs.flat_map(|verb| iter::once(verb.get_name()).chain(verb.get_all_aliases()));
    nearest(word, names.map(str::to_owned))
}

/// The output format that the words ask for, even if they cannot be parsed as a whole.
pub(crate) fn format(words: &[OsString]) -> Format {
    let typed = words.iter().enumerate().find_map(|(index, word)| match word.to_str()? {
        "--json" => Some("json".to_owned()),
        "--format" => words.get(index + 1)?.to_str().map(str::to_owned),
        word => word.strip_prefix("--format=").map(str::to_owned),
    });
    match typed.or_else(|| env::var("PERSISTPROC_FORMAT").ok()).as_deref() {
        Some("json") => Format::Json,
        _ => Format::Text,
    }
}

#[cfg(test)]
mod tests;
