//! `Follower`: copies a process's output from the daemon to our output, byte for byte. When the
//! connection breaks, it reconnects and continues after the last byte received.

use std::{io, mem};

use persistproc_api::client::{Client, FollowItem};
use persistproc_api::cursor::{Cursor, Source};
use persistproc_api::follow::{FollowEvent, FollowQuery};
use persistproc_api::process::LetGo;
use persistproc_api::{ErrorCode, Problem, Process, Status, Target, Time};

use super::timestamps::Timestamps;
use crate::error::Failure;
use crate::render::line_time::LineTime;
use crate::terminal::Sink;

/// How many connections in a row may break without having received anything.
const MAX_ATTEMPTS: u32 = 10;

/// Where the output is written.
pub(crate) trait OutputWriter {
    /// Writes output of a stream. `position` is that of its first byte.
    fn write(&mut self, source: Source, bytes: &[u8], position: OutputPosition) -> io::Result<()>;

    /// The bytes that follow arrived at this time. Called if the query asks for timestamps.
    fn arrived(&mut self, _time: Time) {}
}

/// A position in the combined output of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OutputPosition {
    pub(crate) run: u32,
    pub(crate) offset: u64,
}

/// Standard output and standard error, each for its own stream.
pub(crate) struct Sinks {
    pub(crate) stdout: Sink,
    pub(crate) stderr: Sink,
}

impl OutputWriter for Sinks {
    fn write(&mut self, source: Source, bytes: &[u8], _: OutputPosition) -> io::Result<()> {
        match source {
            Source::Stdout => self.stdout.write(bytes),
            Source::Stderr => self.stderr.write(bytes),
        }
    }
}

/// An event between the bytes of the output.
pub(crate) enum OutputEvent {
    /// The output of this run follows.
    Run(Box<Process>),
    /// A run has ended and the process is being restarted.
    Restarting(Status),
    /// These processes outlive the last run. Its end follows.
    LetGo(Vec<LetGo>),
    /// The last run has ended and all its output was written.
    Ended(Status),
    /// This many bytes are not in the log any more: the log limit has dropped them, or another program
    /// has deleted them.
    Dropped { bytes: u64, is_damage: bool },
    /// Output before what follows was not stored: this many bytes, if that is known.
    Lost(Option<u64>),
    /// The logs of the runs from the first to the last were deleted.
    RunsDropped(u32, u32),
}

/// Follows the output of one process.
pub(crate) struct Follower {
    client: Client,
    target: Target,
    query: FollowQuery,
    failures: u32,
    /// Set if lines are written with timestamps, instead of bytes as they arrive.
    timestamps: Option<Timestamps>,
    /// Whether only the runs that restarts begin are followed.
    ends_before_starts: bool,
}

/// How a connection ended.
enum ConnectionEnd {
    /// All output was received.
    Done,
    /// The connection broke, for this reason.
    Broken(Problem),
}

impl Follower {
    pub(crate) fn new(client: Client, target: Target, query: FollowQuery) -> Self {
        let timestamps = query.timestamps.then(|| Timestamps::new(LineTime::of_stdout()));
        Self { client, target, query, failures: 0, timestamps, ends_before_starts: false }
    }

    /// Ends with the run, or with the last of those that restarts begin after it. A start of the same
    /// command begins a run of another client.
    pub(crate) fn ending_before_starts(self) -> Self {
        Self { ends_before_starts: true, ..self }
    }

    /// Informs the writer of times, instead of beginning each line with its time.
    pub(crate) fn reporting_times(self) -> Self {
        let query = FollowQuery { timestamps: true, ..self.query };
        Self { query, timestamps: None, ..self }
    }

    /// Writes the existing output. [`Follower::run`] continues after it.
    pub(crate) fn catch_up(
        &mut self,
        writer: &mut impl OutputWriter,
        mut on_event: impl FnMut(OutputEvent),
    ) -> Result<(), Failure> {
        let wait = mem::replace(&mut self.query.wait, false);
        let result = self.read(writer, &mut on_event);
        self.query.wait = wait;
        result
    }

    /// Follows until the process has ended or, if the query does not wait, until all existing output
    /// was written.
    pub(crate) fn run(
        mut self,
        writer: &mut impl OutputWriter,
        mut on_event: impl FnMut(OutputEvent),
    ) -> Result<(), Failure> {
        self.read(writer, &mut on_event)
    }

    fn read(
        &mut self,
        writer: &mut impl OutputWriter,
        on_event: &mut impl FnMut(OutputEvent),
    ) -> Result<(), Failure> {
        loop {
            let problem = match self.read_connection(writer, on_event)? {
                ConnectionEnd::Done => return Ok(()),
                ConnectionEnd::Broken(problem) => problem,
            };
            self.failures += 1;
            if self.failures >= MAX_ATTEMPTS {
                return Err(problem.into());
            }
        }
    }

