//! Usage errors of clap as a [`Problem`], so that they are printed like every other error, as text or as JSON.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use persistproc_api::Problem;

/// Clap names a global flag in the usage if its value was given, by an environment variable too.
const GLOBAL_FLAGS: [&str; 3] = ["--data-dir <DIR> ", "--port <N> ", "--format <text|json> "];

/// How clap ends the text of an error.
const MORE: &str = "For more information, try '--help'.";

/// The problem of a command line. `command` is the program with its verb: `pp list`.
pub(crate) fn problem(error: &clap::Error, command: &str) -> Problem {
    let problem = from_text(&error.to_string(), command);
    match unexpected_word(error) {
        Some(_) if command.contains(' ') => {
            let verb = command.rsplit(' ').next().unwrap_or_default();
            let program = format!("Run `pp run {verb} …` to run a program called {verb}.");
            let hint = problem.hint.to_string();
            problem.hint(format!("{program}\n{hint}"))
        }
        _ => problem,
    }
}

/// The word that is one too many, if it is no flag.
fn unexpected_word(error: &clap::Error) -> Option<&str> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(word)) if !word.starts_with('-') => Some(word),
        _ => None,
    }
}

/// Clap's text is the error, an empty line, and then usage and tips.
fn from_text(text: &str, command: &str) -> Problem {
    let (error, usage) = text.split_once("\n\n").unwrap_or((text, ""));
    let error = error.strip_prefix("error: ").unwrap_or(error);
    let message = error.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let hint = usage
        .lines()
        .map(|line| without_global_flags(line.trim()))
        .filter(|line| !line.is_empty() && !is_misleading(line))
        .map(with_hyphens)
        .map(|line| line.replace(MORE, &format!("Run `{command} --help` to see all options.")))
        .collect::<Vec<_>>();
    Problem::invalid(sentence(&message)).hint(hint.join("\n"))
}

/// Whether a line proposes to pass an unknown flag after `--`: it would be taken for the program.
fn is_misleading(line: &str) -> bool {
    line.starts_with("tip: to pass '")
}

/// The tip about a similar flag, which may name the alias of a flag that has underscores.
fn with_hyphens(line: String) -> String {
    match line.split_once("'--") {
        Some((before, flag)) if line.starts_with("tip: a similar argument exists") => {
            format!("{before}'--{}", flag.replace('_', "-"))
        }
        _ => line,
    }
}

fn without_global_flags(line: &str) -> String {
    let mut line = line.to_owned();
    if line.starts_with("Usage:") {
        for flag in GLOBAL_FLAGS {
            line = line.replace(flag, "");
        }
    }
    line
}

/// The text with a capital letter at its start and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut rest = text.trim_end_matches('.').chars();
    rest.next().into_iter().flat_map(char::to_uppercase).chain(rest).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_becomes_the_message_and_the_usage_the_hint() {
        let problem =
            from_text("error: unexpected argument '--x' found\n\nUsage: pp stop\n", "pp stop");
        assert_eq!(problem.message, "Unexpected argument '--x' found.");
        assert_eq!(problem.hint.to_string(), "Usage: pp stop");
        let text = "error: these are missing:\n  <PROGRAM>\n\nUsage: pp\n\nMore\n";
        let problem = from_text(text, "pp");
        assert_eq!(problem.message, "These are missing: <PROGRAM>.");
        assert_eq!(problem.hint.to_string(), "Usage: pp\nMore");
        let problem = from_text("error: no\n\nUsage: pp stop --port <N> <TARGET>...\n", "pp stop");
        assert_eq!(problem.hint.to_string(), "Usage: pp stop <TARGET>...");
    }

    #[test]
    fn a_similar_flag_is_shown_with_hyphens() {
        let text = "error: unexpected argument '--bfore-time' found\n\n  tip: a similar argument \
                    exists: '--before_time'\n\nUsage: pp logs\n";
        let hint = from_text(text, "pp logs").hint.to_string();
        assert_eq!(hint, "tip: a similar argument exists: '--before-time'\nUsage: pp logs");
    }

    #[test]
    fn a_tip_that_would_run_a_flag_as_a_program_is_left_out() {
        let text = "error: unexpected argument '-x' found\n\n  tip: to pass '-x' as a value, use \
                    '-- -x'\n\nUsage: pp run <PROGRAM>\n\nFor more information, try '--help'.\n";
        let hint = from_text(text, "pp run").hint.to_string();
        assert_eq!(hint, "Usage: pp run <PROGRAM>\nRun `pp run --help` to see all options.");
    }
}
