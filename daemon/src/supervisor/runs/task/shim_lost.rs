//! What a task does when the connection to its shim ends before the run has: it starts another
//! shim, which takes over the open descriptors and the child.

use persistproc_api::record::RunState;
use persistproc_api::shim::Ask;
use persistproc_api::{ErrorCode, Exit, Problem};

use super::Task;
use crate::platform::pidfd::PidFd;
use crate::platform::tree;
use crate::supervisor::runs::launch;
use crate::supervisor::runs::lifecycle::Phase;
use crate::supervisor::runs::link::SpareHandles;
use crate::supervisor::runs::orphan;
use crate::supervisor::runs::recovery;

impl Task {
    /// The connection has ended, because the shim was killed or has closed it.
    pub(super) async fn shim_lost(&mut self, handles: SpareHandles) {
        if self.shim_has_exited() {
            let record = self.folder.read_run(self.run.run).ok();
            // The shim may have written the end of the run before it was killed. The task already
            // knows that the run has started.
            let record = record.filter(|run| !matches!(run.state, RunState::Starting { .. }));
            if let Some(record) = record {
                self.run = record;
            }
            if self.replace_shim(handles).await {
                return;
            }
        } else {
            return self.await_shim(handles);
        }
        self.settle().await;
    }

    /// Settles a run whose shim is gone, and ends what is left of it.
    pub(super) async fn settle(&mut self) {
        let stop_requested = matches!(self.phase, Phase::Stopping | Phase::Restarting);
        self.run = recovery::settle(&self.folder, self.run.clone(), stop_requested);
        let folder = self.folder.run(self.run.run);
        // Without a shim, the living processes of the run can be neither observed nor stopped.
        tokio::task::block_in_place(|| orphan::kill(&self.run, &folder));
        self.run_is_over().await;
    }

    fn shim_has_exited(&self) -> bool {
        self.run.shim.and_then(PidFd::from_identity).is_none_or(|shim| {
            tokio::task::block_in_place(|| shim.wait(recovery::SHIM_EXIT_TIMEOUT))
        })
    }

    /// Starts another shim, if the child or a descriptor of its streams is left. Returns whether
    /// one was started or will be.
    pub(super) async fn replace_shim(&mut self, handles: SpareHandles) -> bool {
        let RunState::Running { child, .. } = self.run.state else { return false };
        if handles.is_empty() && !tree::is_alive(child) {
            return false;
        }
        let Some(delay) = self.takeover.next_attempt() else { return false };
        tokio::time::sleep(delay).await;
        let stop_requested = matches!(self.phase, Phase::Stopping | Phase::Restarting);
        let knows_exit = self.takeover.knows_exit();
        let (folder, process, run) = (&self.folder, &self.process, &self.run);
        match launch::take_over(folder, process, run, handles, stop_requested, knows_exit).await {
            Ok(link) => self.link = Some(link),
            Err((error, handles)) => {
                self.retry_later(&error, handles);
                return true;
            }
        }
        self.retry = None;
        tracing::warn!("the shim of run {} was killed; started another one", self.run.run);
        self.growth_requested = false;
        let message = "The shim of the process was killed before it answered this request.";
        let problem = Problem::new(ErrorCode::Internal, message)
            .hint("Another shim has taken over. Send the request again.");
        self.replies.refuse_messages(&problem);
        if stop_requested {
            self.send_stop().await;
        }
        if let Some(exit) = self.takeover.known_exit() {
            self.child_exited(exit).await;
        }
        self.request_growth().await;
        true
    }

    /// The daemon has reaped the child. Notes the exit status and sends it to the shim, which
    /// cannot learn it otherwise.
    pub(super) async fn child_exited(&mut self, exit: Exit) {
        if let Err(error) = self.folder.note_exit(self.run.run, exit) {
            tracing::warn!("cannot note the exit of run {}: {error}", self.run.run);
        }
        if let Some(link) = &mut self.link {
            // Fails if the shim is gone, which the next turn of the loop finds.
            link.ask(Ask::Exited { exit }).await.ok();
        }
        self.takeover.set_exit(exit);
    }
}
