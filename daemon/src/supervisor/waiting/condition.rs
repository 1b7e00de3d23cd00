//! [`Condition`]: what a wait is for, checked before anything is done: which line decides, whether
//! ports are polled, and how long to wait.

use std::time::Duration;

use persistproc_api::Problem;
use persistproc_api::problem::NextStep;
use persistproc_api::seconds::Seconds;
use persistproc_api::wait::{Goal, Reason, WaitRequest};
use regex::bytes::Regex;

use crate::logs::pattern;

/// How many lines an answer holds, unless the request says otherwise.
const DEFAULT_LINES: u64 = 20;

/// How long there must be no output for [`Goal::Quiet`], unless the request says otherwise.
const DEFAULT_QUIET: Duration = Duration::from_secs(2);

/// How long there must be no more output for [`Goal::Change`], unless the request says otherwise.
const DEFAULT_QUIET_AFTER_CHANGE: Duration = Duration::from_millis(500);

/// The timeout of a request without one.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A wait request, checked.
pub(crate) struct Condition {
    pub(super) goal: Goal,
    pattern: Option<Regex>,
    pub(super) port: Option<u16>,
    pub(super) quiet: Duration,
    pub(super) timeout: Duration,
    pub(super) lines: u64,
    pub(super) after: Option<String>,
}

impl Condition {
    pub(crate) fn new(request: &WaitRequest) -> Result<Self, Problem> {
        let pattern =
            request.pattern.as_deref().map(|pattern| pattern::compile("pattern", pattern));
        if request.goal == Goal::Pattern && request.pattern.is_none() {
            return Err(Problem::parameter("pattern", "is missing: there is nothing to wait for")
                .hint(NextStep::example("pattern", "ready in")));
        }
        if let Some(unused) = unused_parameter(request) {
            let goal = format!("{:?}", request.goal).to_lowercase();
            let predicate = format!("cannot be combined with `for`: \"{goal}\"");
            return Err(Problem::parameter(unused, predicate).hint(format!(
                "Leave out `for` to wait for the {unused}, or leave out `{unused}`."
            )));
        }
        let default_quiet = match request.goal {
            Goal::Change => DEFAULT_QUIET_AFTER_CHANGE,
            _ => DEFAULT_QUIET,
        };
        Ok(Self {
            goal: request.goal,
            pattern: pattern.transpose()?,
            port: request.port,
            quiet: request.quiet.map_or(default_quiet, Seconds::duration),
            timeout: request.timeout.map_or(DEFAULT_TIMEOUT, Seconds::duration),
            lines: request.lines.unwrap_or(DEFAULT_LINES),
            after: request.after.clone(),
        })
    }

    /// Whether an open port meets the condition. For [`Goal::Ready`], a pattern without a port
    /// replaces the usual rules.
    pub(super) fn wants_ports(&self) -> bool {
        self.goal == Goal::Port
            || self.goal == Goal::Ready && (self.port.is_some() || self.pattern.is_none())
    }

    /// The reason to end the wait, if this line is one.
    pub(super) fn decide(&self, line: &str) -> Option<Reason> {
        match (self.goal, &self.pattern) {
            (Goal::Pattern | Goal::Ready, Some(pattern)) => {
                pattern.is_match(line.as_bytes()).then_some(Reason::Pattern)
            }
            _ => None,
        }
    }

    /// Whether a wait that ended for this reason has reached its goal.
    pub(super) fn is_met_by(&self, reason: Reason) -> bool {
        match self.goal {
            Goal::Ready => matches!(reason, Reason::Ready | Reason::Port | Reason::Pattern),
            Goal::Port => reason == Reason::Port,
            Goal::Pattern => reason == Reason::Pattern,
            Goal::Exit => reason == Reason::Exit,
            Goal::Quiet => reason == Reason::Quiet,
            Goal::Change => matches!(reason, Reason::Change | Reason::Exit),
        }
    }
}

/// A parameter that was given and would be ignored, which hints at a wrong goal.
fn unused_parameter(request: &WaitRequest) -> Option<&'static str> {
    let ignores_pattern =
        matches!(request.goal, Goal::Port | Goal::Exit | Goal::Quiet | Goal::Change);
    if request.pattern.is_some() && ignores_pattern {
        return Some("pattern");
    }
    let ignores_port =
        matches!(request.goal, Goal::Pattern | Goal::Exit | Goal::Quiet | Goal::Change);
    if request.port.is_some() && ignores_port {
        return Some("port");
    }
    None
}
