//! Requests that change a process. Each is answered when it is done, not when it was asked.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::process::{Process, Size};
use crate::seconds::Seconds;
use crate::wait::WaitRequest;

/// Where a target is looked for first: `?working_directory=` on every route with a `{target}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TargetQuery {
    /// A command that runs in several directories is looked for here first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
}

/// `POST …/stop`. SIGTERM to the process group, then SIGKILL to all that is left of the tree.
/// Answers the ended [`crate::Process`]; `not_running` when it had ended before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StopRequest {
    /// Kill at once.
    #[serde(default)]
    pub force: bool,
    /// Seconds until SIGKILL; absent: the process's own, or 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Seconds>,
}

/// The answer to `DELETE`: a process that is no more, and what went with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Forgotten {
    #[serde(flatten)]
    pub process: Process,
    /// Runs that were still kept.
    #[serde(default)]
    pub runs: u32,
    /// Bytes on disk that their logs took.
    #[serde(default)]
    pub log_bytes: u64,
}

/// `POST …/restart`, running or ended. Same command, directory and environment, a new run.
/// Answers a [`crate::start::Started`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RestartRequest {
    /// Kill at once instead of asking first.
    #[serde(default)]
    pub force: bool,
    /// Seconds until SIGKILL; absent: the process's own, or 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Seconds>,
    /// Answer only when this has happened to the new run, or cannot any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<WaitRequest>,
}

/// `POST …/signal`: one signal to the process group of the child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignalRequest {
    /// A name, with or without `SIG`: `HUP`, `SIGUSR1`.
    pub signal: String,
}

/// `POST …/stdin`: bytes for the child's terminal or pipe, as text or as base64.
/// Answered when the child's terminal or pipe has taken them all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StdinRequest {
    /// UTF-8 text, sent as it is; no newline is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Any bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Close the child's standard input afterwards (on a terminal: send Ctrl+D).
    #[serde(default)]
    pub eof: bool,
    /// Seconds for the child to take them all, then the answer is a `timeout` and what it did not
    /// take waits for it. Absent: as long as it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Seconds>,
}

/// `POST …/resize`: the terminal has a new size. Processes on pipes refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ResizeRequest {
    pub size: Size,
}
