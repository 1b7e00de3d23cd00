//! The supervisor: processes and their runs. All faces call the operations of [`Supervisor`]. It
//! starts and asks shims and reads folders; it does not know HTTP, MCP or terminals.
//!
//! | module | what it holds |
//! |---|---|
//! | `registry` | all processes by id, and what they share |
//! | [`requests`] | what clients ask for, checked and parsed |
//! | [`finding`] | the list, and the process that a target names |
//! | [`starting`] | which process a start request is about, or a new one |
//! | `stopping` | stop, restart, and the end of all processes |
//! | `clients` | which clients use a process |
//! | `detached` | work that outlives its client |
//! | `stdin` | bytes for a child's stdin |
//! | [`reading`] | pages, live feeds, searches |
//! | `waiting` | waiting until something happens to a process |
//! | `watchers` | how many clients watch a process |
//! | `edges` | starts and ends of runs, for notices |
//! | `notices` | desktop notices |
//! | `environments` | the environment of the login shell, and tables of variables |
//! | `facts` | ports, CPU time, memory and other facts that are measured on request |
//! | `facts_memo` | facts that hold until a process, its log or its ports change |
//! | `forget` | deleting processes |
//! | `labelling`, `label_reservations` | other labels for processes |
//! | `line_kinds` | what makes two lines the same message, and what lines say about errors |
//! | [`listeners`] | what listens on TCP ports |
//! | [`news`] | what processes have printed or done that they had not before |
//! | `news_fold` | lines, folded into news |
//! | [`ports`] | the ports that the daemon assigns |
//! | [`runs`] | the task that owns a process, its runs and its shims |
//! | [`storage`] | process folders, and how much output is kept |
//! | [`problems`] | the errors of the supervisor |

mod clients;
mod detached;
mod edges;
mod environments;
mod facts;
mod facts_memo;
pub mod finding;
mod forget;
mod label_reservations;
mod labelling;
mod line_kinds;
pub mod listeners;
pub mod news;
mod news_fold;
mod notices;
pub mod ports;
pub mod problems;
pub mod reading;
mod registry;
pub mod requests;
pub mod runs;
pub mod starting;
mod stdin;
mod stopping;
pub mod storage;
mod waiting;
mod watchers;

use std::sync::Arc;
use std::time::Duration;

use persistproc_api::control::{Forgotten, ProcessQuery, StdinRequest};
use persistproc_api::daemon::{Counts, Limits};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::event::Event;
use persistproc_api::ports::{PortReply, Stray};
use persistproc_api::process::{ListQuery, Size};
use persistproc_api::process_client::ClientUse;
use persistproc_api::start::{StartRequest, Started};
use persistproc_api::wait::{WaitRequest, Waited};
use persistproc_api::{Problem, Process, Target};
use tokio::sync::{broadcast, watch};
use tokio::time::timeout;

use self::edges::Edges;
use self::listeners::holder::port_listeners;
use self::listeners::route::{NameRoute, NameRoutes, NameState};
use self::listeners::strays::strays;
use self::news::NewsMemory;
use self::notices::Notices;
use self::registry::Registry;
use self::requests::requester::Requester;
use self::requests::signals;
use self::runs::adoption::Adoptions;
use self::runs::handle::ProcessHandle;
use self::runs::reaper::Reaper;
use self::runs::recovery::{self, Recovered};
use self::runs::task_request::{ChildMessage, TaskRequest};
use self::waiting::condition::Condition;

/// How long a shim may take to confirm a signal or a size.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(10);

/// All processes. Cheap to clone.
#[derive(Clone)]
pub struct Supervisor {
    registry: Arc<Registry>,
    routes: Arc<NameRoutes>,
    news: Arc<NewsMemory>,
    notices: Notices,
    /// Recorded with the runs that are started or stopped through this clone.
    requester: Requester,
}

