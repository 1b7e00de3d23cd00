//! Process identities, read from `/proc`. The processes of a run are found by
//! [`run_tree`](super::run_tree).

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use persistproc_api::Time;
use persistproc_api::record::Identity;

#[cfg(target_os = "linux")]
use super::proc_stat::{self, ProcStat};

/// The longest time between two reads of the environment of a process that executes a program.
const MAX_EXECUTION_DELAY: Duration = Duration::from_millis(128);

/// What the kernel returns of a list at most.
const PAGE_BYTES: usize = 4096;

/// Larger than most environments.
const READ_BYTES: usize = 64 << 10;

/// A process that has not exited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LivingProcess {
    pub(super) parent: u32,
    pub(super) session: u32,
    pub(super) started: u64,
    /// It uses a CPU, waits for one, or waits for the disk.
    pub(super) is_busy: bool,
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

/// The words of a process's command line. Empty for a process that has exited or that belongs to
/// the kernel.
pub(super) fn command_line(pid: u32) -> Vec<Vec<u8>> {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    if line.is_empty() {
        return Vec::new();
    }
    let line = line.strip_suffix(b"\0").unwrap_or(&line);
    line.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
}

/// The words of a process's command line as text.
pub fn words_of(pid: u32) -> Vec<String> {
    let words = command_line(pid).into_iter();
    words.map(|word| String::from_utf8_lossy(&word).into_owned()).collect()
}

/// The environment that a process was started with, as `NAME=value`, each with a NUL at its end. `None`
/// if it may not be read, and on platforms without `/proc`.
///
/// While a process executes a program, the kernel shows an empty one for a moment. A process that has
/// none is not to be taken for one of no run, so it is read again.
pub(super) fn environment(pid: u32) -> Option<Vec<u8>> {
    let path = format!("/proc/{pid}/environ");
    let mut delay = Duration::from_millis(1);
    loop {
        let environment = read_at_once(&path).ok()?;
        if !environment.is_empty() || delay > MAX_EXECUTION_DELAY || has_empty_environment(pid) {
            return Some(environment);
        }
        std::thread::sleep(delay);
        delay *= 2;
    }
}

/// Reads a file with few calls. Of a process that executes a program between two of them, the second
/// would return nothing.
fn read_at_once(path: &str) -> std::io::Result<Vec<u8>> {
    let mut file = std::fs::File::open(path)?;
    let mut bytes = vec![0; READ_BYTES];
    let mut length = 0;
    loop {
        let count = std::io::Read::read(&mut file, &mut bytes[length..])?;
        length += count;
        if count == 0 || length < bytes.len() {
            bytes.truncate(length);
            return Ok(bytes);
        }
        bytes.resize(2 * length, 0);
    }
}

/// Whether a process has an environment without variables, or can have none. A process that executes a
/// program has no environment yet; the kernel sets the start of the code after it.
#[cfg(target_os = "linux")]
fn has_empty_environment(pid: u32) -> bool {
    // Threads of the kernel and zombies have no executable.
    let has_executable = std::fs::read_link(format!("/proc/{pid}/exe")).is_ok();
    let line = proc_stat::read(pid).unwrap_or_default();
    !has_executable || ProcStat::parse(&line).is_none_or(|stat| stat.has_empty_environment())
}

/// Whether a process has an environment without variables. Not known on this platform.
#[cfg(not(target_os = "linux"))]
fn has_empty_environment(_: u32) -> bool {
    true
}

/// A variable of the environment that a process was started with. `None` if it has none, or if its
/// environment may not be read.
pub fn variable_of(pid: u32, name: &str) -> Option<String> {
    let environment = environment(pid)?;
    let prefix = [name.as_bytes(), b"="].concat();
    let value =
        environment.split(|byte| *byte == 0).find_map(|entry| entry.strip_prefix(&prefix[..]))?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// The parent of a process.
#[cfg(target_os = "linux")]
pub fn parent(pid: u32) -> Option<u32> {
    let line = proc_stat::read(pid)?;
    ProcStat::parse(&line)?.parent()
}

/// The parent of a process. Unknown on this platform.
#[cfg(not(target_os = "linux"))]
pub fn parent(_: u32) -> Option<u32> {
    None
}

/// When a process started, to the second: the kernel reports its boot time no finer.
#[cfg(target_os = "linux")]
pub fn start_time(pid: u32) -> Option<Time> {
    let line = proc_stat::read(pid)?;
    let ticks = ProcStat::parse(&line)?.start_time()? as f64;
    let kernel = std::fs::read_to_string("/proc/stat").ok()?;
    let boot = kernel.lines().find_map(|line| line.strip_prefix("btime "))?;
    let boot: f64 = boot.trim().parse().ok()?;
    let seconds = boot + ticks / rustix::param::clock_ticks_per_second() as f64;
    Some(Time::from_micros((seconds * 1e6) as i64))
}

/// When a process started. Unknown on this platform.
#[cfg(not(target_os = "linux"))]
pub fn start_time(_: u32) -> Option<Time> {
    None
}

/// The working directory of a process. `None` if it may not be read.
pub fn directory(pid: u32) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/cwd")).ok()
}

