//! [`FollowQuery`] and [`FollowEvent`]: live output, and the events between its bytes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::output::{Lines, Stream};
use crate::process::{LetGo, Process, Status};

/// `GET …/follow`: live output. As `text/event-stream` (the default): lines and events. As
/// [`crate::routes::STREAM_TYPE`]: frames of raw bytes and events. Ends when the process has ended
/// and is not being restarted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FollowQuery {
    #[serde(default)]
    pub stream: Stream,
    /// Start with this many existing lines. Ignored with `after`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("default" = 100)))]
    pub lines: Lines,
    /// Of the existing lines, only those from this time on: `2026-11-22T14:00:00Z`, `5m`. Ignored
    /// with `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// A cursor: start directly after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Bytes received or reported as dropped after the cursor `after`. They are not sent again.
    #[serde(default)]
    pub skip: u64,
    /// The number of a run, followed from its start or its last `lines`; absent: the latest run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u32>,
    /// `false`: do not wait for new output.
    #[serde(default = "yes")]
    pub wait: bool,
    /// In frames: send a frame of type [`crate::frame::TIME`] before bytes. Lines always have a
    /// time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub timestamps: bool,
    // For the wire only: in memory, the directory is in the `Target`.
    /// The directory in which a command is looked for first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
}

/// An event between the bytes. In frames: type [`crate::frame::EVENT`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum FollowEvent {
    /// The first event, and the first of each new run: what follows comes after this cursor.
    Run {
        process: Box<Process>,
        /// The position of the bytes that follow, or `skip` bytes before it.
        cursor: String,
    },
    /// The run has ended, and all its output was sent.
    Ended {
        run: u32,
        #[serde(flatten)]
        status: Status,
        /// Whether a new run follows in this stream.
        restarting: bool,
        /// Whether a start has begun the run that follows, not a restart: then the end is final for a
        /// client that started or joined this run.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_final: bool,
        /// Processes that outlived the run and keep running on their own. Absent: none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        let_go: Vec<LetGo>,
    },
    /// Output between the bytes before and after this event is not in the log any more.
    Dropped {
        /// Number of bytes.
        bytes: u64,
        /// Whether another program has deleted it. Absent: the log limit has dropped it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_damage: bool,
    },
    /// Output between the bytes before and after this event was never stored.
    Lost {
        /// Number of bytes that the full disk did not take. Absent: unknown, because the shim was
        /// killed while no daemon was running.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    /// The logs of these runs, which come before what follows, were deleted. How much they printed
    /// is unknown.
    RunsDropped {
        /// The first run.
        first: u32,
        /// The last run, which can be the same.
        last: u32,
    },
    /// The daemon is shutting down; the process keeps running. Follow again after the last position.
    Leaving,
}

/// A sentence that says that output was not stored.
pub fn output_lost(bytes: Option<u64>) -> String {
    let Some(bytes) = bytes else {
        return "The last output may be missing: its shim was killed while no daemon was running."
            .to_owned();
    };
    format!("{bytes} bytes of output are missing here: they could not be written to the full disk.")
}

/// A sentence that says that output is not in the log any more.
pub fn output_dropped(bytes: u64, is_damage: bool) -> String {
    if is_damage {
        format!("{bytes} bytes of output are missing here: another program has changed the log.")
    } else {
        format!("{bytes} bytes of output were dropped by the log limit.")
    }
}

/// A sentence that says that the logs of runs were deleted.
pub fn runs_dropped(first: u32, last: u32) -> String {
    if first == last {
        return format!("The log of run {first} was deleted.");
    }
    format!("The logs of runs {first} to {last} were deleted.")
}

fn yes() -> bool {
    true
}
