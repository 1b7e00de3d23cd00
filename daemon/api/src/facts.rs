//! [`Facts`]: measurements of a process. They cost time, so the daemon takes them on request only.

use serde::{Deserialize, Serialize};

use crate::process_client::ProcessClient;
use crate::seconds::Seconds;

/// Measurements of a process, taken when a query asks for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Facts {
    /// Ports on which the process tree listens.
    pub ports: Vec<u16>,
    /// The last URL of this machine that the process printed.
    pub url: Option<String>,
    /// The URL that leads to its port through the daemon. Absent: it listens on no port, or the daemon
    /// serves no names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_url: Option<String>,
    /// Number of processes in its tree, including itself.
    pub tree: u32,
    /// CPU time of the running process tree, in seconds.
    pub cpu_seconds: Seconds,
    /// Memory of the running process tree, in bytes.
    pub memory: u64,
    /// Duration of the run, in seconds.
    pub uptime: Seconds,
    /// Bytes of output of this run.
    pub log_size: u64,
    /// The last line of output, as plain text.
    pub last_line: Option<String>,
    /// The clients that use the process, and those that used it last since the daemon was started.
    /// Absent: none is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ProcessClient>,
}
