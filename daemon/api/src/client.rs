//! [`Client`]: a blocking client with the operations of the REST API as methods, over the Unix
//! socket. With a [`DaemonLauncher`] it starts a daemon if none is running.
//!
//! | module | what it holds |
//! |---|---|
//! | `answer_wait` | how long to wait for an answer |
//! | `cancel_handle` | cancels an exchange from another thread |
//! | `control` | starts, stops and changes processes |
//! | `daemon_launcher` | starts a daemon |
//! | `events` | the event stream |
//! | `exchange` | paths with queries, responses as values or problems |
//! | `follow`, `rows` | live output as bytes and as lines |
//! | `list_watch` | the list of processes after each change |
//! | `long_wait` | waits that go on over a new daemon |
//! | `mcp` | exchanges with `/mcp` |
//! | `news_stream` | news as they happen |
//! | `notices` | desktop notices, turned on and off |
//! | `replacement` | replaces a daemon that is more confined than its client |
//! | `shim_connection` | a direct connection to the shim of a run |
//! | `sse` | server-sent events |
//! | `transport` | HTTP over a Unix socket |

mod answer_wait;
mod cancel_handle;
mod control;
mod daemon_launcher;
mod events;
mod exchange;
mod follow;
mod list_watch;
mod long_wait;
mod mcp;
mod news_stream;
mod notices;
mod replacement;
mod rows;
mod shim_connection;
mod sse;
mod transport;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

pub use answer_wait::DelayReport;
pub use cancel_handle::CancelHandle;
pub use daemon_launcher::{DaemonLauncher, READY_LINE};
pub use events::{EventStream, Events, StreamEvent};
pub use follow::{Follow, FollowItem};
pub use list_watch::ListWatch;
pub use mcp::{McpAnswer, McpBody, McpRequest};
pub use news_stream::NewsStream;
pub use replacement::ConfinementCheck;
pub use rows::{RowItem, Rows};
pub use shim_connection::{ShimConnection, ShimItem, ShimMessages};
pub use sse::Messages;
pub use transport::ExchangeError;

use crate::client_names;
use crate::control::ProcessQuery;
use crate::daemon::{DaemonInfo, ShutdownReply, ShutdownRequest};
use crate::data_dirs::DataDirs;
use crate::follow::FollowQuery;
use crate::output::{OutputPage, OutputQuery};
use crate::ports::PortReply;
use crate::problem::Problem;
use crate::process::{ListQuery, Process, ProcessList, RunList};
use crate::routes::{self, Verb};
use crate::search::{SearchQuery, SearchReply};
use crate::seconds::Seconds;
use crate::target::Target;
use crate::time::point;
use crate::wait::{WaitRequest, Waited};

use answer_wait::{AnswerKind, AnswerWait, WaitPolicy};
use exchange::{check, decode, follow_path, target_query, verb_path, with_query};
use transport::TransportError;

/// A daemon that was killed may accept a connection until the kernel has closed its sockets, so one
/// retry is not enough.
const MAX_RETRIES: usize = 3;

/// The default timeout of a wait.
const DEFAULT_WAIT_TIME: Duration = Duration::from_secs(30);

/// How long a process tree may take to end after SIGKILL.
const KILL_TIME: Duration = Duration::from_secs(2);

/// A client of the daemon of a data directory. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    dirs: DataDirs,
    launcher: Option<DaemonLauncher>,
    name: &'static str,
    cancel: Option<CancelHandle>,
    policy: WaitPolicy,
    /// What it reads is shown in the terminal of a user who can type into the process.
    is_attached: bool,
}

impl Client {
    /// A client that starts a daemon with `launcher` if none is running; without a launcher, that is
    /// an error. The daemon records `name` with the runs that this client starts and stops.
    pub fn new(name: &'static str, dirs: DataDirs, launcher: Option<DaemonLauncher>) -> Self {
        Self {
            dirs,
            launcher,
            name,
            cancel: None,
            policy: WaitPolicy::default(),
            is_attached: false,
        }
    }

    /// The same client, which reports once that an answer is late, and what to do.
    #[must_use]
    pub fn reporting_delays(self, report: DelayReport) -> Self {
        Self { policy: WaitPolicy::reporting(report), ..self }
    }

    /// The same client, which reports nothing: for a terminal that shows the screen of a program.
    #[must_use]
    pub fn without_reports(self) -> Self {
        let launcher = self.launcher.map(DaemonLauncher::without_reports);
        Self { policy: WaitPolicy::default(), launcher, ..self }
    }

