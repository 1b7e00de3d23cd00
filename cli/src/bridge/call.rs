//! A request carried to its answer, over daemons that leave and come; notifications as well, which
//! have none.

use std::sync::Arc;

use persistproc_api::client::{Line, Lost, McpAnswer, McpBody, McpRequest};
use persistproc_api::{ErrorCode, Problem};
use serde_json::{Value, json};

use super::Bridge;
use super::calls::Call;
use super::decide::{Attempt, Next, next};
use super::message::{Era, INTERNAL_ERROR, Kind, Message};
use super::session::{Session, Sessions};

/// The status of an answer to a session that is unknown, and to one that fell apart while it was
/// taken up again, before the request was looked at.
const NO_SESSION: [u16; 2] = [404, 500];

const OLDER: &str = "It is of an older version, which speaks no MCP. `persistproc serve --replace` \
                     puts this one in its place; every process goes on.";

/// How one attempt ended.
enum Outcome {
    Answered,
    Failed(Attempt, Problem),
}

impl Bridge {
    /// Carries a request until it is answered one way or another.
    pub(super) fn answer(self: &Arc<Self>, message: &Message, call: &Call) {
        let repeat = message.may_be_repeated();
        for tries in 1.. {
            let session = self.session_of(message);
            let (attempt, problem) = match self.attempt(message, session.as_ref(), call) {
                Outcome::Answered => return Sessions::listen(self),
                Outcome::Failed(attempt, problem) => (attempt, problem),
            };
            match (next(attempt, repeat, tries), session) {
                (Next::Silence, _) => return,
                (Next::Again, _) => {}
                (Next::Introduce, Some(lost)) => self.sessions.renew(self, &lost),
                (Next::Unknown, _) => return self.fail(call, &unknown(message, &problem)),
                (Next::NothingDone | Next::Introduce, _) => {
                    return self.fail(call, &told(&problem));
                }
            }
        }
    }

    fn fail(&self, call: &Call, text: &str) {
        self.out.error(Some(&call.id), INTERNAL_ERROR, text);
    }

    fn session_of(&self, message: &Message) -> Option<Session> {
        match message.era {
            Era::Session => self.sessions.present(),
            Era::Stateless { .. } => None,
        }
    }

    fn attempt(&self, message: &Message, session: Option<&Session>, call: &Call) -> Outcome {
        let answer = match self.client.mcp(&self.request(message, session), &call.line) {
            _ if call.line.is_cut() => return cancelled(),
            Ok(answer) => answer,
            Err(Lost::Unsent(problem)) => return Outcome::Failed(Attempt::Unsent, problem),
            Err(Lost::Unanswered(problem)) => return Outcome::Failed(Attempt::Unanswered, problem),
        };
        if session.is_some() && knows_no_session(&answer) {
            let problem = Problem::internal("The daemon does not know this session.");
            return Outcome::Failed(Attempt::NoSession, problem);
        }
        match self.pass_on(answer, call) {
            Ok(true) => Outcome::Answered,
            _ if call.line.is_cut() => cancelled(),
            Ok(false) => Outcome::Failed(Attempt::Unanswered, went_away()),
            Err(problem) => Outcome::Failed(Attempt::Unanswered, problem),
        }
    }

