//! [`RunTree`]: the processes that belong to a run. It sends no signals.
//!
//! They are the child, its descendants, and their descendants. The tree has a border: daemons,
//! shims and what is below them belong to no tree, even if a process of the run has started them
//! and even if they carry the variable of the run. A process that carries the variable of another
//! run belongs to that run: it may have become a child of this run's shim, which is a subreaper,
//! when a daemon below this shim has exited.
//!
//! Platforms without `/proc` have no process list: there every tree is empty, and a stop reaches
//! only the child's process group.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use persistproc_api::record::Identity;

use super::own_program;
use super::process_list::ProcessList;
use super::tree::{self, LivingProcess};
use super::usage::{self, Usage};

/// The environment variable of a child that holds the path of its run folder. Descendants inherit
/// it, so they are found even after their parents and their shim are gone.
pub const RUN_VARIABLE: &str = "PERSISTPROC_RUN";

/// The environment variable of a child that holds the id of its process.
pub const ID_VARIABLE: &str = "PERSISTPROC_ID";

/// A living process of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub pid: u32,
    pub parent: u32,
    /// The id of its session.
    pub session: u32,
    /// It uses a CPU, waits for one, or waits for the disk.
    pub is_busy: bool,
}

/// A living process of a run and what it uses.
#[derive(Clone, Debug)]
pub struct SampledMember {
    pub identity: Identity,
    /// The name that the kernel gives it.
    name: String,
    pub usage: Usage,
}

impl SampledMember {
    /// Whether this is the same process and has not executed another program.
    pub fn is_same_program(&self, other: &Self) -> bool {
        self.identity == other.identity && self.name == other.name
    }
}

/// Which run a process belongs to, as far as the process and its ancestors tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunMark {
    /// The nearest one of them that carries the variable of a run carries this.
    Variable(Vec<u8>),
    /// The nearest one is this daemon or shim.
    OwnProgram(u32),
}

impl RunMark {
    /// The mark of a process. Costs as much as it has ancestors.
    pub fn of(pid: u32) -> Option<Self> {
        let ancestors = std::iter::successors(Some(pid), |pid| tree::parent(*pid));
        ancestors.take(MAX_ANCESTORS).find_map(|pid| {
            if own_program::is_daemon_or_shim(pid) {
                return Some(Self::OwnProgram(pid));
            }
            run_variable_of(pid).map(Self::Variable)
        })
    }
}

/// The most ancestors that are looked at. The list of parents can change during the walk, and without a
/// bound a cycle in it would not end.
const MAX_ANCESTORS: usize = 1000;

/// The tree of one run.
#[derive(Clone, Debug)]
pub struct RunTree {
    /// The run's variable as it stands in an environment: `name=value`.
    variable: Vec<u8>,
    child: Option<Identity>,
}

impl RunTree {
    /// The tree of the run with this folder and child.
    pub fn new(run: &Path, child: Option<Identity>) -> Self {
        let variable = [RUN_VARIABLE.as_bytes(), b"=", run.as_os_str().as_bytes()].concat();
        Self { variable, child }
    }

    /// The members below the shim of the run.
    pub fn below(&self, shim: u32) -> Vec<Member> {
        let processes = ProcessList::with_children_of(shim);
        self.collect(processes.children_of(shim), &processes)
    }

    /// The pids of the members below the shim. Costs as much as the tree has processes, where
    /// [`Self::below`] reads the list of all. It may miss one that is being started or moved. `None`
    /// if the kernel has no such list, or if the child is not below the shim.
    pub fn pids_below(&self, shim: u32) -> Option<Vec<u32>> {
        let mut queue = tree::children(shim)?;
        let is_alive = self.child.is_some_and(tree::is_alive);
        let mut pids = Vec::new();
        while let Some(pid) = queue.pop() {
            if !self.is_beyond_border(pid) {
                pids.push(pid);
                // A process that has exited has no children.
                queue.extend(tree::children(pid).unwrap_or_default());
            }
        }
        pids.sort_unstable();
        let is_complete = !is_alive || self.child.is_some_and(|child| pids.contains(&child.pid));
        is_complete.then_some(pids)
    }

