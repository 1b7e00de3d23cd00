//! `persistproc ps`: every process, running or not, as a table; with `--watch` a table at every
//! change.

use nu_protocol::{
    LabeledError, ListStream, PipelineData, PipelineMetadata, Signature, Span, SyntaxShape, Type,
    Value,
};
use persistproc_api::client::Lists;
use persistproc_api::process::{ListQuery, ProcessList};
use persistproc_api::{Problem, Process};
use serde::Serialize;

use crate::call::Call;
use crate::command::{Shown, Verb, answering};
use crate::complete::Offer;
use crate::flags;
use crate::value;
use crate::watch::Watch;

pub(crate) struct Ps;

impl Verb for Ps {
    const ABOUT: &'static str = "List the processes that persistproc keeps, running or not.";
    const MORE: &'static str = "Every row has every column; what is not known is null. `--long` \
        adds cwd, argv, start_time, end_time, signal, runs, cpu, mem, ports, tty, log_path and \
        log_size.";
    const TERMS: &'static [&'static str] =
        &["ps", "process", "list", "jobs", "running", "background", "daemon"];

    fn signature(&self, signature: Signature) -> Signature {
        let signature = flags::long(signature, "Also what has to be measured.")
            .named("status", SyntaxShape::String, "Only processes in this status.", None)
            .named("pid", SyntaxShape::Int, "Only the process with this pid.", None)
            .named("command-or-label", SyntaxShape::String, "Only those this names.", None)
            .named("working-directory", SyntaxShape::Directory, "Only those of this place.", None)
            .switch("watch", "A table at every change, until Ctrl+C.", Some('w'));
        let table = value::table_of(&[value::process_columns()]);
        answering(signature, &[Type::Nothing], &table)
    }

    fn examples(&self) -> Vec<Shown> {
        let labels = |all: &[&str]| {
            Some(Value::test_list(all.iter().map(|label| Value::test_string(*label)).collect()))
        };
        vec![
            ("persistproc ps", "All processes", None),
            (
                "persistproc ps | where status == running | get label | sort",
                "What runs",
                labels(&["api", "web"]),
            ),
            (
                "persistproc ps | where exit_code > 0 | get label",
                "What ended badly",
                labels(&["build"]),
            ),
            (
                "persistproc ps --long | sort-by --reverse mem | select label cpu mem ports",
                "Who needs what",
                None,
            ),
            (
                "persistproc ps --watch | each { length } | first",
                "How many there are, said again at every change",
                Some(Value::test_int(3)),
            ),
        ]
    }

    fn offers(&self) -> Offer {
        Offer::Nothing
    }

    fn run(&self, call: Call<'_>, _: PipelineData) -> Result<PipelineData, LabeledError> {
        let (query, long, head) = (query(&call)?, call.has("long")?, call.head());
        if call.has("watch")? {
            return watch(call, query, long);
        }
        let list = call.ask(head, |client| client.list(&query))?;
        let rows = || value::processes(&list.processes, long, head);
        call.answer(&list, rows, drawn(head))
    }
}

/// The processes that something was done to, each with the columns of `ps`.
pub(super) fn answer<T: Serialize>(
    call: &Call<'_>,
    done: &[T],
    process: impl Fn(&T) -> &Process,
) -> Result<PipelineData, LabeledError> {
    let head = call.head();
    if call.wants_json()? {
        return Ok(PipelineData::value(value::json_of(done, head)?, None));
    }
    let rows = value::processes(done.iter().map(process), false, head);
    Ok(PipelineData::value(value::list(rows, head), Some(drawn(head))))
}

/// How a table of processes is drawn.
pub(super) fn drawn(span: Span) -> PipelineMetadata {
    value::drawn(span, &["label", "command"], &["cwd", "log_path"])
}

fn query(call: &Call<'_>) -> Result<ListQuery, LabeledError> {
    let directory = call.flag::<String>("working-directory")?;
    let pid = call.flag::<Value>("pid")?;
    let pid = pid.map(|pid| {
        let problem = Problem::invalid("`--pid` is not a pid.").hint("Give a whole number.");
        pid.as_int()?.try_into().map_err(|_| value::error(&problem, pid.span()))
    });
    Ok(ListQuery {
        status: call.status()?,
        label: None,
        working_directory: directory.map(|path| call.shell.path(&path)).transpose()?,
        facts: call.has("long")?,
        pid: pid.transpose()?,
        target: call.flag("command-or-label")?,
    })
}

/// A table now and at every change, until the daemon is shut down.
fn watch(call: Call<'_>, query: ListQuery, long: bool) -> Result<PipelineData, LabeledError> {
    let (head, signals) = (call.head(), call.engine.signals().clone());
    let mut lists = Lists::new(call.client(), call.client(), query);
    let first = lists.next().transpose().map_err(|problem| call.error(problem, head))?;
    let tables = Tables { first, lists, watch: call.watch, long, span: head };
    let stream = ListStream::new(tables, head, signals);
    Ok(PipelineData::list_stream(stream, Some(drawn(head))))
}

struct Tables {
    first: Option<ProcessList>,
    lists: Lists,
    watch: Watch,
    long: bool,
    span: Span,
}

impl Iterator for Tables {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        match self.first.take().map(Ok).or_else(|| self.lists.next())? {
            Ok(list) => {
                let rows = value::processes(&list.processes, self.long, self.span);
                Some(value::list(rows, self.span))
            }
            Err(_) if self.watch.is_cut() => None,
            Err(problem) => Some(value::failed(&problem, self.span)),
        }
    }
}
