//! One blocking client: every operation of the REST API as a method, over the Unix socket.
//! It starts a daemon when none answers and it was told how to; it prints nothing.

mod events;
mod follow;
mod launch;
mod line;
mod lists;
mod mcp;
mod peer;
mod rows;
mod sse;
mod transport;
mod words;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

pub use events::Events;
pub use follow::{Follow, FollowItem};
pub use launch::{Launcher, READY};
pub use line::Line;
pub use lists::Lists;
pub use mcp::{McpAnswer, McpBody, McpRequest};
pub use rows::{RowItem, Rows};
pub use sse::Messages;
pub use transport::Lost;

use crate::control::{
    Forgotten, ResizeRequest, RestartRequest, SignalRequest, StdinRequest, StopRequest,
};
use crate::daemon::{DaemonInfo, ShutdownReply, ShutdownRequest};
use crate::data_dirs::DataDirs;
use crate::follow::FollowQuery;
use crate::output::{OutputPage, OutputQuery};
use crate::problem::Problem;
use crate::process::{ListQuery, Process, ProcessList};
use crate::routes::{self, Verb};
use crate::search::{SearchQuery, SearchReply};
use crate::start::{StartRequest, Started};
use crate::target::Target;
use crate::wait::{WaitRequest, Waited};

use words::{broken, check, decode, follow_path, verb, with_query, within};

/// A daemon that was killed may seem to listen once more, until the kernel has cleared it away.
const ATTEMPTS: usize = 3;

/// A client of the daemon at one place. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    dirs: DataDirs,
    launcher: Option<Launcher>,
    name: &'static str,
    line: Option<Line>,
}

impl Client {
    /// A client that starts a daemon with `launcher` when none answers; without one it says so.
    /// `name` is who asks: it is remembered with what this client starts and stops.
    pub fn new(name: &'static str, dirs: DataDirs, launcher: Option<Launcher>) -> Self {
        Self { agent: transport::agent(dirs.socket()), dirs, launcher, name, line: None }
    }

    /// The same client for one caller: its exchanges, one at a time, are on a line that another
    /// thread can cut. What is cut fails; `line` says why.
    #[must_use]
    pub fn on(&self, line: Line) -> Self {
        let agent = transport::agent_on(self.dirs.socket(), line.clone());
        Self { agent, line: Some(line), ..self.clone() }
    }

    fn is_cut(&self) -> bool {
        self.line.as_ref().is_some_and(Line::is_cut)
    }

    /// Where the daemon of this client is.
    pub fn data_dirs(&self) -> &DataDirs {
        &self.dirs
    }

    /// The processes, those of them that the query names.
    pub fn list(&self, query: &ListQuery) -> Result<ProcessList, Problem> {
        self.get(routes::PROCESSES, query)
    }

    /// One process.
    pub fn process(&self, target: &Target) -> Result<Process, Problem> {
        self.get(&routes::process(&target.name), &within(target))
    }

    /// Starts a process, or finds it running.
    pub fn start(&self, request: &StartRequest) -> Result<Started, Problem> {
        self.post(routes::PROCESSES, request)
    }

    /// Stops a process; answers when its whole tree is gone.
    pub fn stop(&self, target: &Target, request: &StopRequest) -> Result<Process, Problem> {
        self.post(&verb(target, Verb::Stop)?, request)
    }

    /// Starts a new run of a process, ending the present one first.
    pub fn restart(&self, target: &Target, request: &RestartRequest) -> Result<Started, Problem> {
        self.post(&verb(target, Verb::Restart)?, request)
    }

    /// Sends a signal to the child's process group.
    pub fn signal(&self, target: &Target, request: &SignalRequest) -> Result<Process, Problem> {
        self.post(&verb(target, Verb::Signal)?, request)
    }

    /// Sends bytes to the child's standard input.
    pub fn stdin(&self, target: &Target, request: &StdinRequest) -> Result<Process, Problem> {
        self.post(&verb(target, Verb::Stdin)?, request)
    }

