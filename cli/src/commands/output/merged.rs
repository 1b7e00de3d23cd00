//! `output` of several processes: their lines, merged by time, each after the name of its process.
//! With `--follow`, a thread for each process sends its lines to one queue, and the list of processes
//! after each change says which runs begin.

mod backlog;
mod line_format;
mod page;
mod source;
mod view;

use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use persistproc_api::Problem;
use persistproc_api::client::{Client, ListWatch};
use persistproc_api::process::ListQuery;

use self::backlog::Backlog;
use self::line_format::LineFormat;
use self::source::{SourceStart, ViewEvent};
use self::view::View;
use super::super::selected::Selected;
use super::query;
use crate::args::OutputArgs;
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render::{self, problem, words};
use crate::terminal::Sink;

/// The capacity of the queues. A thread that finds one full blocks until there is room.
const MAX_QUEUED_EVENTS: usize = 256;

pub(super) fn run(
    client: &Client,
    selected: Selected,
    args: &OutputArgs,
    context: &Context,
) -> Outcome {
    reject_flags_of_one(args)?;
    if selected.processes.is_empty() && !args.follow {
        context.note("No process is known here.");
        return Ok(ExitCode::SUCCESS);
    }
    if selected.processes.is_empty() {
        context.note("Waiting for a process to start.");
    }
    let (events, inbox) = sync_channel(MAX_QUEUED_EVENTS);
    let format = LineFormat::new(
        query::has_colours(args, context),
        args.timestamps,
        args.rows || context.json(),
    );
    let reader = context.client_name();
    let mut view = View::new(format, selected.later_in, args.stream.into(), reader);
    let mut backlogs = Vec::new();
    for process in selected.processes {
        let (lines, backlog) = sync_channel(MAX_QUEUED_EVENTS);
        let index = view.add(&process);
        if needs_page(args) {
            let query = query::page(args, context);
            page::spawn(client.clone(), process, query, (index, lines), events.clone());
        } else {
            let query = query::follow(args);
            let start = SourceStart { process, query, backlog: Some(lines), index, reader };
            source::spawn(client.clone(), start, events.clone());
        }
        backlogs.push(backlog);
    }
    // Each process has its last lines, as many as `--lines` says.
    let mut has_lines = false;
    render::lines(Backlog::new(backlogs).map(|(index, line)| {
        has_lines = true;
        view.format(index, &line)
    }))?;
    if args.follow {
        watch_list(client.clone(), events.clone());
        watch_reader(events.clone());
        follow(client, &mut view, &events, &inbox, context)
    } else {
        drop(events);
        let mut exit_code = 0;
        for event in inbox {
            if let ViewEvent::Done { failure: Some(failure), .. } = event {
                exit_code = exit_code.max(report(&failure)?);
            }
        }
        if exit_code == 0 {
            Ok(super::exit_code(args, has_lines, context))
        } else {
            Ok(exit_code.into())
        }
    }
}

/// Whether the lines are selected by the daemon, which then has no stream of them.
fn needs_page(args: &OutputArgs) -> bool {
    args.grep.is_some() || args.before_time.is_some()
}

/// Refuses flags that select a part of the output of one process.
fn reject_flags_of_one(args: &OutputArgs) -> Result<(), Problem> {
    let flags = [
        ("--raw", args.raw),
        ("--after", args.after.is_some()),
        ("--from-line", args.from_line.is_some()),
        ("--run", args.run.is_some()),
        ("--bytes", args.bytes.is_some()),
        ("--collapse", args.collapse),
    ];
    let Some((flag, _)) = flags.iter().find(|(_, is_set)| *is_set) else { return Ok(()) };
    Err(Problem::invalid(format!("`{flag}` shows the output of one process."))
        .hint(format!("Name one process, or leave out `{flag}`.")))
}

/// Sends the list of processes after each change.
fn watch_list(client: Client, events: SyncSender<ViewEvent>) {
    thread::spawn(move || {
        for list in ListWatch::new(client.clone(), client, ListQuery::default()) {
            let event = match list {
                Ok(list) => ViewEvent::List(list),
                Err(problem) => ViewEvent::ListDone(Some(problem)),
            };
            // Fails if the view has ended.
            if events.send(event).is_err() {
                return;
            }
        }
        events.send(ViewEvent::ListDone(None)).ok();
    });
}

/// Notices that the reader of our output has closed it, also while the processes are silent.
fn watch_reader(events: SyncSender<ViewEvent>) {
    thread::spawn(move || {
        if matches!(Sink::stdout().and_then(|sink| sink.wait_for_hang_up()), Ok(true)) {
            // Fails if the view has ended.
            events.send(ViewEvent::ReaderGone).ok();
        }
    });
}

/// Prints lines as they arrive, until the named processes have ended or the daemon was shut down.
fn follow(
    client: &Client,
    view: &mut View,
    events: &SyncSender<ViewEvent>,
    inbox: &Receiver<ViewEvent>,
    context: &Context,
) -> Outcome {
    let mut exit_code = 0;
    while let Ok(event) = inbox.recv() {
        // What has arrived meanwhile is printed with one write.
        let arrived = inbox.try_iter().take(MAX_QUEUED_EVENTS);
        let mut lines = Vec::new();
        for event in std::iter::once(event).chain(arrived) {
            match event {
                ViewEvent::Line { index, line } => lines.push(view.format(index, &line)),
                ViewEvent::Note { index, text } => {
                    render::lines(lines.drain(..))?;
                    context.note(&format!("{}: {text}", view.name(index)));
                }
                ViewEvent::Ended { index, status } => {
                    render::lines(lines.drain(..))?;
                    let phrase = words::status_phrase(&status);
                    context.note(&format!("{} {phrase}", view.name(index)));
                }
                ViewEvent::Done { index, run, failure } => {
                    view.done(index, run);
                    if let Some(failure) = failure {
                        exit_code = exit_code.max(report(&failure)?);
                    }
                }
                ViewEvent::List(list) => view.set_list(list.processes),
                ViewEvent::ListDone(Some(problem)) => return Err(problem.into()),
                ViewEvent::ListDone(None) => {
                    render::lines(lines.drain(..))?;
                    context.note("The daemon was shut down.");
                    return Ok(ExitCode::from(exit_code));
                }
                ViewEvent::ReaderGone => return Err(Failure::broken_pipe()),
            }
        }
        render::lines(lines)?;
        for start in view.new_runs() {
            source::spawn(client.clone(), start, events.clone());
        }
        if view.has_ended() {
            break;
        }
    }
    Ok(ExitCode::from(exit_code))
}

/// Prints the failure of one process, which does not end the others. Returns its exit code.
fn report(failure: &Failure) -> Result<u8, Failure> {
    if failure.is_broken_pipe() {
        return Err(Failure::broken_pipe());
    }
    if let Some(found) = failure.problem() {
        // Fails if standard error is closed. The exit code still reports the failure.
        problem::print(found).ok();
    }
    Ok(failure.code())
}
