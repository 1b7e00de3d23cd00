//! [`Task`]: the one task that owns a process. It alone talks to the shim, changes the records and
//! publishes the [`ProcessView`]. Each request is answered when what it asked for is done.

mod assigned_port;
mod effects;
mod replies;
mod settings;
mod shim_lost;
mod unanswered;

use std::sync::Arc;

use persistproc_api::Problem;
use persistproc_api::daemon::Limits;
use persistproc_api::environment::Environment;
use persistproc_api::event::Event;
use persistproc_api::handover::HandoverOffer;
use persistproc_api::process::StdinSource;
use persistproc_api::record::{ProcessRecord, RunRecord, RunState};
use persistproc_api::shim::{Ask, ShimMessage};
use persistproc_api::start::{IfRunning, Started};
use persistproc_api::streams::StandardStream;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::Instant;

use self::replies::{PendingReplies, ReplyTo, send_reply};
use self::unanswered::{ADOPTION_GRACE, TakeoverRetry, UnansweredStop};
use super::access::RunAccess;
use super::adoption::{Adoption, Adoptions};
use super::handle::ProcessHandle;
use super::lifecycle::{LifecycleEvent, Phase};
use super::link::{ShimLink, SpareHandles};
use super::reaper::Reaper;
use super::state::ProcessState;
use super::takeover::Takeover;
use super::task_request::{Reply, StopOptions, TaskRequest};
use super::view::{LogGrowth, ProcessView};
use crate::platform::sockets::ListeningSocket;
use crate::supervisor::edges::Edges;
use crate::supervisor::ports::reservations::PortReservations;
use crate::supervisor::problems::already_running;
use crate::supervisor::requests::requester::Requester;
use crate::supervisor::requests::spec::ProcessSpec;
use crate::supervisor::storage::folder::ProcessFolder;
use crate::supervisor::storage::retention::Retention;
use crate::supervisor::watchers::Watchers;

/// How many requests may wait for one task.
const MAX_QUEUED_REQUESTS: usize = 256;

/// What the tasks of all processes share.
#[derive(Clone)]
pub struct TaskContext {
    pub limits: Limits,
    pub events: broadcast::Sender<Event>,
    pub retention: Retention,
    pub reaper: Reaper,
    pub ports: PortReservations,
    pub adoptions: Adoptions,
    pub(crate) edges: Edges,
}

/// A process, its shim, and the requests that wait for either.
pub struct Task {
    context: TaskContext,
    folder: ProcessFolder,
    process: ProcessRecord,
    run: RunRecord,
    phase: Phase,
    link: Option<ShimLink>,
    /// The end of a run that could not be written to disk, and its shim, which keeps that end for
    /// the next daemon as long as the link is open.
    unwritten: Option<(RunRecord, ShimLink)>,
    takeover: Takeover,
    /// The run of an earlier daemon whose shim has not answered yet.
    adoption: Option<Adoption>,
    /// Requests wait for the adoption until then.
    adoption_grace: Instant,
    /// Another shim could not be started for a run whose shim was killed.
    retry: Option<TakeoverRetry>,
    /// The descriptors of a shim that has closed its connection and is alive.
    kept_handles: SpareHandles,
    /// A stop that the shim has not confirmed.
    unanswered_stop: Option<UnansweredStop>,
    /// Why the process cannot be started: its record cannot be read.
    damage: Option<Problem>,
    view: watch::Sender<ProcessView>,
    growth: watch::Sender<LogGrowth>,
    replies: PendingReplies,
    /// How to stop the run, from the latest request.
    stop_options: StopOptions,
    /// The sockets of the machine that were listening when the run began.
    listening_before: Option<Arc<[ListeningSocket]>>,
    /// Whether the next run continues the present one for clients that follow it.
    continues_run: bool,
    /// The requester of the next run.
    starter: Requester,
    /// What the requester of the next run hands over to it.
    handover: Option<HandoverOffer>,
    /// The standard input of the next run, if none is handed over.
    next_stdin: StdinSource,
    /// The environment of the next run with the variables of agents, which are not recorded.
    run_environment: Option<Environment>,
    /// What the answer to the next start says about its environment.
    environment_note: String,
    /// What the answer to the start of the present run says about it.
    start_note: String,
    /// The shim was asked to report the growth of the log and has not done so yet.
    growth_requested: bool,
    /// The length of the log as the shim last reported it.
    log_end: u64,
    /// The clients that watch the process.
    watchers: Watchers,
    /// When a client sent a signal or input.
    last_message: Option<Instant>,
}

