//! [`NotifyRequest`] and [`NotifySettings`]: for which processes the daemon shows desktop notices, and by
//! which program.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::environment::Environment;

/// `POST /v1/notify`: turn notices on or off. A request that turns them on shows a first one, and fails if
/// that is not possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NotifyRequest {
    /// Whether notices are on from now on.
    pub on: bool,
    /// Only for the process that this target names, or several ids separated by commas. Absent: for every
    /// process, and what was said about single ones does not count any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The directory in which a command is looked for first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
    /// The program that shows notices, with its first arguments. It gets the title and the text as two
    /// more arguments, and no shell sees them. Empty: `notify-send` or `osascript`; `terminal`: none, and
    /// only terminals that watch a process show that it has failed. Absent: as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The variables of the program. Absent: as before, or those of the daemon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
}

/// `GET /v1/notify`: for which processes notices are on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotifySettings {
    /// Whether notices are on for every process but the ones in `except`; otherwise they are on for those
    /// alone.
    pub all: bool,
    pub except: Vec<NotifyException>,
    /// The program that was given. Empty: `notify-send` or `osascript`.
    pub program: String,
    /// Why the last notice could not be shown, or why the settings could not be read, as a sentence.
    /// Absent: no problem.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub problem: String,
}

/// A process for which notices are on while they are off for the others, or the other way round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotifyException {
    pub id: String,
    /// The label that a user gave, otherwise the id.
    pub name: String,
}

impl NotifySettings {
    /// Whether notices are on for any process.
    pub fn is_any_on(&self) -> bool {
        self.all || !self.except.is_empty()
    }

    /// Whether notices are on for the process with this id.
    pub fn is_on(&self, id: &str) -> bool {
        self.all != self.except.iter().any(|exception| exception.id == id)
    }

    /// What is on, as a sentence: `Notices are on for web and api.`
    pub fn sentence(&self) -> String {
        let names: Vec<&str> =
            self.except.iter().map(|exception| exception.name.as_str()).collect();
        match (self.all, names.split_last()) {
            (false, None) => "Notices are off.".to_owned(),
            (true, None) => "Notices are on for every process.".to_owned(),
            (false, Some(names)) => format!("Notices are on for {}.", list(names)),
            (true, Some(names)) => {
                format!("Notices are on for every process except {}.", list(names))
            }
        }
    }
}

/// `web, api and db`.
fn list((last, others): (&&str, &[&str])) -> String {
    if others.is_empty() { (*last).to_owned() } else { format!("{} and {last}", others.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(all: bool, ids: &[&str]) -> NotifySettings {
        let except = ids.iter().map(|id| NotifyException { id: (*id).into(), name: (*id).into() });
        NotifySettings { all, except: except.collect(), ..NotifySettings::default() }
    }

    #[test]
    fn the_sentence_says_for_which_processes_notices_are_on() {
        for (settings, is_on_for_web, sentence) in [
            (settings(false, &[]), false, "Notices are off."),
            (settings(true, &[]), true, "Notices are on for every process."),
            (settings(false, &["web"]), true, "Notices are on for web."),
            (settings(false, &["api", "db", "web"]), true, "Notices are on for api, db and web."),
            (settings(true, &["web"]), false, "Notices are on for every process except web."),
        ] {
            assert_eq!(settings.is_on("web"), is_on_for_web, "{sentence}");
            assert_eq!(settings.sentence(), sentence);
        }
    }
}
