//! One wait for everything a run can hear of, and what was found ready.

use std::io;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Run;
use crate::logs::entry::Source;

/// What one wait found ready.
#[derive(Default)]
pub(super) struct Ready {
    pub child: bool,
    pub watched: bool,
    pub terminate: bool,
    pub listener: bool,
    pub stdin: bool,
    pub sources: Vec<Source>,
    pub readable: Vec<u64>,
    pub writable: Vec<u64>,
}

impl Run {
    /// Without a deadline this waits for ever: an idle run uses no CPU.
    pub(super) fn wait(&self) -> io::Result<Ready> {
        let mut fds = vec![
            PollFd::new(&self.signals.child, PollFlags::IN),
            PollFd::new(&self.signals.terminate, PollFlags::IN),
            PollFd::new(&self.listener, PollFlags::IN),
        ];
        let mut sources = Vec::new();
        for source in Source::BOTH {
            if let Some(fd) = self.streams.as_ref().and_then(|streams| streams.fd(source)) {
                fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
                sources.push(source);
            }
        }
        let stdin = self.stdin.wants_write().map(|fd| {
            fds.push(PollFd::from_borrowed_fd(fd, PollFlags::OUT));
            fds.len() - 1
        });
        let first_watched = fds.len();
        let inherited = self.inherited.iter();
        for fd in inherited.flat_map(|it| it.fds(self.watch.as_ref())) {
            fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
        }
        let first_client = fds.len();
        let mut keys = Vec::new();
        for (key, fd, unsent) in self.clients.fds() {
            let flags = if unsent { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            fds.push(PollFd::from_borrowed_fd(fd, flags));
            keys.push(key);
        }
        let limit = self.deadline.map(|deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() }
        });
        match poll(&mut fds, limit.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let came = |index: usize| fds[index].revents();
        let reading =
            |flags: PollFlags| flags.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR);
        Ok(Ready {
            child: reading(came(0)),
            watched: (first_watched..first_client).any(|index| reading(came(index))),
            terminate: reading(came(1)),
            listener: reading(came(2)),
            stdin: stdin.is_some_and(|index| !came(index).is_empty()),
            sources: (3..)
                .zip(sources)
                .filter(|(index, _)| reading(came(*index)))
                .map(|(_, s)| s)
                .collect(),
            readable: (first_client..)
                .zip(&keys)
                .filter(|(i, _)| reading(came(*i)))
                .map(|(_, k)| *k)
                .collect(),
            writable: (first_client..)
                .zip(&keys)
                .filter(|(index, _)| came(*index).contains(PollFlags::OUT))
                .map(|(_, key)| *key)
                .collect(),
        })
    }
}
