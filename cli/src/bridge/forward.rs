//! Forwards requests and notifications to the daemon. After a failed attempt, [`next_step`] decides
//! whether a request is sent again, to the next daemon if this one was replaced.

use std::sync::Arc;
use std::time::Duration;

use persistproc_api::client::{CancelHandle, ExchangeError, McpAnswer, McpBody, McpRequest};
use persistproc_api::routes::WAITING_LOGGER;
use persistproc_api::{ErrorCode, Problem};
use serde_json::{Value, json};

use super::Bridge;
use super::mcp_session::{McpSession, McpSessions};
use super::message::{INTERNAL_ERROR, Message, MessageKind, Protocol};
use super::pending::PendingRequest;
use super::retry::{AttemptFailure, RetryStep, next_step};

/// The HTTP statuses that mean that a request was not executed because of its session: the session is
/// unknown, or it failed while the daemon restored it.
const SESSION_FAILURES: [u16; 2] = [404, 500];

const OLD_DAEMON: &str = "It is an older version without MCP. Run `persistproc serve --replace` to \
                          replace it. Its processes keep running.";

/// The longest time that a tool takes to answer a client that gets no progress, with some more. One
/// that takes longer because the daemon is busy with it is waited for.
const LONGEST_CALL: Duration = Duration::from_secs(50);

/// The result of one attempt to forward a request.
enum AttemptResult {
    Answered,
    Failed(AttemptFailure, Problem),
}

impl Bridge {
    /// Forwards a request until it is answered or must not be retried.
    pub(super) fn forward_until_answered(
        self: &Arc<Self>,
        message: &Message,
        request: &PendingRequest,
    ) {
        let is_idempotent = message.is_idempotent();
        for attempts in 1.. {
            let session = self.session_of(message);
            let (failure, problem) = match self.attempt(message, session.as_ref(), request) {
                AttemptResult::Answered => return McpSessions::listen(self),
                AttemptResult::Failed(failure, problem) => (failure, problem),
            };
            match (next_step(failure, is_idempotent, attempts), session) {
                (RetryStep::NoReply, _) => return,
                (RetryStep::Retry, _) => {}
                (RetryStep::RenewSession, Some(lost)) => self.sessions.renew(self, &lost),
                (RetryStep::MaybeExecuted, _) => {
                    return self.reply_error(request, &maybe_executed(message, &problem));
                }
                (RetryStep::NotExecuted | RetryStep::RenewSession, _) => {
                    return self.reply_error(request, &text_of(&problem));
                }
            }
        }
    }

    fn reply_error(&self, request: &PendingRequest, text: &str) {
        self.writer.write_error(Some(&request.id), INTERNAL_ERROR, text);
    }

    fn session_of(&self, message: &Message) -> Option<McpSession> {
        match message.protocol {
            Protocol::WithSessions => self.sessions.current(),
            Protocol::Stateless { .. } => None,
        }
    }

    fn attempt(
        &self,
        message: &Message,
        session: Option<&McpSession>,
        request: &PendingRequest,
    ) -> AttemptResult {
        let answer = match self.client.mcp(&self.http_request(message, session), &request.cancel) {
            _ if request.cancel.is_cancelled() => return cancelled(),
            Ok(answer) => answer,
            Err(ExchangeError::Undelivered(problem)) => {
                return AttemptResult::Failed(AttemptFailure::Unsent, problem);
            }
            Err(ExchangeError::Unanswered(problem))
                if problem.code == ErrorCode::DaemonUnresponsive =>
            {
                return AttemptResult::Failed(AttemptFailure::Unresponsive, problem);
            }
            Err(ExchangeError::Unanswered(problem)) => {
                return AttemptResult::Failed(AttemptFailure::Unanswered, problem);
            }
        };
        if session.is_some() && is_session_failure(&answer) {
            let problem = Problem::internal("The daemon does not know this session.");
            return AttemptResult::Failed(AttemptFailure::NoSession, problem);
        }
        match self.write_replies(answer, request) {
            Ok(true) => AttemptResult::Answered,
            _ if request.cancel.is_cancelled() => cancelled(),
            Ok(false) => AttemptResult::Failed(AttemptFailure::Unanswered, connection_closed()),
            Err(problem) => AttemptResult::Failed(AttemptFailure::Unanswered, problem),
        }
    }