impl Task {
    /// Spawns the task of a process.
    pub(crate) fn spawn(state: ProcessState, context: TaskContext) -> ProcessHandle {
        let ProcessState { folder, process, run, phase, link, adoption, damage } = state;
        let id = process.id.clone();
        context.ports.restore(&process);
        let (requests, receiver) = mpsc::channel(MAX_QUEUED_REQUESTS);
        let mut first_view = ProcessView::new(&folder, &process, &run, phase);
        Arc::make_mut(&mut first_view.process).answering = adoption.is_none();
        let (view, view_receiver) = watch::channel(first_view);
        let growth = watch::Sender::new(LogGrowth::default());
        let mut takeover = Takeover::new(context.reaper.clone());
        takeover.track(&run);
        let (link, unwritten) = if phase == Phase::Ended {
            (None, link.map(|link| (run.clone(), link)))
        } else {
            (link, None)
        };
        let task = Self {
            context,
            folder,
            process,
            run,
            phase,
            link,
            unwritten,
            takeover,
            adoption,
            adoption_grace: Instant::now() + ADOPTION_GRACE,
            retry: None,
            kept_handles: SpareHandles::new(),
            unanswered_stop: None,
            damage,
            view,
            growth: growth.clone(),
            replies: PendingReplies::default(),
            stop_options: StopOptions::default(),
            listening_before: None,
            continues_run: false,
            starter: Requester::default(),
            handover: None,
            next_stdin: StdinSource::Own,
            run_environment: None,
            environment_note: String::new(),
            start_note: String::new(),
            growth_requested: false,
            log_end: 0,
            watchers: Watchers::default(),
            last_message: None,
        };
        let (watchers, facts) = (task.watchers.clone(), Arc::default());
        tokio::spawn(task.work(receiver));
        ProcessHandle {
            id,
            requests,
            view: view_receiver,
            growth,
            facts,
            watchers,
            clients: Arc::default(),
        }
    }

    /// Runs until the process is forgotten or the daemon exits.
    async fn work(mut self, mut requests: mpsc::Receiver<TaskRequest>) {
        loop {
            tokio::select! {
                request = requests.recv() => match request {
                    Some(request) => self.handle_request(request).await,
                    None => return,
                },
                message = next_message(&mut self.link) => self.handle_message(message).await,
                exit = self.takeover.child_exit() => self.child_exited(exit).await,
                outcome = unanswered::outcome(&mut self.adoption) => self.adopted(outcome).await,
                () = unanswered::until(self.retry.as_ref().map(|retry| retry.at)) => {
                    self.retry_takeover().await;
                }
                () = unanswered::until(self.unanswered_stop.as_ref().map(|stop| stop.deadline)) => {
                    self.end_unanswered().await;
                }
            }
            if self.view.borrow().forgotten {
                return;
            }
        }
    }

    async fn handle_request(&mut self, request: TaskRequest) {
        self.await_adoption().await;
        match request {
            TaskRequest::Start { reply, .. } | TaskRequest::Restart { reply, .. }
                if self.damage.is_some() =>
            {
                let damage = self.damage.clone();
                send_reply(reply, damage.map_or_else(|| Ok(self.view.borrow().started(true)), Err));
            }
            TaskRequest::Start { spec, if_running, requester, reply } => {
                self.start(*spec, if_running, requester, reply).await;
            }
            TaskRequest::Stop { options, reply } => {
                self.stop_options = options;
                self.handle_event(LifecycleEvent::Stop, ReplyTo::End(reply)).await;
            }
            TaskRequest::Restart { options, environment, reply } => {
                if let Some(reply) = self.check_writable(reply) {
                    if let Some(environment) = environment {
                        self.replace_environment(environment, &options.requester);
                    }
                    self.starter = options.requester.clone();
                    self.stop_options = options;
                    // An input that was handed over belonged to that run.
                    if !self.run.stdin.is_own() {
                        self.next_stdin = StdinSource::DevNull;
                    }
                    self.handle_event(LifecycleEvent::Restart, ReplyTo::Start(reply)).await;
                }
            }
            TaskRequest::Label { label, reply } => self.set_label(label, reply),
            TaskRequest::Forget { reply } => {
                self.handle_event(LifecycleEvent::Forget, ReplyTo::End(reply)).await;
            }
            TaskRequest::Message { message, reply } => {
                let reply_to = ReplyTo::Message(message, reply);
                self.handle_event(LifecycleEvent::Message, reply_to).await;
            }
            TaskRequest::ReportGrowth => self.request_growth().await,
            TaskRequest::Bind => self.bind_again().await,
        }
    }

    async fn start(
        &mut self,
        spec: ProcessSpec,
        if_running: IfRunning,
        requester: Requester,
        reply: Reply<Started>,
    ) {
        if if_running == IfRunning::Return && !self.can_be_joined_by(&spec) {
            // Without a reply, the start is about another process.
            return;
        }
        let (event, reply) = match (self.phase, if_running) {
            (Phase::Running, IfRunning::Error) => {
                send_reply(reply, Err(already_running(&self.published_process())));
                return;
            }
            // What a program left behind is ended before the program is started again.
            (Phase::Running, IfRunning::Return) if self.run.leader_exit.is_some() => {
                match self.check_writable(reply) {
                    Some(reply) => (LifecycleEvent::Restart, reply),
                    None => return,
                }
            }
            (Phase::Running, IfRunning::Restart) => match self.check_writable(reply) {
                Some(reply) => (LifecycleEvent::Restart, reply),
                None => return,
            },
            _ => (LifecycleEvent::Start, reply),
        };
        // A request that joins a run, or a start in progress, does not change what is run.
        if event == LifecycleEvent::Restart || matches!(self.phase, Phase::Ended | Phase::Stopping)
        {
            if !spec.inherit_environment || self.run.run == 0 && spec.client_environment.is_some() {
                self.process.environment_of = requester.name();
            }
            self.apply_spec(spec);
            self.starter = requester.clone();
            self.stop_options = StopOptions { requester, ..StopOptions::default() };
        }
        self.handle_event(event, ReplyTo::Start(reply)).await;
    }

