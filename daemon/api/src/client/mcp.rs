//! One exchange with `/mcp`: a message in, and an answer that may go on for long. It carries
//! messages and reads none of them.

use std::io::Read;

use ureq::Body;
use ureq::http::{Request, Response};

use super::sse::Messages;
use super::{Client, Line, Lost, transport};
use crate::problem::Problem;

/// Where MCP is spoken.
const PATH: &str = "/mcp";

/// What is sent.
#[derive(Clone, Debug)]
pub struct McpRequest {
    pub method: &'static str,
    /// Beside those that every request has.
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<String>,
}

/// The head of an answer; its messages come as they come.
pub struct McpAnswer {
    /// The status code.
    pub status: u16,
    /// The session that began with it.
    pub session: Option<String>,
    pub body: McpBody,
}

/// What follows the head.
pub enum McpBody {
    /// Messages as they are sent, until the daemon ends the stream.
    Stream(Messages),
    /// All there is: one message, or an error in whatever form.
    Whole(String),
}

impl Client {
    /// Sends one message on a connection of its own, which `line` can cut. When nobody listens, a
    /// daemon is started and asked instead.
    pub fn mcp(&self, request: &McpRequest, line: &Line) -> Result<McpAnswer, Lost> {
        let response = self.insist(|| self.converse(request, line))?;
        answer(response).map_err(Lost::Unanswered)
    }

    fn converse(
        &self,
        request: &McpRequest,
        line: &Line,
    ) -> Result<Response<Body>, transport::Failure> {
        let agent = transport::agent_on(self.dirs.socket(), line.clone());
        let mut built = Request::builder()
            .method(request.method)
            .uri(format!("http://localhost{PATH}"))
            .header("accept", "application/json, text/event-stream");
        for (name, value) in &request.headers {
            built = built.header(*name, value);
        }
        let outcome = match &request.body {
            Some(body) => {
                let built = built.header("content-type", "application/json").body(body.as_bytes());
                agent.run(built.map_err(ureq::Error::from)?)
            }
            None => agent.run(built.body(()).map_err(ureq::Error::from)?),
        };
        Ok(outcome?)
    }
}

fn answer(response: Response<Body>) -> Result<McpAnswer, Problem> {
    let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
    let streams = header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
    let (status, session) = (response.status().as_u16(), header("mcp-session-id"));
    let body = if streams {
        McpBody::Stream(Messages::of(response))
    } else {
        let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
        let mut text = String::new();
        body.read_to_string(&mut text).map_err(|error| super::broken(&error))?;
        McpBody::Whole(text)
    };
    Ok(McpAnswer { status, session, body })
}
