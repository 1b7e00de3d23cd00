//! The core: processes and their runs. Every face calls these few operations and no other.
//! It knows shims and folders; it knows no HTTP, no MCP, no terminal.
//!
//! | file | what it does |
//! |---|---|
//! | [`spec`] | a start request, checked |
//! | `registry` | which process a start is about; new ones, and room for them |
//! | [`find`] | which process a target names |
//! | [`lifecycle`] | the table of phases and events |
//! | [`task`], `entry` | the one task that owns a process; the way to ask it |
//! | [`view`] | what everyone sees of it |
//! | [`launch`] | a new run and its shim |
//! | [`link`] | the daemon's end of a shim |
//! | [`adopt`] | what a new daemon finds |
//! | `pages`, [`output`], [`growth`] | pages and live feeds; that there is more |
//! | `forget` | a process that is no more, or never was |
//! | `wait`, `wish`, `seen` | until something happens to a process: what, and whether it did |
//! | [`room`] | for the logs of all processes together |
//! | `reaper`, `orphan` | who collects the daemon's children; a child without a shim |
//! | `facts` | what is measured when someone asks |
//! | `stdin` | what a child is sent, and how long it may take to read it |
//! | `search` | one expression over many processes |
//! | [`store`] | folders and records |
//! | [`signals`], [`times`], [`problems`], [`who`] | names, points in time, sentences, askers |

pub mod adopt;
mod entry;
mod facts;
pub mod find;
mod forget;
pub mod growth;
pub mod launch;
pub mod lifecycle;
pub mod link;
mod lookup;
mod orphan;
pub mod output;
mod pages;
mod ports;
pub mod problems;
mod ready;
pub mod reaper;
mod registry;
pub mod room;
mod search;
mod seen;
pub mod signals;
pub mod spec;
mod stdin;
pub mod store;
pub mod task;
pub mod times;
pub mod view;
mod wait;
pub mod who;
mod wish;

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

use self::entry::Entry;
use self::reaper::Reaper;
use self::room::Room;
use self::spec::Spec;
use self::task::{Control, Stop, ToShim};
use self::who::Who;

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
        tokio::spawn(room::keep(supervisor.clone()));
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
