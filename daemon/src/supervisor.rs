//! The core: processes and their runs. Every face calls these few operations and no other.
//! It knows shims and folders; it knows no HTTP, no MCP, no terminal.
//!
//! | folder | what it holds |
//! |---|---|
//! | `facts` | what is measured when someone asks |
//! | [`finding`] | the list; which process a target names |
//! | `forget` | a process that is no more, or never was |
//! | [`reading`] | pages, live feeds, searches |
//! | [`problems`] | the sentences of errors |
//! | [`requests`] | what clients ask for, checked |
//! | [`runs`] | the task that owns a process, its runs and shims |
//! | `starting` | which process a start is about; new ones |
//! | `stdin` | what a child is sent |
//! | [`storage`] | folders and records, and how much is kept |
//! | `waiting` | until something happens to a process |

mod facts;
pub mod finding;
mod forget;
pub mod problems;
pub mod reading;
pub mod requests;
pub mod runs;
mod starting;
mod stdin;
pub mod storage;
mod waiting;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use persistproc_api::control::{RestartRequest, StopRequest};
use persistproc_api::daemon::{Counts, Limits};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::event::Event;
use persistproc_api::start::{StartRequest, Started};
use persistproc_api::{ErrorCode, Problem, Process, Target};
use tokio::sync::{broadcast, oneshot, watch};
use tokio::task::JoinSet;

use self::requests::requester::Requester;
use self::requests::spec::ProcessSpec;
use self::runs::adopt;
use self::runs::handle::ProcessHandle;
use self::runs::reaper::Reaper;
use self::runs::task::{ChildMessage, StopOptions, TaskRequest};
use self::starting::registry;
use self::storage::retention::{self, Retention};
use self::waiting::wait;

/// Events that a slow listener may be behind before it is told that it missed some.
const EVENTS: usize = 1024;

/// All processes. Cheap to clone.
#[derive(Clone)]
pub struct Supervisor {
    registry: Arc<Registry>,
    /// Who asks through this clone.
    requester: Requester,
}

struct Registry {
    dirs: DataDirs,
    limits: Limits,
    /// Held for look-ups and insertions only, never while anything is awaited.
    handles: Mutex<BTreeMap<String, ProcessHandle>>,
    /// Nothing is started any more.
    closed: AtomicBool,
    leaving: watch::Sender<bool>,
    events: broadcast::Sender<Event>,
    retention: Retention,
    reaper: Reaper,
}

impl Supervisor {
    /// Takes over whatever lives or lies at this dirs.
    pub async fn open(dirs: DataDirs, limits: Limits) -> Result<Self, Problem> {
        let reaper = Reaper::default();
        tokio::spawn(reaper.clone().work());
        let found = adopt::survey(&dirs).await?;
        let (handles, leaving) = (Mutex::default(), watch::Sender::new(false));
        let (closed, events) = (AtomicBool::new(false), broadcast::Sender::new(EVENTS));
        let retention = Retention::default();
        let registry =
            Registry { dirs, limits, handles, closed, leaving, events, retention, reaper };
        let supervisor = Self { registry: Arc::new(registry), requester: Requester::default() };
        adopt::mend_later(&found);
        for one in found {
            let mut handles = supervisor.handles();
            let handle = supervisor.take_over(one);
            handles.insert(handle.id.clone(), handle);
        }
        tokio::spawn(retention::keep(supervisor.clone()));
        Ok(supervisor)
    }

    /// The same for someone who says who they are: it is remembered with what they start and stop.
    #[must_use]
    pub fn on_behalf_of(&self, requester: Requester) -> Self {
        Self { registry: self.registry.clone(), requester }
    }

    /// Where its data lies.
    pub fn data_dirs(&self) -> &DataDirs {
        &self.registry.dirs
    }

    /// How much is kept.
    pub fn limits(&self) -> Limits {
        self.registry.limits
    }

