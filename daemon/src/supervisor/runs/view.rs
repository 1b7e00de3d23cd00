//! [`ProcessView`]: the state of a process, readable without asking its task.

use std::sync::Arc;

use persistproc_api::cursor::Cursor;
use persistproc_api::record::{Identity, ProcessRecord, RunRecord, RunState};
use persistproc_api::start::Started;
use persistproc_api::{Process, Status};

use super::access::RunAccess;
use super::lifecycle::Phase;
use crate::platform::run_tree::{RunMark, RunTree, SampledMember};
use crate::platform::sockets::ListeningSocket;
use crate::platform::tree;
use crate::supervisor::storage::folder::ProcessFolder;

/// A snapshot of a process. Its task publishes a new one at each change.
#[derive(Clone, Debug)]
pub struct ProcessView {
    /// Shared, because a copy of each costs a list of many processes more than all else.
    pub process: Arc<Process>,
    /// The parent of the latest run's child.
    pub shim: Option<Identity>,
    tree: RunTree,
    /// The end of the output of the latest run is missing.
    pub output_cut: bool,
    environment_of: Option<String>,
    /// The sockets of the machine that were listening when the run began; `None` if it began under
    /// another daemon.
    pub listening_before: Option<Arc<[ListeningSocket]>>,
    /// Which starts may join the latest run.
    pub access: RunAccess,
    /// The run is ending or has ended, and a new one follows.
    pub restarting: bool,
    /// What the answer to the start of the latest run says about it.
    pub start_note: String,
    /// Whether a start of its command without a label finds the process in spite of its label.
    pub relabelled: bool,
    /// The record and the logs are deleted.
    pub forgotten: bool,
}

/// How far the log of the current run has grown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogGrowth {
    pub run: u32,
    /// The length of the combined log.
    pub end: u64,
}

impl ProcessView {
    /// The view that follows from the records and the phase.
    pub fn new(
        folder: &ProcessFolder,
        process: &ProcessRecord,
        run: &RunRecord,
        phase: Phase,
    ) -> Self {
        let logs = folder.run(run.run);
        let relabelled = process.relabelled;
        let environment_of = process.environment_of.clone();
        let process = Process {
            id: process.id.clone(),
            label: process.label.clone(),
            command: process.launch.command.clone(),
            command_base64: process.launch.command_base64.clone(),
            working_directory: process.launch.working_directory.clone(),
            working_directory_base64: process.launch.working_directory_base64.clone(),
            status: status(run, phase),
            run: run.run,
            tty: run.tty,
            streams: run.streams,
            stdin: run.stdin,
            private: run.private,
            log_combined: logs.join("combined.log"),
            log_stdout: logs.join("stdout.log"),
            log_stderr: logs.join("stderr.log"),
            lost_bytes: run.lost_bytes,
            started_by: run.started_by.clone(),
            started_by_session: run.started_by_session.clone(),
            stopped_by: run.stopped_by.clone(),
            let_go: run.let_go.clone(),
            ended_with: run.ended_with.clone(),
            leader_exit: leader_exit(run),
            assigned_port: process.assigned_port.as_ref().map(|assigned| assigned.port),
            answering: true,
            facts: None,
            texts: None,
        };
        Self {
            process: Arc::new(process),
            shim: run.shim,
            tree: RunTree::new(&logs, child(run)),
            output_cut: run.output_cut,
            environment_of,
            listening_before: None,
            access: RunAccess::of_run(run),
            restarting: matches!(phase, Phase::Restarting | Phase::Starting),
            start_note: String::new(),
            relabelled,
            forgotten: false,
        }
    }

    /// The answer to a start or restart.
    pub fn started(&self, already_running: bool) -> Started {
        let cursor = Cursor::start_of(self.process.run).to_string();
        let note = if already_running { String::new() } else { self.start_note.clone() };
        Started {
            process: Process::clone(&self.process),
            already_running,
            cursor,
            inherited_environment: None,
            note,
            waited: None,
        }
    }

    /// The client whose environment the record holds. Records of older builds do not say: it is that of
    /// the client that started the latest run.
    pub fn environment_of(&self) -> Option<&str> {
        self.environment_of.as_deref().or(self.process.started_by.as_deref())
    }

    /// The pids of the processes of the run, as far as they can be found at little cost. A wait asks
    /// for them many times a second.
    pub fn tree_now(&self) -> Vec<u32> {
        let shim = self.shim.filter(|shim| tree::is_alive(*shim));
        let pids = shim.and_then(|shim| self.tree.pids_below(shim.pid));
        pids.unwrap_or_else(|| self.live_tree())
    }

    /// The processes of the run with their usage, read with few calls. `known` are those of an earlier
    /// sample. `None` if they cannot be found in this way.
    pub fn sample(&self, known: &[SampledMember]) -> Option<Vec<SampledMember>> {
        if !self.process.status.is_alive() {
            return Some(Vec::new());
        }
        self.tree.sample_below(self.shim?, known)
    }

    /// Whether a process with this mark belongs to the run.
    pub fn has_mark(&self, mark: &RunMark) -> bool {
        self.process.status.is_alive() && self.tree.has_mark(mark, self.shim)
    }

    /// Whether the run serves: its end was not requested, and its child lives.
    pub fn is_serving(&self) -> bool {
        matches!(self.process.status, Status::Running { .. })
            && !self.restarting
            && (self.tree.is_child_alive() || self.process.leader_exit.is_some())
    }

    /// The pids of the living processes of the run.
    pub fn live_tree(&self) -> Vec<u32> {
        match self.shim {
            Some(shim) if self.process.status.is_alive() && tree::is_alive(shim) => {
                let mut members = self.tree.below(shim.pid);
                if members.is_empty() {
                    // The child is not a descendant of a shim that has taken over.
                    members = self.tree.carrying_variable();
                }
                members.into_iter().map(|member| member.pid).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The exit code of a program that has exited while its run goes on.
fn leader_exit(run: &RunRecord) -> Option<i32> {
    let is_running = matches!(run.state, RunState::Running { .. });
    run.leader_exit.filter(|_| is_running).map(|exit| exit.shell_code())
}

/// The child of a run that is alive.
fn child(run: &RunRecord) -> Option<Identity> {
    if let RunState::Running { child, .. } = run.state { Some(child) } else { None }
}

fn status(run: &RunRecord, phase: Phase) -> Status {
    match &run.state {
        // The shim was started; its child does not exist yet.
        RunState::Starting { time } => Status::Running { pid: 0, start_time: *time },
        RunState::Running { child, start_time } => {
            let pid = child.pid;
            let start_time = *start_time;
            match phase {
                Phase::Stopping | Phase::Restarting => Status::Stopping { pid, start_time },
                Phase::Ended | Phase::Starting | Phase::Running => {
                    Status::Running { pid, start_time }
                }
            }
        }
        RunState::Ended { child, start_time, end_time, exit, stop_requested } => {
            let pid = child.pid;
            let start_time = *start_time;
            let end_time = *end_time;
            let exit = *exit;
            if *stop_requested {
                Status::Terminated { pid, start_time, end_time, exit }
            } else {
                Status::Exited { pid, start_time, end_time, exit }
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
