//! The flags of `output` as queries of the API: a page of lines, or a stream to follow.

use persistproc_api::follow::FollowQuery;
use persistproc_api::output::OutputQuery;

use crate::args::OutputArgs;

pub(super) fn page(args: &OutputArgs) -> OutputQuery {
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
