//! The kernel's word on which processes there are, from `/proc`: the tests believe nobody else.

use std::path::{Path, PathBuf};
use std::{fs, io};

pub(crate) use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

use super::wait::until;

/// A living process; zombies are dead.
#[derive(Clone, Debug)]
pub(crate) struct Proc {
    pub(crate) pid: u32,
    /// The words of its command line.
    pub(crate) words: Vec<String>,
    /// Where its executable is.
    pub(crate) exe: PathBuf,
}

impl Proc {
    /// Whether it is persistproc itself, in any of its parts.
    pub(crate) fn is_persistproc(&self) -> bool {
        self.exe.file_name().is_some_and(|name| name == "persistproc" || name == "pp")
    }

    /// Whether one of its words is this one.
    pub(crate) fn has_argument(&self, word: &str) -> bool {
        self.words.iter().any(|found| found == word)
    }
}

/// All living processes that belong to the world at `root`: its marker is in their environment,
/// they sit in one of its folders, or one is named on their command line.
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

/// Whether a process lives; a zombie doesn't.
pub(crate) fn alive(pid: u32) -> bool {
    stat(pid).is_some_and(|fields| !matches!(fields[0].as_str(), "Z" | "X"))
}

/// Sends a signal to a process that this test started.
#[track_caller]
pub(crate) fn kill(pid: u32, signal: Signal) {
    send(pid, signal).unwrap_or_else(|error| panic!("{signal:?} to {pid}: {error}"));
}

/// Stops a process in its tracks; returns when its last thread stands still.
#[track_caller]
pub(crate) fn freeze(pid: u32) {
    kill(pid, Signal::STOP);
    until("all threads to stand still", || {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
        let states: Vec<_> = tasks.filter_map(|task| state(&task.path())).collect();
        if states.iter().all(|state| state == "T") { Ok(()) } else { Err(states.join(" ")) }
    });
}

/// Ends a process for good; one that has gone meanwhile is as good.
pub(crate) fn kill_if_alive(pid: u32) {
    send(pid, Signal::KILL).ok();
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

/// How often any thread of a process has been put on a CPU.
pub(crate) fn wakeups(pid: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let statuses = tasks.filter_map(|task| fs::read_to_string(task.path().join("status")).ok());
    statuses.map(|status| status.lines().filter_map(switches).sum::<u64>()).sum()
}

fn switches(line: &str) -> Option<u64> {
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

/// Of a process or a thread, by its folder in `/proc`.
fn state(folder: &Path) -> Option<String> {
    Some(fields(folder)?.swap_remove(0))
}

fn stat(pid: u32) -> Option<Vec<String>> {
    fields(Path::new(&format!("/proc/{pid}")))
}

/// The fields after the name in parentheses: state, parent, …
fn fields(folder: &Path) -> Option<Vec<String>> {
    let text = fs::read_to_string(folder.join("stat")).ok()?;
    Some(text.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect())
}
