//! [`ProcessState`]: all that a task needs to go on with a process, as it was found on disk or
//! as it was just created.

use persistproc_api::record::{ProcessRecord, RunRecord};

use super::lifecycle::Phase;
use super::link::ShimLink;
use crate::supervisor::storage::folder::ProcessFolder;

/// A process, its latest run, and the connection to the shim of that run.
pub struct ProcessState {
    pub folder: ProcessFolder,
    pub process: ProcessRecord,
    pub run: RunRecord,
    pub phase: Phase,
    /// With [`Phase::Ended`]: the shim keeps an end that could not be written to disk.
    pub link: Option<ShimLink>,
}
