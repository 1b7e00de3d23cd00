//! [`Unread`]: the output of a run that the holder of its lease has not read yet, and that must not be
//! dropped while that client lives.

use std::path::Path;

use persistproc_api::cursor::Source;
use persistproc_api::lease::{LEASE_FILE, LeaseRecord, LeasedOffsets};
use persistproc_api::record::{self, Identity};

use super::segment::Segment;

/// Whether the client that holds a lease is alive.
pub type IsAlive = fn(Identity) -> bool;

/// How far the holder of a lease has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    read: LeasedOffsets,
}

impl Unread {
    /// What is unread of the run in this folder. `None` if the run has no lease, or if the client that
    /// holds it is gone.
    pub fn of_run(folder: &Path, is_alive: IsAlive) -> Option<Self> {
        let lease: LeaseRecord = record::read(&folder.join(LEASE_FILE)).ok()?;
        is_alive(lease.holder).then_some(Self { read: lease.read })
    }

    /// Whether a segment contains unread bytes.
    pub(super) fn is_in(&self, segment: &Segment) -> bool {
        Source::BOTH.into_iter().any(|source| {
            let stream = source.stream();
            let end = segment.end().bytes(stream);
            self.read.of(source).is_some_and(|read| end > read.max(segment.base().bytes(stream)))
        })
    }
}
