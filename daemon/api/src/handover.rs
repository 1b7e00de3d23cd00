//! [`HandoverOffer`] and [`HandoverItems`]: what one run gets from the client that starts it, besides
//! its [`Launch`](crate::launch::Launch). It exists only once, so it is never recorded.
//!
//! The client binds a socket and names it in its start request. The shim of the run connects to the
//! socket before it starts the child, sends the nonce, and receives the items with their
//! descriptors. The daemon passes on the offer and never holds a descriptor.
//!
//! The shim sends one frame of type [`frame::MESSAGE`](crate::frame::MESSAGE) with a
//! [`HandoverClaim`], and the client answers with one that holds the [`HandoverItems`]. The
//! descriptors come with the bytes of that frame.

use std::fmt::Display;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where the shim gets the handover of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HandoverOffer {
    /// The path of a Unix socket on which the client listens.
    pub socket: PathBuf,
    /// A random text that only the client, the daemon and the shim know.
    pub nonce: String,
    /// The numbers of the descriptors above standard error that the child gets. The run fails if it
    /// cannot get them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub descriptors: Vec<i32>,
    /// Whether the working directory is handed over, so that it need not exist under its name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub working_directory: bool,
    /// Whether no other start may join the run: it has an input or descriptors of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// The job that the client belongs to, such as one `xargs -P`. None of its starts joins a run of
    /// another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub job: Option<Job>,
    /// Whether the client will ask for a lease on the output. Until it does, for a few seconds at
    /// most, no output is dropped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lease: bool,
}

/// The job of a client: its process group, and the output that the commands of `xargs -P` or
/// `make -j` have in common. A command that is typed again has another group. The text is
/// `<session>.<group>.<device>.<inode>`; an id is 0 if it began outside of the PID namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Job(String);

impl Job {
    /// The job of this process group, with an output of this device and inode.
    pub fn new((session, group): (i32, i32), device: impl Display, inode: impl Display) -> Self {
        Self(format!("{session}.{group}.{device}.{inode}"))
    }

    /// Whether both are parts of one pipeline, whose commands have outputs of their own.
    pub fn is_in_group_of(&self, other: &Self) -> bool {
        self.group() == other.group() && !self.group().ends_with(".0")
    }

    /// The session and the process group.
    fn group(&self) -> &str {
        let end = self.0.match_indices('.').nth(1).map_or(self.0.len(), |(at, _)| at);
        &self.0[..end]
    }
}

/// The first message of the shim to the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverClaim {
    pub nonce: String,
}

/// The answer of the client: the descriptors that come with it, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverItems {
    pub descriptors: Vec<HandedDescriptor>,
    /// The numbers under which the child gets its own terminal: those of descriptors that lead to
    /// the terminal of the client.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terminals: Vec<i32>,
}

/// What a descriptor becomes in the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandedDescriptor {
    /// The working directory.
    WorkingDirectory,
    /// The descriptor with this number: 0 is standard input.
    Number(i32),
}
