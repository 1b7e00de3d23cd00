//! A [`Problem`] as text on standard error or as JSON on standard output.

use std::io::{self, IsTerminal, Write};

use persistproc_api::Problem;
use serde::Serialize;

use super::{style, words};

/// Prints what happened, then the next step.
pub(crate) fn print(problem: &Problem) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    let label = style::red("Error:", stderr.is_terminal());
    writeln!(stderr, "{label} {}", words::shown_lines(&problem.message))?;
    if !problem.hint.is_empty() {
        writeln!(stderr, "{}", words::shown_lines(&problem.hint.to_string()))?;
    }
    Ok(())
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
