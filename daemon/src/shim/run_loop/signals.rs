//! Signals to the processes of a run that is ending: performs what the
//! [termination table](crate::shim::termination) says.
//!
//! A stop that was requested ends the whole tree. When the child exits by itself, only the
//! descendants in its session are ended: a process in a session of its own was meant to outlive
//! the child, as background services are.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::RunLoop;
use crate::platform::run_tree::{Member, RunTree};
use crate::shim::termination::{self, TerminationAction, TerminationEvent, TerminationPhase};

/// How long SIGTERM follows after SIGINT.
const TERMINATE_DELAY: Duration = Duration::from_secs(2);

/// How long the child has to end its descendants itself.
const CHILD_ALONE: Duration = Duration::from_millis(500);

/// How long the descendants of a child that exited by itself have until they are killed.
const DESCENDANT_GRACE_PERIOD: Duration = Duration::from_millis(500);

/// How long a descendant that uses a CPU may take to create a session of its own.
const SETTLE_TIMEOUT: Duration = Duration::from_millis(500);

/// How long a process in a session of its own may take to fork a service and exit.
const SERVICE_SETTLE_TIMEOUT: Duration = Duration::from_millis(200);

/// How long a process that would be let go has to exit by itself.
const SERVICE_EXIT_TIME: Duration = Duration::from_millis(50);

/// The interval at which descendants are checked in the meantime.
const SETTLE_INTERVAL: Duration = Duration::from_millis(10);

/// The interval at which a tree is killed again: it may have grown while it was read.
const KILL_RETRY_INTERVAL: Duration = Duration::from_millis(10);

impl RunLoop {
    /// The child's process group. The pid of an adopted child may be reused once it has exited, so
    /// then there is none.
    pub(super) fn child_group(&self) -> Option<Pid> {
        let pid_is_its_own = match &self.adopted {
            Some(adopted) => adopted.is_alive(self.child_pidfd.as_ref()),
            None => true,
        };
        let child = self.child.filter(|_| pid_is_its_own)?;
        Pid::from_raw(child.pid as i32)
    }

    /// Performs what the termination table says. `timeout` is how long a stop that begins now may
    /// take.
    pub(super) fn handle_event(&mut self, event: TerminationEvent, timeout: Duration) {
        use TerminationEvent::{InterruptRequested, KillRequested, StopRequested};
        let is_request = matches!(event, StopRequested | InterruptRequested | KillRequested);
        if is_request && self.goes_on() {
            self.ends_whole_tree = true;
        }
        let (next, actions) = termination::step(self.phase, event);
        self.phase = next;
        for action in actions {
            self.perform(*action, timeout);
        }
    }

    /// The deadline of the phase has passed.
    pub(super) fn handle_deadline(&mut self) {
        self.tree_may_have_changed = true;
        if self.phase == TerminationPhase::Settling {
            self.await_settling();
        } else {
            self.handle_event(TerminationEvent::DeadlinePassed, self.stop_timeout);
        }
    }

    fn perform(&mut self, action: TerminationAction, timeout: Duration) {
        match action {
            TerminationAction::InterruptForeground => {
                self.set_deadline(TERMINATE_DELAY);
                // For the SIGTERM that follows.
                self.stop_timeout = timeout;
                self.interrupt();
            }
            TerminationAction::TerminateChild => {
                let alone = CHILD_ALONE.min(timeout);
                self.set_deadline(alone);
                self.stop_timeout = timeout - alone;
                self.terminate_child();
            }
            TerminationAction::TerminateTree => self.terminate_tree(),
            TerminationAction::StartStopTimeout => self.set_deadline(timeout),
            TerminationAction::StartSettling => {
                self.child_exited_at = Some(Instant::now());
                self.await_settling();
            }
            TerminationAction::StartGracePeriod => self.set_deadline(DESCENDANT_GRACE_PERIOD),
            TerminationAction::RecordService => self.record_service(),
            TerminationAction::KillTree => {
                self.kill_tree();
                self.set_deadline(KILL_RETRY_INTERVAL);
            }
        }
    }

    pub(super) fn set_deadline(&mut self, delay: Duration) {
        self.deadline = Some(Instant::now() + delay);
    }

