//! [`of_group`]: whether a process waits for input from a terminal (Linux). The kernel shows the
//! system call in which a process sleeps, with its arguments.
//!
//! Where the kernel hides it, the answer is that none does.

use std::ffi::OsStr;
use std::fs;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::proc_stat::{self, ProcStat};

/// The most threads of a process that are looked at.
const MAX_THREADS: usize = 64;

/// The system call `read`, and those that wait for several descriptors.
#[cfg(target_arch = "x86_64")]
mod calls {
    pub(super) const READ: &[u32] = &[0, 19];
    /// `poll`, `select`, `pselect6`, `ppoll`.
    pub(super) const POLL: &[u32] = &[7, 23, 270, 271];
    /// `epoll_wait`, `epoll_pwait`, `epoll_pwait2`.
    pub(super) const EPOLL: &[u32] = &[232, 281, 441];
}

#[cfg(not(target_arch = "x86_64"))]
mod calls {
    // The numbers that most other architectures share.
    pub(super) const READ: &[u32] = &[63, 65];
    pub(super) const POLL: &[u32] = &[72, 73];
    pub(super) const EPOLL: &[u32] = &[22, 441];
}

/// How a process waits for input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InputWait {
    /// It waits for several descriptors, one of which is the terminal.
    Polls,
    /// It is in a read of the terminal.
    Reads,
}

/// How a process of this group waits for input from this terminal. `None`: none does.
pub fn of_group(group: u32, terminal: BorrowedFd<'_>) -> Option<InputWait> {
    let name = rustix::pty::ptsname(terminal, Vec::new()).ok()?;
    let terminal = Path::new(OsStr::from_bytes(name.to_bytes()));
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let members = pids.filter(|pid: &u32| is_in_group(*pid, group));
    members.filter_map(|pid| of_process(pid, terminal)).max()
}

fn is_in_group(pid: u32, group: u32) -> bool {
    let line = proc_stat::read(pid).unwrap_or_default();
    ProcStat::parse(&line).and_then(|stat| stat.group()) == Some(group)
}

fn of_process(pid: u32, terminal: &Path) -> Option<InputWait> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let threads = threads.take(MAX_THREADS);
    threads.filter_map(|thread| of_thread(pid, &thread.path(), terminal)).max()
}

fn of_thread(pid: u32, thread: &Path, terminal: &Path) -> Option<InputWait> {
    if let Ok(call) = fs::read_to_string(thread.join("syscall")) {
        let (number, descriptor) = parse_call(&call)?;
        if calls::READ.contains(&number) {
            return is_terminal(pid, descriptor, terminal).then_some(InputWait::Reads);
        }
        let polls = if calls::POLL.contains(&number) {
            is_terminal(pid, 0, terminal)
        } else {
            calls::EPOLL.contains(&number) && is_polled(pid, descriptor, terminal)
        };
        return polls.then_some(InputWait::Polls);
    }
    // Without permission for the call, the function in the kernel may still be shown.
    let function = fs::read_to_string(thread.join("wchan")).unwrap_or_default();
    let reads = matches!(function.trim(), "n_tty_read" | "wait_woken");
    (reads && is_terminal(pid, 0, terminal)).then_some(InputWait::Reads)
}

/// The number of the system call and its first argument, from `0 0x0 0x7f… …`. `None` if the thread is
/// running or sleeps outside of a call.
fn parse_call(line: &str) -> Option<(u32, u64)> {
    let mut words = line.split_ascii_whitespace();
    let number = words.next()?.parse().ok()?;
    let argument = words.next()?.strip_prefix("0x")?;
    Some((number, u64::from_str_radix(argument, 16).ok()?))
}

fn is_terminal(pid: u32, descriptor: u64, terminal: &Path) -> bool {
    let file = fs::read_link(format!("/proc/{pid}/fd/{descriptor}"));
    file.is_ok_and(|file| file == terminal || file == Path::new("/dev/tty"))
}

/// Whether an epoll instance includes the terminal.
fn is_polled(pid: u32, epoll: u64, terminal: &Path) -> bool {
    let text = fs::read_to_string(format!("/proc/{pid}/fdinfo/{epoll}")).unwrap_or_default();
    let polled = text.lines().filter_map(|line| {
        let rest = line.strip_prefix("tfd:")?;
        rest.split_ascii_whitespace().next()?.parse().ok()
    });
    polled.into_iter().any(|descriptor| is_terminal(pid, descriptor, terminal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_call_has_a_number_and_an_argument() {
        assert_eq!(parse_call("0 0x3 0x7ffd 0x1 0x0 0x0 0x0 0x7ffc 0x7f12\n"), Some((0, 3)));
        assert_eq!(parse_call("running\n"), None);
        assert_eq!(parse_call("-1 0x7ffc 0x7f12\n"), None);
    }
}
