//! Carries out the effects that [`step`] returns: starts shims, sends them requests, writes
//! records, answers requests.

use std::sync::Arc;
use std::time::Duration;

use persistproc_api::event::Event;
use persistproc_api::record::{RunRecord, RunState};
use persistproc_api::seconds::Seconds;
use persistproc_api::shim::Ask;
use persistproc_api::start::Started;
use persistproc_api::{ErrorCode, Problem, Process, Time};
use tokio::time::Instant;

use super::replies::{ReplyTo, send_reply};
use super::{StopOptions, Task};
use crate::logs::missing::none_if_missing;
use crate::platform::sockets;
use crate::supervisor::edges::{Edge, EndCircumstances};
use crate::supervisor::problems::{not_answering, not_running, still_running};
use crate::supervisor::runs::access::RunAccess;
use crate::supervisor::runs::launch;
use crate::supervisor::runs::lifecycle::{Effect, LifecycleEvent, Phase, continues_run, step};
use crate::supervisor::runs::orphan;
use crate::supervisor::runs::task_request::{ChildMessage, Reply};
use crate::supervisor::runs::view::ProcessView;

/// A process that ends within this time after a signal or an input has done as a client wanted.
const ANSWER_TIME: Duration = Duration::from_secs(10);

impl Task {
    pub(super) async fn handle_event(&mut self, event: LifecycleEvent, mut reply_to: ReplyTo) {
        self.continues_run = continues_run(self.continues_run, self.phase, event);
        let (phase, effects) = step(self.phase, event);
        self.phase = phase;
        for effect in effects {
            self.perform(*effect, &mut reply_to).await;
        }
        self.publish();
    }

    async fn perform(&mut self, effect: Effect, reply_to: &mut ReplyTo) {
        match effect {
            Effect::Launch => self.launch().await,
            Effect::SendStop => self.send_stop().await,
            Effect::Record => self.record(),
            Effect::AnswerStarts => self.answer_starts(),
            Effect::AnswerStops => self.answer_stops(),
            Effect::RefuseStarts => {
                let message = "The process was stopped while it was being started.";
                self.replies.refuse_starts(&Problem::new(ErrorCode::Superseded, message));
                self.handover = None;
            }
            Effect::RefuseNotRunning => {
                reply_to.take().refuse(not_running(&self.published_process()));
            }
            Effect::RefuseStillRunning => {
                reply_to.take().refuse(still_running(&self.published_process()));
            }
            Effect::Forward
            | Effect::AwaitStart
            | Effect::AwaitEnd
            | Effect::ReplyRunning
            | Effect::Erase => self.serve(effect, reply_to.take()).await,
        }
    }

    /// Performs the effects that keep or use the reply of the request.
    async fn serve(&mut self, effect: Effect, reply_to: ReplyTo) {
        match (effect, reply_to) {
            (Effect::Forward, ReplyTo::Message(message, reply)) => {
                self.forward(message, reply).await;
            }
            (Effect::AwaitStart, ReplyTo::Start(reply)) => self.replies.starts.push(reply),
            (Effect::AwaitEnd, ReplyTo::End(reply)) => self.replies.ends.push(reply),
            (Effect::ReplyRunning, ReplyTo::Start(reply)) => {
                send_reply(reply, Ok(self.view.borrow().started(true)));
            }
            (Effect::Erase, ReplyTo::End(reply)) => self.erase(reply),
            (_, other) => other.refuse(Problem::internal(format!("{effect:?} has no request"))),
        }
    }

    /// The process as last published.
    pub(super) fn published_process(&self) -> Process {
        Process::clone(&self.view.borrow().process)
    }

