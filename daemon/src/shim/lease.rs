//! [`Lease`]: a client's claim on the output of a run, so that it gets every byte.
//!
//! A program that writes to a pipe is slowed down by a slow reader. Under `pp`, the log is between
//! the two, and the log has a limit. The `pp` that has started the run and writes its output to a
//! pipe or a file holds a lease: segments that it has not read are not dropped, see
//! [`unread`](crate::logs::unread), and when the unread bytes of a stream reach the limit, the shim
//! stops reading that stream until the client has read more. The child then blocks, as it would
//! without us.
//!
//! No other client can slow down a child. The lease ends with the connection of its holder, with a
//! stop, and after a take-over if the holder doesn't connect again within [`RENEWAL_TIMEOUT`].
//! It outlasts the run: the file stays, so that the daemon keeps what the holder has yet to read for
//! as long as the holder lives.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use persistproc_api::cursor::Source;
use persistproc_api::lease::{LEASE_FILE, LeaseRecord, LeasedOffsets};
use persistproc_api::record::{self, Identity};

use crate::logs::size_limit::segment_size;
use crate::platform::tree;

/// How long the holder may take to connect to the next shim.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(5);

/// A lease that has not ended.
pub(super) struct Lease {
    /// The run folder.
    folder: PathBuf,
    /// `None` until the client that has started the run connects, and if the platform doesn't tell who
    /// is at the other end of a connection.
    holder: Option<Identity>,
    /// `None` until the holder has connected to this shim.
    connection: Option<u64>,
    /// When the lease ends without a connection.
    expires: Option<Instant>,
    /// How far the holder has read.
    read: LeasedOffsets,
    /// What the file says.
    recorded: Option<LeasedOffsets>,
    /// How many bytes of a stream may be unread.
    limit: u64,
}

impl Lease {
    /// A new lease. `limit` is that of the log.
    pub(super) fn new(
        folder: &Path,
        limit: u64,
        holder: Option<Identity>,
        connection: u64,
        read: LeasedOffsets,
    ) -> Self {
        let mut lease = Self {
            folder: folder.to_owned(),
            holder,
            connection: Some(connection),
            expires: None,
            read,
            recorded: None,
            limit,
        };
        lease.record();
        lease
    }

    /// The lease of a client that has started the run and connects soon. Until then, nothing is dropped.
    pub(super) fn expected(folder: &Path, limit: u64) -> Self {
        let read = LeasedOffsets { stdout: Some(0), stderr: Some(0) };
        let mut lease = Self {
            folder: folder.to_owned(),
            // This shim, until the client is known.
            holder: tree::identity(std::process::id()),
            connection: None,
            expires: Some(Instant::now() + RENEWAL_TIMEOUT),
            read,
            recorded: None,
            limit,
        };
        lease.record();
        lease.holder = None;
        lease
    }

    /// The lease that a shim was serving when it was killed, if its holder is alive.
    pub(super) fn resume(folder: &Path, limit: u64) -> Option<Self> {
        let LeaseRecord { holder, read } = record::read(&folder.join(LEASE_FILE)).ok()?;
        tree::is_alive(holder).then(|| Self {
            folder: folder.to_owned(),
            holder: Some(holder),
            connection: None,
            expires: Some(Instant::now() + RENEWAL_TIMEOUT),
            read,
            recorded: Some(read),
            limit,
        })
    }

    /// Continues the lease on a new connection of its holder. Returns `false` if another client
    /// holds it.
    pub(super) fn renew(
        &mut self,
        holder: Option<Identity>,
        connection: u64,
        read: LeasedOffsets,
    ) -> bool {
        let is_new = self.holder.is_none() && self.connection.is_none();
        if self.holder != holder && !is_new {
            return false;
        }
        self.holder = holder;
        self.connection = Some(connection);
        self.expires = None;
        self.set_read(read);
        if is_new {
            self.record();
        }
        true
    }

    /// The connection of the holder.
    pub(super) fn connection(&self) -> Option<u64> {
        self.connection
    }

    /// When the lease ends, if the holder hasn't connected by then.
    pub(super) fn expires(&self) -> Option<Instant> {
        self.expires
    }

