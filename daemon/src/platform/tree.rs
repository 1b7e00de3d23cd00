//! Trees of processes, read from the kernel's own list. It names pids; it sends no signal.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use persistproc_api::record::Identity;

/// What the kernel lists of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Listed {
    parent: u32,
    started: u64,
}

/// A process as someone that no later process of the same pid can be taken for.
pub fn identity(pid: u32) -> Option<Identity> {
    listed(pid).map(|listed| Identity { pid, started: listed.started })
}

/// Whether exactly this process still lives.
pub fn is_alive(identity: Identity) -> bool {
    self::identity(identity.pid) == Some(identity)
}

/// What a process uses now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time it ever used.
    pub cpu: std::time::Duration,
    /// Bytes of memory.
    pub memory: u64,
}

/// What these processes use together. One that has ended uses nothing.
pub fn usage(pids: &[u32]) -> Usage {
    pids.iter().filter_map(|pid| usage_of(*pid)).fold(Usage::default(), |sum, one| Usage {
        cpu: sum.cpu + one.cpu,
        memory: sum.memory + one.memory,
    })
}

fn usage_of(pid: u32) -> Option<Usage> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    let pages: u64 = fields.nth(8)?.parse().ok()?;
    let seconds = (user + system) as f64 / rustix::param::clock_ticks_per_second() as f64;
    let cpu = std::time::Duration::from_secs_f64(seconds);
    Some(Usage { cpu, memory: pages * rustix::param::page_size() as u64 })
}

/// All living descendants of a process, itself not included.
pub fn descendants(root: u32) -> Vec<u32> {
    below(vec![root])
}

/// The variable in the environment of a child that names its run's folder.
pub const RUN_VARIABLE: &str = "PERSISTPROC_RUN";

/// The living processes of a run that lost its shim: its child, whoever else carries the mark of
/// the run, and all their descendants.
pub fn run_members(child: Option<Identity>, run: &Path) -> Vec<u32> {
    let mark = run_variable(run);
    let own = std::process::id();
    let mut roots: Vec<u32> = pids()
        .filter(|pid| *pid != own && has_variable(*pid, &mark) && listed(*pid).is_some())
        .collect();
    roots.extend(child.filter(|child| is_alive(*child)).map(|child| child.pid));
    let mut all = roots.clone();
    all.extend(below(roots));
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether this process was started with exactly this variable. One that may not be asked was not
/// started by us.
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

/// Whether this process is our child, ended or not, as long as nobody collected it.
pub fn is_our_child(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rfind(')').and_then(|end| stat.get(end + 1..)).unwrap_or_default();
    let parent = fields.split_ascii_whitespace().nth(1).and_then(|field| field.parse().ok());
    parent == Some(std::process::id())
}

fn below(mut open: Vec<u32>) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for pid in pids() {
        if let Some(listed) = listed(pid) {
            children.entry(listed.parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    while let Some(pid) = open.pop() {
        let own = children.remove(&pid).unwrap_or_default();
        open.extend(&own);
        found.extend(own);
    }
    found
}

#[cfg(target_os = "linux")]
fn pids() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Elsewhere the process group is all that is known of a tree.
#[cfg(not(target_os = "linux"))]
fn pids() -> impl Iterator<Item = u32> {
    std::iter::empty()
}

#[cfg(target_os = "linux")]
fn listed(pid: u32) -> Option<Listed> {
    parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

#[cfg(not(target_os = "linux"))]
fn listed(pid: u32) -> Option<Listed> {
    let pid = rustix::process::Pid::from_raw(pid as i32)?;
    rustix::process::test_kill_process(pid).ok()?;
    Some(Listed { parent: 0, started: 0 })
}

/// A line of the kernel: `pid (name) state parent …`, where the name may hold anything.
/// A process that has ended and was not collected yet is not listed.
#[cfg(any(target_os = "linux", test))]
fn parse(stat: &str) -> Option<Listed> {
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let started = fields.nth(17)?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(Listed { parent, started })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let line = |state| {
            format!("7 (a) b) ({state}) {state} 3 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4242 0")
        };
        assert_eq!(parse(&line('S')), Some(Listed { parent: 3, started: 4242 }));
        assert_eq!(parse(&line('Z')), None);
        assert_eq!(parse("nonsense"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_very_process_uses_memory() {
        let usage = usage(&[std::process::id(), u32::MAX]);
        assert!((1 << 20..1 << 40).contains(&usage.memory), "{usage:?}");
    }

    #[test]
    fn this_very_process_is_alive_and_another_start_of_it_is_not() {
        let own = identity(std::process::id()).unwrap();
        assert!(is_alive(own));
        assert!(!is_alive(Identity { started: own.started + 1, ..own }));
    }
}