    /// Starts the next run. If its shim cannot be started, the run is recorded as failed.
    async fn launch(&mut self) {
        if matches!(self.run.state, RunState::Lost { .. }) {
            let folder = self.folder.run(self.run.run);
            tokio::task::block_in_place(|| orphan::kill(&self.run, &folder));
        }
        if let Err(error) = self.write_unwritten() {
            return self.cancel_start(&error);
        }
        self.assign_port();
        let next = self.run.run + 1;
        let handover = self.handover.take();
        let environment = self.run_environment.take();
        let state = RunState::Starting { time: Time::now() };
        let mut record = RunRecord::new(next, &self.process.launch, state);
        record.started_by = self.starter.name();
        record.started_by_session = self.starter.session();
        record.by_restart = self.continues_run;
        RunAccess::of_start(handover.as_ref()).write_to(&mut record);
        if handover.is_none() {
            record.stdin = self.next_stdin;
        }
        match launch::launch(&self.folder, &self.process, record, handover, environment).await {
            Ok((run, link)) => {
                self.listening_before = Some(sockets::listening().into());
                self.run = run;
                self.link = Some(link);
                self.growth_requested = false;
                self.log_end = 0;
            }
            // Keep the record of the last run: it says more than that the next run failed to start.
            Err(error) if error.code == ErrorCode::Storage && self.run.run > 0 => {
                self.cancel_start(&error);
            }
            Err(error) => {
                self.cancel_start(&error);
                let state = RunState::Failed { time: Time::now(), error };
                self.run = RunRecord::new(next, &self.process.launch, state);
                self.run.started_by = self.starter.name();
                self.run.started_by_session = self.starter.session();
                self.run.by_restart = self.continues_run;
                self.record();
            }
        }
    }

    /// Leaves the process as it is and refuses the starts that wait.
    fn cancel_start(&mut self, error: &Problem) {
        self.phase = Phase::Ended;
        self.handover = None;
        self.replies.refuse_starts(error);
    }

    pub(super) async fn send_stop(&mut self) {
        let StopOptions { force, timeout, interrupt, requester } = self.stop_options.clone();
        let timeout = timeout.or(self.process.launch.stop_timeout).unwrap_or(Seconds::STOP_TIMEOUT);
        let mut number = None;
        if let Some(link) = &mut self.link {
            let ask = Ask::Stop { force, timeout, by: requester.name(), interrupt };
            // Fails if the shim is gone, which the next turn of the loop finds.
            number = link.ask(ask).await.ok();
        }
        self.await_confirmation(number, if force { Duration::ZERO } else { timeout.duration() });
        self.run.stopped_by = self.run.stopped_by.take().or(requester.name());
    }

    async fn forward(&mut self, message: ChildMessage, reply: Reply<Process>) {
        let Some(link) = &mut self.link else {
            return send_reply(
                reply,
                Err(not_answering(&self.published_process(), self.shim_pid())),
            );
        };
        if !matches!(message, ChildMessage::Resize(_)) {
            self.last_message = Some(Instant::now());
        }
        let sent = match message {
            ChildMessage::Signal(signal) => link.ask(Ask::Signal { signal }).await,
            ChildMessage::Resize(size) => {
                let tty = &mut self.process.launch.tty;
                *tty = tty.and(Some(size));
                link.ask(Ask::Resize { size }).await
            }
            ChildMessage::Stdin(bytes) => link.stdin(&bytes).await,
            ChildMessage::CloseStdin => link.ask(Ask::CloseStdin).await,
        };
        match sent {
            Ok(number) => self.replies.await_message(number, reply),
            Err(_) => send_reply(reply, Err(not_running(&self.published_process()))),
        }
    }

    /// Writes the end that could not be written before; the disk may accept it now.
    fn write_unwritten(&mut self) -> Result<(), Problem> {
        if let Some((record, _)) = &self.unwritten {
            self.folder.write_run(record)?;
        }
        self.unwritten = None;
        Ok(())
    }

    /// Checks that the records of a next run can be written, before the current run is ended for
    /// it. Returns the reply if so, and refuses the request otherwise.
    pub(super) fn check_writable(&mut self, reply: Reply<Started>) -> Option<Reply<Started>> {
        match self.folder.write(&self.process) {
            Ok(()) => Some(reply),
            Err(problem) => {
                send_reply(reply, Err(problem));
                None
            }
        }
    }

