//! [`Registry`]: the handles of all processes by id, and what all processes share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use persistproc_api::daemon::Limits;
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::event::Event;
use persistproc_api::{ErrorCode, Problem, Process, Time};
use tokio::sync::{broadcast, watch};

use super::edges::Edges;
use super::environments::login_environments::LoginEnvironments;
use super::facts_memo::LastListening;
use super::label_reservations::LabelReservations;
use super::ports::reservations::PortReservations;
use super::problems;
use super::runs::adoption::{Adoption, Adoptions};
use super::runs::handle::ProcessHandle;
use super::runs::reaper::Reaper;
use super::runs::restoration;
use super::runs::state::ProcessState;
use super::runs::task::{Task, TaskContext};
use super::runs::view::ProcessView;
use super::storage::folder::ProcessFolder;
use super::storage::retention::Retention;
use crate::platform::capacity;
use crate::platform::run_tree::RunMark;

/// How many events a slow receiver may lag behind before it misses some.
const MAX_QUEUED_EVENTS: usize = 1024;

/// The longest label of a host name.
const MAX_HOST_LABEL: usize = 63;

/// The handles of all processes, by id.
pub(crate) type Handles = BTreeMap<String, ProcessHandle>;

/// All processes, and what they share.
pub(crate) struct Registry {
    dirs: DataDirs,
    /// Locked for look-ups and insertions only, never across an `.await`.
    handles: Mutex<Handles>,
    /// No process is started from now on.
    is_closed: AtomicBool,
    leaving: watch::Sender<bool>,
    /// How many processes are still being restored from their shims.
    unrestored: watch::Sender<usize>,
    context: TaskContext,
    created: Time,
    labels_in_transit: LabelReservations,
    login_environments: LoginEnvironments,
    listening: LastListening,
    /// The port of the daemon on which processes have names.
    name_port: OnceLock<u16>,
}

impl Registry {
    /// A registry without processes.
    pub(crate) fn new(
        dirs: DataDirs,
        limits: Limits,
        reaper: Reaper,
        adoptions: Adoptions,
        edges: Edges,
    ) -> Self {
        let context = TaskContext {
            limits,
            events: broadcast::Sender::new(MAX_QUEUED_EVENTS),
            retention: Retention::default(),
            reaper,
            ports: PortReservations::default(),
            adoptions,
            edges,
        };
        Self {
            dirs,
            handles: Mutex::default(),
            is_closed: AtomicBool::new(false),
            leaving: watch::Sender::new(false),
            unrestored: watch::Sender::new(0),
            context,
            created: Time::now(),
            labels_in_transit: LabelReservations::default(),
            login_environments: LoginEnvironments::default(),
            listening: LastListening::default(),
            name_port: OnceLock::new(),
        }
    }

    /// From now on, processes have names on this port of the daemon.
    pub(crate) fn serve_names_on(&self, port: u16) {
        // Fails if it was set before, to the same port: a daemon has one.
        self.name_port.set(port).ok();
    }

    /// The URL of the name of a process. `None` if no names are served, or if its id is too long for
    /// a host name.
    pub(crate) fn name_url(&self, id: &str) -> Option<String> {
        let port = self.name_port.get()?;
        (id.len() <= MAX_HOST_LABEL).then(|| format!("http://{id}.localhost:{port}/"))
    }

    /// When the daemon started.
    pub(crate) fn created(&self) -> Time {
        self.created
    }

    /// The labels that processes are about to get. Locked only while the handles are.
    pub(crate) fn labels_in_transit(&self) -> &LabelReservations {
        &self.labels_in_transit
    }

    /// The environments of the login shell.
    pub(crate) fn login_environments(&self) -> &LoginEnvironments {
        &self.login_environments
    }

    /// The sockets that listened when they were read last.
    pub(crate) fn listening(&self) -> &LastListening {
        &self.listening
    }

    pub(crate) fn dirs(&self) -> &DataDirs {
        &self.dirs
    }

    pub(crate) fn limits(&self) -> Limits {
        self.context.limits
    }

    pub(crate) fn adoptions(&self) -> &Adoptions {
        &self.context.adoptions
    }

    pub(crate) fn reaper(&self) -> &Reaper {
        &self.context.reaper
    }

