//! [`Selection`]: the processes that flags such as `--here` and `--lost` select; [`meant`]: those that
//! a command without a target means.

use std::path::Path;

use crate::process::{Process, StatusKind};

/// Which processes a command with a flag acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Only processes of the directory of the caller and below.
    pub here: bool,
    pub state: SelectedState,
}

/// The statuses that a selection includes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectedState {
    Any,
    /// Running, or stopping.
    Alive,
    /// All that are not alive, lost ones too.
    Ended,
    Lost,
}

impl SelectedState {
    /// Whether a process has one of these statuses.
    pub fn includes(self, process: &Process) -> bool {
        match self {
            Self::Any => true,
            Self::Alive => process.status.is_alive(),
            Self::Ended => !process.status.is_alive(),
            Self::Lost => process.status.kind() == StatusKind::Lost,
        }
    }
}

impl Selection {
    /// Whether a process is selected by a caller in this directory.
    pub fn includes(&self, process: &Process, directory: &Path) -> bool {
        let is_in_scope = !self.here || process.working_directory.starts_with(directory);
        is_in_scope && self.state.includes(process)
    }
}

/// What a command means without a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithoutTarget {
    /// The process that runs here.
    Running,
    /// The process that runs here, or else the one that has ended here.
    Any,
    /// The same, or all processes of this directory if there are several.
    All,
}

/// The processes that a command without a target means. Several are an error, except for
/// [`WithoutTarget::All`].
pub fn meant<'a>(
    processes: &'a [Process],
    directory: &Path,
    without_target: WithoutTarget,
) -> Vec<&'a Process> {
    let repository = repository_root(directory);
    let all: Vec<&Process> = processes.iter().collect();
    let alive: Vec<&Process> =
        all.iter().copied().filter(|process| process.status.is_alive()).collect();
    let mut meant = nearby(&alive, directory, repository);
    if meant.is_empty() && without_target != WithoutTarget::Running {
        meant = nearby(&all, directory, repository);
    }
    if meant.len() > 1 && without_target == WithoutTarget::All {
        meant = nearby(&all, directory, repository);
    }
    meant
}

/// The processes that a command without a target can mean: those of this directory and below, or
/// else those of the repository around it.
fn nearby<'a>(
    processes: &[&'a Process],
    directory: &Path,
    repository: Option<&Path>,
) -> Vec<&'a Process> {
    let below = |directory: &Path| -> Vec<&'a Process> {
        let processes = processes.iter().copied();
        processes.filter(|process| process.working_directory.starts_with(directory)).collect()
    };
    let here = below(directory);
    match repository {
        Some(repository) if here.is_empty() => below(repository),
        _ => here,
    }
}

/// The closest directory above, or this one, that holds a Git repository.
pub fn repository_root(directory: &Path) -> Option<&Path> {
    directory.ancestors().find(|ancestor| ancestor.join(".git").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(id: &str, directory: &str, status: &str) -> Process {
        serde_json::from_value(serde_json::json!({
            "id": id, "label": id, "command": ["x"], "working_directory": directory,
            "status": status, "pid": 1, "start_time": "2026-11-22T14:00:00Z",
            "end_time": "2026-11-22T14:00:01Z", "exit_code": 0, "run": 1, "tty": false,
            "log_combined": "/l", "log_stdout": "/l", "log_stderr": "/l",
        }))
        .unwrap()
    }

    fn all() -> Vec<Process> {
        vec![
            process("web", "/home/me/todo", "running"),
            process("api", "/home/me/todo/api", "exited"),
            process("db", "/home/me/todo-db", "lost"),
            process("shop", "/home/me/shop", "running"),
        ]
    }

    #[test]
    fn a_selection_combines_directory_and_status() {
        let selected = |here: bool, state: SelectedState| {
            let selection = Selection { here, state };
            let all = all();
            let directory = Path::new("/home/me/todo");
            let found = all.iter().filter(|process| selection.includes(process, directory));
            found.map(|process| process.id.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(selected(true, SelectedState::Any), "web api");
        assert_eq!(selected(true, SelectedState::Alive), "web");
        assert_eq!(selected(true, SelectedState::Ended), "api");
        assert_eq!(selected(true, SelectedState::Lost), "");
        assert_eq!(selected(false, SelectedState::Alive), "web shop");
        assert_eq!(selected(false, SelectedState::Ended), "api db");
        assert_eq!(selected(false, SelectedState::Lost), "db");
    }

    #[test]
    fn without_a_target_this_directory_comes_before_the_repository() {
        let near = |directory: &str, repository: Option<&str>| {
            let all = all();
            let all: Vec<&Process> = all.iter().collect();
            let found = nearby(&all, Path::new(directory), repository.map(Path::new));
            found.iter().map(|process| process.id.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(near("/home/me/todo", Some("/home/me")), "web api");
        assert_eq!(near("/home/me/todo/api", Some("/home/me/todo")), "api");
        assert_eq!(near("/home/me/todo/src", Some("/home/me/todo")), "web api");
        assert_eq!(near("/home/me/todo/src", None), "");
        assert_eq!(near("/srv", None), "");
    }
}
