//! [`PendingReplies`]: the requests that a task has accepted and not answered yet; [`send_reply`]
//! answers one.

use persistproc_api::start::Started;
use persistproc_api::{Problem, Process};

use crate::supervisor::runs::task_request::{ChildMessage, Reply};

/// Requests that wait for their replies.
#[derive(Default)]
pub(super) struct PendingReplies {
    /// For the start of a run.
    pub(super) starts: Vec<Reply<Started>>,
    /// For the end of a run.
    pub(super) ends: Vec<Reply<Process>>,
    /// For the shim's reply of this number.
    messages: Vec<(u64, Reply<Process>)>,
}

/// The reply of the request that is being handled.
pub(super) enum ReplyTo {
    None,
    Start(Reply<Started>),
    End(Reply<Process>),
    Message(ChildMessage, Reply<Process>),
}

/// Answers a request. Sending fails if the client has gone away; then no answer is needed.
pub(super) fn send_reply<T>(reply: Reply<T>, answer: Result<T, Problem>) {
    reply.send(answer).ok();
}

impl PendingReplies {
    /// Answers all starts: the first request started the run, the others joined it.
    pub(super) fn answer_starts(&mut self, answer: impl Fn(bool) -> Result<Started, Problem>) {
        for (position, reply) in self.starts.drain(..).enumerate() {
            let already_running = position > 0;
            send_reply(reply, answer(already_running));
        }
    }

    pub(super) fn refuse_starts(&mut self, problem: &Problem) {
        for reply in self.starts.drain(..) {
            send_reply(reply, Err(problem.clone()));
        }
    }

    pub(super) fn answer_ends(&mut self, process: &Process) {
        for reply in self.ends.drain(..) {
            send_reply(reply, Ok(process.clone()));
        }
    }

    pub(super) fn await_message(&mut self, number: u64, reply: Reply<Process>) {
        self.messages.push((number, reply));
    }

    /// Answers the message that the shim's reply of this number belongs to.
    pub(super) fn answer_message(&mut self, number: u64, answer: Result<Process, Problem>) {
        if let Some(index) = self.messages.iter().position(|(sent, _)| *sent == number) {
            let (_, reply) = self.messages.swap_remove(index);
            send_reply(reply, answer);
        }
    }

    pub(super) fn refuse_messages(&mut self, problem: &Problem) {
        for (_, reply) in self.messages.drain(..) {
            send_reply(reply, Err(problem.clone()));
        }
    }
}

impl ReplyTo {
    /// Takes the reply out, so that it is sent once.
    pub(super) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::None)
    }

    pub(super) fn refuse(self, problem: Problem) {
        match self {
            Self::None => {}
            Self::Start(reply) => send_reply(reply, Err(problem)),
            Self::End(reply) | Self::Message(_, reply) => send_reply(reply, Err(problem)),
        }
    }
}
