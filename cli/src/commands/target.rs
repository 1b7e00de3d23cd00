//! Targets as they are typed. Whom a target means is for the daemon to say.

use std::path::{Path, PathBuf};

use persistproc_api::client::Client;
use persistproc_api::process::ListQuery;
use persistproc_api::words::join_words;
use persistproc_api::{ErrorCode, Problem};

use crate::args::TargetArgs;
use crate::context;

/// A target, and where it is looked for first.
pub(super) struct Target {
    pub(super) name: String,
    pub(super) directory: Option<PathBuf>,
}

impl Target {
    pub(super) fn new(words: &[String], directory: Option<&Path>) -> Self {
        // Without a present directory there is still the rest of the machine.
        Self { name: joined(words), directory: context::directory(directory).ok() }
    }

    pub(super) fn of(args: &TargetArgs) -> Self {
        Self::new(&args.target, args.working_directory.as_deref())
    }

    /// The process with exactly this label, if one was given, or else what the words name.
    pub(super) fn labelled(
        client: &Client,
        label: Option<&str>,
        words: &[String],
        directory: Option<&Path>,
    ) -> Result<Self, Problem> {
        let Some(label) = label else { return Ok(Self::new(words, directory)) };
        let query = ListQuery { label: Some(label.to_owned()), ..ListQuery::default() };
        match client.list(&query)?.processes.into_iter().next() {
            Some(process) => Ok(Self { name: process.id, directory: None }),
            None => {
                Err(Problem::new(ErrorCode::NotFound, format!("No process is labelled {label:?}."))
                    .hint("`pp list` shows the processes."))
            }
        }
    }

    pub(super) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }
}

/// One word is what it is; several are a command line.
fn joined(words: &[String]) -> String {
    match words {
        [word] => word.clone(),
        words => join_words(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_words_are_a_command_line() {
        let words =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(joined(&words(&["npm run dev"])), "npm run dev");
        assert_eq!(joined(&words(&["npm", "run", "dev"])), "npm run dev");
        assert_eq!(joined(&words(&["sh", "-c", "echo a b"])), "sh -c 'echo a b'");
    }
}
