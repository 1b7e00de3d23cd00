//! What happens to a run whose shim was killed: another shim goes on with what the first had open.
//! How the child ended is then for the daemon to tell, who inherited it.

use std::time::Duration;

use persistproc_api::record::{Identity, RunRecord, RunState};
use persistproc_api::shim::Ask;
use persistproc_api::{ErrorCode, Exit, Problem};

use super::Task;
use crate::platform::pidfd::PidFd;
use crate::platform::tree;
use crate::supervisor::runs::adopt;
use crate::supervisor::runs::launch;
use crate::supervisor::runs::lifecycle::Phase;
use crate::supervisor::runs::link::SpareHandles;
use crate::supervisor::runs::orphan;
use crate::supervisor::runs::reaper::{ExpectedExit, Reaper};

/// Shims that may die one after the other without having gone on: someone may be killing them as
/// they come, or they cannot go on.
const ATTEMPTS: u8 = 20;

/// Before so many shims have failed, nobody waits.
const AT_ONCE: u8 = 8;

/// Between one attempt and the next: about fifteen seconds in all.
fn pause(attempt: u8) -> Duration {
    let doublings = attempt.saturating_sub(AT_ONCE).min(8);
    if doublings == 0 { Duration::ZERO } else { Duration::from_millis(10 << doublings) }
}

/// The daemon as the heir of a run's child.
pub struct Takeover {
    reaper: Reaper,
    /// The child of the present run.
    child: Option<(Identity, Fate)>,
    attempts: u8,
}

/// What we know of a child's end.
enum Fate {
    /// It may become ours to collect.
    Open(ExpectedExit),
    /// We collected it. The shim that was told may be killed before it writes it down.
    Known(Exit),
}

impl Takeover {
    /// Of nobody yet.
    pub fn new(reaper: Reaper) -> Self {
        Self { reaper, child: None, attempts: 0 }
    }

    /// How the run stands now; a child whose end is known is of no interest.
    pub fn run_is(&mut self, run: &RunRecord) {
        let RunState::Running { child, .. } = run.state else {
            self.child = None;
            return;
        };
        self.attempts = 0;
        if self.child.as_ref().is_none_or(|(known, _)| *known != child) {
            self.child = Some((child, Fate::Open(self.reaper.expect(child.pid))));
        }
    }

    /// How the child ended, if we collected it; a shim that lives does so itself.
    pub async fn exit(&mut self) -> Exit {
        match &mut self.child {
            Some((_, Fate::Open(expected))) => expected.exit().await,
            _ => std::future::pending().await,
        }
    }

    /// Whether we know how the child ended, or will know.
    fn tells_exit(&self) -> bool {
        self.child.as_ref().is_some_and(|(_, fate)| match fate {
            Fate::Open(expected) => expected.is_ours(),
            Fate::Known(_) => true,
        })
    }
}

impl Task {
    /// The shim is gone without a word on this connection, or does not want to talk to us any more.
    pub(super) async fn shim_gone(&mut self, spare: SpareHandles) {
        if self.wait_for_its_death() {
            let left = self.folder.read_run(self.run.run).ok();
            // What it wrote last may be the end; that it began we know.
            let ended = left.filter(|left| !matches!(left.state, RunState::Starting { .. }));
            self.run = ended.unwrap_or_else(|| self.run.clone());
            if self.take_over(spare).await {
                return;
            }
        } else if let Some((record, link)) = adopt::greet(&self.folder).await {
            self.link = Some(link);
            self.pending.watching = false;
            return self.state(record).await;
        }
        self.run = adopt::truth(&self.folder, self.run.clone());
        let folder = self.folder.run(self.run.run);
        // Whoever lives still could be neither seen nor ended.
        tokio::task::block_in_place(|| orphan::end(&self.run, &folder));
        self.over_now().await;
    }

    fn wait_for_its_death(&self) -> bool {
        let watch = self.run.shim.and_then(PidFd::from_identity);
        let dead = |watch: PidFd| tokio::task::block_in_place(|| watch.wait(adopt::LAST_BREATH));
        watch.is_none_or(dead)
    }

    /// Starts another shim, if there is anything to go on with.
    async fn take_over(&mut self, spare: SpareHandles) -> bool {
        let RunState::Running { child, .. } = self.run.state else { return false };
        let nothing = spare.is_empty() && !tree::is_alive(child);
        if nothing || self.takeover.attempts >= ATTEMPTS {
            return false;
        }
        self.takeover.attempts += 1;
        // A disk that cannot be written to may be there again soon; what the child writes waits.
        tokio::time::sleep(pause(self.takeover.attempts)).await;
        let asked = matches!(self.phase, Phase::Stopping | Phase::Restarting);
        let tells_exit = self.takeover.tells_exit();
        match launch::take_over(&self.folder, &self.run, spare, asked, tells_exit).await {
            Ok(link) => self.link = Some(link),
            Err(error) => {
                tracing::warn!("run {} cannot be taken over: {error}", self.run.run);
                return false;
            }
        }
        tracing::warn!("the shim of run {} was killed; another one goes on", self.run.run);
        self.pending.watching = false;
        let message =
            "The shim of the process was killed before it could say whether this was done.";
        for (_, reply) in self.pending.messages.drain(..) {
            let problem = Problem::new(ErrorCode::Internal, message);
            reply.send(Err(problem.hint("Another one has taken its place; ask again."))).ok();
        }
        if asked {
            self.send_stop().await;
        }
        if let Some((_, Fate::Known(exit))) = self.takeover.child {
            self.child_ended(exit).await;
        }
        self.watch().await;
        true
    }

    /// Notes it and tells the shim, who cannot know.
    pub(super) async fn child_ended(&mut self, exit: Exit) {
        if let Err(error) = self.folder.note_exit(self.run.run, exit) {
            tracing::warn!("the exit of run {} cannot be noted: {error}", self.run.run);
        }
        if let Some(link) = &mut self.link {
            // One that cannot be told is gone, and that is heard in the next turn.
            link.ask(Ask::Exited { exit }).await.ok();
        }
        if let Some((_, fate)) = &mut self.takeover.child {
            *fate = Fate::Known(exit);
        }
    }
}
