//! Processes that are no more, and those that never were: whose first run could not be started
//! leaves no record, and whoever asked for it hears what was probably meant.

use std::path::Path;

use persistproc_api::control::Forgotten;
use persistproc_api::words::nearest;
use persistproc_api::{ErrorCode, Problem, Status};

use super::Supervisor;
use super::requests::spec::Spec;
use super::runs::handle::Entry;
use super::runs::task::Control;
use super::storage::folder::Folder;

impl Supervisor {
    /// Deletes an ended process, its record and its logs.
    pub async fn forget(
        &self,
        target: &str,
        directory: Option<&Path>,
    ) -> Result<Forgotten, Problem> {
        let entry = self.entry(target, directory)?;
        let folder = Folder::new(self.data_dirs(), &entry.id);
        // What cannot be measured can still be deleted.
        let runs = folder.runs().unwrap_or_default().len() as u32;
        let log_bytes = folder.log_bytes().unwrap_or_default();
        let forgotten = entry.ask(|reply| Control::Forget { reply }).await;
        self.drop_forgotten();
        Ok(Forgotten { process: forgotten?, runs, log_bytes })
    }

    pub(super) fn drop_forgotten(&self) {
        self.entries()
            .retain(|_, entry| !entry.view.borrow().forgotten && !entry.controls.is_closed());
    }

    /// The problem of a start, with a suggestion; a process that has no other run is forgotten.
    pub(super) async fn unstarted(&self, entry: &Entry, spec: &Spec, problem: Problem) -> Problem {
        let (run, failed) = {
            let process = &entry.view.borrow().process;
            (process.run, matches!(process.status, Status::Failed { .. }))
        };
        if run == 1 && failed {
            // Someone may have started it properly meanwhile, or was faster in forgetting it.
            entry.ask(|reply| Control::Forget { reply }).await.ok();
            self.drop_forgotten();
        }
        match suggestion(&problem, spec) {
            Some(program) => problem.hint(format!("Did you mean `{program}`?")),
            None => problem,
        }
    }
}

/// A program that is there and is called almost the same.
fn suggestion(problem: &Problem, spec: &Spec) -> Option<String> {
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
