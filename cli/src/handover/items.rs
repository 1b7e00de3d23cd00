//! [`Items`]: what there is to hand over, and what follows for other starts of the same command.
//!
//! A run with a file, pipe or socket is private: what one process reads, another one cannot. A
//! character device, such as `/dev/null` or a terminal, can be opened again and changes nothing.

use std::io::{self, IsTerminal};
use std::num::NonZeroI32;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use persistproc_api::handover::{HandedDescriptor, HandoverItems, HandoverOffer, Job};
use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, stat};

use super::open_descriptors;
use crate::job_ids;

/// The descriptors to hand over.
pub(super) struct Items {
    /// Our standard input is no terminal.
    has_stdin: bool,
    /// Inherited descriptors above standard error.
    descriptors: Vec<OwnedFd>,
    /// Those that lead to our terminal: the child gets its own terminal under their numbers.
    terminals: Vec<OwnedFd>,
    directory: Option<OwnedFd>,
}

impl Items {
    /// What this program has. `has_terminal`: the child gets a terminal.
    pub(super) fn collect(has_terminal: bool) -> Self {
        let (terminals, descriptors) = open_descriptors::take()
            .into_iter()
            .partition(|fd| has_terminal && is_own_terminal(fd.as_fd()));
        // Works in a directory that was deleted or that we may not read.
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::open(".", flags, Mode::empty()).ok();
        Self { has_stdin: !io::stdin().is_terminal(), descriptors, terminals, directory }
    }

    /// An offer without socket and nonce.
    pub(super) fn offer(&self) -> HandoverOffer {
        HandoverOffer {
            socket: Default::default(),
            nonce: String::new(),
            descriptors: self.descriptors.iter().map(AsRawFd::as_raw_fd).collect(),
            working_directory: self.directory.is_some(),
            private: self.is_private(),
            job: own_job(),
            lease: false,
        }
    }

    fn is_private(&self) -> bool {
        (self.has_stdin && exists_only_once(io::stdin().as_fd()))
            || self.descriptors.iter().any(|fd| {
                exists_only_once(fd.as_fd()) && !open_descriptors::is_from_outside_the_session(fd)
            })
    }

    /// The message, and the descriptors that come with it.
    pub(super) fn message(&self) -> (HandoverItems, Vec<BorrowedFd<'_>>) {
        let mut kinds = Vec::new();
        let mut fds = Vec::new();
        if self.has_stdin {
            kinds.push(HandedDescriptor::Number(0));
            fds.push(rustix::stdio::stdin());
        }
        for fd in &self.descriptors {
            kinds.push(HandedDescriptor::Number(fd.as_raw_fd()));
            fds.push(fd.as_fd());
        }
        if let Some(directory) = &self.directory {
            kinds.push(HandedDescriptor::WorkingDirectory);
            fds.push(directory.as_fd());
        }
        let terminals: Vec<RawFd> = self.terminals.iter().map(AsRawFd::as_raw_fd).collect();
        (HandoverItems { descriptors: kinds, terminals }, fds)
    }

    /// Leaves the inherited descriptors open until this program ends.
    pub(super) fn keep_open(self) {
        self.descriptors.into_iter().chain(self.terminals).for_each(std::mem::forget);
    }
}

/// Whether this is the terminal of one of our standard streams, or `/dev/tty`.
fn is_own_terminal(fd: BorrowedFd<'_>) -> bool {
    let Ok(found) = fstat(fd) else { return false };
    let is_same =
        |other: rustix::io::Result<Stat>| other.is_ok_and(|other| other.st_rdev == found.st_rdev);
    let standard = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()];
    fd.is_terminal()
        && (is_same(stat("/dev/tty"))
            || standard.into_iter().any(|other| other.is_terminal() && is_same(fstat(other))))
}

/// Whether this is anything but a character device.
fn exists_only_once(fd: BorrowedFd<'_>) -> bool {
    let kind = fstat(fd).map(|found| FileType::from_raw_mode(found.st_mode));
    kind.is_ok_and(|kind| kind != FileType::CharacterDevice)
}

fn own_job() -> Option<Job> {
    let output = fstat(rustix::stdio::stdout()).ok()?;
    // Unknown if the session or the group began outside of our PID namespace.
    let session = job_ids::session().map_or(0, NonZeroI32::get);
    let group = job_ids::group().map_or(0, NonZeroI32::get);
    Some(Job::new((session, group), output.st_dev, output.st_ino))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_pipes_exist_only_once_and_devices_do_not() {
        let (pipe, _writer) = io::pipe().unwrap();
        let file = tempfile::tempfile().unwrap();
        let null = std::fs::File::open("/dev/null").unwrap();
        assert!(exists_only_once(pipe.as_fd()) && exists_only_once(file.as_fd()));
        assert!(!exists_only_once(null.as_fd()));
        assert!(!is_own_terminal(null.as_fd()));
    }

    #[test]
    fn the_message_names_each_descriptor() {
        let fd: OwnedFd = tempfile::tempfile().unwrap().into();
        let number = fd.as_raw_fd();
        let items = Items {
            has_stdin: true,
            descriptors: vec![fd],
            terminals: Vec::new(),
            directory: Some(std::fs::File::open("/").unwrap().into()),
        };
        let (message, fds) = items.message();
        let expected = [
            HandedDescriptor::Number(0),
            HandedDescriptor::Number(number),
            HandedDescriptor::WorkingDirectory,
        ];
        assert_eq!((&message.descriptors[..], fds.len()), (&expected[..], 3));
        let offer = items.offer();
        assert!(offer.private && offer.working_directory && offer.descriptors == [number]);
    }
}
