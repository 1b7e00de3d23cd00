//! [`EnvironmentDifference`]: how two environments differ, without the variables that differ between
//! any two terminals.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use serde::Serialize;

use super::Environment;

/// Variables of one terminal, session or shell, which say nothing about what a program does.
const SESSION_VARIABLES: [&str; 27] = [
    "COLUMNS",
    "COLORTERM",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "GPG_TTY",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LINES",
    "OLDPWD",
    "PPID",
    "PWD",
    "SHLVL",
    "SSH_AUTH_SOCK",
    "SSH_CLIENT",
    "SSH_CONNECTION",
    "SSH_TTY",
    "STY",
    "TERM",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "TERM_SESSION_ID",
    "TMUX",
    "TMUX_PANE",
    "WINDOW",
    "WINDOWID",
    "XDG_SESSION_ID",
    "_",
];

/// How an environment differs from another one, by the names of variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EnvironmentDifference {
    /// Variables with other values.
    pub different: Vec<String>,
    /// Variables that only this environment has.
    pub only_here: Vec<String>,
    /// Variables that only the other one has.
    pub only_there: Vec<String>,
}

/// How many names a text has.
const MAX_NAMES_IN_TEXT: usize = 20;

impl EnvironmentDifference {
    /// Compares an environment with another one. Variables of agents and of sessions do not count.
    pub fn between(here: &Environment, there: &Environment) -> Self {
        let (here, there) = (comparable(here), comparable(there));
        let mut difference = Self::default();
        for (name, value) in &here {
            match there.get(name) {
                None => difference.only_here.push(name.clone()),
                Some(other) if other != value => difference.different.push(name.clone()),
                Some(_) => {}
            }
        }
        let is_missing = |name: &&String| !here.contains_key(*name);
        difference.only_there = there.keys().filter(is_missing).cloned().collect();
        difference
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names().next().is_none()
    }

    /// The names of the variables that differ, for a sentence. The others are counted.
    pub fn names_text(&self) -> String {
        let names: Vec<&str> = self.names().collect();
        let (shown, others) = names.split_at(names.len().min(MAX_NAMES_IN_TEXT));
        let text = shown.join(", ");
        if others.is_empty() { text } else { format!("{text} and {} more", others.len()) }
    }

    /// The names of all variables that differ.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let all = self.different.iter().chain(&self.only_here).chain(&self.only_there);
        all.map(String::as_str)
    }
}

fn comparable(environment: &Environment) -> BTreeMap<String, Vec<u8>> {
    let environment = environment.without_agent_variables();
    let pairs = environment.pairs();
    let named = pairs.map(|(name, value): (&OsStr, &OsStr)| {
        (name.to_string_lossy().into_owned(), value.as_encoded_bytes().to_vec())
    });
    let is_own = |name: &str| name.starts_with("PERSISTPROC_");
    named.filter(|(name, _)| !SESSION_VARIABLES.contains(&name.as_str()) && !is_own(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_sessions_and_agents_do_not_count() {
        let here = Environment::from_iter([
            ("PORT", "3000"),
            ("PWD", "/a"),
            ("SHLVL", "2"),
            ("NEW", "1"),
            ("SAME", "x"),
            ("CLAUDECODE", "1"),
        ]);
        let there =
            Environment::from_iter([("PORT", "4000"), ("PWD", "/b"), ("SAME", "x"), ("OLD", "")]);
        let difference = EnvironmentDifference::between(&here, &there);
        assert_eq!(difference.names().collect::<Vec<_>>(), ["PORT", "NEW", "OLD"]);
        assert_eq!(difference.only_there, ["OLD"]);
        assert!(EnvironmentDifference::between(&here, &here).is_empty());
    }
}
