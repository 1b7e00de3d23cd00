//! Process identities and process trees, read from `/proc`. It sends no signals.
//!
//! Platforms without `/proc` have no process list: there every tree is empty, and a stop reaches
//! only the child's process group.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use persistproc_api::record::Identity;

#[cfg(target_os = "linux")]
use super::proc_stat::{self, ProcStat};

/// The environment variable of a child that holds the path of its run folder. Descendants inherit
/// it, so they are found even after their parents and their shim are gone.
pub const RUN_VARIABLE: &str = "PERSISTPROC_RUN";

/// A process that has not exited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LivingProcess {
    parent: u32,
    started: u64,
}

/// CPU and memory usage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time used since the start.
    pub cpu: Duration,
    /// Resident memory in bytes.
    pub memory: u64,
}

/// The pid and start time of a process. A later process with the same pid has another identity.
/// `None` if it has exited.
pub fn identity(pid: u32) -> Option<Identity> {
    living_process(pid).map(|process| Identity { pid, started: process.started })
}

/// Whether exactly this process is alive.
pub fn is_alive(identity: Identity) -> bool {
    self::identity(identity.pid) == Some(identity)
}

/// Whether a signal has stopped this process.
#[cfg(target_os = "linux")]
pub fn is_stopped(pid: u32) -> bool {
    let line = proc_stat::read(pid).unwrap_or_default();
    ProcStat::parse(&line).is_some_and(|stat| stat.is_stopped())
}

/// Whether a signal has stopped this process. Unknown on this platform.
#[cfg(not(target_os = "linux"))]
pub fn is_stopped(_: u32) -> bool {
    false
}

/// The usage of all these processes together. Those that have exited count as zero.
pub fn usage(pids: &[u32]) -> Usage {
    pids.iter().filter_map(|pid| usage_of(*pid)).fold(Usage::default(), |sum, one| Usage {
        cpu: sum.cpu + one.cpu,
        memory: sum.memory + one.memory,
    })
}

/// All living descendants of a process, without itself.
pub fn descendants(root: u32) -> Vec<u32> {
    descendants_of_all(vec![root])
}

/// The living processes of a run whose shim was killed: the child, every process that carries the
/// run's variable, and all their descendants. Sorted.
pub fn run_members(child: Option<Identity>, run: &Path) -> Vec<u32> {
    let variable = run_variable(run);
    let own_pid = std::process::id();
    let mut roots: Vec<u32> = pids()
        .filter(|pid| {
            *pid != own_pid && has_variable(*pid, &variable) && living_process(*pid).is_some()
        })
        .collect();
    roots.extend(child.filter(|child| is_alive(*child)).map(|child| child.pid));
    let mut members = roots.clone();
    members.extend(descendants_of_all(roots));
    members.sort_unstable();
    members.dedup();
    members
}

/// Whether a process was started with the run's variable. `false` if its environment may not be
/// read: then it belongs to another user.
pub fn belongs_to_run(pid: u32, run: &Path) -> bool {
    has_variable(pid, &run_variable(run))
}

fn run_variable(run: &Path) -> Vec<u8> {
    [RUN_VARIABLE.as_bytes(), b"=", run.as_os_str().as_bytes()].concat()
}

fn has_variable(pid: u32, variable: &[u8]) -> bool {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|found| found == variable)
}

fn descendants_of_all(mut roots: Vec<u32>) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for pid in pids() {
        if let Some(process) = living_process(pid) {
            children.entry(process.parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    while let Some(pid) = roots.pop() {
        let own = children.remove(&pid).unwrap_or_default();
        roots.extend(&own);
        found.extend(own);
    }
    found
}

#[cfg(target_os = "linux")]
fn usage_of(pid: u32) -> Option<Usage> {
    let line = proc_stat::read(pid)?;
    let stat = ProcStat::parse(&line)?;
    let seconds = stat.cpu_ticks()? as f64 / rustix::param::clock_ticks_per_second() as f64;
    Some(Usage {
        cpu: Duration::from_secs_f64(seconds),
        memory: stat.resident_pages()? * rustix::param::page_size() as u64,
    })
}

#[cfg(not(target_os = "linux"))]
fn usage_of(_: u32) -> Option<Usage> {
    None
}

/// Whether a process is a child of this one. A child that has exited counts until it is reaped.
#[cfg(target_os = "linux")]
pub fn is_our_child(pid: u32) -> bool {
    let line = proc_stat::read(pid).unwrap_or_default();
    let parent = ProcStat::parse(&line).and_then(|stat| stat.parent());
    parent == Some(std::process::id())
}

/// Whether a process is a child of this one. Unknown on this platform.
#[cfg(not(target_os = "linux"))]
pub fn is_our_child(_: u32) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn pids() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

#[cfg(not(target_os = "linux"))]
fn pids() -> impl Iterator<Item = u32> {
    std::iter::empty()
}

#[cfg(target_os = "linux")]
fn living_process(pid: u32) -> Option<LivingProcess> {
    let line = proc_stat::read(pid)?;
    let stat = ProcStat::parse(&line)?;
    if stat.has_exited() {
        return None;
    }
    Some(LivingProcess { parent: stat.parent()?, started: stat.start_time()? })
}

#[cfg(not(target_os = "linux"))]
fn living_process(pid: u32) -> Option<LivingProcess> {
    let pid = rustix::process::Pid::from_raw(pid as i32)?;
    rustix::process::test_kill_process(pid).ok()?;
    Some(LivingProcess { parent: 0, started: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_uses_memory() {
        let usage = usage(&[std::process::id(), u32::MAX]);
        assert!((1 << 20..1 << 40).contains(&usage.memory), "{usage:?}");
    }

    #[test]
    fn another_start_time_is_another_process() {
        let own = identity(std::process::id()).unwrap();
        assert!(is_alive(own));
        assert!(!is_alive(Identity { started: own.started + 1, ..own }));
    }
}
