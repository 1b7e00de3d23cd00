//! [`Problem`]: every error of every face. A code for programs, a sentence for people, the next
//! step.

mod next_step;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::next_step::{Call, CommandLine, NextStep, Wording};

/// What went wrong, from a closed set. Programs branch on this, never on the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A parameter is missing, unknown or malformed; the message names it.
    InvalidRequest,
    /// No process answers to the target.
    NotFound,
    /// Several processes answer to the target; the message lists them.
    Ambiguous,
    /// The process has ended, and the request needs a running one.
    NotRunning,
    /// The process runs, and the request asked for an error in that case.
    AlreadyRunning,
    /// The process runs, and only an ended one can be forgotten.
    StillRunning,
    /// Another process runs under that label.
    LabelInUse,
    /// The working directory does not exist or cannot be entered.
    DirectoryMissing,
    /// The program was not found on the PATH of the request.
    CommandNotFound,
    /// The operating system refused.
    PermissionDenied,
    /// The process could not be started for another reason.
    StartFailed,
    /// The request was given up because another one changed the process meanwhile.
    Superseded,
    /// The limit given for the request passed first.
    Timeout,
    /// The request came from somewhere that may not ask.
    Forbidden,
    /// A bearer token is needed, or the one sent is wrong.
    Unauthorized,
    /// No such route.
    NoSuchRoute,
    /// The route exists, the method does not.
    MethodNotAllowed,
    /// A body that is not `application/json`.
    UnsupportedMediaType,
    /// A body that is too large.
    TooLarge,
    /// The daemon has as many connections or processes as it can take.
    Busy,
    /// The data directory cannot be read or written.
    Storage,
    /// The daemon's port cannot be opened; its Unix socket serves all the same.
    PortTaken,
    /// Another daemon holds the data directory.
    DaemonRunning,
    /// No daemon answers, and none could be started.
    DaemonUnreachable,
    /// The daemon is leaving.
    ShuttingDown,
    /// A fault of persistproc itself.
    Internal,
}

/// An error as it appears on all faces: `{"code", "message", "hint"}`, and `"parameter"` where one
/// is at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// For programs.
    pub code: ErrorCode,
    /// A sentence: what happened, to what.
    pub message: String,
    /// What to do or type now; empty when there is nothing to say.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub hint: NextStep,
    /// The parameter at fault, by its name in the REST API: `since`, `wait.timeout`; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
}

impl Problem {
    /// A problem with no next step (yet).
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: NextStep::None, parameter: None }
    }

    /// The same problem with the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<NextStep>) -> Self {
        self.hint = hint.into();
        self
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
        Self { parameter: Some(name), ..Self::invalid(message) }
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