    /// Writes all messages of the answer. Returns whether the reply to the request was among them.
    fn write_replies(&self, answer: McpAnswer, request: &PendingRequest) -> Result<bool, Problem> {
        match answer.body {
            McpBody::Whole(text) => {
                let reply = to_reply(answer.status, &text, &request.id);
                if !request.cancel.is_cancelled() {
                    self.writer.write(&reply.to_string());
                }
                Ok(true)
            }
            McpBody::Stream(messages) => {
                for message in messages {
                    let message = message?;
                    if request.cancel.is_cancelled() {
                        return Ok(false);
                    }
                    if !keeps_stream_open(&message) {
                        self.writer.write(&message);
                    }
                    if is_reply_to(&message, &request.id) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    fn http_request(&self, message: &Message, session: Option<&McpSession>) -> McpRequest {
        let mut headers = message.headers();
        headers.extend(self.context.headers());
        headers.extend(session.map(McpSession::headers).unwrap_or_default());
        let expected = if message.tool().is_some() { LONGEST_CALL } else { Duration::ZERO };
        let body = Some(self.context.body(message));
        McpRequest { body, expected, ..McpRequest::new("POST", headers) }
    }

    /// Sends a notification or a reply of the client.
    pub(super) fn deliver(self: &Arc<Self>, message: &Message) {
        self.notify(message);
        match &message.kind {
            MessageKind::Cancel { id } => self.pending.cancel(id),
            MessageKind::Notification | MessageKind::Request { .. } => McpSessions::listen(self),
        }
    }

    /// Forwards `initialize` and remembers the session that it begins.
    pub(super) fn begin_session(&self, message: &Message, request: &PendingRequest) {
        let http_request = self.http_request(message, None);
        let send = || self.client.mcp(&http_request, &request.cancel);
        let answer = match send() {
            // Another attempt would wait as long.
            Err(lost) if problem_of(&lost).code == ErrorCode::DaemonUnresponsive => Err(lost),
            Err(_) => send(),
            answer => answer,
        };
        let result = answer
            .map_err(|lost| problem_of(&lost))
            .and_then(|answer| read_initialize_reply(answer, &request.id));
        match result {
            Ok((session_id, reply)) => {
                if let Some(id) = session_id {
                    self.sessions.begin(McpSession::new(id, &reply, message));
                }
                self.writer.write(&reply.to_string());
            }
            Err(problem) => self.reply_error(request, &text_of(&problem)),
        }
    }

    /// Sends `initialize` again, to a daemon that does not know the session. Does not write the
    /// reply.
    pub(super) fn initialize_again(&self, initialize: &Message) -> Option<McpSession> {
        let http_request = self.http_request(initialize, None);
        let answer = self.client.mcp(&http_request, &CancelHandle::default()).ok()?;
        let id = initialize.value.get("id")?;
        let (session_id, reply) = read_initialize_reply(answer, id).ok()?;
        Some(McpSession::new(session_id?, &reply, initialize))
    }

    pub(super) fn notify_initialized(&self) {
        let value = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let kind = MessageKind::Notification;
        self.notify(&Message { kind, protocol: Protocol::WithSessions, value });
    }

    /// Sends a message that has no reply. Retries once if it was not sent completely.
    fn notify(&self, message: &Message) {
        let session = self.session_of(message);
        let request = self.http_request(message, session.as_ref());
        let lost = match self.client.mcp(&request, &CancelHandle::default()) {
            Err(ExchangeError::Undelivered(_)) => {
                self.client.mcp(&request, &CancelHandle::default()).err()
            }
            outcome => outcome.err(),
        };
        if let Some(lost) = lost {
            eprintln!("A notification was lost: {}", problem_of(&lost).message);
        }
    }
}

/// Whether the session is the reason why the request was not executed. A body with `jsonrpc` is a reply of
/// the protocol, and says something else.
fn is_session_failure(answer: &McpAnswer) -> bool {
    let is_reply = |text: &str| {
        serde_json::from_str::<Value>(text).is_ok_and(|body| body.get("jsonrpc").is_some())
    };
    SESSION_FAILURES.contains(&answer.status)
        && matches!(&answer.body, McpBody::Whole(text) if !is_reply(text))
}

fn cancelled() -> AttemptResult {
    AttemptResult::Failed(AttemptFailure::Cancelled, connection_closed())
}

fn problem_of(lost: &ExchangeError) -> Problem {
    match lost {
        ExchangeError::Undelivered(problem) | ExchangeError::Unanswered(problem) => problem.clone(),
    }
}

/// The session id and the reply to `initialize`.
fn read_initialize_reply(
    answer: McpAnswer,
    id: &Value,
) -> Result<(Option<String>, Value), Problem> {
    let McpAnswer { status, session, body } = answer;
    match body {
        McpBody::Whole(text) => Ok((session, to_reply(status, &text, id))),
        McpBody::Stream(mut messages) => {
            let reply = messages.find(|message| match message {
                Ok(message) => is_reply_to(message, id),
                Err(_) => true,
            });
            let text = reply.unwrap_or_else(|| Err(connection_closed()))?;
            Ok((session, to_reply(status, &text, id)))
        }
    }
}

/// Whether a message only keeps the stream of a long call open. The bridge needs no such message to
/// continue a call, and the agent none at all.
fn keeps_stream_open(message: &str) -> bool {
    const METHOD: &str = "notifications/message";
    let parse = || serde_json::from_str::<Value>(message).unwrap_or_default();
    let is_waiting = |message: Value| {
        message["method"] == METHOD && message["params"]["logger"] == WAITING_LOGGER
    };
    message.contains(METHOD) && is_waiting(parse())
}

/// Whether a message is the reply to the request with this id.
fn is_reply_to(message: &str, id: &Value) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(message) else { return false };
    value.get("method").is_none() && value.get("id") == Some(id)
}

/// The body of an HTTP response as a JSON-RPC reply: the reply that it contains, or an error.
fn to_reply(status: u16, text: &str, id: &Value) -> Value {
    let value: Option<Value> = serde_json::from_str(text).ok();
    match value {
        Some(mut reply) if reply.get("jsonrpc").is_some() => {
            // An error about a message whose id the daemon could not read has no id.
            if reply.get("id").is_none_or(Value::is_null) {
                reply["id"] = id.clone();
            }
            reply
        }
        value => {
            let problem = value.and_then(|value| serde_json::from_value::<Problem>(value).ok());
            let text = match &problem {
                Some(problem) if problem.code == ErrorCode::NoSuchRoute => OLD_DAEMON.to_owned(),
                Some(problem) => text_of(problem),
                None => text.trim().to_owned(),
            };
            let message = format!("The daemon answered {status}: {text}");
            let error = json!({ "code": INTERNAL_ERROR, "message": message });
            json!({ "jsonrpc": "2.0", "id": id, "error": error })
        }
    }
}

fn connection_closed() -> Problem {
    Problem::new(ErrorCode::DaemonUnreachable, "The daemon closed the connection.")
        .hint("Its processes keep running. Send the request again.")
}

fn text_of(problem: &Problem) -> String {
    format!("{} {}", problem.message, problem.hint).trim().to_owned()
}

/// The error for a request that must not be sent twice.
fn maybe_executed(message: &Message, problem: &Problem) -> String {
    let tool = message.tool().unwrap_or("the request");
    format!(
        "{} It is unknown whether `{tool}` was executed. Call `list` to check, then decide whether to \
         call `{tool}` again.",
        problem.message
    )
}
