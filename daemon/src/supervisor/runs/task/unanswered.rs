//! What a task does while the shim of its run does not answer: it waits for the shim as long as that is
//! alive, and ends the processes of the run itself if a stop is not confirmed in time.

use std::future::pending;
use std::io;
use std::time::Duration;

use persistproc_api::Exit;
use persistproc_api::record::{Identity, RunState};
use persistproc_api::shim::Ask;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Task;
use crate::platform::run_tree::RunTree;
use crate::platform::tree;
use crate::supervisor::runs::adoption::{Adopted, Adoption};
use crate::supervisor::runs::lifecycle::Phase;
use crate::supervisor::runs::link::SpareHandles;
use crate::supervisor::runs::{orphan, recovery};

/// How long requests wait for the shim of a run that an earlier daemon began.
pub(super) const ADOPTION_GRACE: Duration = Duration::from_secs(1);

/// How long after the stop timeout the shim may take to confirm a stop.
const CONFIRMATION_GRACE: Duration = Duration::from_secs(5);

/// The first delay after another shim could not be started; doubled each time.
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(100);

/// The longest of these delays.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(5);

/// A run whose shim was killed, while another one cannot be started.
pub(super) struct TakeoverRetry {
    pub(super) at: Instant,
    delay: Duration,
    handles: SpareHandles,
}

/// A stop that the shim has not confirmed.
pub(super) struct UnansweredStop {
    /// The number of the request, if it was sent.
    pub(super) number: Option<u64>,
    pub(super) deadline: Instant,
}

/// The end of an adoption; stays pending without one.
pub(super) async fn outcome(adoption: &mut Option<Adoption>) -> Adopted {
    match adoption {
        Some(adoption) => adoption.outcome().await,
        None => pending().await,
    }
}

/// Resolves at this time; stays pending without one.
pub(super) async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

impl Task {
    /// Gives the shim a moment to answer before a request is handled.
    pub(super) async fn await_adoption(&mut self) {
        let grace = self.adoption_grace;
        let Some(adoption) = &mut self.adoption else { return };
        if let Ok(outcome) = timeout_at(grace, adoption.outcome()).await {
            self.adopted(outcome).await;
        }
    }

    /// The shim is alive and has closed the connection: waits until it answers on another one.
    pub(super) fn await_shim(&mut self, handles: SpareHandles) {
        self.kept_handles = handles;
        self.adoption_grace = Instant::now() + ADOPTION_GRACE;
        self.adoption = Some(self.context.adoptions.begin(&self.folder, self.run.shim));
        self.publish();
    }

    /// The shim has answered, or is gone.
    pub(super) async fn adopted(&mut self, outcome: Adopted) {
        // Dropped when the view is published: clients may wait for that.
        let adoption = self.adoption.take();
        let handles = std::mem::take(&mut self.kept_handles);
        match outcome {
            Adopted::Answered(record, link) if record.run == self.run.run => {
                if self.folder.read_run(record.run).is_err()
                    && let Err(error) = self.folder.write_run(&record)
                {
                    tracing::warn!("{error}");
                }
                self.link = Some(link);
                self.growth_requested = false;
                self.run_changed(*record).await;
            }
            Adopted::Answered(..) | Adopted::ShimGone => self.adopt_without_shim(handles).await,
        }
        if self.link.is_some() {
            if matches!(self.phase, Phase::Stopping | Phase::Restarting) {
                self.send_stop().await;
            }
            self.request_growth().await;
        }
        self.publish();
        drop(adoption);
    }

    async fn adopt_without_shim(&mut self, handles: SpareHandles) {
        // The run may have ended after its record was read.
        if let Ok(record) = self.folder.read_run(self.run.run) {
            self.run = record;
        }
        if !matches!(self.run.state, RunState::Running { .. } | RunState::Starting { .. }) {
            return self.settle().await;
        }
        if !handles.is_empty() && self.replace_shim(handles).await {
            return;
        }
        match recovery::adopt_child(&self.folder, &self.process, &self.run).await {
            Some(link) => self.link = Some(link),
            None => self.settle().await,
        }
    }

    /// Tries later to start another shim. The child keeps running: what it writes waits in its pipes.
    pub(super) fn retry_later(&mut self, error: &io::Error, handles: SpareHandles) {
        let last = self.retry.take().map(|retry| retry.delay);
        let delay = last.map_or(FIRST_RETRY_DELAY, |last| (last * 2).min(MAX_RETRY_DELAY));
        tracing::warn!("cannot start another shim for run {}: {error}", self.run.run);
        self.retry = Some(TakeoverRetry { at: Instant::now() + delay, delay, handles });
        self.publish();
    }

    pub(super) async fn retry_takeover(&mut self) {
        let Some(retry) = &mut self.retry else { return };
        let handles = std::mem::take(&mut retry.handles);
        // A retry that fails finds the last delay here.
        retry.at = Instant::now() + MAX_RETRY_DELAY;
        if !self.replace_shim(handles).await {
            self.retry = None;
            self.settle().await;
        }
        self.publish();
    }

    /// From now on a stop has this long to be confirmed. A repeated stop does not extend the time.
    pub(super) fn await_confirmation(&mut self, number: Option<u64>, timeout: Duration) {
        let deadline = Instant::now() + timeout + CONFIRMATION_GRACE;
        let earlier = self.unanswered_stop.take().map(|stop| stop.deadline);
        let deadline = earlier.map_or(deadline, |earlier| earlier.min(deadline));
        self.unanswered_stop = Some(UnansweredStop { number, deadline });
    }

    /// The shim has not confirmed a stop: ends the processes of the run, then the shim. Its connection
    /// or its adoption ends with it, and another shim reads what is left, or the run is settled.
    pub(super) async fn end_unanswered(&mut self) {
        self.unanswered_stop = None;
        let shim = self.shim();
        tracing::warn!(
            "the shim of run {} does not answer; its processes are killed",
            self.run.run
        );
        let child = match self.run.state {
            RunState::Running { child, .. } => Some(child),
            _ => None,
        };
        let was_alive = child.is_some_and(tree::is_alive);
        let run_tree = RunTree::new(&self.folder.run(self.run.run), child);
        tokio::task::block_in_place(|| orphan::kill_tree(&run_tree, shim));
        if was_alive && !self.takeover.knows_exit() {
            // No process that waits for the child can say it.
            let noted = self.folder.note_exit(self.run.run, Exit::Signal(Signal::KILL.as_raw()));
            if let Err(error) = noted {
                tracing::warn!("cannot note the exit of run {}: {error}", self.run.run);
            }
        }
        if let Some(pid) = shim.and_then(|shim| Pid::from_raw(shim.pid as i32)) {
            // Fails if it has exited since.
            kill_process(pid, Signal::KILL).ok();
        }
        if self.retry.take().is_some() {
            self.settle().await;
        }
    }

    /// Asks the shim to bind its socket again; also one that keeps an end that could not be written.
    pub(super) async fn bind_again(&mut self) {
        let unwritten = self.unwritten.as_mut().map(|(_, link)| link);
        for link in self.link.iter_mut().chain(unwritten) {
            // Fails if the shim is gone, which the next turn of the loop finds.
            link.ask(Ask::Bind).await.ok();
        }
    }

    /// The pid of the shim, if it is alive.
    pub(super) fn shim_pid(&self) -> Option<u32> {
        self.shim().map(|shim| shim.pid)
    }

    fn shim(&self) -> Option<Identity> {
        let adopted = self.adoption.as_ref().and_then(Adoption::shim);
        adopted.or(self.run.shim).filter(|shim| tree::is_alive(*shim))
    }
}
