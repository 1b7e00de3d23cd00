//! [`Problem`]: every error of every face: a code for programs, a sentence for people, and the next
//! step.

mod next_step;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::next_step::{Call, CommandLine, NextStep, Wording};

/// What went wrong, from a closed set. Programs branch on the code, never on the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A parameter is missing, unknown or malformed; the message names it.
    InvalidRequest,
    /// No process matches the target.
    NotFound,
    /// Several processes match the target; the message lists them.
    Ambiguous,
    /// The request needs a running process, and the process has ended.
    NotRunning,
    /// The process is running, and the request asked for an error in that case.
    AlreadyRunning,
    /// The process is running. Only an ended process can be forgotten.
    StillRunning,
    /// Another client uses the process, and the request asked for an error in that case.
    InUse,
    /// Another running process has this label.
    LabelInUse,
    /// The working directory does not exist or cannot be entered.
    DirectoryMissing,
    /// The program is not on the PATH of the process.
    CommandNotFound,
    /// The operating system refused.
    PermissionDenied,
    /// The process could not be started for another reason.
    StartFailed,
    /// Another request changed the process before this one was done.
    Superseded,
    /// The timeout of the request passed first.
    Timeout,
    /// The origin of the request is not allowed.
    Forbidden,
    /// The bearer token is missing or wrong.
    Unauthorized,
    /// The API has no such path.
    NoSuchRoute,
    /// The path does not support the method.
    MethodNotAllowed,
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// The body is too large.
    TooLarge,
    /// The daemon has reached its maximum of connections or processes.
    Busy,
    /// The data directory cannot be read or written.
    Storage,
    /// The daemon cannot open its port. Its Unix socket works.
    PortTaken,
    /// Another daemon uses the data directory.
    DaemonRunning,
    /// No daemon is running, and none could be started.
    DaemonUnreachable,
    /// A daemon is running, and does not answer.
    DaemonUnresponsive,
    /// The daemon is shutting down.
    ShuttingDown,
    /// A bug in persistproc.
    Internal,
}

/// An error on any face: `{"code", "message", "hint"}`, and `"parameter"` if one is at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// The kind of error, for programs.
    pub code: ErrorCode,
    /// What happened, as a sentence.
    pub message: String,
    /// What to do next; empty if there is nothing to suggest.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub hint: NextStep,
    /// The name of the parameter at fault: `since`, `wait.timeout`. Absent: none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<Box<str>>,
    /// The ids of the processes of which one is probably meant. Absent: none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Box<Candidates>>,
}

/// Ids of processes. In a box, because errors that are large slow down every result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Candidates {
    ids: Vec<String>,
}

impl Problem {
    /// A problem without a next step.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: NextStep::None,
            parameter: None,
            candidates: None,
        }
    }

    /// The same problem with the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<NextStep>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same problem with the ids of the processes of which one is probably meant.
    #[must_use]
    pub fn with_candidates(mut self, ids: Vec<String>) -> Self {
        self.candidates = Some(Box::new(Candidates { ids }));
        self
    }

    /// The ids of the processes of which one is probably meant.
    pub fn candidates(&self) -> &[String] {
        self.candidates.as_ref().map_or(&[], |candidates| &candidates.ids)
    }

    /// A malformed request. Where one parameter is at fault: [`Problem::parameter`].
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, message)
    }

    /// A parameter that cannot have the value it was given. `predicate` completes the sentence
    /// that begins with its name: "`lines` is 0."
    pub fn parameter(name: impl Into<String>, predicate: impl fmt::Display) -> Self {
        let name = name.into();
        let message = format!("`{name}` {predicate}.");
        Self { parameter: Some(name.into()), ..Self::invalid(message) }
    }

    /// The same problem on a face that calls its parameter by another name.
    #[must_use]
    pub fn with_parameter_shown_as(mut self, shown: &str) -> Self {
        let predicate = self.parameter.as_ref().and_then(|name| {
            // That is how [`Problem::parameter`] begins its message.
            self.message.strip_prefix(&format!("`{name}`"))
        });
        if let Some(predicate) = predicate {
            self.message = format!("`{shown}`{predicate}");
        }
        self
    }

    /// The directory that a process should run in does not exist.
    pub fn directory_missing(path: &std::path::Path) -> Self {
        let message = if path.exists() && !path.is_dir() {
            format!("{} is not a directory.", path.display())
        } else {
            format!("The directory {} does not exist.", path.display())
        };
        Self::new(ErrorCode::DirectoryMissing, message)
            .hint("Create it, or give an existing directory.")
    }

    /// A file or folder could not be read or written.
    pub fn storage(what: impl fmt::Display, error: impl fmt::Display) -> Self {
        Self::new(ErrorCode::Storage, format!("{what}: {error}."))
            .hint("Check the permissions and the free space of the data directory.")
    }

    /// A bug in persistproc.
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::new(ErrorCode::Internal, message.to_string())
            .hint("This is a bug in persistproc. See daemon.log in the data directory.")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_can_show_its_own_name_of_a_parameter() {
        let problem = Problem::parameter("since", "is no point in time: \"soon\"");
        assert_eq!(problem.message, "`since` is no point in time: \"soon\".");
        assert_eq!(problem.parameter.as_deref(), Some("since"));
        let shown = problem.with_parameter_shown_as("--since-time");
        assert_eq!(shown.message, "`--since-time` is no point in time: \"soon\".");
        assert_eq!(shown.parameter.as_deref(), Some("since"));
    }

    #[test]
    fn a_problem_without_a_parameter_has_three_fields_on_the_wire() {
        let json = serde_json::to_value(Problem::invalid("No.").hint("Yes.")).unwrap();
        let expected = serde_json::json!({
            "code": "invalid_request", "message": "No.", "hint": "Yes.",
        });
        assert_eq!(json, expected);
        let json = serde_json::to_value(Problem::parameter("lines", "is 0")).unwrap();
        assert_eq!(json["parameter"], "lines");
    }
}
