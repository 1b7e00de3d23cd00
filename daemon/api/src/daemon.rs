//! The daemon about itself, and its shutdown.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::time::Time;

/// `GET /v1/daemon`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DaemonInfo {
    pub pid: u32,
    pub version: String,
    pub start_time: Time,
    pub data_dir: PathBuf,
    pub socket: PathBuf,
    /// The door for agents, scripts and browsers.
    pub tcp: TcpDoor,
    pub counts: Counts,
    /// How much it keeps; absent from daemons of before 0.4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

/// How much is kept, by the names of the flags of `serve`. What is too much is dropped, the oldest
/// first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limits {
    /// Bytes on disk of the logs of each process, all its runs together.
    pub log_limit: u64,
    /// Bytes on disk of the logs of all processes together.
    pub total_log_limit: u64,
    /// Runs of each process.
    pub keep_runs: u32,
    /// Ended processes.
    pub keep_processes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { log_limit: 256 << 20, total_log_limit: 8 << 30, keep_runs: 5, keep_processes: 100 }
    }
}

/// Whether the TCP listener is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TcpDoor {
    /// Open at this URL.
    Open { url: String },
    /// Closed; the Unix socket serves all the same.
    Closed { error: Problem },
}

/// How many processes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    pub running: usize,
    pub total: usize,
}

/// `POST /v1/shutdown`. Answered when all processes have ended; the daemon leaves right after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ShutdownRequest {
    /// Leave the processes running; the next daemon finds them.
    #[serde(default)]
    pub keep: bool,
}

/// The answer to [`ShutdownRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShutdownReply {
    /// The daemon that leaves.
    pub pid: u32,
    /// Processes that were stopped.
    pub stopped: usize,
    /// Processes left running.
    pub kept: usize,
}
