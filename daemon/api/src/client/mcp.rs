//! [`McpRequest`] and [`McpAnswer`]: one exchange with `/mcp`. The content of the messages is not
//! read here.

use std::io::Read;
use std::time::Duration;

use ureq::Body;
use ureq::http::{Request, Response};

use super::answer_wait::AnswerKind;
use super::cancel_handle::CancelHandle;
use super::sse::Messages;
use super::transport::TransportError;
use super::{Client, ExchangeError, exchange};
use crate::problem::Problem;
use crate::routes::MCP_SESSION_HEADER;

const PATH: &str = "/mcp";

/// A message to the MCP server.
#[derive(Clone, Debug)]
pub struct McpRequest {
    pub method: &'static str,
    /// In addition to the headers of every request.
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<String>,
    /// How long the daemon may take by itself until its answer begins.
    pub expected: Duration,
}

impl McpRequest {
    /// A request without a body, which is answered promptly.
    pub fn new(method: &'static str, headers: Vec<(&'static str, String)>) -> Self {
        Self { method, headers, body: None, expected: Duration::ZERO }
    }
}

/// The head of a response, and its body as it arrives.
pub struct McpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The session that the response starts.
    pub session: Option<String>,
    pub body: McpBody,
}

/// The body of a response.
pub enum McpBody {
    /// Messages, until the daemon ends the stream.
    Stream(Messages),
    /// The complete body: one message, or an error in any form.
    Whole(String),
}

impl Client {
    /// Sends a message over a connection of its own, which `cancel` can close. If no daemon is
    /// running, one is started first.
    pub fn mcp(
        &self,
        request: &McpRequest,
        cancel: &CancelHandle,
    ) -> Result<McpAnswer, ExchangeError> {
        let response =
            self.retry(|| self.send_mcp(request, cancel), TransportError::is_undelivered)?;
        answer(response).map_err(ExchangeError::Unanswered)
    }

    fn send_mcp(
        &self,
        request: &McpRequest,
        cancel: &CancelHandle,
    ) -> Result<Response<Body>, TransportError> {
        let kind = AnswerKind { expected: request.expected, ..AnswerKind::STREAM };
        let agent = self.agent(kind, Some(cancel.clone()));
        let mut built = Request::builder()
            .method(request.method)
            .uri(format!("http://localhost{PATH}"))
            .header("accept", "application/json, text/event-stream");
        for (name, value) in &request.headers {
            built = built.header(*name, value);
        }
        let response = match &request.body {
            Some(body) => {
                let built = built.header("content-type", "application/json").body(body.as_bytes());
                agent.run(built.map_err(ureq::Error::from)?)
            }
            None => agent.run(built.body(()).map_err(ureq::Error::from)?),
        };
        Ok(response?)
    }
}

fn answer(response: Response<Body>) -> Result<McpAnswer, Problem> {
    let status = response.status().as_u16();
    let session = header(&response, MCP_SESSION_HEADER);
    let content_type = header(&response, "content-type");
    let is_stream = content_type.is_some_and(|kind| kind.starts_with("text/event-stream"));
    let body = if is_stream {
        McpBody::Stream(Messages::new(response))
    } else {
        let mut text = String::new();
        let read = exchange::reader(response).read_to_string(&mut text);
        read.map_err(|error| exchange::disconnected(&error))?;
        McpBody::Whole(text)
    };
    Ok(McpAnswer { status, session, body })
}

fn header(response: &Response<Body>, name: &str) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}
