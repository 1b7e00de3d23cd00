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