    /// The members below the shim with their usage, read with few calls. `known` are those of an
    /// earlier sample: what lies within the border is looked up once for each program of a process.
    /// It may miss a process that is being started or moved. `None` as for [`Self::pids_below`].
    pub fn sample_below(
        &self,
        shim: Identity,
        known: &[SampledMember],
    ) -> Option<Vec<SampledMember>> {
        let shim = usage::sample(shim.pid).filter(|sample| sample.identity == shim)?;
        let mut queue = shim.children;
        let mut members = Vec::new();
        while let Some(pid) = queue.pop() {
            let Some(process) = usage::sample(pid) else { continue };
            let member = SampledMember {
                identity: process.identity,
                name: process.name,
                usage: process.usage,
            };
            let is_known = known.iter().any(|known| known.is_same_program(&member));
            if is_known || !self.is_beyond_border(pid) {
                members.push(member);
                queue.extend(process.children);
            }
        }
        members.sort_unstable_by_key(|member| member.identity.pid);
        let is_complete = self.child.is_none_or(|child| {
            members.iter().any(|own| own.identity == child) || !tree::is_alive(child)
        });
        is_complete.then_some(members)
    }

    /// The members of a run whose shim was killed: the child, every process that carries the run's
    /// variable, and all their descendants. There is no list of orphans then, so a list of processes
    /// without any is read again.
    pub fn carrying_variable(&self) -> Vec<Member> {
        let members = self.carrying_variable_in(&ProcessList::read());
        if members.is_empty() { self.carrying_variable_in(&ProcessList::read()) } else { members }
    }

    fn carrying_variable_in(&self, processes: &ProcessList) -> Vec<Member> {
        let own_pid = std::process::id();
        let child = self.child.filter(|child| tree::is_alive(*child)).map(|child| child.pid);
        let mut roots: Vec<u32> = processes
            .iter()
            .filter(|(pid, process)| {
                *pid != own_pid && self.may_belong(process) && self.marks(*pid)
            })
            .map(|(pid, _)| pid)
            .collect();
        roots.extend(child);
        self.collect(roots, processes)
    }

    /// Whether the child has not exited.
    pub fn is_child_alive(&self) -> bool {
        self.child.is_some_and(tree::is_alive)
    }

    /// Whether a process was started with the run's variable. `false` if its environment may not
    /// be read: then it belongs to another user.
    pub fn marks(&self, pid: u32) -> bool {
        run_variable_of(pid).is_some_and(|variable| variable == self.variable)
    }

    /// Whether a process with this mark belongs to the run with this shim.
    pub fn has_mark(&self, mark: &RunMark, shim: Option<Identity>) -> bool {
        match mark {
            RunMark::Variable(variable) => *variable == self.variable,
            // A run can have a daemon as its child.
            RunMark::OwnProgram(pid) => {
                [shim, self.child].into_iter().flatten().any(|own| own.pid == *pid)
            }
        }
    }

    /// A process that is older than the child can carry the same variable: that of an earlier run
    /// with the same folder, which was deleted.
    fn may_belong(&self, process: &LivingProcess) -> bool {
        self.child.is_none_or(|child| process.started >= child.started)
    }

    /// These processes and their descendants, up to the border.
    fn collect(&self, mut queue: Vec<u32>, processes: &ProcessList) -> Vec<Member> {
        let children = processes.by_parent();
        let mut seen = BTreeSet::new();
        let mut members = Vec::new();
        while let Some(pid) = queue.pop() {
            if !seen.insert(pid) || self.is_beyond_border(pid) {
                continue;
            }
            let Some(LivingProcess { parent, session, is_busy, .. }) = processes.get(pid) else {
                continue;
            };
            members.push(Member { pid, parent: *parent, session: *session, is_busy: *is_busy });
            queue.extend(children.get(&pid).into_iter().flatten());
        }
        members.sort_unstable_by_key(|member| member.pid);
        members
    }

    /// Whether a process belongs to no run or to another one. The child itself always belongs to
    /// its run: `pp persistproc serve` is a process like any other.
    fn is_beyond_border(&self, pid: u32) -> bool {
        if self.child.is_some_and(|child| child.pid == pid) {
            return false;
        }
        let is_of_other_run =
            run_variable_of(pid).is_some_and(|variable| variable != self.variable);
        is_of_other_run || own_program::is_daemon_or_shim(pid)
    }
}

