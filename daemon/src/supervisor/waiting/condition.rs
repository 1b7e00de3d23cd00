//! What a wait is for, checked before anything is done for it: which line decides, whether ports
//! are looked at, and how long. Pure; the waiting is in `wait`.

use std::time::Duration;

use persistproc_api::Problem;
use persistproc_api::problem::NextStep;
use persistproc_api::seconds::Seconds;
use persistproc_api::wait::{Goal, Reason, WaitRequest};
use regex::bytes::Regex;

use super::readiness;
use crate::logs::pattern;

/// Lines in an answer.
const LINES: u64 = 20;

/// Silence that counts as quiet.
const QUIET: Duration = Duration::from_secs(2);

/// How long to wait unless someone says otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A wait, checked.
pub(super) struct Condition {
    pub(super) goal: Goal,
    pattern: Option<Regex>,
    pub(super) port: Option<u16>,
    pub(super) quiet: Duration,
    pub(super) timeout: Duration,
    pub(super) lines: u64,
    pub(super) after: Option<String>,
}

impl Condition {
    pub(super) fn new(request: &WaitRequest) -> Result<Self, Problem> {
        let pattern = request.pattern.as_deref().map(|it| pattern::compile("pattern", it));
        if request.goal == Goal::Pattern && request.pattern.is_none() {
            return Err(Problem::parameter("pattern", "is missing: there is nothing to wait for")
                .hint(NextStep::example("pattern", "ready in")));
        }
        if let Some(unused) = unused(request) {
            let goal = format!("{:?}", request.goal).to_lowercase();
            let predicate = format!("cannot be combined with `for`: \"{goal}\"");
            return Err(Problem::parameter(unused, predicate).hint(format!(
                "Leave out `for` to wait for the {unused}, or leave out `{unused}`."
            )));
        }
        Ok(Self {
            goal: request.goal,
            pattern: pattern.transpose()?,
            port: request.port,
            quiet: request.quiet.map_or(QUIET, Seconds::duration),
            timeout: request.timeout.map_or(TIMEOUT, Seconds::duration),
            lines: request.lines.unwrap_or(LINES),
            after: request.after.clone(),
        })
    }

    /// Whether an open port is what is waited for. A rule given by the caller wins.
    pub(super) fn wants_ports(&self) -> bool {
        self.goal == Goal::Port
            || self.goal == Goal::Ready && (self.port.is_some() || self.pattern.is_none())
    }

    /// What a line means, if it decides.
    pub(super) fn decides(&self, line: &str) -> Option<Reason> {
        match (self.goal, &self.pattern) {
            (Goal::Pattern | Goal::Ready, Some(pattern)) => {
                pattern.is_match(line.as_bytes()).then_some(Reason::Pattern)
            }
            (Goal::Ready, None) if self.port.is_none() => {
                readiness::says_ready(line).then_some(Reason::Ready)
            }
            _ => None,
        }
    }

    /// Whether that is what is waited for.
    pub(super) fn is(&self, reason: Reason) -> bool {
        match self.goal {
            Goal::Ready => matches!(reason, Reason::Ready | Reason::Port | Reason::Pattern),
            Goal::Port => reason == Reason::Port,
            Goal::Pattern => reason == Reason::Pattern,
            Goal::Exit => reason == Reason::Exit,
            Goal::Quiet => reason == Reason::Quiet,
        }
    }
}

/// What was given and would not be looked at: whoever gave it waits for something else.
fn unused(request: &WaitRequest) -> Option<&'static str> {
    let pattern = matches!(request.goal, Goal::Port | Goal::Exit | Goal::Quiet);
    let port = matches!(request.goal, Goal::Pattern | Goal::Exit | Goal::Quiet);
    match (&request.pattern, request.port) {
        (Some(_), _) if pattern => Some("pattern"),
        (_, Some(_)) if port => Some("port"),
        _ => None,
    }
}
