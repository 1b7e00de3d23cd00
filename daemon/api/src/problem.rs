//! Every error of every face: a code for programs, a sentence for people, the next step.

use std::fmt;

use serde::{Deserialize, Serialize};

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

/// An error as it appears on all faces: `{"code", "message", "hint"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// For programs.
    pub code: ErrorCode,
    /// A sentence: what happened, to what.
    pub message: String,
    /// What to do or type now; empty when there is nothing to say.
    #[serde(default)]
    pub hint: String,
}

impl Problem {
    /// A problem with no next step (yet).
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: String::new() }
    }

    /// The same problem with the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// A malformed request; `message` names the parameter and its value.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, message)
    }

    /// The directory that a process should run in is not there.
    pub fn directory_missing(path: &std::path::Path) -> Self {
        Self::new(
            ErrorCode::DirectoryMissing,
            match path.exists() && !path.is_dir() {
                true => format!("{} is not a directory.", path.display()),
                false => format!("The directory {} does not exist.", path.display()),
            },
        )
        .hint("Give an existing one with --working-directory, or create it.")
    }

    /// Something on disk could not be read or written.
    pub fn storage(what: impl fmt::Display, error: impl fmt::Display) -> Self {
        Self::new(ErrorCode::Storage, format!("{what}: {error}."))
            .hint("Check the permissions and the free space of the data directory.")
    }

    /// A fault of persistproc itself.
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::new(ErrorCode::Internal, message.to_string())
            .hint("This is a fault of persistproc; its log is daemon.log in the data directory.")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