    /// Writes the record of the run, unless its shim has already written the same, and announces
    /// the change.
    fn record(&mut self) {
        let written = if self.folder.read_run(self.run.run).ok().as_ref() == Some(&self.run) {
            Ok(())
        } else {
            self.folder.write_run(&self.run).inspect_err(|error| tracing::warn!("{error}"))
        };
        if !matches!(self.run.state, RunState::Running { .. }) {
            self.clean_up(written.is_ok());
        }
        // Clients that watch the process leave when the end is published.
        let is_watched = self.watchers.are_there();
        self.publish_silently();
        self.report_edge(is_watched);
        if let Some(event) = Event::from_status_of(self.published_process()) {
            // Fails without receivers.
            self.context.events.send(event).ok();
        }
    }

    /// Reports a start or an end to the task that shows notices.
    fn report_edge(&self, is_watched: bool) {
        let end = EndCircumstances {
            is_service: self.run.service,
            is_watched,
            is_answer: self.last_message.is_some_and(|time| time.elapsed() < ANSWER_TIME),
        };
        self.context.edges.send(|| match self.published_process() {
            process if process.status.is_alive() => Edge::Started { process },
            process => Edge::Ended { process, end },
        });
    }

    /// Cleans up after the end of a run: refuses the messages for it and drops old runs. If the
    /// end could not be written, the socket of the shim stays, so that the next daemon can find
    /// the shim and ask it.
    fn clean_up(&mut self, written: bool) {
        self.replies.refuse_messages(&not_running(&self.ended_process()));
        if written {
            // A socket that stays is replaced when the next shim is started.
            none_if_missing(std::fs::remove_file(self.folder.socket())).ok();
        }
        let folder = self.folder.clone();
        let limits = self.context.limits;
        let retention = self.context.retention.clone();
        let id = self.process.id.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = folder.prune(limits) {
                tracing::warn!("cannot drop old runs: {error}");
            }
            retention.enforce(&id);
        });
    }

    fn answer_starts(&mut self) {
        self.publish();
        let answer = match &self.run.state {
            RunState::Failed { error, .. } => Err(error.clone()),
            _ => Ok(self.view.borrow().clone()),
        };
        self.replies.answer_starts(|already_running| {
            answer.as_ref().map(|view| view.started(already_running)).map_err(Problem::clone)
        });
    }

    fn answer_stops(&mut self) {
        let process = self.ended_process();
        self.replies.answer_ends(&process);
    }

    /// The process as the record of its ended run describes it.
    fn ended_process(&self) -> Process {
        let view = ProcessView::new(&self.folder, &self.process, &self.run, Phase::Ended);
        Arc::unwrap_or_clone(view.process)
    }

    fn erase(&mut self, reply: Reply<Process>) {
        let process = self.published_process();
        let erased = self.folder.erase();
        if erased.is_ok() {
            self.context.ports.release(&self.process.id);
            self.view.send_modify(|view| view.forgotten = true);
            // Fails without receivers.
            self.context.events.send(Event::Forgotten { process: process.clone() }).ok();
            self.context.edges.send(|| Edge::Forgotten { id: process.id.clone() });
        }
        send_reply(reply, erased.map(|()| process));
    }

    /// Publishes the view, unless the child of the run has not been started yet, and announces what
    /// has changed.
    pub(super) fn publish(&mut self) {
        if self.publish_silently() {
            let process = self.published_process();
            // Fails without receivers.
            self.context.events.send(Event::Changed { process }).ok();
        }
    }

    /// Publishes the view, and returns whether the process has changed.
    fn publish_silently(&mut self) -> bool {
        if matches!(self.run.state, RunState::Starting { .. }) {
            return false;
        }
        let mut is_other_process = false;
        let mut next = ProcessView::new(&self.folder, &self.process, &self.run, self.phase);
        let is_answering = self.adoption.is_none() && self.retry.is_none();
        self.view.send_if_modified(|view| {
            next.forgotten = view.forgotten;
            Arc::make_mut(&mut next.process).answering = is_answering;
            next.listening_before.clone_from(&self.listening_before);
            next.start_note.clone_from(&self.start_note);
            is_other_process = view.process != next.process;
            let has_changed = is_other_process
                || view.restarting != next.restarting
                || view.forgotten != next.forgotten;
            *view = next;
            has_changed
        });
        is_other_process
    }
}