/// Life cycle of the supervisor.
impl Supervisor {
    /// Recovers the processes of a data directory and reconnects to the shims that are alive.
    pub async fn open(dirs: DataDirs, limits: Limits) -> Result<Self, Problem> {
        let reaper = Reaper::default();
        tokio::spawn(reaper.clone().run());
        let adoptions = Adoptions::default();
        let Recovered { states, unrecorded } = recovery::recover_all(&dirs, &adoptions)?;
        recovery::repair_logs_in_background(&states);
        let (edges, edge_queue) = Edges::channel();
        let registry = Arc::new(Registry::new(dirs, limits, reaper, adoptions, edges));
        let notices = Notices::open(&registry, edge_queue);
        for state in states {
            registry.add(&mut registry.handles(), state);
        }
        registry.unrestored().send_replace(unrecorded.len());
        for adoption in unrecorded {
            tokio::spawn(registry.clone().restore(adoption));
        }
        tokio::spawn(registry.clone().enforce_retention());
        let (routes, news) = (Arc::default(), Arc::default());
        Ok(Self { registry, routes, news, notices, requester: Requester::default() })
    }

    /// Resolves when the shim of each run has answered or is gone.
    pub async fn until_adopted(&self) {
        self.registry.adoptions().until_finished().await;
    }

    /// The socket of the shim of this process has appeared.
    pub fn socket_appeared(&self, id: &str) {
        self.registry.adoptions().socket_changed(Some(id));
    }

    /// Has the shims of these processes bind their sockets again; without an id, all of them.
    pub async fn bind_again(&self, id: Option<&str>) {
        let handles: Vec<ProcessHandle> = match id {
            Some(id) => self.registry.handles().get(id).cloned().into_iter().collect(),
            None => self.registry.handles().values().cloned().collect(),
        };
        self.registry.adoptions().socket_changed(id);
        for handle in handles {
            // Fails for a process that was forgotten since.
            handle.requests.send(TaskRequest::Bind).await.ok();
        }
    }

    /// The same supervisor for requests of `requester`.
    #[must_use]
    pub fn on_behalf_of(&self, requester: Requester) -> Self {
        Self { requester, ..self.clone() }
    }

    /// The name of the client that this supervisor serves; empty if it gave none.
    pub fn requester_name(&self) -> String {
        self.requester.name().unwrap_or_default()
    }

    /// The directories of this daemon.
    pub fn data_dirs(&self) -> &DataDirs {
        self.registry.dirs()
    }

    /// The limits on logs, runs and ended processes.
    pub fn limits(&self) -> Limits {
        self.registry.limits()
    }

    /// Whether the processes are being stopped so that the daemon can exit.
    pub fn is_shutting_down(&self) -> bool {
        self.registry.check_open().is_err()
    }

    /// Becomes true when the daemon exits.
    pub fn leaving(&self) -> watch::Receiver<bool> {
        self.registry.leaving()
    }

    /// Starts nothing from now on, and tells followers to reconnect to the next daemon.
    pub fn leave(&self) {
        self.registry.leave();
    }
}

/// Finding processes.
impl Supervisor {
    /// Lists the processes that pass the filters: running ones first, then the newest.
    pub fn list(&self, query: &ListQuery) -> Vec<Arc<Process>> {
        finding::list::list(&self.registry, query)
    }

    /// Lists processes with their facts, which takes longer.
    pub async fn list_with_facts(&self, query: &ListQuery) -> Vec<Process> {
        self.with_facts(self.list(query)).await
    }

    /// Adds facts to processes that were listed.
    pub async fn with_facts(&self, processes: Vec<Arc<Process>>) -> Vec<Process> {
        facts::with_facts(&self.registry, processes).await
    }

    /// Finds the process that a target names.
    pub fn resolve(&self, target: &Target) -> Result<Process, Problem> {
        finding::process(&self.registry, target)
    }

    /// Finds the process that a target names for a request that changes it.
    pub fn resolve_to_change(&self, target: &Target) -> Result<Process, Problem> {
        finding::process_to_change(&self.registry, target)
    }

    /// Finds the process of this name that a query asks for.
    pub fn find(&self, name: String, query: ProcessQuery) -> Result<Process, Problem> {
        finding::find(&self.registry, name, query)
    }

    /// The process that a target names as it was in each run that is kept, newest first.
    pub fn runs(&self, target: &Target) -> Result<Vec<Arc<Process>>, Problem> {
        finding::runs::runs(&self.registry, target)
    }

    /// Counts the processes.
    pub fn counts(&self) -> Counts {
        let processes = self.registry.processes();
        let running = processes.iter().filter(|process| process.status.is_alive()).count();
        Counts { running, total: processes.len() }
    }

