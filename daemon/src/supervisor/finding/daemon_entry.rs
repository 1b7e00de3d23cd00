//! [`daemon_entry`]: the daemon in the shape of a process, for `list --pid 0`.

use persistproc_api::process::StdinSource;
use persistproc_api::streams::Streams;
use persistproc_api::{Process, Status};

use crate::supervisor::registry::Registry;

/// The label and the id of the daemon. No process has this id, because ids have a directory in them.
const NAME: &str = "persistproc-server";

/// The daemon as a process that runs in its data directory and logs to `daemon.log`.
pub(super) fn daemon_entry(registry: &Registry) -> Process {
    let dirs = registry.dirs();
    Process {
        id: NAME.to_owned(),
        label: NAME.to_owned(),
        command: std::env::args().collect(),
        command_base64: None,
        working_directory: dirs.data().to_owned(),
        working_directory_base64: None,
        status: Status::Running { pid: std::process::id(), start_time: registry.created() },
        run: 1,
        tty: false,
        streams: Streams::Merged,
        stdin: StdinSource::DevNull,
        private: false,
        log_combined: dirs.daemon_log(),
        log_stdout: dirs.daemon_log(),
        log_stderr: dirs.daemon_log(),
        lost_bytes: 0,
        started_by: None,
        started_by_session: None,
        stopped_by: None,
        let_go: Vec::new(),
        ended_with: Vec::new(),
        leader_exit: None,
        assigned_port: None,
        answering: true,
        facts: None,
        texts: None,
    }
}