    /// Starts a process, or finds it running.
    pub async fn start(&self, request: StartRequest) -> Result<Started, Problem> {
        let (if_running, wait) = (request.if_running, request.wait.clone());
        wait.as_ref().map_or(Ok(()), wait::check)?;
        let spec = ProcessSpec::new(request)?;
        loop {
            let handle = self.find_or_create(&spec)?;
            let (reply, answer) = oneshot::channel();
            let (wanted, by) = (Box::new(spec.clone()), self.requester.clone());
            let control = TaskRequest::Start { spec: wanted, if_running, by, reply };
            if handle.requests.send(control).await.is_ok()
                && let Ok(answer) = answer.await
            {
                return match answer {
                    Ok(started) => self.then_wait(started, wait).await,
                    Err(problem) => Err(self.unstarted(&handle, &spec, problem).await),
                };
            }
            // Forgotten in this very moment: what is asked for is a new process.
            self.drop_forgotten();
        }
    }

    /// Ends a process and its whole tree.
    pub async fn stop(&self, target: &Target, request: StopRequest) -> Result<Process, Problem> {
        let StopRequest { force, timeout } = request;
        let handle = self.handle(target)?;
        let stop = StopOptions { force, timeout, by: self.requester.clone() };
        handle.ask(|reply| TaskRequest::Stop { stop, reply }).await
    }

    /// Begins a new run, after the end of the present one.
    pub async fn restart(
        &self,
        target: &Target,
        request: RestartRequest,
    ) -> Result<Started, Problem> {
        self.check_staying()?;
        let RestartRequest { force, timeout, wait } = request;
        wait.as_ref().map_or(Ok(()), wait::check)?;
        let handle = self.handle(target)?;
        if !handle.view.borrow().process.status.is_alive() {
            registry::check_room(&self.handles())?;
        }
        let stop = StopOptions { force, timeout, by: self.requester.clone() };
        let started = handle.ask(|reply| TaskRequest::Restart { stop, reply }).await?;
        self.then_wait(started, wait).await
    }

    /// Passes something on to the child.
    pub async fn send(&self, target: &Target, message: ChildMessage) -> Result<Process, Problem> {
        self.handle(target)?.ask(|reply| TaskRequest::Message { message, reply }).await
    }

    /// Ends every process and starts no more; answers how many were running.
    pub async fn stop_all(&self) -> usize {
        self.registry.closed.store(true, Ordering::SeqCst);
        let mut stops = JoinSet::new();
        let handles: Vec<ProcessHandle> = self.handles().values().cloned().collect();
        for handle in handles {
            if handle.view.borrow().process.status.is_alive() {
                let stop = StopOptions { by: self.requester.clone(), ..StopOptions::default() };
                stops.spawn(
                    async move { handle.ask(|reply| TaskRequest::Stop { stop, reply }).await },
                );
            }
        }
        let stopped = stops.join_all().await.len();
        // Nobody may be listening.
        self.registry.events.send(Event::ShutDown).ok();
        stopped
    }

    /// From now on nothing is started, and followers are told to come back to the next daemon.
    pub fn leave(&self) {
        self.registry.closed.store(true, Ordering::SeqCst);
        self.registry.leaving.send_replace(true);
    }

    /// How many processes run, and how many there are.
    pub fn counts(&self) -> Counts {
        let processes = self.processes();
        let running = processes.iter().filter(|process| process.status.is_alive()).count();
        Counts { running, total: processes.len() }
    }

    /// What happens to processes from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.registry.events.subscribe()
    }

    /// Becomes true when the daemon leaves.
    pub fn leaving(&self) -> watch::Receiver<bool> {
        self.registry.leaving.subscribe()
    }

    fn check_staying(&self) -> Result<(), Problem> {
        if self.registry.closed.load(Ordering::SeqCst) {
            return Err(Problem::new(ErrorCode::ShuttingDown, "The daemon is shutting down.")
                .hint("Try again in a moment; the next command starts a new one."));
        }
        Ok(())
    }

    fn handles(&self) -> MutexGuard<'_, BTreeMap<String, ProcessHandle>> {
        // Nothing that can panic runs under this lock.
        self.registry.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