    /// Subscribes to the events of all processes.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.registry.events().subscribe()
    }
}

/// Controlling processes.
impl Supervisor {
    /// Starts a process, or finds it running.
    pub async fn start(&self, request: StartRequest) -> Result<Started, Problem> {
        // Check the condition first, so that nothing is started for an invalid wait.
        let condition = request.wait.as_ref().map(Condition::new).transpose()?;
        let started = starting::start(&self.registry, &self.requester, request).await?;
        self.note_use(&started.process.id, ClientUse::Start);
        self.wait_after_start(started, condition).await
    }

    /// After a start or restart: waits, if the request asked for it.
    async fn wait_after_start(
        &self,
        started: Started,
        condition: Option<Condition>,
    ) -> Result<Started, Problem> {
        let _waiting = condition.as_ref().map(|_| self.open_use(&started.process.id));
        waiting::wait_after_start(&self.registry, started, condition).await
    }

    /// Sends a signal, by name or number, to the child's process group.
    pub async fn signal(&self, target: &Target, name: &str) -> Result<Process, Problem> {
        let number = signals::number_for(name, &target.name)?;
        let process = self.send(target, ChildMessage::Signal(number)).await?;
        self.note_use(&process.id, ClientUse::Signal);
        Ok(process)
    }

    /// Sets the size of the child's terminal.
    pub async fn resize(&self, target: &Target, size: Size) -> Result<Process, Problem> {
        self.send(target, ChildMessage::Resize(size)).await
    }

    async fn send(&self, target: &Target, message: ChildMessage) -> Result<Process, Problem> {
        let handle = finding::handle_to_change(&self.registry, target)?;
        let answer = handle.ask(|reply| TaskRequest::Message { message, reply });
        match timeout(MESSAGE_TIMEOUT, answer).await {
            Ok(answer) => answer,
            Err(_) => {
                let view = handle.view.borrow().clone();
                Err(problems::not_answering(&view.process, view.shim.map(|shim| shim.pid)))
            }
        }
    }

    /// Sends bytes to the child's stdin, closes it, or both.
    pub async fn stdin(&self, target: &Target, request: StdinRequest) -> Result<Process, Problem> {
        let process = stdin::send_stdin(&self.registry, target, request).await?;
        self.note_use(&process.id, ClientUse::Input);
        Ok(process)
    }

    /// Gives a process another label.
    pub async fn label(&self, target: &Target, label: String) -> Result<Process, Problem> {
        labelling::label(&self.registry, target, label).await
    }

    /// Deletes the record and the logs of an ended process.
    pub async fn forget(&self, target: &Target) -> Result<Forgotten, Problem> {
        let handle = finding::handle_to_change(&self.registry, target)?;
        forget::forget_measured(&self.registry, &handle).await
    }
}

/// Names and ports.
impl Supervisor {
    /// The processes that listen on a port.
    pub async fn port_listeners(&self, port: u16) -> PortReply {
        port_listeners(&self.registry, port).await
    }

    /// The servers of this user in project directories that persistproc did not start.
    pub async fn strays(&self) -> Vec<Stray> {
        tokio::task::spawn_blocking(strays).await.unwrap_or_default()
    }

    /// From now on, facts contain the URLs of names on this port of the daemon.
    pub fn serve_names_on(&self, port: u16) {
        self.registry.serve_names_on(port);
    }

    /// Whether there is a process with this id.
    pub fn has_process(&self, id: &str) -> bool {
        self.registry.handles().contains_key(id)
    }

    /// The process with this id, and where its name leads.
    pub async fn name_route(&self, id: &str) -> Option<(Arc<Process>, NameRoute)> {
        self.routes.find(&self.registry, id).await
    }

    /// Waits until the name of a process leads to a port, or until its state is not `seen` any more.
    pub async fn until_name_changes(&self, id: &str, seen: NameState) {
        self.routes.until_changed(&self.registry, id, seen).await;
    }
}

/// Waiting.
impl Supervisor {
    /// Waits until something happens to a process.
    pub async fn wait(&self, target: &Target, request: &WaitRequest) -> Result<Waited, Problem> {
        let process = self.resolve(target)?;
        let condition = Condition::new(request)?;
        let _waiting = self.open_use(&process.id);
        waiting::wait(&self.registry, &process, &condition).await
    }
}
