//! Waiting for something to happen to a process, instead of asking again and again.

use serde::{Deserialize, Serialize};

use crate::process::Process;
use crate::seconds::Seconds;

/// `POST …/wait`. Answered with a [`Waited`] when it happened, when the process ended first, or
/// when the time is up: all three are answers, none is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WaitRequest {
    /// What for.
    #[serde(default, rename = "for")]
    pub goal: Goal,
    /// `pattern`, and a rule for `ready`: a regular expression, lower case matches both cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// `port`, and a rule for `ready`: this port and no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `quiet`: seconds without output; absent: 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Seconds>,
    /// A cursor: only output after it counts. Absent: output since the start of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Seconds to wait at most; absent: 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Seconds>,
    /// How many of the newest lines the answer holds; absent: 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<u64>,
}

impl WaitRequest {
    /// The same request with this goal. Without one, the goal is what the other fields imply: the
    /// only one of `pattern`, `port` and `quiet` that is given; otherwise `ready`.
    #[must_use]
    pub fn with_goal(self, goal: Option<Goal>) -> Self {
        let implied = match (&self.pattern, self.port, self.quiet) {
            (Some(_), None, None) => Goal::Pattern,
            (None, Some(_), None) => Goal::Port,
            (None, None, Some(_)) => Goal::Quiet,
            _ => Goal::Ready,
        };
        Self { goal: goal.unwrap_or(implied), ..self }
    }
}

/// What to wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// A port of the process's own tree accepts connections, or its output shows a URL or a
    /// well-known line that says so; with `port` or `pattern`, just that.
    #[default]
    Ready,
    /// A port of the process's own tree accepts connections.
    Port,
    /// A line of output matches.
    Pattern,
    /// The process ends.
    Exit,
    /// No output for a while.
    Quiet,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A port accepts connections.
    Port,
    /// A line matches.
    Pattern,
    /// A line shows a URL, or says that the program is ready.
    Ready,
    /// The process has ended.
    Exit,
    /// There was no output for as long as was asked.
    Quiet,
    /// The time is up.
    Timeout,
    /// The daemon leaves; the process is unaffected, and the next daemon can be asked again.
    DaemonStopping,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Waited {
    pub reason: Reason,
    /// Whether that is what was waited for.
    pub reached: bool,
    #[serde(flatten)]
    pub process: Process,
    /// The line that decided, as plain text.
    pub matched_line: Option<String>,
    /// Ports of the process's tree that accept connections, as far as they were looked at.
    pub ports: Vec<u16>,
    /// The URL it printed.
    pub url: Option<String>,
    /// The newest lines.
    pub output: Vec<String>,
    /// Everything after this place is new to whoever read this answer.
    pub cursor: String,
    /// Bytes of output that the wait was about and that were dropped by the log limit before
    /// they could be looked at; absent: none.
    #[serde(default, skip_serializing_if = "crate::record::is_zero")]
    pub dropped_bytes: u64,
    /// What is in the way, as far as it can be told: who holds the port it wanted; empty when nothing.
    #[serde(default)]
    pub note: String,
    /// How long it took.
    pub waited_seconds: Seconds,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_rule_implies_the_goal() {
        let pattern = Some("x".to_owned());
        let quiet = Seconds::try_from(1.0).ok();
        let implied = |request: WaitRequest| request.with_goal(None).goal;
        let none = WaitRequest::default;
        assert_eq!(implied(none()), Goal::Ready);
        assert_eq!(implied(WaitRequest { pattern: pattern.clone(), ..none() }), Goal::Pattern);
        assert_eq!(implied(WaitRequest { port: Some(1), ..none() }), Goal::Port);
        assert_eq!(implied(WaitRequest { quiet, ..none() }), Goal::Quiet);
        let two_rules = WaitRequest { pattern, port: Some(1), ..none() };
        assert_eq!(implied(two_rules.clone()), Goal::Ready);
        assert_eq!(two_rules.with_goal(Some(Goal::Port)).goal, Goal::Port);
    }
}
