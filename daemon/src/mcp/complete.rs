//! Names for what a person begins to type: processes and the directories they run in.

use std::collections::BTreeSet;

use persistproc_api::process::ListQuery;
use rmcp::ErrorData;
use rmcp::model::{ArgumentInfo, CompleteResult, CompletionInfo};

use crate::supervisor::Supervisor;

/// What fits, at most as much as the protocol allows: what begins like it before what contains it.
pub(super) fn complete(
    supervisor: &Supervisor,
    argument: &ArgumentInfo,
) -> Result<CompleteResult, ErrorData> {
    let processes = supervisor.list(&ListQuery::default());
    let names: Vec<String> = match &*argument.name {
        "target" => processes.iter().map(|process| process.name().to_owned()).collect(),
        "working_directory" => {
            let directories: BTreeSet<_> =
                processes.iter().map(|process| &process.working_directory).collect();
            directories.iter().map(|directory| directory.display().to_string()).collect()
        }
        _ => Vec::new(),
    };
    let fitting = fitting(names, &argument.value);
    let info = CompletionInfo::with_all_values(fitting)
        .map_err(|error| ErrorData::internal_error(error, None))?;
    Ok(CompleteResult::new(info))
}

fn fitting(names: Vec<String>, typed: &str) -> Vec<String> {
    let mut fitting: Vec<String> = names.into_iter().filter(|name| name.contains(typed)).collect();
    fitting.sort_by_key(|name| !name.starts_with(typed));
    fitting.dedup();
    fitting.truncate(CompletionInfo::MAX_VALUES);
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_it_comes_first() {
        let names = ["my-web", "web", "api", "web"].map(str::to_owned).to_vec();
        assert_eq!(fitting(names, "web"), ["web", "my-web"]);
    }
}
