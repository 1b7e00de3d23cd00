//! The single `poll` of the run loop, and what it found ready.

use std::io;
use std::iter;
use std::time::Instant;

use persistproc_api::cursor::Source;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::RunLoop;
use crate::shim::child_stdin::ChildStdin;
use crate::shim::child_streams::ChildStreams;
use crate::shim::lease::Lease;

/// What one `poll` found ready.
#[derive(Default)]
pub(super) struct Ready {
    pub(super) sigchld: bool,
    pub(super) sigterm: bool,
    pub(super) sighup: bool,
    pub(super) listener: bool,
    /// A process of an adopted child's tree has exited.
    pub(super) process_exited: bool,
    /// The child's stdin has room for more, or its terminal.
    pub(super) stdin: bool,
    /// The terminal whose output is not logged has some.
    pub(super) unlogged_terminal: bool,
    pub(super) sources: Vec<Source>,
    pub(super) readable_clients: Vec<u64>,
    pub(super) writable_clients: Vec<u64>,
}

/// What a polled descriptor belongs to.
#[derive(Clone, Copy)]
enum Polled {
    Sigchld,
    Sigterm,
    Sighup,
    Listener,
    Source(Source),
    UnloggedTerminal,
    Stdin,
    AdoptedProcess,
    Client(u64),
}

impl RunLoop {
    /// Waits until something is ready or the deadline has passed. Without a deadline it waits
    /// without a timeout.
    pub(super) fn wait(&self) -> io::Result<Ready> {
        let (polled, mut fds) = self.polled_fds();
        let lease_end = self.lease.as_ref().and_then(Lease::expires);
        let deadlines = [self.deadline, lease_end, self.first_viewer_deadline];
        let timeout = deadlines.into_iter().flatten().min().map(|deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() }
        });
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut ready = Ready::default();
        for (polled, fd) in polled.into_iter().zip(&fds) {
            ready.add(polled, fd.revents());
        }
        Ok(ready)
    }

    fn polled_fds(&self) -> (Vec<Polled>, Vec<PollFd<'_>>) {
        let mut polled = vec![Polled::Sigchld, Polled::Sigterm, Polled::Sighup, Polled::Listener];
        let mut fds = vec![
            PollFd::new(&self.signals.child, PollFlags::IN),
            PollFd::new(&self.signals.terminate, PollFlags::IN),
            PollFd::new(&self.signals.hangup, PollFlags::IN),
            PollFd::new(&self.listener, PollFlags::IN),
        ];
        for source in Source::BOTH {
            if self.is_held_back(source) {
                continue;
            }
            if let Some(fd) = self.streams.as_ref().and_then(|streams| streams.fd(source)) {
                polled.push(Polled::Source(source));
                fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
            }
        }
        let unlogged = self.streams.as_ref().and_then(ChildStreams::unlogged_terminal);
        if let Some(fd) = unlogged.filter(|_| self.first_viewer_deadline.is_none()) {
            polled.push(Polled::UnloggedTerminal);
            fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
        }
        for fd in iter::once(&self.stdin).chain(&self.keys).filter_map(ChildStdin::fd_to_write) {
            polled.push(Polled::Stdin);
            fds.push(PollFd::from_borrowed_fd(fd, PollFlags::OUT));
        }
        if let Some(adopted) = &self.adopted {
            for fd in adopted.fds(self.child_pidfd.as_ref()) {
                polled.push(Polled::AdoptedProcess);
                fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
            }
        }
        for (key, fd, has_unsent) in self.clients.fds() {
            let flags = if has_unsent { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            polled.push(Polled::Client(key));
            fds.push(PollFd::from_borrowed_fd(fd, flags));
        }
        (polled, fds)
    }
}

impl Ready {
    fn add(&mut self, polled: Polled, events: PollFlags) {
        // After a hang-up or an error, a read returns EOF or the error.
        let is_readable = events.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR);
        match polled {
            Polled::Sigchld => self.sigchld = is_readable,
            Polled::Sigterm => self.sigterm = is_readable,
            Polled::Sighup => self.sighup = is_readable,
            Polled::Listener => self.listener = is_readable,
            Polled::Source(source) if is_readable => self.sources.push(source),
            Polled::Source(_) => {}
            Polled::UnloggedTerminal => self.unlogged_terminal = is_readable,
            Polled::Stdin => self.stdin |= !events.is_empty(),
            Polled::AdoptedProcess => self.process_exited |= is_readable,
            Polled::Client(key) => {
                if is_readable {
                    self.readable_clients.push(key);
                }
                if events.contains(PollFlags::OUT) {
                    self.writable_clients.push(key);
                }
            }
        }
    }
}
