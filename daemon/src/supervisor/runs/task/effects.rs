//! Asks the table what an event means and does it: launches, asks the shim, writes down, answers.

use persistproc_api::event as happening;
use persistproc_api::record::{RunRecord, RunState};
use persistproc_api::seconds::Seconds;
use persistproc_api::shim::Ask;
use persistproc_api::start::Started;
use persistproc_api::{ErrorCode, Problem, Process, Time};

use super::{ChildMessage, Reply, ReplyTo, StopOptions, Task};
use crate::supervisor::problems::{not_running, still_running};
use crate::supervisor::runs::launch;
use crate::supervisor::runs::lifecycle::{Effect, Event, Phase, step};
use crate::supervisor::runs::orphan;
use crate::supervisor::runs::view::ProcessView;

impl Task {
    pub(super) async fn handle(&mut self, event: Event, mut asker: ReplyTo) {
        let (next, effects) = step(self.phase, event);
        self.phase = next;
        for effect in effects {
            self.perform(*effect, &mut asker).await;
        }
        self.publish();
    }

    async fn perform(&mut self, effect: Effect, asker: &mut ReplyTo) {
        match effect {
            Effect::Launch => self.launch().await,
            Effect::SendStop => self.send_stop().await,
            Effect::Record => self.record(),
            Effect::AnswerStarts => self.answer_starts(),
            Effect::AnswerStops => self.answer_ends(),
            Effect::RefuseStarts => {
                let message = "Someone stopped the process while it was being started.";
                self.refuse_starts(&Problem::new(ErrorCode::Superseded, message));
            }
            Effect::RefuseNotRunning => asker.take().refuse(not_running(&self.seen())),
            Effect::RefuseStillRunning => asker.take().refuse(still_running(&self.seen())),
            Effect::Forward
            | Effect::AwaitStart
            | Effect::AwaitEnd
            | Effect::ReplyRunning
            | Effect::Erase => {
                self.serve(effect, asker.take()).await;
            }
        }
    }

    /// The effects that are about the asker.
    async fn serve(&mut self, effect: Effect, asker: ReplyTo) {
        match (effect, asker) {
            (Effect::Forward, ReplyTo::Message(message, reply)) => {
                self.forward(message, reply).await;
            }
            (Effect::AwaitStart, ReplyTo::Start(reply)) => self.pending.starts.push(reply),
            (Effect::AwaitEnd, ReplyTo::End(reply)) => self.pending.ends.push(reply),
            (Effect::ReplyRunning, ReplyTo::Start(reply)) => {
                reply.send(Ok(self.view.borrow().started(true))).ok();
            }
            (Effect::Erase, ReplyTo::End(reply)) => self.erase(reply),
            (_, other) => other.refuse(Problem::internal(format!("{effect:?} has no asker"))),
        }
    }

    pub(super) fn seen(&self) -> Process {
        self.view.borrow().process.clone()
    }

    fn refuse_starts(&mut self, problem: &Problem) {
        for reply in self.pending.starts.drain(..) {
            reply.send(Err(problem.clone())).ok();
        }
    }

    /// Begins the next run; if not even its shim can be started, that is how the run ends.
    async fn launch(&mut self) {
        if matches!(self.run.state, RunState::Lost { .. }) {
            let folder = self.folder.run(self.run.run);
            tokio::task::block_in_place(|| orphan::end(&self.run, &folder));
        }
        if let Err(error) = self.settle() {
            return self.stays_as_it_was(&error);
        }
        let next = self.run.run + 1;
        let tty = self.process.tty.is_some();
        let starter = self.pending.starter.name();
        match launch::launch(&self.folder, &self.process, next, starter).await {
            Ok((run, link)) => {
                self.run = run;
                self.link = Some(link);
                self.pending.watching = false;
                self.pending.end = 0;
            }
            // What is known of the last run is worth more than that there is no next one.
            Err(error) if error.code == ErrorCode::Storage && self.run.run > 0 => {
                self.stays_as_it_was(&error);
            }
            Err(error) => {
                self.phase = Phase::Ended;
                self.refuse_starts(&error);
                let state = RunState::Failed { time: Time::now(), error };
                let (started_by, stopped_by) = (self.pending.starter.name(), None);
                self.run = RunRecord {
                    run: next,
                    shim: None,
                    tty,
                    started_by,
                    stopped_by,
                    state,
                    ..self.run.clone()
                };
                self.record();
            }
        }
    }

    pub(super) async fn send_stop(&mut self) {
        let StopOptions { force, timeout, by } = self.pending.stop.clone();
        let timeout = timeout.or(self.process.stop_timeout).unwrap_or(Seconds::STOP_TIMEOUT);
        if let Some(link) = &mut self.link {
            // A shim that cannot be asked is gone, and that is heard in the next turn.
            link.ask(Ask::Stop { force, timeout, by: by.name() }).await.ok();
        }
        self.run.stopped_by = self.run.stopped_by.take().or(by.name());
    }

