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
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use persistproc_api::control::{RestartRequest, StopRequest};
use persistproc_api::daemon::{Counts, Limits};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::event::Event;
use persistproc_api::start::{StartRequest, Started};
use persistproc_api::{ErrorCode, Problem, Process};
use tokio::sync::{broadcast, oneshot, watch};
use tokio::task::JoinSet;

use self::requests::requester::Who;
use self::requests::spec::Spec;
use self::runs::adopt;
use self::runs::handle::Entry;
use self::runs::reaper::Reaper;
use self::runs::task::{Control, Stop, ToShim};
use self::starting::registry;
use self::storage::retention::{self, Room};
use self::waiting::wait;

/// Events that a slow listener may be behind before it is told that it missed some.
const EVENTS: usize = 1024;

/// All processes. Cheap to clone.
#[derive(Clone)]
pub struct Supervisor {
    shared: Arc<Shared>,
    /// Who asks through this clone.
    who: Who,
}

struct Shared {
    dirs: DataDirs,
    limits: Limits,
    /// Held for look-ups and insertions only, never while anything is awaited.
    entries: Mutex<BTreeMap<String, Entry>>,
    /// Nothing is started any more.
    closed: AtomicBool,
    leaving: watch::Sender<bool>,
    events: broadcast::Sender<Event>,
    room: Room,
    reaper: Reaper,
}

impl Supervisor {
    /// Takes over whatever lives or lies at this place.
    pub async fn open(dirs: DataDirs, limits: Limits) -> Result<Self, Problem> {
        let reaper = Reaper::default();
        tokio::spawn(reaper.clone().work());
        let found = adopt::survey(&dirs).await?;
        let (entries, leaving) = (Mutex::default(), watch::Sender::new(false));
        let (closed, events) = (AtomicBool::new(false), broadcast::Sender::new(EVENTS));
        let room = Room::default();
        let shared = Shared { dirs, limits, entries, closed, leaving, events, room, reaper };
        let supervisor = Self { shared: Arc::new(shared), who: Who::default() };
        adopt::mend_later(&found);
        for one in found {
            let mut entries = supervisor.entries();
            let entry = supervisor.take_over(one);
            entries.insert(entry.id.clone(), entry);
        }
        tokio::spawn(retention::keep(supervisor.clone()));
        Ok(supervisor)
    }

    /// The same for someone who says who they are: it is remembered with what they start and stop.
    #[must_use]
    pub fn asked_by(&self, who: Who) -> Self {
        Self { shared: self.shared.clone(), who }
    }

    /// Where its data lies.
    pub fn data_dirs(&self) -> &DataDirs {
        &self.shared.dirs
    }

    /// How much is kept.
    pub fn limits(&self) -> Limits {
        self.shared.limits
    }

    /// Starts a process, or finds it running.
    pub async fn start(&self, request: StartRequest) -> Result<Started, Problem> {
        let (if_running, wait) = (request.if_running, request.wait.clone());
        wait.as_ref().map_or(Ok(()), wait::check)?;
        let spec = Spec::new(request)?;
        loop {
            let entry = self.entry_for(&spec)?;
            let (reply, answer) = oneshot::channel();
            let (wanted, by) = (Box::new(spec.clone()), self.who.clone());
            let control = Control::Start { spec: wanted, if_running, by, reply };
            if entry.controls.send(control).await.is_ok()
                && let Ok(answer) = answer.await
            {
                return match answer {
                    Ok(started) => self.then_wait(started, wait).await,
                    Err(problem) => Err(self.unstarted(&entry, &spec, problem).await),
                };
            }
            // Forgotten in this very moment: what is asked for is a new process.
            self.drop_forgotten();
        }
    }

    /// Ends a process and its whole tree.
    pub async fn stop(
        &self,
        target: &str,
        directory: Option<&Path>,
        request: StopRequest,
    ) -> Result<Process, Problem> {
        let StopRequest { force, timeout } = request;
        let entry = self.entry(target, directory)?;
        let stop = Stop { force, timeout, by: self.who.clone() };
        entry.ask(|reply| Control::Stop { stop, reply }).await
    }

    /// Begins a new run, after the end of the present one.
    pub async fn restart(
        &self,
        target: &str,
        directory: Option<&Path>,
        request: RestartRequest,
    ) -> Result<Started, Problem> {
        self.check_staying()?;
        let RestartRequest { force, timeout, wait } = request;
        wait.as_ref().map_or(Ok(()), wait::check)?;
        let entry = self.entry(target, directory)?;
        if !entry.view.borrow().process.status.is_alive() {
            registry::check_room(&self.entries())?;
        }
        let stop = Stop { force, timeout, by: self.who.clone() };
        let started = entry.ask(|reply| Control::Restart { stop, reply }).await?;
        self.then_wait(started, wait).await
    }

    /// Passes something on to the child.
    pub async fn send(
        &self,
        target: &str,
        directory: Option<&Path>,
        message: ToShim,
    ) -> Result<Process, Problem> {
        self.entry(target, directory)?.ask(|reply| Control::Message { message, reply }).await
    }

    /// Ends every process and starts no more; answers how many were running.
    pub async fn stop_all(&self) -> usize {
        self.shared.closed.store(true, Ordering::SeqCst);
        let mut stops = JoinSet::new();
        let entries: Vec<Entry> = self.entries().values().cloned().collect();
        for entry in entries {
            if entry.view.borrow().process.status.is_alive() {
                let stop = Stop { by: self.who.clone(), ..Stop::default() };
                stops.spawn(async move { entry.ask(|reply| Control::Stop { stop, reply }).await });
            }
        }
        let stopped = stops.join_all().await.len();
        // Nobody may be listening.
        self.shared.events.send(Event::ShutDown).ok();
        stopped
    }

    /// From now on nothing is started, and followers are told to come back to the next daemon.
    pub fn leave(&self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.shared.leaving.send_replace(true);
    }

    /// How many processes run, and how many there are.
    pub fn counts(&self) -> Counts {
        let processes = self.processes();
        let running = processes.iter().filter(|process| process.status.is_alive()).count();
        Counts { running, total: processes.len() }
    }

    /// What happens to processes from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.shared.events.subscribe()
    }

    /// Becomes true when the daemon leaves.
    pub fn leaving(&self) -> watch::Receiver<bool> {
        self.shared.leaving.subscribe()
    }

    fn check_staying(&self) -> Result<(), Problem> {
        if self.shared.closed.load(Ordering::SeqCst) {
            return Err(Problem::new(ErrorCode::ShuttingDown, "The daemon is shutting down.")
                .hint("Try again in a moment; the next command starts a new one."));
        }
        Ok(())
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        // Nothing that can panic runs under this lock.
        self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
