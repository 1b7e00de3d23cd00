//! `list`: the processes as a table, or as the JSON of the REST API.

use std::env;
use std::io::{IsTerminal, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use persistproc_api::client::{Client, ListWatch};
use persistproc_api::process::{ListQuery, ProcessList};
use persistproc_api::{Problem, Time};

use crate::args::ListArgs;
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::paths;
use crate::render::{self, listeners, table};
use crate::terminal;

/// Moves the cursor home and erases the screen and its scrollback, as `clear` does.
const CLEAR_SCREEN: &str = "\x1b[H\x1b[2J\x1b[3J";

pub(crate) fn run(args: &ListArgs, context: &Context) -> Outcome {
    let query = query(args)?;
    let client = context.client()?;
    if args.strays {
        return strays(&client, context);
    }
    if args.watch {
        return watch(client, &query, context);
    }
    print(&client.list(&query)?, &query, context)?;
    Ok(ExitCode::SUCCESS)
}

fn print(list: &ProcessList, query: &ListQuery, context: &Context) -> Result<(), Failure> {
    if context.json() {
        render::json(list)
    } else if list.processes.is_empty() {
        note_shutdown(list, context);
        render::lines(empty_message(query))
    } else {
        note_shutdown(list, context);
        print_table(list)
    }
}

fn note_shutdown(list: &ProcessList, context: &Context) {
    if list.shutting_down {
        context.note("The daemon is shutting down: it stops all processes and starts no others.");
    }
}

/// Prints the servers that persistproc did not start.
fn strays(client: &Client, context: &Context) -> Outcome {
    // No process has this label: the answer holds the strays alone.
    let query = ListQuery { strays: true, label: Some(String::new()), ..ListQuery::default() };
    let list = client.list(&query)?;
    let strays = list.strays.as_deref().unwrap_or_default();
    if context.json() {
        render::json(&list)?;
    } else if strays.is_empty() {
        render::lines(["No servers in project directories were started elsewhere."])?;
    } else {
        let home = env::var_os("HOME").map(PathBuf::from);
        render::lines(listeners::strays(strays, Time::now(), home.as_deref()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the list again at every change, until the daemon is shut down.
fn watch(client: Client, query: &ListQuery, context: &Context) -> Outcome {
    for list in ListWatch::new(client.clone(), client, query.clone()) {
        redraw(&list?, query, context)?;
    }
    context.note("The daemon was shut down.");
    Ok(ExitCode::SUCCESS)
}

fn redraw(list: &ProcessList, query: &ListQuery, context: &Context) -> Result<(), Failure> {
    if stdout().is_terminal() && !context.json() {
        stdout().write_all(CLEAR_SCREEN.as_bytes()).map_err(Failure::from)?;
    }
    print(list, query, context)?;
    stdout().flush().map_err(Failure::from)
}

fn query(args: &ListArgs) -> Result<ListQuery, Problem> {
    let directory = args.working_directory.as_deref();
    Ok(ListQuery {
        status: args.status,
        label: None,
        working_directory: directory
            .map(|path| paths::absolute_directory(Some(path)))
            .transpose()?,
        facts: args.long,
        pid: args.pid,
        target: args.command_or_label.clone(),
        strays: args.strays,
    })
}

fn print_table(list: &ProcessList) -> Result<(), Failure> {
    let is_terminal = stdout().is_terminal();
    let home = env::var_os("HOME").map(PathBuf::from);
    let format = table::TableFormat {
        now: Time::now(),
        home: home.as_deref(),
        width: is_terminal.then(|| terminal::size().columns),
        colour: is_terminal,
    };
    render::lines(table::processes(&list.processes, format))
}

fn empty_message(query: &ListQuery) -> [&'static str; 2] {
    let unfiltered = ListQuery { facts: query.facts, ..ListQuery::default() };
    if *query == unfiltered {
        ["No processes.", "Start one by putting pp before its command: pp npm run dev"]
    } else {
        ["No process matches these filters.", "Run `persistproc list` to see all processes."]
    }
}