    /// The same client of a command that is attached to the process whose output it follows.
    #[must_use]
    pub fn attached(self) -> Self {
        Self { is_attached: true, ..self }
    }

    /// The same client, which starts no daemon.
    #[must_use]
    pub fn of_running_daemon(&self) -> Self {
        Self { launcher: None, ..self.clone() }
    }

    /// The same client, which waits five seconds longer than an answer takes by itself, and no more.
    #[must_use]
    pub fn with_short_limit(self) -> Self {
        Self { policy: WaitPolicy::with_short_limit(), ..self }
    }

    /// The same client for exchanges that `cancel` can cancel. They have to be made one after the
    /// other. A cancelled exchange returns an error.
    #[must_use]
    pub fn cancelled_by(&self, cancel: CancelHandle) -> Self {
        Self { cancel: Some(cancel), ..self.clone() }
    }

    /// Whether the requests are made in the shell of an agent, and not by a person.
    pub fn is_of_agent(&self) -> bool {
        !client_names::is_person(self.name)
    }

    /// The PID of the daemon that listens, whether it answers or not. Linux only.
    pub fn listening_pid(&self) -> Option<u32> {
        answer_wait::listening_pid(&self.dirs.socket())
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(CancelHandle::is_cancelled)
    }

    /// The directories of the daemon.
    pub fn data_dirs(&self) -> &DataDirs {
        &self.dirs
    }

    /// The processes that match the query.
    pub fn list(&self, query: &ListQuery) -> Result<ProcessList, Problem> {
        self.get(routes::PROCESSES, query)
    }

    /// One process.
    pub fn process(&self, target: &Target) -> Result<Process, Problem> {
        self.get(&routes::process(&target.name), &target_query(target))
    }

    /// The process as it was in each run that is kept, newest first.
    pub fn runs(&self, target: &Target) -> Result<RunList, Problem> {
        self.get(&routes::verb(&target.name, Verb::Runs), &target_query(target))
    }

    /// One process, found as by a request that changes it.
    pub fn process_to_change(&self, target: &Target) -> Result<Process, Problem> {
        let working_directory = target.directory.clone();
        let query =
            ProcessQuery { working_directory, for_change: Some(true), ..ProcessQuery::default() };
        match self.find(&target.name, &query) {
            // A daemon of an older version, which has one rule for all requests.
            Err(Problem { parameter: Some(name), .. }) if *name == *"for_change" => {
                self.process(target)
            }
            found => found,
        }
    }

    /// The process of this name that a query finds.
    pub fn find(&self, name: &str, query: &ProcessQuery) -> Result<Process, Problem> {
        self.get(&routes::process(name), query)
    }

    /// A page of output.
    pub fn output(&self, target: &Target, query: &OutputQuery) -> Result<OutputPage, Problem> {
        let working_directory = target.directory.clone();
        let since = resolved(query.since.as_ref());
        let before = resolved(query.before.as_ref());
        let query = OutputQuery { working_directory, since, before, ..query.clone() };
        let path = routes::verb(&target.name, Verb::Output);
        match self.get(&path, &query) {
            // A daemon of an older version, which has no colours.
            Err(Problem { parameter: Some(name), .. }) if &*name == "color" => {
                self.get(&path, &OutputQuery { color: false, ..query })
            }
            page => page,
        }
    }

    /// Live output as bytes.
    pub fn follow(&self, target: &Target, query: &FollowQuery) -> Result<Follow, Problem> {
        let since = resolved(query.since.as_ref());
        let path = follow_path(target, &FollowQuery { since, ..query.clone() })?;
        Ok(Follow::new(self.send("GET", &path, AnswerKind::STREAM)?))
    }

    /// Waits for a condition of a process.
    pub fn wait(&self, target: &Target, request: &WaitRequest) -> Result<Waited, Problem> {
        let kind = AnswerKind::after(wait_time(request));
        self.post_for(&verb_path(target, Verb::Wait)?, request, kind)
    }

    /// Searches the output of many processes.
    pub fn search(&self, query: &SearchQuery) -> Result<SearchReply, Problem> {
        let since = resolved(query.since.as_ref());
        let before = resolved(query.before.as_ref());
        self.get(routes::SEARCH, &SearchQuery { since, before, ..query.clone() })
    }

