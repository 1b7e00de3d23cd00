//! [`Changes`]: which kinds of lines a process prints that it did not print before, and which no more.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// `GET …/changes`: the kinds of lines of the latest run, compared with those of an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangesQuery {
    /// The number of the run to compare with. Absent: the last one before the latest that did not fail; if
    /// there is none, the latest run up to its last rebuild.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<u32>,
    // For the wire only: in memory, the directory is in the `Target`.
    /// The directory in which a command is looked for first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
}

/// What has changed. Errors come first, then what was printed first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Changes {
    pub id: String,
    pub label: String,
    pub run: u32,
    /// The run that was compared with; null: the same run, before its last rebuild.
    pub against: Option<u32>,
    /// Lines of kinds that were not printed before.
    pub new: Vec<ChangedLine>,
    /// Lines of kinds that were printed before, and are not any more.
    pub gone: Vec<ChangedLine>,
    /// What the answer leaves out, as a sentence. Absent: nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The first line of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangedLine {
    /// The line as plain text.
    pub line: String,
    pub time: Time,
    /// How many lines of this kind were printed.
    pub count: u64,
    /// Whether it reports an error.
    pub is_error: bool,
    /// The file and the line in it that it names. Absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The position before it in the output of the process.
    pub cursor: String,
}

impl Changes {
    /// The label that a user gave, otherwise the id.
    pub fn name(&self) -> &str {
        if self.label.contains(" in /") { &self.id } else { &self.label }
    }
}

/// How many lines of each list are shown as text. JSON has more.
const MAX_NEW: usize = 6;
const MAX_GONE: usize = 3;

/// The longest line in a text, in characters.
const MAX_LINE: usize = 110;

impl Changes {
    /// The changes as text, in at most 300 tokens: a sentence, then new lines after `+` and gone ones after
    /// `-`. Lines may have control characters.
    pub fn lines(&self) -> Vec<String> {
        let against = match self.against {
            Some(run) => format!("run {} against run {run}", self.run),
            None => format!("run {} since its last rebuild", self.run),
        };
        let name = self.name();
        if self.new.is_empty() && self.gone.is_empty() {
            return vec![format!("{name}, {against}: no changes.")];
        }
        let counts = format!("{} new, {} gone", self.new.len(), self.gone.len());
        let mut lines = vec![format!("{name}, {against}: {counts}.")];
        lines.extend(listed("+", &self.new, MAX_NEW));
        lines.extend(listed("-", &self.gone, MAX_GONE));
        lines
    }
}

/// The first lines of a list; the first one with its time.
fn listed(sign: &str, changed: &[ChangedLine], max: usize) -> Vec<String> {
    let mut lines: Vec<String> = changed
        .iter()
        .take(max)
        .map(|line| format!("{sign} {}", line.sentence(MAX_LINE)))
        .collect();
    if let (Some(first), Some(line)) = (lines.first_mut(), changed.first()) {
        *first = format!("{first}, {}", line.time);
    }
    if changed.len() > max {
        lines.push(format!("{sign} {} more", changed.len() - max));
    }
    lines
}

impl ChangedLine {
    /// The line in at most about `max_chars` characters, with its place and its count.
    pub fn sentence(&self, max_chars: usize) -> String {
        let line = self.line.trim();
        let mut text: String = line.chars().take(max_chars).collect();
        if text.len() < line.len() {
            text.push('…');
        }
        if let Some(place) = self.place.as_ref().filter(|place| !text.contains(place.as_str())) {
            text += &format!(" ({place})");
        }
        if self.count > 1 {
            text += &format!(" [{} times]", self.count);
        }
        text
    }
}
