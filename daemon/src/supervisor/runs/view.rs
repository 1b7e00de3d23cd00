//! What everyone may see of a process at any time without asking its task.

use persistproc_api::cursor::Cursor;
use persistproc_api::record::{Identity, ProcessRecord, RunRecord, RunState};
use persistproc_api::start::Started;
use persistproc_api::{Process, Status};

use super::lifecycle::Phase;
use crate::supervisor::storage::folder::ProcessFolder;

/// A snapshot, published at each change.
#[derive(Clone, Debug)]
pub struct ProcessView {
    pub process: Process,
    /// The parent of the latest run: its descendants are the tree of the process.
    pub shim: Option<Identity>,
    /// The present run ends or has ended, and a new one follows.
    pub restarting: bool,
    /// Its record and logs are gone.
    pub forgotten: bool,
}

impl ProcessView {
    /// What the records and the phase say together.
    pub fn new(
        folder: &ProcessFolder,
        process: &ProcessRecord,
        run: &RunRecord,
        phase: Phase,
    ) -> Self {
        let logs = folder.run(run.run);
        let process = Process {
            id: process.id.clone(),
            label: process.label.clone(),
            command: process.command.clone(),
            working_directory: process.working_directory.clone(),
            status: status(run, phase),
            run: run.run,
            tty: run.tty,
            log_combined: logs.join("combined.log"),
            log_stdout: logs.join("stdout.log"),
            log_stderr: logs.join("stderr.log"),
            lost_bytes: run.lost_bytes,
            started_by: run.started_by.clone(),
            stopped_by: run.stopped_by.clone(),
            facts: None,
        };
        Self {
            process,
            shim: run.shim,
            restarting: matches!(phase, Phase::Restarting | Phase::Starting),
            forgotten: false,
        }
    }

    /// The answer to a start or restart.
    pub fn started(&self, already_running: bool) -> Started {
        let cursor = Cursor::start_of(self.process.run).to_string();
        Started { process: self.process.clone(), already_running, cursor, waited: None }
    }
}

fn status(run: &RunRecord, phase: Phase) -> Status {
    match &run.state {
        // For the blink of an eye between the shim and its child.
        RunState::Starting { time } => Status::Running { pid: 0, start_time: *time },
        RunState::Running { child, start_time } => {
            let (pid, start_time) = (child.pid, *start_time);
            match phase {
                Phase::Stopping | Phase::Restarting => Status::Stopping { pid, start_time },
                Phase::Ended | Phase::Starting | Phase::Running => {
                    Status::Running { pid, start_time }
                }
            }
        }
        RunState::Ended { child, start_time, end_time, exit, asked } => {
            let (pid, start_time, end_time, exit) = (child.pid, *start_time, *end_time, *exit);
            match asked {
                true => Status::Terminated { pid, start_time, end_time, exit },
                false => Status::Exited { pid, start_time, end_time, exit },
            }
        }
        RunState::Failed { time, error } => {
            Status::Failed { end_time: *time, error: error.clone() }
        }
        RunState::Lost { child, start_time } => {
            Status::Lost { pid: child.map(|child| child.pid), start_time: *start_time }
        }
    }
}
