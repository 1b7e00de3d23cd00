//! [`Placement`]: descriptors that the child gets under fixed numbers.
//!
//! Between fork and exec, the child duplicates each of them to its number, which clears
//! close-on-exec there. Two kinds of collision are excluded before the fork: none of the descriptors
//! has a number that another one needs, and each number is in use, so that no descriptor that the
//! standard library opens for the fork itself can have it.

use std::collections::BTreeSet;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

use rustix::io::fcntl_dupfd_cloexec;

/// The lowest number that a descriptor can be placed at: those below are the standard streams.
const FIRST_NUMBER: RawFd = 3;

/// Descriptors and the numbers that the child gets them under.
pub(super) struct Placement {
    moves: Vec<(OwnedFd, RawFd)>,
    /// Hold the numbers until the fork.
    _reserved: Vec<OwnedFd>,
}

impl Placement {
    /// Prepares the descriptors, all of which are close-on-exec.
    pub(super) fn new(descriptors: Vec<(RawFd, OwnedFd)>) -> io::Result<Self> {
        let numbers: BTreeSet<RawFd> = descriptors.iter().map(|(number, _)| *number).collect();
        if numbers.first().is_some_and(|number| *number < FIRST_NUMBER) {
            return Err(io::Error::other("a standard stream cannot be placed"));
        }
        let mut moves = Vec::with_capacity(descriptors.len());
        for (number, fd) in descriptors {
            moves.push((move_out_of(fd, &numbers)?, number));
        }
        let mut reserved = Vec::new();
        for (fd, number) in &moves {
            let duplicate = fcntl_dupfd_cloexec(fd, *number)?;
            // Otherwise the number is in use already.
            if duplicate.as_raw_fd() == *number {
                reserved.push(duplicate);
            }
        }
        Ok(Self { moves, _reserved: reserved })
    }

    /// Puts the descriptors in place. For the child, between fork and exec: it makes system calls
    /// only.
    #[expect(unsafe_code, reason = "the number of a descriptor that is replaced has no owner")]
    pub(super) fn apply(&self) -> io::Result<()> {
        for (fd, number) in &self.moves {
            // SAFETY: in the child, nothing uses the descriptor with this number any more, and it is
            // not closed when this value goes out of scope.
            let mut target = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(*number) });
            rustix::io::dup2(fd, &mut target)?;
        }
        Ok(())
    }
}

/// The descriptor itself, or a duplicate if its number is one of these.
fn move_out_of(fd: OwnedFd, numbers: &BTreeSet<RawFd>) -> io::Result<OwnedFd> {
    let mut free = fd;
    while numbers.contains(&free.as_raw_fd()) {
        let next = free.as_raw_fd() + 1;
        free = fcntl_dupfd_cloexec(free.as_fd(), next)?;
    }
    Ok(free)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_leave_the_numbers_and_the_numbers_are_in_use() {
        let files: Vec<OwnedFd> = (0..4).map(|_| tempfile::tempfile().unwrap().into()).collect();
        let own: Vec<RawFd> = files.iter().map(AsRawFd::as_raw_fd).collect();
        // Each gets the number of another one, and one gets a number that is free.
        let numbers = [own[1], own[0], own[3] + 20, own[2]];
        let placement = Placement::new(numbers.into_iter().zip(files).collect()).unwrap();
        for ((fd, number), expected) in placement.moves.iter().zip(numbers) {
            assert_eq!(*number, expected);
            assert!(!numbers.contains(&fd.as_raw_fd()), "{own:?} {numbers:?} {fd:?}");
        }
        let reserved =
            |number: RawFd| placement._reserved.iter().any(|fd| fd.as_raw_fd() == number);
        assert!(reserved(own[3] + 20));
    }

    #[test]
    fn a_standard_stream_is_refused() {
        let file: OwnedFd = tempfile::tempfile().unwrap().into();
        assert!(Placement::new(vec![(2, file)]).is_err());
    }
}
