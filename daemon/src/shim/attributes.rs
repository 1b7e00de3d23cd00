//! [`Attributes`]: what the child inherits from its caller instead of from the shim. They are
//! prepared before the fork and applied in the child, so that the shim itself keeps its own.

#[cfg(target_os = "linux")]
use std::ffi::CString;

use persistproc_api::inherited::{Inherited, Scheduling, SignalSet};
use persistproc_api::launch::Launch;
use persistproc_api::limits::{self, is_higher};
use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit};

use crate::platform::attributes;

/// The umask of a child whose client sent none.
const DEFAULT_UMASK: u32 = 0o022;

/// The attributes of a child, in the form in which the kernel takes them.
pub(super) struct Attributes {
    umask: Mode,
    niceness: Option<i32>,
    limits: Vec<LimitChange>,
    ignored_signals: SignalSet,
    blocked_signals: SignalSet,
    /// Standard descriptors that the child has closed.
    closed: Vec<u8>,
    #[cfg(target_os = "linux")]
    linux: LinuxAttributes,
}

/// The attributes that only Linux has.
#[cfg(target_os = "linux")]
struct LinuxAttributes {
    io_priority: Option<u16>,
    scheduling: Option<Scheduling>,
    cpus: Option<rustix::thread::CpuSet>,
    oom_score_adjustment: Option<CString>,
    personality: Option<u32>,
    no_new_privileges: bool,
}

/// A limit to set.
struct LimitChange {
    resource: Resource,
    wanted: Rlimit,
    /// The nearest values that need no privileges.
    allowed: Rlimit,
}

impl Attributes {
    pub(super) fn new(launch: &Launch) -> Self {
        let inherited = &launch.inherited;
        let umask = launch.umask.unwrap_or(DEFAULT_UMASK);
        Self {
            umask: Mode::from_raw_mode(umask as _),
            niceness: niceness(inherited),
            limits: limit_changes(launch),
            ignored_signals: inherited.ignored_signals,
            blocked_signals: inherited.blocked_signals,
            closed: inherited.closed_descriptors.clone(),
            #[cfg(target_os = "linux")]
            linux: LinuxAttributes::new(inherited),
        }
    }

    /// Sets the attributes of this process, the forked child. Async-signal-safe. An attribute that
    /// cannot be set stays as it is, since it is no reason not to start a child.
    pub(super) fn apply(&self) {
        rustix::process::umask(self.umask);
        #[cfg(target_os = "linux")]
        self.linux.apply();
        if let Some(niceness) = self.niceness {
            rustix::process::setpriority_process(None, niceness).ok();
        }
        for LimitChange { resource, wanted, allowed } in &self.limits {
            if rustix::process::setrlimit(*resource, *wanted).is_err() {
                rustix::process::setrlimit(*resource, *allowed).ok();
            }
        }
        attributes::set_signals(self.ignored_signals, self.blocked_signals);
        self.close_descriptors();
    }

    #[expect(unsafe_code, reason = "the child's standard descriptors have no owner")]
    fn close_descriptors(&self) {
        for fd in &self.closed {
            // SAFETY: the program that is executed next is the only user of these descriptors.
            unsafe { rustix::io::close(i32::from(*fd)) };
        }
    }
}

/// The niceness to set. A child whose client sent none never has a better priority than normal.
fn niceness(inherited: &Inherited) -> Option<i32> {
    let own = rustix::process::getpriority_process(None).ok()?;
    let wanted = inherited.niceness.unwrap_or(own.max(0));
    (wanted != own).then_some(wanted)
}

/// The limits of the caller, or of a client that sent none the defaults.
fn limit_changes(launch: &Launch) -> Vec<LimitChange> {
    let soft = if launch.limits.is_empty() { limits::defaults() } else { launch.limits.clone() };
    let mut changes = Vec::new();
    for (name, resource) in limits::names().filter_map(|name| Some((name, limits::by_name(name)?)))
    {
        let own = getrlimit(resource);
        let current = soft.get(name).copied().unwrap_or(own.current);
        let maximum = launch.inherited.hard_limits.get(name).copied().unwrap_or(own.maximum);
        let wanted = limit(current, maximum);
        let allowed = limit(current, lower(maximum, own.maximum));
        if wanted != own {
            changes.push(LimitChange { resource, wanted, allowed });
        }
    }
    changes
}

/// A soft limit that is at most the hard limit.
fn limit(current: Option<u64>, maximum: Option<u64>) -> Rlimit {
    Rlimit { current: lower(current, maximum), maximum }
}

fn lower(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    if is_higher(a, b) { b } else { a }
}

#[cfg(target_os = "linux")]
impl LinuxAttributes {
    fn new(inherited: &Inherited) -> Self {
        let own = Inherited::own();
        let differs = inherited.oom_score_adjustment != own.oom_score_adjustment;
        let oom_score_adjustment = inherited.oom_score_adjustment.filter(|_| differs);
        let cpus = inherited.cpus.as_ref().filter(|cpus| own.cpus.as_ref() != Some(*cpus));
        Self {
            io_priority: inherited.io_priority,
            scheduling: inherited.scheduling,
            cpus: cpus.map(|cpus| {
                let mut set = rustix::thread::CpuSet::new();
                cpus.iter().for_each(|cpu| set.set(usize::from(cpu)));
                set
            }),
            oom_score_adjustment: oom_score_adjustment
                .and_then(|adjustment| CString::new(adjustment.to_string()).ok()),
            personality: inherited.personality,
            no_new_privileges: inherited.no_new_privileges,
        }
    }

    fn apply(&self) {
        if let Some(priority) = self.io_priority {
            attributes::set_io_priority(priority);
        }
        if let Some(scheduling) = self.scheduling {
            attributes::set_scheduling(scheduling);
        }
        if let Some(cpus) = &self.cpus {
            rustix::thread::sched_setaffinity(None, cpus).ok();
        }
        if let Some(adjustment) = &self.oom_score_adjustment {
            write_oom_score_adjustment(adjustment);
        }
        if let Some(domain) = self.personality {
            attributes::set_personality(domain);
        }
        if self.no_new_privileges {
            rustix::thread::set_no_new_privs(true).ok();
        }
    }
}

/// Fails where a value below that of the shim needs privileges.
#[cfg(target_os = "linux")]
fn write_oom_score_adjustment(adjustment: &CString) {
    use rustix::fs::OFlags;

    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    if let Ok(file) = rustix::fs::open(c"/proc/self/oom_score_adj", flags, Mode::empty()) {
        rustix::io::write(file, adjustment.as_bytes()).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soft_limit_is_at_most_the_hard_limit() {
        assert_eq!(limit(None, Some(5)), Rlimit { current: Some(5), maximum: Some(5) });
        assert_eq!(limit(Some(3), None), Rlimit { current: Some(3), maximum: None });
        let mut launch = Launch::new(Vec::new(), "/");
        launch.limits.insert("nofile".into(), Some(64));
        launch.inherited.hard_limits.insert("nofile".into(), Some(32));
        let changes = limit_changes(&launch);
        let files = changes.iter().find(|change| change.resource == Resource::Nofile).unwrap();
        assert_eq!(files.wanted, Rlimit { current: Some(32), maximum: Some(32) });
    }
}
