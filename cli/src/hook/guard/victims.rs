//! [`KillCommand`]: what a command such as `pkill` would end, and [`KillCommand::hits`], the managed
//! processes among it.

use regex::Regex;

use crate::hook::machine::TreeMember;
use crate::hook::managed::ManagedProcess;

/// A command that ends processes.
#[derive(Debug)]
pub(super) struct KillCommand {
    /// The command as typed.
    pub(super) line: String,
    pub(super) victims: Vec<Victims>,
}

/// A set of processes of the operating system.
#[derive(Clone, Debug)]
pub(super) enum Victims {
    Pid(u32),
    Group(u32),
    /// All processes of the user.
    All,
    /// Those with a name or command line that all these patterns match.
    Named(Vec<NamePattern>),
    /// Those that use this port.
    Port(u16),
}

/// A pattern of names or command lines.
#[derive(Clone, Debug)]
pub(super) struct NamePattern {
    pub(super) pattern: Regex,
    /// Whether it is compared with the command line instead of the name.
    pub(super) full: bool,
}

impl NamePattern {
    /// A pattern as `pgrep` takes it. `None` if it is not one of this engine's syntax.
    pub(super) fn new(text: &str, full: bool, exact: bool, ignore_case: bool) -> Option<Self> {
        let case = if ignore_case { "(?i)" } else { "" };
        let text = if exact { format!("{case}^(?:{text})$") } else { format!("{case}{text}") };
        Some(Self { pattern: Regex::new(&text).ok()?, full })
    }

    /// Exactly this name.
    pub(super) fn exactly(name: &str, ignore_case: bool) -> Option<Self> {
        Self::new(&regex::escape(name), false, true, ignore_case)
    }

    fn matches(&self, member: &TreeMember) -> bool {
        if self.full {
            return self.pattern.is_match(&member.command_line);
        }
        member.names.iter().any(|name| self.pattern.is_match(name))
    }
}

impl KillCommand {
    /// The managed processes that have a member that this command would end.
    pub(super) fn hits<'a>(&self, managed: &'a [ManagedProcess]) -> Vec<&'a ManagedProcess> {
        let is_hit =
            |process: &&ManagedProcess| self.victims.iter().any(|victims| victims.include(process));
        managed.iter().filter(is_hit).collect()
    }
}

impl Victims {
    fn include(&self, process: &ManagedProcess) -> bool {
        let members = &process.members;
        match self {
            Self::Pid(pid) => members.iter().any(|member| member.pid == *pid),
            Self::Group(group) => members.iter().any(|member| member.group == *group),
            Self::All => true,
            Self::Named(patterns) => {
                members.iter().any(|member| patterns.iter().all(|pattern| pattern.matches(member)))
            }
            Self::Port(port) => process.ports.contains(port),
        }
    }
}
