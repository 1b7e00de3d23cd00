//! Questions about what a process printed, and their answers. Lines are a view: ANSI escapes are
//! stripped and `\r` frames collapsed unless raw text is asked for.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// Which bytes.
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
    /// As it is written everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Combined => "combined",
        }
    }
}

/// `GET …/output`: a page of lines. Without `after`, the last `lines` of the run; with it, the
/// first `lines` that came after that place, across runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OutputQuery {
    #[serde(default)]
    pub stream: Stream,
    /// How many lines at most.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("default" = 100)))]
    pub lines: Lines,
    /// Only lines from this time on: `2026-11-22T14:00:00Z`, `5m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Only lines before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// A [`Cursor`](crate::cursor::Cursor) from an earlier answer: only what came after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// A run by its number; absent: the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u32>,
    /// Only lines that match this regular expression; one without capital letters matches both cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grep: Option<String>,
    /// With `grep`: this many lines around each match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u32>,
    /// At most this many bytes of text: whole lines from the end, long ones cut in the middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Say a line that comes several times in a row once, with how often.
    #[serde(default)]
    pub collapse: bool,
    /// Keep ANSI escapes and `\r`.
    #[serde(default)]
    pub raw: bool,
    /// Begin every line with its time.
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
    /// The lines, oldest first, without their line ends.
    pub output: Vec<String>,
    /// The same lines with all that is known of each, when `as_rows` was asked for; `output` is empty
    /// then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Row>>,
    /// Lines of the same run and stream before the first one here.
    pub lines_before: u64,
    /// Lines after the last one here.
    pub lines_after: u64,
    /// Everything after this place is new to whoever read this page.
    pub cursor: String,
    /// The run the page ends in.
    pub run: u32,
    /// Bytes of output before the first line here that the log limit dropped; with `after`,
    /// those between the cursor and the first line here.
    #[serde(default)]
    pub dropped_bytes: u64,
    /// Line ends among them; absent where nobody can know, as the cursor points into what was
    /// dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped_lines: Option<u64>,
    /// Part of what was asked for is not here; `note` says what and how to get it.
    pub truncated: bool,
    /// What the page leaves out, as a sentence; empty when nothing.
    #[serde(default)]
    pub note: String,
}

/// One line of output, in pages that were asked for `as_rows` and in the events of `follow`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Row {
    pub run: u32,
    /// Which line of its run it is, of the streams that were asked for, from 1; `null` where lines
    /// before it were dropped by the log limit while they were followed.
    pub number: Option<u64>,
    pub stream: Stream,
    /// When its end came.
    pub time: Time,
    /// As plain text, without its line end.
    pub line: String,
    /// Asked for with this as `after`, output begins right behind the line.
    pub cursor: String,
}

/// A number of lines, or `all`.
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
        text.parse().map(Self::AtMost).map_err(|_| {
            format!("{text:?} is not a number of lines: give a whole number such as 100, or `all`")
        })
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

/// JSON may say `100` or `"100"`; a query string can only say the latter.
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
