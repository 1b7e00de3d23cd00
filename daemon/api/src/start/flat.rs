//! [`StartFields`]: a [`StartRequest`] as it stands in JSON, one level deep. serde cannot refuse
//! unknown fields of a struct that flattens another one, so the fields of [`Launch`] are repeated.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Command, IfRunning, StartRequest};
use crate::environment::Environment;
use crate::handover::HandoverOffer;
use crate::inherited::Inherited;
use crate::launch::Launch;
use crate::limits::SoftLimits;
use crate::process::Size;
use crate::raw_bytes::RawBytes;
use crate::seconds::Seconds;
use crate::streams::{StandardStream, Streams};
use crate::wait::WaitRequest;

/// A start request in JSON.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct StartFields {
    /// The command: a line, or a list of words.
    command: Command,
    /// The words of `command` in base64, if one of them is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command_base64: Option<Vec<RawBytes>>,
    /// The absolute path of an existing directory.
    working_directory: PathBuf,
    /// The path in base64, if it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    working_directory_base64: Option<RawBytes>,
    /// The name of the process; absent: `<command> in <working directory>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Variables for the child, in addition to the inherited ones: an object, or a list of
    /// `NAME=value` where the object could not hold them.
    #[serde(default, skip_serializing_if = "Environment::is_empty")]
    environment: Environment,
    /// Whether the child inherits the environment of its last run. A first run inherits
    /// `client_environment`. `false`: the child has the variables in `environment` only.
    #[serde(default = "yes")]
    inherit_environment: bool,
    /// The client's own environment, which a first run inherits; absent: that of the user's login
    /// shell in the working directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_environment: Option<Environment>,
    /// The size of a terminal for the child; absent: pipes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tty: Option<Size>,
    /// Whether standard output and standard error are one stream; absent: with a terminal they are,
    /// and pipes are split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    streams: Option<Streams>,
    /// The standard streams that are pipes although the child has a terminal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    redirected: Vec<StandardStream>,
    /// Whether a child without a terminal gets variables that turn off output buffering, such as
    /// `PYTHONUNBUFFERED`, where its environment has none.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    unbuffered: bool,
    /// Whether the run goes on after its program has exited with 0, while a server or a process with
    /// a session of its own that the program started lives. `false`: such processes are let go.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    service: bool,
    /// What to do if the process is already running.
    #[serde(default)]
    if_running: IfRunning,
    /// With `if_running: restart`: answer once with the error `in_use` if another client uses the
    /// running process, or has used it within two minutes. The second request restarts it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unless_used: bool,
    /// Wait for this condition before the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wait: Option<WaitRequest>,
    /// Permission bits that are cleared in files that the child creates, as a number; absent: those
    /// of its last run, or else 022.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    umask: Option<u32>,
    /// Soft limits of the child by the names of `prlimit`: `as`, `core`, `cpu`, `data`, `fsize`,
    /// `memlock`, `nofile`, `nproc`, `stack`, on Linux also `locks`, `msgqueue`, `nice`, `rss`,
    /// `rtprio`, `rttime`, `sigpending`, in the units of the kernel; null is no limit. Absent:
    /// those of its last run, or else the defaults of the kernel.
    #[serde(default, skip_serializing_if = "SoftLimits::is_empty")]
    limits: SoftLimits,
    /// The attributes that the child has from its caller; absent: those of its last run, or else
    /// those of the daemon, with default signal actions.
    #[serde(default, skip_serializing_if = "Inherited::is_empty")]
    inherited: Inherited,
    /// Seconds between SIGTERM and SIGKILL when the process is stopped; absent: those of its last run,
    /// or else 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stop_timeout: Option<Seconds>,
    /// Whether the process gets a free port of its own: as `PORT`, and as the flag of a framework that
    /// ignores `PORT`. It keeps the port for all its runs. Absent: as for its last run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assign_port: Option<bool>,
    /// The socket of a client that hands descriptors over to the run. For `pp` itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handover: Option<HandoverOffer>,
}

impl From<StartFields> for StartRequest {
    fn from(fields: StartFields) -> Self {
        Self {
            launch: Launch {
                command: fields.command,
                command_base64: fields.command_base64,
                working_directory: fields.working_directory,
                working_directory_base64: fields.working_directory_base64,
                environment: fields.environment,
                tty: fields.tty,
                streams: fields
                    .streams
                    .unwrap_or_else(|| Streams::default_for(fields.tty.is_some())),
                redirected: fields.redirected,
                unbuffered: fields.unbuffered,
                service: fields.service,
                stop_timeout: fields.stop_timeout,
                assign_port: fields.assign_port,
                umask: fields.umask,
                limits: fields.limits,
                inherited: fields.inherited,
            },
            label: fields.label,
            inherit_environment: fields.inherit_environment,
            client_environment: fields.client_environment,
            if_running: fields.if_running,
            unless_used: fields.unless_used,
            wait: fields.wait,
            handover: fields.handover,
        }
    }
}

impl From<StartRequest> for StartFields {
    fn from(request: StartRequest) -> Self {
        let StartRequest {
            launch,
            label,
            inherit_environment,
            client_environment,
            if_running,
            unless_used,
            wait,
            handover,
        } = request;
        let is_default = launch.streams == Streams::default_for(launch.tty.is_some());
        Self {
            command: launch.command,
            command_base64: launch.command_base64,
            working_directory: launch.working_directory,
            working_directory_base64: launch.working_directory_base64,
            label,
            environment: launch.environment,
            inherit_environment,
            client_environment,
            tty: launch.tty,
            streams: (!is_default).then_some(launch.streams),
            redirected: launch.redirected,
            unbuffered: launch.unbuffered,
            service: launch.service,
            if_running,
            unless_used,
            wait,
            umask: launch.umask,
            limits: launch.limits,
            inherited: launch.inherited,
            stop_timeout: launch.stop_timeout,
            assign_port: launch.assign_port,
            handover,
        }
    }
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}
