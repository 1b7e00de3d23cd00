//! [`Usage`]: the CPU time and memory of processes, and samples of a process that a tree is made of.

use std::iter::Sum;
use std::time::Duration;

use persistproc_api::record::Identity;

#[cfg(target_os = "linux")]
use super::proc_stat::{self, ProcStat};
#[cfg(target_os = "linux")]
use super::tree::{children, children_of_single_thread};

/// CPU and memory usage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time used since the start.
    pub cpu: Duration,
    /// Resident memory in bytes.
    pub memory: u64,
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        usages.fold(Self::default(), |sum, one| Self {
            cpu: sum.cpu + one.cpu,
            memory: sum.memory + one.memory,
        })
    }
}

/// The usage of all these processes together. Those that have exited count as zero.
pub fn usage(pids: &[u32]) -> Usage {
    pids.iter().filter_map(|pid| usage_of(*pid)).sum()
}

#[cfg(target_os = "linux")]
fn usage_of(pid: u32) -> Option<Usage> {
    let line = proc_stat::read(pid)?;
    usage_in(&ProcStat::parse(&line)?)
}

#[cfg(target_os = "linux")]
fn usage_in(stat: &ProcStat<'_>) -> Option<Usage> {
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

/// A living process, its usage and its children.
#[derive(Clone, Debug)]
pub(super) struct ProcessSample {
    pub(super) identity: Identity,
    /// The name that the kernel gives it. It changes when the process executes another program.
    pub(super) name: String,
    pub(super) usage: Usage,
    pub(super) children: Vec<u32>,
}

/// Reads a process and its children with few calls. `None` if it has exited, or if the kernel does not
/// tell the children.
#[cfg(target_os = "linux")]
pub(super) fn sample(pid: u32) -> Option<ProcessSample> {
    let line = proc_stat::read(pid)?;
    let stat = ProcStat::parse(&line)?;
    if stat.has_exited() {
        return None;
    }
    let has_single_thread = stat.threads() == Some(1);
    Some(ProcessSample {
        identity: Identity { pid, started: stat.start_time()? },
        name: stat.name().to_owned(),
        usage: usage_in(&stat)?,
        children: if has_single_thread { children_of_single_thread(pid)? } else { children(pid)? },
    })
}

/// Reads a process and its children. This platform does not tell the children.
#[cfg(not(target_os = "linux"))]
pub(super) fn sample(_: u32) -> Option<ProcessSample> {
    None
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory() {
        let usage = usage(&[std::process::id(), u32::MAX]);
        assert!((1 << 20..1 << 40).contains(&usage.memory), "{usage:?}");
    }

    #[test]
    fn a_sample_has_the_children_of_all_threads() {
        let spawned = std::thread::spawn(|| {
            let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
            let own = sample(std::process::id()).unwrap();
            child.kill().unwrap();
            child.wait().unwrap();
            own.children.contains(&child.id())
        });
        assert!(spawned.join().unwrap());
        assert!(sample(u32::MAX).is_none());
    }
}
