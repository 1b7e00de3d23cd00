//! Which process a start request is about: one that is there, or a new one with a task of its
//! own; and room for new ones.

use std::collections::BTreeMap;

use persistproc_api::daemon::Limits;
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::record::{FORMAT, ProcessRecord, RunRecord, RunState};
use persistproc_api::{Problem, Process, Time};
use tokio::sync::{mpsc, watch};

use crate::platform::capacity;
use crate::supervisor::requests::spec::{self, Spec};
use crate::supervisor::runs::adopt::Found;
use crate::supervisor::runs::handle::Entry;
use crate::supervisor::runs::lifecycle::Phase;
use crate::supervisor::runs::task::takeover::Heir;
use crate::supervisor::runs::task::{Asked, Control, Growth, Task};
use crate::supervisor::runs::view::View;
use crate::supervisor::storage::folder::Folder;
use crate::supervisor::{Supervisor, problems};

/// Requests that wait for one process.
const QUEUE: usize = 256;

impl Supervisor {
    /// The process a start request is about: one that is there, or a new one.
    pub(crate) fn entry_for(&self, spec: &Spec) -> Result<Entry, Problem> {
        self.check_staying()?;
        let mut entries = self.entries();
        let default_label = spec.default_label();
        let label = spec.label.as_ref().unwrap_or(&default_label);
        let same = |process: &Process| {
            process.command == spec.command && process.working_directory == spec.working_directory
        };
        let present = |process: &Process| process.run == 0 || process.status.is_alive();
        let by_label = entries.values().find(|entry| entry.view.borrow().process.label == *label);
        if let Some(entry) = by_label {
            // A copy: who looks at one view while holding another waits for its writer, who waits
            // for the first.
            let process = entry.view.borrow().process.clone();
            if present(&process) && !same(&process) {
                return Err(problems::label_in_use(&process));
            }
            if !present(&process) {
                check_room(&entries)?;
            }
            return Ok(entry.clone());
        }
        let unnamed = spec.label.is_none();
        let running = entries.values().find(|entry| {
            let process = &entry.view.borrow().process;
            unnamed && same(process) && present(process)
        });
        if let Some(entry) = running {
            return Ok(entry.clone());
        }
        check_room(&entries)?;
        let longest = self.data_dirs().longest_id();
        let taken = |id: &str| entries.contains_key(id) || self.data_dirs().process(id).exists();
        let id = spec::new_id(&spec.working_directory, &spec.command, longest, taken);
        let entry =
            self.take_over(new_process(self.data_dirs(), id, label, spec, self.shared.limits));
        entries.insert(entry.id.clone(), entry.clone());
        drop(entries);
        self.forget_oldest();
        Ok(entry)
    }

    /// Gives a process its task.
    pub(crate) fn take_over(&self, found: Found) -> Entry {
        let Found { folder, mut process, run, phase, link } = found;
        if process.limits.is_empty() {
            // Ours are wider than anybody asked for.
            process.limits = capacity::given();
        }
        let id = process.id.clone();
        let (controls, receiver) = mpsc::channel(QUEUE);
        let (view, seen) = watch::channel(View::new(&folder, &process, &run, phase));
        let growth = watch::Sender::new(Growth::default());
        let (link, kept) = if phase == Phase::Ended { (None, link) } else { (link, None) };
        let unwritten = kept.map(|link| (run.clone(), link));
        let (limits, asked) = (self.shared.limits, Asked::default());
        let mut heir = Heir::new(self.shared.reaper.clone());
        heir.run_is(&run);
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
            events: self.shared.events.clone(),
            room: self.shared.room.clone(),
            asked,
            heir,
        };
        tokio::spawn(task.run(receiver));
        Entry { id, controls, view: seen, growth }
    }

    /// Makes room: of too many ended processes, those that ended first are forgotten.
    fn forget_oldest(&self) {
        let mut ended: Vec<(Option<Time>, Entry)> = self
            .entries()
            .values()
            .filter_map(|entry| {
                let process = &entry.view.borrow().process;
                let over = process.run > 0 && !process.status.is_alive();
                over.then(|| (process.status.end_time(), entry.clone()))
            })
            .collect();
        ended.sort_by_key(|(time, _)| *time);
        let surplus = ended.len().saturating_sub(self.shared.limits.keep_processes as usize);
        let supervisor = self.clone();
        let oldest: Vec<Entry> = ended.into_iter().take(surplus).map(|(_, entry)| entry).collect();
        if oldest.is_empty() {
            return;
        }
        tokio::spawn(async move {
            for entry in oldest {
                // One that was started again meanwhile stays.
                entry.ask(|reply| Control::Forget { reply }).await.ok();
            }
            supervisor.drop_forgotten();
        });
    }
}

/// Each run costs the daemon descriptors; those of the last ones are for stopping something.
pub(crate) fn check_room(entries: &BTreeMap<String, Entry>) -> Result<(), Problem> {
    let running = entries.values().filter(|entry| entry.view.borrow().process.status.is_alive());
    match capacity::processes() {
        most if running.count() >= most => Err(problems::full(most)),
        _ => Ok(()),
    }
}

fn new_process(dirs: &DataDirs, id: String, label: &str, spec: &Spec, limits: Limits) -> Found {
    let environment = if spec.inherit_environment { own_environment() } else { BTreeMap::new() };
    let created = Time::now();
    let folder = Folder::new(dirs, &id);
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
    Found { folder, process, run, phase: Phase::Ended, link: None }
}

/// The daemon's own environment, for those who bring none.
fn own_environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
