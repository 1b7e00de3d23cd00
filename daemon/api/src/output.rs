//! [`OutputQuery`] and [`OutputPage`]: the output of a process as lines. ANSI escapes are stripped
//! and lines rewritten with `\r` are collapsed, unless raw text is requested.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// Which output: one of the two streams of the child, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    Stdout,
    Stderr,
    /// Both, in order of arrival.
    #[default]
    Combined,
}

impl Stream {
    /// The name of the stream, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Combined => "combined",
        }
    }
}

/// `GET …/output`: a page of lines. Without `after` and `from_line`, the last `lines` of the run; with
/// `after`, the first `lines` after that position, across runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OutputQuery {
    #[serde(default)]
    pub stream: Stream,
    /// The maximum number of lines.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("default" = 100)))]
    pub lines: Lines,
    /// Only lines from this time on: `2026-11-22T14:00:00Z`, `5m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Only lines before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The cursor of an earlier answer: only output after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The number of a line of the run, from 1: the first `lines` from there on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_line: Option<u64>,
    /// The number of a run; absent: the latest run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u32>,
    /// Only lines that match this regular expression. Without capital letters in it, upper and lower
    /// case match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grep: Option<String>,
    /// With `grep`: the number of lines around each match. With `from_line` and without `grep`: only
    /// the line with that number and this many lines around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u32>,
    /// The maximum number of bytes of text. The last lines are kept, and long lines are shortened in
    /// the middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Show a line that is repeated once, with the number of repetitions.
    #[serde(default)]
    pub collapse: bool,
    /// Keep ANSI escapes and `\r`.
    #[serde(default)]
    pub raw: bool,
    /// Keep the ANSI escapes that set colours and styles, and no others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub color: bool,
    /// Start every line with its time.
    #[serde(default)]
    pub timestamps: bool,
    /// Answer with `rows` instead of `output`: each line with its time, stream, number and cursor.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_rows: bool,
    // For the wire only: in memory, the directory is in the `Target`.
    /// The directory in which a command is looked for first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
}

/// A page of lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OutputPage {
    /// The lines, oldest first, without line ends.
    pub output: Vec<String>,
    /// With `as_rows`: the lines with their time, stream, number and cursor; `output` is empty then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Row>>,
    /// Number of lines of the same run and stream before the first line of the page.
    pub lines_before: u64,
    /// Number of lines after the last line of the page.
    pub lines_after: u64,
    /// The position after the last line of the page.
    pub cursor: String,
    /// The run in which the page ends.
    pub run: u32,
    /// Bytes before the first line of the page that the log limit dropped; with `after`, only those
    /// after the cursor.
    #[serde(default)]
    pub dropped_bytes: u64,
    /// Number of line ends among the dropped bytes. Absent: unknown, since the cursor is within
    /// dropped output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped_lines: Option<u64>,
    /// Whether a part of the requested output is missing; `note` says which and how to get it.
    pub truncated: bool,
    /// What the page leaves out, as a sentence; empty: nothing.
    #[serde(default)]
    pub note: String,
}

/// One line of output, in pages with `as_rows` and in the events of `follow`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Row {
    pub run: u32,
    /// The number of the line in its run, over the requested streams, from 1. `null`: unknown, since
    /// the log limit dropped earlier lines while they were followed.
    pub number: Option<u64>,
    pub stream: Stream,
    /// The time of arrival of its last byte.
    pub time: Time,
    /// The line as plain text, without its line end.
    pub line: String,
    /// The position directly after the line, for `after`.
    pub cursor: String,
}

/// A maximum number of lines, or `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "LinesField", into = "String")]
pub enum Lines {
    AtMost(u64),
    All,
}

impl Default for Lines {
    fn default() -> Self {
        Self::AtMost(100)
    }
}

impl FromStr for Lines {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        text.parse()
            .map(Self::AtMost)
            .map_err(|_| format!("{text:?} is not a number of lines, such as `100` or `all`"))
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(lines) => write!(f, "{lines}"),
            Self::All => f.write_str("all"),
        }
    }
}

impl From<Lines> for String {
    fn from(lines: Lines) -> Self {
        lines.to_string()
    }
}

/// `100` or `"100"` in JSON. A query string has text only.
#[derive(Deserialize)]
#[serde(untagged)]
enum LinesField {
    Number(u64),
    Text(String),
}

impl TryFrom<LinesField> for Lines {
    type Error = String;

    fn try_from(field: LinesField) -> Result<Self, String> {
        match field {
            LinesField::Number(lines) => Ok(Self::AtMost(lines)),
            LinesField::Text(text) => text.parse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_a_number_or_all() {
        assert_eq!(serde_json::from_str::<Lines>("5").unwrap(), Lines::AtMost(5));
        assert_eq!(serde_json::from_str::<Lines>("\"all\"").unwrap(), Lines::All);
        assert!(serde_json::from_str::<Lines>("-5").is_err());
    }
}
