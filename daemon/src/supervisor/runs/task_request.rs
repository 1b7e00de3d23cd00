//! [`TaskRequest`]: what the task of a process can be asked to do, and where it sends the reply.

use persistproc_api::environment::Environment;
use persistproc_api::process::Size;
use persistproc_api::seconds::Seconds;
use persistproc_api::start::{IfRunning, Started};
use persistproc_api::{Problem, Process};
use tokio::sync::oneshot;

use crate::supervisor::requests::requester::Requester;
use crate::supervisor::requests::spec::ProcessSpec;

/// Where the reply to one request goes. It is sent when what was asked for is done.
pub type Reply<T> = oneshot::Sender<Result<T, Problem>>;

/// What the task of a process can be asked to do.
pub enum TaskRequest {
    /// Start a run, or join the one that runs or is being started. The reply is dropped if the start
    /// may not join that run.
    Start {
        spec: Box<ProcessSpec>,
        if_running: IfRunning,
        requester: Requester,
        reply: Reply<Started>,
    },
    /// End the run.
    Stop { options: StopOptions, reply: Reply<Process> },
    /// End the run, if there is one, and start the next, with the recorded environment unless another
    /// one is given.
    Restart { options: StopOptions, environment: Option<Environment>, reply: Reply<Started> },
    /// Give the process another label.
    Label { label: String, reply: Reply<Process> },
    /// Delete the record and the logs of an ended process.
    Forget { reply: Reply<Process> },
    /// Pass a message on to the child.
    Message { message: ChildMessage, reply: Reply<Process> },
    /// Have the shim bind its socket again if the file is gone.
    Bind,
    /// Have the shim report the next growth of the log. A follower sends this when it has read
    /// all that is there.
    ReportGrowth,
}

/// How to end a run.
#[derive(Clone, Debug, Default)]
pub struct StopOptions {
    /// Start with SIGKILL.
    pub force: bool,
    /// When SIGKILL follows SIGTERM; absent: as recorded for the process, or the default.
    pub timeout: Option<Seconds>,
    /// Start with SIGINT, as Ctrl+C does.
    pub interrupt: bool,
    pub requester: Requester,
}

/// A message that the shim passes on to the child.
pub enum ChildMessage {
    Signal(i32),
    Resize(Size),
    Stdin(Vec<u8>),
    CloseStdin,
}
