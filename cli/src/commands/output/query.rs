//! The flags of `output` as queries of the API: a page of lines, or a stream to follow.

use std::io::{IsTerminal, stdout};

use persistproc_api::follow::FollowQuery;
use persistproc_api::output::OutputQuery;

use crate::args::{ColorChoice, OutputArgs};
use crate::context::Context;
use crate::render::style;

/// Whether the text that is printed keeps the colours of the process.
pub(super) fn has_colours(args: &OutputArgs, context: &Context) -> bool {
    let is_text = !context.json() && !args.rows && args.bytes.is_none();
    match args.color {
        ColorChoice::Auto => is_text && style::use_colour(stdout().is_terminal()),
        ColorChoice::Always => true,
        ColorChoice::Never => false,
    }
}

pub(super) fn page(args: &OutputArgs, context: &Context) -> OutputQuery {
    OutputQuery {
        stream: args.stream.into(),
        lines: args.lines,
        since: args.since_time.clone(),
        before: args.before_time.clone(),
        after: args.after.clone(),
        from_line: args.from_line,
        run: args.run,
        grep: args.grep.clone(),
        context: args.context,
        bytes: args.bytes,
        collapse: args.collapse,
        raw: false,
        color: has_colours(args, context),
        timestamps: args.timestamps,
        as_rows: args.rows,
        working_directory: None,
    }
}

pub(super) fn follow(args: &OutputArgs) -> FollowQuery {
    FollowQuery {
        stream: args.stream.into(),
        lines: args.lines,
        since: args.since_time.clone(),
        after: args.after.clone(),
        skip: 0,
        run: args.run,
        wait: args.follow,
        timestamps: args.timestamps,
        working_directory: None,
    }
}
