//! [`DaemonInfo`], the state of the daemon; [`DaemonRecord`], what it writes down; its shutdown.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::confinement::Confinement;
use crate::data_dirs::DataDirs;
use crate::private_file::{self, MAX_SHORT_FILE_BYTES};
use crate::problem::Problem;
use crate::record;
use crate::time::Time;

/// The answer to `GET /v1/daemon`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DaemonInfo {
    pub pid: u32,
    pub version: String,
    pub start_time: Time,
    pub data_dir: PathBuf,
    pub socket: PathBuf,
    /// The TCP listener, for agents, scripts and browsers.
    pub tcp: TcpStatus,
    pub counts: Counts,
    /// How much the daemon keeps. Absent: the daemon is older than 0.4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Where the flags of the daemon come from. Absent: the daemon is older than 0.4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flags: Option<FlagOrigins>,
    /// Whether `http://<id>.localhost` leads to the port of a process. Absent: the daemon is older than
    /// 0.4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<bool>,
    /// What confines the daemon and all processes that it starts. Absent: the daemon is older than
    /// 0.4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confinement: Option<Confinement>,
    /// In what the daemon is more confined than the machine or container, such as a seccomp filter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sandbox: Vec<String>,
    /// Whether the daemon stops its processes in order to exit. It starts no others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shutting_down: bool,
}

/// `daemon.json` beside the daemon's socket: what a client has to know before its first request.
/// The daemon writes it when it has its lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonRecord {
    pub pid: u32,
    pub version: String,
    #[serde(default)]
    pub confinement: Confinement,
}

impl DaemonRecord {
    /// The record of this process, as a daemon.
    pub fn own() -> Self {
        Self {
            pid: std::process::id(),
            version: crate::VERSION.to_owned(),
            confinement: Confinement::own(),
        }
    }

    /// The record of the daemon that holds the lock. `None` if none has run, or if it is older and
    /// has written no record.
    pub fn of_running(dirs: &DataDirs) -> Option<Self> {
        let record: Self = record::read(&dirs.daemon_record()).ok()?;
        let holder = private_file::read(&dirs.lock(), MAX_SHORT_FILE_BYTES).ok()?;
        let holder = String::from_utf8(holder).ok()?;
        (holder.trim().parse() == Ok(record.pid)).then_some(record)
    }
}

/// How much the daemon keeps, by the names of the flags of `serve`. Beyond a limit, the oldest data
/// is dropped first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limits {
    /// Bytes on disk of the logs of each process, over all its runs.
    pub log_limit: u64,
    /// Bytes on disk of the logs of all processes.
    pub total_log_limit: u64,
    /// Number of runs of each process.
    pub keep_runs: u32,
    /// Number of ended processes.
    pub keep_processes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { log_limit: 256 << 20, total_log_limit: 8 << 30, keep_runs: 5, keep_processes: 100 }
    }
}

/// Where the flags of a daemon come from. All others have their defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FlagOrigins {
    /// Flags that this daemon was given, such as `--keep-runs`.
    #[serde(default)]
    pub given: Vec<String>,
    /// Flags whose values are those of variables, such as `PERSISTPROC_KEEP_RUNS`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
    /// Flags that an earlier `serve` was given, remembered in the data directory.
    #[serde(default)]
    pub remembered: Vec<String>,
    /// Flags whose values are those of the configuration file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub file: Vec<String>,
    /// The configuration file, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_file: Option<PathBuf>,
    /// Why no flags could be remembered. Until then the daemon drops no run and no process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was invalid in the configuration file and the variables when the daemon started. This daemon
    /// ignores it, and drops no run and no process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_error: Option<String>,
}

/// The state of the TCP listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TcpStatus {
    /// Open at this URL.
    Open { url: String },
    /// Closed. The Unix socket works.
    Closed { error: Problem },
}

/// Numbers of processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    pub running: usize,
    pub total: usize,
}

/// `POST /v1/shutdown`: the answer comes when all processes have ended; then the daemon exits.
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
    /// The PID of the daemon that exits.
    pub pid: u32,
    /// Number of processes that were stopped.
    pub stopped: usize,
    /// Number of processes that were left running.
    pub kept: usize,
}
