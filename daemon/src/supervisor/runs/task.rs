//! The one task that owns a process: it alone talks to the shim, changes the record and answers
//! those who asked for a change. Each asker is answered when what was asked is done.

mod effects;
pub mod takeover;

use persistproc_api::daemon::Limits;
use persistproc_api::event as happening;
use persistproc_api::process::Size;
use persistproc_api::record::{ProcessRecord, RunRecord, RunState};
use persistproc_api::seconds::Seconds;
use persistproc_api::shim::{Ask, ShimMessage};
use persistproc_api::start::{IfRunning, Started};
use persistproc_api::{Problem, Process};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use self::takeover::Takeover;
use super::lifecycle::{Event, Phase};
use super::link::ShimLink;
use super::view::ProcessView;
use crate::supervisor::problems::already_running;
use crate::supervisor::requests::requester::Requester;
use crate::supervisor::requests::spec::ProcessSpec;
use crate::supervisor::storage::folder::ProcessFolder;
use crate::supervisor::storage::retention::Retention;

/// The answer to one asker.
pub type Reply<T> = oneshot::Sender<Result<T, Problem>>;

/// What can be asked of the task.
pub enum TaskRequest {
    Start {
        spec: Box<ProcessSpec>,
        if_running: IfRunning,
        by: Requester,
        reply: Reply<Started>,
    },
    Stop {
        stop: StopOptions,
        reply: Reply<Process>,
    },
    Restart {
        stop: StopOptions,
        reply: Reply<Started>,
    },
    Forget {
        reply: Reply<Process>,
    },
    Message {
        message: ChildMessage,
        reply: Reply<Process>,
    },
    /// A follower is there: it wants to be told when the log grows.
    NotifyGrowth,
}

/// How to end a run.
#[derive(Clone, Debug, Default)]
pub struct StopOptions {
    pub force: bool,
    pub timeout: Option<Seconds>,
    /// Who wants it.
    pub by: Requester,
}

/// What is passed on to the shim.
pub enum ChildMessage {
    Signal(i32),
    Resize(Size),
    Stdin(Vec<u8>),
    CloseStdin,
}

/// How far the log of the present run has grown, for followers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    pub run: u32,
    pub end: u64,
}

/// A process and everyone who waits for it.
pub struct Task {
    pub folder: ProcessFolder,
    pub limits: Limits,
    pub process: ProcessRecord,
    pub run: RunRecord,
    pub phase: Phase,
    pub link: Option<ShimLink>,
    /// How a run ended that could not be written down, and its shim, which keeps that for the next
    /// daemon as long as we hold the link.
    pub unwritten: Option<(RunRecord, ShimLink)>,
    pub view: watch::Sender<ProcessView>,
    pub growth: watch::Sender<Growth>,
    pub events: broadcast::Sender<happening::Event>,
    pub retention: Retention,
    pub pending: Pending,
    pub takeover: Takeover,
}

/// Those who wait.
#[derive(Default)]
pub struct Pending {
    starts: Vec<Reply<Started>>,
    ends: Vec<Reply<Process>>,
    messages: Vec<(u64, Reply<Process>)>,
    /// How the latest asker wants it ended.
    stop: StopOptions,
    /// Who wants the next run.
    starter: Requester,
    /// The shim was asked to tell when the log grows.
    watching: bool,
    /// What the shim told last of where the log ends.
    end: u64,
}

/// The asker of the event that is being handled.
enum ReplyTo {
    None,
    Start(Reply<Started>),
    End(Reply<Process>),
    Message(ChildMessage, Reply<Process>),
}

