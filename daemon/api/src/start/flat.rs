//! [`StartFields`]: a [`StartRequest`] as it stands in JSON, one level deep. serde cannot refuse
//! unknown fields of a struct that flattens another one, so the fields of [`Launch`] are repeated.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Command, IfRunning, StartRequest};
use crate::launch::Launch;
use crate::limits::SoftLimits;
use crate::process::Size;
use crate::seconds::Seconds;
use crate::wait::WaitRequest;

/// `POST /v1/processes`. The answer is a [`Started`](super::Started): 201 when this request started it, 200 when it ran already.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "StartRequest"))]
#[serde(deny_unknown_fields)]
pub(super) struct StartFields {
    /// What to run: one line, or the words.
    command: Command,
    /// Where; an absolute path of an existing directory.
    working_directory: PathBuf,
    /// The name; absent: `<command> in <working directory>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Variables for the child, over those it inherits.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    environment: BTreeMap<String, String>,
    /// Whether the child inherits the environment of its last run, or else of the daemon.
    /// `false`: `environment` is all it gets.
    #[serde(default = "yes")]
    inherit_environment: bool,
    /// Give the child a terminal of this size; absent: pipes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tty: Option<Size>,
    /// What to do when it runs already.
    #[serde(default)]
    if_running: IfRunning,
    /// Answer only when this has happened, or cannot any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wait: Option<WaitRequest>,
    /// Permission bits that files of the child do not get, as a number; absent: those of its last
    /// run, or else 022.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    umask: Option<u32>,
    /// Soft limits of the child by the names of `prlimit`: `as`, `core`, `cpu`, `data`, `fsize`,
    /// `memlock`, `nofile`, `nproc`, `stack`, in the kernel's units; null is no limit. Absent:
    /// those of its last run, or else of whoever started the daemon.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    limits: SoftLimits,
    /// Seconds that `stop` waits before it kills, for this process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stop_timeout: Option<Seconds>,
}

impl From<StartFields> for StartRequest {
    fn from(fields: StartFields) -> Self {
        Self {
            launch: Launch {
                command: fields.command,
                working_directory: fields.working_directory,
                environment: fields.environment,
                tty: fields.tty,
                stop_timeout: fields.stop_timeout,
                umask: fields.umask,
                limits: fields.limits,
            },
            label: fields.label,
            inherit_environment: fields.inherit_environment,
            if_running: fields.if_running,
            wait: fields.wait,
        }
    }
}

impl From<StartRequest> for StartFields {
    fn from(request: StartRequest) -> Self {
        let StartRequest { launch, label, inherit_environment, if_running, wait } = request;
        Self {
            command: launch.command,
            working_directory: launch.working_directory,
            label,
            environment: launch.environment,
            inherit_environment,
            tty: launch.tty,
            if_running,
            wait,
            umask: launch.umask,
            limits: launch.limits,
            stop_timeout: launch.stop_timeout,
        }
    }
}

fn yes() -> bool {
    true
}
