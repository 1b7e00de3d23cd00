//! `output --rows`: every line as a JSON object on a line of its own, with whose it is, for programs
//! that read as they go.

use persistproc_api::client::{Client, RowItem};
use persistproc_api::follow::{FollowEvent, FollowQuery};
use persistproc_api::output::{Lines, Row};
use persistproc_api::{Problem, Process};
use serde::Serialize;

use super::super::target::Target;
use crate::args::OutputArgs;
use crate::error::Failure;
use crate::render;

/// A row as it is printed, with the keys of a match of `search`.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    label: &'a str,
    #[serde(flatten)]
    row: &'a Row,
}

pub(super) fn run(client: &Client, target: &Target, args: &OutputArgs) -> Result<(), Failure> {
    let picked = args.grep.is_some() || args.before_time.is_some() || args.collapse;
    match picked {
        true => page(client, target, args),
        false => live(client, target, args),
    }
}

/// Lines that have to be looked for are an answer as a whole.
fn page(client: &Client, target: &Target, args: &OutputArgs) -> Result<(), Failure> {
    let process = client.process(&target.name, target.directory())?;
    let page = client.output(&process.id, &super::query(args, target))?;
    page.rows.iter().flatten().try_for_each(|row| print(&process, row))
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
    let mut whose: Option<Box<Process>> = None;
    for item in client.rows(&target.name, &query)? {
        if left == 0 {
            break;
        }
        match item? {
            RowItem::Event(event) => {
                if let FollowEvent::Run { process, .. } = *event {
                    whose = Some(process);
                }
            }
            RowItem::Row(row) => {
                let process = whose.as_deref().ok_or_else(|| Problem::internal("Whose?"))?;
                print(process, &row)?;
                left -= 1;
            }
        }
    }
    Ok(())
}

fn print(process: &Process, row: &Row) -> Result<(), Failure> {
    let line = Line { id: &process.id, label: &process.label, row };
    render::lines([serde_json::to_string(&line).map_err(Problem::internal)?])
}