/// The run's variable in the environment that a process was started with, as `name=value`.
fn run_variable_of(pid: u32) -> Option<Vec<u8>> {
    let environment = tree::environment(pid)?;
    let prefix = [RUN_VARIABLE.as_bytes(), b"="].concat();
    // A program receives the first variable of a name.
    let variable = environment.split(|byte| *byte == 0).find(|entry| entry.starts_with(&prefix))?;
    Some(variable.to_vec())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::io::Read;
    use std::process::{Child, Command, Stdio};

    use super::*;
    use crate::platform::reap::{self, Reaped};

    /// A shell that prints its pid and waits until it is killed.
    fn shell(script: &str, run: Option<&str>) -> Child {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped()).env_remove(RUN_VARIABLE);
        command.envs(run.map(|run| (RUN_VARIABLE, run)));
        let mut child = command.spawn().unwrap();
        // The shell has started its background jobs when it prints.
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        child
    }

    fn end(mut child: Child, members: &[Member]) {
        child.kill().unwrap();
        child.wait().unwrap();
        for member in members {
            let pid = rustix::process::Pid::from_raw(member.pid as i32).unwrap();
            // The shell itself is gone already.
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).ok();
        }
    }

    #[test]
    fn descendants_belong_to_the_run_and_those_of_another_run_do_not() {
        let tree = |child: &Child| RunTree::new(Path::new("/r/1"), tree::identity(child.id()));
        let child = shell("sleep 1000 & PERSISTPROC_RUN=/r/2 sleep 1000 & echo; wait", None);
        let below = || tree(&child).below(std::process::id());
        let is_complete = |members: &[Member]| {
            members.iter().filter(|member| member.parent == child.id()).count() == 1
        };
        // The variable is there once the `sleep` of the other run was executed.
        while !is_complete(&below()) {
            std::thread::yield_now();
        }
        let members = below();
        assert!(members.iter().any(|member| member.pid == child.id()));
        let all = ProcessList::read().children_of(child.id());
        end(child, &members);
        for pid in all {
            let pid = rustix::process::Pid::from_raw(pid as i32).unwrap();
            // One of them is gone already.
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).ok();
        }
    }

    /// A server that puts itself in the background does this twice.
    #[test]
    fn a_process_that_starts_the_next_and_exits_is_found_at_every_moment() {
        reap::become_subreaper();
        let script = "sh -c \"$SCRIPT\" & exit";
        let mut first = Command::new("sh");
        first.args(["-c", script]).env("SCRIPT", script).env(RUN_VARIABLE, "/r/chain");
        let mut first = first.spawn().unwrap();
        let tree = RunTree::new(Path::new("/r/chain"), None);
        let mut missed = 0;
        for _ in 0..500 {
            missed += usize::from(tree.below(std::process::id()).is_empty());
            while let Reaped::Exited { .. } = reap::reap_child() {}
        }
        first.try_wait().ok();
        while let Some(member) = tree.below(std::process::id()).first() {
            let pid = rustix::process::Pid::from_raw(member.pid as i32).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).ok();
            reap::reap_child();
        }
        assert_eq!(missed, 0);
    }

    /// The kernel shows no environment while a process executes a program.
    #[test]
    fn a_process_that_executes_program_after_program_is_marked_at_every_moment() {
        let script = "echo; exec sh -c \"$SCRIPT\" 2> /dev/null > /dev/null";
        let mut command = Command::new("sh");
        command.args(["-c", script]).env("SCRIPT", script).env(RUN_VARIABLE, "/r/loop");
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        let tree = RunTree::new(Path::new("/r/loop"), None);
        while !tree.marks(child.id()) {
            std::thread::yield_now();
        }
        let unmarked = (0..5000).filter(|_| !tree.marks(child.id())).count();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(unmarked, 0);
    }

    #[test]
    fn a_run_is_found_by_its_variable_but_not_in_older_processes() {
        let child = shell("sleep 1000 & echo; wait", Some("/r/own"));
        let run = Path::new("/r/own");
        let found = RunTree::new(run, None).carrying_variable();
        assert_eq!(found.len(), 2, "{found:?}");
        let mut later = tree::identity(child.id()).unwrap();
        later.started += 1000;
        assert_eq!(RunTree::new(run, Some(later)).carrying_variable(), []);
        assert_eq!(RunTree::new(Path::new("/r"), None).carrying_variable(), []);
        end(child, &found);
    }
}
