//! [`WaitRequest`] and [`Waited`]: wait for a condition of a process instead of polling.

use serde::{Deserialize, Serialize};

use crate::process::Process;
use crate::seconds::Seconds;

/// `POST …/wait`. The answer is a [`Waited`] when the goal is reached, when the process has ended
/// before, or when the timeout has passed. None of these is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WaitRequest {
    /// The goal of the wait.
    #[serde(default, rename = "for")]
    pub goal: Goal,
    /// For `pattern` and `ready`: a regular expression. Without capital letters in it, upper and lower
    /// case match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// For `port` and `ready`: only this port counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// For `quiet` and `change`: seconds without output; absent: 2 and 0.5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Seconds>,
    /// A cursor: only output after it counts. Absent: output since the start of the run; for `change`,
    /// new output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The maximum time to wait, in seconds; absent: 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Seconds>,
    /// The number of last lines in the answer; absent: 20.
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

/// The goal of a wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The process tree listens on a port or a Unix socket; or, without one for three seconds, a line
    /// says that the program is ready. With `port` or `pattern`, only that. Ports of debuggers do
    /// not count.
    #[default]
    Ready,
    /// A port of the process tree accepts connections.
    Port,
    /// A line of output matches.
    Pattern,
    /// The process ends.
    Exit,
    /// The process prints nothing for a while.
    Quiet,
    /// Something happens after the cursor, or after now without one: output, followed by half a
    /// second without any, or the end. Output that does not stop counts after 5 seconds.
    Change,
}

/// Why a wait has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A port or a Unix socket accepts connections.
    Port,
    /// A line matches.
    Pattern,
    /// A line reports that the program is ready.
    Ready,
    /// The process has ended.
    Exit,
    /// The process printed nothing for the requested time.
    Quiet,
    /// The process has printed something.
    Change,
    /// The timeout has passed.
    Timeout,
    /// The daemon is shutting down. The process is unaffected: wait again.
    DaemonStopping,
}

/// What shows that a service is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReadyBy {
    /// It listens on a TCP port.
    Port,
    /// It listens on a Unix socket.
    Socket,
    /// The port that it names was opened by a process of another user, such as that of a container.
    Foreign,
    /// A line says so, and it has opened no port for three seconds.
    Phrase,
}

/// The answer to a wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Waited {
    pub reason: Reason,
    /// What shows that the service is ready. Absent: another goal, or not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_by: Option<ReadyBy>,
    /// Whether the goal was reached.
    pub reached: bool,
    #[serde(flatten)]
    pub process: Process,
    /// The line that ended the wait, as plain text.
    pub matched_line: Option<String>,
    /// Ports of the process tree that accept connections, without those of debuggers.
    pub ports: Vec<u16>,
    /// The URL of the process's own port, as it printed it.
    pub url: Option<String>,
    /// The last lines.
    pub output: Vec<String>,
    /// The position after the last of these lines.
    pub cursor: String,
    /// Bytes of output that the log limit dropped before the wait could check them. Absent: none.
    #[serde(default, skip_serializing_if = "crate::record::is_zero")]
    pub dropped_bytes: u64,
    /// What else there is to know: the process that uses its port, the first error. Empty: nothing.
    #[serde(default)]
    pub note: String,
    /// The duration of the wait.
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
