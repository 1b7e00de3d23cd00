//! [`sandbox`] tells whether this process runs inside a sandbox: in what it is more confined than
//! the first process of its machine or container.

use std::fs;

use super::own::ProcStatus;

/// In what this process is more confined than the first process; empty: in nothing.
pub fn sandbox() -> Vec<String> {
    let own = ProcStatus::of("self");
    let first = ProcStatus::of("1");
    let mut found = Vec::new();
    if own.seccomp_filters() > first.seccomp_filters() {
        found.push("a seccomp filter".to_owned());
    }
    if own.no_new_privileges() && !first.no_new_privileges() {
        found.push("no new privileges".to_owned());
    }
    if uid_map("self") != uid_map("1") {
        found.push("a user namespace".to_owned());
    }
    // The first process of a PID namespace that bubblewrap has created.
    if first.field("Name") == "bwrap" {
        found.push("a PID namespace of bubblewrap".to_owned());
    }
    found
}

/// Which users of the machine the users of a process are.
fn uid_map(process: &str) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/uid_map")).ok()?;
    Some(text.split_whitespace().map(str::to_owned).collect())
}
