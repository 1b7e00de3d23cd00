//! Live output: where to begin, and the events that stand between the bytes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::output::{Lines, Stream};
use crate::process::{Process, Status};

/// `GET …/follow`. As `text/event-stream` (the default): lines and events. As
/// [`crate::routes::STREAM_TYPE`]: frames of raw bytes and events. Ends when the process has
/// ended and no one is restarting it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FollowQuery {
    #[serde(default)]
    pub stream: Stream,
    /// Begin with this many lines that are there already. Ignored with `after`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("default" = 100)))]
    pub lines: Lines,
    /// Begin with lines from this time on, of those that `lines` names: `2026-11-22T14:00:00Z`, `5m`.
    /// Ignored with `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// A cursor: begin right after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Bytes received since `after` was given out, and bytes told as dropped: they are not sent again.
    #[serde(default)]
    pub skip: u64,
    /// A run by its number, followed from its beginning or its last `lines`; absent: the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u32>,
    /// `false`: end where the output ends now, as a download would.
    #[serde(default = "yes")]
    pub wait: bool,
    /// In frames: say before bytes when they came, by a frame of type [`crate::frame::TIME`].
    /// Events of lines have their time in any case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub timestamps: bool,
    // For the wire only: in memory, the directory is in the `Target`.
    /// The directory in which a command is looked for first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
}

/// What happens between bytes. In frames: type [`crate::frame::EVENT`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum FollowEvent {
    /// The first thing sent, and again at each new run: what follows comes after this cursor.
    Run {
        process: Box<Process>,
        /// Where the bytes that follow begin; `skip` bytes later if that was asked for.
        cursor: String,
    },
    /// The run ended; all its output has been sent.
    Ended {
        run: u32,
        #[serde(flatten)]
        status: Status,
        /// A new run follows, and so does its output.
        restarting: bool,
    },
    /// Output between here and the last bytes was dropped by the log's limit.
    Dropped {
        /// How many bytes.
        bytes: u64,
    },
    /// These runs came before what follows, and are not kept any more. How much they printed is
    /// not known.
    RunsDropped {
        /// The first of them.
        first: u32,
        /// The last of them; the same one if there is no other.
        last: u32,
    },
    /// The daemon leaves; the process goes on. Ask the next daemon, after the same place.
    Leaving,
}

/// That runs were dropped, in words.
pub fn runs_dropped(first: u32, last: u32) -> String {
    if first == last {
        return format!("Run {first} is not kept any more.");
    }
    format!("Runs {first} to {last} are not kept any more.")
}

fn yes() -> bool {
    true
}
