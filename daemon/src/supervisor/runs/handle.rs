//! The rest of the house's end of a process: how to ask its task, and what the task publishes.

use persistproc_api::{ErrorCode, Problem};
use tokio::sync::{mpsc, oneshot, watch};

use super::task::{Growth, Reply, TaskRequest};
use super::view::ProcessView;

/// A process's task, and what it publishes.
#[derive(Clone)]
pub(crate) struct ProcessHandle {
    pub(crate) id: String,
    pub(crate) requests: mpsc::Sender<TaskRequest>,
    pub(crate) view: watch::Receiver<ProcessView>,
    pub(crate) growth: watch::Sender<Growth>,
}

impl ProcessHandle {
    /// Asks the task and waits for its answer.
    pub(crate) async fn ask<T>(
        &self,
        control: impl FnOnce(Reply<T>) -> TaskRequest,
    ) -> Result<T, Problem> {
        let gone =
            || Problem::new(ErrorCode::NotFound, format!("`{}` was forgotten just now.", self.id));
        let (reply, answer) = oneshot::channel();
        self.requests.send(control(reply)).await.map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}
