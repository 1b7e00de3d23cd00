//! Which process a start request is about: one that is there, or a new one with a task of its
//! own; and room for new ones.

use std::collections::BTreeMap;

use persistproc_api::daemon::Limits;
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::record::{FORMAT, ProcessRecord, RunRecord, RunState};
use persistproc_api::{Problem, Process, Time};
use tokio::sync::{mpsc, watch};

use crate::platform::capacity;
use crate::supervisor::requests::spec::{self, ProcessSpec};
use crate::supervisor::runs::adopt::ProcessState;
use crate::supervisor::runs::handle::ProcessHandle;
use crate::supervisor::runs::lifecycle::Phase;
use crate::supervisor::runs::task::takeover::Takeover;
use crate::supervisor::runs::task::{Growth, Pending, Task, TaskRequest};
use crate::supervisor::runs::view::ProcessView;
use crate::supervisor::storage::folder::ProcessFolder;
use crate::supervisor::{Supervisor, problems};

/// Requests that wait for one process.
const QUEUE: usize = 256;

impl Supervisor {
    /// The process a start request is about: one that is there, or a new one.
    pub(crate) fn find_or_create(&self, spec: &ProcessSpec) -> Result<ProcessHandle, Problem> {
        self.check_staying()?;
        let mut handles = self.handles();
        let default_label = spec.default_label();
        let label = spec.label.as_ref().unwrap_or(&default_label);
        let same = |process: &Process| {
            process.command == spec.command && process.working_directory == spec.working_directory
        };
        let present = |process: &Process| process.run == 0 || process.status.is_alive();
        let by_label = handles.values().find(|handle| handle.view.borrow().process.label == *label);
        if let Some(handle) = by_label {
            // A copy: who looks at one view while holding another waits for its writer, who waits
            // for the first.
            let process = handle.view.borrow().process.clone();
            if present(&process) && !same(&process) {
                return Err(problems::label_in_use(&process));
            }
            if !present(&process) {
                check_room(&handles)?;
            }
            return Ok(handle.clone());
        }
        let unnamed = spec.label.is_none();
        let running = handles.values().find(|handle| {
            let process = &handle.view.borrow().process;
            unnamed && same(process) && present(process)
        });
        if let Some(handle) = running {
            return Ok(handle.clone());
        }
        check_room(&handles)?;
        let longest = self.data_dirs().longest_id();
        let taken = |id: &str| handles.contains_key(id) || self.data_dirs().process(id).exists();
        let id = spec::new_id(&spec.working_directory, &spec.command, longest, taken);
        let handle =
            self.take_over(new_process(self.data_dirs(), id, label, spec, self.registry.limits));
        handles.insert(handle.id.clone(), handle.clone());
        drop(handles);
        self.forget_oldest();
        Ok(handle)
    }

    /// Gives a process its task.
    pub(crate) fn take_over(&self, found: ProcessState) -> ProcessHandle {
        let ProcessState { folder, mut process, run, phase, link } = found;
        if process.limits.is_empty() {
            // Ours are wider than anybody asked for.
            process.limits = capacity::initial_limits();
        }
        let id = process.id.clone();
        let (requests, receiver) = mpsc::channel(QUEUE);
        let (view, seen) = watch::channel(ProcessView::new(&folder, &process, &run, phase));
        let growth = watch::Sender::new(Growth::default());
        let (link, kept) = if phase == Phase::Ended { (None, link) } else { (link, None) };
        let unwritten = kept.map(|link| (run.clone(), link));
        let (limits, pending) = (self.registry.limits, Pending::default());
        let mut takeover = Takeover::new(self.registry.reaper.clone());
        takeover.run_is(&run);
        let task = Task {
            folder,
            limits,
            process,
            run,
            phase,
            link,
            unwritten,
            view,
            growth: growth.clone(),
            events: self.registry.events.clone(),
            retention: self.registry.retention.clone(),
            pending,
            takeover,
        };
        tokio::spawn(task.run(receiver));
        ProcessHandle { id, requests, view: seen, growth }
    }

    /// Makes room: of too many ended processes, those that ended first are forgotten.
    fn forget_oldest(&self) {
        let mut ended: Vec<(Option<Time>, ProcessHandle)> = self
            .handles()
            .values()
            .filter_map(|handle| {
                let process = &handle.view.borrow().process;
                let over = process.run > 0 && !process.status.is_alive();
                over.then(|| (process.status.end_time(), handle.clone()))
            })
            .collect();
        ended.sort_by_key(|(time, _)| *time);
        let surplus = ended.len().saturating_sub(self.registry.limits.keep_processes as usize);
        let supervisor = self.clone();
        let oldest: Vec<ProcessHandle> =
            ended.into_iter().take(surplus).map(|(_, handle)| handle).collect();
        if oldest.is_empty() {
            return;
        }
        tokio::spawn(async move {
            for handle in oldest {
                // One that was started again meanwhile stays.
                handle.ask(|reply| TaskRequest::Forget { reply }).await.ok();
            }
            supervisor.drop_forgotten();
        });
    }
}

/// Each run costs the daemon descriptors; those of the last ones are for stopping something.
pub(crate) fn check_room(handles: &BTreeMap<String, ProcessHandle>) -> Result<(), Problem> {
    let running = handles.values().filter(|handle| handle.view.borrow().process.status.is_alive());
    match capacity::max_processes() {
        most if running.count() >= most => Err(problems::full(most)),
        _ => Ok(()),
    }
}

fn new_process(
    dirs: &DataDirs,
    id: String,
    label: &str,
    spec: &ProcessSpec,
    limits: Limits,
) -> ProcessState {
    let environment = if spec.inherit_environment { own_environment() } else { BTreeMap::new() };
    let created = Time::now();
    let folder = ProcessFolder::new(dirs, &id);
    let process = ProcessRecord {
        format: FORMAT,
        id,
        label: label.to_owned(),
        command: spec.command.clone(),
        working_directory: spec.working_directory.clone(),
        environment,
        tty: spec.tty,
        stop_timeout: spec.stop_timeout,
        umask: spec.umask,
        limits: spec.limits.clone(),
        log_limit: limits.log_limit,
        created,
    };
    let state = RunState::Starting { time: created };
    let run = RunRecord {
        format: FORMAT,
        run: 0,
        tty: spec.tty.is_some(),
        lost_bytes: 0,
        started_by: None,
        stopped_by: None,
        shim: None,
        state,
    };
    ProcessState { folder, process, run, phase: Phase::Ended, link: None }
}

/// The daemon's own environment, for those who bring none.
fn own_environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
