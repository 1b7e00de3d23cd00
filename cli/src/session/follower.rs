//! Output from the daemon to our output, byte for byte, whatever becomes of the daemon: when
//! a connection breaks, the next one goes on after the last byte. It knows no keys.

use std::io;

use persistproc_api::client::{Client, FollowItem};
use persistproc_api::follow::{FollowEvent, FollowQuery};
use persistproc_api::{ErrorCode, Problem, Process, Status, Target};

use super::stamps::Stamps;
use crate::error::Failure;
use crate::terminal::Sink;

/// How often in a row a connection may break before it brought anything.
const ATTEMPTS: u32 = 10;

/// Where the bytes go.
pub(crate) struct Sinks {
    pub(crate) stdout: Sink,
    pub(crate) stderr: Sink,
}

/// What is told between the bytes.
pub(crate) enum Told {
    /// A run begins, or goes on; its output follows.
    Run(Box<Process>),
    /// A run ended, and the next one is on its way.
    Restarting(Status),
    /// The last run ended, and all its output was written.
    Ended(Status),
    /// This many bytes were dropped by the log's limit before we got them.
    Dropped(u64),
    /// The runs from the first to the last are not kept any more.
    RunsDropped(u32, u32),
}

/// Follows one process to its end.
pub(crate) struct Follower {
    client: Client,
    target: Target,
    query: FollowQuery,
    failures: u32,
    /// Lines with their times instead of bytes as they come.
    stamps: Option<Stamps>,
}

/// How a connection ended.
enum Connection {
    /// Everything was said.
    Done,
    /// In the middle, for this reason.
    Broken(Problem),
}

impl Follower {
    pub(crate) fn new(client: Client, target: Target, query: FollowQuery) -> Self {
        let stamps = query.timestamps.then(Stamps::default);
        Self { client, target, query, failures: 0, stamps }
    }

    /// Returns when the process has ended, or when what was there has been written.
    pub(crate) fn run(
        mut self,
        sinks: &mut Sinks,
        mut tell: impl FnMut(Told),
    ) -> Result<(), Failure> {
        loop {
            let problem = match self.connection(sinks, &mut tell)? {
                Connection::Done => return Ok(()),
                Connection::Broken(problem) => problem,
            };
            self.failures += 1;
            if self.failures >= ATTEMPTS {
                return Err(problem.into());
            }
        }
    }

    fn connection(
        &mut self,
        sinks: &mut Sinks,
        tell: &mut impl FnMut(Told),
    ) -> Result<Connection, Failure> {
        let follow = match self.client.follow(&self.target, &self.query) {
            Ok(follow) => follow,
            Err(problem) if passes(problem.code) => return Ok(Connection::Broken(problem)),
            Err(problem) => return Err(problem.into()),
        };
        for item in follow {
            let item = match item {
                Ok(item) => item,
                Err(problem) if passes(problem.code) => return Ok(Connection::Broken(problem)),
                Err(problem) => return Err(problem.into()),
            };
            self.failures = 0;
            if self.take(item, sinks, tell)? {
                return Ok(Connection::Done);
            }
        }
        Ok(if self.query.wait { Connection::Broken(silence()) } else { Connection::Done })
    }

    /// Whether that was the end.
    fn take(
        &mut self,
        item: FollowItem,
        sinks: &mut Sinks,
        tell: &mut impl FnMut(Told),
    ) -> io::Result<bool> {
        match item {
            FollowItem::Stdout(bytes) => {
                let lines = self.stamps.as_mut().map(|stamps| stamps.stdout(&bytes));
                sinks.stdout.write(lines.as_deref().unwrap_or(&bytes))?;
                self.query.skip += bytes.len() as u64;
            }
            FollowItem::Stderr(bytes) => {
                let lines = self.stamps.as_mut().map(|stamps| stamps.stderr(&bytes));
                sinks.stderr.write(lines.as_deref().unwrap_or(&bytes))?;
                self.query.skip += bytes.len() as u64;
            }
            FollowItem::Time(time) => {
                if let Some(stamps) = &mut self.stamps {
                    stamps.now = Some(time);
                }
            }
            FollowItem::Event(event) => {
                self.end_lines(&event, sinks)?;
                return Ok(self.happened(*event, tell));
            }
        }
        Ok(false)
    }

    /// Whether that was the end.
    fn happened(&mut self, event: FollowEvent, tell: &mut impl FnMut(Told)) -> bool {
        match event {
            FollowEvent::Run { process, cursor } => {
                self.begin(&process, cursor);
                tell(Told::Run(process));
            }
            FollowEvent::Ended { status, restarting: true, .. } => tell(Told::Restarting(status)),
            FollowEvent::Ended { status, restarting: false, .. } => {
                tell(Told::Ended(status));
                return true;
            }
            FollowEvent::Dropped { bytes } => {
                self.query.skip += bytes;
                tell(Told::Dropped(bytes));
            }
            FollowEvent::RunsDropped { first, last } => tell(Told::RunsDropped(first, last)),
            // The daemon closes the connection when it has gone; until then there would be
            // nobody else to ask.
            FollowEvent::Leaving => {}
        }
        false
    }

    /// After a gap or an end nothing comes that belongs to the lines so far.
    fn end_lines(&mut self, event: &FollowEvent, sinks: &mut Sinks) -> io::Result<()> {
        let ends = !matches!(event, FollowEvent::Run { .. } | FollowEvent::Leaving);
        if let Some(stamps) = self.stamps.as_mut().filter(|_| ends) {
            let [stdout, stderr] = stamps.flush();
            sinks.stdout.write(&stdout)?;
            sinks.stderr.write(&stderr)?;
        }
        Ok(())
    }

    /// The next connection would begin here, less what comes from now on. After a break the
    /// daemon names the place we asked for; what came before the break still counts.
    fn begin(&mut self, process: &Process, cursor: String) {
        self.target = Target::from(process);
        if self.query.after.as_ref() != Some(&cursor) {
            self.query.after = Some(cursor);
            self.query.skip = 0;
        }
    }
}

/// Whether the next daemon could know better.
fn passes(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::DaemonUnreachable | ErrorCode::ShuttingDown)
}

fn silence() -> Problem {
    Problem::new(ErrorCode::DaemonUnreachable, "The daemon ended the output without a reason.")
        .hint("Its processes go on; `pp list` shows them.")
}
