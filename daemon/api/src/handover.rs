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

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
/// `make -j` have in common. A command that is typed again has another group. It is a text on the
/// wire: `<session>.<group>.<device>.<inode>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The session and the process group; 0 for one that began outside of the PID namespace.
    pub group: String,
    /// The device and the inode of standard output.
    pub output: String,
}

impl Job {
    /// Whether both are parts of one pipeline, whose commands have outputs of their own.
    pub fn is_in_group_of(&self, other: &Self) -> bool {
        self.group == other.group && !self.group.ends_with(".0")
    }
}

impl fmt::Display for Job {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.group, self.output)
    }
}

impl FromStr for Job {
    type Err = Infallible;

    /// The text of another client may have no dots: then it is all of the group.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let parts: Vec<&str> = text.split('.').collect();
        let (group, output) = parts.split_at(parts.len().min(2));
        Ok(Self { group: group.join("."), output: output.join(".") })
    }
}

impl Serialize for Job {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Job {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
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
