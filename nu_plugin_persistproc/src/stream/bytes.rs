//! Output as the very bytes. When the daemon goes, the next one is asked for what comes after them.

use std::io::{self, Cursor, ErrorKind, Read};

use persistproc_api::client::{Client, Follow, FollowItem};
use persistproc_api::follow::{FollowEvent, FollowQuery};
use persistproc_api::{ErrorCode, Problem, Target};

use crate::watch::Watch;

/// How often the next daemon is asked without a byte from it.
const ATTEMPTS: u32 = 5;

/// Bytes of one process.
pub(crate) struct Raw {
    client: Client,
    target: Target,
    query: FollowQuery,
    live: Follow,
    failures: u32,
    ended: bool,
}

impl Raw {
    pub(crate) fn open(
        client: Client,
        target: Target,
        query: FollowQuery,
    ) -> Result<Self, Problem> {
        let live = client.follow(&target, &query)?;
        Ok(Self { client, target, query, live, failures: 0, ended: false })
    }

    fn take(&mut self, item: FollowItem) -> Option<Vec<u8>> {
        match item {
            FollowItem::Stdout(bytes) | FollowItem::Stderr(bytes) => {
                self.query.skip += bytes.len() as u64;
                self.failures = 0;
                return Some(bytes);
            }
            FollowItem::Event(event) => match *event {
                FollowEvent::Run { process, cursor } => {
                    // The same place again, reached by skipping, is where we are.
                    if self.query.after.as_ref() != Some(&cursor) {
                        (self.query.after, self.query.skip) = (Some(cursor), 0);
                    }
                    self.target = Target::from(&*process);
                }
                FollowEvent::Dropped { bytes } => self.query.skip += bytes,
                FollowEvent::Ended { restarting, .. } => self.ended = !restarting,
                FollowEvent::RunsDropped { .. } | FollowEvent::Leaving => {}
            },
            FollowItem::Time(_) => {}
        }
        None
    }

    fn go_on(&mut self, why: Problem) -> Result<(), Problem> {
        let passes = [ErrorCode::DaemonUnreachable, ErrorCode::ShuttingDown].contains(&why.code);
        self.failures += 1;
        if !passes || self.failures > ATTEMPTS {
            return Err(why);
        }
        match self.client.follow(&self.target, &self.query) {
            Ok(live) => self.live = live,
            Err(problem) => return self.go_on(problem),
        }
        Ok(())
    }
}

impl Iterator for Raw {
    type Item = Result<Vec<u8>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let problem = match self.live.next() {
                Some(Ok(item)) => match self.take(item) {
                    Some(bytes) => return Some(Ok(bytes)),
                    None => continue,
                },
                Some(Err(problem)) => problem,
                None if self.ended || !self.query.wait => return None,
                None => Problem::new(ErrorCode::DaemonUnreachable, "The daemon went away."),
            };
            if let Err(problem) = self.go_on(problem) {
                // Said once.
                (self.ended, self.query.wait) = (true, false);
                return Some(Err(problem));
            }
        }
    }
}

/// Bytes as a reader, until nobody wants them any more.
pub(crate) struct Bytes {
    raw: Raw,
    watch: Watch,
    chunk: Cursor<Vec<u8>>,
}

impl Bytes {
    pub(crate) fn new(raw: Raw, watch: Watch) -> Self {
        Self { raw, watch, chunk: Cursor::default() }
    }
}

impl Read for Bytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.chunk.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            match self.raw.next() {
                Some(Ok(bytes)) => self.chunk = Cursor::new(bytes),
                None => return Ok(0),
                Some(Err(_)) if self.watch.is_cut() => return Ok(0),
                // Nushell takes no other error here than one of these.
                Some(Err(problem)) => {
                    return Err(io::Error::new(ErrorKind::ConnectionAborted, problem.message));
                }
            }
        }
    }
}
