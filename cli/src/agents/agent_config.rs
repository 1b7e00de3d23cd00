//! The editor for an agent's config, and the error for a config that cannot be parsed.

use std::path::Path;

use persistproc_api::{ErrorCode, Problem};

use super::editor::{Editor, Malformed};
use super::{Agent, ServerEntry};

impl Agent {
    /// The editor for the format of this agent's config.
    pub(crate) fn editor(self) -> Editor {
        let spec = self.spec();
        Editor { syntax: spec.syntax, container: spec.container }
    }

    /// The config text with the entry added. An empty config is initialized first.
    pub(crate) fn add_entry(self, entry: &ServerEntry, config: &str) -> Result<String, Malformed> {
        let config = if config.trim().is_empty() { self.initial_config() } else { config };
        self.editor().put(config, entry)
    }
}

/// The error for a config that cannot be parsed: file, line and cause.
pub(crate) fn malformed_config(agent: Agent, path: &Path, malformed: &Malformed) -> Problem {
    let line = match malformed.line {
        0 => String::new(),
        line => format!(", line {line}"),
    };
    let cause = malformed.cause.trim_end_matches('.');
    let message = format!("{}{line}: {cause}.", path.display());
    Problem::new(ErrorCode::Storage, message).hint(format!(
        "The file was not changed. Fix it and run the command again. \
         `persistproc mcp print {}` shows what to write there.",
        agent.word()
    ))
}
