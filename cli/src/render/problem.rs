//! A [`Problem`] as text on standard error or as JSON on standard output.

use std::io::{self, IsTerminal, Write};

use persistproc_api::Problem;
use serde::Serialize;

use super::wrapping::wrap;
use super::{style, words};
use crate::dispatch::Name;
use crate::terminal;

const LABEL: &str = "Error:";

/// What happened, then the next step. With the width of a terminal, lines are broken at words.
pub(crate) fn lines(problem: &Problem, width: Option<u16>) -> Vec<String> {
    let mut text = format!("{LABEL} {}", words::shown_lines(&problem.message));
    if !problem.hint.is_empty() {
        text.push('\n');
        text.push_str(&with_own_name(&words::shown_lines(&problem.hint.to_string())));
    }
    let mut lines = match width {
        Some(width) => wrap(&text, width.into()),
        None => text.lines().map(str::to_owned).collect(),
    };
    if let Some(rest) = lines.first().and_then(|line| line.strip_prefix(LABEL)) {
        lines[0] = format!("{}{rest}", style::red(LABEL, width.is_some()));
    }
    lines
}

/// Commands of a hint under the name by which this program was called.
fn with_own_name(hint: &str) -> String {
    match Name::own() {
        Name::Pp => hint.replace("`persistproc ", "`pp "),
        Name::Persistproc => hint.to_owned(),
    }
}

/// Prints the problem on standard error.
pub(crate) fn print(problem: &Problem) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    let width = stderr.is_terminal().then(|| terminal::size().columns);
    lines(problem, width).iter().try_for_each(|line| writeln!(stderr, "{line}"))
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
