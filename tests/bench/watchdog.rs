//! A process that waits for the end of this one, however it comes, and leaves nothing behind:
//! no process that carries our mark, no folder.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::{Fallible, child, machine};

/// This variable is in the environment of everything we start.
pub(crate) const MARK: &str = "PERSISTPROC_BENCH";

/// The keeper. It acts when this is dropped, or when this process is no more.
pub(crate) struct Keeper(Child);

impl Keeper {
    pub(crate) fn start(folders: [&Path; 2]) -> Fallible<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([child::FLAG, "keeper", &mark()]).args(folders);
        // Ctrl+C in a terminal is for the others.
        command.process_group(0).stdin(Stdio::piped());
        Ok(Self(command.spawn()?))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().ok();
    }
}

/// How the value of the mark begins, for everything this process starts.
pub(crate) fn mark() -> String {
    format!("{}.", std::process::id())
}

/// The keeper's life.
pub(crate) fn keep(mark: &str, folders: &[&str]) -> io::Result<()> {
    io::stdin().read_to_end(&mut Vec::new())?;
    clear(mark);
    for folder in folders {
        // Usually it is gone already.
        std::fs::remove_dir_all(folder).ok();
    }
    Ok(())
}

/// Kills all whose mark begins like this; again, as long as there are new ones.
pub(crate) fn clear(mark: &str) {
    for _ in 0..100 {
        let left = machine::marked(&format!("{MARK}={mark}"));
        if left.is_empty() {
            return;
        }
        eprintln!("bench: {} processes were left and are killed", left.len());
        for pid in left.into_iter().filter_map(|pid| Pid::from_raw(pid as i32)) {
            kill_process(pid, Signal::KILL).ok();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
