//! `persistproc ps`: the processes as a table; with `--watch` a new table at every change.

use std::path::{Path, PathBuf};

use nu_protocol::{
    Example, LabeledError, ListStream, PipelineData, Signature, Span, SyntaxShape, Type, Value,
};
use persistproc_api::client::ListWatch;
use persistproc_api::process::{ListQuery, ProcessList};
use persistproc_api::selection::{SelectedState, Selection};

use crate::call::Call;
use crate::completion::Positionals;
use crate::flags;
use crate::interrupt::Interrupt;
use crate::value::{self, PROCESS_COLUMNS, table_type};
use crate::verb::{Verb, with_types};

pub(crate) struct Ps;

impl Verb for Ps {
    const DESCRIPTION: &'static str = "Show processes as a table.";
    const EXTRA_DESCRIPTION: &'static str = "Includes processes that have ended. Every row has all \
        columns; unknown values are null. `--long` adds url, ports, cpu, mem, argv, start_time, \
        end_time, signal, runs, started_by, stopped_by, clients, assigned_port, name_url, tty, streams, \
        log_path and log_size.";
    const SEARCH_TERMS: &'static [&'static str] =
        &["process", "list", "jobs", "running", "background", "daemon", "status"];

    fn signature(&self, signature: Signature) -> Signature {
        let status = "Show only processes with one of these statuses: running,exited.";
        let pid = "Show only the process with this pid.";
        let target = "Show only processes that this target matches.";
        let directory = "Show only processes in this directory.";
        let here = "Show only processes in this directory and below.";
        let strays = "Show servers in project directories that persistproc did not start.";
        let watch = "Return a new table at every change, until Ctrl+C.";
        let signature = flags::add_long(signature, "Show all columns.")
            .named("status", SyntaxShape::String, status, None)
            .named("pid", SyntaxShape::Int, pid, None)
            .named("command-or-label", SyntaxShape::String, target, None)
            .named("working-directory", SyntaxShape::Directory, directory, None)
            .switch("all", "No effect, as the table has all processes.", Some('a'))
            .switch("here", here, None)
            .switch("strays", strays, None)
            .switch("watch", watch, Some('w'));
        with_types(signature, &[Type::Nothing], &table_type(&[PROCESS_COLUMNS]))
    }

    fn examples(&self) -> Vec<Example<'static>> {
        let list = |labels: &[&str]| {
            let labels = labels.iter().map(|label| Value::test_string(*label));
            Some(Value::test_list(labels.collect()))
        };
        vec![
            Example { description: "Show all processes", example: "persistproc ps", result: None },
            Example {
                description: "List the names of running processes",
                example: "persistproc ps | where status == running | get name | sort",
                result: list(&["api", "web"]),
            },
            Example {
                description: "List the names of failed processes",
                example: "persistproc ps | where exit_code > 0 | get name",
                result: list(&["build"]),
            },
            Example {
                description: "Sort processes by memory use",
                example: "persistproc ps --long | sort-by --reverse mem | select name cpu mem ports",
                result: None,
            },
            Example {
                description: "Count the processes at every change",
                example: "persistproc ps --watch | each { length } | first",
                result: Some(Value::test_int(3)),
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::Text
    }

    fn run(&self, call: Call<'_>, _: PipelineData) -> Result<PipelineData, LabeledError> {
        let query = list_query(&call)?;
        let long = call.has_switch("long")?;
        if query.strays {
            return strays(&call, query);
        }
        if call.has_switch("watch")? {
            return watch(call, query, long);
        }
        let head = call.head();
        let scope = scope(&call)?;
        let list = call.request(head, |client| client.list(&query))?;
        let list = in_scope(list, scope.as_deref());
        let rows = value::process_rows(&list.processes, long, head);
        call.respond(&list, rows, value::process_metadata(head))
    }
}

fn list_query(call: &Call<'_>) -> Result<ListQuery, LabeledError> {
    let directory = call.flag::<String>("working-directory")?;
    Ok(ListQuery {
        status: call.status_flag()?,
        label: None,
        working_directory: directory.map(|path| call.shell.absolute_path(&path)).transpose()?,
        facts: call.has_switch("long")?,
        pid: call.integer_flag("pid", "a process id", 4711)?,
        target: call.flag("command-or-label")?,
        strays: call.has_switch("strays")?,
        texts: false,
    })
}

/// The directory of `--here`.
fn scope(call: &Call<'_>) -> Result<Option<PathBuf>, LabeledError> {
    call.has_switch("here")?.then(|| call.here()).transpose()
}

/// The list with the processes of this directory and below.
fn in_scope(mut list: ProcessList, directory: Option<&Path>) -> ProcessList {
    if let Some(directory) = directory {
        let selection = Selection { here: true, state: SelectedState::Any };
        list.processes.retain(|process| selection.includes(process, directory));
    }
    list
}

/// Returns the servers that persistproc did not start.
fn strays(call: &Call<'_>, query: ListQuery) -> Result<PipelineData, LabeledError> {
    let head = call.head();
    // No process has this label: the answer holds the strays alone.
    let query = ListQuery { label: Some(String::new()), ..query };
    let list = call.request(head, |client| client.list(&query))?;
    let strays = list.strays.iter().flatten();
    let rows = strays.map(|stray| value::stray_row(stray, head)).collect();
    call.respond(&list, rows, value::process_metadata(head))
}

/// Returns a table now and at every change, until the daemon is shut down.
fn watch(call: Call<'_>, query: ListQuery, long: bool) -> Result<PipelineData, LabeledError> {
    let head = call.head();
    let signals = call.engine.signals().clone();
    let mut lists = ListWatch::new(call.client(), call.client(), query);
    // Read the first list now, so that an error is that of the command.
    let first = lists.next().transpose().map_err(|problem| call.error(problem, head))?;
    let scope = scope(&call)?;
    let tables = Tables { first, lists, scope, interrupt: call.interrupt, long, span: head };
    let stream = ListStream::new(tables, head, signals);
    Ok(PipelineData::list_stream(stream, Some(value::process_metadata(head))))
}

/// A stream of tables.
struct Tables {
    first: Option<ProcessList>,
    lists: ListWatch,
    scope: Option<PathBuf>,
    interrupt: Interrupt,
    long: bool,
    span: Span,
}

impl Iterator for Tables {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let list = match self.first.take() {
            Some(first) => Ok(first),
            None => self.lists.next()?,
        };
        match list {
            Ok(list) => {
                let list = in_scope(list, self.scope.as_deref());
                let rows = value::process_rows(&list.processes, self.long, self.span);
                Some(Value::list(rows, self.span))
            }
            Err(_) if self.interrupt.is_interrupted() => None,
            Err(problem) => Some(value::error_value(&problem, self.span)),
        }
    }
}