/// The id of the user that a process belongs to.
pub fn user(pid: u32) -> Option<u32> {
    std::fs::metadata(format!("/proc/{pid}")).ok().map(|folder| folder.uid())
}

/// The children of a process. `None` if the kernel does not tell.
#[cfg(target_os = "linux")]
pub(super) fn children(pid: u32) -> Option<Vec<u32>> {
    let mut children = Vec::new();
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
        children.extend(children_of_thread(&task.path())?);
    }
    Some(children)
}

/// The children of a process that has a single thread.
#[cfg(target_os = "linux")]
pub(super) fn children_of_single_thread(pid: u32) -> Option<Vec<u32>> {
    children_of_thread(Path::new(&format!("/proc/{pid}/task/{pid}")))
}

/// The processes that a thread has started, by its folder.
#[cfg(target_os = "linux")]
fn children_of_thread(folder: &Path) -> Option<Vec<u32>> {
    let mut file = std::fs::File::open(folder.join("children")).ok()?;
    let mut bytes = [0; PAGE_BYTES];
    let mut length = std::io::Read::read(&mut file, &mut bytes).ok()?;
    let mut text = bytes[..length].to_vec();
    // The kernel returns a long list in parts of almost a page.
    while length > PAGE_BYTES / 2 {
        length = std::io::Read::read(&mut file, &mut bytes).ok()?;
        text.extend_from_slice(&bytes[..length]);
    }
    let text = String::from_utf8_lossy(&text);
    Some(text.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect())
}

/// The children of a process. Unknown on this platform.
#[cfg(not(target_os = "linux"))]
pub(super) fn children(_: u32) -> Option<Vec<u32>> {
    None
}

/// The name of a process's program: the file name of its first word, without the dash of a login
/// shell; the kernel's name for it if it has no words.
pub fn program_name(pid: u32) -> String {
    let words = command_line(pid);
    let program = words.first().map(|word| file_name(word)).unwrap_or_default();
    let program = program.strip_prefix(b"-").unwrap_or(program);
    if program.is_empty() {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        return name.trim_end().to_owned();
    }
    String::from_utf8_lossy(program).into_owned()
}

/// The last component of a path.
pub(super) fn file_name(path: &[u8]) -> &[u8] {
    let path = Path::new(OsStr::from_bytes(path));
    path.file_name().unwrap_or_default().as_bytes()
}

/// The id of the session of a process that has not been reaped. 0 if the session began outside of
/// our PID namespace.
#[cfg(target_os = "linux")]
pub fn session(pid: u32) -> Option<u32> {
    let line = proc_stat::read(pid)?;
    ProcStat::parse(&line)?.session()
}

/// The id of the session of a process that has not been reaped.
#[cfg(not(target_os = "linux"))]
pub fn session(pid: u32) -> Option<u32> {
    let pid = rustix::process::Pid::from_raw(pid as i32)?;
    let session = rustix::process::getsid(Some(pid)).ok()?;
    Some(session.as_raw_nonzero().get() as u32)
}

/// All processes of this machine that this user can see.
#[cfg(target_os = "linux")]
pub fn pids() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// All processes of this machine. Platforms without `/proc` have no such list.
#[cfg(not(target_os = "linux"))]
pub fn pids() -> impl Iterator<Item = u32> {
    std::iter::empty()
}

/// A process that has not exited.
#[cfg(target_os = "linux")]
pub(super) fn living_process(pid: u32) -> Option<LivingProcess> {
    let line = proc_stat::read(pid)?;
    let stat = ProcStat::parse(&line)?;
    if stat.has_exited() {
        return None;
    }
    Some(LivingProcess {
        parent: stat.parent()?,
        session: stat.session()?,
        started: stat.start_time()?,
        is_busy: stat.is_busy(),
    })
}

/// A process that has not exited.
#[cfg(not(target_os = "linux"))]
pub(super) fn living_process(pid: u32) -> Option<LivingProcess> {
    let pid = rustix::process::Pid::from_raw(pid as i32)?;
    rustix::process::test_kill_process(pid).ok()?;
    Some(LivingProcess { parent: 0, session: 0, started: 0, is_busy: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_has_a_name_and_a_session() {
        let own = std::process::id();
        assert!(program_name(own).starts_with("persistproc_daemon"), "{}", program_name(own));
        assert_eq!(living_process(own).map(|process| process.session), session(own));
        assert_eq!(program_name(u32::MAX), "");
    }

    #[test]
    fn another_start_time_is_another_process() {
        let own = identity(std::process::id()).unwrap();
        assert!(is_alive(own));
        assert!(!is_alive(Identity { started: own.started + 1, ..own }));
    }
}
