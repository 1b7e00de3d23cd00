//! CPU time, memory and parents of processes from procfs, and a description of the machine.

use std::fs;

use crate::Fallible;

/// CPU seconds that the current threads of a process have used.
pub(crate) fn cpu_seconds(pid: u32) -> Fallible<f64> {
    let mut nanoseconds = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // The time of a thread that exits in the meantime is lost.
        let text = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
        nanoseconds +=
            text.split(' ').next().and_then(|used| used.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(nanoseconds as f64 / 1e9)
}

/// The proportional set size of a process: shared memory is divided among its users.
pub(crate) fn pss(pid: u32) -> Fallible<f64> {
    field(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
}

/// The resident set size of a process.
pub(crate) fn resident(pid: u32) -> Fallible<f64> {
    field(&format!("/proc/{pid}/status"), "VmRSS:")
}

/// The largest resident set size since [`reset_peak`].
pub(crate) fn peak_resident(pid: u32) -> Fallible<f64> {
    field(&format!("/proc/{pid}/status"), "VmHWM:")
}

/// Resets the largest resident set size to the current one.
pub(crate) fn reset_peak(pid: u32) -> Fallible {
    Ok(fs::write(format!("/proc/{pid}/clear_refs"), "5")?)
}

/// How many files a process has open.
pub(crate) fn open_files(pid: u32) -> Fallible<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count())
}

/// The parent of a process. The parent of a managed child is its shim.
pub(crate) fn parent(pid: u32) -> Fallible<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let parent =
        text.rsplit_once(") ").and_then(|(_, fields)| fields.split(' ').nth(1)?.parse().ok());
    parent.ok_or_else(|| format!("no parent of {pid}").into())
}

/// Processes with an environment entry that has this prefix.
pub(crate) fn marked(prefix: &str) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry.starts_with(prefix.as_bytes()))
    })
    .collect()
}

/// The load average of the last minute.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// Kernel, cores and memory.
pub(crate) fn name() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = field("/proc/meminfo", "MemTotal:").unwrap_or(0.0) / 1e9;
    format!("Linux {}, {cores} cores, {memory:.0} GB", kernel.trim())
}

/// The value of a field in kB, in bytes.
fn field(path: &str, name: &str) -> Fallible<f64> {
    let text = fs::read_to_string(path)?;
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse::<f64>().ok());
    value.map(|kib| kib * 1024.0).ok_or_else(|| format!("no {name} in {path}").into())
}
