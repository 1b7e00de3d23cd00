//! Builds the [`Target`] of `ctrl` from its arguments, and of `restart --label`.

use std::path::Path;

use persistproc_api::client::Client;
use persistproc_api::problem::NextStep;
use persistproc_api::process::ListQuery;
use persistproc_api::{ErrorCode, Problem, Target};

use super::selected::as_one_name;
use crate::paths;

/// The target that these words name. If the current directory was deleted, the process is looked
/// for everywhere.
pub(super) fn from_words(words: &[String], directory: Option<&Path>) -> Target {
    Target::new(as_one_name(words), paths::absolute_directory(directory).ok())
}

/// The process with exactly this label, if a label is given; otherwise the target that the words
/// name.
pub(super) fn with_label(
    client: &Client,
    label: Option<&str>,
    words: &[String],
    directory: Option<&Path>,
) -> Result<Target, Problem> {
    match label {
        Some(label) => of_label(client, label),
        None => Ok(from_words(words, directory)),
    }
}

/// The process with exactly this label.
pub(super) fn of_label(client: &Client, label: &str) -> Result<Target, Problem> {
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
