//! The names that this project's own clients give themselves in `started_by`, which of them mean that
//! a person typed the command, and how sentences call a client.

use crate::words::shown;

/// The command line.
pub const CLI: &str = "cli";

/// The Nushell plugin.
pub const NUSHELL: &str = "nushell";

/// The page in a browser.
pub const DASHBOARD: &str = "dashboard";

/// Whether a person made the request: the shells of agents give the agent's name.
pub fn is_person(name: &str) -> bool {
    [CLI, NUSHELL, DASHBOARD].contains(&name)
}

/// Where a person made the request.
fn place(name: &str) -> &'static str {
    match name {
        NUSHELL => "in Nushell",
        DASHBOARD => "in the dashboard",
        _ => "in a terminal",
    }
}

/// Who made a request, to follow a verb in a text for all readers: `by claude-code`, `in a terminal`.
pub fn by(name: &str) -> String {
    if is_person(name) { place(name).to_owned() } else { format!("by {}", shown(name)) }
}

/// The same in a text that the client `reader` prints: `by you, in a terminal`. In the shell of an
/// agent, "you" would be the agent.
pub fn by_for_reader(name: &str, reader: &str) -> String {
    if !is_person(name) {
        return by(name);
    }
    let person = if is_person(reader) { "you" } else { "a person" };
    format!("by {person}, {}", place(name))
}

/// The same as the subject of a sentence: `claude-code`, `You`.
pub fn subject_for_reader(name: &str, reader: &str) -> String {
    match (is_person(name), is_person(reader)) {
        (true, true) => "You".to_owned(),
        (true, false) => "A person".to_owned(),
        (false, _) => shown(name),
    }
}

/// `You` and `A person` within a sentence.
pub fn within_sentence(subject: String) -> String {
    match subject.as_str() {
        "You" => "you".to_owned(),
        "A person" => "a person".to_owned(),
        _ => subject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_called_you_and_only_to_a_person() {
        for (name, reader, by_whom, subject) in [
            (CLI, CLI, "by you, in a terminal", "You"),
            (NUSHELL, CLI, "by you, in Nushell", "You"),
            (CLI, "claude-code", "by a person, in a terminal", "A person"),
            ("claude-code", CLI, "by claude-code", "claude-code"),
            ("claude-code", "codex", "by claude-code", "claude-code"),
        ] {
            assert_eq!(by_for_reader(name, reader), by_whom);
            assert_eq!(subject_for_reader(name, reader), subject);
        }
        assert_eq!([CLI, NUSHELL, "codex"].map(by), ["in a terminal", "in Nushell", "by codex"]);
    }
}
