//! [`LeaseRecord`]: how far the client that has started a run, and must get all of its output, has read
//! it.

use serde::{Deserialize, Serialize};

use crate::cursor::Source;
use crate::record::Identity;

/// The file name of a [`LeaseRecord`], in the folder of the run.
pub const LEASE_FILE: &str = "lease.json";

/// `lease.json`: how far a client has read the output of a run. What it has not read is not deleted
/// while the client lives. The shim writes it, and deletes it when the lease ends before the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRecord {
    pub holder: Identity,
    #[serde(flatten)]
    pub read: LeasedOffsets,
}

/// How many bytes of each stream a client has read, since the beginning of the run. `None`: the client
/// does not need this stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeasedOffsets {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdout: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<u64>,
}

impl LeasedOffsets {
    /// How many bytes of one stream; `None` if it is not needed.
    pub fn of(&self, source: Source) -> Option<u64> {
        match source {
            Source::Stdout => self.stdout,
            Source::Stderr => self.stderr,
        }
    }
}
