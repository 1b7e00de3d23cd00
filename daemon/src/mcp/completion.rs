//! `completion` completes the arguments of prompts and resource templates: names of processes and
//! the directories they run in.

use std::collections::BTreeSet;

use persistproc_api::process::ListQuery;
use rmcp::ErrorData;
use rmcp::model::{ArgumentInfo, CompleteResult, CompletionInfo};

use crate::supervisor::Supervisor;

/// Completes one argument.
pub(super) fn complete(
    supervisor: &Supervisor,
    argument: &ArgumentInfo,
) -> Result<CompleteResult, ErrorData> {
    let processes = supervisor.list(&ListQuery::default());
    let candidates: Vec<String> = match &*argument.name {
        "target" => processes.iter().map(|process| process.name().to_owned()).collect(),
        "working_directory" => {
            let directories: BTreeSet<_> =
                processes.iter().map(|process| &process.working_directory).collect();
            directories.iter().map(|directory| directory.display().to_string()).collect()
        }
        _ => Vec::new(),
    };
    let values = matching(candidates, &argument.value);
    let info = CompletionInfo::with_all_values(values)
        .map_err(|error| ErrorData::internal_error(error, None))?;
    Ok(CompleteResult::new(info))
}

/// The candidates that contain the typed text, those that begin with it first; at most as many as
/// the protocol allows.
fn matching(candidates: Vec<String>, typed: &str) -> Vec<String> {
    let mut matches: Vec<String> =
        candidates.into_iter().filter(|candidate| candidate.contains(typed)).collect();
    matches.sort_by_key(|candidate| !candidate.starts_with(typed));
    matches.dedup();
    matches.truncate(CompletionInfo::MAX_VALUES);
    matches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_matches_come_first() {
        let names = ["my-web", "web", "api", "web"].map(str::to_owned).to_vec();
        assert_eq!(matching(names, "web"), ["web", "my-web"]);
    }
}
