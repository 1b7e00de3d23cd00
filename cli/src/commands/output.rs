//! `output`: what a process printed, as lines, as rows or as the very bytes.

mod rows;

use std::io::{IsTerminal, stdout};
use std::process::ExitCode;

use persistproc_api::Target;
use persistproc_api::client::Client;
use persistproc_api::cursor::Cursor;
use persistproc_api::follow::{FollowQuery, runs_dropped};
use persistproc_api::output::{Lines, OutputPage, OutputQuery};

use super::target;
use crate::args::OutputArgs;
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render::{self, words};
use crate::session::{Follower, Sinks, Told};
use crate::terminal::Sink;

/// Lines in one answer when all of them are wanted.
const PAGE: u64 = 10_000;

pub(crate) fn run(args: &OutputArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let target = target::from_args(&args.target);
    if args.rows {
        rows::run(&client, &target, args)?;
    } else if args.raw || args.follow {
        bytes(client, target, args, context)?;
    } else if args.lines == Lines::All && args.bytes.is_none() {
        everything(&client, &target, args, context)?;
    } else {
        show(&client.output(&target, &query(args))?, context)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn query(args: &OutputArgs) -> OutputQuery {
    OutputQuery {
        stream: args.stream.into(),
        lines: args.lines,
        since: args.since_time.clone(),
        before: args.before_time.clone(),
        after: args.after.clone(),
        run: args.run,
        grep: args.grep.clone(),
        context: args.context,
        bytes: args.bytes,
        collapse: args.collapse,
        raw: false,
        timestamps: args.timestamps,
        as_rows: args.rows,
        working_directory: None,
    }
}

fn show(page: &OutputPage, context: &Context) -> Result<(), Failure> {
    if context.json() {
        return render::json(page);
    }
    render::lines(&page.output)?;
    remark(page, context);
    Ok(())
}

/// What is not here, for a person; a program asks for JSON.
fn remark(page: &OutputPage, context: &Context) {
    // A file that holds less than was asked for should not come about in silence.
    if !stdout().is_terminal() && !page.truncated {
        return;
    }
    if !page.note.is_empty() {
        context.note(&page.note);
    } else if page.lines_before > 0 || page.lines_after > 0 {
        let (before, after) = (page.lines_before, page.lines_after);
        context.note(&format!("Left out: {before} lines before, {after} after. All: --lines all"));
    }
}

/// Page after page from the beginning, so that neither side holds more than a page; but JSON
/// is one value.
fn everything(
    client: &Client,
    target: &Target,
    args: &OutputArgs,
    context: &Context,
) -> Result<(), Failure> {
    let latest = client.process(target)?;
    let target = Target::from(&latest);
    let run = args.run.unwrap_or(latest.run);
    let beginning = args.after.clone().unwrap_or_else(|| Cursor::start_of(run).to_string());
    let mut query = query(args);
    (query.lines, query.after) = (Lines::AtMost(PAGE), Some(beginning));
    let (mut whole, mut dropped) = (OutputPage::default(), (0, Some(0)));
    loop {
        let page = client.output(&target, &query)?;
        // Output that came while we read is not chased for ever.
        let last = page.output.is_empty() || (page.lines_after == 0 && page.run >= run);
        query.after = Some(page.cursor.clone());
        dropped.0 += page.dropped_bytes;
        dropped.1 = dropped.1.zip(page.dropped_lines).map(|(sum, more)| sum + more);
        if context.json() {
            append(&mut whole, page);
        } else {
            render::lines(&page.output)?;
        }
        if last {
            break;
        }
    }
    if let (bytes @ 1.., lines) = dropped {
        let lines_too = lines.map(|lines| format!(" ({lines} lines)")).unwrap_or_default();
        whole.note = format!(
            "{bytes} bytes of output{lines_too} were dropped by the log limit before this."
        );
        (whole.truncated, whole.dropped_bytes, whole.dropped_lines) = (true, bytes, lines);
        context.note(&whole.note);
    }
    if context.json() { render::json(&whole) } else { Ok(()) }
}

fn append(whole: &mut OutputPage, page: OutputPage) {
    let first = whole.cursor.is_empty();
    let mut lines = std::mem::take(&mut whole.output);
    let before = if first { page.lines_before } else { whole.lines_before };
    lines.extend(page.output);
    *whole = OutputPage { output: lines, lines_before: before, ..page };
}

fn bytes(
    client: Client,
    target: Target,
    args: &OutputArgs,
    context: &Context,
) -> Result<(), Failure> {
    let query = FollowQuery {
        stream: args.stream.into(),
        lines: args.lines,
        since: args.since_time.clone(),
        after: args.after.clone(),
        skip: 0,
        run: args.run,
        wait: args.follow,
        timestamps: args.timestamps,
        working_directory: None,
    };
    let sink = if args.raw { Sink::stdout } else { Sink::tame_stdout };
    let mut sinks = Sinks { stdout: sink()?, stderr: sink()? };
    Follower::new(client, target, query).run(&mut sinks, |told| {
        if let Some(text) = told_in_passing(&told).filter(|_| !args.raw) {
            context.note(&text);
        }
    })
}

fn told_in_passing(told: &Told) -> Option<String> {
    match told {
        Told::Run(_) | Told::Ended(_) => None,
        Told::Restarting(status) => Some(format!("It {}; a new run begins.", words::fate(status))),
        Told::Dropped(bytes) => {
            Some(format!("{bytes} bytes of output were dropped by the log limit."))
        }
        Told::RunsDropped(first, last) => Some(runs_dropped(*first, *last)),
    }
}