    fn read_connection(
        &mut self,
        writer: &mut impl OutputWriter,
        on_event: &mut impl FnMut(OutputEvent),
    ) -> Result<ConnectionEnd, Failure> {
        let follow = match self.client.follow(&self.target, &self.query) {
            Ok(follow) => follow,
            Err(problem) if is_transient(problem.code) => {
                return Ok(ConnectionEnd::Broken(problem));
            }
            Err(problem) => return Err(problem.into()),
        };
        for item in follow {
            let item = match item {
                Ok(item) => item,
                Err(problem) if is_transient(problem.code) => {
                    return Ok(ConnectionEnd::Broken(problem));
                }
                Err(problem) => return Err(problem.into()),
            };
            self.failures = 0;
            if self.handle_item(item, writer, on_event)? {
                return Ok(ConnectionEnd::Done);
            }
        }
        Ok(if self.query.wait {
            ConnectionEnd::Broken(ended_without_reason())
        } else {
            ConnectionEnd::Done
        })
    }

    /// Returns whether the output is complete.
    fn handle_item(
        &mut self,
        item: FollowItem,
        writer: &mut impl OutputWriter,
        on_event: &mut impl FnMut(OutputEvent),
    ) -> io::Result<bool> {
        match item {
            FollowItem::Stdout(bytes) => self.write(Source::Stdout, &bytes, writer)?,
            FollowItem::Stderr(bytes) => self.write(Source::Stderr, &bytes, writer)?,
            FollowItem::Time(time) => {
                writer.arrived(time);
                if let Some(timestamps) = &mut self.timestamps {
                    timestamps.now = Some(time);
                }
            }
            FollowItem::Event(event) => {
                self.end_lines(&event, writer)?;
                return Ok(self.handle_event(*event, on_event));
            }
        }
        Ok(false)
    }

    /// Returns whether the output is complete.
    fn handle_event(&mut self, event: FollowEvent, on_event: &mut impl FnMut(OutputEvent)) -> bool {
        match event {
            FollowEvent::Run { process, cursor } => {
                self.begin(&process, cursor);
                on_event(OutputEvent::Run(process));
            }
            FollowEvent::Ended { status, restarting: true, is_final, .. }
                if !(is_final && self.ends_before_starts) =>
            {
                on_event(OutputEvent::Restarting(status));
            }
            FollowEvent::Ended { status, let_go, .. } => {
                if !let_go.is_empty() {
                    on_event(OutputEvent::LetGo(let_go));
                }
                on_event(OutputEvent::Ended(status));
                return true;
            }
            FollowEvent::Dropped { bytes, is_damage } => {
                self.query.skip += bytes;
                on_event(OutputEvent::Dropped { bytes, is_damage });
            }
            FollowEvent::Lost { bytes } => on_event(OutputEvent::Lost(bytes)),
            FollowEvent::RunsDropped { first, last } => {
                on_event(OutputEvent::RunsDropped(first, last));
            }
            // The daemon closes the connection when it exits. Only then can the next one be reached.
            FollowEvent::Leaving => {}
        }
        false
    }

    /// Writes unfinished lines before a gap or an end, because the rest of them will not arrive.
    fn end_lines(&mut self, event: &FollowEvent, writer: &mut impl OutputWriter) -> io::Result<()> {
        let ends = !matches!(
            event,
            FollowEvent::Run { .. } | FollowEvent::Lost { .. } | FollowEvent::Leaving
        );
        if let Some(timestamps) = self.timestamps.as_mut().filter(|_| ends) {
            let [stdout, stderr] = timestamps.flush();
            let position = self.position();
            writer.write(Source::Stdout, &stdout, position)?;
            writer.write(Source::Stderr, &stderr, position)?;
        }
        Ok(())
    }

    fn write(
        &mut self,
        source: Source,
        bytes: &[u8],
        writer: &mut impl OutputWriter,
    ) -> io::Result<()> {
        let lines = self.timestamps.as_mut().map(|timestamps| match source {
            Source::Stdout => timestamps.stdout(bytes),
            Source::Stderr => timestamps.stderr(bytes),
        });
        writer.write(source, lines.as_deref().unwrap_or(bytes), self.position())?;
        self.query.skip += bytes.len() as u64;
        Ok(())
    }

    /// The position of the next byte.
    fn position(&self) -> OutputPosition {
        let cursor = self.query.after.as_ref().and_then(|after| after.parse::<Cursor>().ok());
        let cursor = cursor.unwrap_or_else(|| Cursor::start_of(0));
        OutputPosition { run: cursor.run, offset: cursor.at.sum() + self.query.skip }
    }

    /// Remembers the position where the next connection has to continue: this cursor, plus the bytes
    /// received from now on, which `skip` counts. If a new connection reports the cursor that we
    /// asked for, the bytes received before the break still count.
    fn begin(&mut self, process: &Process, cursor: String) {
        self.target = Target::from(process);
        if self.query.after.as_ref() != Some(&cursor) {
            self.query.after = Some(cursor);
            self.query.skip = 0;
        }
    }
}

/// Whether the next daemon may answer instead.
fn is_transient(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::DaemonUnreachable | ErrorCode::ShuttingDown)
}

fn ended_without_reason() -> Problem {
    Problem::new(ErrorCode::DaemonUnreachable, "The daemon closed the output without a reason.")
        .hint("Its processes keep running. Run `pp list` to see them.")
}
