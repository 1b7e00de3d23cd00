//! Lists, inspects and signals processes through `/proc`. Tests check the kernel's process table
//! here instead of trusting what persistproc reports.

use std::path::{Path, PathBuf};
use std::{fs, io};

pub(crate) use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

use super::wait::until;

/// A running process. A zombie does not count as running.
#[derive(Clone, Debug)]
pub(crate) struct Proc {
    pub(crate) pid: u32,
    /// The arguments of its command line, the program included.
    pub(crate) words: Vec<String>,
    /// The path of its executable.
    pub(crate) exe: PathBuf,
}

impl Proc {
    /// Whether it runs our executable: daemon, shim or client.
    pub(crate) fn is_persistproc(&self) -> bool {
        self.exe.file_name().is_some_and(|name| name == "persistproc" || name == "pp")
    }

    /// Whether `word` is one of its arguments.
    pub(crate) fn has_argument(&self, word: &str) -> bool {
        self.words.iter().any(|found| found == word)
    }
}

/// All running processes of the world at `root`: its marker is in their environment, their working
/// directory is in it, or their command line names it.
pub(crate) fn of_world(root: &Path, marker: &str) -> Vec<Proc> {
    let entries = fs::read_dir("/proc").expect("the tests need /proc: they run on Linux");
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let named = root.to_string_lossy();
    pids.filter_map(read)
        .filter(|found| {
            has_variable(found.pid, marker)
                || fs::read_link(format!("/proc/{}/cwd", found.pid))
                    .is_ok_and(|cwd| cwd.starts_with(root))
                || found.words.iter().any(|word| word.contains(&*named))
        })
        .collect()
}

/// Whether a process is running. A zombie is not.
pub(crate) fn alive(pid: u32) -> bool {
    stat(pid).is_some_and(|fields| !matches!(fields[0].as_str(), "Z" | "X"))
}

/// The parent of a process.
pub(crate) fn parent(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

/// The id of the session of a process.
pub(crate) fn session(pid: u32) -> Option<u32> {
    stat(pid)?.get(3)?.parse().ok()
}

/// Sends a signal to a process that this test started.
#[track_caller]
pub(crate) fn kill(pid: u32, signal: Signal) {
    send(pid, signal).unwrap_or_else(|error| panic!("{signal:?} to {pid}: {error}"));
}

/// Sends SIGSTOP and waits until every thread of the process is stopped.
#[track_caller]
pub(crate) fn freeze(pid: u32) {
    kill(pid, Signal::STOP);
    until("all threads to be stopped", || {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
        let states: Vec<_> = tasks.filter_map(|task| state(&task.path())).collect();
        if states.iter().all(|state| state == "T") { Ok(()) } else { Err(states.join(" ")) }
    });
}

/// Sends SIGKILL to a process that may have exited already.
pub(crate) fn kill_if_alive(pid: u32) {
    // ESRCH means that it has exited.
    send(pid, Signal::KILL).ok();
}

/// Sends a signal to a process that may have exited already. Returns whether it had not.
pub(crate) fn signal_if_alive(pid: u32, signal: Signal) -> bool {
    send(pid, signal).is_ok()
}

fn send(pid: u32, signal: Signal) -> io::Result<()> {
    let pid = Pid::from_raw(pid as i32).ok_or(io::ErrorKind::NotFound)?;
    Ok(kill_process(pid, signal)?)
}

/// CPU time used so far, in clock ticks.
pub(crate) fn ticks(pid: u32) -> u64 {
    let fields = stat(pid).unwrap_or_else(|| panic!("process {pid} is gone"));
    [11, 12].iter().map(|at| fields[*at].parse::<u64>().unwrap()).sum()
}

/// The number of context switches of all threads of a process.
pub(crate) fn wakeups(pid: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let statuses = tasks.filter_map(|task| fs::read_to_string(task.path().join("status")).ok());
    statuses.map(|status| status.lines().filter_map(context_switches).sum::<u64>()).sum()
}

fn context_switches(line: &str) -> Option<u64> {
    let (name, value) = line.split_once(':')?;
    name.ends_with("ctxt_switches").then(|| value.trim().parse().ok())?
}

fn has_variable(pid: u32, variable: &str) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|found| found == variable.as_bytes())
}

fn read(pid: u32) -> Option<Proc> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok().filter(|line| !line.is_empty())?;
    let words = line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into());
    let exe = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
    alive(pid).then(|| Proc { pid, words: words.collect(), exe })
}

/// The state letter of a process or thread, given its folder in `/proc`.
fn state(folder: &Path) -> Option<String> {
    Some(fields(folder)?.swap_remove(0))
}

fn stat(pid: u32) -> Option<Vec<String>> {
    fields(Path::new(&format!("/proc/{pid}")))
}

/// The fields of `stat` after the name in parentheses: state, parent, …
fn fields(folder: &Path) -> Option<Vec<String>> {
    let text = fs::read_to_string(folder.join("stat")).ok()?;
    Some(text.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect())
}
