//! [`Event`]: a change of a process, as clients of the event stream receive it; [`OutputEvent`]: output in
//! the same stream.

use serde::{Deserialize, Serialize};

use crate::output::{Lines, Row, Stream};
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
    /// Something else about the process has changed: it is stopping, it has another label, or its shim
    /// answers again.
    Changed { process: Process },
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

    /// The process that the event is about.
    pub fn process_mut(&mut self) -> Option<&mut Process> {
        match self {
            Self::Started { process }
            | Self::Exited { process }
            | Self::Terminated { process }
            | Self::Failed { process }
            | Self::Lost { process }
            | Self::Changed { process }
            | Self::Forgotten { process } => Some(process),
            Self::Missed { .. } | Self::ShutDown => None,
        }
    }
}

/// `GET /v1/events`: which output to send beside the events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// Also send the output of these processes, as `output` events: ids or other targets, separated by
    /// commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow: Option<String>,
    #[serde(default)]
    pub stream: Stream,
    /// Start with this many existing lines of each process.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("default" = 100)))]
    pub lines: Lines,
    /// Send at most this many lines of a process at a time, and leave out older ones: a client that is
    /// slower than the process stays at its end. The numbers of the rows show what was left out.
    /// Absent: send every line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<u64>,
    /// Keep ANSI escapes and `\r`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub raw: bool,
    /// Keep the ANSI escapes that set colours and styles, and no others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub color: bool,
    /// Add the status of each process in words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub texts: bool,
}

/// An `output` event of `GET /v1/events`: what a process has printed since the one before. The first of
/// each run says how many lines there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OutputEvent {
    /// The id of the process.
    pub id: String,
    pub run: u32,
    /// The number of lines of the run by now. Unfinished lines count.
    pub lines: u64,
    /// How many of these have no line end yet. They are the last ones, and are sent again with the same
    /// number when they have grown.
    pub unfinished: u64,
    /// The lines, oldest first.
    pub rows: Vec<Row>,
}
