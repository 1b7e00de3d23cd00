//! What has to be measured to be known of a process, and is measured only when someone asks.

use serde::{Deserialize, Serialize};

use crate::seconds::Seconds;

/// What is measured when someone asks, and only then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Facts {
    /// Ports on which the process's tree listens.
    pub ports: Vec<u16>,
    /// The last URL of this machine that it printed.
    pub url: Option<String>,
    /// Processes in its tree, itself included.
    pub tree: u32,
    /// CPU time of the living tree, in seconds.
    pub cpu_seconds: Seconds,
    /// Memory of the living tree, in bytes.
    pub memory: u64,
    /// How long it has run, or did, in seconds.
    pub uptime: Seconds,
    /// Bytes of output of this run.
    pub log_size: u64,
    /// Its last line, as plain text.
    pub last_line: Option<String>,
}
