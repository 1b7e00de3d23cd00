//! `list`: the processes, as a table or as REST tells them.

use std::env;
use std::io::{IsTerminal, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use persistproc_api::process::{ListQuery, ProcessList};
use persistproc_api::{Problem, Time};

use crate::args::ListArgs;
use crate::context::{self, Context};
use crate::error::{Failure, Outcome};
use crate::render::{self, table};
use crate::terminal;

pub(crate) fn run(args: &ListArgs, context: &Context) -> Outcome {
    let query = query(args)?;
    let list = context.client()?.list(&query)?;
    if context.json() {
        render::json(&list)?;
    } else if list.processes.is_empty() {
        render::lines(nothing(&query))?;
    } else {
        text(&list)?;
    }
    Ok(ExitCode::SUCCESS)
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
