//! What went wrong, told once: text on stderr or JSON on stdout, and an exit code.
//! It decides how a failure looks, never whether something is one.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use persistproc_api::{ErrorCode, Problem};
use serde::Serialize;

use crate::args::Format;
use crate::render::{style, words};

/// The exit code of a program whose reader went away: 128 + SIGPIPE, as a shell reports it.
const BROKEN_PIPE: u8 = 141;

/// What a command ends with.
pub(crate) type Outcome = Result<ExitCode, Failure>;

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What to say; nothing, if nobody is there to read it.
    problem: Option<Problem>,
    code: u8,
}

impl Failure {
    /// A problem whose exit code is not the usual one.
    pub(crate) fn with_code(problem: Problem, code: u8) -> Self {
        Self { problem: Some(problem), code }
    }

    /// Whoever read our output has left.
    pub(crate) fn broken_pipe() -> Self {
        Self { problem: None, code: BROKEN_PIPE }
    }

    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.problem.is_none()
    }

    /// Says it and gives the exit code.
    pub(crate) fn report(&self, format: Format) -> ExitCode {
        if let Some(problem) = &self.problem {
            // A reader that is gone cannot be told so.
            match format {
                Format::Text => text(problem).ok(),
                Format::Json => json(problem).ok(),
            };
        }
        ExitCode::from(self.code)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let problem = in_flags(problem);
        let code = match problem.code {
            ErrorCode::InvalidRequest => 2,
            ErrorCode::NotFound | ErrorCode::Ambiguous => 3,
            ErrorCode::DaemonUnreachable => 4,
            _ => 1,
        };
        Self::with_code(problem, code)
    }
}

/// The daemon names a parameter of the REST API. The message shows the flag that sets it.
fn in_flags(problem: Problem) -> Problem {
    let flag = match problem.parameter.as_deref() {
        Some("since") => "--since-time",
        Some("before") => "--before-time",
        Some("after") => "--after",
        _ => return problem,
    };
    problem.with_parameter_shown_as(flag)
}

impl From<io::Error> for Failure {
    /// For our own output only: other input and output says what it was about.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::broken_pipe();
        }
        let message = format!("The output could not be written: {error}.");
        Problem::new(ErrorCode::Storage, message).hint("Check where stdout and stderr go.").into()
    }
}

/// What a shell reports of a program that could not be run.
pub(crate) fn shell_code(problem: &Problem) -> u8 {
    match problem.code {
        ErrorCode::CommandNotFound => 127,
        ErrorCode::PermissionDenied => 126,
        _ => 1,
    }
}

/// A problem as text on stderr: what happened, then the next step.
pub(crate) fn text(problem: &Problem) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    let label = style::red("Error:", stderr.is_terminal());
    writeln!(stderr, "{label} {}", words::shown_lines(&problem.message))?;
    if problem.hint.is_empty() {
        Ok(())
    } else {
        writeln!(stderr, "{}", words::shown_lines(&problem.hint.to_string()))
    }
}

fn json(problem: &Problem) -> io::Result<()> {
    #[derive(Serialize)]
    struct Told<'a> {
        error: &'a str,
        #[serde(flatten)]
        problem: &'a Problem,
    }
    let told = Told { error: &problem.message, problem };
    let mut stdout = io::stdout().lock();
    serde_json::to_writer_pretty(&mut stdout, &told)?;
    writeln!(stdout)
}

/// A command line that makes no sense, or a question about the command line itself.
pub(crate) fn usage(error: &clap::Error, format: Format) -> ExitCode {
    if error.use_stderr() {
        return Failure::from(usage_problem(&error.to_string())).report(format);
    }
    error.print().ok();
    ExitCode::SUCCESS
}

/// The first lines say what is wrong, those after an empty one how to do better.
fn usage_problem(text: &str) -> Problem {
    let (wrong, better) = text.split_once("\n\n").unwrap_or((text, ""));
    let said = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let message = said(wrong.strip_prefix("error: ").unwrap_or(wrong));
    let better = better.lines().map(|line| without_globals(line.trim()));
    let better = better.filter(|line| !line.is_empty());
    Problem::invalid(sentence(&message)).hint(better.collect::<Vec<_>>().join("\n"))
}

/// A line on usage names what was given, be it by the environment, as if it had to be.
fn without_globals(line: &str) -> String {
    let globals = ["--data-dir <DIR> ", "--port <N> ", "--format <text|json> "];
    match line.starts_with("Usage:") {
        true => globals.iter().fold(line.to_owned(), |line, global| line.replace(global, "")),
        false => line.to_owned(),
    }
}

fn sentence(text: &str) -> String {
    let mut rest = text.trim_end_matches('.').chars();
    rest.next().into_iter().flat_map(char::to_uppercase).chain(rest).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_failure_has_its_exit_code() {
        for (code, expected) in [
            (ErrorCode::InvalidRequest, 2),
            (ErrorCode::NotFound, 3),
            (ErrorCode::Ambiguous, 3),
            (ErrorCode::DaemonUnreachable, 4),
            (ErrorCode::StartFailed, 1),
        ] {
            assert_eq!(Failure::from(Problem::new(code, "x")).code, expected, "{code:?}");
        }
        assert_eq!(Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)).code, 141);
        assert_eq!(shell_code(&Problem::new(ErrorCode::CommandNotFound, "x")), 127);
    }

    #[test]
    fn a_usage_error_becomes_a_message_and_a_hint() {
        let problem = usage_problem("error: unexpected argument '--x' found\n\nUsage: pp stop\n");
        assert_eq!(problem.message, "Unexpected argument '--x' found.");
        assert_eq!(problem.hint.to_string(), "Usage: pp stop");
        let problem =
            usage_problem("error: these are missing:\n  <PROGRAM>\n\nUsage: pp\n\nMore\n");
        assert_eq!(problem.message, "These are missing: <PROGRAM>.");
        assert_eq!(problem.hint.to_string(), "Usage: pp\nMore");
        let problem = usage_problem("error: no\n\nUsage: pp stop --port <N> <TARGET>...\n");
        assert_eq!(problem.hint.to_string(), "Usage: pp stop <TARGET>...");
    }
}
