//! Reads the own attributes of this process, which a child started by it would inherit.

use std::fs::File;
use std::io::{stderr, stdin, stdout};

use super::{CpuList, Inherited, Scheduling, TerminalSettings, at_start};
use crate::limits;

impl Inherited {
    /// The attributes that a child of this process would inherit, as far as they can be read.
    pub fn own() -> Self {
        Self {
            niceness: rustix::process::getpriority_process(None).ok(),
            io_priority: io_priority(),
            scheduling: scheduling(),
            cpus: cpus(),
            oom_score_adjustment: oom_score_adjustment(),
            personality: personality(),
            no_new_privileges: no_new_privileges(),
            hard_limits: limits::own_hard(),
            ignored_signals: at_start::ignored_signals(),
            blocked_signals: at_start::blocked_signals(),
            closed_descriptors: at_start::closed_descriptors(),
            terminal: None,
        }
    }

    /// The same, with the settings of the caller's terminal for the child's terminal. Those of a
    /// terminal in raw mode are left out if it is `shared`: another program is using it, such as a
    /// pager.
    #[must_use]
    pub fn with_terminal(self, shared: bool) -> Self {
        let settings = terminal_settings().filter(|settings| !(shared && settings.is_raw()));
        Self { terminal: settings, ..self }
    }
}

/// The settings of the terminal at one of the standard descriptors, or else of the controlling
/// terminal.
fn terminal_settings() -> Option<TerminalSettings> {
    let standard = TerminalSettings::of(stdin())
        .or_else(|_| TerminalSettings::of(stdout()))
        .or_else(|_| TerminalSettings::of(stderr()));
    standard.or_else(|_| TerminalSettings::of(File::open("/dev/tty")?)).ok()
}

#[cfg(target_os = "linux")]
fn cpus() -> Option<CpuList> {
    let set = rustix::thread::sched_getaffinity(None).ok()?;
    Some((0..CpuList::MAX).filter(|cpu| set.is_set(usize::from(*cpu))).collect())
}

#[cfg(target_os = "linux")]
fn oom_score_adjustment() -> Option<i16> {
    std::fs::read_to_string("/proc/self/oom_score_adj").ok()?.trim().parse().ok()
}

/// The I/O priority; `None`: none is set, so it follows the niceness.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "neither rustix nor the C library wraps it")]
fn io_priority() -> Option<u16> {
    const IOPRIO_WHO_PROCESS: libc::c_long = 1;
    const CLASS_SHIFT: u16 = 13;
    // SAFETY: the call changes nothing.
    let priority = unsafe { libc::syscall(libc::SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0_i64) };
    u16::try_from(priority).ok().filter(|priority| priority >> CLASS_SHIFT != 0)
}

/// The scheduling policy; `None`: the default.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "rustix does not wrap it")]
fn scheduling() -> Option<Scheduling> {
    let mut parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: 0 is this process, and the structure lives during the call.
    let (policy, read) =
        unsafe { (libc::sched_getscheduler(0), libc::sched_getparam(0, &raw mut parameters)) };
    let priority = if read == 0 { parameters.sched_priority } else { 0 };
    (policy > libc::SCHED_OTHER).then_some(Scheduling { policy, priority })
}

/// The execution domain; `None`: the default.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "rustix does not wrap it")]
fn personality() -> Option<u32> {
    const QUERY: libc::c_ulong = 0xffff_ffff;
    // SAFETY: this argument asks for the current value and changes nothing.
    u32::try_from(unsafe { libc::personality(QUERY) }).ok().filter(|domain| *domain != 0)
}

#[cfg(target_os = "linux")]
fn no_new_privileges() -> bool {
    rustix::thread::no_new_privs().unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
fn cpus() -> Option<CpuList> {
    None
}

#[cfg(not(target_os = "linux"))]
fn oom_score_adjustment() -> Option<i16> {
    None
}

#[cfg(not(target_os = "linux"))]
fn io_priority() -> Option<u16> {
    None
}

#[cfg(not(target_os = "linux"))]
fn scheduling() -> Option<Scheduling> {
    None
}

#[cfg(not(target_os = "linux"))]
fn personality() -> Option<u32> {
    None
}

#[cfg(not(target_os = "linux"))]
fn no_new_privileges() -> bool {
    false
}
