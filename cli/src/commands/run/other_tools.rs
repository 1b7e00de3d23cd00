//! Commands of other tools that are programs here, or nothing: `pp rm web` would delete a file.
//! [`refuse`] stops before such a program runs, [`hint`] names what to type for a word that is no
//! program.

use std::ffi::OsString;
use std::path::Path;

use persistproc_api::{ErrorCode, Problem, Target};

use crate::commands::target;
use crate::context::Context;
use crate::error::Failure;

/// Programs that other tools have as verbs, what the program does, and our verb.
const PROGRAMS: [(&str, &str, &str); 5] = [
    ("rm", "deletes files", "forget"),
    ("rmdir", "deletes directories", "forget"),
    ("kill", "sends a signal to a PID", "stop"),
    ("pkill", "sends a signal to all programs of that name", "stop"),
    ("killall", "sends a signal to all programs of that name", "stop"),
];

/// Refuses a program that other tools have as a verb, when its only argument names a process.
pub(super) fn refuse(words: &[OsString], context: &Context) -> Result<(), Failure> {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    match words[..] {
        ["top"] => Err(refusal(
            "`top` is a program that shows all processes of the machine.",
            "Run `pp ui` for the processes here, or `pp run top`.",
        )),
        [program, name] => match PROGRAMS.iter().find(|(known, ..)| *known == program) {
            Some((_, effect, verb)) if is_process(name, context)? => Err(refusal(
                &format!("`{program}` {effect}, and {name} is a process here."),
                format!("Run `pp {verb} {name}` for the process, or `pp run {program} {name}`."),
            )),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn refusal(message: &str, hint: impl Into<String>) -> Failure {
    Problem::new(ErrorCode::InvalidRequest, message).hint(hint.into()).into()
}

/// Whether a word is the name of a process, or a part of one and of no file.
fn is_process(name: &str, context: &Context) -> Result<bool, Failure> {
    let target: Target = target::from_words(&[name.to_owned()], None);
    match context.client()?.process(&target) {
        Ok(process) if [&process.id, &process.label].into_iter().any(|own| own == name) => Ok(true),
        Ok(_) => Ok(!Path::new(name).exists()),
        Err(problem) => Ok(problem.code == ErrorCode::Ambiguous && !Path::new(name).exists()),
    }
}

/// What to type instead of a verb of other tools that is no program.
pub(super) fn hint(word: &str) -> Option<&'static str> {
    Some(match word {
        "up" => "Run `pp start` with a command to start it in the background.",
        "down" => "Run `pp stop` with a name, or `pp shutdown` to stop all processes.",
        "exec" => "The process runs on this machine: run the command itself.",
        "config" => {
            "Run `pp doctor` to see the settings, or `pp serve --help` for those of the daemon."
        }
        "quit" | "halt" => "Run `pp shutdown` to stop all processes and the daemon.",
        "build" | "pull" | "push" => "There are no images: a process is a program on this machine.",
        "save" | "startup" | "resurrect" => {
            "Processes and their logs are kept; run `pp restart` with a name to start one again."
        }
        _ => return None,
    })
}
