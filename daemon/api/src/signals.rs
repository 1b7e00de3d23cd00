//! Names of signals, as `kill -l` lists them.

use rustix::process::Signal;

const NAMES: [(Signal, &str); 29] = [
    (Signal::HUP, "SIGHUP"),
    (Signal::INT, "SIGINT"),
    (Signal::QUIT, "SIGQUIT"),
    (Signal::ILL, "SIGILL"),
    (Signal::TRAP, "SIGTRAP"),
    (Signal::ABORT, "SIGABRT"),
    (Signal::BUS, "SIGBUS"),
    (Signal::FPE, "SIGFPE"),
    (Signal::KILL, "SIGKILL"),
    (Signal::USR1, "SIGUSR1"),
    (Signal::SEGV, "SIGSEGV"),
    (Signal::USR2, "SIGUSR2"),
    (Signal::PIPE, "SIGPIPE"),
    (Signal::ALARM, "SIGALRM"),
    (Signal::TERM, "SIGTERM"),
    (Signal::CHILD, "SIGCHLD"),
    (Signal::CONT, "SIGCONT"),
    (Signal::STOP, "SIGSTOP"),
    (Signal::TSTP, "SIGTSTP"),
    (Signal::TTIN, "SIGTTIN"),
    (Signal::TTOU, "SIGTTOU"),
    (Signal::URG, "SIGURG"),
    (Signal::XCPU, "SIGXCPU"),
    (Signal::XFSZ, "SIGXFSZ"),
    (Signal::VTALARM, "SIGVTALRM"),
    (Signal::PROF, "SIGPROF"),
    (Signal::WINCH, "SIGWINCH"),
    (Signal::IO, "SIGIO"),
    (Signal::SYS, "SIGSYS"),
];

/// The name of a signal: `SIGTERM`. `None` for numbers without one, such as real-time signals.
pub fn name(number: i32) -> Option<&'static str> {
    let found = NAMES.iter().find(|(signal, _)| signal.as_raw() == number);
    found.map(|(_, name)| *name)
}

/// Whether a signal has this name: `SIGTERM`.
pub fn is_name(text: &str) -> bool {
    NAMES.iter().any(|(_, name)| *name == text)
}

/// The name of a signal, or `signal 34`.
pub fn name_or_number(number: i32) -> String {
    name(number).map_or_else(|| format!("signal {number}"), str::to_owned)
}
