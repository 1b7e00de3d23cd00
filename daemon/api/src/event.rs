//! What happens to processes, as it happens.

use serde::{Deserialize, Serialize};

use crate::process::Process;

/// `GET /v1/events`, as `text/event-stream`: one `data` field of this shape per event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run began.
    Started { process: Process },
    /// A run ended by itself.
    Exited { process: Process },
    /// A run ended because someone asked.
    Terminated { process: Process },
    /// A run could not be started.
    Failed { process: Process },
    /// A run's end is not known.
    Lost { process: Process },
    /// The process and its logs are gone.
    Forgotten { process: Process },
    /// So much happened that some of it was left out here: list the processes.
    Missed { events: u64 },
    /// Every process was stopped and the daemon leaves for good. Whoever only looks on should not
    /// be the one to start the next.
    ShutDown,
}

impl Event {
    /// What the present status of a process says has happened, if it says anything.
    pub fn of(process: Process) -> Option<Self> {
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