    /// Passes on what belongs to a request; whether its answer was among it.
    fn pass_on(&self, answer: McpAnswer, call: &Call) -> Result<bool, Problem> {
        match answer.body {
            McpBody::Whole(text) => {
                let reply = whole(answer.status, &text, &call.id);
                if !call.line.is_cut() {
                    self.out.write(&reply.to_string());
                }
                Ok(true)
            }
            McpBody::Stream(messages) => {
                for message in messages {
                    let message = message?;
                    if call.line.is_cut() {
                        return Ok(false);
                    }
                    self.out.write(&message);
                    if answers(&message, &call.id) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    fn request(&self, message: &Message, session: Option<&Session>) -> McpRequest {
        let mut headers = message.headers();
        headers.extend(self.additions.header());
        headers.extend(session.map(Session::headers).unwrap_or_default());
        McpRequest { method: "POST", headers, body: Some(self.additions.text(message)) }
    }

    /// Delivers what wants no answer.
    pub(super) fn deliver(self: &Arc<Self>, message: &Message) {
        self.notify(message);
        match &message.kind {
            Kind::Cancel { of } => self.calls.cancel(of),
            Kind::Notice | Kind::Request { .. } => Sessions::listen(self),
        }
    }

    /// The agent introduces itself; what the daemon answers is passed on.
    pub(super) fn begin_session(&self, message: &Message, call: &Call) {
        let sent = || self.client.mcp(&self.request(message, None), &call.line);
        let answer = sent().or_else(|_| sent());
        let read = answer.map_err(|lost| problem(&lost)).and_then(|answer| reply(answer, &call.id));
        match read {
            Ok((session, reply)) => {
                if let Some(id) = session {
                    self.sessions.begin(Session::of(id, &reply, message));
                }
                self.out.write(&reply.to_string());
            }
            Err(problem) => self.fail(call, &told(&problem)),
        }
    }

    /// The same again to a daemon that does not know it, for us alone.
    pub(super) fn introduce(&self, introduction: &Message) -> Option<Session> {
        let answer = self.client.mcp(&self.request(introduction, None), &Line::default()).ok()?;
        let (id, reply) = reply(answer, introduction.value.get("id")?).ok()?;
        Some(Session::of(id?, &reply, introduction))
    }

    pub(super) fn say_initialized(&self) {
        let value = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        self.notify(&Message { kind: Kind::Notice, era: Era::Session, value });
    }

    /// What wants no answer is said once more if nobody heard it, and then left unsaid.
    fn notify(&self, message: &Message) {
        let session = self.session_of(message);
        let request = self.request(message, session.as_ref());
        let lost = match self.client.mcp(&request, &Line::default()) {
            Err(Lost::Unsent(_)) => self.client.mcp(&request, &Line::default()).err(),
            outcome => outcome.err(),
        };
        if let Some(lost) = lost {
            eprintln!("A notification was lost: {}", problem(&lost).message);
        }
    }
}

/// The daemon's own words about a session are no message of the protocol.
fn knows_no_session(answer: &McpAnswer) -> bool {
    NO_SESSION.contains(&answer.status)
        && matches!(&answer.body, McpBody::Whole(text) if !text.trim_start().starts_with('{'))
}

fn cancelled() -> Outcome {
    Outcome::Failed(Attempt::Cancelled, went_away())
}

fn problem(lost: &Lost) -> Problem {
    match lost {
        Lost::Unsent(problem) | Lost::Unanswered(problem) => problem.clone(),
    }
}

/// The session that began, and the answer itself.
fn reply(answer: McpAnswer, id: &Value) -> Result<(Option<String>, Value), Problem> {
    let McpAnswer { status, session, body } = answer;
    match body {
        McpBody::Whole(text) => Ok((session, whole(status, &text, id))),
        McpBody::Stream(mut messages) => {
            let found = messages.find(|message| match message {
                Ok(message) => answers(message, id),
                Err(_) => true,
            });
            let text = found.unwrap_or_else(|| Err(went_away()))?;
            Ok((session, whole(status, &text, id)))
        }
    }
}

/// Whether a message is the answer to this request.
fn answers(message: &str, id: &Value) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(message) else { return false };
    value.get("method").is_none() && value.get("id") == Some(id)
}

/// What came as one piece, as the answer that it is or as an error.
fn whole(status: u16, text: &str, id: &Value) -> Value {
    let value: Option<Value> = serde_json::from_str(text).ok();
    match value {
        Some(mut answer) if answer.get("jsonrpc").is_some() => {
            // The daemon could not tell which request it was.
            if answer.get("id").is_none_or(Value::is_null) {
                answer["id"] = id.clone();
            }
            answer
        }
        value => {
            let problem = value.and_then(|value| serde_json::from_value::<Problem>(value).ok());
            let text = match &problem {
                Some(problem) if problem.code == ErrorCode::NoSuchRoute => OLDER.to_owned(),
                Some(problem) => told(problem),
                None => text.trim().to_owned(),
            };
            let message = format!("The daemon answered {status}: {text}");
            json!({ "jsonrpc": "2.0", "id": id, "error": { "code": INTERNAL_ERROR, "message": message } })
        }
    }
}

fn went_away() -> Problem {
    Problem::new(ErrorCode::DaemonUnreachable, "The daemon went away.")
        .hint("Its processes go on; ask again.")
}

fn told(problem: &Problem) -> String {
    format!("{} {}", problem.message, problem.hint).trim().to_owned()
}

/// For what must not be done twice.
fn unknown(message: &Message, problem: &Problem) -> String {
    let tool = message.tool().unwrap_or("this");
    format!(
        "{} Whether `{tool}` was done is not known. Call `list` to see how things are, then decide \
         whether to call `{tool}` again.",
        problem.message
    )
}
