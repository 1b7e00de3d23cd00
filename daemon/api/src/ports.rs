//! [`PortReply`] and [`Stray`]: what listens on TCP ports of this machine, started by persistproc or not.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// The answer to `GET /v1/ports/{port}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PortReply {
    pub port: u16,
    /// The processes that listen on the port. Empty: none does.
    pub listeners: Vec<PortListener>,
}

/// A process that listens on a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PortListener {
    /// The addresses on which it listens.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub addresses: Vec<IpAddr>,
    /// The id of its user.
    pub user: u32,
    /// Its PID; null if it belongs to another user, so that it cannot be found.
    pub pid: Option<u32>,
    /// The program and its arguments; empty if unknown.
    pub command: Vec<String>,
    /// Its working directory; null if unknown.
    pub working_directory: Option<PathBuf>,
    /// When it started; null if unknown.
    pub start_time: Option<Time>,
    /// The id of the managed process that it belongs to; null if persistproc does not manage it.
    pub id: Option<String>,
    /// The label of that process.
    pub label: Option<String>,
    /// The command that stops it; null if unknown.
    pub stop_command: Option<String>,
}

/// A server in a project directory that persistproc did not start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stray {
    pub pid: u32,
    /// The program and its arguments.
    pub command: Vec<String>,
    pub working_directory: PathBuf,
    /// The ports on which it listens.
    pub ports: Vec<u16>,
    /// When it started; null if unknown.
    pub start_time: Option<Time>,
    /// Its URL, if its framework has written it down.
    pub url: Option<String>,
    /// Its log file, if its framework writes one.
    pub log: Option<PathBuf>,
    /// The command that stops it.
    pub stop_command: String,
}
