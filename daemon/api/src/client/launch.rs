//! A daemon when there is none: detached, in its own session, and one winner among ten at once.
//! Whoever holds the starting lock asks again first, so the nine others just find it running.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::fs::{FlockOperation, flock};

use crate::data_dirs::DataDirs;
use crate::problem::{ErrorCode, Problem};

/// How to start a daemon: a program and its arguments. It has to detach itself from the
/// terminal, write a line to its standard output and close it: `ready`, or an error as JSON. Its
/// standard input is the starting lock, which it holds until then: so nobody starts another one
/// even when the client that started it is gone.
#[derive(Clone, Debug)]
pub struct Launcher {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
}

/// The line a daemon says when it listens.
pub const READY: &str = "ready";

/// Returns when a daemon listens.
pub(super) fn ensure(dirs: &DataDirs, launcher: &Launcher) -> Result<(), Problem> {
    dirs.prepare()?;
    let path = dirs.starting_lock();
    let lock = File::create(&path).map_err(|error| unusable(&path, &error))?;
    flock(&lock, FlockOperation::LockExclusive).map_err(|error| unusable(&path, &error))?;
    if UnixStream::connect(dirs.socket()).is_ok() {
        return Ok(());
    }
    launch(launcher, lock)
}

fn unusable(path: &std::path::Path, error: &dyn std::fmt::Display) -> Problem {
    Problem::storage(format!("cannot lock {}", path.display()), error)
}

fn launch(launcher: &Launcher, lock: File) -> Result<(), Problem> {
    let failed = |why: &dyn std::fmt::Display| {
        let program = launcher.program.display();
        Problem::new(
            ErrorCode::DaemonUnreachable,
            format!("No daemon runs, and {program} could not start one: {why}."),
        )
        .hint("Try `persistproc serve` to see what is wrong.")
    };
    let mut child = Command::new(&launcher.program)
        .args(&launcher.arguments)
        .current_dir("/")
        .stdin(Stdio::from(lock))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(&error))?;
    let mut said = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut said).map_err(|error| failed(&error))?;
    }
    // The daemon outlives us; should it end first, somebody has to collect it.
    std::thread::spawn(move || child.wait());
    match said.trim() {
        READY => Ok(()),
        "" => Err(failed(&"it ended without a word")),
        other => Err(serde_json::from_str(other).unwrap_or_else(|_| failed(&other))),
    }
}
