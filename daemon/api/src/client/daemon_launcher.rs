//! [`DaemonLauncher`]: starts a daemon if none is running. Of several clients that try at the same
//! time, one starts it: the others wait for the starting lock and then find it running.

use std::ffi::OsString;
use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::answer_wait::WaitPolicy;
use crate::confinement::sandbox;
use crate::data_dirs::DataDirs;
use crate::private_file;
use crate::problem::{ErrorCode, Problem};

/// The program that starts a daemon, and its arguments. The program has to detach itself from the
/// terminal, write one line to its standard output and close it: [`READY_LINE`], or an error as
/// JSON. Its standard input is the starting lock, which it keeps until then, so that no second
/// daemon is started if the client exits early.
#[derive(Clone, Debug)]
pub struct DaemonLauncher {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// Called after a start inside a sandbox, with what it consists of.
    pub on_sandboxed: Option<fn(&[String])>,
    /// Called after a start.
    pub on_started: Option<fn()>,
}

/// The line that a daemon writes when it is listening.
pub const READY_LINE: &str = "ready";

impl DaemonLauncher {
    /// The same launcher, which reports nothing.
    pub(super) fn without_reports(self) -> Self {
        Self { on_sandboxed: None, on_started: None, ..self }
    }

    /// Returns when a daemon is listening.
    pub(super) fn ensure_running(
        &self,
        dirs: &DataDirs,
        policy: &WaitPolicy,
    ) -> Result<(), Problem> {
        dirs.prepare()?;
        let path = dirs.starting_lock();
        let lock = private_file::lock_file(&path).map_err(|error| lock_failed(&path, &error))?;
        let lock = starting_lock(lock, &path, policy)?;
        if UnixStream::connect(dirs.socket()).is_ok() {
            return Ok(());
        }
        self.launch(lock, policy)?;
        if let Some(report) = self.on_started {
            report();
        }
        let sandbox = sandbox();
        if let Some(report) = self.on_sandboxed.filter(|_| !sandbox.is_empty()) {
            report(&sandbox);
        }
        Ok(())
    }

    fn launch(&self, lock: File, policy: &WaitPolicy) -> Result<(), Problem> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .current_dir("/")
            .stdin(Stdio::from(lock))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| self.failed(&error))?;
        let mut line = String::new();
        if let Some(mut stdout) = child.stdout.take() {
            let read = move || {
                let mut line = String::new();
                stdout.read_to_string(&mut line).map(|_| line)
            };
            let read = policy.wait_for("the start of a daemon", read)?;
            line = read.map_err(|error| self.failed(&error))?;
        }
        // The daemon usually outlives this client. If it exits first, it has to be reaped.
        std::thread::spawn(move || child.wait());
        match line.trim() {
            READY_LINE => Ok(()),
            "" => Err(self.failed(&"it exited without a message")),
            json => Err(serde_json::from_str(json).unwrap_or_else(|_| self.failed(&json))),
        }
    }

    fn failed(&self, why: &dyn Display) -> Problem {
        let program = self.program.display();
        let message = format!("No daemon is running, and {program} could not start one: {why}.");
        Problem::new(ErrorCode::DaemonUnreachable, message)
            .hint("Run `persistproc serve` to see the error.")
    }
}

/// Takes the lock of those that start a daemon.
fn starting_lock(lock: File, path: &Path, policy: &WaitPolicy) -> Result<File, Problem> {
    let failed = |error: Errno| lock_failed(path, &error);
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => {}
        locked => return locked.map(|()| lock).map_err(failed),
    }
    let wait = move || flock(&lock, FlockOperation::LockExclusive).map(|()| lock);
    policy.wait_for("another command that starts a daemon", wait)?.map_err(failed)
}

fn lock_failed(path: &Path, error: &dyn Display) -> Problem {
    Problem::storage(format!("Cannot lock {}", path.display()), error)
}
