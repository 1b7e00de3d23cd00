//! `list`: the processes, as a table or as REST tells them.

use std::env;
use std::io::{IsTerminal, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use persistproc_api::client::Client;
use persistproc_api::process::{ListQuery, ProcessList};
use persistproc_api::{ErrorCode, Problem, Time};

use crate::args::ListArgs;
use crate::context::{self, Context};
use crate::error::{Failure, Outcome};
use crate::render::{self, table};
use crate::terminal;

/// Back to the first row, and nothing below it: what a terminal does for `clear`.
const CLEAR: &str = "\x1b[H\x1b[2J\x1b[3J";

pub(crate) fn run(args: &ListArgs, context: &Context) -> Outcome {
    let (query, client) = (query(args)?, context.client()?);
    if args.watch {
        return watch(&client, &query, context);
    }
    show(&client.list(&query)?, &query, context)?;
    Ok(ExitCode::SUCCESS)
}

fn show(list: &ProcessList, query: &ListQuery, context: &Context) -> Result<(), Failure> {
    if context.json() {
        render::json(list)
    } else if list.processes.is_empty() {
        render::lines(nothing(query))
    } else {
        text(list)
    }
}

/// A daemon that leaves may be met several times before the next one is there.
const ATTEMPTS: u32 = 10;

/// Looks again at every change. When the daemon leaves, the next one is asked.
fn watch(client: &Client, query: &ListQuery, context: &Context) -> Outcome {
    let mut failures = 0;
    loop {
        let problem = match look(client, query, context, &mut failures) {
            Err(Look::Problem(problem)) => problem,
            Err(Look::Failure(failure)) => return Err(failure),
            Ok(()) => continue,
        };
        failures += 1;
        let passes =
            [ErrorCode::DaemonUnreachable, ErrorCode::ShuttingDown].contains(&problem.code);
        if !passes || failures >= ATTEMPTS {
            return Err(problem.into());
        }
    }
}

/// Why looking ended: the daemon's doing, or ours.
enum Look {
    Problem(Problem),
    Failure(Failure),
}

/// Until this daemon leaves. Whoever watches listens first and looks then, so that no change
/// falls in between.
fn look(
    client: &Client,
    query: &ListQuery,
    context: &Context,
    failures: &mut u32,
) -> Result<(), Look> {
    let mut events = client.events().map_err(Look::Problem)?;
    loop {
        let list = client.list(query).map_err(Look::Problem)?;
        redraw(&list, query, context).map_err(Look::Failure)?;
        *failures = 0;
        match events.next() {
            Some(event) => drop(event.map_err(Look::Problem)?),
            None => return Ok(()),
        }
    }
}

fn redraw(list: &ProcessList, query: &ListQuery, context: &Context) -> Result<(), Failure> {
    if stdout().is_terminal() && !context.json() {
        stdout().write_all(CLEAR.as_bytes()).map_err(Failure::from)?;
    }
    show(list, query, context)?;
    stdout().flush().map_err(Failure::from)
}

fn query(args: &ListArgs) -> Result<ListQuery, Problem> {
    let directory = args.working_directory.as_deref();
    Ok(ListQuery {
        status: args.status.map(Into::into),
        label: None,
        working_directory: directory.map(|path| context::directory(Some(path))).transpose()?,
        facts: args.long,
        pid: args.pid,
        target: args.command_or_label.clone(),
    })
}

fn text(list: &ProcessList) -> Result<(), Failure> {
    let terminal = stdout().is_terminal();
    let home = env::var_os("HOME").map(PathBuf::from);
    let look = table::Look {
        now: Time::now(),
        home: home.as_deref(),
        width: terminal.then(|| terminal::size().columns),
        colour: terminal,
    };
    render::lines(table::processes(&list.processes, look))
}

fn nothing(query: &ListQuery) -> [&'static str; 2] {
    if *query == (ListQuery { facts: query.facts, ..ListQuery::default() }) {
        ["No processes.", "Start one by typing pp before it: pp npm run dev"]
    } else {
        ["No process is like that.", "All of them: pp list"]
    }
}
