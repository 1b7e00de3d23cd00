//! `/proc/<pid>/stat`: the kernel's one-line description of a process (Linux).

use std::fs::File;
use std::io::Read;
use std::str::FromStr;

/// Indexes of the fields after the name, in the order of `proc_pid_stat(5)`.
const STATE: usize = 0;
const PARENT: usize = 1;
const GROUP: usize = 2;
const SESSION: usize = 3;
const USER_TICKS: usize = 11;
const SYSTEM_TICKS: usize = 12;
const THREADS: usize = 17;
const START_TIME: usize = 19;
const RESIDENT_PAGES: usize = 21;
const CODE_START: usize = 23;
const ENVIRONMENT_START: usize = 47;
const ENVIRONMENT_END: usize = 48;
const EXIT_CODE: usize = 49;

/// Longer than any line: a name of 64 bytes and some fifty numbers.
const MAX_LINE_BYTES: usize = 2048;

/// Reads the line, with a single read. `None` if the process doesn't exist or is hidden from this user.
pub(super) fn read(pid: u32) -> Option<String> {
    let mut bytes = [0; MAX_LINE_BYTES];
    let length = File::open(format!("/proc/{pid}/stat")).ok()?.read(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
}

/// The fields after the name in the line `pid (name) state parent …`. They are split on demand: a
/// scan of all processes reads only the first twenty of some fifty fields.
pub(super) struct ProcStat<'a> {
    name: &'a str,
    fields: &'a str,
}

impl<'a> ProcStat<'a> {
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        // The name can contain spaces and parentheses, so it ends at the last parenthesis.
        let (begin, end) = (line.find('(')? + 1, line.rfind(')')?);
        Some(Self { name: line.get(begin..end)?, fields: line.get(end + 1..)? })
    }

    /// The name that the kernel gives it: at first that of its program, cut.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// Whether the process has exited and was not reaped yet.
    pub(super) fn is_zombie(&self) -> bool {
        self.field(STATE) == Some("Z")
    }

    /// Whether the process has exited, reaped or not.
    pub(super) fn has_exited(&self) -> bool {
        matches!(self.field(STATE), Some("Z" | "X"))
    }

    /// Whether a signal has stopped the process.
    pub(super) fn is_stopped(&self) -> bool {
        self.field(STATE) == Some("T")
    }

    pub(super) fn parent(&self) -> Option<u32> {
        self.number(PARENT)
    }

    /// Its process group.
    pub(super) fn group(&self) -> Option<u32> {
        self.number(GROUP)
    }

    /// Whether it uses a CPU, waits for one, or waits for the disk.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.field(STATE), Some("R" | "D"))
    }

    /// The id of its session.
    pub(super) fn session(&self) -> Option<u32> {
        self.number(SESSION)
    }

    /// How many threads it has.
    pub(super) fn threads(&self) -> Option<u32> {
        self.number(THREADS)
    }

    /// When it started, in clock ticks since boot.
    pub(super) fn start_time(&self) -> Option<u64> {
        self.number(START_TIME)
    }

    /// CPU time that it has used, in clock ticks.
    pub(super) fn cpu_ticks(&self) -> Option<u64> {
        let user: u64 = self.number(USER_TICKS)?;
        let system: u64 = self.number(SYSTEM_TICKS)?;
        Some(user + system)
    }

    /// Memory that it uses, in pages.
    pub(super) fn resident_pages(&self) -> Option<u64> {
        self.number(RESIDENT_PAGES)
    }

    /// Whether it has code and no variables. This user must be allowed to read its environment.
    pub(super) fn has_empty_environment(&self) -> bool {
        let address = |field| self.number::<u64>(field).unwrap_or_default();
        address(CODE_START) != 0 && address(ENVIRONMENT_START) == address(ENVIRONMENT_END)
    }

    /// Its wait status. Only meaningful for a zombie.
    pub(super) fn wait_status(&self) -> Option<i32> {
        self.number(EXIT_CODE)
    }

    fn number<T: FromStr>(&self, field: usize) -> Option<T> {
        self.field(field)?.parse().ok()
    }

    fn field(&self, index: usize) -> Option<&'a str> {
        self.fields.split_ascii_whitespace().nth(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_may_contain_parentheses() {
        let line = "7 (a) b) (S) S 3 7 6 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 4242 0 5";
        let stat = ProcStat::parse(line).unwrap();
        assert_eq!((stat.parent(), stat.start_time()), (Some(3), Some(4242)));
        assert_eq!((stat.name(), stat.threads()), ("a) b) (S", Some(1)));
        assert!(stat.group() == Some(7) && !stat.is_stopped());
        assert_eq!((stat.session(), stat.is_busy()), (Some(6), false));
        assert_eq!((stat.cpu_ticks(), stat.resident_pages()), (Some(3), Some(5)));
        assert!(!stat.has_exited());
        assert!(ProcStat::parse("7 (a) Z 3").unwrap().is_zombie());
    }

    #[test]
    fn a_malformed_line_has_no_fields() {
        assert!(ProcStat::parse("nonsense").is_none());
        assert_eq!(ProcStat::parse("7 (a) S").unwrap().parent(), None);
    }
}