    /// The holder has read this much.
    pub(super) fn set_read(&mut self, read: LeasedOffsets) {
        self.read = read;
        // The file serves to delete segments. It needs no update for less than a part of one.
        let step = segment_size(self.limit) / 4;
        let is_new = self.recorded.is_none_or(|recorded| {
            Source::BOTH.into_iter().any(|source| {
                let recorded = recorded.of(source).unwrap_or_default();
                read.of(source).is_some_and(|read| read >= recorded + step)
            })
        });
        if is_new {
            self.record();
        }
    }

    /// Whether to stop reading a source, whose log ends at `end`.
    pub(super) fn holds_back(&self, source: Source, end: u64) -> bool {
        self.read.of(source).is_some_and(|read| end.saturating_sub(read) >= self.limit)
    }

    /// Ends the lease: from now on, unread output may be dropped.
    pub(super) fn end(self) {
        // If this fails, the holder's output is kept until the holder has exited.
        fs::remove_file(self.folder.join(LEASE_FILE)).ok();
    }

    fn record(&mut self) {
        if self.write().is_ok() {
            self.recorded = Some(self.read);
        }
    }

    /// Fails on a full disk. Then more is kept than necessary, until the next attempt.
    fn write(&self) -> io::Result<()> {
        let holder = self.holder.ok_or(io::ErrorKind::Unsupported)?;
        let lease = LeaseRecord { holder, read: self.read };
        record::write(&self.folder.join(LEASE_FILE), &lease)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::unread::Unread;

    const LIMIT: u64 = 1 << 20;

    fn read(stdout: u64) -> LeasedOffsets {
        LeasedOffsets { stdout: Some(stdout), stderr: None }
    }

    #[test]
    fn a_stream_is_held_back_while_as_much_is_unread_as_the_log_may_hold() {
        let folder = tempfile::tempdir().unwrap();
        let mut lease = Lease::new(folder.path(), LIMIT, None, 1, read(100));
        assert!(!lease.holds_back(Source::Stdout, LIMIT + 99));
        assert!(lease.holds_back(Source::Stdout, LIMIT + 100));
        assert!(!lease.holds_back(Source::Stderr, 9 * LIMIT), "the holder doesn't need stderr");
        lease.set_read(read(101));
        assert!(!lease.holds_back(Source::Stdout, LIMIT + 100));
    }

    #[test]
    fn the_next_shim_renews_the_lease_of_the_same_holder() {
        let folder = tempfile::tempdir().unwrap();
        let own = tree::identity(std::process::id()).unwrap();
        let other = Identity { started: own.started + 1, ..own };
        let lease = Lease::new(folder.path(), LIMIT, Some(own), 1, read(100));
        assert!(Unread::of_run(folder.path(), tree::is_alive).is_some());
        drop(lease);
        let mut next = Lease::resume(folder.path(), LIMIT).unwrap();
        assert!(next.expires().is_some() && next.connection().is_none());
        assert!(!next.renew(Some(other), 7, read(200)));
        assert!(next.renew(Some(own), 8, read(200)));
        assert_eq!((next.connection(), next.expires()), (Some(8), None));
        next.end();
        assert!(Lease::resume(folder.path(), LIMIT).is_none());
        assert!(Unread::of_run(folder.path(), tree::is_alive).is_none());
    }

    #[test]
    fn an_expected_client_gets_the_lease() {
        let folder = tempfile::tempdir().unwrap();
        let mut lease = Lease::expected(folder.path(), LIMIT);
        assert!(lease.holds_back(Source::Stdout, LIMIT) && lease.expires().is_some());
        assert!(Unread::of_run(folder.path(), tree::is_alive).is_some());
        let own = tree::identity(std::process::id()).unwrap();
        assert!(lease.renew(Some(own), 1, read(0)));
        let other = Identity { started: own.started + 1, ..own };
        assert!(!lease.renew(Some(other), 2, read(0)));
    }

    #[test]
    fn the_lease_of_a_client_that_has_exited_is_not_resumed() {
        let folder = tempfile::tempdir().unwrap();
        let own = tree::identity(std::process::id()).unwrap();
        let earlier = Identity { started: own.started + 1, ..own };
        drop(Lease::new(folder.path(), LIMIT, Some(earlier), 1, read(0)));
        assert!(Lease::resume(folder.path(), LIMIT).is_none());
    }
}
