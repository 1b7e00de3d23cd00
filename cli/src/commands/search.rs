//! `search`: one pattern over what all processes printed.

use std::io::{IsTerminal, stdout};
use std::process::ExitCode;

use jiff::tz::TimeZone;
use persistproc_api::search::{SearchQuery, SearchReply};
use persistproc_api::{Problem, Time};

use crate::args::SearchArgs;
use crate::context::{self, Context};
use crate::error::Outcome;
use crate::render::{self, matches, style, words};

pub(crate) fn run(args: &SearchArgs, context: &Context) -> Outcome {
    let reply = context.client()?.search(&query(args)?)?;
    if context.json() {
        render::json(&reply)?;
    } else {
        let terminal = stdout().is_terminal();
        let zone = TimeZone::system();
        let (local, colour) = (terminal.then_some(&zone), style::wanted(terminal));
        let look = matches::Look { now: Time::now(), local, colour };
        render::lines(matches::lines(&reply.matches, &args.pattern, look))?;
        remark(&reply, context);
    }
    Ok(ExitCode::SUCCESS)
}

fn query(args: &SearchArgs) -> Result<SearchQuery, Problem> {
    let directory = args.working_directory.as_deref();
    Ok(SearchQuery {
        grep: args.pattern.clone(),
        stream: args.stream.into(),
        lines: args.lines,
        target: args.target.clone(),
        label: args.label.clone(),
        working_directory: directory.map(|path| context::directory(Some(path))).transpose()?,
        status: args.status.map(Into::into),
        since: args.since_time.clone(),
        before: args.before_time.clone(),
    })
}

/// What is not here, for a person; a program sees it in the JSON.
fn remark(reply: &SearchReply, context: &Context) {
    if reply.matches.is_empty() {
        // On stderr: nothing at all might also be a pipe that broke.
        context.note("No line matches.");
    }
    if !stdout().is_terminal() {
        return;
    }
    match (reply.matches.len(), reply.truncated) {
        (0, _) => {}
        (shown, true) => {
            context.note(&format!("These are the newest {shown}. More: --lines {}", shown * 10));
        }
        (_, false) => {}
    }
    if reply.dropped_bytes > 0 {
        let size = words::size(reply.dropped_bytes);
        context.note(&format!("{size} of older output were dropped by the log limit."));
    }
}
