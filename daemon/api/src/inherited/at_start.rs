//! [`record`] keeps what Rust's runtime changes before `main`: the runtime ignores SIGPIPE, and
//! opens `/dev/null` where descriptor 0, 1 or 2 is closed. A program calls it from an initializer.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use super::SignalSet;

static IGNORED: AtomicU64 = AtomicU64::new(0);
static BLOCKED: AtomicU64 = AtomicU64::new(0);
/// Bit n: descriptor n was closed.
static CLOSED: AtomicU8 = AtomicU8::new(0);

/// Records the ignored and blocked signals and the closed standard descriptors of this process.
/// Calls functions of the kernel only, so it may run before the runtime is initialized.
pub extern "C" fn record() {
    IGNORED.store(ignored_now().bits(), Ordering::Relaxed);
    BLOCKED.store(blocked_now().bits(), Ordering::Relaxed);
    let closed = (0..3_u8).filter(|fd| is_closed(i32::from(*fd)));
    CLOSED.store(closed.fold(0, |bits, fd| bits | 1 << fd), Ordering::Relaxed);
}

/// The signals that this process ignored when it was started.
pub fn ignored_signals() -> SignalSet {
    SignalSet::from_bits(IGNORED.load(Ordering::Relaxed))
}

/// The signals that were blocked when this process was started.
pub fn blocked_signals() -> SignalSet {
    SignalSet::from_bits(BLOCKED.load(Ordering::Relaxed))
}

/// Which of the descriptors 0, 1 and 2 were closed when this process was started.
pub fn closed_descriptors() -> Vec<u8> {
    let closed = CLOSED.load(Ordering::Relaxed);
    (0..3).filter(|fd| closed & 1 << fd != 0).collect()
}

#[expect(unsafe_code, reason = "the descriptor may be closed, so nothing owns it")]
fn is_closed(fd: i32) -> bool {
    // SAFETY: F_GETFD changes nothing.
    unsafe { libc::fcntl(fd, libc::F_GETFD) == -1 }
}

/// The kernel's own view: the C library hides the signals that it uses itself, 32 and 33.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "rustix has no stable interface for signal actions")]
fn ignored_now() -> SignalSet {
    let mut bits = 0;
    for signal in 1..=SignalSet::MAX {
        // The kernel's `struct sigaction` starts with the handler and has at most 32 bytes.
        let mut action = [0_usize; 8];
        let none = std::ptr::null::<usize>();
        // SAFETY: the kernel writes at most the size of its structure, which is smaller.
        let result = unsafe {
            let signal = libc::c_long::from(signal);
            libc::syscall(libc::SYS_rt_sigaction, signal, none, action.as_mut_ptr(), 8_usize)
        };
        if result == 0 && action[0] == libc::SIG_IGN {
            bits |= 1 << (signal - 1);
        }
    }
    SignalSet::from_bits(bits)
}

#[cfg(not(target_os = "linux"))]
#[expect(unsafe_code, reason = "rustix has no stable interface for signal actions")]
fn ignored_now() -> SignalSet {
    let mut bits = 0;
    for signal in 1..32 {
        // SAFETY: without a new action the call only fills the structure.
        let is_ignored = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, std::ptr::null(), &raw mut action) == 0
                && action.sa_sigaction == libc::SIG_IGN
        };
        if is_ignored {
            bits |= 1 << (signal - 1);
        }
    }
    SignalSet::from_bits(bits)
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "rustix has no stable interface for signal masks")]
fn blocked_now() -> SignalSet {
    let mut blocked = 0_u64;
    let none = std::ptr::null::<u64>();
    // SAFETY: without a new mask the call only writes the current one, of 8 bytes.
    unsafe {
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_BLOCK, none, &raw mut blocked, 8_usize);
    }
    SignalSet::from_bits(blocked)
}

#[cfg(not(target_os = "linux"))]
#[expect(unsafe_code, reason = "rustix has no stable interface for signal masks")]
fn blocked_now() -> SignalSet {
    let mut bits = 0;
    // SAFETY: without a new mask the call only writes the current one.
    unsafe {
        let mut blocked: libc::sigset_t = std::mem::zeroed();
        libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), &raw mut blocked);
        for signal in 1..32 {
            if libc::sigismember(&raw const blocked, signal) == 1 {
                bits |= 1 << (signal - 1);
            }
        }
    }
    SignalSet::from_bits(bits)
}
