//! [`SearchQuery`] and [`SearchReply`]: a regular expression over the output of many processes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::output::Stream;
use crate::process::StatusList;
use crate::time::Time;

/// `GET /v1/search`: the newest matching lines of all runs that are kept, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// A regular expression. Without capital letters in it, upper and lower case match.
    pub grep: String,
    #[serde(default)]
    pub stream: Stream,
    /// The maximum number of lines; absent: 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<u64>,
    /// Only processes that match this target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Only the process with exactly this label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Only processes in this directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
    /// Only processes with one of these statuses, separated by commas: `running`, `stopping`, `exited`,
    /// `terminated`, `failed`, `lost`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusList>,
    /// Only lines from this time on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Only lines before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// The answer to a search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchReply {
    /// The matching lines, newest first.
    pub matches: Vec<Match>,
    /// Whether more lines match than were requested.
    pub truncated: bool,
    /// Bytes of output that were not searched, since the log limit had dropped them. Absent: none.
    #[serde(default, skip_serializing_if = "crate::record::is_zero")]
    pub dropped_bytes: u64,
    /// What the answer leaves out and how to get it, as a sentence. Absent: nothing.
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
    /// The line as plain text.
    pub line: String,
    /// The position directly after the line, for `after`.
    pub cursor: String,
}
