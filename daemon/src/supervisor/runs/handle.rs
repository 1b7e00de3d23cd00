//! [`ProcessHandle`]: how the rest of the supervisor reaches the task of one process.

use std::sync::{Arc, Mutex};

use persistproc_api::{ErrorCode, Problem, Process};
use tokio::sync::{mpsc, oneshot, watch};

use super::task_request::{Reply, TaskRequest};
use super::view::{LogGrowth, ProcessView};
use crate::supervisor::clients::ProcessClients;
use crate::supervisor::facts_memo::FactsMemo;
use crate::supervisor::watchers::Watchers;

/// The channels to and from the task of one process. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ProcessHandle {
    pub(crate) id: String,
    pub(crate) requests: mpsc::Sender<TaskRequest>,
    pub(crate) view: watch::Receiver<ProcessView>,
    pub(crate) growth: watch::Sender<LogGrowth>,
    /// Locked for one measurement, on a blocking thread.
    pub(crate) facts: Arc<Mutex<FactsMemo>>,
    pub(crate) watchers: Watchers,
    /// The clients that use the process.
    pub(crate) clients: Arc<ProcessClients>,
}

impl ProcessHandle {
    /// Sends a request to the task and waits for the reply.
    pub(crate) async fn ask<T>(
        &self,
        request: impl FnOnce(Reply<T>) -> TaskRequest,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(request(reply)).await.map_err(|_| self.forgotten())?;
        answer.await.unwrap_or_else(|_| Err(self.forgotten()))
    }

    /// Has the shim report the next growth of the log.
    pub(crate) async fn report_growth(&self) {
        // The task of a forgotten process takes no requests; its view says that it is forgotten.
        self.requests.send(TaskRequest::ReportGrowth).await.ok();
    }

    /// The process as last published.
    ///
    /// Not a borrow, because holding two `watch` borrows at a time can deadlock: a writer that waits
    /// for the first borrow blocks new readers.
    pub(crate) fn process(&self) -> Arc<Process> {
        Arc::clone(&self.view.borrow().process)
    }

    /// Whether the process has a run that is starting, running or stopping.
    pub(crate) fn is_alive(&self) -> bool {
        self.view.borrow().process.status.is_alive()
    }

    /// Whether the process was forgotten, or its task has ended.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.view.borrow().forgotten || self.requests.is_closed()
    }

    fn forgotten(&self) -> Problem {
        Problem::new(ErrorCode::NotFound, format!("`{}` was forgotten just now.", self.id))
    }
}
