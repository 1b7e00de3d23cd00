//! `output --rows`: every line as a JSON object on a line of its own, for programs that read as
//! they go.

use persistproc_api::client::{Client, RowItem};
use persistproc_api::follow::FollowQuery;
use persistproc_api::output::{Lines, Row};

use super::super::target::Target;
use crate::args::OutputArgs;
use crate::error::Failure;
use crate::render;

pub(super) fn run(client: &Client, target: &Target, args: &OutputArgs) -> Result<(), Failure> {
    let picked = args.grep.is_some() || args.before_time.is_some() || args.collapse;
    match picked {
        true => page(client, target, args),
        false => live(client, target, args),
    }
}

/// Lines that have to be looked for are an answer as a whole.
fn page(client: &Client, target: &Target, args: &OutputArgs) -> Result<(), Failure> {
    let page = client.output(&target.name, &super::query(args, target))?;
    page.rows.iter().flatten().try_for_each(print)
}

fn live(client: &Client, target: &Target, args: &OutputArgs) -> Result<(), Failure> {
    let query = FollowQuery {
        stream: args.stream.into(),
        lines: args.lines,
        since: args.since_time.clone(),
        after: args.after.clone(),
        run: args.run,
        wait: args.follow,
        working_directory: target.directory.clone(),
        ..FollowQuery::default()
    };
    // Behind a cursor it is the first lines that are wanted.
    let mut left = match (args.lines, &args.after, args.follow) {
        (Lines::AtMost(lines), Some(_), false) => lines,
        _ => u64::MAX,
    };
    for item in client.rows(&target.name, &query)? {
        if left == 0 {
            break;
        }
        if let RowItem::Row(row) = item? {
            print(&row)?;
            left -= 1;
        }
    }
    Ok(())
}

fn print(row: &Row) -> Result<(), Failure> {
    let json = serde_json::to_string(row).map_err(persistproc_api::Problem::internal)?;
    render::lines([json])
}
