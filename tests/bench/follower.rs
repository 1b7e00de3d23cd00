//! Live output as plain bytes, whichever way it comes: from a program's pipe, or from REST.

use std::io::{self, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use persistproc_api::client::{Follow, FollowItem};

use crate::Fallible;

/// A follower that can be read. A program ends with it.
pub(crate) enum Live {
    Program(Child, ChildStdout),
    /// What came last, and how much of it was read.
    Rest(Box<Follow>, Vec<u8>, usize),
}

impl Live {
    /// A program that prints what it follows.
    pub(crate) fn program(command: &mut Command) -> Fallible<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let pipe = child.stdout.take().ok_or("a follower without a pipe")?;
        Ok(Self::Program(child, pipe))
    }

    pub(crate) fn rest(follow: Follow) -> Self {
        Self::Rest(Box::new(follow), Vec::new(), 0)
    }
}

impl Read for Live {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let (follow, bytes, at) = match self {
            Self::Program(_, pipe) => return pipe.read(into),
            Self::Rest(follow, bytes, at) => (follow, bytes, at),
        };
        while *at == bytes.len() {
            match follow.next().transpose().map_err(io::Error::other)? {
                Some(FollowItem::Stdout(more) | FollowItem::Stderr(more)) => {
                    (*bytes, *at) = (more, 0);
                }
                Some(FollowItem::Event(_) | FollowItem::Time(_)) => {}
                None => return Ok(0),
            }
        }
        let count = into.len().min(bytes.len() - *at);
        into[..count].copy_from_slice(&bytes[*at..*at + count]);
        *at += count;
        Ok(count)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Self::Program(child, _) = self {
            child.kill().ok();
            child.wait().ok();
        }
    }
}
