//! `RawOutput`: the unmodified output of one process. If the daemon is replaced, it reconnects to the
//! next one and continues after the last byte.

use std::io::{self, Cursor, ErrorKind, Read};

use persistproc_api::client::{Client, Follow, FollowItem};
use persistproc_api::follow::{FollowEvent, FollowQuery};
use persistproc_api::{ErrorCode, Problem, Target};

use crate::interrupt::Interrupt;

/// How many times to reconnect without receiving a byte.
const MAX_RECONNECTS: u32 = 5;

/// The output of one process in chunks.
pub(crate) struct RawOutput {
    client: Client,
    target: Target,
    query: FollowQuery,
    connection: Follow,
    failures: u32,
    is_ended: bool,
}

impl RawOutput {
    pub(crate) fn open(
        client: Client,
        target: Target,
        query: FollowQuery,
    ) -> Result<Self, Problem> {
        let connection = client.follow(&target, &query)?;
        Ok(Self { client, target, query, connection, failures: 0, is_ended: false })
    }

    /// Returns the bytes of an item, and keeps the query at the position after it.
    fn handle(&mut self, item: FollowItem) -> Option<Vec<u8>> {
        match item {
            FollowItem::Stdout(bytes) | FollowItem::Stderr(bytes) => {
                self.query.skip += bytes.len() as u64;
                self.failures = 0;
                return Some(bytes);
            }
            FollowItem::Event(event) => self.handle_event(*event),
            FollowItem::Time(_) => {}
        }
        None
    }

    fn handle_event(&mut self, event: FollowEvent) {
        match event {
            FollowEvent::Run { process, cursor } => {
                // After a reconnect, the daemon repeats the cursor that was sent. `skip` counts the
                // bytes since that cursor, so it must not be reset then.
                if self.query.after.as_ref() != Some(&cursor) {
                    self.query.after = Some(cursor);
                    self.query.skip = 0;
                }
                self.target = Target::from(&*process);
            }
            FollowEvent::Dropped { bytes, .. } => self.query.skip += bytes,
            FollowEvent::Ended { restarting, .. } => self.is_ended = !restarting,
            FollowEvent::Lost { .. } | FollowEvent::RunsDropped { .. } | FollowEvent::Leaving => {}
        }
    }

    /// Reconnects after a failure that the next daemon may not have. Any other failure is returned.
    fn reconnect(&mut self, mut cause: Problem) -> Result<(), Problem> {
        loop {
            let is_temporary =
                matches!(cause.code, ErrorCode::DaemonUnreachable | ErrorCode::ShuttingDown);
            self.failures += 1;
            if !is_temporary || self.failures > MAX_RECONNECTS {
                return Err(cause);
            }
            match self.client.follow(&self.target, &self.query) {
                Ok(connection) => {
                    self.connection = connection;
                    return Ok(());
                }
                Err(problem) => cause = problem,
            }
        }
    }
}

impl Iterator for RawOutput {
    type Item = Result<Vec<u8>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let problem = match self.connection.next() {
                Some(Ok(item)) => match self.handle(item) {
                    Some(bytes) => return Some(Ok(bytes)),
                    None => continue,
                },
                Some(Err(problem)) => problem,
                None if self.is_ended || !self.query.wait => return None,
                None => {
                    Problem::new(ErrorCode::DaemonUnreachable, "The daemon closed the connection.")
                }
            };
            if let Err(problem) = self.reconnect(problem) {
                // The next call returns `None`: an error is reported once.
                self.is_ended = true;
                self.query.wait = false;
                return Some(Err(problem));
            }
        }
    }
}

/// Reads a `RawOutput`. After an interrupt it reports end of file instead of an error.
pub(crate) struct ByteReader {
    output: RawOutput,
    interrupt: Interrupt,
    chunk: Cursor<Vec<u8>>,
}

impl ByteReader {
    pub(crate) fn new(output: RawOutput, interrupt: Interrupt) -> Self {
        Self { output, interrupt, chunk: Cursor::default() }
    }
}

impl Read for ByteReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.chunk.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            match self.output.next() {
                Some(Ok(bytes)) => self.chunk = Cursor::new(bytes),
                None => return Ok(0),
                Some(Err(_)) if self.interrupt.is_interrupted() => return Ok(0),
                // A byte stream can only fail with an I/O error: code and hint are lost.
                Some(Err(problem)) => {
                    return Err(io::Error::new(ErrorKind::ConnectionAborted, problem.message));
                }
            }
        }
    }
}
