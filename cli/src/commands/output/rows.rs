//! `output --rows`: every line as a JSON object on a line of its own, labelled with its process,
//! for programs that read it as a stream.

use std::io;
use std::thread;

use persistproc_api::client::{CancelHandle, Client, RowItem};
use persistproc_api::follow::FollowEvent;
use persistproc_api::output::{Lines, Row};
use persistproc_api::{Problem, Process, Target};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use serde::Serialize;

use super::query;
use crate::args::OutputArgs;
use crate::context::Context;
use crate::error::Failure;
use crate::render;

/// A row as it is printed, with the same keys as a match of `search`.
#[derive(Serialize)]
struct LabelledRow<'a> {
    id: &'a str,
    label: &'a str,
    #[serde(flatten)]
    row: &'a Row,
}

pub(super) fn run(
    client: &Client,
    target: &Target,
    args: &OutputArgs,
    context: &Context,
) -> Result<(), Failure> {
    // These flags are answered by the `output` route only, which has no stream.
    let needs_page = args.grep.is_some()
        || args.before_time.is_some()
        || args.from_line.is_some()
        || args.collapse;
    if needs_page {
        print_page(client, target, args, context)
    } else {
        print_stream(client, target, args)
    }
}

fn print_page(
    client: &Client,
    target: &Target,
    args: &OutputArgs,
    context: &Context,
) -> Result<(), Failure> {
    let process = client.process(target)?;
    let page = client.output(&Target::from(&process), &query::page(args, context))?;
    page.rows.iter().flatten().try_for_each(|row| print(&process, row))
}

fn print_stream(client: &Client, target: &Target, args: &OutputArgs) -> Result<(), Failure> {
    let query = query::follow(args);
    // After a cursor, `--lines` counts from the cursor on, not from the end.
    let mut remaining = match (args.lines, &args.after, args.follow) {
        (Lines::AtMost(lines), Some(_), false) => lines,
        _ => u64::MAX,
    };
    let mut current: Option<Box<Process>> = None;
    let connection = CancelHandle::default();
    cut_on_hang_up(connection.clone());
    for item in client.cancelled_by(connection.clone()).rows(target, &query)? {
        if remaining == 0 {
            break;
        }
        match item {
            Err(_) if connection.is_cancelled() => return Err(Failure::broken_pipe()),
            Err(problem) => return Err(problem.into()),
            Ok(RowItem::Event(event)) => {
                if let FollowEvent::Run { process, .. } = *event {
                    current = Some(process);
                }
            }
            Ok(RowItem::Row(row)) => {
                let process = current
                    .as_deref()
                    .ok_or_else(|| Problem::internal("a row arrived before its run"))?;
                print(process, &row)?;
                remaining -= 1;
            }
        }
    }
    Ok(())
}

/// Cuts the connection when the reader of our standard output closes the pipe. A write would fail
/// then too, but while the process is silent there is no write.
fn cut_on_hang_up(connection: CancelHandle) {
    thread::spawn(move || {
        let stdout = io::stdout();
        // An empty mask still reports `POLLERR` and `POLLHUP`.
        let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
        while matches!(poll(&mut fds, None), Err(Errno::INTR)) {}
        if fds[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
            connection.cancel();
        }
    });
}

fn print(process: &Process, row: &Row) -> Result<(), Failure> {
    let line = LabelledRow { id: &process.id, label: &process.label, row };
    render::lines([serde_json::to_string(&line).map_err(Problem::internal)?])
}
