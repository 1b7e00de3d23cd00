//! [`Machine`]: the processes of the operating system and their parents, read once. It finds the tree of
//! a managed process, as `pkill` would see it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// `/proc/<pid>/stat` is one line of some 200 bytes.
const MAX_STAT_BYTES: usize = 1024;

/// A process of the operating system that belongs to the tree of a managed process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreeMember {
    pub(crate) pid: u32,
    /// The process group.
    pub(crate) group: u32,
    /// The name that `ps` shows and the file name of the program.
    pub(crate) names: Vec<String>,
    pub(crate) command_line: String,
}

/// All processes, with the PID of the parent of each.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    members: HashMap<u32, TreeMember>,
    children: HashMap<u32, Vec<u32>>,
    parents: HashMap<u32, u32>,
}

impl Machine {
    /// Reads `/proc`, or asks `ps` where there is none.
    pub(crate) fn read() -> Self {
        if Path::new("/proc/self/stat").exists() { Self::from_proc() } else { Self::from_ps() }
    }

    fn from_proc() -> Self {
        let mut machine = Self::default();
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        for entry in entries {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            if let Some((parent, member)) = from_stat(pid, &entry.path()) {
                machine.add(parent, member);
            }
        }
        machine
    }

    fn from_ps() -> Self {
        let mut machine = Self::default();
        let mut command = Command::new("ps");
        command.args(["-axo", "pid=,ppid=,pgid=,command="]).stdin(Stdio::null());
        let Ok(output) = command.stderr(Stdio::null()).output() else { return machine };
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            if let Some((parent, member)) = from_ps_line(line) {
                machine.add(parent, member);
            }
        }
        machine
    }

    fn add(&mut self, parent: u32, member: TreeMember) {
        self.children.entry(parent).or_default().push(member.pid);
        self.parents.insert(member.pid, parent);
        self.members.insert(member.pid, member);
    }

    /// The leader of a run and all its descendants. Those whose parent has exited are children of the
    /// shim.
    pub(crate) fn tree_of(&self, leader: u32) -> Vec<TreeMember> {
        let mut open = vec![leader];
        if let Some(shim) = self.parents.get(&leader).filter(|parent| self.is_shim(**parent)) {
            open.extend(
                self.children.get(shim).into_iter().flatten().filter(|pid| **pid != leader),
            );
        }
        let mut tree = Vec::new();
        while let Some(pid) = open.pop() {
            tree.extend(self.member(pid));
            open.extend(self.children.get(&pid).into_iter().flatten());
        }
        tree
    }

    /// A process with its command line, which is read only for the few that matter.
    fn member(&self, pid: u32) -> Option<TreeMember> {
        let member = self.members.get(&pid)?.clone();
        Some(if member.command_line.is_empty() { with_command_line(member) } else { member })
    }

    fn is_shim(&self, pid: u32) -> bool {
        let member = self.member(pid);
        member.is_some_and(|member| member.command_line.split(' ').nth(1) == Some("shim"))
    }
}

/// Reads `/proc/<pid>/stat`: the parent's PID, and the process without its command line.
fn from_stat(pid: u32, folder: &Path) -> Option<(u32, TreeMember)> {
    let mut buffer = [0; MAX_STAT_BYTES];
    let length = File::open(folder.join("stat")).ok()?.read(&mut buffer).ok()?;
    let stat = String::from_utf8_lossy(&buffer[..length]);
    // The name is in parentheses and may contain others.
    let (before, after) = stat.rsplit_once(')')?;
    let name = before.split_once('(')?.1.to_owned();
    let mut fields = after.split_ascii_whitespace().skip(1);
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some((parent, TreeMember { pid, group, names: vec![name], command_line: String::new() }))
}

/// Adds the command line, and the file name of the program.
fn with_command_line(mut member: TreeMember) -> TreeMember {
    let Ok(words) = fs::read(format!("/proc/{}/cmdline", member.pid)) else { return member };
    let words = String::from_utf8_lossy(&words);
    member.command_line = words.trim_end_matches('\0').replace('\0', " ");
    let program = words.split('\0').next().and_then(|program| program.rsplit('/').next());
    member.names.extend(program.map(str::to_owned));
    member
}

fn from_ps_line(line: &str) -> Option<(u32, TreeMember)> {
    let (pid, rest) = number(line)?;
    let (parent, rest) = number(rest)?;
    let (group, rest) = number(rest)?;
    let command_line = rest.trim_start().to_owned();
    let program = command_line.split(' ').next()?;
    let name = program.rsplit('/').next()?.to_owned();
    Some((parent, TreeMember { pid, group, names: vec![name], command_line }))
}

/// The number at the start of the text, and the rest.
fn number(text: &str) -> Option<(u32, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_the_children_of_the_shim_but_not_the_shim() {
        let mut machine = Machine::default();
        for line in [
            "  10     1    10 /usr/bin/persistproc shim /d/web",
            "  11    10    11 npm run dev",
            "  12    11    11 /usr/bin/node vite.js",
            "  13    10    11 /opt/esbuild --service",
            "  20     1    20 npm run dev",
        ] {
            let (parent, member) = from_ps_line(line).unwrap();
            machine.add(parent, member);
        }
        let mut pids: Vec<u32> = machine.tree_of(11).iter().map(|member| member.pid).collect();
        pids.sort_unstable();
        assert_eq!(pids, [11, 12, 13]);
        assert_eq!(machine.tree_of(20).len(), 1);
        assert_eq!(machine.members[&12].names, ["node"]);
    }

    #[test]
    fn this_process_is_found() {
        let machine = Machine::read();
        let own = machine.tree_of(std::process::id());
        assert!(own[0].command_line.contains("persistproc"), "{own:?}");
    }
}
