//! [`spawn`]: the thread that reads the output of one process of several.

use std::io;
use std::sync::mpsc::SyncSender;
use std::thread;

use persistproc_api::client::Client;
use persistproc_api::follow::FollowQuery;
use persistproc_api::process::ProcessList;
use persistproc_api::{Problem, Process, Status, Target};

use super::super::follow::Notes;
use crate::error::Failure;
use crate::session::{Follower, LineWriter, OutputEvent, OutputLine};

/// What the threads send to the one that prints. Processes have the index of the view.
pub(super) enum ViewEvent {
    Line {
        index: usize,
        line: OutputLine,
    },
    /// Something between the lines.
    Note {
        index: usize,
        text: String,
    },
    Ended {
        index: usize,
        status: Status,
    },
    /// The thread of a process has ended, after all output of this run.
    Done {
        index: usize,
        run: u32,
        failure: Option<Failure>,
    },
    /// The processes after a change.
    List(ProcessList),
    /// The daemon was shut down, or the list cannot be read.
    ListDone(Option<Problem>),
    /// The reader of our output has closed it.
    ReaderGone,
}

/// Where to begin with the output of a process.
pub(super) struct SourceStart {
    pub(super) process: Process,
    pub(super) query: FollowQuery,
    /// Gets the existing lines.
    pub(super) backlog: Option<SyncSender<OutputLine>>,
    pub(super) index: usize,
    /// The client name of this command.
    pub(super) reader: &'static str,
}

pub(super) fn spawn(client: Client, start: SourceStart, events: SyncSender<ViewEvent>) {
    thread::spawn(move || {
        let index = start.index;
        let mut run = start.process.run;
        let result = read(client, start, &events, &mut run);
        let failure = result.err();
        // Fails if the view has ended.
        events.send(ViewEvent::Done { index, run, failure }).ok();
    });
}

fn read(
    client: Client,
    start: SourceStart,
    events: &SyncSender<ViewEvent>,
    run: &mut u32,
) -> Result<(), Failure> {
    let SourceStart { process, query, backlog, index, reader } = start;
    let waits = query.wait;
    let mut follower = Follower::new(client, Target::from(&process), query).reporting_times();
    let live = events.clone();
    let to_view =
        move |line| live.send(ViewEvent::Line { index, line }).map_err(|_| view_has_ended());
    let mut writer = match backlog {
        None => LineWriter::new(to_view),
        Some(backlog) => {
            let to_backlog = move |line| backlog.send(line).map_err(|_| view_has_ended());
            let mut writer = LineWriter::new(to_backlog);
            let mut has_ended = false;
            follower.catch_up(&mut writer, |event| match event {
                OutputEvent::Run(process) => *run = process.run,
                OutputEvent::Ended(_) => has_ended = true,
                _ => {}
            })?;
            if has_ended || !waits {
                return Ok(writer.flush()?);
            }
            writer.redirect(to_view);
            writer
        }
    };
    let mut notes = Notes { replaced_run: None, reader };
    follower.run(&mut writer, |event| {
        let note = notes.of(&event);
        if let OutputEvent::Run(process) = &event {
            *run = process.run;
        }
        let event = match event {
            OutputEvent::Ended(status) => Some(ViewEvent::Ended { index, status }),
            _ => note.map(|text| ViewEvent::Note { index, text }),
        };
        if let Some(event) = event {
            // Fails if the view has ended.
            events.send(event).ok();
        }
    })?;
    Ok(writer.flush()?)
}

fn view_has_ended() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}
