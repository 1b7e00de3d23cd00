//! [`ProcessState`]: all that a task needs to go on with a process, as it was found on disk or
//! as it was just created.

use persistproc_api::Problem;
use persistproc_api::record::{ProcessRecord, RunRecord};

use super::adoption::Adoption;
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
    /// The shim has not answered yet.
    pub adoption: Option<Adoption>,
    /// Why the process cannot be started: its record cannot be read.
    pub damage: Option<Problem>,
}

impl ProcessState {
    /// A process without a shim.
    pub fn ended(folder: ProcessFolder, process: ProcessRecord, run: RunRecord) -> Self {
        let phase = Phase::Ended;
        Self { folder, process, run, phase, link: None, adoption: None, damage: None }
    }
}
