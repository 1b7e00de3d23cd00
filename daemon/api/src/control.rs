//! Requests that change a process: [`StopRequest`], [`RestartRequest`], [`LabelRequest`],
//! [`SignalRequest`], [`StdinRequest`] and [`ResizeRequest`]. Each is answered when the change is done.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::process::{Process, Size};
use crate::seconds::Seconds;
use crate::wait::WaitRequest;

/// The query of every route with a `{target}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TargetQuery {
    /// The directory in which a command is looked for first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
}

/// The query of `GET /v1/processes/{target}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProcessQuery {
    /// The directory in which a command is looked for first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
    /// Find the process only if a route that changes it would find it by this target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_change: Option<bool>,
    /// Find the process only if it runs in `working_directory` or below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_in_directory: Option<bool>,
}

/// `POST …/stop`: SIGTERM to the process group, then SIGKILL to the rest of the process tree. The
/// answer is the ended [`Process`]; the error `not_running` if it had ended before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StopRequest {
    /// Send SIGKILL at once.
    #[serde(default)]
    pub force: bool,
    /// Seconds between SIGTERM and SIGKILL; absent: the `stop_timeout` of the process, or 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Seconds>,
    /// Send SIGINT to the foreground group of the terminal first, as Ctrl+C does, and SIGTERM two
    /// seconds later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupt: bool,
    /// Answer once with the error `in_use` if another client uses the process, or has used it within
    /// two minutes. The second request stops it, and so does `force`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unless_used: bool,
}

/// The answer to `DELETE`: the forgotten process, and what was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Forgotten {
    #[serde(flatten)]
    pub process: Process,
    /// The number of deleted runs.
    #[serde(default)]
    pub runs: u32,
    /// Bytes on disk of the deleted logs.
    #[serde(default)]
    pub log_bytes: u64,
}

/// `POST …/restart`: a new run with the same command and directory, of a running or an ended process,
/// with the same environment unless the request brings one. The answer is a [`crate::start::Started`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RestartRequest {
    /// Send SIGKILL at once, without SIGTERM first.
    #[serde(default)]
    pub force: bool,
    /// Seconds between SIGTERM and SIGKILL; absent: the `stop_timeout` of the process, or 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Seconds>,
    /// Wait for this condition of the new run before the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<WaitRequest>,
    /// All variables of this run and later ones, instead of those of the last run. The `note` of the
    /// answer names the variables that differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// Answer once with the error `in_use` if another client uses the running process, or has used it
    /// within two minutes. The second request restarts it, and so does `force`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unless_used: bool,
}

/// `POST …/label`: give a process another label. Its id stays the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LabelRequest {
    /// The new name, which no other process has.
    pub label: String,
}

/// `POST …/signal`: send a signal to the process group of the child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignalRequest {
    /// The name of the signal, with or without `SIG`: `HUP`, `SIGUSR1`.
    pub signal: String,
}

/// `POST …/stdin`: write bytes to the terminal or pipe of the child, as text or as base64. The answer
/// comes when all of them are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StdinRequest {
    /// UTF-8 text, written unchanged: no newline is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Bytes that need not be UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Close the standard input of the child afterwards; on a terminal: send Ctrl+D.
    #[serde(default)]
    pub eof: bool,
    /// Seconds until the error `timeout`. Bytes that were accepted by then are still delivered.
    /// Absent: no timeout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Seconds>,
}

/// `POST …/resize`: set the size of the terminal. An error for a process with pipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ResizeRequest {
    pub size: Size,
}
