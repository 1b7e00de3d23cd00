//! [`Event`]: a change of a process, as clients of the event stream receive it.

use serde::{Deserialize, Serialize};

use crate::process::Process;

/// `GET /v1/events`, as `text/event-stream`: one event of this form for each change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run has started.
    Started { process: Process },
    /// A run has ended by itself.
    Exited { process: Process },
    /// A run has ended on request.
    Terminated { process: Process },
    /// A run could not be started.
    Failed { process: Process },
    /// A run is lost: its exit status is unknown.
    Lost { process: Process },
    /// The process and its logs were deleted.
    Forgotten { process: Process },
    /// This client was too slow, and events were left out: list the processes.
    Missed { events: u64 },
    /// All processes were stopped, and the daemon shuts down. A client that only watches should not
    /// start the next daemon.
    ShutDown,
}

impl Event {
    /// The event that leads to the current status; `None` for a process that is stopping.
    pub fn from_status_of(process: Process) -> Option<Self> {
        use crate::process::Status;
        Some(match process.status {
            Status::Running { .. } => Self::Started { process },
            Status::Exited { .. } => Self::Exited { process },
            Status::Terminated { .. } => Self::Terminated { process },
            Status::Failed { .. } => Self::Failed { process },
            Status::Lost { .. } => Self::Lost { process },
            Status::Stopping { .. } => return None,
        })
    }
}
