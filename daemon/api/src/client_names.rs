//! The names that this project's own clients give themselves in `started_by`, and which of them mean
//! that a person typed the command.

/// The command line.
pub const CLI: &str = "cli";

/// The Nushell plugin.
pub const NUSHELL: &str = "nushell";

/// Whether a person typed the command: the shells of agents give the agent's name.
pub fn is_person(name: &str) -> bool {
    [CLI, NUSHELL].contains(&name)
}
