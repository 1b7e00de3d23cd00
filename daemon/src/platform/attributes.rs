//! The attributes of this process that a child inherits: set one by one in a forked child, or
//! reset all at once by a daemon, which gets them from the client that happens to start it.
//!
//! The functions that a forked child calls are async-signal-safe: they make system calls, allocate
//! nothing and take no lock.

use persistproc_api::inherited::{Scheduling, SignalSet};

/// Gives the daemon the attributes of a clean login as far as it may: default signal actions, no
/// blocked signals, umask 022, all CPUs, normal priorities. What it may not change stays.
pub fn reset() {
    let ignored = if cfg!(target_os = "linux") { SIGPIPE_ONLY } else { SignalSet::default() };
    set_signals(ignored, SignalSet::default());
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    // A niceness below zero is kept: without privileges it could not be regained for a child.
    if rustix::process::getpriority_process(None).is_ok_and(|niceness| niceness > 0) {
        rustix::process::setpriority_process(None, 0).ok();
    }
    #[cfg(target_os = "linux")]
    {
        set_io_priority(0);
        // Fails where the policy was the one for idle times, and a priority would be gained.
        set_scheduling(Scheduling { policy: libc::SCHED_OTHER, priority: 0 });
        set_personality(0);
        let mut all = rustix::thread::CpuSet::new();
        (0..rustix::thread::CpuSet::MAX_CPU).for_each(|cpu| all.set(cpu));
        rustix::thread::sched_setaffinity(None, &all).ok();
        // Fails where the value would have to be lowered.
        std::fs::write("/proc/self/oom_score_adj", "0").ok();
    }
}

/// Rust's runtime ignores SIGPIPE, so that a write to a closed socket is an error.
const SIGPIPE_ONLY: SignalSet = SignalSet::from_bits(1 << 12);

/// Ignores these signals, gives all others their default actions, and blocks the signals in
/// `blocked`.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "rustix has no stable interface for signal actions and masks")]
pub fn set_signals(ignored: SignalSet, blocked: SignalSet) {
    for signal in 1..=SignalSet::MAX {
        // The kernel's `struct sigaction` starts with the handler; no flags and an empty mask
        // follow. The C library would refuse signals 32 and 33, which it uses itself.
        let mut action = [0_usize; 8];
        action[0] = if ignored.contains(signal) { libc::SIG_IGN } else { libc::SIG_DFL };
        let none = std::ptr::null_mut::<usize>();
        // SAFETY: the kernel reads its structure, which is smaller than the array. Neither action
        // has a handler. Fails for SIGKILL and SIGSTOP, which have no other action.
        unsafe {
            let signal = libc::c_long::from(signal);
            libc::syscall(libc::SYS_rt_sigaction, signal, action.as_ptr(), none, 8_usize);
        }
    }
    let mask = blocked.bits();
    let none = std::ptr::null_mut::<u64>();
    // SAFETY: the kernel reads a mask of 8 bytes.
    unsafe {
        let how = libc::c_long::from(libc::SIG_SETMASK);
        libc::syscall(libc::SYS_rt_sigprocmask, how, &raw const mask, none, 8_usize);
    }
}

/// Ignores these signals, gives all others their default actions, and blocks the signals in
/// `blocked`.
#[cfg(not(target_os = "linux"))]
#[expect(unsafe_code, reason = "rustix has no stable interface for signal actions and masks")]
pub fn set_signals(ignored: SignalSet, blocked: SignalSet) {
    // SAFETY: neither action has a handler, and the mask is initialized by `sigemptyset`.
    unsafe {
        let mut mask: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut mask);
        for signal in 1..32_u8 {
            let action = if ignored.contains(signal) { libc::SIG_IGN } else { libc::SIG_DFL };
            libc::signal(signal.into(), action);
            if blocked.contains(signal) {
                libc::sigaddset(&raw mut mask, signal.into());
            }
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, std::ptr::null_mut());
    }
}

/// Sets the I/O priority; 0: it follows the niceness.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "neither rustix nor the C library wraps it")]
pub fn set_io_priority(priority: u16) {
    const IOPRIO_WHO_PROCESS: libc::c_long = 1;
    let priority = libc::c_long::from(priority);
    // SAFETY: the arguments are numbers. Fails for a class that needs privileges.
    unsafe {
        libc::syscall(libc::SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0_i64, priority);
    }
}

/// Sets the scheduling policy. Fails for a policy or a priority that needs privileges.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "rustix does not wrap it")]
pub fn set_scheduling(scheduling: Scheduling) {
    let parameters = libc::sched_param { sched_priority: scheduling.priority };
    // SAFETY: 0 is this process, and the kernel reads the structure.
    unsafe {
        libc::sched_setscheduler(0, scheduling.policy, &raw const parameters);
    }
}

/// Sets the execution domain; 0 is the default.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "rustix does not wrap it")]
pub fn set_personality(domain: u32) {
    // SAFETY: the argument is a number. An unknown domain is an error.
    unsafe {
        libc::personality(domain.into());
    }
}
