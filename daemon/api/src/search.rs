//! One regular expression over the output of many processes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::output::Stream;
use crate::process::StatusKind;
use crate::time::Time;

/// `GET /v1/search`: the newest matching lines of every run that is kept, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// A regular expression; one without capital letters matches both cases.
    pub grep: String,
    #[serde(default)]
    pub stream: Stream,
    /// How many lines at most; absent: 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<u64>,
    /// Only of the processes that this target names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Only of the process with exactly this label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Only of processes in this directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
    /// Only of processes in this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusKind>,
    /// Only lines from this time on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Only lines before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchReply {
    /// Newest first.
    pub matches: Vec<Match>,
    /// There are more than were asked for.
    pub truncated: bool,
    /// Bytes of output that would have been searched and were dropped by the log limit; absent: none.
    #[serde(default, skip_serializing_if = "crate::record::is_zero")]
    pub dropped_bytes: u64,
    /// What the answer leaves out, and how to get it, as a sentence; absent: nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// One matching line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Match {
    pub id: String,
    pub label: String,
    pub run: u32,
    pub stream: Stream,
    pub time: Time,
    /// As plain text.
    pub line: String,
    /// `output` with this as `after` begins right behind the line.
    pub cursor: String,
}
