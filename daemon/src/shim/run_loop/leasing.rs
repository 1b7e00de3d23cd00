//! The lease of a run, in the loop: who gets it, when it ends, and what happens when the reader of
//! its holder is gone.

use std::time::Instant;

use persistproc_api::cursor::Source;
use persistproc_api::lease::LeasedOffsets;
use persistproc_api::shim::ShimMessage;
use persistproc_api::streams::StandardStream;
use persistproc_api::{ErrorCode, Problem};

use super::RunLoop;
use crate::shim::lease::Lease;
use crate::shim::termination::TerminationPhase;

/// A question of the holder whether a stream is read by other clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PendingClose {
    source: Source,
    /// The connection and the number of the request.
    request: (u64, u64),
}

impl RunLoop {
    /// Gives a lease to a client, or lets it continue the one that it has.
    pub(super) fn lease(&mut self, key: u64, read: LeasedOffsets) -> Result<(), Problem> {
        if self.phase != TerminationPhase::Running {
            return Err(Problem::new(ErrorCode::NotRunning, "The process is ending."));
        }
        let holder = self.clients.peer(key);
        let Some(lease) = &mut self.lease else {
            self.lease = Some(Lease::new(&self.folder, self.log.limit(), holder, key, read));
            return Ok(());
        };
        if lease.renew(holder, key, read) {
            Ok(())
        } else {
            Err(Problem::invalid("Another client holds the output of this run."))
        }
    }

    /// The holder of the lease has read more.
    pub(super) fn lease_read(&mut self, key: u64, read: LeasedOffsets) {
        if let Some(lease) = self.lease.as_mut().filter(|lease| lease.connection() == Some(key)) {
            lease.set_read(read);
        }
    }

    /// Ends the lease if its holder has disconnected or hasn't connected in time.
    pub(super) fn check_lease(&mut self) {
        let Some(lease) = &self.lease else { return };
        let is_over = match lease.connection() {
            Some(key) => !self.clients.is_connected(key),
            None => lease.expires().is_some_and(|expires| Instant::now() >= expires),
        };
        if is_over {
            self.end_lease();
        }
    }

    pub(super) fn end_lease(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.end();
        }
        self.pending_close = None;
    }

    /// Whether a source must not be read now.
    pub(super) fn is_held_back(&self, source: Source) -> bool {
        let lease = self.lease.as_ref();
        lease.is_some_and(|lease| lease.holds_back(source, self.log.source_end(source)))
    }

    /// Handles a request to close an output stream. Returns the result, or `None` if the daemons are
    /// asked first whether other clients read the stream.
    pub(super) fn close_output(
        &mut self,
        key: u64,
        number: u64,
        stream: StandardStream,
    ) -> Option<Result<(), Problem>> {
        let Some(source) = source_of(stream) else {
            return Some(Err(Problem::invalid("Standard input is not an output stream.")));
        };
        let holder = self.lease.as_ref().and_then(Lease::connection);
        if holder != Some(key) {
            return Some(self.decide_close(source, true));
        }
        // The holder may have further connections.
        let peer = self.clients.peer(key);
        let others = self.clients.keys().into_iter();
        let others: Vec<u64> = others
            .filter(|other| *other != key && (peer.is_none() || self.clients.peer(*other) != peer))
            .collect();
        if others.is_empty() {
            self.close_source(source);
            return Some(Ok(()));
        }
        self.pending_close = Some(PendingClose { source, request: (key, number) });
        for other in others {
            self.clients.send(other, &ShimMessage::ReaderGone { stream });
        }
        None
    }

    /// A daemon has answered whether other clients read a stream.
    pub(super) fn keep_output(&mut self, stream: StandardStream) -> Result<(), Problem> {
        match source_of(stream) {
            Some(source) => self.decide_close(source, false),
            None => Ok(()),
        }
    }

    fn decide_close(&mut self, source: Source, close: bool) -> Result<(), Problem> {
        let pending = self.pending_close.take_if(|pending| pending.source == source);
        let Some(PendingClose { request: (key, number), .. }) = pending else {
            return Err(Problem::invalid(
                "Only the client that started the run closes its output.",
            ));
        };
        if close {
            self.close_source(source);
            self.reply(key, number, None);
        } else {
            let message = "Other clients read the output.";
            self.reply(key, number, Some(Problem::invalid(message)));
        }
        Ok(())
    }

    /// Closes our end of a pipe: the child gets SIGPIPE when it writes to it.
    fn close_source(&mut self, source: Source) {
        if let Some(streams) = &mut self.streams {
            streams.close_pipe(source);
        }
    }
}

fn source_of(stream: StandardStream) -> Option<Source> {
    match stream {
        StandardStream::Stdin => None,
        StandardStream::Stdout => Some(Source::Stdout),
        StandardStream::Stderr => Some(Source::Stderr),
    }
}
