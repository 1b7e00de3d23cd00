//! `output --rows`: every line as a JSON object on a line of its own, with whose it is, for programs
//! that read as they go.

use std::io;
use std::thread;

use persistproc_api::client::{Client, Line as Connection, RowItem};
use persistproc_api::follow::{FollowEvent, FollowQuery};
use persistproc_api::output::{Lines, Row};
use persistproc_api::{Problem, Process, Target};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use serde::Serialize;

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
    let process = client.process(target)?;
    let page = client.output(&Target::from(&process), &super::query(args))?;
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
        ..FollowQuery::default()
    };
    // Behind a cursor it is the first lines that are wanted.
    let mut left = match (args.lines, &args.after, args.follow) {
        (Lines::AtMost(lines), Some(_), false) => lines,
        _ => u64::MAX,
    };
    let mut whose: Option<Box<Process>> = None;
    let connection = Connection::default();
    cut_without_reader(connection.clone());
    for item in client.on(connection.clone()).rows(target, &query)? {
        if left == 0 {
            break;
        }
        match item {
            Err(_) if connection.is_cut() => return Err(Failure::broken_pipe()),
            Err(problem) => return Err(problem.into()),
            Ok(RowItem::Event(event)) => {
                if let FollowEvent::Run { process, .. } = *event {
                    whose = Some(process);
                }
            }
            Ok(RowItem::Row(row)) => {
                let process = whose.as_deref().ok_or_else(|| Problem::internal("Whose?"))?;
                print(process, &row)?;
                left -= 1;
            }
        }
    }
    Ok(())
}

/// Cuts a connection when nobody reads what we print: a silent process gives no other occasion to
/// notice that.
fn cut_without_reader(connection: Connection) {
    thread::spawn(move || {
        let stdout = io::stdout();
        // That the other end is gone is told without being asked for.
        let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
        while matches!(poll(&mut fds, None), Err(Errno::INTR)) {}
        if fds[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
            connection.cut();
        }
    });
}

fn print(process: &Process, row: &Row) -> Result<(), Failure> {
    let line = Line { id: &process.id, label: &process.label, row };
    render::lines([serde_json::to_string(&line).map_err(Problem::internal)?])
}
