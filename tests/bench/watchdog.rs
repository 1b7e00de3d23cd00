//! `Watchdog`: a child that waits until the benchmark exits or is killed, and then kills its
//! remaining processes and deletes its folders.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::{Fallible, child, machine};

/// An environment variable that marks all processes of the benchmark.
pub(crate) const MARK: &str = "PERSISTPROC_BENCH";

/// How often marked processes are searched for and killed.
const MAX_KILL_ROUNDS: usize = 100;

const KILL_RETRY_INTERVAL: Duration = Duration::from_millis(50);

/// The watchdog process. It cleans up when it reads EOF from its standard input: when this value is
/// dropped, or when the benchmark was killed.
pub(crate) struct Watchdog(Child);

impl Watchdog {
    pub(crate) fn start(folders: [&Path; 2]) -> Fallible<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([child::FLAG, "watchdog", &mark()]).args(folders);
        // In its own process group it does not receive Ctrl+C.
        command.process_group(0).stdin(Stdio::piped());
        Ok(Self(command.spawn()?))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // A watchdog that was killed needs no further handling.
        self.0.wait().ok();
    }
}

/// The prefix of the mark's value in all processes of this run.
pub(crate) fn mark() -> String {
    format!("{}.", std::process::id())
}

/// The watchdog's main function.
pub(crate) fn run(mark: &str, folders: &[&str]) -> io::Result<()> {
    io::stdin().read_to_end(&mut Vec::new())?;
    kill_marked(mark);
    for folder in folders {
        // Usually the benchmark has deleted it.
        std::fs::remove_dir_all(folder).ok();
    }
    Ok(())
}

/// Kills all processes whose mark has this prefix, until there are no new ones.
pub(crate) fn kill_marked(prefix: &str) {
    for _ in 0..MAX_KILL_ROUNDS {
        let left = machine::marked(&format!("{MARK}={prefix}"));
        if left.is_empty() {
            return;
        }
        eprintln!("bench: killing {} remaining processes", left.len());
        for pid in left.into_iter().filter_map(|pid| Pid::from_raw(pid as i32)) {
            // It may have exited in the meantime.
            kill_process(pid, Signal::KILL).ok();
        }
        std::thread::sleep(KILL_RETRY_INTERVAL);
    }
}
