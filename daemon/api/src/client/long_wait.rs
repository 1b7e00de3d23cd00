//! Waits that go on over a new daemon: [`Client::wait_across_daemons`], and the same after a start or
//! a restart. What is waited for may happen while no daemon runs, so the next one is asked for what
//! has happened since the wait began, for the rest of its timeout.

use std::time::{Duration, Instant};

use super::{Client, wait_time};
use crate::control::RestartRequest;
use crate::cursor::Cursor;
use crate::output::{Lines, OutputQuery};
use crate::problem::{ErrorCode, Problem};
use crate::process::Process;
use crate::seconds::Seconds;
use crate::start::{StartRequest, Started};
use crate::target::Target;
use crate::wait::{Goal, Reason, WaitRequest, Waited};

/// How many daemons in a row may be gone before they answer.
const MAX_ATTEMPTS: u32 = 10;

impl Client {
    /// Waits for a condition of a process, also if the daemon is killed or replaced meanwhile.
    pub fn wait_across_daemons(
        &self,
        target: &Target,
        request: &WaitRequest,
    ) -> Result<Waited, Problem> {
        let process = self.process(target)?;
        let target = Target::from(&process);
        let position = match (&request.after, request.goal) {
            (Some(after), _) => after.clone(),
            (None, Goal::Change) => self.end_of_output(&target)?,
            (None, _) => Cursor::start_of(process.run).to_string(),
        };
        self.wait_since(&target, request, &position, Instant::now())
    }

    /// Starts a process, and waits as [`Client::wait_across_daemons`] does if the request says so.
    pub fn start_across_daemons(&self, request: &StartRequest) -> Result<Started, Problem> {
        let Some(wait) = &request.wait else { return self.start(request) };
        let began = Instant::now();
        let started = self.start(&StartRequest { wait: Some(checked(wait)), ..request.clone() })?;
        self.with_wait(started, wait, began)
    }

    /// Restarts a process, and waits as [`Client::wait_across_daemons`] does if the request says so.
    pub fn restart_across_daemons(
        &self,
        target: &Target,
        request: &RestartRequest,
    ) -> Result<Started, Problem> {
        let Some(wait) = &request.wait else { return self.restart(target, request) };
        let began = Instant::now();
        let brief = RestartRequest { wait: Some(checked(wait)), ..request.clone() };
        let started = self.restart(target, &brief)?;
        self.with_wait(started, wait, began)
    }

    /// The wait after a start that was answered at once.
    fn with_wait(
        &self,
        mut started: Started,
        wait: &WaitRequest,
        began: Instant,
    ) -> Result<Started, Problem> {
        let is_decided =
            |waited: &Waited| !matches!(waited.reason, Reason::Timeout | Reason::DaemonStopping);
        if started.waited.as_deref().is_some_and(is_decided) {
            return Ok(started);
        }
        let start = Cursor::start_of(started.process.run).to_string();
        let position = match &started.waited {
            Some(waited) if started.already_running && wait.goal == Goal::Change => {
                waited.cursor.clone()
            }
            _ => start,
        };
        let after = (wait.goal == Goal::Change).then(|| position.clone());
        let request = WaitRequest { after: wait.after.clone().or(after), ..wait.clone() };
        let target = Target::from(&started.process);
        let waited = self.wait_since(&target, &request, &position, began)?;
        started.process = Process { facts: None, ..waited.process.clone() };
        started.waited = Some(Box::new(waited));
        Ok(started)
    }

    /// Waits until `began` plus the timeout of the request. A later daemon gets `position` as the
    /// cursor.
    fn wait_since(
        &self,
        target: &Target,
        request: &WaitRequest,
        position: &str,
        began: Instant,
    ) -> Result<Waited, Problem> {
        let limit = wait_time(request);
        let mut request = request.clone();
        let mut attempts = 0;
        loop {
            let left = limit.saturating_sub(began.elapsed());
            request.timeout = Some(Seconds::measured(left));
            attempts += 1;
            let is_last = attempts == MAX_ATTEMPTS || self.is_cancelled();
            match self.wait(target, &request) {
                Ok(waited) if waited.reason == Reason::DaemonStopping && !is_last => {}
                Err(problem) if is_gone(problem.code) && !is_last => {}
                Ok(waited) => {
                    let waited_seconds = Seconds::measured(began.elapsed());
                    return Ok(Waited { waited_seconds, ..waited });
                }
                Err(problem) => return Err(problem),
            }
            request.after = Some(position.to_owned());
        }
    }

    /// The cursor after all output so far.
    fn end_of_output(&self, target: &Target) -> Result<String, Problem> {
        let query = OutputQuery { lines: Lines::AtMost(0), ..OutputQuery::default() };
        Ok(self.output(target, &query)?.cursor)
    }
}

/// The same wait without time, so that it is checked before anything is started.
fn checked(wait: &WaitRequest) -> WaitRequest {
    WaitRequest { timeout: Some(Seconds::measured(Duration::ZERO)), ..wait.clone() }
}

/// Whether the daemon has exited, so that the next one may answer.
fn is_gone(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::DaemonUnreachable | ErrorCode::ShuttingDown)
}
