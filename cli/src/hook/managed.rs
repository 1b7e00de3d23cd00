//! [`ManagedProcess`]: what the guard needs to know about a running process: its name, the members of
//! its tree, its ports.

use std::path::PathBuf;

use persistproc_api::Process;

use super::machine::{Machine, TreeMember};

/// A process of persistproc that is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ManagedProcess {
    /// The label, or the id.
    pub(crate) name: String,
    pub(crate) members: Vec<TreeMember>,
    pub(crate) ports: Vec<u16>,
}

impl ManagedProcess {
    pub(crate) fn new(process: &Process, machine: &Machine) -> Self {
        let facts = process.facts.as_deref();
        let members = process.status.pid().map(|pid| machine.tree_of(pid)).unwrap_or_default();
        Self {
            name: process.name().to_owned(),
            members: if members.is_empty() { leader(process) } else { members },
            ports: facts.map(|facts| facts.ports.clone()).unwrap_or_default(),
        }
    }
}

/// The leader as its record describes it.
fn leader(process: &Process) -> Vec<TreeMember> {
    let Some(pid) = process.status.pid() else { return Vec::new() };
    let program = process.command.first().map(PathBuf::from).unwrap_or_default();
    let name = program.file_name().map(|name| name.to_string_lossy().into_owned());
    let command_line = process.command.join(" ");
    vec![TreeMember { pid, group: pid, names: name.into_iter().collect(), command_line }]
}
