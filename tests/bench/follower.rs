//! `Follower`: live output as bytes, from a program's pipe or from REST.

use std::io::{self, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use persistproc_api::client::{Follow, FollowItem};

use crate::Fallible;

/// A source of live output. A program is killed when it is dropped.
pub(crate) enum Follower {
    Program(Child, ChildStdout),
    /// A stream, its current item, and how much of the item was read.
    Rest(Box<Follow>, Vec<u8>, usize),
}

impl Follower {
    /// A program that prints what it follows.
    pub(crate) fn program(command: &mut Command) -> Fallible<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let pipe = child.stdout.take().ok_or("the follower has no pipe")?;
        Ok(Self::Program(child, pipe))
    }

    pub(crate) fn rest(follow: Follow) -> Self {
        Self::Rest(Box::new(follow), Vec::new(), 0)
    }
}

impl Read for Follower {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let (follow, bytes, at) = match self {
            Self::Program(_, pipe) => return pipe.read(into),
            Self::Rest(follow, bytes, at) => (follow, bytes, at),
        };
        while *at == bytes.len() {
            match follow.next().transpose().map_err(io::Error::other)? {
                Some(FollowItem::Stdout(more) | FollowItem::Stderr(more)) => {
                    *bytes = more;
                    *at = 0;
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

impl Drop for Follower {
    fn drop(&mut self) {
        if let Self::Program(child, _) = self {
            // It may have exited already.
            child.kill().ok();
            child.wait().ok();
        }
    }
}