    async fn forward(&mut self, message: ChildMessage, reply: Reply<Process>) {
        let Some(link) = &mut self.link else { return };
        let sent = match message {
            ChildMessage::Signal(signal) => link.ask(Ask::Signal { signal }).await,
            ChildMessage::Resize(size) => {
                self.process.tty = self.process.tty.and(Some(size));
                link.ask(Ask::Resize { size }).await
            }
            ChildMessage::Stdin(bytes) => link.stdin(&bytes).await,
            ChildMessage::CloseStdin => link.ask(Ask::CloseStdin).await,
        };
        match sent {
            Ok(number) => self.pending.messages.push((number, reply)),
            Err(_) => {
                reply.send(Err(not_running(&self.seen()))).ok();
            }
        }
    }

    /// A disk that took nothing may be well again.
    fn settle(&mut self) -> Result<(), Problem> {
        if let Some((record, _)) = &self.unwritten {
            self.folder.write_run(record)?;
        }
        self.unwritten = None;
        Ok(())
    }

    fn stays_as_it_was(&mut self, error: &Problem) {
        self.phase = Phase::Ended;
        self.refuse_starts(error);
    }

    /// Nothing is ended for the sake of a run that could not be written down: whoever wants one
    /// hears so.
    pub(super) fn can_begin_again(&self, reply: Reply<Started>) -> Option<Reply<Started>> {
        match self.folder.write(&self.process) {
            Ok(()) => Some(reply),
            Err(problem) => {
                reply.send(Err(problem)).ok();
                None
            }
        }
    }

    /// The shim wrote its record itself; what it could not write is written here.
    fn record(&mut self) {
        let written = if self.folder.read_run(self.run.run).ok().as_ref() == Some(&self.run) {
            Ok(())
        } else {
            self.folder.write_run(&self.run).inspect_err(|error| tracing::warn!("{error}"))
        };
        if !matches!(self.run.state, RunState::Running { .. }) {
            self.over(written.is_ok());
        }
        self.publish();
        if let Some(event) = happening::Event::of(self.seen()) {
            // Nobody may be listening.
            self.events.send(event).ok();
        }
    }

    /// Everything that waited for this run hears that it is over; old runs make room. A shim that
    /// alone knows how it ended stays where the next daemon finds it.
    fn over(&mut self, written: bool) {
        let gone = not_running(
            &ProcessView::new(&self.folder, &self.process, &self.run, Phase::Ended).process,
        );
        for (_, reply) in self.pending.messages.drain(..) {
            reply.send(Err(gone.clone())).ok();
        }
        if written {
            crate::logs::missing::none_if_missing(std::fs::remove_file(self.folder.socket())).ok();
        }
        let (folder, limits, retention) =
            (self.folder.clone(), self.limits, self.retention.clone());
        tokio::task::spawn_blocking(move || {
            if let Err(error) = folder.prune(limits) {
                tracing::warn!("old runs could not be dropped: {error}");
            }
            retention.enforce();
        });
    }

    fn answer_starts(&mut self) {
        self.publish();
        let view = self.view.borrow().clone();
        let answer = match &self.run.state {
            RunState::Failed { error, .. } => Err(error.clone()),
            _ => Ok(()),
        };
        // The first asker started it; the others joined.
        for (place, reply) in self.pending.starts.drain(..).enumerate() {
            reply.send(answer.clone().map(|()| view.started(place > 0))).ok();
        }
    }

    fn answer_ends(&mut self) {
        let process =
            ProcessView::new(&self.folder, &self.process, &self.run, Phase::Ended).process;
        for reply in self.pending.ends.drain(..) {
            reply.send(Ok(process.clone())).ok();
        }
    }

    fn erase(&mut self, reply: Reply<Process>) {
        let process = self.seen();
        let erased = self.folder.erase();
        if erased.is_ok() {
            self.view.send_modify(|view| view.forgotten = true);
            self.events.send(happening::Event::Forgotten { process: process.clone() }).ok();
        }
        reply.send(erased.map(|()| process)).ok();
    }

    /// Everyone sees facts only: a run whose child is not there yet is none.
    pub(super) fn publish(&mut self) {
        if matches!(self.run.state, RunState::Starting { .. }) {
            return;
        }
        let mut next = ProcessView::new(&self.folder, &self.process, &self.run, self.phase);
        self.view.send_if_modified(|view| {
            next.forgotten = view.forgotten;
            let changed = view.process != next.process
                || view.restarting != next.restarting
                || view.forgotten != next.forgotten;
            *view = next;
            changed
        });
    }
}
