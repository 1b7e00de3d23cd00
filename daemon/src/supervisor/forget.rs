//! Processes that are no more, and those that never were: whose first run could not be started
//! leaves no record, and whoever asked for it hears what was probably meant.

use std::path::Path;

use persistproc_api::control::Forgotten;
use persistproc_api::problem::NextStep;
use persistproc_api::words::nearest;
use persistproc_api::{ErrorCode, Problem, Status, Target};

use super::Supervisor;
use super::requests::spec::ProcessSpec;
use super::runs::handle::ProcessHandle;
use super::runs::task::TaskRequest;
use super::storage::folder::ProcessFolder;

impl Supervisor {
    /// Deletes an ended process, its record and its logs.
    pub async fn forget(&self, target: &Target) -> Result<Forgotten, Problem> {
        let handle = self.handle(target)?;
        let folder = ProcessFolder::new(self.data_dirs(), &handle.id);
        // What cannot be measured can still be deleted.
        let runs = folder.runs().unwrap_or_default().len() as u32;
        let log_bytes = folder.log_bytes().unwrap_or_default();
        let forgotten = handle.ask(|reply| TaskRequest::Forget { reply }).await;
        self.drop_forgotten();
        Ok(Forgotten { process: forgotten?, runs, log_bytes })
    }

    pub(super) fn drop_forgotten(&self) {
        self.handles()
            .retain(|_, handle| !handle.view.borrow().forgotten && !handle.requests.is_closed());
    }

    /// The problem of a start, with a suggestion; a process that has no other run is forgotten.
    pub(super) async fn unstarted(
        &self,
        handle: &ProcessHandle,
        spec: &ProcessSpec,
        problem: Problem,
    ) -> Problem {
        let (run, failed) = {
            let process = &handle.view.borrow().process;
            (process.run, matches!(process.status, Status::Failed { .. }))
        };
        if run == 1 && failed {
            // Someone may have started it properly meanwhile, or was faster in forgetting it.
            handle.ask(|reply| TaskRequest::Forget { reply }).await.ok();
            self.drop_forgotten();
        }
        match suggestion(&problem, spec) {
            Some(program) => problem.hint(NextStep::DidYouMean(program)),
            None => problem,
        }
    }
}

/// A program that is there and is called almost the same.
fn suggestion(problem: &Problem, spec: &ProcessSpec) -> Option<String> {
    let word = spec.command.first()?;
    if problem.code != ErrorCode::CommandNotFound || word.contains('/') {
        return None;
    }
    let path = spec.environment.get("PATH")?;
    let programs = std::env::split_paths(path).flat_map(|folder| names(&folder));
    nearest(word, programs)
}

fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.file_name().into_string().ok()).collect()
}
