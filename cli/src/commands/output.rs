//! `output`: the output of a process, as lines of text, JSON rows or raw bytes; or the lines of several
//! processes, merged.

mod all_lines;
mod follow;
mod merged;
mod query;
mod rows;

use std::io::{IsTerminal, stdout};
use std::mem;
use std::process::ExitCode;

use persistproc_api::Target;
use persistproc_api::client::Client;
use persistproc_api::output::{Lines, OutputPage};
use persistproc_api::selection::SelectedState;

use super::selected::{Purpose, SelectionRequest, WithoutTarget, select};
use crate::args::OutputArgs;
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render::{self, line_time::LineTime};

const PURPOSE: Purpose<'static> = Purpose {
    command: "logs",
    question: "Show the output of",
    changes: false,
    state: SelectedState::Any,
    without_target: WithoutTarget::All,
};

pub(crate) fn run(args: &OutputArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let request = SelectionRequest::optional(&args.target, args.scope, PURPOSE);
    let selected = select(&client, &request, context)?;
    match &selected.processes[..] {
        [only] if !selected.is_list => run_one(client, Target::from(only), args, context),
        _ => merged::run(&client, selected, args, context),
    }
}

fn run_one(client: Client, target: Target, args: &OutputArgs, context: &Context) -> Outcome {
    if args.rows {
        rows::run(&client, &target, args, context)?;
    } else if args.raw || args.follow {
        follow::run(client, target, args, context)?;
    } else if args.lines == Lines::All && args.bytes.is_none() && !is_around_line(args) {
        let has_lines = all_lines::run(&client, &target, args, context)?;
        return Ok(exit_code(args, has_lines, context));
    } else {
        let page = client.output(&target, &query::page(args, context))?;
        let has_lines = !page.output.is_empty();
        print(page, args, context)?;
        return Ok(exit_code(args, has_lines, context));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether only the lines around one are shown.
fn is_around_line(args: &OutputArgs) -> bool {
    args.from_line.is_some() && args.context.is_some() && args.grep.is_none()
}

/// As grep, 1 if no line matches `--grep`.
fn exit_code(args: &OutputArgs, has_lines: bool, context: &Context) -> ExitCode {
    if args.grep.is_none() || has_lines {
        return ExitCode::SUCCESS;
    }
    if stdout().is_terminal() {
        context.note("No line matches.");
    }
    ExitCode::FAILURE
}

fn print(mut page: OutputPage, args: &OutputArgs, context: &Context) -> Result<(), Failure> {
    if context.json() {
        return render::json(&page);
    }
    let lines = mem::take(&mut page.output);
    let count = lines.len() as u64;
    print_lines(lines, args)?;
    note_omissions(&page, count, args, context);
    Ok(())
}

/// Prints the lines of a page, with times as they are read in a terminal.
fn print_lines(lines: Vec<String>, args: &OutputArgs) -> Result<(), Failure> {
    if !args.timestamps {
        return render::lines(lines);
    }
    let time = LineTime::of_stdout();
    render::lines(lines.into_iter().map(|line| time.of_line(line)))
}

/// Prints a note on stderr about missing lines. With `--format json` they are fields of the answer.
fn note_omissions(page: &OutputPage, count: u64, args: &OutputArgs, context: &Context) {
    // Without a terminal, only a truncated page gets a note: it lacks lines that were requested.
    if !stdout().is_terminal() && !page.truncated {
        return;
    }
    if page.lines_after > 0 && args.after.is_some() && page.dropped_bytes == 0 {
        let lines = counted_lines(page.lines_after);
        context.note(&format!("{lines} after these: --after {}", page.cursor));
    } else if !page.note.is_empty() {
        context.note(&page.note);
    } else if page.lines_after > 0 && args.from_line.is_some() {
        if omits_by_default(count, args) {
            let lines = counted_lines(page.lines_after);
            context.note(&format!("{lines} after these. Use --lines all to show all."));
        }
    } else if page.lines_before > 0 && omits_by_default(count, args) {
        let lines = counted_lines(page.lines_before);
        context.note(&format!("{lines} before these. Use --lines all to show all."));
    }
}

/// Whether the page is full without a number that was asked for. What a filter leaves out,
/// `--lines all` would not show either.
fn omits_by_default(count: u64, args: &OutputArgs) -> bool {
    matches!(args.lines, Lines::AtMost(limit) if args.lines == Lines::default() && count >= limit)
}

fn counted_lines(count: u64) -> String {
    if count == 1 { "1 more line".to_owned() } else { format!("{count} more lines") }
}
