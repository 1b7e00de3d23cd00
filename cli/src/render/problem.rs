//! A [`Problem`] as text on standard error or as JSON on standard output.

use std::io::{self, IsTerminal, Write};

use persistproc_api::Problem;
use serde::Serialize;

use super::{style, words};

/// What happened, then the next step.
pub(crate) fn lines(problem: &Problem, is_terminal: bool) -> Vec<String> {
    let label = style::red("Error:", is_terminal);
    let mut lines = vec![format!("{label} {}", words::shown_lines(&problem.message))];
    if !problem.hint.is_empty() {
        lines.push(words::shown_lines(&problem.hint.to_string()));
    }
    lines
}

/// Prints the problem on standard error.
pub(crate) fn print(problem: &Problem) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    let is_terminal = stderr.is_terminal();
    lines(problem, is_terminal).iter().try_for_each(|line| writeln!(stderr, "{line}"))
}

/// The problem with its message under `error` as well, the key that version 0.2 used.
#[derive(Serialize)]
struct ProblemJson<'a> {
    error: &'a str,
    #[serde(flatten)]
    problem: &'a Problem,
}

pub(crate) fn print_json(problem: &Problem) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let json = ProblemJson { error: &problem.message, problem };
    serde_json::to_writer_pretty(&mut stdout, &json)?;
    writeln!(stdout)
}