    /// Whether a start may join the run that it would find here. There is none to join before the
    /// next start.
    fn can_be_joined_by(&self, spec: &ProcessSpec) -> bool {
        let access = match self.phase {
            Phase::Ended | Phase::Stopping => return true,
            Phase::Starting | Phase::Running => RunAccess::of_run(&self.run),
            Phase::Restarting => RunAccess::of_start(self.handover.as_ref()),
        };
        access.admits(spec.handover.as_ref())
    }

    /// Handles a message of the shim. `None` means that the connection has ended.
    async fn handle_message(&mut self, message: Option<ShimMessage>) {
        match message {
            Some(ShimMessage::State { record, .. }) => self.run_changed(*record).await,
            Some(ShimMessage::Log { end }) => {
                // Followers ask for the next report when they have read up to this end.
                self.growth_requested = false;
                self.log_end = end;
                self.growth.send_replace(LogGrowth { run: self.run.run, end });
            }
            Some(ShimMessage::Rolled) => self.context.retention.enforce(&self.process.id),
            Some(ShimMessage::ReaderGone { stream }) => self.reader_gone(stream).await,
            // Only viewers get it, and the daemon is none.
            Some(ShimMessage::Terminal { .. } | ShimMessage::Process { .. }) => {}
            Some(ShimMessage::Reply { number, error }) => {
                self.unanswered_stop.take_if(|stop| stop.number == Some(number));
                let answer = error.map_or_else(|| Ok(self.published_process()), Err);
                self.replies.answer_message(number, answer);
            }
            None => {
                let link = self.link.take();
                let handles = link.map(ShimLink::into_spare_handles).unwrap_or_default();
                self.shim_lost(handles).await;
            }
        }
    }

    /// The shim has reported a state of the run.
    async fn run_changed(&mut self, record: RunRecord) {
        let event = match &record.state {
            RunState::Starting { .. } => return,
            RunState::Running { .. } => LifecycleEvent::Started,
            RunState::Failed { .. } => LifecycleEvent::Failed,
            RunState::Ended { .. } | RunState::Lost { .. } => LifecycleEvent::Over,
        };
        self.takeover.track(&record);
        let has_started = event == LifecycleEvent::Started;
        if has_started && self.run.run == record.run && self.phase != Phase::Starting {
            // Another shim has taken over a run that started before.
            self.run = record;
            return self.publish();
        }
        let end_requested = matches!(record.state, RunState::Ended { stop_requested: true, .. });
        let remembered_requester = self.run.stopped_by.take();
        self.run = record;
        if end_requested {
            // Shims of older builds do not record who asked for the end.
            self.run.stopped_by = self.run.stopped_by.take().or(remembered_requester);
        } else {
            self.run.stopped_by = None;
        }
        self.unanswered_stop = None;
        let ended = (!has_started).then(|| (self.run.clone(), self.link.take()));
        self.handle_event(event, ReplyTo::None).await;
        if let Some((record, Some(link))) = ended
            && self.folder.read_run(record.run).ok().as_ref() != Some(&record)
        {
            self.unwritten = Some((record, link));
        }
    }

    /// The run has ended as its record says.
    async fn run_is_over(&mut self) {
        self.unanswered_stop = None;
        self.takeover.track(&self.run);
        self.handle_event(LifecycleEvent::Over, ReplyTo::None).await;
    }

    /// The client that started the run has lost the reader of a stream. If it is the only one that
    /// follows the output, the stream is closed: the child gets SIGPIPE, as it would in a pipeline.
    async fn reader_gone(&mut self, stream: StandardStream) {
        let is_only_follower = self.growth.receiver_count() <= 1;
        let answer =
            if is_only_follower { Ask::CloseOutput { stream } } else { Ask::KeepOutput { stream } };
        if let Some(link) = &mut self.link {
            // Fails if the shim is gone, which the next turn of the loop finds.
            link.ask(answer).await.ok();
        }
    }

    /// Asks the shim to report the next growth of the log, once, if there is a follower.
    async fn request_growth(&mut self) {
        if self.growth_requested || self.growth.receiver_count() == 0 {
            return;
        }
        let after = self.log_end;
        if let Some(link) = &mut self.link {
            self.growth_requested = link.ask(Ask::Watch { after }).await.is_ok();
        }
    }
}

/// The next message of the shim; stays pending without a shim.
async fn next_message(link: &mut Option<ShimLink>) -> Option<ShimMessage> {
    match link {
        Some(link) => link.next().await,
        None => std::future::pending().await,
    }
}
