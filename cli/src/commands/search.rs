//! `search`: one regular expression over the output of all processes.

use std::io::{IsTerminal, stdout};
use std::process::ExitCode;

use jiff::tz::TimeZone;
use persistproc_api::process::StatusList;
use persistproc_api::search::{SearchQuery, SearchReply};
use persistproc_api::{Problem, Time};

use crate::args::SearchArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::paths;
use crate::render::{self, matches, style, words};

pub(crate) fn run(args: &SearchArgs, context: &Context) -> Outcome {
    let reply = context.client()?.search(&query(args)?)?;
    if context.json() {
        render::json(&reply)?;
    } else {
        let is_terminal = stdout().is_terminal();
        let zone = TimeZone::system();
        let format = matches::MatchFormat {
            now: Time::now(),
            local: is_terminal.then_some(&zone),
            colour: style::use_colour(is_terminal),
        };
        render::lines(matches::lines(&reply.matches, &args.pattern, format))?;
        note_omissions(&reply, context);
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
        working_directory: directory
            .map(|path| paths::absolute_directory(Some(path)))
            .transpose()?,
        status: StatusList::new(args.status.clone()),
        since: args.since_time.clone(),
        before: args.before_time.clone(),
    })
}

/// Prints notes on stderr about omitted lines. With `--format json` they are fields of the answer.
fn note_omissions(reply: &SearchReply, context: &Context) {
    let count = reply.matches.len();
    if count == 0 {
        // Also for a pipe, where no output at all could be mistaken for a failure.
        context.note("No line matches.");
    }
    if !stdout().is_terminal() {
        return;
    }
    if count > 0 && reply.truncated {
        context.note(&format!("There are more matches. Use --lines {} to see them.", count * 10));
    }
    if reply.dropped_bytes > 0 {
        let size = words::size(reply.dropped_bytes);
        context.note(&format!("{size} of older output were dropped by the log limit."));
    }
}