    /// The processes that listen on a port.
    pub fn port(&self, port: u16) -> Result<PortReply, Problem> {
        self.get(&routes::port(port), &())
    }

    /// The state of the daemon.
    pub fn daemon(&self) -> Result<DaemonInfo, Problem> {
        self.get(routes::DAEMON, &())
    }

    /// Shuts down the daemon, after its processes have been stopped unless they are kept.
    pub fn shutdown(&self, request: &ShutdownRequest) -> Result<ShutdownReply, Problem> {
        let expected = if request.keep { Duration::ZERO } else { stop_time(None) };
        self.post_for(routes::SHUTDOWN, request, AnswerKind::after(expected))
    }

    fn get<T: DeserializeOwned>(&self, path: &str, query: &impl Serialize) -> Result<T, Problem> {
        decode(self.send("GET", &with_query(path, query)?, AnswerKind::PROMPT)?)
    }

    fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Problem> {
        self.post_for(path, body, AnswerKind::PROMPT)
    }

    /// Makes a request with an answer of this kind.
    fn post_for<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        kind: AnswerKind,
    ) -> Result<T, Problem> {
        let body = serde_json::to_vec(body).map_err(Problem::internal)?;
        let accept = accept_any();
        decode(self.send_for(&accept, "POST", path, Some(&body), kind)?)
    }

    fn send(&self, method: &str, path: &str, kind: AnswerKind) -> Result<Response<Body>, Problem> {
        self.send_for(&accept_any(), method, path, None, kind)
    }

    fn send_for(
        &self,
        accept: &str,
        method: &str,
        path: &str,
        body: Option<&[u8]>,
        kind: AnswerKind,
    ) -> Result<Response<Body>, Problem> {
        let exchange = || {
            let agent = self.agent(kind, self.cancel.clone());
            self.exchange(&agent, accept, method, path, body.map(<[u8]>::to_vec))
        };
        let response = self.retry(exchange, |error| error.can_be_repeated(method));
        check(response.map_err(ExchangeError::into_problem)?)
    }

    /// Makes an exchange. After an error that `can_be_repeated`, starts a daemon and tries again.
    fn retry<T>(
        &self,
        exchange: impl Fn() -> Result<T, TransportError>,
        can_be_repeated: impl Fn(&TransportError) -> bool,
    ) -> Result<T, ExchangeError> {
        let mut result = exchange();
        for _ in 0..MAX_RETRIES {
            match (&result, &self.launcher) {
                (Err(error), Some(launcher)) if can_be_repeated(error) && !self.is_cancelled() => {
                    launcher
                        .ensure_running(&self.dirs, &self.policy)
                        .map_err(ExchangeError::Undelivered)?;
                    result = exchange();
                }
                _ => break,
            }
        }
        result.map_err(|error| error.into_exchange_error(&self.dirs))
    }

    /// The transport of one exchange with an answer of this kind.
    fn agent(&self, kind: AnswerKind, cancel: Option<CancelHandle>) -> Agent {
        let socket = self.dirs.socket();
        let answer_wait = AnswerWait::begin(&self.policy, socket.clone(), kind);
        transport::agent(socket, answer_wait, cancel)
    }

    fn exchange(
        &self,
        agent: &Agent,
        accept: &str,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Response<Body>, TransportError> {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://localhost{path}"))
            .header(routes::CLIENT_HEADER, self.name)
            .header("accept", accept);
        let request = match self.is_attached {
            true => request.header(routes::ATTACHED_HEADER, "true"),
            false => request,
        };
        let response = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json").body(body);
                agent.run(request.map_err(ureq::Error::from)?)
            }
            None => agent.run(request.body(()).map_err(ureq::Error::from)?),
        };
        Ok(response?)
    }
}

fn accept_any() -> String {
    format!("application/json, {}", routes::STREAM_TYPE)
}

/// How long a stop takes at most.
fn stop_time(timeout: Option<Seconds>) -> Duration {
    timeout.unwrap_or(Seconds::STOP_TIMEOUT).duration() + KILL_TIME
}

/// How long a wait takes at most.
fn wait_time(request: &WaitRequest) -> Duration {
    request.timeout.map_or(DEFAULT_WAIT_TIME, Seconds::duration)
}

/// A point in time in the zone of this process. The daemon answers a text that is none.
fn resolved(time: Option<&String>) -> Option<String> {
    time.map(|text| point::resolved(text).unwrap_or_else(|| text.clone()))
}