    pub(crate) fn edges(&self) -> &Edges {
        &self.context.edges
    }

    pub(crate) fn events(&self) -> &broadcast::Sender<Event> {
        &self.context.events
    }

    /// The folder of a process, whether it exists or not.
    pub(crate) fn folder(&self, id: &str) -> ProcessFolder {
        ProcessFolder::new(&self.dirs, id)
    }

    /// The handles, locked.
    pub(crate) fn handles(&self) -> MutexGuard<'_, Handles> {
        // Nothing that can panic runs under this lock.
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Spawns the task of a process and adds its handle.
    pub(crate) fn add(&self, handles: &mut Handles, state: ProcessState) -> ProcessHandle {
        let handle = Task::spawn(state, self.context.clone());
        handles.insert(handle.id.clone(), handle.clone());
        handle
    }

    /// The views that meet a condition. Only these are copied.
    pub(crate) fn views_where(&self, condition: impl Fn(&ProcessView) -> bool) -> Vec<ProcessView> {
        let handles = self.handles();
        let meeting = handles.values().filter_map(|handle| {
            let view = handle.view.borrow();
            condition(&view).then(|| view.clone())
        });
        meeting.collect()
    }

    /// The running process that a pid belongs to. Costs as much as the pid has ancestors, and nothing for
    /// the processes that it does not belong to.
    pub(crate) fn owner_of(&self, pid: u32) -> Option<Process> {
        let mark = RunMark::of(pid)?;
        let view = self.views_where(|view| view.has_mark(&mark)).into_iter().next()?;
        Some(Arc::unwrap_or_clone(view.process))
    }

    /// Every process that has had a run.
    pub(crate) fn processes(&self) -> Vec<Arc<Process>> {
        let processes: Vec<Arc<Process>> =
            self.handles().values().map(ProcessHandle::process).collect();
        processes.into_iter().filter(|process| process.run > 0).collect()
    }

    /// The ids of the processes that may be writing.
    pub(crate) fn running_ids(&self) -> Vec<String> {
        let handles = self.handles();
        let running = handles.values().filter(|handle| handle.is_alive());
        running.map(|handle| handle.id.clone()).collect()
    }

    /// Keeps the logs of all processes within their limits, for as long as the daemon lives.
    pub(crate) async fn enforce_retention(self: Arc<Self>) {
        let retention = self.context.retention.clone();
        retention.run(&self.dirs, self.limits(), || self.running_ids()).await;
    }

    /// Removes the handles of forgotten processes.
    pub(crate) fn remove_forgotten(&self) {
        self.handles().retain(|_, handle| !handle.is_forgotten());
    }

    /// Adds the process of a run whose record was deleted.
    pub(crate) async fn restore(self: Arc<Self>, mut adoption: Adoption) {
        let log_limit = self.limits().log_limit;
        if let Some(state) = restoration::restore(&mut adoption, log_limit).await {
            self.add(&mut self.handles(), state);
        }
        self.unrestored().send_modify(|count| *count -= 1);
    }

    /// How many processes are still being restored from their shims.
    pub(crate) fn unrestored(&self) -> &watch::Sender<usize> {
        &self.unrestored
    }

    /// From now on no process is started.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
    }

    /// Fails if the daemon is shutting down.
    pub(crate) fn check_open(&self) -> Result<(), Problem> {
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(Problem::new(ErrorCode::ShuttingDown, "The daemon is shutting down.")
                .hint("Try again in a moment; the next command starts a new one."));
        }
        Ok(())
    }

    /// Becomes true when the daemon exits.
    pub(crate) fn leaving(&self) -> watch::Receiver<bool> {
        self.leaving.subscribe()
    }

    /// Announces that the daemon exits.
    pub(crate) fn leave(&self) {
        self.close();
        self.leaving.send_replace(true);
    }
}

/// Fails if the daemon runs as many processes as its file descriptors allow. Each run takes
/// descriptors, and some must be left for the connections that stop a process.
pub(crate) fn check_capacity(handles: &Handles) -> Result<(), Problem> {
    let running = handles.values().filter(|handle| handle.is_alive()).count();
    let max_running = capacity::max_processes();
    if running >= max_running { Err(problems::full(max_running)) } else { Ok(()) }
}
