//! Targets as they are typed. Whom a target means is for the daemon to say.

use std::path::Path;

use persistproc_api::client::Client;
use persistproc_api::problem::NextStep;
use persistproc_api::process::ListQuery;
use persistproc_api::words::join_words;
use persistproc_api::{ErrorCode, Problem, Target};

use crate::args::TargetArgs;
use crate::context;

/// A target as it was typed: several words are one command line. The directory is the given one
/// or the current one; without either, the rest of the machine is still searched.
pub(super) fn from_words(words: &[String], directory: Option<&Path>) -> Target {
    Target::new(joined(words), context::directory(directory).ok())
}

pub(super) fn from_args(args: &TargetArgs) -> Target {
    from_words(&args.target, args.working_directory.as_deref())
}

/// The process with exactly this label, if one was given, or else what the words name.
pub(super) fn labelled(
    client: &Client,
    label: Option<&str>,
    words: &[String],
    directory: Option<&Path>,
) -> Result<Target, Problem> {
    let Some(label) = label else { return Ok(from_words(words, directory)) };
    let query = ListQuery { label: Some(label.to_owned()), ..ListQuery::default() };
    match client.list(&query)?.processes.first() {
        Some(process) => Ok(Target::from(process)),
        None => {
            let message = format!("No process has the label {label:?}.");
            Err(Problem::new(ErrorCode::NotFound, message).hint(NextStep::list()))
        }
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
