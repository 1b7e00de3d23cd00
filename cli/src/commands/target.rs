//! Builds the [`Target`] of a verb from its arguments.

use std::path::Path;

use persistproc_api::client::Client;
use persistproc_api::problem::NextStep;
use persistproc_api::process::ListQuery;
use persistproc_api::words::join_words;
use persistproc_api::{ErrorCode, Problem, Target};

use crate::args::TargetArgs;
use crate::paths;

/// The target that these words name. If the current directory was deleted, the process is looked
/// for everywhere.
pub(super) fn from_words(words: &[String], directory: Option<&Path>) -> Target {
    Target::new(name(words), paths::absolute_directory(directory).ok())
}

pub(super) fn from_args(args: &TargetArgs) -> Target {
    from_words(&args.target, args.working_directory.as_deref())
}

/// The process with exactly this label, if a label is given; otherwise the target that the words
/// name.
pub(super) fn with_label(
    client: &Client,
    label: Option<&str>,
    words: &[String],
    directory: Option<&Path>,
) -> Result<Target, Problem> {
    let Some(label) = label else { return Ok(from_words(words, directory)) };
    let query = ListQuery { label: Some(label.to_owned()), ..ListQuery::default() };
    match client.list(&query)?.processes.first() {
        Some(process) => Ok(Target::from(process)),
        None => Err(no_such_label(label)),
    }
}

fn no_such_label(label: &str) -> Problem {
    Problem::new(ErrorCode::NotFound, format!("No process has the label {label:?}."))
        .hint(NextStep::list())
}

/// A single word is used unchanged; several words are quoted and joined into a command line.
fn name(words: &[String]) -> String {
    match words {
        [word] => word.clone(),
        words => join_words(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(words: &[&str]) -> String {
        name(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn several_words_are_a_command_line() {
        assert_eq!(name_of(&["npm run dev"]), "npm run dev");
        assert_eq!(name_of(&["npm", "run", "dev"]), "npm run dev");
        assert_eq!(name_of(&["sh", "-c", "echo a b"]), "sh -c 'echo a b'");
    }
}