    /// Tells the child's terminal its size.
    pub fn resize(&self, target: &Target, request: &ResizeRequest) -> Result<Process, Problem> {
        self.post(&verb(target, Verb::Resize)?, request)
    }

    /// Forgets an ended process, its record and its logs. Answers what was forgotten.
    pub fn forget(&self, target: &Target) -> Result<Forgotten, Problem> {
        let path = with_query(&routes::process(&target.name), &within(target))?;
        decode(self.send("DELETE", &path, None)?)
    }

    /// A page of output.
    pub fn output(&self, target: &Target, query: &OutputQuery) -> Result<OutputPage, Problem> {
        let working_directory = target.directory.clone();
        let query = OutputQuery { working_directory, ..query.clone() };
        self.get(&routes::verb(&target.name, Verb::Output), &query)
    }

    /// Live output, in frames.
    pub fn follow(&self, target: &Target, query: &FollowQuery) -> Result<Follow, Problem> {
        let path = follow_path(target, query)?;
        Ok(Follow::new(self.send("GET", &path, None)?))
    }

    /// Waits until something happens to a process.
    pub fn wait(&self, target: &Target, request: &WaitRequest) -> Result<Waited, Problem> {
        self.post(&verb(target, Verb::Wait)?, request)
    }

    /// Searches the output of many processes.
    pub fn search(&self, query: &SearchQuery) -> Result<SearchReply, Problem> {
        self.get(routes::SEARCH, query)
    }

    /// What happens to processes from now on.
    pub fn events(&self) -> Result<Events, Problem> {
        Ok(Events::new(self.send("GET", routes::EVENTS, None)?))
    }

    /// The daemon about itself.
    pub fn daemon(&self) -> Result<DaemonInfo, Problem> {
        self.get(routes::DAEMON, &())
    }

    /// Ends the daemon, and its processes unless they are to be kept.
    pub fn shutdown(&self, request: &ShutdownRequest) -> Result<ShutdownReply, Problem> {
        self.post(routes::SHUTDOWN, request)
    }

    fn get<T: DeserializeOwned>(&self, path: &str, query: &impl Serialize) -> Result<T, Problem> {
        decode(self.send("GET", &with_query(path, query)?, None)?)
    }

    fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Problem> {
        let body = serde_json::to_vec(body).map_err(Problem::internal)?;
        decode(self.send("POST", path, Some(&body))?)
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&[u8]>,
    ) -> Result<Response<Body>, Problem> {
        let accept = format!("application/json, {}", routes::STREAM_TYPE);
        self.send_for(&accept, method, path, body)
    }

    fn send_for(
        &self,
        accept: &str,
        method: &str,
        path: &str,
        body: Option<&[u8]>,
    ) -> Result<Response<Body>, Problem> {
        let answer = self.insist(|| self.exchange(accept, method, path, body.map(<[u8]>::to_vec)));
        check(answer.map_err(Lost::into_problem)?)
    }

    /// One exchange; when nobody heard it, a daemon is started and asked instead.
    fn insist<T>(&self, ask: impl Fn() -> Result<T, transport::Failure>) -> Result<T, Lost> {
        let mut outcome = ask();
        for _ in 0..ATTEMPTS {
            match (&outcome, &self.launcher) {
                (Err(failure), Some(launcher)) if failure.is_unheard() && !self.is_cut() => {
                    launch::ensure(&self.dirs, launcher).map_err(Lost::Unsent)?;
                    outcome = ask();
                }
                _ => break,
            }
        }
        outcome.map_err(|failure| failure.lost(&self.dirs))
    }

    fn exchange(
        &self,
        accept: &str,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Response<Body>, transport::Failure> {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://localhost{path}"))
            .header(routes::CLIENT_HEADER, self.name)
            .header("accept", accept);
        let outcome = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json").body(body);
                self.agent.run(request.map_err(ureq::Error::from)?)
            }
            None => self.agent.run(request.body(()).map_err(ureq::Error::from)?),
        };
        Ok(outcome?)
    }
}
