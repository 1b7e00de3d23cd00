//! Settings as text: one entry read, put in or taken out, everything else left as it was written,
//! comments and order included. Text in, text out; it opens no file and knows no agent.

mod json;
mod toml;
mod yaml;

use serde_json::Value;

use super::table::Syntax;
use super::{Entry, NAME};

/// Why the text cannot be edited: it is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// From 1; 0: no line in particular.
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Malformed {
    fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }

    /// Something else stands where the servers should be.
    fn no_servers(text: &str, container: &str) -> Self {
        let line = text.lines().position(|line| line.contains(container)).map_or(0, |at| at + 1);
        Self::new(line, format!("`{container}` is not a list of servers by name"))
    }
}

/// Settings of one syntax, and the part of them that holds the servers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Editor {
    pub(crate) syntax: Syntax,
    pub(crate) container: &'static str,
}

impl Editor {
    /// Our entry, if there is one.
    pub(crate) fn read(self, text: &str) -> Result<Option<Value>, Malformed> {
        match self.syntax {
            Syntax::Json => json::read(text, self.container),
            Syntax::Toml => toml::read(text, self.container),
            Syntax::Yaml => yaml::read(text, self.container),
        }
    }

    /// The text with our entry in it.
    pub(crate) fn put(self, text: &str, entry: &Entry) -> Result<String, Malformed> {
        match self.syntax {
            Syntax::Json => json::put(text, self.container, entry),
            Syntax::Toml => toml::put(text, self.container, entry),
            Syntax::Yaml => yaml::put(text, self.container, entry),
        }
    }

    /// The text without our entry.
    pub(crate) fn remove(self, text: &str) -> Result<String, Malformed> {
        match self.syntax {
            Syntax::Json => json::remove(text, self.container),
            Syntax::Toml => toml::remove(text, self.container),
            Syntax::Yaml => yaml::remove(text, self.container),
        }
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
