//! [`DeathSignal`]: ends this program by the signal that ended the process it stood for. A shell then
//! acts as if the process were its own child: Ctrl+C ends a loop or a script.

use rustix::process::{
    Resource, Rlimit, Signal, getpid, getrlimit, kill_current_process_group, setrlimit,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM};
use signal_hook::low_level::emulate_default_handler;

/// The signals that a terminal, a shell or another user sends. Others, such as SIGSEGV, report a
/// fault of the process; this program reports them by its exit code.
const SIGNALS: [i32; 5] = [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE];

/// What a shell adds to a signal's number to make an exit code of it.
const SIGNAL_CODE_BASE: u8 = 128;

/// A signal by which this program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeathSignal {
    signal: i32,
    /// The signal was a key. The terminal would have sent it to our whole process group, so that a
    /// script that runs this program ends too.
    was_key: bool,
}

impl DeathSignal {
    /// `None` for a signal that is reported by an exit code.
    pub(crate) fn new(signal: i32) -> Option<Self> {
        SIGNALS.contains(&signal).then_some(Self { signal, was_key: false })
    }

    /// From the exit code that a shell reports for such a death.
    pub(crate) fn from_shell_code(code: u8) -> Option<Self> {
        Self::new(code.checked_sub(SIGNAL_CODE_BASE)?.into())
    }

    /// Ctrl+C was pressed before. SIGINT is what that key sends.
    pub(crate) fn after_interrupt_key(self) -> Self {
        Self { was_key: self.signal == SIGINT, ..self }
    }

    /// The exit code that a shell reports.
    pub(crate) fn shell_code(self) -> u8 {
        u8::try_from(self.signal).map_or(1, |signal| SIGNAL_CODE_BASE + signal)
    }

    /// Ends this program, without a core file. Returns only as the first process of a container,
    /// which the kernel protects from signals.
    pub(crate) fn die(self) {
        if getpid().is_init() {
            return;
        }
        let core_limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
        // Lowering a limit is always permitted.
        setrlimit(Resource::Core, core_limit).ok();
        if self.was_key
            && let Some(signal) = Signal::from_named_raw(self.signal)
        {
            // Our own handler ignores it.
            kill_current_process_group(signal).ok();
        }
        // Fails only for an unknown signal.
        emulate_default_handler(self.signal).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_signals_that_users_send_end_this_program() {
        for signal in SIGNALS {
            let death = DeathSignal::new(signal).unwrap();
            assert_eq!(DeathSignal::from_shell_code(death.shell_code()), Some(death));
        }
        assert_eq!(DeathSignal::new(9), None);
        assert_eq!(DeathSignal::new(11), None);
        for code in [0, 1, 127, 137] {
            assert_eq!(DeathSignal::from_shell_code(code), None);
        }
    }
}