impl Task {
    /// Lives until the process is forgotten or the daemon leaves.
    pub async fn run(mut self, mut requests: mpsc::Receiver<TaskRequest>) {
        loop {
            let (link, takeover) = (&mut self.link, &mut self.takeover);
            let message = async {
                match link {
                    Some(link) => link.next().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                control = requests.recv() => match control {
                    Some(control) => self.control(control).await,
                    None => return,
                },
                message = message => self.heard(message).await,
                exit = takeover.exit() => self.child_ended(exit).await,
            }
            if self.view.borrow().forgotten {
                return;
            }
        }
    }

    async fn control(&mut self, control: TaskRequest) {
        match control {
            TaskRequest::Start { spec, if_running, by, reply } => {
                self.start(*spec, if_running, by, reply).await;
            }
            TaskRequest::Stop { stop, reply } => {
                self.pending.stop = stop;
                self.handle(Event::Stop, ReplyTo::End(reply)).await;
            }
            TaskRequest::Restart { stop, reply } => {
                if let Some(reply) = self.can_begin_again(reply) {
                    self.pending.starter = stop.by.clone();
                    self.pending.stop = stop;
                    self.handle(Event::Restart, ReplyTo::Start(reply)).await;
                }
            }
            TaskRequest::Forget { reply } => self.handle(Event::Forget, ReplyTo::End(reply)).await,
            TaskRequest::Message { message, reply } => {
                self.handle(Event::Message, ReplyTo::Message(message, reply)).await;
            }
            TaskRequest::NotifyGrowth => self.watch().await,
        }
    }

    async fn start(
        &mut self,
        spec: ProcessSpec,
        if_running: IfRunning,
        by: Requester,
        reply: Reply<Started>,
    ) {
        let (event, reply) = match (self.phase, if_running) {
            (Phase::Running, IfRunning::Error) => {
                reply.send(Err(already_running(&self.seen()))).ok();
                return;
            }
            (Phase::Running, IfRunning::Restart) => match self.can_begin_again(reply) {
                Some(reply) => (Event::Restart, reply),
                None => return,
            },
            _ => (Event::Start, reply),
        };
        // Those who find it running, or join a start in progress, take it as it is.
        if event == Event::Restart || matches!(self.phase, Phase::Ended | Phase::Stopping) {
            self.adopt(spec);
            self.pending.starter = by.clone();
            self.pending.stop = StopOptions { by, ..StopOptions::default() };
        }
        self.handle(event, ReplyTo::Start(reply)).await;
    }

    /// Takes over what a start request says about the process.
    fn adopt(&mut self, spec: ProcessSpec) {
        let process = &mut self.process;
        process.command = spec.command;
        process.working_directory = spec.working_directory;
        process.tty = spec.tty;
        process.umask = spec.umask.or(process.umask);
        if !spec.limits.is_empty() {
            process.limits = spec.limits;
        }
        process.stop_timeout = spec.stop_timeout.or(process.stop_timeout);
        process.log_limit = self.limits.log_limit;
        if !spec.inherit_environment {
            process.environment.clear();
        }
        process.environment.extend(spec.environment);
    }

    async fn heard(&mut self, message: Option<ShimMessage>) {
        match message {
            Some(ShimMessage::State { record, .. }) => self.state(record).await,
            Some(ShimMessage::Log { end }) => {
                self.pending.watching = false;
                self.pending.end = end;
                // Whoever follows asks for more when it has read this.
                self.growth.send_replace(Growth { run: self.run.run, end });
            }
            Some(ShimMessage::Rolled) => self.retention.enforce(),
            Some(ShimMessage::Reply { number, error }) => self.replied(number, error),
            None => {
                let spare = self.link.take().map(ShimLink::into_spare).unwrap_or_default();
                self.shim_gone(spare).await;
            }
        }
    }

    async fn state(&mut self, record: RunRecord) {
        let event = match &record.state {
            RunState::Starting { .. } => return,
            RunState::Running { .. } => Event::Started,
            RunState::Failed { .. } => Event::Failed,
            RunState::Ended { .. } | RunState::Lost { .. } => Event::Over,
        };
        self.takeover.run_is(&record);
        if self.run.run == record.run && event == Event::Started && self.phase != Phase::Starting {
            // Another shim goes on with a run that began long ago.
            self.run = record;
            return self.publish();
        }
        let asked_for_end = matches!(record.state, RunState::Ended { asked: true, .. });
        let remembered = self.run.stopped_by.take().filter(|_| asked_for_end);
        self.run = record;
        // A shim of an older build does not write down who asked.
        self.run.stopped_by = self.run.stopped_by.take().filter(|_| asked_for_end).or(remembered);
        let over = (event != Event::Started).then(|| (self.run.clone(), self.link.take()));
        self.handle(event, ReplyTo::None).await;
        if let Some((record, Some(link))) = over
            && self.folder.read_run(record.run).ok().as_ref() != Some(&record)
        {
            self.unwritten = Some((record, link));
        }
    }

    /// The run has ended, as the record says.
    async fn over_now(&mut self) {
        self.takeover.run_is(&self.run);
        self.handle(Event::Over, ReplyTo::None).await;
    }

    fn replied(&mut self, number: u64, error: Option<Problem>) {
        let Some(index) = self.pending.messages.iter().position(|(asked, _)| *asked == number)
        else {
            return;
        };
        let (_, reply) = self.pending.messages.swap_remove(index);
        let answer = error.map_or_else(|| Ok(self.seen()), Err);
        // An asker who is gone needs no answer; so everywhere here.
        reply.send(answer).ok();
    }

    /// Has the shim tell once when the log grows, as long as somebody follows.
    async fn watch(&mut self) {
        if self.pending.watching || self.growth.receiver_count() == 0 {
            return;
        }
        let after = self.pending.end;
        if let Some(link) = &mut self.link {
            self.pending.watching = link.ask(Ask::Watch { after }).await.is_ok();
        }
    }
}

impl ReplyTo {
    fn take(&mut self) -> Self {
        std::mem::replace(self, Self::None)
    }

    fn refuse(self, problem: Problem) {
        match self {
            Self::None => {}
            Self::Start(reply) => drop(reply.send(Err(problem))),
            Self::End(reply) | Self::Message(_, reply) => drop(reply.send(Err(problem))),
        }
    }
}
