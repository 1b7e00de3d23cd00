//! [`News`]: what a process has printed or done that it had not before: an error of a new kind, an unusual
//! line on standard error, an end by itself, a recovery.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::cursor::Cursor;
use crate::time::Time;

/// `GET /v1/news`: the news of processes, oldest first. As `text/event-stream`: the same pages, each as
/// soon as it has news; the first one has none, and the cursor to begin after.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewsQuery {
    /// Only the process that this target names, or several ids separated by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Only processes in this directory; with `target`, the directory in which a command is looked for
    /// first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
    /// The cursor of an earlier answer: only what came after it. With one process, also a cursor of its
    /// output. Absent: what is in the newest output of the latest runs, or in a stream, what comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The news of processes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewsPage {
    /// Oldest first.
    pub news: Vec<News>,
    /// The position after them in the output of each process, for `after`.
    pub cursor: String,
    /// What was not examined, as a sentence. Absent: everything was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct News {
    pub id: String,
    pub label: String,
    pub run: u32,
    pub kind: NewsKind,
    pub time: Time,
    /// The line that says most, as plain text; of an end, how the process ended and the error before it.
    pub line: String,
    /// The file and the line in it that the error names: `src/main.js:2:17`. Absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// How many other new errors were printed with it. Absent: none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub more: u32,
    /// The position before its first line in the output of the process.
    pub cursor: String,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NewsKind {
    /// It printed an error of a kind that it had not printed before.
    Error,
    /// It printed on standard error, where it usually prints nothing.
    Stderr,
    /// It ended by itself.
    Exit,
    /// It was rebuilt, and the errors before have not come back.
    Recovery,
}

impl NewsKind {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Stderr => "stderr",
            Self::Exit => "exit",
            Self::Recovery => "recovery",
        }
    }
}

impl News {
    /// The label that a user gave, otherwise the id.
    pub fn name(&self) -> &str {
        if self.label.contains(" in /") { &self.id } else { &self.label }
    }

    /// The news in one line of at most about `max_chars` characters: `web error: Cannot find name 'x'
    /// (src/main.ts:2:14), and 2 more`.
    pub fn sentence(&self, max_chars: usize) -> String {
        let line: String = if self.line.chars().count() > max_chars {
            self.line.chars().take(max_chars.saturating_sub(1)).chain(['…']).collect()
        } else {
            self.line.clone()
        };
        let head = match self.kind {
            NewsKind::Exit => format!("{} {line}", self.name()),
            NewsKind::Recovery => format!("{} recovered: {line}", self.name()),
            kind => format!("{} {}: {line}", self.name(), kind.word()),
        };
        let place = self.place.as_ref().filter(|place| !names(&line, place));
        let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
        let more = if self.more > 0 { format!(", and {} more", self.more) } else { String::new() };
        format!("{head}{place}{more}")
    }
}

/// Whether a line names the file of a place with a line number: `src/a.ts(2,14)`, `src/a.ts:2`.
fn names(line: &str, place: &str) -> bool {
    let path = place.split(':').next().unwrap_or_default();
    [":", "("].iter().any(|end| line.contains(&format!("{path}{end}")))
}

/// The position in the output of each of several processes. The text form is opaque to clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewsCursor {
    /// By the id of the process. One that is absent was started later.
    pub positions: BTreeMap<String, Cursor>,
}

impl fmt::Display for NewsCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A text of its own for the cursor of no process.
        f.write_str("n")?;
        for (id, cursor) in &self.positions {
            write!(f, ".{id}~{cursor}")?;
        }
        Ok(())
    }
}

impl FromStr for NewsCursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = |text: &str| {
            let positions = match text.strip_prefix('n')? {
                "" => BTreeMap::new(),
                rest => rest
                    .strip_prefix('.')?
                    .split('.')
                    .map(|part| {
                        let (id, cursor) = part.split_once('~')?;
                        Some((id.to_owned(), cursor.parse().ok()?))
                    })
                    .collect::<Option<_>>()?,
            };
            Some(Self { positions })
        };
        parse(text).ok_or_else(|| "it is not the `cursor` of an earlier answer".to_owned())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_several_processes_parses_its_own_text_form_and_no_other() {
        let mut cursor = NewsCursor::default();
        assert_eq!(cursor.to_string().parse(), Ok(cursor.clone()));
        cursor.positions.insert("web-2".to_owned(), "3-1f00-7".parse().unwrap());
        cursor.positions.insert("api".to_owned(), Cursor::start_of(1));
        assert_eq!(cursor.to_string(), "n.api~1-0-0.web-2~3-1f00-7");
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", "x", "n.", "nx~1-0-0", "n.api", "n.api~1-0", "1-0-0", "n.a~1-0-0."] {
            assert!(bad.parse::<NewsCursor>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_sentence_has_what_an_agent_needs() {
        let news = News {
            id: "shop-npm-run-dev".to_owned(),
            label: "npm run dev in /home/me/shop".to_owned(),
            run: 2,
            kind: NewsKind::Error,
            time: Time::from_micros(0),
            line: "error TS2304: Cannot find name 'x'.".to_owned(),
            place: Some("src/main.ts:2:14".to_owned()),
            more: 2,
            cursor: "2-0-0".to_owned(),
        };
        let expected = "shop-npm-run-dev error: error TS2304: Cannot find name 'x'. \
                        (src/main.ts:2:14), and 2 more";
        assert_eq!(news.sentence(200), expected);
        let named = News { line: "src/main.ts(2,14): error TS2304".to_owned(), ..news.clone() };
        assert_eq!(
            named.sentence(200),
            "shop-npm-run-dev error: src/main.ts(2,14): error TS2304, and 2 more"
        );
        let exit = News {
            label: "web".to_owned(),
            kind: NewsKind::Exit,
            line: "exited with code 1".to_owned(),
            place: None,
            more: 0,
            ..news
        };
        assert_eq!(exit.sentence(200), "web exited with code 1");
        assert_eq!(exit.sentence(8), "web exited …");
    }
}
