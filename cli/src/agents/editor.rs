//! `Editor`: reads, adds or removes the entry for persistproc in config text. Everything else stays as
//! written, including comments and order.

mod json;
mod toml;
mod yaml;

pub(crate) use json::parse as parse_json;
use serde_json::Value;

use super::agent::Syntax;
use super::{SERVER_NAME, ServerEntry};

/// A config text that cannot be parsed or has an unexpected structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// The line number from 1, or 0 if unknown.
    pub(crate) line: usize,
    pub(crate) cause: String,
}

impl Malformed {
    fn new(line: usize, cause: impl Into<String>) -> Self {
        Self { line, cause: cause.into() }
    }

    /// The container exists, but does not map names to servers.
    fn not_a_map_of_servers(text: &str, container: &str) -> Self {
        let line = text.lines().position(|line| line.contains(container)).map_or(0, |at| at + 1);
        Self::new(line, format!("`{container}` is not a map of servers"))
    }
}

/// Edits configs of one syntax.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Editor {
    pub(crate) syntax: Syntax,
    /// The key that holds the servers.
    pub(crate) container: &'static str,
}

impl Editor {
    /// Returns the entry for persistproc, if there is one.
    pub(crate) fn read(self, text: &str) -> Result<Option<Value>, Malformed> {
        match self.syntax {
            Syntax::Json => json::read(text, self.container),
            Syntax::Toml => toml::read(text, self.container),
            Syntax::Yaml => yaml::read(text, self.container),
        }
    }

    /// Returns the text with the entry added or its address updated.
    pub(crate) fn put(self, text: &str, entry: &ServerEntry) -> Result<String, Malformed> {
        match self.syntax {
            Syntax::Json => json::put(text, self.container, entry),
            Syntax::Toml => toml::put(text, self.container, entry),
            Syntax::Yaml => yaml::put(text, self.container, entry),
        }
    }

    /// Returns the text without the entry.
    pub(crate) fn remove(self, text: &str) -> Result<String, Malformed> {
        match self.syntax {
            Syntax::Json => json::remove(text, self.container),
            Syntax::Toml => toml::remove(text, self.container),
            Syntax::Yaml => yaml::remove(text, self.container),
        }
    }
}

#[cfg(test)]
mod tests;