    /// Waits on while a descendant is busy: programs that become services fork, exit in the parent
    /// and only then create a session in the child. A process that sleeps does not do that.
    fn await_settling(&mut self) {
        if self.may_be_service() {
            return self.look_for_service();
        }
        if self.is_settling(&self.members()) {
            self.set_deadline(SETTLE_INTERVAL);
        } else {
            self.deadline = None;
            self.handle_event(TerminationEvent::Settled, self.stop_timeout);
        }
    }

    /// Whether a descendant may be about to create a session, or may stand between the program and its
    /// service and be about to exit.
    pub(super) fn is_settling(&self, members: &[Member]) -> bool {
        let Some(time) = self.child_exited_at.map(|time| time.elapsed()) else { return false };
        if self.phase != TerminationPhase::Settling || time >= SETTLE_TIMEOUT {
            return false;
        }
        members.iter().any(|member| match self.ends_with_run(member) {
            true => member.is_busy,
            // Its name is asked for when it has had time to exit, as a server does with its last client.
            false => time < SERVICE_EXIT_TIME || time < SERVICE_SETTLE_TIMEOUT && member.is_busy,
        })
    }

    /// Whether the child has exited less than this ago.
    pub(super) fn is_settling_for(&self, timeout: Duration) -> bool {
        self.child_exited_at.is_some_and(|time| time.elapsed() < timeout)
    }

    /// Sends SIGINT to the foreground group of the terminal, as Ctrl+C does. Without a terminal, or
    /// if that group has exited, to the child's group.
    fn interrupt(&self) {
        let foreground = self.streams.as_ref().and_then(|streams| streams.foreground_group());
        let is_sent = foreground.is_some_and(|group| signal_group(group, Signal::INT).is_ok());
        if !is_sent && let Some(group) = self.child_group() {
            // Fails if the group has exited since.
            signal_group(group, Signal::INT).ok();
        }
    }

    /// The living processes of the run.
    pub(super) fn members(&self) -> Vec<Member> {
        let tree = RunTree::new(&self.folder, self.child);
        match self.adopted {
            Some(_) => tree.carrying_variable(),
            None => tree.below(std::process::id()),
        }
    }

    /// Whether a process of the run is ended with it, and not let go.
    pub(super) fn ends_with_run(&self, member: &Member) -> bool {
        self.ends_whole_tree
            || self.record.service
            || self.record.session.is_none_or(|session| member.session == session)
    }

    /// Sends SIGTERM to the child.
    fn terminate_child(&mut self) {
        if let Some(child) = self.child {
            self.terminated.push(child.pid);
            terminate(child.pid);
        }
    }

    /// Sends SIGTERM to the members that end with the run and have not got it yet.
    fn terminate_tree(&mut self) {
        for member in self.members() {
            if self.ends_with_run(&member) && !self.terminated.contains(&member.pid) {
                self.terminated.push(member.pid);
                terminate(member.pid);
            }
        }
        self.signal_other_platform(Signal::TERM);
    }

    /// Sends SIGKILL to the members that end with the run.
    fn kill_tree(&self) {
        for member in self.members().iter().filter(|member| self.ends_with_run(member)) {
            signal_process(member.pid, Signal::KILL);
        }
        self.signal_other_platform(Signal::KILL);
    }

    /// Signals the child's group where there is no list of descendants.
    fn signal_other_platform(&self, signal: Signal) {
        if !cfg!(target_os = "linux")
            && let Some(group) = self.child_group()
        {
            // Fails if the group has exited since.
            rustix::process::kill_process_group(group, signal).ok();
        }
    }
}

/// Sends SIGTERM to a process. One that was stopped handles it only after SIGCONT.
fn terminate(pid: u32) {
    signal_process(pid, Signal::TERM);
    signal_process(pid, Signal::CONT);
}

/// Sends a signal to a process, unless it has exited since.
fn signal_process(pid: u32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid as i32) {
        rustix::process::kill_process(pid, signal).ok();
    }
}

/// Sends a signal to a group. A process that was stopped handles it only after SIGCONT.
fn signal_group(group: Pid, signal: Signal) -> rustix::io::Result<()> {
    rustix::process::kill_process_group(group, signal)?;
    rustix::process::kill_process_group(group, Signal::CONT)
}
